"""Public transport with lines cut where stations are down: who gets where, how much later, and who does not."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.timetable import Timetable
from twin.city.timetable_kernels import NEVER
from twin.city.trips import WEEKDAYS
from twin.models.base import Array, Change, Inputs, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.service.cascade import DOWN, IMPASSABLE
from twin.models.service.transit_network import Transit, transit_of

Floats = NDArray[np.float64]
HORIZON_S = 3 * 3600
"""Nobody boards a first or later vehicle longer than this after setting out, besides the patience."""
CHUNK = 50
"""Stops set out from between two looks at Cancel."""


@dataclass
class Hour:
    """What an hour brings as it is now. reach, extra: by stop; stranded, riders: persons in the hour; extra_mean: minutes, by riders."""

    reach: Floats
    extra: Floats
    running: NDArray[np.bool_]
    tracks: NDArray[np.int8]
    stranded: float = 0.0
    riders: float = 0.0
    extra_mean: float = 0.0
    without: int = 0


@dataclass
class TransitState:
    params: dict[str, Any]
    transit: Transit
    origins: NDArray[np.int64]
    """Stops looked from: all, or those with most people near."""
    now: Hour
    key: bytes = b""
    """What `now` was computed for."""
    usual: dict[int, NDArray[np.int32]] = field(default_factory=dict)
    """Usual arrivals by hour, (departures, origins, stops)."""
    at_s: float = 0.0
    lost: float = 0.0
    notes: list[Note] = field(default_factory=list)


@register
class TransitService(Model):
    """Earliest arrivals between all stations with the timetable as it is and as it was, whenever a station or a street changes."""

    name = "transit"
    title = "Public transport"
    question = "Which lines are cut, who cannot travel, and how much longer do the others take?"
    role = "service"
    essential = ("network:metro|network:transit",)
    reads = ("network:metro", "network:transit", "network:roads", "layer:stations", "buildings", "people")
    needs = (Need("station_state"), Need("road_state", optional=True))
    gives = ("station_reach", "station_extra_time", "metro_service")
    params = (
        Param("start_hour", "Local hour at the start", 8.0, "h", low=0, high=24, help="Taken from the scenario's start where it has one."),
        Param("weekday", "Day of the timetable", "wednesday", kind="choice", choices=WEEKDAYS),
        Param("trips_per_h", "Rides a person near a stop sets out on in an hour", 0.05, "1/h", low=0, high=2,
              source="assumption: 2.6 trips a day, three in ten by public transport, over 16 hours"),
        Param("patience", "Too late when longer than usual by", "PT1H", "s", "duration", low=0, high=86400, source="assumption"),
        Param("access_m", "People walk to a stop within", 960.0, "m", low=50, high=5000,
              source="Transport for London (2015), Assessing transport connectivity in London (PTAL): 12 min at 80 m/min to rail"),
        Param("walk_m", "Walk from stop to stop within", 640.0, "m", low=0, high=3000, advanced=True,
              source="as PTAL's 8 min at 80 m/min to a bus stop"),
        Param("walk_m_s", "Walking speed", 1.33, "m/s", low=0.3, high=3, advanced=True, source="PTAL: 80 m/min"),
        Param("change", "Change from one vehicle to the next takes", "PT2M", "s", "duration", low=0, high=3600, advanced=True,
              source="assumption"),
        Param("departures", "Moments looked at in an hour", 4, kind="integer", low=1, high=60, advanced=True),
        Param("most_stops", "Stops looked from at most", 300, kind="integer", low=1, high=100000, advanced=True,
              help="Of a larger network those with most people near them."),
    )  # fmt: skip
    limits = (
        "Trains turn back at the last station that works, wherever that is, and keep to the timetable; there are enough of them.",
        "Vehicles have room for all; who waits too long does not take another way than on foot or by what still runs.",
        "Where people want to go is assumed: to the other stations by how many people are near them.",
        "Buses do not leave their streets; a trip ends before a street that cannot be driven and begins anew behind it.",
    )
    cite = (
        "Dibbelt, J., Pajor, T., Strasser, B., Wagner, D. (2013): Intriguingly simple and fast transit routing. SEA 2013, "
        "doi:10.1007/978-3-642-38527-8_6.",
    )
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> TransitState:
        transit = transit_of(city, dict(params))
        served, most = np.flatnonzero(transit.served), int(params["most_stops"])
        notes = list(transit.notes)
        if len(served) > most:
            order = np.argsort(-transit.near.sum(0)[served], kind="stable")
            notes.append((
                "info", "transit-most-stops",
                f"Journeys are looked at from the {most:,} of {len(served):,} stops with most people near them, and not from the others.",
            ))  # fmt: skip
            served = np.sort(served[order[:most]])
        state = TransitState(dict(params), transit, served, _undisturbed(transit), notes=notes)
        self._read(state, inputs)
        return state

    def update(self, state: TransitState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state.lost += state.now.stranded * (until_s - state.at_s) / 3600.0
        state.at_s = until_s
        self._read(state, inputs)

    def _read(self, state: TransitState, inputs: Mapping[str, Array]) -> None:
        t = state.transit
        down = np.zeros(len(t.table.stops), bool)
        bad = np.asarray(inputs["station_state"]) >= DOWN
        down[t.station[bad & (t.station >= 0)]] = True
        shut = np.asarray(inputs["road_state"]) >= IMPASSABLE if "road_state" in inputs and t.table.by_road.any() else np.zeros(0, bool)
        if not down.any() and not shut.any():
            state.key, state.now = b"", _undisturbed(t)
            return
        hour = int(state.params["start_hour"] + state.at_s / 3600.0) % 24
        key = bytes([hour]) + down.tobytes() + shut.tobytes()
        if key != state.key:
            state.key, state.now = key, self._look(state, hour, down, t.closed(shut) if len(shut) else None)

    def _look(self, state: TransitState, hour: int, down: NDArray[np.bool_], closed: NDArray[np.bool_] | None) -> Hour:
        """The hour with and without what is out of use."""
        t, p, o = state.transit, state.params, state.origins
        cut = t.table.cut(down, closed)
        patience = float(p["patience"])
        moments = [int(hour * 3600 + k * 3600 / p["departures"]) for k in range(int(p["departures"]))]
        if hour not in state.usual:
            while len(state.usual) > 2:
                state.usual.pop(next(iter(state.usual)))
            state.usual[hour] = np.stack([self._arrivals(t.table, o, m, HORIZON_S) for m in moments])
        usual = state.usual[hour]
        new = _undisturbed(t)
        near = t.near[hour]
        riders = near[o] * float(p["trips_per_h"])
        could, can, longer = np.zeros(len(o)), np.zeros(len(o)), np.zeros(len(o))
        stranded, extra_sum, travelling = 0.0, 0.0, 0.0
        for m, moment in enumerate(moments):
            there = self._arrivals(cut, o, moment, HORIZON_S + patience)
            reached = (usual[m] < NEVER) & t.served
            reached[np.arange(len(o)), o] = False
            late = np.maximum(0.0, there.astype(float) - usual[m])
            still = reached & (there < NEVER) & (late <= patience)
            could += reached.sum(1)
            can += still.sum(1)
            longer += np.where(still, late, 0.0).sum(1)
            worth = reached * near[None, :]
            total = worth.sum(1)
            share = np.where(total > 0, riders, 0.0)[:, None] * worth / np.maximum(total, 1e-12)[:, None]
            new.riders += float(share.sum()) / len(moments)
            stranded += float(share[reached & ~still].sum()) / len(moments)
            extra_sum += float((share * np.where(still, late, 0.0)).sum())
            travelling += float(share[still].sum())
        whole = near.sum() / max(near[o].sum(), 1e-12)  # those near stops that are not looked from fare as the others
        new.riders, new.stranded = new.riders * whole, stranded * whole
        new.extra_mean = extra_sum / travelling / 60.0 if travelling > 0 else 0.0
        new.reach = np.full(len(t.table.stops), np.nan)
        new.extra = np.full(len(t.table.stops), np.nan)
        new.reach[o] = np.where(could > 0, can / np.maximum(could, 1), 1.0)
        new.extra[o] = np.where(can > 0, longer / np.maximum(can, 1) / 60.0, np.where(could > 0, np.nan, 0.0))
        before, after = _calls(t.table, hour), _calls(cut, hour)
        new.running = after
        new.without = int((before & ~after)[np.unique(t.station[t.station >= 0])].sum())
        new.tracks = _tracks(t, cut, hour)
        return new

    def _arrivals(self, table: Timetable, origins: NDArray[np.int64], at_s: float, within_s: float) -> NDArray[np.int32]:
        parts = []
        for first in range(0, len(origins), CHUNK):
            self.checkpoint(None)
            parts.append(table.arrivals(origins[first : first + CHUNK], at_s, within_s))
        return np.concatenate(parts) if parts else np.empty((0, len(table.stops)), np.int32)

    def apply(self, state: TransitState, change: Change) -> None:
        """What is switched is the business of `repairs`."""
        if change.kind not in self.accepts:
            super().apply(state, change)

    def outputs(self, state: TransitState) -> dict[str, Array]:
        at = state.transit.station
        return {
            "station_reach": np.append(state.now.reach, np.nan)[at].astype(np.float32),
            "station_extra_time": np.append(state.now.extra, np.nan)[at].astype(np.float32),
            "metro_service": state.now.tracks,
        }

    def indicators(self, state: TransitState) -> dict[str, tuple[float, str]]:
        t = state.transit
        if not t.served.any():
            return {}
        figures = {"stations_cut_off": (float(state.now.without), "sites"), "transit_extra_time": (state.now.extra_mean, "min")}
        if t.near.any():
            figures["riders_stranded"] = (float(state.now.stranded), "persons")
            figures["rides_lost"] = (float(state.lost), "persons")
        return figures

    def notices(self, state: TransitState) -> list[Note]:
        return state.notes

    def save(self, state: TransitState) -> bytes:
        file, now = io.BytesIO(), state.now
        head = [state.params, state.at_s, state.lost, now.stranded, now.riders, now.extra_mean, now.without]
        np.savez(
            file, head=np.array(json.dumps(head)), reach=now.reach, extra=now.extra, running=now.running, tracks=now.tracks,
            key=np.frombuffer(state.key, np.uint8),
        )  # fmt: skip
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> TransitState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, lost, *figures = json.loads(str(saved["head"]))
            quiet = Inputs({"station_state": np.zeros(np.shape(inputs["station_state"]), np.int8)})
            state = self.initialize(city, quiet, params, 0)
            state.now = Hour(saved["reach"], saved["extra"], saved["running"], saved["tracks"], *figures)
            state.key = saved["key"].tobytes()
        state.at_s, state.lost = at_s, lost
        return state


def _undisturbed(t: Transit) -> Hour:
    served = np.where(t.served, 1.0, np.nan)
    return Hour(served, served - 1.0, t.served.copy(), np.zeros(len(t.metro), np.int8))


def _within(table: Timetable, hour: int) -> slice:
    """Connections of an hour."""
    return slice(int(np.searchsorted(table.leave, hour * 3600)), int(np.searchsorted(table.leave, (hour + 1) * 3600)))


def _calls(table: Timetable, hour: int) -> NDArray[np.bool_]:
    """Whether anything stops at each stop in the hour."""
    at, mine = np.zeros(len(table.stops), bool), _within(table, hour)
    at[table.start[mine]], at[table.end[mine]] = True, True
    return at


def _tracks(t: Transit, cut: Timetable, hour: int) -> NDArray[np.int8]:
    """1 for metro edges on which trains run in this hour of other days and none does now."""
    if not t.metro_runs:
        return np.zeros(len(t.metro), np.int8)
    n, both = len(t.table.stops), list[NDArray[np.bool_]]()
    track = np.sort(t.metro, axis=1)
    for table in (t.table, cut):
        mine = _within(table, hour)
        ends = np.sort(np.column_stack([table.start[mine], table.end[mine]]).astype(np.int64), axis=1)
        both.append(np.isin(track[:, 0] * n + track[:, 1], ends[:, 0] * n + ends[:, 1]))
    return (both[0] & ~both[1]).astype(np.int8)
