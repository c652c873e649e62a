"""Picking and searching without a screen."""

from __future__ import annotations

import time

import numpy as np
import shapely

from twin.city.extrude import extrude
from twin.city.index import FootprintIndex, TriangleIndex
from twin.city.mesh import Mesh, in_runs


def brute_force(points: np.ndarray, triangles: np.ndarray, o: np.ndarray, d: np.ndarray) -> float:
    """Nearest hit by solving o + t d = a + u (b - a) + v (c - a) for each triangle."""
    best = np.inf
    for a, b, c in points[triangles]:
        matrix = np.column_stack([-d, b - a, c - a])
        if abs(np.linalg.det(matrix)) < 1e-14:
            continue
        t, u, v = np.linalg.solve(matrix, o - a)
        if t >= 0 and u >= 0 and v >= 0 and u + v <= 1:
            best = min(best, t)
    return best


def test_that_every_ray_hits_what_solving_for_each_triangle_finds() -> None:
    rng = np.random.default_rng(5)
    points = rng.uniform(-50, 50, (300, 3))
    triangles = rng.integers(0, 300, (150, 3)).astype(np.int32)
    index = TriangleIndex(points, triangles)
    hits = 0
    for _ in range(200):
        o, d = rng.uniform(-80, 80, 3), rng.normal(size=3)
        d /= np.linalg.norm(d)
        expected = brute_force(points, triangles, o, d)
        found = index.pick(o, d)
        if np.isinf(expected):
            assert found is None
        else:
            hits += 1
            assert found is not None
            assert np.isclose(found[1], expected)
    assert hits > 50


def test_that_a_ray_from_above_hits_the_roof_and_names_its_triangle() -> None:
    mesh = extrude(np.array([shapely.box(0, 0, 10, 10), shapely.box(20, 0, 30, 10)]), 0.0, [12.0, 30.0])
    index = TriangleIndex(mesh.points, mesh.triangles)
    for x, row, height in ((5, 0, 12.0), (25, 1, 30.0)):
        hit = index.pick((x, 5, 100), (0, 0, -2))
        assert hit is not None
        assert (mesh.object[hit[0]], hit[1]) == (row, 100 - height)
    assert index.pick((15, 5, 100), (0, 0, -1)) is None
    assert index.pick((5, 5, 100), (0, 0, 1)) is None
    assert index.pick((5, 5, 100), (0, 0, -1), farthest=50) is None


def test_that_rays_through_edges_and_corners_are_not_lost() -> None:
    mesh = extrude(np.array([shapely.box(x, y, x + 1, y + 1) for x in range(4) for y in range(4)]), 0.0, 2.0)
    index = TriangleIndex(mesh.points, mesh.triangles)
    for x in np.linspace(0, 4, 9):
        for y in np.linspace(0, 4, 9):
            hit = index.pick((x, y, 10), (0, 0, -1))
            assert hit is not None
            assert np.isclose(hit[1], 8)


def test_that_nonsense_hits_nothing() -> None:
    empty = TriangleIndex(np.empty((0, 3)), np.empty((0, 3), np.int32))
    assert empty.pick((0, 0, 0), (1, 0, 0)) is None
    points = np.array([[0, 0, 0], [1, 0, 0], [0, 1, np.nan], [0, 1, 0]])
    index = TriangleIndex(points, np.array([[0, 1, 2], [0, 1, 3]], np.int32))
    assert index.pick((0.2, 0.2, 5), (0, 0, -1)) == (1, 5.0)
    assert index.pick((0, 0, 0), (0, 0, 0)) is None
    assert index.pick((np.nan, 0, 0), (0, 0, -1)) is None
    assert TriangleIndex(points, np.array([[0, 1, 2]], np.int32)).pick((0, 0, 1), (0, 0, -1)) is None


def test_that_a_million_triangles_are_indexed_in_about_a_second_and_picked_in_milliseconds() -> None:
    n = 710
    x, y = np.meshgrid(np.arange(n) * 5.0, np.arange(n) * 5.0)
    points = np.column_stack([x.ravel(), y.ravel(), np.random.default_rng(0).uniform(0, 50, n * n)])
    corner = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    triangles = np.concatenate(
        [np.column_stack([corner, corner + 1, corner + n + 1]), np.column_stack([corner, corner + n + 1, corner + n])]
    )
    start = time.perf_counter()
    index = TriangleIndex(points, triangles.astype(np.int32))
    built = time.perf_counter() - start
    took = []
    for slope in np.linspace(-0.9, -0.1, 20):
        start = time.perf_counter()
        assert index.pick((10, 13, 300), (1, 0.7, slope)) is not None
        took.append(time.perf_counter() - start)
    assert built < 15  # about 1 s on a quiet machine
    assert np.median(took) < 0.05


def test_that_footprints_are_found_by_place() -> None:
    shapes = np.array([shapely.box(0, 0, 10, 10), shapely.box(2, 2, 3, 3), shapely.box(20, 0, 30, 10)])
    index = FootprintIndex(shapes)
    assert index.at(2.5, 2.5).tolist() == [1, 0]
    assert index.at(15, 5).tolist() == []
    assert index.nearest(18, 5) == 2
    assert index.nearest(100, 5, within_m=20) is None
    assert index.within(shapely.box(-1, -1, 25, 11)).tolist() == [0, 1, 2]
    assert index.within(shapely.box(-1, -1, 25, 11), whole=True).tolist() == [0, 1]
    assert FootprintIndex(np.empty(0, object)).nearest(0, 0) is None


def test_that_the_triangles_of_some_objects_are_found_in_an_ordered_mesh() -> None:
    rng = np.random.default_rng(8)
    owner = np.sort(rng.choice(np.setdiff1d(np.arange(60), [0, 17, 59]), 300)).astype(np.int32)  # some have none
    mesh = Mesh(np.zeros((3, 3)), np.zeros((300, 3), np.int32), owner, np.zeros(300, np.uint8))
    for rows in ([], [0], [17, 59], [5], [41, 3, 17, 20], range(60)):
        found = mesh.of_objects(np.array(rows, np.int64))
        assert found.dtype == np.int64
        assert found.tolist() == [k for row in rows for k in np.flatnonzero(owner == row).tolist()]
    assert len(Mesh.empty().of_objects(np.arange(3))) == 0
    assert in_runs(np.array([4, 9, 2]), np.array([6, 9, 5])).tolist() == [4, 5, 2, 3, 4]
