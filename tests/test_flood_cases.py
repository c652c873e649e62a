"""The flood solver against experiments, a real dam break and published benchmarks (flood_cases says whose).

Bounds are what a shallow-water model owes the case, with published codes beside them where their numbers could be read; where it falls
short the test says by how much.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tests import flood_cases as cases

ORDERS = pytest.mark.parametrize("sloped", [False, True], ids=["first order", "second order"])


def folder(data: Path, name: str) -> Path:
    if not (data / name).is_dir():
        pytest.skip(f"no {name} in {data}")
    return data / name


def rms(off: cases.Array) -> float:
    return float(np.sqrt(np.mean(off**2)))


# exact solutions


@pytest.mark.parametrize(("case", "first", "second"), [("smooth", 0.9, 1.9), ("stoker", 0.7, 0.9)])
def test_that_errors_fall_as_the_order_says(case: str, first: float, second: float) -> None:
    """Mean error of depth, 100 to 800 cells. A shock holds any scheme at 1; seen: 0.97 and 2.10 (smooth), 0.80 and 1.06 (Stoker)."""
    for sloped, least in ((False, first), (True, second)):
        errors, order = cases.convergence(case, sloped)
        assert np.mean(order) > least
        assert errors == sorted(errors, reverse=True)


# a dam break against a building


TIMES = np.arange(0.0, 30.0 + 1e-9, 0.05)


def building_run(dx: float, sloped: bool) -> tuple[cases.Array, float]:
    """Levels at the gauges at TIMES, and the share of the volume lost."""
    water, grid = cases.isolated_building(dx, sloped=sloped)
    before = cases.stored(water)
    levels = cases.recorded(water, grid, list(cases.GAUGES.values()), TIMES)
    assert np.isfinite(levels).all()
    return levels, abs(cases.stored(water) - before) / before


def mean_levels(levels: cases.Array, gauge: str, from_s: float, until_s: float) -> float:
    within = np.abs(TIMES - (from_s + until_s) / 2) <= (until_s - from_s) / 2
    return float(levels[within, list(cases.GAUGES).index(gauge)].mean())


@pytest.mark.parametrize(
    ("dx", "sloped"),
    [(0.1, False), (0.1, True), pytest.param(0.05, False, marks=pytest.mark.slow), pytest.param(0.05, True, marks=pytest.mark.slow)],
)
def test_that_a_dam_break_meets_a_building_as_measured(dx: float, sloped: bool) -> None:
    """Order of arrival, the times between (the clock of the measurement starts some 0.6 s before a gate that opens at once: its first
    water takes 0.85 s over 2.65 m, Stoker's front 1.27 s), levels.

    G2 is no part of it: whether a bore stands there hangs on where the shock before the building lies. Measured 0.092 m at the end; seen:
    0.070 and 0.093 m (first and second order, 0.1 m cells), 0.070 and 0.024 m (0.05 m). Others report the same (SWALS, isolated_building).
    """
    levels, lost = building_run(dx, sloped)
    assert lost < 1e-12
    names = list(cases.GAUGES)
    found = {g: float(TIMES[np.argmax(levels[:, names.index(g)] > 0.025)]) for g in names if g != "G6"}
    measured = cases.BUILDING_ARRIVAL
    assert sorted(found, key=found.__getitem__) == sorted(measured, key=measured.__getitem__)
    late = [found[g] - measured[g] for g in measured]
    assert max(late) - min(late) < 0.35
    assert 0.5 < np.mean(late) < 0.8
    for gauge, from_s, until_s, level, off in cases.BUILDING_LEVELS:
        assert mean_levels(levels, gauge, from_s, until_s) == pytest.approx(level, abs=off), (gauge, from_s)


@ORDERS
@pytest.mark.parametrize("building", [None, cases.STRAIGHT], ids=["no building", "across"])
def test_that_a_dam_break_is_symmetric_where_the_channel_is(building: tuple[cases.Point, ...] | None, sloped: bool) -> None:
    water, _ = cases.isolated_building(0.1, building, sloped, np.float64)
    water.advance(0.0, 12.0)
    assert np.abs(water.w - water.w[::-1]).max() < 1e-12
    assert np.abs(water.hv + water.hv[::-1]).max() < 1e-12


# a flood over a plain


ITZI_HIGHEST = (0.3214, 0.2731, 0.2268, 0.1998, 0.1801, 0.1754)
ITZI_HOUR = (0.3040, 0.2443, 0.1746, 0.1181)
ITZI_ARRIVAL = (5.0, 11.0, 24.9, 40.2, 56.4, 62.6)
"""itzi 25.8 (local inertial) on 10 m cells, run for this test: m at most, m after an hour, minutes."""


@ORDERS
@pytest.mark.parametrize("dx", [10.0, pytest.param(5.0, marks=pytest.mark.slow)])
def test_that_a_flood_spreads_over_a_plain_as_half_a_circle(dx: float, sloped: bool) -> None:
    """The first hour; 5 h in the slow one, at the end of which the water stands nearly level. No published series was at hand; itzi is.

    Second order, 5 m: water comes to the points after 6, 12, 27, 42, 59 and 64 min and stands at 0.327, 0.275, 0.228, 0.201, 0.181 and
    0.177 m at most; first order, whose film runs ahead, after 5, 11, 24, 38, 54 and 58 min, highest 0.328 to 0.173 m.
    """
    water, grid, inflow = cases.flat_plain(dx, sloped)
    hours = 5 if dx == 5.0 else 1
    times = np.arange(0.0, hours * 3600 + 1.0, 60.0)
    middle, at = grid.rows // 2, grid.cells(cases.FLAT_POINTS)
    arrival, highest = np.full(len(cases.FLAT_POINTS), np.nan), np.zeros(len(cases.FLAT_POINTS))

    def look(k: int) -> None:
        h = water.w - water.z
        arrival[np.isnan(arrival) & (h[at] > 0.01)] = times[k] / 60
        np.maximum(highest, h[at], out=highest)
        if times[k] == 3600:
            assert np.abs(h - h[::-1]).max() < 1e-4
            across, along = (h[middle] > 0.1).sum(), (h[:, 0] > 0.1).sum()
            assert abs(along - 2 * across) <= 4
            assert h[at][:4] == pytest.approx(np.array(ITZI_HOUR), rel=0.05 if sloped else 0.1)

    cases.run(water, times, inflow, look)
    assert cases.stored(water) == pytest.approx(20 * (1800 if hours == 1 else 4 * 3600), rel=1e-6)
    assert cases.stored(water) == pytest.approx(-water.volume.sum(), rel=1e-9)
    assert np.abs(water.w - water.w[::-1]).max() < 1e-3
    came = ~np.isnan(arrival)
    assert list(arrival[came]) == sorted(arrival[came])
    assert arrival[came] == pytest.approx(np.array(ITZI_ARRIVAL)[came], rel=0.1 if sloped else 0.2, abs=1.0)
    if hours == 5:
        assert came.all()
        assert highest == pytest.approx(np.array(ITZI_HIGHEST), rel=0.03)
        assert water.w[at] == pytest.approx(np.full(6, 288_000 / 2e6), rel=0.12)


# Malpasset


def test_that_terrain_is_taken_from_the_mesh_to_the_grid(data: Path) -> None:
    """A plane stays a plane; the reservoir holds what is known of it (49 million m3 is the volume of these levels over the mesh)."""
    where = folder(data, "flood_malpasset")
    x, y, triangles, values = cases.selafin(where / "geo_malpasset-small.slf")
    assert (len(x), len(triangles)) == (13_541, 26_000)
    grid = cases.Grid(40.0, 230, 431, float(x.min()), float(y.min()))
    plane = cases.on_grid(grid, x, y, triangles, 0.5 * x - 0.25 * y, np.nan)
    known = np.isfinite(plane)
    assert 0.1 < known.mean() < 0.9
    assert np.abs(plane - (0.5 * grid.x - 0.25 * grid.y))[known].max() < 0.01
    water, _ = cases.malpasset(where, 20.0)
    held = float((water.w - water.z)[water.w == 100.0].sum() * 400)
    assert held == pytest.approx(48.9e6, rel=0.02)
    assert values["HAUTEUR D'EAU"].max() == 55.0


@pytest.mark.slow
@ORDERS
def test_that_malpasset_floods_as_high_and_as_soon_as_it_did(data: Path, sloped: bool) -> None:
    """17 marks of the police, 9 gauges of the physical model, and the clocks of three transformers; n 1/30, 20 m cells.

    Seen, first and second order: RMSE 2.87 and 3.41 m, bias -0.84 and +0.04 m at the marks; 3.66 and 3.68, +1.66 and +2.16 m at the
    gauges. GeoClaw (George 2011, doi:10.1002/fld.2298, levels in the folder's table): 3.09 and +0.90 m at the marks, 4.07 and +2.32 m at
    the gauges. The worst is P1 in the bend below the dam, where the pool that swings there stands 10.1 m too high (second order; first 4.2,
    GeoClaw 5.4). Water comes late to most gauges of the model, to the last after 1,348 s (second order; first 1,450, measured 1,139);
    with n 1/35, within the published range, after 1,254 s. B and C get it 1,060 and 1,184 s after A (first order 1,144 and 1,274).
    On 10 m cells, second order: 3.73 and +0.59, 4.20 and +2.36 m; P1 12.6 m too high, G6 beside it 8.0 (4.9 on 20 m); 1,364, 1,142
    and 1,188 s.

    Transformers B and C stopped 1,140 and 1,320 s after A (1,240, 1,420 and 100 s in Goutal 1999 and those who cite it;
    not read in the source).
    """
    where = folder(data, "flood_malpasset")
    marks = cases.malpasset_marks(where)
    water, grid = cases.malpasset(where, 20.0, sloped=sloped)
    flood = cases.malpasset_flood(water, grid, marks, 2100.0, 2.0)
    assert flood.lost < 1e-12
    off = {kind: np.array([h - m.level for h, m in zip(flood.highest, marks) if m.kind == kind and m.level]) for kind in cases.MARK_KINDS}
    police, model = off["police_survey"], off["scale_model_gauge"]
    assert (len(police), len(model)) == (17, 9)
    assert rms(police) < 3.6
    assert abs(police.mean()) < 1.0
    assert rms(model) < 4.07
    assert abs(model.mean()) < 2.32
    lab = np.array([m.arrival for m in marks if m.arrival])
    came = np.array([a for a, m in zip(flood.arrival, marks) if m.arrival])
    assert list(came) == sorted(came)
    assert np.abs(came / lab - 1).max() < 0.3
    a, b, c = (t for t, m in zip(flood.arrival, marks) if m.kind == "electric_transformer")
    assert a == pytest.approx(100.0, abs=60.0)
    assert b - a == pytest.approx(1140.0, rel=0.12)
    assert c - a == pytest.approx(1320.0, rel=0.12)


# Okushiri


@pytest.mark.parametrize(("coarser", "sloped"), [(2, False), (2, True), pytest.param(1, True, marks=pytest.mark.slow)])
def test_that_a_tsunami_runs_into_monai_valley_as_measured(data: Path, coarser: int, sloped: bool) -> None:
    """22.5 s, as long as the wave at the edge was measured.

    Seen, gauges 5, 7 and 9, second order, 1.4 cm cells: highest 0.92, 0.99 and 0.94 of the measured, RMSE 3.9, 3.3 and 3.5 mm (a tenth, a
    twelfth, a thirteenth of the highest). First order at 2.8 cm: 0.91, 0.98, 0.92.
    """
    tank = cases.okushiri(folder(data, "flood_okushiri"), coarser, sloped=sloped)
    times = np.arange(0.0, 22.5 + 1e-9, 0.05)
    before = cases.stored(tank.water)
    levels = cases.recorded(tank.water, tank.grid, list(cases.TANK_GAUGES.values()), times, tank.set_wave)
    assert cases.stored(tank.water) + tank.water.volume.sum() == pytest.approx(before, rel=1e-12)
    for k in range(3):
        measured = np.interp(times, tank.gauges[:, 0], tank.gauges[:, k + 1])
        assert levels[:, k].max() == pytest.approx(measured.max(), rel=0.1)
        assert abs(times[levels[:, k].argmax()] - times[measured.argmax()]) < 0.5
        came = [times[np.argmax((level > 0.01) & (times > 10))] for level in (levels[:, k], measured)]
        assert abs(came[0] - came[1]) < 0.4
        assert rms(levels[:, k] - measured) < 0.11 * measured.max()
