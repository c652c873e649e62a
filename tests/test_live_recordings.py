"""Recorded readings: UK floods 2014, Shanghai air, tables of any kind; and their replay on the clock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from tests.live_city import sensor_city
from twin.errors import InputError
from twin.frame import LocalFrame
from twin.live.board import HOLLOW
from twin.live.feeds.recordings import open_recording
from twin.live.feeds.replay import ReplayFeed
from twin.live.feeds.uk_floods import grid_reference
from twin.live.hub import Hub
from twin.live.sensors import FAIL

UK = "sensors_ukfloods2014/stations.tsv"
AIR = "shanghai/air/ShanghaiPM20100101_20151231.csv"
GENERIC = """id,time,value,lon,lat,unit
A,2026-07-14T18:00:00Z,1.5,121.48,31.23,m
B,2026-07-14T18:00:00Z,2.5,121.49,31.24,m
A,2026-07-14T18:05:00Z,1.6,121.48,31.23,m
B,2026-07-14T18:05:00Z,,121.49,31.24,m
A,2026-07-14T18:10:00Z,1.7,121.48,31.23,m
"""


@pytest.fixture
def hub() -> Iterator[Hub]:
    h = Hub()
    yield h
    h.close()
    assert not [t.name for t in threading.enumerate() if t.name.startswith(("live", "replay"))]


def write(tmp_path: Path, text: str, name: str = "r.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    return path


def test_that_grid_references_are_the_places_they_name() -> None:
    # Ben Nevis trig pillar NN 16667 71278 (Ordnance Survey); Caister water tower TG 51409 13177 (OS guide, annex C);
    # SV is the false origin itself.
    text = np.array(["NN1666771278", "TG 51409 13177", "SV0000000000", "HP6514", "", "XX", "TQ123", "IA1234", "12345678"], object)
    east, north = grid_reference(text)
    assert east[:4].tolist() == [216667.5, 651409.5, 0.5, 465500.0]
    assert north[:4].tolist() == [771278.5, 313177.5, 0.5, 1214500.0]
    assert np.isnan(east[4:]).all()
    assert np.isnan(north[4:]).all()


def test_that_the_uk_floods_have_the_counts_of_their_manifest(data: Path) -> None:
    r = open_recording(data / UK)
    assert len(r) == 25_000
    # 2,178 references; E6120 is used by two stations, one in Northampton and one at Brede.
    assert len({t.id.split(",")[0] for t in r.things}) == 2178
    assert len(r.things) == 2179
    found = {p.code: p.count for p in r.problems}
    assert found["no-reference"] == 3253  # of 25,000 readings: the 13 % of the manifest
    assert found["shared-reference"] == 2
    assert found["no-place"] == sum(t.x is None for t in r.things) == 302
    assert r.t.min() == 1_392_879_600.0  # 2014-02-20T07:00:00Z
    assert r.t.max() == 1_392_892_302.0  # 10:31:42
    assert (np.diff(r.t) >= 0).all()
    observed = np.array([s.observed for s in r.streams])
    assert (observed[r.row] == "water_level").sum() == 17_063
    assert np.isin(observed[r.row], ["rainfall", "rainfall_rate"]).sum() == 6372
    assert (observed[r.row] == "flow").sum() == 1468
    tidal = np.array(["Tidal Level" in s.name for s in r.streams])
    assert tidal[r.row].sum() == 785
    assert np.isfinite(r.value).all()


def test_that_uk_stations_stand_where_their_grid_reference_says(data: Path) -> None:
    r = open_recording(data / UK, LocalFrame("EPSG:27700"))
    outside = "sensor/E4402"  # TR999395 lies in the Channel, whatever the source says
    east = np.array([t.x for t in r.things if t.x is not None and t.id != outside])
    north = np.array([t.y for t in r.things if t.x is not None and t.id != outside])
    assert 80_000 < east.min() < east.max() < 656_000  # England and Wales
    assert 10_000 < north.min() < north.max() < 660_000
    in_utm = open_recording(data / UK, LocalFrame("EPSG:32630"))
    assert in_utm.things[100].x != r.things[100].x


def test_that_units_of_the_uk_are_turned_into_ours(data: Path) -> None:
    r = open_recording(data / UK)
    units = {s.unit for s in r.streams}
    assert {"Ml/d", "Knots", "deg C"} & units == set()
    assert {"mAOD", "mASD", "m3/s", "mm", "mm/h", "m/s"} <= units  # a level keeps the name of its datum
    flow = [k for k, s in enumerate(r.streams) if s.id.endswith("Ml/d")]
    assert r.value[np.isin(r.row, flow)].max() == pytest.approx(20977.834 * 1000 / 86400)


def test_that_shanghai_air_has_its_hours_and_places_marked_by_hand(data: Path) -> None:
    r = open_recording(data / AIR)
    assert len(r) == 25_602 * 7
    assert r.t.min() == 1_359_410_400.0  # 2013-01-29 06:00 in Shanghai is 2013-01-28T22:00Z
    assert [t.id for t in r.things] == ["sensor/jingan", "sensor/us-post", "sensor/xuhui", "sensor/weather"]
    assert all("approximate" in t.note and "approximate" in t.name for t in r.things[:3])
    assert r.things[3].x is None
    frame = LocalFrame("EPSG:32651")
    jingan = open_recording(data / AIR, frame).things[0]
    lon, lat = frame.to_lonlat(jingan.x, jingan.y)
    assert (float(lon), float(lat)) == (pytest.approx(121.425, abs=1e-6), pytest.approx(31.226, abs=1e-6))
    first = r.value[(r.row == 0)][0], r.value[(r.row == 1)][0], r.value[(r.row == 2)][0]
    assert first == (30.0, 32.0, 33.0)


def test_that_any_csv_with_id_time_and_value_is_read(tmp_path: Path) -> None:
    r = open_recording(write(tmp_path, GENERIC))
    assert len(r) == 5
    assert r.frame.crs == "EPSG:32651"
    assert [(s.observed, s.unit, s.interval_s) for s in r.streams] == [("water_level", "m", 300.0)] * 2
    assert np.isnan(r.value).sum() == 1
    assert {p.code: p.count for p in r.problems} == {"missing-value": 1}


@pytest.mark.parametrize("header", ["station;timestamp;reading", "sensor_id\tdatetime\tvalue", "Name,T,V"])
def test_that_other_headings_and_separators_are_understood(tmp_path: Path, header: str) -> None:
    separator = next(c for c in ";\t," if c in header)
    rows = [separator.join(("A", str(1_700_000_000_000 + 1000 * k), f"{k}.5")) for k in range(3)]
    r = open_recording(write(tmp_path, "\n".join([header, *rows]) + "\n"))
    assert r.t.tolist() == [1_700_000_000.0, 1_700_000_001.0, 1_700_000_002.0]
    assert r.value.tolist() == [0.5, 1.5, 2.5]
    assert r.things[0].x is None


def test_that_parquet_is_read_like_text(tmp_path: Path) -> None:
    text = open_recording(write(tmp_path, GENERIC))
    table = pd.read_csv(tmp_path / "r.csv", parse_dates=["time"])
    table.to_parquet(tmp_path / "r.parquet")
    r = open_recording(tmp_path / "r.parquet")
    assert np.array_equal(r.t, text.t)
    assert np.array_equal(r.value, text.value, equal_nan=True)
    assert [t.id for t in r.things] == [t.id for t in text.things]
    (tmp_path / "bad.parquet").write_bytes(b"PAR1 and nothing else")
    with pytest.raises(InputError, match="cannot be read"):
        open_recording(tmp_path / "bad.parquet")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "cannot be read"), (b"id,time,value\n", "no readings"), (b"a,b,c\n1,2,3\n", "no column for id or time or value"),
        (b"id,time,value\nA,soon,3\n", "usable time"), (b"\xff\xfe\x00\x01" * 100, "cannot be read"),
        (b"id,when,value\nA,1,2\n", "no column for time"),
        (b'id,time,value\n"A,1,2\n', "cannot be read"),
    ],
)
def test_that_what_is_no_recording_is_said_in_a_sentence(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    with pytest.raises(InputError, match=said):
        open_recording(path)


def test_that_a_missing_file_is_refused_before_anything_starts(tmp_path: Path, hub: Hub) -> None:
    with pytest.raises(InputError, match="no such recording"):
        hub.start_replay(tmp_path / "none.csv")
    assert not hub.running


def test_that_a_broken_file_ends_in_a_failed_feed_with_the_reason(tmp_path: Path, hub: Hub) -> None:
    hub.start_replay(write(tmp_path, "a,b\n1,2\n"))
    feed = hub.feed
    assert isinstance(feed, ReplayFeed)
    assert feed.ready.wait(10)
    assert feed.state.phase == "failed"
    assert "no column" in feed.state.message
    assert "no column" in hub.health_line()


def test_that_the_replayed_floods_are_all_taken_in(data: Path, hub: Hub) -> None:
    recording = open_recording(data / UK)
    hub.start(ReplayFeed(recording, rate=1e6))
    feed = hub.feed
    assert feed is not None
    assert hub.wait_for(lambda: feed.state.phase == "ended" and hub.board.tally.readings + hub.board.tally.duplicates >= 24_900, 60)
    assert hub.wait_for(lambda: sum(hub.health()[k] for k in ("readings", "duplicates", "contradictory")) == 25_000, 10)
    h = hub.health()
    # 236 rows repeat an instrument's moment: 177 say the same again, 59 something else.
    assert (h["readings"], h["duplicates"] + h["contradictory"], h["dropped"], h["unknown"], h["late"]) == (24_764, 236, 0, 0, 0)
    assert len(hub.history) == 24_764
    assert (h["things"], h["streams"]) == (2179, 2371)
    assert hub.drain().mode == "REPLAY"
    assert h["without a place"] == 302
    assert "Environment Agency" in hub.credit


def test_that_seeking_shows_the_moment_and_nothing_after_it(tmp_path: Path, hub: Hub) -> None:
    rows = "".join(f"A,{1_700_000_000 + 600 * k},{k}\n" for k in range(100))
    feed = ReplayFeed(write(tmp_path, "id,time,value\n" + rows), rate=1.0)
    hub.start(feed)
    assert feed.ready.wait(10)
    assert hub.wait_for(lambda: hub.snapshot().value.tolist() == [0.0], 20)
    hub.clock.pause()
    hub.clock.seek(1_700_000_000 + 600 * 50 + 5)
    assert hub.wait_for(lambda: hub.snapshot().value.tolist() == [50.0], 20)
    assert hub.drain().text == "recording, paused"
    hub.clock.seek(1_700_000_000 + 600 * 20 + 5)
    assert hub.wait_for(lambda: hub.snapshot().value.tolist() == [20.0], 20)
    assert hub.board.recent("sensor/A/value")[1].tolist() == list(range(21))
    assert hub.series("sensor/A/value", 1e6)[1].max() == 20.0
    hub.clock.resume()
    hub.clock.set_rate(1e6)
    assert hub.wait_for(lambda: hub.snapshot().value.tolist() == [99.0], 20)
    assert hub.wait_for(lambda: feed.state.phase == "ended", 20)
    assert hub.clock.paused


def test_that_stale_readings_of_a_replay_are_hollow(tmp_path: Path, hub: Hub) -> None:
    steady = "".join(f"A,{1_700_000_000 + 60 * k},{k % 7}\n" for k in range(60))
    text = f"id,time,value\n{steady}B,{1_700_000_000},1\nB,{1_700_000_060},2\n"
    feed = ReplayFeed(write(tmp_path, text), rate=1.0, at=1_700_003_000.0)
    hub.start(feed)
    assert hub.wait_for(lambda: hub.board.tally.readings == 53, 20)
    hub.clock.pause()
    snapshot = hub.snapshot()
    assert snapshot.state.tolist() == [0, HOLLOW]  # B was heard 49 minutes ago, it used to report every minute
    assert snapshot.age_s[1] > 2900


def test_that_uk_stations_are_not_taken_for_those_of_another_city(data: Path, hub: Hub) -> None:
    hub.set_city(sensor_city())
    hub.start_replay(data / UK, rate=1e6)
    assert hub.wait_for(lambda: hub.health()["readings"] > 20_000, 60)
    roster = hub.snapshot().roster
    placed = [t for t in roster.things if t.x is not None]
    assert len(placed) >= 1877
    assert [t.id for t in placed if hub.is_here(t)] == [f"sensor/S{k}" for k in range(8)]
    assert hub.rain() is None
    assert hub.wait_for(lambda: hub.health()["outside this city"] == 1877, 10)
    assert "1,877 outside this city" in hub.health_line()


def test_that_bad_values_of_the_floods_are_kept_and_flagged(data: Path, hub: Hub) -> None:
    hub.start_replay(data / "sensors_ukfloods2014/20140212.tsv", rate=1e6)
    assert hub.wait_for(lambda: hub.health()["readings"] == 610, 30)
    stream = next(s for s in hub.board.streams().values() if s.thing == "sensor/E9183")
    _, value, flag = hub.history.window(stream.id, 0.0, 2e9)
    assert value.min() == -32.607  # a gauge in Sussex 32 m below the sea: kept
    assert len(value) == 96
    assert set(flag.tolist()) <= {3, FAIL}
