"""The scene without a window: pictures, picking, camera, tools, and the view where Qt has no GL."""

from __future__ import annotations

import gc
import time
import weakref
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gui.scene.camera import Eye
from gui.scene.fonts import font_file
from gui.scene.meshes import facets
from gui.scene.picking import nearest_line
from gui.scene.scene import Scene
from gui.scene.street import street_eye
from gui.shot import shot
from layers.catalogue import city_layers
from layers.ground import Ground
from tests.hidden import Window
from tests.little_city import little_city
from twin.city.city import City
from twin.errors import InputError, StorageError
from twin.frame import LocalFrame

SIZE = (640, 400)


@pytest.fixture(scope="module")
def city() -> City:
    return little_city(8)


@pytest.fixture
def window(scene: Scene) -> Iterator[Window]:
    with Window(scene, SIZE) as made:
        yield made


def test_that_a_picture_shows_a_city_and_not_one_colour(window: Window) -> None:
    rgb = window.picture()
    assert rgb.shape == (SIZE[1], SIZE[0], 3)
    assert len(np.unique(rgb.reshape(-1, 3), axis=0)) > 500


def test_that_the_pixel_of_a_tower_picks_the_tower(window: Window) -> None:
    window.picture()
    scene = window.scene
    xy, depth = scene.project(np.array([[-10.0, -10.0, 190.0]]))
    assert depth[0] > 0
    hit = scene.pick(xy[0, 0], SIZE[1] - xy[0, 1])
    assert hit is not None
    assert (hit.layer.id, hit.row) == ("buildings", 0)
    assert hit.point[2] > 100


def test_that_the_sky_picks_nothing_and_a_hidden_layer_is_not_picked(window: Window) -> None:
    scene = window.scene
    scene.camera.set(Eye(0, 0, 40, 300, 0, 20))
    window.picture()
    assert scene.pick(5, 5) is None
    scene.camera.view("top", animate=False)
    window.picture()
    xy, _ = scene.project(np.array([[53.0, 53.0, 153.0]]))
    assert scene.pick(xy[0, 0], SIZE[1] - xy[0, 1]).layer.id == "buildings"
    scene.layer("buildings").visible = False
    window.picture()
    assert scene.pick(xy[0, 0], SIZE[1] - xy[0, 1]).layer.id != "buildings"


def test_that_a_pin_is_picked_before_what_stands_behind_it(window: Window) -> None:
    scene = window.scene
    window.picture()
    pins = scene.layer("facilities")
    xy, _ = scene.project(pins.positions()[1:])
    hit = scene.pick(xy[0, 0], SIZE[1] - xy[0, 1])
    assert (hit.layer.id, hit.row) == ("facilities", 1)


def test_that_projecting_and_aiming_are_inverse(scene: Scene) -> None:
    scene.prepare(SIZE)
    point = np.array([35.0, -60.0, 12.0])
    xy, depth = scene.project(point[None])
    origin, way = scene.ray(xy[0, 0], SIZE[1] - xy[0, 1])
    along = (point - origin) @ way
    assert np.linalg.norm(origin + way * along - point) < 1e-6
    assert depth[0] > 0


def test_that_the_projection_is_the_one_vtk_draws_with(window: Window) -> None:
    window.picture()
    renderer = window.scene.renderer
    renderer.SetWorldPoint(53.0, 53.0, 153.0, 1.0)
    renderer.WorldToDisplay()
    xy, _ = window.scene.project(np.array([[53.0, 53.0, 153.0]]))
    assert np.allclose(renderer.GetDisplayPoint()[:2], xy[0], atol=1.0)


def test_that_a_change_of_style_keeps_the_actor_and_its_arrays(window: Window) -> None:
    from dataclasses import replace

    scene = window.scene
    before = window.picture().astype(int)
    actor = scene._actors["buildings"]["buildings"][0]
    held = actor.poly.GetPoints(), actor.poly.GetPointData().GetScalars()
    layer = scene.layer("buildings")
    layer.style = replace(layer.style, kind="graduated", field="height_m", palette="batlow", low=0, high=100)
    after = window.picture().astype(int)
    assert scene._actors["buildings"]["buildings"][0] is actor
    assert (actor.poly.GetPoints(), actor.poly.GetPointData().GetScalars()) == held
    assert (np.abs(after - before).sum(2) > 30).mean() > 0.05


