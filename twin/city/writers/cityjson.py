"""CityJSON 2.0 (https://www.cityjson.org/specs/2.0.1/): buildings with all levels of detail, layers, terrain."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import HEIGHT_SOURCES
from twin.city.city import City
from twin.city.features import Features
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.network import Network
from twin.city.pieces import own_of, part_of_triangles
from twin.city.readers.cityjson import HEIGHTS
from twin.city.solids import LAYER, ROLE, ROLE_OF_TYPE, footprints_of, layer_of_type
from twin.city.writers.cityjson_surfaces import Corners, Geometry, geometries_of
from twin.city.writers.datum import address_of, datum_lost, vertical_of, with_heights
from twin.city.writers.surfaces import TYPES, is_tin, terrain_mesh, terrain_told, tin_of
from twin.city.writers.tables import bare_ids
from twin.errors import Problem
from twin.frame import parse_crs

TERRAIN_TRIANGLES = 60_000
LINES, POINTS = frozenset({"Road", "Railway", "Waterway", "WaterBody"}), frozenset({"SolitaryVegetationObject", "CityFurniture"})
"""Types that may be given by lines, and by points; any other is then a GenericCityObject."""
KNOWN = frozenset({*TYPES.values(), "TransportSquare", "Waterway", "CityFurniture", "OtherConstruction", "GenericCityObject"})
ROLES_OF_NETWORKS = {"roads": "roads", "rail": "rail", "metro": "metro"}
"""Networks whose edges are city objects, and the role of the layer they make."""
SURFACES = {
    "Building": {
        SurfaceClass.WALL: "WallSurface", SurfaceClass.ROOF: "RoofSurface", SurfaceClass.GROUND: "GroundSurface",
        SurfaceClass.CLOSURE: "ClosureSurface",
    },
    "Road": {SurfaceClass.ROAD: "TrafficArea"},
    "Railway": {SurfaceClass.ROAD: "TrafficArea"},
    "WaterBody": {
        SurfaceClass.WATER: "WaterSurface", SurfaceClass.GROUND: "WaterGroundSurface", SurfaceClass.CLOSURE: "WaterClosureSurface",
    },
}  # fmt: skip
_OURS = ("name", "use", "storeys", "year", "structure", "people_day", "people_night", "value")
Entry = tuple[str, dict[str, Any]]


def write_cityjson(city: City, path: Path) -> list[Problem]:
    """Buildings as solids where they are closed, layers as the city objects they are, and the ground as a TIN of bounded size.

    Coordinates are whole millimetres in the city's own system; the numbers of its CRS tell where. Raises OSError.
    """
    problems: list[Problem] = []
    corners = Corners(city.frame)
    ids = _Ids()
    with open(path, "w", encoding="utf-8") as file:
        file.write('{"type":"CityJSON","version":"2.0","CityObjects":{')
        begun = False
        for name, item in _entries(city, corners, ids, problems):
            file.write(("," if begun else "") + json.dumps(name, ensure_ascii=False) + ":")
            file.write(json.dumps(item, ensure_ascii=False, separators=(",", ":"), allow_nan=False))  # dump would not use C
            begun = True
        vertices, origin = corners.written()
        file.write('},"vertices":[')
        for i in range(0, len(vertices), 100_000):
            some = vertices[i : i + 100_000].tolist()
            file.write(("," if i else "") + json.dumps(some, separators=(",", ":"))[1:-1])
        rest: dict[str, Any] = {"transform": {"scale": [0.001] * 3, "translate": [float(v) for v in origin / 1000]}}
        rest["metadata"] = _metadata(city, vertices, origin, problems)
        if corners.colors:
            rest["appearance"] = {
                "default-theme-material": "source",
                "materials": [_material(i, c) for i, c in enumerate(corners.colors)],
            }
        file.write("]," + json.dumps(rest, ensure_ascii=False, separators=(",", ":"), allow_nan=False)[1:])
    left_out = [kind for kind in city.networks if kind not in ROLES_OF_NETWORKS]
    if left_out:
        told = f"These networks have no place in CityJSON and are not written: {', '.join(left_out)}"
        problems.append(Problem("networks_left_out", "info", len(left_out), told))
    return problems


class _Ids:
    """Names of city objects, each given once: the source's own, with our kind before it where that is taken."""

    def __init__(self) -> None:
        self.taken: set[str] = set()

    def give(self, bare: str, whole: str) -> str:
        name, n = bare if bare not in self.taken else whole, 2
        while name in self.taken:
            name, n = f"{whole}#{n}", n + 1
        self.taken.add(name)
        return name


