"""UK floods 2014: readings of the Environment Agency's gauges (alphagov/flooddata, OGL v2), places as OS grid references."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.errors import Problem
from twin.frame import LocalFrame
from twin.live.feeds.recording import Floats, Recording, box_of, finished, groups_of, placed_in, unix_seconds
from twin.live.sensors import Datastream, Thing, observed_property, unit_conversion

if TYPE_CHECKING:
    import pandas as pd


def read_uk_floods(table: pd.DataFrame, path: Path, frame: LocalFrame | None) -> Recording:
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
    frame = frame or LocalFrame.around(CRS.from_epsg(27700), box_of(east, north, path))
    x, y = placed_in(frame, east, north, "EPSG:27700")
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
    row, groups = groups_of([code, *(key[c] for c in key)])
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
    return finished("UK floods 2014", path, things, streams, unix_seconds(table["time"]), row, value, frame, problems, credit)


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
