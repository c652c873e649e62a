"""One terrain of what the sources give: rasters on any grid and CRS, TINs."""

from __future__ import annotations

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from twin.city.footprints import Ground
from twin.city.readers.parts import Raster
from twin.city.terrain import Grid, Terrain
from twin.errors import Problem
from twin.frame import LocalFrame, parse_crs

MAX_CELLS = 25_000_000
Bounds = tuple[float, float, float, float]


def terrain_of_raster(raster: Raster, frame: LocalFrame, near: Bounds | None) -> Terrain | None:
    """A raster as terrain in local metres; one of another CRS, rotated or with oblong cells is resampled (bilinear).

    near: local bounds of the city; a large raster is cut to them and a margin. None where nothing is left.
    """
    a, b, c, d, e, f = raster.transform
    rows, columns = raster.elevation.shape
    same = frame.crs is None or raster.crs is None or parse_crs(raster.crs) == parse_crs(frame.crs)
    if same and b == d == 0 and a > 0 and e < 0 and abs(a + e) < 1e-3 * a:
        unit = frame.unit_m
        x0, y0 = frame.to_local(c, f + rows * e)
        grid = Grid(float(x0), float(y0), a * unit, rows, columns)
        return _cut(Terrain(grid, np.ascontiguousarray(raster.elevation[::-1]), raster.source), near)
    return _resampled(raster, frame, near, same)


def _resampled(raster: Raster, frame: LocalFrame, near: Bounds | None, same: bool) -> Terrain | None:
    from rasterio.crs import CRS as RasterCRS
    from rasterio.warp import Resampling, reproject

    transform = Affine(*raster.transform)
    rows, columns = raster.elevation.shape
    edge = np.linspace(0, 1, 21)
    u = np.concatenate([edge, edge, np.zeros(21), np.ones(21)]) * columns
    v = np.concatenate([np.zeros(21), np.ones(21), edge, edge]) * rows
    x, y = transform.a * u + transform.b * v + transform.c, transform.d * u + transform.e * v + transform.f
    x, y = frame.to_local(x, y, None if same else raster.crs)
    box = (float(np.min(x)), float(np.min(y)), float(np.max(x)), float(np.max(y)))
    if not np.isfinite(box).all():
        return None
    cell = float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / (rows * columns)))
    if near is not None:
        margin = max(500.0, 0.25 * max(near[2] - near[0], near[3] - near[1]))
        box = (max(box[0], near[0] - margin), max(box[1], near[1] - margin), min(box[2], near[2] + margin), min(box[3], near[3] + margin))
        if box[0] >= box[2] or box[1] >= box[3]:
            return None
    cell = max(cell, float(np.sqrt((box[2] - box[0]) * (box[3] - box[1]) / MAX_CELLS)))
    grid = Grid.covering(box, cell)
    unit = frame.unit_m
    west, north = frame.to_crs(grid.x0, grid.bounds[3])
    target = Affine(cell / unit, 0, float(west), 0, -cell / unit, float(north))
    out = np.full(grid.shape, np.nan, np.float32)
    to = RasterCRS.from_wkt(parse_crs(frame.crs).to_wkt()) if frame.crs else RasterCRS.from_epsg(32631)
    source = to if same or raster.crs is None else RasterCRS.from_wkt(raster.crs.to_wkt())
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


def _cut(terrain: Terrain, near: Bounds | None) -> Terrain | None:
    """A large terrain cut to the city and a margin."""
    g = terrain.grid
    if near is None or g.rows * g.columns < 4_000_000:
        return terrain
    margin = max(500.0, 0.25 * max(near[2] - near[0], near[3] - near[1]))
    c0 = max(0, int((near[0] - margin - g.x0) / g.cell_m))
    r0 = max(0, int((near[1] - margin - g.y0) / g.cell_m))
    c1 = min(g.columns, int(np.ceil((near[2] + margin - g.x0) / g.cell_m)))
    r1 = min(g.rows, int(np.ceil((near[3] + margin - g.y0) / g.cell_m)))
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
