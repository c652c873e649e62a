"""Imagery: where it lies, how much of it is read, tiles on disk, hillshade, pictures in the scene."""

from __future__ import annotations

import io
import math
import sqlite3
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from pyproj import CRS, Transformer

from layers.catalogue import city_layers
from layers.drawing import Sheet
from layers.ground import Ground
from layers.imagery import HillshadeLayer, ImageryLayer, lattice, shaded
from tests.test_readers_formats import RD, house, write_vector
from twin.city.city import City
from twin.city.overhead import picture_of
from twin.city.picture import Picture
from twin.city.readers import read_file
from twin.city.readers.imagery import read_imagery
from twin.city.readers.maptiles import HALF_M, MERCATOR, decoded, tiles_image
from twin.city.readers.parts import Hints, ImagePart
from twin.city.recipe import open_city
from twin.city.terrain import Grid, Terrain
from twin.errors import InputError
from twin.frame import LocalFrame

FRAME = LocalFrame("EPSG:28992", RD)
SPOT = (RD[0] + 40.0, RD[1] + 25.0)
"""A red square of 10 m in every test picture, by its south-west corner."""


def chart(cell: float = 1.0, side: int = 100) -> np.ndarray:
    """RGB (side, side, 3), north-up from RD: blue, with the red square."""
    rgb = np.zeros((side, side, 3), np.uint8)
    rgb[..., 2] = 200
    x, y = (np.arange(side) + 0.5) * cell, (side - np.arange(side) - 0.5) * cell
    red = ((x > 40) & (x < 50))[None] & ((y > 25) & (y < 35))[:, None]
    rgb[red] = (220, 0, 0)
    return rgb


def write_photo(path: Path, rgb: np.ndarray, at: Affine, crs: str | None = "EPSG:28992", **more: object) -> None:
    options = {"driver": "GTiff", "height": rgb.shape[0], "width": rgb.shape[1], "count": rgb.shape[2], "dtype": rgb.dtype, **more}
    with rasterio.open(path, "w", crs=crs, transform=at, **options) as out:
        out.write(np.moveaxis(rgb, 2, 0))


def red_square(picture: Picture | None) -> tuple[float, float, float, float]:
    """Local bounds of what is red."""
    assert picture is not None
    rows, columns, _ = picture.rgba.shape
    x0, y0, x1, y1 = picture.bounds
    r, c = np.nonzero((picture.rgba[..., 0] > 110) & (picture.rgba[..., 3] > 0))
    px, py = (x1 - x0) / columns, (y1 - y0) / rows
    return x0 + c.min() * px, y0 + r.min() * py, x0 + (c.max() + 1) * px, y0 + (r.max() + 1) * py


def lies_right(picture: Picture | None, tolerance: float) -> bool:
    return np.allclose(red_square(picture), (40, 25, 50, 35), atol=tolerance)


def place(part: ImagePart) -> Picture | None:
    return picture_of(part, FRAME, (0.0, 0.0, 100.0, 100.0))


def test_that_a_photograph_lies_where_its_file_says(tmp_path: Path) -> None:
    write_photo(tmp_path / "ortho.tif", chart(), Affine(1, 0, RD[0], 0, -1, RD[1] + 100))
    assert lies_right(place(read_file(tmp_path / "ortho.tif", Hints()).images[0]), 1e-6)


def test_that_a_photograph_in_another_crs_lies_there_too(tmp_path: Path) -> None:
    from rasterio.warp import reproject, transform_bounds

    source = Affine(1, 0, RD[0], 0, -1, RD[1] + 100)
    for epsg in (4326, 3857, 32631):
        x0, y0, x1, y1 = transform_bounds("EPSG:28992", f"EPSG:{epsg}", RD[0], RD[1], RD[0] + 100, RD[1] + 100)
        at = Affine((x1 - x0) / 120, 0, x0, 0, (y0 - y1) / 120, y1)
        out = np.zeros((3, 120, 120), np.uint8)
        reproject(np.moveaxis(chart(), 2, 0), out, src_transform=source, src_crs="EPSG:28992", dst_transform=at, dst_crs=f"EPSG:{epsg}")
        write_photo(tmp_path / f"{epsg}.tif", np.moveaxis(out, 0, 2), at, f"EPSG:{epsg}")
        assert lies_right(place(read_file(tmp_path / f"{epsg}.tif", Hints()).images[0]), 1.6), epsg


