"""Tide, typhoon, surge, hydrographs, breaches and rain cells against the formulas and numbers of their sources."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.models.hazard.surge import (
    AIR,
    DRAG_LIMIT,
    GRAVITY,
    SEA,
    Breach,
    Coast,
    Hydrograph,
    RainCell,
    Stage,
    Surge,
    Tide,
    Typhoon,
    barometer_m,
    coriolis,
    drag,
    holland_b,
    hydrograph,
    setup_m,
    stress_pa,
)

STORM = Typhoon(central_hpa=940.0, rmax_m=40e3, latitude_deg=31.0, b=1.4)
NEAR_EQUATOR = Typhoon(central_hpa=940.0, rmax_m=40e3, latitude_deg=0.0, b=1.4)


# Tide


def test_that_the_tide_has_its_range_and_its_period() -> None:
    """M2: 12.4206 hours."""
    sea = Tide(4.0, high_water_s=5000.0)
    period = 12.4206 * 3600
    assert sea.level_m([5000.0, 5000.0 + period / 2, 5000.0 + period]) == pytest.approx([2.0, -2.0, 2.0])
    assert np.ptp(sea.level_m(np.linspace(0, period, 100001))) == pytest.approx(4.0, abs=1e-6)
    assert sea.level_m(5000.0).shape == ()


# Typhoon


def test_that_pressure_is_hollands_at_the_centre_at_rmax_and_far_away() -> None:
    """Holland 1980: p(Rmax) = pc + dp / e."""
    assert STORM.pressure_at_radius_hpa(0.0) == 940.0
    assert STORM.pressure_at_radius_hpa(40e3) == pytest.approx(940.0 + 70.0 / math.e, rel=1e-12)
    assert STORM.pressure_at_radius_hpa(1e9) == pytest.approx(1010.0, abs=1e-3)


def test_that_without_coriolis_the_strongest_wind_is_at_rmax() -> None:
    """Holland 1980: Vmax = sqrt(B dp / (e rho)), at Rmax; here 55.99 m/s."""
    r = np.arange(1e3, 200e3, 100.0)
    wind = NEAR_EQUATOR.gradient_wind_ms(r)
    assert r[np.argmax(wind)] == pytest.approx(40e3)
    assert wind.max() == pytest.approx(math.sqrt(1.4 * 7000 / (math.e * 1.15)), rel=1e-9)
    assert wind.max() == pytest.approx(55.99, abs=0.01)


def test_that_the_gradient_wind_balances_pressure_coriolis_and_turning() -> None:
    """V^2 / r + f V = (1 / rho) dp / dr, the balance behind Holland's profile."""
    r = np.array([15e3, 40e3, 120e3, 400e3])
    v = STORM.gradient_wind_ms(r)
    slope = 100 * (STORM.pressure_at_radius_hpa(r + 1.0) - STORM.pressure_at_radius_hpa(r - 1.0)) / 2.0
    assert v * v / r + coriolis(31.0) * v == pytest.approx(slope / AIR, rel=1e-6)
    assert (v < NEAR_EQUATOR.gradient_wind_ms(r)).all()


def test_that_b_follows_vickery_and_wadhera_within_hollands_range() -> None:
    """Vickery and Wadhera 2008, eq. 23, f at 31 degrees = 7.511e-5 1/s."""
    assert holland_b(40e3, 31.0) == pytest.approx(1.833 - 0.326 * math.sqrt(7.511e-5 * 40e3), rel=1e-4)
    assert holland_b(40e3, -31.0) == holland_b(40e3, 31.0)
    assert holland_b(400e3, 50.0) == 1.0
    assert Typhoon(940.0, 40e3, 31.0).shape == holland_b(40e3, 31.0)


@pytest.mark.parametrize(("latitude", "turn"), [(31.0, 1.0), (-31.0, -1.0)])
def test_that_wind_circles_by_hemisphere_and_blows_inwards(latitude: float, turn: float) -> None:
    storm = Typhoon(940.0, 40e3, latitude, b=1.4)
    east, north = storm.wind_ms(0.0, 60e3, 0.0)
    speed = 0.8 * float(storm.gradient_wind_ms(60e3))
    assert turn * north == pytest.approx(speed * math.cos(math.radians(25)))
    assert east == pytest.approx(-speed * math.sin(math.radians(25)))
    assert np.hypot(*storm.wind_ms(0.0, 0.0, 0.0)) == 0.0


