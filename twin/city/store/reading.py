"""Opening a stored city: the head is read, everything else when it is touched."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings, Shelf
from twin.city.city import City, Source
from twin.city.cloud import Cloud
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.picture import Picture
from twin.city.store.geometry import from_arrays, some
from twin.city.store.writing import FORMAT, HEAD, MESH, VERSION, sha256
from twin.city.terrain import Grid, Terrain
from twin.city.tiles import Tiles
from twin.errors import InputError, Problem
from twin.frame import LocalFrame

VERIFY_UP_TO = 96 << 20
"""Bytes of a store whose checksums are compared at every opening (a tenth of a second); of others `twin check` does it."""
_MAP_OVER = 1 << 20
_BROKEN = (OSError, KeyError, IndexError, TypeError, ValueError, pa.ArrowException, shapely.errors.ShapelyError)


def is_store(folder: Path) -> bool:
    """Whether a folder looks like a city written by save_city."""
    return (folder / HEAD).is_file()


def load_city(folder: str | Path, verify: bool | None = None) -> City:
    """The city save_city wrote. Raises InputError where it is not one, of another version, or damaged.

    verify: compare all checksums; None compares them of small stores, of others presence and size of each file.
    """
    path = Path(folder)
    head = _head(path)
    wrong = _wrong(path, head["files"], verify)
    if wrong is not None:
        raise InputError("A file of this city store is missing or damaged", where=str(wrong), do="Build it again from its sources.")
    try:
        return _city(Reader(path, head["files"]), head)
    except _BROKEN as error:
        raise _damaged(path, error) from error


def verify_store(folder: str | Path) -> None:
    """Compares every file with its checksum. Raises InputError naming the first that differs."""
    load_city(folder, verify=True)


def _damaged(path: Path, error: Exception) -> InputError:
    return InputError(f"This city store is damaged: {error}", where=str(path), do="Build it again from its sources.")


def _head(path: Path) -> dict[str, Any]:
    try:
        head = json.loads((path / HEAD).read_text("utf-8"))
    except FileNotFoundError:
        raise InputError("There is no city store here", where=str(path)) from None
    except (OSError, ValueError) as error:
        raise InputError(
            f"The head of this city store cannot be read: {error}", where=str(path / HEAD), do="Build it again from its sources."
        ) from error
    if not isinstance(head, dict) or head.get("format") != FORMAT or not isinstance(head.get("files"), dict):
        raise InputError("This is not a city store", where=str(path))
    if head.get("version") != VERSION:
        raise InputError(
            f"This city store has version {head.get('version')}, this program reads {VERSION}",
            where=str(path),
            do="Build it again from its sources.",
        )
    return head


def _wrong(path: Path, files: dict[str, dict[str, Any]], verify: bool | None) -> Path | None:
    """The first file that is not as the head says."""
    try:
        hashed = sum(f["bytes"] for f in files.values()) <= VERIFY_UP_TO if verify is None else verify
        for name, said in files.items():
            file = path / name
            if Path(name).name != name or not file.is_file() or file.stat().st_size != said["bytes"]:
                return file
            if hashed and sha256(file) != said["sha256"]:
                return file
    except (OSError, KeyError, TypeError):
        return path / HEAD
    return None


class Reader:
    """Files of one store, read or mapped one by one."""

    def __init__(self, folder: Path, files: Mapping[str, Any]) -> None:
        self.folder, self.files = folder, files

    def array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        mode: Any = "r" if path.stat().st_size > _MAP_OVER else None
        return np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))

    def arrow(self, name: str) -> pa.Table:
        with pa.memory_map(str(self.folder / name)) as file:
            return pa.ipc.open_file(file).read_all()

    def table(self, name: str, rows: NDArray[np.int64] | None = None) -> pd.DataFrame:
        """All rows, or some."""
        table = self.arrow(f"{name}.arrow")
        if rows is not None:
            table = _taken(table, rows)
        count = int((table.schema.metadata or {}).get(b"rows", b"0")) if rows is None else len(table)
        columns = {f.name: _series(f, c) for f, c in zip(table.schema, table.columns, strict=True)}
        return pd.DataFrame(columns, index=pd.RangeIndex(count))

    def column(self, name: str, column: str) -> NDArray[Any]:
        table = self.arrow(f"{name}.arrow")
        index = table.schema.get_field_index(column)
        if index < 0:
            raise KeyError(column)
        return np.asarray(_series(table.schema.field(index), table.column(index)).to_numpy())

    def codes(self, name: str, column: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """The number of each row's value, and the values; without an object for each row."""
        table = self.arrow(f"{name}.arrow")
        index = table.schema.get_field_index(column)
        if index < 0:
            raise KeyError(column)
        chunks = table.column(index).dictionary_encode(null_encoding="encode").chunks  # all of one dictionary
        if not chunks:
            return np.empty(0, np.int64), np.empty(0, object)
        numbers = [np.asarray(c.indices) for c in chunks]
        return np.concatenate(numbers).astype(np.int64), np.array(chunks[-1].dictionary.to_pylist(), object)

    def shape_arrays(self, name: str) -> dict[str, NDArray[Any]] | None:
        stem = f"{name}.shape."
        found = [f.removeprefix(stem).removesuffix(".npy") for f in self.files if f.startswith(stem)]
        return {part: self.array(stem + part) for part in found} or None

    def geometry(self, name: str) -> NDArray[np.object_]:
        arrays = self.shape_arrays(name)
        if arrays is not None:
            return from_arrays(arrays)
        column = self.arrow(f"{name}.wkb.arrow").column("wkb")
        return np.asarray(shapely.from_wkb(np.array(column.to_pylist(), object)), object)

    def mesh(self, name: str) -> Mesh:
        color = self.array(f"{name}.color") if f"{name}.color.npy" in self.files else None
        points, triangles, objects, surface = (self.array(f"{name}.{part}") for part in MESH)
        return Mesh(points, triangles, objects, surface, color)


