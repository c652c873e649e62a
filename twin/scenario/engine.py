"""run(city, scenario, out): the one iterator of events that command line, window, tests and remote workers consume."""

from __future__ import annotations

import logging
import queue
import threading
import time
import uuid
from collections.abc import Callable, Generator
from contextlib import suppress
from pathlib import Path

import numpy as np

from twin.city.city import City
from twin.errors import TwinError
from twin.models.base import Cancelled, Happening
from twin.scenario.cache import Cache
from twin.scenario.edits import apply_change
from twin.scenario.events import Event, Finished, Frame, Happened, Indicator, Notice, Progress, Started
from twin.scenario.plan import Due, Plan, make_plan
from twin.scenario.record import Recorder, check_target
from twin.scenario.scenario import Scenario
from twin.scenario.world import World

PREVIEW_S = 0.7
"""Wall time after which a preview frame is shown between two outputs."""
PROGRESS_S = 0.2
MOST_HAPPENINGS = 200_000
_log = logging.getLogger("twin.engine")


def run(city: City, scenario: Scenario, out: Path | None = None, use_cache: bool = True) -> Generator[Event, None, None]:
    """Run a scenario. Models compute in a thread of their own, so that every next() answers within about 0.2 s.

    Events: Started first, exactly one Finished last; Frame at time 0, at each output interval and at the end, between
    them previews (`kept` false) when an interval takes long. out: result folder to write, beside its name first; an
    earlier result there is replaced when the new one is complete. Without it nothing is written and
    Finished.result is None. use_cache: a model that computed the same before is not run again (see twin.scenario.cache);
    benches turn it off. Closing the generator cancels; what was begun on disk is removed.

    Raises ScenarioError or StorageError before the first event where the scenario cannot be run on this city or out is
    taken. What fails later ends in Finished(ok=False) with a plain sentence.
    """
    plan = make_plan(city, scenario)
    job = _Job(plan, None if out is None else check_target(Path(out)), use_cache)
    thread = threading.Thread(target=job.work, name="twin-run", daemon=True)
    thread.start()
    try:
        yield Started(job.id, tuple(u.model.name for u in plan.units), scenario.scenario.duration)
        said = 0.0
        while True:
            event: Event | None
            try:
                event = job.events.get(timeout=PROGRESS_S / 2)
            except queue.Empty:
                event = None
            if time.monotonic() - said > PROGRESS_S and not isinstance(event, Finished):
                said = time.monotonic()
                yield job.progress()
            if event is not None:
                yield event
                if isinstance(event, Finished):
                    return
    finally:
        job.cancelled.set()
        # A model that hears Cancel late ends by itself; whoever closes does not wait for it.
        thread.join(0.9)


def prepare(city: City, scenario: Scenario, check: Callable[[], None]) -> None:
    """Let every model of a scenario take one second, for what it finds out once about a city and keeps, and for the loading of compiled
    code: the first run then starts as soon as a later one. check: called between; what it raises ends it. What a run would say of the
    scenario is left to the run."""
    with suppress(TwinError):
        plan = make_plan(city, scenario)
        World(plan.city, plan.units, lambda unit, fraction: check()).step(1.0)


class _Again(Exception):
    """The run starts again from time 0 on a city that has a change in it."""


