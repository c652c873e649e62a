"""Writing a city: everything beside its place, with checksums, then one rename.

`twin-city.json` is the head: what there is, each file with size and SHA-256, and the content hash of each part. Arrays are `.npy`,
tables uncompressed Arrow IPC files in batches; both are mapped when the city is opened. A large city is stored in the order of
its tiles (twin.city.tiles), with the tiles beside it.
"""

from __future__ import annotations

import contextlib
import glob
import hashlib
import json
import os
import platform
import shutil
import tempfile
import time
import zlib
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.city import City
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.store.geometry import to_arrays
from twin.city.tiles import in_tile_order, is_large, reordered_people
from twin.errors import StorageError

FORMAT = "urban-twin city"
VERSION = 4
HEAD = "twin-city.json"
MESH = ("points", "triangles", "object", "surface")
BATCH_ROWS = 65_536
WAS = "was"
"""The store that is being replaced, in a folder beside it."""
LEFT_OVER_S = 24 * 3600.0
"""A half-written store whose process cannot be asked (another machine's) is swept after so long."""


class Writer:
    """Files of one store in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def array(self, name: str, values: NDArray[Any]) -> None:
        np.save(self.folder / f"{name}.npy", np.ascontiguousarray(values))

    def table(self, name: str, frame: pd.DataFrame) -> None:
        arrays, kinds = [], []
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
            kinds.append(pa.field(str(column), array.type, metadata={"kind": kind}))
        schema = pa.schema(kinds, metadata={"rows": str(len(frame))})
        with pa.OSFile(str(self.folder / f"{name}.arrow"), "wb") as file, pa.ipc.new_file(file, schema) as out:
            out.write_table(pa.Table.from_arrays(arrays, schema=schema), max_chunksize=BATCH_ROWS)

    def geometry(self, name: str, shapes: NDArray[np.object_]) -> None:
        shapes = np.asarray(shapes, object)
        arrays = to_arrays(shapes)
        if arrays is not None:
            for part, values in arrays.items():
                self.array(f"{name}.shape.{part}", values)
            return
        table = pa.table({"wkb": pa.array(shapely.to_wkb(shapes), pa.large_binary())})
        with pa.OSFile(str(self.folder / f"{name}.wkb.arrow"), "wb") as file, pa.ipc.new_file(file, table.schema) as out:
            out.write_table(table)

    def mesh(self, name: str, mesh: Mesh) -> None:
        for part in MESH:
            self.array(f"{name}.{part}", getattr(mesh, part))
        if mesh.color is not None:
            self.array(f"{name}.color", mesh.color)


def save_city(city: City, folder: str | Path) -> Path:
    """Writes a city beside `folder` and renames it into place; an older store of that name is replaced.

    What an earlier process left half written beside it is swept. Raises StorageError where the disk is full or not writable, or
    where the folder holds something else.
    """
    target = Path(folder)
    if target.exists() and not (target / HEAD).is_file() and (target.is_file() or any(target.iterdir())):
        raise StorageError("This place holds something that is not a city of ours", where=str(target), do="Choose another folder.")
    work: Path | None = None
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        sweep(target.parent, target.name)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}-{_owner()}-", dir=target.parent))
        _write(_in_order(city), work)
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


def sweep(home: Path, name: str = "") -> None:
    """Remove what processes that are gone have left half written in a folder: of stores of one name, or of all."""
    for path in home.glob(f".{glob.escape(name)}*-*-*"):
        stem, owner, _ = path.name.rsplit("-", 2)
        if name and stem != f".{name}":
            continue
        with contextlib.suppress(OSError):
            if path.is_dir() and (_is_gone(owner) or time.time() - path.stat().st_mtime > LEFT_OVER_S):
                if (path / WAS).is_dir() and not (home / stem[1:]).exists():  # killed between the two renames
                    os.rename(path / WAS, home / stem[1:])
                shutil.rmtree(path, ignore_errors=True)


def _owner() -> str:
    """This process, as half-written folders name it."""
    return f"{os.getpid()}.{zlib.crc32(platform.node().encode()):08x}"


def _is_gone(owner: str) -> bool:
    """Whether a process of this machine has ended; nothing is said of those of others."""
    process, _, machine = owner.partition(".")
    if os.name != "posix" or not process.isdigit() or machine != _owner().partition(".")[2]:
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return False


def _in_order(city: City) -> City:
    """A large city with its buildings in the order of their tiles."""
    if not is_large(city.buildings):
        return city
    buildings, order = in_tile_order(city.buildings)
    if buildings is city.buildings:
        return city
    return city.derived(buildings=buildings, people=reordered_people(city.people, order))


def _replace(work: Path, target: Path) -> None:
    """Two processes may do this at once: the last one stays."""
    for attempt in range(20):
        try:
            os.rename(work, target)
            return
        except OSError:
            if attempt == 19 or not target.exists():
                raise
        old = Path(tempfile.mkdtemp(prefix=f".{target.name}-{_owner()}-", dir=target.parent))
        try:
            os.rename(target, old / WAS)
        except FileNotFoundError:
            pass  # the other process has just moved it
        else:
            try:
                os.rename(work, target)
                return
            except OSError:
                if not target.exists():
                    os.rename(old / WAS, target)
        finally:
            shutil.rmtree(old, ignore_errors=True)


def _write(city: City, folder: Path) -> None:
    out = Writer(folder)
    parts = {
        "buildings": _write_buildings(city.buildings, out),
        "networks": [_write_network(f"network{i}", name, n, out) for i, (name, n) in enumerate(city.networks.items())],
        "layers": [_write_layer(f"layer{i}", name, f, out) for i, (name, f) in enumerate(city.layers.items())],
        "clouds": [_write_fields(f"cloud{i}", name, c, out) for i, (name, c) in enumerate(city.clouds.items())],
        "pictures": [_write_fields(f"picture{i}", name, p, out) for i, (name, p) in enumerate(city.pictures.items())],
    }
    if city.terrain is not None:
        out.array("terrain", city.terrain.elevation)
    if city.people is not None:
        out.array("people", city.people)
    files = {p.name: {"bytes": p.stat().st_size, "sha256": sha256(p)} for p in sorted(folder.iterdir())}
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
        **parts,
        "bounds": city.bounds,
        "hashes": {part: city.part_hash(part) for part in city.part_names},
        "sources": [asdict(s) for s in city.sources],
        "problems": [asdict(p) for p in city.problems],
        "repairs": city.repairs,
        "recipe": city.recipe,
        "files": files,
    }
    with open(folder / HEAD, "w", encoding="utf-8") as file:
        json.dump(head, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())


def _write_buildings(b: Buildings, out: Writer) -> dict[str, Any]:
    out.table("buildings.table", b.table)
    out.table("buildings.attributes", b.attributes)
    out.table("buildings.parts", b.parts)
    out.table("buildings.pieces", b.pieces)
    out.geometry("buildings", b.footprints)
    out.mesh("buildings", b.mesh)
    for i, mesh in enumerate(b.lods.values()):
        out.mesh(f"buildings.lod{i}", mesh)
    tiles = b.tiles if is_large(b) else None
    if tiles is not None:
        out.array("tiles.nodes", tiles.nodes)
        out.array("tiles.boxes", tiles.boxes)
        out.array("tiles.extents", tiles.extents)
    return {
        "rows": len(b), "triangles": len(b.mesh), "bounds": b.bounds, "z": b.z_range, "lod": b.lod, "lods": list(b.lods),
        "tiles": tiles is not None,
    }  # fmt: skip


def _write_network(stem: str, name: str, network: Network, out: Writer) -> dict[str, Any]:
    out.table(f"{stem}.nodes", network.nodes)
    out.table(f"{stem}.edges", network.edges)
    out.geometry(stem, network.geometry)
    for i, table in enumerate(network.tables.values()):
        out.table(f"{stem}.table{i}", table)
    return {"name": name, "stem": stem, "kind": network.kind, "source": network.source, "tables": list(network.tables)}


def _write_layer(stem: str, name: str, layer: Features, out: Writer) -> dict[str, Any]:
    out.table(stem, layer.table)
    out.geometry(stem, layer.geometry)
    if layer.mesh is not None:
        out.mesh(stem, layer.mesh)
    return {"name": name, "stem": stem, "role": layer.role, "source": layer.source, "mesh": layer.mesh is not None}


def _write_fields(stem: str, name: str, part: Any, out: Writer) -> dict[str, Any]:
    """A cloud or picture: its arrays as files, all else in the head."""
    plain: dict[str, Any] = {}
    arrays = []
    for key in (f.name for f in fields(part)):
        value = getattr(part, key)
        if isinstance(value, np.ndarray):
            out.array(f"{stem}.{key}", value)
            arrays.append(key)
        else:
            plain[key] = value
    return {"name": name, "stem": stem, "arrays": arrays, "plain": plain}


def sha256(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
