"""The formats read here: how each is recognised, and the function that reads it."""

from __future__ import annotations

import re
import zipfile
import zlib
from pathlib import Path

from twin.city.readers.registry import Reader

_HERE = "twin.city.readers"
_GTFS = frozenset({"stops.txt", "stop_times.txt", "routes.txt"})


def _is_json(_path: Path, head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in (b"{", b"[")


def _is_xml(head: bytes, *words: bytes) -> bool:
    # UTF-16 has a zero in every other byte.
    plain = head.replace(b"\0", b"")
    return plain.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")[:1] == b"<" and any(w in plain for w in words)


def _is_citygml(path: Path, head: bytes) -> bool:
    if head[:2] == b"\x1f\x8b":
        try:
            head = zlib.decompressobj(31).decompress(head, 8192)
        except zlib.error:
            return False
    elif path.suffix.lower() in (".gml", ".citygml") and b"CityModel" not in head:  # a long comment may come first
        with open(path, "rb") as file:
            head = file.read(1 << 18)
    return _is_xml(head, b"CityModel", b"opengis.net/citygml/")


def _is_inp(path: Path, head: bytes, *sections: bytes) -> bool:
    upper = head.replace(b"\0", b"").upper()
    return path.suffix.lower() == ".inp" and any(s in upper for s in sections)


def _names_in(folder: Path, names: frozenset[str]) -> int:
    try:
        return len({p.name.lower() for p in folder.iterdir()} & names)
    except OSError:
        return 0


def _names_in_zip(path: Path) -> set[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            return {name.rsplit("/")[-1].lower() for name in archive.namelist()[:1000]}
    except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError):
        return set()


def _is_pyramid(folder: Path) -> bool:
    """z/x/y.png"""
    try:
        zooms = [p for p in folder.iterdir() if p.name.isdigit() and p.is_dir()]
        columns = [p for z in zooms[:1] for p in z.iterdir() if p.name.isdigit() and p.is_dir()]
        return any(re.fullmatch(r"\d+\.(png|jpe?g|webp)", p.name.lower()) for c in columns[:1] for p in c.iterdir())
    except OSError:
        return False


def _is_partitioned(folder: Path) -> bool:
    """name.parquet as a folder, or folders such as country=NL with Parquet files in them"""
    try:
        if folder.suffix.lower() in (".parquet", ".geoparquet"):
            return any(folder.rglob("*.parquet"))
        return any("=" in p.name and p.is_dir() and any(p.rglob("*.parquet")) for p in folder.iterdir())
    except OSError:
        return False


def _has_tiles(path: Path) -> bool:
    from twin.city.readers.imagery import has_tiles

    return has_tiles(path)


TILES3D = Reader(
    "tiles3d",
    "3D Tiles 1.0 and 1.1",
    f"{_HERE}.tiles3d:read_tiles3d",
    frozenset({".b3dm", ".i3dm", ".pnts", ".cmpt"}),
    lambda path, head: (
        path.suffix.lower() in (".b3dm", ".i3dm", ".pnts", ".cmpt")
        or (
            _is_json(path, head)
            and (path.name.lower() == "tileset.json" or b'"geometricError"' in head)  # a long schema may stand before it
            and b'"CityObjects"' not in head
        )
    ),
    lambda folder: (folder / "tileset.json").is_file(),
    10,
)
PANDAPOWER = Reader(
    "pandapower",
    "pandapower network",
    f"{_HERE}.pandapower:read_pandapower",
    frozenset(),
    lambda path, head: _is_json(path, head) and b"pandapowerNet" in head,
    order=11,
)
JSON = Reader(
    "json",
    "CityJSON and GeoJSON",
    f"{_HERE}.json:read_json",
    frozenset({".json", ".jsonl", ".geojson", ".geojsonl", ".ndjson"}),
    _is_json,
    order=20,
)
CITYGML = Reader(
    "citygml",
    "CityGML 1.0, 2.0, 3.0",
    f"{_HERE}.citygml:read_citygml",
    frozenset({".gml", ".citygml", ".xml", ".gml.gz", ".citygml.gz"}),
    _is_citygml,
    order=20,
)
SUMO = Reader(
    "sumo",
    "SUMO network",
    f"{_HERE}.sumo:read_sumo",
    frozenset({".net.xml", ".net.xml.gz"}),
    lambda path, head: path.name.lower().endswith(".net.xml.gz") or (path.name.lower().endswith(".xml") and _is_xml(head, b"<net ")),
    order=20,
)
OSM_FILE = Reader(
    "osm",
    "OpenStreetMap .osm and .osm.pbf",
    f"{_HERE}.osm:read_osm",
    frozenset({".osm", ".pbf", ".osm.gz", ".osm.bz2", ".osm.xml.gz", ".osm.xml.bz2"}),
    lambda path, head: (
        b"OSMHeader" in head[:64]
        or re.search(r"\.os[mch](\.xml)?(\.gz|\.bz2)$", path.name.lower()) is not None
        or _is_xml(head, b"<osm ", b"<osm>", b"<osmChange")
    ),
    order=20,
)
POINT_CLOUD = Reader(
    "pointcloud",
    "LAS, LAZ and COPC",
    f"{_HERE}.pointcloud:read_pointcloud",
    frozenset({".las", ".laz"}),
    lambda _path, head: head[:4] == b"LASF",
    order=20,
)
IMAGE_TILES = Reader(
    "imagery",
    "Map tiles: MBTiles, GeoPackage, folders",
    f"{_HERE}.imagery:read_imagery",
    frozenset({".mbtiles"}),
    lambda path, head: (
        head[:6] == b"SQLite" and (path.suffix.lower() == ".mbtiles" or (path.suffix.lower() == ".gpkg" and _has_tiles(path)))
    ),
    _is_pyramid,
    20,
)
RASTER = Reader(
    "raster",
    "GeoTIFF, Esri ASCII, NetCDF, VRT; JPEG and PNG with a world file",
    f"{_HERE}.raster:read_raster",
    # A picture is found in a folder by its world file: textures of city models are pictures too.
    frozenset(
        {".tif", ".tiff", ".asc", ".nc", ".vrt", ".hgt", ".img", ".jp2", ".dem", "w001001.adf", ".grd", ".jgw", ".jpgw", ".pgw", ".pngw"}
    ),
    lambda path, head: (
        head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
        or head.lstrip()[:5].lower() == b"ncols"
        or head[:3] == b"CDF"
        or (path.suffix.lower() == ".nc" and head[:4] == b"\x89HDF")
        or _is_xml(head, b"<VRTDataset")
        or path.suffix.lower() in (".tif", ".tiff", ".asc", ".hgt", ".img", ".jp2", ".dem", ".grd", ".adf")
        or (path.suffix.lower() == ".vrt" and b"<OGRVRT" not in head)
        or path.suffix.lower() in (".jpg", ".jpeg", ".png", ".webp", ".jgw", ".jpgw", ".pgw", ".pngw", ".wld")
    ),
    order=20,
)
EPANET = Reader(
    "epanet",
    "EPANET water network",
    f"{_HERE}.epanet:read_epanet",
    frozenset({".inp"}),
    lambda path, head: _is_inp(path, head, b"["),
    order=13,
)
SWMM = Reader(
    "swmm",
    "SWMM drainage network",
    f"{_HERE}.swmm:read_swmm",
    frozenset({".inp"}),
    lambda path, head: _is_inp(
        path, head, b"[SUBCATCHMENTS]", b"[RAINGAGES]", b"[EVAPORATION]", b"FLOW_ROUTING", b"FLOW_UNITS", b"[CONDUITS]", b"[OUTFALLS]"
    ),
    order=12,
)
TNTP = Reader(
    "tntp",
    "TNTP road network",
    f"{_HERE}.tntp:read_tntp",
    frozenset({"_net.tntp"}),
    lambda path, _head: path.name.lower().endswith("_net.tntp"),
    order=12,
)
GTFS = Reader(
    "gtfs",
    "GTFS timetable",
    f"{_HERE}.gtfs:read_gtfs",
    frozenset(),
    lambda path, head: head[:4] == b"PK\3\4" and _names_in_zip(path) >= _GTFS,
    lambda folder: _names_in(folder, _GTFS) == 3,
    30,
)
MESH = Reader(
    "mesh",
    "OBJ, PLY, STL, glTF and DAE meshes",
    f"{_HERE}.meshes:read_mesh",
    frozenset({".obj", ".ply", ".stl", ".gltf", ".glb", ".dae"}),
    lambda path, head: head[:4] == b"glTF" or path.suffix.lower() in (".obj", ".ply", ".stl", ".gltf", ".glb", ".dae"),
    order=15,
)
IFC = Reader(
    "ifc",
    "IFC buildings",
    f"{_HERE}.ifc:read_ifc",
    frozenset({".ifc"}),
    lambda path, head: path.suffix.lower() == ".ifc" or b"FILE_SCHEMA(('IFC" in head.replace(b" ", b""),
    order=20,
)
TABLE = Reader(
    "table",
    "CSV and XLSX tables",
    f"{_HERE}.table:read_table",
    frozenset({".csv", ".tsv", ".xlsx"}),
    lambda path, _head: path.suffix.lower() in (".csv", ".tsv", ".xlsx"),
    order=40,
)
GEOPARQUET = Reader(
    "geoparquet",
    "GeoParquet",
    f"{_HERE}.geoparquet:read_geoparquet",
    frozenset({".parquet", ".geoparquet"}),
    lambda _path, head: head[:4] == b"PAR1",
    lambda folder: _is_partitioned(folder),
    20,
)
ARCHIVE = Reader(
    "archive",
    "ZIP, TAR and GZ archives of any of these",
    f"{_HERE}.archive:read_archive",
    frozenset(
        {".zip", ".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".geojson.gz", ".json.gz", ".gml.gz", ".gpkg.gz", ".csv.gz", ".kmz"}
    ),
    lambda path, head: (
        head[:4] == b"PK\3\4" or head[:2] == b"\x1f\x8b" or path.name.lower().endswith((".tar", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz"))
    ),
    order=45,
)
VECTOR = Reader(
    "vector",
    "GeoPackage, Shapefile, FlatGeobuf, SpatiaLite, File GDB, KML, DXF, GML",
    f"{_HERE}.vector:read_vector",
    frozenset({".gpkg", ".shp", ".sqlite", ".fgb", ".kml", ".kmz", ".gml", ".dxf", ".gpx", ".tab"}),
    lambda _path, _head: True,
    lambda folder: folder.suffix.lower() == ".gdb" and any(folder.glob("*.gdbtable")),
    90,
)
