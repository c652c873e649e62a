"""A hazard from outside brings its form, menu entry, flags, help and report by what it declares: no code of ours knows it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PySide6.QtWidgets import QMenu
from typer.testing import CliRunner

from twin.models import base
from twin.models.base import Array, Model, Param


class Hail(Model):
    """Ice lies as deep as it fell."""

    name = "toy_hail"
    title = "Hail of the toy box"
    question = "How deep does the hail lie?"
    gives = ("water_depth",)
    params = (Param("fall_m", "Depth that falls", 0.4, "m", low=0, high=5, help="In an hour, evenly."),)
    limits = ("Hail does not melt here.",)
    cite = ("A toy.",)

    def initialize(self, city: Any, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> dict[str, Any]:
        from twin.city.terrain import Grid

        x0, y0, _, _ = city.bounds
        grid = Grid(x0, y0, 20.0, 20, 20)
        return {"grid": grid, "fall": params["fall_m"], "depth": np.zeros(grid.shape, np.float32)}

    def update(self, state: dict[str, Any], inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        state["depth"] = np.full(state["grid"].shape, state["fall"] * min(1.0, until_s / 3600.0), np.float32)

    def outputs(self, state: dict[str, Any]) -> dict[str, Array]:
        return {"water_depth": state["depth"]}

    def grid(self, state: dict[str, Any]) -> Any:
        return state["grid"]

    def indicators(self, state: dict[str, Any]) -> dict[str, tuple[float, str]]:
        return {"toy_hail_depth": (float(state["depth"].max()), "m")}

    def save(self, state: dict[str, Any]) -> bytes:
        return json.dumps(state["fall"]).encode()

    def restore(self, blob: bytes, city: Any, inputs: Mapping[str, Array]) -> dict[str, Any]:
        return self.initialize(city, inputs, {"fall_m": json.loads(blob)}, 0)


@pytest.fixture
def hail() -> Iterator[type[Model]]:
    base.models()
    base.register(Hail)
    yield Hail
    del base._REGISTRY["toy_hail"]


def test_that_a_hazard_from_outside_has_a_menu_entry_a_form_and_a_result(qtbot, opened, hail) -> None:
    window = opened
    window._new_menu.aboutToShow.emit()
    entry = next(a for a in window._new_menu.actions() if a.text() == "Hail of the toy box")
    assert entry.toolTip() == "How deep does the hail lie?"
    entry.trigger()
    panel = window.scenario_panel
    field = panel.forms["toy_hail"].fields["fall_m"]
    assert field.suffix().strip() == "m"
    assert "In an hour, evenly." in field.toolTip()
    field.setValue(0.75)
    panel.forms["toy_hail"].changed.emit("fall_m", 0.75)
    window.actions_["run"].trigger()
    qtbot.waitUntil(lambda: window.session.case.result is not None, timeout=60_000)
    result = window.session.case.result
    assert result.indicators["toy_hail_depth"].value == pytest.approx(0.75)
    assert "building_damage" in result.quantities(), "what follows from any depth of water follows from this one"
    report = (result.path / "report.html").read_text("utf-8")
    assert "Hail of the toy box" in report
    assert "Hail does not melt here." in report


def test_that_a_hazard_is_added_to_a_scenario_and_taken_away_again(qtbot, opened, hail) -> None:
    window = opened
    panel, session = window.scenario_panel, window.session
    window.show_dock("scenarios")
    count = len(session.case.scenario.hazard)
    menu: QMenu = panel_menu(panel)
    next(a for a in menu.actions() if a.text() == "Hail of the toy box").trigger()
    assert [h.model for h in session.case.scenario.hazard][count:] == ["toy_hail"]
    assert "toy_hail" in panel.forms
    session.undo.undo()
    assert len(session.case.scenario.hazard) == count
    assert "toy_hail" not in panel.forms


def panel_menu(panel: Any) -> QMenu:
    assert panel.forms
    return panel.add_hazard.menu()


def test_that_a_hazard_from_outside_runs_from_the_command_line(tmp_path: Path, small_city: Path, hail) -> None:
    from twin.cli import app

    scenario = tmp_path / "hail.toml"
    scenario.write_text(
        'schema = 1\n[scenario]\nname = "hail"\nduration = "PT1H"\n[[hazard]]\nid = "ice"\nmodel = "toy_hail"\n'
        '[outputs]\ninterval = "PT30M"\n', "utf-8",
    )  # fmt: skip
    runner = CliRunner()
    done = runner.invoke(
        app, ["run", str(scenario), "--city", str(small_city), "-o", str(tmp_path / "out"), "--set", "toy_hail.fall_m=1.5", "--json"]
    )
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.strip().splitlines()[-1]) if done.stdout.strip().endswith("}") else json.loads(done.stdout)
    assert told["indicators"]["toy_hail_depth"]["value"] == pytest.approx(1.5)
    listed = runner.invoke(app, ["models", "toy_hail"])
    assert "How deep does the hail lie?" in " ".join(listed.output.split())
