"""Vector formats, GeoParquet and archives: what people have on their disks, and what they must not be able to do."""

from __future__ import annotations

import contextlib
import gzip
import io
import json
import sqlite3
import struct
import tarfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from twin.city.readers import read_file
from twin.city.readers.parts import Hints, Parts, Placement
from twin.city.recipe import open_city
from twin.errors import InputError
from twin.frame import crs_name, parse_crs

RD = (85000.0, 447000.0)
LONLAT = "EPSG:4326"


def write(
    path: Path, shapes: list[Any], crs: str | None, driver: str, layer: str | None = None, encoding: str | None = None, **columns: Any
) -> Path:
    import pyogrio

    kind = shapes[0].geom_type + (" Z" if shapes[0].has_z else "")
    more: dict[str, Any] = {"layer": layer, "append": path.exists()} if layer else {}
    if encoding:
        more["encoding"] = encoding
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # that there is no CRS
        wkb = np.array([shapely.to_wkb(s) for s in shapes], object)
        values = [np.array(v) for v in columns.values()]
        pyogrio.raw.write(path, wkb, values, list(columns), geometry_type=kind, crs=crs, driver=driver, **more)
    return path


def house(x: float, y: float, size: float = 10.0) -> shapely.Polygon:
    return shapely.box(RD[0] + x, RD[1] + y, RD[0] + x + size, RD[1] + y + size)


def codes(parts: Parts) -> list[str]:
    return [p.code for p in parts.problems]


def geojson(path: Path, name: str = "A", x: float = 4.36) -> Path:
    ring = [[x, 52.01], [x + 2e-4, 52.01], [x + 2e-4, 52.0102], [x, 52.0102], [x, 52.01]]
    feature = {"type": "Feature", "properties": {"id": name, "height": 9}, "geometry": {"type": "Polygon", "coordinates": [ring]}}
    path.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}), "utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "driver"), [("b.gpkg", "GPKG"), ("b.shp", "ESRI Shapefile"), ("b.fgb", "FlatGeobuf"), ("b.sqlite", "SQLite"),
                         ("b.tab", "MapInfo File"), ("b.gdb", "OpenFileGDB"), ("b.geojsons", "GeoJSONSeq")]
)  # fmt: skip
def test_that_buildings_open_from_every_format(tmp_path: Path, name: str, driver: str) -> None:
    crs = LONLAT if driver == "GeoJSONSeq" else "EPSG:28992"
    shapes = (
        [shapely.box(4.36 + i * 1e-3, 52, 4.3605 + i * 1e-3, 52.0005) for i in range(2)] if crs == LONLAT else [house(0, 0), house(20, 0)]
    )
    more = {"layer": "b"} if driver == "OpenFileGDB" else {}
    path = write(tmp_path / name, shapes, crs, driver, **more, height=[8.0, 9.0], naam=["een", "twee"])
    city = open_city(path, use_cache=False)
    assert sorted(city.buildings.table["height_m"]) == [8, 9]
    assert sorted(city.buildings.table["name"]) == ["een", "twee"]
    assert len(city.sources[0].sha256) == 64
    place = city.frame.to_lonlat(*shapely.get_coordinates(shapely.centroid(city.buildings.footprints[0]))[0])
    assert np.allclose(place, (4.38, 52.0), atol=0.02)


def test_that_a_sequence_with_record_separators_is_read(tmp_path: Path) -> None:
    """RFC 8142."""
    feature = json.loads(geojson(tmp_path / "x.geojson").read_text())["features"][0]
    (tmp_path / "b.geojsons").write_bytes(b"".join(b"\x1e" + json.dumps(feature).encode() + b"\n" for _ in range(3)))
    assert len(read_file(tmp_path / "b.geojsons", Hints()).layers[0].table) == 3


