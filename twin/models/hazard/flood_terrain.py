"""The ground a flood runs over: bed, buildings, permanent water, walls and what covers the soil, on the cells of the computation."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid, Terrain
from twin.errors import ScenarioError
from twin.models.hazard.flood_kernels import CLOSED, GRAVITY
from twin.models.hazard.flood_measures import column
from twin.models.hazard.flood_rivers import beds_of_ends, free_rivers, open_ends, raise_banks
from twin.models.hazard.flood_subgrid import Subgrid, across, is_wanted, means, pixels_of
from twin.models.sampling import kept

LAND, BLOCK, WATER, OUTSIDE = 0, 1, 2, 3
MOST_CELLS = 6_000_000
FEW_CELLS = 2_500
POCKET_CELLS = 30
LEAST_SIDE = 10
"""Cells that a part to compute is wide at least."""
RIM_SLOPE = 0.001
"""Least slope on which water leaves over the rim of the known ground."""
_HOLE_M = 30.0
_ROAD_WIDTH_M = {
    "motorway": 14.0,
    "trunk": 14.0,
    "primary": 12.0,
    "secondary": 10.0,
    "tertiary": 8.0,
    "residential": 6.0,
    "service": 4.0,
    "footway": 2.0,
    "path": 2.0,
}
_STILL = ("lake", "pond", "reservoir", "basin")
_LANE_M = 3.25

Notice = tuple[str, str, str]


@dataclass(frozen=True)
class Ground:
    """Static input of the solver. Cell arrays (rows, columns); face arrays as in flood_kernels.

    z: float32 bed; kind: uint8 LAND, BLOCK (building), WATER (permanent, kept at `level`; `rising`: with river and sea) or OUTSIDE;
    gn2: g n^2; pervious: share; drained: bool; rain_weight: cells of rain that fall on or run onto a cell; roof_cells: cells of roof rain
    that go straight to the drain (roof_share of each, where houses fill cells only in part). edge, edge_root: faces where water leaves
    over the rim (see flood_kernels); shore: row and column of permanent water beside land; rim: cells at the border of a nested part,
    which count as water that follows the whole city's. sub: the ground within the cells, where they have tables: zfx and zfy are then the
    lowest level that passes, z the mean of what is not built.
    """

    grid: Grid
    z: NDArray[np.float32]
    kind: NDArray[np.uint8]
    level: NDArray[np.float64]
    rising: NDArray[np.bool_]
    gn2: NDArray[np.float32]
    pervious: NDArray[np.float32]
    drained: NDArray[np.bool_]
    rain_weight: NDArray[np.float32]
    roof_cells: float
    zfx: NDArray[np.float32]
    zfy: NDArray[np.float32]
    edge: NDArray[np.int64]
    edge_root: NDArray[np.float64]
    shore: NDArray[np.int64]
    rim: NDArray[np.bool_]
    notices: tuple[Notice, ...] = field(default=())
    sub: Subgrid | None = None
    roof_share: NDArray[np.float32] | None = None
    river: NDArray[np.bool_] | None = None
    """Land that is the bed of a river whose flow is computed; it begins at `level`."""

    @property
    def wall_beds(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Ground at faces that walls stand on."""
        return (self.zfx, self.zfy) if self.sub is None else (self.sub.x.middle, self.sub.y.middle)

    def on_pixels(self) -> Ground:
        """Bed, kinds and levels on the pixels of sub, to look at; the rest is as it was."""
        assert self.sub is not None
        k = self.sub.k
        kind, level = (np.repeat(np.repeat(a, k, 0), k, 1) for a in (self.kind, self.level))
        kind[(kind == LAND) & (self.sub.zs >= CLOSED)] = BLOCK
        return replace(self, grid=self.sub.pixels, z=self.sub.zs, kind=kind, level=level)


