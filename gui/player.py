"""The recording being replayed, as the timeline drives it: one clock, one control."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from twin.live.hub import Hub

RATES = (1, 10, 60, 300, 900, 3600, 21600)


class Player(QObject):
    """Play, pause, seek and speed of a hub's recording. `tell` is called by whoever drains the hub."""

    changed = Signal()
    """Another moment, pause, speed, or a recording that came or went."""

    def __init__(self, hub: Hub, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.hub = hub
        self.rate = 60.0
        self.moment = ""
        """The moment shown, in the city's zone."""
        self._was: tuple[Any, ...] = ()

    @property
    def recording(self) -> Any:
        """The recording being played, None while there is none."""
        return getattr(self.hub.feed, "recording", None)

    @property
    def is_paused(self) -> bool:
        return self.hub.clock.paused

    @property
    def span(self) -> tuple[float, float]:
        """First and last moment, Unix seconds."""
        t = self.recording.t
        return float(t[0]), float(t[-1])

    @property
    def fraction(self) -> float:
        start, end = self.span
        return min(max((self.hub.clock.now() - start) / max(end - start, 1e-9), 0.0), 1.0)

    def toggle(self) -> None:
        """Play or pause; at the end: from the beginning."""
        clock = self.hub.clock
        if self.recording is None:
            return
        if clock.paused and clock.now() >= self.span[1]:
            clock.seek(self.span[0])
        (clock.resume if clock.paused else clock.pause)()
        self.tell(self.moment)

    def seek(self, fraction: float) -> None:
        """0 the beginning, 1 the end."""
        if self.recording is not None:
            start, end = self.span
            self.hub.clock.seek(start + (end - start) * min(max(fraction, 0.0), 1.0))

    def step(self, by_s: float) -> None:
        if self.recording is not None:
            start, end = self.span
            self.hub.clock.seek(min(max(self.hub.clock.now() + by_s, start), end))

    def set_rate(self, rate: float) -> None:
        """Seconds of the recording per second, for this and the next."""
        self.rate = float(rate)
        if self.recording is not None:
            self.hub.clock.set_rate(self.rate)

    def tell(self, moment: str) -> None:
        """Say that something changed, if something did."""
        self.moment = moment
        recording = self.recording
        now = (recording, moment, self.is_paused, self.rate, round(self.fraction, 4)) if recording is not None else ()
        if now != self._was:
            self._was = now
            self.changed.emit()