@pytest.mark.parametrize(("codec", "cpg"), [("gbk", False), ("gbk", True), ("cp932", False), ("cp1252", False), ("utf-8", False)])
def test_that_shapefiles_of_every_encoding_keep_their_names(tmp_path: Path, codec: str, cpg: bool) -> None:
    names = {
        "gbk": "上海环球金融中心大厦",
        "cp932": "東京都庁第一本庁舎ビル",
        "cp1252": "Königstraße à l'été",
        "utf-8": "Königstraße 上海",
    }[codec]
    points = [shapely.Point(121.5 + i * 1e-3, 31.2) for i in range(20)]
    path = write(tmp_path / "poi.shp", points, LONLAT, "ESRI Shapefile", encoding=codec, name=[f"{names} {i}" for i in range(20)])
    if not cpg:
        path.with_suffix(".cpg").unlink()
    parts = read_file(path, Hints())
    assert parts.layers[0].table["name"][3] == f"{names} 3"
    assert ("encoding_guessed" in codes(parts)) == (not cpg and codec != "utf-8")
    path.with_suffix(".cpg").unlink(missing_ok=True)
    stated = read_file(path, Hints(encoding=codec))
    assert stated.layers[0].table["name"][3] == f"{names} 3"
    assert not codes(stated)


def test_that_a_shapefile_without_prj_says_so(tmp_path: Path) -> None:
    path = write(tmp_path / "pand.shp", [house(0, 0)], "EPSG:28992", "ESRI Shapefile", height=[5.0])
    path.with_suffix(".prj").unlink()
    with pytest.raises(InputError, match="does not say its coordinate system"):
        open_city(path, use_cache=False)
    assert len(open_city(path, crs="EPSG:28992", use_cache=False).buildings) == 1


def test_that_layers_are_chosen_and_tables_come_along(tmp_path: Path) -> None:
    path = tmp_path / "town.gpkg"
    write(path, [house(0, 0)], "EPSG:28992", "GPKG", "pand", identificatie=["NL.1"])
    write(path, [shapely.LineString([RD, (RD[0] + 90, RD[1])])], "EPSG:28992", "GPKG", "wegen", highway=["residential"])
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE extra (fid INTEGER PRIMARY KEY, identificatie TEXT, height REAL)")
        database.execute("INSERT INTO extra VALUES (1, 'NL.1', 17.5)")
        database.execute("INSERT INTO gpkg_contents (table_name, data_type, identifier) VALUES ('extra', 'attributes', 'extra')")
    parts = read_file(path, Hints())
    assert [x.name for x in parts.layers] == ["pand", "wegen"]
    assert [t.name for t in parts.tables] == ["extra"]
    assert open_city(path, use_cache=False).buildings.table["height_m"].tolist() == [17.5]
    assert [x.name for x in read_file(path, Hints(layers=("wegen",))).layers] == ["wegen"]
    with pytest.raises(InputError, match="has no layer 'straten'"):
        read_file(path, Hints(layers=("straten",)))


def test_that_axes_and_units_are_what_the_recipe_says(tmp_path: Path) -> None:
    turned = [shapely.transform(house(0, 0), lambda c: c[:, ::-1])]
    path = write(tmp_path / "pand.gpkg", turned, "EPSG:28992", "GPKG", height=[30.0])
    parts = read_file(path, Hints(swap_axes=True, unit_m=0.3048))
    assert np.allclose(shapely.bounds(parts.layers[0].geometry[0]), shapely.bounds(house(0, 0)))
    assert np.isclose(parts.layers[0].table["height"][0], 9.144)
    millimetres = write(tmp_path / "mm.gpkg", [shapely.box(0, 0, 10_000, 5_000)], None, "GPKG", height=[3000.0])
    layer = read_file(millimetres, Hints(engineering=True, unit_m=0.001)).layers[0]
    assert shapely.bounds(layer.geometry[0]).tolist() == [0, 0, 10, 5]
    assert layer.table["height"][0] == 3


ARC = """<?xml version="1.0"?><ogr:FeatureCollection xmlns:ogr="http://ogr.maptools.org/" xmlns:gml="http://www.opengis.net/gml/3.2">
<ogr:featureMember><ogr:building gml:id="b.0"><ogr:geom><gml:Surface srsName="EPSG:28992"><gml:patches><gml:PolygonPatch><gml:exterior>
<gml:Ring><gml:curveMember><gml:Curve><gml:segments><gml:ArcString><gml:posList>85000 447000 85010 447010 85020 447000 85010 446990 85000
447000</gml:posList></gml:ArcString></gml:segments></gml:Curve></gml:curveMember></gml:Ring></gml:exterior></gml:PolygonPatch></gml:patches>
</gml:Surface></ogr:geom><ogr:height>12</ogr:height></ogr:building></ogr:featureMember></ogr:FeatureCollection>"""


