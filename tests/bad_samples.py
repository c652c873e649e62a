# ruff: noqa: E501, one file a line
"""One small good file of every format that is read, to be broken: made here, by our own writers, or by the tests of the reader."""

from __future__ import annotations

import gzip
import json
import shutil
import sqlite3
import struct
import zipfile
from collections.abc import Callable
from pathlib import Path

import geopandas
import numpy as np
import shapely

from tests.citygml_documents import building, document, polygon
from tests.gltf_files import Document
from tests.little_city import little_city
from tests.network_files import written
from tests.test_imagery import write_mbtiles, write_photo
from tests.test_pointcloud import scene, write_copc, write_las
from tests.test_readers_formats import slope, write_raster
from tests.test_readers_osm import _binary, town
from tests.test_tiles3d import b3dm, enu, i3dm, packed, tile, tileset


def _table() -> geopandas.GeoDataFrame:
    """Houses, a street and a tree over Delft, with every usual kind of column."""
    shapes = [shapely.box(85000 + 20 * k, 447000, 85012 + 20 * k, 447010) for k in range(4)]
    shapes[3] = shapely.Polygon(shapes[3].exterior, [shapely.box(85063, 447003, 85066, 447006).exterior])
    columns = {
        "id": ["a", "b", "c", "d"], "height": [9.0, 12.5, None, 7.0], "name": ["Huis", "房子", "", None], "storeys": [3, 4, 2, 1],
        "built": ["1900", "2001", "1950", "1999"],
    }  # fmt: skip
    return geopandas.GeoDataFrame(columns, geometry=shapes, crs="EPSG:28992")


def _vector(driver: str, name: str, degrees: bool = False, only: str = "") -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        table = _table().to_crs(4326) if degrees else _table()
        if only == "lines":
            table = table.set_geometry(table.geometry.boundary)
        if only == "points":
            table = table.set_geometry(table.geometry.centroid)[["name", "geometry"]]
        if driver == "DXF":
            table = table[["geometry"]].set_geometry(table.geometry.boundary)
        options = {"layer": "buildings"} if driver == "GPKG" else {}
        table.to_file(folder / name, driver=driver, engine="pyogrio", **options)
        return folder / name

    return make


def _text(name: str, text: Callable[[], str]) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        (folder / name).write_text(text(), "utf-8")
        return folder / name

    return make


def _network(kind: str) -> Callable[[Path], Path]:
    return lambda folder: written(folder, kind)


def _in(crs: str, make: Callable[[Path], Path]) -> Callable[[Path], Path]:
    """With a recipe beside it that gives its coordinate system, so that it is read to the end."""

    def with_recipe(folder: Path) -> Path:
        path = make(folder)
        (folder / "city.toml").write_text(f'crs = "{crs}"\n[[source]]\npath = "{path.name}"\ncrs = "{crs}"\n', "utf-8")
        return folder / "city.toml"

    return with_recipe