def test_that_a_photograph_aslant_is_turned(tmp_path: Path) -> None:
    turn = Affine.translation(RD[0] + 40, RD[1] + 30) @ Affine.rotation(20) @ Affine.translation(-60, 60) @ Affine.scale(0.5, -0.5)
    c, r = np.meshgrid(np.arange(240) + 0.5, np.arange(240) + 0.5)
    x, y = turn.a * c + turn.b * r + turn.c - RD[0], turn.d * c + turn.e * r + turn.f - RD[1]
    rgb = np.where(((x > 40) & (x < 50) & (y > 25) & (y < 35))[..., None], (220, 0, 0), (0, 0, 200)).astype(np.uint8)
    write_photo(tmp_path / "photo.tif", rgb, turn)
    assert lies_right(place(read_file(tmp_path / "photo.tif", Hints()).images[0]), 1.0)


def test_that_a_jpeg_with_a_world_file_opens_and_without_does_not(tmp_path: Path) -> None:
    Image.fromarray(chart(0.5, 200)).save(tmp_path / "plan.jpg", quality=95)
    with pytest.raises(InputError, match="where it lies"):
        open_city(tmp_path / "plan.jpg")
    (tmp_path / "plan.jgw").write_text(f"0.5\n0\n0\n-0.5\n{RD[0] + 0.25}\n{RD[1] + 100 - 0.25}\n")
    with pytest.raises(InputError, match="coordinate system"):
        open_city(tmp_path / "plan.jpg")
    (tmp_path / "plan.prj").write_text(CRS.from_epsg(28992).to_wkt("WKT1_ESRI"))
    for what in (tmp_path / "plan.jpg", tmp_path):
        city = open_city(what)
        x, y = city.frame.to_crs(*np.reshape(red_square(city.pictures["plan"]), (2, 2)).T)
        assert np.allclose([x[0], y[0], x[1], y[1]], [*SPOT, SPOT[0] + 10, SPOT[1] + 10], atol=1.1)


@pytest.mark.parametrize("kind", ["grey", "palette", "alpha", "sixteen bits", "nodata"])
def test_that_every_kind_of_pixel_becomes_colour(tmp_path: Path, kind: str) -> None:
    path, at, rgb = tmp_path / "ortho.tif", Affine(1, 0, RD[0], 0, -1, RD[1] + 100), chart()
    red = rgb[..., 0] > 0
    if kind == "grey":
        write_photo(path, rgb[..., :1], at)
    elif kind == "palette":
        write_photo(path, red[..., None].astype(np.uint8), at)
        with rasterio.open(path, "r+") as file:
            file.write_colormap(1, {0: (0, 0, 200, 255), 1: (220, 0, 0, 255)})
    elif kind == "alpha":
        write_photo(path, np.dstack([rgb, np.where(red, 255, 0)]).astype(np.uint8), at, photometric="RGB", alpha="YES")
    elif kind == "sixteen bits":
        write_photo(path, rgb.astype(np.uint16) * 40, at, photometric="RGB")
    else:
        write_photo(path, rgb, at, nodata=0, photometric="RGB")
    picture = place(read_file(path, Hints(role="imagery" if kind == "grey" else "")).images[0])
    assert lies_right(picture, 1e-6)
    assert picture is not None
    clear = picture.rgba[..., 3] == 0
    assert clear.any() == (kind == "alpha")


def test_that_only_the_city_is_read_and_as_finely_as_the_budget_allows(tmp_path: Path) -> None:
    rgb = np.full((3000, 3000, 3), 90, np.uint8)
    write_photo(tmp_path / "ortho.tif", rgb, Affine(1, 0, RD[0] - 1500, 0, -1, RD[1] + 1500), tiled=True)
    part = read_file(tmp_path / "ortho.tif", Hints()).images[0]
    small = place(part)
    assert small is not None
    assert small.rgba.shape[0] < 160
    assert np.allclose(small.bounds, (-25, -25, 125, 125), atol=3)
    whole = picture_of(part, FRAME, None, 10_000)
    assert whole is not None
    assert 0.9 < whole.rgba.shape[0] * whole.rgba.shape[1] / 10_000 <= 1
    assert np.allclose(whole.bounds, (-1500, -1500, 1500, 1500))
    assert picture_of(part, FRAME, (9000, 9000, 9100, 9100)) is None