def _entries(city: City, corners: Corners, ids: _Ids, problems: list[Problem]) -> Iterator[Entry]:
    yield from _buildings(city, corners, ids, problems)
    for name, layer in city.layers.items():
        yield from _layer(city, name, layer, corners, ids, problems)
    for kind, role in ROLES_OF_NETWORKS.items():
        if kind in city.networks and kind not in city.layers:
            yield from _layer(city, kind, _ways(city.networks[kind], role), corners, ids, problems)
    if city.terrain is not None:
        tin = tin_of(city)
        if tin is not None and tin.mesh is not None:
            mesh, names, lods = tin.mesh, bare_ids(tin.ids).tolist(), tin.table["lod"].tolist()
        else:
            mesh, names, lods = terrain_mesh(city.terrain, TERRAIN_TRIANGLES), ["terrain"], ["1"]
            problems += terrain_told(city, TERRAIN_TRIANGLES)
        for i, geometry in enumerate(geometries_of(mesh, len(names), corners, {}, merge=False)):
            if geometry is not None:
                lod = lods[i] if _is_lod(lods[i]) else "1"
                surface = {**geometry.as_surfaces().as_json(lod, corners), "type": "CompositeSurface"}
                yield ids.give(names[i], f"relief/{names[i]}"), {"type": "TINRelief", "geometry": [surface]}


def _ways(network: Network, role: str) -> Features:
    """The edges of a network as a layer."""
    table = network.edges.drop(columns=["start", "end", "length_m"], errors="ignore")
    for name in ("name", "kind"):
        if name not in table:
            table.insert(1, name, "")
    return Features(role, table, network.geometry)


def _buildings(city: City, corners: Corners, ids: _Ids, problems: list[Problem]) -> Iterator[Entry]:
    b = city.buildings
    if not len(b):
        return
    n = len(b)
    parts = b.parts

    def bodies(name: str, mesh: Mesh) -> list[Geometry | None]:
        """Those of the buildings, then those of the parts."""
        part = part_of_triangles(b.pieces, name, parts, mesh.object)
        apart = replace(mesh, object=np.where(part < 0, mesh.object, n + part).astype(np.int32))
        return list(geometries_of(apart, n + len(parts), corners, SURFACES["Building"]))

    shown = bodies(b.lod, b.mesh)
    sloped = _sloped(b.mesh, n)
    outline = _outlines_to_write(city)
    others = {name: bodies(name, mesh) for name, mesh in b.lods.items() if _is_lod(name)}
    taken = {c for c in b.attributes.columns if b.attributes[c].notna().any()}
    attributes = _dictionaries(b.attributes)
    attributes = attributes or [{} for _ in range(n)]
    for own, ours in zip(attributes, _dictionaries(b.table[[c for c in _OURS if c not in taken]]), strict=True):
        own.update((k, v) for k, v in ours.items() if v != "")
    for own, word in zip(attributes, b.column("height_source").tolist(), strict=True):
        if own.get("height_source", word) in HEIGHT_SOURCES and word:  # not where the source's own says something else
            own["height_source"] = word

    def geometries(i: int, building: int) -> list[dict[str, Any]]:
        geometry = shown[i]
        lod = b.lod if _is_lod(b.lod) else "2" if sloped[building] else "1"
        several = [] if geometry is None else [geometry.as_json(lod, corners)]
        for name, all_of_level in others.items():
            other = all_of_level[i]
            if other is not None and (geometry is None or other.faces != geometry.faces):
                several.append(other.as_json(name, corners))
        return several

    names = [ids.give(bare, whole) for bare, whole in zip(bare_ids(b.ids).tolist(), b.ids.tolist(), strict=True)]
    of_part = [ids.give(bare, whole) for bare, whole in zip(bare_ids(parts["id"]).tolist(), parts["id"].tolist(), strict=True)]
    above = parts["building"].astype(int).tolist()
    children: dict[int, list[str]] = {}
    for row, name in zip(above, of_part, strict=True):
        children.setdefault(row, []).append(name)
    for i in range(n):
        several = geometries(i, i)
        if outline[i] is not None:
            several.append(corners.shape(outline[i]))
        name, item = _entry(names[i], "Building", attributes[i], several)
        yield name, item | ({"children": children[i]} if i in children else {})
    bodiless, has_height = 0, parts["height_m"].notna().tolist()
    for k, own in enumerate(_dictionaries(own_of(parts))):
        several = geometries(n + k, above[k])
        bodiless += not several and has_height[k]
        name, item = _entry(of_part[k], "BuildingPart", own, several)
        yield name, item | {"parents": [names[above[k]]]}
    if bodiless:
        told = f"{bodiless} building parts are written without surfaces of their own; those are with their buildings"
        problems.append(Problem("parts_merged", "info", bodiless, told))


