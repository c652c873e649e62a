"""The ordinary city: lane quarters, housing compounds, mixed and commercial blocks, campuses, hospitals, docks."""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.batch import Batch
from twin.city.demo.blocks import halves
from twin.city.demo.recipe import generator
from twin.city.demo.rows import RowPlan, facing_south, fill
from twin.city.demo.shapes import prisms, rectangles, roofed
from twin.city.extrude import extrude
from twin.city.mesh import Mesh

Floats = NDArray[np.float64]
Shapes = NDArray[np.object_]


def _houses(blocks: Shapes, angles: Floats, plans: list[RowPlan], rng: np.random.Generator) -> tuple[Floats, NDArray[np.int64]]:
    """Row houses of all blocks and the block of each."""
    sets = [fill(b, a, p, rng) for b, a, p in zip(blocks, angles, plans, strict=True)]
    return (np.concatenate(sets) if sets else np.empty((0, 5))), np.repeat(np.arange(len(sets)), [len(s) for s in sets])


def _rows(n: int) -> NDArray[np.int32]:
    return np.arange(n, dtype=np.int32)


def lane_quarters(blocks: Shapes) -> Batch:
    """Rows of two- and three-storey lane houses under pitched roofs, a few larger halls among them."""
    rng = generator("lanes")
    plans = []
    for _ in blocks:
        depth = rng.uniform(8.2, 11.0)
        plans.append(RowPlan(depth, depth + rng.uniform(3.0, 4.4), (13.0, 34.0), (1.6, 3.4), 1.5))
    houses, of = _houses(blocks, facing_south(blocks), plans, rng)
    n = len(houses)
    corners = rectangles(*houses.T)
    storeys = np.where(rng.random(n) < 0.3, 3.0, 2.0)
    eave = storeys * 2.9 + rng.uniform(0.1, 0.7, n)
    ridge = eave + houses[:, 3] * rng.uniform(0.22, 0.31, n)
    year = np.clip(rng.normal(1928, 9, len(blocks))[of] + rng.normal(0, 2, n), 1895, 1949)
    mesh = roofed(corners, eave, ridge, _rows(n))
    structure = np.where(storeys == 3, "brick and timber", "timber").astype(object)
    use = np.where(rng.random(n) < 0.09, "commercial", "residential").astype(object)
    return Batch.of(shapely.polygons(corners), mesh, ridge, use, "lane house", year, structure, storeys)


def compounds(blocks: Shapes, quarter: NDArray[np.int64]) -> Batch:
    """Housing: walk-up slabs, lift slabs or point towers, in parallel rows towards the sun; one type rules a quarter."""
    rng = generator("compounds")
    mood = rng.random(int(quarter.max(initial=0)) + 1)[quarter] if len(blocks) else np.empty(0)
    mood = np.clip(mood + rng.normal(0, 0.12, len(blocks)), 0, 1)
    plans, storeys = [], []
    for m in mood:
        if m < 0.55:
            high = rng.integers(5, 8)
            plans.append(RowPlan(rng.uniform(10.5, 13), rng.uniform(23, 27), (30, 62), (6, 11), 5.0))
        elif m < 0.8:
            high = rng.integers(11, 19)
            plans.append(RowPlan(rng.uniform(13, 15.5), rng.uniform(38, 50), (30, 54), (13, 22), 7.0))
        else:
            high = rng.integers(22, 34)
            plans.append(RowPlan(rng.uniform(20, 24), rng.uniform(48, 60), (24, 32), (22, 32), 8.0))
        storeys.append(int(high))
    houses, of = _houses(blocks, facing_south(blocks, 22.0), plans, rng)
    n = len(houses)
    levels = np.maximum(3, np.array(storeys, float)[of] + rng.choice([-1, 0, 0, 0, 1], n)) if n else np.empty(0)
    top = levels * 2.95 + 0.9
    corners = rectangles(*houses.T)
    pitched = (levels < 9) & (rng.random(len(blocks))[of] < 0.5)
    flat = ~pitched
    rows = _rows(n)
    peak = top + np.where(pitched, houses[:, 3] * 0.2, 0)
    parts = [roofed(corners[pitched], top[pitched], peak[pitched], rows[pitched], 0.12), prisms(corners[flat], 0, top[flat], rows[flat])]
    lifts = flat & (levels >= 9)
    stair = rectangles(houses[:, 0], houses[:, 1], houses[:, 2] * 0.3, houses[:, 3] * 0.45, houses[:, 4])
    parts.append(prisms(stair[lifts], top[lifts], top[lifts] + 4.2, rows[lifts], False))
    peak = peak + np.where(lifts, 4.2, 0)
    year = np.where(levels < 9, 1986, np.where(levels < 20, 2001, 2010)) + rng.normal(0, 5, len(blocks))[of]
    structure = np.where(levels < 8, "masonry", "reinforced concrete").astype(object)
    form = np.where(levels < 9, "walk-up slab", np.where(levels < 20, "lift slab", "point tower")).astype(object)
    batch = Batch.of(shapely.polygons(corners), Mesh.joined(parts), peak, "residential", "", np.clip(year, 1955, 2025), structure, levels)
    batch.table["form"] = form
    return batch


