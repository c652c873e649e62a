"""Water over time at a place and through a line, read from results and from runs that go on."""

from __future__ import annotations

import time
from pathlib import Path

import numpy as np
import pytest
import shapely

from tests.flood_city import STILL, features, ground, houses, start
from twin.city.city import City
from twin.city.terrain import Grid
from twin.frame import LocalFrame
from twin.gauges import EAST, NORTH, cells_along, discharge, gauge
from twin.models.hazard.flood_schemes import SCHEMES
from twin.results import FrameBuffer, open_result
from twin.scenario.engine import run
from twin.scenario.events import Field, Finished, Frame
from twin.scenario.scenario import Hazard, Head, Outputs, Scenario

GRID = Grid(0.0, 0.0, 10.0, 40, 60)
DEPTH_M, EAST_MS, NORTH_MS = 0.5, 0.8, -0.3


def uniform(*, blind: tuple[slice, slice] | None = None, limit: int = 2**28) -> FrameBuffer:
    """Water that flows everywhere the same way, twice as deep each hour."""
    buffer = FrameBuffer(limit)
    for k in range(5):
        fields = []
        for name, value in (("water_depth", DEPTH_M * k), (EAST, EAST_MS), (NORTH, NORTH_MS)):
            array = np.full(GRID.shape, value, np.float32)
            if blind is not None:
                array[blind] = np.nan
            fields.append(Field(name, "grid", array, GRID))
        buffer.feed(Frame(3600.0 * k, tuple(fields), True))
    return buffer


@pytest.mark.parametrize("line", [[(205, 33), (205, 333)], [(100, 300), (300, 50)], [(50, 60), (310, 60), (333, 277)]])
def test_that_uniform_flow_through_a_line_is_depth_times_speed_times_width(line) -> None:
    found = discharge(uniform(), line)
    (x0, y0), (x1, y1) = line[0], line[-1]
    across = EAST_MS * (y1 - y0) - NORTH_MS * (x1 - x0)  # of the straight way from end to end, to its right
    assert found.m3s == pytest.approx(DEPTH_M * np.arange(5) * across, rel=2e-3)
    assert found.length_m == pytest.approx(shapely.LineString(line).length)
    assert found.blind_m == 0
    assert found.passed_m3[-1] == pytest.approx(0.5 * DEPTH_M * across * 4 * 4 * 3600.0, rel=2e-3)
    assert found.peak == (found.m3s[-1], 4 * 3600.0) if across > 0 else found.peak is None
    assert found.turned().m3s == pytest.approx(-found.m3s)


def test_that_a_line_drawn_the_other_way_counts_the_other_way() -> None:
    there, back = discharge(uniform(), [(205, 33), (205, 333)]), discharge(uniform(), [(205, 333), (205, 33)])
    assert there.m3s == pytest.approx(-back.m3s)
    assert there.way == pytest.approx([1, 0])


def test_that_the_length_where_nothing_is_computed_is_told() -> None:
    found = discharge(uniform(blind=(slice(10, 15), slice(None))), [(205, 33), (205, 333)])
    assert found.blind_m == pytest.approx(50.0)
    assert found.m3s[-1] == pytest.approx(4 * DEPTH_M * EAST_MS * 250, rel=2e-3)
    beyond = discharge(uniform(), [(205, -100), (205, 500)])
    assert beyond.blind_m == pytest.approx(200.0)


def test_that_pieces_of_a_line_are_within_their_cells_and_make_up_its_length() -> None:
    rows, columns, metres, ways = cells_along(GRID, [(5, 5), (595, 395)])
    assert metres.sum() == pytest.approx(np.hypot(590, 390))
    assert len(np.unique(rows * 60 + columns)) == len(rows)
    assert ways[0] == pytest.approx([390 / np.hypot(590, 390), -590 / np.hypot(590, 390)])
    assert len(cells_along(GRID, [(5, 5), (5, 5)])[0]) == 0


