"""The cloudburst model against what must be true of water."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely

from tests.flood_city import STILL, features, flooded, ground, houses, line, start
from twin.city.city import City
from twin.city.network import Network
from twin.city.terrain import Grid, Terrain
from twin.errors import ScenarioError
from twin.frame import LocalFrame
from twin.models.base import Cancelled, Change
from twin.models.hazard import flood_kernels as kernels
from twin.models.hazard.flood import Flood
from twin.models.hazard.flood_schemes import SCHEMES

SCHEMED = pytest.mark.parametrize("scheme", SCHEMES)
LAKE_ULP = 2 * np.spacing(np.float32(4.0))


CORNERS = [shapely.box(x, y, x + 0.5, y + 0.5) for x, y in ((52, 52), (660, 560))]
"""Sheds too small to block a cell, so that the area computed is as large as the ground."""


def hills(rows: int, columns: int, seed: int = 1) -> np.ndarray:
    from scipy.ndimage import gaussian_filter

    rough = gaussian_filter(np.random.default_rng(seed).normal(size=(rows, columns)), 4)
    return (3.0 * rough / np.abs(rough).max()).astype(np.float32)


def delft(data: Path) -> Terrain:
    import rasterio

    with rasterio.open(next((data / "delft_3dfier" / "derived").glob("*dtm*.tif"))) as source:
        z = source.read(1, masked=True).astype(np.float32).filled(np.nan)
        z[z < -100] = np.nan
        return Terrain(Grid(0.0, 0.0, abs(source.transform.a), *z.shape), np.ascontiguousarray(z[::-1]))


def fill(state: Any, level: float) -> None:
    """A lake up to level over all land."""
    land = state.ground.kind == 0
    state.w[land] = np.maximum(state.z[land], level)
    state.top[0] = (state.w - state.z)[land].max()


def rested(model: Flood, state: Any, level: float, steps: int) -> None:
    wet = (state.ground.kind == 0) & (state.z < level)
    while state.steps < steps:
        model.update(state, {}, state.now_s + 60.0)
    assert np.nanmax(model.outputs(state)["water_speed"]) < 1e-5
    assert np.abs(state.w[wet] - level).max() <= LAKE_ULP
    assert np.abs(state.w - state.z)[~wet & (state.ground.kind == 0)].max() == 0.0


@pytest.mark.parametrize("steps", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_that_a_lake_at_rest_over_real_terrain_stays_at_rest(data: Path, steps: int) -> None:
    terrain = delft(data)
    city = City("Delft", LocalFrame("EPSG:28992"), terrain=terrain, buildings=houses(*CORNERS, shapely.box(80, 80, 110, 120)))
    model, state = start(city, **STILL)
    assert state.w.size > 20_000
    fill(state, 0.8)
    rested(model, state, 0.8, steps)


@SCHEMED
@pytest.mark.parametrize("steps", [500, pytest.param(10_000, marks=pytest.mark.slow)])
def test_that_a_lake_at_rest_over_random_steps_walls_and_islands_stays_at_rest(steps: int, scheme: str) -> None:
    z = np.random.default_rng(3).uniform(-3, 2, (60, 70)).round(2)
    z[20:30, 20:30] = 5.0
    walls = features("barriers", [line((33, 77), (600, 423)), line((300, 0), (300, 600))], crest_z_m=[0.5, 3.0])
    buildings = houses(*CORNERS, shapely.box(400, 400, 470, 460))
    model, state = start(ground(z, layers={"barriers": walls}, buildings=buildings), **STILL, scheme=scheme)
    assert len(state.walls.standing()[0]) > 50
    fill(state, 1.3)
    rested(model, state, 1.3, steps)


@SCHEMED
def test_that_no_water_is_lost_or_made(scheme: str) -> None:
    """Rain, soil, drains, a pump, a river, a wall, houses and an open rim at once: balance below 1e-5 (models.md)."""
    city = ground(
        hills(80, 90),
        layers={
            "water": features("waters", [shapely.box(300, 0, 350, 800)], level_m=[-0.5]),
            "pumps": features("pumps", [shapely.Point(600, 400)], capacity_m3s=[1.5]),
            "barriers": features("barriers", [line((280, 0), (280, 800))], crest_m=[0.4]),
            "green": features("green", [shapely.box(500, 0, 900, 300)]),
        },
        buildings=houses(*[shapely.box(x, y, x + 35, y + 25) for x in range(0, 900, 70) for y in range(0, 800, 60)]),
    )
    model, state = flooded(city, 3600.0, rain_mm=90, rain_duration=2400, scheme=scheme)
    figures = model.indicators(state)
    for name in ("rain", "infiltrated", "drained", "pumped", "left_area", "into_rivers", "standing"):
        assert figures[f"volume_{name}"][0] > 0, name
    assert abs(figures["volume_balance_error"][0]) < 1e-10
    dry = int((state.ground.kind == 2).sum())
    assert figures["volume_rain"][0] == pytest.approx(0.09 * (80 * 90 - dry) * 100.0, rel=1e-6)


@SCHEMED
def test_that_depth_is_never_negative(scheme: str) -> None:
    z = np.random.default_rng(5).uniform(0, 8, (50, 50))
    model, state = start(ground(z), rain_mm=300, rain_duration=1200, hyetograph="uniform", scheme=scheme)
    for until in range(60, 1800, 60):
        model.update(state, {}, float(until))
        assert (state.w - state.z).min() > -1e-12
    assert abs(model.balance(state)[1]) < 1e-10


@pytest.mark.parametrize("manning", [0.02, 0.045])
@pytest.mark.parametrize("slope", [0.005, 0.01, 0.02, 0.05, 0.1])
def test_that_rain_on_a_plane_runs_off_as_the_kinematic_wave_says(slope: float, manning: float) -> None:
    """Steady 50 mm/h: q = i x, h = (q n / sqrt(S))^(3/5); within 5 % (models.md)."""
    columns, rain = 60, 50 / 3.6e6
    z = np.tile((columns - 1 - np.arange(columns)) * 10 * slope + 1, (8, 1))
    sides = features("barriers", [line((-5, 10), (700, 10)), line((-5, 70), (700, 70))], crest_z_m=1000.0)
    _, state = flooded(
        ground(z, layers={"barriers": sides}),
        3 * 3600.0,
        rain_mm=150,
        rain_duration=3 * 3600,
        hyetograph="uniform",
        drainage_mm_h=0,
        infiltration="none",
        manning_built_up=manning,
    )
    x = (np.arange(columns) + 1) * 10.0
    expected = (rain * x * manning / np.sqrt(slope)) ** 0.6
    depth = (state.w - state.z)[4]
    assert np.abs(depth[3:] / expected[3:] - 1).max() < 0.05
    assert (state.w - state.z)[1:7].std(axis=0).max() < 1e-9


def test_that_rain_on_a_diagonal_plane_runs_no_faster_than_on_a_straight_one() -> None:
    """Friction must act on the whole flow: taken by component, it would let a diagonal flow run 19 % too fast."""
    slope, n, rain = 0.02, 0.04, 50 / 3.6e6
    size = 60
    i, j = np.mgrid[0:size, 0:size]
    z = ((size - i) + (size - j)) * 10 * slope / np.sqrt(2)
    _, state = flooded(
        ground(z),
        2 * 3600.0,
        rain_mm=100,
        rain_duration=2 * 3600,
        hyetograph="uniform",
        drainage_mm_h=0,
        infiltration="none",
        manning_built_up=n,
    )
    j = np.arange(5, 20)  # far from the diagonal, where flow lines that come from two sides meet
    along = (j + 1) * 10 * np.sqrt(2)
    expected = (rain * along * n / np.sqrt(slope)) ** 0.6
    assert np.abs((state.w - state.z)[55, j] / expected - 1).max() < 0.05


TURNS: dict[str, Any] = {
    "quarter turn": lambda a: np.rot90(a),
    "half turn": lambda a: np.rot90(a, 2),
    "left and right": lambda a: a[:, ::-1],
    "up and down": lambda a: a[::-1],
    "transposed": lambda a: a.T,
}


@SCHEMED
@pytest.mark.parametrize("turn", TURNS)
def test_that_turned_ground_gives_the_turned_flood(turn: str, scheme: str) -> None:
    z = hills(48, 48, seed=7)
    settings: dict[str, Any] = {"rain_mm": 80, "rain_duration": 900}
    model, state = flooded(ground(z), 1800.0, **settings, scheme=scheme)
    _, turned = flooded(ground(np.ascontiguousarray(TURNS[turn](z))), 1800.0, **settings, scheme=scheme)
    np.testing.assert_allclose(turned.w - turned.z, TURNS[turn](state.w - state.z), rtol=0, atol=1e-6)
    np.testing.assert_allclose(turned.highest, TURNS[turn](state.highest), rtol=0, atol=1e-6)
    assert model.outputs(state)["water_depth_max"].max() > 0.1


@SCHEMED
@pytest.mark.parametrize(
    "ends", [((20, 20), (580, 580)), ((0, 137), (600, 411)), ((203, 0), (289, 600)), ((600, 0), (0, 600)), ((5, 5), (595, 595))]
)
def test_that_a_barrier_holds_water_until_it_is_overtopped(ends: Any, scheme: str) -> None:
    """A closed ring of wall with one slanting side: no water gets out between faces, until it stands above the crest."""
    (x0, y0), (x1, y1) = ends
    far_x, far_y = (-50, 650) if x0 <= x1 else (650, 650)
    ring = (
        line((x0, y0), (x1, y1), (far_x, far_y), (x0, y0))
        if abs(x1 - x0) >= abs(y1 - y0)
        else line((x0, y0), (x1, y1), (-50, 300), (x0, y0))
    )
    city = ground(np.zeros((60, 60)), layers={"barriers": features("barriers", [ring], crest_m=1.0)})
    inside = shapely.contains_xy(shapely.Polygon(ring), *(np.meshgrid(np.arange(60) * 10 + 5 - 7.1e-6, np.arange(60) * 10 + 5 - 3.2e-6)))
    assert 50 < inside.sum() < 3400
    for level, leaks in ((0.95, False), (1.4, True)):
        model, state = start(city, **STILL, scheme=scheme)
        state.w[inside] = level
        state.top[0] = level
        model.update(state, {}, 900.0)
        assert bool((state.w[~inside] > 0).any()) == leaks
        assert abs(state.w.sum() - level * inside.sum()) < 1e-8
        if leaks:
            assert state.w[inside].max() < level


@SCHEMED
def test_that_a_breach_lets_the_water_out_where_it_is_and_later_not_before(scheme: str) -> None:
    wall = features("barriers", [line((300, -50), (300, 350))], crest_m=2.0)
    model, state = start(ground(np.zeros((30, 60)), layers={"barriers": wall}), **STILL, scheme=scheme)
    state.w[:, :30] = 1.0
    state.top[0] = 1.0
    model.update(state, {}, 60.0)
    assert (state.w[:, 30:] == 0).all()
    model.apply(state, Change(60.0, "breach", ("barrier/0",), geometry=shapely.Point(300, 150)))
    model.update(state, {}, 65.0)
    rows = np.flatnonzero(state.w[:, 30] > 0.05)
    assert 12 <= rows.min() <= rows.max() <= 17
    model.apply(state, Change(65.0, "barrier", ("barrier/0",), values={"crest_m": 2.0}))
    before = state.w[:, 30:].sum()
    model.update(state, {}, 200.0)
    assert state.w[:, 30:].sum() == pytest.approx(before, abs=1e-9)


@SCHEMED
def test_that_a_barrier_and_a_pump_put_there_while_it_rains_work_from_then_on(scheme: str) -> None:
    model, state = start(ground(np.zeros((30, 60))), **STILL, scheme=scheme)
    state.w[:, :10] = 1.0
    state.top[0] = 1.0
    model.update(state, {}, 20.0)
    assert (state.w[:, 30:] == 0).all()
    model.apply(state, Change(20.0, "barrier", geometry=line((300, -50), (300, 350)), values={"crest_m": 1.0}, id="new"))
    model.apply(state, Change(20.0, "pump", geometry=shapely.Point(30, 150), values={"capacity_m3s": 0.5, "on": True}, id="new"))
    model.update(state, {}, 620.0)
    assert (state.w[:, 30:] == 0).all()
    assert state.w[:, 29].min() > 0.1
    assert state.volume["pumped"] == pytest.approx(300.0, rel=1e-6)
    other = model.restore(model.save(state), ground(np.zeros((30, 60))), {})
    assert other.walls.ids == ("barrier/new",)
    model.apply(other, Change(620.0, "switch", ("pump/new",), values={"on": False}))
    assert not other.pumps.on[0]


def test_that_a_breach_beside_any_barrier_is_a_plain_error() -> None:
    model, state = start(
        ground(np.zeros((10, 10)), layers={"barriers": features("barriers", [line((50, 0), (50, 99))], crest_m=1.0)}), **STILL
    )
    with pytest.raises(ScenarioError, match="no barrier where"):
        model.apply(state, Change(0.0, "breach", geometry=shapely.Point(5, 5)))


def test_that_a_yard_of_one_cell_does_not_fill_up_with_the_rain_of_the_roofs_around() -> None:
    block = shapely.box(50, 50, 120, 120).difference(shapely.box(80, 80, 90, 90))
    model, state = flooded(
        ground(np.zeros((20, 20)), buildings=houses(*CORNERS, block)), 600.0, **{**STILL, "rain_mm": 50, "rain_duration": 600}
    )
    at = int((85 - state.ground.grid.y0) // 10)
    assert np.isnan(model.outputs(state)["water_depth"][at, at])
    assert model.balance(state)[0] == pytest.approx(0.05 * state.w.size * 100, rel=1e-6)


def test_that_weir_flow_over_a_wall_is_that_of_the_formula() -> None:
    """Broad-crested weir 1.705 H^1.5 per metre while the other side is low."""
    wall = features("barriers", [line((500, -50), (500, 80))], crest_m=1.0)
    model, state = start(ground(np.zeros((3, 100)), layers={"barriers": wall}), cfl=0.3, manning_built_up=0.005, **STILL)
    state.w[:, :50] = 1.2
    state.top[0] = 1.2
    model.update(state, {}, 20.0)
    head = state.w[1, 49] - 1.0
    assert state.flow.a[1, 50] == pytest.approx(1.705 * head**1.5, rel=0.05)


@SCHEMED
def test_that_a_front_from_the_middle_of_one_side_is_symmetric_about_it(scheme: str) -> None:
    """The shape of EA test 4 (Neelz and Pender 2013): water let in at the middle of the west side of a flat plain."""
    model, state = start(ground(np.zeros((100, 60)), 5.0), manning_built_up=0.05, **STILL, scheme=scheme)
    for until in range(5, 1205, 5):
        state.w[48:52, 0] += 20.0 * 5.0 / (4 * 25.0)
        model.update(state, {}, float(until))
    depth = state.w - state.z
    np.testing.assert_allclose(depth, depth[::-1], rtol=0, atol=0.0 if scheme == "local_inertial" else 1e-6)
    assert 0.1 < depth[49, 20] < 1.5
    assert depth.sum() * 25 == pytest.approx(20.0 * 1200, rel=1e-9)


def test_that_a_dam_break_keeps_its_water_and_is_as_wrong_as_the_limits_say() -> None:
    """Ritter 1892 on dry ground; local inertial flow does not converge to it (models.md: 8 % at every grid)."""
    columns, t, c = 200, 20.0, np.sqrt(9.81 * 10)
    model, state = start(ground(np.zeros((3, columns)), 5.0), manning_built_up=0.005, **STILL)
    state.w[:, : columns // 2] = 10.0
    state.top[0] = 10.0
    model.update(state, {}, t)
    x = (np.arange(columns) + 0.5) * 5.0 - 500.0
    exact = np.where(x < -c * t, 10.0, np.where(x < 2 * c * t, 4 / (9 * 9.81) * (c - x / (2 * t)) ** 2, 0.0))
    error = np.abs(state.w[1] - exact).mean() / 10
    assert 0.05 < error < 0.09
    assert any("8 %" in limit for limit in Flood.limits)
    assert state.w.sum() == pytest.approx(3 * 1000.0, rel=1e-12)


def test_that_rain_on_a_roof_runs_to_the_ground_beside_it() -> None:
    city = ground(np.zeros((20, 20)), buildings=houses(shapely.box(50, 50, 150, 150)))
    settings = {**STILL, "rain_mm": 50, "rain_duration": 600}
    model, state = flooded(city, 900.0, **settings)
    assert state.volume["rain"] == pytest.approx(0.05 * 200 * 200, rel=1e-6)
    assert model.balance(state)[0] == pytest.approx(0.05 * 200 * 200, rel=1e-6)
    depth = model.outputs(state)["water_depth"]
    assert np.isnan(depth[10, 10])
    assert np.nanmin(depth) > 0.05
    _, drained = flooded(city, 900.0, **settings, roofs="drain")
    assert drained.volume["drained"] == pytest.approx(0.05 * 100 * 100, rel=1e-6)


def test_that_a_house_narrower_than_half_a_cell_does_not_block_it() -> None:
    city = ground(np.zeros((10, 10)), buildings=houses(shapely.box(52, 52, 58, 58), shapely.box(20, 20, 29, 29)))
    _, state = start(city)
    assert list(map(tuple, np.argwhere(state.ground.kind == 1))) == [(2, 2)]


@SCHEMED
def test_that_a_river_keeps_its_level_spills_when_it_rises_and_is_no_flood(scheme: str) -> None:
    river = features("waters", [shapely.box(0, 0, 50, 300)], level_m=[2.0])
    city = ground(np.full((30, 40), 2.2), layers={"water": river})
    model, low = flooded(city, 600.0, **STILL, scheme=scheme)
    assert np.isnan(model.outputs(low)["water_depth"][:, :5]).all()
    assert np.nanmax(model.outputs(low)["water_depth"]) == 0.0
    model, high = flooded(city, 600.0, **STILL, river_rise_m=1.0, scheme=scheme)
    assert np.nanmax(model.outputs(high)["water_depth"]) > 0.3
    assert (high.w[:, :5] == 3.0).all()
    assert model.indicators(high)["volume_into_rivers"][0] < 0
    assert abs(model.balance(high)[1]) < 1e-10


@SCHEMED
def test_that_a_wall_keeps_a_risen_river_out(scheme: str) -> None:
    layers = {
        "water": features("waters", [shapely.box(0, 0, 50, 300)], level_m=[2.0]),
        "barriers": features("barriers", [line((61, -9), (63, 309))], crest_z_m=3.5),
    }
    model, state = flooded(ground(np.full((30, 40), 2.2), layers=layers), 600.0, **STILL, river_rise_m=1.0, scheme=scheme)
    assert (state.w - state.z)[:, 6:].max() == 0.0


@SCHEMED
def test_that_a_pump_takes_its_capacity_and_stops_when_switched_off(scheme: str) -> None:
    pumps = features("pumps", [shapely.Point(100, 100)], capacity_m3s=[0.5])
    model, state = start(ground(np.zeros((20, 20)), layers={"pumps": pumps}), **STILL, scheme=scheme)
    fill(state, 0.5)
    model.update(state, {}, 600.0)
    assert state.volume["pumped"] == pytest.approx(300.0, rel=1e-9)
    model.apply(state, Change(600.0, "switch", ("pump/0",), values={"on": False}))
    model.update(state, {}, 900.0)
    assert state.volume["pumped"] == pytest.approx(300.0, rel=1e-9)
    with pytest.raises(ScenarioError, match="pump/9"):
        model.apply(state, Change(900.0, "switch", ("pump/9",), values={"on": True}))


def test_that_a_basin_is_filled_first() -> None:
    basin = features("basins", [shapely.box(80, 80, 120, 120)], depth_m=[2.0])
    model, state = flooded(ground(np.zeros((20, 20)), layers={"basins": basin}), 3600.0, **{**STILL, "rain_mm": 60, "rain_duration": 600})
    depth = model.outputs(state)["water_depth"]
    assert depth[9:11, 9:11].min() > 0.9
    assert depth[0, 0] < 0.05


@SCHEMED
def test_that_arrival_is_when_the_water_came(scheme: str) -> None:
    model, state = start(ground(np.zeros((5, 80))), manning_built_up=0.03, **STILL, scheme=scheme)
    state.w[:, :10] = 2.0
    state.top[0] = 2.0
    model.update(state, {}, 600.0)
    arrival = model.outputs(state)["water_arrival"][2]
    came = arrival[10:][np.isfinite(arrival[10:])]
    assert len(came) > 10
    assert (np.diff(came) >= 0).all()


@SCHEMED
def test_that_a_saved_flood_goes_on_to_the_same_bits(scheme: str) -> None:
    city = ground(hills(40, 50), layers={"barriers": features("barriers", [line((203, 0), (219, 400))], crest_m=0.5)})
    model, state = start(city, rain_mm=80, rain_duration=1800, scheme=scheme)
    model.update(state, {}, 600.0)
    model.apply(state, Change(600.0, "breach", ("barrier/0",)))
    model.update(state, {}, 630.0)
    other = model.restore(model.save(state), city, {})
    for one in (state, other):
        model.update(one, {}, 1800.0)
    for name, grid in model.outputs(state).items():
        np.testing.assert_array_equal(grid, model.outputs(other)[name])
    assert model.indicators(state) == model.indicators(other)
    assert model.save(state) == model.save(other)


@SCHEMED
def test_that_the_result_does_not_depend_on_the_number_of_threads(scheme: str) -> None:
    import numba

    saved = []
    for threads in (1, numba.config.NUMBA_NUM_THREADS):
        numba.set_num_threads(threads)
        model, state = flooded(ground(hills(64, 64)), 900.0, rain_mm=100, rain_duration=900, scheme=scheme)
        saved.append(model.save(state))
    assert saved[0] == saved[1]


@SCHEMED
def test_that_cancel_is_heard_between_a_few_steps(scheme: str) -> None:
    model, state = start(ground(hills(300, 300)), rain_mm=100, scheme=scheme)
    heard: list[float] = []

    def listen(fraction: float) -> None:
        heard.append(fraction)
        if len(heard) == 20:
            raise Cancelled

    model.checkpoint = listen
    with pytest.raises(Cancelled):
        model.update(state, {}, 7200.0)
    assert state.steps <= 20 * kernels.MARGIN
    assert heard == sorted(heard)
    assert heard[-1] <= 1


def test_that_cancel_is_heard_while_the_ground_is_made() -> None:
    def listen(fraction: float | None = None) -> None:
        raise Cancelled

    model = Flood()
    model.checkpoint = listen
    with pytest.raises(Cancelled):
        model.initialize(ground(hills(50, 50)), {}, Flood.defaults(), 0)


@pytest.mark.parametrize(
    "city", [City("empty", LocalFrame(None)), City("one", LocalFrame(None), buildings=houses(shapely.box(0, 0, 12, 9)))]
)
def test_that_an_empty_city_and_one_building_survive(city: City) -> None:
    model, state = flooded(city, 600.0)
    outputs = model.outputs(state)
    assert set(outputs) == set(Flood.gives)
    assert all(grid.shape == model.grid(state).shape and grid.dtype == np.float32 for grid in outputs.values())
    assert any(code == "flat-ground" for _, code, _ in model.notices(state))


def test_that_a_small_city_on_large_cells_is_told_to_take_smaller_ones() -> None:
    model, state = start(ground(np.zeros((20, 20))))
    assert any(code == "coarse-cells" for _, code, _ in model.notices(state))
    model, state = start(ground(np.zeros((60, 60))))
    assert not any(code == "coarse-cells" for _, code, _ in model.notices(state))


def test_that_land_use_decides_what_soaks_away_what_drains_and_how_rough_it_is() -> None:
    park, street = shapely.box(0, 0, 200, 200), line((100, 300), (300, 300))
    edges = pd.DataFrame({"class": ["primary"], "lanes": [6.0], "bridge": [False], "tunnel": [False]})
    roads = Network("roads", pd.DataFrame(), edges, np.array([street], object))
    landuse = features("landuses", [shapely.box(0, 0, 400, 400), shapely.box(250, 0, 400, 100)], kind=["residential", "Industrial"])
    city = ground(np.zeros((40, 40)), layers={"landuse": landuse, "green": features("greens", [park])}, networks={"roads": roads})
    _, state = start(city)
    at = {"park": (5, 5), "road": (30, 20), "homes": (35, 35), "works": (5, 30)}
    share = {name: round(float(state.ground.pervious[cell]), 2) for name, cell in at.items()}
    assert share == {"park": 1.0, "road": 0.0, "homes": 0.35, "works": 0.28}
    assert {n for n, cell in at.items() if not state.ground.drained[cell]} == {"park"}
    rough = {n: round(float(np.sqrt(state.ground.gn2[cell] / 9.81)), 3) for n, cell in at.items()}
    assert rough == {"park": 0.05, "road": 0.02, "homes": 0.045, "works": 0.045}


def test_that_dirty_layers_do_no_harm() -> None:
    nan, none, empty = shapely.Point(np.nan, np.nan), None, shapely.Polygon()
    bow = shapely.Polygon([(100, 100), (140, 140), (140, 100), (100, 140)])
    far = shapely.box(1e7, 1e7, 1e7 + 10, 1e7 + 10)
    with np.errstate(invalid="ignore"):
        lost = line((20, 20), (np.nan, 40))
    shapes = [nan, none, empty, bow, far, line((0, 0), (0, 0)), lost, shapely.box(20, 20, 60, 60)]
    layers = {
        "water": features("waters", shapes, level_m="?"),
        "landuse": features("landuses", shapes, kind=[None, np.nan, 3, "park", "moon", "", "road", "Residential"]),
        "green": features("greens", shapes),
        "barriers": features("barriers", shapes, crest_m=[1, None, "x", np.nan, np.inf, 1, 1, 1]),
        "pumps": features("pumps", shapes, capacity_m3s=[1, 1, 1, 1, 1, None, -2, "much"], on=[True, None, "yes", 0, 1, np.nan, 1, 1]),
        "basins": features("basins", shapes, depth_m=None),
    }
    model, state = flooded(ground(np.zeros((20, 20)), layers=layers), 300.0, rain_mm=50)
    assert abs(model.balance(state)[1]) < 1e-10
    assert np.isfinite(state.w).all()


def test_that_a_levee_drawn_as_an_area_holds_like_its_outline() -> None:
    levee = features("barriers", [shapely.box(52, 52, 148, 148)], crest_m=1.0)
    _, state = start(ground(np.zeros((20, 20)), layers={"barriers": levee}), **STILL)
    assert len(state.walls.standing()[0]) == 4 * 10


def test_that_terrain_somewhere_else_is_a_plain_error() -> None:
    away = Terrain(Grid(5000.0, 5000.0, 10.0, 9, 9), np.zeros((9, 9), np.float32))
    with pytest.raises(ScenarioError, match="no heights where the city is"):
        start(City("apart", LocalFrame(None), terrain=away, buildings=houses(shapely.box(0, 0, 12, 9))))


def test_that_ground_without_heights_far_from_any_is_left_out_and_a_hole_is_filled() -> None:
    z = np.ones((40, 40), np.float32)
    z[:, 30:] = np.nan
    z[10:13, 10:13] = np.nan
    model, state = flooded(ground(z), 300.0, rain_mm=50, rain_duration=300)
    depth = model.outputs(state)["water_depth"]
    assert np.isnan(depth[:, 34:]).all()
    assert np.isfinite(depth[10:13, 10:13]).all()
    assert ("info", "terrain-holes") in [n[:2] for n in model.notices(state)]


def test_that_too_many_cells_are_refused_with_a_size_that_fits() -> None:
    city = City("big", LocalFrame(None), buildings=houses(shapely.box(0, 0, 10, 10), shapely.box(19000, 19000, 19010, 19010)))
    with pytest.raises(ScenarioError, match=r"Choose cells of 8 m or larger"):
        start(city, cell_m=2.0)
    _, state = start(city, cell_m=50.0)
    assert state.w.size < 200_000


def test_that_dry_rows_and_columns_are_left_alone() -> None:
    model, state = start(ground(np.zeros((200, 200))), manning_built_up=0.03, **STILL)
    state.w[100, 100] = 1.0
    state.top[0] = 1.0
    model.update(state, {}, 10.0)
    kept = state.flow.saved()
    assert (kept["high"] - kept["low"]).sum() < 0.1 * state.w.size
    assert state.w.sum() == pytest.approx(1.0, rel=1e-12)


@SCHEMED
@pytest.mark.parametrize(
    "choice",
    [
        {"infiltration": "none"}, {"infiltration": "horton"}, {"infiltration": "constant", "constant_mm_h": 30}, {"soil": "sand"},
        {"hyetograph": "uniform"}, {"hyetograph": "alternating", "peak": 0.0}, {"river": "ground"}, {"boundary": "closed"}, {"theta": 1.0},
    ],
    ids=str,
)
def test_that_the_books_balance_with_every_choice(choice: dict[str, Any], scheme: str) -> None:
    layers = {"water": features("waters", [shapely.box(100, 0, 150, 400)]), "green": features("greens", [shapely.box(200, 0, 400, 200)])}
    model, state = flooded(ground(hills(40, 40), layers=layers), 1200.0, rain_mm=60, rain_duration=900, **choice, scheme=scheme)
    land = int((state.ground.kind == 0).sum())
    assert state.volume["rain"] == pytest.approx(0.06 * land * 100, rel=1e-6)
    assert abs(model.balance(state)[1]) < 1e-10
    assert (state.volume["infiltrated"] > 0) == (choice.get("infiltration") != "none")
    assert (state.volume["left"] > 0) == (choice.get("boundary") != "closed")
    assert (state.volume["into_water"] > 0) == (choice.get("river") != "ground")


def test_that_a_part_of_the_city_is_computed_when_asked_and_a_wrong_one_is_told() -> None:
    city = ground(np.zeros((40, 60)))
    (west, east), (south, north) = city.frame.to_crs([100.0, 300.0], [50.0, 250.0])
    model, state = start(city, **STILL, area=f"{west}, {south}, {east}, {north}")
    assert state.w.shape == (20, 20)
    assert "part" in [n[1] for n in model.notices(state)]
    for area in ("1, 2, 3", "a, b, c, d", "5, 5, 1, 1", "nan, 0, 1, 1"):
        with pytest.raises(ScenarioError, match="is no area"):
            start(city, **STILL, area=area)
    with pytest.raises(ScenarioError, match="outside the city"):
        start(city, **STILL, area="0, 0, 10, 10")


@pytest.mark.parametrize("scheme", SCHEMES)
def test_that_buildings_that_resist_let_water_in_slowly(scheme: str) -> None:
    row = houses(shapely.box(200, -50, 220, 450))  # from rim to rim
    pond = features("standing_water", [shapely.box(0, 0, 200, 400)], depth_m=[1.0])
    behind = {}
    for how in ("block", "resist"):
        city = ground(np.zeros((40, 60)), buildings=row, layers={"standing_water": pond})
        model, state = flooded(city, 900.0, **STILL, scheme=scheme, buildings=how)
        behind[how] = float((state.w - state.z)[:, model.grid(state).x > 220].sum()) * 100
        assert abs(model.balance(state)[1]) < 1e-5
    assert behind["block"] == 0.0
    assert 50 < behind["resist"] < 12_000


@pytest.mark.parametrize(
    ("depth", "speed", "grade"),
    [(0.3, 1.0, 1), (0.25, 1.3, 2), (0.5, 1.0, 2), (1.0, 0.5, 3), (1.2, 0.5, 3), (1.9, 0.5, 4), (0.5, 2.0, 4), (0.5, 2.1, 5), (3.9, 1.0, 5),
     (4.1, 0.0, 6), (1.0, 4.1, 6)],
)  # fmt: skip
def test_that_the_hazard_classes_are_those_of_aidr_2017(depth: float, speed: float, grade: int) -> None:
    """Guideline 7-3, table 1: limits of depth 0.3, 0.5, 1.2, 2, 4 m, of speed 2, 2, 2, 2, 4 m/s and of both 0.3, 0.6, 0.6, 1, 4 m2/s."""
    from twin.models.hazard.flood_cells import hazard_class

    assert hazard_class(depth, speed) == grade


@pytest.mark.parametrize("scheme", SCHEMES)
def test_that_water_of_the_whole_city_comes_over_the_rim_of_a_nested_part(scheme: str) -> None:
    """A valley 10 m cells wide that falls to the east; water let in at its upper end reaches a part further down as it does when all of it
    is computed on the same fine cells."""
    x, y = np.meshgrid(np.arange(400) * 2.5, np.arange(80) * 2.5)
    z = 10.0 - 0.004 * x + 0.02 * np.abs(y - 100.0)
    source = features("inflows", [shapely.Point(20, 100)], discharge_m3s=[12.0])
    corners = houses(shapely.box(55, 30, 57, 32), shapely.box(940, 168, 942, 170))
    city = ground(z, 2.5, buildings=corners, layers={"inflows": source})
    (west, east), (south, north) = city.frame.to_crs([400.0, 700.0], [20.0, 180.0])
    area = f"{west}, {south}, {east}, {north}"
    whole, all_of_it = flooded(city, 1800.0, **STILL | {"boundary": "open"}, scheme=scheme)
    assert all_of_it.volume["let_in"] > 20_000
    depths = {}
    for how in ("open", "nested"):
        layers = {} if how == "open" else {"inflows": source}
        model, state = start(ground(z, 2.5, buildings=corners, layers=layers), **STILL | {"boundary": how}, area=area, scheme=scheme)
        model.update(state, {}, 900.0)
        if how == "nested":
            other = model.restore(model.save(state), city, {})
            model.update(other, {}, 1800.0)
        model.update(state, {}, 1800.0)
        if how == "nested":
            np.testing.assert_array_equal(other.w, state.w)
        depths[how] = (state.w - state.z)[2:-2, 2:-2]
        assert abs(model.balance(state)[1]) < 1e-5
    grid, own = whole.grid(all_of_it), model.grid(state)
    i, j = grid.cell_of(own.x[2:-2], np.full(len(own.x) - 4, 100.0))[1], grid.cell_of(np.full(len(own.y) - 4, 500.0), own.y[2:-2])[0]
    expected = (all_of_it.w - all_of_it.z)[np.ix_(j, i)]
    assert depths["open"].max() < 0.01
    middle = np.abs(own.y[2:-2] - 100.0) < 10
    assert depths["nested"][middle].mean() == pytest.approx(expected[middle].mean(), rel=0.25), "only levels come over the rim, no speed"
