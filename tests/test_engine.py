"""A run as an iterator of events: order, clock, cancel, triggers, failures."""

from __future__ import annotations

import threading
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine_world import small_city, tub_scenario
from twin.errors import ScenarioError, StorageError
from twin.quantities import quantity
from twin.scenario.engine import run
from twin.scenario.events import Finished, Frame, Notice, Progress, Started
from twin.scenario.plan import make_plan, view


def events_of(**changes: Any) -> list[Any]:
    return list(run(small_city(), tub_scenario(**changes)))


def frames(events: list[Any]) -> list[Frame]:
    return [e for e in events if isinstance(e, Frame)]


def texts(events: list[Any]) -> str:
    return " ".join(e.text for e in events if isinstance(e, Notice))


def test_that_a_run_starts_once_ends_once_and_frames_keep_the_output_clock() -> None:
    events = events_of()
    assert isinstance(events[0], Started)
    assert isinstance(events[-1], Finished)
    assert events[-1].ok
    assert sum(isinstance(e, Started | Finished) for e in events) == 2
    assert [f.at_s for f in frames(events) if f.kept] == [0, 900, 1800, 2700, 3600]


def test_that_models_that_need_what_others_give_join_and_follow() -> None:
    started = events_of()[0]
    assert started.models[0] == "tub"
    assert set(started.models) >= {"tub", "impact", "roads", "equipment", "cascade"}
    assert started.models.index("equipment") < started.models.index("repairs") < started.models.index("cascade")


def test_that_a_model_does_not_join_where_the_city_has_nothing_it_could_speak_of() -> None:
    city = small_city()
    bare = city.derived(layers={})
    models = {u.model.name for u in make_plan(bare, tub_scenario()).units}
    assert {"impact", "roads"} <= models
    assert not {"equipment", "repairs", "cascade", "power", "supply"} & models


def test_that_a_frame_holds_read_only_fields_of_every_quantity_with_its_grid() -> None:
    last = {f.quantity: f for f in frames(events_of())[-1].fields}
    assert {"water_depth", "building_damage", "road_state"} <= set(last)
    assert last["water_depth"].grid is not None
    assert last["building_damage"].grid is None
    with pytest.raises(ValueError, match="read-only"):
        last["water_depth"].array[0, 0] = 9
    # 2 m/h for an hour over ground at x * 0.01: the westmost cell (x = 2.5 m) holds 2 - 0.025 m.
    assert last["water_depth"].array[0, 0] == pytest.approx(1.975, abs=1e-5)


def test_that_only_the_quantities_asked_for_are_kept_as_series_and_maxima_always_are() -> None:
    last = frames(events_of(outputs={"interval": "PT15M", "quantities": ["water_depth"]}))[-1]
    names = {f.quantity for f in last.fields}
    assert {q for q in names if quantity(q).kind == "series"} == {"water_depth"}
    assert {"water_depth_max", "building_water_depth_max", "building_damage", "building_loss", "road_state_max"} <= names


def test_that_an_interval_that_does_not_divide_the_duration_still_gives_the_end() -> None:
    events = events_of(outputs={"interval": "PT25M"})
    assert [f.at_s for f in frames(events) if f.kept] == [0, 1500, 3000, 3600]


def test_that_the_same_seed_gives_the_same_bits_and_another_seed_others() -> None:
    depth = [frames(events_of(params={"noise_m": 0.1}, scenario={"seed": s}))[-1].fields[0].array for s in (7, 7, 8)]
    assert np.array_equal(depth[0], depth[1])
    assert not np.array_equal(depth[0], depth[2])


def test_that_a_model_is_handed_only_what_it_declared_to_read() -> None:
    city = view(small_city(), ("terrain",))
    assert city.terrain is not None
    assert (len(city.buildings), city.networks, city.layers, city.people) == (0, {}, {}, None)


def test_that_closing_cancels_in_under_a_second_and_leaves_nothing_on_disk(tmp_path: Path) -> None:
    events = run(small_city(), tub_scenario(params={"slow_s": 60}), tmp_path / "result")
    for event in events:
        if isinstance(event, Progress) and event.stage == "Tub":
            break
    began = time.monotonic()
    events.close()
    assert time.monotonic() - began < 1.0
    for thread in threading.enumerate():
        if thread.name == "twin-run":
            thread.join(5)
    assert list(tmp_path.iterdir()) == []


def test_that_progress_comes_at_least_twice_a_second_while_a_model_is_busy() -> None:
    events = run(small_city(), tub_scenario(params={"slow_s": 60}))
    assert isinstance(next(events), Started)
    began = time.monotonic()
    seen = [next(events) for _ in range(12)]
    assert sum(isinstance(e, Progress) for e in seen) >= 4
    assert time.monotonic() - began < 6
    events.close()


def test_that_a_long_interval_shows_previews_that_are_not_kept() -> None:
    events = events_of(params={"slow_s": 0.3}, outputs={"interval": "PT1H"})
    previews = [f for f in frames(events) if not f.kept]
    assert previews
    assert all(0 < f.at_s < 3600 for f in previews)


