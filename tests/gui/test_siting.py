"""Best places for stations: asked in a dialog, sought in a worker, put into the scenario as one step."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from gui.siting import SitingDialog
from tests.road_town import town
from twin.results import FrameBuffer
from twin.scenario.events import Field, Frame
from twin.scenario.scenario import Scenario


@pytest.fixture
def planned(window) -> Any:
    """The window with a town of 36 houses, one ambulance station and a flood that has not run."""
    from layers.catalogue import city_layers

    city = town(6, (("ambulance_station", 0.0, 0.0),))
    window.session.set_city(city, ["hand"], city_layers(city))
    scenario = {"schema": 1, "scenario": {"name": "rain", "duration": "PT1H"}, "hazard": [{"id": "f", "model": "flood"}]}
    window.session.add_case(Scenario.model_validate(scenario))
    return window


def asked(window: Any) -> SitingDialog:
    window.do_siting()
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, SitingDialog) and w.isVisible())


def test_that_places_found_are_measures_of_the_scenario_and_go_with_one_undo(qtbot, planned) -> None:
    window, dialog = planned, asked(planned)
    assert not dialog.worst.isEnabled()
    dialog.form.fields["count"].setValue(2)
    dialog.form.fields["target_min"].setValue(2.0)
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.case.scenario.edit) == 2, timeout=30_000)
    edits = window.session.case.scenario.edit
    assert [(e.kind, e.sort) for e in edits] == [("facility", "ambulance_station")] * 2
    assert "2 more ambulance stations" in window.banner.text.text()
    window.session.undo.undo()
    assert all(not c.scenario.edit for c in window.session.cases.values())


def test_that_the_roads_of_the_run_shown_can_count(qtbot, planned) -> None:
    window, case = planned, planned.session.case
    e = window.session.city.networks["roads"].edges
    cut = ((e["start"] % 6 == 2) & (e["end"] % 6 == 3)).to_numpy()
    case.buffer = FrameBuffer()
    case.buffer.feed(Frame(0.0, (Field("road_state_max", "edge:roads", np.where(cut, 2, 0).astype(np.int8), None),)))
    dialog = asked(window)
    assert dialog.worst.isChecked()
    qtbot.mouseClick(dialog.start, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: len(window.session.case.scenario.edit) == 1, timeout=30_000)
    x = float(window.session.case.scenario.edit[0].geometry.split("(")[1].split()[0])
    assert x - 350000.0 >= 600.0  # where the station cannot come
