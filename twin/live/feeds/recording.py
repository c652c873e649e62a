"""What every reader of recorded readings shares: the recording, and the steps to it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import InputError, Problem
from twin.frame import LocalFrame, utm_of
from twin.live.sensors import Datastream, Thing

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Recording:
    """t: Unix seconds, ascending; row: int32 into streams; value: NaN when missing, in the datastream's unit (that of the
    catalogue where the file's unit is known). frame: where the things' local metres are."""

    name: str
    things: tuple[Thing, ...]
    streams: tuple[Datastream, ...]
    t: Floats
    row: NDArray[np.int32]
    value: Floats
    frame: LocalFrame
    problems: tuple[Problem, ...] = ()
    credit: str = ""

    def __len__(self) -> int:
        return len(self.t)


def finished(
    name: str, path: Path, things: tuple[Thing, ...], streams: list[Datastream], t: Floats, row: NDArray[Any], value: Floats,
    frame: LocalFrame, problems: list[Problem], credit: str = "",
) -> Recording:
    """In order of time, without rows that have no time, intervals measured."""
    import pandas as pd

    timed = np.isfinite(t)
    if not timed.all():
        message = "readings without a usable time are left out"
        problems.append(Problem("no-time", "warning", int((~timed).sum()), message, str(path)))
        t, row, value = t[timed], row[timed], value[timed]
    if not len(t):
        raise InputError("The recording has no reading with a usable time", where=str(path), do="Times must be ISO 8601 or Unix seconds.")
    missing = int(np.isnan(value).sum())
    if missing:
        problems.append(Problem("missing-value", "info", missing, "readings without a number are kept as missing (flag 9)", str(path)))
    order = np.argsort(t, kind="stable")
    t, row, value = t[order], row[order].astype(np.int32), value[order]
    step = pd.Series(t).groupby(row).diff()
    usual = step[step > 0].groupby(row[step > 0]).median()
    everyone = usual.reindex(range(len(streams))).fillna(0.0).to_numpy()
    spaced = tuple(replace(s, interval_s=float(dt)) for s, dt in zip(streams, everyone))
    return Recording(name, things, spaced, t, row, value, frame, tuple(problems), credit)


def groups_of(columns: list[Any]) -> tuple[NDArray[Any], list[tuple[Any, ...]]]:
    """(group of each row, the groups in order of first appearance). By number, column by column: a factorised MultiIndex
    makes a tuple a row and holds every other thread up for 0.1 s."""
    import pandas as pd

    joined = np.zeros(len(columns[0]), np.int64)
    for column in columns:
        codes, seen = pd.factorize(column)
        joined = joined * (len(seen) + 1) + codes
        joined = pd.factorize(joined)[0]
    first = np.flatnonzero(~pd.Series(joined).duplicated().to_numpy())
    parts = [np.asarray(c)[first].tolist() for c in columns]
    return joined, list(zip(*parts))


def unix_seconds(text: pd.Series) -> Floats:
    """Unix seconds of ISO 8601 times (UTC where no zone is given) or of numbers; NaN where it is neither."""
    import pandas as pd

    number = pd.to_numeric(text, errors="coerce")
    if number.notna().mean() > 0.5:
        raw = number.to_numpy(float)
        raw = np.where(raw > 1e11, raw / 1000.0, raw)  # milliseconds
        return np.where((raw > 0) & (raw < 4.2e9), raw, np.nan)
    stamps = pd.to_datetime(text, utc=True, errors="coerce", format="ISO8601")
    return np.where(stamps.isna(), np.nan, (stamps - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1))


def pair(x: float, y: float) -> tuple[float | None, float | None]:
    """A place as a Thing keeps it: None, None where it is unknown."""
    return (float(x), float(y)) if np.isfinite(x) and np.isfinite(y) else (None, None)


def placed_in(frame: LocalFrame, x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Local metres of the places that are known and can be projected; NaN for the others."""
    out_x, out_y = np.full(len(x), np.nan), np.full(len(x), np.nan)
    known = np.isfinite(x) & np.isfinite(y)
    if frame.has_map and known.any():
        out_x[known], out_y[known] = frame.to_local(x[known], y[known], crs)
    good = np.isfinite(out_x) & np.isfinite(out_y)
    return np.where(good, out_x, np.nan), np.where(good, out_y, np.nan)


def in_utm(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    """WGS 84 degrees -> easting, northing in the UTM zone of the first place."""
    zone = LocalFrame(utm_of(float(lon[0]), float(lat[0])).to_string())
    return zone.from_lonlat(lon, lat)


def box_of(x: Floats, y: Floats, path: Path) -> list[float]:
    """min x, min y, max x, max y of the known places. InputError where none is known."""
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        raise InputError("No station of the recording has a place", where=str(path), do="Open the city it belongs to first.")
    return [float(x[good].min()), float(y[good].min()), float(x[good].max()), float(y[good].max())]
