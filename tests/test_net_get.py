"""`twin get`: cities by name, played in the form that the services document."""

from __future__ import annotations

import gzip
import io
import json
import math
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import geopandas as gpd
import pytest
import shapely

from tests.net_server import Answer, Asked, Server, file_with_ranges, serving
from twin.city.recipe import open_city
from twin.errors import InputError, StorageError
from twin.net import download
from twin.net.client import Client
from twin.net.get import Wanted, get_city, parse_box
from twin.net.osm import Area, km2, query_of
from twin.net.plateau import find_city


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setattr(download, "PAUSE_S", 0.01)
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    with serving() as it:
        for name, path in (
            ("NOMINATIM", "/search"), ("OVERPASS", "/api/interpreter"), ("3DBAG_DATA", "/bag"), ("3DBAG_API", "/api3"),
            ("PLATEAU_CATALOGUE", "/ckan/api/3/action"),
        ):  # fmt: skip
            monkeypatch.setenv(f"TWIN_{name}_URL", it.url + path)
        yield it


@pytest.fixture
def client(server: Server) -> Iterator[Client]:
    with Client() as it:
        yield it


# OpenStreetMap

PLACES = [
    {"osm_type": "node", "osm_id": 5, "category": "place", "boundingbox": ["51.9", "51.95", "4.4", "4.5"], "display_name": "Delfshaven"},
    {
        "place_id": 2, "licence": "Data © OpenStreetMap contributors, ODbL 1.0.", "osm_type": "relation", "osm_id": 1550190,
        "category": "boundary", "type": "administrative", "boundingbox": ["51.8986", "51.9294", "4.4215", "4.4669"],
        "display_name": "Delfshaven, Rotterdam, Zuid-Holland, Nederland",
    },
]  # fmt: skip
NODES = {1: (4.44, 51.91), 2: (4.4402, 51.91), 3: (4.4402, 51.9101), 4: (4.44, 51.9101), 5: (4.4399, 51.9098), 6: (4.4405, 51.9098)}
OSM_XML = (
    '<?xml version="1.0" encoding="UTF-8"?>\n<osm version="0.6" generator="Overpass API 0.7.62.4 2390de5a">\n'
    "<note>The data included in this document is from www.openstreetmap.org. The data is made available under ODbL.</note>\n"
    '<meta osm_base="2026-03-01T10:00:00Z"/>\n'
    + "".join(f'<node id="{i}" lat="{lat}" lon="{lon}"/>\n' for i, (lon, lat) in NODES.items())
    + '<way id="10"><nd ref="1"/><nd ref="2"/><nd ref="3"/><nd ref="4"/><nd ref="1"/>'
    + '<tag k="building" v="house"/><tag k="height" v="9"/></way>\n'
    + '<way id="11"><nd ref="5"/><nd ref="6"/><tag k="highway" v="residential"/><tag k="name" v="Havenstraat"/></way>\n</osm>\n'
).encode()


def plays_osm(server: Server, answer: bytes = OSM_XML, places: list[dict[str, Any]] = PLACES) -> None:
    server.plays |= {
        "/search": Answer(json.dumps(places).encode(), headers={"Content-Type": "application/json; charset=utf-8"}),
        "/api/interpreter": Answer(answer, headers={"Content-Type": "application/osm3s+xml"}),
    }


def test_that_a_place_by_name_becomes_a_city(server: Server, client: Client, tmp_path: Path) -> None:
    plays_osm(server)
    recipe = get_city(Wanted("osm", "Rotterdam, Delfshaven"), tmp_path / "delfshaven", client)
    search, question = server.asked
    assert search.query["q"] == "Rotterdam, Delfshaven"
    assert search.query["format"] == "jsonv2"
    assert all(a.headers["user-agent"].startswith("urban-twin/") for a in server.asked)
    assert question.method == "POST"
    asked = question.body
    assert "rel%281550190%29%3Bmap_to_area-%3E.a" in asked
    assert "%28._%3B%3E%3B%29%3Bout+body" in asked
    said = tomllib.loads(recipe.read_text("utf-8"))
    assert said["name"] == "Delfshaven, Rotterdam"
    assert (said["source"][0]["licence"], said["source"][0]["attribution"]) == ("ODbL 1.0", "© OpenStreetMap contributors")
    city = open_city(recipe.parent)
    assert len(city.buildings) == 1
    assert city.buildings.table["height_m"].tolist() == [9.0]
    assert "roads" in city.networks


