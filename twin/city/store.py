"""A city on disk: a folder of arrays, Arrow tables and WKB, versioned and checksummed, complete or not there.

`twin-city.json` says what there is, with size and SHA-256 of each file. Large arrays are memory-mapped, so that opening
takes well under a second whatever the size.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.city import City, Source
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.terrain import Grid, Terrain
from twin.errors import InputError, Problem, StorageError
from twin.folders import cache_dir
from twin.frame import LocalFrame

FORMAT = "urban-twin city"
VERSION = 2
HEAD = "twin-city.json"
_MAP_OVER = 32 << 20
_VERIFY_UP_TO = 256 << 20
_KEEP_CACHED = 24
_MESH = ("points", "triangles", "object", "surface")


class _Writer:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def array(self, name: str, values: NDArray[Any]) -> None:
        np.save(self.folder / f"{name}.npy", np.ascontiguousarray(values))

    def table(self, name: str, frame: pd.DataFrame) -> None:
        arrays, fields = [], []
        for column in frame.columns:
            data = frame[column]
            as_json = False
            try:
                array = pa.Array.from_pandas(data)
                as_json = pa.types.is_nested(array.type) or pa.types.is_binary(array.type)
            except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError, OverflowError):
                as_json = True
            if as_json:  # lists, dictionaries and mixed types of the source
                array = pa.array(
                    [None if v is None else json.dumps(v, default=str, ensure_ascii=False) for v in data.tolist()], pa.string()
                )
            kind = "json" if as_json else str(data.dtype)
            arrays.append(array)
            fields.append(pa.field(str(column), array.type, metadata={"kind": kind}))
        schema = pa.schema(fields, metadata={"rows": str(len(frame))})
        with pa.OSFile(str(self.folder / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as out:
            out.write_table(pa.Table.from_arrays(arrays, schema=schema))

    def geometry(self, name: str, shapes: NDArray[np.object_]) -> None:
        array = pa.array(shapely.to_wkb(np.asarray(shapes, object)), pa.large_binary())
        table = pa.table({"wkb": array})
        with pa.OSFile(str(self.folder / f"{name}.wkb.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table)

    def mesh(self, name: str, mesh: Mesh) -> None:
        for part in _MESH:
            self.array(f"{name}.{part}", getattr(mesh, part))


class _Reader:
    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def array(self, name: str) -> NDArray[Any]:
        path = self.folder / f"{name}.npy"
        mode: Any = "r" if path.stat().st_size > _MAP_OVER else None
        return np.asarray(np.load(path, mmap_mode=mode, allow_pickle=False))

    def _arrow(self, name: str) -> pa.Table:
        with pa.memory_map(str(self.folder / name)) as file:
            return pa.ipc.open_file(file).read_all()

    def table(self, name: str) -> pd.DataFrame:
        table = self._arrow(f"{name}.arrow")
        columns: dict[str, pd.Series] = {}
        for field, column in zip(table.schema, table.columns, strict=True):
            kind = (field.metadata or {}).get(b"kind", b"object").decode()
            if kind == "json":
                values = [None if v is None else json.loads(v) for v in column.to_pylist()]
                series = pd.Series(values, dtype=object)
            elif kind == "object":
                series = pd.Series(_objects(column), dtype=object)
            else:
                series = column.to_pandas()
                if str(series.dtype) != kind:
                    series = series.astype(kind)
            columns[field.name] = series
        rows = int((table.schema.metadata or {}).get(b"rows", b"0"))
        return pd.DataFrame(columns, index=pd.RangeIndex(rows))

    def geometry(self, name: str) -> NDArray[np.object_]:
        column = self._arrow(f"{name}.wkb.arrow").column("wkb")
        return np.asarray(shapely.from_wkb(np.array(column.to_pylist(), object)), object)

    def mesh(self, name: str) -> Mesh:
        return Mesh(*(self.array(f"{name}.{part}") for part in _MESH))


def _objects(column: pa.ChunkedArray) -> NDArray[np.object_]:
    values = np.empty(len(column), object)
    values[:] = column.to_pylist()
    return values


def save_city(city: City, folder: str | Path) -> Path:
    """Writes a city beside `folder` and renames it into place; an older store of that name is replaced.

    Raises StorageError where the disk is full or not writable, or where the folder holds something else.
    """
    target = Path(folder)
    if target.exists() and not (target / HEAD).is_file() and (target.is_file() or any(target.iterdir())):
        raise StorageError("This place holds something that is not a city of ours", where=str(target), do="Choose another folder.")
    work: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
        _write(city, work)
        _replace(work, target)
    except OSError as error:
        raise StorageError(
            f"The city could not be saved: {error.strerror or error}",
            where=str(target),
            do="Free some disk space or choose another folder.",
        ) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)
    return target


def _replace(work: Path, target: Path) -> None:
    if not target.exists():
        os.rename(work, target)
        return
    old = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    os.rename(target, old / "was")
    try:
        os.rename(work, target)
    except OSError:
        os.rename(old / "was", target)
        raise
    finally:
        shutil.rmtree(old, ignore_errors=True)


def _write(city: City, folder: Path) -> None:
    out = _Writer(folder)
    buildings = city.buildings
    out.table("buildings", buildings.table)
    out.table("buildings.attributes", buildings.attributes)
    out.table("buildings.parts", buildings.parts)
    out.geometry("buildings", buildings.footprints)
    out.mesh("buildings", buildings.mesh)
    if city.terrain is not None:
        out.array("terrain", city.terrain.elevation)
    if city.people is not None:
        out.array("people", city.people)
    networks, layers = [], []
    for i, (name, network) in enumerate(city.networks.items()):
        out.table(f"network{i}.nodes", network.nodes)
        out.table(f"network{i}.edges", network.edges)
        out.geometry(f"network{i}", network.geometry)
        networks.append({"name": name, "kind": network.kind, "source": network.source})
    for i, (name, layer) in enumerate(city.layers.items()):
        out.table(f"layer{i}", layer.table)
        out.geometry(f"layer{i}", layer.geometry)
        if layer.mesh is not None:
            out.mesh(f"layer{i}", layer.mesh)
        layers.append({"name": name, "role": layer.role, "source": layer.source, "mesh": layer.mesh is not None})
    files = {p.name: {"bytes": p.stat().st_size, "sha256": _sha256(p)} for p in sorted(folder.iterdir())}
    head = {
        "format": FORMAT,
        "version": VERSION,
        "name": city.name,
        "frame": asdict(city.frame),
        "synthetic": city.synthetic,
        "region": city.region,
        "currency": city.currency,
        "people": city.people is not None,
        "terrain": None if city.terrain is None else {"grid": asdict(city.terrain.grid), "source": city.terrain.source},
        "networks": networks,
        "layers": layers,
        "sources": [asdict(s) for s in city.sources],
        "problems": [asdict(p) for p in city.problems],
        "repairs": city.repairs,
        "files": files,
    }
    with open(folder / HEAD, "w", encoding="utf-8") as file:
        json.dump(head, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def is_store(folder: Path) -> bool:
    """Whether a folder looks like a city written by save_city."""
    return (folder / HEAD).is_file()


def load_city(folder: str | Path, verify: bool | None = None) -> City:
    """Reads what save_city wrote. Raises InputError where it is not one, newer than this program, or damaged.

    verify: compare all checksums; None compares them up to 256 MiB, and sizes beyond.
    """
    path = Path(folder)
    head = _head(path)
    _check(path, head["files"], verify)
    try:
        return _read(path, head)
    except (OSError, KeyError, TypeError, ValueError, pa.ArrowException, shapely.errors.ShapelyError) as error:
        raise InputError(f"This city store is damaged: {error}", where=str(path), do="Build it again from its sources.") from error


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


def _check(path: Path, files: dict[str, dict[str, Any]], verify: bool | None) -> None:
    hashed = sum(f["bytes"] for f in files.values()) <= _VERIFY_UP_TO if verify is None else verify
    for name, said in files.items():
        file = path / name
        if (
            Path(name).name != name
            or not file.is_file()
            or file.stat().st_size != said["bytes"]
            or (hashed and _sha256(file) != said["sha256"])
        ):
            raise InputError("A file of this city store is missing or damaged", where=str(file), do="Build it again from its sources.")


def _read(path: Path, head: dict[str, Any]) -> City:
    read = _Reader(path)
    frame = LocalFrame(**{**head["frame"], "origin": tuple(head["frame"]["origin"])})
    buildings = Buildings(
        read.table("buildings"),
        read.geometry("buildings"),
        read.mesh("buildings"),
        read.table("buildings.attributes"),
        read.table("buildings.parts"),
    )
    terrain = head["terrain"]
    return City(
        name=head["name"],
        frame=frame,
        buildings=buildings,
        terrain=None if terrain is None else Terrain(Grid(**terrain["grid"]), read.array("terrain"), terrain["source"]),
        networks={
            n["name"]: Network(
                n["kind"], read.table(f"network{i}.nodes"), read.table(f"network{i}.edges"), read.geometry(f"network{i}"), n["source"]
            )
            for i, n in enumerate(head["networks"])
        },
        layers={
            f["name"]: Features(
                f["role"], read.table(f"layer{i}"), read.geometry(f"layer{i}"), f["source"], read.mesh(f"layer{i}") if f["mesh"] else None
            )
            for i, f in enumerate(head["layers"])
        },
        people=read.array("people") if head["people"] else None,
        sources=tuple(Source(**s) for s in head["sources"]),
        problems=tuple(
            Problem(**{**p, "examples": tuple(p["examples"]), "places": tuple(map(tuple, p["places"]))}) for p in head["problems"]
        ),
        repairs=tuple(head["repairs"]),
        synthetic=head["synthetic"],
        region=head["region"],
        currency=head["currency"],
    )


def key_of(paths: Iterable[Path], *words: object) -> str:
    """Cache key of sources: names, sizes, times of change, the words, and the state of our own reading code."""
    code = sorted(Path(__file__).parent.rglob("*.py"))
    digest = hashlib.sha256(repr((FORMAT, VERSION, words)).encode())
    for path in [*sorted(paths), *code]:
        status = path.stat()
        digest.update(f"{path.resolve()}\0{status.st_size}\0{status.st_mtime_ns}\0".encode())
    return digest.hexdigest()[:32]


def cached_city(key: str, make: Callable[[], City]) -> City:
    """The city kept under key, else the one `make` gives, which is then kept. A broken or unwritable cache only costs time."""
    home = cache_dir() / "cities"
    folder = home / key
    if is_store(folder):
        try:
            city = load_city(folder)
            os.utime(folder)
            return city
        except (InputError, OSError):
            shutil.rmtree(folder, ignore_errors=True)
    city = make()
    try:
        save_city(city, folder)
        kept = sorted((p for p in home.iterdir() if is_store(p)), key=lambda p: p.stat().st_mtime, reverse=True)
        for old in kept[_KEEP_CACHED:]:
            shutil.rmtree(old, ignore_errors=True)
    except (StorageError, OSError):
        pass
    return city
