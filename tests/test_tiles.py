"""Large cities in tiles: order, tree, massing, picking, and how a scene shows them."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import shapely

from gui.scene.offscreen import hidden_window
from gui.scene.ready import made_ready
from gui.scene.scene import Scene
from gui.scene.tiles import TilesActor
from gui.scene.tileset import MOVING, STILL, View
from layers.buildings import BuildingsLayer
from layers.catalogue import city_layers
from layers.drawing import Surface
from layers.linetiles import TiledLines
from layers.results import BuildingResultLayer
from layers.style import Style
from layers.tiles import Coat, TiledSurface, boxes_of
from twin.city.buildings import Buildings, empty_table
from twin.city.city import City
from twin.city.demo import demo_city
from twin.city.extrude import extrude
from twin.city.index import TriangleIndex
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.store import load_city, save_city
from twin.city.tile_pick import pick
from twin.city.tiles import LARGE_ROWS, LEAF_ROWS, Tiles, grouped, in_tile_order, is_grouped, is_large, tiles_of
from twin.quantities import quantities
from twin.scenario.events import Field

N = LARGE_ROWS + 10_000


@pytest.fixture(scope="module")
def city(tmp_path_factory: pytest.TempPathFactory) -> City:
    return load_city(save_city(demo_city(N, use_cache=False), tmp_path_factory.mktemp("city") / "store"))


@pytest.fixture(scope="module")
def tiles(city: City) -> Tiles:
    found = city.buildings.tiles
    assert found is not None
    return found


def test_that_leaves_hold_every_building_and_triangle_once(city: City, tiles: Tiles) -> None:
    leaf = tiles.nodes[tiles.leaves]
    for part, total in (("rows", N), ("triangles", len(city.buildings.mesh)), ("points", len(city.buildings.mesh.points))):
        runs = leaf[part][np.argsort(leaf[part][:, 0], kind="stable")]
        assert runs[0, 0] == 0
        assert runs[-1, 1] == total
        np.testing.assert_array_equal(runs[1:, 0], runs[:-1, 1])
    assert (np.diff(leaf["rows"]) <= LEAF_ROWS).all()


def test_that_a_leaf_needs_no_other_points_and_lies_in_its_box(city: City, tiles: Tiles) -> None:
    mesh = city.buildings.mesh
    for node in tiles.nodes[tiles.leaves][::17]:
        corners = mesh.triangles[slice(*node["triangles"])]
        assert corners.min() >= node["points"][0]
        assert corners.max() < node["points"][1]
        rows = mesh.object[slice(*node["triangles"])]
        assert rows.min() >= node["rows"][0]
        assert rows.max() < node["rows"][1]
        p = mesh.points[corners.ravel()]
        assert (p >= node["low"]).all()
        assert (p <= node["high"]).all()


def test_that_children_lie_in_their_parents_and_err_less(tiles: Tiles) -> None:
    nodes = tiles.nodes
    child = np.arange(1, len(nodes))
    parent = nodes["parent"][1:]
    assert (parent < child).all()
    assert (nodes["low"][child] >= nodes["low"][parent]).all()
    assert (nodes["high"][child] <= nodes["high"][parent]).all()
    inner = ~tiles.leaves[child]
    assert (nodes["error_m"][child[inner]] <= nodes["error_m"][parent[inner]]).all()
    assert (nodes["error_m"][tiles.leaves] == 0).all()
    assert (nodes["error_m"][~tiles.leaves] > 0).all()


def test_that_massing_keeps_skyline_extent_and_volume(city: City, tiles: Tiles) -> None:
    root = boxes_of(tiles, 0)
    low, high = tiles.nodes["low"][0], tiles.nodes["high"][0]
    p = root.points
    assert 0.6 < p[:, 2].max() / high[2] <= 1.001
    reach = high[:2] - low[:2]
    np.testing.assert_allclose(p[:, :2].min(0), low[:2], atol=0.05 * reach.max())
    np.testing.assert_allclose(p[:, :2].max(0), high[:2], atol=0.05 * reach.max())
    b = city.buildings
    for node in np.flatnonzero(~tiles.leaves)[:40:5]:
        rows = slice(*tiles.nodes["rows"][node])
        real = float((shapely.area(b.footprints[rows]) * b.column("height_m")[rows]).sum())
        boxes = tiles.boxes[slice(*tiles.nodes["boxes"][node])]
        kept = float((4 * boxes["half"].prod(1) * (boxes["z"][:, 1] - boxes["z"][:, 0])).sum())
        assert 0.75 < kept / real < 2.0


def test_that_a_coarse_tile_costs_a_fraction_of_what_it_stands_for(tiles: Tiles) -> None:
    nodes = tiles.nodes
    inner = ~tiles.leaves
    boxes = np.diff(nodes["boxes"])[:, 0]
    assert (boxes[inner] > 0).all()
    assert (boxes[inner] <= 4 * 1024).all()
    assert (10 * boxes[0]) < 0.05 * len(tiles.extents) * 16


def test_that_shared_points_are_divided_and_unused_ones_go() -> None:
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [1, 1, 0], [9, 9, 9]], float)
    mesh = Mesh(points, np.array([[1, 3, 2], [0, 1, 2]], np.int32), np.array([1, 0], np.int32), np.array([2, 3], np.uint8))
    done = grouped(mesh)
    assert is_grouped(done)
    assert done.object.tolist() == [0, 1]
    assert done.surface.tolist() == [3, 2]
    assert len(done.points) == 6
    np.testing.assert_array_equal(done.points[done.triangles], points[mesh.triangles][::-1])


def test_that_order_is_kept_where_it_is_right(city: City) -> None:
    again, order = in_tile_order(city.buildings)
    assert again is city.buildings
    assert order is None


def test_that_many_buildings_at_one_place_end(tmp_path: Path) -> None:
    n = LARGE_ROWS + 5
    shapes = np.full(n, shapely.box(0, 0, 5, 5), object)
    shapes[-1] = shapely.box(9_000, 9_000, 9_010, 9_010)
    table = empty_table(n)
    table["height_m"], table["ground_z_m"] = 5.0, 0.0
    b = Buildings(table, shapes, extrude(shapes, 0.0, 5.0))
    found = tiles_of(in_tile_order(b)[0])
    assert found is not None
    assert len(found.nodes) < 200


def test_that_buildings_without_a_body_are_carried_along() -> None:
    n = LARGE_ROWS + 5
    x = np.arange(n) * 3.0
    shapes = shapely.box(x, 0, x + 2, 2)
    table = empty_table(n)
    table["height_m"], table["ground_z_m"] = 5.0, 0.0
    has = np.arange(n) % 2 == 0
    b = Buildings(table, shapes, extrude(shapes[has], 0.0, 5.0, np.flatnonzero(has).astype(np.int32)))
    assert is_large(b)
    ordered, _ = in_tile_order(b)
    found = tiles_of(ordered)
    assert found is not None
    assert found.nodes["triangles"].max() == len(b.mesh)


# -- picking -----------------------------------------------------------------------------------------------------------
def test_that_picking_finds_what_a_ray_meets_first(city: City, tiles: Tiles) -> None:
    mesh = city.buildings.mesh
    whole = TriangleIndex(np.asarray(mesh.points), np.asarray(mesh.triangles))
    rng = np.random.default_rng(4)
    x0, y0, x1, y1 = city.core_bounds
    met = 0
    for _ in range(150):
        origin = np.array([rng.uniform(x0, x1), rng.uniform(y0, y1), rng.uniform(5, 300)])
        direction = np.array([*rng.normal(0, 1, 2), rng.uniform(-1, 0.1)])
        ours, theirs = pick(tiles, mesh, origin, direction), whole.pick(origin, direction)
        assert (ours is None) == (theirs is None)
        if ours is not None and theirs is not None:
            met += 1
            assert ours[1] == pytest.approx(theirs[1])
            assert ours[0] == mesh.object[theirs[0]]
    assert met > 35
    for axis in np.eye(3):
        pick(tiles, mesh, (0, 0, 50), -axis)
    assert pick(tiles, mesh, (0, 0, 50), (0, 0, 0)) is None
    assert pick(tiles, mesh, (math.nan, 0, 50), (0, 0, -1)) is None


def test_that_what_is_left_out_of_the_picture_is_not_picked(city: City, tiles: Tiles) -> None:
    mesh = city.buildings.mesh
    c = shapely.centroid(city.buildings.shapes([5]))[0]
    top = np.array([c.x, c.y, 500.0])
    assert pick(tiles, mesh, top, (0, 0, -1))[0] == 5  # type: ignore[index]
    seen = np.ones(N, bool)
    seen[5] = False
    assert pick(tiles, mesh, top, (0, 0, -1), seen=seen) is None
    assert pick(tiles, mesh, top, (0, 0, -1), farthest=10.0) is None


# -- drawing -----------------------------------------------------------------------------------------------------------
def test_that_a_merged_box_has_the_mean_colour_of_its_rows(city: City, tiles: Tiles) -> None:
    rng = np.random.default_rng(5)
    rows = np.full((N, 4), 255, np.uint8)
    rows[:, :3] = rng.integers(40, 200, (N, 3))
    bodies = boxes_of(tiles, 0)
    assert bodies.runs is not None
    colors, seen = Coat(rows, lighter_roofs=False).on(bodies)
    assert seen.all()
    start, stop = bodies.runs[0]
    np.testing.assert_allclose(colors[0, :3], rows[start:stop, :3].mean(0), atol=1)
    rows[:, 3] = 0
    rows[start:stop, 3] = 255
    rows[start:stop, :3] = (9, 8, 7)
    colors, seen = Coat(rows, lighter_roofs=False).on(bodies)
    assert 0 < seen.sum() < 0.3 * len(seen)
    assert (colors[seen][0, :3] == (9, 8, 7)).all()


def test_that_a_leaf_is_drawn_as_the_whole_mesh_would_be(city: City, tiles: Tiles) -> None:
    layer = BuildingsLayer(city)
    (drawing,) = layer.draw()
    assert isinstance(drawing, TiledSurface)
    leaf = int(np.flatnonzero(tiles.leaves)[11])
    part = drawing.tile(leaf, layer.coat())
    b = city.buildings
    rows = np.arange(*tiles.nodes["rows"][leaf])
    mesh = b.mesh
    keep = np.isin(mesh.object, rows) & (mesh.surface != SurfaceClass.GROUND)
    np.testing.assert_array_equal(part.points[part.triangles], mesh.points[mesh.triangles[keep]])
    np.testing.assert_array_equal(part.rows, mesh.object[keep])


@pytest.fixture
def scene(city: City) -> Scene:
    layers = city_layers(city)
    made = Scene()
    made.set_city(city, ready=made_ready(city, layers))
    for layer in layers:
        made.add(layer)
    made.prepare((800, 500), 1.0, 0.04)
    yield made
    made.close()


def of_buildings(scene: Scene) -> TilesActor:
    return next(a for a, d in scene._actors["buildings"].values() if isinstance(a, TilesActor))


def covered(actor: TilesActor, tiles: Tiles) -> np.ndarray:
    """How often each building is in the picture."""
    count = np.zeros(N, int)
    for node in actor._shown:
        start, stop = tiles.nodes["rows"][node]
        count[start:stop] += 1
    return count


def test_that_every_building_in_sight_is_drawn_once_at_any_moment(scene: Scene, tiles: Tiles) -> None:
    scene.camera.view("top", animate=False)
    actor = of_buildings(scene)
    for _ in range(30):
        scene.prepare((800, 500), 1.0, 0.04)
        assert (covered(actor, tiles) == 1).all()
        if not scene.is_waiting:
            break
    scene.prepare((800, 500))
    assert (covered(actor, tiles) == 1).all()


def test_that_the_budget_of_triangles_is_kept_moving_and_still(scene: Scene) -> None:
    actor = of_buildings(scene)
    scene.camera.view("iso", animate=False)
    eye = scene.camera.eye
    seen = {}
    for moving in (True, False):
        actor.follow(replace(View(eye, (1600, 900), moving), patient=False))
        while actor.is_waiting:
            actor.follow(View(eye, (1600, 900), moving))
        seen[moving] = actor.shown_triangles
    assert seen[True] <= MOVING
    assert seen[True] < seen[False] <= STILL


def test_that_one_sees_every_triangle_of_what_is_near(scene: Scene, city: City, tiles: Tiles) -> None:
    c = shapely.centroid(city.buildings.shapes([200]))[0]
    scene.camera.fly_to((c.x - 20, c.x + 20, c.y - 20, c.y + 20, 0, 20))
    scene.camera.finish()
    scene.prepare((800, 500))
    at = [n for n in of_buildings(scene)._shown if tiles.nodes["rows"][n][0] <= 200 < tiles.nodes["rows"][n][1]]
    assert len(at) == 1
    assert tiles.leaves[at[0]]


def test_that_the_tile_of_what_is_selected_is_shown_whole_however_far(scene: Scene, city: City, tiles: Tiles) -> None:
    drawing = scene.layer("buildings").draw()[0]
    holding = drawing.holding(np.array([200], np.int32))
    runs = tiles.nodes["rows"]
    assert np.array_equal(holding, (runs[:, 0] <= 200) & (runs[:, 1] > 200))
    scene.camera.view("top", animate=False)
    scene.camera.set(replace(scene.camera.eye, distance=60_000.0))
    scene.prepare((800, 500))
    actor = of_buildings(scene)
    assert not any(holding[n] and tiles.leaves[n] for n in actor._shown)
    scene.layer("buildings").select([200])
    scene.prepare((800, 500))
    assert [n for n in actor._shown if holding[n]] == np.flatnonzero(holding & tiles.leaves).tolist()
    scene.layer("buildings").select([])


def test_that_picking_selecting_and_colouring_work_in_a_scene(scene: Scene, city: City) -> None:
    c = shapely.centroid(city.buildings.shapes([200]))[0]
    scene.camera.fly_to((c.x - 20, c.x + 20, c.y - 20, c.y + 20, 0, 20))
    scene.camera.finish()
    scene.camera.view("top", animate=False)
    eye = replace(scene.camera.eye, x=c.x, y=c.y, distance=200.0)
    scene.camera.set(eye)
    scene.prepare((801, 501))
    hit = scene.pick(400, 250)
    assert hit is not None
    assert (hit.layer.id, hit.row) == ("buildings", 200)
    window = hidden_window((801, 501))
    scene.attach(window)
    plain = scene.screenshot(None, (801, 501))
    layer = hit.layer
    layer.select([200])
    chosen = scene.screenshot(None, (801, 501))
    middle = chosen[250, 400].astype(int)
    assert middle[0] > middle[2] + 40
    assert not np.array_equal(plain[250, 400], chosen[250, 400])
    layer.select([])
    layer.style = Style(kind="graduated", field="height_m", palette="viridis", low=1000, high=2000)
    low = scene.screenshot(None, (801, 501))[250, 400].astype(int)
    assert low[2] > low[1]  # the dark violet end
    window.RemoveRenderer(scene.renderer)
    window.Finalize()


def test_that_a_hidden_layer_makes_no_tiles_and_a_closed_scene_ends_its_worker(city: City) -> None:
    scene = Scene()
    scene.set_city(city)
    layer = BuildingsLayer(city)
    scene.add(layer)
    scene.prepare((400, 300), 1.0, 0.04)
    actor = of_buildings(scene)
    layer.visible = False
    scene.prepare((400, 300), 1.0, 0.04)
    assert not any(a.actor.GetVisibility() for a in actor.actors)
    assert scene.pick(200, 200) is None
    scene.close()
    assert actor._worker is None
    assert not actor.actors


def test_that_a_large_city_opens_without_its_table_and_footprints(city: City, tmp_path: Path) -> None:
    fresh = load_city(save_city(city, tmp_path / "again"))
    layers = city_layers(fresh)
    ready = made_ready(fresh, layers)
    assert not {"table", "footprints", "attributes"} & set(vars(fresh.buildings))
    for actor in ready.actors.values():
        if isinstance(actor, TilesActor):
            assert actor._made or actor.drawing.key != "buildings"
            actor.close()


def test_that_narrow_streets_of_a_large_network_are_drawn_near_the_eye(city: City) -> None:
    roads = city.networks["roads"]
    many = replace(
        roads,
        edges=roads.edges.loc[np.tile(np.arange(len(roads.edges)), 6)].reset_index(drop=True),
        geometry=np.tile(roads.geometry, 6),
    )
    layer = next(x for x in city_layers(city.derived(networks={"roads": many})) if x.id == "roads")
    drawings = layer.draw()
    lines = next(d for d in drawings if isinstance(d, TiledLines))
    wide = sum(len(np.unique(d.rows)) for d in drawings if isinstance(d, Surface) and not d.key.endswith("deck"))
    assert wide + len(lines.lines) == pytest.approx(len(many.edges), rel=0.01)
    leaf = int(np.flatnonzero(lines.tiles.leaves)[3])
    part = lines.tile(leaf, lines.coat())
    assert len(part.triangles) > 10
    row = int(part.rows[0])
    place = shapely.line_interpolate_point(many.geometry[row], 0.5, normalized=True)
    met = lines.pick(np.array([place.x, place.y, 400.0]), np.array([0.0, 0.0, -1.0]), None)
    assert met is not None
    assert shapely.distance(many.geometry[met[0]], place) < 12
    actor = TilesActor(lines)
    scene = Scene()
    scene.set_city(city)
    for height, drawn in ((30_000.0, False), (300.0, True)):
        actor.update(lines, np.empty(0, np.int32))
        actor.follow(View(replace(scene.camera.eye, x=place.x, y=place.y, z=0.0, distance=height, pitch=-89.0), (800, 500), patient=True))
        assert bool(actor.shown_triangles) is drawn
    actor.close()
    scene.close()


class _Store:
    """A result on buildings, as a FieldStore gives it."""

    def __init__(self, values: np.ndarray) -> None:
        self._values = values

    def at(self, quantity: str, time_s: float | None = None) -> Field:
        return Field(quantity, "building", self._values)


def test_that_a_result_on_buildings_colours_only_those_it_concerns(city: City, tiles: Tiles) -> None:
    values = np.zeros(N, np.float32)
    values[300:700] = 0.8
    layer = BuildingResultLayer(city, _Store(values), quantities()["building_damage"], order=30)  # type: ignore[arg-type]
    (drawing,) = layer.draw()
    assert isinstance(drawing, TiledSurface)
    coat = drawing.coat()
    assert (np.flatnonzero(coat.rows[:, 3]) == np.arange(300, 700)).all()
    made = [drawing.tile(n, coat) for n in np.flatnonzero(tiles.leaves)]
    drawn = np.concatenate([t.rows if t.shown is None else t.rows[t.shown] for t in made])
    assert (np.unique(drawn) == np.arange(300, 700)).all()
    c = shapely.centroid(city.buildings.shapes([650, 900]))
    assert drawing.pick(np.array([c[0].x, c[0].y, 400.0]), np.array([0, 0, -1.0]), coat) is not None
    assert drawing.pick(np.array([c[1].x, c[1].y, 400.0]), np.array([0, 0, -1.0]), coat) is None
    assert BuildingResultLayer(city, _Store(np.zeros(N)), quantities()["building_damage"]).draw() == []  # type: ignore[arg-type]


def test_that_other_colours_are_put_on_the_tiles_that_are_there(scene: Scene) -> None:
    scene.camera.view("top", animate=False)
    layer = scene.layer("buildings")
    assert layer is not None
    plain = layer.style
    scene.prepare((800, 500), 1.0)
    actor = of_buildings(scene)
    while actor.is_waiting:
        scene.prepare((800, 500), 1.0)
    before = {n: (m.actor, m.actor._colors.copy(), id(m.actor._points)) for n, m in actor._shown.items()}  # type: ignore[union-attr]
    layer.style = Style(kind="graduated", field="height_m", palette="viridis", low=0.0, high=40.0, unit="m")
    scene.prepare((800, 500), 1.0)
    after = dict(actor._shown)
    assert set(after) == set(before)
    assert all(after[n].actor is before[n][0] and id(after[n].actor._points) == before[n][2] for n in after)
    assert all((after[n].actor._colors != before[n][1]).any() for n in after)
    colors = {n: m.actor._colors.copy() for n, m in after.items()}  # type: ignore[union-attr]
    fresh = TilesActor(layer.draw()[0])  # type: ignore[arg-type]
    fresh.update(layer.draw()[0], np.empty(0, np.int32))  # type: ignore[arg-type]
    fresh.leave_low()  # as one does whose plan has been painted
    for n in list(after)[:5]:
        assert (fresh._make(n).actor._colors == colors[n]).all()
    fresh.close()
    layer.style = plain
    scene.prepare((800, 500), 1.0)


def test_that_a_click_reads_one_row_and_a_selection_its_rows(city: City, tmp_path: Path) -> None:
    fresh = load_city(save_city(city, tmp_path / "again"))
    layer = BuildingsLayer(fresh)
    rows = [7, 3, 39_000]
    assert layer.some(rows)["id"].tolist() == [str(i) for i in city.buildings.ids[rows]]
    known = layer.attributes(39_000)
    assert known["height_m"] == city.buildings.column("height_m")[39_000]
    assert known["form"] == city.buildings.attributes["form"][39_000]
    assert layer.bounds(np.array(rows)) is not None
    assert layer.geometry(7).equals(city.buildings.footprints[7])
    assert not {"table", "footprints", "attributes", "mesh"} & set(vars(fresh.buildings))
    assert (layer.table()["id"].to_numpy() == city.buildings.ids).all()