def test_that_the_right_side_of_a_moving_storm_blows_harder_by_its_speed() -> None:
    """Half the motion at Rmax (Phadke et al. 2003, eq. 12), added to one side and taken from the other."""
    still, moving = Typhoon(940.0, 40e3, 31.0), Typhoon(940.0, 40e3, 31.0, speed_ms=8.0, heading_deg=0.0)
    right, left = moving.wind_ms(0.0, 40e3, 0.0), moving.wind_ms(0.0, -40e3, 0.0)
    assert np.hypot(*right) > np.hypot(*still.wind_ms(0.0, 40e3, 0.0)) > np.hypot(*left)
    assert right[1] - still.wind_ms(0.0, 40e3, 0.0)[1] == pytest.approx(4.0)
    assert abs(np.hypot(*moving.wind_ms(0.0, 4e6, 0.0)) - np.hypot(*still.wind_ms(0.0, 4e6, 0.0))) < 0.1


def test_that_the_storm_moves_along_its_heading_and_the_pressure_is_lowest_as_it_passes() -> None:
    storm = Typhoon(950.0, 30e3, 31.0, x_m=200e3, y_m=-200e3, speed_ms=10.0, heading_deg=315.0)
    passes = math.hypot(200e3, 200e3) / 10.0
    times = np.arange(0.0, 2 * passes, 60.0)
    assert storm.centre_m(passes) == pytest.approx((0.0, 0.0), abs=1e-6)
    assert times[np.argmin(storm.pressure_hpa(times, 15e3, 15e3))] == pytest.approx(passes, abs=60)
    assert storm.wind_ms(times[:, None], np.zeros(3), np.arange(3.0))[0].shape == (len(times), 3)


def test_that_drag_is_large_and_ponds_and_stays_level_in_a_hurricane() -> None:
    """1.2e-3 below 11 m/s, (0.49 + 0.065 W) 1e-3 to 25 m/s."""
    assert drag([5.0, 20.0, 25.0, 60.0]) == pytest.approx([1.2e-3, 1.79e-3, DRAG_LIMIT, DRAG_LIMIT])
    pull = stress_pa(12.0, -16.0)
    assert pull == pytest.approx((AIR * 1.79e-3 * 20 * 12, -AIR * 1.79e-3 * 20 * 16))


@pytest.mark.parametrize(
    "wrong",
    [{"central_hpa": 1015.0}, {"rmax_m": 0.0}, {"b": -1.0}, {"central_hpa": math.nan}],
)
def test_that_an_impossible_typhoon_is_a_plain_error(wrong: dict[str, float]) -> None:
    with pytest.raises(ScenarioError):
        Typhoon(**{"central_hpa": 950.0, "rmax_m": 30e3, "latitude_deg": 31.0, **wrong})


# Surge


def test_that_one_hectopascal_is_one_centimetre() -> None:
    assert barometer_m(1009.0) == pytest.approx(0.01, rel=0.01)
    assert barometer_m([960.0, 1010.0]) == pytest.approx([5000 / (SEA * GRAVITY), 0.0])


def test_that_set_up_over_constant_depth_is_the_closed_form() -> None:
    """(h + eta)^2 = h^2 + 2 tau F / (rho g), in any number of parts; about tau F / (rho g h) where that is small."""
    exact = math.sqrt(10.0**2 + 2 * 3.0 * 100e3 / (SEA * GRAVITY)) - 10.0
    assert setup_m(3.0, 10.0, 100e3) == pytest.approx(exact, rel=1e-12)
    assert setup_m(np.full((50, 2), 3.0), 10.0, 100e3) == pytest.approx([exact, exact], rel=1e-12)
    assert setup_m(0.1, 50.0, 10e3) == pytest.approx(0.1 * 10e3 / (SEA * GRAVITY * 50), rel=1e-4)


def test_that_set_up_over_a_sloping_shelf_solves_its_equation() -> None:
    """Against a fine integration of d eta / dx = tau / (rho g (h + eta)), 60 m to 5 m over 80 km."""
    fetch, steps, eta = 80e3, 200000, 0.0
    pull = 2.5 / (SEA * GRAVITY)
    for h in 60.0 - 55.0 * (np.arange(steps) + 0.5) / steps:
        eta += pull / (h + eta) * fetch / steps
    middles = 60.0 - 55.0 * (np.arange(200) + 0.5) / 200
    assert setup_m(2.5, middles, fetch) == pytest.approx(eta, rel=2e-3)


def test_that_wind_off_the_shore_lowers_the_sea_to_the_bed_at_most() -> None:
    assert -2.0 < setup_m(-0.1, 2.0, 10e3) < 0.0
    assert setup_m(-50.0, 2.0, 100e3) == -2.0


