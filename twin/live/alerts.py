"""Threshold rules with hysteresis, their states, and the inbox of what they said."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Literal

from twin.live.sensors import FAIL, MISSING, Datastream, rule_entries

Severity = Literal["warning", "alert"]


class RuleState(IntEnum):
    """Normal; Pending: beyond the threshold, not yet for hold_s; Firing; NoData: the datastream is stale or missing."""

    NORMAL = 0
    PENDING = 1
    FIRING = 2
    NO_DATA = 3


@dataclass(frozen=True)
class Rule:
    """fire: the threshold in the datastream's unit, or the name of a level the datastream states ("warning", "alarm").

    clear: the value at which it ends (hysteresis); with a named level how far below it. below: fires under the threshold
    instead of over it. hold_s: how long the value must stay beyond before it fires. streams: ids it looks at, () all that
    observe `observed`.
    """

    id: str
    title: Mapping[str, str]
    observed: str
    fire: float | Literal["warning", "alarm"]
    clear: float
    hold_s: float = 0.0
    severity: Severity = "warning"
    below: bool = False
    streams: tuple[str, ...] = ()

    def levels(self, stream: Datastream) -> tuple[float, float] | None:
        """(fire, clear) for a datastream, None where the rule does not look at it."""
        if self.observed != stream.observed or (self.streams and stream.id not in self.streams):
            return None
        if isinstance(self.fire, str):
            level = stream.warning if self.fire == "warning" else stream.alarm
            return None if level is None else (level, level + self.clear if self.below else level - self.clear)
        return self.fire, self.clear


@dataclass
class Alert:
    """One entry of the inbox. t, value: when it fired; cleared_at: Unix seconds, None while it fires."""

    id: int
    rule: str
    title: Mapping[str, str]
    severity: Severity
    stream: str
    thing: str
    t: float
    value: float
    threshold: float
    unit: str
    cleared_at: float | None = None
    acknowledged_at: float | None = None
    ended: str = ""
    """'' while it fires; else cleared or no data."""


@dataclass
class _Watch:
    rule: Rule
    stream: Datastream
    fire: float
    clear: float
    state: RuleState = RuleState.NORMAL
    since: float = 0.0
    alert: Alert | None = None

    def beyond(self, value: float, level: float) -> bool:
        return value <= level if self.rule.below else value >= level


def default_rules() -> tuple[Rule, ...]:
    """The rules of assets/sensors.toml."""
    return tuple(Rule(**entry) for entry in rule_entries())


class Alerts:
    """Looks at every reading; thread-safe. The inbox keeps the newest `most` alerts."""

    def __init__(self, rules: Iterable[Rule] | None = None, most: int = 1000) -> None:
        self.rules = tuple(default_rules() if rules is None else rules)
        self._lock = threading.Lock()
        self._watches: dict[str, list[_Watch]] = {}
        self._inbox: deque[Alert] = deque(maxlen=most)
        self._number = 0
        self.version = 0
        """Grows with every change of the inbox."""

    def watch(self, stream: Datastream) -> None:
        """Look at a datastream from now on; states of a known one are kept."""
        with self._lock:
            known = {w.rule.id: w for w in self._watches.get(stream.id, [])}
            watches = []
            for rule in self.rules:
                levels = rule.levels(stream)
                if levels:
                    old = known.get(rule.id)
                    watches.append(_Watch(rule, stream, *levels) if old is None else old)
                    watches[-1].fire, watches[-1].clear = levels
            self._watches[stream.id] = watches

    def reading(self, stream: str, t: float, value: float, flag: int) -> RuleState:
        """Take a reading into account; the gravest state of its rules. Failed and missing values move nothing."""
        with self._lock:
            watches = self._watches.get(stream, ())
            if flag not in (FAIL, MISSING):
                for w in watches:
                    self._step(w, t, value)
            return self._gravest(watches)[0]

    def _step(self, w: _Watch, t: float, value: float) -> None:
        if w.state is RuleState.FIRING:
            if not w.beyond(value, w.clear):
                self._end(w, t, "cleared")
                w.state = RuleState.NORMAL
        elif not w.beyond(value, w.fire):
            w.state = RuleState.NORMAL
        else:
            if w.state is not RuleState.PENDING:
                w.state, w.since = RuleState.PENDING, t
            if t - w.since >= w.rule.hold_s:
                w.state = RuleState.FIRING
                self._number += 1
                self.version += 1
                r, s = w.rule, w.stream
                w.alert = Alert(self._number, r.id, r.title, r.severity, s.id, s.thing, t, value, w.fire, s.unit)
                self._inbox.append(w.alert)

    def _end(self, w: _Watch, t: float, how: str) -> None:
        if w.alert is not None:
            w.alert.cleared_at, w.alert.ended = t, how
            w.alert = None
            self.version += 1

    def no_data(self, stream: str, now: float) -> None:
        """The datastream is stale: its rules cannot tell."""
        with self._lock:
            for w in self._watches.get(stream, ()):
                if w.state is not RuleState.NO_DATA:
                    self._end(w, now, "no data")
                    w.state = RuleState.NO_DATA

    def state(self, stream: str) -> tuple[RuleState, Severity | None]:
        """Gravest state of a datastream's rules (Firing, Pending, NoData, Normal) and the severity of that rule."""
        with self._lock:
            return self._gravest(self._watches.get(stream, ()))

    @staticmethod
    def _gravest(watches: Iterable[_Watch]) -> tuple[RuleState, Severity | None]:
        order = (RuleState.NORMAL, RuleState.NO_DATA, RuleState.PENDING, RuleState.FIRING)
        best: tuple[RuleState, Severity | None] = (RuleState.NORMAL, None)
        for w in watches:
            key = (order.index(w.state), w.rule.severity == "alert")
            if key > (order.index(best[0]), best[1] == "alert"):
                best = (w.state, w.rule.severity)
        return best

    def inbox(self) -> list[Alert]:
        """Newest first."""
        with self._lock:
            return list(reversed(self._inbox))

    def acknowledge(self, numbers: Iterable[int], now: float) -> int:
        """Mark alerts as seen; how many were new."""
        wanted, done = set(numbers), 0
        with self._lock:
            for alert in self._inbox:
                if alert.id in wanted and alert.acknowledged_at is None:
                    alert.acknowledged_at = now
                    done += 1
            self.version += bool(done)
        return done

    def forget(self) -> None:
        """Back to Normal everywhere with an empty inbox (another feed, a replay moved)."""
        with self._lock:
            self._watches.clear()
            self._inbox.clear()
            self.version += 1