def _outlines_to_write(city: City) -> NDArray[np.object_]:
    """Footprints at the height of the ground where the surfaces would not give the same (a tower with a wide cornice), None else."""
    b = city.buildings
    out = np.full(len(b), None, object)
    if any(name.partition(".")[0] == "0" for name in (b.lod, *b.lods)):
        return out
    seen = footprints_of(b.mesh.points, b.mesh.triangles, b.mesh.object.astype(np.int64), b.mesh.surface, len(b))
    area = shapely.area(b.footprints)
    differs = np.flatnonzero((np.abs(shapely.area(seen) - area) > 5e-4 * area) & (area > 0))
    ground = b.table["ground_z_m"].to_numpy(float)[differs]
    flat, index = shapely.get_coordinates(b.footprints[differs], return_index=True)
    level = shapely.force_3d(b.footprints[differs])
    out[differs] = shapely.set_coordinates(level, np.column_stack([flat, np.nan_to_num(ground)[index]]))
    return out


def _entry(name: str, kind: str, attributes: dict[str, Any], geometries: list[dict[str, Any]]) -> Entry:
    item: dict[str, Any] = {"type": kind}
    if attributes:
        item["attributes"] = attributes
    if geometries:
        item["geometry"] = geometries
    return name, item


def _layer(city: City, name: str, layer: Features, corners: Corners, ids: _Ids, problems: list[Problem]) -> Iterator[Entry]:
    if is_tin(layer):  # what it covers; its surface is the terrain
        return
    said = layer.table["kind"].astype(str).to_numpy(object)
    usual = TYPES.get(layer.role, "GenericCityObject")
    kinds = [k if k in KNOWN else usual for k in said]
    n = len(layer)
    solid: list[Geometry | None] = [None] * n
    if layer.mesh is not None and len(layer.mesh):
        solid = list(geometries_of(layer.mesh, n, corners, SURFACES.get(usual, {})))
    attributes = _dictionaries(layer.table.drop(columns=["id"]))
    whole, bare = layer.ids, bare_ids(layer.ids)
    flat = _on_ground(city, layer.geometry)
    lost = 0
    for i in range(n):
        geometry, kind = solid[i], kinds[i]
        if geometry is not None:
            if geometry.type != "MultiSurface" and kind in ("Road", "Railway", "TransportSquare", "Waterway", "LandUse", "PlantCover"):
                geometry = geometry.as_surfaces()
            several = [geometry.as_json("1", corners)]
        else:
            shape = flat[i]
            if shape is None or shape.is_empty:
                lost += 1
                continue
            made = corners.shape(shape)
            if (made["type"] == "MultiLineString" and kind not in LINES) or (made["type"] == "MultiPoint" and kind not in POINTS):
                kind = "GenericCityObject"
            several = [made]
        if (layer_of_type(kind), ROLE_OF_TYPE.get(kind, "other")) != (name, layer.role):
            attributes[i] |= {LAYER: name, ROLE: layer.role}
        yield _entry(ids.give(str(bare[i]), str(whole[i])), kind, attributes[i], several)
    if lost:
        problems.append(Problem("no_geometry", "warning", lost, f"{lost} features of {layer.role} have no geometry and are not written"))


