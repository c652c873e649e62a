"""Plain arrays a scene can draw; no idea of Qt or VTK.

Coordinates are float64 local metres; the scene shifts nothing, since local metres are small. `rows` maps each primitive
to a row of the layer's table (-1: none), for picking and for colouring. `colors` is uint8 RGBA per primitive (triangle,
line or point). A Drawing with the same `key` and `version` as before has not changed; with the same `geometry_version`
only its colours (or a Drape's grid values) have, and the scene updates arrays in place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Grid


@dataclass
class Drawing:
    key: str
    version: int = 0
    geometry_version: int = 0
    opacity: float = 1.0
    order: float = 0
    """Draped layers: higher is drawn over lower (polygon offset, not a height nudge)."""


@dataclass
class Surface(Drawing):
    """Triangles. shading: flat facets, smooth, or even (lit as level ground). edges: draw silhouette and crease lines."""

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    triangles: NDArray[np.int32] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    colors: NDArray[np.uint8] = None  # type: ignore[assignment]
    shading: Literal["flat", "smooth", "even"] = "flat"
    edges: bool = False
    material: Literal["matte", "facade", "water", "ground"] = "matte"
    """facade: closed solids whose walls get storeys and windows."""
    gloss: NDArray[np.float32] | None = None
    """Per triangle, 0 stone to 1 glass that mirrors the sky; None: all stone."""
    shown: NDArray[np.bool_] | None = None
    """Which triangles are seen; None: all."""
    origin: object = None
    """What it was painted from, for painting it again."""
    lamps: NDArray[np.uint8] | None = None
    """Per triangle, how full its building is by day (low four bits) and by night (high four bits): which windows are lit after dark."""


@dataclass
class Lines(Drawing):
    """Polylines: points (P, 3), offsets (L + 1,) into points; width in pixels, or in metres as draped ribbons."""

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    offsets: NDArray[np.int64] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    colors: NDArray[np.uint8] = None  # type: ignore[assignment]
    width: float = 2.0


@dataclass
class Points(Drawing):
    """Markers of constant size on the screen."""

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    colors: NDArray[np.uint8] = None  # type: ignore[assignment]
    size: float = 8.0
    shapes: NDArray[np.uint8] | None = None
    """Per point: 0 disc, 1 ring (stale), 2 triangle (warning), 3 diamond (alert), 4 square; 5 triangle and 6 diamond warn of nothing."""
    priority: NDArray[np.float64] | None = None
    """Where markers crowd, the higher ones stay; warnings and alerts always come first."""
    stem_m: float = 0.0
    """Length of a thin stem from the marker down to its place; 0: none."""
    icons: NDArray[np.uint8] | None = None
    """Per point: row of ICONS, the small picture on it."""
    counted: bool = False
    """A marker that stands for others that found no room says how many they are."""


ICONS = ("", "rain", "level", "air", "temperature", "humidity", "pressure", "wind", "traffic")


@dataclass
class Glyphs(Drawing):
    """One small mesh at many places: points (N, 3), scale (N,) metres."""

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    colors: NDArray[np.uint8] = None  # type: ignore[assignment]
    scale: NDArray[np.float64] = None  # type: ignore[assignment]
    shape: Literal["tree", "pin", "cube"] = "tree"
    kinds: NDArray[np.uint8] | None = None
    """Of trees: which of the shapes each has; None: all the first."""


@dataclass
class Labels(Drawing):
    """At most 200 are shown, by priority (higher first)."""

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    texts: list[str] = None  # type: ignore[assignment]
    priority: NDArray[np.float64] = None  # type: ignore[assignment]
    rows: NDArray[np.int32] = None  # type: ignore[assignment]
    size: int = 12
    always: bool = False
    """Written whatever stands before it, and though another says the same."""


@dataclass
class Drape(Drawing):
    """A grid of values drawn at a height: terrain itself, or water over it.

    z: float32 (rows, columns) height of the surface, NaN = hole. rgba: uint8 (rows, columns, 4).
    """

    grid: Grid = None  # type: ignore[assignment]
    z: NDArray[np.float32] = None  # type: ignore[assignment]
    rgba: NDArray[np.uint8] = None  # type: ignore[assignment]
    material: Literal["ground", "water", "data"] = "ground"


@dataclass
class Sheet(Drawing):
    """A picture on an uneven lattice: x (M,), y (N,) of its corners and z (N, M), float; the picture fills all of it.

    rgba: uint8 (rows, columns, 4), row 0 southmost.
    """

    x: NDArray[np.float64] = None  # type: ignore[assignment]
    y: NDArray[np.float64] = None  # type: ignore[assignment]
    z: NDArray[np.float32] = None  # type: ignore[assignment]
    rgba: NDArray[np.uint8] = None  # type: ignore[assignment]


@dataclass
class Relief(Drawing):
    """A piece of ground with its picture: points (P, 3), triangles, normals (P, 3) and places in the picture uv (P, 2), float32.

    rgba: uint8 (rows, columns, 4), row 0 southmost; error_m: how far the mesh may lie from the ground it stands for;
    negative: it wins over what lies as high.
    """

    points: NDArray[np.float64] = None  # type: ignore[assignment]
    triangles: NDArray[np.int32] = None  # type: ignore[assignment]
    normals: NDArray[np.float32] = None  # type: ignore[assignment]
    uv: NDArray[np.float32] = None  # type: ignore[assignment]
    rgba: NDArray[np.uint8] = None  # type: ignore[assignment]
    error_m: float = 0.0


@dataclass
class Dots(Drawing):
    """Very many points of a few pixels, in no order that matters: points float32 (N, 3), colors uint8 (N, 4), size in pixels."""

    points: NDArray[np.float32] = None  # type: ignore[assignment]
    colors: NDArray[np.uint8] = None  # type: ignore[assignment]
    size: float = 2.0
