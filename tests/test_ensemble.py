"""Many runs: spreads, chances, return periods and expected annual damage."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.engine_world import small_city
from twin.errors import ScenarioError
from twin.scenario.ensemble import annual, ensemble, matters, members_of, returns, spread_of
from twin.scenario.scenario import Scenario, Uncertain, scenario_from_toml

TOML = """
schema = 1
[scenario]
name = "rain"
duration = "PT20M"
seed = 3
[[hazard]]
id = "rain"
model = "flood"
params = { rain_mm = 80, rain_duration = "PT15M", cell_m = 10, infiltration = "none", drainage_mm_h = 0 }
[[hazard]]
id = "losses"
model = "impact"
params = { floor_m = 0 }
"""


def scenario(*uncertain: tuple[str, str]) -> Scenario:
    made = scenario_from_toml(TOML)
    made.uncertain = [Uncertain(param=p, spread=s) for p, s in uncertain]
    return made


@pytest.mark.parametrize(
    ("spread", "median"),
    [("normal(100, 20)", 100.0), ("lognormal(100, 0.3)", 100.0), ("uniform(50, 90)", 70.0), ("triangular(0, 50, 100)", 50.0)],
)
def test_that_members_spread_about_their_median(spread: str, median: float) -> None:
    made = scenario(("rain.rain_mm", spread))
    members, values = members_of(made, 200, [spread_of(made, made.uncertain[0])])
    assert np.median(values) == pytest.approx(median, rel=0.02)
    assert [m.hazard[0].params["rain_mm"] for m in members] == values[:, 0].tolist()
    assert len({m.scenario.seed for m in members}) == 200
    again = members_of(made, 200, [spread_of(made, made.uncertain[0])])[1]
    np.testing.assert_array_equal(values, again)


def test_that_a_latin_hypercube_meets_every_slice_once() -> None:
    made = scenario(("rain.rain_mm", "uniform(0, 100)"), ("flood.initial_moisture", "uniform(0, 1)"))
    _, values = members_of(made, 50, [spread_of(made, u) for u in made.uncertain])
    for column, top in zip(values.T, (100.0, 1.0), strict=True):
        assert sorted(np.floor(column / top * 50).astype(int)) == list(range(50))


def test_that_values_stay_within_what_the_parameter_allows() -> None:
    made = scenario(("rain.initial_moisture", "normal(0.9, 0.5)"))
    _, values = members_of(made, 100, [spread_of(made, made.uncertain[0])])
    assert values.min() >= 0
    assert values.max() == 1.0


@pytest.mark.parametrize(
    ("param", "spread"),
    [
        ("rain_mm", "normal(1, 1)"), ("rain.nothing", "normal(1, 1)"), ("rain.scheme", "normal(1, 1)"), ("rain.rain_mm", "gamma(1, 1)"),
        ("rain.rain_mm", "normal(1)"), ("rain.rain_mm", "normal(a, b)"), ("rain.rain_mm", "normal(1, 0)"),
        ("rain.rain_mm", "uniform(5, 5)"), ("rain.rain_mm", "triangular(5, 1, 9)"), ("rain.rain_mm", "lognormal(-1, 1)"),
        ("rain.rain_mm", "normal(nan, 1)"), ("rain.rain_mm", "__import__('os')"),
    ],
)
def test_that_a_spread_that_is_none_is_refused_in_words(param: str, spread: str) -> None:
    made = scenario((param, spread))
    with pytest.raises(ScenarioError):
        spread_of(made, made.uncertain[0])


def test_that_expected_annual_damage_is_the_area_under_the_curve() -> None:
    """Loss 100 (1 - p): its mean over a year is the integral from p = 0 to 1, 50, met by trapezoids up to the tail beyond 1,000 years."""
    years = np.array([1.25, 2, 5, 10, 50, 100, 1000])
    p = 1 / years
    assert float(annual(p, 100 * (1 - p))) == pytest.approx(50.0, abs=0.06)
    two = annual(p, np.stack([100 * (1 - p), 200 * (1 - p)], axis=1))
    assert two[1] == pytest.approx(2 * two[0])


def test_that_what_matters_is_found_by_rank() -> None:
    rng = np.random.default_rng(1)
    values = rng.uniform(size=(80, 2))
    figures = {"loss": dict(enumerate(np.exp(5 * values[:, 0]))), "flat": dict.fromkeys(range(80), 1.0)}
    found = matters(values, ["a", "b"], figures)
    assert found["loss"]["a"] == pytest.approx(1.0)
    assert abs(found["loss"]["b"]) < 0.3
    assert "flat" not in found


def test_that_an_ensemble_gives_chances_depths_and_ranges(tmp_path: Path) -> None:
    made = scenario(("rain.rain_mm", "uniform(20, 120)"))
    shares: list[float] = []
    result = ensemble(small_city(), made, tmp_path / "e", 6, workers=1, report=lambda _, f: shares.append(f))
    assert shares == sorted(shares)
    one, deep = result.at("flood_probability_10_cm"), result.at("flood_probability_100_cm")
    low, middle, high = (result.at(f"water_depth_max_{q}") for q in ("p10", "p50", "p90"))
    assert one is not None and deep is not None and low is not None and middle is not None and high is not None  # noqa: PT018
    known = np.isfinite(one.array)
    assert known.any()
    assert (one.array[known] >= deep.array[known]).all()
    assert (low.array[known] <= middle.array[known]).all()
    assert (middle.array[known] <= high.array[known]).all()
    assert set(np.unique(np.round(one.array[known] * 6, 4))) <= set(range(7))
    rain = result.indicators["volume_rain"]
    assert rain.low is not None and rain.high is not None and rain.low < rain.value < rain.high  # noqa: PT018
    told = json.loads((tmp_path / "e" / "members.json").read_text())
    assert len(told["values"]) == 6
    assert told["matters"]["volume_rain"]["rain.rain_mm"] == 1.0
    assert not list((tmp_path / "e").glob("*.part"))


def test_that_processes_give_what_one_gives(tmp_path: Path) -> None:
    made = scenario(("rain.rain_mm", "uniform(20, 120)"))
    a = ensemble(small_city(), made, tmp_path / "a", 3, workers=1)
    b = ensemble(small_city(), made, tmp_path / "b", 3, workers=2)
    for name in a.quantities():
        x, y = a.at(name), b.at(name)
        assert x is not None and y is not None  # noqa: PT018
        np.testing.assert_array_equal(x.array, y.array)


def test_that_return_periods_give_how_often_water_comes_and_what_it_costs(tmp_path: Path) -> None:
    result = returns(small_city(), scenario(), tmp_path / "r", (100, 2, 10), workers=1)
    often = result.at("flood_return_period")
    yearly = result.at("building_annual_loss")
    assert often is not None and yearly is not None  # noqa: PT018
    assert set(np.unique(often.array[np.isfinite(often.array)])) <= {2.0, 10.0, 100.0}
    figures = result.indicators
    assert figures["expected_annual_damage"].value == pytest.approx(float(np.nansum(yearly.array)), rel=1e-4)
    assert figures["direct_loss_2_years"].value <= figures["direct_loss_100_years"].value


def test_that_an_ensemble_that_is_cancelled_leaves_nothing(tmp_path: Path) -> None:
    def check() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        ensemble(small_city(), scenario(("rain.rain_mm", "uniform(20, 120)")), tmp_path / "e", 4, workers=1, check=check)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("years", [(10,), (0.5, 10), (10, 1e6)])
def test_that_return_periods_that_are_none_are_refused_in_words(tmp_path: Path, years: tuple[float, ...]) -> None:
    with pytest.raises(ScenarioError, match="Return periods"):
        returns(small_city(), scenario(), tmp_path / "r", years)


def test_that_rain_is_uncertain_where_nobody_says_what_is_and_that_is_told(tmp_path: Path) -> None:
    result = ensemble(small_city(), scenario(), tmp_path / "e", 2, workers=1)
    assert any(n["code"] == "assumed-spread" for n in result.manifest["notices"])
    dry = scenario()
    dry.hazard[0].params["rain_mm"] = 0
    with pytest.raises(ScenarioError, match="uncertain"):
        ensemble(small_city(), dry, tmp_path / "f", 2)


def test_that_a_scenario_keeps_what_is_uncertain_in_its_file() -> None:
    made = scenario(("rain.rain_mm", "normal(100, 20)"))
    assert scenario_from_toml(made.to_toml()) == made
