"""Tables of the ground within cells (Casulli 2009; van Ormondt et al. 2025), and houses by porosity (Schubert and Sanders 2012)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, ground, houses, line
from tests.test_flood import delft, hills
from twin.city.city import City
from twin.city.terrain import Grid, Terrain
from twin.errors import ScenarioError
from twin.frame import LocalFrame
from twin.models.base import Change
from twin.models.hazard.flood import Flood, FloodState
from twin.models.hazard.flood_subgrid_kernels import depth_of, level_of

SUB: dict[str, Any] = {**STILL, "subgrid": "on"}


def begun(city: City, cell_m: float, **params: Any) -> tuple[Flood, FloodState]:
    model = Flood()
    return model, model.initialize(city, {}, Flood.checked({**SUB, "cell_m": cell_m, **params}), 0)


def fill(state: FloodState, level: float) -> None:
    """A lake up to level over all land."""
    sub = state.ground.sub
    assert sub is not None
    i, j = np.nonzero(state.ground.kind == 0)
    state.w[i, j] = state.z[i, j] + sub.depth_over(i, j, level)


def level(state: FloodState) -> np.ndarray:
    assert state.ground.sub is not None
    return state.ground.sub.levels(state.w, state.z)


def test_that_volume_and_level_of_a_cell_are_two_sides_of_one_table() -> None:
    z = hills(64, 64)
    _, state = begun(ground(z, 2.0), 16.0)
    sub = state.ground.sub
    assert sub is not None
    assert sub.k == 8
    for i, j in ((0, 0), (3, 5), (7, 7)):
        pixels = z[i * 8 : i * 8 + 8, j * 8 : j * 8 + 8].astype(float)
        table = sub.nodes[i, j], sub.full[i, j], sub.share[i, j]
        for at in (pixels.min() - 1, *np.quantile(pixels, [0.01, 0.3, 0.5, 0.9, 1.0]), pixels.max() + 2):
            held = depth_of(at, *table)
            true = np.maximum(at - pixels, 0.0).mean()
            assert held == pytest.approx(true, rel=0.01, abs=0.001)
            if held > 0:
                assert level_of(held, sub.nodes, i, j, *table[1:])[0] == pytest.approx(at, abs=1e-9)
        held = [depth_of(at, *table) for at in np.linspace(pixels.min(), pixels.max() + 1, 200)]
        assert (np.diff(held) >= 0).all()
        assert level_of(5.0, sub.nodes, i, j, *table[1:])[0] == pytest.approx(5.0 + pixels.mean(), abs=1e-6)


@pytest.mark.parametrize("buildings", ["block", "porosity"])
def test_that_a_lake_within_cells_stays_at_rest(buildings: str) -> None:
    city = ground(hills(80, 80), 2.0, buildings=houses(shapely.box(33, 41, 58, 73), shapely.box(80, 81, 93, 99)))
    model, state = begun(city, 16.0, buildings=buildings)
    fill(state, 0.25)
    before = state.w.copy()
    for _ in range(20):
        model.update(state, {}, state.now_s + 60.0)
    assert (state.w == before).all()
    assert np.nanmax(model.outputs(state)["water_speed"]) == 0.0


def test_that_a_lake_within_cells_stays_at_rest_over_real_terrain(data: Path) -> None:
    terrain = delft(data)
    model, state = begun(City("delft", LocalFrame(None), terrain=terrain), 16.0)
    at = float(np.nanquantile(terrain.elevation, 0.6))
    fill(state, at)
    before = state.w.copy()
    model.update(state, {}, 1800.0)
    assert np.abs(state.w - before).max() < 1e-12
    assert np.nanmax(model.outputs(state)["water_speed"]) < 1e-12


@pytest.mark.parametrize("given", [{}, {"buildings": "porosity"}, {"subgrid": "cells"}, {"buildings": "porosity", "roofs": "drain"}])
def test_that_no_water_is_lost_within_cells(given: dict[str, Any]) -> None:
    city = ground(hills(100, 100), 2.0, buildings=houses(*(shapely.box(x, 70, x + 13, 95) for x in range(40, 150, 17))),
                  layers={"pumps": features("pumps", [shapely.Point(100, 60)], capacity_m3s=[0.4])})  # fmt: skip
    rain = {"rain_mm": 100.0, "rain_duration": 1800.0, "drainage_mm_h": 12.0, "infiltration": "green_ampt", "boundary": "open"}
    model, state = begun(city, 20.0, **{**rain, **given})
    model.update(state, {}, 3600.0)
    assert state.volume["rain"] == pytest.approx(0.1 * state.w.size * 400.0, rel=1e-5)
    assert abs(model.balance(state)[1]) < 1e-12


def channel(cells: int, width_m: float = 3.0, bank_m: float = 2.0, slope: float = 0.002) -> City:
    """A straight ditch of 1 m pixels in a plain, along cells of 15 m, all falling east."""
    columns, rows = 15 * cells, 15 * 5
    z = np.tile(10.0 - slope * (np.arange(columns) + 0.5), (rows, 1))
    middle = np.abs(np.arange(rows) + 0.5 - rows / 2) > width_m / 2
    z[middle] += bank_m
    return ground(z, 1.0, layers={"inflows": features("inflows", [line((1.0, 37.5), (14.0, 37.5))], discharge_m3s=[2.0])})


def test_that_a_ditch_narrower_than_a_cell_carries_what_manning_says() -> None:
    """Uniform flow: q = h^(5/3) sqrt(S) / n in each strip."""
    city = channel(40)
    model, state = begun(city, 15.0, boundary="open", manning_built_up=0.03)
    model.update(state, {}, 4 * 3600.0)
    depth = model.outputs(state)["water_depth"][37, 150:450]
    normal = (2.0 / 3.0 * 0.03 / np.sqrt(0.002)) ** 0.6
    middle = depth.reshape(-1, 15).mean(axis=1)
    assert middle == pytest.approx(normal, rel=0.03)
    assert state.flow.a[2, 10:30] * 15.0 == pytest.approx(2.0, rel=0.01)
    speed = model.outputs(state)["water_speed"][37, 150:450]
    assert speed == pytest.approx(2.0 / (3.0 * normal), rel=0.05)
    assert np.nanmax(model.outputs(state)["water_depth"][10]) == 0.0


def nearer(terrain: Terrain, cell_m: float, fine_m: float, until_s: float, **params: Any) -> tuple[float, float]:
    """Mean error of the greatest depth of coarse cells, with tables and without, against a run on fine cells."""
    city = City("real", LocalFrame(None), terrain=terrain)
    found = []
    for cell, kind in ((fine_m, "off"), (cell_m, "on"), (cell_m, "off")):
        model, state = begun(city, cell, **{"subgrid": kind, "rain_mm": 60.0, "rain_duration": 1800.0, "boundary": "open", **params})
        model.update(state, {}, until_s)
        out, grid = model.outputs(state)["water_depth_max"], model.grid(state)
        found.append(Terrain(grid, np.nan_to_num(out)))
    true, with_tables, without = found
    x, y = np.meshgrid(true.grid.x, true.grid.y)
    errors = []
    for other in (with_tables, without):
        i, j = other.grid.cell_of(x.ravel(), y.ravel())
        inside = i >= 0
        errors.append(float(np.abs(other.elevation[i[inside], j[inside]] - true.elevation.ravel()[inside]).mean()))
    return errors[0], errors[1]


def test_that_coarse_cells_with_tables_are_nearer_to_a_fine_run() -> None:
    z = hills(240, 240, seed=5) + 0.01 * np.arange(240)[:, None]
    with_tables, without = nearer(Terrain(Grid(0.0, 0.0, 2.0, 240, 240), z.astype(np.float32)), 16.0, 2.0, 3600.0)
    assert with_tables < 0.6 * without


@pytest.mark.slow
def test_that_coarse_cells_with_tables_are_nearer_to_a_fine_run_over_real_terrain(data: Path) -> None:
    terrain = delft(data)
    rows, columns = (16 * (n // 16) for n in terrain.elevation.shape)
    part = Terrain(Grid(0.0, 0.0, terrain.grid.cell_m, rows, columns), np.ascontiguousarray(terrain.elevation[:rows, :columns]))
    with_tables, without = nearer(part, 16.0, 2.0, 3600.0)
    assert with_tables < 0.8 * without


def test_that_a_house_takes_the_room_that_it_stands_in() -> None:
    rain = features("inflows", [shapely.box(60, 0, 120, 120)], discharge_m3s=[1.0], duration_s=[1000.0])
    city = ground(np.zeros((60, 60)), 2.0, buildings=houses(shapely.box(20, 20, 50, 80)), layers={"inflows": rain})
    model, state = begun(city, 20.0, buildings="porosity")
    model.update(state, {}, 7200.0)
    depth = model.outputs(state)["water_depth"]
    assert np.isnan(depth).sum() * model.grid(state).cell_m ** 2 == pytest.approx(30 * 60, rel=1e-6)
    free = (state.w.size * 400.0) - 30 * 60
    assert depth[np.isfinite(depth)] == pytest.approx(1000.0 / free, rel=1e-3)


def street(gap_m: float) -> City:
    """A row of houses across a street 60 m wide, with one gap between them, on a slope."""
    columns, rows = 240, 60
    z = np.tile(2.0 - 0.002 * (np.arange(columns) + 0.5), (rows, 1))
    half = gap_m / 2
    row = (shapely.box(115, 0, 126, 30 - half), shapely.box(115, 30 + half, 126, 60))
    row += tuple(shapely.box(x, 5, x + 0.5, 5.5) for x in (50, 189.5))  # sheds, for the whole street to be computed
    return ground(z, 1.0, buildings=houses(*row), layers={
        "inflows": features("inflows", [line((2.0, 30.0), (18.0, 30.0))], discharge_m3s=[3.0])})  # fmt: skip


def test_that_water_passes_a_gap_between_houses_narrower_than_a_cell() -> None:
    found = {}
    for name, cell_m, given in (
        ("fine", 2.0, {"subgrid": "off"}), ("porosity", 20.0, {"buildings": "porosity"}), ("block", 20.0, {"subgrid": "off"}),
    ):  # fmt: skip
        model, state = begun(street(8.0), cell_m, boundary="open", **given)
        model.update(state, {}, 3 * 3600.0)
        out, k = model.outputs(state)["water_depth"], 20.0 / model.grid(state).cell_m
        found[name] = float(np.nanmean(out[:, int(4 * k) : int(5 * k)]))
        assert state.volume["left"] > 0.8 * state.volume["let_in"] or name == "block"
    assert found["porosity"] == pytest.approx(found["fine"], rel=0.15)
    assert abs(found["porosity"] - found["fine"]) < 0.5 * abs(found["block"] - found["fine"])


def test_that_a_saved_flood_within_cells_goes_on_as_if_nothing_had_been() -> None:
    dike = hills(96, 96) * 0.1
    dike[:, 47:49] += 3.0
    city = ground(dike, 2.0, layers={
        "breaches": features("breaches", [shapely.Point(96, 96)], begin_s=[300.0], formation_s=[900.0], width_m=[20.0]),
        "standing_water": features("standing_water", [shapely.box(0, 0, 90, 192)], level_z_m=[2.0])})  # fmt: skip
    model, state = begun(city, 16.0)
    model.update(state, {}, 240.0)
    assert np.nanmax(model.outputs(state)["water_depth"][:, 56:]) < 1e-6, "the dike within its cells holds"
    model.update(state, {}, 600.0)
    blob = model.save(state)
    again = model.restore(blob, city, {})
    for each in (state, again):
        model.update(each, {}, 1800.0)
    for one, other in ((state.w, again.w), (state.flow.a, again.flow.a), (state.highest, again.highest)):
        assert (one == other).all()
    assert np.nanmax(model.outputs(state)["water_depth"][:, 56:]) > 0.2
    assert abs(model.balance(state)[1]) < 1e-12


def test_that_a_wall_stands_between_cells_with_tables() -> None:
    city = ground(np.zeros((60, 60)), 2.0, layers={
        "barriers": features("barriers", [line((60, -5), (60, 125))], crest_m=[1.0]),
        "standing_water": features("standing_water", [shapely.box(0, 0, 60, 120)], depth_m=[0.8])})  # fmt: skip
    model, state = begun(city, 20.0)
    model.update(state, {}, 600.0)
    assert np.nanmax(model.outputs(state)["water_depth"][:, 31:]) == 0.0
    model.apply(state, Change(600.0, "breach", ("barrier/0",)))
    model.update(state, {}, 3600.0)
    assert model.outputs(state)["water_depth"] == pytest.approx(0.4, abs=0.02)


def test_that_what_cannot_have_tables_says_so() -> None:
    for given in ({"scheme": "finite_volume"}, {"buildings": "porosity", "scheme": "finite_volume"}, {"cell_m": 2.0}):
        model, state = begun(ground(np.zeros((60, 60)), 2.0), **{"cell_m": 10.0, **given})
        assert state.ground.sub is None
        assert "no-subgrid" in [code for _, code, _ in model.notices(state)]
    with pytest.raises(ScenarioError, match="sub-grid tables"):
        begun(ground(np.zeros((60, 60)), 2.0), 10.0, device="gpu")


def test_that_a_nested_part_and_the_whole_city_have_tables() -> None:
    city = ground(hills(120, 120), 2.0)
    model, state = begun(city, 8.0, boundary="nested", area="60,60,180,180", rain_mm=60.0, rain_duration=1800.0)
    assert state.nest is not None
    assert state.ground.sub is not None
    assert state.nest.state.ground.sub is not None
    model.update(state, {}, 1200.0)
    again = model.restore(model.save(state), city, {})
    for each in (state, again):
        model.update(each, {}, 1500.0)
    assert (state.w == again.w).all()
    assert abs(model.balance(state)[1]) < 1e-12
    assert 0.05 < np.nanmax(model.outputs(state)["water_depth"]) < 5.0