def lots_of(blocks: Shapes, area: float, rng: np.random.Generator) -> tuple[Shapes, NDArray[np.int64]]:
    """Building plots of about an area (m2), and the block of each."""
    lots, of = blocks, np.arange(len(blocks))
    done: list[tuple[Shapes, NDArray[np.int64]]] = []
    for _ in range(10):
        big = shapely.area(lots) > area * rng.uniform(1.0, 1.9, len(lots))
        done.append((lots[~big], of[~big]))
        lots, of = lots[big], of[big]
        if not len(lots):
            break
        pieces, _, row, _, _ = halves(lots, lots, np.zeros(len(lots)), rng, 3.0, 0.12)
        lots, of = pieces, of[row]
    done.append((lots, of))
    return np.concatenate([d[0] for d in done]), np.concatenate([d[1] for d in done])


def shrunk(lots: Shapes, distance: Floats, smallest: float) -> tuple[Shapes, NDArray[np.bool_]]:
    """Lots less a margin all round, and which of them are still a fair single polygon."""
    inner = shapely.buffer(lots, -distance, join_style="mitre", mitre_limit=2.0)
    box = shapely.area(shapely.oriented_envelope(inner))
    fair = (shapely.get_type_id(inner) == 3) & (shapely.area(inner) > smallest)
    fair &= shapely.area(inner) > 0.55 * np.maximum(box, 1e-9)
    return shapely.simplify(inner, 0.4), fair


def street_blocks(blocks: Shapes, kind: str, centrality: Floats) -> Batch:
    """Mixed, commercial or hospital blocks: low houses to the street line, some with a tower above; centrality 0..1 per block."""
    rng = generator("streets " + kind)
    size = {"mixed": 1250.0, "commercial": 2100.0, "hospital": 3600.0}[kind]
    lots, of = lots_of(blocks, size, rng)
    shapes, fair = shrunk(lots, rng.uniform(1.6, 3.8, len(lots)), 140.0)
    shapes, of = shapes[fair], of[fair]
    n = len(shapes)
    centre = centrality[of] if n else np.empty(0)
    chance = {"mixed": 0.16 + 0.3 * centre, "commercial": 0.2 + 0.25 * centre, "hospital": np.full(n, 0.5)}[kind]
    levels = rng.integers(2, 7, n) + (centre * 2).astype(int)
    storey = 3.9 if kind == "hospital" else 3.6
    low = levels * storey + 1.0
    box = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    a, b = box[:, 1] - box[:, 0], box[:, 2] - box[:, 1]
    middle = shapely.get_coordinates(shapely.centroid(shapes)) if n else np.empty((0, 2))
    share = rng.uniform(0.48, 0.68, (n, 2))
    corners = rectangles(
        middle[:, 0], middle[:, 1], np.hypot(*a.T) * share[:, 0], np.hypot(*b.T) * share[:, 1], np.arctan2(a[:, 1], a[:, 0])
    )
    slim = np.minimum(np.hypot(*a.T) * share[:, 0], np.hypot(*b.T) * share[:, 1])
    tower = (rng.random(n) < chance) & (slim > 13.0) & shapely.covers(shapes, shapely.polygons(corners))
    extra = {"mixed": 22 + 60 * centre, "commercial": 26 + 80 * centre, "hospital": np.full(n, 42.0)}[kind] * rng.uniform(0.55, 1.6, n)
    extra = np.minimum(extra, 5.5 * slim)
    shapes = _opened(shapes, ~tower, rng)
    rows = _rows(n)
    high = np.where(tower, low + extra, low)
    parts = [extrude(shapes, np.zeros(n), low, rows), prisms(corners[tower], low[tower], high[tower], rows[tower], False)]
    inset = corners + 0.22 * (corners.mean(1, keepdims=True) - corners)
    crowned = tower & (rng.random(n) < 0.55)
    crown = np.where(crowned, rng.uniform(4, 11, n), 0.0)
    parts.append(prisms(inset[crowned], high[crowned], (high + crown)[crowned], rows[crowned], False))
    box_small = corners + 0.5 * (corners.mean(1, keepdims=True) - corners)
    plant = ~tower & (shapely.area(shapes) > 420) & (slim > 8) & shapely.covers(shapes, shapely.polygons(box_small))
    parts.append(prisms(box_small[plant], low[plant], low[plant] + 3.2, rows[plant], False))
    high = high + crown + np.where(plant, 3.2, 0.0)
    if kind == "hospital":
        use: object = "health"
    else:
        draw = rng.random(n)
        use = np.where(
            tower & (draw < 0.6), "office", np.where(draw < (0.5 if kind == "mixed" else 0.12), "residential", "commercial")
        ).astype(object)
    year = np.clip(rng.normal(1998, 14, n) + np.where(tower, 8, 0), 1935, 2025)
    structure = np.where(tower, "reinforced concrete", np.where(year < 1980, "masonry", "reinforced concrete")).astype(object)
    batch = Batch.of(shapes, Mesh.joined(parts), high, use, "", year, structure, np.maximum(1, np.round(high / 3.8)))
    batch.table["form"] = np.where(tower, "podium and tower", "street block").astype(object)
    return batch


