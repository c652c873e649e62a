"""Buildings: warm clay that leaves the colour to the data, or coloured by any attribute."""

from __future__ import annotations

from dataclasses import replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from layers.drawing import Drawing, Labels
from layers.features import Bounds, TableLayer, is_missing
from layers.layer import ascending
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb
from layers.sunlight import presence
from layers.tiles import MOST_CHOSEN, ROOFS_PITCHED, Bodies, Coat, TiledSurface, arranged, bodies_of, painted_once, surface_of
from twin.city.centres import centres
from twin.city.city import City

CLAY = {
    "residential": "#dccebb",
    "commercial": "#d7cab7",
    "office": "#d3cbbf",
    "industrial": "#cdc4b6",
    "public": "#e2d2b4",
    "education": "#e3cba8",
    "health": "#e6d7c9",
    "transport": "#ccc5bb",
    "religious": "#d9bf9d",
    "other": "#d9ccba",
    "": "#d9ccba",
}
TONES = np.array([(0, 0, 0), (4, 4, 4), (-3, -7, -9), (-8, -8, -8), (-5, -2, 3)], np.float64)
"""Plaster, limewash, brick, weathered and grey stone: how far facades of one use differ, in 8 bit."""
GLASS = "#b6c4cb"
TALL_M = 90.0
PLAIN = "#e6e2da"
"""Of buildings that all are of one material."""
MOST_OWN = 65_536
"""Shades of facades that differ from each other; larger cities repeat them."""


