"""Many rows told in a few figures: of numbers sum, least, median, most and how they are spread; of words which, and how many."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

BINS, MOST_WORDS = 16, 6
NOT_SUMMED = ("year", "storeys", "levels", "lod", "lanes", "speed_kmh", "ground_z_m", "height_m", "min_height_m", "crest_z_m", "level_m")
"""Of which a sum means nothing."""


@dataclass(frozen=True)
class Spread:
    """A column of numbers. missing: rows without one; total: None where a sum means nothing; bins: counts of BINS steps from
    least to most."""

    column: str
    count: int
    missing: int
    least: float
    median: float
    mean: float
    most: float
    total: float | None
    bins: tuple[int, ...]


@dataclass(frozen=True)
class Words:
    """A column of words. common: the most frequent with their counts; others: how many more different ones there are."""

    column: str
    missing: int
    common: tuple[tuple[str, int], ...]
    others: int


def summary_of(frame: pd.DataFrame) -> list[Spread | Words]:
    """Of each column that has something to tell, in the order of the table; ids and names are not told."""
    out: list[Spread | Words] = []
    for name in frame.columns:
        column = str(name)
        values = frame[name].to_numpy()
        if column in ("id", "name", "source"):
            continue
        if values.dtype.kind in "fiu":
            found = _spread(column, values.astype(float))
            out += [found] if found is not None else []
        else:
            told = _words(column, values)
            out += [told] if told is not None else []
    return out


def _spread(column: str, values: np.ndarray) -> Spread | None:
    good = values[np.isfinite(values)]
    if not len(good) or not good.any():  # nothing but noughts says nothing
        return None
    low, high = float(good.min()), float(good.max())
    bins = np.histogram(good, BINS, (low, high))[0] if high > low else np.array([len(good)])
    total = None if column in NOT_SUMMED else float(good.sum())
    return Spread(
        column, len(good), len(values) - len(good), low, float(np.median(good)), float(good.mean()), high, total, tuple(bins.tolist())
    )


def _words(column: str, values: np.ndarray) -> Words | None:
    texts = pd.Series(np.asarray(values, object)).astype(object)
    empty = texts.isna() | (texts.astype(str) == "")
    counts = texts[~empty].astype(str).value_counts()
    if not len(counts) or (len(counts) > 12 and counts.iloc[0] <= 2):  # each row its own: nothing to tell
        return None
    common = tuple((str(k), int(v)) for k, v in counts.iloc[:MOST_WORDS].items())
    return Words(column, int(empty.sum()), common, max(0, len(counts) - MOST_WORDS))