def _taken(table: pa.Table, rows: NDArray[np.int64]) -> pa.Table:
    """Some rows, each batch looked at by itself: Arrow's own `take` would first join all batches."""
    order = np.argsort(rows, kind="stable")
    wanted, start, parts = rows[order], 0, []
    for batch in table.to_batches():
        low, high = np.searchsorted(wanted, (start, start + len(batch)))
        if high > low:
            parts.append(batch.take(pa.array(wanted[low:high] - start)))
        start += len(batch)
    back = np.empty(len(rows), np.int64)
    back[order] = np.arange(len(rows))
    if len(wanted) and not 0 <= wanted[0] <= wanted[-1] < start:
        raise IndexError("there is no such row")
    return pa.Table.from_batches(parts, table.schema).combine_chunks().take(pa.array(back))


def _series(field: pa.Field, column: pa.ChunkedArray) -> pd.Series:
    kind = (field.metadata or {}).get(b"kind", b"object").decode()
    if kind == "json":
        return pd.Series([None if v is None else json.loads(v) for v in column.to_pylist()], dtype=object)
    if kind == "object":
        values = np.empty(len(column), object)
        if pa.types.is_string(field.type) or pa.types.is_large_string(field.type):
            at = 0
            for chunk in column.chunks:  # batch by batch, so that no other thread waits long for the interpreter
                values[at : at + len(chunk)] = chunk.to_numpy(zero_copy_only=False)
                at += len(chunk)
        else:
            values[:] = column.to_pylist()
        return pd.Series(values, dtype=object)
    series = column.to_pandas()
    return series if str(series.dtype) == kind else series.astype(kind)


