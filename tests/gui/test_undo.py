"""One thing a person did is one step of undo, and the menu says which."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import shapely

from gui import measures

pytestmark = pytest.mark.timeout(120)


def houses(window: Any) -> Any:
    return next(x for x in window.session.layers if x.id == "buildings")


def put(window: Any, **changes: Any) -> None:
    window.session.set_layer(houses(window), "style", replace(houses(window).style, **changes))


def test_that_one_colour_after_a_ramp_is_undone_to_the_ramp(opened: Any) -> None:
    before = houses(opened).style.kind
    put(opened, kind="graduated", field="height_m", low=0.0, high=30.0)
    put(opened, kind="single")
    opened.actions_["undo"].trigger()
    assert houses(opened).style.kind == "graduated"
    opened.actions_["undo"].trigger()
    assert houses(opened).style.kind == before


def test_that_a_slider_being_moved_is_one_step_and_another_time_is_another(opened: Any) -> None:
    session, layer = opened.session, houses(opened)
    steps = session.undo.count()
    for k in (9, 8, 7):
        session.set_layer(layer, "opacity", k / 10)
    assert session.undo.count() == steps + 1
    session.merge_s = -1.0  # as if time had gone by
    session.set_layer(layer, "opacity", 0.2)
    assert session.undo.count() == steps + 2
    opened.actions_["undo"].trigger()
    assert layer.opacity == 0.7


def test_that_changes_of_different_kinds_do_not_merge(opened: Any) -> None:
    steps = opened.session.undo.count()
    put(opened, color="#112233")
    put(opened, color="#445566")
    put(opened, kind="graduated", field="height_m")
    put(opened, low=1.0)
    put(opened, high=20.0)
    put(opened, palette="batlow")
    assert opened.session.undo.count() == steps + 4


def test_that_the_menu_says_what_is_undone_and_done_again(opened: Any) -> None:
    put(opened, color="#112233")
    assert opened.actions_["undo"].text().replace("&", "") == "Undo: colour of Buildings"
    opened.actions_["undo"].trigger()
    assert opened.actions_["redo"].text().replace("&", "") == "Redo: colour of Buildings"
    assert opened.actions_["undo"].text().replace("&", "") == "Undo"


def test_that_undo_of_the_first_measure_takes_its_branch_away_too(opened: Any) -> None:
    session = opened.session
    base, names = session.current, list(session.cases)
    x0, y0, x1, y1 = session.city.core_bounds
    measures.add(session, "barrier", shapely.LineString([(x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)]))
    branch = session.current
    assert branch != base
    assert len(session.case.scenario.edit) == 1
    opened.actions_["undo"].trigger()
    assert list(session.cases) == names
    assert session.current == base
    opened.actions_["redo"].trigger()
    assert session.current == branch
    assert len(session.case.scenario.edit) == 1
    measures.add(session, "pump", shapely.Point((x0 + x1) / 2, (y0 + y1) / 2))
    opened.actions_["undo"].trigger()
    assert len(session.cases[branch].scenario.edit) == 1
