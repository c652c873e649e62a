"""The latest of every datastream, with its quality and state: written by the hub's thread, read as snapshots."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.live.alerts import Alerts, RuleState
from twin.live.quality import QualityTests, worst
from twin.live.sensors import FAIL, MISSING, NOT_EVALUATED, SUSPECT, Datastream, Observation, Thing

OK, HOLLOW, WARNING, ALERT = 0, 1, 2, 3
"""States of a sensor; the numbers are those of layers.drawing.Points.shapes. HOLLOW: stale, missing or never heard."""
STATE_NAMES = ("ok", "stale", "warning", "alert")
SPARK = 96
"""Readings kept per datastream for the sparkline."""
AHEAD_S = 300.0
"""A reading this far in the future is suspect: somebody's clock is wrong."""


@dataclass(frozen=True)
class Roster:
    """Who is there. thing_row: int32 (streams,), row of the thing of each datastream. x, y, z: float64 (things,), NaN
    without a place; version grows with every change."""

    version: int = 0
    things: tuple[Thing, ...] = ()
    streams: tuple[Datastream, ...] = ()
    thing_row: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, np.int32))
    x: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    y: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))
    z: NDArray[np.float64] = field(default_factory=lambda: np.empty(0))


@dataclass(frozen=True)
class Snapshot:
    """The latest at `now` (Unix seconds): arrays over the roster's datastreams. t: NaN when never heard; value: NaN when
    missing; flag: QARTOD; state: OK, HOLLOW, WARNING, ALERT; age_s: now - t."""

    roster: Roster
    now: float
    t: NDArray[np.float64]
    value: NDArray[np.float64]
    flag: NDArray[np.uint8]
    state: NDArray[np.uint8]

    @property
    def age_s(self) -> NDArray[np.float64]:
        return np.maximum(self.now - self.t, 0.0)

    @staticmethod
    def empty() -> Snapshot:
        nothing = np.empty(0)
        return Snapshot(Roster(), 0.0, nothing, nothing, np.empty(0, np.uint8), np.empty(0, np.uint8))


@dataclass
class Tally:
    """Counted while taking readings in."""

    readings: int = 0
    duplicates: int = 0
    late: int = 0
    """Older than the newest of their datastream: kept in the history, not shown as latest."""
    gaps: int = 0
    """Messages missing between two running numbers."""
    suspect: int = 0
    failed: int = 0
    missing: int = 0
    unknown: int = 0
    contradictory: int = 0
    """Another value for the moment shown: the first one stays."""


@dataclass
class _Stream:
    row: int
    tests: QualityTests
    t: float = -np.inf
    flag: int = NOT_EVALUATED
    seq: int = -1
    recent: deque[tuple[float, float]] = field(default_factory=lambda: deque(maxlen=SPARK))


_ROW = np.dtype([("t", "f8"), ("value", "f8"), ("flag", "u1"), ("level", "u1"), ("stale_s", "f8")])
_UNHEARD = (np.nan, np.nan, NOT_EVALUATED, OK, 60.0)


