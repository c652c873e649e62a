"""The ground as painted squares, the other ways to see it, and how much a machine draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
import shapely

from gui.scene.groundtiles import ROOT, GroundTiles
from gui.scene.meshes import clustered, triangle_normals
from gui.scene.pace import CALM, LEAST, LEAST_STILL, Pace
from gui.scene.scene import Scene
from gui.scene.tileset import View
from layers.catalogue import city_layers
from layers.cut import cutaway
from layers.drawing import Drape, Sheet, Surface
from layers.ground import Ground
from layers.groundpicture import PIXELS, GroundPicture, Square
from layers.style import Style
from layers.tiles import TiledSurface, arranged
from tests.hidden import Window
from tests.little_city import little_city
from twin.city.city import City
from twin.city.demo import demo_city
from twin.city.terrain import Grid

FLAT = Ground(None, None, 2.0)
BOX = (0.0, 0.0, 256.0, 256.0)
SIZE = (480, 300)


def area(x0: float, y0: float, x1: float, y1: float, color: tuple[int, int, int, int], order: float = 1) -> Surface:
    points = np.array([(x0, y0, 2.0), (x1, y0, 2.0), (x1, y1, 2.0), (x0, y1, 2.0)])
    return Surface(
        f"{color}", order=order, points=points, triangles=np.array([(0, 1, 2), (0, 2, 3)], np.int32), rows=np.zeros(2, np.int32),
        colors=np.tile(np.array(color, np.uint8), (2, 1)), shading="even", material="ground",
    )  # fmt: skip


@pytest.fixture(scope="module")
def city() -> City:
    return demo_city(0.5)


@pytest.fixture
def window(scene: Scene) -> Iterator[Window]:
    with Window(scene, SIZE) as made:
        yield made


def test_that_an_area_covers_exactly_its_pixels():
    picture = GroundPicture(FLAT, BOX)
    picture.take([area(0, 0, 64, 128, (200, 10, 20, 255))])
    rgba = picture.picture(ROOT)
    assert rgba.shape == (PIXELS, PIXELS, 4)
    red = (rgba[..., :3] == (200, 10, 20)).all(-1)
    assert red[:128, :64].all()
    assert red.sum() == 128 * 64


def test_that_a_ground_longer_than_wide_is_painted_where_it_is():
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., 1], rgba[..., 3] = 250, 255
    sheet = Sheet("photo", x=np.array([0.0, 256.0]), y=np.array([384.0, 512.0]), z=np.zeros((2, 2), np.float32), rgba=rgba)
    picture = GroundPicture(FLAT, (0.0, 0.0, 256.0, 512.0))
    picture.take([area(64, 128, 192, 256, (200, 10, 20, 255)), sheet])
    rgb = picture.picture(ROOT)[..., :3]
    red, green = (rgb == (200, 10, 20)).all(-1), (rgb == (0, 250, 0)).all(-1)
    assert red[64:128, 64:192].all()
    assert red.sum() == 64 * 128
    assert green[192:].all()
    assert green.sum() == 64 * 256


def test_that_what_is_later_lies_over_what_is_earlier_and_half_a_colour_lets_the_other_through():
    picture = GroundPicture(FLAT, BOX)
    base, over, half = (100, 100, 100, 255), (200, 0, 0, 255), (0, 0, 200, 128)
    picture.take([area(0, 0, 256, 256, base), area(0, 0, 256, 128, over), area(0, 0, 128, 256, half)])
    rgb = picture.picture(ROOT)[..., :3].astype(int)
    assert np.abs(rgb[200, 200] - (100, 100, 100)).max() == 0
    assert np.abs(rgb[20, 200] - (200, 0, 0)).max() == 0
    assert np.abs(rgb[20, 20] - (100, 0, 100)).max() <= 1
    assert np.abs(rgb[200, 20] - (50, 50, 150)).max() <= 1


def test_that_the_four_squares_below_show_what_the_one_above_shows():
    random = np.random.default_rng(3)
    shapes = [area(*sorted(random.uniform(0, 256, 2))[:1], 10, 250, 200, (*random.integers(0, 255, 3).tolist(), 255)) for _ in range(3)]
    picture = GroundPicture(FLAT, BOX)
    picture.take(shapes)
    whole = picture.picture(ROOT).astype(float)
    parts = np.empty((2 * PIXELS, 2 * PIXELS, 4))
    for s in ROOT.below:
        parts[s.row * PIXELS : (s.row + 1) * PIXELS, s.column * PIXELS : (s.column + 1) * PIXELS] = picture.picture(s)
    mean = parts.reshape(PIXELS, 2, PIXELS, 2, 4).mean((1, 3))
    assert np.abs(mean - whole).mean() < 0.5


def test_that_a_photograph_lies_where_its_bounds_say():
    rgba = np.zeros((4, 4, 4), np.uint8)
    rgba[..., 1], rgba[..., 3] = 250, 255
    sheet = Sheet("photo", x=np.array([128.0, 256.0]), y=np.array([0.0, 128.0]), z=np.zeros((2, 2), np.float32), rgba=rgba)
    picture = GroundPicture(FLAT, BOX)
    assert picture.holds(sheet)
    picture.take([sheet])
    green = (picture.picture(ROOT)[..., :3] == (0, 250, 0)).all(-1)
    assert green[:128, 128:].all()
    assert green.sum() == 128 * 128


def test_that_what_reaches_far_beyond_the_ground_is_not_painted_into_it():
    picture = GroundPicture(FLAT, BOX)
    assert picture.holds(area(10, 10, 60, 60, (1, 2, 3, 255)))
    assert not picture.holds(area(10, 10, 900, 60, (1, 2, 3, 255)))
    assert not picture.holds(replace(area(10, 10, 60, 60, (1, 2, 3, 255)), material="matte"))
    grid = Grid(0.0, 0.0, 64.0, 4, 4)
    data = Drape("depth", grid=grid, z=np.zeros((4, 4), np.float32), rgba=np.zeros((4, 4, 4), np.uint8), material="data")
    assert not picture.holds(data)


def test_that_a_model_with_heights_of_its_own_is_not_flattened():
    picture = GroundPicture(FLAT, BOX)
    flat = area(10, 10, 60, 60, (1, 2, 3, 255))
    assert picture.carries(flat)
    assert not picture.carries(replace(flat, points=flat.points + (0, 0, 5.0)))
    assert not picture.carries(replace(flat, points=flat.points - (0, 0, 3.0), material="water"))  # it would lie below a plane


def test_that_a_square_is_as_near_to_the_ground_as_half_its_pixels_and_a_plane_needs_two_triangles():
    city = little_city(side=6)
    ground = Ground.of(city)
    picture = GroundPicture(ground, city.bounds)
    picture.take([])
    for s in (ROOT, *ROOT.below):
        relief = picture.relief(s, "x")
        top = relief.points[: len(relief.points) - int((relief.points[:, 2] < relief.points[:, 2].max() - 1e9).sum())]
        inside = relief.uv[:, 0] > 0
        near = np.abs(top[inside, 2] - ground.height(top[inside, 0], top[inside, 1]))
        assert np.median(near) < 0.02
        low, high = picture.heights(s)
        assert relief.error_m <= max(picture.pixel_m(s) / 2, 0.15, min(high - low, 2 * picture.pixel_m(s)))
    flat = GroundPicture(FLAT, BOX)
    flat.take([])
    assert len(flat.relief(Square(3, 2, 5), "x").triangles) == 2 + 8  # and the skirts of four sides


def test_that_squares_cover_the_ground_without_gaps_while_finer_ones_come():
    tiles = GroundTiles(FLAT, BOX)
    tiles.update([area(0, 0, 256, 256, (9, 9, 9, 255))])
    tiles.first()
    from gui.scene.camera import Eye

    view = View(Eye(128, 128, 0, 300.0, 10.0, -50.0), SIZE, moving=True)
    seen: list[float] = []
    try:
        for _ in range(200):
            tiles.follow(view)
            boxes = [tiles.picture.box(s) for s in tiles._shown]
            union = shapely.union_all([shapely.box(*b) for b in boxes])
            assert abs(union.area - sum((b[2] - b[0]) * (b[3] - b[1]) for b in boxes)) < 1e-6  # none over another
            seen.append(union.area)
            if not tiles.is_waiting:
                break
            with tiles._lock:
                tiles._lock.wait_for(lambda: bool(tiles._ready) or not tiles._wanted, timeout=0.05)
        assert not tiles.is_waiting
        assert min(seen) > 0
        assert max(s.level for s in tiles._shown) > 0
    finally:
        tiles.close()


def test_that_the_painted_ground_looks_like_the_drawn_one(scene: Scene, window: Window):
    scene.camera.view("top", animate=False)
    still = window.picture().astype(float)
    scene.set_moving(True, 1000.0)
    squares = scene.stand_in.squares
    assert squares is not None
    window.picture(patient=False)
    window.picture(patient=False)  # the first picture of a city does not wait for them
    while squares.is_waiting or not scene.stand_in.is_on:
        window.picture(patient=False)
    moving = window.picture(patient=False).astype(float)
    assert scene.stand_in.is_on
    assert np.abs(still - moving).mean() < 6.0
    scene.set_moving(False, 0.0)
    assert np.abs(window.picture() - still).max() == 0


def test_that_a_city_of_thousands_is_arranged_for_drawing_and_keeps_its_rows():
    city = little_city(side=45)
    b = city.buildings
    found = arranged(b)
    assert found is not None
    moved, order = found
    assert b.tiles is None or order is None
    rows = np.arange(len(b)) if order is None else order
    assert sorted(rows.tolist()) == list(range(len(b)))
    assert (moved.ids == b.ids[rows]).all()
    layer = next(x for x in city_layers(city) if x.id == "buildings")
    (drawing,) = layer.draw()
    assert isinstance(drawing, TiledSurface)
    for row in (0, 7, len(b) - 1):
        x, y = (float(v) for v in shapely.get_coordinates(shapely.point_on_surface(b.footprints[row]))[0])
        hit = drawing.pick(np.array([x, y, 900.0]), np.array([0.0, 0.0, -1.0]), None)
        assert hit is not None
        assert hit[0] == row
        assert set(drawing.chosen(np.array([row], np.int32)).rows.tolist()) == {row}


def test_that_a_square_knows_whether_there_are_buildings_in_it():
    city = little_city(side=45)
    layer = next(x for x in city_layers(city) if x.id == "buildings")
    x0, y0, x1, y1 = city.bounds
    picture = GroundPicture(FLAT, (x0, y0, x0 + 4 * (x1 - x0), y0 + 4 * (y1 - y0)))
    assert picture.take([area(x0, y0, x0 + 5, y0 + 5, (1, 2, 3, 255)), layer.draw()[0]])
    assert picture.has_plan(ROOT)
    assert picture.has_plan(Square(2, 0, 0))
    assert not picture.has_plan(Square(2, 3, 3))
    plain, far = picture.picture(Square(2, 0, 0)), picture.picture(Square(2, 3, 3))
    layer.style = Style(kind="graduated", field="height_m", palette="viridis", low=0.0, high=40.0, unit="m")
    kept = [d for d, _ in picture._kept.values() if not isinstance(d, TiledSurface)]
    assert not picture.take([*kept, layer.draw()[0]])
    assert (picture.picture(Square(2, 0, 0)) != plain).any()
    assert (picture.picture(Square(2, 3, 3)) == far).all()


def test_that_a_place_of_some_houses_is_drawn_as_a_whole():
    assert arranged(little_city(side=4).buildings) is None


def test_that_clusters_keep_the_shape_and_drop_what_is_small():
    x, y = np.meshgrid(np.linspace(0, 20, 81), np.linspace(0, 20, 81))
    points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
    i = (np.arange(80)[:, None] * 81 + np.arange(80)).ravel()
    triangles = np.concatenate([np.column_stack([i, i + 1, i + 82]), np.column_stack([i, i + 82, i + 81])])
    normals = np.tile(triangle_normals(points, triangles[:1]), (len(points), 1))
    few = clustered(points, normals, triangles, 2.0)
    assert len(few) < len(triangles) / 20
    a, b, c = (points[few[:, k], :2] for k in range(3))
    covered = np.abs((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]).sum() / 2
    assert covered == pytest.approx(400.0, rel=0.25)


def test_that_a_slow_machine_draws_less_and_a_fast_one_more_but_one_slow_frame_changes_nothing():
    pace = Pace()
    assert not pace.measured(500.0, moving=True, full=True)
    assert not pace.measured(30.0, moving=True, full=True)
    assert pace.moving == 1.0
    for _ in range(100 * CALM):
        pace.measured(120.0, moving=True, full=True)
    assert pace.moving == LEAST
    assert pace.still == 1.0  # a picture that nobody turns may take longer
    for _ in range(100 * CALM):
        pace.measured(4.0, moving=True, full=True)
    assert pace.moving > 20
    assert pace.still == pace.moving
    before = pace.moving
    for _ in range(20):
        pace.measured(4.0, moving=True, full=False)  # nothing was left out: there is nothing to add
    assert pace.moving == before


def test_that_a_view_left_alone_shows_again_what_a_busy_machine_left_out():
    pace = Pace()
    for _ in range(100 * CALM):
        pace.measured(2_000.0, moving=False, full=True)
    assert pace.still == LEAST_STILL
    assert pace.rested()
    assert pace.still == 1.0
    assert not pace.rested()
    pace.measured(2_000.0, moving=False, full=True)
    assert pace.still == 1.0


def test_that_a_cut_takes_away_one_side_and_what_was_there_is_not_picked(scene: Scene, window: Window, city: City):
    x0, y0, x1, y1 = city.bounds
    middle = (y0 + y1) / 2
    made = cutaway(city, scene.ground, (x0, middle), (x1, middle))
    assert made.normal == pytest.approx((0.0, 1.0, 0.0))
    assert {f.key for f in made.faces} == {"cut-soil", "cut-bodies"}
    for face in made.faces:
        assert np.abs(face.points[:, 1] - middle).max() < 0.1
    scene.camera.view("top", animate=False)
    whole = window.picture()
    south = np.array([[(x0 + x1) / 2, (y0 + middle) / 2, scene.ground.level]])
    xy, depth = scene.project(south)
    assert depth[0] > 0
    assert scene.surface_point(xy[0, 0], SIZE[1] - xy[0, 1]) is not None
    scene.relief.cut(made)
    cut = window.picture()
    half = SIZE[1] // 2
    assert (
        np.abs(cut[half + 30 :].astype(int) - whole[half + 30 :]).mean()
        > 5 * np.abs(cut[: half - 30].astype(int) - whole[: half - 30]).mean()
    )
    assert scene.project(south)[1][0] < 0
    hit = scene.pick(float(xy[0, 0]), SIZE[1] - float(xy[0, 1]))
    assert hit is None or hit.point[1] >= middle - 1.0
    scene.relief.cut(None)
    assert np.abs(window.picture().astype(int) - whole).max() == 0


def test_that_a_cut_between_two_equal_places_is_refused(city: City):
    with pytest.raises(ValueError, match="two different places"):
        cutaway(city, Ground.of(city), (1.0, 1.0), (1.0, 1.0))


def test_that_stretched_heights_are_drawn_projected_and_picked_alike(scene: Scene, window: Window, city: City):
    tower = int(np.argmax(city.buildings.column("height_m")))
    top = np.append(
        shapely.get_coordinates(shapely.point_on_surface(city.buildings.footprints[tower]))[0],
        float(city.buildings.table["ground_z_m"].iloc[tower] + city.buildings.table["height_m"].iloc[tower]),
    )
    scene.camera.view("north", animate=False)
    window.picture()
    foot = top.copy()
    foot[2] = float(scene.ground.height(top[0], top[1]))
    before = scene.project(np.array([foot, top]))[0]
    scene.relief.stretch = 2.0
    window.picture()
    after = scene.project(np.array([foot, top]))[0]
    assert (after[1, 1] - after[0, 1]) / (before[1, 1] - before[0, 1]) == pytest.approx(2.0, rel=0.25)
    x, y = float(after[1, 0]), SIZE[1] - float(after[1, 1]) + 2
    origin, way = scene.ray(x, y)
    assert scene.project((origin + way * 500.0)[None])[0][0] == pytest.approx((x, SIZE[1] - y), abs=0.5)
    hit = scene.pick(x, y)
    assert hit is not None
    assert (hit.layer.id, hit.row) == ("buildings", tower)
    assert scene.hud.stretch == 2.0
    assert scene.hud._stretched == "Heights ×2 ·"
    scene.relief.stretch = 1.0
    assert scene.hud._stretched == ""


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan"), float("inf")])
def test_that_heights_are_stretched_by_a_sane_number(scene: Scene, factor: float):
    with pytest.raises(ValueError, match="above 0"):
        scene.relief.stretch = factor


def test_that_one_looks_through_the_ground_and_goes_below_it_only_when_it_is_faded(scene: Scene, window: Window):
    window.picture()  # presets fit the size of the picture
    eye = replace(scene.camera.eye, pitch=5.0, distance=50.0)
    low = replace(eye, z=scene.ground.level - 60.0)

    def above() -> float:
        x, y, z = scene.camera.eye.position
        return float(z - scene.ground.height(x, y))

    scene.camera.set(low)
    assert above() > 0
    scene.camera.view("top", animate=False)
    plain = window.picture()
    scene.relief.show_underground(True)
    faded = window.picture()
    assert faded.mean() < plain.mean() - 20  # bedrock shows through
    scene.camera.set(low)
    assert above() < -30
    scene.relief.show_underground(False)
    assert above() > 0
    scene.camera.view("top", animate=False)
    assert np.abs(window.picture().astype(int) - plain).mean() < 1.0  # names may stand a little otherwise


def test_that_a_copy_of_a_scene_is_cut_stretched_and_faded_alike(scene: Scene, window: Window, city: City):
    window.picture()
    x0, y0, x1, y1 = city.bounds
    scene.relief.cut(cutaway(city, scene.ground, (x0, (y0 + y1) / 2), (x1, (y0 + y1) / 2)))
    scene.relief.stretch = 2.0
    scene.relief.show_underground(True)
    scene.camera.view("iso", animate=False)
    mine = window.picture().astype(int)
    other = scene.copy()
    try:
        with Window(other, SIZE) as own:
            assert np.abs(own.picture() - mine).mean() < 1.0
        assert other.stand_in.is_on
    finally:
        other.close()


@pytest.mark.parametrize("stretch", [1.0, 5.0])
def test_that_what_a_view_shows_is_what_projects_into_its_picture(scene: Scene, window: Window, stretch: float):
    window.picture()
    scene.relief.stretch = stretch
    scene.camera.view("iso", animate=False)
    x0, y0, x1, y1 = scene.ground_bounds
    x, y = np.meshgrid(np.linspace(x0, x1, 40), np.linspace(y0, y1, 40))
    points = np.column_stack([x.ravel(), y.ravel(), scene.ground.height(x.ravel(), y.ravel())])
    seen, depth = View(scene.camera.eye, SIZE, stretch=stretch).shows(points)
    xy, along = scene.project(points)
    inside = (along > 0) & (xy >= 0).all(1) & (xy <= SIZE).all(1)
    assert (seen == inside).mean() > 0.999
    assert 0.01 < seen.mean() < 1.0
    assert np.allclose(depth[seen], along[seen])
