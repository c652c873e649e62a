"""The demonstration city of any number of buildings."""

from __future__ import annotations

import numpy as np
import pytest
import shapely

from twin.city.city import City
from twin.city.demo import demo_city
from twin.city.demo.many import forms
from twin.city.demo.many.blocks import KINDS
from twin.city.mesh import Mesh
from twin.city.recipe import open_city
from twin.errors import InputError


@pytest.fixture(scope="module")
def city() -> City:
    return demo_city(6_000, use_cache=False)


def volume(mesh: Mesh, n: int) -> np.ndarray:
    """Of each closed body (divergence theorem)."""
    a, b, c = (mesh.points[mesh.triangles[:, k]] - mesh.points[0] for k in range(3))
    return np.bincount(mesh.object, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=n)


def test_that_it_has_exactly_so_many_buildings_of_many_kinds(city: City) -> None:
    assert len(city.buildings) == 6_000
    assert city.buildings.table["id"].is_unique
    assert set(city.buildings.attributes["form"]) >= {"box", "ell", "gable", "tower", "yard", "eight"}
    assert set(city.buildings.attributes["quarter"]) >= {"core", "villas", "estate"}
    assert set(city.buildings.attributes["quarter"]) <= set(KINDS) - {"park"}
    assert len(city.layers["green"]) > 10


def test_that_it_is_the_same_every_time(city: City) -> None:
    assert demo_city(6_000, use_cache=False).content_hash == city.content_hash


def test_that_towers_stand_in_the_centres_and_houses_at_the_edge(city: City) -> None:
    c = shapely.centroid(city.buildings.footprints)
    away = np.hypot(shapely.get_x(c), shapely.get_y(c))
    height = city.buildings.table["height_m"].to_numpy()
    assert height.max() > 90
    assert np.median(height[away > np.quantile(away, 0.8)]) < 12
    assert away[np.argmax(height)] < np.median(away)


def test_that_buildings_stand_on_the_ground_apart_from_each_other_and_dry(city: City) -> None:
    b = city.buildings
    assert shapely.is_valid(b.footprints).all()
    inner = shapely.buffer(b.footprints, -0.8)
    first, second = shapely.STRtree(inner).query(inner, predicate="intersects")
    assert (first != second).mean() < 0.01
    c = shapely.centroid(b.footprints)
    gap = city.ground_z(shapely.get_x(c), shapely.get_y(c)) - b.table["ground_z_m"].to_numpy()
    assert gap.min() > 0
    assert np.quantile(gap, 0.99) < 4
    assert not shapely.intersects(b.footprints, city.layers["water"].geometry[0]).any()


def test_that_bodies_are_closed_and_as_high_as_the_table_says(city: City) -> None:
    b = city.buildings
    n = len(b)
    assert (volume(b.mesh, n) > 10).all()
    top = np.full(n, -np.inf)
    np.maximum.at(top, b.mesh.object, b.mesh.points[b.mesh.triangles][:, :, 2].max(1))
    np.testing.assert_allclose(top - b.table["ground_z_m"], b.table["height_m"], atol=0.011)
    flat = b.attributes["form"].isin(["box", "ell", "tee", "you", "yard", "eight"]).to_numpy()
    expected = shapely.area(b.footprints) * b.table["height_m"].to_numpy()
    np.testing.assert_allclose(volume(b.mesh, n)[flat], expected[flat], rtol=0.01)


def test_that_streets_join_the_city_and_cross_the_river_on_bridges(city: City) -> None:
    roads = city.networks["roads"]
    island = roads.islands()
    assert (island == island[0]).all()
    wet = shapely.intersects(roads.geometry, city.layers["water"].geometry[0])
    assert wet.any()
    assert roads.edges["bridge"].to_numpy()[wet].all()
    assert set(roads.edges["class"]) == {"primary", "secondary", "tertiary", "residential"}
    lengths = np.array([line.length for line in roads.geometry[:50]])
    np.testing.assert_allclose(lengths, roads.edges["length_m"][:50])


def test_that_every_plan_becomes_a_body_that_faces_outwards() -> None:
    one = np.array([[0.0, 0.0]]), np.array([[10.0, 6.0]]), np.array([0.3])
    for name, plan in forms.PLANS.items():
        mesh = forms.raised(plan, *one, np.array([1.0]), np.array([5.0]), np.array([0]))
        area = shapely.area(forms.outline(plan, *one)[0])
        assert volume(mesh, 1)[0] == pytest.approx(4 * area), name
    house = forms.gabled(*one, np.array([0.0]), np.array([4.0]), np.array([7.0]), np.array([0]))
    assert volume(house, 1)[0] == pytest.approx(20 * 12 * 5.5)


def test_that_the_word_counts_buildings_from_a_thousand_on() -> None:
    assert len(open_city("demo:1500").buildings) == 1500
    with pytest.raises(InputError, match="3,000,000"):
        open_city("demo:4000000")
    with pytest.raises(InputError, match="150 km2|0.5 to 150"):
        open_city("demo:999")
