"""Solids with the simple roofs of OpenStreetMap's roof:shape; what is not known is flat.

Roofs over the length of a building (skillion, gabled, gambrel, round, hipped) are planes over its smallest rectangle, cut with the
footprint. Roofs around a middle (pyramidal, cone, dome, onion, mansard) are rings of the footprint drawn in towards its centroid;
a footprint whose centroid does not see all its corners, or with a courtyard, gets a flat one.
"""

from __future__ import annotations

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.extrude import extrude, open_rings, triangulate
from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.fields import among, lowered

Floats = NDArray[np.float64]
# Across the building: place (-1 eave, 0 ridge, 1 eave) and height (0 eave, 1 ridge) of the creases.
_ARC = np.linspace(-90, 90, 9)
PROFILES: dict[str, tuple[tuple[float, float], ...]] = {
    "skillion": ((-1, 0), (1, 1)),
    "gabled": ((-1, 0), (0, 1), (1, 0)),
    "saltbox": ((-1, 0), (0.35, 1), (1, 0.3)),
    "gambrel": ((-1, 0), (-0.6, 0.65), (0, 1), (0.6, 0.65), (1, 0)),
    "round": tuple((float(np.sin(a)), float(max(np.cos(a), 0.0))) for a in np.radians(_ARC)),
}
# From the eave inwards: how large the ring is, how high.
RINGS: dict[str, tuple[tuple[float, float], ...]] = {
    "pyramidal": ((1, 0), (0, 1)),
    "dome": tuple((float(np.cos(a)), float(np.sin(a))) for a in np.radians(np.linspace(0, 75, 6))) + ((0.0, 1.0),),
    "onion": ((1, 0), (1.12, 0.1), (1.16, 0.22), (1.05, 0.38), (0.75, 0.55), (0.38, 0.72), (0.12, 0.88), (0, 1)),
    "mansard": ((1, 0), (0.84, 0.75), (0.6, 1)),
}
SAME = {
    "cone": "pyramidal", "pyramid": "pyramidal", "conical": "pyramidal", "half-hipped": "hipped", "hip": "hipped", "gable": "gabled",
    "pitched": "gabled", "shed": "skillion", "lean_to": "skillion", "monopitch": "skillion", "barrel": "round", "spherical": "dome",
}  # fmt: skip
_SLOPE = {"skillion": 0.2, "mansard": 0.35, "dome": 1.0, "onion": 1.4, "round": 0.8}
"""Rise over half the width where the source gives no roof height; others rise at 30 degrees."""


