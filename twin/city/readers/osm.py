"""OpenStreetMap: .osm.pbf and .osm (also packed), through libosmium.

Ids are those of OSM: a way's number, `r` before that of a relation, `n` before that of a node. Layers are named by what the tags
say (osm_layers.py); buildings follow "Simple 3D Buildings": parts of a relation type=building know their outline (`root_id`).
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS

from twin.city.readers.osm_file import MOVED, opened, own_id
from twin.city.readers.osm_layers import AS_POINTS, ROLE_OF, of_area, of_line, of_node
from twin.city.readers.osm_tables import LayerRows
from twin.city.readers.parts import OSM, Hints, Parts, TablePart, VectorLayer, source_of
from twin.errors import InputError, Problem

if TYPE_CHECKING:
    import osmium

MAX_FEATURES = 4_000_000
"""Kept of one file; a whole country has more."""
MEMORY_UP_TO = 512 << 20
"""Bytes of a file whose node places are kept in memory; beyond, in a temporary file."""


def read_osm(path: Path, hints: Hints) -> Parts:
    """All layers of an OSM file in longitude and latitude, those of one role where hints name it, and its turn restrictions as a
    table. Raises InputError."""
    import osmium

    label = hints.name or path.name
    parts = Parts()
    try:
        with tempfile.TemporaryDirectory(prefix="twin-osm-") as scratch:
            file = opened(path, Path(scratch))
            relations = _Relations(file)
            large = path.stat().st_size > MEMORY_UP_TO
            storage = f"sparse_file_array,{Path(scratch) / 'places'}" if large else "flex_mem"
            rows = _Reading(relations, path)
            rows.read(file, storage)
    except (RuntimeError, ValueError, KeyError, OSError, MemoryError, osmium.InvalidLocationError) as error:
        text = str(error).replace(str(path), path.name)[:200].rstrip(".")
        raise InputError(f"This OpenStreetMap file cannot be read: {text}", where=str(path), do="Is it complete?") from error
    wanted = set(hints.layers)
    for name, role in ROLE_OF.items():
        layer = rows.layers.get(name)
        if layer is None or (wanted and name not in wanted) or (hints.role and hints.role != role):
            continue
        table, shapes = layer.table(), layer.geometry()
        if name in AS_POINTS:
            area = shapely.get_dimensions(shapes) == 2
            shapes[area] = shapely.point_on_surface(shapes[area])
        parts.layers.append(VectorLayer(name, role, table, shapes, CRS.from_epsg(4326), label, False, hints.fields))
    if not parts.layers:
        raise InputError("This OpenStreetMap file has nothing that a city is made of", where=str(path))
    if relations.restrictions and any(x.name == "roads" for x in parts.layers):
        parts.tables.append(TablePart("turn_restrictions", relations.table(rows.places), label))
    parts.problems += rows.problems(label)
    parts.sources.append(source_of(path, hints, "EPSG:4326", *OSM))
    return parts


class _Relations:
    """What relations say of other objects: outlines of building parts, turn restrictions, areas to come."""

    def __init__(self, file: osmium.io.File) -> None:
        import osmium

        self.root: dict[str, str] = {}
        """Id of a building part -> id of its building."""
        self.restrictions: list[tuple[str, ...]] = []
        self.areas: dict[int, str] = {}
        """Relations that should become an area -> their id as we write it."""
        keep = osmium.filter.KeyFilter("type")
        for relation in osmium.FileProcessor(file, osmium.osm.RELATION).with_filter(keep):
            tags = dict(relation.tags)
            kind = tags["type"]
            if kind in ("multipolygon", "boundary") and of_area(tags):
                self.areas[relation.id] = own_id("r", relation.id)
            elif kind == "building":
                members = [(m.role, own_id(m.type, m.ref)) for m in relation.members if m.type in "wr"]
                outline = next((i for role, i in members if role in ("outline", "outer")), own_id("r", relation.id))
                self.root.update({i: outline for role, i in members if role == "part"})
            elif kind.startswith("restriction"):
                self._restriction(relation, tags)

    def _restriction(self, relation: Any, tags: dict[str, str]) -> None:
        said = tags.get("restriction") or tags.get("restriction:motorcar") or tags.get("restriction:motor_vehicle") or ""
        if not said.startswith(("no_", "only_")):
            return
        members: dict[str, list[tuple[str, str]]] = {}
        for m in relation.members:
            members.setdefault(m.role, []).append((m.type, str(m.ref if m.ref < MOVED else MOVED - m.ref)))
        via_node = next((ref for kind, ref in members.get("via", []) if kind == "n"), "")
        via_way = " ".join(ref for kind, ref in members.get("via", []) if kind == "w")
        for _, begin in members.get("from", []):
            for _, end in members.get("to", []):
                self.restrictions.append((begin, via_node, via_way, end, said, tags.get("except", "")))

    def table(self, places: dict[int, tuple[float, float]]) -> pd.DataFrame:
        """One row per pair of ways: from_way, via_node, via_way, to_way (OSM numbers as text, '' for none, several via ways with
        spaces between), restriction (no_left_turn, only_straight_on ...), except (who may), via_x, via_y (degrees, NaN unknown)."""
        out = pd.DataFrame(self.restrictions, columns=["from_way", "via_node", "via_way", "to_way", "restriction", "except"])
        at = [places.get(int(v), (np.nan, np.nan)) if v else (np.nan, np.nan) for v in out["via_node"]]
        return out.assign(via_x=[x for x, _ in at], via_y=[y for _, y in at])


class _Reading:
    """Features by layer, and what could not be built."""

    def __init__(self, relations: _Relations, path: Path) -> None:
        self.layers: dict[str, LayerRows] = {}
        self.places: dict[int, tuple[float, float]] = {}
        """Of the nodes at which turns are restricted."""
        self._relations, self._path, self._count = relations, path, 0
        self._cut: list[str] = []
        self._gone: list[str] = []
        """Lines of which a part is in the file, and of which no more than a node is."""
        self._broken: list[str] = []
        self._via = {int(r[1]) for r in relations.restrictions if r[1]}

    def read(self, file: osmium.io.File, storage: str) -> None:
        import osmium

        wkb = osmium.geom.WKBFactory()
        missing = dict(self._relations.areas)
        open_ways: set[int] = set()
        processor = osmium.FileProcessor(file).with_locations(storage).with_areas(osmium.filter.KeyFilter("type"))
        for thing in processor.with_filter(osmium.filter.EmptyTagFilter()):
            if thing.is_way() and "building" in thing.tags and thing.is_closed():  # most ways; they come again as areas
                open_ways.add(thing.id)
                continue
            tags = dict(thing.tags)
            if thing.is_node():
                found = of_node(tags)
                if found:
                    self._add(found, own_id("n", thing.id), tags, wkb.create_point(thing))
            elif thing.is_way():
                closed = thing.is_closed()
                found = of_line(tags, closed)
                if found:
                    self._line(found, thing, tags, wkb)
                elif closed and of_area(tags):
                    open_ways.add(thing.id)
            elif thing.is_area():
                number = thing.orig_id()
                if thing.from_way():
                    open_ways.discard(number)
                else:
                    missing.pop(number, None)
                found = of_area(tags)
                if found:
                    identity = own_id("w" if thing.from_way() else "r", number)
                    try:
                        self._add(found, identity, tags, wkb.create_multipolygon(thing))
                    except (RuntimeError, osmium.InvalidLocationError):
                        self._broken.append(identity)
        self._broken += [*missing.values(), *(own_id("w", number) for number in sorted(open_ways))]
        index = processor.node_location_storage
        for number in self._via:
            try:
                place = index.get(number if number >= 0 else MOVED - number)
                self.places[number] = place.lon, place.lat
            except (KeyError, osmium.InvalidLocationError):
                continue

    def _line(self, found: list[tuple[str, str]], way: Any, tags: dict[str, str], wkb: Any) -> None:
        import osmium

        identity = own_id("w", way.id)
        try:
            shape = wkb.create_linestring(way)
        except (RuntimeError, osmium.InvalidLocationError):
            # Some nodes lie outside the extract: the longest run that is inside stays.
            runs: list[list[tuple[float, float]]] = [[]]
            for node in way.nodes:
                if node.location.valid():
                    runs[-1].append((node.lon, node.lat))
                elif runs[-1]:
                    runs.append([])
            lines = [r for r in runs if len(r) > 1]
            (self._cut if lines else self._gone).append(identity)
            if not lines:
                return
            shape = shapely.to_wkb(shapely.MultiLineString(lines) if len(lines) > 1 else shapely.LineString(lines[0]), hex=True)
        self._add(found, identity, tags, shape)

    def _add(self, found: list[tuple[str, str]], identity: str, tags: dict[str, str], shape: str) -> None:
        for name, kind in found:
            self._count += 1
            if self._count > MAX_FEATURES:
                raise InputError(
                    f"This file holds more than {MAX_FEATURES:,} features", where=str(self._path), do="Cut the city out of it first."
                )
            mine = tags
            if name == "buildings" and identity in self._relations.root:
                mine = {**tags, "root_id": self._relations.root[identity]}
            self.layers.setdefault(name, LayerRows()).add(identity, kind, mine, shape)

    def problems(self, label: str) -> list[Problem]:
        out = []
        if self._broken:
            n = len(self._broken)
            out.append(
                Problem(
                    "incomplete_area",
                    "warning",
                    n,
                    f"{n} areas are not all in this file, or their rings do not close; they were left out",
                    label,
                    tuple(self._broken[:10]),
                    "left out",
                )  # fmt: skip
            )
        if self._cut or self._gone:
            n = len(self._cut) + len(self._gone)
            out.append(
                Problem(
                    "incomplete_line",
                    "info",
                    n,
                    f"{n} lines leave this file; what of them is in it is shown",
                    label,
                    tuple((self._cut or self._gone)[:10]),
                    "cut at the border of the file",
                )  # fmt: skip
            )
        return out
