"""The contract every registered model keeps, whoever wrote it; a new one is tested before anyone writes a test."""

from __future__ import annotations

import re
import threading
import time
from importlib.metadata import entry_points
from typing import Any

import numpy as np
import pytest

from tests.engine_world import SIDE, small_city
from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ScenarioError
from twin.frame import LocalFrame
from twin.models.base import Cancelled, Change, Inputs, Model, models
from twin.quantities import quantities
from twin.scenario.edits import EDITS
from twin.scenario.plan import view
from twin.scenario.world import object_count

NAMES = sorted(p.name for p in entry_points(group="urban_twin.models"))
PARTS = re.compile(r"^(terrain|buildings|people|network:\w+|layer:\w+)$")
STEP_S = 60.0
GRID = Grid(0.0, 0.0, 10.0, 40, 40)
CITIES = {
    "empty": lambda: City("Nowhere", LocalFrame(None)),
    "one building": lambda: small_city(1).derived(terrain=None, networks={}, layers={}, people=None),
    "small": lambda: small_city(),
}


@pytest.fixture(params=NAMES)
def model_type(request: pytest.FixtureRequest) -> type[Model]:
    return models()[request.param]


def inputs_at(model: type[Model], city: City, at_s: float) -> Inputs:
    """What a model needs, made up: values that rise through the range of the quantity and vary in space."""
    inputs = Inputs()
    for need in model.needs:
        q = quantities()[need.quantity]
        shape = GRID.shape if q.support == "grid" else (object_count(city, q.support),)
        spread = np.random.default_rng(1).random(shape)
        value = np.asarray(spread * q.range[1] * min(1.0, at_s / (5 * STEP_S)))
        inputs[need.quantity] = value.astype(np.int8 if q.states else np.float32)
        if q.support == "grid":
            inputs.grids[need.quantity] = GRID
    return inputs


def begun(model_type: type[Model], city: City, seed: int = 5) -> tuple[Model, Any, City]:
    model, seen = model_type(), view(city, model_type.reads)
    return model, model.initialize(seen, inputs_at(model_type, city, 0.0), model_type.defaults(), seed), seen


def advanced(model: Model, state: Any, city: City, first: int, last: int) -> None:
    for step in range(first, last + 1):
        model.update(state, inputs_at(type(model), city, step * STEP_S), step * STEP_S)


def copied(model: Model, state: Any) -> dict[str, Any]:
    return {k: np.array(v) for k, v in model.outputs(state).items()}


def test_that_metadata_is_complete(model_type: type[Model]) -> None:
    for text in (model_type.name, model_type.version, model_type.title, model_type.question):
        assert text.strip()
    assert model_type.question.endswith("?")
    assert model_type.limits, "say what it does not do"
    assert model_type.cite, "name the sources of its formulas"
    assert model_type.gives
    assert model_type.role in ("hazard", "service", "planning", "impact")
    assert all(PARTS.match(part) for part in model_type.reads)


def test_that_every_quantity_and_unit_is_known(model_type: type[Model]) -> None:
    for name in [*model_type.gives, *(n.quantity for n in model_type.needs)]:
        q = quantities()[name]
        assert q.unit
        assert q.title["en"]
        assert q.title["zh"]
        assert q.range[0] < q.range[1]


def test_that_parameters_say_what_they_are_and_refuse_what_they_cannot_be(model_type: type[Model]) -> None:
    names = [p.name for p in model_type.params]
    assert len(set(names)) == len(names)
    for p in model_type.params:
        assert p.title
        assert p.checked(p.default) == p.checked(p.checked(p.default))
        if p.kind in ("number", "integer", "duration"):
            for bad in ("much", float("nan"), float("inf"), None, *([p.low - 1] if p.low is not None else [])):
                with pytest.raises(ScenarioError):
                    p.checked(bad)
        if p.kind == "choice":
            assert p.choices
            with pytest.raises(ScenarioError):
                p.checked("none of these")
    with pytest.raises(ScenarioError):
        model_type.checked({"no such parameter": 1})