def raise_pieces(
    shapes: NDArray[np.object_],
    base_z: Floats,
    top_z: Floats,
    rows: NDArray[np.int32],
    roof: NDArray[np.object_],
    roof_height: Floats,
    across: NDArray[np.bool_],
    facing: Floats | None = None,
    angle: Floats | None = None,
) -> Mesh:
    """Solids of footprints, each with its roof; top_z is the top of the roof.

    rows: object row of each; roof: words of roof:shape; roof_height: metres, NaN for a usual one;
    across: the ridge runs along the shorter side; facing: where the roof goes down to, degrees clockwise from north, wins over
    across (the nearest side of the building counts); angle: slope in degrees where no height is given. NaN where not said.
    """
    kind = np.array([SAME.get(r, r) for r in lowered(np.asarray(roof, object)).tolist()], object)
    known = among(kind, [*PROFILES, *RINGS, "hipped"]) & (top_z > base_z)
    plain = shapely.get_type_id(shapes) == 3
    around = among(kind, RINGS)
    known &= ~around | (plain & (shapely.get_num_interior_rings(shapes) == 0))
    which = np.flatnonzero(known)
    if not len(which):
        return extrude(shapes, base_z, top_z, rows)
    centre, axis, half = _rectangles(shapes[which], across[which], np.full(len(which), np.nan) if facing is None else facing[which])
    slope = np.array([_SLOPE.get(k, 0.577) for k in kind[which]])
    if angle is not None:
        steep = np.tan(np.radians(np.clip(angle[which], 1.0, 80.0))) * np.where(kind[which] == "skillion", 2.0, 1.0)
        slope = np.where(np.isfinite(steep), steep, slope)
    rise = slope * half[:, 1]
    tall = (top_z - base_z)[which]
    said = roof_height[which]
    rise = np.where(said > 0, np.minimum(said, tall), np.clip(rise, np.minimum(1.0, 0.5 * tall), 0.5 * tall))
    sees = _sees_all(shapes[which], centre_of=shapely.get_coordinates(shapely.centroid(shapes[which])))
    usable = (half[:, 1] > 0.1) & (~around[which] | sees)
    meshes = []
    for name in dict.fromkeys(kind[which[usable]]):
        mine = usable & (kind[which] == name)
        at = which[mine]
        arguments = shapes[at], base_z[at], top_z[at] - rise[mine], rise[mine], rows[at]
        if name in RINGS:
            meshes.append(_ringed(*arguments, RINGS[name]))
        else:
            meshes.append(_planes(*arguments, centre[mine], axis[mine], half[mine], str(name)))
    flat = np.ones(len(shapes), bool)
    flat[which[usable]] = False
    meshes.append(extrude(shapes[flat], base_z[flat], top_z[flat], rows[flat]))
    return Mesh.joined(meshes)


def _rectangles(shapes: NDArray[np.object_], across: NDArray[np.bool_], facing: Floats) -> tuple[Floats, Floats, Floats]:
    """Smallest rectangle around each: centre (N, 2), direction of the ridge (N, 2), half length and half width (N, 2).

    The roof goes down to the right of the ridge's direction (where it goes down to one side only).
    """
    box = shapely.get_exterior_ring(shapely.minimum_rotated_rectangle(shapes))
    corners = np.full((len(shapes), 4, 2), 0.0)
    good = shapely.get_num_coordinates(box) == 5
    corners[good] = shapely.get_coordinates(box[good]).reshape(-1, 5, 2)[:, :4]
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    a, b = np.linalg.norm(one, axis=1), np.linalg.norm(two, axis=1)
    first = (a >= b) ^ across
    said = np.isfinite(facing)
    turn = np.radians(np.where(said, facing, 0.0))
    ridge = np.column_stack([-np.cos(turn), np.sin(turn)])  # the side it faces lies to the right of it
    along = np.stack([(one * ridge).sum(1) / np.maximum(a, 1e-9), (two * ridge).sum(1) / np.maximum(b, 1e-9)])
    first = np.where(said, np.abs(along[0]) >= np.abs(along[1]), first)
    axis = np.where(first[:, None], one, two) / np.maximum(np.where(first, a, b), 1e-9)[:, None]
    axis[said & (np.where(first, along[0], along[1]) < 0)] *= -1
    return corners.mean(1), axis, np.column_stack([np.where(first, a, b), np.where(first, b, a)]) / 2


def _sees_all(shapes: NDArray[np.object_], centre_of: Floats) -> NDArray[np.bool_]:
    """Whether every edge of the outline runs counter-clockwise around the centre."""
    xy, of_vertex, of_ring, of_part = open_rings(shapes, np.arange(len(shapes), dtype=np.int32))
    out = np.zeros(len(shapes), bool)
    if not len(xy):
        return out
    owner = of_part[of_ring[of_vertex]]
    a, b = xy - centre_of[owner], xy[_after(of_vertex)] - centre_of[owner]
    hidden = np.bincount(owner, a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] <= 1e-9, minlength=len(shapes))
    out[owner] = True
    return out & (hidden == 0)