def grid_for(city: City, cell_m: float, area: str = "") -> Grid:
    """Cells over the city's buildings and 50 m around, as far as there is terrain. area: of these the part to compute, "west, south, east,
    north" in the city's CRS. Raises ScenarioError when they are too many, or the area is none or lies elsewhere."""
    x0, y0, x1, y1 = city.core_bounds
    x0, y0, x1, y1 = x0 - 50, y0 - 50, x1 + 50, y1 + 50
    if city.terrain is not None:
        tx0, ty0, tx1, ty1 = city.terrain.grid.bounds
        if tx0 < x1 and x0 < tx1 and ty0 < y1 and y0 < ty1:
            x0, y0, x1, y1 = max(x0, tx0), max(y0, ty0), min(x1, tx1), min(y1, ty1)
    if area.strip():
        ax0, ay0, ax1, ay1 = _local(area, city)
        x0, y0, x1, y1 = max(x0, ax0), max(y0, ay0), min(x1, ax1), min(y1, ay1)
        if min(x1 - x0, y1 - y0) < LEAST_SIDE * cell_m:
            raise ScenarioError(
                "The part to compute lies outside the city or is only a few cells wide", where="flood.area",
                do="Choose a larger one, or none for the whole city.",
            )
    cells = (x1 - x0) * (y1 - y0) / cell_m**2
    if cells > MOST_CELLS:
        fits = np.ceil(np.sqrt((x1 - x0) * (y1 - y0) / MOST_CELLS) * 2) / 2
        raise ScenarioError(
            f"Cells of {cell_m:g} m make {cells / 1e6:,.1f} million of them; at most {MOST_CELLS // 10**6} million are computed",
            where="flood.cell_m", do=f"Choose cells of {fits:g} m or larger, or a smaller part of the city.",
        )
    return Grid.covering((x0, y0, x1, y1), cell_m)


def is_nested(params: Mapping[str, Any]) -> bool:
    return params["boundary"] == "nested" and bool(params["area"].strip())


def _local(area: str, city: City) -> tuple[float, float, float, float]:
    """Local metres of an area in the city's CRS."""
    try:
        west, south, east, north = (float(v) for v in area.replace(";", ",").split(","))
    except ValueError:
        west, south, east, north = (np.nan,) * 4
    if not (west < east and south < north):
        raise ScenarioError(
            f"'{area[:60]}' is no area", where="flood.area", do="Write west, south, east and north in the city's coordinates, with commas."
        )
    (x0, x1), (y0, y1) = city.frame.to_local([west, east], [south, north])
    return float(x0), float(y0), float(x1), float(y1)