def test_that_arcs_become_short_lines_and_nothing_is_written_beside_a_file(tmp_path: Path) -> None:
    path = tmp_path / "buildings.gml"
    path.write_text(ARC)
    city = open_city(path, use_cache=False)
    assert np.isclose(shapely.area(city.buildings.footprints[0]), np.pi * 100, rtol=0.01)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["buildings.gml"]


def test_that_measures_along_lines_go_and_heights_stay(tmp_path: Path) -> None:
    from twin.city.readers.gdal import _flat

    wkb = [
        struct.pack("<BII4d2d", 1, 2002, 2, 0, 1, 2, 3, 4, 5),
        struct.pack("<BII8d", 1, 3002, 2, 0, 1, 2, 3, 4, 5, 6, 7),
        shapely.Point(1, 2).wkb,
    ]
    shapes = _flat(np.asarray(shapely.from_wkb(np.array(wkb, object)), object))
    assert not shapely.has_m(shapes).any()
    assert shapely.to_wkt(shapes).tolist() == ["LINESTRING (0 1, 3 4)", "LINESTRING Z (0 1 2, 4 5 6)", "POINT (1 2)"]


KML = """<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Folder><name>hospitals</name><Placemark><name>Oost</name>
<Point><coordinates>4.36,52.01,0</coordinates></Point></Placemark></Folder>{}</Document></kml>"""


def test_that_kml_and_kmz_open_and_links_in_them_are_not_followed(tmp_path: Path) -> None:
    link = "<NetworkLink><Link><href>http://127.0.0.1:9/x.kml</href></Link></NetworkLink>"
    (tmp_path / "a.kml").write_text(KML.format(link))
    with zipfile.ZipFile(tmp_path / "a.kmz", "w") as archive:
        archive.writestr("doc.kml", KML.format(""))
    for name in ("a.kml", "a.kmz"):
        city = open_city(tmp_path / name, use_cache=False)
        assert city.layers["facilities"].table["name"].tolist() == ["Oost"]


def test_that_gpx_and_topojson_open(tmp_path: Path) -> None:
    (tmp_path / "walk.gpx").write_text(
        '<?xml version="1.0"?><gpx version="1.1" creator="x" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="52.01" lon="4.36">'
        '<name>A</name></wpt><trk><trkseg><trkpt lat="52.01" lon="4.36"/><trkpt lat="52.02" lon="4.37"/></trkseg></trk></gpx>'
    )
    assert [x.name for x in read_file(tmp_path / "walk.gpx", Hints()).layers] == ["waypoints", "tracks"]
    zone = {"type": "Polygon", "arcs": [[0]], "properties": {"name": "Ward"}}
    topology = {
        "type": "Topology", "arcs": [[[4.36, 52.0], [4.37, 52.0], [4.37, 52.01], [4.36, 52.0]]],
        "objects": {"zones": {"type": "GeometryCollection", "geometries": [zone]}},
    }  # fmt: skip
    (tmp_path / "zones.topojson").write_text(json.dumps(topology))
    layer = read_file(tmp_path / "zones.topojson", Hints(crs=parse_crs(LONLAT))).layers[0]
    assert layer.role == "zones"
    assert layer.table["name"].tolist() == ["Ward"]


def dxf(path: Path) -> Path:
    def line(layer: str, points: list[tuple[float, float]], closed: bool) -> list[str]:
        out = ["0", "LWPOLYLINE", "8", layer, "90", str(len(points)), "70", "1" if closed else "0"]
        for x, y in points:
            out += ["10", str(x), "20", str(y)]
        return out

    square = [(0.0, 0.0), (10.0, 0.0), (10.0, 20.0), (0.0, 20.0)]
    head = ["0", "SECTION", "2", "HEADER", "9", "$INSUNITS", "70", "5", "0", "ENDSEC"]
    block = ["0", "SECTION", "2", "BLOCKS", "0", "BLOCK", "8", "0", "2", "TREE", "70", "0", "10", "0", "20", "0", "0", "POINT", "8", "0",
             "10", "0", "20", "0", "0", "ENDBLK", "8", "0", "0", "ENDSEC"]  # fmt: skip
    insert = ["0", "INSERT", "8", "TREES", "2", "TREE", "10", "50", "20", "5"]
    entities = [
        "0",
        "SECTION",
        "2",
        "ENTITIES",
        *line("BUILDING_OUTLINE", square, True),
        *line("ROADS", [(0, -5), (100, -5)], False),
        *insert,
    ]
    path.write_text("\n".join([*head, *block, *entities, "0", "ENDSEC", "0", "EOF", ""]))
    return path


