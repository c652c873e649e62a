"""One terrain of what the sources give: rasters on any grid and CRS, TINs."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from twin.city.footprints import Ground
from twin.city.placing import elsewhere, flat, overlap
from twin.city.readers.parts import Raster
from twin.city.terrain import Grid, Terrain
from twin.errors import Problem
from twin.frame import LocalFrame, parse_crs
from twin.frame import reproject as reproject_points

MAX_CELLS = 25_000_000
LEAST_M, MOST_M, MOST_OBLONG = 1e-3, 1e8, 1e5
Bounds = tuple[float, float, float, float]


def terrains_of(rasters: list[Raster], frame: LocalFrame, near: Bounds | None, problems: list[Problem]) -> list[Terrain]:
    """Rasters as terrains in local metres. Tiles of one grid become one without seams; of a large raster only what is near is read.

    near: local bounds of the city. Rasters that do not reach it are told in problems and left out.
    """
    sets: list[list[Raster]] = []
    for raster in rasters:
        fitting = next((s for s in sets if _one_grid(s[0], raster)), None)
        if fitting is None:
            sets.append([raster])
        else:
            fitting.append(raster)
    out = []
    for every in sets:
        boxes = [local_box(t, frame) for t in every]
        if not any(b is not None and (near is None or overlap(b, near)) for b in boxes):
            problems.append(elsewhere(every[0], frame, near))
            continue
        tiles = [t for t, b in zip(every, boxes, strict=True) if b is not None and (near is None or overlap(b, _with_margin(near)))]
        if len(tiles) < len(every):
            n = len(every) - len(tiles)
            what = f"{n} of {len(every)} tiles of the terrain do not reach the city and were not read"
            problems.append(Problem("tiles_elsewhere", "info", n, what, every[0].source))
        whole = tiles[0] if len(tiles) == 1 and tiles[0].window is None else _mosaic(tiles, frame, near, problems)
        found = None if whole is None else terrain_of_raster(whole, frame, near, always=len(sets) > 1)
        if found is None or not np.isfinite(found.elevation).any():
            problems.append(elsewhere(tiles[0], frame, near))
        else:
            out.append(found)
    return out


def local_box(raster: Raster, frame: LocalFrame) -> Bounds | None:
    """Local bounds of a raster, None where the city's CRS does not reach it or it is no area."""
    rows, columns = raster.elevation.shape
    a, b, c, d, e, f = raster.transform
    edge = np.linspace(0, 1, 21)
    u = np.concatenate([edge, edge, np.zeros(21), np.ones(21)]) * columns
    v = np.concatenate([np.zeros(21), np.ones(21), edge, edge]) * rows
    x, y = frame.to_local(a * u + b * v + c, d * u + e * v + f, flat(raster.crs))
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return None
    box = float(x[good].min()), float(y[good].min()), float(x[good].max()), float(y[good].max())
    sides = box[2] - box[0], box[3] - box[1]
    # Of a broken file: a side of nothing, or longer than the Earth is round, or a line.
    return box if min(sides) > LEAST_M and max(sides) < MOST_M and max(sides) < MOST_OBLONG * min(sides) else None


def _cell(raster: Raster) -> float:
    return raster.cell or raster.transform[0]


def _is_upright(raster: Raster) -> bool:
    a, b, _, d, e, _ = raster.transform
    return b == d == 0 and a > 0 and e < 0


def _one_grid(one: Raster, other: Raster) -> bool:
    """Whether two rasters are tiles of one grid: same CRS, same cells, corners whole cells apart."""
    if not (_is_upright(one) and _is_upright(other)) or (one.crs is None) != (other.crs is None) or one.crs != other.crs:
        return False
    (a, _, c, _, e, f), (a2, _, c2, _, e2, f2) = one.transform, other.transform
    cell = _cell(one)
    tall = cell * abs(e / a)
    if abs(_cell(other) / cell - 1) > 1e-6 or abs(_cell(other) * abs(e2 / a2) / tall - 1) > 1e-3:
        return False
    apart = np.array([(c2 - c) / cell, (f2 - f) / tall])
    return bool((np.abs(apart - np.round(apart)) < 0.02).all())


