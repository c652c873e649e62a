"""Storms and infiltration against closed forms."""

from __future__ import annotations

import numpy as np
import pytest

from twin.errors import ScenarioError
from twin.models.hazard.rain import HYETOGRAPHS, DesignStorm, curve_number_m, green_ampt_step, horton_mm, soils, storm


@pytest.mark.parametrize("kind", HYETOGRAPHS)
@pytest.mark.parametrize("peak", [0.0, 0.4, 1.0])
def test_that_all_the_rain_falls_and_none_before_or_after(kind: str, peak: float) -> None:
    rain = storm(kind, 120.0, 7200.0, peak)
    assert rain.fallen_mm(-100.0, 0.0) == 0.0
    assert rain.fallen_mm(0.0, 7200.0) == pytest.approx(120.0, rel=1e-12)
    assert rain.fallen_mm(7200.0, 1e6) == 0.0
    assert (np.diff(rain.cumulative(np.linspace(0, 7200, 999))) >= 0).all()


@pytest.mark.parametrize("kind", ["chicago", "alternating"])
def test_that_the_heaviest_rain_is_at_the_peak(kind: str) -> None:
    rain = storm(kind, 100.0, 7200.0, 0.4)
    times = np.arange(0, 7201, 300.0)
    heaviest = int(np.argmax(np.diff(rain.cumulative(times))))
    assert abs((heaviest + 0.5) * 300.0 - 0.4 * 7200.0) <= 300.0


def test_that_the_chicago_storm_keeps_the_law_for_every_duration_about_its_peak() -> None:
    """Keifer and Chu 1957: the heaviest t minutes hold a t / (t + b)^c of the law (here b = 7, c = 0.656)."""
    rain, r, total = storm("chicago", 100.0, 7200.0, 0.4), 0.4, 120.0
    for minutes in (5.0, 15.0, 30.0, 60.0):
        start = (r * total - r * minutes) * 60.0
        expected = 100.0 * (minutes / (minutes + 7) ** 0.656) / (total / (total + 7) ** 0.656)
        assert rain.fallen_mm(start, start + minutes * 60.0) == pytest.approx(expected, rel=1e-9)


def test_that_alternating_blocks_are_ordered_about_the_peak() -> None:
    blocks = np.diff(storm("alternating", 100.0, 3600.0, 0.5).cumulative(np.arange(0, 3601, 300.0)))
    middle = int(np.argmax(blocks))
    assert (np.diff(blocks[: middle + 1]) > 0).all()
    assert (np.diff(blocks[middle:]) < 0).all()


def test_that_an_unknown_hyetograph_is_a_plain_error() -> None:
    with pytest.raises(ScenarioError, match="uniform, chicago, alternating"):
        storm("huff", 10.0, 60.0)


def test_that_the_shanghai_storm_follows_its_formula() -> None:
    """q = 1600 (1 + 0.846 lg P) / (t + 7)^0.656 L/(s ha); 1 L/(s ha) is 0.36 mm/h."""
    assert DesignStorm().depth_mm(1, 60) == pytest.approx(1600 / 67**0.656 * 0.36, rel=1e-12)
    assert DesignStorm().depth_mm(1, 60) == pytest.approx(36.5, abs=0.1)
    assert DesignStorm().depth_mm(100, 120) / DesignStorm().depth_mm(1, 120) == pytest.approx(1 + 0.846 * 2, rel=1e-12)


def test_that_soils_are_those_of_rawls_1983() -> None:
    assert len(soils()) == 11
    loam = soils()["loam"]
    assert (loam.conductivity_mm_h, loam.suction_mm, loam.effective_porosity) == (3.4, 88.9, 0.434)


def test_that_green_ampt_follows_its_implicit_curve_under_ponding() -> None:
    """K t = F - psi dtheta ln(1 + F / (psi dtheta)) (Green and Ampt 1911), the exact curve of ponded ground."""
    k, suction, deficit = 3.4 / 3.6e6, 0.0889, 0.2
    total, step = 0.0, 5.0
    for _ in range(int(2 * 3600 / step)):
        total += float(green_ampt_step(total, step, k, suction, deficit))
    s = suction * deficit
    exact_time = (total - s * np.log(1 + total / s)) / k
    assert exact_time == pytest.approx(7200.0, rel=0.01)
    in_one_step = float(green_ampt_step(0.0, 7200.0, k, suction, deficit))
    assert in_one_step == pytest.approx(total, rel=0.08)


def test_that_ponding_begins_when_mein_and_larson_say() -> None:
    """t_p = K psi dtheta / (i (i - K)) under steady rain i > K (Mein and Larson 1973)."""
    k, suction, deficit, rain = 6.5 / 3.6e6, 0.1668, 0.24, 30.0 / 3.6e6
    total, now, step = 0.0, 0.0, 1.0
    while float(green_ampt_step(total, step, k, suction, deficit)) >= rain * step:
        total, now = total + rain * step, now + step
    assert now == pytest.approx(k * suction * deficit / (rain * (rain - k)), rel=0.01)


def test_that_horton_sums_to_its_integral() -> None:
    whole = horton_mm(0.0, 3600.0, 75.0, 6.5, 4.14)
    assert whole == pytest.approx(6.5 + 68.5 / 4.14 * (1 - np.exp(-4.14)), rel=1e-12)
    assert horton_mm(0.0, 1800.0, 75.0, 6.5, 4.14) + horton_mm(1800.0, 3600.0, 75.0, 6.5, 4.14) == pytest.approx(whole, rel=1e-12)
    assert horton_mm(0.0, 3600.0, 20.0, 20.0, 0.0) == pytest.approx(20.0)


def test_that_another_law_shapes_the_storm() -> None:
    """Beijing's first zone, q = 2001 (1 + 0.811 lg P) / (t + 8)^0.711 (DB11/685): the heaviest t minutes are the law's."""
    law = DesignStorm(2001.0, 0.811, 8.0, 0.711)
    depth = law.depth_mm(50, 60)
    assert depth == pytest.approx(2001 * (1 + 0.811 * np.log10(50)) / 68**0.711 * 0.36, rel=1e-12)
    rain = storm("chicago", depth, 3600.0, 0.4, design=law)
    assert rain.fallen_mm(0.4 * 50 * 60, 0.4 * 50 * 60 + 600) == pytest.approx(law.depth_mm(50, 10), rel=1e-9)


def test_that_the_curve_number_keeps_what_tr_55_says() -> None:
    """TR-55, table 2-1: CN 80 and 4 inches of rain give 2.04 inches of runoff."""
    storage, initial = curve_number_m(80.0)
    rain = 4 * 0.0254
    assert (rain - initial) ** 2 / (rain - initial + storage) / 0.0254 == pytest.approx(2.04, abs=0.005)
    assert soils()["sand"].curve_number < soils()["loam"].curve_number < soils()["clay"].curve_number
