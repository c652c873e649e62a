"""A tileset of a server kept in a folder: one tileset.json that names every tile, each tile with what it needs in a folder of its own.

Implicit tiling and tilesets of tilesets become plain tiles. The coarsest tiles come first; where there are too many, or levels or
an area are bounded, the finer ones are left out and the coarser stay in their place.
"""

from __future__ import annotations

import contextlib
import heapq
import itertools
import json
import math
import posixpath
import re
import struct
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.gltf_document import BROKEN
from twin.city.readers.tiles3d_tree import Tile, Tileset, children_of, contents_of, is_tileset, parse, tile_of
from twin.errors import InputError
from twin.net.address import shown
from twin.net.client import Client
from twin.net.download import NotThere
from twin.net.osm import Box
from twin.net.tileset import AT_ONCE, of_one_server

MAX_CONTENTS = 4000
MAX_VISITED = 100_000
_COPIED = ("metadata", "extras", "viewerRequestVolume")
Volume = dict[str, Any]


@dataclass(eq=False)
class _Node:
    """A tile that is kept, and those below it."""

    tile: Tile
    volume: Volume
    children: list[_Node] = field(default_factory=list)


def save_tileset(url: str, folder: Path, client: Client, box: Box | None = None, levels: int | None = None) -> tuple[int, str]:
    """Write tileset.json and its tiles into a new folder; how many tiles there are, and the copyright the tileset states.

    box: only tiles over it (west, south, east, north in degrees). levels: of tiles below the root, at most. Raises InputError.
    """
    fetch = of_one_server(url, client)
    document = parse(fetch(url), url)
    try:
        root = _tree(document, url, fetch, box, levels)
    except BROKEN as error:
        raise InputError(f"This tileset is broken: {str(error)[:120]}", where=shown(url)) from None
    kept = [n for n in _walk(root) if any(not is_tileset(u) for u, _ in n.tile.contents)]
    if not kept:
        raise InputError("This tileset has nothing there", where=shown(url), do="Take another area or more levels.")
    folder.mkdir(parents=True)
    named: dict[str, str] = {}
    for node in kept:
        for uri, _ in node.tile.contents:
            if not is_tileset(uri) and uri not in named:
                base = re.sub(r"[^\w.\-]+", "_", unquote(posixpath.basename(urlsplit(uri).path))) or "tile"
                named[uri] = f"{len(named):05d}/{base[-80:]}"
    count = _fetch_all(named, folder, fetch)
    if not count:
        raise InputError("None of the tiles of this tileset is at its server", where=shown(url))
    top = {k: v for k, v in document.items() if k in ("schema", "properties", "extras", "groups", "statistics", "metadata")}
    asset = {**document["asset"], "version": "1.1"}
    up = root.tile.schema.up
    if up != "Y":
        asset["gltfUpAxis"] = up
    whole = {
        "asset": asset,
        **top,
        "geometricError": document.get("geometricError", root.tile.error),
        "root": _json(root, named, np.eye(4)),
    }
    (folder / "tileset.json").write_text(json.dumps(whole), "utf-8")
    return count, str(document["asset"].get("copyright", "") or (document["asset"].get("extras") or {}).get("copyright", ""))


def _tree(document: dict[str, Any], url: str, fetch: Callable[[str], bytes], box: Box | None, levels: int | None) -> _Node:
    asset = document["asset"]
    first = tile_of(document["root"], url, np.eye(4), None, Tileset(str(asset.get("gltfUpAxis", "Y")).upper(), str(asset.get("version"))))
    root = _Node(first, dict(document["root"].get("boundingVolume") or {}))
    order = itertools.count()
    heap: list[tuple[float, int, _Node, int]] = [(-first.error, next(order), root, 0)]
    files, contents, visited = {url}, 0, 0
    while heap:
        _, _, node, level = heapq.heappop(heap)
        if levels is not None and level >= levels:
            continue
        below = [_Node(t, _volume_below(t, node)) for t in children_of(node.tile, fetch, files)]
        visited += len(below)
        if box is not None:
            below = [n for n in below if not _is_outside(n, box)]
        more = sum(len(n.tile.contents) for n in below)
        if visited > MAX_VISITED or contents + more > MAX_CONTENTS:
            continue
        contents += more
        node.children = below
        for n in below:
            # What only stands for another (an implicit root, the root of a tileset named) is no level of its own.
            same = (n.tile.implicit is not None and bool(node.tile.entry)) or any(is_tileset(u) for u, _ in node.tile.contents)
            heapq.heappush(heap, (-n.tile.error, next(order), n, level if same else level + 1))
    return root


def _walk(node: _Node) -> list[_Node]:
    out, stack = [], [node]
    while stack:
        out.append(stack.pop())
        stack += out[-1].children
    return out


def _volume_below(tile: Tile, above: _Node) -> Volume:
    """The bounding volume of a tile; that of an implicit one is its share of the one above (3D Tiles 1.1, 7.6.3)."""
    said = tile.entry.get("boundingVolume")
    if isinstance(said, dict):
        return said
    if tile.implicit is None or tile.implicit[1] == 0:
        return above.volume
    tiling, _, x, y, z = tile.implicit
    i, j, k = x & 1, y & 1, z & 1
    if isinstance(region := above.volume.get("region"), list) and len(region) == 6:
        w, s, e, n, low, high = (float(v) for v in region)
        w, e = ((w + e) / 2, e) if i else (w, (w + e) / 2)
        s, n = ((s + n) / 2, n) if j else (s, (s + n) / 2)
        if tiling.octree:
            low, high = ((low + high) / 2, high) if k else (low, (low + high) / 2)
        return {"region": [w, s, e, n, low, high]}
    if isinstance(given := above.volume.get("box"), list) and len(given) == 12:
        b = np.array(given, float).reshape(4, 3)
        axes = b[1:] * [[0.5], [0.5], [0.5 if tiling.octree else 1.0]]
        turns = np.array([1 if i else -1, 1 if j else -1, (1 if k else -1) if tiling.octree else 0], float)
        return {"box": [*(b[0] + turns @ axes), *axes.ravel()]}
    return above.volume


