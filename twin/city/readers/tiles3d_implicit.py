"""Implicit tiling of 3D Tiles: subtrees that tell which tiles there are (3D Tiles 1.1, 7.6, and its 1.0 extension)."""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.gltf_document import BROKEN, json_of, unpacked
from twin.errors import InputError

Fetch = Callable[[str], bytes]


@dataclass(eq=False)
class Implicit:
    """Implicit tiling of one tile (3D Tiles 1.1, 7.6), its subtrees read when they are needed."""

    octree: bool
    levels: int
    subtree_levels: int
    subtrees: str
    contents: list[str]
    base: str
    known: dict[tuple[int, int, int, int], Subtree] = field(default_factory=dict)


@dataclass(eq=False)
class Subtree:
    """Availability of tiles, of their contents, and of the subtrees below: bool arrays in Morton order, level after level."""

    tiles: NDArray[np.bool_]
    contents: list[NDArray[np.bool_]]
    below: NDArray[np.bool_]


def filled(template: str, place: tuple[int, int, int, int]) -> str:
    for name, value in zip(("level", "x", "y", "z"), place, strict=True):
        template = template.replace("{" + name + "}", str(value))
    return template


def morton(x: int, y: int, z: int, bits: int, octree: bool) -> int:
    """Morton index of a cell: bits of x, y (and z) interleaved, x lowest."""
    out, width = 0, 3 if octree else 2
    for b in range(bits):
        out |= ((x >> b) & 1) << (width * b) | ((y >> b) & 1) << (width * b + 1)
        if octree:
            out |= ((z >> b) & 1) << (width * b + 2)
    return out


def in_subtree(tiling: Implicit, place: tuple[int, int, int, int], fetch: Fetch) -> tuple[Subtree | None, int]:
    """The subtree a tile is in and its row there; None where the one above says that there is none."""
    level, x, y, z = place
    local = level % tiling.subtree_levels
    top = (level - local, x >> local, y >> local, z >> local)
    if top not in tiling.known:
        if top[0] > 0:
            above_level = top[0] - tiling.subtree_levels
            n = tiling.subtree_levels
            above = tiling.known.get((above_level, top[1] >> n, top[2] >> n, top[3] >> n))
            mask = (1 << n) - 1
            index = morton(top[1] & mask, top[2] & mask, top[3] & mask, n, tiling.octree)
            if above is None or index >= len(above.below) or not above.below[index]:
                return None, 0
        uri = urljoin(tiling.base, filled(tiling.subtrees, top))
        tiling.known[top] = _subtree(fetch(uri), uri, tiling, fetch)
    branch, mask = (8 if tiling.octree else 4), (1 << local) - 1
    first = (branch**local - 1) // (branch - 1)
    return tiling.known[top], first + morton(x & mask, y & mask, z & mask, local, tiling.octree)


def _subtree(data: bytes, uri: str, tiling: Implicit, fetch: Fetch) -> Subtree:
    """A .subtree file (3D Tiles 1.1, 7.6.5), binary or JSON."""
    try:
        binary, data = b"", unpacked(data)
        if data[:4] == b"subt":
            _, length, rest = struct.unpack_from("<IQQ", data, 4)
            binary = data[24 + length : 24 + length + rest]
            data = data[24 : 24 + length]
        found = json_of(data)
        buffers = [fetch(urljoin(uri, str(b["uri"]))) if "uri" in b else binary for b in found.get("buffers", [])]
        branch, n = (8 if tiling.octree else 4), tiling.subtree_levels

        def bits(said: Any, count: int) -> NDArray[np.bool_]:
            if not isinstance(said, dict):
                return np.zeros(0, bool)
            view = said.get("bitstream", said.get("bufferView"))
            if view is None:
                return np.full(count, bool(said.get("constant")))
            where = found["bufferViews"][int(view)]
            start, size = int(where.get("byteOffset", 0)), int(where["byteLength"])
            packed = np.frombuffer(buffers[int(where["buffer"])], np.uint8)[start : start + size]
            if len(packed) * 8 < count:
                raise ValueError("an availability is shorter than its subtree")
            return np.unpackbits(packed, bitorder="little")[:count].astype(bool)

        tiles = (branch**n - 1) // (branch - 1)
        contents = found.get("contentAvailability", (found.get("extensions") or {}).get("3DTILES_multiple_contents", []))
        if isinstance(contents, dict):
            contents = contents.get("contentAvailability", [contents])
        return Subtree(
            bits(found["tileAvailability"], tiles),
            [bits(c, tiles) for c in contents],
            bits(found.get("childSubtreeAvailability"), branch**n),
        )
    except BROKEN as error:
        raise InputError(f"This subtree is broken: {str(error)[:120]}", where=uri) from None
