"""Unchanged parts are not computed again: what a model gave is kept under the hash of all it depended on.

That is its own code, parameters and parts of the city, and those of every model it takes something from, however far up. Kept are
the models that say they are costly (hazards: the long part of a run). The folder is bounded, the least recently used go first, and
losing any of it costs nothing but time.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import shapely

from twin.city.city import City
from twin.city.terrain import Grid
from twin.errors import ModelError
from twin.folders import cache_dir
from twin.models.base import Array, Change, Happening, Model
from twin.scenario.plan import Unit

TOTAL_BYTES = 2 * 2**30
ENTRY_BYTES = 2**29
FORMAT = "2"
"""Of a tape; part of its key."""
WORTH_S = 2.0
"""Wall time a model must have taken for its outputs to be kept."""


class Running(Protocol):
    """What a run asks of a model; a Model, one that is taped, or a tape that is played."""

    checkpoint: Any

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> Any: ...
    def update(self, state: Any, inputs: Mapping[str, Array], until_s: float) -> None: ...
    def outputs(self, state: Any) -> dict[str, Array]: ...
    def grid(self, state: Any) -> Any: ...
    def indicators(self, state: Any) -> dict[str, tuple[float, str]]: ...
    def notices(self, state: Any) -> list[tuple[str, str, str]]: ...
    def happenings(self, state: Any) -> list[Happening]: ...
    def apply(self, state: Any, change: Change) -> None: ...


class Cache:
    """Tapes of one run. moments: the times it steps to; changes: those that come at a known time."""

    def __init__(self, moments: Sequence[float], changes: Sequence[Change]) -> None:
        self._moments, self._changes = list(moments), list(changes)
        self._folder = cache_dir() / "runs"

    def running(self, units: Sequence[Unit], i: int, city: City) -> Running:
        """Model i of a run: its tape where there is one, else the model, with a tape running if it is costly."""
        model = units[i].model()
        if not (model.role == "hazard" if model.costly is None else model.costly):
            return model
        path = self._folder / f"{self.key(units, i, city)}.zip"
        tape = _opened(path, model.title)
        return Taped(model, path) if tape is None else tape

    def key(self, units: Sequence[Unit], i: int, city: City) -> str:
        """SHA-256 of a unit and of all those that it takes something from."""
        above, new = {i}, {i}
        while new:
            wanted = {n.quantity for k in new for n in units[k].model.needs}
            new = {k for k, u in enumerate(units) if k not in above and wanted & set(u.model.gives)}
            above |= new
        facts = [FORMAT, units[i].model.name, units[i].entry, *(self._facts(units[k], city) for k in sorted(above))]
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()

    def _facts(self, unit: Unit, city: City) -> str:
        """Model, its code, parameters, seed, clock, changes, and the parts of the city it declared to read."""
        changes = [
            [c.at_s, c.kind, list(c.objects), None if c.geometry is None else shapely.to_wkt(c.geometry, 6), dict(c.values or {})]
            for c in self._changes
        ]
        facts = [
            unit.model.name, unit.model.version, _code_hash(unit.model), unit.params, unit.seed, self._moments, changes,
            city.part_hash("frame"), city.region, city.currency, [(p, city.part_hash(p)) for p in sorted(unit.model.reads)],
        ]
        return json.dumps(facts, sort_keys=True, default=str)


def _code_hash(model: type[Model]) -> str:
    """Of the sources beside the model's own: changed code is another model, whatever its version says."""
    file = getattr(sys.modules.get(model.__module__), "__file__", None)
    digest = hashlib.sha256()
    if file:
        for path in sorted(Path(file).parent.glob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()


class Taped:
    """A model whose outputs are written to a tape while it works. The tape counts once `keep` was called."""

    def __init__(self, model: Model, path: Path) -> None:
        self.checkpoint: Any = None
        self._model, self._path = model, path
        self._part = path.with_name(f"{path.stem}.{os.getpid()}.{time.monotonic_ns()}.part")
        self._tape: zipfile.ZipFile | None = None
        self._frames: list[dict[str, Any]] = []
        self._last: dict[str, Array] = {}
        self._spent, self._state, self._told = 0.0, None, 0

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> Any:
        self._model.checkpoint = self.checkpoint
        began = time.monotonic()
        self._state = self._model.initialize(city, inputs, params, seed)
        self._spent = time.monotonic() - began
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._tape = zipfile.ZipFile(self._part, "w", zipfile.ZIP_STORED)
        self._record(self._state)
        return self._state

    def update(self, state: Any, inputs: Mapping[str, Array], until_s: float) -> None:
        began = time.monotonic()
        self._model.update(state, inputs, until_s)
        self._spent += time.monotonic() - began
        self._record(state)

    def _record(self, state: Any) -> None:
        if self._tape is None:
            return
        number, shapes = len(self._frames), {}
        try:
            for name, array in self._model.outputs(state).items():
                data = np.array(array, order="C")
                self._tape.writestr(f"{number}/{name}", _packed(data, self._last.get(name)))
                self._last[name] = data
                shapes[name] = [data.dtype.str, list(data.shape)]
            if self._part.stat().st_size > ENTRY_BYTES:
                self.drop()
        except OSError:
            self.drop()
        told = self._model.happenings(state)
        self._frames.append({
            "shapes": shapes, "indicators": self._model.indicators(state), "notices": self._model.notices(state),
            "happenings": [[h.at_s, h.object, h.what, list(h.because), dict(h.values)] for h in told[self._told :]],
        })
        self._told = len(told)

    def outputs(self, state: Any) -> dict[str, Array]:
        return self._model.outputs(state)

    def grid(self, state: Any) -> Any:
        return self._model.grid(state)

    def indicators(self, state: Any) -> dict[str, tuple[float, str]]:
        return self._model.indicators(state)

    def notices(self, state: Any) -> list[tuple[str, str, str]]:
        return self._model.notices(state)

    def happenings(self, state: Any) -> list[Happening]:
        return self._model.happenings(state)

    def apply(self, state: Any, change: Change) -> None:
        """The outputs right after a change are not taped: they count from the next step on, as in the run itself."""
        self._model.apply(state, change)

    def keep(self) -> None:
        """The run went well: the tape gets its name, and the oldest go where there is too much."""
        if self._tape is None or self._spent < WORTH_S:
            return self.drop()
        grid = self._model.grid(self._state)
        head = {"frames": self._frames, "grid": None if grid is None else asdict(grid), "made": time.time()}
        try:
            self._tape.writestr("head.json", json.dumps(head))
            self._tape.close()
            self._tape = None
            os.replace(self._part, self._path)
            _trim(self._path.parent)
        except OSError:
            self.drop()
        return None

    def drop(self) -> None:
        tape, self._tape, self._last = self._tape, None, {}
        with suppress(OSError):
            if tape is not None:
                tape.close()
            self._part.unlink(missing_ok=True)


class Played:
    """A tape in the place of its model."""

    def __init__(self, tape: zipfile.ZipFile, head: dict[str, Any], path: Path, title: str) -> None:
        self.checkpoint: Any = None
        self._path, self._title = path, title
        self._tape, self._frames, self._at = tape, head["frames"], 0
        self._grid = None if head["grid"] is None else Grid(**head["grid"])
        self._outputs: dict[str, Array] = {}
        self._told: list[Happening] = []

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> Any:
        self._load(0)

    def update(self, state: Any, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        self._load(self._at + 1)

    def _load(self, at: int) -> None:
        self._at = at
        self._told += [Happening(t, o, w, tuple(b), v) for t, o, w, b, v in self._frames[at].get("happenings", ())]
        try:
            self._outputs = {
                name: _unpacked(self._tape.read(f"{at}/{name}"), kind, shape, self._outputs.get(name))
                for name, (kind, shape) in self._frames[at]["shapes"].items()
            }
        except (OSError, zipfile.BadZipFile, zlib.error, ValueError) as error:
            self._path.unlink(missing_ok=True)
            raise ModelError("The outputs kept from an earlier run are damaged and were removed", do="Run the scenario again.") from error

    def outputs(self, state: Any) -> dict[str, Array]:
        return self._outputs

    def grid(self, state: Any) -> Any:
        return self._grid

    def indicators(self, state: Any) -> dict[str, tuple[float, str]]:
        return {k: (v, unit) for k, (v, unit) in self._frames[self._at]["indicators"].items()}

    def notices(self, state: Any) -> list[tuple[str, str, str]]:
        said = f"{self._title}: nothing it depends on has changed, so that the outputs of an earlier run were used."
        return [*((a, b, c) for a, b, c in self._frames[self._at]["notices"]), ("info", "from-cache", said)]

    def happenings(self, state: Any) -> list[Happening]:
        return self._told

    def apply(self, state: Any, change: Change) -> None:
        """The tape was made with it."""

    def keep(self) -> None:
        self._tape.close()

    def drop(self) -> None:
        self._tape.close()


def _packed(data: Array, before: Array | None) -> bytes:
    """What changed since the moment before, bit by bit: a maximum or a dry cell seldom does. LZ4, eight times as fast as deflate."""
    import pyarrow

    bits = data.reshape(-1).view(np.uint8)
    if before is not None and before.nbytes == data.nbytes:
        bits = bits ^ before.reshape(-1).view(np.uint8)
    return bytes(pyarrow.compress(bits, codec="lz4", asbytes=True))


def _unpacked(packed: bytes, kind: str, shape: list[int], before: Array | None) -> Array:
    """Raises ValueError or OSError where the bytes are not those of `_packed`."""
    import pyarrow

    dtype = np.dtype(kind)
    size = dtype.itemsize * int(np.prod(shape, dtype=np.int64))
    bits = np.frombuffer(pyarrow.decompress(packed, size, codec="lz4"), np.uint8)
    if before is not None and before.nbytes == size:
        bits = bits ^ before.reshape(-1).view(np.uint8)
    return np.asarray(bits.view(dtype).reshape(shape))


def _opened(path: Path, title: str) -> Played | None:
    """A tape that is complete; another is removed."""
    try:
        tape = zipfile.ZipFile(path)
        played = Played(tape, json.loads(tape.read("head.json")), path, title)
        os.utime(path)
        return played
    except FileNotFoundError:
        return None
    except (OSError, zipfile.BadZipFile, KeyError, ValueError, TypeError):
        with suppress(OSError):
            path.unlink(missing_ok=True)
        return None


def _trim(folder: Path) -> None:
    """Least recently used first, until the folder is within its bound; what a crash left is removed after a day."""
    for part in folder.glob("*.part"):
        if time.time() - part.stat().st_mtime > 86400:
            part.unlink(missing_ok=True)
    tapes = sorted(folder.glob("*.zip"), key=lambda p: p.stat().st_mtime, reverse=True)
    used = 0
    for tape in tapes:
        used += tape.stat().st_size
        if used > TOTAL_BYTES:
            tape.unlink(missing_ok=True)
