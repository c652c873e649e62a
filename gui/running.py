"""Running a scenario in a worker, its water into the view while it runs, its result kept; comparing two results."""

from __future__ import annotations

import re
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QObject, QTimer, Signal

from gui.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control, Job
    from gui.session import Case, Session
    from layers.layer import Layer
    from twin.city.city import City
    from twin.results import RunResult
    from twin.scenario.scenario import Scenario

LEAST_S = 0.2
RESULT = "result:"
DIFFERENCE = "difference"
MOST_PREPARED = 60_000
"""Buildings of a city whose first run is prepared; more would keep a core busy for too long unasked."""
SOON_MS, LATER_MS = 300, 1500
"""After a change its preview begins, and after a preview its refining, when nothing more is changed meanwhile."""


class Runs(QObject):
    """Starts, follows and ends runs; one at a time."""

    started = Signal(str)
    ended = Signal(str, bool)
    compared = Signal(object, str, str)
    """Comparison, name of the baseline, name of the other."""

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self.session = session
        self.frame_s: Callable[[], float] = lambda: 0.0
        """How long the view takes to draw: while a run goes on it gets a third of the time at most."""
        self._shown_at = 0.0
        self._fields: list[Any] = []
        """Layers of grids whose next picture the worker makes."""
        self.job: Job | None = None
        self._case: Case | None = None
        self._before: tuple[Any, Any, bool, str, float, list[Any]] = (None, None, False, "", 0.0, [])
        """Buffer, result, partial, ran, coarse_m and told of the case before it ran."""
        self.haste = ""
        """Of the run that goes on, or was last."""
        self._shown: tuple[object, tuple[str, ...]] = (None, ())
        self._seen: dict[str, dict[str, bool]] = {}
        """By scenario, which of its layers were visible when they were last there."""
        self._seen_of = ""
        self._building: Job | None = None
        self._preparing: Job | None = None
        self.is_live = False
        """Each change is previewed and then refined."""
        self._soon, self._later = QTimer(self), QTimer(self)
        for timer, ms, haste in ((self._soon, SOON_MS, "preview"), (self._later, LATER_MS, "refine")):
            timer.setSingleShot(True)
            timer.setInterval(ms)
            timer.timeout.connect(lambda h=haste: self._hasten(h))
        session.store_changed.connect(self._show_store)
        session.cases_changed.connect(self._cancel_lost)
        session.case_edited.connect(self._edited)

    @property
    def is_running(self) -> bool:
        return self.job is not None and not self.job.is_over

    @property
    def is_busy(self) -> bool:
        """Whether a run goes on that somebody asked for; a preview or its refining gives way."""
        return self.is_running and not self.haste

    def set_live(self, on: bool) -> None:
        """Preview each change of a scenario on coarse cells, and refine it when nothing more comes."""
        self.is_live = on
        self._edited(self.session.current)
        if not on and self.haste:
            self.cancel()

    def _edited(self, name: str) -> None:
        case = self.session.cases.get(name)
        if not self.is_live or case is None or self.is_busy or case.ran == self.session.digest(case):
            return
        self.cancel()
        self._later.stop()
        self._soon.start()

    def _hasten(self, haste: str) -> None:
        case = self.session.case
        if self.is_live and case is not None and not self.is_running and (haste == "preview" or case.coarse_m > 0):
            self.run(case.name, haste)

    def run(self, name: str, haste: str = "") -> None:
        """Run a scenario of the session; the view follows it.

        haste: "preview" on coarse cells, for an answer in seconds; "refine" after it, the full run, of which nothing is shown before it
        is complete.
        """
        session = self.session
        self._soon.stop()
        self._later.stop()
        if self.is_busy or session.city is None or name not in session.cases:
            return
        self.cancel()
        if self._preparing is not None:
            self._preparing.cancel()
        from twin.results import FrameBuffer

        case, city = session.cases[name], session.city
        self._before = case.buffer, case.result, case.partial, case.ran, case.coarse_m, case.told
        self.haste, buffer = haste, FrameBuffer()
        self._case = case
        scenario, out = case.scenario.model_copy(deep=True), None if haste == "preview" else new_run_folder(name)
        if haste != "refine":
            case.buffer, case.result, case.partial, case.coarse_m, case.told = buffer, None, True, 0.0, []
            self._shown = (None, ())
            session.set_current(name)
            session.replace_layers(DIFFERENCE, [])
        if haste == "preview":
            from twin.scenario.haste import preview_of

            scenario, case.coarse_m = preview_of(city, scenario)
        case.ran = session.digest(case)

        def work(control: Control) -> Any:
            from twin.scenario.engine import run
            from twin.scenario.events import Finished, Frame, Happened, Notice, Progress

            last = None
            events = run(city, scenario, out)
            try:
                for event in events:
                    control.check()
                    if isinstance(event, Progress):
                        control.progress(event.stage, event.fraction, event.remaining_s)
                    elif isinstance(event, Frame):
                        if haste == "refine":
                            continue
                        buffer.feed(event)
                        if self._is_time():
                            for layer in self._fields:
                                layer.foresee()
                        control.latest(event)
                    elif isinstance(event, Happened):
                        if haste != "refine":
                            control.send(event)
                    elif isinstance(event, (Notice, Finished)):
                        last = event
                        control.send(event)
            finally:
                events.close()
            return last

        titles = {"preview": tr("Preview of {name}", name=name), "refine": tr("Refining {name}", name=name)}
        title = titles.get(haste, tr("Running {name}", name=name))
        self.job = session.jobs.start(title, work, event=self._event, done=self._done, failed=self._failed)
        self.job.ended.connect(self._ended)
        self.started.emit(name)
        session.cases_changed.emit()

    def prepare(self) -> None:
        """Find out now, while nothing else goes on, what the first run of the scenario shown would begin with."""
        session, case = self.session, self.session.case
        city = session.city
        if city is None or case is None or self.is_running or len(city.buildings) > MOST_PREPARED:
            return
        if self._preparing is not None:  # of the city before
            self._preparing.cancel()
        scenario = case.scenario.model_copy(deep=True)

        def work(control: Control) -> None:
            from twin.scenario.engine import prepare

            prepare(city, scenario, control.check)

        def ended() -> None:
            self._preparing = None

        self._preparing = session.jobs.start(tr("Getting ready"), work, quiet=True, failed=session.notices.trouble)
        self._preparing.ended.connect(ended)

    def cancel(self) -> None:
        if self.job is not None:
            self.job.cancel()

    def _cancel_lost(self) -> None:
        """Undo took away the scenario that runs."""
        if self._case is not None and all(c is not self._case for c in self.session.cases.values()):
            self.cancel()

    def show_result(self, folder: Path | str) -> None:
        """Open a result folder; its scenario joins the tree."""

        def work(control: Control) -> Any:
            from twin.results import open_result

            control.progress(tr("Reading result"))
            return open_result(Path(folder))

        self.session.jobs.start(tr("Opening {name}", name=Path(folder).name), work, done=self._opened, failed=self.session.notices.trouble)

    def compare(self, base: str, other: str) -> None:
        """Indicators and differences of two scenarios that have results; a difference layer of the water."""
        cases = self.session.cases
        a, b = cases[base].result, cases[other].result
        if a is None or b is None:
            return

        def work(control: Control) -> Any:
            from twin.scenario.compare import compare

            control.progress(tr("Comparing"))
            return compare(a, b)

        def done(comparison: Any) -> None:
            self.compared.emit(comparison, base, other)

        self.session.jobs.start(tr("Comparing {a} and {b}", a=base, b=other), work, done=done, failed=self.session.notices.trouble)

    def show_difference(self, comparison: Any, quantity: str) -> None:
        """Lay the difference of a quantity over the city; the water itself steps back."""
        session = self.session
        city = session.city
        assert city is not None

        def work(control: Control) -> Layer:
            from layers.difference import difference_layer

            return difference_layer(city, comparison, quantity)

        def done(layer: Layer) -> None:
            for water in session.layers:
                if water.id.startswith(RESULT) and "water" in water.id:
                    water.visible = False
            session.replace_layers(DIFFERENCE, [layer])

        session.jobs.start(tr("Difference"), work, quiet=True, done=done, failed=session.notices.trouble)

    # while it runs
    def _is_time(self) -> bool:
        """Whether the view has time for another moment of the run."""
        return time.monotonic() - self._shown_at > max(LEAST_S, 3 * self.frame_s())

    def _event(self, event: Any) -> None:
        from twin.scenario.events import Finished, Frame, Happened, Notice

        session = self.session
        if isinstance(event, Frame):
            if session.case is self._case and self._is_time():
                self._shown_at = time.monotonic()
                session.store_changed.emit()
        elif isinstance(event, Happened):
            if self._case is not None:
                self._case.told = [*([] if event.afresh else self._case.told), *event.happenings]
                session.told_changed.emit()
        elif isinstance(event, Notice):
            if event.level == "error":
                session.notices.tell("error", event.text)
            else:
                session.notices.log(event.level, event.text)
        elif isinstance(event, Finished) and not event.ok:
            session.notices.tell("error", event.message)

    def _done(self, last: Any) -> None:
        case = self._case
        ok = bool(last is not None and getattr(last, "ok", False))
        if case is not None and ok and self.haste == "preview":
            case.partial = False
        elif case is not None and ok:
            case.partial, case.coarse_m = False, 0.0
            case.result = last.result
            self.session.is_dirty = True
            if self.session.case is case:
                self._shown = (None, ())
                self.session.store_changed.emit()

    def _failed(self, error: Exception) -> None:
        self.session.notices.trouble(error, tr("While running {name}", name=self._case.name if self._case else ""))

    def _ended(self) -> None:
        case, self._case, self.job = self._case, None, None
        if case is None:
            return
        name, haste = case.name, self.haste
        ok = case.result is not None or (haste == "preview" and not case.partial)
        if self.session.cases.get(name) is not case:
            return
        nothing = case.buffer is not None and not case.buffer.times
        if not ok and (nothing or haste or self._before[1] is not None):  # a complete result is more than a part of a new one
            case.buffer, case.result, case.partial, case.ran, case.coarse_m, case.told = self._before
        self.session.store_changed.emit()  # the last frame may have been skipped
        self.session.cases_changed.emit()
        self.ended.emit(name, ok)
        if ok and haste == "preview" and self.is_live:
            self._later.start()
        if ok and haste != "preview":
            base = self.session.base_of(name)
            if base and self.session.cases[name].scenario.scenario.parent:
                self.compare(base, name)

    # what is shown
    def forget_layers(self) -> None:
        """The layers of results go with those of the city, and are made anew when the store is told of next."""
        self._shown = (None, ())

    def _show_store(self) -> None:
        """Result layers for the store of the scenario shown; made anew only when its quantities are others."""
        session = self.session
        store = session.store
        names = tuple(store.quantities()) if store is not None else ()
        if store is None or not names:
            self._shown = (None, ())
            if any(x.id.startswith(RESULT) for x in session.layers):
                self._remember_seen()
                session.replace_layers(RESULT, [])
            return
        if self._shown == (store, names) or self._building is not None:
            return
        self._shown = (store, names)
        city = session.city
        assert city is not None

        def work(control: Control) -> list[Layer]:
            from layers.results import result_layers

            layers = result_layers(city, store)
            for layer in layers:
                if not layer.id.startswith(RESULT):
                    layer.id = RESULT + layer.id
                if layer.visible:
                    layer.draw()  # the bed below the water and the like are made here, not in the GUI thread
            return layers

        def done(layers: list[Layer]) -> None:
            if session.store is store and session.city is city:
                self._fields = [x for x in layers if hasattr(x, "foresee")]
                name, there = session.current, self._remember_seen()
                # Another scenario shows what it showed last; one with the same layers (a variant) those seen now.
                is_same = name == self._seen_of or there == {x.id for x in layers}
                session.replace_layers(RESULT, layers, None if there and is_same else self._seen.get(name, {}))
                self._seen_of = name

        def ended() -> None:
            self._building = None
            self._show_store()  # what came in the meantime

        self._building = session.jobs.start(tr("Result layers"), work, quiet=True, done=done, failed=session.notices.trouble)
        self._building.ended.connect(ended)

    def _remember_seen(self) -> set[str]:
        """Keep which layers of results are visible; the ids of those that are there."""
        there = {x.id: x.visible for x in self.session.layers if x.id.startswith(RESULT)}
        if there and self._seen_of:
            self._seen[self._seen_of] = there
        return set(there)

    def _opened(self, result: RunResult) -> None:
        session = self.session
        scenario = result.scenario
        if session.city is None:
            session.notices.tell("warning", tr("Open the city of this result first, then the result again."))
            return
        case = session.add_case(scenario.model_copy(deep=True))
        case.result, case.ran = result, session.digest(case)
        session.cases_changed.emit()
        session.store_changed.emit()