def _on_ground(city: City, shapes: NDArray[np.object_]) -> NDArray[np.object_]:
    """Shapes with heights: those without lie on the ground, areas level at its mean."""
    xy, index = shapely.get_coordinates(shapes, return_index=True)
    if not len(xy):
        return shapes
    z = city.ground_z(xy[:, 0], xy[:, 1])
    count = np.bincount(index, minlength=len(shapes))
    mean = np.bincount(index, z, len(shapes)) / np.maximum(count, 1)
    own = shapely.get_coordinates(shapes, include_z=True)[:, 2]
    level = np.where(shapely.get_dimensions(shapes)[index] == 2, mean[index], z)
    return np.asarray(
        shapely.set_coordinates(shapely.force_3d(shapes.copy()), np.column_stack([xy, np.where(np.isfinite(own), own, level)]))
    )


def _dictionaries(table: pd.DataFrame) -> list[dict[str, Any]]:
    """One dictionary for each row, without what is not known."""
    out: list[dict[str, Any]] = [{} for _ in range(len(table))]
    for name in table.columns:
        for own, value in zip(out, table[name].tolist(), strict=True):
            plain = _plain(value)
            if plain is not None:
                own[str(name)] = plain
    return out


def _plain(value: Any) -> Any:
    """A value as JSON can hold it, None where it is not known."""
    if value is None or isinstance(value, (str, bool, int)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(v) for v in value]
    if isinstance(value, np.generic):
        return _plain(value.item())
    if value is pd.NaT or value is pd.NA:
        return None
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _sloped(mesh: Mesh, n: int) -> NDArray[np.bool_]:
    """Whether an object has a roof that is not flat, n objects."""
    p = mesh.points[mesh.triangles]
    normal = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])
    size = np.linalg.norm(normal, axis=1)
    up = np.abs(normal[:, 2]) / np.maximum(size, 1e-12)
    pitched = (mesh.surface == SurfaceClass.ROOF) & (up < 0.97) & (size > 0.1)
    out = np.zeros(n, bool)
    out[mesh.object[pitched]] = True
    return out


def _is_lod(name: str) -> bool:
    """0 to 3, or 0.0 to 3.3."""
    return len(name) in (1, 3) and name[0] in "0123" and (len(name) == 1 or (name[1] == "." and name[2] in "0123"))


def _material(number: int, color: int) -> dict[str, Any]:
    red, green, blue, alpha = (color >> s & 255 for s in (24, 16, 8, 0))
    return {
        "name": f"color-{number}",
        "diffuseColor": [round(c / 255, 4) for c in (red, green, blue)],
        "transparency": round(1 - alpha / 255, 4),
    }


def _metadata(city: City, vertices: NDArray[np.int64], origin: NDArray[np.int64], problems: list[Problem]) -> dict[str, Any]:
    credit = city.attribution
    out: dict[str, Any] = {"title": " · ".join(t for t in (city.name, credit) if t)}
    if len(vertices):
        box = np.concatenate([vertices.min(0) + origin, vertices.max(0) + origin]) / 1000
        out["geographicalExtent"] = [round(float(v), 3) for v in box]
    both = with_heights(city.frame)
    address, heights = address_of(both), address_of(vertical_of(city.frame)) if both is not None else ""
    if both is not None and not address:
        address = address_of(parse_crs(city.frame.crs))
        if heights and address:
            out[HEIGHTS] = heights
    if address:
        out["referenceSystem"] = address
    elif city.frame.crs:
        problems.append(Problem("crs_not_written", "warning", 1, "The city's coordinate system has no number CityJSON could name"))
    if city.frame.vertical and not (address and heights):
        problems.extend(datum_lost(city.frame, "CityJSON"))
    return out
