"""One city of what the readers gave: one frame, one terrain, buildings, layers, networks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.city import City, Source
from twin.city.cleaning import clean, finite
from twin.city.contours import terrain_of_heights
from twin.city.doctor.sources import LOST, advice, choices, told_of_sources, with_axes_right, with_proposals
from twin.city.features import Features
from twin.city.footprints import Ground, buildings_of, unique_ids
from twin.city.ground import ground_of, merged, terrains_of
from twin.city.ground_filter import ground_under
from twin.city.joining import joined as joined_tables
from twin.city.layers_of import add_layer, facilities_of, features_of, land_use_of_buildings, stations_of
from twin.city.lines import line_marks, network_of, roads_of
from twin.city.network import Network
from twin.city.networks_of import add_network, add_networks
from twin.city.overhead import clouds_of, pictures_of
from twin.city.placed import on_ground
from twin.city.placing import Item, Wishes, extent_of, far_away, flat, frame_of, local_points, placeable, with_local_places
from twin.city.reachable import reachable
from twin.city.readers.fields import columns, first_text
from twin.city.readers.parts import Parts, VectorLayer
from twin.city.readers.roles import dimension
from twin.city.rejoined import rejoined, without_doubles
from twin.city.roof_tops import roof_tops
from twin.city.solids import joined, over_same_points, split, terrain_of
from twin.city.terrain import Terrain
from twin.city.vertical import with_vertical
from twin.errors import InputError, Problem
from twin.frame import LocalFrame


def assemble(parts: Parts, wishes: Wishes) -> City:
    """A city of parts in whatever coordinates they came. Raises InputError where nothing usable is left."""
    problems = list(parts.problems)
    parts = replace(parts, solids=[over_same_points(s) for s in parts.solids])
    as_read = parts = with_axes_right(rejoined(parts), problems)
    problems += told_of_sources(parts)
    parts = joined_tables(placeable(parts, wishes, problems), problems)
    if parts.is_empty:
        errors = [p for p in problems if p.severity == "error"] or problems
        reason = errors[0] if errors else None
        raise InputError(
            f"Nothing here can be used: {reason.message}" if reason else "Nothing here can be used",
            where=reason.source if reason else "",
            do=(advice(as_read) or "State its coordinate system in a recipe (city.toml).") if reason and reason.code == "no_crs" else "",
            choices=choices(as_read) if reason and reason.code in LOST else (),
        )
    frame, place = frame_of(parts, wishes)
    frame, points = local_points(parts, frame)
    parts = with_local_places(parts, frame)
    frame = with_vertical(frame, parts, problems)
    parts, points = _without_far(parts, points, problems)
    terrains = [t for s, p in zip(parts.solids, points, strict=True) if (t := terrain_of(s, p)) is not None]
    near = extent_of(parts, frame, points)
    terrains += terrains_of([r for r in parts.rasters if r.role != "surface"], frame, near, problems)
    surfaces = terrains_of([r for r in parts.rasters if r.role == "surface"], frame, near, problems)
    terrain = merged(terrains, problems) if terrains else terrain_of_heights(parts.layers, frame, problems)
    surfaces.sort(key=lambda t: t.grid.cell_m)
    if terrain is None and surfaces:
        terrain = ground_under(surfaces[0])
        what = "No source gives the ground; it was found in the surface model by a morphological filter (Zhang et al. 2003)"
        if terrain is None:  # how high a roof is above the ground is not known without the ground
            surfaces, what = [], "The surface model says nothing of heights of buildings, since no source gives the ground"
        problems.append(Problem("ground_filtered", "info", 1, what))
    ground = ground_of(terrain)
    points = [on_ground(s, p, ground) for s, p in zip(parts.solids, points, strict=True)]

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
        _add_vector(vector, frame, ground, surfaces, sets, layers, networks, problems)
    clouds = clouds_of(parts.clouds, frame)
    pictures = pictures_of(parts.images, frame, near)
    buildings = joined(sets) if sets else Buildings.empty()
    if not len(buildings) and not (layers or networks or parts.networks or clouds or pictures) and terrain is None:
        errors = [p for p in problems if p.severity != "info"]
        why = "; ".join(p.message for p in errors[:3])
        raise InputError(f"Nothing here can be used: {why}", where=errors[0].source if errors else "")
    buildings = land_use_of_buildings(buildings, layers.get("landuse"))
    for name, derived in (("facilities", facilities_of(layers.get("poi"))), ("stations", stations_of(layers.get("poi")))):
        if derived is not None and name not in layers:
            layers[name] = derived
    networks = without_doubles(networks, parts)
    add_networks(parts, networks, layers, frame, ground, problems)
    if terrain is None:
        problems.append(Problem("no_terrain", "info", 1, "No source gives the ground; it is flat at 0 m"))
    return City(
        name=wishes.name or "City", frame=frame, buildings=buildings, terrain=terrain, networks=networks,
        layers=layers,
        sources=_used(parts, problems), problems=tuple(with_proposals(problems, as_read)), region=wishes.region or place.region,
        currency=wishes.currency or place.currency, clouds=clouds, pictures=pictures,
    )  # fmt: skip


def _without_far(parts: Parts, points: list[NDArray[np.float64]], problems: list[Problem]) -> tuple[Parts, list[NDArray[np.float64]]]:
    """City models that lie near the first one, without faces that lie nowhere."""
    told = [far_away(xyz[:, :2], s.name, s.source) for s, xyz in zip(parts.solids, points, strict=True)]
    problems += [p for p in told if p is not None]
    near = [reachable(parts.solids[i], points[i], problems) for i, p in enumerate(told) if p is None]
    return replace(parts, solids=[s for s, _ in near]), [xyz for _, xyz in near]


def _used(parts: Parts, problems: list[Problem]) -> tuple[Source, ...]:
    """The sources of what is in the city, to be credited; not of what was left out."""
    items: list[Item] = [*parts.layers, *parts.solids, *parts.rasters, *parts.networks, *parts.clouds, *parts.images]
    names = {item.source for item in items} | {t.source for t in parts.tables}
    names -= {p.source for p in problems if p.code in ("far_away", "raster_elsewhere")}
    return tuple(s for s in parts.sources if s.name in names)


def _add_vector(
    vector: VectorLayer,
    frame: LocalFrame,
    ground: Ground,
    surfaces: list[Terrain],
    sets: list[Buildings],
    layers: dict[str, Features],
    networks: dict[str, Network],
    problems: list[Problem],
) -> None:
    source = vector.source
    before = finite(vector.geometry)
    shapes = frame.geometry_to_local(vector.geometry, flat(vector.crs))
    far = far_away(shapely.get_coordinates(shapes), vector.name, source)
    if far is not None:
        problems.append(far)
        return
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
        areas = shapely.force_2d(shapes)
        roofs = roof_tops(areas, surfaces) if surfaces else None
        buildings, more = buildings_of(areas, table, vector.fields, ground, source, roofs)
        problems += more
        sets.append(buildings)
        return
    layer = features_of(role, vector.name, shapes, table, vector.fields, source)
    add_layer(layers, role if role != "other" else vector.name, layer)
    if role in ("roads", "metro", "rail") and dimension(shapes) == "line":
        ids, _ = unique_ids(table, vector.fields)
        names = first_text(table, columns(table, "name", vector.fields), frozenset({""}))
        kind = "roads" if role == "roads" else role
        plan = shapely.force_2d(shapes)
        if role == "roads":
            network = roads_of(plan, table, np.array([f"road/{i}" for i in ids], object), names, vector.fields, source)
        else:
            edges = pd.DataFrame({"id": [f"{kind}/{i}" for i in ids], "name": names, "kind": layer.table["kind"], "oneway": False})
            edges = edges.assign(**line_marks(table))
            network = network_of(kind, plan, edges, source)
        if len(network.edges):
            z = ground(network.nodes["x"].to_numpy(float), network.nodes["y"].to_numpy(float))
            add_network(networks, replace(network, nodes=network.nodes.assign(z=z)))
