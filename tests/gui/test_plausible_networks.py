"""Plausible networks in the window: made at a click, said, seen, undone."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.timeout(120)
LAYERS = {"network-power", "network-power-nodes", "network-water", "network-water-nodes", "masts"}


def shown(window: Any) -> set[str]:
    return {x.id for x in window.session.layers if x.visible}


@pytest.fixture
def said(opened: Any) -> list[str]:
    """What the window said, sentence by sentence."""
    heard: list[str] = []
    opened.notices.told.connect(lambda level, text, *_: heard.append(text))
    return heard


@pytest.fixture
def made(qtbot: Any, opened: Any, said: list[str]) -> Any:
    opened.actions_["plausible"].trigger()
    qtbot.waitUntil(lambda: "power" in opened.session.city.networks and not opened.jobs.shown, timeout=30_000)
    return opened


def test_that_networks_are_made_shown_and_said_not_to_be_surveyed(made: Any, said: list[str]) -> None:
    assert set(made.session.city.networks) >= {"power", "water"}
    assert shown(made) >= LAYERS
    assert "not surveyed" in made.session.city.attribution
    assert any("Made up from streets and buildings, not surveyed: a power network" in text for text in said)


def test_that_it_is_one_step_of_undo_and_comes_back_the_same(qtbot: Any, made: Any) -> None:
    first = made.session.city.content_hash
    assert made.actions_["undo"].text().replace("&", "") == "Undo: plausible networks"
    made.actions_["undo"].trigger()
    qtbot.waitUntil(lambda: "power" not in made.session.city.networks, timeout=30_000)
    made.actions_["redo"].trigger()
    qtbot.waitUntil(lambda: "power" in made.session.city.networks and not made.jobs.shown, timeout=30_000)
    assert made.session.city.content_hash == first


def test_that_a_second_time_nothing_is_made_and_that_is_said(qtbot: Any, made: Any, said: list[str]) -> None:
    city, steps = made.session.city, made.session.undo.count()
    made.actions_["plausible"].trigger()
    qtbot.waitUntil(lambda: any("nothing was made up" in t for t in said) and not made.jobs.shown, timeout=30_000)
    assert made.session.city is city
    assert made.session.undo.count() == steps


def test_that_without_a_city_there_is_nothing_to_make(window: Any) -> None:
    assert not window.actions_["plausible"].isEnabled()


def test_that_a_project_brings_them_back(qtbot: Any, made: Any, tmp_path: Any) -> None:
    first, path = made.session.city.content_hash, tmp_path / "work.twin"
    with qtbot.waitSignal(made.projects.saved, timeout=20_000):
        made.projects.save(path)
    made.do_new()
    made.open([str(path)])
    qtbot.waitUntil(lambda: made.session.city is not None and bool(made.session.cases), timeout=30_000)
    assert made.session.city.content_hash == first
    assert "not surveyed" in made.session.city.attribution
    qtbot.waitUntil(lambda: not made.jobs.running, timeout=20_000)
