"""Rivers whose flow is computed, so that what is let in raises them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, flooded, ground, start
from twin.city.city import City

DEPTH, FLOW, MANNING = 3.0, 60.0, 0.03


def valley(at: float = 25.0, **inflow: Any) -> City:
    """A river of three cells at level 0 between banks of 2 m, which leaves the area in the west and the east."""
    z = np.full((15, 120), 2.0)
    z[6:9] = 0.0
    water = features("water", [shapely.box(0, 60, 1200, 90)], kind=["river"], level_m=[0.0])
    flow = {"discharge_m3s": [FLOW], **inflow}
    return ground(z, layers={"water": water, "inflows": features("inflows", [shapely.LineString([(at, 61), (at, 89)])], **flow)})


def backwater(level: float, length_m: float, width_m: float = 30.0) -> float:
    """Level so far upstream of one: dh/dx = Sf / (1 - Fr^2) on a flat bed (Chow 1959, eq. 9-13)."""
    h, q = DEPTH + level, FLOW / width_m
    for _ in range(int(length_m)):
        h += (MANNING * q) ** 2 / h ** (10 / 3) / (1.0 - q * q / (9.81 * h**3))
    return h - DEPTH


@pytest.mark.parametrize("scheme", ["local_inertial", "finite_volume"])
def test_that_an_inflow_raises_a_river_by_what_its_bed_takes(scheme: str) -> None:
    given = {**STILL, "boundary": "open", "river": "compute", "river_depth_m": DEPTH, "manning_river": MANNING, "scheme": scheme}
    model, state = flooded(valley(), 4 * 3600.0, **given)
    level = state.w[7]
    assert level[15] - level[110] == pytest.approx(backwater(level[110], 950.0) - level[110], rel=0.03)
    # held water is at rest in finite volumes, which a wave of u = 2 (c - c0) resists
    assert 0.0 < level[110] < (0.1 if scheme == "local_inertial" else 0.4), "it is held to its level at its end"
    assert (np.diff(level[5:119]) < 1e-6).all()
    assert state.volume["into_water"] / state.volume["let_in"] > 0.95
    assert abs(model.balance(state)[1]) < 1e-12
    out = model.outputs(state)
    assert np.isnan(out["water_depth"][6:9]).all(), "a river is no flood"
    assert np.nanmax(out["water_depth_max"]) == 0.0


def test_that_a_river_that_is_computed_and_gets_nothing_stays_at_its_level() -> None:
    model, state = flooded(valley(discharge_m3s=[0.0]), 3600.0, **{**STILL, "boundary": "open", "river": "compute"})
    assert np.abs(state.w[6:9]).max() < 1e-9
    assert model.indicators(state)["volume_standing"][0] == pytest.approx(0.0, abs=1e-6)


def test_that_a_river_over_its_banks_floods_the_land() -> None:
    model, state = flooded(valley(discharge_m3s=[1500.0]), 1800.0, **{**STILL, "boundary": "open", "river": "compute"})
    assert np.nanmax(model.outputs(state)["water_depth_max"]) > 0.3
    assert abs(model.balance(state)[1]) < 1e-12


def test_that_a_river_flows_in_cells_with_tables_too() -> None:
    z = np.kron(np.asarray(valley().terrain.elevation), np.ones((5, 5)))  # type: ignore[union-attr]
    city = ground(z, 2.0, layers=dict(valley().layers))
    given = {**STILL, "boundary": "open", "river": "compute", "cell_m": 10.0, "subgrid": "on"}
    model, state = flooded(city, 4 * 3600.0, **given)
    assert state.ground.sub is not None
    level = state.ground.sub.levels(state.w, state.z)[7]
    assert level[15] - level[110] == pytest.approx(backwater(level[110], 950.0) - level[110], rel=0.03)
    assert abs(model.balance(state)[1]) < 1e-12
    again = model.restore(model.save(state), city, {})
    for each in (state, again):
        model.update(each, {}, 4 * 3600.0 + 300.0)
    assert (state.w == again.w).all()


def test_that_what_is_let_into_a_kept_river_says_that_it_comes_up_beside_it() -> None:
    city = valley()
    city.layers["inflows"] = features("inflows", [shapely.Point(600, 64)], discharge_m3s=[5.0])
    model, state = start(city, **{**STILL, "river": "keep"})
    assert [text for _, code, text in model.notices(state) if code == "inflow-kept-inflow/0"] == [
        "inflow/0 lies in water that is kept at its level and comes up beside it: to let it raise a river, choose river = compute."
    ]


def test_that_a_city_without_a_river_says_so_when_one_is_to_be_computed() -> None:
    model, state = start(ground(np.zeros((20, 20))), river="compute")
    assert "no-river" in [code for _, code, _ in model.notices(state)]