def _after(of_vertex: NDArray[np.int64]) -> NDArray[np.int64]:
    """Position of the next vertex in each ring."""
    follow = np.arange(1, len(of_vertex) + 1)
    last = np.ones(len(of_vertex), bool)
    last[:-1] = of_vertex[1:] != of_vertex[:-1]
    follow[last] = np.flatnonzero(np.r_[True, last[:-1]])
    return follow


def _ringed(
    shapes: NDArray[np.object_], base: Floats, eave: Floats, rise: Floats, rows: NDArray[np.int32], rings: tuple[tuple[float, float], ...]
) -> Mesh:
    """Walls up to the eave, then rings drawn in towards the centroid, closed by a point or a flat top."""
    n = len(shapes)
    xy, of_vertex, of_ring, of_part = open_rings(shapes, np.arange(n, dtype=np.int32))
    owner = of_part[of_ring[of_vertex]]
    middle = shapely.get_coordinates(shapely.centroid(shapes))
    arm = xy - middle[owner]
    count = len(xy)
    here, follow = np.arange(count), _after(of_vertex)
    points = [np.column_stack([xy, base[owner]])]
    for size, high in rings:
        points.append(np.column_stack([middle[owner] + arm * size, eave[owner] + high * rise[owner]]))
    triangles, kinds = [], []
    for level in range(len(points) - 1):
        a, b = here + level * count, follow + level * count
        quads = np.column_stack([a, b, b + count, a, b + count, a + count]).reshape(-1, 3)
        triangles.append(quads)
        kinds.append(np.full(len(quads), SurfaceClass.WALL if level == 0 else SurfaceClass.ROOF, np.uint8))
    if rings[-1][0] == 0:  # the last ring is one point: half of its quads have no area
        triangles[-1] = triangles[-1][::2]
        kinds[-1] = kinds[-1][::2]
    index, ears, ear_row = triangulate(shapes)
    assert len(index) == count
    caps = [(ears[:, ::-1], SurfaceClass.GROUND)]
    if rings[-1][0] > 0:
        caps.append((ears + (len(points) - 1) * count, SurfaceClass.ROOF))
    objects = [rows[owner[t[:, 0] % count]] for t in triangles]
    for flat, kind in caps:
        triangles.append(flat)
        kinds.append(np.full(len(flat), kind, np.uint8))
        objects.append(rows[ear_row])
    return Mesh(
        np.concatenate(points), np.concatenate(triangles).astype(np.int32), np.concatenate(objects).astype(np.int32), np.concatenate(kinds)
    )


def _cells(name: str, half: Floats) -> tuple[Floats, Floats]:
    """Corners (N, K, 4, 2) along and across of the roof's planes, and their height as p u + q v + r (N, K, 3), 0 eave to 1 ridge."""
    a, b = half[:, 0], half[:, 1]
    n, wide = len(a), 1.0 + 1e-6  # a hair beyond the rectangle, so that rounding leaves no sliver uncovered
    zero, one = np.zeros(n), np.ones(n)
    if name == "hipped":
        ridge = np.maximum(a - b, 0.0)
        run = np.minimum(a, b)
        quads = [
            [(-a, -b), (a, -b), (ridge, zero), (-ridge, zero)],
            [(a, b), (-a, b), (-ridge, zero), (ridge, zero)],
            [(a, -b), (a, b), (ridge, zero), (ridge, zero)],
            [(-a, b), (-a, -b), (-ridge, zero), (-ridge, zero)],
        ]
        planes = [(zero, 1 / b, one), (zero, -1 / b, one), (-1 / run, zero, a / run), (1 / run, zero, a / run)]
        corners = np.stack([np.stack([np.stack(c, -1) for c in q], 1) for q in quads], 1)
        return corners * wide, np.stack([np.stack(p, -1) for p in planes], 1)
    profile = PROFILES[name]
    strips, heights = [], []
    for (v0, h0), (v1, h1) in zip(profile[:-1], profile[1:], strict=True):
        low, high = b * (v0 * (wide if v0 == -1 else 1)), b * (v1 * (wide if v1 == 1 else 1))
        far = a * 1.01 + 0.01
        strips.append(np.stack([np.stack(c, -1) for c in ((-far, low), (far, low), (far, high), (-far, high))], 1))
        q = (h1 - h0) / ((v1 - v0) * b)
        heights.append(np.stack([zero, q, h0 - q * v0 * b], -1))
    return np.stack(strips, 1), np.stack(heights, 1)