def test_that_a_selected_building_stands_out(window: Window) -> None:
    scene = window.scene
    before = window.picture().astype(int)
    scene.layer("buildings").select([0])
    changed = np.abs(window.picture().astype(int) - before).sum(2) > 40
    xy, _ = scene.project(np.array([[-10.0, -10.0, 190.0]]))
    assert changed[SIZE[1] - int(xy[0, 1]), int(xy[0, 0])]
    assert changed.mean() < 0.1


def test_that_badge_and_credits_are_in_every_picture(window: Window) -> None:
    scene = window.scene
    before = window.picture().astype(int)
    scene.hud.set(badge="EXERCISE")
    with_badge = window.picture().astype(int)
    corner = np.abs(with_badge - before)[:50, :180].sum(2)
    assert (corner > 60).any()
    red = with_badge[12:40, 12:120]
    assert ((red[..., 0] > 140) & (red[..., 1] < 80)).any()
    assert "© made for tests" in scene.hud.credits
    assert "synthetic" in scene.hud.credits
    with pytest.raises(AttributeError):
        scene.hud.set(bagde="LIVE")


def test_that_chinese_names_are_written_in_a_font_that_has_them() -> None:
    if font_file() is None:
        pytest.skip("no fontconfig")
    from gui.scene.fonts import font

    face = font(24)
    assert face.getmask("启").getbbox() != face.getmask("明").getbbox() or bytes(face.getmask("启")) != bytes(face.getmask("明"))


@pytest.mark.parametrize(("name", "heading"), [("north", 0.0), ("east", 90.0), ("south", 180.0), ("west", 270.0)])
def test_that_presets_look_the_way_they_are_called(scene: Scene, name: str, heading: float) -> None:
    scene.camera.view(name, animate=False)
    assert scene.camera.eye.heading == heading


def test_that_a_view_is_kept_and_found_again_and_changes_are_undone(scene: Scene) -> None:
    first = scene.camera.state()
    scene.camera.view("top", animate=False)
    scene.camera.view("north", animate=False)
    assert scene.camera.undo()
    scene.camera.finish()
    assert scene.camera.eye.pitch < -80
    assert scene.camera.redo()
    scene.camera.finish()
    assert scene.camera.eye.heading == 0.0
    scene.camera.restore(first)
    assert scene.camera.state() == first


def test_that_a_flight_ends_at_its_goal_and_reduced_motion_does_not_fly(scene: Scene) -> None:
    scene.camera.fly_to((0, 20, 0, 20, 0, 30))
    assert scene.camera.is_flying
    scene.camera.finish()
    assert (scene.camera.eye.x, scene.camera.eye.y) == (10.0, 10.0)
    scene.camera.reduced_motion = True
    scene.camera.view("top")
    assert not scene.camera.is_flying


def test_that_zooming_keeps_the_place_under_the_cursor(scene: Scene) -> None:
    scene.prepare(SIZE)
    place = scene.ground_point(200, 250)
    assert place is not None
    scene.camera.zoom(1.7, place)
    xy, _ = scene.project(place[None])
    assert np.allclose(xy[0], (200, SIZE[1] - 250), atol=1.5)


def test_that_dragging_the_ground_takes_it_along(scene: Scene) -> None:
    scene.camera.view("top", animate=False)
    scene.prepare(SIZE)
    place = scene.ground_point(300, 200)
    assert place is not None
    scene.camera.pan(40, 25)
    xy, _ = scene.project(place[None])
    assert np.allclose(xy[0], (340, SIZE[1] - 225), atol=3)


def test_that_the_eye_never_goes_below_the_ground(scene: Scene) -> None:
    scene.camera.set(Eye(0, 0, -50, 10, 0, 0))
    position = scene.camera.eye.position
    assert position[2] > float(scene.ground.height(position[0], position[1])) + 1.0