def test_that_a_drawing_opens_layer_by_layer_where_the_recipe_puts_it(tmp_path: Path) -> None:
    path = dxf(tmp_path / "plan.dxf")
    with pytest.raises(InputError, match="does not say its coordinate system"):
        open_city(path, use_cache=False)
    parts = read_file(path, Hints(place=Placement(4.36, 52.01, heading=90.0, scale=2.0)))
    by = {x.name: x for x in parts.layers}
    assert {n: x.role for n, x in by.items()} == {"BUILDING_OUTLINE": "buildings", "ROADS": "roads", "TREES": "trees"}
    area = by["BUILDING_OUTLINE"].geometry[0]
    assert np.isclose(area.area, 200 * 4 / 1e4)  # drawn in centimetres
    west, south, east, north = area.bounds
    assert np.isclose(east - west, 0.4)  # its y axis points east now
    assert np.isclose(north - south, 0.2)
    recipe = '[[source]]\npath = "plan.dxf"\nlayers = ["BUILDING_OUTLINE"]\nunit = "km"\nplace = { x = 4.36, y = 52.01, scale = 0.001 }\n'
    (tmp_path / "city.toml").write_text(recipe)
    city = open_city(tmp_path / "city.toml", use_cache=False)
    assert len(city.buildings) == 1
    assert not city.layers
    assert np.allclose(city.frame.to_lonlat(0, 0), (4.36, 52.01), atol=3e-4)


@pytest.mark.parametrize(
    ("name", "text", "told"),
    [
        (
            "a.vrt",
            '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>/etc/passwd</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>',
            "only points",
        ),
        ("a.gml", "<OGRWFSDataSource><URL>http://127.0.0.1:9/</URL></OGRWFSDataSource>", "only points"),
        (
            "a.kml",
            '<!DOCTYPE kml [<!ENTITY a SYSTEM "file:///etc/passwd">]><kml><Document><name>&a;</name></Document></kml>',
            "XML entities",
        ),
        ("a.xml", "<note>hello</note>", "no GIS layer"),
        ("a.dat", "hello", "not a GIS layer"),
        ("a.gpkg", "SQLite format 3\0 and nothing more", "cannot be read"),
        ("a.shp", "\0\0\x27\x0a" + "\0" * 200, "cannot be read"),
    ],
)
def test_that_what_is_no_layer_or_points_elsewhere_is_told_plainly(tmp_path: Path, name: str, text: str, told: str) -> None:
    (tmp_path / name).write_text(text, "latin-1")
    with pytest.raises(InputError, match=told):
        open_city(tmp_path / name, use_cache=False)


def test_that_a_database_cannot_make_gdal_open_other_files(tmp_path: Path) -> None:
    path = write(tmp_path / "a.gpkg", [house(0, 0)], "EPSG:28992", "GPKG", "pand", a=[1])
    assert len(read_file(path, Hints()).layers) == 1  # an index of its own is a virtual table too
    with contextlib.closing(sqlite3.connect(path)) as database, database:
        database.execute("PRAGMA writable_schema = 1")
        sql = "CREATE VIRTUAL TABLE spy USING VirtualOGR('/etc/passwd')"
        database.execute("INSERT INTO sqlite_master VALUES ('table', 'spy', 'spy', 0, ?)", (sql,))
    with pytest.raises(InputError, match="point at other files"):
        read_file(path, Hints())


