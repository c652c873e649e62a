"""Sources by URL: files, WFS, OGC API Features, 3D Tiles, map tiles; played by a server on loopback."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import shapely
from PIL import Image

from tests.net_server import Answer, Asked, Server, file_with_ranges, serving
from twin.city.recipe import Recipe, SourceSpec, open_city, open_recipe, recipe_of, recipe_toml, with_source_changed
from twin.errors import InputError
from twin.net import download
from twin.net.client import Client
from twin.net.imagery import tile_address
from twin.net.sources import remote, url_name

LON, LAT, STEP = 4.36, 52.01, 0.0004


def house(i: int, k: int = 0, east_first: bool = True) -> dict[str, Any]:
    x, y = LON + i * STEP, LAT + k * STEP
    ring = [[x, y], [x + STEP / 2, y], [x + STEP / 2, y + STEP / 3], [x, y + STEP / 3], [x, y]]
    ring = ring if east_first else [p[::-1] for p in ring]
    return {
        "type": "Feature", "id": f"b.{i}", "properties": {"id": f"b{i}", "height": 5.0 + i, "building": "yes"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    }  # fmt: skip


def collection(features: list[dict[str, Any]], **more: Any) -> bytes:
    return json.dumps({"type": "FeatureCollection", "features": features, **more}).encode()


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setattr(download, "PAUSE_S", 0.01)
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    with serving() as it:
        yield it


def ids(city: Any) -> list[str]:
    return sorted(city.buildings.table["id"].astype(str))


def center(city: Any) -> tuple[float, float]:
    """Longitude and latitude of the middle of the buildings."""
    from pyproj import CRS

    from twin.frame import parse_crs, reproject

    x0, y0, x1, y1 = (
        city.buildings.mesh.points[:, 0].min(),
        city.buildings.mesh.points[:, 1].min(),
        *city.buildings.mesh.points[:, :2].max(0),
    )
    x, y = city.frame.to_crs((x0 + x1) / 2, (y0 + y1) / 2)
    lon, lat = reproject(x, y, parse_crs(city.frame.crs), CRS.from_epsg(4326))
    return float(np.ravel(lon)[0]), float(np.ravel(lat)[0])


# files


def test_that_a_file_is_opened_by_its_address_and_kept(server: Server) -> None:
    server.plays["/data/houses.geojson"] = file_with_ranges(collection([house(i) for i in range(4)]))
    url = server.url + "/data/houses.geojson"
    city = open_city(url)
    assert ids(city) == ["building/b0", "building/b1", "building/b2", "building/b3"]
    assert city.sources[0].path == url
    assert city.sources[0].name == "houses.geojson"
    assert len(open_city(url).buildings) == 4
    assert len(server.asked) == 1


def test_that_refreshing_asks_the_server_again(server: Server) -> None:
    server.plays["/houses.geojson"] = file_with_ranges(collection([house(0)]), '"1"')
    url = server.url + "/houses.geojson"
    assert len(open_city(url).buildings) == 1
    server.plays["/houses.geojson"] = file_with_ranges(collection([house(0), house(1)]), '"2"')
    assert len(open_city(url).buildings) == 1
    assert len(open_city(url, use_cache=False).buildings) == 2
    assert len(open_city(url).buildings) == 2


def test_that_without_an_answer_the_copy_is_opened_and_its_age_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    with serving() as server:
        server.plays["/h.geojson"] = file_with_ranges(collection([house(0)]))
        url = server.url + "/h.geojson"
        open_city(url)
    city = open_city(url, use_cache=False)
    assert len(city.buildings) == 1
    told = next(p for p in city.problems if p.code == "from_cache")
    assert told.severity == "warning"
    assert "0 minutes ago" in told.message


def test_that_the_age_is_told_of_a_cached_city_too_and_only_while_nobody_answers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    with serving() as server:
        body = collection([house(i % 40, i // 40) for i in range(1600)])
        assert len(body) > 256 << 10  # smaller ones are read each time
        server.plays["/h.geojson"] = Answer(body, headers={"Cache-Control": "no-cache"})
        url = server.url + "/h.geojson"
        assert not [p for p in open_city(url).problems if p.code == "from_cache"]
        assert not [p for p in open_city(url).problems if p.code == "from_cache"]
        assert len(server.asked) == 2
    assert [p.count for p in open_city(url).problems if p.code == "from_cache"] == [1]


def test_that_the_content_type_names_what_the_address_does_not(server: Server) -> None:
    server.plays["/download"] = Answer(collection([house(0)]), headers={"Content-Type": "application/geo+json; charset=utf-8"})
    assert len(open_city(server.url + "/download?id=7").buildings) == 1


def test_that_an_archive_by_url_is_opened(server: Server) -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("city/houses.geojson", collection([house(0), house(1)]))
    server.plays["/city.zip"] = Answer(packed.getvalue(), headers={"Content-Type": "application/zip"})
    assert len(open_city(server.url + "/city.zip").buildings) == 2


def test_that_a_web_page_is_no_city(server: Server) -> None:
    server.plays["/page"] = Answer(b"<!DOCTYPE html><html></html>", headers={"Content-Type": "text/html"})
    with pytest.raises(InputError, match="web page"):
        open_city(server.url + "/page")


def test_that_a_recipe_mixes_files_and_addresses_and_says_what_is_missing(server: Server, tmp_path: Path) -> None:
    server.plays["/houses.geojson"] = Answer(collection([house(0)]))
    (tmp_path / "more.geojson").write_bytes(collection([house(5)]))
    (tmp_path / "city.toml").write_text(
        f'[[source]]\npath = "{server.url}/houses.geojson"\nlicence = "CC0"\n[[source]]\npath = "more.geojson"\n'
        f'[[source]]\npath = "{server.url}/gone.geojson"\n'
    )
    city = open_city(tmp_path)
    assert ids(city) == ["building/b0", "building/b5"]
    assert city.sources[0].licence == "CC0"
    assert any(p.severity == "error" and "nothing at this address" in p.message for p in city.problems)


def test_that_nothing_is_fetched_because_a_file_says_so(server: Server, tmp_path: Path) -> None:
    (tmp_path / "a.geojson").write_bytes(collection([house(0)], links=[{"rel": "next", "href": server.url + "/next"}]))
    open_city(tmp_path)
    server.plays["/b.geojson"] = Answer(collection([house(0)], links=[{"rel": "next", "href": server.url + "/next"}]))
    open_city(server.url + "/b.geojson")
    assert server.paths() == ["/b.geojson"]


def test_that_a_source_by_url_can_be_told_its_crs(server: Server) -> None:
    feature = {
        "type": "Feature",
        "properties": {"building": "yes"},
        "geometry": shapely.geometry.mapping(shapely.box(84500, 447000, 84520, 447010)),
    }
    server.plays["/rd.geojson"] = Answer(collection([feature]))
    recipe = Recipe(source=[SourceSpec(path=server.url + "/rd.geojson")])
    changed = with_source_changed(recipe, "rd.geojson", crs="EPSG:28992")
    assert center(open_recipe(changed)) == pytest.approx((4.36, 52.005), abs=0.02)


# WFS


def capabilities(version: str, formats: list[str], page: int = 0) -> bytes:
    """In the form of OGC 09-025r2, 7.? and 04-094 as servers write it."""
    values = "".join(f"<ows:Value>{f}</ows:Value>" for f in formats)
    limit = (
        f'<ows:Constraint name="CountDefault"><ows:NoValues/><ows:DefaultValue>{page}</ows:DefaultValue></ows:Constraint>' if page else ""
    )
    new = version.startswith("2")
    wfs, ows = (
        ("http://www.opengis.net/wfs/2.0", "http://www.opengis.net/ows/1.1")
        if new
        else ("http://www.opengis.net/wfs", "http://www.opengis.net/ows")
    )
    crs = ("DefaultCRS", "urn:ogc:def:crs:EPSG::28992") if new else ("DefaultSRS", "urn:x-ogc:def:crs:EPSG:28992")
    return f"""<?xml version="1.0"?><wfs:WFS_Capabilities version="{version}" xmlns:wfs="{wfs}" xmlns:ows="{ows}">
    <ows:OperationsMetadata><ows:Operation name="GetFeature"><ows:Parameter name="outputFormat"><ows:AllowedValues>{values}
    </ows:AllowedValues></ows:Parameter></ows:Operation>{limit}</ows:OperationsMetadata>
    <wfs:FeatureTypeList><wfs:FeatureType><wfs:Name>bag:pand</wfs:Name><wfs:{crs[0]}>{crs[1]}</wfs:{crs[0]}></wfs:FeatureType>
    <wfs:FeatureType><wfs:Name>bag:plaats</wfs:Name><wfs:{crs[0]}>{crs[1]}</wfs:{crs[0]}></wfs:FeatureType>
    </wfs:FeatureTypeList></wfs:WFS_Capabilities>""".encode()


def wfs_json(
    server: Server, features: list[dict[str, Any]], version: str, page: int = 0, knows_start: bool = True, total: bool = True
) -> None:
    def play(asked: Asked) -> Answer:
        q = asked.query
        if q["request"] == "GetCapabilities":
            return Answer(capabilities(version, ["application/gml+xml; version=3.2", "application/json"], page))
        assert q["version"] == version
        name, count = ("typenames", "count") if version.startswith("2") else ("typename", "maxfeatures")
        assert q[name] == "bag:pand"
        start = int(q.get("startindex", 0)) if knows_start else 0
        some = features[start : start + int(q[count])]
        more = {"numberMatched": len(features), "numberReturned": len(some)} if total else {}
        return Answer(collection(some, **more), headers={"Content-Type": "application/json"})

    server.plays["/wfs"] = play


@pytest.mark.parametrize("version", ["2.0.0", "1.1.0"])
def test_that_a_wfs_is_read_page_by_page(server: Server, version: str) -> None:
    wfs_json(server, [house(i) for i in range(7)], version, page=3)
    city = open_city(f"wfs:{server.url}/wfs?typeNames=bag:pand")
    assert len(ids(city)) == 7
    starts = [a.query.get("startindex") for a in server.asked[1:]]
    assert starts == (["0", "3", "6"] if version == "2.0.0" else [None, "3", "6"])
    assert city.sources[0].path.startswith("wfs:http://127.0.0.1")


def test_that_a_wfs_without_totals_ends_at_the_short_page(server: Server) -> None:
    wfs_json(server, [house(i) for i in range(7)], "2.0.0", page=3, total=False)
    assert len(open_city(f"{server.url}/wfs?service=WFS&typeNames=pand").buildings) == 7


def test_that_a_wfs_that_cannot_count_on_is_told_not_read_for_ever(server: Server) -> None:
    wfs_json(server, [house(i) for i in range(7)], "1.1.0", page=3, knows_start=False, total=False)
    city = open_city(f"wfs:{server.url}/wfs?typeName=bag:pand")
    assert len(city.buildings) == 3
    assert any(p.code == "too_many" for p in city.problems)


def test_that_a_box_is_asked_latitude_first_and_the_rest_of_the_question_stays(server: Server) -> None:
    wfs_json(server, [house(0)], "2.0.0")
    open_city(f"wfs:{server.url}/wfs?map=/a.map&typeNames=bag:pand&bbox=4.3,52.0,4.4,52.1")
    assert server.asked[-1].query["bbox"] == "52.0,4.3,52.1,4.4,urn:ogc:def:crs:EPSG::4326"
    assert all(a.query["map"] == "/a.map" for a in server.asked)


GML = """<?xml version="1.0" encoding="UTF-8"?>
<wfs:FeatureCollection xmlns:wfs="http://www.opengis.net/wfs/2.0" xmlns:gml="http://www.opengis.net/gml/3.2" xmlns:bag="http://bag.example"
 numberMatched="{n}" numberReturned="{n}" timeStamp="2024-01-01T00:00:00Z">{members}</wfs:FeatureCollection>"""


def gml_house(i: int, srs: str, lat_first: bool) -> str:
    ring = house(i, east_first=not lat_first)["geometry"]["coordinates"][0]
    places = " ".join(f"{a} {b}" for a, b in ring)
    return (
        f'<wfs:member><bag:pand gml:id="pand.{i}"><bag:id>b{i}</bag:id><bag:building>yes</bag:building><bag:geom>'
        f'<gml:Polygon gml:id="g{i}" srsName="{srs}" srsDimension="2"><gml:exterior><gml:LinearRing><gml:posList>{places}</gml:posList>'
        "</gml:LinearRing>"
        f"</gml:exterior></gml:Polygon></bag:geom></bag:pand></wfs:member>"
    )


@pytest.mark.parametrize(("srs", "lat_first"), [("urn:ogc:def:crs:EPSG::4326", True), ("EPSG:4326", False)])
def test_that_gml_lands_on_its_place_whatever_its_axes(server: Server, srs: str, lat_first: bool) -> None:
    members = "".join(gml_house(i, srs, lat_first) for i in range(3))

    def play(asked: Asked) -> Answer:
        if asked.query["request"] == "GetCapabilities":
            return Answer(capabilities("2.0.0", ["application/gml+xml; version=3.2"]))
        return Answer(GML.format(n=3, members=members).encode(), headers={"Content-Type": "application/gml+xml"})

    server.plays["/wfs"] = play
    city = open_city(f"wfs:{server.url}/wfs?typeNames=bag:pand")
    assert len(city.buildings) == 3
    assert center(city) == pytest.approx((LON + STEP * 1.25, LAT), abs=0.0003)


def test_that_geojson_in_the_crs_of_the_layer_lands_on_its_place(server: Server) -> None:
    box = shapely.geometry.mapping(shapely.box(84500, 447000, 84520, 447010))
    wfs_json(server, [{"type": "Feature", "properties": {"building": "yes"}, "geometry": box}], "2.0.0")
    assert center(open_city(f"wfs:{server.url}/wfs?typeNames=bag:pand")) == pytest.approx((4.36, 52.005), abs=0.02)


def test_that_what_a_wfs_complains_of_is_told(server: Server) -> None:
    report = (
        b'<?xml version="1.0"?><ows:ExceptionReport xmlns:ows="http://www.opengis.net/ows/1.1"><ows:Exception exceptionCode="X">'
        b"<ows:ExceptionText>Could not parse CQL filter</ows:ExceptionText></ows:Exception></ows:ExceptionReport>"
    )
    server.plays["/wfs"] = lambda a: Answer(
        capabilities("2.0.0", ["application/json"]) if a.query["request"] == "GetCapabilities" else report
    )
    with pytest.raises(InputError, match="Could not parse CQL"):
        open_city(f"wfs:{server.url}/wfs?typeNames=bag:pand&cql_filter=x")
    with pytest.raises(InputError, match=r"no layer 'nope'.*bag:pand"):
        open_city(f"wfs:{server.url}/wfs?typeNames=nope")
    server.plays["/wfs"] = Answer(b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><x>&a;</x>')
    with pytest.raises(InputError):
        open_city(f"wfs:{server.url}/wfs2?typeNames=nope")


# OGC API Features


def as_json(document: object) -> Answer:
    return Answer(json.dumps(document).encode(), headers={"Content-Type": "application/json"})


def api(server: Server, features: list[dict[str, Any]], size: int = 3, lead_away: str = "") -> None:
    base = server.url + "/ogc/v1"

    def items(asked: Asked) -> Answer:
        start = int(asked.query.get("offset", 0))
        some = features[start : start + min(size, int(asked.query["limit"]))]
        links = []
        if start + size < len(features):
            links = [
                {
                    "rel": "next",
                    "type": "application/geo+json",
                    "href": f"{lead_away or base}/collections/pand/items?f=json&offset={start + size}&limit={size}",
                }
            ]
        return Answer(collection(some, links=links, numberReturned=len(some)), headers={"Content-Type": "application/geo+json"})

    server.plays |= {
        "/ogc/v1": as_json({"title": "City", "links": [{"rel": r, "href": f"{base}/{r}"} for r in ("data", "conformance")]}),
        "/ogc/v1/collections": as_json({"collections": [{"id": "pand", "links": []}, {"id": "coverage", "itemType": "tile"}], "links": []}),
        "/ogc/v1/collections/pand/items": items,
    }  # fmt: skip


@pytest.mark.parametrize("path", ["", "/collections", "/collections/pand", "/collections/pand/items?f=json"])
def test_that_an_ogc_api_is_read_from_any_of_its_pages(server: Server, path: str) -> None:
    api(server, [house(i) for i in range(7)])
    city = open_city(server.url + "/ogc/v1" + path)
    assert len(city.buildings) == 7


def test_that_box_and_limit_of_an_ogc_api_are_kept(server: Server) -> None:
    api(server, [house(i) for i in range(7)])
    city = open_city(server.url + "/ogc/v1/collections/pand/items?bbox=4,52,5,53&limit=2")
    assert server.asked[-1].query["bbox"] == "4,52,5,53"
    assert len(city.buildings) == 2


def test_that_pages_at_another_server_are_not_fetched(server: Server) -> None:
    with serving() as other:
        api(server, [house(i) for i in range(7)], lead_away=other.url.replace("127.0.0.1", "localhost"))
        city = open_city(server.url + "/ogc/v1/collections/pand/items")
        assert len(city.buildings) == 3
        assert any(p.code == "pages_missing" for p in city.problems)
        assert other.asked == []


# 3D Tiles


def test_that_a_tileset_is_read_from_its_server(server: Server, data: Path) -> None:
    folder = data / "tiles3d_cesium" / "1.0" / "TilesetWithDiscreteLOD"
    for file in folder.rglob("*"):
        if file.is_file():
            server.plays["/t/" + file.relative_to(folder).as_posix()] = Answer(file.read_bytes())
    here = open_city(folder, use_cache=False)
    city = open_city(server.url + "/t/tileset.json")
    assert len(city.buildings) == len(here.buildings) or city.layers.keys() == here.layers.keys()
    assert len(server.asked) > 1
    asked = len(server.asked)
    open_city(server.url + "/t/tileset.json")
    assert len(server.asked) == asked


def test_that_tiles_of_other_servers_and_files_are_not_fetched(server: Server, data: Path) -> None:
    with serving() as other:
        root = {"boundingVolume": {"sphere": [0, 0, 0, 10]}, "geometricError": 0, "refine": "ADD"}
        bad = ["file:///etc/passwd", other.url.replace("127.0.0.1", "localhost") + "/a.glb"]
        children = [{**root, "content": {"uri": u}} for u in bad]
        server.plays["/t.json"] = Answer(
            json.dumps({"asset": {"version": "1.1"}, "geometricError": 10, "root": {**root, "children": children}}).encode()
        )
        with pytest.raises(InputError, match="another server"):
            open_city(server.url + "/t.json")
        assert other.asked == []


# imagery


def picture(color: tuple[int, int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (256, 256), color).save(out, "PNG")
    return out.getvalue()


def test_that_map_tiles_lie_over_the_city_and_are_kept(server: Server, tmp_path: Path) -> None:
    server.plays["*"] = Answer(picture((200, 30, 30)), headers={"Content-Type": "image/png"})
    (tmp_path / "h.geojson").write_bytes(collection([house(i) for i in range(6)]))
    what = [tmp_path / "h.geojson", server.url + "/{z}/{x}/{y}.png#0-17"]
    city = open_city(what)
    (image,) = city.pictures.values()
    assert tuple(image.rgba[image.rgba.shape[0] // 2, image.rgba.shape[1] // 2][:3]) == (200, 30, 30)
    highest = max(int(p.split("/")[1]) for p in server.paths())
    assert highest == 17
    asked = len(server.asked)
    open_city(what)
    assert len(server.asked) == asked


def test_that_map_tiles_of_a_server_that_refuses_are_told(server: Server, tmp_path: Path) -> None:
    server.plays["*"] = Answer(b"", 403)
    (tmp_path / "h.geojson").write_bytes(collection([house(0)]))
    city = open_city([tmp_path / "h.geojson", server.url + "/{z}/{x}/{y}.png"])
    assert any("does not allow" in p.message for p in city.problems)
    assert len(server.asked) == 1


def test_that_tile_addresses_are_filled_as_their_makers_mean_them() -> None:
    assert tile_address("https://a/{z}/{x}/{y}", 3, 3, 5) == "https://a/3/3/5"
    assert tile_address("https://a/{z}/{x}/{-y}", 3, 3, 5) == "https://a/3/3/2"
    assert tile_address("https://{s}.a/{q}.png", 3, 3, 5) == "https://a.a/213.png"  # the example of Bing Maps' tile system


WMTS = """<?xml version="1.0"?><Capabilities xmlns="http://www.opengis.net/wmts/1.0" version="1.0.0"
 xmlns:ows="http://www.opengis.net/ows/1.1"><Contents>
