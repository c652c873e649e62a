"""Vehicles in the scene: bodies near by within their budget, dots further off, lamps at night; pins that stand for others."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import numpy as np
import pytest

from gui.scene.camera import Eye
from gui.scene.scene import Scene
from gui.scene.sprites import MarkerActor, place_markers
from gui.scene.vehicles import MOST_DOTS, MOST_TRIANGLES, FleetActor
from layers.drawing import Drawing, Points
from layers.layer import Layer
from layers.moment import Moment
from layers.sunlight import light_at
from layers.traffic import Fleet
from tests.little_city import little_city
from twin.city.traffic_flow import CAR, Positions
from twin.city.trips import METRO

SIZE = (640, 400)


class Cars(Layer):
    """Rows of cars that drive north, a metre a second."""

    moves_within_m = 5000.0

    def __init__(self, count: int, kind: int = CAR) -> None:
        super().__init__("cars", "Cars", "networks")
        self.many, self.kind = count, kind

    def at(self, moment: Moment) -> Positions:
        k = np.arange(self.many)
        xyz = np.column_stack([(k % 100 - 50) * 6.0, (k // 100) * 8.0 + moment.run_s, np.full(self.many, 3.0)])
        kinds = np.full(self.many, self.kind, np.uint8)
        return Positions(xyz, np.zeros(self.many), kinds, np.full((self.many, 3), 180, np.uint8), k)

    def draw(self) -> list[Drawing]:
        return [Fleet("cars", at=self.at)]


@pytest.fixture
def scene() -> Iterator[Scene]:
    made = Scene()
    made.set_city(little_city(), shadows=False)
    yield made
    made.close()


def fleet(scene: Scene) -> FleetActor:
    return next(a for a in scene._movers() if isinstance(a, FleetActor))


def test_that_a_crowd_of_cars_stays_within_its_triangles(scene: Scene) -> None:
    scene.add(Cars(20_000))
    scene.camera.set(Eye(0.0, 200.0, 3.0, 260.0, 0.0, -35.0, 45.0))
    scene.prepare(SIZE)
    actor = fleet(scene)
    assert actor.shown > 1500
    assert 2_000 < actor.triangles <= MOST_TRIANGLES
    dots = actor.meshes[1]._points
    assert dots is not None
    assert len(dots) <= MOST_DOTS


def test_that_far_cars_are_dots_and_farther_ones_nothing(scene: Scene) -> None:
    scene.add(Cars(400))
    scene.camera.set(Eye(0.0, 0.0, 3.0, 1000.0, 0.0, -60.0, 45.0))
    scene.prepare(SIZE)
    actor = fleet(scene)
    assert actor.triangles == 0
    assert len(actor.meshes[1]._points) == actor.shown > 300  # type: ignore[arg-type]
    scene.camera.set(Eye(0.0, 0.0, 3.0, 20_000.0, 0.0, -60.0, 45.0))
    scene.prepare(SIZE)
    assert actor.shown == 0


def test_that_the_moment_moves_them(scene: Scene) -> None:
    scene.add(Cars(1))
    scene.camera.set(Eye(-300.0, 0.0, 3.0, 40.0, 0.0, -30.0, 45.0))
    scene.prepare(SIZE)
    actor = fleet(scene)
    before = actor.meshes[0]._points.copy()  # type: ignore[union-attr]
    scene.moment.run_s = 2.0
    scene.prepare(SIZE)
    after = actor.meshes[0]._points
    assert after is not None
    assert after[:, 1].mean() - before[:, 1].mean() == pytest.approx(2.0, abs=0.01)


def test_that_lamps_are_lit_at_night_only(scene: Scene) -> None:
    scene.add(Cars(50))
    scene.camera.set(Eye(0.0, 0.0, 3.0, 150.0, 0.0, -30.0, 45.0))
    scene.prepare(SIZE)
    lamps = fleet(scene).meshes[2]
    assert len(lamps._points) == 0  # type: ignore[arg-type]
    scene.set_light(light_at(0.0, -20.0, 22.0), shadows=False)
    scene.prepare(SIZE)
    assert len(lamps._points) >= fleet(scene).shown > 0  # type: ignore[arg-type]


def test_that_vehicles_that_are_hidden_cost_nothing(scene: Scene) -> None:
    layer = Cars(50)
    scene.add(layer)
    scene.camera.set(Eye(0.0, 0.0, 3.0, 150.0, 0.0, -30.0, 45.0))
    scene.prepare(SIZE)
    assert scene.moves
    layer.visible = False
    scene.prepare(SIZE)
    assert not scene._movers()
    assert not scene.moves
    layer.visible = True
    scene.camera.set(Eye(0.0, 0.0, 3.0, 9000.0, 0.0, -30.0, 45.0))
    assert not scene.moves, "too far to be seen moving"


def test_that_trains_are_longer_than_cars(scene: Scene) -> None:
    lengths = []
    for kind in (CAR, METRO):
        layer = Cars(1, kind)
        scene.add(layer)
        scene.camera.set(Eye(-300.0, 0.0, 3.0, 60.0, 0.0, -30.0, 45.0))
        scene.prepare(SIZE)
        lengths.append(float(np.ptp(fleet(scene).meshes[0]._points[:, 1])))  # type: ignore[index]
        scene.remove(layer)
    assert lengths[1] > 4 * lengths[0]


def test_that_a_pin_says_for_how_many_others_it_stands() -> None:
    n = 12
    places = np.zeros((n, 3))
    places[:, 0] = np.arange(n) * 0.5
    places[n - 1, 0] = 500.0
    for counted in (True, False):
        actor = MarkerActor()
        pins = Points("pins", points=places, rows=np.arange(n, dtype=np.int32), colors=np.full((n, 4), 255, np.uint8), counted=counted)
        actor.update(pins, np.empty(0, np.int32), 1.0)
        taken: list[tuple[float, float, float, float]] = []
        place_markers([actor], lambda p: (p[:, :2] + (50.0, 50.0), np.full(len(p), 100.0)), (800, 600), taken, 100.0, 1.0)
        assert len(taken) == 2
        quads = actor.quads.poly.GetNumberOfCells()
        assert quads == (2 * 3 + len("+10") if counted else 2 * 3)


def test_that_usual_moments_are_a_working_morning() -> None:
    assert Moment().day_s == 8.5 * 3600
    assert Moment(datetime(2026, 3, 22, 0, 0, 30)).day_s == 30


def test_that_a_picture_shows_traffic_when_asked_and_says_that_it_is_simulated() -> None:
    from gui.shot import Studio

    city = little_city(8)
    with Studio(city, civil=datetime(2026, 3, 17, 17, 0)) as studio:
        assert studio.scene.moment.civil.hour == 17
        traffic = studio.scene.layer("traffic")
        assert traffic is not None
        assert not traffic.visible
        studio.show(None, ["traffic"])
        studio.scene.prepare(SIZE)
        assert traffic.visible
        assert studio.scene.hud.cautions == ["simulated traffic"]
