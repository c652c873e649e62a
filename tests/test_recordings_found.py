"""Recorded readings are told from layers of a city by their columns."""

from __future__ import annotations

from pathlib import Path

import pytest

from twin.live.feeds.recordings import looks_like_recording


@pytest.mark.parametrize(
    ("name", "text", "is_one"),
    [
        ("a.csv", "id,time,value\n", True),
        ("a.tsv", "station\ttimestamp\treading\n", True),
        ("a.csv", '"sensor";"date";"v"\n', True),
        ("trees.csv", "id,lon,lat,height_m\n", False),
        ("layer.csv", "id,time,value,geometry\n", False),
        ("a.geojson", "id,time,value\n", False),
        ("empty.csv", "", False),
    ],
)
def test_that_columns_tell_readings_from_layers(tmp_path: Path, name: str, text: str, is_one: bool) -> None:
    path = tmp_path / name
    path.write_text(text, "utf-8")
    assert looks_like_recording(path) is is_one


def test_that_what_is_no_text_or_not_there_is_no_recording(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(bytes(range(256)))
    assert not looks_like_recording(path)
    assert not looks_like_recording(tmp_path / "gone.tsv")


def test_that_real_recordings_are_found(data) -> None:
    assert looks_like_recording(data / "sensors_ukfloods2014" / "20140212.tsv")
    assert looks_like_recording(data / "shanghai" / "air" / "ShanghaiPM20100101_20151231.csv")
