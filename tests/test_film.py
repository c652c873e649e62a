"""Films and pictures without a screen: the way of the eye, frames, files that are whole or not there."""

from __future__ import annotations

import subprocess
from collections.abc import Generator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from gui import film
from gui.film import DayOfSun, Plan, along, centred, draw, eased, even, frames_of, sink_for, turntable
from gui.headless import film as make
from gui.pictures import Wish, picture
from gui.scene import offscreen
from gui.scene.camera import Eye
from gui.scene.compare import Pane, Panes
from gui.scene.offscreen import Developed, check_room, render_rgb
from gui.scene.scene import Scene
from tests.little_city import little_city
from twin.city.city import City
from twin.errors import InputError, StorageError

SIZE = (320, 180)


@pytest.fixture(scope="module")
def city() -> City:
    return little_city(4)


# -- the way of the eye -----------------------------------------------------------------------------------------------
STOPS = [Eye(0, 0, 0, 500, 350, -30), Eye(300, 100, 5, 200, 20, -20), Eye(310, 400, 5, 60, 90, -10), Eye(-200, 300, 0, 800, 200, -60)]


def test_that_a_turntable_goes_once_around_and_ends_a_step_before_its_start() -> None:
    eyes = turntable(Eye(heading=30), 36)
    assert len(eyes) == 36
    turns = np.diff([e.heading for e in eyes]) % 360
    assert np.allclose(turns, 10)
    assert (eyes[0].heading - eyes[-1].heading) % 360 == pytest.approx(10)
    assert len({(e.x, e.y, e.z, e.distance, e.pitch) for e in eyes}) == 1


def test_that_a_turntable_keeps_the_whole_city_in_the_picture(scene: Scene) -> None:
    scene.camera.view("iso", animate=False)
    scene.size = (640, 360)
    x0, x1, y0, y1, z0, _ = scene.bounds
    corners = np.array([[x, y, z0] for x in (x0, x1) for y in (y0, y1)])
    for eye in turntable(centred(scene.camera.eye, scene.bounds, scene.size), 16):
        scene.camera.set(eye)
        xy, depth = scene.project(corners)
        assert (depth > 0).all()
        assert ((xy >= 0) & (xy <= scene.size)).all()
    near = replace(scene.camera.eye, distance=30.0)
    assert centred(near, scene.bounds, scene.size) == near


def test_that_a_path_begins_and_ends_at_its_stops_and_passes_the_others() -> None:
    eyes = along(STOPS, 400)
    places = np.array([e.position for e in eyes])
    for stop, most in zip(STOPS, (0.5, 8, 8, 0.5), strict=True):
        assert np.linalg.norm(places - stop.position, axis=1).min() < most
    assert np.allclose(places[0], STOPS[0].position, atol=0.01)
    assert np.allclose(places[-1], STOPS[-1].position, atol=0.01)
    assert eyes[0].heading == pytest.approx(350, abs=0.01)
    assert eyes[-1].heading == pytest.approx(200, abs=0.01)


def test_that_a_path_turns_the_short_way_over_north() -> None:
    headings = np.array([e.heading for e in along(STOPS[:2], 100)])
    assert ((headings >= 349) | (headings <= 21)).all()


def test_that_a_path_has_no_jumps_and_eases_at_its_ends() -> None:
    eyes = along(STOPS, 300)
    places = np.array([e.position for e in eyes])
    away = np.array([e.distance for e in eyes])
    pace = (
        np.linalg.norm(np.diff(places, axis=0), axis=1) / away[1:] + np.abs(np.diff(np.unwrap([e.heading for e in eyes], period=360))) / 45
    )
    middle = np.median(pace)
    assert pace.max() < 2.5 * middle
    assert pace[0] < 0.2 * middle
    assert pace[-1] < 0.2 * middle


