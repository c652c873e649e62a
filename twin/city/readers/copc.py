"""COPC: a LAZ file whose chunks are the nodes of an octree, coarse to fine, so that a sample is read without the rest."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import InputError

MOST_NODES = 4_000_000
_ENTRY = np.dtype([("level", "<i4"), ("x", "<i4"), ("y", "<i4"), ("z", "<i4"), ("offset", "<u8"), ("bytes", "<i4"), ("points", "<i4")])
_INFO_AT = 375 + 54
"""The info VLR is the first one behind a header of 375 bytes (COPC 1.0)."""


def is_copc(path: Path) -> bool:
    with open(path, "rb") as file:
        head = file.read(_INFO_AT)
    return len(head) == _INFO_AT and head[377:381] == b"copc" and struct.unpack_from("<H", head, 393)[0] == 1


def copc_nodes(path: Path, most_points: int) -> NDArray[Any]:
    """Nodes with points, of the finest level that keeps to most_points together with the coarser ones (at least level 0).

    A structured array: level, offset, bytes, points. Raises InputError where the hierarchy is broken.
    """
    size = path.stat().st_size
    broken = InputError("The octree of this point cloud is broken", where=str(path), do="Copy or download it again.")
    found: list[NDArray[Any]] = []
    with open(path, "rb") as file:
        file.seek(_INFO_AT)
        info = file.read(160)
        if len(info) < 160:
            raise broken
        pages = [struct.unpack_from("<QQ", info, 40)]
        seen: set[int] = set()
        total = 0
        while pages:
            offset, length = pages.pop()
            if offset in seen or offset + length > size or length % _ENTRY.itemsize:
                raise broken
            seen.add(offset)
            file.seek(offset)
            entries = np.frombuffer(file.read(length), _ENTRY)
            total += len(entries)
            if total > MOST_NODES:
                raise broken
            pages += [(int(e["offset"]), int(e["bytes"])) for e in entries[entries["points"] == -1]]
            found.append(entries[entries["points"] > 0])
    nodes = np.concatenate(found)
    good = (nodes["bytes"] > 0) & (nodes["offset"] <= size) & (nodes["offset"] + nodes["bytes"].astype(np.uint64) <= size)
    if not len(nodes) or not good.all() or nodes["level"].min() < 0 or nodes["level"].max() > 31:
        raise broken
    count = np.cumsum(np.bincount(nodes["level"], weights=nodes["points"]))
    deepest = int(np.searchsorted(count, most_points, side="right")) - 1
    return np.sort(nodes[nodes["level"] <= max(deepest, int(nodes["level"].min()))], order="offset")
