"""Rain of gauges, of areas and in the middle of a run, and the curve number, in the flood model."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, flooded, ground, start
from twin.errors import ScenarioError
from twin.models.base import Change
from twin.models.hazard.flood import Flood
from twin.models.hazard.rain_field import rain_curve, rain_field

FLAT = np.zeros((40, 60))
DRY = STILL | {"infiltration": "none", "drainage_mm_h": 0.0, "boundary": "closed"}


def depth_m(state) -> np.ndarray:
    return state.w - state.z


def test_that_a_curve_holds_its_intensity_until_the_next() -> None:
    curve = rain_curve([(0, 12), (600, 48), (1800, 0)])
    assert curve.fallen_mm(0, 600) == pytest.approx(2.0)
    assert curve.fallen_mm(300, 1200) == pytest.approx(1.0 + 8.0)
    assert curve.fallen_mm(1800, 9e9) == 0.0
    assert curve.fallen_mm(-500, 0) == 0.0


@pytest.mark.parametrize("text", ["0 12, 0 3", "600 5, 0 2", "0 -3", "0 nan", "rain"])
def test_that_a_rain_curve_that_is_none_is_refused_in_words(text: str) -> None:
    layer = features("rain", [shapely.box(0, 0, 100, 100)], hyetograph=[text])
    with pytest.raises(ScenarioError):
        start(ground(FLAT, layers={"rain": layer}), **DRY)


def test_that_an_area_gets_its_rain_and_the_rest_none() -> None:
    area = shapely.box(200, 100, 400, 300)
    layer = features("rain", [area], rain_mm_h=[36.0], begin_s=[300.0], duration_s=[600.0])
    model, state = flooded(ground(FLAT, layers={"rain": layer}), 900.0, **DRY)
    assert state.volume["rain"] == pytest.approx(0.036 / 6 * area.area, rel=1e-6)
    assert (depth_m(state)[:, :5] == 0).all()
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_between_gauges_it_rains_by_their_distance() -> None:
    city = ground(FLAT)
    grid = Flood().grid(start(city, **DRY)[1])
    layer = features("rain", [shapely.Point(105, 205), shapely.Point(505, 205)], rain_mm_h=[10.0, 50.0])
    found = rain_field(layer, grid, gauges=True)
    assert found is not None
    mm = 1000 * found.fallen_m(0.0, 3600.0)
    i, left = (int(a[0]) for a in grid.cell_of(np.array([105.0]), np.array([205.0])))
    _, middle = (int(a[0]) for a in grid.cell_of(np.array([305.0]), np.array([205.0])))
    assert mm[i, left] == pytest.approx(10.0, abs=0.02)
    assert mm[i, middle] == pytest.approx(30.0, abs=1e-3)
    assert mm.min() >= 10.0 - 1e-4
    assert mm.max() <= 50.0 + 1e-4


def test_that_gauges_replace_the_storm_and_are_left_alone_where_nobody_asks_for_them() -> None:
    layer = features("rain", [shapely.Point(105, 205)], hyetograph=["0 36, 1000 0"])
    city = ground(FLAT, layers={"rain": layer})
    _, state = flooded(city, 1800.0, **DRY | {"rain_mm": 80.0, "hyetograph": "gauges"})
    assert state.volume["rain"] == pytest.approx(0.010 * FLAT.size * 100, rel=1e-5)
    _, other = flooded(city, 1800.0, **DRY | {"rain_mm": 0.0})
    assert other.volume["rain"] == 0.0


def test_that_gauges_that_are_not_there_are_asked_for_in_words() -> None:
    with pytest.raises(ScenarioError, match="no rain gauge"):
        start(ground(FLAT), **DRY | {"hyetograph": "gauges"})


def test_that_a_shower_in_the_middle_of_a_run_falls_from_then_on_and_is_saved() -> None:
    city = ground(FLAT)
    model, state = start(city, **DRY | {"rain_mm": 10.0, "rain_duration": 1200.0, "hyetograph": "uniform"})
    model.update(state, {}, 600.0)
    model.apply(state, Change(600.0, "rain", (), shapely.box(0, 0, 200, 200), {"rain_mm_h": 36.0, "duration": "PT10M"}, "s"))
    model.apply(state, Change(600.0, "rain", (), None, {"hyetograph": "0 3.6, 600 0"}, "everywhere"))
    model.update(state, {}, 900.0)
    other = model.restore(model.save(state), city, {})
    for s in (state, other):
        model.update(s, {}, 2400.0)
    np.testing.assert_array_equal(state.w, other.w)
    area = FLAT.size * 100
    assert state.volume["rain"] == pytest.approx(0.010 * area + 0.006 * 200 * 200 + 0.0006 * area, rel=1e-5)
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_the_ground_keeps_what_its_curve_number_says() -> None:
    """TR-55: of 4 inches on CN 80 the ground keeps 1.96 inches."""
    layers = {"green": features("green", [shapely.box(-100, -100, 700, 500)], kind=["park"])}
    params = DRY | {"rain_mm": 101.6, "rain_duration": 3600.0, "hyetograph": "uniform", "infiltration": "scs", "curve_number": 80.0}
    city = ground(FLAT, layers=layers)
    model, state = start(city, **params)
    model.update(state, {}, 1800.0)
    other = model.restore(model.save(state), city, {})
    for s in (state, other):
        model.update(s, {}, 4000.0)
        assert s.volume["infiltrated"] / (FLAT.size * 100) == pytest.approx(1.96 * 0.0254, abs=2e-4)
    assert abs(model.balance(state)[1]) < 1e-5


def test_that_a_return_period_gives_the_depth_of_the_law() -> None:
    _, state = flooded(ground(FLAT), 3600.0, **DRY | {"storm_years": 1.0, "rain_duration": 3600.0})
    assert state.volume["rain"] / (FLAT.size * 100) == pytest.approx(0.0365, abs=1e-4)