class Board:
    """Written by one thread at a time (a lock sees to that). Readers take no lock: a row is written and the table copied
    in one step each, so that a window never waits for readings coming in.
    """

    def __init__(self, alerts: Alerts) -> None:
        self.alerts, self.tally = alerts, Tally()
        self._lock = threading.Lock()
        self._things: dict[str, Thing] = {}
        self._streams: dict[str, Datastream] = {}
        self._state: dict[str, _Stream] = {}
        self._rows = np.empty(0, _ROW)
        self._roster, self._roster_old = Roster(), False
        self._silent: set[int] = set()
        self.version = 0

    def declare(self, things: tuple[Thing, ...], streams: tuple[Datastream, ...]) -> None:
        """Make known or change; a thing that comes without a place keeps the one it had."""
        with self._lock:
            for thing in things:
                old = self._things.get(thing.id)
                if old is not None and thing.x is None:
                    thing = replace(thing, x=old.x, y=old.y, z=old.z)
                if old is not None and not thing.attributes:
                    thing = replace(thing, attributes=old.attributes)
                self._things[thing.id] = thing
            for stream in streams:
                # A thing yet to be described gets its id for a name until then.
                self._things.setdefault(stream.thing, Thing(stream.thing, stream.thing))
                self._streams[stream.id] = stream
                state = self._state.get(stream.id)
                if state is None:
                    self._state[stream.id] = state = _Stream(len(self._state), QualityTests(stream))
                    self._grow(len(self._state))
                else:
                    state.tests = QualityTests(stream)
                self._rows["stale_s"][state.row] = stream.stale_s
                self.alerts.watch(stream)
            self._roster_old = True
            self.version += 1

    def _grow(self, need: int) -> None:
        have = len(self._rows)
        if need > have:
            more = np.full(max(256, have, need - have), np.array(_UNHEARD, _ROW))
            self._rows = np.concatenate([self._rows, more])

    def take(self, o: Observation, now: float) -> tuple[int, tuple[float, int] | None] | None:
        """Test a reading and make it the latest of its datastream.

        (flag, (moment and new flag of the reading before, when the spike test changed it)); None for an unknown
        datastream or a duplicate.
        """
        with self._lock:
            s = self._state.get(o.stream)
            if s is None:
                self.tally.unknown += 1
                return None
            if self._is_repeated(s, o):
                self.tally.duplicates += 1
                return None
            if o.t < s.t and any(o.t == t for t, _ in s.recent):
                self.tally.duplicates += 1
                return None
            if o.t == s.t and o.value != self._rows["value"][s.row]:
                self.tally.contradictory += 1
                return None
            self.tally.readings += 1
            if o.t < s.t:
                self.tally.late += 1
                return (MISSING if o.value != o.value else o.flag), None
            flag, earlier = s.tests.test(o.t, o.value, o.flag)
            if o.t > now + AHEAD_S:
                flag = worst(flag, SUSPECT)
            self.tally.suspect += flag == SUSPECT
            self.tally.failed += flag == FAIL
            self.tally.missing += flag == MISSING
            changed = None
            if earlier in (SUSPECT, FAIL) and worst(s.flag, earlier) != s.flag:
                changed = (s.t, earlier)
                self.tally.suspect += earlier == SUSPECT
                self.tally.failed += earlier == FAIL
            s.t, s.flag = o.t, flag
            if flag not in (FAIL, MISSING):
                s.recent.append((o.t, o.value))
            # What is stale when it comes (a past published at the start, a jump of the replay) is no news to alert anybody.
            stale_s = float(self._rows["stale_s"][s.row])
            if now - o.t <= stale_s:
                self.alerts.reading(o.stream, o.t, o.value, flag)
            rule, severity = self.alerts.state(o.stream)
            fires = rule is RuleState.FIRING
            level = ALERT if fires and severity == "alert" else WARNING if fires or flag in (SUSPECT, FAIL) else OK
            self._rows[s.row] = (o.t, o.value, flag, level, stale_s)
            self._silent.discard(s.row)
            self.version += 1
            return flag, changed

    def _is_repeated(self, s: _Stream, o: Observation) -> bool:
        """Same running number, or without one the same moment; counts the gaps of running numbers."""
        if o.seq < 0 or s.seq < 0:
            s.seq = o.seq
            return o.t == s.t and (o.value == self._rows["value"][s.row] or o.value != o.value)
        if o.seq == s.seq:
            return True
        if o.seq > s.seq + 1:
            self.tally.gaps += o.seq - s.seq - 1
        # A number that jumps back is a late message, or a sender that started again (then the moment is newer).
        if o.seq > s.seq or o.t > s.t:
            s.seq = o.seq
        return False

    def silence(self, now: float) -> None:
        """Tell the alerts which datastreams have become stale."""
        with self._lock:
            table = self._rows[: len(self._state)]
            stale = np.flatnonzero(now - table["t"] > table["stale_s"]).tolist()
            fresh = [row for row in stale if row not in self._silent]
            if not fresh:
                return
            ids = list(self._streams)
            for row in fresh:
                self._silent.add(row)
                table["level"][row] = OK
                self.alerts.no_data(ids[row], now)
            self.version += 1

    def forget_values(self) -> None:
        """Nothing heard yet; who is there stays."""
        with self._lock:
            for id, s in self._state.items():
                self._state[id] = _Stream(s.row, QualityTests(self._streams[id]))
            fresh = np.full(len(self._rows), np.array(_UNHEARD, _ROW))
            fresh["stale_s"] = self._rows["stale_s"]
            self._rows = fresh
            self._silent.clear()
            self.alerts.forget()
            for stream in self._streams.values():
                self.alerts.watch(stream)
            self.version += 1

    def snapshot(self, now: float) -> Snapshot:
        roster = self.roster()
        table = self._rows[: len(roster.streams)].copy()
        # NaN ages compare as not fresh: never heard is hollow too.
        fresh = (now - table["t"] <= table["stale_s"]) & np.isfinite(table["value"])
        state = np.where(fresh, table["level"], np.uint8(HOLLOW))
        return Snapshot(roster, now, table["t"], table["value"], table["flag"], state)

    def roster(self) -> Roster:
        if self._roster_old:
            with self._lock:
                self._roster, self._roster_old = self._new_roster(), False
        return self._roster

    def _new_roster(self) -> Roster:
        things = tuple(self._things.values())
        rows = {t.id: k for k, t in enumerate(things)}
        xyz = np.array([[np.nan if v is None else v for v in (t.x, t.y, t.z)] for t in things], float).reshape(-1, 3)
        thing_row = np.array([rows[s.thing] for s in self._streams.values()], np.int32)
        return Roster(self._roster.version + 1, things, tuple(self._streams.values()), thing_row, xyz[:, 0], xyz[:, 1], xyz[:, 2])

    def recent(self, stream: str) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """(Unix seconds, values) of the newest good readings, at most SPARK."""
        s = self._state.get(stream)
        pairs = np.array(list(s.recent) if s else [], float).reshape(-1, 2)
        return pairs[:, 0], pairs[:, 1]

    def streams(self) -> Mapping[str, Datastream]:
        with self._lock:
            return dict(self._streams)

    def counts(self) -> dict[str, Any]:
        return {"things": len(self._things), "streams": len(self._streams), **vars(self.tally)}
