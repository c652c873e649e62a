"""One row of a benchmark, and how it is measured."""

from __future__ import annotations

import os
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """ratio > 1 means that we are better; peer is None where there is none."""

    case: str
    size: str
    ours: float
    unit: str
    peer: float | None = None
    peer_name: str = ""
    more_is_better: bool = False

    @property
    def ratio(self) -> float | None:
        if self.peer is None or not self.peer or not self.ours:
            return None
        return self.ours / self.peer if self.more_is_better else self.peer / self.ours

    def as_dict(self) -> dict[str, object]:
        return {
            "case": self.case,
            "size": self.size,
            "ours": self.ours,
            "peer": self.peer,
            "peer_name": self.peer_name,
            "unit": self.unit,
            "ratio": self.ratio,
        }


def seconds(work: Callable[[], object]) -> float:
    """Wall time of one call."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def interleaved(works: list[Callable[[], object]], rounds: int) -> list[float]:
    """Median wall time of each work; all take turns, so that a busy machine treats them alike. Call each once before."""
    times: list[list[float]] = [[] for _ in works]
    for _ in range(rounds):
        for number, work in enumerate(works):
            times[number].append(seconds(work))
    return [statistics.median(t) for t in times]


def machine() -> str:
    """What it ran on, and how busy that was."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{platform.machine()}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}{load}"