def test_that_a_buffer_on_disk_gives_the_same_series_as_one_in_memory() -> None:
    a, b = (discharge(uniform(limit=n), [(100, 300), (300, 50)]) for n in (2**28, 1))
    assert a.m3s == pytest.approx(b.m3s)


def test_that_a_result_without_directions_says_so() -> None:
    buffer = FrameBuffer()
    buffer.feed(Frame(0.0, (Field("water_depth", "grid", np.ones(GRID.shape, np.float32), GRID),), True))
    found = discharge(buffer, [(100, 300), (300, 50)])
    assert not found.is_known
    assert discharge(FrameBuffer(), [(100, 300), (300, 50)]) is None


def test_that_a_place_tells_why_it_has_no_water() -> None:
    city = ground(np.zeros((40, 60)), buildings=houses(shapely.box(100, 100, 140, 140)))
    city.layers["water"] = features("water", [shapely.box(300, 300, 360, 360)])
    buffer = FrameBuffer()
    for k in range(3):
        depth = np.full(GRID.shape, 0.2 * k, np.float32)
        depth[:, :5] = 0.0
        depth[10:14, 10:14] = np.nan
        depth[30:36, 30:36] = np.nan
        depth[20:30, 50:58] = np.nan
        buffer.feed(Frame(60.0 * k, (Field("water_depth", "grid", depth, GRID),), True))
    whys = {p: gauge(city, buffer, *p).why for p in ((20, 200), (120, 120), (330, 330), (545, 255), (-50, 20), (200, 200))}
    assert list(whys.values()) == ["dry", "building", "water", "unknown", "outside", ""]
    beside = gauge(city, buffer, 141.0, 120.0)
    assert beside.peak == (pytest.approx(0.4, rel=1e-3), 120.0)
    assert not beside.has_speed
    assert gauge(city, FrameBuffer(), 5, 5) is None


def test_that_a_place_in_a_building_is_told_by_the_depth_at_its_walls_where_that_is_known() -> None:
    city = ground(np.zeros((40, 60)), buildings=houses(shapely.box(400, 100, 440, 140), shapely.box(100, 100, 140, 140)))
    buffer = FrameBuffer()
    for k in range(3):
        depth = np.full(GRID.shape, 0.3, np.float32)
        depth[10:14, 10:14] = np.nan
        walls = Field("building_water_depth", "building", np.array([0.0, 0.1 * k], np.float32))
        buffer.feed(Frame(60.0 * k, (Field("water_depth", "grid", depth, GRID), walls), True))
    found = gauge(city, buffer, 120, 120)
    assert found.why == "walls"
    assert found.depth_m == pytest.approx([0.0, 0.1, 0.2], abs=1e-6)


def test_that_a_place_in_the_street_whose_cell_counts_as_built_is_that_of_the_cell_beside_it() -> None:
    city = ground(np.zeros((40, 60)), buildings=houses(shapely.box(100, 100, 137, 140)))
    depth = np.full(GRID.shape, 0.3, np.float32)
    depth[10:14, 10:14] = np.nan
    buffer = FrameBuffer()
    buffer.feed(Frame(0.0, (Field("water_depth", "grid", depth, GRID),), True))
    assert gauge(city, buffer, 139.0, 125.0).peak[0] == pytest.approx(0.3, rel=1e-3)


