"""Numbers as a report prints them, and charts over time as SVG of our own."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

MINUS, DASH = "\u2212", "\u2013"


def rounded(value: float) -> float:
    """Over 100,000 to 1,000; over 1,000 to 100; over 100 to 10; below that two significant digits: what is known, not more."""
    size = abs(value)
    if not math.isfinite(value) or size == 0:
        return value
    step = 1000.0 if size > 100_000 else 100.0 if size > 1000 else 10.0 if size >= 100 else 10.0 ** (math.floor(math.log10(size)) - 1)
    return round(value / step) * step


def figure(value: float, unit: str, sign: bool = False) -> str:
    """Rounded, with separators and a unit people read: m2 becomes ha or km2, money millions. A dash where there is none."""
    if value is None or not math.isfinite(value):
        return DASH
    if unit in ("persons", "buildings") and abs(value) < 100:
        value, unit = float(round(value)), ""
    elif unit in ("persons", "buildings"):
        unit = ""
    elif unit == "m2":
        value, unit = (value / 1e6, "km²") if abs(value) >= 1e6 else (value / 1e4, "ha")
    elif unit == "m3":
        value, unit = (value / 1e6, "million m³") if abs(value) >= 1e6 else (value, "m³")
    elif len(unit) == 3 and unit.isupper():
        for limit, word in ((1e9, "billion"), (1e6, "million")):
            if abs(value) >= limit:
                return f"{_number(_significant(value / limit, 3), sign)} {word} {unit}"
    elif unit == "1":
        return f"{value:+.2g}" if sign else f"{value:.2g}"
    return f"{_number(rounded(value), sign)} {unit}".rstrip()


def _significant(value: float, digits: int) -> float:
    return 0.0 if value == 0 else round(value, digits - 1 - math.floor(math.log10(abs(value))))


def _number(value: float, sign: bool) -> str:
    text = f"{abs(value):,.0f}" if abs(value) >= 10 and float(value).is_integer() or value == 0 else f"{abs(value):,.10g}"
    if value < 0:
        return MINUS + text
    return "+" + text if sign and value > 0 else text


@cache
def indicator_table() -> dict[str, dict[str, Any]]:
    return tomllib.loads(files("assets").joinpath("tables", "indicators.toml").read_text("utf-8"))


def indicator_title(name: str, lang: str = "en") -> str:
    """What people read for an indicator."""
    entry = indicator_table().get(name)
    return str(entry["title"].get(lang, entry["title"]["en"])) if entry else name.replace("_", " ").capitalize()


def is_better(name: str, change: float) -> bool | None:
    """Whether a change of an indicator is good; None where there is no good or bad to it, or no change."""
    good = indicator_table().get(name, {}).get("good")
    if good is None or not math.isfinite(change) or change == 0:
        return None
    return bool((change < 0) == (good == "less"))


def line_chart(times_s: Sequence[float], lines: Sequence[tuple[str, Sequence[float], str]], unit: str, title: str) -> str:
    """SVG of lines over hours. lines: (label, values at times_s with NaN left out, colour)."""
    width, height, left, right, top, bottom = 520, 240, 56, 20, 24, 26
    values = [v for _, line, _ in lines for v in line if math.isfinite(v)]
    ticks = _ticks(min(0.0, min(values, default=0.0)), max(values, default=1.0) or 1.0)
    hours = [t / 3600 for t in times_s]
    last = max(hours, default=1.0) or 1.0
    minutes = last < 1.5

    def px(hour: float) -> float:
        return left + hour / last * (width - left - right)

    def py(value: float) -> float:
        return height - bottom - (value - ticks[0]) / (ticks[-1] - ticks[0]) * (height - top - bottom)

    out = [f'<svg viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}" class="chart">']
    for tick in ticks:
        y = py(tick)
        out.append(f'<line x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}" class="grid"/>')
        out.append(f'<text x="{left - 7}" y="{y + 4:.1f}" class="tick" text-anchor="end">{_short(tick)}</text>')
    per_hour, word = (60, "min") if minutes else (1, "h")
    marks = [tick for tick in _ticks(0.0, last * per_hour) if tick / per_hour <= last * 1.001]
    for tick in marks:
        text = f"{tick:g} {word}" if tick == marks[-1] else f"{tick:g}"
        out.append(f'<text x="{px(tick / per_hour):.1f}" y="{height - bottom + 17}" class="tick" text-anchor="middle">{text}</text>')
    out.append(f'<text x="2" y="{top - 7}" class="tick">{escape(unit)}</text>')
    for i, (label, line, colour) in enumerate(lines):
        points = " ".join(f"{px(h):.1f},{py(v):.1f}" for h, v in zip(hours, line) if math.isfinite(v))
        dash = ' stroke-dasharray="6 4"' if len(lines) > 1 and i == 0 else ""
        out.append(f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2.4" stroke-linejoin="round"{dash}>')
        out.append(f"<title>{escape(label)}</title></polyline>")
    out.append("</svg>")
    return "".join(out)


def _ticks(low: float, high: float, about: int = 4) -> list[float]:
    """Round numbers that cover low to high."""
    raw = max(high - low, 1e-9) / about
    unit = 10.0 ** math.floor(math.log10(raw))
    step = next(m * unit for m in (1, 2, 2.5, 5, 10) if m * unit >= raw * 0.999)
    first, count = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(i * step, 12) for i in range(first, max(count, first + 1) + 1)]


def _short(value: float) -> str:
    for limit, letter in ((1e9, "G"), (1e6, "M"), (1e3, "k")):
        if abs(value) >= limit:
            return f"{value / limit:g}{letter}"
    return f"{value:g}"