def test_that_the_street_view_stands_at_eye_height_outside_buildings_and_looks_at_a_tower(city: City) -> None:
    import shapely

    ground = Ground.of(city)
    eye = street_eye(city, ground)
    assert eye is not None
    x, y, z = eye.position
    assert z - float(ground.height(x, y)) == pytest.approx(1.8, abs=0.3)
    assert shapely.distance(city.buildings.footprints, shapely.Point(x, y)).min() > 2
    bearing = np.degrees(np.arctan2(-10 - x, -10 - y))
    assert abs((bearing - eye.heading + 180) % 360 - 180) < 40
    assert street_eye(City("Nowhere", LocalFrame(None)), ground) is None


def test_that_a_drawn_line_comes_out_in_local_metres(scene: Scene) -> None:
    scene.prepare(SIZE)
    done: list[tuple[str, Any]] = []
    scene.tools.finished.connect(lambda tool, shape: done.append((tool, shape)))
    scene.tools.start("barrier")
    pixels_ = [(200, 300), (320, 300), (400, 320)]
    for x, y in pixels_:
        scene.tools.hover(x, y)
        scene.tools.click(x, y)
    scene.tools.finish()
    ((tool, shape),) = done
    assert tool == "barrier"
    expected = [scene.ground_point(x, y)[:2] for x, y in pixels_]
    assert np.allclose(np.array(shape.coords)[:, :2], expected, atol=1e-6)
    assert scene.tools.active == ""


def test_that_a_shape_with_too_few_points_is_not_finished_and_escape_gives_up(scene: Scene) -> None:
    scene.prepare(SIZE)
    gone: list[bool] = []
    scene.tools.cancelled.connect(lambda: gone.append(True))
    scene.tools.start("basin")
    scene.tools.click(200, 300)
    scene.tools.click(260, 300)
    scene.tools.finish()
    assert scene.tools.active == "basin"
    scene.tools.cancel()
    assert gone == [True]
    with pytest.raises(ValueError, match="geometry"):
        scene.tools.start("no-such-tool")


def test_that_measuring_says_the_length(scene: Scene) -> None:
    scene.camera.view("top", animate=False)
    scene.prepare(SIZE)
    said: list[str] = []
    scene.tools.measured.connect(said.append)
    scene.tools.start("measure")
    for at in ((-185.0, -185.0, 3.0), (-185.0, -65.0, 3.0)):  # along a street
        xy, _ = scene.project(np.array([at]))
        scene.tools.click(xy[0, 0], SIZE[1] - xy[0, 1])
    scene.tools.finish()
    assert float(said[-1].split(" m")[0]) == pytest.approx(120, abs=3)


def test_that_facets_of_a_box_share_no_vertex_around_corners() -> None:
    import shapely

    from twin.city.extrude import extrude

    mesh = extrude(np.array([shapely.box(0, 0, 10, 10)], object), np.zeros(1), np.full(1, 8.0))
    point, triangles, normals, of, way = facets(mesh.points, mesh.triangles, mesh.object)
    assert len(point) == 24
    assert np.allclose(mesh.points[point][triangles], mesh.points[mesh.triangles])
    assert np.allclose(np.abs(normals).max(1), 1.0)
    assert len(of) == len(way) == 24


@pytest.mark.parametrize("camera", ["iso", "top", "street"])
def test_that_shots_need_no_screen(city: City, tmp_path: Path, camera: str) -> None:
    path = shot(city, tmp_path / "new" / f"{camera}.png", camera, size=(320, 200), badge="LIVE")
    rgb = np.asarray(Image.open(path))
    assert rgb.shape == (200, 320, 3)
    assert len(np.unique(rgb.reshape(-1, 3), axis=0)) > 200


def test_that_a_shot_from_a_place_looks_from_there(city: City, tmp_path: Path) -> None:
    lon, lat = city.frame.to_lonlat(0.0, -600.0)
    a = np.asarray(Image.open(shot(city, tmp_path / "a.png", f"{lon},{lat},120,0,-12", size=(320, 200))))
    b = np.asarray(Image.open(shot(city, tmp_path / "b.png", f"{lon},{lat},120,180,-12", size=(320, 200))))
    assert np.abs(a.astype(int) - b).mean() > 3