def test_that_easing_runs_from_nothing_to_all_at_constant_pace_between() -> None:
    t = np.linspace(0, 1, 1001)
    s = eased(t)
    assert s[0] == 0
    assert s[-1] == pytest.approx(1)
    assert (np.diff(s) >= 0).all()
    middle = np.diff(s)[200:800]
    assert middle.max() - middle.min() < 1e-9


def test_that_one_stop_or_equal_ones_are_no_path() -> None:
    with pytest.raises(InputError, match="two places"):
        along(STOPS[:1], 10)
    with pytest.raises(InputError, match="the same"):
        along([STOPS[0], STOPS[0]], 10)


@pytest.mark.parametrize(("seconds", "fps"), [(0.1, 30), (float("nan"), 30), (5000, 30), (10, 0), (10, 500)])
def test_that_lengths_and_paces_no_film_has_are_refused(seconds: float, fps: int) -> None:
    with pytest.raises(InputError):
        frames_of(seconds, fps)


def test_that_sizes_become_even() -> None:
    assert even((641, 361)) == (640, 360)
    with pytest.raises(InputError):
        even((8, 8))


def test_that_a_day_of_sun_runs_from_before_its_rise_until_after_its_set(city: City, scene: Scene) -> None:
    day = DayOfSun(city, scene.ground, date(2026, 6, 21), (0.0, 0.0))
    moments = day.moments(50)
    assert 13 < (moments[-1] - moments[0]) / 3600 < 18
    day.show(scene, moments[25])
    assert scene.lighting.light.elevation > 50
    assert scene.hud.clock.startswith("2026-06-2")
    day.show(scene, moments[0])
    assert not scene.lighting.light.casts


# -- files ------------------------------------------------------------------------------------------------------------
def probed(path: Path) -> str:
    program = film.ffmpeg()
    assert program is not None
    return subprocess.run([program, "-hide_banner", "-i", str(path)], capture_output=True, text=True).stderr


def test_that_a_turntable_becomes_h264_that_every_player_shows(city: City, tmp_path: Path) -> None:
    out = make(city, tmp_path / "x.mp4", "turntable", ["iso"], 1.0, (321, 181), 6, smooth=False)
    said = probed(out)
    assert "h264" in said
    assert "yuv420p" in said
    assert "320x180" in said
    assert "00:00:01.00" in said
    assert "made for tests" in said
    assert [p.name for p in tmp_path.iterdir()] == ["x.mp4"]


def test_that_a_path_becomes_a_folder_of_pictures_that_differ(city: City, tmp_path: Path) -> None:
    out = make(city, tmp_path / "frames", "path", ["iso", "top"], 0.5, SIZE, 8, smooth=False)
    frames = [np.asarray(Image.open(p)) for p in sorted(out.iterdir())]
    assert [p.name for p in sorted(out.iterdir())] == ["00000.png", "00001.png", "00002.png", "00003.png"]
    assert all(f.shape == (180, 320, 3) for f in frames)
    assert np.abs(frames[0].astype(int) - frames[-1]).mean() > 5
    assert [p.name for p in tmp_path.iterdir()] == ["frames"]


def test_that_a_time_lapse_without_a_result_is_refused(city: City, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="--result"):
        make(city, tmp_path / "x.mp4", "timelapse", ["iso"])
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", ["x.mp4", "frames"])
def test_that_a_film_given_up_leaves_nothing(scene: Scene, tmp_path: Path, name: str) -> None:
    plan = Plan(turntable(scene.camera.eye, 20), size=SIZE, fps=10, smooth=False)
    frames = draw(scene, plan, sink_for(tmp_path / name, SIZE, 10))
    assert next(frames) == pytest.approx(0.05)
    assert next(frames) == pytest.approx(0.1)
    frames.close()
    assert not list(tmp_path.iterdir())


def test_that_an_earlier_film_stays_when_another_is_given_up(scene: Scene, tmp_path: Path) -> None:
    path = tmp_path / "x.mp4"
    path.write_bytes(b"the earlier one")
    frames = draw(scene, Plan(turntable(scene.camera.eye, 20), size=SIZE, smooth=False), sink_for(path, SIZE, 10))
    next(frames)
    frames.close()
    assert path.read_bytes() == b"the earlier one"