def _planes(
    shapes: NDArray[np.object_],
    base: Floats,
    eave: Floats,
    rise: Floats,
    rows: NDArray[np.int32],
    centre: Floats,
    axis: Floats,
    half: Floats,
    name: str,
) -> Mesh:
    """Walls and roof planes: the footprint cut along the creases, each piece lifted onto its plane."""
    n = len(shapes)
    corners, planes = _cells(name, half)
    k = corners.shape[1]
    side = np.column_stack([-axis[:, 1], axis[:, 0]])
    world = centre[:, None, None] + corners[..., :1] * axis[:, None, None] + corners[..., 1:] * side[:, None, None]
    cells = shapely.polygons(np.concatenate([world, world[:, :, :1]], 2).reshape(-1, 5, 2))
    owner = np.repeat(np.arange(n), k)
    cut = shapely.intersection(shapes[owner], cells)

    def lifted(xy: Floats, cell: NDArray[np.int64]) -> Floats:
        at = owner[cell]
        d = xy - centre[at]
        u, v = (d * axis[at]).sum(1), (d * side[at]).sum(1)
        p = planes.reshape(-1, 3)[cell]
        return eave[at] + rise[at] * np.clip(p[:, 0] * u + p[:, 1] * v + p[:, 2], 0.0, 1.0)

    xy, of_vertex, of_ring, of_part = open_rings(cut, np.arange(len(cut), dtype=np.int32))
    cell = of_part[of_ring[of_vertex]].astype(np.int64)
    z = lifted(xy, cell)
    follow = _after(of_vertex)
    middles = shapely.points((xy + xy[follow]) / 2)
    outside = np.flatnonzero(shapely.distance(middles, shapely.boundary(shapes)[owner[cell]]) < 1e-4)
    a, b = xy[outside], xy[follow[outside]]
    low = base[owner[cell[outside]]]
    m = len(outside)
    wall_points = np.concatenate(
        [np.column_stack([a, low]), np.column_stack([b, low]), np.column_stack([b, z[follow[outside]]]), np.column_stack([a, z[outside]])]
    )
    i = np.arange(m)
    walls = np.column_stack([i, i + m, i + 2 * m, i, i + 2 * m, i + 3 * m]).reshape(-1, 3)
    wall_rows = np.repeat(rows[owner[cell[outside]]], 2)
    roof_xy, roof, roof_cell = triangulate(cut)
    of_point = np.zeros(len(roof_xy), np.int64)
    of_point[roof.ravel()] = np.repeat(roof_cell, 3)
    ground_xy, ground, ground_shape = triangulate(shapes)
    of_ground = np.zeros(len(ground_xy), np.int64)
    of_ground[ground.ravel()] = np.repeat(ground_shape, 3)
    points = np.concatenate(
        [wall_points, np.column_stack([roof_xy, lifted(roof_xy, of_point)]), np.column_stack([ground_xy, base[of_ground]])]
    )
    triangles = np.concatenate([walls, roof + 4 * m, ground[:, ::-1] + 4 * m + len(roof_xy)]).astype(np.int32)
    objects = np.concatenate([wall_rows, rows[owner[roof_cell]], rows[ground_shape]]).astype(np.int32)
    sizes = (len(walls), len(roof), len(ground))
    return Mesh(
        points, triangles, objects, np.repeat(np.array([SurfaceClass.WALL, SurfaceClass.ROOF, SurfaceClass.GROUND], np.uint8), sizes)
    )
