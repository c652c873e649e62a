"""Work in the background: a thread computes, a bounded mailbox carries what it says, a timer drains it in the GUI thread.

The timer runs only while jobs do. Cancel answers at once: the job's later words are dropped, and the thread ends at its
next check.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Generator
from typing import Any

from PySide6.QtCore import QObject, QTimer, Signal

DRAIN_MS = 33
BUDGET_S = 0.03
MAILBOX = 24
TELL_S = 0.15


class Stopped(BaseException):
    """Raised inside the work when it has been cancelled (a BaseException, so that `except Exception` lets it pass)."""


class Control:
    """What the work sees of its job; all methods belong to the worker thread."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._room = threading.Condition()
        self._mail: deque[tuple[str, Any]] = deque()

    def check(self) -> None:
        """Raises Stopped once the job was cancelled."""
        if self._stop.is_set():
            raise Stopped

    def progress(self, stage: str, fraction: float = -1.0, remaining_s: float | None = None) -> None:
        """Say how far it is; fraction below 0: unknown. Only the newest is kept."""
        self.check()
        with self._room:
            if self._mail and self._mail[-1][0] == "progress":
                self._mail.pop()
            self._mail.append(("progress", (stage, fraction, remaining_s)))

    def send(self, event: Any) -> None:
        """Hand an event over; waits while the mailbox is full."""
        with self._room:
            while len(self._mail) >= MAILBOX:
                self.check()
                self._room.wait(0.05)
            self._mail.append(("event", event))
        self.check()

    def latest(self, event: Any) -> None:
        """Hand an event over; one of the same type that still waits is dropped for it."""
        self.check()
        with self._room:
            self._mail = deque(m for m in self._mail if m[0] != "event" or type(m[1]) is not type(event))
            self._mail.append(("event", event))

    def _end(self, kind: str, value: Any) -> None:
        with self._room:
            self._mail.append((kind, value))

    def _take(self) -> tuple[str, Any] | None:
        with self._room:
            item = self._mail.popleft() if self._mail else None
            self._room.notify()
        return item


class Job(QObject):
    """One piece of work; signals are emitted in the GUI thread. `ended` is always the last, whatever happened."""

    progressed = Signal(str, float, object)
    event = Signal(object)
    done = Signal(object)
    failed = Signal(object)
    cancelled = Signal()
    ended = Signal()

    def __init__(self, title: str, work: Callable[[Control], Any], parent: QObject, quiet: bool = False) -> None:
        super().__init__(parent)
        self.title, self.quiet = title, quiet
        self.started_at = time.monotonic()
        self.stage, self.fraction, self.remaining_s = "", -1.0, None
        self.is_over, self._told_at = False, 0.0
        self._control = Control()
        self._thread = threading.Thread(target=self._work, args=(work,), name=f"job {title}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def cancel(self) -> None:
        """Answers at once; nothing more is heard of the job."""
        if self.is_over:
            return
        self._control._stop.set()
        self.is_over = True
        self.cancelled.emit()
        self.ended.emit()

    @property
    def elapsed_s(self) -> float:
        return time.monotonic() - self.started_at

    def _work(self, work: Callable[[Control], Any]) -> None:
        control = self._control
        try:
            control._end("done", work(control))
        except Stopped:
            pass
        except Exception as error:  # handed to the GUI thread, which shows it
            control._end("failed", error)

    def _drain(self, until: float) -> None:
        while not self.is_over and time.monotonic() < until:
            item = self._control._take()
            if item is None:
                return
            kind, value = item
            if kind == "progress":
                self.stage, self.fraction, self.remaining_s = value
                if time.monotonic() - self._told_at > TELL_S:  # each word on the screen costs a composition of the window
                    self._told_at = time.monotonic()
                    self.progressed.emit(*value)
            elif kind == "event":
                self.event.emit(value)
            else:
                self.is_over = True
                (self.done if kind == "done" else self.failed).emit(value)
                self.ended.emit()


class Steps(Job):
    """Work that belongs to the GUI thread (drawing) in pieces short enough for the window to live between them.

    pieces: a generator of how much is done (0 to 1, below 0 where that is unknown); what it returns is the result. It is closed
    when the job is cancelled.
    """

    def __init__(self, title: str, pieces: Generator[float, None, Any], parent: QObject) -> None:
        super().__init__(title, lambda _: None, parent)
        self._pieces = pieces

    def start(self) -> None:
        """The first piece is done when the window has time."""

    def cancel(self) -> None:
        self._pieces.close()
        super().cancel()

    def _drain(self, until: float) -> None:
        if self.is_over:
            return
        try:
            self.fraction = next(self._pieces)
        except StopIteration as end:
            self._over(self.done, end.value)
        except Exception as error:  # told like that of a worker
            self._over(self.failed, error)
        else:
            some = self.fraction > 0.02
            self.remaining_s = self.elapsed_s * (1 - self.fraction) / self.fraction if some else None
            self.progressed.emit(self.stage, self.fraction, self.remaining_s)

    def _over(self, signal: Any, value: Any) -> None:
        self.is_over = True
        signal.emit(value)
        self.ended.emit()


class Jobs(QObject):
    """All running jobs of a window."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.running: list[Job] = []
        self._is_closed = False
        self._threads: list[threading.Thread] = []
        self._timer = QTimer(self)
        self._timer.setInterval(DRAIN_MS)
        self._timer.timeout.connect(self._drain)

    def start(
        self,
        title: str,
        work: Callable[[Control], Any],
        *,
        quiet: bool = False,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
        event: Callable[[Any], None] | None = None,
    ) -> Job:
        """Run work(control) in a thread. done, failed and event are called in the GUI thread. quiet: not shown as a job. Once all are
        closed nothing begins any more: whoever starts again when a job ends would never come to an end."""
        job = Job(title, work, self, quiet)
        if self._is_closed:
            job.is_over = True
            return job
        if done:
            job.done.connect(done)
        if failed:
            job.failed.connect(failed)
        if event:
            job.event.connect(event)
        self.running.append(job)
        self._threads = [t for t in self._threads if t.is_alive()] + [job._thread]
        job.start()
        self._timer.start()
        self.changed.emit()
        return job

    def steps(
        self,
        title: str,
        pieces: Generator[float, None, Any],
        *,
        done: Callable[[Any], None] | None = None,
        failed: Callable[[Exception], None] | None = None,
    ) -> Steps:
        """Go through a generator in the GUI thread, one piece after each turn of the window's events."""
        job = Steps(title, pieces, self)
        if self._is_closed:
            job.is_over = True
            return job
        if done:
            job.done.connect(done)
        if failed:
            job.failed.connect(failed)
        self.running.append(job)
        self._timer.start()
        self.changed.emit()
        return job

    @property
    def shown(self) -> list[Job]:
        """Jobs a person wants to know of."""
        return [j for j in self.running if not j.quiet and not j.is_over]

    def _drain(self) -> None:
        until = time.monotonic() + BUDGET_S
        for job in list(self.running):
            job._drain(until)
        over = [j for j in self.running if j.is_over]
        for job in over:
            self.running.remove(job)
            job.deleteLater()
        if not self.running:
            self._timer.stop()
        if over:
            self.changed.emit()

    def close(self, wait_s: float = 5.0) -> bool:
        """Cancel everything and wait for the threads; whether all have ended."""
        self._is_closed = True
        for job in list(self.running):
            job.cancel()
        self.running.clear()
        self._timer.stop()
        until = time.monotonic() + wait_s
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(t.is_alive() for t in self._threads)