def test_that_a_model_that_fails_ends_the_run_with_a_plain_sentence(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    events = list(run(small_city(), tub_scenario(params={"fail_at_s": 1200}), tmp_path / "result"))
    end = events[-1]
    assert not end.ok
    assert "the plug is out" in end.message
    assert "Tub" in end.message
    assert "Traceback" not in end.message
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"hazard": []}, "names no model"),
        ({"hazard": [{"id": "a", "model": "nothing"}]}, "no model 'nothing'"),
        ({"hazard": [{"id": "a", "model": "roads"}]}, "needs 'water_depth'"),
        ({"hazard": [{"id": "a", "model": "tub"}, {"id": "b", "model": "tub"}]}, "Both a and b give 'water_depth'"),
        ({"params": {"rise_m_h": -1}}, "out of range"),
        ({"params": {"rise": 1}}, "not a parameter"),
        ({"scenario": {"coupling": "PT0.001S"}}, "more than a million steps"),
        ({"edit": [{"id": "e", "kind": "moat"}]}, "no edit of kind 'moat'"),
        ({"trigger": [{"id": "t", "at": "PT5M", "change": {"kind": "meteor"}}]}, "no change of kind 'meteor'"),
        ({"trigger": [{"id": "t", "when": "import os", "change": {"kind": "close_road", "object": "road/west"}}]}, "not understood"),
        ({"trigger": [{"id": "t", "when": "road/x.road_state > 1", "change": {"kind": "close_road", "object": "road/west"}}]}, "no object"),
        ({"trigger": [{"id": "t", "when": "road/west.snow > 1", "change": {"kind": "close_road", "object": "road/west"}}]}, "gives 'snow'"),
    ],
)
def test_that_a_scenario_that_cannot_run_is_refused_before_the_first_event(changes: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        next(run(small_city(), tub_scenario(**changes)))


def test_that_a_folder_with_other_files_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "diary.txt").write_text("mine")
    with pytest.raises(StorageError, match="other files"):
        next(run(small_city(), tub_scenario(), tmp_path))
    assert (tmp_path / "diary.txt").read_text() == "mine"


def test_that_a_timed_change_reaches_the_models_that_accept_it_at_its_time() -> None:
    pump = {"id": "p", "kind": "pump", "geometry": "POINT (355050 3456200)", "capacity_m3s": 1.0}
    trigger = {"id": "fails", "at": "PT32M", "change": {"kind": "switch", "object": "pump/p", "on": False}}
    plain, failing = events_of(edit=[pump]), events_of(edit=[pump], trigger=[trigger])
    level = [{f.at_s: float(f.fields[0].array[0, 0]) for f in frames(e)} for e in (plain, failing)]
    assert level[0][1800.0] == level[1][1800.0]
    # 1 m3/s takes 1e-4 m/s off the tub; without it the last 28 min rise by 0.168 m more.
    assert level[1][3600.0] - level[0][3600.0] == pytest.approx(28 * 60 * 1e-4, abs=1e-4)
    assert "'fails' came at 1920 s" in texts(failing)


def test_that_a_condition_triggers_once_when_it_comes_true() -> None:
    trigger = {"id": "shut", "when": "road/west.road_water_depth >= 0.1", "change": {"kind": "close_road", "object": "road/north"}}
    events = events_of(trigger=[trigger])
    assert texts(events).count("Trigger 'shut' came at 300 s") == 1
    at = {f.at_s: {x.quantity: x.array for x in f.fields}["road_state"] for f in frames(events)}
    assert at[0.0].tolist() == [0, 0, 0, 0]
    assert at[900.0][3] == 2


@pytest.mark.parametrize("when", ["facility/h.water_depth >= 0", "city.people_affected >= 0", "building/2.building_water_depth < 1"])
def test_that_conditions_speak_of_places_indicators_and_objects(when: str) -> None:
    events = events_of(trigger=[{"id": "t", "when": when, "change": {"kind": "close_road", "object": "road/north"}}])
    assert "Trigger 't' came at 0 s" in texts(events)


def test_that_a_change_no_model_takes_starts_the_run_again_with_it_in_place() -> None:
    trigger = {"id": "raze", "at": "PT30M", "change": {"kind": "demolish", "object": "building/0"}}
    events = events_of(trigger=[trigger])
    assert "starts again" in texts(events)
    kept = [f for f in frames(events) if f.kept]
    assert [f.at_s for f in kept] == [0, 900, 0, 900, 1800, 2700, 3600]
    rows = [len({x.quantity: x.array for x in f.fields}["building_damage"]) for f in kept]
    assert rows == [4, 4, 3, 3, 3, 3, 3]


def test_that_the_local_hour_of_the_start_reaches_the_models() -> None:
    plan = make_plan(small_city(), tub_scenario())
    hours = {u.model.name: u.params.get("start_hour") for u in plan.units}
    assert {k: hours[k] for k in ("tub", "impact", "roads")} == {"tub": None, "impact": 18.0, "roads": 18.0}  # 10:00 UTC in Shanghai


def test_that_a_changed_city_is_told() -> None:
    events = events_of(scenario={"city": "sha256:" + "0" * 64})
    assert "not the one this scenario was made for" in texts(events)