@pytest.mark.parametrize("kind", sorted(CITIES))
def test_that_every_city_survives_with_outputs_as_declared(model_type: type[Model], kind: str) -> None:
    city = CITIES[kind]()
    model, state, _ = begun(model_type, city)
    advanced(model, state, city, 1, 2)
    given, grid = model.outputs(state), model.grid(state)
    assert set(given) == set(model_type.gives)
    for name, array in given.items():
        q = quantities()[name]
        assert array.shape == (grid.shape if q.support == "grid" else (object_count(city, q.support),)), name
        assert array.dtype.kind in ("i" if q.states else "f"), name
        if q.support == "grid":
            assert array.dtype == np.float32
        assert not np.isinf(array).any(), name
        if q.states:
            assert ((array >= 0) & (array < len(q.states))).all(), name
    for name, (value, unit) in model.indicators(state).items():
        assert re.fullmatch(r"[a-z][a-z0-9_]*", name), "conditions ask for city.NAME"
        assert np.isfinite(value), name
        assert unit, name
    for level, code, text in model.notices(state):
        assert level in ("info", "warning", "error")
        assert code
        assert text.endswith(".")


def test_that_the_same_seed_gives_the_same_bits(model_type: type[Model]) -> None:
    city, runs = small_city(), []
    for _ in range(2):
        model, state, _ = begun(model_type, city)
        advanced(model, state, city, 1, 5)
        runs.append(copied(model, state))
    for name in model_type.gives:
        assert runs[0][name].tobytes() == runs[1][name].tobytes(), name


def test_that_a_saved_state_goes_on_exactly(model_type: type[Model]) -> None:
    city = small_city()
    model, state, seen = begun(model_type, city)
    advanced(model, state, city, 1, 3)
    before, figures, blob = copied(model, state), model.indicators(state), model.save(state)
    assert isinstance(blob, bytes)
    other = model_type()
    again = other.restore(blob, seen, inputs_at(model_type, city, 3 * STEP_S))
    assert {k: v.tobytes() for k, v in copied(other, again).items()} == {k: v.tobytes() for k, v in before.items()}
    assert other.indicators(again) == figures
    advanced(model, state, city, 4, 6)
    advanced(other, again, city, 4, 6)
    one, two = copied(model, state), copied(other, again)
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}


def test_that_cancel_is_heard_in_under_a_second(model_type: type[Model]) -> None:
    """A model that works for long must call checkpoint; one that ends by itself within a second need not."""
    city = small_city()
    model, state, _ = begun(model_type, city)
    advanced(model, state, city, 1, 1)  # whatever compiles has compiled
    stop, ended = threading.Event(), []

    def checkpoint(fraction: float | None = None) -> None:
        if stop.is_set():
            raise Cancelled

    model.checkpoint = checkpoint

    def work() -> None:
        try:
            for step in range(2, 100_000):
                model.update(state, inputs_at(model_type, city, step * STEP_S), step * STEP_S)
        except Cancelled:
            ended.append(time.monotonic())

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    thread.join(0.3)
    pressed = time.monotonic()
    stop.set()
    thread.join(5.0)
    assert ended, "it never asked checkpoint"
    assert ended[0] - pressed < 1.0


def test_that_outputs_are_not_changed_by_those_who_read_them_twice(model_type: type[Model]) -> None:
    city = small_city()
    model, state, _ = begun(model_type, city)
    advanced(model, state, city, 1, 2)
    one, two = copied(model, state), copied(model, state)
    assert {k: v.tobytes() for k, v in one.items()} == {k: v.tobytes() for k, v in two.items()}


def test_that_changes_accepted_are_taken_and_others_refused(model_type: type[Model]) -> None:
    city = small_city()
    model, state, _ = begun(model_type, city)
    advanced(model, state, city, 1, 1)
    if "close_road" in model_type.accepts:
        model.apply(state, Change(STEP_S, "close_road", ("road/west",), None, EDITS["close_road"].checked({})))
    advanced(model, state, city, 2, 2)
    with pytest.raises(ScenarioError, match="cannot take"):
        model.apply(state, Change(STEP_S, "earthquake"))


def test_that_there_are_models_to_keep_the_contract() -> None:
    assert {"flood", "roads", "impact"} <= set(NAMES)
    assert GRID.columns * GRID.cell_m == SIDE
