"""Colours of many triangles from those of the rows they belong to, compiled: a city of half a million changes colour while one looks.

It takes a second to load, which no first picture waits for: until `warm_up` has been called, `layers.tiles` does it with numpy.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

is_ready = False


def warm_up() -> None:
    """Load or compile what is below; for a worker, when there is time."""
    global is_ready
    none, rows = np.empty(0, bool), np.zeros((1, 4), np.uint8)
    row_tones(
        rows, np.zeros(1, np.int32), np.empty((0, 2), np.int32), np.zeros(1, bool), np.zeros(1, bool), np.zeros((1, 3)),
        np.empty(0, np.uint8), np.empty((0, 4), np.uint8), none, np.zeros(12), np.empty((1, 4), np.uint8), np.empty(1, bool),
    )  # fmt: skip
    is_ready = True


@njit(cache=True, nogil=True)  # type: ignore[untyped-decorator]
def row_tones(
    rows: Any,
    of: Any,
    runs: Any,
    roof: Any,
    pitched: Any,
    tiles: Any,
    roof_of: Any,
    own: Any,
    marked: Any,
    numbers: Any,
    out: Any,
    seen: Any,
) -> None:
    """Fill out (T, 4) uint8 and seen (T,).

    rows: RGBA of each row, alpha 0 for those left out; of: row of each triangle. runs: (T, 2) rows whose mean colour it has, or (0, 2).
    roof, pitched: kinds of triangles. tiles, roof_of: colours of tiled roofs and which one each row has, or of no length. own: RGBA of
    each triangle that goes before its row's, or (0, 4). marked: rows that are selected, or of no length.
    numbers: lighter roofs (factor, addend), share that shows a run, hush, hush of walls, share of the mark, and RGB of paper and mark.
    """
    factor, addend, least, hush, hush_walls, strength = numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]
    tone = np.zeros(3)
    last_start, last_stop = -1, -1
    mean = np.zeros(3)
    mean_seen, mean_marked = False, 0.0
    for t in range(len(of)):
        row = of[t]
        share = 0.0
        several = len(runs) > 0 and runs[t, 1] - runs[t, 0] > 1
        if several:
            start, stop = runs[t, 0], runs[t, 1]
            if start != last_start or stop != last_stop:
                last_start, last_stop = start, stop
                total = np.zeros(3)
                count, chosen = 0, 0
                for r in range(start, stop):
                    if rows[r, 3] > 0:
                        count += 1
                        for b in range(3):
                            total[b] += rows[r, b]
                    if len(marked) and marked[r]:
                        chosen += 1
                for b in range(3):
                    mean[b] = total[b] / max(count, 1)
                mean_seen, mean_marked = count > least * (stop - start), chosen / (stop - start)
            for b in range(3):
                tone[b] = mean[b]
            seen[t], share = mean_seen, mean_marked
        else:
            for b in range(3):
                tone[b] = rows[row, b]
            seen[t] = rows[row, 3] > 0
            if len(marked) and marked[row]:
                share = 1.0
        if roof[t]:
            for b in range(3):
                tone[b] = tone[b] * factor + addend
        if len(roof_of) and pitched[t]:
            for b in range(3):
                tone[b] = 0.4 * tone[b] + 0.6 * tiles[roof_of[row], b]
        if len(own) and own[t, 3] > 0:
            for b in range(3):
                tone[b] = own[t, b]
        if hush > 0:
            for b in range(3):
                tone[b] = tone[b] * (1 - hush) + numbers[6 + b] * hush
        if hush_walls > 0 and not roof[t]:
            for b in range(3):
                tone[b] = tone[b] * (1 - hush_walls) + numbers[6 + b] * hush_walls
        if share > 0:
            for b in range(3):
                tone[b] += (numbers[9 + b] - tone[b]) * strength * share
        for b in range(3):
            out[t, b] = min(255.0, max(0.0, tone[b]))
        out[t, 3] = 255 if several or not seen[t] else rows[row, 3]
