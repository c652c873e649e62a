"""Failures, reserves, crews and who follows whom, on a city small enough to say beforehand what must happen."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.engine_world import tub_scenario
from tests.served import served_city, table_of
from twin.city.assets import READS, Assets
from twin.city.city import City
from twin.city.dependencies import (
    assumed,
    checked,
    csv_of,
    dependencies_of,
    edited,
    looks_like_dependencies,
    read_csv,
    with_dependencies,
)
from twin.city.features import Features
from twin.errors import InputError, ScenarioError
from twin.happenings import Story, chain, clock, sentence
from twin.models.base import Change, Happening, Inputs
from twin.models.hazard.failure import Failure
from twin.models.service.cascade import Cascade
from twin.models.service.equipment import Equipment
from twin.models.service.repairs import Repairs
from twin.models.service.supply import Supply
from twin.results import open_result
from twin.scenario.engine import run
from twin.scenario.events import Finished, Frame, Happened, Notice
from twin.scenario.plan import view
from twin.scenario.scenario import Scenario

HOUR = 3600.0


def cascade_of(city: City, **params: Any) -> tuple[Cascade, Any]:
    model, lit = Cascade(), Inputs({"power_supply": np.ones(3, np.float32)})
    return model, model.initialize(view(city, Cascade.reads), lit, {**Cascade.defaults(), **params}, 0)


def told(happenings: list[Happening]) -> list[tuple[float, str, str]]:
    return [(h.at_s, h.object, h.what) for h in happenings]


# the list of what can fail, and the table of who leans on whom


def test_that_an_object_is_found_by_its_id_and_by_what_means_only_it() -> None:
    assets = Assets.of(served_city())
    assert assets.ids[assets.row_of("pump/1")] == "pump/1"
    assert assets.ids[assets.row_of("East Hospital")] == "facility/h"
    assert assets.ids[assets.row_of("Substation")] == "power-node/0"
    assert assets.row_of("power-node/9") == -1
    assert len(assets) == 3 + 2 + 4 + 1 + 1 + 1


def test_that_a_city_without_a_table_gets_one_by_place() -> None:
    table = assumed(Assets.of(served_city()))
    pairs = {(d, p, i) for d, p, i in zip(table["dependent"], table["provider"], table["input"])}
    assert {("facility/h", "power-node/2", "power"), ("pump/1", "power-node/1", "power"), ("facility/h", "mast/1", "comms")} <= pairs
    assert ("facility/h", "", "access") in pairs


def test_that_a_table_goes_out_as_csv_and_comes_back_the_same(tmp_path: Path) -> None:
    city = served_city()
    text, count = csv_of(city)
    (tmp_path / "who.csv").write_text(text, "utf-8")
    assert looks_like_dependencies(tmp_path / "who.csv")
    again, wrong = with_dependencies(city, read_csv(tmp_path / "who.csv"), "who.csv")
    before, _, was_assumed = dependencies_of(city)
    after, _, is_assumed = dependencies_of(again)
    assert (wrong, was_assumed, is_assumed, len(after)) == ([], True, False, count)
    pd.testing.assert_frame_equal(before, after, check_dtype=False)


def test_that_rows_that_cannot_be_used_are_named_and_the_others_count() -> None:
    rows = table_of(
        ("facility/h", "power-node/2", 8, "stops"), ("facility/x", "power-node/2", 8, "stops"), ("facility/h", "power-node/7", 8, "stops"),
        ("pump/1", "pump/1", 0, "stops"), ("mast/1", "power-node/1", -3, "explodes"), ("facility/h", "power-node/2", 2, "impairs"),
    )  # fmt: skip
    good, said = checked(rows, Assets.of(served_city()))
    assert good[["dependent", "reserve_h", "effect"]].to_numpy().tolist() == [["facility/h", 2.0, "impairs"]]
    text = " ".join(said)
    for part in (
        "row 2: the city has no 'facility/x'", "row 3: the city has no 'power-node/7'", "row 4: 'pump/1' cannot depend on itself",
        "row 5: reserve_h cannot be '-3'", "row 5: effect cannot be 'explodes'", "row 1: the same dependency stands again",
    ):  # fmt: skip
        assert part in text


def test_that_a_column_nobody_knows_is_named() -> None:
    rows = pd.DataFrame({"dependent": ["facility/h"], "provider": ["power-node/2"], "service": ["water"]})
    good, said = checked(rows, Assets.of(served_city()), "t")
    assert len(good) == 1
    known = "dependent, provider, input, threshold, reserve_h, effect, note"
    assert said == [f"t, the columns service are not known ({known} are) and are left out"]


def test_that_columns_of_something_else_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("a,b\n1,2\n", "utf-8")
    with pytest.raises(InputError, match="columns dependent and provider"):
        with_dependencies(served_city(), read_csv(path), "other.csv")


def test_that_the_tables_of_infrarisk_are_read_as_they_are() -> None:
    table = pd.DataFrame({"water_id": ["Pump"], "power_id": ["Substation"]})
    good, said = checked(table, Assets.of(served_city()))
    assert said == []
    assert good[["dependent", "provider", "input"]].to_numpy().tolist() == [["pump/1", "power-node/0", "power"]]


def test_that_a_measure_changes_one_dependency_and_keeps_the_others() -> None:
    city = served_city()
    count = len(dependencies_of(city)[0])
    changed = edited(city, {"dependent": "pump/1", "provider": "power-node/1", "input": "power", "reserve_h": "5"})
    table = dependencies_of(changed)[0]
    assert len(table) == count
    assert float(table.loc[table["dependent"] == "pump/1", "reserve_h"].iloc[0]) == 5.0


# reserves


def test_that_a_reserve_carries_for_its_hours_and_the_moment_of_its_end_is_exact() -> None:
    city, _ = with_dependencies(served_city(), table_of(("facility/h", "power-node/2", 2.5, "stops")), "t")
    model, state = cascade_of(city)
    dark = Inputs({"power_supply": np.array([1, 1, 0], np.float32)})
    seen = []
    for hour in range(1, 6):
        model.update(state, dark, hour * HOUR)
        seen.append(int(model.outputs(state)["facility_state"][0]))
    assert seen == [1, 1, 1, 3, 3]  # lost at 1 h, out at 3.5 h
    assert told(model.happenings(state)) == [(HOUR, "facility/h", "lost-power"), (3.5 * HOUR, "facility/h", "stopped-power")]


def test_that_a_failed_station_keeps_the_power_its_pumps_need_and_a_dark_one_loses_it() -> None:
    base = served_city()
    halls = Features("stations", pd.DataFrame({"id": ["station/0", "station/1"]}), shapely.points([[50.0, 50.0], [90.0, 50.0]]))
    rows = table_of(("station/0", "power-node/2", 0, "stops"), ("station/1", "power-node/1", 0, "stops"))
    city, wrong = with_dependencies(base.derived(layers={**base.layers, "stations": halls}), rows, "t")
    assert wrong == []
    model, state = cascade_of(city)
    model.update(state, Inputs({"power_supply": np.array([1, 1, 0], np.float32), "station_failed": np.array([0, 1], np.int8)}), HOUR)
    out = model.outputs(state)
    assert out["station_state"].tolist() == [3, 3]
    assert out["station_power"].tolist() == [0.0, 1.0]


def test_that_a_reserve_fills_again_while_there_is_supply() -> None:
    city, _ = with_dependencies(served_city(), table_of(("facility/h", "power-node/2", 2, "stops")), "t")
    model, state = cascade_of(city, recharge=0.5)
    dark, light = Inputs({"power_supply": np.zeros(3, np.float32)}), Inputs({"power_supply": np.ones(3, np.float32)})
    for at, inputs in ((1, dark), (2, light), (4, dark), (5, dark), (6, dark)):
        model.update(state, inputs, at * HOUR)
    # one hour used, one hour regained at half speed twice over: 2 h less 1 h more 2 x 0.5 h = 2 h at 4 h, none at 6 h
    assert state.left_s[0] == pytest.approx(0.0)
    assert model.outputs(state)["facility_state"][0] == 3


def test_that_who_is_only_impaired_goes_on_giving() -> None:
    rows = table_of(("mast/1", "power-node/1", 0, "impairs"), ("facility/h", "mast/1", 0, "stops"))
    city, _ = with_dependencies(served_city(), rows, "t")
    model, state = cascade_of(city)
    model.update(state, Inputs({"power_supply": np.zeros(3, np.float32)}), HOUR)
    assert model.outputs(state)["mast_state"][0] == 2
    assert model.outputs(state)["facility_state"][0] == 0


def test_that_a_chain_falls_within_one_moment_and_names_its_causes() -> None:
    rows = table_of(("mast/1", "power-node/1", 0, "stops"), ("facility/h", "mast/1", 0, "stops"), ("pump/1", "facility/h", 0, "stops"))
    city, _ = with_dependencies(served_city(), rows, "t")
    model, state = cascade_of(city)
    model.update(state, Inputs({"power_supply": np.array([1, 0, 1], np.float32)}), HOUR)
    assert model.outputs(state)["pump_power"][0] == 0
    root = Story([Happening(30 * 60, "power-node/1", "no-power"), *model.happenings(state)]).why("pump/1")
    assert root is not None
    assert root.root.happening.object == "power-node/1"


def test_that_a_circle_of_dependencies_ends_and_comes_back_by_itself() -> None:
    rows = table_of(("mast/1", "facility/h", 0, "stops"), ("facility/h", "mast/1", 0, "stops"), ("mast/1", "power-node/1", 0, "stops"))
    city, _ = with_dependencies(served_city(), rows, "t")
    model, state = cascade_of(city)
    model.update(state, Inputs({"power_supply": np.zeros(3, np.float32)}), HOUR)
    assert (model.outputs(state)["facility_state"][0], model.outputs(state)["mast_state"][0]) == (3, 3)
    cause = Story(model.happenings(state)).why("facility/h")
    assert cause is not None  # a circle does not run for ever
    model.update(state, Inputs({"power_supply": np.ones(3, np.float32)}), 2 * HOUR)
    assert (model.outputs(state)["facility_state"][0], model.outputs(state)["mast_state"][0]) == (0, 0)


def test_that_a_hospital_whose_roads_are_all_under_water_cannot_be_reached() -> None:
    rows = pd.DataFrame({"dependent": ["facility/h"], "provider": [""], "input": ["access"]})
    city, wrong = with_dependencies(served_city(), rows, "t")
    assert wrong == []
    model, state = cascade_of(city)
    closed = np.zeros(4, np.int8)
    closed[1] = 2  # the road to the east
    model.update(state, Inputs({"road_state": closed}), HOUR)
    assert model.outputs(state)["facility_state"][0] == 3
    assert told(model.happenings(state)) == [(HOUR, "facility/h", "stopped-access")]
    assert model.happenings(state)[0].because == (str(city.networks["roads"].edges["id"].iloc[1]),)  # the road that cuts it off


def test_that_each_trouble_of_an_object_is_explained_and_goes_when_it_is_over() -> None:
    story = Story([
        Happening(0, "power-node/1", "no-power"), Happening(0, "facility/h", "lost-power", ("power-node/1",), {"reserve_h": 8}),
        Happening(60, "mast/1", "failed"), Happening(60, "facility/h", "impaired-comms", ("mast/1",)),
        Happening(120, "mast/1", "back"), Happening(120, "facility/h", "regained-comms"), Happening(180, "facility/h", "works"),
    ])  # fmt: skip
    assert [c.root.happening.object for c in story.troubles("facility/h", 90)] == ["mast/1", "power-node/1"]
    assert [c.happening.what for c in story.troubles("facility/h", 150)] == ["lost-power"]
    assert story.troubles("facility/h", 200) == []


# what is put out of order, and repaired


def steps(model: Any, state: Any, inputs: Inputs, times: list[float]) -> None:
    for at_s in times:
        model.update(state, inputs, at_s)


def test_that_a_failure_begins_and_ends_when_it_is_said_and_others_follow_one_by_one() -> None:
    city, model = served_city(), Failure()
    params = {**Failure.defaults(), "objects": "power-node/0, pump/1, moon", "begin": 600.0, "duration": 1200.0, "interval": 300.0}
    state = model.initialize(view(city, READS), Inputs(), params, 0)
    steps(model, state, Inputs(), [float(t) for t in range(300, 3001, 300)])
    assert told(model.happenings(state)) == [
        (600.0, "power-node/0", "failed"), (900.0, "pump/1", "failed"), (1800.0, "power-node/0", "back"), (2100.0, "pump/1", "back"),
    ]  # fmt: skip
    assert "no 'moon'" in model.notices(state)[0][2]


def test_that_a_failure_of_nothing_known_is_refused() -> None:
    with pytest.raises(ScenarioError, match="no 'moon, sun' that could fail"):
        Failure().initialize(view(served_city(), READS), Inputs(), {**Failure.defaults(), "objects": "moon, sun"}, 0)


def test_that_damage_is_a_blow_and_a_crew_mends_it() -> None:
    city = served_city()
    events = whole(
        city, scenario={"name": "blow", "duration": "PT12H", "coupling": "PT10M", "seed": 1},
        hazard=[{"id": "a", "model": "failure", "params": {"objects": "power-node/1", "begin": "PT20M", "damaged": True}}],
    )  # fmt: skip
    told_of = [(h.object, h.what) for e in events if isinstance(e, Happened) for h in e.happenings if h.object == "power-node/1"]
    assert [w for _, w in told_of] == ["damaged", "crew-sent", "repaired", "restored"]
    mended = next(h.at_s for e in events if isinstance(e, Happened) for h in e.happenings if h.what == "repaired")
    assert events[-1].indicators["recovery_time"].value == pytest.approx((mended - 1200.0) / 3600.0)


def flood_of(depth: float) -> Inputs:
    from twin.city.terrain import Grid

    grid = Grid(0.0, 0.0, 10.0, 40, 40)
    inputs = Inputs({"water_depth": np.full(grid.shape, depth, np.float32)})
    inputs.grids["water_depth"] = grid
    return inputs


def test_that_water_puts_out_what_stands_lower_than_it_is_deep() -> None:
    city, model = served_city(), Equipment()
    state = model.initialize(view(city, READS), flood_of(0.0), Equipment.defaults(), 0)
    steps(model, state, flood_of(0.7), [60.0])
    out = {h.object for h in model.happenings(state)}
    assert out == {"facility/h", "power-node/1", "power-node/2"}  # substations bear 0.9 m, pumps 1.2 m, masts 1 m
    steps(model, state, flood_of(1.0), [120.0])
    assert {"power-node/0", "mast/1"} <= {h.object for h in model.happenings(state)}


def repairs_of(city: City, **params: Any) -> tuple[Repairs, Any, Any]:
    model, hit = Repairs(), np.zeros(len(Assets.of(city)), np.int8)
    state = model.initialize(view(city, Repairs.reads), Inputs({"asset_hit": hit}), {**Repairs.defaults(), "ready": 0.0, **params}, 0)
    return model, state, hit


def test_that_a_crew_drives_there_works_and_takes_the_next() -> None:
    city = served_city()
    model, state, hit = repairs_of(city, crews_power=1, repair_factor=1.0)
    hit[1], hit[2] = 2, 2  # both transformers are damaged
    model.update(state, Inputs({"asset_hit": hit}), 60.0)
    model.update(state, Inputs({"asset_hit": np.zeros_like(hit)}), 120.0)
    assert [h.object for h in model.happenings(state) if h.what == "crew-sent"] == ["power-node/1"]  # from the substation the nearer
    steps(model, state, Inputs({"asset_hit": np.zeros_like(hit)}), [h * HOUR for h in range(1, 20)])
    ends = [h for h in model.happenings(state) if h.what == "repaired"]
    assert [h.object for h in ends] == ["power-node/1", "power-node/2"]
    first = next(h for h in model.happenings(state) if h.what == "crew-sent")
    # 200 m of road at 50 km/h at most, and the ways to and from it; then 8 hours of work
    assert ends[0].at_s == pytest.approx(120.0 + first.values["travel_min"] * 60 + 8 * HOUR, abs=1.0)
    assert model.outputs(state)["power_node_failed"].tolist() == [0, 0, 0]


def test_that_no_crew_comes_where_no_road_leads_and_none_works_in_the_water() -> None:
    city = served_city()
    model, state, hit = repairs_of(city, crews_power=1)
    hit[2] = 2
    steps(model, state, Inputs({"asset_hit": hit}), [60.0, 3600.0])
    assert not [h for h in model.happenings(state) if h.what == "crew-sent"]
    dry, blocked = np.zeros_like(hit), np.array([1, 0, 1, 1], np.float32)
    model.update(state, Inputs({"asset_hit": dry, "road_speed_factor": blocked}), 7200.0)
    assert not [h for h in model.happenings(state) if h.what == "crew-sent"]
    model.update(state, Inputs({"asset_hit": dry, "road_speed_factor": np.ones(4, np.float32)}), 7260.0)
    assert [h.object for h in model.happenings(state) if h.what == "crew-sent"] == ["power-node/2"]


def test_that_a_listed_order_is_kept() -> None:
    city = served_city()
    model, state, hit = repairs_of(city, crews_power=1, order="listed", listed="power-node/2")
    hit[1], hit[2] = 2, 2
    model.update(state, Inputs({"asset_hit": hit}), 60.0)
    model.update(state, Inputs({"asset_hit": np.zeros_like(hit)}), 120.0)
    assert [h.object for h in model.happenings(state) if h.what == "crew-sent"] == ["power-node/2"]


def test_that_anything_can_be_switched_off_and_on_while_it_runs() -> None:
    city = served_city()
    model, state, hit = repairs_of(city)
    model.apply(state, Change(60.0, "switch", ("mast/1", "road/east"), None, {"on": False}))
    out = model.outputs(state)
    assert (out["mast_failed"][0], out["road_failed"].tolist()) == (1, [0, 1, 0, 0])
    model.apply(state, Change(120.0, "switch", ("mast/1",), None, {"on": True}))
    assert model.outputs(state)["mast_failed"][0] == 0


# people


def test_that_people_count_as_without_while_their_node_is_dark() -> None:
    city, model = served_city(), Supply()
    state = model.initialize(view(city, Supply.reads), Inputs({"power_supply": np.ones(3, np.float32)}), Supply.defaults(), 0)
    dark = Inputs({"power_supply": np.array([1, 1, 0], np.float32), "mast_state": np.array([3], np.int8)})
    steps(model, state, dark, [HOUR, 2 * HOUR])
    figures = model.indicators(state)
    assert figures["people_without_power"] == (520.0, "persons")  # the two houses in the east
    assert figures["person_hours_without_power"] == (520.0, "h")  # dark from the first hour on, seen at the second
    assert figures["people_without_connection"] == (730.0, "persons")


# the whole, run


def whole(city: City, **more: Any) -> list[Any]:
    out = more.pop("out", None)
    scenario = Scenario.model_validate({
        "schema": 1, "scenario": {"name": "attack", "duration": "PT3H", "coupling": "PT10M", "seed": 1},
        "hazard": [{"id": "attack", "model": "failure", "params": {"objects": "power-node/0", "begin": "PT20M", "duration": "PT1H"}}],
        "outputs": {"interval": "PT30M"}, **more,
    })  # fmt: skip
    return list(run(city, scenario, out, use_cache=False))


def test_that_an_attack_is_told_from_its_root_to_its_last_victim() -> None:
    city, _ = with_dependencies(
        served_city(), table_of(("facility/h", "power-node/2", 0.5, "stops"), ("mast/1", "power-node/1", 0, "stops")), "t"
    )
    events = whole(city)
    end = events[-1]
    assert isinstance(end, Finished), end
    assert end.ok, end.message
    story = Story([h for e in events if isinstance(e, Happened) for h in e.happenings], {"facility/h": "East Hospital"})
    cause = story.why("facility/h", 70 * 60)
    assert cause is not None
    assert cause.root.happening.object == "power-node/0"
    text = chain(cause, story.names)
    assert text.startswith("East Hospital stops: no power at 00:50"), text  # lost at 0:20, half an hour of reserve
    assert text.endswith("power-node/0 is put out of order at 00:20"), text
    assert story.why("facility/h", 3 * HOUR) is None  # it is over
    assert {h.object for h in story.followed("power-node/2")} >= {"facility/h"}
    last = {f.quantity: f.array for f in [e for e in events if isinstance(e, Frame)][-1].fields}
    assert last["facility_state"][0] == 0


def test_that_what_befell_whom_is_kept_with_the_result(tmp_path: Path) -> None:
    scenario = Scenario.model_validate({
        "schema": 1, "scenario": {"name": "off", "duration": "PT1H", "coupling": "PT10M", "seed": 1},
        "hazard": [{"id": "a", "model": "failure", "params": {"objects": "mast/1", "begin": "PT5M"}}], "outputs": {"interval": "PT30M"},
    })  # fmt: skip
    assert list(run(served_city(), scenario, tmp_path / "r", use_cache=False))[-1].ok
    story = open_result(tmp_path / "r").story
    assert story.names["mast/1"] == "Mast"
    assert (story.of("mast/1")[0].at_s, story.of("mast/1")[0].what) == (300.0, "failed")


def test_that_an_edit_switches_anything_off_from_the_start() -> None:
    events = whole(
        served_city(), hazard=[{"id": "x", "model": "failure"}],
        edit=[{"id": "dark", "kind": "switch", "object": "power-node/1", "on": False}],
    )  # fmt: skip
    assert events[-1].ok
    told_of = [h for e in events if isinstance(e, Happened) for h in e.happenings]
    assert ("power-node/1", "failed") in {(h.object, h.what) for h in told_of}
    with pytest.raises(ScenarioError, match="no substation 'substation/9'"):
        whole(served_city(), edit=[{"id": "dark", "kind": "switch", "object": "substation/9", "on": False}])


def test_that_a_scenario_brings_its_own_table() -> None:
    events = whole(served_city(), dependency=[{"dependent": "mast/1", "provider": "power-node/1"}, {"dependent": "moon", "provider": "x"}])
    told_of = {(h.object, h.what) for e in events if isinstance(e, Happened) for h in e.happenings}
    assert ("mast/1", "stopped-power") in told_of
    assert not any(name == "facility/h" for name, _ in told_of)
    assert any("the city has no 'moon'" in e.text for e in events if isinstance(e, Notice))


def test_that_assumptions_are_told() -> None:
    codes = {e.code for e in whole(served_city()) if isinstance(e, Notice)}
    assert "dependencies-assumed" in codes


# words


def test_that_sentences_and_the_clock_are_plain() -> None:
    h = Happening(2 * HOUR + 300, "facility/h", "lost-water", ("water-node/3",), {"reserve_h": 8.0})
    assert sentence(h, "Hospital 3") == "Hospital 3 lost its water; its reserve lasts 8.0 h"
    assert clock(5 * 60, 23.95) == "00:02 (day 2)"
    assert clock(3600) == "01:00"


def test_that_a_city_with_a_flood_takes_all_this_along() -> None:
    city = served_city()
    end = list(run(city, tub_scenario(params={"rise_m_h": 3.0}), None, use_cache=False))[-1]
    assert end.ok, end.message
    assert end.indicators["sites_flooded"].value > 0
    assert end.indicators["hospitals_down"].value in (0.0, 1.0)
