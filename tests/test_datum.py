"""Above what heights are measured: it goes out and comes in again, or is told to be lost."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from tests.test_store import make_city
from tests.test_write_cityjson import told_wrong
from twin.city.city import City
from twin.city.recipe import open_city
from twin.city.writers import write_city
from twin.frame import LocalFrame

PLACES = {"EPSG:25832": (691000.0, 5334000.0), "EPSG:31468": (4468000.0, 5333000.0), "EPSG:28992": (84000.0, 447000.0)}


def city_above(crs: str | None, vertical: str | None) -> City:
    return make_city().derived(frame=LocalFrame(crs, PLACES.get(str(crs), (350000.0, 3456000.0)), vertical))


@pytest.mark.parametrize("name", ["out.city.json", "out.gpkg", "out.parquet"])
@pytest.mark.parametrize(
    ("crs", "vertical"),
    [
        ("EPSG:25832", "EPSG:5783"),
        ("EPSG:31468", "EPSG:5783"),
        ("EPSG:28992", "EPSG:5709"),
        ("EPSG:32651", "EPSG:5773"),
        ("EPSG:28992", None),
    ],
)
def test_that_the_vertical_datum_comes_back(tmp_path: Path, crs: str, vertical: str | None, name: str) -> None:
    before = city_above(crs, vertical)
    problems = write_city(before, tmp_path / name)
    assert [p.code for p in problems if p.code in ("vertical_not_written", "crs_not_written")] == []
    after = open_city(tmp_path / name, use_cache=False)
    assert after.frame.vertical == vertical
    places = [c.frame.to_lonlat(*np.array(c.buildings.bounds).reshape(2, 2).T) for c in (before, after)]
    assert np.allclose(places[0], places[1], atol=1e-7)


def test_that_a_compound_system_without_a_number_passes_the_schema_of_cityjson(tmp_path: Path) -> None:
    write_city(city_above("EPSG:31468", "EPSG:5783"), tmp_path / "out.city.json")
    assert told_wrong(tmp_path / "out.city.json") == []
    said = json.loads((tmp_path / "out.city.json").read_text())["metadata"]
    assert said["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/31468"
    assert said["referenceSystem_Z"] == "https://www.opengis.net/def/crs/EPSG/0/5783"


def test_that_a_compound_system_with_a_number_is_named_by_it(tmp_path: Path) -> None:
    write_city(city_above("EPSG:28992", "EPSG:5709"), tmp_path / "out.city.json")
    said = json.loads((tmp_path / "out.city.json").read_text())["metadata"]
    assert said["referenceSystem"] == "https://www.opengis.net/def/crs/EPSG/0/7415"
    assert "referenceSystem_Z" not in said


@pytest.mark.parametrize("name", ["out.city.json", "out.gpkg", "out.parquet"])
@pytest.mark.parametrize("frame", [("EPSG:32651", "WGS 84 ellipsoid"), ("EPSG:2263", "EPSG:6360"), (None, "EPSG:5773")])
def test_that_a_datum_that_cannot_be_written_is_told(tmp_path: Path, frame: tuple[str | None, str], name: str) -> None:
    told = [p.message for p in write_city(city_above(*frame), tmp_path / name) if p.code == "vertical_not_written"]
    assert len(told) == 1
    assert frame[1] in told[0]


def test_that_a_changed_address_of_heights_costs_only_the_datum(tmp_path: Path) -> None:
    path = tmp_path / "out.city.json"
    write_city(city_above("EPSG:31468", "EPSG:5783"), path)
    content = json.loads(path.read_text())
    content["metadata"]["referenceSystem_Z"] = "https://www.opengis.net/def/crs/EPSG/0/4326"
    path.write_text(json.dumps(content))
    assert open_city(path, use_cache=False).frame.crs == "EPSG:31468"