def test_that_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("years of work")
    with pytest.raises(InputError, match="something else"):
        sink_for(tmp_path, SIZE, 10)


def test_that_without_ffmpeg_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(__import__("sys").modules, "imageio_ffmpeg", None)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match=r"urban-twin\[video\].*folder"):
        sink_for(tmp_path / "x.mp4", SIZE, 10)


def test_that_another_ending_is_no_film(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no kind of film"):
        sink_for(tmp_path / "x.avi", SIZE, 10)


def drawn(steps: Generator[float, None, Any]) -> Any:
    """What the steps come to."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


# -- pictures ---------------------------------------------------------------------------------------------------------
def test_that_a_picture_in_parts_is_the_picture_in_one(scene: Scene) -> None:
    with Developed(scene, (600, 400), 1.0) as whole:
        one = whole.take().astype(int)
    with Developed(scene, (600, 400), 1.0, most_side=500) as parted:
        assert parted.parts == 6
        many = parted.take().astype(int)
    assert one.shape == many.shape
    assert (np.abs(one - many).max(2) > 12).mean() < 0.003  # a pixel at an edge here and there


def test_that_larger_scales_look_the_same(scene: Scene) -> None:
    pictures = []
    for scale in (1, 2, 4):
        image = Image.fromarray(render_rgb(scene, None, (400, 250), scale))
        pictures.append(np.asarray(image.reduce(scale) if scale > 1 else image))
    for other in pictures[1:]:
        assert np.abs(pictures[0].astype(int) - other).mean() < 3.0


def test_that_a_png_says_what_it_shows(scene: Scene, tmp_path: Path) -> None:
    scene.hud.set(badge="WHAT-IF", clock="T+01:00")
    render_rgb(scene, tmp_path / "x.png", (200, 120))
    with Image.open(tmp_path / "x.png") as image:
        text = image.text
    assert text["Description"] == "WHAT-IF; T+01:00"
    assert "made for tests" in text["Copyright"]
    assert '"heading"' in text["Camera"]
    assert text["Reference system"].startswith("EPSG:")
    assert [p.name for p in tmp_path.iterdir()] == ["x.png"]


def test_that_a_picture_without_room_for_it_is_refused_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="too large"):
        check_room((40_000, 1_000))
    monkeypatch.setattr(offscreen, "memory_left", lambda: 500_000_000)
    check_room((1_600, 900))
    with pytest.raises(InputError, match=r"needs .* GB of memory"):
        check_room((16_000, 9_000))


def test_that_a_picture_that_cannot_be_written_says_so(scene: Scene, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        render_rgb(scene, tmp_path / "file" / "x.png", (64, 64))


def test_that_a_wish_without_names_and_scale_bar_leaves_them_out_and_keeps_the_badge(scene: Scene) -> None:
    scene.hud.set(badge="WHAT-IF")

    wishes = Wish((500, 300), 1), Wish((500, 300), 1, legend=False, scale_bar=False, labels=False)
    full, bare = (drawn(picture(scene, w))[0].astype(int) for w in wishes)
    assert np.abs(full - bare)[260:, :150].max() > 50, "the scale bar"
    assert np.abs(full - bare)[:50, 420:].max() > 50, "the north arrow"
    badge = np.s_[14:40, 14:70]
    assert np.abs(full - bare)[badge].max() < 30, "the badge stays"
    assert (full[badge].std(axis=(0, 1)) > 10).any()


def test_that_the_view_in_use_can_be_had_alone(scene: Scene) -> None:
    first = scene.layers[0].id
    scene.set_panes(Panes([Pane(lambda layer: layer.id != first, "without"), Pane(lambda layer: True, "with")]))
    scene.panes.active = 1
    rgb, told = drawn(picture(scene, Wish((400, 300), 1, whole=False)))
    assert rgb.shape == (300, 400, 3)
    assert told["Description"] == "with"
