"""What pictures tell: data over a city that steps back, few labels and pins, a legend that explains, the street under water."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from PIL import Image

from gui.scene.camera import Eye
from gui.scene.fonts import font
from gui.scene.hud import _ends, _wrapped
from gui.scene.scene import Scene
from gui.scene.sprites import MOST_LOW_LABELS, MOST_MARKERS, LabelActor, MarkerActor
from gui.scene.street import Skyline, street_eye
from gui.shot import Studio
from layers.beyond import surroundings
from layers.buildings import BuildingsLayer
from layers.catalogue import barrier_layer, city_layers
from layers.drawing import Points, Surface
from layers.facilities import FacilitiesLayer
from layers.ground import RIVER, Ground
from layers.layer import Layer
from layers.legend import Legend
from layers.results import result_layers
from tests.little_city import little_city
from tests.test_layers import Store
from twin.city.city import City
from twin.city.features import Features
from twin.city.terrain import Grid
from twin.errors import InputError
from twin.frame import LocalFrame
from twin.scenario.events import Field

SIZE = (640, 400)


@pytest.fixture(scope="module")
def city() -> City:
    return little_city(8)


@pytest.fixture(scope="module")
def store(city: City) -> Store:
    grid = Grid.covering((-300, -300, 300, 300), 10.0)
    n, roads = len(city.buildings), len(city.networks["roads"].edges)
    return Store({
        "water_depth": {600.0: Field("water_depth", "grid", np.full(grid.shape, 0.6, np.float32), grid)},
        "building_damage": {600.0: Field("building_damage", "building", np.where(np.arange(n) < 10, 0.4, 0).astype(np.float32))},
        "road_state": {600.0: Field("road_state", "edge:roads", np.where(np.arange(roads) == 3, 2, 0))},
    })


def drawn_markers(scene: Scene) -> list[tuple[MarkerActor, np.ndarray]]:
    return [(a, np.flatnonzero(a.depth > 0)) for parts in scene._actors.values() for a, _ in parts.values() if isinstance(a, MarkerActor)]


def test_that_water_and_damage_are_seen_at_first_and_roads_are_another_picture(city: City, store: Store) -> None:
    seen = [x.id for x in result_layers(city, store) if x.visible]
    assert seen == ["water_depth", "building_damage"]
    without_water = Store({k: v for k, v in store._fields.items() if k != "water_depth"})
    assert [x.id for x in result_layers(city, without_water) if x.visible] == ["building_damage", "road_state"]


def test_that_the_city_pales_while_results_are_shown_and_comes_back(scene: Scene, city: City, store: Store) -> None:
    buildings = scene.layer("buildings")
    scene.prepare(SIZE)
    (before,) = buildings.draw()
    for layer in result_layers(city, store):
        scene.add(layer)
    scene.prepare(SIZE)
    (during,) = buildings.draw()
    assert np.ptp(during.colors[:, :3].astype(int), axis=1).mean() < 0.6 * np.ptp(before.colors[:, :3].astype(int), axis=1).mean()
    assert during.points is before.points
    for layer in scene.layers:
        if layer.group == "results":
            layer.visible = False
    scene.prepare(SIZE)
    (after,) = buildings.draw()
    assert np.array_equal(after.colors, before.colors)


def test_that_colours_chosen_by_the_user_do_not_pale(city: City) -> None:
    layer = BuildingsLayer(city)
    layer.style = replace(layer.style, kind="categorised", field="use", categories=(("office", "#ff0000"),))
    before = layer.draw()[0].colors
    layer.quiet = True
    assert np.array_equal(layer.draw()[0].colors, before)


def test_that_only_tall_offices_mirror_the_sky(city: City) -> None:
    (solid,) = BuildingsLayer(city).draw()
    assert isinstance(solid, Surface)
    assert solid.gloss is not None
    glass = np.zeros(len(city.buildings), np.float32)
    glass[solid.rows] = solid.gloss
    low = city.buildings.table["height_m"].to_numpy() < 30
    assert (glass[low] == 0).all()
    assert glass[1] > 0.5  # an office of 150 m


def test_that_a_crowd_of_pins_is_thinned_the_important_first_and_none_lies_under_the_display(scene: Scene, city: City) -> None:
    rng = np.random.default_rng(1)
    n = 2000
    kinds = np.where(np.arange(n) == 1234, "hospital", "substation")
    places = shapely.points(rng.uniform(-220, 220, (n, 2)))
    places[1234] = shapely.Point(0, 0)
    table = little_city(2).layers["facilities"].table.iloc[np.zeros(n, int)].assign(kind=kinds, id=[f"f/{k}" for k in range(n)])
    crowd = FacilitiesLayer(Features("facilities", table.reset_index(drop=True), places), scene.ground)
    scene.remove(scene.layer("facilities"))
    scene.add(crowd)
    scene.hud.set(badge="WHAT-IF", title="Little City")
    scene.prepare(SIZE)
    ((actor, kept),) = drawn_markers(scene)
    assert 10 < len(kept) <= MOST_MARKERS
    assert 1234 in kept
    xy = actor.on_screen[kept]
    gap = np.linalg.norm(xy[:, None] - xy[None], axis=2) + 1e6 * np.eye(len(xy))
    assert gap.min() > 10
    for x0, y0, x1, y1 in scene.hud.place(SIZE, 1.0, scene.camera.eye.heading, 1.0):
        assert not ((xy[:, 0] > x0) & (xy[:, 0] < x1) & (xy[:, 1] > y0) & (xy[:, 1] < y1)).any()


def test_that_few_names_are_written_in_a_street_and_none_of_what_is_hidden(scene: Scene) -> None:
    scene.camera.view("street", animate=False)
    scene.prepare(SIZE)
    shown = [a for parts in scene._actors.values() for a, _ in parts.values() if isinstance(a, LabelActor)]
    count = sum(a.quads.poly.GetNumberOfCells() for a in shown)
    assert 1 <= count <= MOST_LOW_LABELS


def test_that_a_tower_hides_what_stands_lower_behind_it_and_not_its_own_top(city: City) -> None:
    eye = np.array([-10.0, -300.0, 5.0])
    behind, own, beside = [-10.0, 300.0, 40.0], [-10.0, -10.0, 221.0], [200.0, -290.0, 30.0]
    assert Skyline(city).hides(eye, np.array([behind, own, beside])).tolist() == [True, False, False]


def test_that_the_street_view_of_a_flood_stands_in_the_water_outside_houses(city: City) -> None:
    ground = Ground.of(city)
    grid = Grid.covering((-300, -300, 300, 300), 10.0)
    depth = np.zeros(grid.shape, np.float32)
    east = grid.x > 60
    depth[:, east] = 0.7
    eye = street_eye(city, ground, (grid, depth))
    assert eye is not None
    x, y, z = eye.position
    assert x > 60
    assert shapely.distance(city.buildings.footprints, shapely.Point(x, y)).min() > 3
    assert 2.0 < z - float(ground.height(x, y)) < 4.5
    dry = street_eye(city, ground, (grid, depth * 0))
    assert dry == street_eye(city, ground)


def test_that_a_flood_wall_has_a_lighter_coping_on_its_crest(city: City) -> None:
    wall, coping = barrier_layer(city.layers["barriers"], Ground.of(city)).draw()
    assert isinstance(wall, Surface)
    assert isinstance(coping, Surface)
    assert coping.points[:, 2].max() == pytest.approx(4.62)
    assert coping.colors[0, :3].sum() > wall.colors[0, :3].sum()
    assert np.ptp(coping.points[:, 1]) > np.ptp(wall.points[:, 1])


def test_that_fields_lie_around_an_invented_city_only_and_never_inside(city: City) -> None:
    ground = Ground.of(city)
    (fields,) = surroundings(city, ground.level, ground.height, RIVER)
    assert isinstance(fields, Surface)
    x0, y0, x1, y1 = city.terrain.grid.bounds
    p = fields.points[fields.triangles].mean(1)
    assert not ((p[:, 0] > x0 + 40) & (p[:, 0] < x1 - 40) & (p[:, 1] > y0 + 40) & (p[:, 1] < y1 - 40)).any()
    assert np.isfinite(fields.points).all()
    assert surroundings(replace(city, synthetic=False), ground.level, ground.height, RIVER) == []


def test_that_a_river_that_reaches_the_edge_flows_on(city: City) -> None:
    ground = Ground.of(city)
    x0, y0, x1, y1 = city.bounds
    water = city.layers["water"]
    river = np.array([shapely.box(-40, y0 - 10, 40, y1 + 10)], object)
    through = replace(city, layers={**city.layers, "water": Features("water", water.table, river)})
    _, flowing = surroundings(through, ground.level, ground.height, RIVER)
    assert isinstance(flowing, Surface)
    assert flowing.points[:, 1].min() < y0 - 5000
    assert flowing.points[:, 1].max() > y1 + 5000
    assert np.ptp(flowing.points[:, 0]) == pytest.approx(80)


@pytest.mark.parametrize(
    ("legend", "ends"),
    [
        (Legend("Water depth", "m", 0.05, 2.0), ("0.05 m", "", "2 m")),
        (Legend("Change", "m", -0.5, 0.5), ("−0.5 m", "0", "+0.5 m")),
        (Legend("Damage share", "1", 0.0, 1.0), ("0 %", "", "100 %")),
    ],
)
def test_that_a_ramp_says_its_unit(legend: Legend, ends: tuple[str, str, str]) -> None:
    assert _ends(legend) == ends


@pytest.mark.parametrize("text", ["Change: Maximum water depth at building", "变化：建筑处最大水深与到达时间和持续时间"])
def test_that_long_titles_are_wrapped_and_not_cut(text: str) -> None:
    face = font(13, True)
    lines = _wrapped(text, face, 120)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")
    assert len(lines) > 1
    assert max(face.getlength(t) for t in lines) <= 120


def test_that_the_legend_speaks_the_language_of_the_user_and_stays_small(scene: Scene, city: City, store: Store) -> None:
    for layer in result_layers(city, store):
        layer.visible = True
        scene.add(layer)
    scene.prepare(SIZE)
    asked: list[str] = []
    scene.hud.words = lambda t: asked.append(t) or {"Water depth": "积水深度"}.get(t, t)
    scene.prepare(SIZE)
    assert {"Water depth", "Road state", "impassable"} <= set(asked)
    assert scene.hud._images["legend"][1] < SIZE[1] * 0.6
    assert scene.hud._images["legend"][0] < SIZE[0] * 0.3


def pixels_of(path: Path) -> np.ndarray:
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def test_that_one_studio_makes_several_pictures_and_names_what_it_has_not(city: City, store: Store, tmp_path: Path) -> None:
    with Studio(city) as studio:
        plain = pixels_of(studio.picture(tmp_path / "a.png", "iso", (160, 100)))
        studio.show(store)
        assert (pixels_of(studio.picture(tmp_path / "b.png", "iso", (160, 100), time_s=600.0)) != plain).any()
        with pytest.raises(InputError, match="noise"):
            studio.show(store, ["noise"])
        studio.show(None)
        assert (pixels_of(studio.picture(tmp_path / "c.png", "iso", (160, 100))) == plain).all()


def test_that_at_night_the_city_is_dim_and_the_data_shines(city: City, store: Store) -> None:
    def middle(theme: str, content: Store | None) -> np.ndarray:
        with Studio(city, theme=theme) as studio:
            studio.show(content)
            studio.scene.hud.set(show_scale=False, show_legend=False, credits="")
            studio.scene.camera.set(Eye(0.0, 0.0, 3.0, 900.0, 0.0, -89.0, 32.0))
            return studio.scene.screenshot(None, (160, 100))[30:70, 40:120].mean((0, 1))

    day, night, wet = middle("light", None), middle("dark", None), middle("dark", store)
    assert night.mean() < 0.6 * day.mean()
    assert wet[2] > night[2] * 1.3


def test_that_what_is_below_ground_is_on_the_map_but_not_in_the_street(city: City) -> None:
    lines = np.array([shapely.LineString([(-200, 0), (200, 0)])], object)
    table = little_city(2).layers["barriers"].table[["id", "name"]]
    with Studio(replace(city, layers={**city.layers, "metro": Features("metro", table, lines)})) as studio:
        seen = []
        for view in ("iso", "street"):
            studio.scene.camera.view(view, animate=False)
            studio.scene.prepare(SIZE)
            ((actor, _),) = studio.scene._actors["metro"].values()
            seen.append(bool(actor.actor.GetVisibility()))
    assert seen == [True, False]


def squares(n: int, **columns: Any) -> Features:
    shapes = np.array([shapely.box(100.0 * i, 0, 100.0 * i + 80, 80) for i in range(n)], object)
    table = pd.DataFrame({"id": [f"x/{i}" for i in range(n)], "name": "", "kind": "", **columns})
    return Features("other", table, shapes)


def looks(**layers: Features) -> dict[str, Layer]:
    city = City("GIS", LocalFrame("EPSG:32651", (350000.0, 3456000.0)), layers={k.replace("_", " "): v for k, v in layers.items()})
    return {x.id: x for x in city_layers(city)}


def test_that_a_hazard_map_is_seen_by_its_ranks_deeper_where_they_are_higher() -> None:
    ranks = {"WaterBodyRiverFloodingRiskAttribute.rankOrg": ["2", "1", "10", None]}
    layer = looks(river_flood_hazard=squares(4, **ranks))["river flood hazard"]
    assert [v for v, _ in layer.style.categories] == ["1", "2", "10"]
    light = [sum(int(c[i : i + 2], 16) for i in (1, 3, 5)) for _, c in layer.style.categories]
    assert light == sorted(light, reverse=True)
    assert [e.text for e in layer.legend().entries] == ["1", "2", "10"]


def test_that_a_hazard_map_with_depths_is_graduated() -> None:
    layer = looks(storm_surge=squares(3, depth_m=[0.2, 1.0, 3.0]))["storm surge"]
    assert (layer.style.kind, layer.style.palette, layer.style.field) == ("graduated", "water", "depth_m")


def test_that_districts_are_told_apart_by_what_they_are_for() -> None:
    layer = looks(use_district=squares(4, function=["1", "3", "3", "12"]))["use district"]
    assert layer.style.field == "function"
    assert len({c for _, c in layer.style.categories}) == 3


def test_that_schools_that_are_points_stand_as_pins_among_the_facilities() -> None:
    places = squares(3)
    points = Features("other", places.table, np.array([g.centroid for g in places.geometry], object))
    layer = looks(primary_schools=points)["primary schools"]
    assert layer.group == "facilities"
    assert next(d for d in layer.draw() if isinstance(d, Points)).stem_m > 0


def test_that_layers_nobody_knows_have_colours_of_their_own() -> None:
    found = looks(**{f"layer_{i}": squares(2) for i in range(48)})
    colors = [x.style.color for x in found.values() if x.id.startswith("layer")]
    assert len(set(colors)) == 48
    gray = [sum(w * int(c[i : i + 2], 16) for w, i in ((0.3, 1), (0.59, 3), (0.11, 5))) for c in colors]
    assert all(abs(a - b) > 10 for a, b in zip(gray, gray[1:], strict=False)), "neighbours differ without their hues too"
