"""The connections of one day out of a network's timetable, with what is wrong in it told."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.timetable import DAY_S, Timetable
from twin.city.traffic_flow import BUS
from twin.city.trips import KINDS, WEEKDAYS, running

Note = tuple[str, str, str]
LATE_S = 5 * 3600
"""How far into the next morning journeys are looked at."""
MOST_CONNECTIONS = 20_000_000
FEW_TRIPS = 12
"""Trips of a route and day below which a timetable without frequencies looks like a list of patterns."""
NAMED = 3


def has_trips(network: Network | None) -> bool:
    """Whether a network has a timetable to travel by."""
    return network is not None and {"trip_id", "stop", "arrival_s", "departure_s"} <= set(network.tables.get("timetable", pd.DataFrame()))


def day_of(network: Network, weekday: str = "wednesday") -> tuple[Timetable, list[Note]]:
    """Connections of such a day of the timetable, from midnight to five in the next morning, those of the night before among them, and
    what is wrong with it. Stops are the network's nodes; no footpaths yet."""
    notes: list[Note] = []
    nodes, times = network.nodes, network.tables["timetable"]
    code, names = pd.factorize(times["trip_id"])
    order = np.argsort(code, kind="stable")  # in a trip the table's order is that of travel
    times, code = times.iloc[order], code[order]
    stop = pd.Index(nodes["id"]).get_indexer(times["stop"])
    come, leave = (pd.to_numeric(times[c], errors="coerce").to_numpy(float) for c in ("arrival_s", "departure_s"))
    come, leave = np.where(np.isfinite(come), come, leave), np.where(np.isfinite(leave), leave, come)
    if (stop < 0).any():
        lost = pd.unique(times["stop"].astype(str).to_numpy(object)[stop < 0])
        text = f"The timetable names {len(lost):,} stops that network {network.kind} does not have ({_some(lost)}); trips pass them."
        notes.append(("warning", "transit-unknown-stops", text))
    known = (stop >= 0) & np.isfinite(come)
    code, stop, come, leave = code[known], stop[known], come[known], leave[known]
    same = code[1:] == code[:-1]
    back = np.zeros(len(names), bool)
    back[code[leave < come]] = True
    leave = np.maximum(leave, come)
    back[code[:-1][same & (come[1:] < leave[:-1])]] = True
    hop = np.flatnonzero(same & (come[1:] >= leave[:-1]) & (stop[1:] != stop[:-1]))
    if back.any():
        text = (
            f"{int(back.sum()):,} trips go back in time ({_some(np.asarray(names, object)[back])}); where they do, they are taken to end "
            "and to begin anew."
        )
        notes.append(("warning", "transit-back-in-time", text))
    first = times.drop_duplicates("trip_id")
    service = first["service_id"].astype(str).to_numpy(object) if "service_id" in first else np.full(len(names), "", object)
    route = first["route_id"].to_numpy(object) if "route_id" in first else np.full(len(names), "", object)
    own = code[hop]
    hops, begins = np.bincount(own, minlength=len(names)), _starts(own, leave[hop], len(names))
    runs, shift = _runs(network, np.asarray(names, object), service, route, hops, begins, weekday, notes)
    begin = np.searchsorted(own, np.arange(len(names) + 1))
    runs, shift = runs.astype(np.int64), shift.astype(np.int64)
    count = (begin[1:] - begin[:-1])[runs]
    of = np.repeat(np.arange(len(runs)), count)
    step = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    row = hop[begin[runs[of]] + step]
    out, there = np.rint(leave[row]).astype(np.int64) + shift[of], np.rint(come[row + 1]).astype(np.int64) + shift[of]
    # Yesterday's and tomorrow's trips are those of the same timetable.
    parts = [(out + k * DAY_S >= 0) & (out + k * DAY_S < DAY_S + LATE_S) for k in (-1, 0, 1)]
    pick = np.concatenate([np.flatnonzero(p) for p in parts])
    day = np.repeat([-1, 0, 1], [int(p.sum()) for p in parts])
    _, trip = np.unique(of[pick] * 3 + day + 1, return_inverse=True)
    by_road = _by_road(network, route)[runs[of[pick]]] if len(pick) else np.zeros(0, bool)
    return Timetable.sorted(
        nodes["id"].to_numpy(object), nodes[["x", "y"]].to_numpy(float), stop[row[pick]], stop[row[pick] + 1], out[pick] + day * DAY_S,
        there[pick] + day * DAY_S, trip, step[pick], by_road,
    ), notes  # fmt: skip


