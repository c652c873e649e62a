"""How a GIS layer that has no look of its own is first seen: hazards by their rank or depth, zones by what they are for, facilities as
pins, and every other one in a colour that none of its neighbours has."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from layers.style import Style, ramp

MOST_KINDS = 14
"""More classes than these no legend tells apart."""
HAZARD = re.compile(r"flood|tsunami|inundation|storm.?surge|high.?tide|hazard", re.I)
ZONE = re.compile(r"district|zone|zoning|classification|area.?class|land.?use|prone.?area|landslide|sediment", re.I)
RANK = re.compile(r"rankOrg$|rank$|rank_org$", re.I)
DEPTH = re.compile(r"(?<![a-z])depth|_depth|depth_m|water_level", re.I)
PURPOSE = ("function", "areaType", "usage", "zone", "zoning", "class", "kind")
PINS = (
    (r"hospital|clinic|general.?practice|doctor|mental.?health", "#b5404a"),
    (r"pharmac|defibrillator|ambulance", "#d08a8f"),
    (r"fire.?station|hydrant", "#cc6b2c"),
    (r"police", "#3c5a99"),
    (r"school|universit|college|nurser|kindergarten", "#a98a3a"),
    (r"librar|museum|theat", "#8a6d9b"),
    (r"care.?home|nursing|social", "#b07a5a"),
    (r"worship|church|mosque|temple|shrine", "#7d7f57"),
    (r"shelter|evacuation", "#3b7d4f"),
    (r"(bus|tram|train|metro\w*|rail)_?\s?(stop|station)", "#7a4f8f"),
)


@dataclass(frozen=True)
class Look:
    """pin: points stand on a stem, among the facilities."""

    style: Style
    pin: bool = False


def look_of(name: str, table: pd.DataFrame, number: int, shape: str) -> Look:
    """Of a layer by its name and attributes. number: how many unknown layers came before, which turns the colour; shape:
    areas, lines or points."""
    own = tint(number, shape == "areas")
    if shape == "points":
        for words, color in PINS:
            if re.search(words, name, re.I):
                return Look(Style(color=color, size=9.0), pin=True)
        return Look(Style(color=own))
    if HAZARD.search(name):
        return Look(_hazard(table) or Style(color=_hex(ramp("water", np.array([0.35])))[0]))
    if ZONE.search(name):
        return Look(_by_purpose(table, number) or Style(color=own))
    return Look(Style(color=own))


def _hazard(table: pd.DataFrame) -> Style | None:
    """By rank, deeper where it is higher, or by depth."""
    for column in map(str, table.columns):
        values = pd.to_numeric(table[column], errors="coerce").to_numpy(float) if RANK.search(column) or DEPTH.search(column) else None
        if values is None or not np.isfinite(values).any():
            continue
        if RANK.search(column):
            ranks = sorted({str(v) for v in table[column][np.isfinite(values)]}, key=float)
            if len(ranks) <= MOST_KINDS:
                colors = _hex(ramp("water", np.linspace(0, 1, max(len(ranks), 2)) * 0.85))
                return Style(kind="categorised", field=column, categories=tuple(zip(ranks, colors, strict=False)))
        low, high = 0.0, float(np.nanquantile(values, 0.98))
        return Style(kind="graduated", field=column, palette="water", low=low, high=max(high, 0.1), unit="m")
    return None


def _by_purpose(table: pd.DataFrame, number: int) -> Style | None:
    for column in PURPOSE:
        if column not in table:
            continue
        kinds = table[column].dropna().astype(str)
        counted = kinds[kinds != ""].value_counts()
        if 1 < len(counted) <= MOST_KINDS:
            names = sorted(counted.index, key=lambda k: (len(k), k))
            return Style(kind="categorised", field=column, categories=tuple((k, tint(number + i, True)) for i, k in enumerate(names)))
    return None


def tint(number: int, is_wide: bool = False) -> str:
    """A muted colour, paler for what covers much ground; neighbours differ in lightness too, so that they are told apart without hues.

    Even steps of Oklab (B. Ottosson, 2020, https://bottosson.github.io/posts/oklab/); the hue turns by the golden angle.
    """
    lightness, chroma = (0.64, 0.77, 0.53)[number % 3] + 0.06 * is_wide, 0.06 if is_wide else 0.085
    hue = np.radians(40.0 + 137.508 * number)
    a, b = chroma * np.cos(hue), chroma * np.sin(hue)
    lms = np.array([lightness + 0.3963377774 * a + 0.2158037573 * b, lightness - 0.1055613458 * a - 0.0638541728 * b,
                    lightness - 0.0894841775 * a - 1.2914855480 * b]) ** 3  # fmt: skip
    linear = (
        np.array(
            [
                [4.0767416621, -3.3077115913, 0.2309699292],
                [-1.2684380046, 2.6097574011, -0.3413193965],
                [-0.0041960863, -0.7034186147, 1.7076147010],
            ]
        )
        @ lms
    )
    rgb = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.clip(linear, 0, None) ** (1 / 2.4) - 0.055)
    return _hex(np.clip(rgb, 0, 1)[None])[0]


def _hex(rgb: NDArray[np.float64]) -> list[str]:
    return [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in np.round(rgb * 255).astype(int).tolist()]
