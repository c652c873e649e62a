"""What may come over MQTT, and what is turned away."""

from __future__ import annotations

import json
import math

import pytest

from tests.live_city import sensor_city
from twin.live.feeds.messages import (
    MAX_READING,
    MalformedError,
    Reading,
    Topic,
    decode_meta,
    decode_reading,
    decode_status,
    encode_meta,
    encode_reading,
    encode_status,
    parse_topic,
    topic_part,
)
from twin.live.sensors import MISSING, city_sensors

TOPIC = Topic("site", "air", "S1", "pm2_5")


def test_that_a_reading_survives_the_way() -> None:
    sent = Reading(1_700_000_000.25, 12.5, "mm/h", 1, 77)
    assert decode_reading(encode_reading(sent)) == sent
    missing = decode_reading(encode_reading(Reading(1_700_000_000.0, math.nan)))
    assert math.isnan(missing.value)
    assert missing.flag == MISSING


def test_that_iso_times_with_a_zone_are_understood() -> None:
    assert decode_reading(b'{"t": "2014-02-20T07:00:00Z", "v": 1}').t == 1_392_879_600.0
    assert decode_reading(b'{"t": "2014-02-20T15:00:00+08:00", "v": 1}').t == 1_392_879_600.0


@pytest.mark.parametrize(
    "payload",
    [
        b"", b"12", b"null", b"[]", b"{", b"\xff\xfe\x00", b'{"v": 1}', b'{"t": 1700000000}', b'{"t": 1700000000, "v": "12"}',
        b'{"t": 1700000000, "v": true}', b'{"t": 1700000000, "v": NaN}', b'{"t": 1700000000, "v": 1e999}', b'{"t": Infinity, "v": 1}',
        b'{"t": -5, "v": 1}', b'{"t": 1700000000000, "v": 1}', b'{"t": "yesterday", "v": 1}', b'{"t": "2014-02-20T07:00:00", "v": 1}',
        b'{"t": 1700000000, "v": 1, "q": 7}', b'{"t": 1700000000, "v": 1, "q": true}', b'{"t": 1700000000, "v": 1, "seq": 1.5}',
        b'{"t": 1700000000, "v": 1, "seq": -9}', b'{"t": 1700000000, "v": 1, "u": 3}',
        b'{"t": 1700000000, "v": ' + b"9" * 1500 + b"}", b'{"t": 1700000000, "v": 1, "x": "' + b"a" * MAX_READING + b'"}',
        b"[" * 1900, b'{"t": 1700000000, "v": ' + b"[" * 1800,
        b"__import__('os').system('true')", b"cos\nsystem\n(S'true'\ntR.",
    ],
    ids=lambda p: p[:34].decode("latin-1"),
)
def test_that_a_malformed_reading_is_turned_away(payload: bytes) -> None:
    with pytest.raises(MalformedError):
        decode_reading(payload)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("city/site/air/S1/pm2_5", (TOPIC, False)), ("city/site/air/S1/pm2_5/meta", (TOPIC, True)), ("city/site/air/S1/pm2_5/other", None),
        ("city/site/air/S1", None), ("town/site/air/S1/pm2_5", None), ("city//air/S1/pm2_5", None), ("city/s/a/" + "x" * 200 + "/v", None),
        ("city/s/a/b\n/v", None),
    ],
)
def test_that_only_topics_of_the_scheme_are_read(text: str, expected: object) -> None:
    assert parse_topic(text) == expected


def test_that_a_topic_part_is_safe() -> None:
    assert topic_part("sensor/S 1+#") == "sensor-S-1"
    assert parse_topic(f"city/{topic_part('a/b')}/x/{topic_part('   ')}/v") is not None


def test_that_meta_carries_name_place_and_levels() -> None:
    city = sensor_city()
    things, streams, _ = city_sensors(city)
    lon, lat = city.frame.to_lonlat(things[0].x, things[0].y)
    thing, stream = decode_meta(encode_meta(things[0], streams[0], (float(lon), float(lat))), TOPIC, city.frame)
    assert (thing.name, thing.kind) == ("Station 0", "rain_gauge")
    assert thing.x == pytest.approx(things[0].x, abs=0.01)
    assert thing.y == pytest.approx(things[0].y, abs=0.01)
    assert (stream.observed, stream.unit, stream.simulated) == ("rainfall_rate", "mm/h", False)
    assert stream.id == "sensor/site/air/S1/pm2_5"


@pytest.mark.parametrize(
    "content",
    [
        {"name": 5}, {"name": "x" * 501}, {"lon": 500.0, "lat": 0.0}, {"lon": "east", "lat": 1}, {"span": [1]}, {"span": [1, "x"]},
        {"warning": "high"}, {"interval_s": 1e999}, {"kind": None},
    ],
)
def test_that_malformed_meta_is_turned_away(content: dict[str, object]) -> None:
    with pytest.raises(MalformedError):
        decode_meta(json.dumps(content).encode(), TOPIC, sensor_city().frame)


def test_that_status_says_whether_the_feed_is_simulated() -> None:
    assert decode_status(encode_status(True, True)) == (True, True)
    assert decode_status(b'{"state": "offline"}') == (False, False)
