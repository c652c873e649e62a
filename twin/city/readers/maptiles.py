"""Map tiles of the usual pyramid (z/x/y in web Mercator) as one image, read where and as finely as it is needed."""

from __future__ import annotations

import io
import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS

from twin.city.readers.parts import ImagePart

MERCATOR = CRS.from_epsg(3857)
HALF_M = 20037508.342789244
"""From the middle of the web Mercator square to its side."""
MOST_TILES = 600
MOST_TILE_SIDE = 2048
MAX_ZOOM = 24

GetTile = Callable[[int, int, int], bytes | None]
"""(zoom, column, row from the north) -> an encoded PNG, JPEG or WebP, None where there is no tile."""
Bounds = tuple[float, float, float, float]


def tiles_image(
    name: str, bounds_wgs84: Bounds | None, zooms: tuple[int, int], get_tile: GetTile, source: str, most_tiles: int = MOST_TILES
) -> ImagePart:
    """An image of map tiles in EPSG:3857.

    bounds_wgs84: longitude and latitude of the corners (west, south, east, north), None for the whole world. zooms: the lowest and
    the highest there are. get_tile: called when the image is read, for at most most_tiles tiles; a tile that is missing is drawn
    from the coarser one above it, and left clear where there is none down to the lowest zoom.
    """
    low, high = max(0, zooms[0]), min(MAX_ZOOM, zooms[1])
    west, south, east, north = bounds_wgs84 or (-180.0, -85.0511, 180.0, 85.0511)
    bounds = (*_mercator(west, south), *_mercator(east, north))
    side: list[int] = []

    def read(wanted: Bounds, most_pixels: int) -> tuple[NDArray[np.uint8], Bounds] | None:
        box = (max(wanted[0], bounds[0]), max(wanted[1], bounds[1]), min(wanted[2], bounds[2]), min(wanted[3], bounds[3]))
        if not (box[0] < box[2] and box[1] < box[3]):
            return None
        cache: dict[tuple[int, int, int], NDArray[np.uint8] | None] = {}

        def tile(z: int, x: int, y: int) -> NDArray[np.uint8] | None:
            if (z, x, y) not in cache:
                cache[z, x, y] = decoded(get_tile(z, x, y))
            return cache[z, x, y]

        if not side:
            side.append(_side_of(tile, box, low, high))
        zoom = next((z for z in range(high, low, -1) if _fits(box, z, side[0], most_pixels, most_tiles)), low)
        while not _fits(box, zoom, side[0], most_pixels, most_tiles):  # no coarser tiles: the middle of the box
            x, y, wide, tall = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2, (box[2] - box[0]) * 0.4, (box[3] - box[1]) * 0.4
            box = (x - wide, y - tall, x + wide, y + tall)
        c0, r0, c1, r1 = _tiles_over(box, zoom)
        n = side[0]
        out = np.zeros(((r1 - r0 + 1) * n, (c1 - c0 + 1) * n, 4), np.uint8)
        seen = False
        for r in range(r0, r1 + 1):
            for c in range(c0, c1 + 1):
                piece = _piece(tile, zoom, c, r, low, n)
                if piece is not None:
                    out[(r - r0) * n : (r - r0 + 1) * n, (c - c0) * n : (c - c0 + 1) * n] = piece
                    seen = True
        if not seen:
            return None
        size = 2 * HALF_M / 2**zoom
        origin = -HALF_M + c0 * size, HALF_M - (r1 + 1) * size
        covered = (origin[0], origin[1], origin[0] + (c1 - c0 + 1) * size, origin[1] + (r1 - r0 + 1) * size)
        return _cropped(out, covered, box)

    return ImagePart(name, read, bounds, MERCATOR, source)


def decoded(data: bytes | None) -> NDArray[np.uint8] | None:
    """RGBA of an encoded tile; None for nothing, and for what is no PNG, JPEG or WebP of a tile's size."""
    from PIL import Image, UnidentifiedImageError

    if not data:
        return None
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
            if image.width != image.height or image.width > MOST_TILE_SIDE:
                return None
            return np.asarray(image.convert("RGBA"))
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError, MemoryError):
        return None


def _mercator(lon: float, lat: float) -> tuple[float, float]:
    lat = min(85.0511287798, max(-85.0511287798, lat))
    x = min(180.0, max(-180.0, lon)) / 180 * HALF_M
    return x, math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)) / math.pi * HALF_M


def _tiles_over(box: Bounds, zoom: int) -> tuple[int, int, int, int]:
    """First and last column and row of the tiles a box touches."""
    n, size = 2**zoom, 2 * HALF_M / 2**zoom
    inside = 1e-9 * size
    c0, c1 = int((box[0] + HALF_M + inside) // size), int((box[2] + HALF_M - inside) // size)
    r0, r1 = int((HALF_M - box[3] + inside) // size), int((HALF_M - box[1] - inside) // size)
    return max(0, c0), max(0, r0), min(n - 1, max(c0, c1)), min(n - 1, max(r0, r1))


def _fits(box: Bounds, zoom: int, side: int, most_pixels: int, most_tiles: int) -> bool:
    c0, r0, c1, r1 = _tiles_over(box, zoom)
    pixels = (box[2] - box[0]) * (box[3] - box[1]) / (2 * HALF_M / 2**zoom / side) ** 2
    tiles = (c1 - c0 + 1) * (r1 - r0 + 1)
    return tiles <= 4 or (tiles <= most_tiles and pixels <= most_pixels)


def _side_of(tile: Callable[[int, int, int], NDArray[np.uint8] | None], box: Bounds, low: int, high: int) -> int:
    """Pixels of a tile's side, of the first one found under the middle of the box."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    for zoom in range(low, high + 1):
        c, r, _, _ = _tiles_over((x, y, x, y), zoom)
        found = tile(zoom, c, r)
        if found is not None:
            return int(found.shape[0])
    return 256


def _piece(
    tile: Callable[[int, int, int], NDArray[np.uint8] | None], zoom: int, c: int, r: int, low: int, side: int
) -> NDArray[np.uint8] | None:
    """A tile, or its part of the coarser one above."""
    for up in range(zoom - low + 1):
        found = tile(zoom - up, c >> up, r >> up)
        if found is None:
            continue
        n = found.shape[0]
        k = 2**up
        if k > n:
            return None
        part = n // k
        x, y = (c % k) * part, (r % k) * part
        return _scaled(found[y : y + part, x : x + part], side)
    return None


def _scaled(rgba: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    if rgba.shape[0] == side:
        return rgba
    from PIL import Image

    return np.asarray(Image.fromarray(rgba).resize((side, side), Image.Resampling.BILINEAR))


def _cropped(rgba: NDArray[np.uint8], covered: Bounds, box: Bounds) -> tuple[NDArray[np.uint8], Bounds]:
    """Whole pixels that cover the box."""
    rows, columns, _ = rgba.shape
    px = (covered[2] - covered[0]) / columns
    c0, c1 = max(0, math.floor((box[0] - covered[0]) / px)), min(columns, math.ceil((box[2] - covered[0]) / px))
    r0, r1 = max(0, math.floor((covered[3] - box[3]) / px)), min(rows, math.ceil((covered[3] - box[1]) / px))
    c1, r1 = max(c1, c0 + 1), max(r1, r0 + 1)
    bounds = (covered[0] + c0 * px, covered[3] - r1 * px, covered[0] + c1 * px, covered[3] - r0 * px)
    return np.ascontiguousarray(rgba[r0:r1, c0:c1]), bounds
