"""Micropolis as one city on one clock: its grid connection fails, and power, pumps, tower and people follow."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.infrarisk_city import micropolis
from twin.city.city import City
from twin.city.dependencies import dependencies_of
from twin.happenings import Story, chain
from twin.models.exposure import people_by_hour
from twin.scenario.criticality import ranking
from twin.scenario.engine import run
from twin.scenario.events import Finished, Frame, Happened
from twin.scenario.scenario import Hazard, Head, Outputs, Scenario


@pytest.fixture(scope="module")
def city(data: Path, tmp_path_factory: pytest.TempPathFactory) -> City:
    return micropolis(data, tmp_path_factory.mktemp("micropolis"))


@pytest.fixture(scope="module")
def day(city: City) -> tuple[Story, Finished, dict[str, Any], City]:
    """A day without the grid connection."""
    nodes = city.networks["power"].nodes
    grid = ",".join(nodes.loc[nodes["kind"] == "grid", "id"])
    scenario = Scenario(
        schema=1, scenario=Head(name="dark", duration=86400.0, coupling=900.0),
        hazard=[Hazard(id="dark", model="failure", params={"objects": grid, "begin": 0.0})], outputs=Outputs(interval=3600.0),
    )  # fmt: skip
    told, fields, end = [], {}, None
    for event in run(city, scenario, use_cache=False):
        if isinstance(event, Happened):
            told += event.happenings
        elif isinstance(event, Frame) and event.kept:
            fields = {f.quantity: f.array for f in event.fields}
        elif isinstance(event, Finished):
            end = event
    assert end is not None
    assert end.ok, end.message
    return Story(told), end, fields, city


def test_that_its_own_table_says_which_pump_hangs_on_which_motor(city: City) -> None:
    table, wrong, is_assumed = dependencies_of(city)
    assert (len(table), wrong, is_assumed) == (8, [], False)
    assert set(table["provider"]) == {"bus/P_B705L"}  # where all three motors stand
    assert set(table["input"]) == {"power"}


def test_that_eight_pumps_stop_when_the_grid_is_lost(day: tuple[Story, Finished, dict[str, Any], City]) -> None:
    story, _, fields, city = day
    stopped = {h.object for h in story.happenings if h.what == "stopped-power"}
    assert len(stopped) == 8
    pumps = city.networks["water"].edges["kind"] == "pump"
    assert int((fields["water_edge_power"] < 0.5).sum()) == 8 == int(pumps.sum())


def test_that_the_tower_carries_the_water_for_hours_and_the_reason_is_told_to_its_root(
    day: tuple[Story, Finished, dict[str, Any], City],
) -> None:
    """The tower serves all at 6 h (published) and is empty at 8 h; EPANET with the same pumps closed says the same (test_infrarisk)."""
    story, end, fields, city = day
    empty = [h for h in story.happenings if h.what == "tank-empty"]
    assert empty
    assert 6 * 3600 < empty[0].at_s < 9 * 3600
    cause = story.why(empty[0].object, empty[0].at_s)
    assert cause is not None
    assert "is put out of order at 00:00" in chain(cause, {})
    everybody = float(people_by_hour(city)[0][18].sum(dtype=float))  # the clock stands at 18 h again
    assert end.indicators["people_without_power"].value == pytest.approx(everybody, rel=0.01)


def test_that_the_grid_connection_is_its_weakest_point(city: City) -> None:
    found = ranking(city, [i for i, k in enumerate(city.networks["power"].nodes["kind"]) if k in ("grid", "motor")][:4], hours=6)
    assert found[0].kinds == ("grid",)
    assert found[0].by_service["power"] > 0