def test_that_an_area_can_be_given_by_its_corners(server: Server, client: Client, tmp_path: Path) -> None:
    plays_osm(server)
    get_city(Wanted("osm", box=parse_box("4.42, 51.90, 4.46, 51.93")), tmp_path / "out", client)
    assert server.paths() == ["/api/interpreter"]
    assert "%2851.9000000%2C4.4200000%2C51.9300000%2C4.4600000%29" in server.asked[0].body


def test_that_the_question_asks_for_what_a_city_is_made_of() -> None:
    text = query_of(Area("x", (4.0, 52.0, 4.1, 52.1)))
    assert text.startswith("[out:xml][timeout:300][maxsize:1073741824];(")
    assert text.endswith(";);(._;>;);out body;")
    for tag in ("building", "building:part", "highway", "waterway", "landuse", "amenity"):
        assert f'["{tag}"](52.0000000,4.0000000,52.1000000,4.1000000);' in text
    assert km2((4.0, 52.0, 4.1, 52.1)) == pytest.approx(6.84 * 11.06, rel=0.01)


def test_that_places_are_looked_up_no_faster_than_once_a_second(server: Server, client: Client, tmp_path: Path) -> None:
    plays_osm(server)
    for n in range(2):
        get_city(Wanted("osm", f"Delfshaven {n}"), tmp_path / str(n), client)
    times = [a.at for a in server.asked]
    assert min(b - a for a, b in zip(times, times[1:], strict=False)) > 0.7


def test_that_too_large_an_area_is_refused_before_anybody_is_asked(server: Server, client: Client, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="square kilometres"):
        get_city(Wanted("osm", box=(4.0, 51.0, 5.0, 52.0)), tmp_path / "out", client)
    assert server.asked == []
    plays_osm(server, places=[{"osm_type": "relation", "osm_id": 1, "boundingbox": ["50", "53", "3", "7"], "display_name": "Nederland"}])
    with pytest.raises(InputError, match="Take a district"):
        get_city(Wanted("osm", "Nederland"), tmp_path / "out", client)
    assert not (tmp_path / "out").exists()
    assert server.paths() == ["/search"]


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (OSM_XML.replace(b"</osm>", b"<remark> runtime error: Query timed out in \"query\" at line 3. </remark></osm>"), "timed out"),
        (b"<html><body>Error: rate limited</body></html>", "no OpenStreetMap data"),
        (OSM_XML[:-20], "did not answer"),
    ],
)  # fmt: skip
def test_that_an_answer_that_is_not_whole_is_told(server: Server, client: Client, tmp_path: Path, answer: bytes, told: str) -> None:
    plays_osm(server, answer)
    with pytest.raises(InputError, match=told):
        get_city(Wanted("osm", box=(4.42, 51.9, 4.46, 51.93)), tmp_path / "out", client)
    assert list(tmp_path.glob("*out*")) == []


def test_that_a_place_nobody_knows_is_told(server: Server, client: Client, tmp_path: Path) -> None:
    plays_osm(server, places=[])
    with pytest.raises(InputError, match="knows no place called 'Nowhere'"):
        get_city(Wanted("osm", "Nowhere"), tmp_path / "out", client)


# 3DBAG


def plays_3dbag(server: Server, data: Path, tmp_path: Path) -> bytes:
    """The index has the columns of the real one; the tile is a real city."""
    tile = (data / "city_delft" / "delft.city.json").read_bytes()
    boxes = [shapely.box(84000 + 1000 * i, 446000, 85000 + 1000 * i, 447000) for i in range(3)]
    names = [f"9/284/{556 + i}" for i in range(3)]
    urls = [f"{server.url}/bag/tiles/{n}/{n.replace('/', '-')}.city.json.gz" for n in names]
    index = gpd.GeoDataFrame({"tile_id": names, "cj_download": urls}, geometry=boxes, crs="EPSG:28992")
    index.to_file(tmp_path / "index.fgb", driver="FlatGeobuf")
    server.plays["/bag/tile_index.fgb"] = file_with_ranges((tmp_path / "index.fgb").read_bytes())
    for n in names:
        server.plays[f"/bag/tiles/{n}/{n.replace('/', '-')}.city.json.gz"] = file_with_ranges(gzip.compress(tile, 1))
    return tile


