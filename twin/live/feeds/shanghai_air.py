"""Shanghai air: UCI "PM2.5 data of five Chinese cities", Shanghai, hourly. The file gives no places."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from twin.errors import Problem
from twin.frame import LocalFrame, utm_of
from twin.live.feeds.recording import Recording, box_of, finished, in_utm, pair, placed_in
from twin.live.sensors import Datastream, Thing, observed_property, places

if TYPE_CHECKING:
    import pandas as pd


def read_shanghai_air(table: pd.DataFrame, path: Path, frame: LocalFrame | None) -> Recording:
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
    frame = frame or LocalFrame.around(utm_of(lon[0], lat[0]), box_of(*in_utm(lon, lat), path), timezone="Asia/Shanghai")
    x, y = placed_in(frame, lon, lat, "EPSG:4326")
    note = "place given by hand, approximate"
    things = [
        Thing(f"sensor/{id}", str(p["name"]), "air_quality", *pair(x[k], y[k]), note=note) for k, (id, p) in enumerate(by_hand.items())
    ]
    things.append(Thing("sensor/weather", "Shanghai, weather of the city", "weather_station", note="no place in the source"))
    streams: list[Datastream] = []
    times, rows, values = [], [], []
    for column, (thing, observed) in columns.items():
        if column not in table:
            continue
        rows.append(np.full(len(table), len(streams), np.int32))
        streams.append(Datastream(f"sensor/{thing}/{observed}", f"sensor/{thing}", observed, observed_property(observed).unit))
        times.append(t)
        values.append(pd.to_numeric(table[column], errors="coerce").to_numpy(float))
    joined = (np.concatenate(times), np.concatenate(rows), np.concatenate(values))
    message = "stations stand where they were put by hand, a kilometre or so off"
    problems = [Problem("place-by-hand", "warning", len(by_hand), message, str(path))]
    credit = "UCI PM2.5 data of five Chinese cities, CC BY 4.0"
    return finished("Shanghai air", path, tuple(things), streams, *joined, frame, problems, credit)
