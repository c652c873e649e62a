"""The sun over the view: a moment of the city's time, its light at once, its shadows as soon as a worker has cast them."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, tzinfo
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.scene.scene import Scene
    from gui.session import Session
    from twin.sun import SunDay

PLAY_MS, MINUTES_A_SECOND, MOST_MINUTES = 50, 80.0, 30
"""A day passes in 18 seconds, by fewer and longer steps where pictures take long."""
MOVED_M = 600.0
"""Shadows of a large city are cast anew once the eye has moved so far; they reach 1,500 m."""


class Daylight(QObject):
    """Of one window. when: None is the light a city is first seen in, an afternoon without a date."""

    changed = Signal()
    """Another moment, shadows on or off, play or pause."""

    def __init__(self, session: Session, scene: Callable[[], Scene | None]) -> None:
        super().__init__(session)
        self.session, self._scene = session, scene
        self.when: datetime | None = None
        self.has_shadows, self.follows_clock = True, False
        self._job: Job | None = None
        self._wanted, self._ticked = False, 0.0
        self._what: list[str] = []
        self._standing: tuple[Any, Any, Any] = (None, None, None)
        self._cast_at: tuple[float, float] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PLAY_MS)
        self._timer.timeout.connect(self._tick)
        session.city_changed.connect(self._another_city)
        for signal in (session.time_changed, session.current_changed, session.store_changed):
            signal.connect(self._clock_moved)

    # the moment
    @property
    def zone(self) -> tzinfo:
        """Of the city."""
        return self.session.city.frame.zone if self.session.city is not None else UTC

    @property
    def moment(self) -> datetime:
        """The moment shown; this afternoon where there is none yet."""
        return self.when or datetime.now(self.zone).replace(hour=15, minute=0, second=0, microsecond=0)

    @property
    def clock(self) -> datetime | None:
        """The scenario's moment, None where it has no start."""
        case = self.session.case
        start = case.scenario.scenario.start if case is not None else None
        if start is None:
            return None
        start = start if start.tzinfo is not None else start.replace(tzinfo=UTC)
        return (start + timedelta(seconds=self.session.time_s)).astimezone(self.zone)

    def set(self, when: datetime | None, by_person: bool = True) -> None:
        """Show a moment (in the city's zone); None: the light of the beginning."""
        if when == self.when:
            return
        self.when = when
        if by_person:
            self.follows_clock = self.follows_clock and when == self.clock
            self.session.is_dirty = True
        self._shine()
        self.changed.emit()

    def set_minute(self, minute: int) -> None:
        """Another time of the day shown."""
        at = self.moment
        self.set(datetime(at.year, at.month, at.day, tzinfo=self.zone) + timedelta(minutes=minute))

    def set_day(self, day: date) -> None:
        at = self.moment
        self.set(at.replace(year=day.year, month=day.month, day=day.day))

    def set_shadows(self, on: bool) -> None:
        if on != self.has_shadows:
            self.has_shadows = on
            self.session.is_dirty = True
            self.refresh()
            self.changed.emit()

    def follow_clock(self, on: bool) -> None:
        """Let the scenario's clock move the sun."""
        self.follows_clock = on
        if on:
            self._timer.stop()
            self._clock_moved()
        self.changed.emit()

    def _clock_moved(self, *_: Any) -> None:
        at = self.clock
        if self.follows_clock and at is not None:
            self.set(at, by_person=False)

    # a day
    @property
    def is_playing(self) -> bool:
        return self._timer.isActive()

    def play(self, on: bool) -> None:
        """Let the day pass."""
        if on == self.is_playing:
            return
        if on:
            self.follows_clock, self._ticked = False, time.monotonic()
            self._timer.start()
        else:
            self._timer.stop()
        self.changed.emit()

    def _tick(self) -> None:
        at = self.moment
        day = datetime(at.year, at.month, at.day, tzinfo=self.zone)
        now = time.monotonic()
        step = min(max(1, round((now - self._ticked) * MINUTES_A_SECOND)), MOST_MINUTES)
        self._ticked = now
        self.set_minute((int((at - day).total_seconds() // 60) + step) % 1440)

    def day(self) -> SunDay | None:
        """Sunrise, noon and sunset of the day shown; None without a city on the map."""
        from twin.city.suns import place_of
        from twin.sun import sun_day

        city = self.session.city
        if city is None:
            return None
        longitude, latitude = place_of(city, self.moment)
        return sun_day(longitude, latitude, self.moment.date(), self.zone)

    # into the view
    def _shine(self) -> None:
        from layers.light import Light
        from layers.sunlight import light_of

        city, scene = self.session.city, self._scene()
        if city is None or scene is None:
            return
        scene.put_light(Light() if self.when is None else light_of(city, self.when))
        self.refresh()

    def refresh(self) -> None:
        """Cast shadows for the light of now, in a worker; what comes while it works is done next."""
        city, scene = self.session.city, self._scene()
        if city is None or scene is None:
            return
        if not self.has_shadows:
            if scene.lighting.shadows is not None:
                scene.put_shadows(None, None)
            return
        if self._job is not None:
            self._wanted = True
            return
        self._wanted = False
        ground, light, lamps = scene.ground, scene.lighting.light, scene.has_lamps
        x, y = (float(v) for v in scene.camera.eye.position[:2])
        around = None if city.buildings.tiles is None else (x, y)
        key = (id(city), self._near(around))

        def work(_: Control) -> Any:
            from gui.scene.scene import shadows_for
            from layers.light import standing

            if self._standing[0] != key:
                self._standing = (key, city, standing(city, ground, around))
            on = self._standing[2]
            return (None, None) if on is None else shadows_for(city, ground, light, (x, y), on, lamps)

        def done(made: Any) -> None:
            now = self._scene()
            if now is not None and self.session.city is city and self.has_shadows:
                now.put_shadows(*made)

        self._cast_at = around
        self._job = self.session.jobs.start(tr("Shadows"), work, quiet=True, done=done, failed=self.session.notices.trouble)
        self._job.ended.connect(self._ended)

    def _near(self, around: tuple[float, float] | None) -> tuple[int, int] | None:
        """The same for places between which shadows need not be cast anew."""
        return None if around is None else (round(around[0] / MOVED_M), round(around[1] / MOVED_M))

    def _ended(self) -> None:
        self._job = None
        if self._wanted:
            self.refresh()

    def moved(self) -> None:
        """The eye is elsewhere: a large city gets the shadows of its neighbourhood."""
        city, scene = self.session.city, self._scene()
        if city is None or scene is None or city.buildings.tiles is None or not self.has_shadows:
            return
        x, y = (float(v) for v in scene.camera.eye.position[:2])
        if self._near(self._cast_at) != self._near((x, y)):
            self.refresh()

    def _another_city(self) -> None:
        """Before the view takes it: another city begins in plain light, one that was mended keeps its sun."""
        from layers.light import Light

        self._timer.stop()
        self._cast_at, self._standing = None, (None, None, None)
        if self.session.what != self._what:
            self._what = list(self.session.what)
            self.when, self.follows_clock = None, False
            scene = self._scene()
            if scene is not None:
                scene.lighting.set(Light(), None)
        self.changed.emit()

    def settle(self) -> None:
        """The view has a city: give it what its own worker has not."""
        city = self.session.city
        if city is None:
            return
        if self.when is not None:
            self._shine()
        elif city.buildings.tiles is not None or not self.has_shadows:
            self.refresh()

    # kept in projects
    def state(self) -> dict[str, Any]:
        """For a project: what was set."""
        out: dict[str, Any] = {"shadows": self.has_shadows}
        if self.when is not None:
            out["when"] = self.when.isoformat(timespec="minutes")
        return out | ({"clock": True} if self.follows_clock else {})

    def restore(self, state: dict[str, Any]) -> None:
        """What `state` gave; what cannot be understood is left."""
        self.has_shadows = bool(state.get("shadows", True))
        self.follows_clock = bool(state.get("clock", False))
        try:
            when = datetime.fromisoformat(str(state["when"])) if "when" in state else None
        except ValueError:
            when = None
        if when is not None:
            when = when.astimezone(self.zone) if when.tzinfo is not None else when.replace(tzinfo=self.zone)
        self.set(when, by_person=False)
        self.refresh()
        self.changed.emit()
