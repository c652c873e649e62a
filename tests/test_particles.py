"""Puffs of smoke lie where a field is high, go with the wind, and say when they are only drawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from gui.scene.scene import Scene
from layers.layer import Layer
from layers.moment import Moment
from layers.particles import FieldPuffs, Particles, PuffLayer, SmokeLayer, Source
from layers.results import result_layers
from layers.traffic import TrafficLayer
from tests.little_city import little_city
from twin.city.terrain import Grid
from twin.scenario.events import Field

GRID = Grid(0.0, 0.0, 20.0, 10, 10)


def field(**options: object) -> FieldPuffs:
    values = np.zeros(GRID.shape, np.float32)
    values[5, 2], values[5, 7] = 900.0, 100.0
    values[0, 0] = np.nan
    given = {"low": 35.0, "high": 1000.0, "floor": np.full(GRID.shape, 3.0, np.float32), **options}
    return FieldPuffs(GRID, values, **given)  # type: ignore[arg-type]


def test_that_puffs_lie_where_the_field_is_high_and_are_darker_there() -> None:
    puffs = field().at(0.0)
    near = np.abs(puffs.points[:, 0] - GRID.x[2]) < 20
    assert near.sum() > 2 * (~near).sum()
    assert puffs.colors[near, :3].mean() < puffs.colors[~near, :3].mean()
    assert np.abs(puffs.points[:, 1] - GRID.y[5]).max() < 20
    assert puffs.points[:, 2].min() > 3.0


def test_that_a_field_below_its_range_has_no_puffs() -> None:
    assert len(field(low=2000.0).at(0.0)) == 0


def test_that_puffs_go_with_the_wind() -> None:
    still, later = field(wind=(5.0, 0.0)).at(0.0), field(wind=(5.0, 0.0)).at(1.0)
    step = later.points[:, 0] - still.points[:, 0]
    assert np.median(step) == pytest.approx(5.0, abs=0.8)


def test_that_the_same_moment_gives_the_same_puffs() -> None:
    assert np.array_equal(field().at(3.0).points, field().at(3.0).points)


class Store:
    """A result with smoke, fire and wind."""

    times = [0.0]

    def quantities(self) -> list[str]:
        return ["fire_intensity", "smoke_concentration", "wind_u", "wind_v"]

    def at(self, quantity: str, time_s: float | None = None) -> Field:
        value = {"fire_intensity": 2000.0, "smoke_concentration": 500.0, "wind_u": 4.0, "wind_v": 0.0}[quantity]
        return Field(quantity, "grid", np.full(GRID.shape, value, np.float32), GRID)


def test_that_smoke_and_fire_of_a_result_are_layers_of_puffs() -> None:
    layers = {x.id: x for x in result_layers(little_city(), Store())}
    smoke, fire = layers["smoke_concentration"], layers["fire_intensity"]
    assert isinstance(smoke, PuffLayer)
    assert smoke.visible
    assert smoke.legend().unit == "ug/m3"
    (drawn,) = smoke.draw()
    (flames,) = fire.draw()
    assert isinstance(drawn, Particles)
    assert isinstance(flames, Particles)
    assert flames.glow
    assert not drawn.glow
    assert len(drawn.at(Moment())) > 100


def test_that_drawn_smoke_rises_downwind_and_spreads() -> None:
    puffs = Source(100.0, 0.0, 10.0, wind_from=270.0, wind_ms=5.0, heat_mw=20.0).smoke(50.0)
    away = puffs.points[:, 0] - 100.0
    assert away.min() > -10.0, "nothing goes against the wind"
    near, far = away < 100, away > 600
    assert puffs.points[far, 2].mean() > puffs.points[near, 2].mean() + 30
    assert puffs.points[far, 1].std() > 3 * puffs.points[near, 1].std()
    assert puffs.colors[far, 3].mean() < puffs.colors[near, 3].mean()


def test_that_a_hotter_fire_lifts_its_smoke_higher_and_wind_presses_it_down() -> None:
    away = np.array([200.0])
    assert Source(0, 0, 0, heat_mw=120).rise(away) > Source(0, 0, 0, heat_mw=4).rise(away)
    assert Source(0, 0, 0, wind_ms=12).rise(away) < Source(0, 0, 0, wind_ms=3).rise(away)


def test_that_pictures_say_what_is_only_drawn_or_simulated(tmp_path: Path) -> None:
    scene = Scene()
    try:
        scene.set_city(little_city(), shadows=False)
        layer: Layer = SmokeLayer("smoke-1", Source(0.0, 0.0, 5.0))
        scene.add(layer)
        scene.prepare((320, 200))
        assert scene.hud.cautions == ["smoke: illustration"]
        assert scene.moves
        layer.visible = False
        scene.prepare((320, 200))
        assert scene.hud.cautions == []
        assert not scene.moves
        assert "simulated" in TrafficLayer.caution
    finally:
        scene.close()


def test_that_puffs_are_drawn_from_far_to_near() -> None:
    scene = Scene()
    try:
        scene.set_city(little_city(), shadows=False)
        scene.add(SmokeLayer("smoke-1", Source(0.0, 0.0, 5.0)))
        scene.prepare((640, 400))
        smoke = next(m for m in scene._movers() if m.source.key.endswith("-smoke"))
        points = smoke.meshes[0]._points.reshape(-1, 4, 3).mean(1)
        assert smoke.shown == len(points) > 50
        depth = (points - scene.camera.eye.position) @ scene.camera.eye.forward
        assert (np.diff(depth) < 1e-2).all()
    finally:
        scene.close()
