"""An OpenStreetMap file as libosmium wants it: nodes, then ways, then relations, ids above zero, one version of each."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from twin.errors import InputError

if TYPE_CHECKING:
    import osmium

_LOOK_AT, _MOST_TIMES = 1 << 20, 200
MOVED = 1 << 50
"""What ids below zero (drawn in an editor, not uploaded yet) lie beyond while reading: libosmium finds places of positive ids only."""
_RANK = {"n": 0, "w": 1, "r": 2}
_HISTORY = "Take an extract of the map as it is now (.osm.pbf)."


def own_id(kind: str, number: int) -> str:
    """The id of an object as cities have it: ways their number, r and n before the numbers of relations and nodes."""
    return ("" if kind == "w" else kind) + str(number if number < MOVED else MOVED - number)


def opened(path: Path, scratch: Path) -> osmium.io.File:
    """The file, or a copy in scratch put in order. Raises InputError for histories and changes, RuntimeError where it is broken."""
    import osmium

    file = _file(path)
    with osmium.io.Reader(file) as reader:
        header = reader.header()
    if header.has_multiple_object_versions:
        raise InputError("This file holds the history of the map, not the map itself", where=str(path), do=_HISTORY)
    if header.get("sorting") == "Type_then_ID" or _is_ordered(file, path):
        return file
    return _put_in_order(file, scratch / "ordered.osm.pbf")


def _file(path: Path) -> osmium.io.File:
    """The format is told by what is in the file; names such as .osm.xml.gz are not those libosmium knows."""
    import osmium

    with open(path, "rb") as stream:
        head = stream.read(512)
    if head[:2] == b"\x1f\x8b" and _swells(path):
        raise InputError("This file unpacks to far more than a map would; it may be made to fill the memory", where=str(path))
    packed = ".gz" if head[:2] == b"\x1f\x8b" else ".bz2" if head[:3] == b"BZh" else ""
    if b"<osmChange" in head or any(s in path.name.lower() for s in (".osc", ".osh")):
        raise InputError("This file tells changes or the history of the map, not the map itself", where=str(path), do=_HISTORY)
    if b"OSMHeader" in head[:64]:
        return osmium.io.File(str(path), "pbf")
    if not packed and not head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<"):
        raise InputError("This is not an OpenStreetMap file", where=str(path))
    return osmium.io.File(str(path), "osm" + packed)


def _swells(path: Path) -> bool:
    """Whether the first bytes of a gzip file unpack to what no map packs to: XML of OpenStreetMap packs to a tenth, at best a thirtieth."""
    stream, given = zlib.decompressobj(31), 0
    with open(path, "rb") as file:
        while given < _LOOK_AT and (block := file.read(1 << 16)):
            given += len(block)
            try:
                most = max(_MOST_TIMES * len(block), 1 << 20)
                if len(stream.decompress(block, most)) >= most:
                    return True
            except zlib.error:
                return False
            if stream.eof:
                break
    return False


def _is_ordered(file: osmium.io.File, path: Path) -> bool:
    """Whether nodes come before ways before relations and no id is below zero."""
    import osmium

    rank, number, version, ordered = 0, 0, 0, True
    for thing in osmium.FileProcessor(file, osmium.osm.NODE | osmium.osm.WAY | osmium.osm.RELATION):
        now = _RANK[thing.type_str()]
        if now == rank and thing.id == number and thing.version != version:
            raise InputError("This file holds several versions of an object, as in a history of the map", where=str(path), do=_HISTORY)
        if thing.deleted or not thing.visible:
            raise InputError("This file holds deleted objects, as in a history of the map", where=str(path), do=_HISTORY)
        ordered = ordered and now >= rank and thing.id >= 0
        rank, number, version = now, thing.id, thing.version
    return ordered


def _put_in_order(file: osmium.io.File, out: Path) -> osmium.io.File:
    """Writes nodes, ways and relations, each once (what comes first wins: it has the tags), ids below zero moved."""
    import osmium

    def moved(number: int) -> int:
        return number if number >= 0 else MOVED - number

    with osmium.SimpleWriter(str(out)) as writer:
        for entity in (osmium.osm.NODE, osmium.osm.WAY, osmium.osm.RELATION):
            seen: set[int] = set()
            for thing in osmium.FileProcessor(file, entity):
                if thing.id in seen:
                    continue
                seen.add(thing.id)
                same: dict[str, Any] = {"id": moved(thing.id)}
                if entity == osmium.osm.NODE:
                    writer.add_node(thing.replace(**same))
                elif entity == osmium.osm.WAY:
                    writer.add_way(thing.replace(**same, nodes=[moved(n.ref) for n in thing.nodes]))
                else:
                    writer.add_relation(thing.replace(**same, members=[(m.type, moved(m.ref), m.role) for m in thing.members]))
    return osmium.io.File(str(out), "pbf")
