"""A recording played on the clock, with seek, pause and rate."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np

from twin.errors import TwinError
from twin.frame import LocalFrame
from twin.live.clock import Clock
from twin.live.feeds.feed import Declared, FeedState, Inbox, Mode, Rewound
from twin.live.feeds.recording import Recording
from twin.live.feeds.recordings import open_recording
from twin.live.sensors import Observation

DECLARED = 200
"""Made known at once, so that nobody waits long for the board."""
BACK_S = 24 * 3600.0
"""After a jump the last day before it is delivered first: sparklines, rain sums and the state of the moment."""


class ReplayFeed:
    """recording: read already, or a path to be read in the feed's thread. clock: starts where the recording does (or at
    `at`, Unix seconds); the window's timeline moves it. Nothing is dropped: the feed waits for the hub."""

    mode: Mode = "REPLAY"
    credit = ""

    def __init__(
        self, recording: Recording | Path, frame: LocalFrame | None = None, *, rate: float = 60.0, at: float | None = None
    ) -> None:
        self.name = recording.name if isinstance(recording, Recording) else recording.name
        self.state = FeedState()
        self.recording = recording if isinstance(recording, Recording) else None
        self.clock = Clock(start=0.0, rate=rate)
        self.clock.pause()
        self._path, self._frame, self._at = (None if isinstance(recording, Recording) else recording), frame, at
        self._stop = threading.Event()
        self.ready = threading.Event()
        """Set when the recording is read (or failed to be)."""
        self._thread: threading.Thread | None = None

    def start(self, inbox: Inbox) -> None:
        self._thread = threading.Thread(target=self._run, args=(inbox,), name=f"replay {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        self.clock.wake()
        if self._thread is not None:
            self._thread.join(1.0)
        self.state.phase = "stopped"

    def _run(self, inbox: Inbox) -> None:
        try:
            if self.recording is None and self._path is not None:
                self.recording = open_recording(self._path, self._frame)
                self.name = self.recording.name
        except TwinError as error:
            self.state.phase, self.state.message = "failed", str(error)
            self.ready.set()
            return
        recording = self.recording
        if recording is None or self._stop.is_set():
            return
        self.credit = recording.credit
        for k in range(0, max(len(recording.things), len(recording.streams)), DECLARED):
            part = Declared(recording.things[k : k + DECLARED], recording.streams[k : k + DECLARED])
            inbox.put_waiting(part, self._stop.is_set)
        self.clock.seek(float(recording.t[0]) if self._at is None else self._at)
        self.clock.resume()
        self.ready.set()
        self._play(recording, inbox)

    def _play(self, recording: Recording, inbox: Inbox) -> None:
        t, row, value, ids = recording.t, recording.row, recording.value, [s.id for s in recording.streams]
        moves, due = self.clock.moves, self._start_row(recording)
        while not self._stop.is_set():
            if self.clock.moves != moves:
                moves = self.clock.moves
                inbox.put_waiting(Rewound(), self._stop.is_set)
                due = self._start_row(recording)
            until = int(np.searchsorted(t, self.clock.now(), side="right"))
            for k in range(due, until):
                if not inbox.put_waiting(Observation(ids[row[k]], float(t[k]), float(value[k])), self._stop.is_set):
                    return
                if self.clock.moves != moves:
                    break
                self.state.counters.received += 1
            due = max(due, until)
            if due >= len(t) and self.clock.moves == moves and not self.clock.paused:
                # Past the end nothing would come and everything would look stale.
                self.clock.pause()
                self.state.phase = "ended"
            elif due < len(t):
                self.state.phase = "paused" if self.clock.paused else "playing"
            self.clock.wait_until(float(t[due]) if due < len(t) else np.inf, self._stop.is_set)

    def _start_row(self, recording: Recording) -> int:
        return int(np.searchsorted(recording.t, self.clock.now() - BACK_S, side="left"))
