"""Clock, quality tests, alert rules, history, rain: each by itself."""

from __future__ import annotations

import math
import threading
from pathlib import Path

import numpy as np
import pytest

from twin.errors import StorageError
from twin.live.alerts import Alerts, Rule, RuleState, default_rules
from twin.live.clock import Clock
from twin.live.history import History
from twin.live.quality import QualityTests
from twin.live.rain import GaugeSeries, measured_rain
from twin.live.sensors import FAIL, MISSING, PASS, SUSPECT, Datastream, properties, unit_conversion

LEVEL = Datastream("sensor/a/level", "sensor/a", "water_level", "m", warning=3.0, alarm=4.0)
RAIN = Datastream("sensor/r/rain", "sensor/r", "rainfall_rate", "mm/h")


class Passing:
    """Seconds that pass when told."""

    def __init__(self) -> None:
        self.s = 0.0

    def __call__(self) -> float:
        return self.s


# -- clock ----------------------------------------------------------------------------------------------------


def test_that_a_replay_clock_runs_at_its_rate_pauses_and_jumps() -> None:
    passing = Passing()
    clock = Clock(1000.0, rate=60.0, seconds=passing)
    passing.s = 2.0
    assert clock.now() == 1120.0
    clock.set_rate(10.0)
    passing.s = 3.0
    assert clock.now() == 1130.0
    clock.pause()
    passing.s = 100.0
    assert clock.now() == 1130.0
    clock.resume()
    passing.s = 101.0
    assert clock.now() == 1140.0
    clock.seek(500.0)
    assert clock.now() == 500.0
    assert clock.moves == 1


def test_that_a_real_clock_cannot_be_moved() -> None:
    clock = Clock()
    before = clock.now()
    clock.seek(0.0)
    clock.pause()
    assert clock.now() >= before
    assert clock.rate == 1.0


@pytest.mark.parametrize("rate", [0.0, -1.0, math.inf, math.nan])
def test_that_a_clock_refuses_a_senseless_rate(rate: float) -> None:
    with pytest.raises(ValueError, match="rate"):
        Clock(0.0, rate=rate)


def test_that_who_waits_for_the_clock_wakes_when_it_is_moved() -> None:
    clock = Clock(0.0, seconds=Passing())
    clock.pause()
    arrived, waiting = threading.Event(), threading.Event()

    def wait() -> None:
        waiting.set()
        while not clock.wait_until(100.0, lambda: False, longest_s=30.0):
            pass
        arrived.set()

    thread = threading.Thread(target=wait)
    thread.start()
    assert waiting.wait(20)
    clock.seek(200.0)
    assert arrived.wait(20)
    thread.join(5)


# -- quality --------------------------------------------------------------------------------------------------


def test_that_values_outside_the_span_fail_and_odd_ones_are_suspect() -> None:
    tests = QualityTests(RAIN)
    assert [tests.test(60.0 * k, v)[0] for k, v in enumerate((10.0, 250.0, 900.0, -1.0))] == [PASS, SUSPECT, FAIL, FAIL]


def test_that_a_stated_span_of_the_instrument_is_narrower() -> None:
    tests = QualityTests(Datastream("x", "t", "water_level", "m", span=(0.0, 5.0)))
    assert tests.test(0.0, 4.9)[0] == PASS
    assert tests.test(1.0, 5.1)[0] == FAIL


def test_that_a_spike_is_seen_when_its_neighbours_are_known() -> None:
    tests = QualityTests(LEVEL)
    flags = [tests.test(60.0 * k, v) for k, v in enumerate((1.0, 1.0, 4.0, 1.0))]
    assert [f for f, _ in flags] == [PASS] * 4
    # |4 - (1 + 1) / 2| = 3 m: over the 2 m of assets/sensors.toml.
    assert [e for _, e in flags][3] == FAIL
    assert tests.test(300.0, 1.0)[1] != FAIL  # |1 - (4 + 1) / 2| = 1.5 m: suspect only


def test_that_a_failed_value_does_not_make_its_neighbours_spikes() -> None:
    tests = QualityTests(LEVEL)
    verdicts = [tests.test(60.0 * k, v) for k, v in enumerate((1.0, 1.01, 9999.0, 1.02, 1.03))]
    assert verdicts[2][0] == FAIL
    assert [e for _, e in verdicts[3:]] == [PASS, PASS]


@pytest.mark.parametrize("every_s", [10.0, 900.0, 3600.0])
def test_that_a_flat_line_becomes_suspect_then_fails_whatever_the_interval(every_s: float) -> None:
    suspect, fail = properties()["pm2_5"].flat or (0.0, 0.0)
    tests = QualityTests(Datastream("x", "t", "pm2_5", "ug/m3"))
    t = np.arange(0.0, fail + 1, every_s)
    flags = np.array([tests.test(float(at), 20.0)[0] for at in t])
    assert set(flags[t < suspect]) == {PASS}
    assert set(flags[(t >= suspect) & (t < fail)]) == {SUSPECT}
    assert set(flags[t >= fail]) == {FAIL}
    assert tests.test(fail + every_s, 21.0)[0] == PASS


