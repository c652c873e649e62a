"""Scenario files and the measures in them: read, written, refused with a sentence, applied to a derived city."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely

from tests.engine_world import small_city, tub_scenario
from twin.errors import ScenarioError
from twin.scenario.conditions import Condition
from twin.scenario.edits import EDITS, apply_edits
from twin.scenario.scenario import Edit, load_scenario, scenario_from_toml

FULL = """
schema = 1
[scenario]
name = "cloudburst-100y"
question = "What happens?"
start = 2026-07-14T18:00:00+08:00
duration = "PT6H"
coupling = "PT1M"
seed = 7
crs = "EPSG:32651"
[[hazard]]
id = "rain"
model = "tub"
params = { rise_m_h = 1.5 }
[[edit]]
id = "wall"
kind = "barrier"
geometry = "LINESTRING (355090 3456000, 355090 3456400)"
crest_m = 1.2
cost = 450000
[[trigger]]
id = "pump-fails"
when = "facility/h.water_level_m > 3.5"
change = { kind = "close_road", object = "road/west" }
[[trigger]]
id = "later"
at = "PT20M"
change = { kind = "open_road", object = "road/west" }
[outputs]
interval = "PT5M"
quantities = ["water_depth"]
indicators = ["people_affected", "direct_loss"]
"""

SQUARE = "POLYGON ((355100 3456100, 355200 3456100, 355200 3456200, 355100 3456200, 355100 3456100))"
WEST_HALF = "POLYGON ((355050 3456050, 355150 3456050, 355150 3456400, 355050 3456400, 355050 3456050))"
MAIN_STREET = "POLYGON ((355000 3456190, 355500 3456190, 355500 3456210, 355000 3456210, 355000 3456190))"
BOW_TIE = "POLYGON ((355000 3456000, 355100 3456100, 355100 3456000, 355000 3456100, 355000 3456000))"
CRUMB = "POLYGON ((355001 3456001, 355002 3456001, 355002 3456002, 355001 3456001))"
ACROSS = "LINESTRING (355000 3456200, 355400 3456200)"


def with_edit(**edit: Any) -> Any:
    return apply_edits(small_city(), tub_scenario(edit=[{"id": "e", **edit}]))


def test_that_a_scenario_file_comes_back_as_it_was_written() -> None:
    scenario = scenario_from_toml(FULL)
    assert scenario.scenario.duration == 6 * 3600
    assert scenario.trigger[1].at == 1200
    assert scenario.edit[0].values == {"crest_m": 1.2}
    assert scenario_from_toml(scenario.to_toml()) == scenario


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("seed = 7", "sead = 7", "scenario.sead: unknown key"),
        ('duration = "PT6H"', 'duration = "six hours"', "scenario.duration: .*not a duration"),
        ('duration = "PT6H"', 'duration = "PT0S"', "scenario.duration"),
        ('interval = "PT5M"', 'interval = "PT0.1S"', "outputs.interval: must lie between"),
        ("schema = 1", "schema = 2", "schema 2 is not known"),
        ('["water_depth"]', '["water_deepness"]', "unknown: water_deepness"),
        ("LINESTRING (355090 3456000, 355090 3456400)", "LINESTRING (355090", "is not WKT"),
        ('at = "PT20M"', 'at = "PT20M"\nwhen = "a.b > 1"', "either 'when' or 'at'"),
        ('change = { kind = "open_road", object = "road/west" }', 'change = { object = "road/west" }', "needs a 'kind'"),
        ('id = "later"', 'id = "pump-fails"', "used twice: pump-fails"),
        ("cost = 450000", "cost = -1", "edit.0.cost"),
        ("[outputs]", "[outputs", "not valid TOML"),
    ],
)
def test_that_every_mistake_is_named_with_its_place(old: str, new: str, sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence):
        scenario_from_toml(FULL.replace(old, new), "file.toml")


def test_that_missing_and_binary_files_are_plain_errors(tmp_path: Path) -> None:
    with pytest.raises(ScenarioError, match="cannot be read"):
        load_scenario(tmp_path / "none.toml")
    (tmp_path / "x.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScenarioError, match="not text"):
        load_scenario(tmp_path / "x.toml")


def test_that_an_edit_makes_another_city_and_shares_what_it_left_alone() -> None:
    city = small_city()
    scenario = tub_scenario(edit=[{"id": "w", "kind": "barrier", "geometry": ACROSS, "crest_m": 1.0}])
    other = apply_edits(city, scenario)
    assert "barriers" not in city.layers
    assert other.terrain is city.terrain
    assert other.buildings is city.buildings
    assert other.part_hash("terrain") == city.part_hash("terrain")
    assert other.content_hash != city.content_hash


def test_that_a_barrier_has_a_level_crest_above_the_highest_ground_along_it() -> None:
    city = with_edit(kind="barrier", geometry=ACROSS, crest_m=1.0)
    # the ground is x * 0.01, at most 3.975 m at the last cell centre
    assert city.layers["barriers"].table["crest_z_m"][0] == pytest.approx(4.975, abs=1e-4)
    assert shapely.get_coordinates(city.layers["barriers"].geometry)[:, 0].tolist() == [0, 400]
    absolute = with_edit(kind="barrier", geometry=ACROSS, crest_z_m=7.5)
    assert absolute.layers["barriers"].table["crest_z_m"][0] == 7.5


def test_that_geometry_in_longitude_and_latitude_lands_where_it_should() -> None:
    city = small_city()
    lon, lat = city.frame.to_lonlat(50.0, 60.0)
    scenario = tub_scenario(
        scenario={"crs": "EPSG:4326"}, edit=[{"id": "p", "kind": "pump", "geometry": f"POINT ({float(lon)} {float(lat)})"}]
    )
    point = apply_edits(city, scenario).layers["pumps"].geometry[0]
    assert (point.x, point.y) == (pytest.approx(50, abs=1e-3), pytest.approx(60, abs=1e-3))


def test_that_raised_ground_rises_inside_the_polygon_only() -> None:
    before, after = small_city().terrain.elevation, with_edit(kind="raise_ground", geometry=SQUARE, rise_m=2).terrain.elevation
    change = after - before
    np.testing.assert_allclose(change[20:40, 20:40], 2.0, atol=1e-6)
    assert np.count_nonzero(change) == 400
    level = with_edit(kind="raise_ground", geometry=SQUARE, level_z_m=1.5).terrain.elevation
    assert level[20:40, 20:40].min() == pytest.approx(1.5)
    assert level.max() == before.max()


def test_that_a_basin_and_a_park_become_layers_of_the_city() -> None:
    basin = with_edit(kind="basin", geometry=SQUARE, depth_m=3).layers["basins"].table.iloc[0]
    assert basin["floor_z_m"] == pytest.approx(1.5 - 3, abs=0.05)
    assert with_edit(kind="green", geometry=SQUARE, use="wetland").layers["green"].table["kind"].tolist() == ["wetland"]


def test_that_demolition_takes_the_building_its_people_and_its_triangles() -> None:
    city, old = with_edit(kind="demolish", object="building/1"), small_city()
    assert list(city.buildings.ids) == ["building/0", "building/2", "building/3"]
    assert city.people[0].tolist() == [10, 500, 20]
    assert len(city.buildings.mesh) == len(old.buildings.mesh) * 3 // 4
    assert set(city.buildings.mesh.object) == {0, 1, 2}
    tower = city.buildings.mesh
    top = tower.points[tower.triangles[tower.object == 1]][..., 2].max()
    assert top == pytest.approx(3.0 + 64.0)
    by_area = with_edit(kind="demolish", geometry=WEST_HALF)
    assert list(by_area.buildings.ids) == ["building/2", "building/3"]


def test_that_roads_close_by_id_and_by_area_and_open_again() -> None:
    closed = with_edit(kind="close_road", object="road/west, road/north").layers["closures"].table
    assert closed["edge"].tolist() == ["road/west", "road/north"]
    scenario = tub_scenario(
        edit=[
            {"id": "a", "kind": "close_road", "geometry": MAIN_STREET},
            {"id": "b", "kind": "open_road", "object": "road/east"},
        ]
    )
    left = apply_edits(small_city(), scenario).layers["closures"].table["edge"].tolist()
    assert left == ["road/west", "road/south", "road/north"]


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        ({"kind": "moat"}, "no edit of kind 'moat'"),
        ({"kind": "barrier"}, "needs a line"),
        ({"kind": "barrier", "geometry": "POINT (355100 3456100)"}, "cannot take a Point"),
        ({"kind": "barrier", "geometry": "LINESTRING (0 0, 1 1)"}, "outside the city"),
        ({"kind": "barrier", "geometry": ACROSS, "crest_m": -2}, "out of range"),
        ({"kind": "barrier", "geometry": ACROSS, "height": 2}, "'height' is not a value"),
        ({"kind": "raise_ground", "geometry": BOW_TIE}, "crosses itself"),
        ({"kind": "raise_ground", "geometry": CRUMB}, "No terrain cell"),
        ({"kind": "close_road", "object": "road/moon"}, "no road 'road/moon'"),
        ({"kind": "close_road"}, "needs an 'object' or a polygon"),
        ({"kind": "demolish", "object": "building/9"}, "no building 'building/9'"),
        ({"kind": "switch", "object": "pump/9", "on": False}, "no pump 'pump/9'"),
    ],
)
def test_that_a_measure_that_cannot_be_is_refused_by_name(edit: dict[str, Any], sentence: str) -> None:
    with pytest.raises(ScenarioError, match=sentence) as caught:
        with_edit(**edit)
    assert "edit e" in str(caught.value)


def test_that_every_kind_of_edit_declares_what_a_form_needs() -> None:
    for name, kind in EDITS.items():
        assert name == kind.kind
        assert kind.title
        assert kind.touches
        for p in (*kind.params, *kind.optional):
            assert p.title
            p.checked(p.default)
        assert Edit(id="x", kind=name).values == {}


@pytest.mark.parametrize(
    "text",
    [
        "", "water_depth > 1", "a.b", "a.b > x", "a.b > 1 and c.d > 2", "__import__('os').system > 1; x", "a.b >> 1", "a.b = 1",
        "a.b > 1e", "1 < a.b",
    ],
)
def test_that_only_plain_conditions_are_read(text: str) -> None:
    with pytest.raises(ScenarioError, match="not understood"):
        Condition.parse(text, small_city(), {"water_depth"})


def test_that_a_water_level_is_depth_above_the_ground_of_the_place() -> None:
    from twin.city.terrain import Grid
    from twin.scenario.events import Field

    city, grid = small_city(), Grid(0, 0, 5, 80, 80)
    condition = Condition.parse("facility/h.water_level_m > 4.4", city, {"water_depth"})  # its ground is 3.95 m
    for depth, holds in ((0.0, False), (0.4, False), (0.5, True)):
        field = Field("water_depth", "grid", np.full(grid.shape, depth, np.float32), grid)
        assert condition.holds({"water_depth": field}, {}) is holds


def test_that_ready_scenarios_are_offered_where_they_belong() -> None:
    from twin.scenario.scenario import ready_at

    assert "cloudburst-100y" in ready_at()
    assert set(ready_at((121.49, 31.24))) == {"shanghai-cloudburst"}
    assert set(ready_at((4.3595, 52.0105))) == {"delft-canal-bank"}
    assert ready_at((0.0, 51.5)) == {}


@pytest.mark.parametrize("sources", [("delft-canal-bank", ("city_delft", "delft_3dfier/derived/delft_dtm_1m_from_ahn3.tif")),
                                     ("shanghai-cloudburst", ("shanghai",))], ids=("delft", "shanghai"))  # fmt: skip
def test_that_the_scenarios_of_real_cities_run_on_them(data: Path, tmp_path: Path, sources: tuple[str, tuple[str, ...]]) -> None:
    from twin.city.recipe import open_city
    from twin.scenario.engine import run
    from twin.scenario.events import Finished
    from twin.scenario.scenario import ready_at

    name, what = sources
    city = open_city([data / w for w in what], use_cache=False)
    x0, y0, x1, y1 = city.core_bounds
    lon, lat = city.frame.to_lonlat((x0 + x1) / 2, (y0 + y1) / 2)
    scenario = load_scenario(ready_at((float(lon), float(lat)))[name])
    scenario.scenario.duration = 1200.0
    last = list(run(city, scenario, tmp_path / "result"))[-1]
    assert isinstance(last, Finished)
    assert last.ok, last.message