def _opened(shapes: Shapes, low: NDArray[np.bool_], rng: np.random.Generator) -> Shapes:
    """Some of the low street blocks with a courtyard, or with a corner left open (L-shaped)."""
    n = len(shapes)
    out = shapes.copy()
    draw = rng.random(n)
    yard = shapely.buffer(shapes, -rng.uniform(10.0, 13.5, n), join_style="mitre")
    court = low & (draw < 0.45) & (shapely.get_type_id(yard) == 3) & (shapely.area(yard) > 130.0)
    out[court] = shapely.difference(shapes[court], yard[court])
    box = shapely.get_coordinates(shapely.oriented_envelope(shapes)).reshape(-1, 5, 2)
    at, k = np.arange(n), rng.integers(0, 4, n)
    corner = box[at, k]
    u, v = (
        (box[at, (k + 1) % 4] - corner) * rng.uniform(0.36, 0.56, (n, 1)),
        (box[at, (k + 3) % 4] - corner) * rng.uniform(0.36, 0.56, (n, 1)),
    )
    bite = shapely.polygons(np.stack([corner - u - v, corner + u - v, corner + u + v, corner - u + v], 1))
    ell = shapely.difference(shapes, bite)
    bent = low & ~court & (draw > 0.55) & (shapely.get_type_id(ell) == 3) & (shapely.area(ell) > 260.0)
    out[bent] = ell[bent]
    return out


def campus(blocks: Shapes, small: bool = False) -> Batch:
    """Teaching halls under hipped roofs in loose rows; small: one school a block, with a yard."""
    rng = generator("school" if small else "campus")
    if small:
        plans = [RowPlan(rng.uniform(13, 16), rng.uniform(48, 66), (34, 64), (14, 40), 9.0) for _ in blocks]
    else:
        plans = [RowPlan(rng.uniform(16, 20), rng.uniform(46, 60), (38, 88), (16, 30), 14.0) for _ in blocks]
    houses, of = _houses(blocks, facing_south(blocks, 15.0), plans, rng)
    n = len(houses)
    levels = rng.integers(3, 7, n).astype(float)
    eave = levels * 3.9 + 0.8
    ridge = eave + houses[:, 3] * 0.2
    corners = rectangles(*houses.T)
    return Batch.of(
        shapely.polygons(corners),
        roofed(corners, eave, ridge, _rows(n), 0.14),
        ridge,
        "education",
        "hall",
        np.clip(rng.normal(1985, 18, n), 1920, 2024),
        "reinforced concrete",
        levels,
    )


def docks(blocks: Shapes) -> list[Batch]:
    """Sheds and workshops; some blocks are tank farms."""
    rng = generator("docks")
    if not len(blocks):
        return []
    farm = rng.random(len(blocks)) < 0.3
    plans = []
    for tanks in farm:
        wide = rng.uniform(18, 30)
        plans.append(
            RowPlan(wide, wide + rng.uniform(9, 14), (wide, wide), (9, 14), 14.0)
            if tanks
            else RowPlan(rng.uniform(30, 46), rng.uniform(58, 76), (60, 130), (14, 26), 12.0)
        )
    houses, of = _houses(blocks, facing_south(blocks), plans, rng)
    round_ = farm[of] & (houses[:, 2] > 0.95 * houses[:, 3])
    shed, tank = houses[~farm[of]], houses[round_]
    eave = rng.uniform(8, 13, len(shed))
    ridge = eave + shed[:, 3] * 0.09
    corners = rectangles(*shed.T)
    year = np.clip(rng.normal(1990, 15, len(shed)), 1950, 2024)
    out = [
        Batch.of(shapely.polygons(corners), roofed(corners, eave, ridge, _rows(len(shed))), ridge, "industrial", "shed", year, "steel", 1.0)
    ]
    if len(tank):
        t = np.arange(20) / 20 * 2 * np.pi
        rings = tank[:, None, :2] + tank[:, 3, None, None] / 2 * np.stack([np.cos(t), np.sin(t)], -1)[None]
        high = rng.uniform(11, 18, len(tank))
        out.append(
            Batch.of(shapely.polygons(rings), prisms(rings, 0, high, _rows(len(tank))), high, "industrial", "tank", 1996, "steel", 1.0)
        )
    return out