@pytest.mark.parametrize("camera", ["isometric", "1,2,3", "999,0,10,0,0", "a,b,c,d,e", "nan,0,1,2,3"])
def test_that_a_camera_nobody_knows_is_a_plain_sentence(city: City, tmp_path: Path, camera: str) -> None:
    with pytest.raises(InputError, match="camera"):
        shot(city, tmp_path / "x.png", camera, size=(64, 64))


def test_that_a_picture_that_cannot_be_written_says_so(city: City, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="written"):
        shot(city, tmp_path / "file" / "x.png", "iso", size=(64, 64))


def test_that_an_empty_city_has_a_picture_too(tmp_path: Path) -> None:
    assert shot(City("Nowhere", LocalFrame(None)), tmp_path / "x.png", "street", size=(160, 100)).exists()


def test_that_a_closed_scene_holds_on_to_nothing(city: City) -> None:
    scene = Scene()
    scene.set_city(city)
    layers = city_layers(city)
    for layer in layers:
        scene.add(layer)
    window = Window(scene, SIZE)
    window.picture()
    window.close()
    scene.close()
    gone = weakref.ref(scene)
    del scene, window
    gc.collect()
    assert gone() is None
    assert all(len(layer.changed) <= 1 for layer in layers)  # only the layer's own


def test_that_the_view_works_where_qt_has_no_gl(qtbot: Any, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from PySide6.QtCore import QPoint, Qt

    from gui.scene.view import View3D

    monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    view = View3D()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.scene.set_city(city)
    for layer in city_layers(city):
        view.scene.add(layer)
    with qtbot.waitSignal(view.first_picture, timeout=20_000):
        view.show()
    assert not view.has_gl
    xy, _ = view.scene.project(np.array([[-10.0, -10.0, 190.0]]))
    at = QPoint(int(xy[0, 0]), int(view.scene.size[1] - xy[0, 1]))
    with qtbot.waitSignal(view.clicked, timeout=5000) as click:
        qtbot.mouseClick(view._canvas, Qt.MouseButton.LeftButton, pos=at)
    assert (click.args[0].layer.id, click.args[0].row) == ("buildings", 0)
    heading = view.scene.camera.eye.heading
    qtbot.mousePress(view._canvas, Qt.MouseButton.LeftButton, pos=at)
    for step in range(1, 6):
        qtbot.mouseMove(view._canvas, at + QPoint(12 * step, 0))
    qtbot.mouseRelease(view._canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(60, 0))
    assert view.scene.camera.eye.heading != heading
    view.close()
    assert view._closed


def test_that_an_idle_view_paints_nothing(qtbot: Any, city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    from gui.scene.view import View3D

    monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    view = View3D()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.scene.set_city(city)
    with qtbot.waitSignal(view.first_picture, timeout=20_000):
        view.show()
    qtbot.wait(300)
    painted: list[float] = []
    view._canvas.painted = painted.append
    began = time.thread_time()
    qtbot.wait(1000)
    assert painted == []
    assert time.thread_time() - began < 0.2  # of the window's own thread: what other tests left behind may still be ending in theirs
    view.close()


@pytest.mark.gl
def test_that_the_real_view_draws_the_city_and_picks_at_its_pixels(qtbot: Any, city: City) -> None:
    from PySide6.QtCore import QPoint, Qt

    from gui.scene.canvas import gl_of_qt
    from gui.scene.view import View3D

    if not gl_of_qt()[0]:
        pytest.skip("this Qt platform has no OpenGL widget")
    view = View3D()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.scene.set_city(city)
    for layer in city_layers(city):
        view.scene.add(layer)
    with qtbot.waitSignal(view.first_picture, timeout=30_000):
        view.show()
    assert view.has_gl

    def picture() -> np.ndarray:
        image = view._canvas.grabFramebuffer().convertToFormat(view._canvas.grabFramebuffer().Format.Format_RGB888)
        rows = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
        return rows[:, : 3 * image.width()].reshape(image.height(), image.width(), 3).astype(int)

    shown = picture()
    assert len(np.unique(shown.reshape(-1, 3), axis=0)) > 500
    xy, _ = view.scene.project(np.array([[-10.0, -10.0, 190.0]]))
    at = QPoint(int(xy[0, 0]), int(view.scene.size[1] - xy[0, 1]))
    with qtbot.waitSignal(view.clicked, timeout=5000) as click:
        qtbot.mouseClick(view._canvas, Qt.MouseButton.LeftButton, pos=at)
    assert (click.args[0].layer.id, click.args[0].row) == ("buildings", 0)
    view.scene.layer("buildings").select([0])
    marked = picture()
    assert marked[at.y(), at.x()][0] - marked[at.y(), at.x()][2] > 60  # orange
    assert (np.abs(marked - shown).sum(2) > 40).mean() < 0.1
    # A picture made while the view is open comes from a copy and leaves the view as it was.
    rgb = view.scene.screenshot(None, (320, 200))
    assert len(np.unique(rgb.reshape(-1, 3), axis=0)) > 200
    assert np.abs(picture() - marked).mean() < 1.0
    view.close()


@pytest.mark.gl
@pytest.mark.parametrize("soft", [True, False])
def test_that_a_slow_view_is_coarser_while_it_moves_and_sharp_again_when_it_stands(
    qtbot: Any, city: City, monkeypatch: pytest.MonkeyPatch, soft: bool
) -> None:
    from PySide6.QtCore import QPoint, Qt

    import gui.scene.scene as scene_module
    from gui.scene.view import View3D

    monkeypatch.setattr(scene_module, "SLOW_MS", 0.0)
    if soft:
        monkeypatch.setenv("TWIN_SOFT_VIEW", "1")
    view = View3D()
    qtbot.addWidget(view)
    view.resize(*SIZE)
    view.scene.set_city(city)
    for layer in city_layers(city):
        view.scene.add(layer)
    with qtbot.waitSignal(view.first_picture, timeout=30_000):
        view.show()
    at = QPoint(300, 200)
    qtbot.mousePress(view._canvas, Qt.MouseButton.LeftButton, pos=at)
    qtbot.mouseMove(view._canvas, at + QPoint(30, 0))
    qtbot.waitUntil(lambda: view.scene.size == (SIZE[0] // 2, SIZE[1] // 2), timeout=5000)
    qtbot.mouseRelease(view._canvas, Qt.MouseButton.LeftButton, pos=at + QPoint(30, 0))
    qtbot.waitUntil(lambda: view.scene.size == SIZE, timeout=5000)
    rgb = view.grab().toImage()
    assert len({rgb.pixel(x, y) for x in range(0, SIZE[0], 16) for y in range(0, SIZE[1], 16)}) > 50
    view.close()


def test_that_a_stem_whose_foot_is_beside_the_eye_stays_near_the_screen():
    from gui.scene.sprites import StemActor

    stems = StemActor()
    stems.lines(np.array([[800.0, 400.0], [10.0, 10.0], [5.0, 5.0]]), np.array([[3e8, -2e9], [10.0, 40.0], [np.nan, 1.0]]))
    assert stems.poly.GetNumberOfLines() == 2
    assert np.abs(stems.poly.GetBounds()).max() < 5000
    assert stems.poly.GetPoint(3)[:2] == (10.0, 40.0)


def test_that_triangles_with_a_corner_that_is_nowhere_are_left_out():
    from gui.scene.actors import MeshActor

    mesh = MeshActor("broken")
    mesh.geometry(np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0], [np.nan, 0, np.inf]]), np.array([[0, 1, 2], [1, 2, 3]]))
    assert mesh.poly.GetNumberOfPolys() == 1
    assert np.isfinite(mesh.poly.GetBounds()).all()


def test_that_a_thin_line_is_picked_from_far_off() -> None:
    xy = np.array([[100.0, 100.0], [300.0, 100.0], [300.0, 300.0], [10.0, 10.0], [20.0, 10.0]])
    depth = np.array([50.0, 150.0, 150.0, 40.0, -1.0])
    offsets = np.array([0, 3, 5])
    found = nearest_line(xy, depth, offsets, (200.0, 102.0))
    assert found is not None
    assert found[0] == 0
    assert found[1] == pytest.approx(75.0)  # half the way on the screen is nearer than half the way there
    assert nearest_line(xy, depth, offsets, (200.0, 110.0)) is None
    assert nearest_line(xy, depth, offsets, (15.0, 10.0)) is None  # one end is behind the eye