def _mosaic(tiles: list[Raster], frame: LocalFrame, near: Bounds | None, problems: list[Problem]) -> Raster | None:
    """One raster of the tiles of a grid, cut to what is near the city where they are large; the first counts where they overlap."""
    first = tiles[0]
    if not _is_upright(first):
        return _read_near(first, frame, near, MAX_CELLS, problems)
    boxes = np.array([_own_bounds(t) for t in tiles])
    box: Bounds = (float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max()))
    wanted = _wanted(first, frame, near)
    if wanted is not None:
        box = (max(box[0], wanted[0]), max(box[1], wanted[1]), min(box[2], wanted[2]), min(box[3], wanted[3]))
    cell, tall = _cell(first), _cell(first) * abs(first.transform[4] / first.transform[0])
    c0, r0 = np.floor((box[0] - first.transform[2]) / cell + 0.02), np.floor((first.transform[5] - box[3]) / tall + 0.02)
    columns, rows = (box[2] - first.transform[2]) / cell - c0, (first.transform[5] - box[1]) / tall - r0
    if columns <= 0 or rows <= 0:
        return None
    step = max(1, int(np.ceil(np.sqrt(columns * rows / MAX_CELLS))))
    west, north = first.transform[2] + c0 * cell, first.transform[5] - r0 * tall
    cell, tall = cell * step, tall * step
    shape = max(2, int(np.ceil(rows / step - 0.02))), max(2, int(np.ceil(columns / step - 0.02)))
    if step > 1:
        what = f"The terrain has more than {MAX_CELLS // 1_000_000} million cells here and was read {step} times coarser"
        problems.append(Problem("coarser", "info", len(tiles), what, first.source))
    out = np.full(shape, np.nan, np.float32)
    target = (west, north - shape[0] * tall, west + shape[1] * cell, north)
    for tile in tiles:
        part = tile
        if tile.window is not None:
            own = _own_bounds(tile)
            shared = (max(own[0], target[0]), max(own[1], target[1]), min(own[2], target[2]), min(own[3], target[3]))
            if shared[0] >= shared[2] or shared[1] >= shared[3]:
                continue
            share = (shared[2] - shared[0]) / cell * (shared[3] - shared[1]) / tall
            found = tile.window(shared, max(4, int(share * (1 if step > 1 else 1.2) + 10_000)))
            if found is None:
                continue
            part = found
        _paint(out, part, west, north, cell, tall)
    names = " + ".join(dict.fromkeys(t.source for t in tiles[:3])) + (f" and {len(tiles) - 3} more" if len(tiles) > 3 else "")
    return Raster(first.name, out, (cell, 0, west, 0, -tall, north), first.crs, names, first.engineering, first.role)


def _paint(out: NDArray[np.float32], tile: Raster, west: float, north: float, cell: float, tall: float) -> None:
    """Put the cells of a tile where the target knows nothing yet: of each target cell, the one its middle lies in."""
    a, _, c, _, e, f = tile.transform
    column = np.floor((west + (np.arange(out.shape[1]) + 0.5) * cell - c) / a).astype(np.int64)
    row = np.floor((north - (np.arange(out.shape[0]) + 0.5) * tall - f) / e).astype(np.int64)
    cs = np.flatnonzero((column >= 0) & (column < tile.elevation.shape[1]))
    rs = np.flatnonzero((row >= 0) & (row < tile.elevation.shape[0]))
    if not len(cs) or not len(rs):
        return
    there = out[rs[0] : rs[-1] + 1, cs[0] : cs[-1] + 1]
    here = tile.elevation[np.ix_(row[rs], column[cs])]
    np.copyto(there, here, where=np.isnan(there))


def _own_bounds(raster: Raster) -> Bounds:
    a, _, c, _, e, f = raster.transform
    rows, columns = raster.elevation.shape
    return c, f + e * rows, c + a * columns, f


