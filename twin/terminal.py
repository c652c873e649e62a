"""What the command line prints of a city: facts as two columns, problems grouped, right in a terminal of 80 columns too."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Iterator, Sequence
from typing import Any

from twin.errors import Problem

TITLE = 12
"""Columns of the titles of facts."""
NAMED = 4
"""Sources named for one note; of more the count. What is wrong names all."""
RANK = {"error": 0, "warning": 1, "info": 2}
SAID = {"error": "error", "warning": "warning", "info": "note"}


def width() -> int:
    """Columns of the terminal; enough for anything where the output goes to a file."""
    return max(40, min(shutil.get_terminal_size((100, 24)).columns, 120))


def facts(data: dict[str, Any]) -> Iterator[str]:
    """Lines of `twin info`: what twin.city.info.describe found."""
    yield data["name"]
    if data["crs"]:
        yield from _row("map", f"{data['crs']}, heights {data['vertical_crs'] or 'of an unknown datum'}")
        west, south, east, north = data["bbox"]
        yield from _row("extent", f"x {west:,.0f} to {east:,.0f}, y {south:,.0f} to {north:,.0f}")
    else:
        yield from _row("map", "none: a plan without a place on Earth")
        west, south, east, north = data["bbox"]
    yield from _row("size", f"{_length(east - west)} x {_length(north - south)}")
    if data["buildings"]:
        parts = f", {data['building_parts']:,} parts" if data["building_parts"] else ""
        yield from _row("buildings", f"{data['buildings']:,}{parts}, {data['triangles']:,} triangles")
        high = {k: v for k, v in data["height_m"].items() if v is not None}
        yield from _row("heights", ", ".join(f"{k} {v:.1f} m" for k, v in high.items()) or "unknown")
    else:
        yield from _row("buildings", "none")
    t = data["terrain"]
    if t:
        ends = "" if t["min_m"] is None else f", {t['min_m']:.1f} to {t['max_m']:.1f} m high"
        yield from _row("terrain", f"{t['columns']:,} x {t['rows']:,} cells of {t['cell_m']:g} m{ends}")
    else:
        yield from _row("terrain", "none")
    yield from _row("layers", ", ".join(f"{name} {n:,}" for name, n in data["layers"].items()) or "none")
    for i, (name, size) in enumerate(data["networks"].items()):
        yield from _row("networks" if not i else "", f"{name}: {size['nodes']:,} nodes, {size['edges']:,} edges")
    told: dict[tuple[str, str], list[str]] = {}
    for source in data["sources"]:
        told.setdefault((source.get("attribution") or "", source.get("licence") or ""), []).append(source["name"])
    for i, ((credit, licence), names) in enumerate(told.items()):
        rights = ", ".join(x for x in (credit, licence) if x)
        yield from _row("sources" if not i else "", _named(names, 8) + (f" ({rights})" if rights else ""))


def findings(problems: Sequence[Problem], indent: str = "", details: bool = False) -> Iterator[str]:
    """Lines of problems, the worst first; the same sentence of several sources once. details: what was done, and repairs."""
    from twin.city.doctor.report import repair_words

    groups: dict[tuple[str, str, str], list[Problem]] = {}
    for p in problems:
        groups.setdefault((p.severity, p.code, p.message), []).append(p)
    for (severity, code, message), same in sorted(groups.items(), key=lambda g: (RANK.get(g[0][0], 2), -sum(p.count for p in g[1]))):
        sources = [s for s in dict.fromkeys(p.source for p in same if p.source) if s not in message]
        where = f" ({_named(sources, NAMED if severity == 'info' else len(sources))})" if sources else ""
        count = sum(p.count for p in same)
        times = f"{count:,}x " if count > 1 else ""
        yield from _wrapped(f"{indent}{SAID.get(severity, severity)}: {times}{code}: {message}{where}", f"{indent}    ")
        if details:
            for did in dict.fromkeys(p.did for p in same if p.did):
                yield from _wrapped(f"{indent}    done: {did}", f"{indent}      ")
            for repair in dict.fromkeys(p.repair for p in same if p.repair):
                words = " / ".join(f"{text} ({change})" for change, text in repair_words(repair))
                yield from _wrapped(f"{indent}    repair: {words}", f"{indent}      ")


def _named(names: Sequence[str], most: int) -> str:
    return ", ".join(names[:most]) + (f" and {len(names) - most} more" if len(names) > most else "")


def _length(metres: float) -> str:
    return f"{metres / 1000:,.2f} km" if abs(metres) >= 1000 else f"{metres:,.1f} m"


def _row(title: str, text: str) -> Iterator[str]:
    yield from _wrapped(f"{title:<{TITLE}}{text}", " " * TITLE)


def _wrapped(text: str, hang: str) -> Iterator[str]:
    yield from textwrap.wrap(text, width(), subsequent_indent=hang, break_long_words=False, break_on_hyphens=False) or [""]
