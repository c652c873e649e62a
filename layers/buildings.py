"""Buildings: warm clay that leaves the colour to the data, or coloured by any attribute."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.drawing import Drawing, Labels, Surface
from layers.features import Bounds, TableLayer
from layers.legend import Legend, LegendEntry
from layers.style import Style, hex_rgb, hushed
from twin.city.city import City
from twin.city.mesh import SurfaceClass

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
ROOFS_PITCHED = ("#c2a48e", "#b7a290", "#ab9f96", "#c8b19c", "#b59681")
"""Tiles, old and new, and slate."""
ROOF_FLAT = 1.07
TALL_M = 90.0


class BuildingsLayer(TableLayer):
    """Solids with walls and roofs. Single style: clay by use and height; otherwise by attribute, roofs a little lighter."""

    def __init__(self, city: City) -> None:
        b = city.buildings
        top = float(np.nanmax(b.table["ground_z_m"] + b.table["height_m"])) if len(b) else 0.0
        low = float(np.nanmin(b.table["ground_z_m"])) if len(b) else 0.0
        if not np.isfinite([low, top]).all():
            low, top = 0.0, 50.0
        super().__init__(
            "buildings",
            "Buildings",
            "city",
            b.table,
            b.footprints,
            attributes=b.attributes,
            z=(low, top),
            style=Style(color=CLAY["other"]),
        )
        self._mesh = b.mesh
        keep = (b.mesh.surface != SurfaceClass.GROUND) & (b.mesh.surface != SurfaceClass.CLOSURE)
        self._triangles, self._rows, self._surface = b.mesh.triangles[keep], b.mesh.object[keep], b.mesh.surface[keep]
        self._slope: NDArray[np.bool_] | None = None

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        box = super().bounds(rows)
        if box is None or rows is None:
            return box
        t = self._table.iloc[np.asarray(rows)]
        low, high = float(t["ground_z_m"].min()), float((t["ground_z_m"] + t["height_m"]).max())
        return (*box[:4], low, high) if np.isfinite([low, high]).all() else box

    def row_colors(self) -> NDArray[np.uint8]:
        if self.style.kind != "single" and self.style.field in self.fields():
            return super().row_colors()
        t = self._table
        out = np.empty((len(t), 4), np.uint8)
        if self.style.color != CLAY["other"]:
            base = np.tile(np.array(hex_rgb(self.style.color)) * 255, (len(t), 1))
        else:
            codes, uses = pd.factorize(t["use"].fillna("").astype(str))
            palette = np.array([hex_rgb(CLAY.get(str(u), CLAY["other"])) for u in uses]).reshape(-1, 3) * 255
            base = palette[codes] if len(t) else np.empty((0, 3))
            tall = np.clip((t["height_m"].fillna(0).to_numpy(float) - 45.0) / TALL_M, 0, 0.8)[:, None]
            base = base * (1 - tall) + np.array(hex_rgb(GLASS)) * 255 * tall
        vary = np.random.default_rng(3).normal(1.0, 0.035, (len(t), 1)) + np.random.default_rng(4).normal(0.0, 0.007, (len(t), 3))
        base = base + TONES[np.random.default_rng(6).integers(0, len(TONES), len(t))]
        out[:, :3] = np.clip(base * np.clip(vary, 0.88, 1.12), 0, 255)
        out[:, 3] = 255
        return out

    def _pitched(self) -> NDArray[np.bool_]:
        """Roof triangles that are not flat."""
        if self._slope is None:
            p = self._mesh.points
            a, b, c = (p[self._triangles[:, i]] for i in range(3))
            normal = np.cross(b - a, c - a)
            size = np.maximum(np.linalg.norm(normal, axis=1), 1e-12)
            self._slope = (self._surface == SurfaceClass.ROOF) & (np.abs(normal[:, 2]) / size < 0.97)
        return self._slope

    def _gloss(self) -> NDArray[np.float32]:
        """Offices and shops turn to glass as they rise, homes hardly."""
        t = self._table
        rise = np.clip((t["height_m"].fillna(0).to_numpy(float) - 30.0) / 70.0, 0, 1)
        homes = t["use"].fillna("").astype(str).isin(["residential", "religious", "public", "education"]).to_numpy()
        own = np.random.default_rng(11).uniform(0.55, 1.0, len(t))
        return (rise * own * np.where(homes, 0.25, 1.0)).astype(np.float32)[self._rows]

    def draw(self) -> list[Drawing]:
        if not len(self._triangles):
            return []
        color = self.row_colors()
        plain = self.style.kind == "single" and self.style.color == CLAY["other"]
        rgb = color[self._rows].astype(np.float32)
        roof = self._surface == SurfaceClass.ROOF
        rgb[roof, :3] = rgb[roof, :3] * ROOF_FLAT + 4
        if plain:
            pitched = self._pitched()
            tiles = np.array([hex_rgb(c) for c in ROOFS_PITCHED], np.float32) * 255
            own = np.random.default_rng(12).integers(0, len(tiles), len(self._table))
            rgb[pitched, :3] = 0.4 * rgb[pitched, :3] + 0.6 * tiles[own[self._rows[pitched]]]
        if self.quiet:
            rgb = hushed(rgb, 0.72 if plain else 0.0)
        return [
            Surface(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                gloss=self._gloss() if plain and not self.quiet else None,
                points=self._mesh.points,
                triangles=self._triangles,
                rows=self._rows,
                colors=np.clip(rgb, 0, 255).astype(np.uint8),
                shading="flat",
                material="facade",
            )
        ]

    def legend(self) -> Legend:
        if self.style.kind == "single" and self.style.color == CLAY["other"]:
            return Legend(self.title, entries=(LegendEntry(CLAY["residential"], "low"), LegendEntry(GLASS, "high-rise")))
        return super().legend()


class TowerLabels(TableLayer):
    """Names of the tallest named buildings, written above their roofs."""

    def __init__(self, city: City, most: int = 16) -> None:
        t = city.buildings.table
        named = t.index[t["name"].fillna("").astype(str) != ""].to_numpy()
        tall = named[np.argsort(-t["height_m"].fillna(0).to_numpy(float)[named], kind="stable")]
        tall = tall[t["height_m"].to_numpy(float)[tall] > 60.0][:most]
        super().__init__("tower-names", "Names of towers", "base", t.iloc[tall].reset_index(drop=True), city.buildings.footprints[tall])

    def draw(self) -> list[Drawing]:
        import shapely

        t = self._table
        if not len(t):
            return []
        c = shapely.centroid(self._geometry)
        z = t["ground_z_m"].fillna(0).to_numpy(float) + t["height_m"].to_numpy(float) + 8
        return [
            Labels(
                self.id,
                self._version,
                0,
                self.opacity,
                self.order,
                points=np.column_stack([shapely.get_x(c), shapely.get_y(c), z]),
                texts=[str(n) for n in t["name"]],
                priority=1000 + t["height_m"].to_numpy(float),
                rows=np.arange(len(t), dtype=np.int32),
            )
        ]

    def legend(self) -> Legend:
        return Legend(self.title)
