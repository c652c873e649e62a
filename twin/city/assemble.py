"""One city of what the readers gave: one frame, one terrain, buildings, layers, networks."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pyproj import CRS
from pyproj.exceptions import ProjError

from twin.city.buildings import Buildings
from twin.city.city import City, Source
from twin.city.cleaning import clean, finite
from twin.city.features import Features
from twin.city.footprints import Ground, buildings_of, unique_ids
from twin.city.ground import ground_of, merged, terrain_of_raster
from twin.city.layers_of import add_layer, facilities_of, features_of, land_use_of_buildings, stations_of
from twin.city.lines import network_of, roads_of
from twin.city.network import Network
from twin.city.place import Place, place_of
from twin.city.readers.fields import columns, first_text
from twin.city.readers.parts import Parts, Raster, Solids, VectorLayer
from twin.city.readers.roles import dimension
from twin.city.solids import joined, split, terrain_of
from twin.errors import InputError, Problem
from twin.frame import LocalFrame, crs_name, reproject, split_compound, utm_of


@dataclass(frozen=True)
class Wishes:
    """What the recipe states about the whole city; empty: found by looking. engineering: a grid with no place on the map."""

    name: str = ""
    crs: CRS | None = None
    engineering: bool = False
    vertical: str = ""
    timezone: str = ""
    region: str = ""
    currency: str = ""


def assemble(parts: Parts, wishes: Wishes) -> City:
    """A city of parts in whatever coordinates they came. Raises InputError where nothing usable is left."""
    problems = list(parts.problems)
    parts = _with_crs(parts, wishes, problems)
    if parts.is_empty:
        errors = [p for p in problems if p.severity == "error"] or problems
        reason = errors[0] if errors else None
        raise InputError(
            f"Nothing here can be used: {reason.message}" if reason else "Nothing here can be used",
            where=reason.source if reason else "",
            do="State its coordinate system in a recipe (city.toml)." if reason and reason.code == "no_crs" else "",
        )
    frame, place = _frame(parts, wishes)
    frame, points = _vertical(parts, frame)
    terrains = [t for s, p in zip(parts.solids, points, strict=True) if (t := terrain_of(s, p)) is not None]
    near = _near(parts, frame, points)
    for raster in parts.rasters:
        found = terrain_of_raster(raster, frame, near)
        if found is None or (near is not None and not _overlap(found.grid.bounds, near)):
            problems.append(_far_raster(raster, frame, near))
        else:
            terrains.append(found)
    terrain = merged(terrains, problems)
    ground = ground_of(terrain)

    sets: list[Buildings] = []
    layers: dict[str, Features] = {}
    networks: dict[str, Network] = {}
    for solids, xyz in zip(parts.solids, points, strict=True):
        buildings, more, found_problems = split(solids, xyz, ground, {})
        problems += found_problems
        sets.append(buildings)
        for name, layer in more.items():
            add_layer(layers, name, layer)
    for vector in parts.layers:
        _add_vector(vector, frame, ground, sets, layers, networks, problems)
    buildings = joined(sets) if sets else Buildings.empty()
    if not len(buildings) and not layers and terrain is None:
        errors = [p for p in problems if p.severity != "info"]
        why = "; ".join(p.message for p in errors[:3])
        raise InputError(f"Nothing here can be used: {why}", where=errors[0].source if errors else "")
    buildings = land_use_of_buildings(buildings, layers.get("landuse"))
    for name, derived in (("facilities", facilities_of(layers.get("poi"))), ("stations", stations_of(layers.get("poi")))):
        if derived is not None and name not in layers:
            layers[name] = derived
    if terrain is None:
        problems.append(Problem("no_terrain", "info", 1, "No source gives the ground; it is flat at 0 m"))
    return City(
        name=wishes.name or "City", frame=frame, buildings=buildings, terrain=terrain, networks=networks,
        layers=layers,
        sources=_used(parts), problems=tuple(problems), region=wishes.region or place.region,
        currency=wishes.currency or place.currency,
    )  # fmt: skip


def _used(parts: Parts) -> tuple[Source, ...]:
    """The sources of what is in the city, to be credited; not of what was left out."""
    items: list[VectorLayer | Solids | Raster] = [*parts.layers, *parts.solids, *parts.rasters]
    names = {item.source for item in items}
    return tuple(s for s in parts.sources if s.name in names)


def _with_crs(parts: Parts, wishes: Wishes, problems: list[Problem]) -> Parts:
    """Only what can be placed: a source without CRS is an error, unless recipe or engineering grid say otherwise."""
    out = Parts(sources=parts.sources)

    def usable(item: VectorLayer | Solids | Raster) -> bool:
        if wishes.engineering or item.engineering:
            if item.crs is None or not wishes.engineering:
                return True
            problems.append(
                Problem(
                    "crs_in_engineering_grid",
                    "error",
                    1,
                    f"{item.name} lies on the map, but the city has an engineering grid; it was left out",
                    item.source,
                )
            )
            return False
        if item.crs is None:
            problems.append(Problem("no_crs", "error", 1, f"{item.name} does not say its coordinate system; it was left out", item.source))
            return False
        if item.crs.is_geocentric:
            problems.append(Problem("geocentric", "error", 1, f"{item.name} has geocentric coordinates; it was left out", item.source))
            return False
        return True

    out.layers = [x for x in parts.layers if usable(x)]
    out.solids = [x for x in parts.solids if usable(x)]
    out.rasters = [x for x in parts.rasters if usable(x)]
    return out


def _middle(item: VectorLayer | Solids | Raster) -> tuple[float, float] | None:
    """Median place of an item in its own CRS; one wild coordinate does not move it."""
    if isinstance(item, Raster):
        rows, columns = item.elevation.shape
        a, b, c, d, e, f = item.transform
        return a * columns / 2 + b * rows / 2 + c, d * columns / 2 + e * rows / 2 + f
    xy = item.mesh.points[:, :2] if isinstance(item, Solids) else shapely.get_coordinates(item.geometry)
    if isinstance(item, Solids) and not len(xy):
        xy = item.points[:, :2]
    xy = xy[np.isfinite(xy).all(1)]
    if item.crs is not None and item.crs.is_geographic:
        xy = xy[(np.abs(xy[:, 0]) <= 360) & (np.abs(xy[:, 1]) <= 90)]
    if not len(xy):
        return None
    x, y = np.median(xy, axis=0)
    return float(x), float(y)


def _frame(parts: Parts, wishes: Wishes) -> tuple[LocalFrame, Place]:
    chief: list[VectorLayer | Solids | Raster] = [*parts.solids, *_chief_layers(parts), *parts.layers, *parts.rasters]
    for item in chief:
        middle = _middle(item)
        if middle is None:
            continue
        if wishes.engineering or (item.engineering and item.crs is None):
            x, y = middle
            return LocalFrame.around(None, [x, y, x, y], wishes.vertical or None, wishes.timezone or "UTC"), Place()
        assert item.crs is not None
        own, vertical = split_compound(item.crs)
        try:
            lon, lat = reproject(*middle, own, CRS.from_epsg(4326))
        except ProjError:
            continue
        if not (np.isfinite(lon) and np.isfinite(lat)):
            continue
        target = split_compound(wishes.crs)[0] if wishes.crs is not None else (utm_of(float(lon), float(lat)) if own.is_geographic else own)
        if wishes.crs is not None and wishes.crs.is_compound:
            vertical = split_compound(wishes.crs)[1]
        e, n = reproject(*middle, own, target)
        if not (np.isfinite(e) and np.isfinite(n)):
            raise InputError(f"The city lies outside {crs_name(target)}", do="Choose another coordinate system in the recipe.")
        place = place_of(float(lon), float(lat))
        return LocalFrame.around(target, [e, n, e, n], wishes.vertical or crs_name(vertical), wishes.timezone or place.timezone), place
    if not any(_has_places(item) for item in chief):
        raise InputError("No feature here has a geometry")
    raise InputError("No source has usable coordinates", do="Are longitude and latitude within 180 and 90 degrees, longitude first?")


def _has_places(item: VectorLayer | Solids | Raster) -> bool:
    return not isinstance(item, VectorLayer) or len(shapely.get_coordinates(item.geometry)) > 0


def _chief_layers(parts: Parts) -> list[VectorLayer]:
    return [x for x in parts.layers if x.role == "buildings"]


def _vertical(parts: Parts, frame: LocalFrame) -> tuple[LocalFrame, list[NDArray[np.float64]]]:
    """Local points of all solids; heights in feet become metres."""
    out = []
    for solids in parts.solids:
        own, vertical = split_compound(solids.crs) if solids.crs is not None else (None, None)
        xyz = solids.mesh.points
        x, y = frame.to_local(xyz[:, 0], xyz[:, 1], own)
        factor = vertical.axis_info[0].unit_conversion_factor if vertical is not None else 1.0
        out.append(np.column_stack([x, y, xyz[:, 2] * factor]))
        if frame.vertical is None and vertical is not None:
            frame = replace(frame, vertical=crs_name(vertical))
    return frame, out


def _near(parts: Parts, frame: LocalFrame, points: list[NDArray[np.float64]]) -> tuple[float, float, float, float] | None:
    """Local bounds of the buildings, of all vectors where there are none."""
    boxes = []
    for xyz in points:
        good = xyz[np.isfinite(xyz).all(1)]
        if len(good):
            boxes.append(np.r_[good[:, :2].min(0), good[:, :2].max(0)])
    chosen = _chief_layers(parts) or ([] if boxes else parts.layers)
    for vector in chosen:
        xy = shapely.get_coordinates(vector.geometry)
        xy = xy[np.isfinite(xy).all(1)]
        if len(xy):
            low, high = np.quantile(xy, [0.001, 0.999], axis=0)
            x, y = frame.to_local([low[0], high[0], low[0], high[0]], [low[1], high[1], high[1], low[1]], _flat(vector.crs))
            if np.isfinite([x, y]).all():
                boxes.append(np.array([x.min(), y.min(), x.max(), y.max()]))
    if not boxes:
        return None
    stacked = np.array(boxes)
    low, high = stacked[:, :2].min(0), stacked[:, 2:].max(0)
    return float(low[0]), float(low[1]), float(high[0]), float(high[1])


def _flat(crs: CRS | None) -> CRS | None:
    return None if crs is None else split_compound(crs)[0]


def _overlap(a: tuple[float, float, float, float], b: tuple[float, float, float, float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _far_raster(raster: Raster, frame: LocalFrame, near: tuple[float, float, float, float] | None) -> Problem:
    middle = _middle(raster)
    far = ""
    if middle is not None and near is not None:
        x, y = frame.to_local(*middle, _flat(raster.crs))
        km = float(np.hypot(x - (near[0] + near[2]) / 2, y - (near[1] + near[3]) / 2)) / 1000
        far = f" ({km:,.0f} km away)" if np.isfinite(km) else ""
    return Problem(
        "raster_elsewhere", "error", 1, f"The terrain {raster.source} does not cover the city{far}; it was left out", raster.source
    )


def _add_vector(
    vector: VectorLayer,
    frame: LocalFrame,
    ground: Ground,
    sets: list[Buildings],
    layers: dict[str, Features],
    networks: dict[str, Network],
    problems: list[Problem],
) -> None:
    source = vector.source
    before = finite(vector.geometry)
    shapes = frame.geometry_to_local(vector.geometry, _flat(vector.crs))
    lost = before & ~finite(shapes)
    if lost.any():
        shapes[lost] = None
        problems.append(
            Problem(
                "outside_crs",
                "error",
                int(lost.sum()),
                f"{int(lost.sum())} features lie where {frame.crs} does not reach and were left out",
                source,
            )
        )
    role = vector.role if not (vector.role == "buildings" and dimension(shapes) != "area") else "other"
    shapes, keep, found = clean(shapes, source, areas_only=role == "buildings")
    if lost.any():
        found = [p for p in found if p.code != "no_geometry"]
    problems += found
    shapes, table = shapes[keep], vector.table[keep].reset_index(drop=True)
    if not len(table):
        return
    if role == "buildings":
        buildings, more = buildings_of(shapely.force_2d(shapes), table, vector.fields, ground, source)
        problems += more
        sets.append(buildings)
        return
    layer = features_of(role, vector.name, shapes, table, vector.fields, source)
    add_layer(layers, role if role != "other" else vector.name, layer)
    if role in ("roads", "metro", "rail") and dimension(shapes) == "line":
        ids, _ = unique_ids(table, vector.fields)
        names = first_text(table, columns(table, "name", vector.fields), frozenset({""}))
        kind = "roads" if role == "roads" else role
        flat = shapely.force_2d(shapes)
        if role == "roads":
            network = roads_of(flat, table, np.array([f"road/{i}" for i in ids], object), names, vector.fields, source)
        else:
            edges = pd.DataFrame({"id": [f"{kind}/{i}" for i in ids], "name": names, "kind": layer.table["kind"], "oneway": False})
            network = network_of(kind, flat, edges, source)
        if len(network.edges) and kind not in networks:
            z = ground(network.nodes["x"].to_numpy(float), network.nodes["y"].to_numpy(float))
            networks[kind] = replace(network, nodes=network.nodes.assign(z=z))