class StoreShelf(Shelf):
    """Buildings of a store."""

    def __init__(self, reader: Reader, head: dict[str, Any]) -> None:
        self._reader, self._has_tiles = reader, bool(head["tiles"])
        self.rows, self.triangles = int(head["rows"]), int(head["triangles"])
        self.bounds = None if head["bounds"] is None else tuple(head["bounds"])
        self.z_range = None if head["z"] is None else tuple(head["z"])
        self.sources = {
            "table": partial(self._read, partial(reader.table, "buildings.table")),
            "attributes": partial(self._read, partial(reader.table, "buildings.attributes")),
            "parts": partial(self._read, partial(reader.table, "buildings.parts")),
            "pieces": partial(self._read, partial(reader.table, "buildings.pieces")),
            "footprints": partial(self._read, partial(reader.geometry, "buildings")),
            "mesh": partial(self._read, partial(reader.mesh, "buildings")),
            "lods": partial(self._lods, head["lods"]),
        }

    def _read(self, read: Callable[[], Any]) -> Any:
        try:
            return read()
        except _BROKEN as error:
            raise _damaged(self._reader.folder, error) from error

    def _lods(self, names: list[str]) -> Mapping[str, Mesh]:
        return Parts({name: partial(self._read, partial(self._reader.mesh, f"buildings.lod{i}")) for i, name in enumerate(names)})

    def columns(self) -> list[str]:
        return list(self._reader.arrow("buildings.table.arrow").schema.names)

    def column(self, name: str) -> NDArray[Any]:
        try:
            return self._reader.column("buildings.table", name)
        except pa.ArrowException as error:
            raise _damaged(self._reader.folder, error) from error

    def codes(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        try:
            return self._reader.codes("buildings.table", name)
        except pa.ArrowException as error:
            raise _damaged(self._reader.folder, error) from error

    def take(self, field: str, rows: NDArray[np.int64]) -> pd.DataFrame:
        frame: pd.DataFrame = self._read(partial(self._reader.table, f"buildings.{field}", rows))
        return frame

    @cached_property
    def _shapes(self) -> dict[str, NDArray[Any]] | None:
        return self._reader.shape_arrays("buildings")

    def shapes(self, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        arrays = self._shapes
        return some(arrays, rows) if arrays is not None else self._reader.geometry("buildings")[rows]

    @cached_property
    def _tiles(self) -> Tiles | None:
        if not self._has_tiles:
            return None
        return Tiles(*(self._read(partial(self._reader.array, f"tiles.{part}")) for part in ("nodes", "boxes", "extents")))

    def tiles(self) -> Tiles | None:
        return self._tiles


class Parts(Mapping[str, Any]):
    """Parts of a city by name, each read when it is first asked for."""

    def __init__(self, sources: Mapping[str, Callable[[], Any]]) -> None:
        self._sources = dict(sources)
        self._read: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._read:
            self._read[name] = self._sources[name]()
        return self._read[name]

    def __contains__(self, name: object) -> bool:
        return name in self._sources

    def __iter__(self) -> Iterator[str]:
        return iter(self._sources)

    def __len__(self) -> int:
        return len(self._sources)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}


def _city(read: Reader, head: dict[str, Any]) -> City:
    frame = LocalFrame(**{**head["frame"], "origin": tuple(head["frame"]["origin"])})
    hashes = dict(head["hashes"])
    terrain = head["terrain"]

    def part(kind: str, of: dict[str, Any], make: Callable[[Reader, dict[str, Any]], Any]) -> Callable[[], Any]:
        def made() -> Any:
            try:
                found = make(read, of)
            except _BROKEN as error:
                raise _damaged(read.folder, error) from error
            if kind:
                City.remember(found, hashes.get(f"{kind}:{of['name']}"))
            return found

        return made

    buildings = Buildings.stored(StoreShelf(read, head["buildings"]), head["buildings"]["lod"])
    City.remember(buildings, hashes.get("buildings"))
    city = City(
        name=head["name"],
        frame=frame,
        buildings=buildings,
        terrain=None if terrain is None else Terrain(Grid(**terrain["grid"]), read.array("terrain"), terrain["source"]),
        networks=Parts({n["name"]: part("network", n, _network) for n in head["networks"]}),  # type: ignore[arg-type]
        layers=Parts({f["name"]: part("layer", f, _layer) for f in head["layers"]}),  # type: ignore[arg-type]
        clouds=Parts({c["name"]: part("", c, partial(_fields, Cloud)) for c in head["clouds"]}),  # type: ignore[arg-type]
        pictures=Parts({p["name"]: part("", p, partial(_fields, Picture)) for p in head["pictures"]}),  # type: ignore[arg-type]
        people=read.array("people") if head["people"] else None,
        sources=tuple(Source(**s) for s in head["sources"]),
        problems=tuple(
            Problem(**{**p, "examples": tuple(p["examples"]), "places": tuple(map(tuple, p["places"]))}) for p in head["problems"]
        ),
        repairs=tuple(head["repairs"]),
        recipe=head["recipe"],
        synthetic=head["synthetic"],
        region=head["region"],
        currency=head["currency"],
    )
    if city.terrain is not None:
        City.remember(city.terrain, hashes.get("terrain"))
    city.know(hashes, tuple(head["bounds"]))
    return city


def _network(read: Reader, n: dict[str, Any]) -> Network:
    stem = n["stem"]
    tables = {name: read.table(f"{stem}.table{i}") for i, name in enumerate(n["tables"])}
    return Network(n["kind"], read.table(f"{stem}.nodes"), read.table(f"{stem}.edges"), read.geometry(stem), n["source"], tables)


def _layer(read: Reader, f: dict[str, Any]) -> Features:
    stem = f["stem"]
    return Features(f["role"], read.table(stem), read.geometry(stem), f["source"], read.mesh(stem) if f["mesh"] else None)


def _fields(kind: type, read: Reader, part: dict[str, Any]) -> Any:
    plain = {k: tuple(v) if isinstance(v, list) else v for k, v in part["plain"].items()}
    return kind(**plain, **{key: read.array(f"{part['stem']}.{key}") for key in part["arrays"]})
