"""The tree of a 3D Tiles tileset: which contents to read, and where each stands.

OGC 3D Tiles 1.1 (22-025r4), sections 7 and 8; the 1.0 extensions for implicit tiling and several contents are understood too.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urldefrag, urljoin

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.gltf_document import BROKEN, json_of, unpacked
from twin.city.readers.tiles3d_implicit import Fetch, Implicit, filled, in_subtree
from twin.errors import InputError

Floats = NDArray[np.float64]
MAX_TILES = 300_000
MAX_SUBTREE_LEVELS = 12
MAX_TILESETS = 2_000
MAX_DEPTH = 64


@dataclass(eq=False)
class Tile:
    """One tile. base: URI of the file it stands in. transform: to the tileset's axes. contents: (URI, properties of its metadata)."""

    entry: dict[str, Any]
    base: str
    transform: Floats
    error: float
    replaces: bool
    parent: Tile | None
    schema: Tileset
    contents: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    implicit: tuple[Implicit, int, int, int, int] | None = None
    """Of an implicit tile: its tiling, level, x, y, z."""
    depth: int = 0


@dataclass(eq=False)
class Tileset:
    """One tileset.json: what its tiles have in common."""

    up: str = "Y"
    version: str = ""


@dataclass
class Selection:
    """Tiles to show. coarser: finer ones were left out since there are too many. replaced: tiles whose content their children replace."""

    tiles: list[Tile]
    coarser: bool
    trouble: list[InputError]


def select(root: dict[str, Any], uri: str, fetch: Fetch, most: int) -> Selection:
    """The finest tiles that together have at most `most` contents, the coarsest refined first.

    Raises InputError where the root is broken; trouble below it is told and its tiles are left out.
    """
    first = tile_of(_dictionary(root.get("root"), "root"), uri, np.eye(4), None, _tileset(root))
    count = itertools.count()
    heap: list[tuple[float, int, Tile]] = []
    shown: dict[int, Tile] = {}
    trouble: list[InputError] = []
    coarser, seen, files = False, 0, {urldefrag(uri)[0]}

    def enter(tile: Tile) -> None:
        heapq.heappush(heap, (-tile.error, next(count), tile))
        if any(not is_tileset(u) for u, _ in tile.contents):
            shown[id(tile)] = tile

    enter(first)
    while heap:
        _, _, tile = heapq.heappop(heap)
        try:
            children = list(children_of(tile, fetch, files))
        except InputError as error:
            if tile is first and tile.implicit is None:
                raise
            trouble.append(error)
            continue
        except BROKEN as error:
            raise InputError(f"This tileset is broken: {str(error)[:120]}", where=tile.base) from None
        if not children:
            continue
        seen += len(children)
        if seen > MAX_TILES or len(shown) + len(children) > most or len(files) > MAX_TILESETS:
            coarser = True
            continue
        if tile.replaces:
            shown.pop(id(tile), None)
        for child in children:
            enter(child)
    return Selection(list(shown.values()), coarser, trouble)


def is_tileset(uri: str) -> bool:
    """Whether a content is another tileset, by its name."""
    return uri.partition("?")[0].lower().endswith(".json")


def parse(data: bytes, where: str) -> dict[str, Any]:
    """A tileset.json. Raises InputError."""
    try:
        found = json_of(unpacked(data))
    except (ValueError, RecursionError) as error:
        raise InputError(f"This is not valid JSON: {str(error)[:120]}", where=where) from None
    if not isinstance(found, dict) or not isinstance(found.get("asset"), dict) or not isinstance(found.get("root"), dict):
        raise InputError("This is no 3D Tiles tileset", where=where)
    version = str(found["asset"].get("version"))
    if version not in ("0.0", "1.0", "1.1"):
        raise InputError(f"3D Tiles {version} is not read", where=where, do="1.0 and 1.1 are.")
    return found


def _tileset(root: dict[str, Any]) -> Tileset:
    asset = root["asset"]
    return Tileset(str(asset.get("gltfUpAxis", "Y")).upper(), str(asset.get("version")))