def ground_of(city: City, grid: Grid, params: Mapping[str, Any], checkpoint: Callable[[], None] = lambda: None) -> Ground:
    """Everything static the solver needs, and what had to be assumed. params: the flood model's, complete; checkpoint: called between
    the parts of the work, may raise."""
    notices: list[Notice] = []
    if grid.rows * grid.columns < FEW_CELLS and grid.cell_m > 1:
        text = f"The area has only {grid.rows * grid.columns:,} cells of {grid.cell_m:g} m: smaller ones would see streets and yards."
        notices.append(("info", "coarse-cells", text))
    k = across(city, grid, params)
    pixels = pixels_of(grid, k) if k > 1 else grid
    zs, known = _bed(city, pixels, notices)
    checkpoint()
    _dig(city, pixels, zs)
    manning, pervious, drained = _surface(city, pixels, params, notices)
    checkpoint()
    built = np.zeros((0, 0), bool)
    if k > 1 and params["buildings"] == "porosity":
        built = _built(city, pixels, known)
        pervious[built], drained[built] = 0.0, False
    elif k > 1 and params["buildings"] == "resist":
        manning[cover(city.buildings.footprints, pixels) >= 0.5] = params["manning_buildings"]
    z, fine_manning = zs, manning
    if k > 1:
        ground = means(zs, k)
        if built.size:
            open_ = means(np.where(built, np.nan, zs), k)
            ground = np.where(np.isfinite(open_), open_, ground)
        z, known = ground.astype(np.float32), means(known.astype(np.float32), k) >= 0.5
        manning, pervious, drained = means(manning, k), means(pervious, k), means(drained.astype(np.float32), k) >= 0.5
    kind = np.where(known, LAND, OUTSIDE).astype(np.uint8)
    normal, rising = np.full(grid.shape, np.nan), np.zeros(grid.shape, bool)
    if params["river"] != "ground":
        _permanent_water(city, grid, z, kind, normal, rising, notices)
    # as exact in float32 as the bed is, so that water at its level is level with its banks
    level = (normal + params["river_rise_m"] * rising).astype(np.float32).astype(float)
    checkpoint()
    resist = params["buildings"] == "resist"
    if built.size:
        kind[(kind == LAND) & (means((~built).astype(np.float32), k) <= 0.0)] = BLOCK
    else:
        houses = (cover(city.buildings.footprints, grid) >= 0.5) & (kind != OUTSIDE)
        if not resist:
            kind[houses] = BLOCK
        checkpoint()
        _close_pockets(kind)
    river, sources = None, np.zeros(grid.shape, bool)
    if params["river"] == "compute":
        river, sources = free_rivers(city, grid, params, z, kind, level, rising, notices)
        manning[river], pervious[river], drained[river] = params["manning_river"], 0.0, False
        if k > 1:
            bed = np.repeat(np.repeat(np.where(river, z, np.inf), k, 0), k, 1).astype(np.float32)
            zs, fine_manning = np.minimum(zs, bed), np.where(np.isfinite(bed), params["manning_river"], fine_manning)
    rim = np.zeros(grid.shape, bool)
    if is_nested(params):
        rim = _border(grid.shape) & (kind == LAND)
        kind[rim], level[rim], normal[rim] = WATER, z[rim], z[rim]
    if resist:  # Schubert and Sanders 2012: water gets in, slowly
        pervious[houses], drained[houses] = 0.0, False
        if k == 1:
            manning[houses] = params["manning_buildings"]
    checkpoint()
    land = kind == LAND
    weight, roof_cells = _rain_weight(kind, params["roofs"])
    roof_share = None
    if built.size and params["roofs"] == "drain":
        roof_share = np.where(land, means(built.astype(np.float32), k), kind == BLOCK).astype(np.float32)
        weight, roof_cells = np.where(land, 1.0 - roof_share, 0.0).astype(np.float32), float(roof_share.sum(dtype=float))
    sub = None
    if k > 1:
        if built.size:
            zs[built] = CLOSED
        sills = normal if river is None else beds_of_ends(normal, river, z, kind)
        sub = Subgrid.of(grid, k, zs, fine_manning, kind, sills, z, params["subgrid"] == "cells", bool(built.size))
        zfx, zfy = sub.x.low, sub.y.low
        notices.append(sub.told(grid.cell_m))
    else:
        zfx, zfy = _face_beds(z, kind, normal)
        if river is not None:
            raise_banks(zfx, zfy, river, kind == LAND, normal)
            open_ends(zfx, zfy, river, z, kind)
        _say_flat(params, grid.cell_m, notices)
    edge, root = _rim(z, kind, manning, grid.cell_m) if params["boundary"] != "closed" else (np.zeros((0, 6), np.int64), np.zeros(0))
    inside = ~sources[edge[:, 3], edge[:, 4]]
    edge, root = edge[inside], root[inside]
    shore = np.argwhere((kind == WATER) & _beside(land)).astype(np.int64)
    return Ground(
        grid, z, kind, level, rising, (GRAVITY * manning * manning).astype(np.float32), np.where(land, pervious, 0).astype(np.float32),
        drained & land, weight, roof_cells, zfx, zfy, edge, root, shore, rim, tuple(notices), sub, roof_share,
        river,
    )  # fmt: skip


