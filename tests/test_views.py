"""Several views in one picture, and two halves with a divider."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from gui.scene.compare import Box, Pane, Panes, viewport
from gui.scene.offscreen import hidden_window, pixels, render_rgb
from gui.scene.scene import Scene
from layers.drawing import Drawing, Lines
from layers.layer import Layer
from tests.little_city import little_city
from twin.city.city import City

SIZE = (640, 400)


@pytest.fixture(scope="module")
def city() -> City:
    return little_city(5)


def buildings(scene: Scene) -> str:
    return next(x.id for x in scene.layers if x.id == "buildings")


def all_of(layer: object) -> bool:
    return bool(layer.visible)  # type: ignore[attr-defined]


def bare(scene: Scene) -> Pane:
    hidden = buildings(scene)
    return Pane(lambda layer: layer.visible and layer.id != hidden, "bare")


def picture(scene: Scene) -> np.ndarray:
    return render_rgb(scene, None, SIZE).astype(int)


# -- where views are --------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("count", [1, 2, 4])
def test_that_views_fill_the_picture_and_do_not_overlap(count: int) -> None:
    panes = Panes([Pane(all_of) for _ in range(count)])
    covered = np.zeros((401, 643), int)
    for k in range(count):
        b = panes.box(k, (643, 401))
        covered[b.y0 : b.y1, b.x0 : b.x1] += 1
    assert (covered == 1).all()


def test_that_the_first_view_is_on_the_upper_left() -> None:
    panes = Panes([Pane(all_of) for _ in range(4)])
    assert panes.box(0, SIZE) == Box(0, 200, 320, 400)
    assert panes.at(10, 390, SIZE) == 0
    assert panes.at(630, 5, SIZE) == 3
    assert panes.at(-50, 9_999, SIZE) == 0, "outside: the nearest"


def test_that_the_divider_stays_in_the_picture() -> None:
    panes = Panes([Pane(all_of), Pane(all_of)], swipe=True)
    panes.set_divider(-3)
    assert 0 < panes.box(0, SIZE).x1 < 64
    panes.set_divider(7)
    assert 576 < panes.box(1, SIZE).x0 < 640
    assert panes.frame(1, SIZE) == Box(0, 0, *SIZE), "both halves are of the same picture"


def test_that_viewports_are_shares_of_what_the_window_shows() -> None:
    assert viewport(Box(100, 0, 200, 50), Box(100, 0, 300, 100)) == (0.0, 0.0, 0.5, 0.5)


# -- what they draw ---------------------------------------------------------------------------------------------------
def test_that_no_panes_draw_what_was_drawn_before(scene: Scene) -> None:
    before = picture(scene)
    scene.set_panes(Panes([Pane(all_of), bare(scene)]))
    picture(scene)
    scene.set_panes(Panes())
    assert np.array_equal(picture(scene), before)


def test_that_each_view_draws_its_layers_only(scene: Scene) -> None:
    scene.set_panes(Panes([Pane(all_of, "all"), bare(scene)]))
    both = picture(scene)
    middle = np.s_[150:330, 40:280]
    assert np.abs(both[middle] - both[:, 320:][middle]).mean() > 10
    scene.set_panes(Panes([Pane(all_of, "all"), Pane(all_of, "all")]))
    same = picture(scene)
    assert np.abs(same[middle] - same[:, 320:][middle]).mean() < 2


def test_that_the_halves_of_a_divided_view_are_those_of_two_whole_ones(scene: Scene) -> None:
    scene.hud.set(show_legend=False, show_scale=False, credits="", data_date="")
    with_buildings = picture(scene)
    layer = scene.layer(buildings(scene))
    assert layer is not None
    layer.visible = False
    without = picture(scene)
    layer.visible = True
    scene.set_panes(Panes([Pane(all_of), bare(scene)], swipe=True, divider=0.4))
    both = picture(scene)
    cut = round(0.4 * SIZE[0])
    # Beside the divider with its grip; a pixel at an edge here and there may fall on the other side.
    left, right = np.s_[60:, : cut - 24], np.s_[60:, cut + 24 :]
    assert (np.abs(both[left] - with_buildings[left]).max(2) > 16).mean() < 0.01
    assert (np.abs(both[right] - without[right]).max(2) > 16).mean() < 0.01
    scene.set_panes(Panes([]))
    line = np.s_[60:, cut - 20 : cut + 20]
    assert (np.abs(picture(scene)[line] - with_buildings[line]).max(2) > 16).mean() < 0.001, "the divider is still there"


def test_that_linked_views_show_the_same_and_unlinked_ones_stay_where_they_were(scene: Scene) -> None:
    scene.hud.set(show_legend=False, show_scale=False, credits="", data_date="")
    scene.set_panes(Panes([Pane(all_of), Pane(all_of)]))
    scene.camera.orbit(200, 0)
    both = picture(scene)
    assert (np.abs(both[60:, 2:318] - both[60:, 322:638]).max(2) > 16).mean() < 0.02
    scene.set_panes(Panes([Pane(all_of), Pane(all_of)], linked=False, active=1))
    before = picture(scene)
    scene.camera.orbit(300, 0)
    after = picture(scene)
    inner = np.s_[60:390, 10:310]
    assert np.abs(after[inner] - before[inner]).mean() < 0.5
    assert np.abs(after[:, 320:][inner] - before[:, 320:][inner]).mean() > 3


def test_that_the_view_below_the_cursor_becomes_the_one_in_use(scene: Scene) -> None:
    scene.set_panes(Panes([Pane(all_of), Pane(all_of)], linked=False))
    picture(scene)
    width, height = scene.picture_size
    here = scene.camera.eye
    x, y = scene.inside(0.75 * width, 0.5 * height)
    assert scene.panes.active == 1
    assert (x, y) == (pytest.approx(0.25 * width), pytest.approx(0.5 * height))
    scene.camera.set(replace(here, heading=(here.heading + 90) % 360))
    scene.inside(0.2 * width, 0.5 * height)
    assert scene.camera.eye == here, "the other one has not moved"
    assert scene.inside(0.75 * width, 0.5 * height, keep=True) == (pytest.approx(0.75 * width), pytest.approx(0.5 * height))
    assert scene.panes.active == 0


def test_that_picking_in_a_view_sees_what_it_shows(scene: Scene) -> None:
    scene.set_panes(Panes([Pane(all_of), bare(scene)]))
    picture(scene)
    width, height = scene.picture_size
    found = []
    for view in (0.25, 0.75):
        hits = [scene.pick(*scene.inside((view + dx) * width, dy * height)) for dx in (-0.1, 0.0, 0.1) for dy in (0.5, 0.6, 0.7)]
        found.append({h.layer.id for h in hits if h is not None})
    assert buildings(scene) in found[0]
    assert buildings(scene) not in found[1]


def test_that_badge_and_credits_are_there_once_and_titles_in_each(scene: Scene) -> None:
    scene.hud.set(badge="WHAT-IF")
    panes = Panes([Pane(all_of, f"view {k}") for k in range(4)])
    scene.set_panes(panes)
    picture(scene)
    huds = [p.hud for p in panes]
    assert [h.badge for h in huds] == ["WHAT-IF", "", "", ""]
    assert [bool(h.credits) for h in huds] == [False, False, False, True]
    assert [h.heading for h in huds] == ["A   view 0", "B   view 1", "C   view 2", "D   view 3"]


class Line(Layer):
    """One line of three pixels."""

    def draw(self) -> list[Drawing]:
        points = np.array([[-100.0, 0.0, 60.0], [100.0, 0.0, 60.0]])
        rows, colors = np.array([-1], np.int32), np.array([[255, 0, 0, 255]], np.uint8)
        return [Lines(self.id, 0, points=points, offsets=np.array([0, 2]), rows=rows, colors=colors, width=3.0)]


def test_that_lines_are_as_wide_in_a_sharper_picture(scene: Scene) -> None:
    scene.add(Line("line", "Line", "city"))
    red = []
    for scale in (1, 4):
        rgb = render_rgb(scene, None, SIZE, scale).astype(int)
        red.append(((rgb[..., 0] > 180) & (rgb[..., 1] < 110)).sum() / scale**2)
    assert red[0] > 100
    assert red[1] == pytest.approx(red[0], rel=0.35)


def test_that_a_copy_has_the_same_views(scene: Scene) -> None:
    scene.set_panes(Panes([Pane(all_of, "all"), bare(scene)], swipe=True, divider=0.3))
    window = hidden_window(SIZE)
    scene.attach(window)
    scene.draw(window, SIZE)
    shown = pixels(window).astype(int)
    copied = render_rgb(scene.copy(), None, SIZE).astype(int)
    window.RemoveRenderer(scene.renderer)
    window.Finalize()
    assert np.abs(shown - copied).mean() < 6