def test_that_few_equal_readings_are_no_flat_line() -> None:
    tests = QualityTests(Datastream("x", "t", "pm2_5", "ug/m3"))
    assert [tests.test(86400.0 * k, 20.0)[0] for k in range(6)] == [PASS] * 4 + [FAIL] * 2


def test_that_dry_weather_is_no_flat_line() -> None:
    tests = QualityTests(RAIN)
    assert {tests.test(900.0 * k, 0.0)[0] for k in range(500)} == {PASS}


def test_that_nan_is_missing_and_the_sources_own_flag_counts() -> None:
    tests = QualityTests(RAIN)
    assert tests.test(0.0, math.nan)[0] == MISSING
    assert tests.test(1.0, 3.0, SUSPECT)[0] == SUSPECT
    assert tests.test(2.0, 900.0, PASS)[0] == FAIL


# -- alerts ---------------------------------------------------------------------------------------------------


def test_that_an_alert_has_hysteresis() -> None:
    alerts = Alerts([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5)])
    alerts.watch(LEVEL)
    states = [alerts.reading(LEVEL.id, float(t), v, PASS) for t, v in enumerate((2.9, 3.0, 2.8, 2.6, 2.4, 2.9, 3.1))]
    n, f = RuleState.NORMAL, RuleState.FIRING
    assert states == [n, f, f, f, n, n, f]
    assert [(a.t, a.value, a.cleared_at, a.ended) for a in alerts.inbox()] == [(6.0, 3.1, None, ""), (1.0, 3.0, 4.0, "cleared")]


def test_that_an_alert_waits_its_hold_time() -> None:
    alerts = Alerts([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5, hold_s=60.0)])
    alerts.watch(LEVEL)
    p = RuleState.PENDING
    assert [alerts.reading(LEVEL.id, t, 3.5, PASS) for t in (0.0, 30.0, 59.0)] == [p, p, p]
    assert alerts.reading(LEVEL.id, 59.5, 2.9, PASS) == RuleState.NORMAL
    assert [alerts.reading(LEVEL.id, t, 3.5, PASS) for t in (60.0, 119.0)] == [p, p]
    assert alerts.reading(LEVEL.id, 120.0, 3.5, PASS) == RuleState.FIRING
    assert len(alerts.inbox()) == 1


def test_that_failed_values_neither_fire_nor_clear() -> None:
    alerts = Alerts([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5)])
    alerts.watch(LEVEL)
    assert alerts.reading(LEVEL.id, 0.0, 99.0, FAIL) == RuleState.NORMAL
    assert alerts.reading(LEVEL.id, 1.0, 3.5, PASS) == RuleState.FIRING
    assert alerts.reading(LEVEL.id, 2.0, math.nan, MISSING) == RuleState.FIRING


def test_that_silence_is_no_data_and_a_value_ends_it() -> None:
    alerts = Alerts([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5)])
    alerts.watch(LEVEL)
    alerts.reading(LEVEL.id, 0.0, 3.5, PASS)
    alerts.no_data(LEVEL.id, 500.0)
    assert alerts.state(LEVEL.id)[0] == RuleState.NO_DATA
    assert (alerts.inbox()[0].ended, alerts.inbox()[0].cleared_at) == ("no data", 500.0)
    assert alerts.reading(LEVEL.id, 600.0, 1.0, PASS) == RuleState.NORMAL


def test_that_rules_can_look_below_and_at_levels_the_gauge_states() -> None:
    low = Rule("low", {"en": "Low"}, "water_level", 0.5, 0.7, below=True)
    alarm = Rule("alarm", {"en": "Alarm"}, "water_level", "alarm", 0.2, severity="alert")
    alerts = Alerts([low, alarm])
    alerts.watch(LEVEL)
    assert alerts.reading(LEVEL.id, 0.0, 0.4, PASS) == RuleState.FIRING
    assert alerts.reading(LEVEL.id, 1.0, 0.6, PASS) == RuleState.FIRING
    assert alerts.reading(LEVEL.id, 2.0, 0.8, PASS) == RuleState.NORMAL
    assert alerts.reading(LEVEL.id, 3.0, 4.0, PASS) == RuleState.FIRING
    assert alerts.state(LEVEL.id) == (RuleState.FIRING, "alert")
    assert alerts.reading(LEVEL.id, 4.0, 3.85, PASS) == RuleState.FIRING  # clears 0.2 m below 4.0
    assert alerts.reading(LEVEL.id, 5.0, 3.79, PASS) == RuleState.NORMAL


def test_that_acknowledging_marks_once() -> None:
    alerts = Alerts([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5)])
    alerts.watch(LEVEL)
    alerts.reading(LEVEL.id, 0.0, 3.5, PASS)
    number = alerts.inbox()[0].id
    assert alerts.acknowledge([number], 10.0) == 1
    assert alerts.acknowledge([number, 999], 20.0) == 0
    assert alerts.inbox()[0].acknowledged_at == 10.0


