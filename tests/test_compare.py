"""Two results side by side."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tests.engine_world import small_city, tub_scenario
from twin.errors import ScenarioError
from twin.results import RunResult
from twin.scenario.compare import COLUMNS, Comparison, compare
from twin.scenario.engine import run

PUMP = {"id": "p", "kind": "pump", "geometry": "POINT (355050 3456200)", "capacity_m3s": 2.0, "cost": 100_000}


def finished(out: Path, city: Any = None, **changes: Any) -> RunResult:
    end = list(run(city or small_city(), tub_scenario(**changes), out))[-1]
    assert end.ok, end.message
    return end.result


@pytest.fixture(scope="module")
def comparison(tmp_path_factory: pytest.TempPathFactory) -> Comparison:
    place = tmp_path_factory.mktemp("pair")
    return compare(finished(place / "base"), finished(place / "pump", edit=[PUMP]))


def test_that_the_table_has_the_change_and_the_percentage(comparison: Comparison) -> None:
    assert tuple(comparison.table.columns) == COLUMNS
    loss = comparison.table.set_index("indicator").loc["direct_loss"]
    assert loss["change"] == pytest.approx(loss["other"] - loss["baseline"])
    assert loss["change"] < 0
    assert loss["percent"] == pytest.approx(100 * loss["change"] / loss["baseline"])
    assert loss["unit"] == "CNY"


def test_that_the_difference_is_other_minus_base(comparison: Comparison) -> None:
    change = comparison.difference("water_depth_max")
    # 2 m3/s take 2e-4 m/s off the tub for an hour: 0.72 m less wherever there was that much
    assert float(change.array[0, 0]) == pytest.approx(-0.72, abs=1e-4)
    assert change.grid is not None
    assert comparison.difference("water_depth", 900.0).array[0, 0] == pytest.approx(-0.18, abs=1e-4)
    assert comparison.difference("building_damage").array.shape == (4,)
    with pytest.raises(ScenarioError, match="not in both"):
        comparison.difference("snow")


def test_that_a_measure_is_weighed_against_what_it_saves(comparison: Comparison) -> None:
    money = comparison.economics
    loss = comparison.table.set_index("indicator").loc["direct_loss", "change"]
    assert money["cost"] == 100_000
    assert money["saved"] == pytest.approx(-loss)
    assert money["ratio"] == pytest.approx(money["saved"] / 100_000)
    assert compare(comparison.base, comparison.base).economics == {}


def test_that_it_is_saved_for_spreadsheets_and_maps(comparison: Comparison, tmp_path: Path) -> None:
    import pandas as pd
    import rasterio

    comparison.save(tmp_path / "out")
    table = pd.read_csv(tmp_path / "out" / "comparison.csv")
    np.testing.assert_allclose(table["change"], comparison.table["change"])
    data = json.loads((tmp_path / "out" / "comparison.json").read_text())
    assert data["economics"]["cost"] == 100_000
    with rasterio.open(tmp_path / "out" / "difference_water_depth_max.tif") as file:
        assert file.crs.to_epsg() == 32651
        np.testing.assert_array_equal(np.flipud(file.read(1)), comparison.difference("water_depth_max").array)
    assert not [p for p in (tmp_path / "out").iterdir() if ".part" in p.name]


def test_that_objects_gone_in_the_alternative_are_matched_by_id(comparison: Comparison, tmp_path: Path) -> None:
    razed = finished(tmp_path / "razed", edit=[{"id": "d", "kind": "demolish", "object": "building/0"}])
    change = compare(comparison.base, razed).difference("building_loss").array
    lost = comparison.base.at("building_loss").array
    assert change.tolist() == [-lost[0], 0, 0, 0]


def test_that_unlike_runs_say_what_is_unlike(comparison: Comparison, tmp_path: Path) -> None:
    assert comparison.notices == []
    other = finished(tmp_path / "wetter", params={"rise_m_h": 3.0}, scenario={"seed": 99})
    notices = compare(comparison.base, other).notices
    assert any("seeds" in n for n in notices)
    assert any("rise_m_h" in n for n in notices)


def test_that_different_cities_and_grids_are_not_compared(comparison: Comparison, tmp_path: Path) -> None:
    from dataclasses import replace

    elsewhere = finished(tmp_path / "elsewhere", replace(small_city(), name="Otherville"))
    with pytest.raises(ScenarioError, match="Testville and Otherville"):
        compare(comparison.base, elsewhere)
    city = small_city()
    from twin.city.terrain import Grid, Terrain

    coarse = Terrain(Grid(0, 0, 10, 40, 40), city.terrain.on(Grid(0, 0, 10, 40, 40)))
    rougher = finished(tmp_path / "coarse", city.derived(terrain=coarse))
    with pytest.raises(ScenarioError, match="different grids"):
        compare(comparison.base, rougher).difference("water_depth_max")
