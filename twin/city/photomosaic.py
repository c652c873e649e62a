"""Tiles of one survey of photographs as one image."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.parts import ImagePart

MOST_OVERLAP = 0.2
"""Of two tiles of one survey, as a share of the smaller one; two pictures of one place overlap more."""
MOST_TILES = 2000
Bounds = tuple[float, float, float, float]


def joined_images(images: list[ImagePart]) -> list[ImagePart]:
    """Images in the same CRS that lie beside each other become one; the others stay as they are."""
    sets: list[list[ImagePart]] = []
    for image in images:
        fitting = next(
            (s for s in sets if s[0].crs == image.crs and len(s) < MOST_TILES and all(_beside(image, other) for other in s)), None
        )
        if fitting is None:
            sets.append([image])
        else:
            fitting.append(image)
    return [s[0] if len(s) == 1 else _together(s) for s in sets]


def _area(box: Bounds) -> float:
    return max(0.0, box[2] - box[0]) * max(0.0, box[3] - box[1])


def _shared(a: Bounds, b: Bounds) -> Bounds:
    return max(a[0], b[0]), max(a[1], b[1]), min(a[2], b[2]), min(a[3], b[3])


def _beside(one: ImagePart, other: ImagePart) -> bool:
    a, b = _area(one.bounds), _area(other.bounds)
    alike = 0.05 < a / max(b, 1e-30) < 20
    return alike and _area(_shared(one.bounds, other.bounds)) <= MOST_OVERLAP * min(a, b)


def _together(tiles: list[ImagePart]) -> ImagePart:
    boxes = np.array([t.bounds for t in tiles])
    bounds = (float(boxes[:, 0].min()), float(boxes[:, 1].min()), float(boxes[:, 2].max()), float(boxes[:, 3].max()))

    def read(wanted: Bounds, most: int) -> tuple[NDArray[np.uint8], Bounds] | None:
        box = _shared(wanted, bounds)
        parts = [(t, shared) for t in tiles if _area(shared := _shared(t.bounds, box)) > 0]
        covered = sum(_area(shared) for _, shared in parts)
        found = [f for t, shared in parts if (f := t.read(shared, max(1, int(most * _area(shared) / covered)))) is not None]
        if not found:
            return None
        pixel = min(float(np.sqrt(_area(b) / (rgba.shape[0] * rgba.shape[1]))) for rgba, b in found)
        pixel = max(pixel, float(np.sqrt(_area(box) / most)))
        shape = max(1, round((box[3] - box[1]) / pixel)), max(1, round((box[2] - box[0]) / pixel))
        out = np.zeros((*shape, 4), np.uint8)
        for rgba, b in found:
            _put(out, rgba, b, box)
        return out, box

    first = tiles[0]
    return ImagePart(first.name, read, bounds, first.crs, first.source, first.engineering)


def _put(out: NDArray[np.uint8], rgba: NDArray[np.uint8], bounds: Bounds, box: Bounds) -> None:
    """A tile where nothing lies yet: of each pixel, the one of the tile its middle lies in."""
    rows, columns, _ = out.shape
    x = box[0] + (np.arange(columns) + 0.5) * (box[2] - box[0]) / columns
    y = box[3] - (np.arange(rows) + 0.5) * (box[3] - box[1]) / rows
    column = np.floor((x - bounds[0]) / (bounds[2] - bounds[0]) * rgba.shape[1]).astype(np.int64)
    row = np.floor((bounds[3] - y) / (bounds[3] - bounds[1]) * rgba.shape[0]).astype(np.int64)
    cs, rs = np.flatnonzero((column >= 0) & (column < rgba.shape[1])), np.flatnonzero((row >= 0) & (row < rgba.shape[0]))
    if not len(cs) or not len(rs):
        return
    there = out[rs[0] : rs[-1] + 1, cs[0] : cs[-1] + 1]
    np.copyto(there, rgba[np.ix_(row[rs], column[cs])], where=(there[..., 3] == 0)[..., None])
