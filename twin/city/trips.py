"""Vehicles of a timetable: where each trip is at a moment, from its stop times along the tracks it follows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.network import Network
from twin.city.traffic_flow import BUS, Course, Positions

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TRAM, METRO, RAIL, FERRY = 3, 4, 5, 6
KINDS = {
    "bus": BUS, "trolleybus": BUS, "coach": BUS, "tram": TRAM, "metro": METRO, "rail": RAIL, "monorail": METRO, "funicular": TRAM,
    "cable_car": TRAM, "ferry": FERRY,
}  # fmt: skip
CARS = np.array([1, 1, 1, 3, 6, 6, 1])
CAR_M = np.array([4.4, 9.0, 12.0, 10.5, 19.5, 24.5, 30.0])
"""Cars of a train and metres from one to the next, by kind."""
NIGHT_S = 86_400.0
MOST_RUNS = 400_000
"""Trips of a day after frequencies are written out."""
MODE_COLORS = {BUS: "#c43e30", TRAM: "#3b7d4f", METRO: "#5f4b73", RAIL: "#5a6470", FERRY: "#20639b"}
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


def has_timetable(network: Network) -> bool:
    """Whether trips of the network can be shown."""
    return len(network.tables.get("timetable", ())) > 1 and "route_id" in network.edges


@dataclass(frozen=True)
class _Day:
    """Runs of one service day. run_from, run_to: when each is on its way, seconds of that day; shift: what is taken from the clock to
    look it up in its trip's times."""

    trip: Ints
    shift: Floats
    run_from: Floats
    run_to: Floats