def frame() -> Any:
    import geopandas

    shapes = [house(0, 0), None, shapely.MultiPolygon([house(20, 0), house(40, 0)])]
    return geopandas.GeoDataFrame({"id": ["a", "b", "c"], "height": [5.0, 6.0, 7.0]}, geometry=shapes, crs="EPSG:28992")


def test_that_geoparquet_is_read_with_its_crs_and_holes_in_it(tmp_path: Path) -> None:
    frame().to_parquet(tmp_path / "b.parquet")
    layer = read_file(tmp_path / "b.parquet", Hints()).layers[0]
    assert layer.crs is not None
    assert layer.crs.to_epsg() == 28992
    assert shapely.is_missing(layer.geometry).tolist() == [False, True, False]
    assert layer.table["height"].tolist() == [5, 6, 7]
    city = open_city(tmp_path / "b.parquet", use_cache=False)
    assert city.buildings.table["id"].tolist() == ["building/a", "building/c"]


@pytest.mark.parametrize("kind", ["polygon", "point", "linestring", "multipolygon", "multilinestring", "multipoint"])
def test_that_native_encodings_of_geoparquet_are_the_same_as_wkb(tmp_path: Path, kind: str) -> None:
    import geopandas

    ring = shapely.Polygon([(0, 0), (9, 0), (9, 9), (0, 9)], [[(2, 2), (2, 4), (4, 4), (4, 2)]])
    shape = {
        "polygon": ring, "point": shapely.Point(1, 2), "linestring": shapely.LineString([(0, 0), (1, 2), (3, 4)]),
        "multipolygon": shapely.MultiPolygon([ring, house(0, 0)]),
        "multilinestring": shapely.MultiLineString([[(0, 0), (1, 1)], [(2, 2), (3, 5), (4, 4)]]),
        "multipoint": shapely.MultiPoint([(0, 0), (3, 4)]),
    }[kind]  # fmt: skip
    table = geopandas.GeoDataFrame({"id": [1, 2, 3]}, geometry=[shape, None, shape], crs="EPSG:28992")
    table.to_parquet(tmp_path / "n.parquet", geometry_encoding="geoarrow", schema_version="1.1.0")
    found = read_file(tmp_path / "n.parquet", Hints()).layers[0].geometry
    assert shapely.is_missing(found).tolist() == [False, True, False]
    assert shapely.equals_exact(found[0], shape)


def test_that_parquet_without_crs_is_longitude_and_latitude_and_pieces_are_one(tmp_path: Path) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    geo = {"version": "1.0.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB", "geometry_types": []}}}
    for country in ("NL", "BE"):
        (tmp_path / "all.parquet" / f"country={country}").mkdir(parents=True)
        box = shapely.box(4.36, 52, 4.361, 52.001)
        table = pa.table({"g": [box.wkb], "names": [{"primary": "Een"}], "height": [3.0]})
        piece = tmp_path / "all.parquet" / f"country={country}" / "part-0.parquet"
        pq.write_table(table.replace_schema_metadata({"geo": json.dumps(geo)}), piece)
    layer = read_file(tmp_path / "all.parquet", Hints()).layers[0]
    assert layer.crs is not None
    assert layer.crs.is_geographic
    assert layer.table["country"].tolist() == ["BE", "NL"]
    assert layer.table["names.primary"].tolist() == ["Een", "Een"]
    plain = pa.table({"geometry": [shapely.Point(1, 2).wkb, b"no"], "a": [1, 2]})
    pq.write_table(plain, tmp_path / "plain.parquet")
    layer = read_file(tmp_path / "plain.parquet", Hints(crs=parse_crs("EPSG:28992"))).layers[0]
    assert shapely.is_missing(layer.geometry).tolist() == [False, True]
    pd.DataFrame({"lon": [4.36], "lat": [52.0], "name": ["A"]}).to_parquet(tmp_path / "trees.parquet")
    assert read_file(tmp_path / "trees.parquet", Hints()).layers[0].role == "trees"
    pd.DataFrame({"id": ["A"], "height": [3]}).to_parquet(tmp_path / "heights.parquet")
    assert [t.name for t in read_file(tmp_path / "heights.parquet", Hints()).tables] == ["heights"]


