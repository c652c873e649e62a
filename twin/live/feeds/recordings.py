"""Recorded readings from files: UK flood gauges 2014 (TSV), Shanghai air (UCI CSV), and any CSV with id, time, value."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import InputError, Problem
from twin.frame import LocalFrame, utm_of
from twin.live.feeds.recording import Recording, box_of, finished, groups_of, in_utm, pair, placed_in, unix_seconds
from twin.live.feeds.shanghai_air import read_shanghai_air
from twin.live.feeds.uk_floods import read_uk_floods
from twin.live.sensors import Datastream, Thing, unit_conversion

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 2_000_000_000


def open_recording(path: Path, frame: LocalFrame | None = None) -> Recording:
    """Read a recording, detected by its columns. frame: the city's; None: one around the stations. Raises InputError."""
    if not path.is_file():
        raise InputError("There is no such recording", where=str(path), do="Choose a TSV or CSV file of readings.")
    if path.stat().st_size > MAX_BYTES:
        raise InputError("The recording is too large to play", where=str(path), do="Cut it to less than 2 GB.")
    try:
        table = _parquet(path) if path.suffix.lower() == ".parquet" else _text_table(path)
    except (ValueError, OSError) as error:
        advice = f"It must be a text table in UTF-8 or Parquet ({error})."
        raise InputError("The recording cannot be read", where=str(path), do=advice) from error
    columns = {str(c).strip().lower(): str(c) for c in table.columns}
    if table.empty:
        raise InputError("The recording has no readings", where=str(path))
    if {"stationreference", "ngr", "parameter", "value"} <= columns.keys():
        return read_uk_floods(table, path, frame)
    if {"pm_jingan", "pm_xuhui", "year", "hour"} <= columns.keys():
        return read_shanghai_air(table, path, frame)
    return _generic(table, columns, path, frame)


def looks_like_recording(path: Path) -> bool:
    """Whether the columns of a text table or Parquet file are those of readings; nothing else is read."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return False
        if path.suffix.lower() == ".parquet":
            import pyarrow.parquet as parquet

            names = [str(n) for n in parquet.read_schema(path).names]
        elif path.suffix.lower() in (".csv", ".tsv", ".txt"):
            with path.open(encoding="utf-8-sig") as file:
                header = file.readline(65_536).rstrip("\n")
            names = header.split(max("\t,;", key=header.count))
        else:
            return False
    except (OSError, ValueError):
        return False
    columns = {n.strip().strip('"').lower() for n in names}
    if "geometry" in columns:
        return False
    known = ({"stationreference", "parameter", "value"}, {"pm_jingan", "year", "hour"})
    return any(k <= columns for k in known) or all(columns & set(_ALIASES[role]) for role in ("id", "time", "value"))


def _text_table(path: Path) -> pd.DataFrame:
    import pandas as pd

    with path.open(encoding="utf-8-sig") as file:
        header = file.readline(65_536).rstrip("\n")
    separator = max("\t,;", key=header.count)
    return pd.read_csv(
        path, sep=separator, dtype=str, quoting=csv.QUOTE_NONE if separator == "\t" else csv.QUOTE_MINIMAL,
        keep_default_na=False, encoding="utf-8-sig", on_bad_lines="skip", index_col=False,
    )


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    table = pd.read_parquet(path)
    for name, column in table.items():
        table[name] = (column.map(pd.Timestamp.isoformat) if column.dtype.kind == "M" else column.astype(str)).where(column.notna(), "")
    return table


_ALIASES = {
    "id": ("id", "sensor", "sensor_id", "station", "station_id", "thing", "device", "name"),
    "time": ("time", "timestamp", "datetime", "date", "t", "phenomenontime"),
    "value": ("value", "v", "val", "reading", "result"),
    "lon": ("lon", "longitude", "lng"),
    "lat": ("lat", "latitude"),
    "observed": ("observed", "parameter", "property", "quantity", "observedproperty"),
    "unit": ("unit", "units", "u"),
}


def _generic(table: pd.DataFrame, columns: dict[str, str], path: Path, frame: LocalFrame | None) -> Recording:
    """One row a reading: id, time, value; optional lon, lat (WGS 84), observed, unit."""
    import pandas as pd

    found = {role: next((columns[a] for a in names if a in columns), None) for role, names in _ALIASES.items()}
    lacking = [role for role in ("id", "time", "value") if found[role] is None]
    if lacking:
        have = ", ".join(map(str, list(table.columns)[:12]))
        advice = f"A recording needs the columns id, time and value (lon, lat, observed, unit if known); it has: {have}."
        raise InputError(f"There is no column for {' or '.join(lacking)}", where=str(path), do=advice)

    def text(role: str) -> pd.Series:
        column = found[role]
        return pd.Series("", index=table.index, dtype=object) if column is None else table[column].str.strip()

    code, names = pd.factorize(text("id"))
    unit, observed = text("unit"), text("observed")
    lon, lat = (pd.to_numeric(text(k), errors="coerce").where(lambda v, m=m: v.abs() <= m) for k, m in (("lon", 180.0), ("lat", 90.0)))
    place = pd.DataFrame({"lon": lon, "lat": lat}).groupby(code).first()
    degrees = place["lon"].to_numpy(float), place["lat"].to_numpy(float)
    known = np.isfinite(degrees[0]) & np.isfinite(degrees[1])
    if frame is None and known.any():
        zone = utm_of(float(degrees[0][known][0]), float(degrees[1][known][0]))
        frame = LocalFrame.around(zone, box_of(*in_utm(degrees[0][known], degrees[1][known]), path))
    frame = frame or LocalFrame(None)
    x, y = placed_in(frame, *degrees, "EPSG:4326") if frame.has_map else (np.full(len(names), np.nan),) * 2
    things = tuple(
        Thing(f"sensor/{id}", str(id), "sensor", *pair(x[k], y[k]), note="" if known[k] else "no place in the source")
        for k, id in enumerate(names)
    )
    row, groups = groups_of([code, observed, unit])
    streams = []
    for thing, seen, u in groups:
        conversion = unit_conversion(u)
        what = seen or (conversion[0] if conversion else "value")
        streams.append(Datastream(f"{things[thing].id}/{what}" + (f", {u}" if u else ""), things[thing].id, what, u))
    value = pd.to_numeric(text("value"), errors="coerce").to_numpy(float)
    problems = []
    if not known.all():
        problems.append(Problem("no-place", "warning", int((~known).sum()), "stations have no place and are in the table only", str(path)))
    return finished(path.stem, path, things, streams, unix_seconds(text("time")), row, value, frame, problems)
