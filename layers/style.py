"""How a layer's values become colours: plain data, so that a project can keep it and a legend can explain it."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

MISSING = (0.62, 0.62, 0.62, 1.0)
STEPS = 4096


@cache
def palettes() -> dict[str, NDArray[np.float64]]:
    """Colour stops (N, 3) in 0..1 by name, from assets/palettes.toml."""
    table = tomllib.loads(files("assets").joinpath("palettes.toml").read_text("utf-8"))
    return {name: np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in entry["stops"]]) for name, entry in table.items()}


@dataclass(frozen=True)
class Style:
    """single: one colour. graduated: by number, between low and high. categorised: by value. source: materials and textures of the
    source, where a layer has them.

    field: column or quantity; classes: number of steps, 0 = continuous; categories: value -> '#rrggbb'.
    """

    kind: Literal["single", "graduated", "categorised", "source"] = "single"
    color: str = "#b8b2a7"
    field: str = ""
    palette: str = "viridis"
    low: float = 0.0
    high: float = 1.0
    classes: int = 0
    unit: str = ""
    categories: tuple[tuple[str, str], ...] = ()
    width: float = 1.0
    size: float = 8.0
    width_by: str = ""
    """Column whose numbers say how wide the lines of a network are; '' as its kind says."""
    deep: bool = False
    """Lines below the ground as tubes at their depth, not on it as on a map."""
    arrows: bool = False
    """Arrows along lines, the way what flows goes."""
    flow: str = ""
    """Of water, what shows which way it flows: '' nothing, arrows or streaks."""

    def rgba(self, values: ArrayLike, alpha: float = 1.0) -> NDArray[np.uint8]:
        """uint8 (N, 4) for values; what is missing is grey."""
        array = np.asarray(values)
        n = len(array)
        out = np.empty((n, 4))
        if self.kind in ("single", "source"):
            out[:] = (*hex_rgb(self.color), 1.0)
        elif self.kind == "categorised":
            out[:] = MISSING
            text = np.array([str(v) for v in array.tolist()], object) if array.dtype == object else array.astype(str)
            for value, color in self.categories:
                out[text == value] = (*hex_rgb(color), 1.0)
        else:
            numbers = array.astype(float)
            span = (self.high - self.low) or 1.0
            t = np.clip((numbers - self.low) / span, 0, 1)
            if self.classes:
                t = (np.minimum(np.floor(np.nan_to_num(t) * self.classes), self.classes - 1) + 0.5) / self.classes
            if n > len(steps := _steps(self.palette)):
                return _looked_up(steps, t, np.isfinite(numbers), alpha)
            out[:, :3] = ramp(self.palette, np.nan_to_num(t))
            out[:, 3] = 1.0
            out[~np.isfinite(numbers)] = MISSING
        out[:, 3] *= alpha
        return np.round(out * 255).astype(np.uint8)

    def as_dict(self) -> dict[str, Any]:
        from dataclasses import asdict

        return asdict(self)


def hex_rgb(text: str) -> tuple[float, float, float]:
    return int(text[1:3], 16) / 255, int(text[3:5], 16) / 255, int(text[5:7], 16) / 255


PAPER = (0.945, 0.932, 0.910)


def hushed(rgba: NDArray[np.uint8], strength: float) -> NDArray[np.uint8]:
    """Colours (N, 4) on their way to paper white: of a city that steps back behind results."""
    out = rgba.copy()
    out[:, :3] = np.round(rgba[:, :3] * (1 - strength) + np.array(PAPER) * 255 * strength)
    return out


@cache
def _steps(palette: str) -> NDArray[np.uint8]:
    """A palette in steps finer than a screen shows."""
    return np.round(np.column_stack([ramp(palette, np.linspace(0, 1, STEPS)), np.ones(STEPS)]) * 255).astype(np.uint8)


def _looked_up(steps: NDArray[np.uint8], t: NDArray[np.float64], known: NDArray[np.bool_], alpha: float) -> NDArray[np.uint8]:
    """Colours of very many values."""
    with np.errstate(invalid="ignore"):
        out = steps[np.nan_to_num(t * (STEPS - 1) + 0.5).astype(np.int32)]
    if not known.all():
        out[~known] = np.round(np.array(MISSING) * 255)
    if alpha != 1:
        out[:, 3] = np.round(out[:, 3] * alpha)
    return out


def ramp(palette: str, t: NDArray[np.float64]) -> NDArray[np.float64]:
    """Colours (N, 3) of positions 0..1 along a palette."""
    stops = palettes()[palette]
    at = np.linspace(0, 1, len(stops))
    return np.column_stack([np.interp(t, at, stops[:, k]) for k in range(3)])
