"""OpenStreetMap files: layers by tags, Simple 3D Buildings, relations, restrictions, and what is incomplete."""

from __future__ import annotations

import bz2
import contextlib
import gzip
from pathlib import Path

import numpy as np
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.city.readers.osm import read_osm
from twin.city.readers.parts import Hints, Parts
from twin.city.recipe import open_city
from twin.errors import InputError


class Drawing:
    """An .osm file in the making: a grid of nodes about 11 m apart, ways and relations over them."""

    def __init__(self) -> None:
        self.nodes: dict[int, str] = {}
        self.ways: list[str] = []
        self.relations: list[str] = []

    def node(self, column: int, row: int, **tags: str) -> int:
        number = 1000 + row * 100 + column
        inner = "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        if number not in self.nodes or tags:
            self.nodes[number] = f'<node id="{number}" lat="{52 + row * 1e-4}" lon="{4.3 + column * 1e-4}">{inner}</node>'
        return number

    def way(self, number: int, places: list[tuple[int, int]], tags: dict[str, str], missing: tuple[int, ...] = ()) -> None:
        refs = [self.node(*p) for p in places]
        refs += missing
        body = "".join(f'<nd ref="{r}"/>' for r in refs) + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items())
        self.ways.append(f'<way id="{number}">{body}</way>')

    def box(self, number: int, west: int, south: int, size: int, tags: dict[str, str], height: int = 0) -> None:
        e, n = west + size, south + (height or size)
        self.way(number, [(west, south), (e, south), (e, n), (west, n), (west, south)], tags)

    def relation(self, number: int, members: list[tuple[str, int, str]], tags: dict[str, str]) -> None:
        body = "".join(f'<member type="{t}" ref="{r}" role="{o}"/>' for t, r, o in members)
        self.relations.append(
            f'<relation id="{number}">{body}' + "".join(f'<tag k="{k}" v="{v}"/>' for k, v in tags.items()) + "</relation>"
        )

    def text(self, order: str = "nwr") -> str:
        parts = {"n": "".join(self.nodes.values()), "w": "".join(self.ways), "r": "".join(self.relations)}
        return '<?xml version="1.0"?><osm version="0.6">' + "".join(parts[k] for k in order) + "</osm>"

    def write(self, path: Path, order: str = "nwr") -> Path:
        path.write_text(self.text(order), "utf-8")
        return path


def town() -> Drawing:
    d = Drawing()
    d.box(1, 0, 0, 4, {"building": "apartments", "building:levels": "5", "name": "Tower", "building:colour": "#aa3322"})
    d.box(2, 0, 0, 2, {"building:part": "yes", "height": "30", "min_height": "3", "roof:shape": "skillion", "roof:direction": "E"})
    d.box(3, 2, 0, 2, {"building:part": "yes", "height": "10"}, height=4)
    d.relation(50, [("way", 1, "outline"), ("way", 2, "part"), ("way", 3, "part")], {"type": "building"})
    d.box(4, 10, 0, 6, {})
    d.box(5, 12, 2, 2, {})
    d.relation(51, [("way", 4, "outer"), ("way", 5, "inner")], {"type": "multipolygon", "building": "school", "amenity": "school"})
    d.box(6, 20, 0, 4, {"natural": "water", "water": "pond"})
    d.way(7, [(0, 10), (5, 10), (10, 10)], {"highway": "residential", "oneway": "yes", "maxspeed": "30", "name": "Street"})
    d.way(8, [(5, 10), (5, 15)], {"highway": "primary", "lanes": "4", "motor_vehicle": "destination", "layer": "1", "bridge": "yes"})
    d.relation(
        52, [("way", 7, "from"), ("node", d.node(5, 10), "via"), ("way", 8, "to")], {"type": "restriction", "restriction": "no_left_turn"}
    )
    d.way(9, [(0, 20), (9, 20)], {"railway": "rail"})
    d.way(10, [(0, 21), (9, 21)], {"railway": "subway", "tunnel": "yes"})
    d.way(11, [(0, 22), (9, 22)], {"waterway": "canal"})
    d.way(12, [(0, 23), (9, 23)], {"power": "line", "voltage": "110000"})
    d.way(13, [(0, 24), (9, 24)], {"barrier": "retaining_wall", "height": "2"})
    d.box(14, 30, 0, 4, {"landuse": "industrial"})
    d.box(15, 40, 0, 4, {"leisure": "park"})
    d.node(1, 30, natural="tree", height="8")
    d.node(2, 30, amenity="hospital", name="Hospital", beds="200")
    d.node(3, 30, place="suburb", name="Suburb")
    d.node(4, 30, railway="station", name="Central")
    d.box(16, 0, 40, 20, {})
    d.relation(53, [("way", 16, "outer")], {"type": "boundary", "boundary": "administrative", "admin_level": "9", "name": "Ward"})
    return d


