"""One clock for everything live: the time of day, or a recording's time at any rate."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable


class Clock:
    """Unix seconds UTC. A real clock follows the computer's; a replay clock starts at `start` and runs at `rate`, and can
    be paused and moved. Thread-safe; `wait_until` wakes on every change.

    seconds: what measures the passing of time (tests give their own).
    """

    def __init__(self, start: float | None = None, rate: float = 1.0, seconds: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._wall = seconds, time.time
        self._changed = threading.Condition()
        self.replay = start is not None
        self._anchor, self._since, self._rate = start or 0.0, seconds(), self._checked(rate)
        self._paused = False
        self.moves = 0
        """How many times it was moved; a replay that sees a new number starts again from there."""

    @staticmethod
    def _checked(rate: float) -> float:
        if not 0.0 < rate <= 1e6:
            raise ValueError("the rate of a clock lies between 0 and a million")
        return float(rate)

    def now(self) -> float:
        """The moment shown, Unix seconds."""
        with self._changed:
            return self._now()

    def _now(self) -> float:
        if not self.replay:
            return self._wall()
        return self._anchor if self._paused else self._anchor + (self._seconds() - self._since) * self._rate

    @property
    def rate(self) -> float:
        return self._rate

    @property
    def paused(self) -> bool:
        return self._paused

    def _reset(self, at: float) -> None:
        self._anchor, self._since = at, self._seconds()
        self._changed.notify_all()

    def set_rate(self, rate: float) -> None:
        """Seconds of the recording per second; 0 < rate <= 1e6, else ValueError. A real clock stays at 1."""
        rate = self._checked(rate)
        with self._changed:
            if self.replay:
                at = self._now()
                self._rate = rate
                self._reset(at)

    def pause(self) -> None:
        with self._changed:
            if self.replay and not self._paused:
                at, self._paused = self._now(), True
                self._reset(at)

    def resume(self) -> None:
        with self._changed:
            if self._paused:
                self._paused = False
                self._reset(self._anchor)

    def seek(self, at: float) -> None:
        """Move a replay clock to a moment; a real clock stays."""
        with self._changed:
            if self.replay:
                self.moves += 1
                self._reset(float(at))

    def wake(self) -> None:
        """Let every `wait_until` look again (a feed is told to stop)."""
        with self._changed:
            self._changed.notify_all()

    def wait_until(self, at: float, given_up: Callable[[], bool], longest_s: float = 0.5) -> bool:
        """Wait until `at` is reached (True); or `given_up()`, a change of the clock, or longest_s real seconds (False)."""
        with self._changed:
            if given_up():
                return False
            left = at - self._now()
            if left <= 0:
                return True
            self._changed.wait(longest_s if self._paused else min(left / (self._rate if self.replay else 1.0), longest_s))
            return not given_up() and self._now() >= at