def cityjson() -> dict[str, object]:
    """Two houses with surfaces, materials, a texture, a template, a road and a terrain."""
    cube = [[0, 0, 0], [9, 0, 0], [9, 9, 0], [0, 9, 0], [0, 0, 6], [9, 0, 6], [9, 9, 6], [0, 9, 6]]
    sides = [[[3, 2, 1, 0]], [[4, 5, 6, 7]], [[0, 1, 5, 4]], [[1, 2, 6, 5]], [[2, 3, 7, 6]], [[3, 0, 4, 7]]]
    far = [[x + 20, y, z] for x, y, z in cube]
    solid = {
        "type": "Solid", "lod": "2.2", "boundaries": [sides],
        "semantics": {"surfaces": [{"type": "GroundSurface"}, {"type": "RoofSurface", "slope": 3}, {"type": "WallSurface"}],
                      "values": [[0, 1, 2, 2, 2, 2]]},
        "material": {"day": {"values": [[0, 0, 0, 0, 0, None]]}},
        "texture": {"photo": {"values": [[[[0, 0, 1, 2, 3]], *([[[None]]] * 5)]]}},
    }  # fmt: skip
    shell = {"type": "MultiSurface", "lod": "1.0", "boundaries": [[[i + 8 for i in ring] for ring in side] for side in sides]}
    return {
        "type": "CityJSON", "version": "2.0", "transform": {"scale": [0.001] * 3, "translate": [85000, 447000, 0]},
        "metadata": {"referenceSystem": "https://www.opengis.net/def/crs/EPSG/0/7415", "geographicalExtent": [85000, 447000, 0, 85030, 447010, 6]},
        "CityObjects": {
            "b1": {"type": "Building", "attributes": {"measuredHeight": 6.0, "function": "house", "tags": ["x", {"y": 1}]},
                   "children": ["p1"], "geometry": [solid]},
            "p1": {"type": "BuildingPart", "parents": ["b1"], "geometry": [shell]},
            "r1": {"type": "Road", "geometry": [{"type": "MultiSurface", "lod": "1", "boundaries": [[[0, 1, 2, 3]]]}]},
            "t1": {"type": "SolitaryVegetationObject", "geometry": [{"type": "GeometryInstance", "template": 0, "boundaries": [3],
                   "transformationMatrix": [1, 0, 0, 5, 0, 1, 0, 5, 0, 0, 1, 0, 0, 0, 0, 1]}]},
            "dem": {"type": "TINRelief", "geometry": [{"type": "CompositeSurface", "lod": "1", "boundaries": [[[0, 1, 2]], [[0, 2, 3]]]}]},
        },
        "appearance": {"materials": [{"name": "m", "diffuseColor": [0.9, 0.1, 0.75]}],
                       "textures": [{"type": "PNG", "image": "a.png"}], "vertices-texture": [[0, 0], [1, 0], [1, 1], [0, 1]]},
        "geometry-templates": {"templates": [{"type": "MultiSurface", "lod": "2", "boundaries": [[[0, 1, 2]]]}],
                               "vertices-templates": [[0.0, 0.5, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 4.0]]},
        "vertices": [[int(v * 1000) for v in p] for p in [*cube, *far]],
    }  # fmt: skip


def _cityjson_lines() -> str:
    whole = cityjson()
    objects, vertices = whole.pop("CityObjects"), whole.pop("vertices")
    assert isinstance(objects, dict)
    first = json.dumps({**whole, "CityObjects": {}, "vertices": []})
    rest = [{"type": "CityJSONFeature", "id": k, "CityObjects": {k: o}, "vertices": vertices} for k, o in objects.items() if k != "p1"]
    return "\n".join([first, *(json.dumps(r) for r in rest)])


def _citygml(version: str) -> str:
    roof = "<bldg:measuredHeight>6.0</bldg:measuredHeight><bldg:storeysAboveGround>2</bldg:storeysAboveGround>"
    road = f'<tran:Road gml:id="r"><tran:lod1MultiSurface><gml:MultiSurface><gml:surfaceMember>{polygon([(0, 0, 0), (9, 0, 0), (9, 2, 0)])}' \
           "</gml:surfaceMember></gml:MultiSurface></tran:lod1MultiSurface></tran:Road>"  # fmt: skip
    extra = '<gen:stringAttribute name="owner"><gen:value>x &amp; y</gen:value></gen:stringAttribute>'
    return document(building("B1", roof + extra), building("B2", roof, at=(458020.0, 5438000.0, 100.0)), road, version=version)


def _axis(name: str) -> dict[str, str]:
    return {"standard_name": f"projection_{name}_coordinate", "units": "m"}


def _netcdf(folder: Path) -> Path:
    import xarray

    z = slope(12, 14).astype(np.float32)
    data = xarray.Dataset(
        {"z": (("y", "x"), z)}, {"y": ("y", 447000.0 + 2 * np.arange(12), _axis("y")), "x": ("x", 85000.0 + 2 * np.arange(14), _axis("x"))}
    )
    data.to_netcdf(folder / "relief.nc", engine="h5netcdf")
    return folder / "relief.nc"


def _netcdf3(folder: Path) -> Path:
    from scipy.io import netcdf_file

    with netcdf_file(str(folder / "relief.nc"), "w") as file:
        file.createDimension("y", 12)
        file.createDimension("x", 14)
        for name, values, axes in (
            ("y", 447000.0 + np.arange(12), ("y",)),
            ("x", 85000.0 + np.arange(14), ("x",)),
            ("z", slope(12, 14), ("y", "x")),
        ):
            variable = file.createVariable(name, "d", axes)
            variable[:] = values
            for key, value in _axis(name).items() if name != "z" else ():
                setattr(variable, key, value)
    return folder / "relief.nc"


