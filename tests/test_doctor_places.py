"""Sources that lie in an ocean: which of two is to blame, and what would put it beside the other."""

from __future__ import annotations

import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.doctor.land import is_at_sea, is_on_land
from twin.city.recipe import open_city, reopened, with_source_changed
from twin.errors import Problem

NEW_YORK, DELFT = (-74.0, 40.71), (4.36, 52.01)


def told(city: City, code: str) -> Problem:
    return next(p for p in city.problems if p.code == code)


def houses(place: tuple[float, float]) -> list[Any]:
    x, y = place
    return [shapely.box(x + i / 1000, y, x + i / 1000 + 0.0002, y + 0.0001) for i in range(12)]


def streets(place: tuple[float, float]) -> list[Any]:
    x, y = place
    return [shapely.LineString([(x + i / 1000, y), (x + i / 1000, y + 0.005)]) for i in range(12)]


def swapped(shapes: list[Any]) -> list[Any]:
    return [shapely.transform(s, lambda xy: xy[:, ::-1]) for s in shapes]


def write(path: Path, shapes: list[Any], crs: str = "EPSG:4326", labelled: str = "", **fields: Any) -> Path:
    """crs: in which the shapes go there from degrees; labelled: what the file says instead."""
    frame = geopandas.GeoDataFrame({"id": [f"{path.stem}{i}" for i in range(len(shapes))], **fields}, geometry=shapes, crs="EPSG:4326")
    frame = frame.to_crs(crs) if crs != "EPSG:4326" else frame
    (frame.set_crs(labelled, allow_override=True) if labelled else frame).to_file(path)
    return path


def zones() -> list[tuple[str, float, float]]:
    """Name, longitude and latitude of the chief place of each time zone (IANA, public domain)."""
    text = files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    out = []
    for line in text.splitlines():
        if found := re.match(r"\w\w\t([+-])(\d\d)(\d\d)(?:\d\d)?([+-])(\d{3})(\d\d)(?:\d\d)?\t(\S+)", line):
            south, a, b, west, c, d, name = found.groups()
            out.append((name, (int(c) + int(d) / 60) * (-1 if west == "-" else 1), (int(a) + int(b) / 60) * (-1 if south == "-" else 1)))
    return out


def test_that_no_place_with_a_clock_of_its_own_lies_at_sea() -> None:
    pytest.importorskip("tzdata")
    astray = [name for name, lon, lat in zones() if is_at_sea(lon, lat)]
    assert len(zones()) > 400
    assert {n for n in astray if not n.startswith("Antarctica/")} <= {"Atlantic/South_Georgia", "Indian/Kerguelen"}


@pytest.mark.parametrize("place", [(0, 0), (-150, 40), (75, -25), (40.7, -74), (52, 4.4), (-68, 40.7), (-40, 30), (0, -80), (180, -60)])
def test_that_oceans_and_antarctica_are_no_land(place: tuple[float, float]) -> None:
    assert is_at_sea(*place)
    assert not is_on_land(*place)


@pytest.mark.parametrize("place", [NEW_YORK, DELFT])
def test_that_a_city_in_an_ocean_is_told_and_turned(place: tuple[float, float], tmp_path: Path) -> None:
    city = open_city(write(tmp_path / "houses.geojson", swapped(houses(place))))
    problem = told(city, "swapped_axes")
    assert (problem.repair, problem.severity, problem.did) == ("swap_axes=true", "warning", "")
    again = reopened(city, lambda recipe: with_source_changed(recipe, problem.source, swap_axes=True))
    assert "swapped_axes" not in {p.code for p in again.problems}
    lon, lat = again.frame.to_lonlat(np.zeros(1), np.zeros(1))
    assert (float(lon[0]), float(lat[0])) == pytest.approx(place, abs=0.02)


@pytest.mark.parametrize("place", [NEW_YORK, DELFT, (139.7, 35.7), (-157.86, 21.3), (-25.7, 37.7), (73.5, 4.2)])
def test_that_a_city_on_land_is_not_called_swapped(place: tuple[float, float], tmp_path: Path) -> None:
    assert "swapped_axes" not in {p.code for p in open_city(write(tmp_path / "houses.geojson", houses(place))).problems}


def test_that_of_two_sources_the_one_at_sea_is_blamed(tmp_path: Path) -> None:
    write(tmp_path / "houses.geojson", swapped(houses(NEW_YORK)))
    write(tmp_path / "streets.geojson", streets(NEW_YORK), highway="residential")
    city = open_city(tmp_path)
    assert told(city, "far_away").source == "streets.geojson"
    assert told(city, "far_away").repair == ""
    assert told(city, "swapped_axes").source == "houses.geojson"
    again = reopened(city, lambda recipe: with_source_changed(recipe, "houses.geojson", swap_axes=True))
    assert not {"far_away", "swapped_axes"} & {p.code for p in again.problems}
    assert "roads" in again.networks


@pytest.mark.parametrize("of_streets", ["EPSG:4326", "EPSG:32618"])
def test_that_a_wrong_zone_is_blamed_on_the_source_that_names_it(of_streets: str, tmp_path: Path) -> None:
    write(tmp_path / "houses.gpkg", houses(NEW_YORK), "EPSG:32618", "EPSG:32619")
    write(tmp_path / "streets.gpkg", streets(NEW_YORK), of_streets, highway="residential")
    city = open_city(tmp_path)
    assert told(city, "far_away").source == "streets.gpkg"
    assert told(city, "far_away").repair == ""
    problem = told(city, "crs_doubtful")
    assert (problem.source, problem.repair.split("|")[0]) == ("houses.gpkg", "crs=EPSG:32618")
    again = reopened(city, lambda recipe: with_source_changed(recipe, problem.source, crs="EPSG:32618"))
    assert not {"far_away", "crs_doubtful"} & {p.code for p in again.problems}
    assert "roads" in again.networks


def test_that_two_cities_in_one_folder_are_not_blamed(tmp_path: Path) -> None:
    write(tmp_path / "houses.geojson", houses(DELFT))
    write(tmp_path / "streets.geojson", streets(NEW_YORK), highway="residential")
    problems = {p.code: p for p in open_city(tmp_path).problems}
    assert "far_away" in problems
    assert problems["far_away"].repair == ""
    assert not {"swapped_axes", "crs_doubtful"} & set(problems)