def _is_outside(node: _Node, box: Box) -> bool:
    """Whether a tile is surely not over the area; what has no place on Earth is not."""
    west, south, east, north = box
    region = node.volume.get("region")
    if isinstance(region, list) and len(region) == 6:
        degrees = [math.degrees(float(v)) for v in region[:4]]
        return degrees[2] < west or degrees[0] > east or degrees[3] < south or degrees[1] > north
    center, radius = _ball(node)
    if center is None or not 5.0e6 < float(np.linalg.norm(center)) < 8.0e6:
        return False
    from pyproj import Transformer

    lon, lat = Transformer.from_crs("EPSG:4978", "EPSG:4979", always_xy=True).transform(*center)[:2]
    up = radius / 110_570.0
    side = radius / (111_320.0 * max(math.cos(math.radians(lat)), 0.01))
    return bool(lon + side < west or lon - side > east or lat + up < south or lat - up > north)


def _ball(node: _Node) -> tuple[NDArray[np.float64] | None, float]:
    """Center, geocentric, and radius around a box or sphere."""
    given, ball = node.volume.get("box"), node.volume.get("sphere")
    matrix = node.tile.transform
    grow = float(np.linalg.norm(matrix[:3, :3], axis=0).max())
    if isinstance(given, list) and len(given) == 12:
        b = np.array(given, float).reshape(4, 3)
        return matrix[:3, :3] @ b[0] + matrix[:3, 3], grow * float(np.linalg.norm(b[1:], axis=1).sum())
    if isinstance(ball, list) and len(ball) == 4:
        return matrix[:3, :3] @ np.array(ball[:3], float) + matrix[:3, 3], grow * float(ball[3])
    return None, 0.0


def _json(node: _Node, named: dict[str, str], above: NDArray[np.float64]) -> dict[str, Any]:
    """A tile with all below it. Volumes that are in the tile's axes stay, since its transform does."""
    tile = node.tile
    out: dict[str, Any] = {"boundingVolume": node.volume, "geometricError": tile.error, "refine": "REPLACE" if tile.replaces else "ADD"}
    own = np.linalg.inv(above) @ tile.transform
    if not np.allclose(own, np.eye(4), rtol=0, atol=1e-12):
        out["transform"] = [float(v) for v in own.T.ravel()]
    out |= {k: tile.entry[k] for k in _COPIED if k in tile.entry}
    said = {urljoin(tile.base, str(c.get("uri", c.get("url", "")))): c for c in contents_of(tile.entry) if isinstance(c, dict)}
    contents = []
    for uri, _ in tile.contents:
        if uri in named:
            about = {k: v for k, v in said.get(uri, {}).items() if k not in ("uri", "url")}
            contents.append({**about, "uri": named[uri]})
    if len(contents) == 1:
        out["content"] = contents[0]
    elif contents:
        out["contents"] = contents
    if node.children:
        out["children"] = [_json(n, named, tile.transform) for n in node.children]
    return out


def _fetch_all(named: dict[str, str], folder: Path, fetch: Callable[[str], bytes]) -> int:
    """How many tiles there were; one that the server does not have stays named, so that the coarser one is shown and it is told."""

    def one(item: tuple[str, str]) -> bool:
        uri, name = item
        try:
            data = fetch(uri)
        except NotThere:
            return False
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(data)
        for beside in _needs(data):
            if re.match(r"(?i)[a-z][a-z0-9+.-]*:|/", beside) or ".." in beside.split("/"):
                continue
            target = file.parent / unquote(beside.partition("?")[0])
            target.parent.mkdir(parents=True, exist_ok=True)
            with contextlib.suppress(NotThere):
                target.write_bytes(fetch(urljoin(uri, beside)))
        return True

    with ThreadPoolExecutor(AT_ONCE) as pool:
        jobs = [pool.submit(one, item) for item in named.items()]
        try:
            return sum(job.result() for job in jobs)
        finally:
            for job in jobs:
                job.cancel()


def _needs(data: bytes) -> list[str]:
    """Files beside a tile that it names: buffers and pictures of a glTF, the model of an i3dm."""
    if data[:4] == b"i3dm" and len(data) > 32:
        lengths = struct.unpack_from("<4I", data, 12)
        return [data[32 + sum(lengths) :].rstrip(b" \0").decode("utf-8", "replace")] if struct.unpack_from("<I", data, 28)[0] == 0 else []
    if data[:4] == b"glTF" and len(data) > 20:
        data = data[20 : 20 + struct.unpack_from("<I", data, 12)[0]]
    if data.lstrip()[:1] != b"{":
        return []
    try:
        gltf = json.loads(data)
        return [
            str(x["uri"]) for key in ("buffers", "images") for x in gltf.get(key, []) if not str(x.get("uri", "data:")).startswith("data:")
        ]
    except (ValueError, TypeError, AttributeError, RecursionError):
        return []
