"""Sensors as pins: shape, colour, label, table."""

from __future__ import annotations

import numpy as np
import pytest

from layers.drawing import Labels, Points
from layers.sensors import STATE_COLORS, STEM_M, SensorLayer, age_text, sparkline, value_text
from layers.style import Style, hex_rgb
from tests.live_city import sensor_city
from twin.live.alerts import Alerts, Rule
from twin.live.board import ALERT, HOLLOW, OK, WARNING, Board
from twin.live.sensors import Datastream, Observation, Thing, city_sensors

NOW = 1_700_000_000.0


def a_board() -> Board:
    """Eight sensors of a city: the first is fine, the second stale, the third suspect, the fourth fires; the rest is silent."""
    board = Board(Alerts([Rule("r", {"en": "Jam"}, "traffic_flow", 1000.0, 900.0, severity="alert")]))
    things, streams, _ = city_sensors(sensor_city())
    board.declare(tuple(things), tuple(streams))
    for stream, t, value in zip(streams, (NOW, NOW - 500, NOW, NOW), (4.2, 1.0, 900.0, 1200.0)):
        board.take(Observation(stream.id, t, value), t)
    return board


def colors_of(points: Points) -> list[str]:
    return ["#" + "".join(f"{c:02x}" for c in rgba[:3]) for rgba in points.colors]


def test_that_shape_and_colour_tell_the_state() -> None:
    layer = SensorLayer(a_board().snapshot(NOW + 10))
    points, labels = layer.draw()
    assert isinstance(points, Points)
    assert isinstance(labels, Labels)
    assert points.shapes is not None
    assert points.shapes.tolist() == [OK, HOLLOW, WARNING, ALERT] + [HOLLOW] * 4
    assert colors_of(points)[:4] == [STATE_COLORS[k] for k in (0, 1, 2, 3)]
    assert labels.texts[:5] == ["4.20 mm/h", "1.00 m · 8 min", "900 ug/m3", "1,200 /h", ""]
    assert np.argsort(-labels.priority)[0] == 3  # the alert is labelled first
    assert points.points[0].tolist() == [-450.0, -300.0, STEM_M]
    assert points.stem_m == STEM_M
    assert points.rows.tolist() == list(range(8))


def test_that_stale_data_loses_its_colour_also_when_coloured_by_value() -> None:
    board = a_board()
    layer = SensorLayer(board.snapshot(NOW + 10))
    layer.style = Style(kind="graduated", field="value", palette="viridis", low=0.0, high=10.0)
    fresh = layer.draw()[0]
    assert colors_of(fresh)[0] != STATE_COLORS[OK]
    assert colors_of(fresh)[1] == STATE_COLORS[HOLLOW]
    layer.show(board.snapshot(NOW + 3600))
    assert set(colors_of(layer.draw()[0])) == {STATE_COLORS[HOLLOW]}
    assert set(layer.draw()[0].shapes.tolist()) == {HOLLOW}


def test_that_listeners_hear_of_changes_only() -> None:
    board = a_board()
    layer = SensorLayer(board.snapshot(NOW + 10))
    heard: list[str] = []
    layer.changed.connect(heard.append)
    before = layer.draw()[0]
    layer.show(board.snapshot(NOW + 11))
    assert heard == []
    assert layer.draw()[0].version == before.version
    board.take(Observation("sensor/S0/rainfall_rate", NOW + 12, 5.0), NOW + 12)
    layer.show(board.snapshot(NOW + 12))
    assert heard == ["data"]
    after = layer.draw()[0]
    assert (after.version, after.geometry_version) == (before.version + 1, before.geometry_version)


def test_that_new_sensors_make_new_geometry() -> None:
    board = a_board()
    layer = SensorLayer(board.snapshot(NOW))
    before = layer.draw()[0]
    board.declare((Thing("sensor/new", "New", x=0.0, y=0.0, z=7.0),), (Datastream("sensor/new/a", "sensor/new", "flow", "m3/s"),))
    layer.show(board.snapshot(NOW))
    after = layer.draw()[0]
    assert after.geometry_version > before.geometry_version
    assert len(after.points) == 9
    assert after.points[8].tolist() == [0.0, 0.0, 7.0 + STEM_M]


def test_that_far_and_placeless_things_are_in_the_table_only() -> None:
    board = a_board()
    board.declare((Thing("sensor/far", "Far", x=1e6, y=0.0), Thing("sensor/none", "None")), ())
    layer = SensorLayer(board.snapshot(NOW), bounds=(-1000.0, -1000.0, 1000.0, 1000.0))
    assert len(layer.table()) == 10
    assert len(layer.draw()[0].points) == 8
    assert layer.table()["place"].tolist()[-1] == "no place"
    assert layer.bounds() == (-450.0, 450.0, -300.0, 0.0, 0.0, STEM_M)
    assert layer.bounds(np.array([8], np.int32)) is None