def new_run_folder(name: str) -> Path:
    """A folder for a result that does not exist yet."""
    from twin.folders import data_dir

    word = re.sub(r"[^\w-]+", "-", name, flags=re.UNICODE).strip("-")[:40] or "run"
    folder = data_dir() / "runs"
    folder.mkdir(parents=True, exist_ok=True)
    stem = f"{datetime.now():%Y%m%d-%H%M%S}-{word}"
    path, n = folder / stem, 2
    while path.exists():
        path, n = folder / f"{stem}-{n}", n + 1
    return path


def ready_for(what: list[str], city: City | None) -> dict[str, Path]:
    """The ready scenarios of what is open: the demonstration city's own, or those for its place."""
    from twin.scenario.scenario import ready_at

    if what and what[0].startswith("demo"):
        return ready_at()
    if city is None or not city.frame.has_map:
        return {}
    x0, y0, x1, y1 = city.core_bounds
    lon, lat = city.frame.to_lonlat((x0 + x1) / 2, (y0 + y1) / 2)
    return ready_at((float(lon), float(lat)))


def first_scenarios(what: list[str], city: City | None) -> list[Scenario]:
    """What is ready for this city, the baseline first: its own scenarios, and a cloudburst where none of them is one."""
    from twin.scenario.scenario import load_scenario

    ready = [load_scenario(path) for path in ready_for(what, city).values()]
    roots = [s for s in ready if not s.scenario.parent]
    roots.sort(key=lambda s: "cloudburst" not in s.scenario.name)
    if not roots or "cloudburst" not in roots[0].scenario.name:
        roots.insert(0, cloudburst())
    # Measures drawn for the city of full size lie outside a smaller one.
    is_whole = not what or not what[0].startswith("demo") or what[0] == "demo"
    return roots + ([s for s in ready if s.scenario.parent] if is_whole else [])


def cloudburst() -> Scenario:
    """A cloudburst with the defaults of the flood model."""
    from twin.models.base import model_named
    from twin.scenario.scenario import Hazard, Head, Scenario

    model_named("flood")
    head = Head(name=tr("Cloudburst"), question=tr("Where does the water stand after a cloudburst?"), duration=7200.0)
    return Scenario(schema=1, scenario=head, hazard=[Hazard(id="rain", model="flood")])