<Layer><ows:Identifier>ortho</ows:Identifier><Style isDefault="true"><ows:Identifier>default</ows:Identifier></Style>
<Format>image/png</Format><TileMatrixSetLink><TileMatrixSet>RD</TileMatrixSet></TileMatrixSetLink>
<TileMatrixSetLink><TileMatrixSet>EPSG:3857</TileMatrixSet></TileMatrixSetLink>{resource}</Layer>
<TileMatrixSet><ows:Identifier>RD</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::28992</ows:SupportedCRS></TileMatrixSet>
<TileMatrixSet><ows:Identifier>EPSG:3857</ows:Identifier><ows:SupportedCRS>urn:ogc:def:crs:EPSG::3857</ows:SupportedCRS>{matrices}</TileMatrixSet>
</Contents></Capabilities>"""


@pytest.mark.parametrize("restful", [True, False])
def test_that_a_wmts_tells_where_its_tiles_are(server: Server, tmp_path: Path, restful: bool) -> None:
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>EPSG:3857:{z}</ows:Identifier><ScaleDenominator>{559082264.0287178 / 2**z}</ScaleDenominator>"
        f"<MatrixWidth>{2**z}</MatrixWidth></TileMatrix>"
        for z in range(10, 18)
    )
    template = server.url + "/tiles/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.png"
    resource = f'<ResourceURL format="image/png" resourceType="tile" template="{template}"/>'
    text = WMTS.format(matrices=matrices, resource=resource if restful else "")
    server.plays["/wmts"] = lambda a: Answer(text.encode() if a.query["request"] == "GetCapabilities" else picture((9, 9, 200)))
    server.plays["*"] = Answer(picture((9, 9, 200)))
    (tmp_path / "h.geojson").write_bytes(collection([house(i) for i in range(6)]))
    city = open_city([tmp_path / "h.geojson", f"{server.url}/wmts?service=WMTS&layer=ortho"])
    assert len(city.pictures) == 1
    last = server.asked[-1]
    if restful:
        assert last.path.startswith("/tiles/EPSG:3857/EPSG:3857:17/")
    else:
        assert (last.query["tilematrix"], last.query["layer"], last.query["format"]) == ("EPSG:3857:17", "ortho", "image/png")


# recipes


def test_that_a_password_is_in_no_recipe(server: Server, tmp_path: Path) -> None:
    server.plays["/h.geojson"] = Answer(collection([house(0)]))
    city = open_city(server.url.replace("://", "://ann:s3cret@") + "/h.geojson")
    assert server.asked[0].headers["authorization"].startswith("Basic ")
    told = recipe_of(city)
    assert told is not None
    assert "s3cret" not in city.recipe + recipe_toml(told, tmp_path) + repr(city.sources) + repr(city.problems)
    assert "ann@" in told.source[0].path
    kept = "".join(p.read_text("utf-8", "ignore") for p in (tmp_path / "home").rglob("head.json"))
    assert "s3cret" not in kept
    assert len(open_recipe(told, use_cache=False).buildings) == 1


def test_that_names_of_addresses_say_something() -> None:
    assert url_name("https://x.example/data/delft.city.json?x=1") == "delft.city.json"
    assert url_name("https://x.example/tiles/delft/tileset.json") == "delft"
    assert url_name("https://x.example/collections/pand/items?f=json") == "pand"
    assert url_name("postgresql://ann@db.example/city?table=public.pand") == "public.pand"
    assert url_name("https://x.example/{z}/{x}/{y}.png") == "x.example"


def test_that_a_broken_answer_is_a_sentence(server: Server) -> None:
    for path, body in (
        ("/a.geojson", b"{"),
        ("/b.city.json", b"\x00\xff" * 50),
        ("/c.gpkg", b"SQLite format 3\0" + bytes(200)),
        ("/d.zip", b"PK\3\4zz"),
    ):
        server.plays[path] = Answer(body)
        with pytest.raises(InputError):
            open_city(server.url + path)


def test_that_a_file_in_use_stays_when_a_newer_one_comes(server: Server, tmp_path: Path) -> None:
    server.plays["/h.geojson"] = file_with_ranges(collection([house(0)]), '"1"')
    with Client(cache=tmp_path) as client:
        first = remote(server.url + "/h.geojson", (), client).file
        server.plays["/h.geojson"] = file_with_ranges(collection([house(0), house(1)]), '"2"')
        assert first is not None
        with open(first, "rb") as held:
            client.fetch(server.url + "/h.geojson", refresh=True)
            second = remote(server.url + "/h.geojson", (), client).file
            assert json.loads(held.read())["features"][0]["id"] == "b.0"
        assert second is not None
        assert second != first
        assert second.name == first.name == "h.geojson"
    shutil.rmtree(tmp_path / "net")
