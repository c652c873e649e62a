"""What is seen from a point, and how long the sun shines: painted on the ground, on walls and on roofs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drape, Drawing, Points, Surface
from layers.features import Bounds, TableLayer
from layers.ground import Ground
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb, hushed, ramp
from layers.tiles import Coat, TiledSurface, arranged, painted_once
from twin.city.city import City
from twin.city.facets import Facets, facets
from twin.city.height_grid import HeightGrid, Solids
from twin.city.sun_hours import SunHours
from twin.city.terrain import Grid
from twin.city.viewshed import Viewshed

SEEN, VEIL = "#2e9d62", (38, 40, 52)
SEEN_ALPHA, VEIL_ALPHA, HOURS_ALPHA = 150, 84, 215
MOST_FACETS = 60_000
OFF_WALL_M = 0.25
"""Painted pieces stand so far before the wall they are of."""
ABOVE_GROUND_M = 0.05
ORDER = 24
"""Above what is known of roads and areas, and above coarse ground that is drawn until the finer comes."""
OVER_BLOCKS = 6
"""Orders by which painted pieces lie over the plain buildings, which are boxes from afar."""
PALE_BLOCKS = 0.5
OF_WALLS = 0.9
"""Walls a little darker than roofs of the same value, so that edges of houses stay."""
Rows = NDArray[np.int64]


def facets_near(city: City, rows: Rows, most: int = MOST_FACETS) -> Facets:
    """Walls and roofs of some buildings in pieces."""
    return facets(*Solids.of(city).triangles(rows), most=most)


def _named(city: City, rows: Rows) -> pd.DataFrame:
    columns = ["id", "name", "use", "height_m"]
    return city.buildings.take(rows)[columns] if len(rows) else pd.DataFrame({c: [] for c in columns})


class _Painted(TableLayer):
    """A drape on the ground and painted pieces of buildings; rows are those of a table of buildings."""

    def __init__(self, city: City, id: str, title: str, table: pd.DataFrame, rows: Rows, grid: Grid, faces: Facets, **options: Any) -> None:
        shapes = city.buildings.shapes(rows) if len(rows) else np.empty(0, object)
        low, top = (float(faces.corners[..., 2].min()), float(faces.corners[..., 2].max())) if len(faces) else (0.0, 50.0)
        super().__init__(id, title, "results", table, shapes, z=(low, top), order=ORDER, **options)
        self.grid, self._rows, self._buildings = grid, rows, city.buildings
        self._z = Ground.of(city).on(grid) + np.float32(ABOVE_GROUND_M)
        corners = faces.corners + (faces.normal * OFF_WALL_M)[:, None]
        self._points = corners.reshape(-1, 3)
        self._triangles = np.arange(3 * len(faces), dtype=np.int32).reshape(-1, 3)
        self._of = np.searchsorted(rows, faces.rows).astype(np.int32)
        self._is_roof = faces.is_roof
        self._shown: tuple[int, Drape] | None = None

    def ground_colors(self) -> NDArray[np.uint8]:
        """RGBA of the cells."""
        raise NotImplementedError

    def face_colors(self) -> NDArray[np.uint8]:
        """RGBA of the pieces."""
        raise NotImplementedError

    def block_colors(self) -> NDArray[np.uint8]:
        """RGBA of the buildings as wholes, which is what is drawn of them from afar; alpha 0: as it is."""
        raise NotImplementedError

    def _blocks(self) -> TiledSurface | None:
        """Whole buildings in the colour of their mean, where the city is drawn in tiles."""
        found = arranged(self._buildings)
        if found is None or not len(self._rows):
            return None
        moved, order = found
        row = np.full(len(self._buildings), -1, np.int64)
        row[self._rows] = np.arange(len(self._rows))

        @painted_once
        def coat() -> Coat:
            colors = np.zeros((len(row), 4), np.uint8)
            colors[self._rows] = self.block_colors()
            return Coat(colors, hush_walls=0.15, lighter_roofs=False).of(order)

        rows_of = row if order is None else row[order]
        common = (f"{self.id}-blocks", self._version, 0, self.opacity, self.order)
        return TiledSurface(*common, buildings=moved, rows_of=rows_of, coat=coat)

    def draw(self) -> list[Drawing]:
        if self._shown is None or self._shown[0] != self._version:
            rgba = self.ground_colors()
            z = np.where(_near(rgba[..., 3] > 0), self._z, np.float32(np.nan))
            self._shown = (self._version, Drape(f"{self.id}-ground", self._version, grid=self.grid, z=z, rgba=rgba, material="data"))
        ground = self._shown[1]
        ground.opacity, ground.order = self.opacity, self.order
        drawn: list[Drawing] = [ground]
        blocks = self._blocks()
        if blocks is not None:
            drawn.append(blocks)
        if len(self._triangles):
            drawn.append(
                Surface(
                    f"{self.id}-faces",
                    self._version,
                    0,
                    self.opacity,
                    self.order + OVER_BLOCKS,
                    points=self._points,
                    triangles=self._triangles,
                    rows=self._of,
                    colors=self.face_colors(),
                )
            )
        return drawn

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        if rows is not None:
            return super().bounds(rows)
        x0, y0, x1, y1 = self.grid.bounds
        return x0, x1, y0, y1, float(self._z.min()), self._z_range[1]


def _near(shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    from layers.fields import near_shown

    return np.isfinite(near_shown(np.zeros(shown.shape, np.float32), shown))


class ViewshedLayer(_Painted):
    """Ground and faces that are seen in one colour, a veil over the ground that is not, a pin where the eye is."""

    def __init__(self, city: City, seen: Viewshed, id: str = "view:1", title: str = "Viewshed") -> None:
        faces = facets_near(city, seen.seen_rows)
        shows = facets_seen(seen, faces)
        painted = faces.part(shows)
        table = (
            city.buildings.take(seen.rows)[["id", "name", "use", "height_m"]] if len(seen.rows) else pd.DataFrame({"id": [], "name": []})
        )
        amount = np.zeros(len(seen.rows))
        np.add.at(amount, np.searchsorted(seen.rows, painted.rows), painted.area)
        table = table.assign(seen=np.isin(seen.rows, seen.seen_rows), seen_m2=np.round(amount, 1))
        style = Style(color=SEEN)
        super().__init__(city, id, title, table, seen.rows, seen.grid, painted, style=style)
        self.viewshed = seen
        self.faces_seen_m2 = float(painted.area.sum())

    def ground_colors(self) -> NDArray[np.uint8]:
        v = self.viewshed
        ground = v.inside & v.heights.is_ground
        rgba = np.zeros((*v.grid.shape, 4), np.uint8)
        rgba[ground] = (*VEIL, VEIL_ALPHA)
        color = [round(c * 255) for c in hex_rgb(self.style.color)]
        rgba[ground & v.seen] = (*color, SEEN_ALPHA)
        # Smooth edges of the texture take the colour of what lies beside them, not of nothing.
        rgba[~ground, :3] = color
        return rgba

    def face_colors(self) -> NDArray[np.uint8]:
        color = np.array([*hex_rgb(self.style.color), 1.0]) * 255
        rgba = np.tile(np.round(color).astype(np.uint8), (len(self._triangles), 1))
        rgba[:, :3] = np.round(rgba[:, :3] * np.where(self._is_roof, 1.0, OF_WALLS)[:, None] + 18)
        return rgba

    def block_colors(self) -> NDArray[np.uint8]:
        v = self.viewshed
        color = np.array([[*hex_rgb(self.style.color), 1.0]]) * 255
        rgba = np.repeat(hushed(np.round(color).astype(np.uint8), PALE_BLOCKS), len(v.rows), axis=0)
        rgba[~np.isin(v.rows, v.seen_rows), 3] = 0
        return rgba

    def draw(self) -> list[Drawing]:
        eye = self.viewshed.eye[None]
        mark = np.array([[214, 92, 30, 255]], np.uint8)
        at = Points(
            f"{self.id}-eye", self._version, 0, self.opacity, self.order, points=eye, rows=np.array([-1], np.int32), colors=mark,
            size=13.0, shapes=np.array([6], np.uint8), priority=np.array([1e6]), stem_m=float(max(eye[0, 2] - self._foot(), 0.0)),
        )  # fmt: skip
        return [*super().draw(), at]

    def _foot(self) -> float:
        middle = self.viewshed.grid.rows // 2
        return float(self._z[middle, middle])

    def legend(self) -> Legend:
        return Legend(
            self.title, entries=(LegendEntry(self.style.color, "Seen"), LegendEntry("#6e6f78", "Not seen"), LegendEntry("#d65c1e", "Eye"))
        )


def facets_seen(v: Viewshed, faces: Facets) -> NDArray[np.bool_]:
    """Which pieces are turned to the eye, above the horizon that hides them, and inside."""
    r, c = faces.before(v.grid)
    facing = ((v.eye - faces.middle) * faces.normal).sum(1) > 0
    # A roof is given to its cells by its middle, and hides itself no more than the slope of half a cell.
    slack = np.where(faces.is_roof, 0.5 * v.grid.cell_m, 0.05)
    return np.asarray(facing & (faces.middle[:, 2] + slack >= v.least[r, c]) & v.inside[r, c])


class SunHoursLayer(_Painted):
    """Hours of direct sun of a day on ground, walls and roofs; the table has the means of each building."""

    def __init__(
        self,
        city: City,
        heights: HeightGrid,
        inside: NDArray[np.bool_],
        faces: Facets,
        hours: SunHours,
        id: str = "sun:1",
        title: str = "Hours of sun",
    ) -> None:
        rows = hours.rows
        table = _named(city, rows)
        if len(rows):
            table = table.assign(roof_sun_h=np.round(hours.roof, 1), walls_sun_h=np.round(hours.walls, 1))
        most = float(np.ceil(max(hours.possible, 1.0)))
        style = Style(kind="graduated", field="sun_hours", palette="viridis", low=0.0, high=most, unit="h")
        super().__init__(city, id, title, table, rows, heights.grid, faces, style=style)
        self.heights, self.hours, self.inside = heights, hours, inside

    def fields(self) -> list[str]:
        return []

    def _colors(self, hours: NDArray[Any]) -> NDArray[np.uint8]:
        s = self.style
        table = np.round(ramp(s.palette, np.linspace(0, 1, 256)) * 255).astype(np.uint8)
        t = (hours - s.low) / ((s.high - s.low) or 1.0)
        if s.classes:
            t = (np.floor(np.clip(t, 0, 0.9999) * s.classes) + 0.5) / s.classes
        return np.asarray(table[np.clip(t * 255, 0, 255).astype(np.uint8)])

    def ground_colors(self) -> NDArray[np.uint8]:
        rgba = np.empty((*self.grid.shape, 4), np.uint8)
        rgba[..., :3] = self._colors(self.hours.surface)
        rgba[..., 3] = np.where(self.inside & self.heights.is_ground, HOURS_ALPHA, 0)
        return rgba

    def face_colors(self) -> NDArray[np.uint8]:
        rgba = np.full((len(self._triangles), 4), 255, np.uint8)
        rgba[:, :3] = self._colors(self.hours.facets)
        return rgba

    def block_colors(self) -> NDArray[np.uint8]:
        rgba = np.full((len(self._rows), 4), 255, np.uint8)
        rgba[:, :3] = self._colors(self.hours.whole)
        return rgba

    @property
    def ground_mean_h(self) -> float:
        cells = self.inside & self.heights.is_ground
        return float(self.hours.surface[cells].mean()) if cells.any() else float("nan")


def sun_layer(
    city: City,
    centre: tuple[float, float],
    radius_m: float,
    suns: Any,
    cell_m: float,
    id: str,
    title: str,
    progress: Callable[[float], None] = lambda _: None,
) -> SunHoursLayer:
    """Hours of sun within a radius; what stands around it up to as far again, but 400 m at most, throws its shadow in."""
    from twin.city.height_grid import height_grid
    from twin.city.sun_hours import sun_hours

    x, y = centre
    reach = radius_m + min(400.0, max(150.0, radius_m))
    wide = height_grid(city, Grid.covering((x - reach, y - reach, x + reach, y + reach), cell_m))
    solids = Solids.of(city)
    rows = solids.within((x - radius_m, y - radius_m, x + radius_m, y + radius_m))
    if len(rows):
        e = solids.extents[rows].astype(float)
        rows = rows[np.hypot((e[:, 0] + e[:, 3]) / 2 - x, (e[:, 1] + e[:, 4]) / 2 - y) <= radius_m]
    faces = facets_near(city, rows)
    hours = sun_hours(wide, faces, suns, progress)
    g = wide.grid
    inside = np.hypot(g.x[None] - x, g.y[:, None] - y) <= radius_m
    # Only the middle is shown; the rest was there for its shadows.
    r, c = np.flatnonzero(inside.any(1)), np.flatnonzero(inside.any(0))
    part = (slice(int(r[0]), int(r[-1]) + 1), slice(int(c[0]), int(c[-1]) + 1))
    small = Grid(g.x0 + c[0] * g.cell_m, g.y0 + r[0] * g.cell_m, g.cell_m, len(r), len(c))
    heights = HeightGrid(small, wide.floor[part].copy(), wide.top[part].copy(), wide.owner[part].copy())
    hours = replace(hours, surface=hours.surface[part].copy())
    return SunHoursLayer(city, heights, inside[part], faces, hours, id, title)


def seen_polygons(v: Viewshed) -> NDArray[np.object_]:
    """What is seen of the ground as areas along the cells, local metres."""
    from rasterio.features import shapes
    from rasterio.transform import Affine

    g = v.grid
    mask = (v.seen & v.heights.is_ground).astype(np.uint8)
    place = Affine(g.cell_m, 0.0, g.x0, 0.0, g.cell_m, g.y0)
    found = [shapely.geometry.shape(s) for s, value in shapes(mask, mask=mask > 0, transform=place) if value]
    return np.array([*found, None], object)[:-1]
