"""GIS layers of the demonstration city."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.demo import decks
from twin.city.demo.blocks import Division, halves
from twin.city.demo.feature_table import features
from twin.city.demo.labels import places, poi
from twin.city.demo.plan import Plan
from twin.city.demo.recipe import generator
from twin.city.demo.site import Site
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.terrain import Terrain

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


def all_layers(
    site: Site, division: Division, plan: Plan, lake_levels: Floats, ground: Terrain, streets: Network, buildings: Buildings
) -> dict[str, Features]:
    """Every layer by the name agreed for it."""
    out = {
        "water": water(site, plan, lake_levels),
        "landuse": landuse(site, division, plan),
        "green": green(site, division, plan),
        "trees": trees(site, plan, streets, buildings),
        "barriers": barriers(site),
        "pumps": pumps(site, streets),
        "places": places(site, division, plan, buildings),
        "poi": poi(site, buildings),
        "bridges": bridges(site, ground, streets),
        "tunnels": tunnels(streets),
    }
    return out


def water(site: Site, plan: Plan, lake_levels: Floats) -> Features:
    r = site.recipe
    shapes = [site.river_area, site.creek_area, *plan.lakes]
    kind = ["river", "creek"] + ["lake"] * len(plan.lakes)
    name = [r["river"]["name"], r["creek"]["name"]] + [""] * len(plan.lakes)
    zh = [r["river"]["name_zh"], r["creek"]["name_zh"]] + [""] * len(plan.lakes)
    level = [r["river"]["level_m"], r["creek"]["level_m"], *lake_levels]
    keep = [i for i, s in enumerate(shapes) if not shapely.is_empty(s)]
    pick = [[c[i] for i in keep] for c in (shapes, kind, name, zh, level)]
    return features("water", "water", pick[0], pick[1], pick[2], name_zh=pick[3], level_m=pick[4])


LANDUSE = {
    "finance": "commercial", "commercial": "retail", "mixed": "retail", "waterfront": "commercial", "oldtown": "residential",
    "housing": "residential", "port": "industrial", "park": "park", "campus": "university", "school": "school", "hospital": "hospital",
    "stadium": "recreation_ground", "station": "railway", "square": "pedestrian",
}  # fmt: skip


def landuse(site: Site, division: Division, plan: Plan) -> Features:
    """Use of every block, and the fields round the built square."""
    fields = _fields(site)
    country = generator("field kinds").choice(["farmland", "meadow", "orchard"], len(fields), p=[0.6, 0.25, 0.15])
    kind = [*(LANDUSE[k] for k in plan.kind), *country]
    return features(
        "landuse", "landuse", np.concatenate([division.blocks.net, fields]), kind, district=[*plan.kind, *["country"] * len(fields)]
    )


def _fields(site: Site) -> Shapes:
    rng = generator("fields")
    land = shapely.difference(
        shapely.difference(site.ground_square, shapely.buffer(site.square, 12.0, join_style="mitre")), site.river.area(20.0)
    )
    shapes = shapely.get_parts(shapely.difference(land, site.creek.area(12.0)))
    for _ in range(9):
        big = shapely.area(shapes) > 26000.0
        if not big.any():
            break
        pieces, _, _, _, _ = halves(shapes[big], shapes[big], np.zeros(int(big.sum())), rng, 3.0, 0.15)
        shapes = np.concatenate([shapes[~big], pieces])
    shapes = shapely.buffer(shapes, -2.5, join_style="mitre")
    return np.asarray(shapes[(shapely.get_type_id(shapes) == 3) & (shapely.area(shapes) > 900.0)])


def green(site: Site, division: Division, plan: Plan) -> Features:
    """Parks, the promenades between river and embankment, and the gardens of compounds, schools and campuses."""
    r = site.recipe
    belt = shapely.intersection(shapely.difference(site.river.area(r["river"]["bank_road"] - 16.0), site.river.area(9.0)), site.square)
    belt = shapely.difference(belt, site.creek.area(4.0))
    strips = np.array([p for p in shapely.get_parts(belt) if p.geom_type == "Polygon" and p.area > 500], object)
    parks = shapely.difference(plan.parks, shapely.union_all(plan.lakes)) if len(plan.lakes) else plan.parks
    leafy = shapely.buffer(division.blocks.net[np.isin(plan.kind, ("housing", "school", "campus"))], -7.0, join_style="mitre")
    leafy = leafy[(shapely.get_type_id(leafy) == 3) & (shapely.area(leafy) > 1500.0)]
    kind = ["park"] * len(parks) + ["promenade"] * len(strips) + ["garden"] * len(leafy)
    return features("green", "green", np.concatenate([parks, strips, leafy]), kind)


def trees(site: Site, plan: Plan, streets: Network, buildings: Buildings) -> Features:
    """Street trees, park trees and garden trees; none inside a building or in water."""
    rng = generator("trees")
    sets: list[Floats] = []
    cls = streets.edges["class"].to_numpy(object)
    flat = ~(streets.edges["bridge"] | streets.edges["tunnel"]).to_numpy(bool)
    for name, away in (("primary", 13.0), ("secondary", 10.0), ("tertiary", 7.4)):
        lines = streets.geometry[(cls == name) & flat]
        count = np.floor(shapely.length(lines) / 26.0).astype(int)
        row = np.repeat(np.arange(len(lines)), count)
        at = (np.arange(len(row)) - np.repeat(np.cumsum(count) - count, count) + 0.5) * 26.0
        p, q = (shapely.get_coordinates(shapely.line_interpolate_point(lines[row], at + d)) for d in (-0.5, 0.5))
        t = (q - p) / np.maximum(np.hypot(*(q - p).T), 1e-9)[:, None]
        normal = np.column_stack([-t[:, 1], t[:, 0]])
        sets += [(p + q) / 2 + s * away * normal for s in (1, -1)]
    for shape in plan.parks:
        x0, y0, x1, y1 = shape.bounds
        p = rng.uniform((x0, y0), (x1, y1), (int((x1 - x0) * (y1 - y0) / 190.0), 2))
        sets.append(p[shapely.contains_xy(shape, *p.T)])
    gardens = plan.gardens
    if len(gardens):
        x0, y0, x1, y1 = site.square.bounds
        p = rng.uniform((x0, y0), (x1, y1), (int((x1 - x0) ** 2 / 900.0), 2))
        sets.append(p[shapely.STRtree(gardens).query(shapely.points(p), predicate="intersects")[0]])
    xy = np.concatenate(sets)
    blocked = np.zeros(len(xy), bool)
    points = shapely.points(xy)
    blocked[shapely.STRtree(buildings.footprints).query(points, predicate="dwithin", distance=1.2)[0]] = True
    for water in (site.water, *plan.lakes):
        shapely.prepare(water)
        blocked |= shapely.contains_xy(water, *xy.T)
    blocked |= ~shapely.contains_xy(site.square, *xy.T)
    points = points[~blocked]
    return features("trees", "tree", points, "tree", "", height_m=np.round(rng.uniform(5.0, 12.0, len(points)), 1))


def barriers(site: Site) -> Features:
    """Flood walls along river and creek; a low stretch at the old ferry steps is where water first comes over."""
    r = site.recipe
    shapes: list[Any] = []
    rows: list[tuple[str, str, float]] = []
    s = site.river.s
    low = (s > 250.0 * site.k) & (s < 420.0 * site.k)
    for side, bank in ((-1, "left"), (1, "right")):
        line = site.river.bank(side, 5.0)
        for name, part, crest in _stretches(
            line, low if side < 0 else np.zeros(len(s), bool), float(r["river"]["wall_crest_m"]), float(r["river"]["steps_crest_m"])
        ):
            for g in shapely.get_parts(shapely.intersection(shapely.difference(part, site.creek.area(5.0)), site.ground_square)):
                if g.length > 5:
                    shapes.append(g)
                    rows.append((f"{name} ({bank} bank)", "flood wall", crest))
        creek = shapely.linestrings(site.creek.bank(side, 3.0))
        for g in shapely.get_parts(shapely.intersection(shapely.difference(creek, site.river.area(4.0)), site.ground_square)):
            if g.length > 5:
                shapes.append(g)
                rows.append((f"{r['creek']['name']} wall ({bank} bank)", "creek wall", float(r["creek"]["wall_crest_m"])))
    return features("barriers", "barrier", shapes, [k for _, k, _ in rows], [n for n, _, _ in rows], crest_z_m=[c for _, _, c in rows])


def _stretches(line: Floats, low: NDArray[np.bool_], crest: float, steps: float) -> list[tuple[str, Any, float]]:
    cuts = np.flatnonzero(np.diff(low.astype(int))) + 1
    out = []
    for a, b in zip([0, *cuts], [*cuts, len(line) - 1], strict=True):
        part = line[a : b + 1]
        if len(part) > 1:
            out.append(
                ("Old ferry steps", shapely.linestrings(part), steps) if low[a] else ("River wall", shapely.linestrings(part), crest)
            )
    return out


def pumps(site: Site, streets: Network) -> Features:
    """Stormwater pumping stations: along each bank, at the lowest street junction of every stretch of some 700 m."""
    s, every = site.river.s, 700.0 * site.k
    xyz = streets.nodes.loc[streets.nodes["kind"] == "junction", ["x", "y", "z"]].to_numpy(float)
    at, away, side = site.river.beside(xyz[:, 0], xyz[:, 1])
    fit = (np.abs(xyz[:, :2]).max(1) < site.half - 40.0) & (away > 75.0) & (away < 75.0 + 480.0 * site.k)
    fit &= site.creek.beside(xyz[:, 0], xyz[:, 1])[1] > 60.0
    points: list[Any] = []
    outfall: list[str] = []
    for way in (-1.0, 1.0):
        out = site.river.bank(way, -6.0)
        for stretch in np.unique(np.floor(at[fit & (side == way)] / every)):
            of = np.flatnonzero(fit & (side == way) & (np.floor(at / every) == stretch))
            low = of[np.argmin(xyz[of, 2])]
            if all(np.hypot(p.x - xyz[low, 0], p.y - xyz[low, 1]) > 0.4 * every for p in points):
                points.append(shapely.points(xyz[low, :2]))
                outfall.append(shapely.to_wkt(shapely.points(out[int(np.argmin(np.abs(s - at[low])))]), rounding_precision=1))
    n = len(points)
    capacity = np.round(generator("pumps").uniform(6.0, 15.0, n), 1)
    names = [f"Pumping station {i + 1}" for i in range(n)]
    return features("facilities", "pump", points, "stormwater pump", names, capacity_m3s=capacity, on=np.ones(n, bool), outfall=outfall)


def bridges(site: Site, ground: Terrain, streets: Network) -> Features:
    """Every deck in the air, one row per road edge, as 3D lines with a mesh: creek and river bridges, expressways, ramps."""
    e = streets.edges
    rows = np.flatnonzero(e["bridge"].to_numpy(bool))
    cls, length = e["class"].to_numpy(object)[rows], e["length_m"].to_numpy(float)[rows]
    named = set(site.recipe["crossings"]["bridge_names"])
    kind = np.where(cls == "motorway", "expressway", np.where(cls == "motorway_link", "ramp", "creek bridge")).astype(object)
    kind[e["name"].isin(named).to_numpy(bool)[rows]] = "river bridge"
    parts: list[Mesh] = []
    for i, row in enumerate(rows):
        xyz = decks.xyz_of(streets.geometry[row])
        if kind[i] == "ramp" and len(xyz) > 3:
            xyz = xyz[1:-1]
        half = {"expressway": 11.0, "ramp": 4.2, "river bridge": 14.0}.get(kind[i], float(e["width_m"].iloc[row]) / 2 + 1.5)
        parts.append(decks.deck(xyz, half, i, 0.9 if kind[i] == "creek bridge" else 1.7, 0.3 if kind[i] == "ramp" else 0.9))
        if kind[i] == "river bridge":
            parts.append(decks.stayed(xyz[0, :2], xyz[-1, :2], xyz[:, 2], i))
        elif kind[i] in ("expressway", "ramp"):
            line = shapely.linestrings(xyz)
            s = np.arange(18.0, length[i] - 10.0, 36.0)
            if len(s):
                p = shapely.get_coordinates(shapely.line_interpolate_point(line, s), include_z=True)
                q = shapely.get_coordinates(shapely.line_interpolate_point(line, s + 1.0))
                base = ground.sample(p[:, 0], p[:, 1])
                dry = site.river.beside(p[:, 0], p[:, 1])[1] > 0
                angle = np.arctan2(q[:, 1] - p[:, 1], q[:, 0] - p[:, 0])
                parts.append(decks.piers(p[dry, :2], angle[dry], p[dry, 2] - 1.7, base[dry], i, 12.0 if kind[i] == "expressway" else 5.0))
    layer = features(
        "bridges",
        "bridge",
        streets.geometry[rows],
        kind,
        e["name"].to_numpy(object)[rows],
        name_zh=e["name_zh"].to_numpy(object)[rows],
        road=e["id"].to_numpy(object)[rows],
    )
    return Features(layer.role, layer.table, layer.geometry, layer.source, Mesh.joined(parts))


def tunnels(streets: Network) -> Features:
    """Road tunnels below the river, as 3D lines."""
    e = streets.edges
    rows = np.flatnonzero(e["tunnel"].to_numpy(bool))
    return features(
        "tunnels",
        "tunnel",
        streets.geometry[rows],
        "road tunnel",
        e["name"].to_numpy(object)[rows],
        name_zh=e["name_zh"].to_numpy(object)[rows],
        road=e["id"].to_numpy(object)[rows],
    )