def _wanted(raster: Raster, frame: LocalFrame, near: Bounds | None) -> Bounds | None:
    """What of a raster is near the city, in the raster's CRS."""
    if near is None:
        return None
    x0, y0, x1, y1 = _with_margin(near)
    edge = np.linspace(0, 1, 21)
    x = np.concatenate([x0 + (x1 - x0) * edge, x0 + (x1 - x0) * edge, np.full(21, x0), np.full(21, x1)])
    y = np.concatenate([np.full(21, y0), np.full(21, y1), y0 + (y1 - y0) * edge, y0 + (y1 - y0) * edge])
    ex, ny = frame.to_crs(x, y)
    if not _same_crs(raster, frame):
        ex, ny = reproject_points(ex, ny, parse_crs(frame.crs), parse_crs(flat(raster.crs)))
    good = np.isfinite(ex) & np.isfinite(ny)
    if not good.any():
        return None
    cell = _cell(raster)
    return float(ex[good].min()) - cell, float(ny[good].min()) - cell, float(ex[good].max()) + cell, float(ny[good].max()) + cell


def _read_near(raster: Raster, frame: LocalFrame, near: Bounds | None, most: int, problems: list[Problem]) -> Raster | None:
    """A raster that lies aslant, as finely as it may be near the city."""
    if raster.window is None:
        return raster
    wanted = _wanted(raster, frame, near)
    if wanted is None:
        rows, columns = raster.elevation.shape
        a, b, c, d, e, f = raster.transform
        corners = np.array([(a * u + b * v + c, d * u + e * v + f) for u in (0, columns) for v in (0, rows)])
        wanted = (*corners.min(0), *corners.max(0))  # type: ignore[assignment]
    assert wanted is not None
    return raster.window(wanted, most)


def _same_crs(raster: Raster, frame: LocalFrame) -> bool:
    return frame.crs is None or raster.crs is None or parse_crs(flat(raster.crs)) == parse_crs(frame.crs)


def _with_margin(near: Bounds) -> Bounds:
    margin = max(500.0, 0.25 * max(near[2] - near[0], near[3] - near[1]))
    return near[0] - margin, near[1] - margin, near[2] + margin, near[3] + margin


def terrain_of_raster(raster: Raster, frame: LocalFrame, near: Bounds | None, always: bool = False) -> Terrain | None:
    """A raster as terrain in local metres; one of another CRS, rotated or with oblong cells is resampled (bilinear).

    near: local bounds of the city; a large raster (always: any) is cut to them and a margin. None where nothing is left.
    """
    a, b, c, d, e, f = raster.transform
    rows, columns = raster.elevation.shape
    same = _same_crs(raster, frame)
    if same and b == d == 0 and a > 0 and e < 0 and abs(a + e) < 1e-3 * a:
        unit = frame.unit_m
        x0, y0 = frame.to_local(c, f + rows * e)
        grid = Grid(float(x0), float(y0), a * unit, rows, columns)
        return _cut(Terrain(grid, np.ascontiguousarray(raster.elevation[::-1]), raster.source), near, always)
    return _resampled(raster, frame, near, same)


def _resampled(raster: Raster, frame: LocalFrame, near: Bounds | None, same: bool) -> Terrain | None:
    from rasterio.crs import CRS as RasterCRS
    from rasterio.warp import Resampling, reproject

    transform = Affine(*raster.transform)
    rows, columns = raster.elevation.shape
    box = local_box(raster, frame)
    if box is None:
        return None
    cell = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / (rows * columns)))
    if near is not None:
        wide = _with_margin(near)
        box = (max(box[0], wide[0]), max(box[1], wide[1]), min(box[2], wide[2]), min(box[3], wide[3]))
        if box[0] >= box[2] or box[1] >= box[3]:
            return None
    cell = max(cell, float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / MAX_CELLS)))
    grid = Grid.covering(box, cell)
    unit = frame.unit_m
    west, north = frame.to_crs(grid.x0, grid.bounds[3])
    target = Affine(cell / unit, 0, float(west), 0, -cell / unit, float(north))
    out = np.full(grid.shape, np.nan, np.float32)
    to = RasterCRS.from_wkt(parse_crs(frame.crs).to_wkt()) if frame.crs else RasterCRS.from_epsg(32631)
    own = flat(raster.crs)
    source = to if same or own is None else RasterCRS.from_wkt(own.to_wkt())
    reproject(
        raster.elevation,
        out,
        src_transform=transform,
        src_crs=source,
        src_nodata=np.nan,
        dst_transform=target,
        dst_crs=to,
        dst_nodata=np.nan,
        resampling=Resampling.bilinear,
    )
    return Terrain(grid, np.ascontiguousarray(out[::-1]), raster.source)


