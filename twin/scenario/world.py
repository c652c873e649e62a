"""The models of a run in step: who hands what to whom, and what a change in the middle does to them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ModelError, ScenarioError, TwinError
from twin.models.base import Array, Cancelled, Change, Happening, Inputs
from twin.quantities import quantity
from twin.scenario.cache import Cache, Played, Running, Taped
from twin.scenario.edits import EDITS
from twin.scenario.events import Field
from twin.scenario.plan import Unit, view

Tick = Callable[[int, float | None], None]
"""tick(number of the unit, share of its present work done); raises Cancelled."""


class World:
    """States of all models of a run at one moment. Everything here runs in one thread."""

    def __init__(self, city: City, units: Sequence[Unit], tick: Tick, cache: Cache | None = None) -> None:
        self.city, self.units, self.at_s = city, units, 0.0
        self.models: list[Running] = [
            u.model() if cache is None else cache.running(units, i, city) for i, u in enumerate(units)
        ]
        self._states: list[Any] = []
        self._given: list[dict[str, Array]] = []
        self._grids: list[Grid | None] = []
        self._told = [0] * len(units)
        self._givers: dict[str, list[int]] = {}
        for i, unit in enumerate(units):
            for name in unit.model.gives:
                self._givers.setdefault(name, []).append(i)
        for i, unit in enumerate(units):
            self.models[i].checkpoint = _checkpoint(tick, i)
            tick(i, 0.0)
            with _named(unit), self._or_end():
                state = self.models[i].initialize(view(city, unit.model.reads), self._inputs(unit), unit.params, unit.seed)
                self._states.append(state)
                self._grids.append(self.models[i].grid(state))
                self._given.append(self.models[i].outputs(state))
                self._check(i)

    @contextmanager
    def _or_end(self) -> Iterator[None]:
        try:
            yield
        except BaseException:
            self.end(False)
            raise

    def end(self, went_well: bool) -> None:
        """What was taped is kept for the next run, or dropped."""
        for model in self.models:
            if isinstance(model, Taped | Played):
                (model.keep if went_well else model.drop)()

    def step(self, until_s: float) -> None:
        """Every model, in order, up to until_s."""
        for i, unit in enumerate(self.units):
            self.models[i].checkpoint(0.0)
            with _named(unit):
                self.models[i].update(self._states[i], self._inputs(unit), until_s)
                self._given[i] = self.models[i].outputs(self._states[i])
        self.at_s = until_s

    def fields(self, only: set[str] | None = None) -> tuple[Field, ...]:
        """Read-only copies of everything given now. only: of the series, keep just these (maxima are always there)."""
        found = []
        for name in self._givers:
            q = quantity(name)
            if only and q.kind == "series" and name not in only:
                continue
            value = self._value(name)
            if value is None:
                continue
            array = value.copy()
            array.flags.writeable = False
            found.append(Field(name, q.support, array, self._grid_of(name) if q.support == "grid" else None))
        return tuple(found)

    def indicators(self) -> dict[str, tuple[float, str]]:
        """City-wide figures of all models now."""
        return {k: v for model, state in zip(self.models, self._states) for k, v in model.indicators(state).items()}

    def notices(self) -> list[tuple[str, str, str]]:
        return [n for model, state in zip(self.models, self._states) for n in model.notices(state)]

    def happenings(self) -> list[Happening]:
        """What befell objects since the last call, oldest first."""
        new = list[Happening]()
        for i, state in enumerate(self._states):
            told = self.models[i].happenings(state)
            new += told[self._told[i] :]
            self._told[i] = len(told)
        return sorted(new, key=lambda h: h.at_s)

    def apply(self, change: Change) -> list[str]:
        """Hand a change to the models it concerns. Returns the titles of those that cannot take it while they run: where
        there are any nothing has been done and the run has to start again with the change in place."""
        kind = EDITS.get(change.kind)
        able = [change.kind in u.model.accepts for u in self.units]
        reads = [kind is not None and any(part in u.model.reads for part in kind.touches) for u in self.units]
        concerned = [i for i in range(len(self.units)) if able[i] or reads[i]]
        stuck = [self.units[i].model.title for i in concerned if not able[i]]
        if stuck:
            return stuck
        if kind is not None:
            change = Change(change.at_s, change.kind, change.objects, change.geometry, kind.checked(change.values or {}), change.id)
        for i in concerned:
            with _named(self.units[i]):
                self.models[i].apply(self._states[i], change)
                self._given[i] = self.models[i].outputs(self._states[i])
        return []

    def _inputs(self, unit: Unit) -> Inputs:
        """What a unit needs, as far as it is there; in a feedback loop what was given one step before."""
        inputs = Inputs()
        for need in unit.model.needs:
            value = self._value(need.quantity)
            if value is not None:
                inputs[need.quantity] = value
                grid = self._grid_of(need.quantity)
                if grid is not None:
                    inputs.grids[need.quantity] = grid
        return inputs

    def _grid_of(self, name: str) -> Grid | None:
        return next((self._grids[i] for i in self._givers.get(name, []) if i < len(self._grids)), None)

    def _value(self, name: str) -> NDArray[Any] | None:
        values = [self._given[i][name] for i in self._givers.get(name, []) if i < len(self._given)]
        if len(values) < 2:
            return values[0] if values else None
        if any(v.shape != values[0].shape for v in values):
            raise ModelError(f"The models that give '{name}' work on different grids", do="Give them the same cell size.")
        if quantity(name).combine == "sum":
            return np.asarray(np.add.reduce(values))
        return np.asarray(np.fmax.reduce(values))

    def _check(self, i: int) -> None:
        """Outputs as declared, each of the size of its support."""
        model, given = self.units[i].model, self._given[i]
        if set(given) != set(model.gives):
            raise ModelError(f"It gives {sorted(given)} and declares {sorted(model.gives)}")
        for name, array in given.items():
            support, grid = quantity(name).support, self._grids[i]
            shape = (grid.shape if grid is not None else None) if support == "grid" else (object_count(self.city, support),)
            if array.shape != shape:
                raise ModelError(f"'{name}' has the shape {array.shape} and should have {shape}")


def object_count(city: City, support: str) -> int:
    """Objects that a support runs over."""
    if support == "building":
        return len(city.buildings)
    if support == "city":
        return 1
    if support == "assets":
        from twin.city.assets import SUPPORTS

        return sum(object_count(city, s) for s in SUPPORTS)
    part, _, name = support.partition(":")
    if part in ("edge", "node"):
        network = city.networks.get(name)
        return 0 if network is None else len(network.edges if part == "edge" else network.nodes)
    layer = city.layers.get({"zone": "zones", "sensor": "sensors"}.get(support, support))
    return 0 if layer is None else len(layer)


def _checkpoint(tick: Tick, i: int) -> Callable[[float | None], None]:
    def checkpoint(fraction: float | None = None) -> None:
        tick(i, fraction)

    return checkpoint


class _named:
    """Says which model an error comes from; what is no TwinError becomes a ModelError that keeps its cause."""

    def __init__(self, unit: Unit) -> None:
        self._title = unit.model.title

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if error is None or isinstance(error, Cancelled) or not isinstance(error, Exception):
            return
        if isinstance(error, MemoryError):
            raise ModelError("There is not enough memory", where=self._title, do="Choose larger cells or a smaller area.") from error
        if isinstance(error, ScenarioError | ModelError):
            raise type(error)(error.what, where=error.where or self._title, do=error.do) from error
        if not isinstance(error, TwinError):
            what = f"The model made a mistake: {type(error).__name__}: {error}"
            raise ModelError(what, where=self._title, do="This is our fault, not yours.") from error