def test_that_a_tile_of_3dbag_opens(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    plays_3dbag(server, data, tmp_path)
    recipe = get_city(Wanted("3dbag", "9/284/556"), tmp_path / "out", client)
    said = tomllib.loads(recipe.read_text("utf-8"))["source"]
    assert [s["path"] for s in said] == ["9-284-556.city.json.gz"]
    assert said[0]["licence"] == "CC BY 4.0"
    assert "3DBAG" in said[0]["attribution"]
    assert len(open_city(recipe.parent).buildings) == len(open_city(data / "city_delft").buildings)
    with pytest.raises(InputError, match="no tile '9/1/1'"):
        get_city(Wanted("3dbag", "9-1-1"), tmp_path / "other", client)


def test_that_the_tiles_over_an_area_are_fetched_and_no_others(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    plays_3dbag(server, data, tmp_path)
    recipe = get_city(Wanted("3dbag", box=(4.362, 51.995, 4.38, 52.0)), tmp_path / "out", client)  # RD 84350 to 85590, 445900 to 446450
    assert {s["path"] for s in tomllib.loads(recipe.read_text("utf-8"))["source"]} == {"9-284-556.city.json.gz", "9-284-557.city.json.gz"}
    with pytest.raises(InputError, match="no buildings in this area"):
        get_city(Wanted("3dbag", box=(13.3, 52.5, 13.35, 52.52)), tmp_path / "berlin", client)


def test_that_one_building_of_3dbag_opens(server: Server, client: Client, tmp_path: Path) -> None:
    number = "NL.IMBAG.Pand.0503100000012869"
    part = {
        "type": "BuildingPart", "parents": [number], "attributes": {}, "geometry": [{"type": "Solid", "lod": "2.2", "boundaries": [
            [[[0, 3, 2, 1]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]]}],
    }  # fmt: skip
    vertices = [[x, y, z] for z in (0, 6000) for x, y in ((0, 0), (10000, 0), (10000, 8000), (0, 8000))]
    feature = {
        "type": "CityJSONFeature", "id": number, "vertices": vertices,
        "CityObjects": {number: {"type": "Building", "attributes": {}, "children": [number + "-0"]}, number + "-0": part},
    }  # fmt: skip
    metadata = {
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [0.001, 0.001, 0.001], "translate": [85088.39, 446394.25, 0.5]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415"}, "CityObjects": {}, "vertices": [],
    }  # fmt: skip
    server.plays[f"/api3/collections/pand/items/{number}"] = Answer(
        json.dumps({"id": number, "feature": feature, "metadata": metadata}).encode()
    )
    recipe = get_city(Wanted("3dbag", "0503100000012869"), tmp_path / "out", client)
    city = open_city(recipe.parent)
    assert city.buildings.table["id"].tolist() == [f"building/{number}"]
    assert city.buildings.table["height_m"].tolist() == pytest.approx([6.0])
    with pytest.raises(InputError, match="neither a tile nor a building"):
        get_city(Wanted("3dbag", "delft"), tmp_path / "other", client)


# PLATEAU


def plays_plateau(server: Server, data: Path, broken: bool = False) -> None:
    """As the catalogue answers (CKAN 2.x action API), with a real city cut small."""
    home = data / "plateau" / "nusamai" / "yokosuka-shi"
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in home.rglob("*"):
            if file.is_file():
                archive.write(file, "14201_yokosuka-shi_2023_citygml_1_op/" + file.relative_to(home).as_posix())
        archive.writestr("14201_yokosuka-shi_2023_citygml_1_op/../../evil.gml", "x")
        archive.writestr("14201_yokosuka-shi_2023_citygml_1_op/udx/bldg/../../../../evil.gml", "x")
        archive.writestr("14201_yokosuka-shi_2023_citygml_1_op/README.md", "x")

    def resource(name: str, path: str) -> dict[str, str]:
        return {"name": name, "format": "ZIP", "url": server.url + path, "last_modified": "2024-03-22T01:02:03"}

    packages = [
        {"name": "plateau-14201-yokosuka-shi-2020", "title": "old", "resources": [resource("CityGML", "/old.zip")]},
        {
            "name": "plateau-14201-yokosuka-shi-2023", "title": "3D都市モデル（Project PLATEAU）横須賀市（2023年度）",
            "license_title": "CC BY 4.0",
            "resources": [
                resource("3D Tiles, MVT（v2）", "/no.zip"), resource("CityGML（v2）", "/v2.zip"), resource("CityGML（v3）", "/v3.zip"),
                {"name": "CityGML", "format": "7z", "url": server.url + "/x.7z"},
            ],
        },
    ]  # fmt: skip

    def search(asked: Asked) -> Answer:
        assert asked.query["q"].startswith("name:plateau-")
        there = packages if "14201" in asked.query["q"] else []
        return Answer(json.dumps({"success": True, "result": {"count": len(there), "results": there}}).encode())

    server.plays["/ckan/api/3/action/package_search"] = search
    server.plays["/ckan/api/3/action/package_show"] = Answer(json.dumps({"success": True, "result": packages[0]}).encode())
    server.plays["/v3.zip"] = file_with_ranges(packed.getvalue()[: -100 if broken else None])


def test_that_the_newest_citygml_of_a_japanese_city_opens(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    plays_plateau(server, data)
    recipe = get_city(Wanted("plateau", "14201"), tmp_path / "out", client)
    said = tomllib.loads(recipe.read_text("utf-8"))
    assert {s["path"] for s in said["source"]} == {"udx/bldg", "udx/dem"}
    assert said["source"][0]["attribution"] == "Project PLATEAU, MLIT Japan"
    assert said["source"][0]["date"] == "2024-03-22"
    assert not list(tmp_path.rglob("evil.gml"))
    assert not (recipe.parent / "README.md").exists()
    city = open_city(recipe.parent)
    assert len(city.buildings) == 13
    assert city.name == "3D都市モデル（Project PLATEAU）横須賀市（2023年度）"


def test_that_only_the_modules_wanted_are_unpacked(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    plays_plateau(server, data)
    get_city(Wanted("plateau", "14201", modules=("dem",)), tmp_path / "out", client)
    assert [p.name for p in (tmp_path / "out" / "udx").iterdir()] == ["dem"]
    with pytest.raises(InputError, match="none of the modules wanted.*bldg"):
        get_city(Wanted("plateau", "14201", modules=("tnm",)), tmp_path / "two", client)
    with pytest.raises(InputError, match="'xyz' is no module"):
        get_city(Wanted("plateau", "14201", modules=("xyz",)), tmp_path / "two", client)
    with pytest.raises(InputError, match="no CityGML of '99999'"):
        get_city(Wanted("plateau", "99999"), tmp_path / "two", client)
    assert find_city("plateau-14201-yokosuka-shi-2020", client).url.endswith("/old.zip")


def test_that_a_broken_archive_leaves_nothing_behind(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    plays_plateau(server, data, broken=True)
    with pytest.raises(InputError, match="archive is broken"):
        get_city(Wanted("plateau", "14201"), tmp_path / "out", client)
    assert not list(tmp_path.glob("*out*"))


# 3D Tiles


def serve_folder(server: Server, folder: Path) -> str:
    for file in folder.rglob("*"):
        if file.is_file():
            server.plays["/t/" + file.relative_to(folder).as_posix()] = Answer(file.read_bytes())
    return server.url + "/t/tileset.json"


@pytest.mark.parametrize(
    "name",
    ["1.0/TilesetWithDiscreteLOD", "1.0/TilesetWithTreeBillboards", "1.1/MultipleContents", "1.1/SparseImplicitQuadtree",
     "1.1/SparseImplicitOctree", "1.1/MetadataGranularities"],
)  # fmt: skip
def test_that_a_tileset_is_kept_as_it_is(server: Server, client: Client, data: Path, tmp_path: Path, name: str) -> None:
    folder = data / "tiles3d_cesium" / name
    recipe = get_city(Wanted("3dtiles", serve_folder(server, folder)), tmp_path / "out", client)
    there, here = open_city(folder, use_cache=False), open_city(recipe.parent, use_cache=False)
    assert len(here.buildings) == len(there.buildings)
    assert len(here.buildings.mesh.triangles) == len(there.buildings.mesh.triangles)
    assert {k: len(v.geometry) for k, v in here.layers.items()} == {k: len(v.geometry) for k, v in there.layers.items()}
    assert [p.count for p in here.problems if p.code == "tiles_unreadable"] == [
        p.count for p in there.problems if p.code == "tiles_unreadable"
    ]
    if len(there.buildings):
        assert here.buildings.mesh.points.min(0) == pytest.approx(there.buildings.mesh.points.min(0), abs=0.01)


def test_that_levels_and_area_of_a_tileset_are_bounded(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    folder = data / "tiles3d_cesium" / "1.1" / "SparseImplicitQuadtree"
    url = serve_folder(server, folder)
    with pytest.raises(InputError, match="nothing there"):  # its tiles are all at the fifth level
        get_city(Wanted("3dtiles", url, level=4), tmp_path / "few", client)
    document = json.loads((folder / "tileset.json").read_text())
    region = [0.0760, 0.9074, 0.0762, 0.9075, 0.0, 50.0]
    document["root"]["boundingVolume"] = {"region": region}
    server.plays["/t/tileset.json"] = Answer(json.dumps(document).encode(), headers={"Cache-Control": "no-cache"})
    west, south, east, north = (math.degrees(v) for v in region[:4])
    quarter = (west + 1e-9, (south + north) / 2 + 1e-9, (west + east) / 2 - 1e-9, north - 1e-9)
    url += "?v=2"
    get_city(Wanted("3dtiles", url, level=5, box=quarter), tmp_path / "some", client)
    columns = [p.stem.split("__")[1].split("_") for p in (tmp_path / "some" / "tiles").rglob("*.glb")]
    whole = [p.stem.split("__")[1].split("_") for p in folder.rglob("*.glb")]
    assert sorted(columns) == sorted(c for c in whole if int(c[0]) < 16 <= int(c[1]))
    assert 0 < len(columns) < len(whole)
    with pytest.raises(InputError, match="nothing there"):
        get_city(Wanted("3dtiles", url, box=(100.0, 10.0, 100.1, 10.1)), tmp_path / "none", client)


def test_that_a_tileset_whose_server_fails_leaves_nothing_behind(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    url = serve_folder(server, data / "tiles3d_cesium" / "1.0" / "TilesetWithDiscreteLOD")
    for path in [p for p in server.plays if p.endswith(".b3dm")]:
        server.plays[path] = Answer(b"", 403)
    with pytest.raises(InputError, match="does not allow"):
        get_city(Wanted("3dtiles", url), tmp_path / "out", client)
    for path in [p for p in server.plays if p.endswith(".b3dm")]:
        del server.plays[path]
    with pytest.raises(InputError, match="None of the tiles"):
        get_city(Wanted("3dtiles", url), tmp_path / "out", client)
    assert not list(tmp_path.glob("*out*"))


# folders and the command


def test_that_a_file_by_url_is_kept_beside_its_recipe(server: Server, client: Client, data: Path, tmp_path: Path) -> None:
    server.plays["/delft.city.json"] = file_with_ranges((data / "city_delft" / "delft.city.json").read_bytes())
    recipe = get_city(Wanted("url", server.url + "/delft.city.json"), tmp_path / "out", client)
    assert sorted(p.name for p in recipe.parent.iterdir()) == ["city.toml", "delft.city.json"]
    city = open_city(recipe.parent)
    assert len(city.buildings) == len(open_city(data / "city_delft").buildings)
    assert city.name == "delft"
    assert city.sources[0].attribution == "BGT/BAG, Kadaster"  # as the data itself says
    assert f"# From {server.url}/delft.city.json" in recipe.read_text("utf-8")


def test_that_a_folder_with_other_things_is_left_alone_and_our_own_is_replaced(server: Server, client: Client, tmp_path: Path) -> None:
    plays_osm(server)
    wanted = Wanted("osm", box=(4.42, 51.9, 4.46, 51.93))
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "letter.txt").write_text("dear")
    with pytest.raises(StorageError, match="holds other things"):
        get_city(wanted, tmp_path / "mine", client)
    assert (tmp_path / "mine" / "letter.txt").read_text() == "dear"
    get_city(wanted, tmp_path / "out", client)
    get_city(wanted, tmp_path / "out", client)
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["city.osm", "city.toml"]


def test_that_stopping_leaves_nothing_behind(server: Server, tmp_path: Path) -> None:
    plays_osm(server)
    server.plays["/api/interpreter"] = Answer(OSM_XML + bytes(2_000_000), pause_s=0.2)

    def progress(what: str, fraction: float) -> None:
        if fraction > 0.1:
            raise KeyboardInterrupt

    with Client(progress) as client, pytest.raises(KeyboardInterrupt):
        get_city(Wanted("osm", box=(4.42, 51.9, 4.46, 51.93)), tmp_path / "out", client)
    assert not list(tmp_path.glob("*out*"))


@pytest.mark.parametrize("text", ["", "1,2,3", "a,b,c,d", "5,50,4,51", "4,51,5,91", "nan,1,2,3"])
def test_that_a_wrong_box_is_told(text: str) -> None:
    with pytest.raises(InputError, match="bounding box"):
        parse_box(text)


def test_that_the_command_tells_what_it_fetched(server: Server, tmp_path: Path) -> None:
    plays_osm(server)
    command = [sys.executable, "-m", "twin.cli", "get", "osm", "--bbox", "4.42,51.9,4.46,51.93", "-o", str(tmp_path / "out"), "--json"]
    run = [sys.executable, "-c", "import sys; from twin.cli import main; main()", *command[3:]]
    done = subprocess.run(run, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["ok"] is True
    assert told["sources"][0]["attribution"] == "© OpenStreetMap contributors"
    wrong = subprocess.run([*run[:4], "moon", "x", "--json"], capture_output=True, text=True, timeout=120)
    assert wrong.returncode == 2
    assert "is no source" in json.loads(wrong.stdout)["message"]