def rows(parts: Parts) -> dict[str, int]:
    return {x.name: len(x.table) for x in parts.layers}


def test_that_tags_make_the_layers(tmp_path: Path) -> None:
    parts = read_osm(town().write(tmp_path / "town.osm"), Hints())
    assert rows(parts) == {
        "buildings": 4, "roads": 2, "rail": 1, "metro": 1, "water": 2, "landuse": 1, "green": 1, "trees": 1, "poi": 2, "places": 1,
        "stations": 1, "power": 1, "barriers": 1, "zones": 1,
    }  # fmt: skip
    assert not parts.problems
    by = {x.name: x for x in parts.layers}
    assert by["buildings"].table["osm_id"].tolist() == ["1", "2", "3", "r51"]
    assert by["roads"].table.loc[1, ["lanes", "motor_vehicle", "layer", "bridge"]].tolist() == ["4", "destination", "1", "yes"]
    school = by["buildings"].geometry[3]
    assert len(shapely.get_rings(shapely.get_geometry(school, 0))) == 2
    assert np.isclose(shapely.area(school), (6e-4) ** 2 - (2e-4) ** 2)
    assert set(by["poi"].table["kind"]) == {"hospital", "school"}
    assert (shapely.get_type_id(by["poi"].geometry) == 0).all()
    assert by["zones"].table["kind"].tolist() == ["admin_level 9"]
    assert parts.sources[0].licence == "ODbL 1.0"


def test_that_parts_stand_in_their_outline_with_the_roof_they_say(tmp_path: Path) -> None:
    city = open_city(town().write(tmp_path / "town.osm"), use_cache=False)
    buildings = city.buildings
    assert buildings.ids.tolist() == ["building/1", "building/r51"]
    assert buildings.table["parts"].tolist() == [2, 0]
    assert buildings.table["height_m"].tolist() == [30, 30]  # the second from its neighbour
    assert sorted(buildings.parts["min_height_m"]) == [0, 3]
    assert buildings.attributes["building:colour"][0] == "#aa3322"
    mine = buildings.mesh.points[np.unique(buildings.mesh.triangles[buildings.mesh.object == 0])]
    top = mine[mine[:, 2] > 25]
    assert top[np.argmin(top[:, 2]), 0] > top[np.argmax(top[:, 2]), 0]  # it leans down to the east
    assert city.networks["roads"].edges["oneway"].sum() == 2  # cut at the junction they share


def test_that_turn_restrictions_come_as_a_table(tmp_path: Path) -> None:
    parts = read_osm(town().write(tmp_path / "town.osm"), Hints())
    table = next(t for t in parts.tables if t.name == "turn_restrictions").table
    assert table.loc[0, ["from_way", "via_node", "via_way", "to_way", "restriction"]].tolist() == ["7", "2005", "", "8", "no_left_turn"]
    assert np.allclose(table.loc[0, ["via_x", "via_y"]].astype(float), [4.3005, 52.001])


@pytest.mark.parametrize("order", ["wnr", "rwn", "nrw"])
def test_that_the_order_of_a_file_does_not_matter(tmp_path: Path, order: str) -> None:
    straight = read_osm(town().write(tmp_path / "a.osm"), Hints())
    mixed = read_osm(town().write(tmp_path / "b.osm", order), Hints())
    assert rows(mixed) == rows(straight)
    for a, b in zip(straight.layers, mixed.layers, strict=True):
        assert shapely.equals(a.geometry, b.geometry).all()


def test_that_drawings_not_uploaded_yet_keep_their_negative_ids(tmp_path: Path) -> None:
    text = town().text("wrn")
    for attribute in ("id", "ref"):
        text = text.replace(f'{attribute}="', f'{attribute}="-')
    (tmp_path / "josm.osm").write_text(text)
    parts = read_osm(tmp_path / "josm.osm", Hints())
    assert rows(parts) == rows(read_osm(town().write(tmp_path / "town.osm"), Hints()))
    assert parts.layers[0].table["osm_id"].tolist() == ["-1", "-2", "-3", "r-51"]
    restrictions = parts.tables[0].table
    assert restrictions["from_way"].tolist() == ["-7"]
    assert np.isfinite(restrictions["via_x"]).all()
    assert open_city(tmp_path / "josm.osm", use_cache=False).buildings.table["parts"].tolist() == [2, 0]