def test_that_the_surge_comes_with_onshore_wind_and_is_barometer_and_set_up() -> None:
    """North of the equator a storm that lands south of an east coast blows onto it; north of it, off it."""
    coast = Coast(depth_m=15.0, fetch_m=50e3, seaward_deg=90.0)
    south = Surge(Typhoon(940.0, 40e3, 31.0, y_m=-60e3), coast)
    north = Surge(Typhoon(940.0, 40e3, 31.0, y_m=60e3), coast)
    assert south.setup_m(0.0) > 1.0
    assert north.setup_m(0.0) < 0.0
    assert south.surge_m(0.0) == pytest.approx(south.setup_m(0.0) + barometer_m(south.typhoon.pressure_hpa(0.0)))
    finer = Surge(south.typhoon, coast, parts=400)
    assert south.setup_m(0.0) == pytest.approx(finer.setup_m(0.0), rel=1e-3)
    shallow = Surge(south.typhoon, Coast(15.0, 50e3, 90.0, coast_depth_m=4.0))
    assert shallow.setup_m(0.0) > south.setup_m(0.0)


def test_that_the_surge_peaks_as_the_storm_passes_and_leaves_nothing() -> None:
    storm = Typhoon(940.0, 40e3, 31.0, x_m=500e3, y_m=-50e3, speed_ms=8.0, heading_deg=270.0)
    surge = Surge(storm, Coast(15.0, 50e3, 90.0))
    times = np.arange(-20 * 86400.0, 22 * 86400.0, 600.0)
    levels = surge.surge_m(times)
    assert levels.shape == times.shape
    assert abs(times[np.argmax(levels)] - 500e3 / 8.0) < 3 * 3600
    assert abs(levels[[0, -1]]).max() < 0.02


def test_that_the_stage_is_the_sum_of_its_parts() -> None:
    surge = Surge(Typhoon(940.0, 40e3, 31.0, y_m=-60e3), Coast(15.0, 50e3, 90.0))
    sea, times = Tide(3.0), np.array([0.0, 1800.0, 7200.0])
    assert Stage(sea, surge).at(times) == pytest.approx(sea.level_m(times) + surge.surge_m(times))
    assert Stage().at(0.0) == 0.0


# Hydrographs


def test_that_volumes_are_exact() -> None:
    flow = Hydrograph((0.0, 100.0, 300.0), (0.0, 10.0, 4.0))
    assert flow.flow_m3s([-5.0, 50.0, 100.0, 200.0, 300.0, 301.0]) == pytest.approx([0.0, 5.0, 10.0, 7.0, 4.0, 0.0])
    assert flow.volume_m3(0, 300) == pytest.approx(500 + 1400)
    assert flow.volume_m3(50, 200) == pytest.approx(375 + 850)
    assert flow.volume_m3(-1e3, 1e5) == pytest.approx(1900)
    held = Hydrograph(flow.times_s, (2.0, 10.0, 4.0), "hold")
    assert held.volume_m3(-10, 0) == pytest.approx(20)
    assert held.volume_m3(300, 400) == pytest.approx(400)
    assert held.volume_m3(250, 400) == pytest.approx(50 * 4.75 + 400)
    assert Hydrograph((5.0,), (3.0,), "hold").volume_m3(0, 10) == pytest.approx(30)
    assert flow.scaled(2.0).volume_m3(0, 300) == pytest.approx(3800)


def test_that_volumes_of_neighbouring_spans_add_up() -> None:
    flow = hydrograph([(0, 0), (1800, 40), (3600, 100), (9000, 35), (30000, 0)])
    cuts = np.linspace(0, 40000, 77)
    assert sum(flow.volume_m3(a, b) for a, b in zip(cuts[:-1], cuts[1:])) == pytest.approx(flow.volume_m3(0, 40000), rel=1e-12)


@pytest.mark.parametrize(
    ("pairs", "says"),
    [
        ([], "at least one pair"),
        ("0 1", "at least one pair"),
        (None, "at least one pair"),
        ([[0, 1], [10, 2], [10, 3]], "time of pair 3, 10 s, is not after"),
        ([[0, 1], [10, -2]], "value of pair 2, -2 m3/s, is below 0"),
        ([[0, 1], [10, math.nan]], "Pair 2 holds a value that is no finite number"),
        ([[math.inf, 1]], "Pair 1 holds"),
        ([[0, 1, 2]], "Pair 1 is not two numbers"),
        ([["a", "b"]], "Pair 1 is not two numbers"),
        (["12"], "Pair 1 is not two numbers"),
        ([3.0], "Pair 1 is not two numbers"),
    ],
)
def test_that_a_bad_hydrograph_is_a_plain_error(pairs: Any, says: str) -> None:
    with pytest.raises(ScenarioError, match=says):
        hydrograph(pairs)


