"""Recorded readings from files: UK flood gauges 2014 (TSV), Shanghai air (UCI CSV), and any CSV with id, time, value."""

from __future__ import annotations

import csv
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.errors import InputError, Problem
from twin.frame import LocalFrame, utm_of
from twin.live.sensors import Datastream, Thing, observed_property, places, unit_conversion

if TYPE_CHECKING:
    import pandas as pd

MAX_BYTES = 2_000_000_000
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
        return _uk_floods(table, path, frame)
    if {"pm_jingan", "pm_xuhui", "year", "hour"} <= columns.keys():
        return _shanghai_air(table, path, frame)
    return _generic(table, columns, path, frame)


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


def grid_reference(references: NDArray[np.object_]) -> tuple[Floats, Floats]:
    """Easting, northing (EPSG:27700) of the centre of the square an Ordnance Survey grid reference names; NaN where it is
    none. Letters: 500 km and 100 km squares without I (OS, A guide to coordinate systems in Great Britain, section 7)."""
    import pandas as pd

    text = pd.Series(references, dtype=object).astype(str).str.replace(" ", "").str.upper()
    parts = text.str.extract(r"^([A-HJ-Z])([A-HJ-Z])(\d*)$")
    digits = parts[2].fillna("")
    known = parts[0].notna() & (digits.str.len() % 2 == 0) & digits.str.len().between(2, 10)
    first, second = (_letter(parts[k].where(known, "A")) for k in (0, 1))
    digits = digits.where(known, "00")
    half = (digits.str.len() // 2).to_numpy(int)
    size = 10.0 ** (5 - half)
    split = [(d[:n], d[n:]) for d, n in zip(digits, half)]
    within = np.array([(int(a), int(b)) for a, b in split], float).reshape(-1, 2) * size[:, None] + size[:, None] / 2
    # The first letter names 500 km squares, the second 100 km squares, both row by row from the north-west; SV is (0, 0).
    east = ((first % 5 - 2) * 5 + second % 5) * 100_000.0 + within[:, 0]
    north = ((3 - first // 5) * 5 + 4 - second // 5) * 100_000.0 + within[:, 1]
    good = known.to_numpy(bool)
    return np.where(good, east, np.nan), np.where(good, north, np.nan)


def _letter(letters: pd.Series) -> NDArray[np.int64]:
    code = letters.map(ord).to_numpy(np.int64) - ord("A")
    return np.asarray(code - (code > 8), np.int64)  # there is no I



def _recording(
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


def _groups(columns: list[Any]) -> tuple[NDArray[Any], list[tuple[Any, ...]]]:
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


def _seconds(text: pd.Series) -> Floats:
    """Unix seconds of ISO 8601 times (UTC where no zone is given) or of numbers; NaN where it is neither."""
    import pandas as pd

    number = pd.to_numeric(text, errors="coerce")
    if number.notna().mean() > 0.5:
        raw = number.to_numpy(float)
        raw = np.where(raw > 1e11, raw / 1000.0, raw)  # milliseconds
        return np.where((raw > 0) & (raw < 4.2e9), raw, np.nan)
    stamps = pd.to_datetime(text, utc=True, errors="coerce", format="ISO8601")
    return np.where(stamps.isna(), np.nan, (stamps - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(seconds=1))


def _uk_floods(table: pd.DataFrame, path: Path, frame: LocalFrame | None) -> Recording:
    """Environment Agency gauges of February 2014 (alphagov/flooddata, OGL v2): OS grid references, often none."""
    import pandas as pd

    table = table.rename(columns={c: str(c).strip().lower() for c in table.columns})
    station = table["stationreference"].str.strip()
    reference = table["ngr"].str.strip()
    key = table[["parameter", "qualifier", "units", "stationname"]].apply(lambda c: c.str.strip())
    # One reference, one quantity, two names in two regions: two stations that happen to share it.
    same = table.assign(station=station, **key).groupby(["station", "parameter", "qualifier", "units"])[["stationname", "region"]].nunique()
    shared = station.isin({ref for ref, *_ in same.index[(same > 1).all(axis=1)]})
    station = station.where(~shared, station + ", " + key["stationname"])
    code, ids = pd.factorize(station)
    first = table.assign(code=code, ngr=reference.mask(reference == "")).groupby("code").first()
    east, north = grid_reference(first["ngr"].fillna("").to_numpy(object))
    placed = np.isfinite(east)
    frame = frame or LocalFrame.around(CRS.from_epsg(27700), _box(east, north, path))
    x, y = _placed(frame, east, north, "EPSG:27700")
    kind = first["parameter"].map({"Water Level": "river_gauge", "Flow": "river_gauge", "Rainfall": "rain_gauge"}).fillna("weather_station")
    titles, kinds = first["stationname"].str.strip().tolist(), kind.tolist()
    regions, squares = first["region"].tolist(), first["ngr"].tolist()
    things = tuple(
        Thing(
            f"sensor/{id}", titles[k], str(kinds[k]),
            float(x[k]) if np.isfinite(x[k]) else None, float(y[k]) if np.isfinite(y[k]) else None,
            note="" if placed[k] else "no place in the source",
            attributes={"region": regions[k], "grid_reference": squares[k] if placed[k] else ""},
        )
        for k, id in enumerate(ids)
    )
    row, groups = _groups([code, *(key[c] for c in key)])
    streams, factor, offset = [], np.ones(len(groups)), np.zeros(len(groups))
    for k, (thing, parameter, qualifier, unit, title) in enumerate(groups):
        found = unit_conversion(unit)
        observed, kept = (found[0], unit) if found else (parameter.lower().replace(" ", "_"), unit)
        if observed == "air_temperature" and qualifier.lower() == "water":
            observed = "water_temperature"
        if found and observed != "water_level":  # a level keeps the name of its datum
            factor[k], offset[k] = found[1:]
            kept = observed_property(observed).unit
        name = " ".join(p for p in (parameter, qualifier, f"({title})" if title != titles[thing] else "") if p)
        streams.append(Datastream(f"{things[thing].id}/{name}, {unit}", things[thing].id, observed, kept, name))
    value = pd.to_numeric(table["value"], errors="coerce").to_numpy(float) * factor[row] + offset[row]
    problems = []
    if not placed.all():
        lost = [t.id for t, p in zip(things, placed) if not p]
        message = "stations have no place and are in the table only"
        problems.append(Problem("no-place", "warning", len(lost), message, str(path), tuple(lost[:10])))
    if shared.any():
        twins = sorted(set(station[shared]))
        message = "stations share a reference with another one and got their name added"
        problems.append(Problem("shared-reference", "info", len(twins), message, str(path), tuple(twins[:10])))
    blank = int((reference == "").sum())
    if blank:
        problems.append(Problem("no-reference", "info", blank, f"of {len(table):,} readings come without a grid reference", str(path)))
    credit = "Contains Environment Agency data, Open Government Licence v2.0"
    return _recording("UK floods 2014", path, things, streams, _seconds(table["time"]), row, value, frame, problems, credit)


def _shanghai_air(table: pd.DataFrame, path: Path, frame: LocalFrame | None) -> Recording:
    """UCI "PM2.5 data of five Chinese cities", Shanghai: hourly, local time (UTC+8). Places: assets/sensors.toml, by hand."""
    import pandas as pd

    table = table.rename(columns={c: str(c).strip().lower() for c in table.columns})
    stamps = pd.to_datetime(table[["year", "month", "day", "hour"]].apply(pd.to_numeric, errors="coerce"), errors="coerce")
    t = np.where(stamps.isna(), np.nan, (stamps - pd.Timestamp(0)) / pd.Timedelta(seconds=1) - 8 * 3600.0)
    columns = {
        "pm_jingan": ("jingan", "pm2_5"), "pm_us post": ("us-post", "pm2_5"), "pm_xuhui": ("xuhui", "pm2_5"),
        "temp": ("weather", "air_temperature"), "humi": ("weather", "relative_humidity"), "pres": ("weather", "air_pressure"),
        "precipitation": ("weather", "rainfall"),
    }
    by_hand = places("shanghai-air")
    lon, lat = (np.array([p[k] for p in by_hand.values()], float) for k in ("lon", "lat"))
    frame = frame or LocalFrame.around(utm_of(lon[0], lat[0]), _box(*_projected(lon, lat), path), timezone="Asia/Shanghai")
    x, y = _placed(frame, lon, lat, "EPSG:4326")
    note = "place given by hand, approximate"
    things = [
        Thing(f"sensor/{id}", str(p["name"]), "air_quality", *_pair(x[k], y[k]), note=note) for k, (id, p) in enumerate(by_hand.items())
    ]
    things.append(Thing("sensor/weather", "Shanghai, weather of the city", "weather_station", note="no place in the source"))
    streams: list[Datastream] = []
    times, rows, values = [], [], []
    for column, (thing, observed) in columns.items():
        if column not in table:
            continue
        rows.append(np.full(len(table), len(streams), np.int32))
        streams.append(Datastream(f"sensor/{thing}/{observed}", f"sensor/{thing}", observed, observed_property(observed).unit, observed))
        times.append(t)
        values.append(pd.to_numeric(table[column], errors="coerce").to_numpy(float))
    joined = (np.concatenate(times), np.concatenate(rows), np.concatenate(values))
    message = "stations stand where they were put by hand, a kilometre or so off"
    problems = [Problem("place-by-hand", "warning", len(by_hand), message, str(path))]
    credit = "UCI PM2.5 data of five Chinese cities, CC BY 4.0"
    return _recording("Shanghai air", path, tuple(things), streams, *joined, frame, problems, credit)


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
        frame = LocalFrame.around(zone, _box(*_projected(degrees[0][known], degrees[1][known]), path))
    frame = frame or LocalFrame(None)
    x, y = _placed(frame, *degrees, "EPSG:4326") if frame.has_map else (np.full(len(names), np.nan),) * 2
    things = tuple(
        Thing(f"sensor/{id}", str(id), "sensor", *_pair(x[k], y[k]), note="" if known[k] else "no place in the source")
        for k, id in enumerate(names)
    )
    row, groups = _groups([code, observed, unit])
    streams = []
    for thing, seen, u in groups:
        conversion = unit_conversion(u)
        what = seen or (conversion[0] if conversion else "value")
        streams.append(Datastream(f"{things[thing].id}/{what}" + (f", {u}" if u else ""), things[thing].id, what, u, what))
    value = pd.to_numeric(text("value"), errors="coerce").to_numpy(float)
    problems = []
    if not known.all():
        problems.append(Problem("no-place", "warning", int((~known).sum()), "stations have no place and are in the table only", str(path)))
    return _recording(path.stem, path, things, streams, _seconds(text("time")), row, value, frame, problems)


def _pair(x: float, y: float) -> tuple[float | None, float | None]:
    return (float(x), float(y)) if np.isfinite(x) and np.isfinite(y) else (None, None)


def _placed(frame: LocalFrame, x: Floats, y: Floats, crs: str) -> tuple[Floats, Floats]:
    """Local metres of the places that are known and can be projected; NaN for the others."""
    out_x, out_y = np.full(len(x), np.nan), np.full(len(x), np.nan)
    known = np.isfinite(x) & np.isfinite(y)
    if frame.has_map and known.any():
        out_x[known], out_y[known] = frame.to_local(x[known], y[known], crs)
    good = np.isfinite(out_x) & np.isfinite(out_y)
    return np.where(good, out_x, np.nan), np.where(good, out_y, np.nan)


def _projected(lon: Floats, lat: Floats) -> tuple[Floats, Floats]:
    zone = LocalFrame(utm_of(float(lon[0]), float(lat[0])).to_string())
    return zone.from_lonlat(lon, lat)


def _box(x: Floats, y: Floats, path: Path) -> list[float]:
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        raise InputError("No station of the recording has a place", where=str(path), do="Open the city it belongs to first.")
    return [float(x[good].min()), float(y[good].min()), float(x[good].max()), float(y[good].max())]