def _tif(**more: object) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from rasterio.transform import Affine

        write_raster(folder / "dtm.tif", slope(40, 40), Affine(2, 0, 85000, 0, -2, 447080), "EPSG:28992", -9999.0, **more)
        return folder / "dtm.tif"

    return make


def _asc(folder: Path) -> Path:
    rows = "\n".join(" ".join(f"{v:.2f}" for v in row) for row in slope(10, 12))
    (folder / "dtm.asc").write_text(f"ncols 12\nnrows 10\nxllcorner 85000\nyllcorner 447000\ncellsize 2\nNODATA_value -9999\n{rows}\n")
    return folder / "dtm.asc"


def _vrt(folder: Path) -> Path:
    _tif()(folder)
    (folder / "all.vrt").write_text(
        '<VRTDataset rasterXSize="40" rasterYSize="40"><SRS>EPSG:28992</SRS><GeoTransform>85000,2,0,447080,0,-2</GeoTransform>'
        '<VRTRasterBand dataType="Float32" band="1"><NoDataValue>-9999</NoDataValue><SimpleSource>'
        '<SourceFilename relativeToVRT="1">dtm.tif</SourceFilename><SourceBand>1</SourceBand>'
        '<SrcRect xOff="0" yOff="0" xSize="40" ySize="40"/><DstRect xOff="0" yOff="0" xSize="40" ySize="40"/>'
        "</SimpleSource></VRTRasterBand></VRTDataset>"
    )
    return folder / "all.vrt"


def _photo(folder: Path) -> Path:
    from rasterio.transform import Affine

    write_photo(folder / "ortho.tif", np.full((3, 60, 60), 90, np.uint8), Affine(1, 0, 85000, 0, -1, 447060))
    return folder / "ortho.tif"


def _mbtiles(folder: Path) -> Path:
    write_mbtiles(folder / "area.mbtiles", name="Photo", format="png", minzoom="16", maxzoom="19")
    return folder / "area.mbtiles"


def _pyramid(folder: Path) -> Path:
    db = sqlite3.connect(_mbtiles(folder))
    for z, x, y, data in db.execute("SELECT * FROM tiles"):
        at = folder / "tiles" / str(z) / str(x)
        at.mkdir(parents=True, exist_ok=True)
        (at / f"{2**z - 1 - y}.png").write_bytes(data)
    db.close()
    (folder / "area.mbtiles").unlink()
    (folder / "tiles" / "metadata.json").write_text('{"scheme": "xyz", "name": "Area"}')
    return folder / "tiles"


def _cloud(name: str, version: str, point_format: int) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        write_las(folder / name, *scene(800), version, point_format)
        return folder / name

    return make


def _copc(folder: Path) -> Path:
    write_copc(folder / "a.copc.laz", [(0, 0, 0, 0, 300), (1, 0, 0, 0, 500)])
    return folder / "a.copc.laz"


