"""3D Tiles 1.0 and 1.1: a tileset.json with all it names, or one tile by itself."""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import unquote, urljoin

import numpy as np
from numpy.typing import NDArray
from pyproj import CRS, Transformer

from twin.city.readers.meshes import beside, merged
from twin.city.readers.parts import CloudPart, Hints, Parts, source_of
from twin.city.readers.pieces import Piece, solids_of
from twin.city.readers.tiles3d_content import Content, read_content
from twin.city.readers.tiles3d_implicit import Fetch
from twin.city.readers.tiles3d_tree import Tile, is_tileset, parse, select
from twin.errors import InputError, Problem

Floats = NDArray[np.float64]
MAX_TRIANGLES = 6_000_000
MAX_POINTS = 5_000_000
MAX_CONTENTS = 4_000
ELLIPSOIDAL = "EPSG:4979"


@dataclass
class _Read:
    """What was read of a tileset so far; each piece still in the tileset's axes."""

    content: Content = field(default_factory=Content)
    points: int = 0
    failed: list[tuple[Tile, InputError]] = field(default_factory=list)
    loaded: set[int] = field(default_factory=set)


def read_tiles3d(path: Path, hints: Hints) -> Parts:
    """A tileset.json, its folder, or a single tile. Only files of its own folder are read. Raises InputError."""
    file = path / "tileset.json" if path.is_dir() else path
    label = hints.name or (file.parent.name if file.name.lower() == "tileset.json" else file.stem)
    fetch = beside(file.parent)
    if file.suffix.lower() in (".b3dm", ".i3dm", ".pnts", ".cmpt"):
        content = read_content(file.read_bytes(), np.eye(4), file.stem, "Y", fetch, str(file), MAX_TRIANGLES)
        parts = _parts(content, label, hints, label)
    else:
        parts = read_tileset(file.name, fetch, hints, label)
    crs = parts.solids[0].crs if parts.solids else parts.clouds[0].crs
    credit = parts.sources[0].attribution if parts.sources else ""
    parts.sources = [source_of(file, hints, None if crs is None else crs.to_string(), "", credit, label)]
    return parts


def read_tileset(uri: str, fetch: Fetch, hints: Hints, label: str, at_once: int = 1) -> Parts:
    """City objects and points of a tileset.

    uri: of the tileset.json, absolute or relative. fetch: gives the bytes of a URI, which is what the tileset names joined with `uri`
    (RFC 3986); it decides what may be read, and raises InputError where it does not give it; at_once: how many it is asked for at the same
    time, by threads. label: name of the source; `sources` of what
    comes back has one with that name and the copyright of the tiles. Raises InputError where nothing can be read.
    """
    root = parse(fetch(uri), uri)
    most, problems = MAX_CONTENTS, []
    try:
        chosen = select(root, uri, fetch, most)
    except (TypeError, ValueError, KeyError, AttributeError, IndexError) as error:
        raise InputError(f"This tileset is broken: {str(error)[:120]}", where=uri) from None
    while True:
        read = _load(chosen.tiles, fetch, at_once)
        if read is not None:
            break
        most = min(most, len(chosen.tiles)) // 2
        if most < 1:
            raise InputError(f"The coarsest level of this tileset has more than {MAX_TRIANGLES:,} triangles", where=uri)
        chosen = replace(select(root, uri, fetch, most), coarser=True)
    if chosen.coarser:
        problems.append(
            Problem(
                "coarser_level", "warning", len(chosen.tiles),
                f"The tileset is too large to be read at its finest level; {len(chosen.tiles):,} coarser tiles are shown", label,
            )
        )  # fmt: skip
    trouble = [*chosen.trouble, *(e for _, e in read.failed)]
    if trouble:
        problems.append(
            Problem(
                "tiles_unreadable", "error", len(trouble), f"{len(trouble)} tiles could not be read: {trouble[0].what}", label,
                tuple(dict.fromkeys(e.where for e in trouble[:10])),
                did="A coarser tile stands in their place where there is one.",
            )
        )  # fmt: skip
    if not read.content.pieces and not read.points:
        if trouble:
            raise trouble[0]
        raise InputError("This tileset has no content: it only describes volumes", where=uri)
    parts = _parts(read.content, label, hints, label)
    parts.problems = problems + parts.problems
    return parts


def _load(tiles: list[Tile], fetch: Fetch, at_once: int) -> _Read | None:
    """Contents of tiles, None once there are too many triangles; a tile that fails gives way to the coarser one it would replace."""
    read = _Read()
    if not _load_all(tiles, fetch, at_once, read):
        return None
    shown = {id(a) for t in tiles if id(t) in read.loaded for a in _line(t)}
    instead: dict[int, Tile] = {}
    for tile, _ in read.failed:
        coarser = next((a for a in _line(tile)[1:] if a.replaces and any(not is_tileset(u) for u, _ in a.contents)), None)
        if coarser is not None and id(coarser) not in shown:
            instead[id(coarser)] = coarser
    return read if _load_all(list(instead.values()), fetch, at_once, read) else None


def _line(tile: Tile) -> list[Tile]:
    """A tile and those above it."""
    out = [tile]
    while out[-1].parent is not None:
        out.append(out[-1].parent)
    return out