def test_that_a_hydrograph_is_read_from_pairs() -> None:
    assert hydrograph([[0, 1], [10, 2]]) == Hydrograph((0.0, 10.0), (1.0, 2.0))
    assert hydrograph(np.array([[0, 1], [10, 2]])) == Hydrograph((0.0, 10.0), (1.0, 2.0))
    assert hydrograph([[0, 1]], "hold").flow_m3s(99.0) == 1.0
    with pytest.raises(ScenarioError, match="hold, zero"):
        hydrograph([[0, 1]], "repeat")  # type: ignore[arg-type]


# Breach


def test_that_the_opening_grows_linearly_from_crest_to_base() -> None:
    dike = Breach(crest_m=5.0, base_m=1.0, bottom_width_m=20.0, formation_s=1000.0, start_s=100.0)
    level, width = dike.opening([0.0, 100.0, 600.0, 1100.0, 1e6])
    assert level == pytest.approx([5.0, 5.0, 3.0, 1.0, 1.0])
    assert width == pytest.approx([0.0, 0.0, 10.0, 20.0, 20.0])


def test_that_the_crest_is_a_trapezoid_within_the_old_crest() -> None:
    dike = Breach(5.0, 1.0, 20.0, 1000.0, side_slope=2.0)
    along = np.array([0.0, 10.0, -12.0, 16.0, 18.0, 40.0])
    assert dike.crest(along, 1000.0, 5.0) == pytest.approx([1.0, 1.0, 2.0, 4.0, 5.0, 5.0])
    assert dike.crest([0.0, 5.0, -7.0, 9.0, 40.0], 500.0, 5.0) == pytest.approx([3.0, 3.0, 4.0, 5.0, 5.0])
    assert dike.crest(along, 0.0, 5.5) == pytest.approx(np.full(6, 5.5))
    assert dike.crest(0.0, 1000.0, 0.5) == 0.5
    upright = Breach(5.0, 1.0, 20.0, 0.0, side_slope=0.0)
    assert upright.crest([0.0, 10.0, 10.1], 0.0, 5.0) == pytest.approx([1.0, 1.0, 5.0])
    assert dike.crest(along[:, None], np.array([0.0, 1000.0]), 5.0).shape == (6, 2)


def test_that_the_open_area_grows_to_the_trapezoid() -> None:
    """(bottom + slope x height) height."""
    dike = Breach(5.0, 1.0, 20.0, 1000.0, side_slope=1.0)
    along = np.linspace(-50, 50, 100001)
    assert np.trapezoid(5.0 - dike.crest(along, 1000.0, 5.0), along) == pytest.approx((20 + 4) * 4, rel=1e-6)
    assert np.trapezoid(5.0 - dike.crest(along, 500.0, 5.0), along) == pytest.approx((10 + 2) * 2, rel=1e-6)


def test_that_an_impossible_breach_is_a_plain_error() -> None:
    with pytest.raises(ScenarioError, match="below the crest"):
        Breach(1.0, 1.0, 20.0, 1000.0)


# Rain in space


def test_that_a_rain_cell_moves_and_brings_its_volume() -> None:
    """2 pi r^2 peak over the plane; sqrt(2 pi) r peak / speed under the path."""
    cell = RainCell(80.0, 3000.0, x_m=-20e3, y_m=5e3, speed_ms=10.0, heading_deg=90.0)
    assert cell.rain_mm_h(0.0, 5e3, 2000.0) == pytest.approx(80.0)
    assert cell.rain_mm_h(3000.0, 5e3, 2000.0) == pytest.approx(80.0 * math.exp(-0.5))
    grid = np.arange(-60e3, 60e3, 500.0)
    assert cell.rain_mm_h(grid[:, None], grid, 1000.0).sum() * 500.0**2 == pytest.approx(2 * math.pi * 3000.0**2 * 80, rel=1e-6)
    times = np.arange(0.0, 5000.0, 5.0)
    under = cell.rain_mm_h(0.0, 5e3, times).sum() * 5.0 / 3600
    assert under == pytest.approx(math.sqrt(2 * math.pi) * 3000.0 / 10.0 * 80 / 3600, rel=1e-6)