def test_that_tiles_of_a_survey_are_one_picture(tmp_path: Path) -> None:
    rgb = chart(1.0, 100)
    for i in range(2):
        for j in range(2):
            part = rgb[50 * j : 50 * j + 50, 50 * i : 50 * i + 50]
            write_photo(tmp_path / f"ortho_{i}{j}.tif", part, Affine(1, 0, RD[0] + 50 * i, 0, -1, RD[1] + 100 - 50 * j))
    write_vector(tmp_path / "pand.gpkg", [house(5, 5), house(80, 80)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    city = open_city(tmp_path)
    assert len(city.pictures) == 1
    picture = next(iter(city.pictures.values()))
    x, y = city.frame.to_crs(*np.reshape(red_square(picture), (2, 2)).T)
    assert np.allclose([x[0], y[0], x[1], y[1]], [*SPOT, SPOT[0] + 10, SPOT[1] + 10], atol=1.1)
    assert (picture.rgba[..., 3] == 255).all()
    assert len(city.sources) == 5


def tile_of(zoom: int, x: int, y: int, side: int = 256) -> bytes:
    """The test picture in a map tile."""
    size = 2 * HALF_M / 2**zoom
    at = (np.arange(side) + 0.5) / side * size
    e, n = np.meshgrid(-HALF_M + x * size + at, HALF_M - y * size - at)
    rx, ry = Transformer.from_crs(3857, 28992, always_xy=True).transform(e, n)
    red = (rx > SPOT[0]) & (rx < SPOT[0] + 10) & (ry > SPOT[1]) & (ry < SPOT[1] + 10)
    rgb = np.where(red[..., None], (220, 0, 0), (0, 0, 200)).astype(np.uint8)
    out = io.BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()


LOWEST, HIGHEST = 16, 19


def every_tile(write: Callable[[int, int, int, bytes], None], missing: int = 0) -> None:
    """All tiles over the test area, but for some of the highest zoom."""
    lon, lat = FRAME.to_lonlat([0.0, 100.0], [0.0, 100.0])
    left = missing
    for zoom in range(LOWEST, HIGHEST + 1):
        columns = ((lon + 180) / 360 * 2**zoom).astype(int)
        rows = ((1 - np.arcsinh(np.tan(np.radians(lat))) / math.pi) / 2 * 2**zoom).astype(int)
        for x in range(columns[0], columns[1] + 1):
            for y in range(rows[1], rows[0] + 1):
                if zoom == HIGHEST and left:
                    left -= 1
                    continue
                write(zoom, x, y, tile_of(zoom, x, y))


def write_mbtiles(path: Path, missing: int = 0, **metadata: str) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE metadata (name text, value text)")
    db.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    db.executemany("INSERT INTO metadata VALUES (?, ?)", list(metadata.items()))
    every_tile(lambda z, x, y, d: db.execute("INSERT INTO tiles VALUES (?, ?, ?, ?)", (z, x, 2**z - 1 - y, d)), missing)
    db.commit()
    db.close()


@pytest.mark.parametrize("missing", [0, 2])
def test_that_mbtiles_lie_right_and_coarser_tiles_stand_in_for_missing_ones(tmp_path: Path, missing: int) -> None:
    write_mbtiles(tmp_path / "area.mbtiles", missing, name="Photo", attribution="<a href='x'>A & B</a>", format="png")
    parts = read_imagery(tmp_path / "area.mbtiles", Hints())
    assert parts.images[0].name == "Photo"
    assert parts.sources[0].attribution == "A & B"
    picture = place(parts.images[0])
    assert lies_right(picture, 1.5 if missing else 0.6)
    assert picture is not None
    x = picture.bounds[0] + (np.arange(picture.rgba.shape[1]) + 0.5) / picture.rgba.shape[1] * (picture.bounds[2] - picture.bounds[0])
    assert (picture.rgba[picture.rgba.shape[0] // 2, (x > 1) & (x < 99), 3] == 255).all()


@pytest.mark.parametrize("scheme", ["xyz", "tms"])
def test_that_folders_of_tiles_lie_right_in_either_order_of_rows(tmp_path: Path, scheme: str) -> None:
    def write(z: int, x: int, y: int, data: bytes) -> None:
        folder = tmp_path / "tiles" / str(z) / str(x)
        folder.mkdir(parents=True, exist_ok=True)
        (folder / f"{y if scheme == 'xyz' else 2**z - 1 - y}.png").write_bytes(data)

    every_tile(write)
    (tmp_path / "tiles" / "metadata.json").write_text(f'{{"scheme": "{scheme}", "name": "Area"}}')
    write_vector(tmp_path / "pand.gpkg", [house(5, 5), house(80, 80)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    city = open_city(tmp_path)
    x, y = city.frame.to_crs(*np.reshape(red_square(city.pictures["Area"]), (2, 2)).T)
    assert np.allclose([x[0], y[0], x[1], y[1]], [*SPOT, SPOT[0] + 10, SPOT[1] + 10], atol=0.6)


def test_that_few_tiles_are_asked_for_whatever_the_area() -> None:
    asked: list[tuple[int, int, int]] = []

    def get(z: int, x: int, y: int) -> bytes:
        asked.append((z, x, y))
        return tile_of(z, x, y, 16)

    part = tiles_image("World", None, (0, 19), get, "s", most_tiles=30)
    found = part.read((-2e6, -2e6, 3e6, 3e6), 10**9)
    assert found is not None
    assert 8 < len(asked) <= 50
    assert len({z for z, _, _ in asked[20:]}) == 1
    asked.clear()
    deep = tiles_image("Deep", None, (18, 18), get, "s", most_tiles=30)
    assert deep.read((-2e6, -2e6, 3e6, 3e6), 10**6) is not None
    assert len(asked) <= 31
    assert part.crs == MERCATOR


def test_that_tiles_in_a_geopackage_open_beside_its_layers(tmp_path: Path) -> None:
    path = tmp_path / "area.gpkg"
    write_vector(path, [house(5, 5), house(80, 80)], "EPSG:28992", "GPKG", "pand", height=[9.0, 9.0])
    photo = {"driver": "GPKG", "APPEND_SUBDATASET": "YES", "RASTER_TABLE": "photo", "TILE_FORMAT": "PNG"}
    write_photo(path, chart(), Affine(1, 0, RD[0], 0, -1, RD[1] + 100), **photo)
    city = open_city(path)
    assert len(city.buildings) == 2
    x, y = city.frame.to_crs(*np.reshape(red_square(city.pictures["photo"]), (2, 2)).T)
    assert np.allclose([x[0], y[0], x[1], y[1]], [*SPOT, SPOT[0] + 10, SPOT[1] + 10], atol=1.1)


def test_that_vector_tiles_and_bad_tiles_are_told_or_left_clear(tmp_path: Path) -> None:
    db = sqlite3.connect(tmp_path / "v.mbtiles")
    db.execute("CREATE TABLE metadata (name text, value text)")
    db.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
    db.execute("INSERT INTO tiles VALUES (0, 0, 0, ?)", (b"\x1f\x8b\x08rest",))
    db.commit()
    db.close()
    with pytest.raises(InputError, match="vector tiles"):
        open_city(tmp_path / "v.mbtiles")
    assert decoded(b"\x89PNG\r\n\x1a\n" + bytes(50)) is None
    assert decoded(None) is None
    assert tiles_image("x", None, (0, 3), lambda *_: b"no picture", "s").read((0, 0, 1e6, 1e6), 10**6) is None


def test_that_a_view_that_never_ends_is_given_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import twin.city.readers.imagery as module

    monkeypatch.setattr(module, "SQL_SECONDS", 0.3)
    db = sqlite3.connect(tmp_path / "v.mbtiles")
    db.execute("CREATE TABLE metadata (name text, value text)")
    db.execute(
        "CREATE VIEW tiles AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) "
        "SELECT i AS zoom_level, 0 AS tile_column, 0 AS tile_row, x'00' AS tile_data FROM n"
    )
    db.commit()
    db.close()
    with pytest.raises(InputError, match="cannot be read"):
        open_city(tmp_path / "v.mbtiles")


@settings(max_examples=40, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=20), cut=st.floats(0.3, 1.6), photo=st.booleans())
def test_that_broken_imagery_opens_or_is_refused(tmp_path: Path, changes: list[tuple[float, int]], cut: float, photo: bool) -> None:
    path = tmp_path / ("b.tif" if photo else "b.mbtiles")
    path.unlink(missing_ok=True)
    if photo:
        write_photo(path, chart(), Affine(1, 0, RD[0], 0, -1, RD[1] + 100), compress="jpeg")
    else:
        db = sqlite3.connect(path)
        db.execute("CREATE TABLE metadata (name text, value text)")
        db.execute("CREATE TABLE tiles (zoom_level integer, tile_column integer, tile_row integer, tile_data blob)")
        db.execute("INSERT INTO tiles VALUES (1, 1, 1, ?)", (tile_of(1, 1, 0, 32),))
        db.commit()
        db.close()
    data = bytearray(path.read_bytes())
    for at, value in changes:
        data[min(int(at * len(data)), len(data) - 1)] = value
    path.write_bytes(bytes(data[: int(cut * len(data))]))
    try:
        open_city(path, use_cache=False)
    except InputError:
        pass


def hill(n: int = 60) -> Terrain:
    y, x = np.mgrid[:n, :n] * 2.0
    return Terrain(Grid(0, 0, 2.0, n, n), (20 * np.exp(-((x - n) ** 2 + (y - n) ** 2) / 800)).astype(np.float32), "t")


def test_that_hills_are_bright_towards_the_north_west_and_dark_away_from_it() -> None:
    rgba = shaded(hill()).rgba
    n = len(rgba)
    north_west, south_east = rgba[n // 2 + 8, n // 2 - 8, 0], rgba[n // 2 - 8, n // 2 + 8, 0]
    level = rgba[2, 2, 0]
    assert int(north_west) > int(level) + 20 > int(south_east) + 60
    gap = hill()
    gap.elevation[:5] = np.nan
    assert (shaded(gap).rgba[:5, :, 3] == 0).all()


def test_that_a_picture_follows_the_drawn_ground() -> None:
    ground = Ground.of(City("x", FRAME, terrain=hill()))
    x, y, z = lattice((10.0, 20.0, 90.5, 101.0), ground)
    assert (x[0], x[-1], y[0], y[-1]) == (10.0, 90.5, 20.0, 101.0)
    assert z.shape == (len(y), len(x))
    assert np.allclose(z, ground.height(*np.meshgrid(x, y)), atol=1e-5)


def test_that_a_city_with_a_photograph_shows_it_under_its_vectors(tmp_path: Path) -> None:
    picture = Picture((0, 0, 100, 100), np.full((50, 50, 4), 255, np.uint8), "s")
    city = City("x", FRAME, terrain=hill(), pictures={"photo": picture})
    layers = {x.id: x for x in city_layers(city)}
    assert isinstance(layers["hillshade"], HillshadeLayer)
    assert not layers["hillshade"].visible
    imagery = layers["imagery"]
    assert isinstance(imagery, ImageryLayer)
    assert imagery.visible
    (sheet,) = imagery.draw()
    assert isinstance(sheet, Sheet)
    assert sheet.order < 1
    assert imagery.bounds() is not None


def test_that_a_picture_and_dots_are_seen(tmp_path: Path) -> None:
    from gui.shot import shot
    from twin.city.cloud import Cloud

    rgba = np.zeros((64, 64, 4), np.uint8)
    rgba[..., :] = (20, 20, 230, 255)
    y, x = np.mgrid[20:80:200j, 20:80:200j]
    dots = Cloud(
        np.column_stack([x.ravel(), y.ravel(), np.full(x.size, 12)]).astype(np.float32), np.full(x.size, 5, np.uint8), None, x.size
    )
    flat = Terrain(Grid(0, 0, 2.0, 60, 60), np.zeros((60, 60), np.float32), "t")
    for clouds in ({}, {"c": dots}):
        city = City("x", FRAME, terrain=flat, pictures={"p": Picture((0, 0, 120, 120), rgba, "s")}, clouds=clouds)
        shot(city, tmp_path / "a.png", "top", (400, 300))
        seen = np.asarray(Image.open(tmp_path / "a.png").convert("RGB")).astype(int)
        red, green, blue = seen[150, 200]
        if clouds:
            assert blue < 200
        else:
            assert blue > 150
            assert blue > red + 80
            assert blue > green + 80
