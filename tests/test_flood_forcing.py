"""Inflows, standing water, breaches, tide and typhoon in the flood model."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, flooded, ground, houses, line, start
from twin.errors import ModelError, ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood import Flood
from twin.models.hazard.flood_forcing import pairs_of
from twin.models.hazard.flood_schemes import SCHEMES

SCHEMED = pytest.mark.parametrize("scheme", SCHEMES)


@SCHEMED
def test_that_an_inflow_brings_the_volume_of_its_hydrograph(scheme: str) -> None:
    source = features("inflows", [shapely.Point(200, 200)], hydrograph=["0 0, 600 4, 1200 0"])
    model, state = flooded(ground(np.zeros((40, 40)), layers={"inflows": source}), 1800.0, **STILL, scheme=scheme)
    assert state.volume["let_in"] == pytest.approx(0.5 * 1200 * 4)
    assert (state.w - state.z).sum() * 100 == pytest.approx(2400, rel=1e-6)
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_a_burst_pipe_runs_from_its_moment_for_its_time() -> None:
    pipe = features("inflows", [shapely.Point(200, 200)], discharge_m3s=[2.0], begin_s=[300.0], duration_s=[600.0])
    model, state = start(ground(np.zeros((40, 40)), layers={"inflows": pipe}), **STILL)
    model.update(state, {}, 300.0)
    assert state.volume["let_in"] < 0.01
    model.update(state, {}, 1800.0)
    assert state.volume["let_in"] == pytest.approx(1200.0, rel=1e-4)


def test_that_an_inflow_that_begins_in_the_middle_of_a_run_and_is_saved_goes_on_alike() -> None:
    city = ground(np.zeros((40, 40)))
    model, state = start(city, **STILL)
    model.update(state, {}, 600.0)
    model.apply(state, Change(600.0, "inflow", (), shapely.Point(100, 100), {"discharge_m3s": 3.0}, "burst"))
    model.update(state, {}, 900.0)
    other = model.restore(model.save(state), city, {})
    for s in (state, other):
        model.update(s, {}, 1200.0)
        assert s.volume["let_in"] == pytest.approx(1800.0)
    np.testing.assert_array_equal(state.w, other.w)


@pytest.mark.parametrize("text", ["twenty", "0 1 2", "600 4, 0 0", "0 -3", "0 nan"])
def test_that_a_hydrograph_that_is_none_is_refused_in_words(text: str) -> None:
    source = features("inflows", [shapely.Point(200, 200)], hydrograph=[text])
    with pytest.raises(ScenarioError):
        start(ground(np.zeros((40, 40)), layers={"inflows": source}), **STILL)


def test_that_pairs_are_read() -> None:
    assert pairs_of("0 0, 3600 20; 7200 5") == [(0.0, 0.0), (3600.0, 20.0), (7200.0, 5.0)]


@SCHEMED
def test_that_standing_water_is_there_at_the_start_and_counted(scheme: str) -> None:
    lake = features("standing_water", [shapely.box(0, 0, 200, 400)], level_z_m=[2.0])
    model, state = start(ground(np.zeros((40, 40)), layers={"standing_water": lake}), **STILL, scheme=scheme)
    assert state.volume["standing"] == pytest.approx(2.0 * 200 * 400)
    model.update(state, {}, 60.0)
    assert (state.w[:, 25:] > 0).any()
    assert abs(model.balance(state)[1]) < 1e-5


def dike(height: float = 4.0) -> np.ndarray:
    z = np.zeros((40, 60), np.float32)
    z[:, 29:31] = height
    return z


@SCHEMED
def test_that_a_dike_breaks_where_and_when_it_should_and_as_wide(scheme: str) -> None:
    layers = {
        "standing_water": features("standing_water", [shapely.box(0, 0, 290, 400)], level_z_m=[3.0]),
        "breaches": features("breaches", [shapely.Point(300, 200)], begin_s=[300.0], formation_s=[600.0], width_m=[60.0]),
    }
    model, state = start(ground(dike(), layers=layers), **STILL, scheme=scheme)
    model.update(state, {}, 300.0)
    assert not (state.w[:, 32:] > 0.0).any()
    model.update(state, {}, 600.0)
    half = state.z[:, 29:31].min()
    assert 1.5 < half < 2.5
    model.update(state, {}, 900.0)
    assert state.z[20, 29:31].max() == pytest.approx(0.0, abs=0.3)
    assert (state.z[:, 29] < 1.0).sum() * 10 == pytest.approx(60, abs=25)
    assert (state.z[:8, 29:31] == 4.0).all()
    assert (state.w[:, 32:] > 0.1).any()
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_a_breach_in_a_wall_lowers_its_crest_there_alone_and_goes_on_from_a_save() -> None:
    layers = {
        "barriers": features("barriers", [line((300, -10), (300, 410))], crest_z_m=[3.0]),
        "standing_water": features("standing_water", [shapely.box(0, 0, 299, 400)], level_z_m=[2.0]),
    }
    city = ground(np.zeros((40, 60)), layers=layers)
    model, state = start(city, **STILL, scheme="finite_volume")
    model.update(state, {}, 60.0)
    assert not (state.w[:, 30:] > 0).any()
    model.apply(state, Change(60.0, "breach", (), shapely.Point(300, 200), {"width_m": 40.0, "formation": "PT5M"}, "gap"))
    model.update(state, {}, 240.0)
    other = model.restore(model.save(state), city, {})
    for s in (state, other):
        model.update(s, {}, 600.0)
    np.testing.assert_array_equal(state.w, other.w)
    face, crest = state.walls.standing()
    assert {int(i) for i in face[:, 1]} == set(range(40)) - {18, 19, 20, 21}
    assert crest[np.abs(face[:, 1] - 20) > 6].min() == 3.0


def test_that_a_breach_of_nothing_is_a_plain_error() -> None:
    flat = features("breaches", [shapely.Point(300, 200)], width_m=[60.0])
    with pytest.raises(ScenarioError, match="nothing to break"):
        start(ground(np.zeros((40, 60)), layers={"breaches": flat}), **STILL)


def test_that_bumpy_ground_without_a_crest_is_no_dike_and_a_bank_over_water_is() -> None:
    z = np.random.default_rng(2).uniform(0, 0.3, (40, 60)).astype(np.float32)
    z[:, 45:] += 3.0  # a terrace: high on one side only
    for x in (200, 440):
        gap = features("breaches", [shapely.Point(x, 205)], width_m=[40.0])
        with pytest.raises(ScenarioError, match="nothing to break"):
            start(ground(z, layers={"breaches": gap}), **STILL)
    canal = np.full((40, 60), 0.0, np.float32)
    canal[:, 28:30] = 2.0
    layers = {
        "water": features("water", [shapely.box(300, 0, 340, 400)], level_m=[1.7]),
        "breaches": features("breaches", [shapely.Point(290, 205)], width_m=[40.0], formation_s=[60.0]),
    }
    model, state = flooded(ground(canal, layers=layers), 600.0, **STILL, scheme="finite_volume")
    assert (state.w[:, :20] - state.z[:, :20] > 0.1).any(), "the canal runs out through its bank"
    assert abs(model.balance(state)[1]) < 1e-5


def tidal(bank: float = 1.0) -> object:
    z = np.full((30, 40), bank, np.float32)
    river = features("water", [shapely.box(0, 0, 100, 300)], level_m=[0.0])
    return ground(z, layers={"water": river})


@SCHEMED
def test_that_the_tide_floods_low_banks_at_high_water_and_not_before(scheme: str) -> None:
    model, state = start(tidal(), **STILL, tide_range_m=3.0, tide_high=3 * 3600, scheme=scheme)
    model.update(state, {}, 3600.0)
    river = state.ground.kind == 2
    assert state.w[river].max() < 1.0
    assert not (state.w[:, 12:] > 1.0).any()
    model.update(state, {}, 3 * 3600.0)
    assert state.w[river].max() == pytest.approx(1.5, abs=0.01)
    assert (state.w[:, 12:] - state.z[:, 12:] > 0.1).any()
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_a_typhoon_raises_the_sea_more_the_deeper_and_nearer_it_is() -> None:
    def highest(**typhoon: float) -> float:
        _, state = start(tidal(5.0), **STILL, typhoon_time=3 * 3600, typhoon_heading=270.0, **typhoon)
        assert state.sea is not None
        return float(state.sea.at(np.arange(0.0, 8 * 3600.0, 600.0)).max())

    strong, weak, far = highest(typhoon_hpa=930.0), highest(typhoon_hpa=980.0), highest(typhoon_hpa=930.0, typhoon_pass_km=400.0)
    assert strong > weak > 0.2
    assert strong > 2 * far


def test_that_a_tide_without_a_sea_is_told_of() -> None:
    model, state = start(ground(np.zeros((20, 20))), **STILL, tide_range_m=3.0)
    assert "no-sea" in {code for _, code, _ in model.notices(state)}


@SCHEMED
def test_that_what_is_fast_deep_and_long_is_kept(scheme: str) -> None:
    lake = features("standing_water", [shapely.box(0, 0, 200, 100)], level_z_m=[4.0])
    model, state = start(ground(np.zeros((10, 80)), layers={"standing_water": lake}), **STILL, scheme=scheme)
    model.update(state, {}, 120.0)
    found = model.outputs(state)
    assert found["water_speed_max"].max() > 2.0
    depth, fastest = found["water_depth_max"], found["water_speed_max"]
    assert (found["flood_hazard"] <= depth * (fastest + 0.5) + 1.0 + 1e-5).all()
    assert found["flood_hazard"].max() > 2.0
    assert found["water_duration"].max() == pytest.approx(120.0)
    assert (found["water_duration"][depth < 0.3] == 0).all()


def test_that_rapid_flow_is_told_of_where_the_scheme_is_not_made_for_it() -> None:
    lake = features("standing_water", [shapely.box(0, 0, 200, 100)], level_z_m=[6.0])
    codes = {}
    for scheme in SCHEMES:
        model, state = start(ground(np.zeros((10, 80)), layers={"standing_water": lake}), **STILL, scheme=scheme)
        model.update(state, {}, 60.0)
        codes[scheme] = {code for _, code, _ in model.notices(state)}
    assert "rapid-flow" in codes["local_inertial"]
    assert "rapid-flow" not in codes["finite_volume"]
    assert isinstance(model, Flood)


@SCHEMED
def test_that_flow_that_became_unstable_is_told_with_its_place(scheme: str) -> None:
    model, state = start(ground(np.zeros((40, 40))), **STILL, scheme=scheme)
    state.w[20, 30] = np.nan
    with pytest.raises(ModelError, match="unstable") as caught:
        model.update(state, {}, 60.0)
    assert "x 3" in str(caught.value)


@SCHEMED
@pytest.mark.parametrize("what", ["spike", "step", "hole", "pit"])
def test_that_terrain_that_is_wrong_stops_no_run_and_loses_no_water(what: str, scheme: str) -> None:
    z = np.random.default_rng(5).uniform(0, 1, (40, 40)).astype(np.float32)
    if what == "spike":
        z[20, 20] = 3_000.0
    elif what == "step":
        z[:, 20:] += 500.0
    elif what == "hole":
        z[18:22, 18:22] = np.nan
    else:
        z[20, 20] = -800.0
    model, state = flooded(ground(z), 900.0, rain_mm=60, rain_duration=600, scheme=scheme)
    assert abs(model.balance(state)[1]) < 1e-5
    assert np.isfinite(model.outputs(state)["water_depth"][:15, :15]).all()


@pytest.mark.parametrize("roofs", ["street", "drain"])
def test_that_a_shower_rains_where_it_is_and_less_far_from_its_way(roofs: str) -> None:
    sheds = [shapely.box(x, x, x + 0.5, x + 0.5) for x in (52, 548)]  # so that all of the ground is computed
    city = ground(np.zeros((60, 60)), buildings=houses(shapely.box(100, 100, 160, 160), *sheds))
    model, whole = flooded(city, 1800.0, **{**STILL, "rain_mm": 40.0, "rain_duration": 1800.0}, roofs=roofs)
    model, state = flooded(
        city, 1800.0, **{**STILL, "rain_mm": 40.0, "rain_duration": 1800.0}, roofs=roofs, rain_cell_km=0.1, rain_cell_kmh=0.5,
        rain_cell_heading=90.0,
    )  # fmt: skip
    assert 0.1 * whole.volume["rain"] < state.volume["rain"] < 0.6 * whole.volume["rain"]
    assert state.highest[30].mean() > 2 * state.highest[:6].mean()
    assert abs(model.balance(state)[1]) < 1e-5