def shown_land(ground: Ground) -> NDArray[np.bool_]:
    """What water is given on: land but the beds of rivers, on cells or pixels."""
    land = ground.kind == LAND
    if ground.river is not None:
        land &= ~ground.river
    if ground.sub is None:
        return land
    k = ground.sub.times
    return np.asarray(ground.sub.shown & np.repeat(np.repeat(land, k, 0), k, 1))


def _built(city: City, pixels: Grid, known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels of houses, and of yards with houses all around."""
    kind = np.where(known, LAND, OUTSIDE).astype(np.uint8)
    kind[(cover(city.buildings.footprints, pixels) >= 0.5) & known] = BLOCK
    _close_pockets(kind)
    return np.asarray(kind == BLOCK)


def _say_flat(params: Mapping[str, Any], cell_m: float, notices: list[Notice]) -> None:
    """Why cells stay flat where more was asked for."""
    if params["subgrid"] == "off" and params["buildings"] != "porosity":
        return
    why = f"The ground is known no finer than the cells of {cell_m:g} m" if is_wanted(params) else "Finite volumes have no sub-grid tables"
    rest = " and houses are closed blocks" if params["buildings"] == "porosity" else ""
    notices.append(("info", "no-subgrid", f"{why}: cells are flat{rest}."))


def cover(shapes: NDArray[np.object_], grid: Grid) -> NDArray[np.float32]:
    """Share of each cell that areas cover, by sampling up to 4 x 4 points; read-only."""
    return kept(shapes, grid, "cover", lambda: _cover(shapes, grid))


def _cover(shapes: NDArray[np.object_], grid: Grid) -> NDArray[np.float32]:
    fine = int(min(4, max(1, np.sqrt(60e6 / (grid.rows * grid.columns)))))
    marks = _burn(shapes, np.ones(len(shapes), np.uint8), Grid(grid.x0, grid.y0, grid.cell_m / fine, grid.rows * fine, grid.columns * fine))
    share = marks.reshape(grid.rows, fine, grid.columns, fine).mean((1, 3), dtype=np.float32)
    share.flags.writeable = False
    return np.asarray(share)


def _burn(shapes: NDArray[np.object_], values: NDArray[Any], grid: Grid, touched: bool = False) -> NDArray[Any]:
    """Value of the last area that holds each cell's centre (touched: that touches the cell); 0 where none."""
    good = (shapely.get_dimensions(shapes) == 2) & ~shapely.is_empty(shapes) & np.isfinite(shapely.bounds(shapes)).all(axis=1)
    if not good.any():
        return np.zeros(grid.shape, values.dtype)
    from affine import Affine
    from rasterio.features import rasterize

    # north-up, as GDAL expects, then turned over
    transform = Affine(grid.cell_m, 0, grid.x0, 0, -grid.cell_m, grid.y0 + grid.rows * grid.cell_m)
    image = rasterize(
        zip(shapes[good], values[good].tolist()), out_shape=grid.shape, transform=transform, all_touched=touched, dtype=values.dtype
    )
    return np.ascontiguousarray(image[::-1])


def _bed(city: City, grid: Grid, notices: list[Notice]) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Bed and whether it is known. Holes of the terrain (below buildings, in water, within 30 m) take the nearest height."""
    if city.terrain is None:
        floor = city.buildings.table["ground_z_m"].to_numpy(float) if len(city.buildings) else np.zeros(0)
        flat = float(np.nanmedian(floor)) if np.isfinite(floor).any() else 0.0
        notices.append(
            (
                "warning", "flat-ground",
                f"The city has no terrain: the ground is taken as flat at {flat:g} m, so where water gathers is not known.",
            )
        )
        return np.full(grid.shape, flat, np.float32), np.ones(grid.shape, bool)
    z = _terrain_on(city.terrain, grid)
    known = np.isfinite(z)
    if not known.any():
        raise ScenarioError("The terrain has no heights where the city is", do="Check the CRS of the terrain and of the city.")
    if known.all():
        return z, known
    from scipy import ndimage

    distance, nearest = ndimage.distance_transform_edt(~known, return_indices=True)
    filled = z[tuple(nearest)]
    inside = known | (distance * grid.cell_m <= _HOLE_M) | ndimage.binary_fill_holes(known)
    share = float((inside & ~known).sum() / inside.sum())
    if share > 0.01:
        notices.append(("info", "terrain-holes", f"{share:.0%} of the ground had no height and took the nearest known one."))
    return np.ascontiguousarray(filled, np.float32), inside


def _terrain_on(terrain: Terrain, grid: Grid) -> NDArray[np.float32]:
    """Mean of the terrain's cells in each cell; bilinear where the terrain is as coarse or coarser."""
    source = terrain.grid
    if source == grid:
        return np.array(terrain.elevation, np.float32)
    if grid.cell_m < 1.5 * source.cell_m:
        return terrain.sample(*np.meshgrid(grid.x, grid.y)).astype(np.float32)
    row = np.floor((source.y - grid.y0) / grid.cell_m).astype(np.int64)
    column = np.floor((source.x - grid.x0) / grid.cell_m).astype(np.int64)
    r, c = np.flatnonzero((row >= 0) & (row < grid.rows)), np.flatnonzero((column >= 0) & (column < grid.columns))
    part = terrain.elevation[np.ix_(r, c)].astype(float)
    target = (row[r][:, None] * grid.columns + column[c][None, :]).ravel()
    good = np.isfinite(part).ravel()
    size = grid.rows * grid.columns
    total = np.bincount(target[good], part.ravel()[good], size)
    count = np.bincount(target[good], minlength=size)
    with np.errstate(invalid="ignore"):
        return np.where(count > 0, total / count, np.nan).reshape(grid.shape).astype(np.float32)


def _dig(city: City, grid: Grid, z: NDArray[np.float32]) -> None:
    """Storage basins: layer `basins`, areas with depth_m below the ground or floor_z_m."""
    basins = city.layers.get("basins")
    if basins is None or not len(basins):
        return
    rows = _burn(basins.geometry, np.arange(1, len(basins) + 1, dtype=np.int32), grid)
    depth, floor = column(basins, "depth_m"), column(basins, "floor_z_m")
    for row in range(len(basins)):  # a handful of measures
        inside = rows == row + 1
        if np.isfinite(floor[row]):
            z[inside] = np.minimum(z[inside], np.float32(floor[row]))
        elif np.isfinite(depth[row]):
            z[inside] -= np.float32(depth[row])


def _permanent_water(
    city: City, grid: Grid, z: NDArray[np.float32], kind: NDArray[np.uint8], level: NDArray[np.float64], rising: NDArray[np.bool_],
    notices: list[Notice],
) -> None:
    """Cells of layer `water`: kept at level_m, or where none is given at the lowest ground in and beside the area (flat: 1 m lower).

    rising: which of them rise with the river; lakes and basins have a level of their own.
    """
    water = city.layers.get("water")
    if water is None or not len(water):
        return
    wet = (cover(water.geometry, grid) >= 0.5) & (kind != OUTSIDE)
    owner = _burn(water.geometry, np.arange(1, len(water) + 1, dtype=np.int32), grid, touched=True)
    wet &= owner > 0
    if not wet.any():
        return
    given = column(water, "level_m")
    lowest = np.full(len(water), np.inf)
    np.minimum.at(lowest, owner[owner > 0] - 1, z[owner > 0].astype(float))
    if city.terrain is None:
        lowest -= 1.0
    stage = np.where(np.isfinite(given), given, lowest)
    used = np.unique(owner[wet]) - 1
    guessed = int((~np.isfinite(given[used])).sum())
    if guessed:
        notices.append(
            (
                "info", "water-level",
                f"{guessed} water area(s) state no normal level: they stand at the lowest ground beside them and take what runs in.",
            )
        )
    kind[wet] = WATER
    level[wet] = stage[owner[wet] - 1].astype(np.float32)
    if "kind" in water.table:
        still = water.table["kind"].isin(_STILL).to_numpy(bool)
        rising[wet] = ~still[owner[wet] - 1]
    else:
        rising[wet] = True


def _close_pockets(kind: NDArray[np.uint8]) -> None:
    """Yards of a few cells with houses all around count as built: their rain leaves by passages narrower than a cell, as roofs' does."""
    from scipy import ndimage

    if not (kind == BLOCK).any():
        return
    open_ = (kind == LAND) | (kind == WATER)
    pocket, count = ndimage.label(open_)
    size = np.bincount(pocket.ravel(), minlength=count + 1)
    # what touches water or the unknown is not enclosed
    free = np.unique(pocket[open_ & (_beside(kind == OUTSIDE) | (kind == WATER) | _border(kind.shape))])
    small = size < POCKET_CELLS
    small[free] = False
    small[0] = False
    kind[small[pocket]] = BLOCK


def _border(shape: tuple[int, int]) -> NDArray[np.bool_]:
    border = np.ones(shape, bool)
    border[1:-1, 1:-1] = False
    return border


@cache
def _surfaces() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("assets").joinpath("surfaces.toml").read_text("utf-8"))