def test_that_a_thing_with_several_datastreams_shows_the_gravest() -> None:
    board = Board(Alerts([Rule("r", {"en": "High"}, "flow", 5.0, 4.0, severity="alert")]))
    streams = (Datastream("sensor/g/level", "sensor/g", "water_level", "m"), Datastream("sensor/g/flow", "sensor/g", "flow", "m3/s"))
    board.declare((Thing("sensor/g", "Gauge", x=0.0, y=0.0, z=0.0),), streams)
    for stream, value in zip(streams, (1.0, 9.0)):
        board.take(Observation(stream.id, NOW, value), NOW)
    layer = SensorLayer(board.snapshot(NOW))
    pins, labels = layer.draw()
    assert pins.shapes.tolist() == [ALERT]
    assert labels.texts == ["9.00 m3/s"]
    told = layer.attributes(0)
    assert (told["Water level"], told["Flow"], told["state"]) == ("1.00 m", "9.00 m3/s", "alert")


def test_that_a_fresh_datastream_is_shown_before_a_stale_one() -> None:
    board = Board(Alerts([]))
    streams = (Datastream("sensor/g/a", "sensor/g", "water_level", "m"), Datastream("sensor/g/b", "sensor/g", "flow", "m3/s"))
    board.declare((Thing("sensor/g", "Gauge", x=0.0, y=0.0, z=0.0),), streams)
    board.take(Observation("sensor/g/a", NOW - 5000, 1.0), NOW - 5000)
    board.take(Observation("sensor/g/b", NOW, 2.0), NOW)
    layer = SensorLayer(board.snapshot(NOW))
    assert layer.draw()[1].texts == ["2.00 m3/s"]
    assert layer.draw()[0].shapes.tolist() == [OK]


def test_that_table_and_inspector_tell_value_age_quality_and_trend() -> None:
    board = a_board()
    layer = SensorLayer(board.snapshot(NOW + 10), recent=board.recent)
    row = layer.table().iloc[0]
    shown = [row[k] for k in ("id", "value", "unit", "age_s", "state", "quality")]
    assert shown == ["sensor/S0", 4.2, "mm/h", 10.0, "ok", "pass"]
    assert row["trend"] == "▁"
    told = layer.attributes(1)
    assert (told["Water level"], told["Water level, age"], told["state"]) == ("1.00 m", "8 min", "stale")
    assert told["topic"] == "city/testville/river_gauge/S1/value"
    ((title, unit, t, v),) = layer.series(0)
    assert (title, unit, t.tolist(), v.tolist()) == ("Rain", "mm/h", [NOW], [4.2])
    assert layer.row_of("sensor/S3") == 3
    assert layer.row_of("sensor/none") == -1


def test_that_an_empty_board_draws_nothing() -> None:
    layer = SensorLayer()
    assert layer.draw() == []
    assert len(layer.table()) == 0
    assert layer.bounds() is None
    assert len(layer.legend().entries) == 4


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.4, "0 s"), (59.4, "59 s"), (60.0, "1 min"), (3599.0, "60 min"), (7200.0, "2 h"), (1e5, "28 h"), (2e5, "2 d"), (np.nan, "–")],
)
def test_that_ages_read_as_people_say_them(seconds: float, text: str) -> None:
    assert age_text(seconds) == text


def test_that_values_and_trends_are_short() -> None:
    assert [value_text(v) for v in (0.123, -2.0, 12.34, 1234.5, np.nan)] == ["0.12", "-2.00", "12.3", "1,234", "–"]
    assert sparkline(np.array([0.0, 1.0, 2.0, 7.0])) == "▁▂▃█"
    assert sparkline(np.array([5.0, 5.0])) == "▁▁"
    assert sparkline(np.empty(0)) == ""


def test_that_state_colours_stand_out_on_light_and_dark_ground() -> None:
    def luminance(color: str) -> float:
        r, g, b = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in hex_rgb(color))
        return 0.2126 * r + 0.7152 * g + 0.0722 * b

    for color in STATE_COLORS:
        for ground in ("#fbfbfc", "#1b2027"):  # panels of the light and the dark look
            a, b = sorted((luminance(color), luminance(ground)))
            assert (b + 0.05) / (a + 0.05) >= 3.0, (color, ground)  # WCAG 2.2, 1.4.11: graphics
