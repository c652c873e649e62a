"""Colours of a glTF primitive: vertex colours, base colour of its material, its base colour texture at the middle of each triangle."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from twin.city.readers.gltf_document import Document

MAX_TEXTURE = 8192
"""Pixels a side; a larger texture is not unpacked."""
Floats = NDArray[np.float64]


def colors_of(
    document: Document, primitive: dict[str, Any], triangles: NDArray[np.int64], count: int, is_points: bool
) -> NDArray[np.uint8] | None:
    """sRGB RGBA of each triangle, of each of `count` points where there are no triangles; None where nothing is said.

    glTF 2.0, 3.9.2: base colour = factor x vertex colour (both linear) x texture (sRGB).
    """
    attributes = primitive["attributes"]
    vertex = _vertex_colors(document, attributes, count)
    factor = texture = None
    if "material" in primitive:
        material = document.item("materials", primitive["material"])
        rough = material.get("pbrMetallicRoughness")
        rough = rough if isinstance(rough, dict) else {}
        other = document.extension(material, "KHR_materials_pbrSpecularGlossiness")
        said = rough.get("baseColorFactor", other.get("diffuseFactor"))
        if said is not None:
            factor = np.clip(np.array(said, float).reshape(4), 0, 1)
        texture = rough.get("baseColorTexture", other.get("diffuseTexture"))
    where: Any = slice(None) if is_points else triangles
    linear: Floats | None = None
    if vertex is not None:
        linear = vertex if is_points else vertex[where].mean(axis=1)
    if factor is not None:
        rows = count if is_points else len(triangles)
        linear = np.tile(factor, (rows, 1)) if linear is None else linear * factor
    if isinstance(texture, dict):
        seen = _sampled(document, texture, attributes, where, count, is_points)
        if seen is not None:
            linear = seen if linear is None else linear * seen
    if linear is None:
        return None
    out = np.round(255 * np.clip(np.nan_to_num(linear), 0, 1)).astype(np.uint8)
    out[:, :3] = np.round(255 * srgb(np.clip(np.nan_to_num(linear[:, :3]), 0, 1)))
    out[:, 3] = np.maximum(out[:, 3], 1)  # alpha 0 means that nothing is said
    return out


def srgb(linear: Floats) -> Floats:
    """Linear light -> sRGB, both 0 to 1 (IEC 61966-2-1)."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)


def from_srgb(color: Floats) -> Floats:
    """sRGB -> linear light, both 0 to 1 (IEC 61966-2-1)."""
    return np.where(color <= 0.04045, color / 12.92, ((color + 0.055) / 1.055) ** 2.4)


def _vertex_colors(document: Document, attributes: dict[str, Any], count: int) -> Floats | None:
    if "COLOR_0" not in attributes:
        return None
    values = document.accessor(attributes["COLOR_0"])
    found = values.astype(float) / (np.iinfo(values.dtype).max if values.dtype.kind in "iu" else 1.0)
    if found.shape[0] != count or found.shape[1] not in (3, 4):
        return None
    return found if found.shape[1] == 4 else np.column_stack([found, np.ones(count)])


def _sampled(
    document: Document, texture: dict[str, Any], attributes: dict[str, Any], where: Any, count: int, is_points: bool
) -> Floats | None:
    name = f"TEXCOORD_{int(texture.get('texCoord', 0))}"
    pixels = _pixels(document, texture)
    if name not in attributes or pixels is None:
        return None
    uv = document.accessor(attributes[name]).astype(float)
    if uv.shape != (count, 2):
        return None
    at = np.nan_to_num(uv if is_points else uv[where].mean(axis=1)) % 1.0
    height, width = pixels.shape[:2]
    color = pixels[np.minimum((at[:, 1] * height).astype(int), height - 1), np.minimum((at[:, 0] * width).astype(int), width - 1)] / 255.0
    color[:, :3] = from_srgb(color[:, :3])
    return color


def _pixels(document: Document, texture: dict[str, Any]) -> NDArray[np.uint8] | None:
    """The image of a texture, None where it cannot be unpacked: then the factor alone gives the colour."""
    from PIL import Image

    from twin.errors import InputError

    kept = document.textures
    row = int(texture.get("index", -1))
    if row not in kept:
        kept[row] = None
        source = document.item("textures", row).get("source")
        if source is not None:
            entry = document.item("images", source)
            try:
                data = document.resource(str(entry["uri"])) if "uri" in entry else document.view(int(entry["bufferView"]))
                with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as image:
                    if max(image.size) <= MAX_TEXTURE:
                        kept[row] = np.asarray(image.convert("RGBA"))
            except (InputError, OSError, SyntaxError, ValueError, Image.DecompressionBombError, Image.DecompressionBombWarning):
                pass
    return kept[row]