def _dictionary(value: Any, name: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise ValueError(f"{name} is no object")
    return value


def _extension(entry: dict[str, Any], name: str) -> Any:
    found = entry.get("extensions")
    return found.get(name) if isinstance(found, dict) else None


def tile_of(entry: dict[str, Any], base: str, above: Floats, parent: Tile | None, tileset: Tileset) -> Tile:
    """A tile of a tileset.json, placed. Raises ValueError and its like where it is broken."""
    matrix = entry.get("transform")
    transform = above
    if matrix is not None:
        own = np.array(matrix, float)
        if own.shape != (16,) or not np.isfinite(own).all():
            raise ValueError("the transform of a tile is not sixteen numbers")
        transform = above @ own.reshape(4, 4).T
    refine = entry.get("refine")
    replaces = str(refine).upper() != "ADD" if refine is not None else (parent.replaces if parent is not None else True)
    error = float(entry.get("geometricError", 0.0))
    tile = Tile(entry, base, transform, error if error == error else 0.0, replaces, parent, tileset)
    tile.depth = parent.depth + 1 if parent is not None else 0
    properties = _properties(entry)
    implicit = entry.get("implicitTiling") or _extension(entry, "3DTILES_implicit_tiling")
    contents = [_dictionary(c, "content") for c in contents_of(entry)]
    uris = [(str(c.get("uri", c.get("url", ""))), properties | _properties(c)) for c in contents]
    uris = [(u, p) for u, p in uris if u]
    if implicit is not None:
        levels = int(implicit.get("availableLevels", implicit.get("maximumLevel", 0) + 1))
        tiling = Implicit(
            str(implicit["subdivisionScheme"]).upper() == "OCTREE", min(levels, 32), int(implicit["subtreeLevels"]),
            str(implicit["subtrees"]["uri"]), [u for u, _ in uris], base,
        )  # fmt: skip
        if not 1 <= tiling.subtree_levels <= MAX_SUBTREE_LEVELS:
            raise ValueError(f"subtrees of {tiling.subtree_levels} levels are not read")
        tile.implicit = (tiling, 0, 0, 0, 0)
    else:
        tile.contents = [(urljoin(base, u), p) for u, p in uris]
    return tile


def contents_of(entry: dict[str, Any]) -> list[Any]:
    """The contents a tile of a tileset.json states, as it states them."""
    several = entry.get("contents") or _extension(entry, "3DTILES_multiple_contents")
    if isinstance(several, dict):
        several = several.get("contents", several.get("content"))
    if isinstance(several, list):
        return several
    return [entry["content"]] if entry.get("content") is not None else []


def _properties(entry: dict[str, Any]) -> dict[str, Any]:
    metadata = entry.get("metadata") or _extension(entry, "3DTILES_metadata")
    found = metadata.get("properties") if isinstance(metadata, dict) else None
    return {str(k): v for k, v in found.items() if isinstance(v, (str, int, float, bool))} if isinstance(found, dict) else {}


def children_of(tile: Tile, fetch: Fetch, files: set[str]) -> Iterator[Tile]:
    """The tiles that refine a tile; the tilesets it names are fetched and added to `files`. Raises InputError, and BROKEN ones."""
    if tile.depth > MAX_DEPTH:
        raise InputError(f"This tileset is nested more than {MAX_DEPTH} deep", where=tile.base)
    if tile.implicit is not None:
        yield from _implicit_children(tile, fetch)
        return
    for uri, _ in tile.contents:
        if is_tileset(uri):
            plain = urldefrag(uri)[0]
            if plain in files:
                raise InputError("This tileset contains itself", where=plain)
            files.add(plain)
            inner = parse(fetch(uri), uri)
            yield tile_of(inner["root"], uri, tile.transform, tile, _tileset(inner))
    children = tile.entry.get("children", [])
    for child in children if isinstance(children, list) else []:
        yield tile_of(_dictionary(child, "child"), tile.base, tile.transform, tile, tile.schema)


def _implicit_children(tile: Tile, fetch: Fetch) -> Iterator[Tile]:
    """Tiles below one of an implicit tiling; the root stands for level 0 and is entered as its own first child."""
    assert tile.implicit is not None
    tiling, level, x, y, z = tile.implicit
    if tile.entry:
        wanted = [(0, 0, 0, 0)]
    elif level + 1 >= tiling.levels:
        return
    else:
        offsets = itertools.product((0, 1) if tiling.octree else (0,), (0, 1), (0, 1))
        wanted = [(level + 1, 2 * x + i, 2 * y + j, 2 * z + k) for k, j, i in offsets]
    for place in wanted:
        subtree, index = in_subtree(tiling, place, fetch)
        if subtree is None or index >= len(subtree.tiles) or not subtree.tiles[index]:
            continue
        child = Tile({}, tiling.base, tile.transform, tile.error / (1 if tile.entry else 2), tile.replaces, tile, tile.schema)
        child.implicit, child.depth = (tiling, *place), tile.depth + 1
        for template, there in zip(tiling.contents, subtree.contents, strict=False):
            if index < len(there) and there[index]:
                child.contents.append((urljoin(tiling.base, filled(template, place)), {}))
        yield child