def _load_all(tiles: list[Tile], fetch: Fetch, at_once: int, read: _Read) -> bool:
    """Whether all of them fit; what fails is noted in `read`."""
    wanted = [(t, uri, properties) for t in tiles for uri, properties in t.contents if not is_tileset(uri)]
    for (tile, uri, properties), data in zip(wanted, _fetched([u for _, u, _ in wanted], fetch, at_once), strict=True):
        try:
            if isinstance(data, InputError):
                raise data
            content = read_content(data, tile.transform, _stem(uri), tile.schema.up, _beside_uri(uri, fetch), uri, MAX_TRIANGLES)
        except InputError as error:
            read.failed.append((tile, error))
            continue
        for piece in content.pieces:
            for name, value in properties.items():
                if name not in piece.table:
                    piece.table[name] = value
        read.content.add(content)
        read.points += sum(len(p) for p, _ in content.clouds)
        read.loaded.add(id(tile))
        if read.content.triangles > MAX_TRIANGLES or read.points > 4 * MAX_POINTS:
            return False
    return True


def _fetched(uris: list[str], fetch: Fetch, at_once: int) -> Iterator[bytes | InputError]:
    """The bytes of each, in order; a few are fetched ahead."""

    def one(uri: str) -> bytes | InputError:
        try:
            return fetch(uri)
        except InputError as error:
            return error

    if at_once < 2:
        yield from map(one, uris)
        return
    with ThreadPoolExecutor(at_once) as pool:
        ahead: deque[Future[bytes | InputError]] = deque()
        try:
            for uri in uris:
                ahead.append(pool.submit(one, uri))
                if len(ahead) >= 2 * at_once:
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()
        finally:
            for future in ahead:
                future.cancel()


def _beside_uri(uri: str, fetch: Fetch) -> Fetch:
    return lambda name: fetch(urljoin(uri, name))


def _stem(uri: str) -> str:
    return posixpath.splitext(posixpath.basename(unquote(uri.partition("?")[0])))[0] or "tile"


def _parts(content: Content, label: str, hints: Hints, source: str) -> Parts:
    """Pieces and clouds as parts: geocentric coordinates become longitude, latitude and ellipsoidal height."""
    from twin.city.city import Source

    problems: list[Problem] = []
    sample = [p.points for p in content.pieces] + [p for p, _ in content.clouds]
    on_earth = hints.crs is None and _is_geocentric(sample)
    crs = CRS.from_user_input(ELLIPSOIDAL) if on_earth else hints.crs
    place = None if crs is not None else hints.place
    loose = crs is None and place is None
    pieces, clouds = content.pieces, content.clouds
    if on_earth:
        turn = Transformer.from_crs("EPSG:4978", ELLIPSOIDAL, always_xy=True)
        pieces = [replace(p, points=_geographic(p.points, turn)) for p in pieces]
        clouds = [(_geographic(p, turn), c) for p, c in clouds]
        problems.append(
            Problem(
                "ellipsoidal_heights", "warning", 1,
                "Heights are above the WGS 84 ellipsoid, not the sea: beside other sources this one may lie up to 100 m too high or low",
                label,
            )
        )  # fmt: skip
    if content.left_out:
        problems.append(Problem("not_triangles", "info", content.left_out, f"{content.left_out} sets of lines were left out", label))
    parts = Parts(problems=problems, sources=[Source(source, attribution=hints.attribution or content.copyright)])
    if pieces:
        before = sum(len(p.table) for p in pieces)
        whole: list[Piece] = merged(pieces)
        after = sum(len(p.table) for p in whole)
        if after < before:
            problems.append(
                Problem(
                    "merged_across_tiles",
                    "info",
                    before - after,
                    f"{before - after} pieces of objects cut by tiles were joined by id",
                    label,
                )
            )
        solids = solids_of(whole, label, crs, source, hints, place=place, loose=loose)
        if len(solids.table):
            parts.solids.append(solids)
    if clouds:
        points = np.concatenate([p for p, _ in clouds])
        color = None
        if any(c is not None for _, c in clouds):
            color = np.concatenate([np.full((len(p), 3), 200, np.uint8) if c is None else c for p, c in clouds])
        step = max(1, -(-len(points) // MAX_POINTS))
        kind = np.zeros(len(points[::step]), np.uint8)
        shown = None if color is None else color[::step]
        parts.clouds.append(CloudPart(label, points[::step], kind, shown, len(points), crs, source, hints.engineering, loose))
    if parts.is_empty:
        raise InputError("This tileset has no finite coordinates", where=label)
    return parts


def _geographic(points: Floats, turn: Transformer) -> Floats:
    if not len(points):
        return points
    x, y, z = turn.transform(points[:, 0], points[:, 1], points[:, 2])
    return np.column_stack([x, y, z])


def _is_geocentric(sets: list[Floats]) -> bool:
    """Whether places lie within 60 km of the ellipsoid, as geocentric coordinates do."""
    some = [p[:: max(1, len(p) // 200)] for p in sets if len(p)]
    if not some:
        return False
    points = np.concatenate(some)
    radius = np.linalg.norm(points[np.isfinite(points).all(axis=1)], axis=1)
    return bool(len(radius)) and 6_296_000 < float(np.median(radius)) < 6_439_000
