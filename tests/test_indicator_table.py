"""Every indicator of every model is described in one place: title, unit, meaning, formula, source."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from twin.city.city import City
from twin.city.terrain import Grid
from twin.figures import by_theme, indicator_table, theme_title, themes
from twin.models.base import Inputs, Model, models
from twin.quantities import quantities
from twin.scenario.plan import view
from twin.scenario.world import object_count

STEP_S = 900.0


@pytest.fixture(scope="module")
def city() -> City:
    from twin.city.demo.demo import demo_city

    return demo_city(1.0)


def made_up(model: type[Model], city: City, grid: Grid, at_s: float) -> Inputs:
    inputs = Inputs()
    for need in model.needs:
        q = quantities()[need.quantity]
        shape = grid.shape if q.support == "grid" else (object_count(city, q.support),)
        value = np.random.default_rng(1).random(shape) * q.range[1] * min(1.0, at_s / STEP_S)
        inputs[need.quantity] = value.astype(np.int8 if q.states else np.float32)
        if q.support == "grid":
            inputs.grids[need.quantity] = grid
    return inputs


def told(city: City) -> dict[str, tuple[str, str]]:
    """Model and unit of every indicator that the models of this program give on the demonstration city."""
    x0, y0, x1, y1 = city.bounds
    grid = Grid(x0, y0, 30.0, int((y1 - y0) / 30.0), int((x1 - x0) / 30.0))
    found: dict[str, tuple[str, str]] = {}
    for name, kind in models().items():
        if not kind.__module__.startswith("twin."):
            continue
        for more in ({}, {"casualties": "fd2321"} if name == "impact" else {}):
            model, seen = kind(), view(city, kind.reads)
            state: Any = model.initialize(seen, made_up(kind, city, grid, 0.0), kind.checked(more), 1)
            model.update(state, made_up(kind, city, grid, STEP_S), STEP_S)
            found |= {k: (name, unit) for k, (_, unit) in model.indicators(state).items()}
    return found


def test_that_every_indicator_of_every_model_is_described(city: City) -> None:
    table, given = indicator_table(), told(city)
    assert {"people_affected", "fatalities", "people_without_shelter", "roads_impassable_emergency"} <= set(given)
    assert not [f"{name} of {model}" for name, (model, _) in given.items() if name not in table]
    for name, (_, unit) in given.items():
        said = table[name]["unit"]
        assert said == unit or (said == "money" and len(unit) == 3), name


def test_that_every_description_is_complete() -> None:
    for name, entry in indicator_table().items():
        assert set(entry["title"]) >= {"en", "zh"}, name
        assert entry.get("good") in (None, "less", "more"), name
        for part in ("unit", "meaning", "formula", "source"):
            assert entry[part].strip(), (name, part)
        assert entry["meaning"].endswith("."), name


def test_that_names_with_an_order_have_one_each() -> None:
    order = [e["first"] for n, e in indicator_table().items() if "first" in e and not n.startswith("expected_annual")]
    assert len(set(order)) == len(order)


def test_that_every_indicator_and_quantity_says_what_it_is_about() -> None:
    assert not [name for name, entry in indicator_table().items() if entry.get("theme") not in themes()]
    assert not [name for name, q in quantities().items() if q.theme not in themes()]


def test_that_figures_stand_under_headings_those_wanted_first_before_all_others() -> None:
    names = ("greatest_depth", "power_unserved", "hospitals_down_worst", "of_a_plugin", "people_affected", "direct_loss_low", "fatalities")
    listed = by_theme({n: 0.0 if n == "fatalities" else 1.0 for n in names})
    assert listed[0][0] == ""
    assert listed[0][1] == ["people_affected", "hospitals_down_worst"]
    assert dict(listed)["people"] == ["fatalities"]  # it did not happen
    assert [theme for theme, _ in listed[1:]] == [t for t in [*themes(), "other"] if t in dict(listed[1:])]
    assert dict(listed)["other"] == ["of_a_plugin"]
    assert theme_title("power", "zh") == "供电"