def test_that_a_city_without_heights_knows_depths_and_no_levels() -> None:
    city = City("flat", LocalFrame(None))
    found = gauge(city, uniform(), 205, 205)
    assert np.isnan(found.level_m).all()
    assert found.depth_m[-1] == pytest.approx(4 * DEPTH_M, rel=1e-3)
    with_ground = gauge(ground(np.full((40, 60), 7.0)), uniform(), 205, 205)
    assert with_ground.level_m[-1] == pytest.approx(7 + 4 * DEPTH_M, rel=1e-3)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_that_the_discharge_of_an_inflow_passes_a_line_below_it(scheme: str) -> None:
    """A channel of 200 m between walls, fed with 6 m3/s at its upper end until the flow is steady: what goes through a line across, and
    through a slanted one, is what is let in."""
    z = np.full((30, 120), 10.0, np.float32)
    z[5:25] = np.linspace(1.2, 0.0, 120, dtype=np.float32)
    city = ground(z)
    city.layers["inflows"] = features("inflows", [shapely.box(5, 60, 25, 240)], discharge_m3s=6.0)
    model, state = start(city, **STILL | {"boundary": "open", "scheme": scheme, "rain_mm": 0.0})
    buffer = FrameBuffer()
    for at_s in (7200.0, 14_400.0, 14_700.0):
        model.update(state, {}, at_s)
        given = model.outputs(state)
        fields = tuple(Field(name, "grid", given[name], model.grid(state)) for name in ("water_depth", EAST, NORTH))
        buffer.feed(Frame(at_s, fields, True))
    for line in ([(600, 20), (600, 280)], [(500, 20), (650, 280)]):
        assert discharge(buffer, line).m3s[-1] == pytest.approx(6.0, rel=0.02)
    speed = np.hypot(given[EAST], given[NORTH])
    assert np.nanmax(np.abs(speed - given["water_speed"])) < 5e-4


def test_that_series_of_a_result_are_those_of_its_fields(tmp_path: Path) -> None:
    rough = np.random.default_rng(2).normal(size=(70, 300)).cumsum(0).astype(np.float32) * 0.05
    city = ground(rough, 5.0)
    head = Head(name="rain", duration=900.0)
    scenario = Scenario(schema=1, scenario=head, hazard=[Hazard(id="rain", model="flood")], outputs=Outputs(interval=180.0))
    last = [e for e in run(city, scenario, tmp_path / "out") if isinstance(e, Finished)][0]
    assert last.ok, last.message
    result = open_result(tmp_path / "out")
    grid = result.at("water_depth").grid
    random = np.random.default_rng(3)
    rows, columns = random.integers(0, grid.rows, 40), random.integers(0, grid.columns, 40)
    for name in ("water_depth", EAST):
        times, values = result.series(name, rows, columns)
        assert times == result.times
        for k, at_s in enumerate(times):
            assert np.array_equal(values[k], result.at(name, at_s).array[rows, columns], equal_nan=True)
    with pytest.raises(KeyError):
        result.series("water_depth_max", rows, columns)


def test_that_a_place_of_a_large_result_is_read_in_little_of_a_second(tmp_path: Path) -> None:
    """1000 x 1000 cells, 60 moments: 240 MB of depth."""
    import json

    import h5py

    from twin.results import RunResult
    from twin.scenario.record import CHUNK

    grid = {"x0": 0.0, "y0": 0.0, "cell_m": 5.0, "rows": 1000, "columns": 1000}
    wave = np.abs(np.random.default_rng(1).normal(size=(1000, 1000))).astype(np.float32)
    with h5py.File(tmp_path / "grids.nc", "w") as file:
        kept_as = {"chunks": (1, CHUNK, CHUNK), "compression": "gzip", "compression_opts": 1, "shuffle": True}
        data = file.create_dataset("water_depth", (60, 1000, 1000), "f4", **kept_as)
        for k in range(60):
            data[k] = np.where(wave > 1.0, wave * k / 60, 0)
    entry = {"support": "grid", "kind": "series", "grid": "g"}
    kept = {"times": [60.0 * k for k in range(60)], "grids": {"g": grid}, "quantities": {"water_depth": entry}}
    (tmp_path / "manifest.json").write_text(json.dumps(kept))
    result = RunResult(tmp_path)
    result.at("water_depth")
    began = time.perf_counter()
    _, values = result.series("water_depth", np.array([321]), np.array([777]))
    spent = time.perf_counter() - began
    assert values[30, 0] == pytest.approx(np.where(wave > 1, wave * 0.5, 0)[321, 777])
    assert spent < 1.0
    print(f"one place: {1000 * spent:.0f} ms")