def _mesh(suffix: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        import trimesh

        path = folder / f"house{suffix}"
        trimesh.creation.box((10, 8, 6)).export(str(path))
        return path

    return make


def _obj(folder: Path) -> Path:
    (folder / "a.mtl").write_text("newmtl wall\nKd 0.8 0.2 0.1\nmap_Kd a.png\n")
    corners = "".join(f"v {x} {y} {z}\n" for z in (0, 6) for y in (0, 8) for x in (0, 10))
    (folder / "a.obj").write_text(
        f"mtllib a.mtl\no house\nusemtl wall\n{corners}vt 0 0\nvt 1 0\nvn 0 0 1\nf 1/1/1 2/2/1 4/1/1 3/2/1\nf 5 6 8 7\nf 1 2 6 5\nf -8 -6 -2 -4\n"
    )
    return folder / "a.obj"


def _glb(folder: Path) -> Path:
    made = Document()
    made.box("house", (10, 8, 6), (0, 0, 0))
    made.box("shed", (3, 3, 3), (20, 0, 0))
    return made.save(folder / "a.glb")


def _gltf(folder: Path) -> Path:
    made = Document()
    made.box("house", (10, 8, 6), (0, 0, 0))
    made.json["buffers"] = [{"byteLength": len(made.binary), "uri": "a.bin"}]
    (folder / "a.bin").write_bytes(made.binary)
    (folder / "a.gltf").write_text(json.dumps(made.json))
    return folder / "a.gltf"


def _tiles(content: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        place = np.array([[0, 0, 0], [10, 0, 0]], "<f4").tobytes()
        point = packed(b"pnts", {"POINTS_LENGTH": 2, "POSITION": {"byteOffset": 0}}, place)
        data = {
            "b3dm": b3dm({"gml_id": ["a1", "b2"], "storeys": [3, 6], "tags": [{"x": 1}, None]}),
            "i3dm": i3dm({"INSTANCES_LENGTH": 2, "POSITION": {"byteOffset": 0}}, place),
            "pnts": point,
        }  # fmt: skip
        inner = [data["b3dm"], point]
        data["cmpt"] = b"cmpt" + struct.pack("<III", 1, 16 + sum(map(len, inner)), 2) + b"".join(inner)
        root = {"transform": enu().T.ravel().tolist(), "refine": "ADD", "children": [tile(f"a.{content}", 1.0), tile(f"./a.{content}")]}
        return tileset(folder / "city", root, **{f"a__{content}": data[content]})

    return make


def _zip(folder: Path) -> Path:
    whole = _vector("ESRI Shapefile", "pand.shp")(folder)
    members = sorted(folder.iterdir())
    with zipfile.ZipFile(folder / "pand.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for member in members:
            archive.write(member, member.name)
            member.unlink()
    return whole.with_suffix(".zip")


def _gdb(folder: Path) -> Path:
    _table().to_file(folder / "a.gdb", driver="OpenFileGDB", layer="buildings", engine="pyogrio")
    return folder / "a.gdb"


def _xlsx(folder: Path) -> Path:
    import openpyxl

    book = openpyxl.Workbook()
    for row in (["id", "name", "lat", "lon", "height"], ["a", "Huis", 52.0, 4.36, 9.5], ["b", "房子", 52.001, 4.361, 12]):
        book.active.append(row)
    book.save(folder / "table.xlsx")
    return folder / "table.xlsx"


def _osm(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        text = town().text()
        path = folder / name
        path.write_bytes(
            _binary(text.encode()) if name.endswith("pbf") else gzip.compress(text.encode()) if name.endswith("gz") else text.encode()
        )
        return path

    return make


def _parquet(folder: Path) -> Path:
    _table().to_parquet(folder / "pand.parquet")
    return folder / "pand.parquet"


def _store(folder: Path) -> Path:
    from twin.city.store import save_city

    save_city(little_city(side=2), folder / "city")
    return folder / "city"


def _written(name: str) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        from twin.city.writers import write_city

        write_city(little_city(side=2), folder / name)
        return folder / name

    return make


def _recipe(folder: Path) -> Path:
    _vector("GPKG", "pand.gpkg")(folder)
    (folder / "city.toml").write_text(
        'name = "Delft"\ncrs = "EPSG:28992"\nvertical = "EPSG:5709"\ntimezone = "Europe/Amsterdam"\n[[source]]\npath = "pand.gpkg"\nrole = "buildings"\n'
        'crs = "EPSG:28992"\nfields = { height = "height", id = "id" }\nlayers = ["buildings"]\nunit = "m"\nlicence = "CC0"\n', "utf-8"
    )  # fmt: skip
    return folder / "city.toml"


def _gpx() -> str:
    points = "".join(f'<trkpt lat="{52 + k * 1e-3}" lon="4.36"><ele>{k}</ele></trkpt>' for k in range(5))
    return ('<?xml version="1.0"?><gpx version="1.1" creator="t" xmlns="http://www.topografix.com/GPX/1/1"><wpt lat="52" lon="4.36"><name>A</name></wpt>'
            f"<trk><name>T</name><trkseg>{points}</trkseg></trk></gpx>")  # fmt: skip


CSV = 'id,name,lat,lon,height\na,Huis,52.0,4.36,9.5\nb,房子,52.001,4.361,12\nc,"x, y",52.002,4.362,\n'

MAKERS: dict[str, Callable[[Path], Path]] = {
    "cityjson": _text("a.city.json", lambda: json.dumps(cityjson())),
    "cityjsonseq": _text("a.city.jsonl", _cityjson_lines),
    "cityjson written": _written("a.city.json"),
    **{f"citygml {v}": _text("a.gml", lambda v=v: _citygml(v)) for v in ("1.0", "2.0", "3.0")},  # type: ignore[misc]
    "geojson": _vector("GeoJSON", "buildings.geojson", True),
    "geojsonseq": _vector("GeoJSONSeq", "buildings.geojsonl", True),
    "gpkg": _vector("GPKG", "buildings.gpkg"),
    "shp": _vector("ESRI Shapefile", "buildings.shp"),
    "fgb": _vector("FlatGeobuf", "buildings.fgb"),
    "kml": _vector("KML", "buildings.kml", True),
    "dxf": _in("EPSG:28992", _vector("DXF", "plan.dxf")),
    "sqlite": _vector("SQLite", "buildings.sqlite"),
    "gml": _vector("GML", "buildings.gml"),
    "gpx": _text("track.gpx", _gpx),
    "gdb": _gdb,
    "zip": _zip,
    "geoparquet": _parquet,
    "osm": _osm("town.osm"),
    "osm.pbf": _osm("town.osm.pbf"),
    "osm.gz": _osm("town.osm.gz"),
    "tif": _tif(),
    "tif deflate": _tif(compress="deflate", tiled=True, blockxsize=16, blockysize=16),
    "tif lzw": _tif(compress="lzw", predictor=3),
    "asc": _in("EPSG:28992", _asc),
    "netcdf": _in("EPSG:28992", _netcdf),
    "netcdf3": _in("EPSG:28992", _netcdf3),
    "vrt": _vrt,
    "photo": _photo,
    "mbtiles": _mbtiles,
    "pyramid": _pyramid,
    "las": _cloud("a.las", "1.2", 3),
    "las 1.4": _cloud("a.las", "1.4", 7),
    "laz": _cloud("a.laz", "1.4", 6),
    "laz 1.2": _cloud("a.laz", "1.2", 1),
    "copc": _in("EPSG:28992", _copc),
    "obj": _obj,
    "ply": _mesh(".ply"),
    "stl": _mesh(".stl"),
    "dae": _mesh(".dae"),
    "glb": _glb,
    "gltf": _gltf,
    **{f"tiles {k}": _tiles(k) for k in ("b3dm", "i3dm", "pnts", "cmpt")},
    "tiles written": _written("tiles"),
    **{kind: _in("engineering", _network(kind)) for kind in ("epanet", "swmm", "tntp")},
    **{kind: _network(kind) for kind in ("pandapower", "gtfs", "gtfs folder", "sumo", "sumo gz")},
    "csv": _text("table.csv", lambda: CSV),
    "xlsx": _xlsx,
    "store": _store,
    "recipe": _recipe,
}
"""A function of an empty folder for each format: it makes the sample and gives the path to open."""


def real_samples(data: Path) -> dict[str, Callable[[Path], Path]]:
    """Small real files."""
    named = {
        "real cityjson": "bad/cjval/texture6.city.json", "real seq": "bad/cjval/cube_20.jsonl",
        "real fld gml": "plateau/nusamai/numazu-shi/udx/tnm/523855_tnm_6697_op.gml",
        "real b3dm": "tiles3d_cesium/1.0/TilesetWithRequestVolume/city/ll.b3dm",
        "real implicit": "tiles3d_cesium/1.1/SparseImplicitQuadtree", "real sqlite": "delft_3dfier/bgt/bgt_tunneldeel.sqlite",
        "real swmm": "swmm_pystorms/theta.inp", "real epanet": "water_wntr/networks/Net1.inp", "real shp": "infrarisk/micropolis/gis/waterbody_v1.shp",
    }  # fmt: skip
    made: dict[str, Callable[[Path], Path]] = {}
    for name, path in named.items():
        placed = name.rpartition(" ")[2] in ("cityjson", "seq", "swmm", "epanet", "shp")
        made[name] = _in("engineering", _copy_of(data / path)) if placed else _copy_of(data / path)
    return made


def _copy_of(path: Path) -> Callable[[Path], Path]:
    return lambda folder: copied(path, folder)


def copied(path: Path, folder: Path) -> Path:
    """A copy of a file and those beside it of the same name, or of a folder."""
    if path.is_dir():
        shutil.copytree(path, folder / path.name, copy_function=shutil.copyfile)
        return folder / path.name
    for beside in path.parent.glob(f"{path.stem}.*"):
        shutil.copyfile(beside, folder / beside.name)
    return folder / path.name
