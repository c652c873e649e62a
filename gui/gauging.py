"""Places where water is watched over time: a list with undo, and what the results shown tell of them, read in a worker."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, Signal

from gui.i18n import language, mark, tr

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.session import Session
    from twin.gauges import Discharge, Gauge
    from twin.results import FieldStore

MOST = 8
KIND = "gauge"
"""Of the entries among the measurements of a project."""
WHY = {
    "dry": mark("stays dry"),
    "building": mark("in a building: water is computed outside only"),
    "walls": mark("in a building: the depth is that at its walls"),
    "water": mark("in a river or lake that is kept at its level"),
    "outside": mark("outside the area computed"),
    "unknown": mark("nothing is computed here"),
    "unread": mark("the result cannot be read"),
}
WAYS = (
    mark("north"),
    mark("north-east"),
    mark("east"),
    mark("south-east"),
    mark("south"),
    mark("south-west"),
    mark("west"),
    mark("north-west"),
)


def way_of(x: float, y: float) -> str:
    """Point of the compass that a vector shows to, in the language of now."""
    import math

    return tr(WAYS[round(math.degrees(math.atan2(x, y)) / 45.0) % 8])


@dataclass(frozen=True)
class Place:
    """slot: of its colour and letter; x, y: local metres."""

    slot: int
    x: float
    y: float

    @property
    def letter(self) -> str:
        return "ABCDEFGH"[self.slot]


@dataclass(frozen=True, eq=False)
class _Read:
    """What was read, of which store, and how far that had come then."""

    store: FieldStore
    until: tuple[int, float]
    value: Any


def _reach(store: FieldStore) -> tuple[int, float]:
    """How far a store has come: number and last of its moments (a glimpse between two outputs goes when the next comes)."""
    times = store.times
    return len(times), float(times[-1]) if times else -1.0


class Gauges(QObject):
    """Places, the line of the section, and what is known of them in two scenarios. `add` and `remove` can be undone."""

    changed = Signal()
    """Other places, or other scenarios to show."""
    added = Signal(object)
    read = Signal()
    """More is known."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.places: list[Place] = []
        self.line: Any = None
        """(N, 2) of the section whose discharge is asked for."""
        self.chosen: str | None = None
        """Scenario to compare with: a name, '' none; None: the one it is a variant of."""
        self._found: dict[tuple[str, Any], _Read] = {}
        self._job: Job | None = None
        self._of: Any = None
        for signal in (session.store_changed, session.current_changed, session.cases_changed):
            signal.connect(self._follow)
        session.city_changed.connect(self._city_changed)
        language.changed.connect(self._follow)

    # scenarios
    def others(self) -> list[str]:
        """Scenarios that the one shown can be compared with."""
        return [n for n, c in self.session.cases.items() if n != self.session.current and c.store is not None and len(c.store.times) > 1]

    @property
    def against(self) -> str:
        """The scenario compared with now; '' none."""
        there = self.others()
        if self.chosen is None:
            base = self.session.base_of(self.session.current) if self.session.current else ""
            return base if base in there else ""
        return self.chosen if self.chosen in there else ""

    def compare_with(self, name: str | None) -> None:
        self.chosen = name
        self._follow()

    @property
    def shown(self) -> list[str]:
        """Names of the scenarios whose curves are drawn, the present one first."""
        current = self.session.current
        return [n for n in dict.fromkeys((current, self.against)) if n in self.session.cases]

    @property
    def has_water(self) -> bool:
        """Whether there is a flood to ask about."""
        store = self.session.store
        return store is not None and "water_depth" in store.quantities()

    # places
    def add(self, x: float, y: float) -> Place | None:
        """Watch another place; None where there are as many as can be told from each other."""
        taken = {p.slot for p in self.places}
        slot = next((k for k in range(MOST) if k not in taken), None)
        if slot is None:
            return None
        place = Place(slot, float(x), float(y))
        self._change(tr("water over time at {place}", place=place.letter), [*self.places, place])
        self.added.emit(place)
        return place

    def remove(self, gone: list[Place]) -> None:
        if gone:
            what = ", ".join(p.letter for p in gone)
            self._change(tr("remove place {what}", what=what), [p for p in self.places if p not in gone])

    def _change(self, text: str, after: list[Place]) -> None:
        self.session.change(text, self._put, self.places, after)

    def _put(self, places: list[Place]) -> None:
        self.places = list(places)
        self._show()
        self._follow()

    def _show(self) -> None:
        """Pins in step with the list."""
        session = self.session
        if session.city is None or (not self.places and session.layer("gauges") is None):
            return
        from layers.gauges import GaugeLayer
        from layers.ground import Ground

        places = [(p.slot, p.x, p.y) for p in self.places]
        session.replace_layers("gauges", [GaugeLayer(places, Ground.of(session.city))] if places else [])

    def _city_changed(self) -> None:
        """Places stay in a city that was mended."""
        city, was = self.session.city, self._of
        same = city is not None and was is not None and city.frame == was.frame and city.name == was.name
        self._of = city
        self._found.clear()
        if self._job is not None:
            self._job.cancel()
            self._job = None
        if not same:
            self.places, self.line, self.chosen = [], None, None
        self._show()
        self._follow()

    def watch_line(self, line: Any) -> None:
        """The line (N, 2) whose discharge is asked for; None: no more."""
        self.line = line
        self._found = {k: v for k, v in self._found.items() if isinstance(k[1], Place)}
        self._follow()

    # what is known
    def at(self, name: str, place: Place) -> Gauge | None:
        """Of a place in a scenario; None: not read yet, or there is nothing."""
        kept = self._known(name, place)
        return None if kept is None else kept.value

    def through(self, name: str) -> Discharge | None:
        """Through the line in a scenario."""
        kept = self._known(name, "line")
        return None if kept is None else kept.value

    def _known(self, name: str, what: Any) -> _Read | None:
        kept, case = self._found.get((name, what)), self.session.cases.get(name)
        return kept if kept is not None and case is not None and case.store is kept.store else None

    @property
    def is_reading(self) -> bool:
        return self._job is not None

    def _missing(self) -> list[tuple[str, Any, FieldStore]]:
        wanted: list[tuple[str, Any, FieldStore]] = []
        for name in self.shown:
            store = self.session.cases[name].store
            if store is None or "water_depth" not in store.quantities():
                continue
            for what in [*self.places, *(["line"] if self.line is not None else [])]:
                kept = self._known(name, what)
                if kept is None or kept.until != _reach(store):
                    wanted.append((name, what, store))
        return wanted

    def _follow(self, *_: Any) -> None:
        """Read what is not known yet, in a worker; one at a time."""
        self.changed.emit()
        city, line, wanted = self.session.city, self.line, self._missing()
        if city is None or not wanted or self._job is not None:
            return

        def work(control: Control) -> None:
            import numpy as np

            from twin.errors import TwinError
            from twin.gauges import Gauge, discharge, gauge

            for name, what, store in wanted:
                until = _reach(store)
                try:
                    value: Any = (
                        discharge(store, line, control.check)
                        if what == "line"
                        else gauge(city, store, what.x, what.y, control.check)
                    )
                except TwinError:
                    if what == "line":
                        raise
                    value = Gauge(np.empty(0), np.empty(0), np.empty(0), why="unread")
                control.send((name, what, _Read(store, until, value)))

        def take(found: Any) -> None:
            name, what, kept = found
            if self.session.city is city and (what != "line" or self.line is line):
                self._found[name, what] = kept
                self.read.emit()

        def failed(error: Exception) -> None:
            for name, what, store in wanted:
                if self._known(name, what) is None:
                    self._found[name, what] = _Read(store, _reach(store), None)
            self.session.notices.trouble(error)

        def ended() -> None:
            if self._job is job:
                self._job = None
                self._follow()  # what came in the meantime

        job = self._job = self.session.jobs.start(tr("Water over time"), work, quiet=True, event=take, failed=failed)
        job.ended.connect(ended)

    # kept with a project
    def state(self) -> list[dict[str, Any]]:
        """Places as a project keeps them, in the city's CRS."""
        city, kept = self.session.city, []
        for place in self.places if city is not None else ():
            assert city is not None
            east, north = city.frame.to_crs(place.x, place.y)
            points = [[round(float(east), 3), round(float(north), 3), 0.0]]
            kept.append({"kind": KIND, "number": place.slot + 1, "points": points, "options": {}})
        return kept

    def restore(self, kept: list[dict[str, Any]]) -> None:
        """Take places over from a project; what cannot be understood is left out."""
        city = self.session.city
        if city is None:
            return
        places: dict[int, Place] = {}
        for entry in kept:
            try:
                if entry["kind"] == KIND and 1 <= int(entry["number"]) <= MOST:
                    x, y = city.frame.to_local(float(entry["points"][0][0]), float(entry["points"][0][1]))
                    places[int(entry["number"]) - 1] = Place(int(entry["number"]) - 1, float(x), float(y))
            except (KeyError, TypeError, ValueError, IndexError):
                continue
        if places:
            self._put([places[k] for k in sorted(places)])