class BuildingsLayer(TableLayer):
    """Solids with walls and roofs. Single style: clay by use and height; otherwise by attribute, roofs a little lighter.

    A large city is drawn in tiles, and of its table only the columns are read that its colours need.
    """

    has_materials = True

    def __init__(self, city: City) -> None:
        b = self.buildings = city.buildings
        z = b.z_range or (0.0, 50.0)
        super().__init__(
            "buildings", "Buildings", "city", lambda: b.table, lambda: b.footprints, z=z, style=Style(color=CLAY["other"])
        )  # fmt: skip

        self.only: NDArray[np.int32] | None = None
        """Rows that are shown while the others are hidden."""
        self._marks_many = False

    def isolate(self, rows: Any) -> None:
        """Show some rows only; None: all of them again."""
        self.only = None if rows is None else ascending(rows)
        self.changed.emit("data")

    def _on_change(self, aspect: str) -> None:
        super()._on_change(aspect)
        if aspect == "selection" and (len(self.selected) > MOST_CHOSEN or self._marks_many) and arranged(self.buildings) is not None:
            self._version += 1
            self._marks_many = len(self.selected) > MOST_CHOSEN

    @cached_property
    def _bodies(self) -> Bodies:
        return bodies_of(self.buildings)

    def some(self, rows: Any) -> pd.DataFrame:
        return self.buildings.take(rows)

    def attributes(self, row: int) -> dict[str, Any]:
        found = {str(k): v for k, v in self.buildings.take([row]).iloc[0].items()}
        found.update({k: v for k, v in self.buildings.own(row).items() if k not in found and not is_missing(v)})
        return found

    @property
    def count(self) -> int:
        return len(self.buildings)

    def columns(self) -> list[str]:
        names = list(self.buildings.columns)
        return names + [str(c) for c in self.buildings.attributes.columns if str(c) not in names]

    def column(self, name: str) -> NDArray[Any]:
        if name in self.buildings.columns:
            return self.buildings.column(name)
        return np.asarray(self.buildings.attributes[name].to_numpy())

    def geometry(self, row: int) -> Any:
        return self.buildings.shapes([row])[0]

    def fields(self) -> list[str]:
        return [c for c in self.buildings.columns if c not in ("id", "name")]

    def values(self, field: str) -> NDArray[Any]:
        return self.buildings.column(field)

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        b = self.buildings
        if rows is None:
            return None if b.bounds is None else (b.bounds[0], b.bounds[2], b.bounds[1], b.bounds[3], *self._z_range)
        index = np.asarray(rows)
        if not len(index):
            return None
        box = shapely.total_bounds(b.shapes(index))
        t = b.take(index)
        low, high = float(t["ground_z_m"].min()), float((t["ground_z_m"] + t["height_m"]).max())
        if not np.isfinite(box).all():
            return None
        low, high = (low, high) if np.isfinite([low, high]).all() else self._z_range
        return float(box[0]), float(box[2]), float(box[1]), float(box[3]), low, high

    @property
    def _is_clay(self) -> bool:
        return self.style.kind == "single" and self.style.color == CLAY["other"]

    def row_colors(self) -> NDArray[np.uint8]:
        n = len(self.buildings)
        if self.style.kind != "single" and self.style.field in self.fields():
            return self.style.rgba(self.values(self.style.field))
        if self.style.color != CLAY["other"]:
            base = np.full((n, 3), np.array(hex_rgb(self.style.color)) * 255, np.float32)
        else:
            codes, uses = self._uses
            palette = (np.array([hex_rgb(CLAY.get(u, CLAY["other"])) for u in uses]).reshape(-1, 3) * 255).astype(np.float32)
            base = palette[codes] if n else np.empty((0, 3), np.float32)
            tall = np.clip((np.nan_to_num(self.values("height_m").astype(np.float32)) - 45.0) / TALL_M, 0, 0.8)[:, None]
            base += (np.array(hex_rgb(GLASS), np.float32) * 255 - base) * tall
        own = np.arange(n) if n <= MOST_OWN else np.random.default_rng(5).integers(0, MOST_OWN, n)
        several = min(n, MOST_OWN)
        vary = np.random.default_rng(3).normal(1.0, 0.035, (several, 1)) + np.random.default_rng(4).normal(0.0, 0.007, (several, 3))
        tone = TONES[np.random.default_rng(6).integers(0, len(TONES), several)]
        base += tone.astype(np.float32)[own]
        base *= np.clip(vary, 0.88, 1.12).astype(np.float32)[own]
        out = np.full((n, 4), 255, np.uint8)
        np.clip(base, 0, 255, out=base)
        out[:, :3] = base
        return out

    @cached_property
    def _uses(self) -> tuple[NDArray[np.int64], NDArray[np.str_]]:
        """Code of each building's use, and the uses."""
        codes, uses = self.buildings.codes("use")
        return codes, np.array(["" if is_missing(u) else str(u)[:64] for u in uses], str)

    def _gloss(self) -> NDArray[np.float32]:
        """Offices and shops turn to glass as they rise, homes hardly."""
        rise = np.clip((np.nan_to_num(self.values("height_m").astype(float)) - 30.0) / 70.0, 0, 1)
        codes, uses = self._uses
        homes = np.isin(uses, ["residential", "religious", "public", "education"])[codes]
        own = np.random.default_rng(11).uniform(0.55, 1.0, len(rise))
        return (rise * own * np.where(homes, 0.25, 1.0)).astype(np.float32)

    @property
    def carries_data(self) -> bool:
        return self.style.kind in ("graduated", "categorised") or (self.style.kind == "single" and not self._is_clay)

    @cached_property
    def _presence(self) -> NDArray[np.uint8]:
        by_time = presence(self.buildings)
        return (by_time[:, 0] + 16 * by_time[:, 1]).astype(np.uint8)

    def coat(self) -> Coat:
        """How the buildings are painted in the style of now, those selected by the thousand marked, those left out hidden."""
        paint = self._paint()
        if self.only is not None:
            hidden = np.ones(len(paint.rows), bool)
            hidden[self.only] = False
            rows = paint.rows.copy()
            rows[hidden, 3] = 0
            paint = replace(paint, rows=rows)
        if self._marks_many:
            marked = np.zeros(len(paint.rows), bool)
            marked[self.selected] = True
            gloss = None if paint.gloss is None else np.where(marked, np.float32(0), paint.gloss)  # no mirror over the mark
            paint = replace(paint, marked=marked, gloss=gloss)
        return paint

    def _paint(self) -> Coat:
        if self.plain and self._is_clay:
            return Coat(self._plain_rows(), lamps=self._presence)
        clay = self._is_clay
        roofs = None
        if clay:
            roofs = np.random.default_rng(12).integers(0, len(ROOFS_PITCHED), len(self.buildings)).astype(np.uint8)
        hush = (0.72 if clay else 0.0) if self.quiet else 0.0
        as_source = self.style.kind == "source"
        gloss = self._gloss() if clay and not self.quiet else None
        return Coat(self.row_colors(), roofs, gloss, hush, as_source=as_source, lamps=self._presence)

    def _plain_rows(self) -> NDArray[np.uint8]:
        """One material, hardly varied, so that neighbours are told apart."""
        n = len(self.buildings)
        own = np.random.default_rng(3).normal(1.0, 0.018, min(n, MOST_OWN))
        vary = own[np.arange(n) if n <= MOST_OWN else np.random.default_rng(5).integers(0, MOST_OWN, n)]
        out = np.full((n, 4), 255, np.uint8)
        out[:, :3] = np.clip(np.array(hex_rgb(PLAIN)) * 255 * vary[:, None], 0, 255)
        return out

    @property
    def has_source_colors(self) -> bool:
        return self.buildings.mesh.color is not None

    def draw(self) -> list[Drawing]:
        b = self.buildings
        found = arranged(b)
        if found is not None:
            moved, order = found
            common = (self.id, self._version, 0, self.opacity, self.order)
            return [TiledSurface(*common, buildings=moved, rows_of=order, has_plan=True, coat=painted_once(lambda: self.coat().of(order)))]
        if not len(self._bodies.triangles):
            return []
        return [surface_of(self._bodies, self.coat(), self.id, self._version, self.opacity, self.order)]

    def legend(self) -> Legend:
        if self.style.kind == "source":
            return Legend(self.title, entries=(LegendEntry(CLAY["other"], "materials and textures of the source"),))
        if self._is_clay:
            return Legend(self.title, entries=(LegendEntry(CLAY["residential"], "low"), LegendEntry(GLASS, "high-rise")))
        return super().legend()


MOST_TOWERS = 2_000
"""The tallest, among whom names are looked for."""


class TowerLabels(TableLayer):
    """Names of the tallest named buildings, written above their roofs."""

    def __init__(self, city: City, most: int = 16) -> None:
        b = city.buildings
        height = np.nan_to_num(b.column("height_m").astype(float))
        tall = np.flatnonzero(height > 60.0)
        tall = tall[np.argsort(-height[tall], kind="stable")][:MOST_TOWERS]
        t = b.take(tall)
        named = np.flatnonzero((t["name"].fillna("").astype(str) != "").to_numpy())
        named = named[np.argsort(-height[tall[named]], kind="stable")][:most]
        super().__init__(
            "tower-names", "Names of towers", "base", t.iloc[named].reset_index(drop=True), b.shapes(tall[named])
        )  # fmt: skip

    def draw(self) -> list[Drawing]:
        t = self._table
        if not len(t):
            return []
        z = t["ground_z_m"].fillna(0).to_numpy(float) + t["height_m"].to_numpy(float) + 8
        return [
            Labels(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=np.nan_to_num(np.column_stack([centres(self._geometry), z])),
                texts=[str(n) for n in t["name"]],
                priority=1000 + t["height_m"].to_numpy(float),
                rows=np.arange(len(t), dtype=np.int32),
            )
        ]

    def legend(self) -> Legend:
        return Legend(self.title)
