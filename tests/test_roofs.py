"""Roofs of OpenStreetMap's roof:shape."""

from __future__ import annotations

import numpy as np
import pytest
import shapely
from shapely import affinity

from twin.city.mesh import Mesh, SurfaceClass
from twin.city.roofs import raise_pieces

RECTANGLE = affinity.rotate(shapely.box(0, 0, 20, 10), 30, origin=(0, 0))
ELL = shapely.Polygon([(0, 0), (20, 0), (20, 8), (8, 8), (8, 20), (0, 20)])


def raised(shape: shapely.Geometry, roof: str, roof_height: float = 4.0, across: bool = False) -> Mesh:
    return raise_pieces(
        np.array([shape], object), np.zeros(1), np.full(1, 10.0), np.array([7], np.int32),
        np.array([roof], object), np.array([roof_height]),
        np.array([across]),
    )  # fmt: skip


def volume(mesh: Mesh) -> float:
    p = mesh.points[mesh.triangles]
    return float(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6)


# Eaves at 6 m, roof 4 m high over 20 x 10 m: volume under the roof by solid geometry.
@pytest.mark.parametrize(
    ("roof", "over_eaves"),
    [
        ("gabled", 200 * 4 / 2),
        ("skillion", 200 * 4 / 2),
        ("pyramidal", 200 * 4 / 3),
        ("hipped", 10 * 10 * 4 / 2 + 10 * 10 * 4 / 3),  # the middle half is a gable, the ends are a pyramid together
        ("gambrel", 20 * 4 * 2 * (2 * 0.65 / 2 + 3 * (0.65 + 1) / 2)),
    ],
)
def test_that_a_roof_over_a_rectangle_has_the_volume_of_its_body(roof: str, over_eaves: float) -> None:
    mesh = raised(RECTANGLE, roof)
    assert np.isclose(volume(mesh), 200 * 6 + over_eaves, rtol=1e-4)
    assert np.isclose(mesh.points[:, 2].max(), 10)
    assert set(mesh.object.tolist()) == {7}


def test_that_domes_come_close_to_half_a_sphere() -> None:
    disc = shapely.Point(0, 0).buffer(5, quad_segs=32)
    dome = raised(disc, "dome", 5.0)
    half_sphere = 2 / 3 * np.pi * 5**3
    assert abs(volume(dome) - (np.pi * 25 * 5 + half_sphere)) < 0.03 * half_sphere
    onion = raised(disc, "onion", 5.0)
    assert np.linalg.norm(onion.points[:, :2], axis=1).max() > 5.5


def test_that_the_ridge_runs_along_unless_it_is_said_to_run_across() -> None:
    box = shapely.box(0, 0, 20, 10)
    for across, along_axis in ((False, 0), (True, 1)):
        mesh = raised(box, "gabled", across=across)
        ridge = mesh.points[np.isclose(mesh.points[:, 2], 10)]
        assert np.ptp(ridge[:, along_axis]) > 9
        assert np.isclose(np.ptp(ridge[:, 1 - along_axis]), 0)


@pytest.mark.parametrize("roof", ["gabled", "hipped", "skillion", "round", "gambrel", "saltbox", "mansard", "dome"])
@pytest.mark.parametrize("shape", [ELL, shapely.box(0, 0, 20, 20).difference(shapely.box(8, 8, 12, 12))])
def test_that_any_footprint_gets_a_closed_roof(roof: str, shape: shapely.Geometry) -> None:
    mesh = raised(shape, roof)
    flat = mesh.points[mesh.triangles][..., :2]
    areas = (
        (flat[:, 1] - flat[:, 0])[:, 0] * (flat[:, 2] - flat[:, 0])[:, 1]
        - (flat[:, 1] - flat[:, 0])[:, 1] * (flat[:, 2] - flat[:, 0])[:, 0]
    ) / 2
    assert np.isclose(areas[mesh.surface == SurfaceClass.ROOF].sum(), shape.area, rtol=1e-4)
    assert np.isclose(areas[mesh.surface == SurfaceClass.GROUND].sum(), -shape.area, rtol=1e-4)
    assert 0 < volume(mesh) <= shape.area * 10 * (1 + 1e-9)
    assert np.isfinite(mesh.points).all()


def test_that_unknown_and_missing_roofs_are_flat() -> None:
    for roof in ("", "flat", "many", "1000"):
        assert np.isclose(volume(raised(RECTANGLE, roof)), 2000)


def test_that_a_roof_is_never_taller_than_its_building() -> None:
    mesh = raised(RECTANGLE, "gabled", 50.0)
    assert mesh.points[:, 2].min() == 0
    assert np.isclose(mesh.points[:, 2].max(), 10)
    usual = raised(RECTANGLE, "gabled", np.nan)
    eave = np.unique(np.round(usual.points[:, 2], 3))
    assert len(eave) == 3
    assert 5 <= eave[1] < 9


@pytest.mark.parametrize(("facing", "low"), [(0.0, (10, 10)), (90.0, (20, 5)), (180.0, (10, 0)), (270.0, (0, 5)), (100.0, (20, 5))])
def test_that_a_lean_to_roof_goes_down_where_it_faces(facing: float, low: tuple[float, float]) -> None:
    mesh = raise_pieces(
        np.array([shapely.box(0, 0, 20, 10)], object), np.zeros(1), np.full(1, 10.0), np.zeros(1, np.int32),
        np.array(["skillion"], object), np.array([4.0]), np.zeros(1, bool), np.array([facing]),
    )  # fmt: skip
    roof = mesh.points[np.unique(mesh.triangles[mesh.surface == SurfaceClass.ROOF])]
    lowest = roof[roof[:, 2] < 6.01]
    assert len(lowest) == 2
    assert np.allclose(lowest[:, :2].mean(0), low, atol=0.1)
    assert np.isclose(roof[:, 2].max(), 10)


def test_that_an_angle_gives_the_roof_its_height() -> None:
    mesh = raise_pieces(
        np.array([shapely.box(0, 0, 20, 10)], object), np.zeros(1), np.full(1, 20.0), np.zeros(1, np.int32),
        np.array(["gabled"], object), np.array([np.nan]), np.zeros(1, bool), None, np.array([45.0]),
    )  # fmt: skip
    eaves = mesh.points[mesh.points[:, 2] > 0][:, 2].min()
    assert np.isclose(eaves, 15.0)
