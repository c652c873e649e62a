"""On which days GTFS trips run, and how often."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.gtfs_files import Feed, seconds

MAX_DAYS = 400
_WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass
class Service:
    """daily: (trips,) how often each trip runs on the busiest day, ISO date `day`. table: `service_id`, the days of the week it runs,
    `start`, `end`, `days` (dates it runs in the time looked at). frequencies: `trip_id`, `start_s`, `end_s`, `headway_s`. exceptions:
    `service_id`, `date` (YYYYMMDD), `added` (False: it does not run though the week says so)."""

    day: str
    daily: NDArray[np.float64]
    table: pd.DataFrame
    frequencies: pd.DataFrame
    exceptions: pd.DataFrame

    def headways(self, times: pd.DataFrame, trips: pd.DataFrame) -> pd.DataFrame:
        """`route_id`, `direction_id`, `hour` (of departure from the first stop), `trips`, `headway_s`, on the busiest day."""
        first = times.drop_duplicates("trip")
        trip = first["trip"].to_numpy()
        leave = first["departure_s"].fillna(first["arrival_s"]).to_numpy(float)
        running = (self.daily[trip] > 0) & np.isfinite(leave)
        plain = running & ~trips["trip_id"].iloc[trip].isin(self.frequencies["trip_id"]).to_numpy(bool)
        rows = [pd.DataFrame({"trip": trip[plain], "hour": (leave[plain] // 3600).astype(np.int64), "n": 1.0})]
        row_of = pd.Series(trip[running], trips["trip_id"].to_numpy(object)[trip[running]])
        for name, low, high, every in self.frequencies.itertuples(index=False):
            if name in row_of.index:
                hours = np.arange(int(low // 3600), int(np.ceil(high / 3600)))
                share = np.minimum((hours + 1) * 3600.0, high) - np.maximum(hours * 3600.0, low)
                rows.append(pd.DataFrame({"trip": int(row_of[name]), "hour": hours, "n": share / every}))
        runs = pd.concat(rows, ignore_index=True)
        of_trip = trips.iloc[runs["trip"].to_numpy(np.int64)].reset_index(drop=True)
        runs = runs.assign(route_id=of_trip["route_id"], direction_id=of_trip["direction_id"])
        out = runs.groupby(["route_id", "direction_id", "hour"])["n"].sum().rename("trips").reset_index()
        return out.assign(headway_s=3600.0 / out["trips"])


def service_of(feed: Feed, trips: pd.DataFrame) -> Service:
    """When the trips run: calendar.txt, calendar_dates.txt, frequencies.txt."""
    calendar = feed.table("calendar", ("service_id", *_WEEK, "start_date", "end_date")).drop_duplicates("service_id")
    dates = feed.table("calendar_dates", ("service_id", "date", "exception_type"))
    frequencies = _frequencies(feed)
    ids = pd.unique(pd.concat([calendar["service_id"], dates["service_id"], trips["service_id"]], ignore_index=True))
    begin, finish = (pd.to_datetime(calendar[c], format="%Y%m%d", errors="coerce") for c in ("start_date", "end_date"))
    when = pd.to_datetime(dates["date"], format="%Y%m%d", errors="coerce")
    known = pd.concat([begin, finish, when]).dropna()
    runs = np.ones((len(ids), 1), bool)  # without any calendar every trip runs every day
    days = pd.DatetimeIndex([pd.Timestamp(1970, 1, 1)])
    if len(known):
        last = min(known.max(), known.min() + pd.Timedelta(days=MAX_DAYS - 1))
        days = pd.date_range(known.min(), last)
        runs = np.zeros((len(ids), len(days)), bool)
        week = (calendar[list(_WEEK)] == "1").to_numpy(bool)[:, days.dayofweek.to_numpy()]
        low, high = begin.to_numpy()[:, None], finish.to_numpy()[:, None]
        row = pd.Index(ids).get_indexer(calendar["service_id"])
        runs[row] = week & (days.to_numpy() >= low) & (days.to_numpy() <= high)
        at, of = days.get_indexer(pd.DatetimeIndex(when)), pd.Index(ids).get_indexer(dates["service_id"])
        for kind, value in (("1", True), ("2", False)):
            use = (at >= 0) & (dates["exception_type"] == kind).to_numpy(bool)
            runs[of[use], at[use]] = value
    service = pd.Index(ids).get_indexer(trips["service_id"])
    often = np.ones(len(trips))
    if len(frequencies):
        by_trip = ((frequencies["end_s"] - frequencies["start_s"]) / frequencies["headway_s"]).groupby(frequencies["trip_id"]).sum()
        often = trips["trip_id"].map(by_trip).fillna(1.0).to_numpy(float)
    weight = np.bincount(service, weights=often, minlength=len(ids))
    busiest = int(np.argmax(weight @ runs)) if len(ids) else 0
    table = pd.DataFrame({"service_id": ids, "days": runs.sum(1)}).merge(calendar, on="service_id", how="left")
    table = table.rename(columns={"start_date": "start", "end_date": "end"})
    for column in (*_WEEK, "start", "end"):
        table[column] = table[column].fillna("")
    said = dates[dates["exception_type"].isin(["1", "2"]) & when.notna()]
    exceptions = pd.DataFrame({
        "service_id": said["service_id"].to_numpy(object), "date": said["date"].to_numpy(object),
        "added": (said["exception_type"] == "1").to_numpy(bool),
    })  # fmt: skip
    return Service(days[busiest].date().isoformat(), np.where(runs[service, busiest], often, 0.0), table, frequencies, exceptions)


def _frequencies(feed: Feed) -> pd.DataFrame:
    said = feed.table("frequencies", ("trip_id", "start_time", "end_time", "headway_secs"))
    out = pd.DataFrame({
        "trip_id": said["trip_id"], "start_s": seconds(said["start_time"]), "end_s": seconds(said["end_time"]),
        "headway_s": pd.to_numeric(said["headway_secs"], errors="coerce").to_numpy(float, na_value=np.nan),
    })  # fmt: skip
    good = (out["end_s"] > out["start_s"]) & (out["headway_s"] > 0) & (out["end_s"] < 200 * 3600)
    return out[good].reset_index(drop=True)
