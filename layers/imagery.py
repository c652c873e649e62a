"""Pictures laid over the ground: aerial photographs, scanned plans, map tiles, and the relief of the terrain in grey."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from layers.drawing import Drawing, Sheet
from layers.ground import Ground
from layers.layer import Layer
from layers.legend import Legend, LegendEntry
from layers.style import Style
from twin.city.city import City
from twin.city.picture import Picture
from twin.city.terrain import Terrain

Bounds = tuple[float, float, float, float, float, float]
MOST_CORNERS = 90_000
"""Of the mesh a picture lies on; its pixels are in a texture."""
MOST_SHADED = 4_000_000
SUN_AZIMUTH, SUN_ELEVATION = 315.0, 45.0
"""Of a hillshade: from the north-west, as on printed maps; from the south valleys look like ridges."""
FLAT_SLOPE = 0.04
"""Median slope below which relief is exaggerated, so that a polder shows its dykes."""


class ImageryLayer(Layer):
    """One picture draped on the ground, under everything that is drawn as a vector."""

    def __init__(
        self, name: str, picture: Picture, ground: Ground, *, id: str = "imagery", title: str = "Imagery", rank: float = 0.5
    ) -> None:
        super().__init__(id, title, "base", style=Style(color="#8c9a7b"), source=picture.source)
        self.name = name
        self._rank = rank
        """Between the terrain, which has order 0 too, and the lowest vectors."""
        self._picture, self._ground = picture, ground
        self._lattice: tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]] | None = None

    def draw(self) -> list[Drawing]:
        if self._lattice is None:
            self._lattice = lattice(self._picture.bounds, self._ground)
        x, y, z = self._lattice
        return [Sheet(self.id, opacity=self.opacity, order=max(0, self.order) + self._rank, x=x, y=y, z=z, rgba=self._picture.rgba)]

    def bounds(self, rows: NDArray[np.int32] | None = None) -> Bounds | None:
        x0, y0, x1, y1 = self._picture.bounds
        z = self._ground.height([x0, x1, x0, x1], [y0, y0, y1, y1])
        return x0, x1, y0, y1, float(z.min()), float(z.max())

    def fields(self) -> list[str]:
        return []

    def legend(self) -> Legend:
        return Legend(self.title, entries=(LegendEntry(self.style.color, self.name),))


class HillshadeLayer(ImageryLayer):
    """Relief of the whole terrain in grey; it is worked out when it is looked at first."""

    def __init__(self, terrain: Terrain, ground: Ground) -> None:
        x0, y0, x1, y1 = terrain.grid.bounds
        nothing = Picture((x0, y0, x1, y1), np.zeros((1, 1, 4), np.uint8), terrain.source)
        super().__init__("", nothing, ground, id="hillshade", title="Hillshade", rank=0.3)
        self._visible = False
        self._terrain: Terrain | None = terrain

    def draw(self) -> list[Drawing]:
        if self._terrain is not None:
            self._picture = shaded(self._terrain)
            self._terrain = None
        return super().draw()

    def legend(self) -> Legend:
        return Legend(self.title, entries=(LegendEntry("#f4f4f4", "Towards the north-west"), LegendEntry("#5a5a5a", "Away from it")))


def imagery_layers(city: City, ground: Ground) -> list[Layer]:
    """The hillshade of the terrain, and every picture of a city; the first ones added lie lowest."""
    layers: list[Layer] = []
    if city.terrain is not None and min(city.terrain.grid.shape) > 2:
        layers.append(HillshadeLayer(city.terrain, ground))
    many = len(city.pictures)
    for n, (name, picture) in enumerate(city.pictures.items()):
        id, title = ("imagery", "Imagery") if many == 1 else (f"imagery-{n + 1}", f"Imagery: {name}")
        layers.append(ImageryLayer(name, picture, ground, id=id, title=title, rank=0.5 + 0.4 * n / many))
    return layers


def lattice(
    bounds: tuple[float, float, float, float], ground: Ground
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float32]]:
    """Places of the corners of a mesh over bounds that follows the drawn ground: x (M,), y (N,), z (N, M)."""
    x0, y0, x1, y1 = bounds
    if ground.grid is None or ground.z is None:
        x, y = np.array([x0, x1]), np.array([y0, y1])
    else:
        x, y = _through(x0, x1, ground.grid.x), _through(y0, y1, ground.grid.y)
        while len(x) * len(y) > MOST_CORNERS:
            x, y = _every_other(x), _every_other(y)
    px, py = np.meshgrid(x, y)
    return x, y, ground.height(px, py).astype(np.float32)


def _through(low: float, high: float, stops: NDArray[np.float64]) -> NDArray[np.float64]:
    """Both ends, and the stops between them."""
    return np.concatenate([[low], stops[(stops > low) & (stops < high)], [high]])


def _every_other(stops: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.concatenate([stops[:-1:2], stops[-1:]])


def shaded(terrain: Terrain) -> Picture:
    """Hillshade of a terrain by Horn (1981, doi:10.1109/PROC.1981.11918), at most MOST_SHADED pixels, clear where nothing is known.

    Slopes of flat land are exaggerated until the median one is FLAT_SLOPE, at most 12 times.
    """
    grid = terrain.grid
    step = max(1, int(np.ceil(np.sqrt(grid.rows * grid.columns / MOST_SHADED))))
    z = terrain.elevation[::step, ::step].astype(np.float64)
    known = np.isfinite(z)
    z = np.where(known, z, np.median(z[known]) if known.any() else 0.0)
    cell = grid.cell_m * step
    p = np.pad(z, 1, mode="edge")
    north, middle, south = p[2:], p[1:-1], p[:-2]  # rows count from the south
    dx = ((north[:, 2:] + 2 * middle[:, 2:] + south[:, 2:]) - (north[:, :-2] + 2 * middle[:, :-2] + south[:, :-2])) / (8 * cell)
    dy = ((north[:, :-2] + 2 * north[:, 1:-1] + north[:, 2:]) - (south[:, :-2] + 2 * south[:, 1:-1] + south[:, 2:])) / (8 * cell)
    typical = float(np.median(np.hypot(dx, dy)[known])) if known.any() else 0.0
    factor = float(np.clip(FLAT_SLOPE / max(typical, 1e-6), 1.0, 12.0))
    azimuth, elevation = np.radians(SUN_AZIMUTH), np.radians(SUN_ELEVATION)
    sun = np.array([np.sin(azimuth) * np.cos(elevation), np.cos(azimuth) * np.cos(elevation), np.sin(elevation)])
    light = (-dx * factor * sun[0] - dy * factor * sun[1] + sun[2]) / np.sqrt(1 + (dx * factor) ** 2 + (dy * factor) ** 2)
    rgba = np.empty((*z.shape, 4), np.uint8)
    rgba[..., :3] = np.clip(light * 245 + 20, 0, 255)[..., None]
    rgba[..., 3] = np.where(known, 255, 0)
    x0, y0 = grid.x0, grid.y0
    return Picture((x0, y0, x0 + z.shape[1] * cell, y0 + z.shape[0] * cell), rgba, terrain.source)
