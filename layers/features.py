"""Layers over a table: areas, lines and points of any GIS layer, drawn on the ground."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Glyphs, Labels, Points, Surface
from layers.ground import Ground
from layers.kept import kept
from layers.layer import Layer
from layers.linetiles import FEW, MAIN_M, TiledLines
from layers.shapes import deck, draped_polygons, exploded, polylines, ribbons, wall
from layers.style import Style, hex_rgb, hushed
from twin.city.features import Features

PALE = "#ddd6c9"
COPING_M = (0.75, 0.3)
"""Width and height of the lighter stone on top of a flood wall."""
Bounds = tuple[float, float, float, float, float, float]


class TableLayer(Layer):
    """A layer whose rows are the rows of a table with shapely geometry beside it, given or read when first needed.

    Geometry is made once; a change of style gives new colours only.
    """

    def __init__(
        self,
        id: str,
        title: str,
        group: str,
        table: pd.DataFrame | Callable[[], pd.DataFrame],
        geometry: NDArray[np.object_] | Callable[[], NDArray[np.object_]],
        *,
        attributes: pd.DataFrame | None = None,
        z: tuple[float, float] = (0.0, 0.0),
        **options: Any,
    ) -> None:
        super().__init__(id, title, group, **options)
        self._table_from, self._geometry_from, self._attributes = table, geometry, attributes
        self._z_range = z
        self._version = 0
        self.changed.connect(self._on_change)

    def _on_change(self, aspect: str) -> None:
        self._version += aspect in ("style", "data", "quiet")

    @cached_property
    def _table(self) -> pd.DataFrame:
        return self._table_from() if callable(self._table_from) else self._table_from

    @cached_property
    def _geometry(self) -> NDArray[np.object_]:
        return self._geometry_from() if callable(self._geometry_from) else self._geometry_from

    def table(self) -> pd.DataFrame:
        return self._table

    def attributes(self, row: int) -> dict[str, Any]:
        found = {str(k): v for k, v in self._table.iloc[row].items()}
        if self._attributes is not None and len(self._attributes):
            own = self._attributes.iloc[row]
            found.update({str(k): v for k, v in own.items() if str(k) not in found and not is_missing(v)})
        return found

    def columns(self) -> list[str]:
        own = [] if self._attributes is None else [str(c) for c in self._attributes.columns]
        names = super().columns()
        return names + [c for c in own if c not in names]

    def column(self, name: str) -> NDArray[Any]:
        if name in self._table or self._attributes is None:
            return super().column(name)
        return np.asarray(self._attributes[name].to_numpy())

    def shapes(self) -> NDArray[np.object_] | None:
        return self._geometry

    def geometry(self, row: int) -> Any:
        """Shapely geometry of one row, local metres."""
        return self._geometry[row]

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        chosen = self._geometry if rows is None else self._geometry[np.asarray(rows)]
        if not len(chosen):
            return None
        x0, y0, x1, y1 = shapely.total_bounds(chosen)
        if not np.isfinite([x0, y0, x1, y1]).all():
            return None
        return float(x0), float(x1), float(y0), float(y1), *self._z_range

    def row_colors(self) -> NDArray[np.uint8]:
        """uint8 (rows, 4) by the style of now."""
        s = self.style
        if s.kind == "single" or s.field not in self.fields():
            return replace(s, kind="single").rgba(np.zeros(len(self._table)))
        return s.rgba(self.values(s.field))


def is_missing(value: Any) -> bool:
    if isinstance(value, (list, tuple, dict, np.ndarray)):
        return False
    return value is None or bool(pd.isna(value))


class AreaLayer(TableLayer):
    """Polygons lying on the ground; those with a known water level lie at it."""

    def __init__(
        self, id: str, title: str, group: str, features: Features, ground: Ground, *, material: str = "ground", **options: Any
    ) -> None:
        super().__init__(id, title, group, features.table, features.geometry, source=features.source, **options)
        self._ground, self._material = ground, material
        self.moves_within_m = 1500.0 if material == "water" else 0.0
        self._mesh: tuple[Any, Any, Any] | None = None

    def row_colors(self) -> NDArray[np.uint8]:
        """As the style says; kinds it does not name are pale ground, not the grey of missing numbers."""
        color = super().row_colors()
        if self.style.kind == "categorised" and self.style.field in self._table:
            named = self._table[self.style.field].astype(str).isin([value for value, _ in self.style.categories]).to_numpy()
            color[~named, :3] = np.round(np.array(hex_rgb(PALE)) * 255)
        return hushed(color, 0.25 if self._material == "water" else 0.45) if self.quiet else color

    def draw(self) -> list[Drawing]:
        if self._mesh is None:
            level = None
            if "level_m" in self._table:
                level = pd.to_numeric(self._table["level_m"], errors="coerce").to_numpy(float)
            points, triangles, rows = kept(
                "draped", self._geometry, self._ground, (level,), lambda: draped_polygons(self._geometry, self._ground, level=level)
            )
            self._mesh = points, triangles, rows
        points, triangles, rows = self._mesh
        if not len(triangles):
            return []
        return [
            Surface(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=points,
                triangles=triangles,
                rows=rows,
                colors=self.row_colors()[rows],
                shading="smooth",
                material=self._material,  # type: ignore[arg-type]
            )
        ]


class LineLayer(TableLayer):
    """Lines as ribbons on the ground; what runs in the air becomes a deck with sides. Of a large network the narrow lines are
    drawn in tiles, near the eye.

    widths_m: one per row. wall_top_z: one per row where the line is a wall (flood barrier) up to that level.
    """

    in_tiles = True

    def __init__(
        self,
        id: str,
        title: str,
        group: str,
        table: pd.DataFrame,
        geometry: NDArray[np.object_],
        ground: Ground,
        *,
        widths_m: Any = 3.0,
        lift_m: float = 0.12,
        wall_top_z: NDArray[np.float64] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(id, title, group, table, geometry, **options)
        self._ground, self._lift, self._wall_top = ground, lift_m, wall_top_z
        self._widths = np.broadcast_to(np.asarray(widths_m, float), (len(table),))
        self._parts: list[tuple[str, Any, Any, Any]] | None = None
        self._far: TiledLines | None = None

    def _split(self) -> NDArray[np.object_]:
        """The lines drawn as a whole; the narrow ones of a large network go into tiles."""
        geometry = self._geometry
        if not self.in_tiles or self._wall_top is not None or len(geometry) <= FEW:
            return geometry
        narrow = self._widths < MAIN_M
        lines, rows = exploded(geometry, 1)
        local = narrow[rows]
        if local.any():
            self._far = TiledLines(
                f"{self.id}/near", lines=lines[local], rows=rows[local].astype(np.int32), widths=self._widths[rows[local]],
                ground=self._ground, lift_m=self._lift,
            )  # fmt: skip
            geometry = geometry.copy()
            geometry[narrow] = None
        return geometry

    def _built(self) -> list[tuple[str, Any, Any, Any]]:
        points, offsets, rows = polylines(self._split(), self._ground, self._lift)
        if not len(rows):
            return []
        if self._wall_top is not None:
            of_point = np.repeat(rows, np.diff(offsets))
            top = self._wall_top[of_point]
            top = np.where(np.isfinite(top), top, points[:, 2] + 1.2)
            points[:, 2] -= 0.5
            p, t, line = wall(points, offsets, top)
            cap = points.copy()
            cap[:, 2] = np.maximum(top - COPING_M[1], points[:, 2])
            cp, ct, cline = wall(cap, offsets, top + 0.02, COPING_M[0])
            return [("wall", p, t, rows[line]), ("coping", cp, ct, rows[cline])]
        p, t, line = ribbons(points, offsets, self._widths[rows])
        above = points[:, 2] - self._ground.height(points[:, 0], points[:, 1]) > 2.0
        on_ground = ~np.concatenate([above, above])
        p[on_ground, 2] = self._ground.height(p[on_ground, 0], p[on_ground, 1]) + self._lift
        built = [("", p, t, rows[line])]
        high = np.flatnonzero(np.logical_or.reduceat(above, offsets[:-1]))
        if len(high):
            keep = np.isin(np.repeat(np.arange(len(rows)), np.diff(offsets)), high)
            own = np.concatenate([[0], np.cumsum(np.diff(offsets)[high])]).astype(np.int64)
            p, t, line = deck(points[keep], own, self._widths[rows[high]])
            built.append(("deck", p, t, rows[high][line]))
        return built

    def draw(self) -> list[Drawing]:
        if self._parts is None:
            self._parts = self._built()

        def coat() -> NDArray[np.uint8]:
            return hushed(self.row_colors(), 0.35) if self.quiet and self._wall_top is None else self.row_colors()

        color = coat()
        drawings: list[Drawing] = []
        if self._far is not None:
            drawings.append(replace(self._far, version=self._version, opacity=self.opacity, order=self.order, coat=coat))
        for name, points, triangles, rows in self._parts:
            solid = name != ""
            drawings.append(
                Surface(
                    f"{self.id}{'-' if name else ''}{name}",
                    self._version,
                    0,
                    self.opacity,
                    self.order,
                    points=points,
                    triangles=triangles,
                    rows=rows,
                    colors=(hushed(color, 0.55) if name == "coping" else color)[rows],
                    shading="flat" if solid else "smooth",
                    material="matte" if solid else "ground",
                )
            )
        return drawings


class PointLayer(TableLayer):
    """Markers of constant size, a little above the ground; `labels` names a column written beside them."""

    def __init__(
        self,
        id: str,
        title: str,
        group: str,
        features: Features,
        ground: Ground,
        *,
        labels: str = "",
        lift_m: float = 2.0,
        stem: bool = False,
        shapes: NDArray[np.uint8] | None = None,
        priority: NDArray[np.float64] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(id, title, group, features.table, features.geometry, source=features.source, **options)
        self._priority = priority
        self._points = point_positions(features.geometry, ground, lift_m)
        self._labels, self._shapes, self._stem_m = labels, shapes, lift_m if stem else 0.0

    def positions(self) -> NDArray[np.float64]:
        return self._points

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        p = self._points if rows is None else self._points[np.asarray(rows)]
        p = p[np.isfinite(p).all(1)]
        if not len(p):
            return None
        low, high = p.min(0), p.max(0)
        return float(low[0]), float(high[0]), float(low[1]), float(high[1]), float(low[2]), float(high[2])

    def draw(self) -> list[Drawing]:
        good = np.isfinite(self._points).all(1)
        rows = np.flatnonzero(good).astype(np.int32)
        if not len(rows):
            return []
        drawings: list[Drawing] = [
            Points(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=self._points[rows],
                rows=rows,
                colors=self.row_colors()[rows],
                size=self.style.size,
                shapes=None if self._shapes is None else self._shapes[rows],
                priority=None if self._priority is None else self._priority[rows],
                stem_m=self._stem_m,
            )
        ]
        if self._labels:
            texts = self._table[self._labels].fillna("").astype(str).to_numpy()
            named = rows[texts[rows] != ""]
            drawings.append(
                Labels(
                    f"{self.id}-labels",
                    0,
                    0,
                    self.opacity,
                    self.order,
                    points=self._points[named],
                    texts=list(texts[named]),
                    priority=np.ones(len(named)),
                    rows=named,
                )
            )
        return drawings


def point_positions(geometry: NDArray[np.object_], ground: Ground, lift_m: float) -> NDArray[np.float64]:
    """(rows, 3): a point of each geometry, lifted above the ground; NaN where a row has no place."""
    places = shapely.point_on_surface(geometry)
    places[shapely.is_empty(places)] = None  # of a shape without extent GEOS finds none
    x, y = shapely.get_x(places), shapely.get_y(places)
    return np.column_stack([x, y, ground.height(np.nan_to_num(x), np.nan_to_num(y)) + lift_m])


BROAD, OVAL, CONIFER, COLUMN = 0, 1, 2, 3
TREE_KINDS = ("broad", "oval", "conifer", "column")
_CONIFERS = "needle|conif|pinus|picea|abies|larix|cedrus|tsuga|pseudotsuga|taxus|metasequoia|pine|spruce|fir\\b|cedar"
_COLUMNS = "populus|cupress|poplar|cypress|fastigiat|thuja"
_OVALS = "betula|fraxinus|prunus|sorbus|pyrus|ginkgo|birch|cherry|carpinus|alnus"
_TINTS = {  # month in the north: colour that leaves turn to, how much, and how much it differs from tree to tree
    1: ("#9b8f80", 0.85, 0.1), 2: ("#9b8f80", 0.85, 0.1), 3: ("#a69d7c", 0.6, 0.2), 4: ("#a9bd72", 0.55, 0.2), 5: ("#98b070", 0.3, 0.2),
    9: ("#b3a565", 0.25, 0.3), 10: ("#c08a45", 0.65, 0.45), 11: ("#a97c52", 0.75, 0.3), 12: ("#9b8f80", 0.8, 0.15),
}  # fmt: skip
TROPICS = 25.0


def tree_kinds(table: pd.DataFrame) -> NDArray[np.uint8]:
    """Shape of each tree by what the table says of leaves or species; where it says nothing, broad ones with some oval ones."""
    n = len(table)
    kinds = np.where(np.random.default_rng(6).random(n) < 0.68, BROAD, OVAL).astype(np.uint8)
    said = pd.Series([""] * n)
    for column in ("leaf_type", "genus", "species", "taxon", "kind", "name", "type"):
        if column in table:
            said = said + " " + table[column].fillna("").astype(str).str.lower().reset_index(drop=True)
    for words, kind in ((_OVALS, OVAL), (_COLUMNS, COLUMN), (_CONIFERS, CONIFER)):
        kinds[said.str.contains(words, regex=True).to_numpy(bool)] = kind
    return kinds


class TreeLayer(TableLayer):
    """Trees: a crown each in the shape of its kind, greens that differ a little and go with the season that `set_season` names."""

    def __init__(self, features: Features, ground: Ground, **options: Any) -> None:
        options.setdefault("style", Style(color="#8fa37a"))
        super().__init__("trees", "Trees", "base", features.table, features.geometry, source=features.source, **options)
        self._points = point_positions(features.geometry, ground, 0.0)
        height = (
            pd.to_numeric(features.table["height_m"], errors="coerce").to_numpy(float)
            if "height_m" in features.table
            else np.full(len(features), np.nan)
        )
        random = np.random.default_rng(7).uniform(0.75, 1.25, len(features))
        self._height = np.where(np.isfinite(height) & (height > 0.5), height, 7.0 * random)
        self._shade = np.random.default_rng(8).uniform(0.88, 1.10, len(features))
        # In random order: a scene that draws only the first of them from far off still shows all parts of the city.
        good = np.flatnonzero(np.isfinite(self._points).all(1)).astype(np.int32)
        self._rows = np.random.default_rng(9).permutation(good)
        self._places, self._sizes = self._points[self._rows], self._height[self._rows]
        self._kinds = tree_kinds(features.table)
        self._drawn_kinds = self._kinds[self._rows]
        self._turns = np.random.default_rng(10).uniform(-1.0, 1.0, len(features))
        self._month: int | None = None

    def set_season(self, month: int | None, latitude: float = 45.0) -> None:
        """Leaves of a month (1 to 12) at a latitude; None: those of summer. In the tropics they stay green."""
        if month is not None and abs(latitude) < TROPICS:
            month = None
        elif month is not None and latitude < 0:
            month = (month + 5) % 12 + 1
        month = month if month in _TINTS else None
        if month != self._month:
            self._month = month
            self.changed.emit("data")

    def _leaves(self, color: NDArray[np.uint8]) -> None:
        """Colours (rows, 4) of summer turned to the month's; conifers are darker and stay."""
        rgb = color[:, :3].astype(float)
        green = self._kinds == CONIFER
        rgb[green] = 0.55 * rgb[green] + 0.45 * np.array([84.0, 112, 92])
        if self._month is not None:
            to, share, differ = _TINTS[self._month]
            part = np.clip(share + differ * self._turns, 0, 1)[:, None]
            rgb = np.where(green[:, None], rgb, rgb + (np.array(hex_rgb(to)) * 255 * self._shade[:, None] - rgb) * part)
        color[:, :3] = np.clip(rgb, 0, 255)

    def draw(self) -> list[Drawing]:
        rows = self._rows
        if not len(rows):
            return []
        color = self.row_colors()
        if self.style.kind == "single":
            color[:, :3] = np.clip(np.array(hex_rgb(self.style.color)) * 255 * self._shade[:, None], 0, 255)
            self._leaves(color)
        if self.quiet:
            color = hushed(color, 0.3)
        return [
            Glyphs(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=self._places,
                rows=rows,
                colors=color[rows],
                scale=self._sizes,
                shape="tree",
                kinds=self._drawn_kinds,
            )
        ]
