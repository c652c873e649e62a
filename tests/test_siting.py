"""Where more stations should stand: the best of all choices in a small town, the roads of a run, what cannot be."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from tests.road_town import town
from twin.cli import app
from twin.errors import ScenarioError
from twin.scenario.scenario import Edit, Hazard, Head, Scenario
from twin.scenario.siting import IN_TIME, SOON, best_sites, told

BLOCK_S, TURNOUT_S = 20.0, 60.0
STATION = (("ambulance_station", 0.0, 0.0),)
STEPS = np.abs(np.subtract.outer(np.arange(36) % 6, np.arange(36) % 6)) + np.abs(np.subtract.outer(np.arange(36) // 6, np.arange(36) // 6))
SECONDS = TURNOUT_S + BLOCK_S * STEPS
"""From each junction to each."""


def nights(hour: int = 2) -> np.ndarray:
    city = town(6, STATION)
    assert city.people is not None
    return np.asarray(city.people[hour], float)


def row_of(xy: np.ndarray) -> list[int]:
    return [int(round(x / 200) + 6 * round(y / 200)) for x, y in xy]


def test_that_two_more_stations_reach_as_many_in_time_as_the_best_of_all_pairs() -> None:
    people, limit = nights(), TURNOUT_S + 2 * BLOCK_S
    found = best_sites(town(6, STATION), {"count": 2, "goal": IN_TIME, "target_min": limit / 60, "hour": 2})

    def reached(sites: Any) -> float:
        return float(people[SECONDS[[0, *sites]].min(0) <= limit].sum() / people.sum())

    best = max(reached(pair) for pair in itertools.combinations(range(1, 36), 2))
    assert found.in_time == (pytest.approx(reached([])), pytest.approx(best))
    assert reached(row_of(found.xy)) == pytest.approx(best)
    assert found.gap == pytest.approx(0.0, abs=1e-9)
    first = [reached([r]) for r in row_of(found.xy)]
    assert first[0] >= first[1]  # the most useful comes first


def test_that_the_least_mean_time_is_that_of_the_best_of_all_places() -> None:
    people = nights()
    found = best_sites(town(6, STATION), {"count": 1, "goal": SOON, "hour": 2})
    mean = [float((people * np.minimum(SECONDS[0], SECONDS[r])).sum()) for r in range(1, 36)]
    assert row_of(found.xy)[0] - 1 == int(np.argmin(mean)) or mean[row_of(found.xy)[0] - 1] == pytest.approx(min(mean))


def test_that_people_cut_off_by_the_roads_of_a_run_get_the_station() -> None:
    city = town(6, STATION)
    e = city.networks["roads"].edges
    cut = ((e["start"] % 6 == 2) & (e["end"] % 6 == 3)).to_numpy()  # all streets between west and east
    roads = {"road_state": np.where(cut, 2, 0).astype(np.int8), "road_speed_factor": np.where(cut, 0.0, 1.0).astype(np.float32)}
    found = best_sites(city, {"count": 1, "goal": SOON}, roads)
    assert found.xy[0, 0] >= 600
    assert found.unreached[0] > 0
    assert found.unreached[1] == 0
    assert found.over == 6


def test_that_where_all_are_in_time_already_the_mean_time_decides_and_the_sentence_says_what_it_comes_to() -> None:
    found = best_sites(town(6, STATION), {"count": 1, "target_min": 60})
    assert found.goal == SOON
    said = "With 1 more ambulance station: 100% instead of 100% of the people are reached in time, half of them within"
    assert told(found).startswith(said)


@pytest.mark.parametrize(
    ("params", "words"),
    [({"count": 0}, "'count' = 0 is out of range"), ({"hue": 1}, "'hue' is no value here"),
     ({"service": "police"}, "'service' cannot be 'police'"), ({"count": 20}, "where a station could stand")],
)  # fmt: skip
def test_that_what_cannot_be_is_said(params: dict[str, Any], words: str) -> None:
    with pytest.raises(ScenarioError, match=words):
        best_sites(town(3, STATION), params)


def test_that_a_city_without_roads_or_people_says_so() -> None:
    with pytest.raises(ScenarioError, match="need a city with roads"):
        best_sites(town(3, STATION).derived(networks={}))
    empty = town(3, STATION, people=0.0)
    with pytest.raises(ScenarioError, match="Nobody is in the buildings"):
        best_sites(empty)


def test_that_a_station_put_into_a_scenario_is_one_from_which_help_comes() -> None:
    from twin.models.service.response import Response
    from twin.scenario.plan import make_plan, view

    city = town(6, STATION)
    wkt = "POINT (351000 3457000)"
    scenario = Scenario(
        schema=1, scenario=Head(name="x", duration=600.0, crs="EPSG:32651"), hazard=[Hazard(id="f", model="flood")],
        edit=[Edit(id="new-1", kind="facility", geometry=wkt, sort="fire_station", capacity=3.0)],  # type: ignore[call-arg]
    )  # fmt: skip
    changed = make_plan(city, scenario).city
    table = changed.layers["facilities"].table
    assert table.iloc[-1][["id", "kind", "capacity"]].tolist() == ["facility/new-1", "fire_station", 3.0]
    n = len(city.networks["roads"].edges)
    state = Response().initialize(
        view(changed, Response.reads), {"road_state": np.zeros(n, np.int8), "road_speed_factor": np.ones(n, np.float32)},
        Response.defaults(), 0,
    )  # fmt: skip
    assert state.times["fire"].min() == pytest.approx(80.0)


def test_that_the_command_gives_places_as_json() -> None:
    done = CliRunner().invoke(app, ["site", "demo:1", "--set", "count=2", "--set", "service=fire", "--json"])
    assert done.exit_code == 0, done.output
    said = json.loads(done.stdout)
    assert len(said["places"]) == 2
    assert said["in_time"][1] >= said["in_time"][0]