@pytest.mark.parametrize("name", ["town.osm.gz", "town.osm.bz2", "town.osm.xml.gz", "town.osm.pbf"])
def test_that_packed_and_binary_files_are_the_same(tmp_path: Path, name: str) -> None:
    import osmium

    plain = town().write(tmp_path / "plain.osm")
    path = tmp_path / name
    if name.endswith(".gz"):
        path.write_bytes(gzip.compress(plain.read_bytes()))
    elif name.endswith(".bz2"):
        path.write_bytes(bz2.compress(plain.read_bytes()))
    else:
        with osmium.SimpleWriter(str(path)) as writer:
            for thing in osmium.FileProcessor(str(plain)):
                writer.add(thing)
    assert len(open_city(path, use_cache=False).buildings) == 2


def test_that_what_leaves_the_file_is_told(tmp_path: Path) -> None:
    d = town()
    d.way(30, [(0, 50), (1, 50), (1, 51)], {"highway": "service"}, missing=(999_999,))
    d.way(31, [(0, 52), (1, 52), (1, 53)], {"building": "yes"}, missing=(999_998, 1000 + 52 * 100))
    d.relation(60, [("way", 777, "outer")], {"type": "multipolygon", "natural": "water"})
    parts = read_osm(d.write(tmp_path / "cut.osm"), Hints())
    told = {p.code: p for p in parts.problems}
    assert told["incomplete_line"].examples == ("30",)
    assert set(told["incomplete_area"].examples) == {"31", "r60"}
    road = next(x for x in parts.layers if x.name == "roads")
    assert shapely.get_num_coordinates(road.geometry[-1]) == 3


def test_that_long_ways_and_many_tags_are_kept(tmp_path: Path) -> None:
    nodes = "".join(f'<node id="{i + 1}" lat="{52 + i * 1e-6:.7f}" lon="4.3"/>' for i in range(10_000))
    refs = "".join(f'<nd ref="{i + 1}"/>' for i in range(10_000))
    tags = "".join(f'<tag k="odd:{i}" v="值{i}"/>' for i in range(100))
    (tmp_path / "long.osm").write_text(
        f'<osm version="0.6">{nodes}<way id="1">{refs}<tag k="highway" v="track"/>{tags}</way></osm>', "utf-8"
    )
    layer = read_osm(tmp_path / "long.osm", Hints()).layers[0]
    assert shapely.get_num_coordinates(layer.geometry[0]) == 10_000
    assert layer.table.shape[1] < 60
    assert '"值99"' in layer.table["other_tags"][0] or layer.table["odd:99"][0] == "值99"


def test_that_layers_of_the_recipe_are_chosen(tmp_path: Path) -> None:
    parts = read_osm(town().write(tmp_path / "town.osm"), Hints(layers=("buildings", "water")))
    assert list(rows(parts)) == ["buildings", "water"]
    assert not parts.tables
    roads = read_osm(tmp_path / "town.osm", Hints(role="roads"))
    assert list(rows(roads)) == ["roads"]
    assert [t.name for t in roads.tables] == ["turn_restrictions"]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('<osmChange version="0.6"><create><node id="1" lat="1" lon="1"/></create></osmChange>', "changes or the history"),
        (
            '<osm version="0.6"><node id="1" version="1" lat="1" lon="1"/><node id="1" version="2" lat="2" lon="1"/></osm>',
            "several versions",
        ),
        ('<osm version="0.6"><node id="1" version="3" visible="false" lat="1" lon="1"/></osm>', "history of the map"),
        ('<osm version="0.6"><node id="1" lat="1" lon="1"/></osm>', "nothing that a city is made of"),
        ('<osm version="0.6"><node id="1" lat="1"', "cannot be read"),
        (
            '<!DOCTYPE x [<!ENTITY a "ha">]><osm version="0.6"><node id="1" lat="1" lon="1"><tag k="a" v="&a;"/></node></osm>',
            "cannot be read",
        ),
    ],
)
def test_that_histories_and_broken_files_are_told_plainly(tmp_path: Path, text: str, told: str) -> None:
    (tmp_path / "x.osm").write_text(text)
    with pytest.raises(InputError, match=told):
        open_city(tmp_path / "x.osm", use_cache=False)