class Trips:
    """Trips of a network that has a timetable (tables `timetable`, and where it has them `services`, `exceptions`, `frequencies`).

    course: the edges as they are drawn, one line an edge. Times count from midnight of the service day in the city's zone and may pass
    24 hours: a night trip of yesterday is still on its way. Hops that no edge has (a stop left out) go straight.
    """

    def __init__(self, network: Network, course: Course) -> None:
        self.network, self._course = network, course
        times, nodes, edges = network.tables["timetable"], network.nodes, network.edges
        trip, names = pd.factorize(times["trip_id"])
        stop = pd.Index(nodes["id"]).get_indexer(times["stop"])
        arrive = pd.to_numeric(times["arrival_s"]).to_numpy(float)
        leave = pd.to_numeric(times["departure_s"]).to_numpy(float)
        arrive, leave = np.where(np.isfinite(arrive), arrive, leave), np.where(np.isfinite(leave), leave, arrive)
        known = (stop >= 0) & np.isfinite(arrive)  # between time points the vehicle goes on without a stop
        trip, stop, arrive, leave = (a[known] for a in (trip, stop, arrive, leave))
        first = times.assign(_trip=pd.factorize(times["trip_id"])[0]).drop_duplicates("_trip")
        self.names = np.asarray(names, object)
        self._route, self._service = first["route_id"].to_numpy(object), first["service_id"].to_numpy(object)
        hop = np.flatnonzero((trip[1:] == trip[:-1]) & (arrive[1:] >= leave[:-1]))
        self._trip = trip[hop].astype(np.int64)
        self._leave, self._arrive = leave[hop], np.maximum(arrive[hop + 1], leave[hop] + 1.0)
        # Straight from stop to stop where no edge is found.
        row_of = np.full(len(edges), -1, np.int64)
        row_of[course.rows[::-1]] = np.arange(len(course.rows))[::-1]
        a, b = stop[hop].astype(np.int64), stop[hop + 1].astype(np.int64)
        self._line, self._back = self._lines(edges, a, b)
        self._line = np.where(self._line >= 0, row_of[np.maximum(self._line, 0)], -1)
        self._ends = nodes[["x", "y"]].to_numpy(float)
        self._z = _node_heights(nodes, edges, course)
        self._from, self._to = a, b
        count = len(self.names)
        self._begin, self._finish = np.full(count, np.inf), np.full(count, -np.inf)
        np.minimum.at(self._begin, self._trip, self._leave)
        np.maximum.at(self._finish, self._trip, self._arrive)
        routes = edges.drop_duplicates("route_id").set_index("route_id")
        kind = routes["kind"] if "kind" in routes else pd.Series(network.kind, routes.index)
        self._kind = np.array([KINDS.get(str(k), METRO if network.kind == "metro" else BUS) for k in kind.reindex(self._route)], np.uint8)
        color = routes["color"].reindex(self._route).fillna("") if "color" in routes else pd.Series([""] * count)
        self._color = np.array([_rgb(str(c) or MODE_COLORS[int(k)]) for c, k in zip(color, self._kind, strict=True)], np.uint8).reshape(
            -1, 3
        )
        # Within a trip hops are in the order of time: one search over all trips finds the hop a trip is on.
        self._key = self._trip * 1e7 + self._leave
        order = np.argsort(self._key, kind="stable")
        for name in ("_trip", "_leave", "_arrive", "_line", "_back", "_from", "_to", "_key"):
            setattr(self, name, getattr(self, name)[order])
        self._days: dict[date, _Day] = {}

    def _lines(self, edges: pd.DataFrame, a: Ints, b: Ints) -> tuple[Ints, NDArray[np.bool_]]:
        """Edge row of each hop, -1 for none, and whether it is driven from its end."""
        route = pd.Index(edges["route_id"].drop_duplicates())
        n = len(self.network.nodes)
        r = route.get_indexer(self._route[self._trip]).astype(np.int64)
        own = route.get_indexer(edges["route_id"]).astype(np.int64)
        start, end = edges["start"].to_numpy(np.int64), edges["end"].to_numpy(np.int64)
        key = pd.Index((own * n + start) * n + end)
        key = key[~key.duplicated()]
        rows = np.flatnonzero(~pd.Index((own * n + start) * n + end).duplicated())
        forth, back = key.get_indexer((r * n + a) * n + b), key.get_indexer((r * n + b) * n + a)
        twoway = ~edges["oneway"].fillna(False).to_numpy(bool) if "oneway" in edges else np.ones(len(edges), bool)
        back = np.where((back >= 0) & twoway[rows[np.maximum(back, 0)]], back, -1)
        found = np.where(forth >= 0, forth, back)
        return np.where(found >= 0, rows[np.maximum(found, 0)], -1), (forth < 0) & (back >= 0)

    def day(self, when: date) -> _Day:
        """What runs on a service day. A date the timetable does not reach is taken for the same day of the week within it."""
        if when not in self._days:
            while len(self._days) > 6:
                self._days.pop(next(iter(self._days)))
            self._days[when] = self._runs(running(self.network, when))
        return self._days[when]

    def _runs(self, services: frozenset[str] | None) -> _Day:
        trips = np.arange(len(self.names))
        if services is not None:
            trips = trips[np.isin(self._service.astype(str), list(services))]
        trips = trips[np.isfinite(self._begin[trips])]
        often = self.network.tables.get("frequencies")
        shift = np.zeros(len(trips))
        if often is not None and len(often):
            row = pd.Index(self.names).get_indexer(pd.Index(often["trip_id"]))
            good = np.isin(row, trips)
            plain = trips[~np.isin(trips, row)]
            low, high, every = (often[c].to_numpy(float)[good] for c in ("start_s", "end_s", "headway_s"))
            count = np.ceil((high - low) / every).astype(np.int64)
            count = np.minimum(count, max(1, MOST_RUNS // max(1, len(count))))
            of = np.repeat(np.arange(len(count)), count)
            k = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
            again = row[good][of].astype(np.int64)
            trips = np.concatenate([plain, again])
            shift = np.concatenate([np.zeros(len(plain)), low[of] + k * every[of] - self._begin[again]])
        return _Day(trips, shift, self._begin[trips] + shift, self._finish[trips] + shift)

    def at(self, civil: datetime) -> Positions:
        """Vehicles on their way at a local time of the city; while they stop they stand at the platform."""
        day_s = civil.hour * 3600.0 + civil.minute * 60.0 + civil.second + civil.microsecond * 1e-6
        found = [self._at(self.day(civil.date()), day_s), self._at(self.day(civil.date() - timedelta(days=1)), day_s + NIGHT_S)]
        found = [f for f in found if len(f)]
        if not found:
            return Positions.none()
        return Positions(*(np.concatenate([getattr(f, name) for f in found]) for name in ("xyz", "heading", "kind", "color", "who")))

    def _at(self, day: _Day, at_s: float) -> Positions:
        on = np.flatnonzero((day.run_from <= at_s) & (at_s <= day.run_to))
        if not len(on):
            return Positions.none()
        trip, clock = day.trip[on], at_s - day.shift[on]
        hop = np.searchsorted(self._key, trip * 1e7 + clock, "right") - 1
        hop = np.clip(hop, np.searchsorted(self._key, trip * 1e7), None)
        part = np.clip((clock - self._leave[hop]) / (self._arrive[hop] - self._leave[hop]), 0.0, 1.0)
        part = part * part * (3.0 - 2.0 * part) * 0.35 + part * 0.65  # it starts and brakes
        # Each car of a train on its own, so that it bends with the track.
        cars = CARS[self._kind[trip]]
        of = np.repeat(np.arange(len(on)), cars)
        number = np.arange(len(of)) - np.repeat(np.cumsum(cars) - cars, cars)
        kind = self._kind[trip][of]
        ahead = ((cars[of] - 1) / 2.0 - number) * CAR_M[kind]
        hop, part = hop[of], part[of]
        xyz, way = self._straight(hop, part, ahead)
        line, back = self._line[hop], self._back[hop]
        tracked = line >= 0
        if tracked.any():
            metres = self._course.length[line[tracked]]
            metres = np.where(back[tracked], (1.0 - part[tracked]) * metres - ahead[tracked], part[tracked] * metres + ahead[tracked])
            place, along = self._course.at(line[tracked], metres)
            xyz[tracked], way[tracked] = place, np.where(back[tracked, None], -along, along)
        return Positions(xyz, np.arctan2(way[:, 0], way[:, 1]), kind, self._color[trip][of], on[of].astype(np.int64) * 16 + number)

    def _straight(self, hop: Ints, part: Floats, ahead: Floats) -> tuple[Floats, Floats]:
        a, b = self._from[hop], self._to[hop]
        way = self._ends[b] - self._ends[a]
        way = way / np.maximum(np.hypot(way[:, 0], way[:, 1]), 1e-9)[:, None]
        xy = self._ends[a] + (self._ends[b] - self._ends[a]) * part[:, None] + way * ahead[:, None]
        return np.column_stack([xy, self._z[a] + (self._z[b] - self._z[a]) * part]), way


def running(network: Network, when: date) -> frozenset[str] | None:
    """Services that run on a date; None: the timetable says nothing of days, all run."""
    table = network.tables.get("services")
    if table is None or not len(table) or not {"start", "end", *WEEKDAYS} <= set(table.columns):
        return None
    start, end = table["start"].astype(str), table["end"].astype(str)
    text = f"{when:%Y%m%d}"
    exceptions = network.tables.get("exceptions", pd.DataFrame({"service_id": [], "date": [], "added": []}))
    ranged = start.str.fullmatch(r"\d{8}") & end.str.fullmatch(r"\d{8}")
    reached = [*start[ranged], *end[ranged], *exceptions["date"].astype(str)]
    if not reached:
        return None
    if not min(reached) <= text <= max(reached):
        when = _same_weekday(when, min(reached), max(reached))
        text = f"{when:%Y%m%d}"
    plain = ranged & (start <= text) & (end >= text) & (table[WEEKDAYS[when.weekday()]].astype(str) == "1")
    chosen = set(table["service_id"].astype(str)[plain])
    today = exceptions[exceptions["date"].astype(str) == text]
    added = today["added"].astype(bool).to_numpy()
    chosen |= set(today["service_id"].astype(str)[added])
    return frozenset(chosen - set(today["service_id"].astype(str)[~added]))


def _same_weekday(when: date, first: str, last: str) -> date:
    """The day of the timetable nearest to its middle that falls on the same day of the week."""
    low, high = (datetime.strptime(x, "%Y%m%d").date() for x in (first, last))
    middle = low + (high - low) / 2
    moved = middle + timedelta(days=(when.weekday() - middle.weekday()) % 7)
    return moved if moved <= high else max(low, moved - timedelta(days=7))


def _node_heights(nodes: pd.DataFrame, edges: pd.DataFrame, course: Course) -> Floats:
    """Height of the surface at each node, from the ends of its edges."""
    z = np.zeros(len(nodes))
    first, last = course.offsets[:-1], course.offsets[1:] - 1
    z[edges["start"].to_numpy(np.int64)[course.rows]] = course.points[first, 2]
    z[edges["end"].to_numpy(np.int64)[course.rows]] = course.points[last, 2]
    return z


def _rgb(text: str) -> tuple[int, int, int]:
    return int(text[1:3], 16), int(text[3:5], 16), int(text[5:7], 16)
