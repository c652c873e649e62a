"""Meshes kept on disk between sessions: what is slow to make of a geometry and the ground below it is made once.

Kept by content: the same polygons on the same ground give the same file, whatever city they are in.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from layers.ground import Ground
from twin.folders import cache_dir

FORMAT = 1
MOST_FILES = 48
FEW = 200
"""Below this many geometries, making them is as fast as reading them."""

Arrays = tuple[NDArray[Any], ...]


def kept(word: str, geometry: NDArray[np.object_], ground: Ground, values: tuple[Any, ...], make: Callable[[], Arrays]) -> Arrays:
    """The arrays kept for word, geometry, ground and values, else those `make` gives, which are then kept.

    A broken or unwritable cache only costs time.
    """
    if len(geometry) < FEW:
        return make()
    folder = cache_dir() / "drawn"
    file = folder / f"{_key(word, geometry, ground, values)}.npz"
    try:
        with file.open("rb") as stream, np.load(stream, allow_pickle=False) as found:
            arrays = tuple(found[f"arr_{k}"] for k in range(len(found.files)))
        os.utime(file)
        return arrays
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
        pass
    arrays = make()
    with contextlib.suppress(OSError):
        _keep(file, arrays)
    return arrays


def _key(word: str, geometry: NDArray[np.object_], ground: Ground, values: tuple[Any, ...]) -> str:
    digest = hashlib.blake2b(repr((FORMAT, word, ground.level, ground.grid)).encode(), digest_size=16)
    for code in ("kept.py", "shapes.py", "ground.py", "light.py"):
        digest.update(Path(__file__).with_name(code).read_bytes())
    for wkb in shapely.to_wkb(geometry, include_srid=False):
        digest.update(wkb or b"-")
    for array in (ground.z, *values):
        digest.update(b"-" if array is None else np.ascontiguousarray(array).tobytes())
    return digest.hexdigest()


def _keep(file: Path, arrays: Arrays) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as out:
            np.savez(out, *arrays)
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    old = sorted(file.parent.glob("*.npz"), key=lambda p: p.stat().st_mtime, reverse=True)
    for path in old[MOST_FILES:]:
        path.unlink(missing_ok=True)
