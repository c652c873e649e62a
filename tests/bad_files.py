# ruff: noqa: E501, one file a line
"""Files made to do harm: to fill the memory, never to end, or to make the program read or fetch what is none of its business."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tests.bad_samples import MAKERS, cityjson
from tests.citygml_documents import building, document, root
from tests.network_files import EPANET, GTFS, SUMO

DEEP = 200_000
MARK = "KEEP-THIS-SECRET-7391"
"""Stands in the file outside, and must not come out again."""


@dataclass(frozen=True)
class Trap:
    """Where a bad file is made, the file outside it that must stay shut, and the server that must not be asked."""

    folder: Path
    outside: Path
    url: str

    def write(self, name: str, content: str | bytes) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)
        return path

    def sample(self, kind: str) -> Path:
        return MAKERS[kind](self.folder)


Maker = Callable[[Trap], Path]
FILES: dict[str, Maker] = {}


def _made(name: str) -> Callable[[Maker], Maker]:
    def keep(make: Maker) -> Maker:
        FILES[name] = make
        return make

    return keep


# XML: entities that grow, that read a file, that ask a server
_XML = {
    "gml": ("a.gml", document(building()), "<core:cityObjectMember>"),
    "sumo": ("a.net.xml", SUMO, "<edge "),
    "osm": ("a.osm", '<?xml version="1.0"?><osm version="0.6"><node id="1" lat="52" lon="4"><tag k="name" v="x"/></node></osm>', '"x"'),
    "kml": ("a.kml", '<?xml version="1.0"?><kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>x</name><Point><coordinates>4,52'
            "</coordinates></Point></Placemark></Document></kml>", "x</name>"),
    "gpx": ("a.gpx", '<?xml version="1.0"?><gpx version="1.1" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="52" lon="4"><name>x</name></wpt></gpx>',
            "x</name>"),
    "dae": ("a.dae", '<?xml version="1.0"?><COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1"><asset><title>x</title></asset>'
            "</COLLADA>", "x</title>"),
    "vrt": ("a.vrt", '<VRTDataset rasterXSize="2" rasterYSize="2"><Description>x</Description></VRTDataset>', "x</Desc"),
    "plain gml": ("b.gml", '<?xml version="1.0"?><FeatureCollection xmlns="http://www.opengis.net/gml"><name>x</name></FeatureCollection>', "x</name>"),
}  # fmt: skip


def _with_doctype(text: str, name: str, inside: str, before: str) -> str:
    head, mark, rest = text.partition("?>")
    if not mark:
        head, rest = "<?xml version='1.0'", text
    return f"{head}?><!DOCTYPE {name} [{inside}]>{rest.replace(before, '&a;' + before if before[0] == '<' else before.replace('x', '&a;', 1), 1)}"


def _entities(kind: str, how: str) -> Maker:
    def make(trap: Trap) -> Path:
        name, text, before = _XML[kind]
        laughs = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{k} "{f"&l{k - 1};" * 10}">' for k in range(1, 12)) + '<!ENTITY a "&l11;">'
        inside = {
            "laughs": laughs,
            "file": f'<!ENTITY a SYSTEM "{trap.outside.as_uri()}">',
            "http": f'<!ENTITY a SYSTEM "{trap.url}/entity">',
            "parameter": f'<!ENTITY % p SYSTEM "{trap.url}/dtd"> %p; <!ENTITY a "b">',
            "quadratic": f'<!ENTITY a "{"x" * 1_000_000}">',
        }[how]
        text = _with_doctype(text, "r", inside, before)
        if how == "quadratic":
            text = text.replace("&a;", "&a;" * 20_000, 1)
        return trap.write(name, text)

    return make


for _kind in _XML:
    for _how in ("laughs", "file", "http", "parameter", "quadratic"):
        FILES[f"entities {_kind} {_how}"] = _entities(_kind, _how)


@_made("xlsx with entities")
def _(trap: Trap) -> Path:
    whole = trap.sample("xlsx").read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w") as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.endswith(("sheet1.xml", "sharedStrings.xml", "workbook.xml")):
                text = _with_doctype(text, "r", f'<!ENTITY a SYSTEM "{trap.outside.as_uri()}">', "<sheetData>")
            new.writestr(name, text)
    return trap.write("table.xlsx", out.getvalue())


@_made("xlsx of a billion cells")
def _(trap: Trap) -> Path:
    whole = trap.sample("xlsx").read_bytes()
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(whole)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name).decode()
            if name.endswith("sheet1.xml"):
                rows = "".join(f'<row r="{r}"><c r="XFD{r}"><v>1</v></c></row>' for r in range(10, 1_048_576, 30_000))
                text = text.replace("</sheetData>", rows + "</sheetData>").replace("A1:E3", "A1:XFD1048576")
            new.writestr(name, text)
    return trap.write("table.xlsx", out.getvalue())


# Archives
def _deflated(start: bytes, block: bytes, times: int) -> bytes:
    """A deflate stream of a start and a block again and again, made without packing it again and again."""
    pack = zlib.compressobj(9, zlib.DEFLATED, -15)
    head = pack.compress(start) + pack.flush(zlib.Z_FULL_FLUSH)
    again = zlib.compressobj(9, zlib.DEFLATED, -15)
    piece = again.compress(block) + again.flush(zlib.Z_FULL_FLUSH)
    return head + piece * times + b"\x03\x00"


def _zipped(name: str, packed: bytes, says: int) -> bytes:
    """A ZIP of one packed member that says how large it is; its checksum is wrong, which only who unpacks it all finds out."""
    raw = name.encode()
    same = struct.pack("<HHHHHIII", 20, 0, 8, 0, 0, 1, len(packed), says)
    local = b"PK\3\4" + same + struct.pack("<HH", len(raw), 0) + raw
    entry = b"PK\1\2" + struct.pack("<H", 20) + same + struct.pack("<HHHHHII", len(raw), 0, 0, 0, 0, 0, 0) + raw
    at = len(local) + len(packed)
    return local + packed + entry + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1, 1, len(entry), at, 0)


_BLOCK = 4 << 20
FILES |= {
    "zip bomb": lambda t: t.write("a.zip", _zipped("a.geojson", _deflated(b"", bytes(_BLOCK), 1000), 1000 * _BLOCK)),
    "zip bomb that lies about its size": lambda t: t.write("a.zip", _zipped("a.geojson", _deflated(b"", bytes(_BLOCK), 2560), 1000)),
    "kmz bomb": lambda t: t.write("a.kmz", _zipped("doc.kml", _deflated(b"<kml>", b" " * _BLOCK, 1000), 5 + 1000 * _BLOCK)),
    "xlsx bomb": lambda t: t.write("a.xlsx", _zipped("xl/workbook.xml", _deflated(b"<a>", b" " * _BLOCK, 1000), 3 + 1000 * _BLOCK)),
    "gtfs bomb": lambda t: t.write("a.zip", _zipped("stops.txt", _deflated(b"stop_id\n", b"1\n" * (_BLOCK // 2), 1000), 8 + 1000 * _BLOCK)),
    "project bomb": lambda t: t.write("a.twin", _zipped("project.json", _deflated(b"{", b" " * _BLOCK, 1000), 1 + 1000 * _BLOCK)),
}


@_made("zip bomb in zip in zip")
def _(trap: Trap) -> Path:
    data = _zipped("a.geojson", _deflated(b"", bytes(_BLOCK), 16), 16 * _BLOCK)
    for _ in range(5):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            for k in range(10):
                archive.writestr(f"{k}.zip", data)
        data = out.getvalue()
    return trap.write("a.zip", data)


@_made("zip whose members overlap")
def _(trap: Trap) -> Path:
    """One block of bytes that thousands of names point at (D. Fifield, 2019)."""
    data = _zipped("a.geojson", _deflated(b"", bytes(_BLOCK), 2), 2 * _BLOCK)
    start = data.index(b"PK\1\2")
    end = data.rindex(b"PK\5\6")
    record, names = bytearray(data[start:end]), bytearray()
    for k in range(3000):
        names += record.replace(b"a.geojson", f"{k:05d}.csv".encode())
    tail = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 3000, 3000, len(names), start, 0)
    return trap.write("a.zip", data[:start] + bytes(names) + tail)


@_made("zip with a million members")
def _(trap: Trap) -> Path:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for k in range(60_000):
            archive.writestr(f"{k}.geojson", "")
    return trap.write("a.zip", out.getvalue())


@_made("zip slip")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("../../slipped.geojson", "{}")
        archive.writestr("..\\..\\slipped.geojson", "{}")
    return path


@_made("zip to an absolute path")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(str(trap.outside), "overwritten")
    return path


@_made("zip with a link")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.zip"
    with zipfile.ZipFile(path, "w") as archive:
        link = zipfile.ZipInfo("a.geojson")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        archive.writestr(link, str(trap.outside))
    return path


@_made("tar with a link")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        link = tarfile.TarInfo("a.geojson")
        link.type, link.linkname = tarfile.SYMTYPE, str(trap.outside)
        archive.addfile(link)
    return path


@_made("tar slip")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.tar"
    with tarfile.open(path, "w") as archive:
        item = tarfile.TarInfo("../../slipped.geojson")
        item.size = 2
        archive.addfile(item, io.BytesIO(b"{}"))
    return path


def _swollen(name: str, start: bytes, fill: bytes = b" ") -> Maker:
    """A packed file of 10 GB that begins well and then goes on and on."""

    def make(trap: Trap) -> Path:
        data = _deflated(start, fill * (_BLOCK // len(fill)), 2560)
        return trap.write(name, b"\x1f\x8b\x08" + bytes(7) + data + bytes(8))

    return make


FILES |= {
    "osm.gz of 10 GB of spaces": _swollen("a.osm.gz", b'<?xml version="1.0"?><osm version="0.6">'),
    "osm.gz of 10 GB of nodes": _swollen("b.osm.gz", b'<?xml version="1.0"?><osm version="0.6">', fill=b'<node id="1" lat="52" lon="4"/>'),
    "net.xml.gz of 10 GB": _swollen("a.net.xml.gz", b'<?xml version="1.0"?><net version="1.9">'),
    "net.xml.gz of 10 GB of one attribute": _swollen("b.net.xml.gz", b'<?xml version="1.0"?><net version="1.9"><edge id="', fill=b"x"),
    "gml.gz of 10 GB": _swollen("a.gml.gz", root().encode()),
    "gml.gz of 10 GB of text": _swollen("b.gml.gz", root().encode() + b"<core:cityObjectMember><gml:name>", fill=b"lol "),
    "gml.gz of 10 GB of depth": _swollen("c.gml.gz", root().encode(), fill=b"<core:cityObjectMember>"),
    "geojson.gz of 10 GB": _swollen("a.geojson.gz", b'{"type": "FeatureCollection", "features": ['),
    "csv.gz of 10 GB": _swollen("a.csv.gz", b"id,lat,lon\n", fill=b"1,52,4\n"),
}  # fmt: skip


# Deep nesting
def _nested(name: str, before: str, after: str, opening: str = "[", closing: str = "]") -> Maker:
    return lambda trap: trap.write(name, before + opening * DEEP + closing * DEEP + after)


_GEO = '{"type": "FeatureCollection", "features": [{"type": "Feature", "properties": {"a": %s}, "geometry": {"type": "Polygon", "coordinates": %s}}]}'
_MODEL = json.dumps(cityjson() | {"CityObjects": {"b": {"type": "Building", "attributes": {"x": "ATTRIBUTE"}, "geometry": [
    {"type": "Solid", "lod": "1", "boundaries": "BOUNDARIES"}]}}})  # fmt: skip
for _name, _file, _whole in (
    ("list", "a.json", "%"),
    ("object", "a.json", '{"a": %}'),
    ("geojson coordinates", "a.geojson", _GEO.replace('{"a": %s}', "{}").replace("%s", "%")),
    ("geojson properties", "a.geojson", _GEO.replace('"coordinates": %s', '"coordinates": [[[4, 52], [4.1, 52], [4, 52.1], [4, 52]]]').replace("%s", "%")),
    ("cityjson boundaries", "a.city.json", _MODEL.replace('"BOUNDARIES"', "%").replace("ATTRIBUTE", "")),
    ("cityjson attributes", "a.city.json", _MODEL.replace('"BOUNDARIES"', "[]").replace('"ATTRIBUTE"', "%")),
    ("cityjsonseq", "a.city.jsonl", json.dumps(cityjson() | {"CityObjects": {}, "vertices": []}) + '\n{"type": "CityJSONFeature", "id": %}'),
    ("pandapower", "a.json", '{"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {"bus": %}}'),
    ("pandapower inner", "a.json",
     '{"_module": "pandapower.auxiliary", "_class": "pandapowerNet", "_object": {"bus": {"_module": "pandas.core.frame", "_class": "DataFrame", "_object": "%"}}}'),
    ("gltf", "a.gltf", '{"asset": {"version": "2.0"}, "extras": %}'),
    ("tileset", "tileset.json", '{"asset": {"version": "1.1"}, "geometricError": 1, "root": %}'),
):  # fmt: skip
    _a, _, _b = _whole.partition("%")
    FILES[f"deep {_name}"] = _nested(_file, _a, _b)
FILES |= {
    "deep objects": _nested("a.json", "", "1", '{"a":', "") ,
    "deep geometry collections": _nested("a.geojson", "", "null" + "]}" * DEEP, '{"type": "GeometryCollection", "geometries": [', ""),
    "deep tileset children": _nested("tileset.json", '{"asset": {"version": "1.1"}, "geometricError": 9, "root": {"geometricError": 9', "}}",
                                     ', "children": [{"geometricError": 9', "}]"),
    "deep citygml": _nested("a.gml", root(), "</core:CityModel>", "<core:cityObjectMember>", "</core:cityObjectMember>"),
    "deep kml": _nested("a.kml", '<kml xmlns="http://www.opengis.net/kml/2.2">', "</kml>", "<Folder>", "</Folder>"),
    "deep dae": _nested("a.dae", '<COLLADA xmlns="http://www.collada.org/2005/11/COLLADASchema" version="1.4.1">', "</COLLADA>", "<node>", "</node>"),
    "deep sumo": _nested("a.net.xml", "<net >", "</net>", "<edge>", "</edge>"),
    "deep toml": lambda trap: trap.write("city.toml", "a = " + "[" * DEEP + "]" * DEEP),
    "deep toml tables": lambda trap: trap.write("city.toml", "[" + ".".join("a" * (1 if k else 1) for k in range(DEEP)) + "]\n"),
    "toml of 10 MB": lambda trap: trap.write("city.toml", 'name = "' + "x" * (10 << 20) + '"\n[[source]]\npath = "a.gpkg"\n'),
    "toml of many sources": lambda trap: trap.write("city.toml", '[[source]]\npath = "a.gpkg"\n' * 100_000),
}  # fmt: skip


# Rasters that say they are large
def _tiff(width: int, height: int, bits: int = 32, tile: int = 0) -> bytes:
    """A TIFF of one strip or of tiles that are not there."""
    tags = [(256, 4, 1, width), (257, 4, 1, height), (258, 3, 1, bits), (259, 3, 1, 1), (262, 3, 1, 1), (277, 3, 1, 1), (339, 3, 1, 3)]
    tags += (
        [(322, 4, 1, tile), (323, 4, 1, tile), (324, 4, 1, 8), (325, 4, 1, 100)]
        if tile
        else [(273, 4, 1, 8), (278, 4, 1, height), (279, 4, 1, 100)]
    )
    head = struct.pack("<2sHIH", b"II", 42, 8, len(tags))
    return head + b"".join(struct.pack("<HHII", *t) for t in sorted(tags)) + bytes(4) + bytes(200)


_GRID = "ncols {0}\nnrows {1}\nxllcorner 85000\nyllcorner 447000\ncellsize 1\nNODATA_value -9999\n1 2 3\n"
FILES |= {
    "tiff of 300,000 x 300,000 in one strip": lambda trap: trap.write("a.tif", _tiff(300_000, 300_000)),
    "tiff of 300,000 x 300,000 in tiles": lambda trap: trap.write("a.tif", _tiff(300_000, 300_000, tile=512)),
    "tiff of 2^31 x 2^31": lambda trap: trap.write("a.tif", _tiff(2**31 - 1, 2**31 - 1, tile=1 << 30)),
    "asc of 10^9 columns": lambda trap: trap.write("a.asc", _GRID.format(10**9, 1)),
    "asc of 10^9 rows": lambda trap: trap.write("a.asc", _GRID.format(3, 10**9)),
    "asc of 60,000 x 60,000": lambda trap: trap.write("a.asc", _GRID.format(60_000, 60_000)),
    "asc of -1": lambda trap: trap.write("a.asc", _GRID.format(-1, 10**30)),
}


@_made("sparse tiff of 10 GB")
def _(trap: Trap) -> Path:
    import rasterio
    from rasterio.transform import Affine

    path = trap.folder / "a.tif"
    options = {"driver": "GTiff", "width": 50_000, "height": 50_000, "count": 1, "dtype": "float32", "tiled": True, "SPARSE_OK": True}
    with rasterio.open(path, "w", crs="EPSG:28992", transform=Affine(1, 0, 80_000, 0, -1, 480_000), **options) as file:
        file.write(np.ones((64, 64), np.float32), 1, window=((0, 64), (0, 64)))
    return path


@_made("netcdf with huge dimensions")
def _(trap: Trap) -> Path:
    import h5py

    path = trap.folder / "a.nc"
    with h5py.File(path, "w") as file:
        file.create_dataset("z", (10**6, 10**7), "f4", chunks=(1000, 1000), compression="gzip")
        for name, size in (("y", 10**6), ("x", 10**7)):
            file.create_dataset(name, (size,), "f8", chunks=(100_000,), compression="gzip")
            file[name].make_scale(name)
        file["z"].dims[0].attach_scale(file["y"])
        file["z"].dims[1].attach_scale(file["x"])
    return path


@_made("netcdf 3 with huge dimensions")
def _(trap: Trap) -> Path:
    data = bytearray(trap.sample("netcdf3").parent.joinpath("relief.nc").read_bytes())
    struct.pack_into(">II", data, 12, 2, 0x7FFFFFF0)
    struct.pack_into(">I", data, 24, 0x7FFFFFF0)
    return trap.write("relief.nc", bytes(data))


# Files that point elsewhere
def _vrt(source: str, more: str = "") -> str:
    return (
        '<VRTDataset rasterXSize="40" rasterYSize="40"><SRS>EPSG:28992</SRS><GeoTransform>85000,2,0,447080,0,-2</GeoTransform>'
        f'<VRTRasterBand dataType="Float32" band="1"><SimpleSource><SourceFilename relativeToVRT="1">{source}</SourceFilename>'
        f"<SourceBand>1</SourceBand></SimpleSource></VRTRasterBand>{more}</VRTDataset>"
    )


def _pointing(name: str, text: Callable[[Trap], str]) -> Maker:
    return lambda trap: trap.write(name, text(trap))


_TILESET = '{"asset": {"version": "1.1"}, "geometricError": 9, "root": {"boundingVolume": {"sphere": [0, 0, 0, 9]}, "geometricError": 9, ' \
           '"refine": "ADD", "content": {"uri": "%s"}}}'  # fmt: skip
_KML = '<kml xmlns="http://www.opengis.net/kml/2.2"><Document><NetworkLink><Link><href>%s</href></Link></NetworkLink></Document></kml>'
_OVERLAY = '<kml xmlns="http://www.opengis.net/kml/2.2"><GroundOverlay><Icon><href>%s</href></Icon><LatLonBox><north>52</north><south>51</south>' \
           "<east>5</east><west>4</west></LatLonBox></GroundOverlay></kml>"  # fmt: skip
_OGR = '<OGRVRTDataSource><OGRVRTLayer name="x"><SrcDataSource>%s</SrcDataSource></OGRVRTLayer></OGRVRTDataSource>'
_GLTF = '{"asset": {"version": "2.0"}, "buffers": [{"byteLength": 36, "uri": "%s"}], "bufferViews": [{"buffer": 0, "byteLength": 36}], "accessors": ' \
        '[{"bufferView": 0, "componentType": 5126, "count": 3, "type": "VEC3"}], "meshes": [{"primitives": [{"attributes": {"POSITION": 0}}]}], ' \
        '"nodes": [{"mesh": 0}], "scenes": [{"nodes": [0]}], "images": [{"uri": "%s"}]}'  # fmt: skip
_MODEL_TEXTURE = json.dumps(cityjson()).replace("a.png", "%s")
_OBJ = "mtllib %s\nusemtl a\nv 0 0 0\nv 1 0 0\nv 0 1 0\nf 1 2 3\n"
_NAMES: dict[str, Callable[[Trap], str]] = {
    "outside": lambda t: str(t.outside),
    "dots": lambda t: os.path.relpath(t.outside, t.folder),
    "file uri": lambda t: t.outside.as_uri(),
    "http": lambda t: f"{t.url}/x",
    "vsicurl": lambda t: f"/vsicurl/{t.url}/x",
    "device": lambda _: "/dev/zero",
}
for _how, _to in _NAMES.items():
    for _kind, _file, _text in (
        ("vrt", "a.vrt", _vrt("%s")), ("tileset", "tileset.json", _TILESET), ("kml link", "a.kml", _KML), ("kml overlay", "a.kml", _OVERLAY),
        ("ogr vrt", "a.vrt", _OGR), ("gltf", "a.gltf", _GLTF), ("cityjson texture", "a.city.json", _MODEL_TEXTURE), ("obj", "a.obj", _OBJ),
        ("recipe", "city.toml", '[[source]]\npath = "%s"\n'),
        ("shp prj", "a.geojson", '{"type": "FeatureCollection", "crs": {"type": "link", "properties": {"href": "%s", "type": "proj4"}}, "features": []}'),
        ("wms", "a.xml", '<GDAL_WMS><Service name="TMS"><ServerUrl>%s</ServerUrl></Service><DataWindow/></GDAL_WMS>'),
    ):  # fmt: skip
        if not (_kind == "recipe" and _how in ("outside", "dots", "file uri", "http")):  # a recipe is the user's own word
            FILES[f"pointing {_kind} {_how}"] = _pointing(_file, lambda t, text=_text, to=_to: text.replace("%s", to(t)))  # type: ignore[misc]
FILES |= {
    "pointing vrt itself": _pointing("a.vrt", lambda _: _vrt("a.vrt")),
    "pointing tileset itself": _pointing("tileset.json", lambda _: _TILESET % "tileset.json"),
    "pointing recipe itself": _pointing("city.toml", lambda _: '[[source]]\npath = "city.toml"\n'),
    "pointing recipe its folder": _pointing("city.toml", lambda _: '[[source]]\npath = "."\n'),
    "recipe with an unknown repair": _pointing("city.toml", lambda _: 'repairs = ["no_such"]\n[[source]]\npath = "."\n'),
}


@_made("tilesets in a ring")
def _(trap: Trap) -> Path:
    trap.write("b.json", _TILESET % "tileset.json")
    return trap.write("tileset.json", _TILESET % "b.json")


@_made("vrts in a ring")
def _(trap: Trap) -> Path:
    trap.write("b.vrt", _vrt("a.vrt"))
    return trap.write("a.vrt", _vrt("b.vrt"))


@_made("obj linked outside")
def _(trap: Trap) -> Path:
    (trap.folder / "a.mtl").symlink_to(trap.outside)
    return trap.write("a.obj", _OBJ % "a.mtl")


def _database(statements: Callable[[Trap], list[str]]) -> Maker:
    def make(trap: Trap) -> Path:
        path = trap.sample("gpkg")
        db = sqlite3.connect(path)
        db.execute("PRAGMA writable_schema = ON")
        for statement in statements(trap):
            db.execute(statement)
        db.commit()
        db.close()
        return path

    return make


_SQL = "INSERT INTO sqlite_master (type, name, tbl_name, rootpage, sql) VALUES ('table', 'evil', 'evil', 0, 'CREATE VIRTUAL TABLE evil USING %s')"
FILES |= {
    "gpkg with a trigger": _database(lambda t: [f"CREATE TRIGGER evil AFTER INSERT ON buildings BEGIN SELECT load_extension('{t.outside}'); END"]),
    "gpkg with a view that never ends": _database(lambda _: [
        "CREATE VIEW evil AS WITH RECURSIVE c(x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT x AS fid, geom FROM c, buildings",
        "INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id) VALUES ('evil', 'features', 'evil', 28992)",
        "INSERT INTO gpkg_geometry_columns VALUES ('evil', 'geom', 'POLYGON', 28992, 0, 0)"]),
    "gpkg with a virtual table of a file": _database(lambda t: [_SQL % f"VirtualOGR(''{t.outside}'')"]),
    "gpkg with a virtual table of a url": _database(lambda t: [_SQL % f"VirtualOGR(''/vsicurl/{t.url}/x'')"]),
    "gpkg whose table is a view of itself": _database(lambda _: [
        "UPDATE sqlite_master SET sql = 'CREATE VIEW gpkg_contents AS SELECT * FROM gpkg_contents', type = 'view', rootpage = 0 "
        "WHERE name = 'gpkg_contents'"]),
    "gpkg of 10^15 features": _database(lambda _: ["UPDATE gpkg_ogr_contents SET feature_count = 1000000000000000"]),
}  # fmt: skip


# Counts
def _changed(kind: str, name: str, at: int, value: bytes) -> Maker:
    def make(trap: Trap) -> Path:
        trap.sample(kind)
        path = trap.folder / name
        data = path.read_bytes()
        path.write_bytes(data[:at] + value + data[at + len(value) :])
        return path

    return make


FILES |= {
    "las of 2^60 points": _changed("las 1.4", "a.las", 247, struct.pack("<Q", 1 << 60)),
    "las of 2^32 points": _changed("las", "a.las", 107, b"\xff" * 4),
    "laz of 2^60 points": _changed("laz", "a.laz", 247, struct.pack("<Q", 1 << 60)),
    "las with 2^32 records before its points": _changed("las 1.4", "a.las", 100, b"\xff" * 4),
    "shp of 4 GB": _changed("shp", "buildings.shp", 24, b"\x7f\xff\xff\xff"),
    "dbf of 2^32 rows": _changed("shp", "buildings.dbf", 4, b"\xff\xff\xff\x7f"),
    "stl of 2^32 triangles": _changed("stl", "house.stl", 80, b"\xff" * 4),
    "ply of 10^12 vertices": lambda t: t.write("a.ply", "ply\nformat ascii 1.0\nelement vertex 1000000000000\nproperty float x\nproperty float y\n"
                                               "property float z\nelement face 999999999999\nproperty list uchar int vertex_indices\nend_header\n0 0 0\n"),
    "dxf with absurd counts": lambda t: t.write("a.dxf", "0\nSECTION\n2\nENTITIES\n0\nLWPOLYLINE\n90\n2000000000\n10\n1.0\n20\n1e308\n0\nPOLYLINE\n71\n2147483647\n"
                                                "72\n2147483647\n0\nMESH\n92\n2000000000\n93\n-5\n0\nINSERT\n2\nA\n70\n30000\n71\n30000\n0\nENDSEC\n0\nEOF\n"),
    "dxf of blocks in blocks": lambda t: t.write("a.dxf", "0\nSECTION\n2\nBLOCKS\n" + "".join(
        f"0\nBLOCK\n2\nB{k}\n" + f"0\nINSERT\n2\nB{k + 1}\n10\n1\n20\n1\n" * 10 + "0\nENDBLK\n" for k in range(30)) +
        "0\nENDSEC\n0\nSECTION\n2\nENTITIES\n0\nINSERT\n2\nB0\n10\n1\n20\n1\n0\nENDSEC\n0\nEOF\n"),
    "gltf of 2^40 vertices": lambda t: t.write("a.gltf", (_GLTF % ("data:application/octet-stream;base64,AAAA", "")).replace('"count": 3', '"count": 1099511627776')),
    "gltf sparse of 2^31": lambda t: t.write("a.gltf", (_GLTF % ("data:application/octet-stream;base64,AAAA", "")).replace('"bufferView": 0, "componentType"', '"componentType"')
                                             .replace('"count": 3', '"count": 2147483647')),
    "gltf of nodes in nodes": lambda t: t.write("a.gltf", (_GLTF % (f"data:;base64,{'A' * 48}", "")).replace('"nodes": [{"mesh": 0}]',
        '"nodes": [' + ", ".join(f'{{"mesh": 0, "children": [{", ".join([str(k + 1)] * 10) if k < 30 else ""}]}}' for k in range(31)) + "]")),
    "gltf whose nodes are a ring": lambda t: t.write("a.gltf", (_GLTF % (f"data:;base64,{'A' * 48}", "")).replace('{"mesh": 0}', '{"mesh": 0, "children": [0]}')),
    "inp of cyclic patterns": lambda t: t.write("a.inp", EPANET + "[CONTROLS]\n" + "LINK P OPEN IF NODE A ABOVE 1\n" * 1000 + "[PATTERNS]\nP P P P\n" * 1000),
    "csv of one line of 300 MB": lambda t: t.write("a.csv", b"id,lat,lon\n" + b"x" * (300 << 20)),
    "csv of 100,000 columns": lambda t: t.write("a.csv", "lat,lon," + ",".join(f"c{k}" for k in range(100_000)) + "\n52,4" + ",1" * 100_000 + "\n"),
    "csv of one open quote": lambda t: t.write("a.csv", 'id,lat,lon\n"' + "1,52,4\n" * 2_000_000),
    "geojson of one point of 50 MB": lambda t: t.write("a.geojson", '{"type": "Point", "coordinates": [4, 52' + ", 1" * 17_000_000 + "]}"),
    "geojson of numbers of 10 MB": lambda t: t.write("a.geojson", '{"type": "Point", "coordinates": [4.' + "1" * 10_000_000 + ", 52]}"),
    "cityjson of indices beyond": lambda t: t.write("a.city.json", json.dumps(cityjson()).replace("[3, 2, 1, 0]", "[3, 2, 1, 999999999999]")),
    "cityjson whose parents are a ring": lambda t: t.write("a.city.json", json.dumps(cityjson()).replace('"parents": ["b1"]', '"parents": ["b1"], "children": ["b1"]')),
    "cityjson of a wide transform": lambda t: t.write("a.city.json", json.dumps(cityjson()).replace("[0.001, 0.001, 0.001]", "[1e300, 1e300, 1e300]")),
    "cityjson over half the country": lambda t: t.write("a.city.json", json.dumps(cityjson()).replace("[0.001, 0.001, 0.001]", "[10, 10, 0.001]")),
    "citygml whose links are a ring": lambda t: t.write("a.gml", document(building("B", '<bldg:lod2MultiSurface><gml:MultiSurface gml:id="m"><gml:surfaceMember xlink:href="#n"/>'
        '</gml:MultiSurface></bldg:lod2MultiSurface><bldg:lod3MultiSurface><gml:MultiSurface gml:id="n"><gml:surfaceMember xlink:href="#m"/></gml:MultiSurface></bldg:lod3MultiSurface>'))),
    "citygml that links to a server": lambda t: t.write("a.gml", document(f'<bldg:Building gml:id="B"><bldg:lod1Solid xlink:href="{t.url}/x#y"/></bldg:Building>',
                                                                         f'<bldg:Building gml:id="C"><bldg:lod1Solid xlink:href="{t.outside}#y"/></bldg:Building>')),
    "citygml with a schema of a server": lambda t: t.write("a.gml", document(building()).replace("<core:CityModel ",
        f'<core:CityModel xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:schemaLocation="http://www.opengis.net/citygml/2.0 {t.url}/x.xsd" ')),
    "gml with a schema of a server": lambda t: t.write("b.gml", f'<FeatureCollection xmlns="http://www.opengis.net/gml" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xsi:schemaLocation="http://x {t.url}/x.xsd"><featureMember><A><pos>4 52</pos></A></featureMember></FeatureCollection>'),
}  # fmt: skip


@_made("parquet of one text repeated")
def _(trap: Trap) -> Path:
    """Pages that name one long text again and again: some kilobytes become gigabytes."""
    import pyarrow as pa
    import pyarrow.parquet

    text = pa.DictionaryArray.from_arrays(pa.array(np.zeros(200_000, np.int32)), pa.array(["x" * 50_000]))
    place = pa.array([struct.pack("<BIdd", 1, 1, 4.0, 52.0)] * 200_000)
    meta = {"version": "1.0.0", "primary_column": "geometry", "columns": {"geometry": {"encoding": "WKB", "geometry_types": []}}}
    table = pa.table({"name": text, "geometry": place}).replace_schema_metadata({"geo": json.dumps(meta)})
    pyarrow.parquet.write_table(table, trap.folder / "a.parquet", compression="zstd")
    return trap.folder / "a.parquet"


@_made("timetable of 3,000,000 lines")
def _(trap: Trap) -> Path:
    path = trap.folder / "a.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, text in GTFS.items():
            archive.writestr(f"{name}.txt", text + "a,S1,8:00:00,8:00:00,1\n" * 3_000_000 if name == "stop_times" else text)
    return path


def _one_long(n: int, usual: str) -> np.ndarray:
    out = np.full(n, usual, object)
    out[7] = "x" * 1_000_000
    return out


@_made("one long text among many")
def _(trap: Trap) -> Path:
    """In an array of letters every row would be as long as the longest."""
    import geopandas
    import shapely

    n = 30_000
    east, north = 85_000 + 20 * (np.arange(n) % 200), 447_000 + 20 * (np.arange(n) // 200)
    columns = {c: _one_long(n, "yes") for c in ("name", "building", "roof_shape")}
    columns["id"] = np.array(["y" * 1_000_000, *(f"i{k}" for k in range(1, n))], object)
    geopandas.GeoDataFrame(columns, geometry=shapely.box(east, north, east + 9, north + 9), crs=28992).to_file(
        trap.folder / "buildings.gpkg", driver="GPKG", engine="pyogrio"
    )
    return trap.folder / "buildings.gpkg"


@_made("one long text among roads")
def _(trap: Trap) -> Path:
    import geopandas
    import shapely

    n = 30_000
    x = 85_000 + 20.0 * np.arange(n) % 4000
    y = 447_000 + 20.0 * (np.arange(n) // 200)
    lines = shapely.linestrings(np.stack([np.stack([x, y], 1), np.stack([x + 20, y], 1)], 1))
    columns = {c: _one_long(n, "residential") for c in ("highway", "name", "junction", "oneway", "access")}
    geopandas.GeoDataFrame(columns, geometry=lines, crs=28992).to_file(trap.folder / "roads.gpkg", driver="GPKG", engine="pyogrio")
    return trap.folder / "roads.gpkg"


# Names
NAMES = ["مدينة\u202egnp.", "🏙️🌆", "new\nline", "tab\tand\rreturn", "x" * 240, "%s%n{0}$(id)`id`", "<b onclick=1>&amp;", "-rf", "'; DROP TABLE x; --", "\u0000".join("ab"),
         "\ud800half", "ﷺ" * 60, "con", " space ", "..", "a/b", "\u200b", "ℌ𝔢𝔩𝔩𝔬", "\x1b[31mred", "x" * 10_000]  # fmt: skip


_WHOLE = [n for n in NAMES if "\ud800" not in n and "\0" not in n]
"""Those that are text."""


@_made("half a letter in cityjson")
def _(trap: Trap) -> Path:
    return trap.write("a.city.json", json.dumps(cityjson()).replace("house", "\\ud800"))


@_made("half a letter in geojson")
def _(trap: Trap) -> Path:
    return trap.write(
        "a.geojson", '{"type": "Feature", "properties": {"name": "\\ud800"}, "geometry": {"type": "Point", "coordinates": [4, 52]}}'
    )


@_made("names in cityjson")
def _(trap: Trap) -> Path:
    model = cityjson()
    model["CityObjects"] = {
        name: {"type": "Building", "attributes": {name: name, "name": name, "function": name}, "children": _WHOLE[:3],
               "geometry": [{"type": "MultiSurface", "lod": name, "boundaries": [[[0, 1, 2]]]}]} for name in _WHOLE
    }  # fmt: skip
    return trap.write("a.city.json", json.dumps(model))


@_made("names in geojson")
def _(trap: Trap) -> Path:
    ring = [[[4, 52], [4.001, 52], [4, 52.001], [4, 52]]]
    features = [{"type": "Feature", "id": n, "properties": {n: n, "name": n, "building": n, "height": n}, "geometry": {"type": "Polygon", "coordinates": ring}}
                for n in _WHOLE]  # fmt: skip
    return trap.write("a.geojson", json.dumps({"type": "FeatureCollection", "name": _WHOLE[0], "features": features}))


@_made("names in layers")
def _(trap: Trap) -> Path:
    import geopandas
    import shapely

    path = trap.folder / "a.gpkg"
    for k, name in enumerate(n for n in _WHOLE if len(n) < 1000):
        table = geopandas.GeoDataFrame({f"c{name}": [name]}, geometry=[shapely.box(4, 52, 4.01, 52.01)], crs=4326)
        table.to_file(path, layer=f"{k}{name}", driver="GPKG", engine="pyogrio")
    return path


@_made("names in pandapower")
def _(trap: Trap) -> Path:
    model = json.loads(trap.sample("pandapower").read_text())
    for k, entry in enumerate(model["_object"].values()):
        if isinstance(entry, dict) and "_object" in entry:
            inner = json.loads(entry["_object"])
            at = inner["columns"].index("name") if "name" in inner["columns"] else -1
            for r, row in enumerate(inner["data"]):
                row[at] = NAMES[(r + 5 * k) % len(NAMES)] if at >= 0 else row[at]
            entry["_object"] = json.dumps(inner)
    return trap.write("grid.json", json.dumps(model))


@_made("names in osm")
def _(trap: Trap) -> Path:
    from xml.sax.saxutils import quoteattr

    good = [n for n in _WHOLE if (n.isprintable() or "\u202e" in n) and len(n) < 250]
    tags = "".join(
        f'<node id="{k}" lat="52" lon="4"><tag k="name" v={quoteattr(n)}/><tag k={quoteattr(n)} v="1"/><tag k="amenity" v="school"/></node>'
        for k, n in enumerate(good)
    )
    return trap.write("a.osm", f'<?xml version="1.0"?><osm version="0.6">{tags}</osm>')


@_made("names in gltf")
def _(trap: Trap) -> Path:
    path = trap.sample("gltf")
    model = json.loads(path.read_text())
    model["nodes"] = [{"mesh": 0, "name": n, "extras": {n: n}} for n in NAMES]
    model["scenes"] = [{"nodes": list(range(len(NAMES))), "name": NAMES[1]}]
    return trap.write("a.gltf", json.dumps(model))


@_made("names in csv")
def _(trap: Trap) -> Path:
    import csv

    out = io.StringIO()
    csv.writer(out).writerows([["id", "lat", "lon", *_WHOLE], *([n, 52, 4, *_WHOLE] for n in _WHOLE)])
    return trap.write("a.csv", out.getvalue())


@_made("names of files")
def _(trap: Trap) -> Path:
    whole = trap.sample("geojson").read_bytes()
    (trap.folder / "buildings.geojson").unlink()
    for k, name in enumerate(NAMES):
        if "/" not in name and "\0" not in name and len(name.encode("utf-8", "replace")) < 240 and name not in ("..",):
            raw = name.encode("utf-8", "surrogatepass") + (b"" if k % 2 else b"\xff")
            Path(os.fsdecode(os.fsencode(trap.folder) + b"/" + raw + b".geojson")).write_bytes(whole)
    (trap.folder / ("🏙️" * 20)).mkdir()
    return trap.folder


@_made("one name that is no text")
def _(trap: Trap) -> Path:
    whole = trap.sample("geojson").read_bytes()
    path = Path(os.fsdecode(os.fsencode(trap.folder) + b"/\xff\xfe\nx\x1b.geojson"))
    path.write_bytes(whole[:-20])
    return path


# Folders and special files
@_made("folder of 10,000 files")
def _(trap: Trap) -> Path:
    for k in range(10_000):
        (trap.folder / f"{k}.geojson").write_bytes(b"{}")
    return trap.folder


@_made("folder of links in a ring")
def _(trap: Trap) -> Path:
    inner = trap.folder / "a" / "b"
    inner.mkdir(parents=True)
    (inner / "up").symlink_to(trap.folder)
    (inner / "up2").symlink_to(trap.folder / "a")
    (inner / "self").symlink_to(inner / "self")
    (trap.folder / "x.geojson").symlink_to(trap.folder / "x.geojson")
    MAKERS["geojson"](inner)
    return trap.folder


@_made("folder with special files")
def _(trap: Trap) -> Path:
    os.mkfifo(trap.folder / "pipe.geojson")
    (trap.folder / "zero.tif").symlink_to("/dev/zero")
    (trap.folder / "random.gml").symlink_to("/dev/urandom")
    (trap.folder / "nowhere.gpkg").symlink_to(trap.folder / "missing")
    MAKERS["geojson"](trap.folder)
    return trap.folder


@_made("named pipe")
def _(trap: Trap) -> Path:
    os.mkfifo(trap.folder / "pipe.geojson")
    return trap.folder / "pipe.geojson"


@_made("device")
def _(trap: Trap) -> Path:
    (trap.folder / "zero.geojson").symlink_to("/dev/zero")
    return trap.folder / "zero.geojson"


@_made("recipe that is a pipe")
def _(trap: Trap) -> Path:
    os.mkfifo(trap.folder / "city.toml")
    return trap.folder


@_made("recipe that is a device")
def _(trap: Trap) -> Path:
    (trap.folder / "city.toml").symlink_to("/dev/zero")
    return trap.folder / "city.toml"


@_made("folders that are files")
def _(trap: Trap) -> Path:
    for name in ("a.geojson", "b.tif", "c.gpkg", "d.gdb", "e.zip", "f.las", "city.toml", "g.parquet", "tileset.json"):
        (trap.folder / name).mkdir()
    return trap.folder


@_made("files that cannot be read")
def _(trap: Trap) -> Path:
    path = trap.sample("geojson")
    path.chmod(0)
    return path


@_made("file of wrong encoding")
def _(trap: Trap) -> Path:
    text = trap.sample("geojson").read_text("utf-8")
    return trap.write("a.geojson", text.encode("utf-16"))


@_made("citygml that says utf-8 and is not")
def _(trap: Trap) -> Path:
    return trap.write("a.gml", document(building("B1", "<gml:name>横浜</gml:name>")).encode("cp932", "replace"))


@_made("citygml of utf-7")
def _(trap: Trap) -> Path:
    return trap.write("a.gml", document(building()).replace("UTF-8", "UTF-7").encode("utf-7"))