def test_that_helsinki_has_the_counts_of_its_manifest(data: Path) -> None:
    """433 building ways and 67 relations, 2,650 highway objects of which ways are roads; those cut by the extract are told."""
    city = open_city(data / "osm_helsinki" / "Helsinki.osm.pbf", use_cache=False)
    assert city.frame.crs == "EPSG:32635"
    assert 440 <= len(city.buildings) <= 500
    assert len(city.layers["roads"]) == 2472
    assert len(city.networks["roads"].edges) > 4000
    lon, lat = city.frame.to_lonlat(*shapely.get_coordinates(shapely.centroid(city.buildings.footprints)).mean(0))
    assert abs(float(lon) - 24.945) < 0.01
    assert abs(float(lat) - 60.172) < 0.01
    rural = read_osm(data / "osm_helsinki" / "test.osm.pbf", Hints())
    broken = next(p for p in rural.problems if p.code == "incomplete_area").count
    assert rows(rural)["buildings"] <= 2219 <= rows(rural)["buildings"] + broken


def test_that_bad_hersfeld_has_its_buildings(data: Path) -> None:
    parts = read_osm(data / "traffic_sumo" / "BadHersfeld" / "osm" / "osm_bbox.osm.xml.gz", Hints())
    table = next(x for x in parts.layers if x.name == "buildings").table
    assert table["building"].notna().sum() == pytest.approx(11_273, abs=30)
    assert len(next(t for t in parts.tables).table) == 72


def _binary(text: bytes) -> bytes:
    import tempfile

    import osmium

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "a.osm").write_bytes(text)
        with osmium.SimpleWriter(str(Path(name) / "a.osm.pbf")) as writer:
            for thing in osmium.FileProcessor(str(Path(name) / "a.osm")):
                writer.add(thing)
        return (Path(name) / "a.osm.pbf").read_bytes()


SAMPLES = {"t.osm": town().text().encode(), "t.osm.pbf": _binary(town().text().encode())}


@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=8), st.floats(0.1, 3.0))
def test_that_broken_files_end_in_a_city_or_a_plain_sentence(
    tmp_path: Path, name: str, changes: list[tuple[float, int]], share: float
) -> None:
    broken = bytearray(SAMPLES[name])
    for at, value in changes:
        broken[int(at * len(broken))] = value
    path = tmp_path / name
    path.write_bytes(bytes(broken[: max(8, int(min(share, 1.0) * len(broken)))]))
    with contextlib.suppress(InputError):
        open_city(path, use_cache=False)


def test_that_places_of_nodes_in_a_file_give_the_same_as_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = town().write(tmp_path / "town.osm")
    first = read_osm(path, Hints())
    monkeypatch.setattr("twin.city.readers.osm.MEMORY_UP_TO", 0)
    again = read_osm(path, Hints())
    assert rows(again) == rows(first)
    assert again.tables[0].table.equals(first.tables[0].table)


def test_that_parts_that_nearly_touch_their_outline_are_cut() -> None:
    """Such buildings once ended in a TopologyException of the whole city."""
    import pandas as pd
    from shapely import affinity

    from twin.city.footprints import buildings_of

    rng = np.random.default_rng(3)
    ell = shapely.Polygon([(-1, -1), (1, -1), (1, 1), (0, 1), (0, 0.3), (-1, 0.3)])
    turned = [affinity.rotate(affinity.scale(ell, *rng.uniform(4, 10, 2)), a) for a in rng.uniform(0, 360, 300)]
    outlines = np.array([affinity.translate(g, i % 20 * 25, i // 20 * 25) for i, g in enumerate(turned)], object)
    centre = shapely.get_coordinates(shapely.centroid(outlines))
    part = shapely.intersection(shapely.box(*(centre - 3).T, *(centre + [0, 3]).T), outlines)
    shapes = np.concatenate([outlines, part])
    n = len(outlines)
    whole = [["yes"] * n + [None] * n, [None] * n + ["yes"] * n]
    table = pd.DataFrame({"id": np.arange(2 * n), "building": whole[0], "building:part": whole[1], "height": 10.0})
    keep = shapely.area(shapes) > 0.01
    buildings, problems = buildings_of(shapes[keep], table[keep].reset_index(drop=True), {}, lambda x, _y: np.zeros(len(x)), "s")
    assert len(buildings) == n
    assert {p.code for p in problems} <= {"parts_do_not_fill", "part_without_building"}
    assert (np.bincount(buildings.mesh.object, minlength=n) > 0).all()
