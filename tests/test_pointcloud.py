"""Point clouds: their ground against a published one, roofs against those of another program, samples, broken files."""

from __future__ import annotations

import struct
from pathlib import Path

import laspy
import lazrs  # type: ignore[import-untyped]
import numpy as np
import pytest
import rasterio
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from laspy.vlrs.known import LasZipVlr
from pyproj import CRS

from layers.clouds import CloudLayer
from tests.test_readers_formats import house, write_vector
from twin.city.cloud import Cloud
from twin.city.ground_filter import ground_cells
from twin.city.readers import cloud_grids, pointcloud
from twin.city.readers.cloud_grids import CloudGrids, Thinning, cell_for
from twin.city.readers.copc import copc_nodes, is_copc
from twin.city.readers.parts import Hints, Parts, Raster
from twin.city.readers.pointcloud import copc_points, read_pointcloud
from twin.city.recipe import open_city
from twin.errors import InputError

RD = CRS.from_epsg(28992)
AT = np.array([85000.0, 447000.0, 0.0])


def scene(n: int = 20_000, seed: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """100 x 100 m of ground rising 1 in 50 to the east, a block 8 m high from 20 to 40; x, y, z and classes."""
    xyz = np.random.default_rng(seed).uniform(0, 100, (n, 3))
    xyz[:, 2] = xyz[:, 0] / 50
    roof = ((xyz[:, :2] > 20) & (xyz[:, :2] < 40)).all(1)
    xyz[roof, 2] = 8.0
    return (xyz + AT).round(3), np.where(roof, 6, 2).astype(np.uint8)


def write_las(
    path: Path, xyz: np.ndarray, kind: np.ndarray, version: str = "1.4", point_format: int = 6, crs: str | None = "EPSG:28992"
) -> None:
    header = laspy.LasHeader(point_format=point_format, version=version)
    header.scales, header.offsets = np.full(3, 0.001), AT
    if crs:
        header.add_crs(CRS.from_user_input(crs))
    las = laspy.LasData(header)
    las.x, las.y, las.z = xyz.T
    las.classification = kind
    las.return_number = np.ones(len(xyz), np.uint8)
    las.intensity = np.arange(len(xyz)) % 1000
    if "red" in las.point_format.dimension_names:
        las.red, las.green, las.blue = (np.full(len(xyz), v, np.uint16) for v in (65535, 256 * 7, 0))
    las.write(path)


def terrain_of(parts: Parts) -> Raster:
    return next(r for r in parts.rasters if r.role == "terrain")


@pytest.mark.parametrize(
    ("name", "version", "point_format"),
    [("a.las", "1.1", 1), ("a.las", "1.2", 3), ("a.laz", "1.3", 1), ("a.laz", "1.4", 6), ("a.laz", "1.4", 7)],
)
def test_that_every_version_opens_with_its_place_ground_and_roofs(tmp_path: Path, name: str, version: str, point_format: int) -> None:
    xyz, kind = scene()
    write_las(tmp_path / name, xyz, kind, version, point_format, "EPSG:28992" if version == "1.4" else None)
    parts = read_pointcloud(tmp_path / name, Hints(crs=None if version == "1.4" else RD))
    cloud = parts.clouds[0]
    assert cloud.crs == RD
    assert np.allclose(np.sort(cloud.points, axis=0), np.sort(xyz, axis=0))
    terrain, surface = (r.elevation for r in parts.rasters)
    assert 1.0 < float(np.nanmean(terrain)) < 1.05
    assert np.isfinite(terrain[60:80, 20:40]).all()  # the ground goes on under the roof
    assert float(np.nanmin(surface)) == 8.0
    assert cloud.color is not None
    assert (cloud.color[0].tolist() == [255, 7, 0]) == (point_format in (3, 7))


def test_that_a_cloud_without_crs_says_so_and_a_recipe_helps(tmp_path: Path) -> None:
    write_las(tmp_path / "a.laz", *scene(), crs=None)
    with pytest.raises(InputError, match="coordinate system"):
        open_city(tmp_path / "a.laz")
    (tmp_path / "city.toml").write_text('[[source]]\npath = "a.laz"\ncrs = "EPSG:28992"\n')
    city = open_city(tmp_path)
    assert len(city.clouds["a"]) == 20_000
    assert city.terrain is not None
    assert city.frame.crs == "EPSG:28992"


def test_that_tiles_of_a_survey_are_one_cloud_and_one_ground(tmp_path: Path) -> None:
    xyz, kind = scene()
    for n in range(2):
        half = (xyz[:, 0] < AT[0] + 50) == (n == 0)
        write_las(tmp_path / f"tile{n}.laz", xyz[half], kind[half])
    city = open_city(tmp_path)
    assert [len(c) for c in city.clouds.values()] == [20_000]
    assert city.terrain is not None
    assert np.isfinite(city.terrain.elevation).all()
    write_las(tmp_path / "other.laz", *scene(seed=2))
    assert sorted(len(c) for c in open_city(tmp_path).clouds.values()) == [20_000, 20_000]


def test_that_heights_of_a_cloud_in_feet_become_metres(tmp_path: Path) -> None:
    xyz, kind = scene()
    write_las(tmp_path / "feet.laz", xyz, kind, crs="EPSG:2263")
    parts = read_pointcloud(tmp_path / "feet.laz", Hints())
    assert parts.clouds[0].points[:, 2].max() == pytest.approx(8 * 1200 / 3937)
    assert float(np.nanmax(terrain_of(parts).elevation)) == pytest.approx(2 * 1200 / 3937, abs=0.02)
    assert [p.code for p in parts.problems] == ["height_unit_assumed"]


def test_that_of_a_huge_cloud_every_other_chunk_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    xyz, kind = scene(30_000)
    write_las(tmp_path / "a.laz", xyz, kind)
    monkeypatch.setattr(pointcloud, "MOST_READ", 15_000)
    monkeypatch.setattr(pointcloud, "LAZ_CHUNK", 3_000)
    parts = read_pointcloud(tmp_path / "a.laz", Hints())
    assert len(parts.clouds[0].points) == 15_000
    assert parts.clouds[0].total == 30_000
    assert np.allclose(parts.clouds[0].points[3000:6000], xyz[6000:9000])
    assert [p.code for p in parts.problems] == ["coarser"]


def test_that_footprints_get_the_height_of_the_roof_under_them(tmp_path: Path) -> None:
    write_las(tmp_path / "a.laz", *scene())
    write_vector(tmp_path / "pand.gpkg", [house(22, 22, 16), house(70, 70)], "EPSG:28992", "GPKG", "pand", name=["block", "gone"])
    table = open_city([tmp_path / "pand.gpkg", tmp_path / "a.laz"]).buildings.table
    assert table["height_source"].tolist() == ["surface", "neighbours"]
    assert table["height_m"][0] == pytest.approx(8 - 22 / 50, abs=0.05)


def test_that_noise_and_withheld_points_are_left_out(tmp_path: Path) -> None:
    xyz, kind = scene()
    xyz[:50, 2], kind[:50] = -40.0, 7
    xyz[50:99, 2], kind[50:99] = 400.0, 18
    write_las(tmp_path / "a.laz", xyz, kind)
    terrain, surface = (r.elevation for r in read_pointcloud(tmp_path / "a.laz", Hints()).rasters)
    assert float(np.nanmin(terrain)) >= 0
    assert float(np.nanmax(surface)) == 8.0


def test_that_unclassified_ground_is_found_under_blocks_and_pits() -> None:
    y, x = np.mgrid[:200, :200].astype(np.float32)
    low = 0.1 * x
    low[50:90, 60:85] += 12.0
    low[150, 150] -= 6.0
    ground = ground_cells(low, 1.0)
    assert not ground[50:90, 60:85].any()
    assert not ground[150, 150]
    away = np.ones_like(ground)
    away[45:95, 55:90] = away[148:153, 148:153] = False
    assert ground[away].mean() > 0.99


def test_that_cells_are_round_and_hold_some_points() -> None:
    assert cell_for((0, 0, 1000, 1000), 14_000_000, 1.0) == 1.0
    assert cell_for((0, 0, 1000, 1000), 2_000_000, 1.0) == 2.0
    assert cell_for((0, 0, 1, 1), 0, 1.0) < 100
    wide = cell_for((0, 0, 100_000, 100_000), 10**9, 1.0)
    grids = CloudGrids((0, 0, 100_000, 100_000), wide)
    assert grids.rows * grids.columns <= 1.1 * cloud_grids.MOST_CELLS


def test_that_a_thinned_cloud_is_even_where_its_source_is_not() -> None:
    r = np.random.default_rng(2)
    dense, sparse = r.uniform(0, 50, (200_000, 3)), r.uniform(50, 100, (20_000, 3))
    thinning = Thinning(5_000, 0.5)
    for part in (dense, sparse):
        part[:, 2] = 0
        for chunk in np.split(part, 10):
            thinning.add(chunk, np.zeros(len(chunk), np.uint8), np.zeros((len(chunk), 1), np.uint16))
    xyz, _, _ = thinning.taken()
    assert 2_000 < len(xyz) <= 5_000
    inside = (xyz[:, 0] < 50).sum()
    assert 0.3 < inside / len(xyz) < 0.7


def write_copc(path: Path, nodes: list[tuple[int, int, int, int, int]]) -> None:
    """A COPC 1.0 of (level, x, y, z, points)."""
    header = laspy.LasHeader(point_format=7, version="1.4")
    header.scales, header.offsets = np.full(3, 0.001), AT
    clouds = [scene(n, seed) for seed, (*_, n) in enumerate(nodes)]
    every = np.concatenate([xyz for xyz, _ in clouds])
    kind = lazrs.LazVlr.new_for_compression(7, 0, True)
    header.vlrs.append(laspy.VLR("copc", 1, "", bytes(160)))
    header.vlrs.append(LasZipVlr(kind.record_data()))
    header.are_points_compressed, header.point_count = True, len(every)
    header.mins, header.maxs = every.min(0), every.max(0)
    with open(path, "w+b") as file:
        header.write_to(file)
        pack, at = lazrs.LasZipCompressor(file, kind), [file.tell() + 8]
        for xyz, classes in clouds:
            points = laspy.ScaleAwarePointRecord.zeros(len(xyz), header=header)
            points["x"], points["y"], points["z"] = xyz.T
            points["classification"], points["return_number"] = classes, np.ones(len(xyz), np.uint8)
            pack.compress_many(np.frombuffer(points.array.tobytes(), np.uint8))
            pack.finish_current_chunk()
            at.append(file.tell())
        pack.done()
        end = file.seek(0, 2)
        page = b"".join(struct.pack("<iiiiQii", *n[:4], at[i], at[i + 1] - at[i], n[4]) for i, n in enumerate(nodes))
        file.write(page)
        file.seek(429)
        file.write(struct.pack("<5dQQ2d", *every.mean(0), 60.0, 1.0, end, len(page), 0.0, 0.0))


def test_that_of_a_large_copc_the_coarser_levels_are_read(tmp_path: Path) -> None:
    path = tmp_path / "a.copc.laz"
    write_copc(path, [(0, 0, 0, 0, 1000), (1, 0, 0, 0, 2000), (1, 1, 0, 0, 500), (2, 3, 0, 0, 4000)])
    assert is_copc(path)
    assert copc_nodes(path, 999)["points"].tolist() == [1000]
    assert copc_nodes(path, 3500)["points"].tolist() == [1000, 2000, 500]
    assert copc_nodes(path, 10**9)["points"].sum() == 7500
    with laspy.open(path) as reader:
        read = [np.asarray(p.x) for p in copc_points(path, reader.header, 3500)]
    with laspy.CopcReader.open(str(path)) as other:
        assert np.allclose(read[0], other.query(level=0).x)
    assert len(read_pointcloud(path, Hints(crs=RD)).clouds[0].points) == 7500


def test_that_a_hierarchy_that_bites_its_tail_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.copc.laz"
    write_copc(path, [(0, 0, 0, 0, 1000), (1, 0, 0, 0, 2000)])
    data = bytearray(path.read_bytes())
    start, length = struct.unpack_from("<QQ", data, 429 + 40)
    struct.pack_into("<Qii", data, start + 16, start, length, -1)
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="octree"):
        copc_nodes(path, 10)


