"""What the colours of a layer mean."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class LegendEntry:
    color: str
    text: str


@dataclass(frozen=True)
class Legend:
    """A ramp (low, high, colours) or entries; unit in UCUM as shown to people."""

    title: str
    unit: str = ""
    low: float = 0.0
    high: float = 0.0
    colors: tuple[str, ...] = ()
    entries: tuple[LegendEntry, ...] = ()