def _surface(
    city: City, grid: Grid, params: Mapping[str, Any], notices: list[Notice]
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Manning n, pervious share and whether drained, from land use, green areas and roads, later ones over earlier ones."""
    table = _surfaces()
    names = list(table)
    of_kind = {kind: number for number, entry in enumerate(table.values()) for kind in entry["kinds"]}
    cells = np.zeros(grid.shape, np.uint8)
    covered = False
    for layer, fallback in (("landuse", 0), ("green", names.index("green"))):
        areas = city.layers.get(layer)
        if areas is None or not len(areas):
            continue
        kinds = areas.table["kind"].astype(str).str.lower() if "kind" in areas.table else np.full(len(areas), "")
        number = np.array([of_kind.get(k, fallback) for k in kinds], np.uint8)
        burnt = _burn(areas.geometry, number + np.uint8(1), grid)
        cells = np.where(burnt > 0, burnt - np.uint8(1), cells)
        covered = True
    if not covered:
        notices.append(
            (
                "info", "no-land-use",
                f"No land use or green areas are known: {table['built_up']['pervious']:.0%} of the ground takes in water everywhere.",
            )
        )
    cells[_road_cells(city, grid)] = names.index("road")
    rough = {"built_up": params["manning_built_up"], "road": params["manning_road"], "green": params["manning_green"]}
    manning = np.array([rough[e["rough"]] for e in table.values()])
    pervious, drained = np.array([e["pervious"] for e in table.values()]), np.array([e["drained"] for e in table.values()])
    return manning[cells], pervious[cells], drained[cells]


def _road_cells(city: City, grid: Grid) -> NDArray[np.bool_]:
    """Cells whose centre lies on a street at ground level."""
    roads = city.networks.get("roads")
    if roads is None or not len(roads.geometry):
        return np.zeros(grid.shape, bool)
    level = ~(edge_flag(roads.edges, "bridge") | edge_flag(roads.edges, "tunnel"))
    width = road_widths(roads.edges)
    areas = shapely.buffer(roads.geometry[level], width[level] / 2, quad_segs=1, cap_style="flat")
    return _burn(areas, np.ones(len(areas), np.uint8), grid) > 0


def road_widths(edges: pd.DataFrame) -> NDArray[np.float64]:
    """Width of each street, m, from its lanes, else its class."""
    width = edges["class"].map(_ROAD_WIDTH_M).fillna(6.0).to_numpy(float) if "class" in edges else np.full(len(edges), 6.0)
    if "lanes" in edges:
        lanes = edges["lanes"].to_numpy(float)
        width = np.where(np.isfinite(lanes) & (lanes > 0), lanes * _LANE_M, width)
    return np.asarray(width)


def edge_flag(edges: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    """Whether each street is one, a `bridge` or `tunnel`; not where nothing is said."""
    if name not in edges:
        return np.zeros(len(edges), bool)
    return np.array([v == v and bool(v) for v in edges[name]], bool) if edges[name].dtype == object else edges[name].to_numpy(bool)


def _rain_weight(kind: NDArray[np.uint8], roofs: str) -> tuple[NDArray[np.float32], float]:
    """Rain on land counts once; a roof's runs to the nearest land cell, or to the drain."""
    land = kind == LAND
    weight = land.astype(np.float32)
    roof = kind == BLOCK
    if not roof.any() or not land.any():
        return weight, 0
    if roofs == "drain":
        return weight, int(roof.sum())
    from scipy import ndimage

    nearest = ndimage.distance_transform_edt(~land, return_distances=False, return_indices=True)
    np.add.at(weight, (nearest[0][roof], nearest[1][roof]), np.float32(1))
    return weight, 0


def _face_beds(
    z: NDArray[np.float32], kind: NDArray[np.uint8], normal: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Level from which water passes each face: the higher bed; CLOSED at buildings, outside and within permanent water.

    A bank is at least as high as the water's normal level: at that level it does not spill, however coarse the cells.
    """
    rows, columns = z.shape
    sill = np.where(kind == LAND, z, np.where(kind == WATER, normal, CLOSED)).astype(np.float32)
    open_ = (kind == LAND) | (kind == WATER)
    river = kind == WATER
    zfx, zfy = np.full((rows, columns + 1), CLOSED, np.float32), np.full((rows + 1, columns), CLOSED, np.float32)
    x = open_[:, 1:] & open_[:, :-1] & ~(river[:, 1:] & river[:, :-1])
    y = open_[1:] & open_[:-1] & ~(river[1:] & river[:-1])
    zfx[:, 1:-1] = np.where(x, np.maximum(sill[:, 1:], sill[:, :-1]), CLOSED)
    zfy[1:-1] = np.where(y, np.maximum(sill[1:], sill[:-1]), CLOSED)
    return zfx, zfy


def _beside(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Cells with a neighbour (of four) in mask."""
    out = np.zeros_like(mask)
    out[1:] |= mask[:-1]
    out[:-1] |= mask[1:]
    out[:, 1:] |= mask[:, :-1]
    out[:, :-1] |= mask[:, 1:]
    return out


def _rim(
    z: NDArray[np.float32], kind: NDArray[np.uint8], manning: NDArray[np.float64], cell_m: float
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Faces between land and the unknown, with sqrt(slope) / n: the slope that leads there goes on, at least RIM_SLOPE.

    Where the ground rises towards the rim nothing leaves.
    """
    padded = np.pad(kind, 1, constant_values=OUTSIDE)
    land = kind == LAND
    edges, roots = [], []
    for axis, di, dj, sign in ((0, 0, -1, -1), (0, 0, 1, 1), (1, -1, 0, -1), (1, 1, 0, 1)):
        beyond = padded[1 + di : 1 + di + kind.shape[0], 1 + dj : 1 + dj + kind.shape[1]] == OUTSIDE
        i, j = np.nonzero(land & beyond)
        back_i, back_j = np.clip(i - di, 0, z.shape[0] - 1), np.clip(j - dj, 0, z.shape[1] - 1)
        inner = land[back_i, back_j]
        slope = np.where(inner, (z[back_i, back_j].astype(float) - z[i, j]) / cell_m, 0.0)
        falls = slope > -RIM_SLOPE
        i, j, slope = i[falls], j[falls], slope[falls]
        roots.append(np.sqrt(np.maximum(slope, RIM_SLOPE)) / manning[i, j])
        edges.append(np.column_stack([np.full(len(i), axis), i + (di > 0), j + (dj > 0), i, j, np.full(len(i), sign)]))
    return np.ascontiguousarray(np.concatenate(edges), np.int64), np.concatenate(roots)
