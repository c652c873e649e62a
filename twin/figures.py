"""Numbers as a report prints them, and charts over time as SVG of our own."""

from __future__ import annotations

import math
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files
from typing import Any

MINUS, DASH = "\u2212", "\u2013"


LARGE = {"en": ((1e9, "billion "), (1e6, "million ")), "zh": ((1e8, "亿 "), (1e4, "万 "))}
"""Words for large numbers; Chinese counts in ten thousands."""
COUNTED = {
    "sites": "处", "places": "处", "vehicles": "辆", "trips": "次", "stations": "座", "lines": "条", "tanks": "座", "shelters": "处",
    "beds": "张", "trips/h": "次/小时", "persons/a": "人/年",
}  # fmt: skip
"""Units that are words, with the Chinese ones."""


def rounded(value: float) -> float:
    """Over 100,000 to 1,000; over 1,000 to 100; over 100 to 10; below that two significant digits: what is known, not more."""
    if not math.isfinite(value) or value == 0:
        return value
    step = digit(value)
    return round(value / step) * step


def digit(value: float) -> float:
    """What `rounded` rounds to. value: finite, not 0."""
    size = abs(value)
    return 1000.0 if size > 100_000 else 100.0 if size > 1000 else 10.0 if size >= 100 else 10.0 ** (math.floor(math.log10(size)) - 1)


def large(value: float, lang: str = "en") -> tuple[float, str]:
    """Size and word (with a space behind it) in which a large number is said: 1e6, "million "; 1, "" for a small one."""
    return next(((size, word) for size, word in LARGE.get(lang, LARGE["en"]) if abs(value) >= size), (1.0, ""))


def figure(value: float, unit: str, sign: bool = False, lang: str = "en") -> str:
    """Rounded, with separators and a unit people read: m2 becomes ha or km2, money millions (in Chinese 万 and 亿). A dash where
    there is none."""
    if value is None or not math.isfinite(value):
        return DASH
    if unit == "1":
        return f"{value:+.2g}" if sign else f"{value:.2g}"
    if unit in ("persons", "buildings") and abs(value) < 100:
        return _number(float(round(value)), sign)
    size, words = _said_in(value, unit, lang)
    if value == 1 and unit in COUNTED and lang != "zh":
        words = words.removesuffix("s")
    return f"{_number(_rounded_in(value, size, unit), sign)}{words}"


def figures_of_change(baseline: float, other: float, change: float, unit: str, lang: str = "en") -> tuple[str, str, str]:
    """Two figures and their change, rounded so that they do not contradict each other: "5,613, 5,626, +13" instead of
    "5,600, 5,600, +13". Each by itself where that agrees; else all to the finest digit that one of them needs. Percentages change by
    points."""
    if unit == "%" and all(v is not None and math.isfinite(v) for v in (baseline, other, change)):
        first, second, points = figures_of_change(baseline, other, change, "", lang)
        return f"{first} %", f"{second} %", f"{points} {'个百分点' if lang == 'zh' else 'points'}"
    one_by_one = figure(baseline, unit, lang=lang), figure(other, unit, lang=lang), figure(change, unit, sign=True, lang=lang)
    values = (baseline, other, change)
    if unit == "1" or not all(v is not None and math.isfinite(v) for v in values):
        return one_by_one
    if abs(change) <= 1e-9 * max(abs(baseline), abs(other)):
        return one_by_one[0], one_by_one[0], _number(0.0, False)
    sizes = [_said_in(v, unit, lang)[0] for v in values]
    before, after, by = (_rounded_in(v, size, unit) * size for v, size in zip(values, sizes, strict=True))
    if abs(after - before - by) <= 0.01 * abs(by) and sizes[0] == sizes[1]:
        return one_by_one
    step = min(_step_in(v, size, unit) for v, size in zip(values, sizes, strict=True) if v)
    if unit in ("persons", "buildings"):
        step = max(step, 1.0)
    parts = [round(v / step) for v in (baseline, other)]
    parts.append(parts[1] - parts[0])
    size, words = _said_in(max(baseline, other, key=abs), unit, lang)
    smaller = [(n, f" {word}{unit}") for n, word in (*LARGE.get(lang, LARGE["en"]), (1.0, "")) if n < size] if _is_money(unit) else []
    places = _places(parts, step / size)
    while places > 2 and smaller:
        size, words = smaller.pop(0)
        places = _places(parts, step / size)

    def said(n: int, plus: str = "") -> str:
        return f"{MINUS if n < 0 else plus if n else ''}{abs(n * step / size):,.{places}f}{words}"

    return said(parts[0]), said(parts[1]), said(parts[2], "+")


def _is_money(unit: str) -> bool:
    return len(unit) == 3 and unit.isupper()


def _places(parts: Sequence[int], step: float) -> int:
    """Decimals that show all these numbers of steps."""
    places = max(0, -math.floor(math.log10(step) + 1e-9))
    while places and all(round(n * step * 10**places) % 10 == 0 for n in parts):
        places -= 1
    return places


def _rounded_in(value: float, size: float, unit: str) -> float:
    """A value over the size in which it is said, rounded."""
    return _significant(value / size, 3) if _is_money(unit) and size > 1 else rounded(value / size)


def _step_in(value: float, size: float, unit: str) -> float:
    """What `_rounded_in` rounds to, in the unit of the value. value: not 0."""
    if _is_money(unit) and size > 1:
        return float(10.0 ** (math.floor(math.log10(abs(value))) - 2))
    return digit(value / size) * size


def _said_in(value: float, unit: str, lang: str) -> tuple[float, str]:
    """What a value is divided by to be said, and what is said behind it."""
    if unit in ("persons", "buildings"):
        return 1.0, ""
    if unit == "m2":
        return (1e6, " km²") if abs(value) >= 1e6 else (1e4, " ha")
    if _is_money(unit) or unit == "m3":
        size, word = large(value, lang)
        if unit == "m3" and size == 1e9:
            size, word = 1e6, "million "
        return size, f" {word}{'m³' if unit == 'm3' else unit}"
    if lang == "zh":
        unit = COUNTED.get(unit, unit)
    return 1.0, f" {unit}" if unit else ""


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


@cache
def themes() -> dict[str, dict[str, str]]:
    """Titles by language of what figures and layers of a result are about, in their order."""
    table = tomllib.loads(files("assets").joinpath("tables", "themes.toml").read_text("utf-8"))
    return {name: dict(entry["title"]) for name, entry in table.items()}


def theme_title(name: str, lang: str = "en") -> str:
    """'' stands for the figures that a reader wants first; what is not listed is of no theme."""
    titles = {"": {"en": "In short", "zh": "要点"}, **themes()}.get(name, {"en": "Other", "zh": "其他"})
    return titles.get(lang, titles["en"])


def by_theme(values: Mapping[str, float]) -> list[tuple[str, list[str]]]:
    """Indicators under their headings: under '' those that a reader wants first and that are not 0, then the others by what they are
    about."""
    table, known = indicator_table(), {name: i for i, name in enumerate(indicator_table())}
    order = [*themes(), "other"]
    found: dict[str, list[str]] = {}
    for name in sorted(values, key=lambda n: (table.get(n, {}).get("first", 99), known.get(n, len(known)))):
        entry = table.get(name, {})
        found.setdefault("" if "first" in entry and values[name] != 0 else entry.get("theme", "other"), []).append(name)
    return sorted(found.items(), key=lambda part: order.index(part[0]) if part[0] else -1)


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