def _cut(terrain: Terrain, near: Bounds | None, always: bool) -> Terrain | None:
    """A large terrain cut to the city and a margin."""
    g = terrain.grid
    if near is None or (g.rows * g.columns < 4_000_000 and not always):
        return terrain
    x0, y0, x1, y1 = _with_margin(near)
    c0 = max(0, int((x0 - g.x0) / g.cell_m))
    r0 = max(0, int((y0 - g.y0) / g.cell_m))
    c1 = min(g.columns, int(np.ceil((x1 - g.x0) / g.cell_m)))
    r1 = min(g.rows, int(np.ceil((y1 - g.y0) / g.cell_m)))
    if c0 >= c1 or r0 >= r1:
        return None
    grid = Grid(g.x0 + c0 * g.cell_m, g.y0 + r0 * g.cell_m, g.cell_m, r1 - r0, c1 - c0)
    return Terrain(grid, np.ascontiguousarray(terrain.elevation[r0:r1, c0:c1]), terrain.source)


def merged(terrains: list[Terrain], problems: list[Problem]) -> Terrain | None:
    """One terrain of several: the finest first, the others where it knows nothing, on the finest grid that holds them all."""
    known = sorted(terrains, key=lambda t: t.grid.cell_m)
    if len(known) < 2:
        return known[0] if known else None
    boxes = np.array([t.grid.bounds for t in known])
    box = (*boxes[:, :2].min(0), *boxes[:, 2:].max(0))
    cell = max(known[0].grid.cell_m, float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / MAX_CELLS)))
    first = known[0].grid
    x0 = first.x0 - np.ceil((first.x0 - box[0]) / cell - 1e-6) * cell
    y0 = first.y0 - np.ceil((first.y0 - box[1]) / cell - 1e-6) * cell
    grid = Grid(float(x0), float(y0), cell, int(np.ceil((box[3] - y0) / cell - 1e-6)), int(np.ceil((box[2] - x0) / cell - 1e-6)))
    out = np.full(grid.shape, np.nan, np.float32)
    for terrain in known:
        z = terrain.on(grid)
        out = np.where(np.isnan(out), z, out)
    problems.append(
        Problem(
            "terrains_joined", "info", len(known), f"{len(known)} terrains were joined at {cell:g} m; the finest counts where they overlap"
        )
    )
    return Terrain(grid, out, " + ".join(dict.fromkeys(t.source for t in known)))


def ground_of(terrain: Terrain | None) -> Ground:
    """Height at points: the terrain's, the nearest known cell's where it has none, 0 without terrain."""
    if terrain is None:
        return lambda x, y: np.zeros(np.shape(x))
    grid, z = terrain.grid, terrain.elevation

    def ground(x: NDArray[np.float64], y: NDArray[np.float64]) -> NDArray[np.float64]:
        value = terrain.sample(x, y)
        lost = np.isnan(value)
        if lost.any():
            from scipy.ndimage import distance_transform_edt

            index = distance_transform_edt(np.isnan(z), return_distances=False, return_indices=True)
            row = np.clip(np.floor((y[lost] - grid.y0) / grid.cell_m), 0, grid.rows - 1).astype(np.int64)
            column = np.clip(np.floor((x[lost] - grid.x0) / grid.cell_m), 0, grid.columns - 1).astype(np.int64)
            value[lost] = z[index[0][row, column], index[1][row, column]]
        return value

    return ground
