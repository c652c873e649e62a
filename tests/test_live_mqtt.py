"""Readings over real brokers on loopback: the embedded one and mosquitto."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live_brokers import Mosquitto, free_port, mosquitto_program, publisher, say
from tests.live_city import sensor_city
from twin.errors import InputError
from twin.live.board import ALERT, HOLLOW, OK, WARNING
from twin.live.broker import LocalBroker
from twin.live.feeds.messages import Reading, encode_meta, encode_reading, encode_status
from twin.live.feeds.mqtt import MqttFeed
from twin.live.hub import Hub
from twin.live.sensors import Datastream, Thing


@pytest.fixture
def broker() -> Iterator[LocalBroker]:
    b = LocalBroker()
    b.start()
    yield b
    b.stop()
    assert "demo broker" not in [t.name for t in threading.enumerate()]


@pytest.fixture
def hub() -> Iterator[Hub]:
    h = Hub()
    h.set_city(sensor_city())
    yield h
    h.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("mqtt", "live", "demo feed", "replay"))]


def connect(hub: Hub, port: int) -> MqttFeed:
    feed = MqttFeed("127.0.0.1", port, known=hub.known_topics(), frame=hub.frame, first_wait_s=0.02, longest_wait_s=0.1)
    hub.start(feed)
    return feed


def test_that_the_embedded_broker_is_not_heard_outside_this_machine(broker: LocalBroker) -> None:
    other = socket.gethostbyname(socket.gethostname())
    if other.startswith("127."):
        other = "127.0.0.2"  # another loopback address must be closed too
    with pytest.raises(OSError), socket.create_connection((other, broker.port), 2):
        pass


def test_that_who_connects_and_says_nothing_does_not_hold_the_broker_up() -> None:
    broker = LocalBroker()
    broker.start()
    with socket.create_connection(("127.0.0.1", broker.port), 5):
        before = time.monotonic()
        broker.stop()
        assert time.monotonic() - before < 1.0
    assert "demo broker" not in [t.name for t in threading.enumerate()]


def test_that_a_reading_of_a_known_topic_reaches_its_sensor(broker: LocalBroker, hub: Hub) -> None:
    feed = connect(hub, broker.port)
    assert feed.connected.wait(20)
    assert hub.drain().mode == ""  # connected, but nothing has come yet
    topic = "city/testville/rain_gauge/S0/value"
    with publisher(broker.port) as client:
        say(client, topic, encode_reading(Reading(time.time(), 12.5, "mm/h", seq=1)))
        assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
    update = hub.drain()
    assert (update.mode, update.text, update.changed) == ("LIVE", f"MQTT 127.0.0.1:{broker.port}", True)
    row = [s.id for s in update.snapshot.roster.streams].index("sensor/S0/rainfall_rate")
    assert update.snapshot.value[row] == 12.5
    assert update.snapshot.state[row] == OK
    assert hub.series("sensor/S0/rainfall_rate")[1].tolist() == [12.5]
    assert not hub.drain().changed


def test_that_unknown_sensors_are_placed_by_their_retained_meta(broker: LocalBroker, hub: Hub) -> None:
    assert hub.frame is not None
    lon, lat = hub.frame.to_lonlat(100.0, 200.0)
    meta = encode_meta(
        Thing("x", "Creek bridge", "river_gauge"), Datastream("x/y", "x", "water_level", "m", alarm=3.0), (float(lon), float(lat))
    )
    with publisher(broker.port) as client:
        say(client, "city/elsewhere/hydro/G7/level/meta", meta, retain=True)
        connect(hub, broker.port)
        assert hub.wait_for(lambda: hub.board.counts()["things"] == 9, 20)
        say(client, "city/elsewhere/hydro/G7/level", encode_reading(Reading(time.time(), 2.0, "m")))
        assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
    roster = hub.snapshot().roster
    thing = next(t for t in roster.things if t.id == "sensor/elsewhere/hydro/G7")
    assert thing.name == "Creek bridge"
    assert (thing.x, thing.y) == (pytest.approx(100.0, abs=0.01), pytest.approx(200.0, abs=0.01))
    assert thing.z == 0.0  # on the ground, which this city does not know


def test_that_duplicates_gaps_late_and_malformed_messages_are_counted(broker: LocalBroker, hub: Hub) -> None:
    feed = connect(hub, broker.port)
    assert feed.connected.wait(20)
    topic, now = "city/testville/traffic_counter/S3/value", time.time()
    with publisher(broker.port) as client:
        for seq, at in ((1, 0), (2, 1), (2, 1), (5, 4), (4, 3)):
            say(client, topic, encode_reading(Reading(now + at, 100.0 + seq, "/h", seq=seq)))
        say(client, topic, b'{"t": "now", "v": "many"}')
        say(client, topic, b"\x00" * 5000)
        say(client, "city/testville/too/short", b"{}")
        say(client, topic, encode_reading(Reading(now + 5, 106.0, "/h", seq=6)))
        assert hub.wait_for(lambda: hub.board.tally.readings == 5, 20)
    h = hub.health()
    assert {k: h[k] for k in ("received", "readings", "duplicates", "gaps", "late", "malformed", "ignored", "dropped")} == {
        "received": 9, "readings": 5, "duplicates": 1, "gaps": 2, "late": 1, "malformed": 2, "ignored": 1, "dropped": 0,
    }
    row = [s.id for s in hub.snapshot().roster.streams].index("sensor/S3/traffic_flow")
    assert hub.snapshot().value[row] == 106.0
    t, v, _ = hub.history.window("sensor/S3/traffic_flow", now - 1, now + 10)
    assert v.tolist() == [101.0, 102.0, 104.0, 105.0, 106.0]
    assert "2 malformed" in hub.health_line()


def test_that_other_units_are_converted_and_strange_ones_suspect(broker: LocalBroker, hub: Hub) -> None:
    connect(hub, broker.port)
    meta = encode_meta(Thing("x", "Weir"), Datastream("x/y", "x", "flow", "m3/s"))
    with publisher(broker.port) as client:
        say(client, "city/z/hydro/W/flow/meta", meta, retain=True)
        assert hub.wait_for(lambda: hub.board.counts()["things"] == 9, 20)
        say(client, "city/z/hydro/W/flow", encode_reading(Reading(time.time(), 86.4, "Ml/d")))
        assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
        assert hub.snapshot().value[-1] == pytest.approx(1.0)
        say(client, "city/z/hydro/W/flow", encode_reading(Reading(time.time(), 5.0, "furlong")))
        assert hub.wait_for(lambda: hub.board.tally.readings == 2, 20)
    assert hub.snapshot().state[-1] == WARNING


def test_that_nobody_listening_is_said_and_tried_again() -> None:
    hub = Hub()
    feed = MqttFeed("127.0.0.1", free_port(), first_wait_s=0.01, longest_wait_s=0.02)
    hub.start(feed)
    assert hub.wait_for(lambda: feed.state.counters.reconnects >= 3, 10)
    assert feed.state.phase == "waiting"
    assert "refused" in feed.state.message
    assert hub.drain().mode == ""
    before = time.monotonic()
    hub.close()
    assert time.monotonic() - before < 1.0


@pytest.mark.parametrize(
    ("host", "port", "site"), [("", 1883, "+"), ("h", 0, "+"), ("h", 70000, "+"), ("h", 1883, ""), ("h", 1883, "a/b"), ("h", 1, "#")]
)
def test_that_senseless_addresses_are_refused(host: str, port: int, site: str) -> None:
    with pytest.raises(InputError):
        MqttFeed(host, port, site)


def test_that_readings_of_a_broker_are_kept_between_sessions(broker: LocalBroker) -> None:
    city, stream = sensor_city(), "sensor/S0/rainfall_rate"
    for k in range(2):
        hub = Hub()
        hub.set_city(city)
        hub.start_mqtt("127.0.0.1", broker.port)
        feed = hub.feed
        assert isinstance(feed, MqttFeed)
        assert feed.connected.wait(20)
        with publisher(broker.port) as client:
            say(client, "city/testville/rain_gauge/S0/value", encode_reading(Reading(time.time(), float(k), "mm/h")))
            assert hub.wait_for(lambda h=hub: h.board.tally.readings == 1, 20)
        assert hub.series(stream)[1].tolist() == [float(i) for i in range(k + 1)]
        hub.close()


def test_that_mosquitto_may_go_away_and_come_back(tmp_path: Path, hub: Hub) -> None:
    program = mosquitto_program()
    if program is None:
        pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
    broker = Mosquitto(program, tmp_path)
    broker.start()
    try:
        feed = connect(hub, broker.port)
        assert feed.connected.wait(20)
        topic = "city/testville/river_gauge/S1/value"
        with publisher(broker.port) as client:
            say(client, "city/testville/status", encode_status(True, False), retain=True)
            say(client, topic, encode_reading(Reading(time.time(), 1.0, "m", seq=1)))
            assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
        assert hub.drain().mode == "LIVE"
        broker.stop()
        assert hub.wait_for(lambda: feed.state.phase == "waiting", 20)
        assert hub.drain().mode == ""
        broker.start()
        assert feed.connected.wait(20)
        with publisher(broker.port) as client:
            say(client, topic, encode_reading(Reading(time.time(), 2.0, "m", seq=3)))
            assert hub.wait_for(lambda: hub.board.tally.readings == 2, 20)
        assert hub.drain().mode == "LIVE"
        h = hub.health()
        assert h["reconnects"] >= 1
        assert h["gaps"] == 1  # number 2 was sent to nobody
    finally:
        broker.stop()


def test_that_a_last_will_is_heard(tmp_path: Path, hub: Hub) -> None:
    program = mosquitto_program()
    if program is None:
        pytest.skip("mosquitto is not installed (Debian: apt-get install mosquitto)")
    import paho.mqtt.client as paho
    from paho.mqtt.enums import CallbackAPIVersion

    broker = Mosquitto(program, tmp_path)
    broker.start()
    try:
        feed = connect(hub, broker.port)
        assert feed.connected.wait(20)
        client = paho.Client(CallbackAPIVersion.VERSION2)
        client.will_set("city/testville/status", encode_status(False, False), qos=1)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        say(client, "city/testville/rain_gauge/S0/value", encode_reading(Reading(time.time(), 1.0)))
        assert hub.wait_for(lambda: hub.board.tally.readings == 1, 20)
        client.loop_stop()
        client.socket().close()  # as a sensor dies: without a word
        assert hub.wait_for(lambda: "offline" in feed.state.message, 20)
        assert "testville says it is offline" in hub.health_line()
    finally:
        broker.stop()


def test_that_the_demo_feed_is_heard_through_the_broker_and_says_it_is_simulated(hub: Hub) -> None:
    hub.start_demo(every_s=0.5)
    assert hub.wait_for(lambda: bool((hub.snapshot().state != HOLLOW).any()), 20)
    assert hub.wait_for(lambda: hub.board.tally.readings >= 8 * 36 + 8, 20)
    update = hub.drain()
    assert (update.mode, update.text) == ("LIVE", "simulated feed")
    assert hub.health_line().startswith("simulated feed · ")
    assert all(t.name.endswith("(simulated)") for t in update.snapshot.roster.things)
    assert all(s.simulated for s in update.snapshot.roster.streams)
    assert [t.id for t in update.snapshot.roster.things] == [f"sensor/S{k}" for k in range(8)]
    rain = hub.rain()
    assert rain is not None
    assert rain.gauges == 2
    assert 5 < rain.depth_mm < 150
    assert 600 <= rain.duration_s <= 3 * 3600
    h = hub.health()
    assert (h["malformed"], h["ignored"], h["gaps"], h["unknown"], h["dropped"]) == (0, 0, 0, 0, 0)
    before = time.monotonic()
    hub.stop()
    assert time.monotonic() - before < 1.5
    assert hub.drain().mode == ""
    assert ALERT not in update.snapshot.state[update.snapshot.flag == 4]


def test_that_a_city_without_sensors_has_no_demo_feed() -> None:
    hub = Hub()
    with pytest.raises(InputError, match="no sensors"):
        hub.start_demo()
    hub.close()