def _runs(
    network: Network, names: NDArray[np.object_], service: NDArray[np.object_], route: NDArray[np.object_], hops: NDArray[np.int64],
    begins: NDArray[np.float64], weekday: str, notes: list[Note],
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:  # fmt: skip
    """Trips of the day, each as often as it runs, and by how many seconds it is moved."""
    trips = np.flatnonzero(hops > 0)
    chosen = running(network, date(1990, 1, 1) + timedelta(days=WEEKDAYS.index(weekday)))  # a Monday before any timetable
    if chosen is not None and len(trips):
        today = trips[np.isin(service[trips], list(chosen))]
        if not len(today):
            text = f"Nothing runs on a {weekday.capitalize()} in the timetable of network {network.kind}; all its services are taken."
            notes.append(("warning", "transit-no-service", text))
        trips = today if len(today) else trips
    often = network.tables.get("frequencies")
    if often is None or not len(often):
        routes = len(pd.unique(route[trips])) if len(trips) else 0
        if len(trips) and len(trips) < FEW_TRIPS * routes:
            text = (
                f"The timetable of network {network.kind} has no frequencies; its {len(trips):,} trips on {routes:,} routes run once a day "
                "as they stand."
            )
            notes.append(("warning", "transit-no-frequencies", text))
        return trips, np.zeros(len(trips))
    low, high, every = (pd.to_numeric(often[c], errors="coerce").to_numpy(float) for c in ("start_s", "end_s", "headway_s"))
    bad = ~(np.isfinite(low) & np.isfinite(high) & (every > 0) & (high > low))
    if bad.any():
        text = (
            f"{int(bad.sum()):,} rows of the frequencies of network {network.kind} have no headway above 0 or end before they begin "
            f"({_some(often['trip_id'].astype(str).to_numpy(object)[bad])}) and are left out."
        )
        notes.append(("warning", "transit-frequencies-wrong", text))
    row = pd.Index(names).get_indexer(pd.Index(often["trip_id"]))
    good = np.isin(row, trips) & ~bad
    plain = trips[~np.isin(trips, row[good])]
    low, high, every, again = low[good], high[good], every[good], row[good].astype(np.int64)
    count = np.ceil((high - low) / every - 1e-9).astype(np.int64)
    most = max(1, MOST_CONNECTIONS // max(1, int(hops.max()) * max(1, len(count))))
    if (count > most).any() and (count * hops[again]).sum() > MOST_CONNECTIONS:
        text = f"The frequencies of network {network.kind} make more than {MOST_CONNECTIONS:,} departures a day; the last are left out."
        notes.append(("warning", "transit-too-many", text))
        count = np.minimum(count, most)
    of = np.repeat(np.arange(len(count)), count)
    k = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    return np.concatenate([plain, again[of]]), np.concatenate([np.zeros(len(plain)), np.rint(low[of] + k * every[of] - begins[again[of]])])


def _starts(own: NDArray[np.int64], leave: NDArray[np.float64], count: int) -> NDArray[np.float64]:
    """First departure of each trip."""
    begins = np.full(count, np.inf)
    np.minimum.at(begins, own, leave)
    return begins


def _by_road(network: Network, route: NDArray[np.object_]) -> NDArray[np.bool_]:
    """Whether each trip is a bus's, by its route."""
    table = network.tables.get("routes")
    if table is None or not {"route_id", "kind"} <= set(table.columns):
        return np.zeros(len(route), bool)
    kind = table.drop_duplicates("route_id").set_index("route_id")["kind"].reindex(route).astype(str)
    return np.array([KINDS.get(k) == BUS for k in kind], bool)


def _some(names: NDArray[np.object_]) -> str:
    more = f" and {len(names) - NAMED:,} more" if len(names) > NAMED else ""
    return ", ".join(str(n) for n in names[:NAMED]) + more
