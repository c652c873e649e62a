"""The hub: bounded inbox, states, staleness, alerts, simulation, and what it costs to read."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.live_city import sensor_city
from twin.city.city import City
from twin.errors import StorageError
from twin.live.alerts import Alerts, Rule, RuleState
from twin.live.board import ALERT, HOLLOW, OK, WARNING, Board
from twin.live.demo import DemoFeed
from twin.live.feeds.feed import Declared, FeedState, Inbox, Mode
from twin.live.hub import Hub
from twin.live.sensors import Datastream, Observation, Thing, city_sensors, properties, property_of_kind
from twin.live.simulate import Weather, is_silent, simulated, smooth_noise

NOW = 1_700_000_000.0
LEVEL = Datastream("sensor/g/level", "sensor/g", "water_level", "m", interval_s=60.0)


class GivenFeed:
    """A feed that hands over what a test gives it."""

    name, credit = "given", ""

    def __init__(self, mode: Mode = "LIVE") -> None:
        self.mode: Mode = mode
        self._state = FeedState(phase="connected")
        self.inbox: Inbox | None = None

    @property
    def state(self) -> FeedState:
        return self._state

    def start(self, inbox: Inbox) -> None:
        self.inbox = inbox

    def stop(self) -> None:
        self._state.phase = "stopped"


def board_of(rules: list[Rule] | None = None, stream: Datastream = LEVEL) -> Board:
    board = Board(Alerts(rules or []))
    board.declare((Thing(stream.thing, "Gauge", "river_gauge", 1.0, 2.0, 3.0),), (stream,))
    return board


@pytest.fixture
def hub() -> Iterator[Hub]:
    h = Hub()
    yield h
    h.close()


# -- inbox ----------------------------------------------------------------------------------------------------


def test_that_a_full_inbox_drops_the_oldest_reading_counts_it_and_never_blocks() -> None:
    inbox = Inbox(limit=100)
    known = Declared((), (LEVEL,))
    inbox.put(known)
    before = time.monotonic()
    for k in range(1000):
        inbox.put(Observation("s", NOW + k, float(k)))
    assert time.monotonic() - before < 1.0
    assert (len(inbox), inbox.dropped) == (100, 901)
    items = inbox.take(1000, 0.0)
    assert items[0] is known  # declarations are not dropped
    values = [o.value for o in items[1:] if isinstance(o, Observation)]
    assert values == [float(k) for k in range(901, 1000)]


def test_that_a_sender_that_can_wait_loses_nothing() -> None:
    inbox = Inbox(limit=10)
    sent = threading.Thread(target=lambda: [inbox.put_waiting(Observation("s", NOW, float(k)), lambda: False) for k in range(200)])
    sent.start()
    got: list[float] = []
    while len(got) < 200:
        taken = inbox.take(7, 5.0)
        assert taken
        got += [o.value for o in taken if isinstance(o, Observation)]
    sent.join(5)
    assert got == [float(k) for k in range(200)]
    assert inbox.dropped == 0


def test_that_a_closed_inbox_takes_nothing_and_holds_nobody_back() -> None:
    inbox = Inbox(limit=1)
    inbox.put(Observation("s", NOW, 1.0))
    inbox.close()
    assert not inbox.put_waiting(Observation("s", NOW, 2.0), lambda: False)
    inbox.put(Observation("s", NOW, 3.0))
    assert len(inbox.take(10, 5.0)) == 1
    assert inbox.take(10, 5.0) == []


def test_that_drops_are_told_in_the_health_line() -> None:
    hub = Hub(inbox_limit=50)
    feed = GivenFeed()
    inbox = Inbox(50)
    for k in range(60):
        inbox.put(Observation("s", NOW, float(k)))
    hub.start(feed)
    hub._inbox.dropped = inbox.dropped  # what an overrun leaves behind
    assert hub.health()["dropped"] == 10
    assert "10 dropped" in hub.health_line()
    hub.close()


# -- states ---------------------------------------------------------------------------------------------------


def test_that_a_value_turns_hollow_when_it_is_stale_and_full_again_when_heard() -> None:
    board = board_of()
    assert board.snapshot(NOW).state.tolist() == [HOLLOW]  # never heard
    board.take(Observation(LEVEL.id, NOW, 1.0), NOW)
    assert board.snapshot(NOW + 179).state.tolist() == [OK]  # three intervals of 60 s
    assert board.snapshot(NOW + 181).state.tolist() == [HOLLOW]
    assert board.snapshot(NOW + 181).value.tolist() == [1.0]  # the value stays to be read, with its age
    assert board.snapshot(NOW + 181).age_s.tolist() == [181.0]
    board.take(Observation(LEVEL.id, NOW + 200, 1.1), NOW + 200)
    assert board.snapshot(NOW + 201).state.tolist() == [OK]


def test_that_a_missing_value_is_hollow_and_a_failed_one_a_warning() -> None:
    board = board_of()
    board.take(Observation(LEVEL.id, NOW, math.nan), NOW)
    assert board.snapshot(NOW).state.tolist() == [HOLLOW]
    board.take(Observation(LEVEL.id, NOW + 1, 5000.0), NOW + 1)
    assert board.snapshot(NOW + 1).state.tolist() == [WARNING]
    assert board.snapshot(NOW + 1).flag.tolist() == [4]
    assert board.recent(LEVEL.id)[1].size == 0  # neither is drawn as a course
    assert (board.tally.missing, board.tally.failed) == (1, 1)


def test_that_a_firing_rule_is_an_alert_until_the_data_is_stale() -> None:
    board = board_of([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5, severity="alert")])
    board.take(Observation(LEVEL.id, NOW, 3.2), NOW)
    assert board.snapshot(NOW).state.tolist() == [ALERT]
    board.silence(NOW + 100)
    assert board.alerts.state(LEVEL.id)[0] == RuleState.FIRING
    board.silence(NOW + 500)
    assert board.alerts.state(LEVEL.id)[0] == RuleState.NO_DATA
    assert board.snapshot(NOW + 500).state.tolist() == [HOLLOW]


def test_that_a_past_published_late_alerts_nobody() -> None:
    board = board_of([Rule("r", {"en": "High"}, "water_level", 3.0, 2.5)])
    for k in range(10):
        board.take(Observation(LEVEL.id, NOW - 7200 + 60 * k, 9.0), NOW)
    assert board.alerts.inbox() == []
    assert board.tally.readings == 10
    board.take(Observation(LEVEL.id, NOW, 9.0), NOW)
    assert len(board.alerts.inbox()) == 1


def test_that_a_clock_ahead_makes_values_suspect() -> None:
    board = board_of()
    assert board.take(Observation(LEVEL.id, NOW + 3600, 1.0), NOW) == (3, None)
    assert board.snapshot(NOW).age_s.tolist() == [0.0]


def test_that_a_spike_is_flagged_afterwards_in_the_history(hub: Hub) -> None:
    feed = GivenFeed()
    hub.start(feed)
    assert feed.inbox is not None
    now = time.time() - 100
    feed.inbox.put(Declared((), (LEVEL,)))
    for k, v in enumerate((1.0, 1.0, 9.0, 1.0, 1.0)):
        feed.inbox.put(Observation(LEVEL.id, now + k, v))
    assert hub.wait_for(lambda: hub.board.tally.readings == 5, 20)
    assert hub.wait_for(lambda: hub.series(LEVEL.id, 1000)[2].tolist()[2:3] == [4], 20)
    _, values, flags = hub.series(LEVEL.id, 1000)
    assert values.tolist() == [1.0, 1.0, 9.0, 1.0, 1.0]  # kept
    assert flags.tolist()[2] == 4


def test_that_another_value_for_the_same_moment_is_contradictory() -> None:
    board = board_of()
    for value in (1.0, 1.0, 2.0):
        board.take(Observation(LEVEL.id, NOW, value), NOW)
    assert (board.tally.readings, board.tally.duplicates, board.tally.contradictory) == (1, 1, 1)
    assert board.snapshot(NOW).value.tolist() == [1.0]


def test_that_a_sender_that_starts_again_is_believed() -> None:
    board = board_of()
    for k, seq in enumerate((7, 8, 0, 1)):
        board.take(Observation(LEVEL.id, NOW + k, float(k), seq=seq), NOW + k)
    assert (board.tally.readings, board.tally.gaps, board.tally.duplicates) == (4, 0, 0)


def test_that_what_nobody_declared_is_counted_and_ignored() -> None:
    board = board_of()
    assert board.take(Observation("sensor/none/level", NOW, 1.0), NOW) is None
    assert board.tally.unknown == 1


def test_that_the_badge_is_live_only_while_data_comes(hub: Hub) -> None:
    feed = GivenFeed()
    hub.start(feed)
    assert feed.inbox is not None
    assert hub.drain().mode == ""
    feed.inbox.put(Declared((), (LEVEL,)))
    feed.inbox.put(Observation(LEVEL.id, time.time() - 1000, 1.0))
    assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
    assert hub.drain().mode == ""  # retained from long ago
    feed.inbox.put(Observation(LEVEL.id, time.time(), 1.0))
    assert hub.wait_for(lambda: hub.board.tally.readings == 2, 20)
    assert hub.drain().mode == "LIVE"
    feed.state.phase = "waiting"
    assert hub.drain().mode == ""


def test_that_storage_trouble_is_told_and_values_are_shown_all_the_same(hub: Hub) -> None:
    feed = GivenFeed()
    hub.start(feed)
    assert feed.inbox is not None
    pages = hub.history._db.execute("PRAGMA page_count").fetchone()[0]
    hub.history._db.execute(f"PRAGMA max_page_count = {pages}")  # the disk is full
    feed.inbox.put(Declared((), (LEVEL,)))
    now = time.time()

    def filled() -> None:
        for k in range(5000):
            hub.history.append([(LEVEL.id, now - 9000 + k, 1.5, 1)])

    with pytest.raises(StorageError):  # until not one reading more has room
        filled()
    kept = len(hub.history)
    for k in range(5000):
        feed.inbox.put(Observation(LEVEL.id, now - 4000 + k / 2, 1.5))
    assert hub.wait_for(lambda: hub.board.tally.readings == 5000, 10)
    assert hub.snapshot().value.tolist() == [1.5]
    assert hub.wait_for(lambda: "full" in hub.health_line(), 20)
    assert 0 < len(hub.history) == kept < 5000  # what was kept before stays
    hub.history._db.execute("PRAGMA max_page_count = 100000")
    feed.inbox.put(Observation(LEVEL.id, now, 1.6))
    assert hub.wait_for(lambda: not hub.storage_problem, 20)


def test_that_reading_the_hub_takes_less_than_a_few_milliseconds_at_2178_stations(hub: Hub) -> None:
    feed = GivenFeed()
    hub.start(feed)
    assert feed.inbox is not None
    n, now = 2178, time.time()
    streams = tuple(Datastream(f"sensor/{k}/rain", f"sensor/{k}", "rainfall_rate", "mm/h", interval_s=900) for k in range(n))
    feed.inbox.put(Declared(tuple(Thing(f"sensor/{k}", f"S{k}", x=float(k), y=0.0, z=0.0) for k in range(n)), streams))
    for s in streams:
        feed.inbox.put(Observation(s.id, now, 1.0))
    assert hub.wait_for(lambda: hub.board.tally.readings == n, 20)
    took = []
    for turn in range(20):
        feed.inbox.put(Observation(streams[turn].id, now + 1, 2.0))
        before = time.perf_counter()
        hub.drain()
        took.append(time.perf_counter() - before)
    assert np.median(took) < 0.005  # 0.1 ms on the reference machine; room for a busy one


# -- city and simulation --------------------------------------------------------------------------------------


def test_that_the_sensors_of_a_city_are_things_with_datastreams() -> None:
    things, streams, topics = city_sensors(sensor_city())
    assert [s.observed for s in streams[:4]] == ["rainfall_rate", "water_level", "pm2_5", "traffic_flow"]
    assert [s.unit for s in streams[:4]] == ["mm/h", "m", "ug/m3", "/h"]
    assert (things[0].x, things[0].y, things[0].z) == (-450.0, -300.0, 0.0)
    assert topics[0] == "city/testville/rain_gauge/S0/value"
    assert city_sensors(City("Empty", sensor_city().frame)) == ([], [], [])


def test_that_a_simulation_is_the_same_for_the_same_seed_and_start() -> None:
    t = NOW + np.arange(0.0, 86400.0, 600.0)
    one, same, other = (DemoFeed(sensor_city(), seed=seed, start=NOW) for seed in (3, 3, 4))
    for row in range(8):
        assert np.array_equal(one.value(row, t), same.value(row, t))
        # Any moment by itself is what it is in the series.
        assert one.value(row, t[70:71])[0] == one.value(row, t)[70]
    assert not np.array_equal(one.value(2, t), other.value(2, t))


def test_that_simulated_values_are_plausible() -> None:
    feed = DemoFeed(sensor_city(each=4), seed=7, start=NOW)
    t = NOW - 7200 + np.arange(0.0, 86400.0, 60.0)
    for row, thing in enumerate(feed.things):
        v = feed.value(row, t)
        prop = properties()[property_of_kind(thing.kind)]
        assert (v >= prop.suspect[0]).all()
        assert (v <= prop.suspect[1]).all()
        if thing.kind == "rain_gauge":
            depth = v.sum() / 60.0
            assert 30 < depth < 300
            assert (v == 0).mean() > 0.3
        if thing.kind == "river_gauge":
            assert 1.0 < np.ptp(v) < 4.0
            assert np.abs(np.diff(v)).max() < 0.1  # no jumps in a minute
        if thing.kind == "air_quality":
            assert 10 < v.mean() < 120


def test_that_traffic_has_its_day() -> None:
    weather = Weather(1, NOW, timezone="Asia/Shanghai")
    wednesday = 1_699_977_600.0  # 2023-11-15 00:00 in Shanghai
    hours = wednesday + np.arange(24) * 3600.0
    v = simulated("traffic_counter", Thing("t", "t"), 1, weather, hours)
    assert v[8] > 3 * v[3]
    assert v[18] > 3 * v[3]
    assert weather.hour(wednesday + 1800)[0] == pytest.approx(0.5)
    assert not weather.hour(wednesday)[1]
    assert weather.hour(wednesday + 3 * 86400)[1]  # Saturday


def test_that_noise_is_smooth_bounded_and_centred() -> None:
    t = np.arange(0.0, 1e6, 10.0)
    v = smooth_noise(5, 9, t, 600.0)
    assert np.abs(v).max() <= 1.0
    assert abs(v.mean()) < 0.05
    assert np.abs(np.diff(v)).max() < 0.06  # pi * 10 / 600 at most


def test_that_few_sensors_are_silent_and_not_for_ever() -> None:
    times = NOW + np.arange(0.0, 7200.0, 60.0)
    silent = np.array([[is_silent(7, k, float(t)) for t in times] for k in range(400)])
    share = silent.any(1).mean()
    assert 0.02 < share < 0.12
    assert silent[silent.any(1)].mean() == pytest.approx(0.2, abs=0.02)  # six minutes of thirty