def test_that_every_rule_that_comes_along_can_be_met() -> None:
    for rule in default_rules():
        prop = properties()[rule.observed]
        assert set(rule.title) == {"en", "zh"}
        if not isinstance(rule.fire, str):
            assert prop.suspect[0] < rule.clear < rule.fire < prop.suspect[1]


# -- history --------------------------------------------------------------------------------------------------


def test_that_readings_come_back_in_order_with_their_flags(tmp_path: Path) -> None:
    history = History(tmp_path / "h.sqlite")
    history.append([("a", 3.0, 1.5, PASS), ("a", 1.0, math.nan, MISSING), ("b", 2.0, 7.0, PASS), ("a", 2.0, 9.0, SUSPECT)])
    history.flag("a", 3.0, FAIL)
    history.close()
    history = History(tmp_path / "h.sqlite")
    t, v, flag = history.window("a", 0.0, 10.0)
    assert t.tolist() == [1.0, 2.0, 3.0]
    assert np.array_equal(v, [np.nan, 9.0, 1.5], equal_nan=True)
    assert flag.tolist() == [MISSING, SUSPECT, FAIL]
    assert history.window("nobody", 0.0, 10.0)[0].size == 0
    history.close()


def test_that_the_history_is_bounded_in_number_and_age() -> None:
    history = History(most=1000, age_s=1e9)
    for k in range(50):
        history.append([("a", float(100 * k + i), 1.0, PASS) for i in range(100)])
    assert len(history) <= 1020
    assert history.window("a", 0.0, 1e9)[0].max() == 4999.0
    history.close()
    history = History(most=1000, age_s=50.0)
    history.append([("a", float(i), 1.0, PASS) for i in range(200)])
    assert history.window("a", 0.0, 1e9)[0].min() == 149.0
    history.close()


def test_that_a_file_that_is_no_history_is_named(tmp_path: Path) -> None:
    path = tmp_path / "h.sqlite"
    path.write_bytes(b"this is not a database, and long enough to be looked at " * 50)
    with pytest.raises(StorageError, match=r"h\.sqlite"):
        History(path)


def test_that_a_history_can_be_read_while_it_is_written(tmp_path: Path) -> None:
    import sqlite3
    from contextlib import closing

    history = History(tmp_path / "h.sqlite")
    history.append([("a", 1.0, 1.0, PASS)])
    with closing(sqlite3.connect(tmp_path / "h.sqlite")) as reader:
        reader.execute("BEGIN")
        assert reader.execute("SELECT count(*) FROM reading").fetchone() == (1,)
        assert history.append([("a", 2.0, 1.0, PASS)]) == 1
    history.close()


# -- rain -----------------------------------------------------------------------------------------------------


def test_that_measured_rain_is_the_mean_depth_over_the_wet_time() -> None:
    now = 100_000.0
    t = np.arange(now - 3 * 3600 + 300, now + 1, 300.0)
    wet = (t > now - 7200) & (t <= now - 1800)  # 90 minutes, ending half an hour ago
    rain = measured_rain([GaugeSeries(t, np.where(wet, v, 0.0), interval_s=300) for v in (20.0, 40.0)], now)
    assert rain is not None
    assert rain.depth_mm == pytest.approx(1.5 * 30.0)
    assert rain.highest_mm == pytest.approx(60.0)
    assert rain.gauges == 2
    assert (rain.start, rain.end) == (now - 7200, now - 1800)
    assert rain.flood_params() == {"rain_mm": 45.0, "rain_duration": "PT1H30M"}


def test_that_tipped_amounts_and_rates_give_the_same_depth() -> None:
    now = 100_000.0
    t = np.arange(now - 3 * 3600 + 900, now + 1, 900.0)
    rate = np.where(t > now - 3600, 12.0, 0.0)
    by_rate = measured_rain([GaugeSeries(t, rate, interval_s=900)], now)
    by_amount = measured_rain([GaugeSeries(t, rate / 4, amount=True, interval_s=900)], now)
    assert by_rate is not None
    assert by_amount is not None
    assert by_rate.depth_mm == pytest.approx(12.0)
    assert by_amount.depth_mm == pytest.approx(12.0)


def test_that_a_gap_is_not_filled_with_rain() -> None:
    now = 100_000.0
    rain = measured_rain([GaugeSeries(np.array([now - 10_000.0, now]), np.array([0.0, 36.0]), interval_s=10.0)], now)
    assert rain is not None
    assert rain.depth_mm == pytest.approx(36.0)  # one hour at most, not 2.8


def test_that_dry_or_silent_gauges_give_no_scenario() -> None:
    now = 100_000.0
    t = np.arange(now - 3600, now, 300.0)
    assert measured_rain([GaugeSeries(t, np.zeros(len(t)))], now) is None
    assert measured_rain([GaugeSeries(t - 86400, np.full(len(t), 9.0))], now) is None
    assert measured_rain([], now) is None


def test_that_units_of_the_wild_are_known() -> None:
    assert unit_conversion("Ml/d") == ("flow", pytest.approx(1e6 / 1e3 / 86400), 0.0)
    assert unit_conversion("Knots") == ("wind_speed", pytest.approx(1852 / 3600), 0.0)
    assert unit_conversion("furlong") is None