class _Job:
    """What the computing thread does, and the queue that it fills."""

    def __init__(self, plan: Plan, target: Path | None, use_cache: bool) -> None:
        self.plan, self.target, self.id, self._use_cache = plan, target, uuid.uuid4().hex[:12], use_cache
        self.events: queue.Queue[Event] = queue.Queue(maxsize=8)
        self.cancelled = threading.Event()
        self._began = time.monotonic()
        self._ready_at: float | None = None
        self._stage, self._at_s, self._until_s, self._unit, self._part = "Setting up", 0.0, 0.0, 0, 0.0
        self._said: set[tuple[str, str]] = set()
        self._notices: list[Notice] = []
        self._happened: list[Happening] = []
        self._city, self._folded = plan.city, set[str]()
        self._shown = 0.0

    def progress(self) -> Progress:
        """Safe to call from the reading thread."""
        if self._ready_at is None:
            return Progress(self._stage, 0.0, 0.0, None)
        share = (self._unit + self._part) / len(self.plan.units)
        done = min(1.0, (self._at_s + (self._until_s - self._at_s) * share) / self.plan.scenario.scenario.duration)
        spent = time.monotonic() - self._ready_at
        return Progress(self._stage, done, self._at_s, spent / done * (1 - done) if done > 0.02 and spent > 1.0 else None)

    def work(self) -> None:
        recorder: Recorder | None = None
        try:
            if self.target is not None:
                recorder = Recorder(self.target, self.plan, self.id)
            for level, code, text in self.plan.notices:
                self._notice(level, code, text)
            while True:
                try:
                    world = self._play(recorder)
                    break
                except _Again:
                    continue
            self._finish(world, recorder)
        except Cancelled:
            pass
        except TwinError as error:
            self._end(Finished(False, str(error)))
        except MemoryError:
            self._end(Finished(False, "There is not enough memory for this run. Choose larger cells or a smaller area."))
        except Exception as error:
            _log.exception("run %s failed", self.id)
            self._end(Finished(False, f"The run failed by our fault: {type(error).__name__}: {error}."))
        finally:
            if recorder is not None:
                recorder.discard()

    def _play(self, recorder: Recorder | None) -> World:
        """One pass from 0 to the end."""
        head, outputs = self.plan.scenario.scenario, self.plan.scenario.outputs
        self._ready_at, self._at_s, self._until_s = None, 0.0, 0.0
        if recorder is not None:
            recorder.begin(self._city)
        if self._happened:
            self._happened = []
            self._put(Happened((), afresh=True))
        waiting = [d for d in self.plan.due if d.trigger.id not in self._folded]
        timed = [d.change for d in waiting if d.condition is None]
        moments = _moments(head.duration, head.coupling, outputs.interval, [c.at_s for c in timed])
        # What a condition will do is not known beforehand, so its runs are not kept.
        cache = Cache(moments, timed) if self._use_cache and len(timed) == len(waiting) else None
        world = World(self._city, self.plan.units, self._tick, cache)
        try:
            self._steps(world, waiting, moments, recorder)
        except BaseException:
            world.end(False)
            raise
        world.end(True)
        return world

    def _steps(self, world: World, waiting: list[Due], moments: list[float], recorder: Recorder | None) -> None:
        head, outputs = self.plan.scenario.scenario, self.plan.scenario.outputs
        waiting = self._changes(world, waiting)
        self._tell(world)
        self._keep(world, recorder)
        self._ready_at = time.monotonic()
        for until_s in moments:
            self._until_s = until_s
            world.step(until_s)
            self._at_s = until_s
            waiting = self._changes(world, waiting)
            for notice in world.notices():
                self._notice(*notice)
            self._tell(world)
            if _is_multiple(until_s, outputs.interval) or until_s >= head.duration:
                self._keep(world, recorder)
            elif time.monotonic() - self._shown > PREVIEW_S and self.events.empty():
                self._put(Frame(until_s, world.fields(set(outputs.quantities)), False))
                self._shown = time.monotonic()

    def _changes(self, world: World, waiting: list[Due]) -> list[Due]:
        """Do what is due now; returns what still waits. Raises _Again where a model has to start again."""
        now = [d for d in waiting if d.condition is None and d.change.at_s <= world.at_s + 1e-9]
        if any(d.condition is not None for d in waiting):
            fields = {f.quantity: f for f in world.fields()}
            figures = {k: v for k, (v, _) in world.indicators().items()}
            now += [d for d in waiting if d.condition is not None and d.condition.holds(fields, figures)]
        for due in now:
            stuck = world.apply(due.change)
            when = f"at {world.at_s:g} s" + (f" ({due.condition.text})" if due.condition else "")
            if stuck:
                self._city = apply_change(self._city, due.change)
                self._folded.add(due.trigger.id)
                self._notice(
                    "warning", f"restart-{due.trigger.id}",
                    f"Trigger '{due.trigger.id}' came {when}, but {' and '.join(stuck)} cannot take '{due.change.kind}' while running: "
                    "the run starts again with it in place from the beginning.",
                )
                raise _Again
            self._notice("info", f"trigger-{due.trigger.id}", f"Trigger '{due.trigger.id}' came {when}: {due.change.kind}.")
        return [d for d in waiting if d not in now]

    def _tell(self, world: World) -> None:
        new = world.happenings()
        room = MOST_HAPPENINGS - len(self._happened)
        if new and room > 0:
            self._happened += new[:room]
            self._put(Happened(tuple(new[:room])))
        if len(new) > room:
            text = f"More than {MOST_HAPPENINGS:,} things happened; the list of what befell whom ends at {world.at_s / 3600:.1f} h."
            self._notice("warning", "happenings-full", text)

    def _keep(self, world: World, recorder: Recorder | None) -> None:
        fields = world.fields(set(self.plan.scenario.outputs.quantities))
        for field in fields:
            if field.array.dtype.kind == "f" and np.isinf(field.array).any():
                self._notice("warning", f"infinite-{field.quantity}", f"'{field.quantity}' has infinite values.")
        self._put(Frame(world.at_s, fields))  # first, so that nobody who looks waits for the disk
        self._shown = time.monotonic()
        if recorder is not None:
            recorder.add(world.at_s, fields, world.indicators())

    def _finish(self, world: World, recorder: Recorder | None) -> None:
        for notice in world.notices():
            self._notice(*notice)
        figures = {k: Indicator(float(v), unit) for k, (v, unit) in world.indicators().items()}
        for name in self.plan.scenario.outputs.indicators:
            if name not in figures:
                self._notice("warning", f"indicator-{name}", f"No model of this run has the indicator '{name}'.")
        result = None
        if recorder is not None:
            self._stage = "Writing the result"
            spent = time.monotonic() - self._began
            result = recorder.finish(world.city, figures, self._notices, self._happened, spent, lambda: self._tick(0, None))
        self._end(Finished(True, f"Finished in {time.monotonic() - self._began:.1f} s.", result, figures))

    def _tick(self, unit: int, fraction: float | None) -> None:
        if self.cancelled.is_set():
            raise Cancelled
        self._unit = unit
        if fraction is not None:
            self._part = min(1.0, max(0.0, fraction))
        if self._ready_at is None:
            self._stage = f"{self.plan.units[unit].model.title}: setting up"
        elif fraction is not None:
            self._stage = self.plan.units[unit].model.title

    def _notice(self, level: str, code: str, text: str) -> None:
        if (code, text) not in self._said:
            self._said.add((code, text))
            self._notices.append(Notice(level, code, text))
            self._put(self._notices[-1])

    def _put(self, event: Event) -> None:
        while True:
            if self.cancelled.is_set():
                raise Cancelled
            try:
                self.events.put(event, timeout=0.1)
                return
            except queue.Full:
                continue

    def _end(self, event: Finished) -> None:
        try:
            self._put(event)
        except Cancelled:
            pass


def _is_multiple(value: float, step: float) -> bool:
    return abs(value / step - round(value / step)) * step < 1e-6


def _moments(duration: float, coupling: float, interval: float, timed: list[float]) -> list[float]:
    """Every multiple of the coupling and the output interval, every timed change, and the end; none at 0, none twice."""
    steps = [np.arange(1, int(duration / step + 1e-9) + 1) * step for step in (coupling, interval)]
    every = np.unique(np.round(np.concatenate([*steps, [t for t in timed if 0 < t < duration], [duration]]), 6))
    return [float(t) for t in every]
