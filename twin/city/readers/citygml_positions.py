"""Coordinates of points and lines in GML."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.citygml_stream import local

Element = Any


def numbers_of(text: str | None) -> NDArray[np.float64]:
    try:
        return np.array([float(t) for t in (text or "").replace(",", " ").split()])
    except ValueError:
        return np.empty(0)


def positions_of(element: Element) -> NDArray[np.float64]:
    """Places (N, 3) of the coordinates below an element, in their order; height 0 where there is none."""
    out: list[NDArray[np.float64]] = []
    for item in element.iter("{*}pos", "{*}posList", "{*}coordinates"):
        found = numbers_of(item.text)
        if local(item.tag) == "pos":
            found = np.append(found, 0.0) if len(found) == 2 else found[:3]
            out += [found.reshape(1, 3)] if len(found) == 3 else []
            continue
        flat = item.get("srsDimension") == "2" or (item.get("srsDimension") != "3" and len(found) % 3 != 0)
        if flat and len(found) % 2 == 0:
            out.append(np.column_stack([found.reshape(-1, 2), np.zeros(len(found) // 2)]))
        elif len(found) % 3 == 0:
            out.append(found.reshape(-1, 3))
    return np.concatenate(out) if out else np.empty((0, 3))
