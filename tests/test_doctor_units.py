"""Sources in millimetres, centimetres or feet: what is told of them, what is proposed, and that no repair makes towers of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import geopandas
import numpy as np
import pandas as pd
import pytest
import shapely
from pyproj import CRS

from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.doctor import asked, examined, repaired
from twin.city.doctor.buildings import doubtful_sources, usual_height
from twin.city.doctor.facts import Facts
from twin.city.extrude import extrude
from twin.city.mesh import Mesh
from twin.city.readers.parts import Hints, Solids
from twin.city.readers.stated import solids_as_stated
from twin.city.recipe import open_city, reopened, with_source_changed
from twin.errors import Problem
from twin.frame import LocalFrame

DELFT = (85_000.0, 447_500.0)


def city_of(heights: list[float], sources: list[str]) -> City:
    """Houses in a row, each with its own surfaces."""
    n = len(heights)
    shapes = np.array([shapely.box(20 * i, 0, 20 * i + 12, 10) for i in range(n)], object)
    table = empty_table(n).assign(id=[f"building/{i}" for i in range(n)], height_m=heights, ground_z_m=0.0, height_source="solid")
    table = table.assign(source=sources)
    mesh = extrude(shapes, np.zeros(n), np.array(heights))
    return City("town", LocalFrame("EPSG:28992", DELFT), Buildings(table, shapes, mesh, pd.DataFrame(index=range(n))))


def told(city: City, code: str) -> Problem:
    return next(p for p in city.problems if p.code == code)


def houses(unit_m: float = 1.0, **fields: Any) -> geopandas.GeoDataFrame:
    shapes = [shapely.box(*(np.array([x, DELFT[1], x + 10, DELFT[1] + 10]) / unit_m)) for x in DELFT[0] + 20.0 * np.arange(12)]
    return geopandas.GeoDataFrame({"id": range(12), **fields}, geometry=shapes, crs="EPSG:28992")


def test_that_no_repair_makes_towers_of_a_city_in_millimetres() -> None:
    found = examined(city_of([*np.linspace(3_000, 17_000, 37), 700.0, 740.0, 900.0], ["mm"] * 40))
    assert "usual_heights" not in asked(found)
    assert repaired(found, ["usual_heights"]) is found
    problem = told(found, "height_unit")
    assert (problem.repair, problem.source, problem.severity, problem.count) == ("unit=mm", "mm", "error", 40)


def test_that_centimetres_are_told_although_each_height_could_be() -> None:
    found = examined(city_of([400.0 + 20 * i for i in range(20)], ["cm"] * 20))
    assert told(found, "height_unit").repair == "unit=cm"


def test_that_a_few_impossible_heights_are_mended_and_many_are_not() -> None:
    few = examined(city_of([9.0] * 18 + [0.0, 5_000.0], ["few"] * 20))
    assert told(few, "impossible_height").repair == "usual_heights"
    many = examined(city_of([9.0] * 12 + [-4.0] * 8, ["many"] * 20))
    problem = told(many, "impossible_height")
    assert (problem.repair, problem.count) == ("", 8)
    assert repaired(many, ["usual_heights"]) is many


def test_that_a_source_in_doubt_is_no_measure_for_its_neighbours() -> None:
    city = city_of([8_000.0] * 9 + [900.0] * 2 + [9.0] * 18 + [0.0], ["mm"] * 11 + ["metres"] * 19)
    facts = Facts(city)
    assert doubtful_sources(facts) == {"mm": "mm"}
    assert usual_height(facts, np.array([29])) == pytest.approx([9.0])
    mended = repaired(city, ["usual_heights"]).buildings.table["height_m"].to_numpy(float)
    assert mended[:11] == pytest.approx([8_000.0] * 9 + [900.0] * 2)
    assert mended[29] == pytest.approx(9.0)


@pytest.mark.parametrize(
    ("unit", "size", "lowest", "code"),
    [("mm", 1000.0, 5.0, "heights_in_mm"), ("cm", 100.0, 13.0, "heights_in_mm"), ("cm", 100.0, 4.0, "height_unit")],
)
def test_that_a_column_of_heights_in_a_small_unit_is_known_and_read_in_it(
    unit: str, size: float, lowest: float, code: str, tmp_path: Path
) -> None:
    metres = lowest + np.arange(12) / 2
    houses(height=metres * size).to_file(tmp_path / "houses.gpkg")
    city = open_city(tmp_path / "houses.gpkg")
    assert told(city, code).repair == f"unit={unit}"
    again = reopened(city, lambda recipe: with_source_changed(recipe, told(city, code).source, unit=unit))
    assert again.buildings.table["height_m"].to_numpy(float) == pytest.approx(metres)
    assert not {"heights_in_mm", "height_unit", "wild_height"} & {p.code for p in again.problems}


def test_that_of_heights_in_millimetres_the_low_ones_are_no_houses_measure(tmp_path: Path) -> None:
    houses(height=[9_000.0] * 11 + [800.0]).to_file(tmp_path / "houses.gpkg")
    table = open_city(tmp_path / "houses.gpkg").buildings.table
    assert set(table["height_source"]) == {"default"}


def test_that_one_wild_height_is_no_other_unit(tmp_path: Path) -> None:
    houses(height=[9.0] * 11 + [9_000.0]).to_file(tmp_path / "houses.gpkg")
    city = open_city(tmp_path / "houses.gpkg")
    assert told(city, "wild_height").count == 1
    assert "heights_in_mm" not in {p.code for p in city.problems}


@pytest.mark.parametrize(("unit", "unit_m"), [("mm", 0.001), ("cm", 0.01), ("ft", 0.3048)])
def test_that_coordinates_of_a_stated_system_in_another_unit_are_proposed_and_read_so(unit: str, unit_m: float, tmp_path: Path) -> None:
    houses(unit_m, height=9.0 / unit_m).to_file(tmp_path / "houses.gpkg")
    city = open_city(tmp_path / "houses.gpkg")
    problem = told(city, "outside_area")
    assert problem.repair == f"unit={unit}"
    assert unit in problem.did
    again = reopened(city, lambda recipe: with_source_changed(recipe, problem.source, unit=unit))
    assert "outside_area" not in {p.code for p in again.problems}
    assert shapely.area(again.buildings.footprints) == pytest.approx(100.0, rel=1e-6)
    assert again.buildings.table["height_m"].to_numpy(float) == pytest.approx(9.0)


def test_that_city_objects_in_millimetres_are_scaled_in_plan_only_where_their_plan_is_in_them() -> None:
    points = np.array([[DELFT[0], DELFT[1], 0], [DELFT[0] + 9, DELFT[1], 0], [DELFT[0], DELFT[1] + 9, 6]])
    corner = np.array([[0, 1, 2]], np.int32)

    def solids(scale: list[float]) -> Solids:
        mesh = Mesh(points * scale, corner, np.zeros(1, np.int32), np.zeros(1, np.uint8))
        table = pd.DataFrame({"id": ["a"], "type": ["Building"], "parent": [0], "lod": ["2"]})
        return Solids("s", table, pd.DataFrame(index=[0]), mesh, np.full((1, 3), np.nan), CRS.from_epsg(7415), "s")

    for scale in ([1.0, 1.0, 1000.0], [1000.0] * 3):
        assert solids_as_stated(solids(scale), Hints(unit_m=0.001)).mesh.points == pytest.approx(points)
