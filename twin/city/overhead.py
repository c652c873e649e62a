"""What is only looked at: point clouds and imagery, in local metres."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from affine import Affine
from numpy.typing import NDArray

from twin.city.cloud import Cloud
from twin.city.photomosaic import MOST_OVERLAP, joined_images
from twin.city.picture import Picture
from twin.city.placing import flat
from twin.city.readers.parts import CloudPart, ImagePart
from twin.frame import LocalFrame, parse_crs

MAX_PIXELS = 16_000_000
MOST_SIDE = 8192
"""Pixels of a side that every graphics card takes as a texture."""
MARGIN = 0.1
Bounds = tuple[float, float, float, float]


MOST_DOTS = 4_000_000
"""Of all clouds of a city together."""


def clouds_of(parts: list[CloudPart], frame: LocalFrame) -> dict[str, Cloud]:
    """Clouds by name, tiles of one survey as one; where they have too many points together, an even share of each."""
    total = sum(len(p.points) for p in parts)
    sets: list[tuple[str, list[Cloud], list[Bounds]]] = []
    for part in parts:
        cloud = cloud_of(part, frame)
        if total > MOST_DOTS:
            few = np.sort(np.random.default_rng(5).permutation(len(cloud))[: int(len(cloud) * MOST_DOTS / total)])
            color = None if cloud.color is None else cloud.color[few]
            cloud = Cloud(cloud.points[few], cloud.kind[few], color, cloud.total, cloud.source)
        box = _box(*cloud.points[:, :2].T.astype(np.float64)) or (0.0, 0.0, 0.0, 0.0)
        fitting = next((s for s in sets if (s[1][0].color is None) == (cloud.color is None) and _lies_beside(box, s[2])), None)
        if fitting is None:
            sets.append((part.name, [cloud], [box]))
        else:
            fitting[1].append(cloud)
            fitting[2].append(box)
    out: dict[str, Cloud] = {}
    for name, clouds, _ in sets:
        out[_free(name, out)] = clouds[0] if len(clouds) == 1 else _one_cloud(clouds)
    return out


def _lies_beside(box: Bounds, others: list[Bounds]) -> bool:
    """Whether a tile shares little of its area with the others of a survey."""
    return all(_area(_shared(box, o)) <= MOST_OVERLAP * min(_area(box), _area(o)) for o in others)


def _area(box: Bounds | None) -> float:
    return 0.0 if box is None else (box[2] - box[0]) * (box[3] - box[1])


def _one_cloud(clouds: list[Cloud]) -> Cloud:
    colors = [c.color for c in clouds if c.color is not None]
    return Cloud(
        np.concatenate([c.points for c in clouds]),
        np.concatenate([c.kind for c in clouds]),
        np.concatenate(colors) if colors else None,
        sum(c.total for c in clouds),
        " + ".join(dict.fromkeys(c.source for c in clouds)),
    )


def pictures_of(parts: list[ImagePart], frame: LocalFrame, near: Bounds | None) -> dict[str, Picture]:
    """Imagery by name: tiles of one survey as one picture, each cut to the city; MAX_PIXELS are shared among all."""
    out: dict[str, Picture] = {}
    joined = joined_images(parts)
    for part in joined:
        picture = picture_of(part, frame, near, MAX_PIXELS // min(len(joined), 4))
        if picture is not None:
            out[_free(part.name, out)] = picture
    return out


def _free(name: str, taken: Collection[str]) -> str:
    """The name, with a number where it is taken."""
    free, n = name, 2
    while free in taken:
        free, n = f"{name} {n}", n + 1
    return free


def cloud_of(part: CloudPart, frame: LocalFrame) -> Cloud:
    x, y = frame.to_local(part.points[:, 0], part.points[:, 1], flat(part.crs))
    points = np.column_stack([x, y, part.points[:, 2]]).astype(np.float32)
    good = np.isfinite(points).all(1)
    if good.all():
        return Cloud(points, part.kind, part.color, part.total, part.source)
    return Cloud(points[good], part.kind[good], None if part.color is None else part.color[good], part.total, part.source)


def picture_of(part: ImagePart, frame: LocalFrame, near: Bounds | None, most: int = MAX_PIXELS) -> Picture | None:
    """The part of an image over the city (and a tenth around it), at most `most` pixels; None where it has nothing there.

    near: local bounds of the city, None for all the image covers. An image in another CRS is warped (bilinear).
    """
    same = frame.crs is None or part.crs is None or parse_crs(part.crs) == parse_crs(frame.crs)
    whole = _box(*frame.to_local(*_rim(part.bounds), None if same else part.crs))
    if whole is None:
        return None
    box: Bounds | None = whole
    if near is not None:
        margin = max(MARGIN * max(near[2] - near[0], near[3] - near[1]), 25.0)
        box = _shared(whole, (near[0] - margin, near[1] - margin, near[2] + margin, near[3] + margin))
    if box is None:
        return None
    wanted = _box(*_in_crs_of(part, frame, box, same))
    wanted = None if wanted is None else _shared(wanted, part.bounds)
    found = None if wanted is None else part.read(wanted, most)
    if found is None or not found[0][..., 3].any():
        return None
    rgba, bounds = found
    rows, columns, _ = rgba.shape
    if same and max(rows, columns) <= MOST_SIDE:
        x, y = frame.to_local([bounds[0], bounds[2]], [bounds[1], bounds[3]])
        return Picture((float(x[0]), float(y[0]), float(x[1]), float(y[1])), np.ascontiguousarray(rgba[::-1]), part.source)
    return _warped(part, rgba, bounds, frame, box, most)


def _warped(part: ImagePart, rgba: NDArray[np.uint8], bounds: Bounds, frame: LocalFrame, box: Bounds, most: int) -> Picture | None:
    from rasterio.crs import CRS as RasterCRS
    from rasterio.warp import Resampling, reproject

    same = frame.crs is None or part.crs is None or parse_crs(part.crs) == parse_crs(frame.crs)
    covered = _box(*frame.to_local(*_rim(bounds), None if same else part.crs))
    clipped = None if covered is None else _shared(covered, box)
    if covered is None or clipped is None:
        return None
    rows, columns, _ = rgba.shape
    area = (covered[2] - covered[0]) * (covered[3] - covered[1])
    wide, tall = clipped[2] - clipped[0], clipped[3] - clipped[1]
    pixel = max(float(np.sqrt(area / (rows * columns))), float(np.sqrt(wide * tall / most)), max(wide, tall) / MOST_SIDE)
    shape = max(1, round(tall / pixel)), max(1, round(wide / pixel))
    unit = frame.unit_m
    west, north = frame.to_crs(clipped[0], clipped[3])
    to = RasterCRS.from_wkt(parse_crs(frame.crs).to_wkt()) if frame.crs else RasterCRS.from_epsg(32631)
    out = np.zeros((4, *shape), np.uint8)
    reproject(
        np.ascontiguousarray(np.moveaxis(rgba, 2, 0)),
        out,
        src_transform=Affine((bounds[2] - bounds[0]) / columns, 0, bounds[0], 0, -(bounds[3] - bounds[1]) / rows, bounds[3]),
        src_crs=to if same or part.crs is None else RasterCRS.from_wkt(part.crs.to_wkt()),
        src_alpha=4,
        dst_transform=Affine(wide / shape[1] / unit, 0, float(west), 0, -tall / shape[0] / unit, float(north)),
        dst_crs=to,
        dst_alpha=4,
        resampling=Resampling.bilinear,
    )
    if not out[3].any():
        return None
    return Picture(clipped, np.ascontiguousarray(np.moveaxis(out, 0, 2)[::-1]), part.source)


def _rim(box: Bounds) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Points around a rectangle; its sides are curves in another CRS."""
    t = np.linspace(0, 1, 21)
    x, y = box[0] + (box[2] - box[0]) * t, box[1] + (box[3] - box[1]) * t
    return (
        np.concatenate([x, x, np.full(21, box[0]), np.full(21, box[2])]),
        np.concatenate([np.full(21, box[1]), np.full(21, box[3]), y, y]),
    )


def _in_crs_of(part: ImagePart, frame: LocalFrame, box: Bounds, same: bool) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    from twin.frame import reproject

    x, y = frame.to_crs(*_rim(box))
    return (x, y) if same else reproject(x, y, parse_crs(frame.crs), parse_crs(part.crs))


def _box(x: NDArray[np.float64], y: NDArray[np.float64]) -> Bounds | None:
    good = np.isfinite(x) & np.isfinite(y)
    if not good.any():
        return None
    return float(x[good].min()), float(y[good].min()), float(x[good].max()), float(y[good].max())


def _shared(a: Bounds, b: Bounds) -> Bounds | None:
    box = max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])
    return box if box[0] < box[2] and box[1] < box[3] else None
