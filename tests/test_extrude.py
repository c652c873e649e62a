"""Solids from footprints."""

from __future__ import annotations

import time

import numpy as np
import shapely

from twin.city.extrude import extrude, triangulate
from twin.city.mesh import Mesh, SurfaceClass


def volume(mesh: Mesh) -> float:
    """Signed volume by the divergence theorem; positive only if every triangle faces outwards."""
    p = mesh.points[mesh.triangles]
    return float(np.einsum("ij,ij->i", p[:, 0], np.cross(p[:, 1], p[:, 2])).sum() / 6)


def open_edges(mesh: Mesh) -> int:
    """Edges that are not matched by one running the other way."""
    t = mesh.triangles
    edges = np.concatenate([t[:, [0, 1]], t[:, [1, 2]], t[:, [2, 0]]])
    there = {tuple(e) for e in edges.tolist()}
    return sum((b, a) not in there for a, b in there)


COURT = shapely.Polygon([(0, 0), (10, 0), (10, 10), (0, 10)], [[(4, 4), (4, 6), (6, 6), (6, 4)]])


def test_that_a_solid_is_closed_and_has_the_volume_of_its_footprint_times_its_height() -> None:
    two = shapely.MultiPolygon([shapely.box(0, 0, 2, 3), shapely.box(5, 0, 6, 1)])
    for shape, area in ((shapely.box(0, 0, 4, 5), 20), (COURT, 96), (two, 7), (shapely.box(0, 0, 4, 5).reverse(), 20)):
        mesh = extrude(np.array([shape]), [2.0], [12.0])
        assert np.isclose(volume(mesh), area * 10)
        assert open_edges(mesh) == 0


def test_that_surfaces_say_what_they_are() -> None:
    mesh = extrude(np.array([COURT]), [0.0], [5.0])
    p = mesh.points[mesh.triangles]
    areas = np.linalg.norm(np.cross(p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]), axis=1) / 2
    by = {s: areas[mesh.surface == s].sum() for s in (SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.GROUND)}
    assert np.isclose(by[SurfaceClass.ROOF], 96)
    assert np.isclose(by[SurfaceClass.GROUND], 96)
    assert np.isclose(by[SurfaceClass.WALL], (40 + 8) * 5)
    assert (p[mesh.surface == SurfaceClass.ROOF][..., 2] == 5).all()


def test_that_degenerate_footprints_are_left_out_and_the_others_keep_their_row() -> None:
    good = shapely.box(0, 0, 1, 1)
    flat = shapely.Polygon([(0, 0), (1, 0), (2, 0), (0, 0)])
    endless = shapely.Polygon([(0, 0), (np.inf, 0), (1, 1), (0, 0)])
    shapes = np.array([flat, shapely.Polygon(), good, shapely.Point(1, 1), None, endless, good, good], object)
    top = np.array([3, 3, 3, 3, 3, 3, np.nan, 3.0])
    mesh = extrude(shapes, np.zeros(8), top, rows=np.arange(10, 18, dtype=np.int32))
    roofs = mesh.object[mesh.surface == SurfaceClass.ROOF]
    assert set(roofs.tolist()) == {12, 17}
    assert len(extrude(np.empty(0, object), [], [])) == 0
    assert len(extrude(np.array([None], object), [0.0], [1.0])) == 0


def test_that_repeated_vertices_make_no_wall_without_area() -> None:
    shape = shapely.Polygon([(0, 0), (0, 0), (2, 0), (2, 0), (2, 2), (0, 2), (0, 0), (0, 0)])
    mesh = extrude(np.array([shape]), [0.0], [3.0])
    assert len(mesh) == 8 + 4
    assert np.isclose(volume(mesh), 12)


def test_that_a_building_of_no_height_is_only_its_roof() -> None:
    mesh = extrude(np.array([shapely.box(0, 0, 1, 1)]), [2.0], [2.0])
    assert set(mesh.surface.tolist()) == {SurfaceClass.ROOF}


def test_that_triangles_of_areas_cover_them() -> None:
    shapes = np.array([COURT, shapely.GeometryCollection([shapely.Point(0, 0), shapely.MultiPolygon([shapely.box(0, 0, 1, 2)])])])
    xy, triangles, rows = triangulate(shapes)
    a, b, c = (xy[triangles[:, i]] for i in range(3))
    areas = ((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]) / 2
    assert (areas > 0).all()
    assert np.allclose(np.bincount(rows, areas), [96, 2])


def test_that_twelve_thousand_footprints_take_seconds_at_most() -> None:
    rng = np.random.default_rng(3)
    centres = rng.uniform(0, 5000, (12_000, 2))
    shapes = shapely.buffer(shapely.points(centres), 12, quad_segs=3)
    extrude(shapes[:10], 0.0, 10.0)
    start = time.perf_counter()
    mesh = extrude(shapes, 0.0, rng.uniform(5, 200, 12_000))
    assert time.perf_counter() - start < 8.0  # about 1 s on a quiet machine
    assert len(np.unique(mesh.object)) == 12_000


def test_that_many_footprints_are_cut_up_exactly_and_without_gaps() -> None:
    """Enough for the compiled ear clipping: areas are those of the shapes, every edge of a solid is shared by two triangles."""
    rng = np.random.default_rng(3)
    shapes = []
    for i in range(600):
        turns = np.sort(rng.uniform(0, 2 * np.pi, rng.integers(4, 40)))
        star = shapely.Polygon(np.column_stack([np.cos(turns), np.sin(turns)]) * rng.uniform(3, 10, len(turns))[:, None])
        shapes.append(shapely.segmentize(star, 2.0) if i % 2 else star)
    polygons = np.array([s for s in shapes if s.is_valid and shapely.get_num_coordinates(s) <= 200], object)
    assert len(polygons) >= 500
    xy, triangles, row = triangulate(polygons)
    p = xy[triangles]
    u, v = p[:, 1] - p[:, 0], p[:, 2] - p[:, 0]
    area = (u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0]) / 2
    assert area.min() > -1e-9
    assert np.allclose(np.bincount(row, area, minlength=len(polygons)), shapely.area(polygons))
    mesh = extrude(polygons, np.zeros(len(polygons)), np.full(len(polygons), 5.0))
    edges = np.sort(mesh.triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, uses = np.unique(edges, axis=0, return_counts=True)
    assert (uses != 2).mean() < 1e-3  # but for triangles that rounding leaves without area