def test_that_layers_of_a_chunk_larger_than_the_chunk_are_refused_before_memory_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "a.laz"
    write_las(path, *scene(2000))
    data = bytearray(path.read_bytes())
    start = struct.unpack_from("<I", data, 96)[0]
    data[start + 8 + 30 + 4 : start + 8 + 30 + 4 + 16] = b"\xff" * 16
    path.write_bytes(bytes(data))
    with pytest.raises(InputError, match="broken"):
        read_pointcloud(path, Hints())


@pytest.fixture(scope="module")
def clouds(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    folder, out = tmp_path_factory.mktemp("clouds"), []
    for name, version, point_format in (("a.las", "1.2", 1), ("b.laz", "1.2", 3), ("c.laz", "1.4", 7)):
        write_las(folder / name, *scene(1500), version, point_format, None)
        out.append((folder / name).read_bytes())
    write_copc(folder / "d.copc.laz", [(0, 0, 0, 0, 300), (1, 0, 0, 0, 600)])
    return [*out, (folder / "d.copc.laz").read_bytes()]


@settings(max_examples=150, deadline=None, derandomize=True, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(which=st.integers(0, 3), changes=st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=12), cut=st.floats(0.3, 1.7))
def test_that_broken_clouds_open_or_are_refused(
    tmp_path: Path, clouds: list[bytes], which: int, changes: list[tuple[float, int]], cut: float
) -> None:
    data = bytearray(clouds[which])
    for place, value in changes:
        at = int(place * 2 * 700) if place < 0.5 else int(place * len(data))
        data[min(at, len(data) - 1)] = value
    path = tmp_path / "broken.laz"
    path.write_bytes(bytes(data[: int(cut * len(data))]))
    try:
        read_pointcloud(path, Hints(crs=RD))
    except InputError:
        pass


def test_that_a_cloud_layer_colours_by_class_height_and_its_own_colour() -> None:
    points = np.array([[0, 0, 0], [1, 0, 5], [2, 0, 10]], np.float32)
    layer = CloudLayer("a", Cloud(points, np.array([2, 6, 64], np.uint8), np.full((3, 3), 9, np.uint8), 30, "s"))
    assert layer.table()["class"].tolist() == ["ground", "building", "class 64"]
    assert [e.text for e in layer.legend().entries] == ["ground", "building", "class 64"]

    def shown() -> dict[float, list[int]]:
        (dots,) = layer.draw()
        return {float(p[2]): c.tolist() for p, c in zip(dots.points, dots.colors, strict=True)}  # type: ignore[attr-defined]

    assert shown()[5.0] == pytest.approx([0xC7 * 0.64, 0x9A * 0.64, 0x80 * 0.64, 255], abs=1.5)  # darker, since the scanner saw it dark
    plain = CloudLayer("b", Cloud(points, np.array([2, 6, 64], np.uint8), None, 3, "s"))
    assert [0xC7, 0x9A, 0x80, 255] in plain.draw()[0].colors.tolist()  # type: ignore[attr-defined]
    layer.style = layer.style.__class__(field="color")
    assert shown()[5.0] == [9, 9, 9, 255]
    layer.style = layer.style.__class__(kind="graduated", field="z_m", palette="viridis", low=0, high=10)
    assert len({tuple(c) for c in shown().values()}) == 3
    assert layer.bounds() == (0, 2, 0, 0, 0, 10)


def rmse(raster: Raster, reference: Path) -> float:
    """Against a raster of the same CRS, at the cells of that."""
    with rasterio.open(reference) as file:
        known, at = file.read(1, masked=True).filled(np.nan), file.transform
    a, _, c, _, e, f = raster.transform
    x = at.c + (np.arange(known.shape[1]) + 0.5) * at.a
    y = at.f + (np.arange(known.shape[0]) + 0.5) * at.e
    column, row = np.floor((x - c) / a).astype(int), np.floor((y - f) / e).astype(int)
    cs, rs = (column >= 0) & (column < raster.elevation.shape[1]), (row >= 0) & (row < raster.elevation.shape[0])
    apart = raster.elevation[np.ix_(row[rs], column[cs])] - known[np.ix_(rs, cs)]
    return float(np.sqrt(np.nanmean(apart**2)))


def test_that_the_ground_of_delft_is_that_of_the_published_model(data: Path) -> None:
    """0.067 m measured; classes taken away, the morphological filter gives 0.130 m."""
    folder = data / "delft_3dfier"
    parts = read_pointcloud(folder / "ahn3" / "ahn3_cropped_1.laz", Hints(crs=RD))
    assert parts.clouds[0].total == 640_510
    assert rmse(terrain_of(parts), folder / "derived" / "delft_dtm_1m_from_ahn3.tif") < 0.08


def test_that_the_ground_of_delft_is_found_without_classes(tmp_path: Path, data: Path) -> None:
    folder = data / "delft_3dfier"
    las = laspy.read(folder / "ahn3" / "ahn3_cropped_1.laz")
    las.classification = np.where(np.asarray(las.classification) == 9, 9, 1)
    las.write(tmp_path / "unclassified.laz")
    parts = read_pointcloud(tmp_path / "unclassified.laz", Hints(crs=RD))
    assert "ground_filtered" in [p.code for p in parts.problems]
    assert rmse(terrain_of(parts), folder / "derived" / "delft_dtm_1m_from_ahn3.tif") < 0.16


def test_that_roofs_of_delft_are_as_high_as_another_program_has_them(tmp_path: Path, data: Path) -> None:
    """3dfier takes percentile 90 of the points of a footprint, we 70 of its cells: medians agree to a few centimetres."""
    folder = data / "delft_3dfier"
    sources = [folder / "bgt" / "bgt_pand.sqlite", folder / "ahn3"]
    (tmp_path / "city.toml").write_text("".join(f'[[source]]\npath = "{s}"\ncrs = "EPSG:28992"\n' for s in sources))
    ours, theirs = open_city(tmp_path, use_cache=False), open_city(folder / "output" / "testarea.json", use_cache=False)
    assert (ours.buildings.table["height_source"] == "surface").sum() >= 155

    def tops(city: object) -> tuple[np.ndarray, np.ndarray]:
        b = city.buildings  # type: ignore[attr-defined]
        x, y = city.frame.to_crs(*shapely.get_coordinates(shapely.centroid(b.footprints)).T)  # type: ignore[attr-defined]
        return np.column_stack([x, y]), (b.table["ground_z_m"] + b.table["height_m"]).to_numpy(float)

    (a, za), (b, zb) = tops(ours), tops(theirs)
    near = np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1))
    pair = near.argmin(1)
    apart = (za - zb[pair])[near.min(1) < 1]
    assert len(apart) > 150
    assert abs(float(np.median(apart))) < 0.1
    assert float(np.median(np.abs(apart))) < 0.3
