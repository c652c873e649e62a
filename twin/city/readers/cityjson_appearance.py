"""Appearance of CityJSON (2.0, section 6): one colour for each face, of its material, or the mean of its part of a texture image."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from itertools import chain, repeat
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import Problem

MAX_IMAGES, MAX_IMAGE_BYTES, MAX_PIXELS, READ_PIXELS = 5_000, 64 << 20, 120_000_000, 512
_SAMPLES = (
    np.array([(4, 1, 1), (1, 4, 1), (1, 1, 4), (2, 2, 2), (3, 2, 1), (3, 1, 2), (2, 3, 1), (1, 3, 2), (2, 1, 3), (1, 2, 3)], float) / 6
)
"""Where a triangle of an image is looked at, as shares of its corners: within, for at its rim begins what is beside it."""


@dataclass
class Appearance:
    """Materials and textures of all documents read so far, numbered through."""

    colors: list[tuple[int, int, int, int]] = field(default_factory=list)
    images: list[tuple[str, bool]] = field(default_factory=list)
    """File name, and whether it repeats."""
    uv: list[NDArray[np.float64]] = field(default_factory=list)
    region_image: list[int] = field(default_factory=list)
    region_uv: list[list[int]] = field(default_factory=list)
    """Numbers of texture vertices of the outer ring of each textured face."""
    _material_theme: str | None = None
    _texture_theme: str | None = None
    _first_color: int = 0
    _first_image: int = 0
    _first_uv: int = 0
    _uvs: int = 0
    _known: dict[Any, int] = field(default_factory=dict)

    def begin(self, said: Any) -> None:
        """What the documents that follow call by number; said: their `appearance`."""
        said = said if isinstance(said, dict) else {}
        materials, textures = said.get("materials"), said.get("textures")
        materials, textures = (m if isinstance(m, list) else [] for m in (materials, textures))
        self._material_theme, self._texture_theme = said.get("default-theme-material"), said.get("default-theme-texture")
        self._first_color, self._first_image = len(self.colors), len(self.images)
        self.colors += [_rgba(m) for m in materials]
        self._known = {i: self._first_color + i for i in range(len(materials))}
        for t in textures:
            name = t.get("image") if isinstance(t, dict) else None
            self.images.append(
                (name if isinstance(name, str) else "", not isinstance(t, dict) or t.get("wrapMode") not in ("clamp", "border"))
            )
        try:
            uv = np.array(said.get("vertices-texture") or [], float).reshape(-1, 2)
        except (TypeError, ValueError):
            uv = np.empty((0, 2))
        self._first_uv = self._uvs
        self._uvs += len(uv)
        self.uv.append(uv)

    def materials_of(self, said: Any, depth: int, faces: int, lists: Any) -> NDArray[np.int32] | None:
        """Row of colors of each face, -1 for none."""
        from twin.city.readers.cityjson_objects import per_face

        theme = _theme(said, self._material_theme)
        if theme is None:
            return None
        if "value" in theme:
            n = faces if faces >= 0 else len(per_face(None, depth, faces, lists))
            return np.full(n, self._known.get(theme["value"], -1), np.int32)
        values = per_face(theme.get("values"), depth, faces, lists)
        return np.fromiter(map(self._known.get, values, repeat(-1)), np.int32, len(values))

    def textures_of(self, said: Any, depth: int, faces: int, lists: Any) -> NDArray[np.int32] | None:
        """Region of each face, -1 for none."""
        theme = _theme(said, self._texture_theme)
        if theme is None or not isinstance(theme.get("values"), list):
            return None
        flat, surfaces = theme["values"], lists()
        for _ in range(depth):
            flat = list(
                chain.from_iterable(v if isinstance(v, list) else repeat(None, len(s)) for v, s in zip(flat, surfaces, strict=False))
            )
            surfaces = list(chain.from_iterable(surfaces))
        out = np.full(len(surfaces), -1, np.int32)
        for face, (rings, surface) in enumerate(zip(flat, surfaces, strict=False)):
            ring = rings[0] if isinstance(rings, list) and rings and isinstance(rings[0], list) else []
            if len(ring) < 4 or len(ring) != len(surface[0]) + 1 or not all(type(k) is int for k in ring):
                continue
            image, corners = self._first_image + ring[0], [self._first_uv + k for k in ring[1:]]
            if self._first_image <= image < len(self.images) and min(corners) >= self._first_uv and max(corners) < self._uvs:
                out[face] = len(self.region_image)
                self.region_image.append(image)
                self.region_uv.append(corners)
        return out

    def table(self) -> NDArray[np.uint8]:
        """RGBA of the materials; a last row that says nothing."""
        return np.array([*self.colors, (0, 0, 0, 0)], np.uint8)

    def regions(self, folder: Path | None, source: str) -> tuple[NDArray[np.uint8], list[Problem]]:
        """RGBA of the regions, alpha 0 where the image is missing; a last row that says nothing. folder: where images may lie."""
        out = np.zeros((len(self.region_image) + 1, 4), np.uint8)
        if not self.region_image:
            return out, []
        uv = np.concatenate(self.uv)
        image = np.array(self.region_image)
        missing: list[str] = []
        wanted = np.unique(image)
        for k in wanted[:MAX_IMAGES]:
            name, repeats = self.images[k]
            pixels = _read(folder, name)
            if pixels is None:
                missing.append(name)
                continue
            which = np.flatnonzero(image == k)
            rings = [self.region_uv[i] for i in which]
            out[which, :3] = _means(pixels, uv, rings, repeats)
            out[which, 3] = 255
        missing += [self.images[k][0] for k in wanted[MAX_IMAGES:]]
        if not missing:
            return out, []
        told = f"{len(missing)} texture images are not beside the file or cannot be read; their faces keep a plain colour"
        return out, [Problem("texture_missing", "warning", len(missing), told, source, tuple(m[:80] for m in missing[:10]))]


def _theme(said: Any, wanted: str | None) -> dict[str, Any] | None:
    """The theme to show: the default one where the geometry has it, else its first."""
    if not isinstance(said, dict) or not said:
        return None
    theme = said[wanted] if isinstance(wanted, str) and wanted in said else next(iter(said.values()))
    return theme if isinstance(theme, dict) else None


def _rgba(material: Any) -> tuple[int, int, int, int]:
    try:
        red, green, blue = (min(max(float(c), 0.0), 1.0) for c in material["diffuseColor"])
        seen = 1.0 - min(max(float(material.get("transparency") or 0.0), 0.0), 1.0)
    except (TypeError, ValueError, KeyError, AttributeError):
        return 0, 0, 0, 0
    return round(red * 255), round(green * 255), round(blue * 255), max(1, round(seen * 255))


def _read(folder: Path | None, name: str) -> NDArray[np.uint8] | None:
    """RGB of an image beside or below the folder, made small; None for what is elsewhere, too large, or no image."""
    import rasterio
    from rasterio.errors import RasterioError

    if folder is None or not name or "\0" in name:
        return None
    try:
        home = folder.resolve()
        path = (home / name.replace("\\", "/")).resolve()
        if not path.is_relative_to(home) or not path.is_file() or path.stat().st_size > MAX_IMAGE_BYTES:
            return None
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # an image has no place on the map
            with rasterio.open(path, driver=_driver(path)) as image:
                if image.width * image.height > MAX_PIXELS:
                    return None
                shrink = max(1.0, max(image.width, image.height) / READ_PIXELS)
                size = max(1, round(image.height / shrink)), max(1, round(image.width / shrink))
                bands = [1, 2, 3] if image.count >= 3 else [1, 1, 1]
                pixels = np.moveaxis(image.read(bands, out_shape=(3, *size)), 0, -1)
                if image.count < 3 and image.colorinterp[0].name == "palette":
                    table = np.zeros((256, 3), np.uint8)
                    for k, color in image.colormap(1).items():
                        table[k & 255] = color[:3]
                    pixels = table[pixels[..., 0]]
                return pixels.astype(np.uint8)
    except (RasterioError, OSError, ValueError, RuntimeError):
        return None


def _driver(path: Path) -> str:
    """Which kind of image a file is by its first bytes. Raises ValueError for no image: GDAL reads much else, and what it names."""
    with open(path, "rb") as file:
        head = file.read(12)
    for begin, driver in ((b"\x89PNG", "PNG"), (b"\xff\xd8\xff", "JPEG"), (b"GIF8", "GIF"), (b"BM", "BMP")):
        if head.startswith(begin):
            return driver
    if head[:4] == b"RIFF" and head[8:] == b"WEBP":
        return "WEBP"
    raise ValueError(path.name)


def _means(pixels: NDArray[np.uint8], uv: NDArray[np.float64], rings: list[list[int]], repeats: bool) -> NDArray[np.uint8]:
    """Mean colour within rings of texture coordinates, looked at along a fan from the middle of each."""
    sizes = np.fromiter(map(len, rings), np.int64, len(rings))
    ring = np.repeat(np.arange(len(rings)), sizes)
    corner = uv[np.fromiter(chain.from_iterable(rings), np.int64)]
    follow = np.arange(1, len(ring) + 1)
    follow[np.cumsum(sizes) - 1] = np.cumsum(sizes) - sizes
    middle = np.column_stack([np.bincount(ring, corner[:, k], len(rings)) for k in (0, 1)]) / sizes[:, None]
    a, b, c = middle[ring], corner, corner[follow]
    area = np.abs((b[:, 0] - a[:, 0]) * (c[:, 1] - a[:, 1]) - (b[:, 1] - a[:, 1]) * (c[:, 0] - a[:, 0])) + 1e-12
    at = np.einsum("sk,kni->nsi", _SAMPLES, np.stack([a, b, c]))
    at = np.nan_to_num(at)
    if repeats:
        at = np.where((at < 0) | (at > 1), at - np.floor(at), at)
    rows, columns = pixels.shape[:2]
    x = np.clip((at[..., 0] * columns).astype(np.int64), 0, columns - 1)
    y = np.clip(((1 - at[..., 1]) * rows).astype(np.int64), 0, rows - 1)
    seen = pixels[y, x].mean(1)
    total = np.bincount(ring, area, len(rings))
    mean = np.column_stack([np.bincount(ring, seen[:, k] * area, len(rings)) for k in range(3)]) / total[:, None]
    return np.clip(np.round(mean), 0, 255).astype(np.uint8)