def zipped(path: Path, members: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return path


def test_that_an_archive_is_read_like_a_folder(tmp_path: Path) -> None:
    write(tmp_path / "wegen.shp", [shapely.LineString([RD, (RD[0] + 90, RD[1])])], "EPSG:28992", "ESRI Shapefile", highway=["primary"])
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        for member in tmp_path.glob("wegen.*"):
            archive.write(member, f"deep/er/{member.name}")
    members = {"data/buildings.geojson": geojson(tmp_path / "b.geojson").read_bytes(), "inner.zip": inner.getvalue(), "notes.pdf": b"%PDF"}
    city = open_city(zipped(tmp_path / "town.zip", members), use_cache=False)
    assert len(city.buildings) == 1
    assert list(city.layers) == ["roads"]
    assert {Path(s.path).name for s in city.sources} == {"town.zip"}
    with tarfile.open(tmp_path / "town.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "b.geojson", "data/buildings.geojson")
    assert len(open_city(tmp_path / "town.tar.gz", use_cache=False).buildings) == 1
    (tmp_path / "buildings.geojson.gz").write_bytes(gzip.compress((tmp_path / "b.geojson").read_bytes()))
    assert len(open_city(tmp_path / "buildings.geojson.gz", use_cache=False).buildings) == 1


def test_that_chinese_names_in_old_archives_are_read(tmp_path: Path) -> None:
    content = geojson(tmp_path / "b.geojson").read_bytes()
    path = zipped(tmp_path / "town.zip", {"XXXX.geojson": content})
    path.write_bytes(path.read_bytes().replace(b"XXXX", "建筑".encode("gbk")))
    city = open_city(path, use_cache=False)
    assert len(city.buildings) == 1
    assert {s.name for s in city.sources} == {"建筑.geojson"}


def test_that_a_file_geodatabase_opens_from_its_archive(tmp_path: Path) -> None:
    write(tmp_path / "town.gdb", [house(0, 0)], "EPSG:28992", "OpenFileGDB", "pand", height=[4.0])
    members = {f"town.gdb/{p.name}": p.read_bytes() for p in (tmp_path / "town.gdb").iterdir()}
    assert len(open_city(zipped(tmp_path / "town.gdb.zip", members), use_cache=False).buildings) == 1
    assert len(open_city(tmp_path / "town.gdb", use_cache=False).buildings) == 1


@pytest.mark.parametrize("name", ["../../evil.geojson", "/tmp/evil.geojson", "C:\\evil.geojson", "a/..\\..\\evil.geojson"])
def test_that_no_archive_writes_outside_its_folder(tmp_path: Path, name: str) -> None:
    path = zipped(tmp_path / "slip.zip", {name: geojson(tmp_path / "b.geojson").read_bytes()})
    with pytest.raises(InputError, match="wants to be written outside"):
        open_city(path, use_cache=False)


def test_that_bombs_links_and_locked_archives_are_refused(tmp_path: Path) -> None:
    bomb = zipped(tmp_path / "bomb.zip", {"a.geojson": b" " * (300 << 20)})
    with pytest.raises(InputError, match="far more than it has itself"):
        open_city(bomb, use_cache=False)
    (tmp_path / "bomb.geojson.gz").write_bytes(gzip.compress(b" " * (100 << 20), 9))
    with pytest.raises(InputError, match="far more than it has itself"):
        open_city(tmp_path / "bomb.geojson.gz", use_cache=False)
    link = zipfile.ZipInfo("buildings.geojson")
    link.external_attr = 0o120777 << 16
    with zipfile.ZipFile(tmp_path / "link.zip", "w") as archive:
        archive.writestr(link, "/etc/passwd")
    with pytest.raises(InputError, match="links to other files"):
        open_city(tmp_path / "link.zip", use_cache=False)
    locked = bytearray(zipped(tmp_path / "locked.zip", {"a.geojson": b"{}"}).read_bytes())
    at = locked.index(b"PK\1\2")
    locked[at + 8] |= 1
    (tmp_path / "locked.zip").write_bytes(bytes(locked))
    with pytest.raises(InputError, match="encrypted"):
        open_city(tmp_path / "locked.zip", use_cache=False)
    with pytest.raises(InputError, match="nothing that can be opened"):
        open_city(zipped(tmp_path / "empty.zip", {"readme.pdf": b"%PDF"}), use_cache=False)


def test_that_every_bad_file_of_an_archive_is_told(tmp_path: Path) -> None:
    members = {"a.geojson": b"{", "b.geojson": b"[1]", "c.geojson": geojson(tmp_path / "c.geojson").read_bytes()}
    city = open_city(zipped(tmp_path / "town.zip", members), use_cache=False)
    assert sorted(p.source for p in city.problems if p.code == "unusable") == ["a.geojson", "b.geojson"]


def _samples() -> dict[str, bytes]:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame().to_parquet(folder / "a.parquet")
        write(folder / "a.fgb", [house(0, 0), house(20, 0)], "EPSG:28992", "FlatGeobuf", height=[8.0, 9.0])
        write(folder / "a.gpkg", [house(0, 0)], "EPSG:28992", "GPKG", "pand", height=[8.0])
        zipped(folder / "a.zip", {"b.geojson": geojson(folder / "b.geojson").read_bytes()})
        dxf(folder / "a.dxf")
        (folder / "a.kml").write_text(KML.format(""))
        return {p.name: p.read_bytes() for p in sorted(folder.iterdir()) if p.stem == "a"}


SAMPLES = _samples()


@settings(max_examples=120, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(sorted(SAMPLES)), st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=10), st.floats(0.2, 3.0))
def test_that_broken_copies_end_in_a_city_or_a_plain_sentence(
    tmp_path: Path, name: str, changes: list[tuple[float, int]], share: float
) -> None:
    broken = bytearray(SAMPLES[name])
    for at, value in changes:
        broken[int(at * len(broken))] = value
    path = tmp_path / name
    path.write_bytes(bytes(broken[: max(8, int(min(share, 1.0) * len(broken)))]))
    with contextlib.suppress(InputError):
        open_city(path, use_cache=False)


def test_that_a_field_of_the_recipe_that_is_not_there_is_told(tmp_path: Path) -> None:
    geojson(tmp_path / "b.geojson")
    (tmp_path / "city.toml").write_text('[[source]]\npath = "b.geojson"\nfields = { name = "naam", height = "height" }\n')
    city = open_city(tmp_path, use_cache=False)
    assert city.buildings.table["height_m"].tolist() == [9]
    told = next(p for p in city.problems if p.code == "field_missing")
    assert "'naam'" in told.message


def multipatch(path: Path) -> Path:
    """A shapefile of one house as faces in space (ESRI Shapefile Technical Description, 1998, MultiPatch, rings of type 2), its roof
    drawn upside down."""
    low = [(0.0, 0.0, 2.0), (10.0, 0.0, 2.0), (10.0, 8.0, 2.0), (0.0, 8.0, 2.0)]
    high = [(x, y, z + 6) for x, y, z in low]
    faces = [[*low, low[0]], [*high[::-1], high[-1]]]
    faces += [[low[i], low[i - 3], high[i - 3], high[i], low[i]] for i in range(4)]
    xyz = np.array([p for f in faces for p in f]) + [*RD, 0]
    starts = np.cumsum([0] + [len(f) for f in faces[:-1]])
    box = struct.pack("<4d", *xyz[:, :2].min(0), *xyz[:, :2].max(0))
    record = struct.pack("<i", 31) + box + struct.pack("<2i", len(faces), len(xyz)) + starts.astype("<i4").tobytes()
    record += np.full(len(faces), 2, "<i4").tobytes() + xyz[:, :2].astype("<f8").tobytes()
    record += struct.pack("<2d", 2, 8) + xyz[:, 2].astype("<f8").tobytes() + struct.pack("<2d", 0, 0) + bytes(8 * len(xyz))

    def head(words: int) -> bytes:
        return struct.pack(">7i", 9994, 0, 0, 0, 0, 0, words) + struct.pack("<2i", 1000, 31) + box + struct.pack("<4d", 2, 8, 0, 0)

    path.write_bytes(head((108 + len(record)) // 2) + struct.pack(">2i", 1, len(record) // 2) + record)
    path.with_suffix(".shx").write_bytes(head(54) + struct.pack(">2i", 50, len(record) // 2))
    return path


def test_that_a_multipatch_is_a_building_with_its_faces(tmp_path: Path) -> None:
    city = open_city(multipatch(tmp_path / "buildings.shp"), crs="EPSG:28992", use_cache=False)
    buildings = city.buildings
    assert len(buildings) == 1
    assert buildings.table["height_m"].tolist() == [6]
    assert np.isclose(shapely.area(buildings.footprints[0]), 80)
    assert sorted(buildings.mesh.surface.tolist()) == [1] * 8 + [2] * 2 + [3] * 2
    p = buildings.mesh.points[buildings.mesh.triangles]
    up = np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0])[:, 2]
    assert (up[buildings.mesh.surface == 2] > 0).all()
    assert (up[buildings.mesh.surface == 3] < 0).all()


def test_that_a_geodatabase_is_kept_and_read_again_when_it_changes(tmp_path: Path) -> None:
    many = [house(i % 100 * 20, i // 100 * 20) for i in range(3000)]
    path = write(tmp_path / "town.gdb", many, "EPSG:28992", "OpenFileGDB", "pand", height=np.full(3000, 4.0))
    assert len(open_city(path).buildings) == 3000
    told: list[str] = []
    open_city(path, lambda what, _fraction: told.append(what))
    assert told == ["Ready"]
    write(path, [house(0, 5000)], "EPSG:28992", "OpenFileGDB", "gebouw", height=[9.0])
    assert len(open_city(path).buildings) == 3001


def test_that_a_parquet_that_swells_is_refused_and_repeated_texts_are_shared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    box = shapely.segmentize(shapely.box(0, 0, 1, 1), 0.01).wkb
    geo = {"version": "1.0.0", "primary_column": "g", "columns": {"g": {"encoding": "WKB", "geometry_types": []}}}
    n = 4_000
    table = pa.table({"g": [box] * n, "use": ["office" * 1000, None] * (n // 2)}).replace_schema_metadata({"geo": json.dumps(geo)})
    path = tmp_path / "b.parquet"
    pq.write_table(table, path)
    assert path.stat().st_size < 1 << 20
    monkeypatch.setattr("twin.city.readers.geoparquet.MAX_UNPACKED", 1 << 24)
    with pytest.raises(InputError, match="unpacks to more than"):
        read_file(path, Hints())
    pq.write_table(table.slice(0, 1000).append_column("id", pa.array([f"b{i}" for i in range(1000)])), path)
    found = read_file(path, Hints()).layers[0].table
    assert found["use"][0] is found["use"][2]
    assert found["use"][1] is None
    assert found["id"].is_unique


@pytest.mark.parametrize(("scale", "crs"), [(1.0, "EPSG:4326"), (1000.0, None)])
def test_that_topojson_is_in_degrees_where_its_numbers_can_be(scale: float, crs: str | None, tmp_path: Path) -> None:
    ring = [[4.36, 52.0], [4.37, 52.0], [4.37, 52.01], [4.36, 52.0]]
    arcs = [[[scale * x, scale * y] for x, y in ring]]
    objects = {"zones": {"type": "GeometryCollection", "geometries": [{"type": "Polygon", "arcs": [[0]], "properties": {"id": "z"}}]}}
    (tmp_path / "zones.topojson").write_text(json.dumps({"type": "Topology", "arcs": arcs, "objects": objects}), "utf-8")
    parts = read_file(tmp_path / "zones.topojson", Hints())
    assert crs_name(parts.layers[0].crs) == crs
    assert ("crs_assumed" in {p.code for p in parts.problems}) is (crs is not None)


def test_that_ids_that_repeat_are_told_in_our_words_only(tmp_path: Path) -> None:
    ring = [[[4.36, 52.0], [4.3601, 52.0], [4.3601, 52.0001], [4.36, 52.0]]]
    features = [{"type": "Feature", "id": 7, "properties": {"height": 9}, "geometry": {"type": "Polygon", "coordinates": ring}}] * 3
    (tmp_path / "houses.geojson").write_text(json.dumps({"type": "FeatureCollection", "features": features}), "utf-8")
    parts = read_file(tmp_path / "houses.geojson", Hints())
    assert len(parts.layers[0].geometry) == 3
    assert "gdal" not in {p.code for p in parts.problems}
