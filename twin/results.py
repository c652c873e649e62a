"""What a run gave: fields by quantity and moment, while it goes on (FrameBuffer) and later from disk (RunResult)."""

from __future__ import annotations

import bisect
import hashlib
import json
import os
import tempfile
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.city.terrain import Grid
from twin.errors import StorageError
from twin.frame import LocalFrame
from twin.models.base import Happening
from twin.quantities import quantities as known_quantities
from twin.scenario.events import Field, Frame, Indicator

if TYPE_CHECKING:
    import pandas as pd

    from twin.city.city import City
    from twin.happenings import Story
    from twin.scenario.scenario import Scenario

SCHEMA = 1

AT_ONCE = 8
"""Moments of a series read in one go: HDF5 lets nobody else read meanwhile."""
BUFFER_BYTES = 256 * 2**20
"""Memory a FrameBuffer holds before older frames go to a temporary file."""


class FieldStore(Protocol):
    """Where layers, timeline and report read fields from, whether the run goes on or is over."""

    @property
    def times(self) -> list[float]:
        """Moments that are kept, seconds since the scenario's start, ascending."""
        ...

    def quantities(self) -> list[str]:
        """Names of what can be asked for."""
        ...

    def at(self, quantity: str, time_s: float | None = None) -> Field | None:
        """The field of the last moment kept that is not after time_s (the first one before that; None: the last).

        A maximum of a finished run is the same at every time. None for a quantity that is not there.
        """
        ...


def _index(times: list[float], time_s: float | None) -> int:
    return len(times) - 1 if time_s is None else max(0, bisect.bisect_right(times, time_s + 1e-6) - 1)


@dataclass
class _Kept:
    field: Field
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    nbytes: int
    array: NDArray[Any] | None
    place: int = -1
    """Offset in the temporary file where array is None."""


class FrameBuffer:
    """Frames of a run that goes on, in bounded memory; safe to feed in one thread and read in another.

    Grids of a series are kept as float16 (0.1 % of the value: for looking at, results on disk are exact), the rest as
    they come. Beyond `limit` bytes the oldest arrays move to an unnamed temporary file; where that cannot be written
    the oldest frames are forgotten. Preview frames (`kept` false) are shown until the next frame comes. A frame at a
    moment not after the last means that the run has started again: what came later is dropped.
    """

    def __init__(self, limit: int = BUFFER_BYTES) -> None:
        self._limit, self._used, self._end = limit, 0, 0
        self._times: list[float] = []
        self._frames: list[dict[str, _Kept]] = []
        self._preview: Frame | None = None
        self._spilled = 0
        self._file: IO[bytes] | None = None
        self._lock = threading.RLock()

    def feed(self, frame: Frame) -> None:
        """Take one Frame event. A field of an earlier frame is held where a later one has none."""
        with self._lock:
            while self._times and self._times[-1] >= frame.at_s - 1e-6:
                self._drop(len(self._times) - 1)
            self._preview = None if frame.kept else frame
            if not frame.kept:
                return
            self._times.append(frame.at_s)
            self._frames.append({f.quantity: self._packed(f) for f in frame.fields})
            while self._used > self._limit and self._spilled < len(self._frames) - 1:
                self._spill(self._spilled)

    def _packed(self, field: Field) -> _Kept:
        q = known_quantities().get(field.quantity)
        small = field.support == "grid" and q is not None and q.kind == "series" and field.array.dtype == np.float32
        array = np.ascontiguousarray(field.array)
        if small:
            with np.errstate(over="ignore"):
                array = array.astype(np.float16)
        elif array is field.array:
            array = array.copy()
        self._used += array.nbytes
        blank = Field(field.quantity, field.support, np.empty(0, field.array.dtype), field.grid)
        return _Kept(blank, array.dtype, array.shape, array.nbytes, array)

    def _drop(self, i: int) -> None:
        for kept in self._frames.pop(i).values():
            if kept.array is not None:
                self._used -= kept.nbytes
        self._times.pop(i)
        if i < self._spilled:
            self._spilled -= 1

    def _spill(self, i: int) -> None:
        try:
            if self._file is None:
                self._file = tempfile.TemporaryFile(prefix="twin-frames-")  # noqa: SIM115 (lives as long as the buffer)
            for kept in self._frames[i].values():
                if kept.array is not None:
                    self._file.seek(self._end)
                    self._file.write(kept.array.tobytes())
                    self._file.flush()
                    kept.place, kept.array = self._end, None
                    self._end += kept.nbytes
                    self._used -= kept.nbytes
            self._spilled = i + 1
        except OSError:
            self._drop(i)

    @property
    def times(self) -> list[float]:
        with self._lock:
            return [*self._times, self._preview.at_s] if self._preview else list(self._times)

    @property
    def nbytes(self) -> int:
        """Bytes held in memory."""
        return self._used

    def quantities(self) -> list[str]:
        with self._lock:
            names = {name for frame in self._frames[-1:] for name in frame}
            if self._preview:
                names |= {f.quantity for f in self._preview.fields}
            return sorted(names)

    def at(self, quantity: str, time_s: float | None = None) -> Field | None:
        with self._lock:
            if self._preview and (time_s is None or time_s >= self._preview.at_s - 1e-6):
                for field in self._preview.fields:
                    if field.quantity == quantity:
                        return field
            if not self._times:
                return None
            for i in range(_index(self._times, time_s), -1, -1):
                if quantity in self._frames[i]:
                    return self._unpacked(self._frames[i][quantity])
            return None

    def series(
        self, quantity: str, rows: NDArray[np.int64], columns: NDArray[np.int64], check: Callable[[], None] | None = None
    ) -> tuple[list[float], NDArray[np.float32]]:
        """Times kept, and values (times, cells) of some cells of a grid; NaN where the quantity was not there yet.

        check: may raise to end it.
        """
        with self._lock:
            times = list(self._times)
        out = np.full((len(times), len(rows)), np.nan, np.float32)
        for k, at_s in enumerate(times):
            if check is not None:
                check()
            with self._lock:  # for one moment at a time: the run that feeds it goes on
                i = _index(self._times, at_s)
                frame = self._frames[i].get(quantity) if i < len(self._frames) else None
                if frame is not None:
                    out[k] = self._cells(frame, rows, columns)
                elif k:
                    out[k] = out[k - 1]
        return times, out

    def _cells(self, kept: _Kept, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> NDArray[Any]:
        if kept.array is not None:
            return np.asarray(kept.array[rows, columns])
        assert self._file is not None
        inside = np.memmap(self._file, kept.dtype, "r", kept.place, kept.shape)
        return np.array(inside[rows, columns])

    def _unpacked(self, kept: _Kept) -> Field:
        array = kept.array
        if array is None and self._file is not None:
            self._file.seek(kept.place)
            array = np.frombuffer(self._file.read(kept.nbytes), kept.dtype).reshape(kept.shape)
        assert array is not None
        array = array.astype(kept.field.array.dtype)
        array.flags.writeable = False
        return Field(kept.field.quantity, kept.field.support, array, kept.field.grid)

    def clear(self) -> None:
        """Forget everything, the temporary file included."""
        with self._lock:
            self._times, self._frames, self._preview = [], [], None
            self._used = self._end = self._spilled = 0
            if self._file is not None:
                self._file.close()
                self._file = None

    def __del__(self) -> None:
        if getattr(self, "_file", None) is not None:
            self.clear()


class RunResult:
    """A result folder, opened for reading; fields are read when they are asked for and a few are kept."""

    def __init__(self, path: Path, manifest: dict[str, Any] | None = None) -> None:
        self.path = Path(path)
        self.manifest: dict[str, Any] = manifest or _json(self.path / "manifest.json")
        self.problems: list[str] = []
        """Sentences about files that are not as they were written but without which the result can be used."""
        self._recent: OrderedDict[tuple[str, int], Field] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        return self.scenario.scenario.name

    @property
    def times(self) -> list[float]:
        return list(self.manifest["times"])

    @property
    def synthetic(self) -> bool:
        """Whether the city was made by our own code."""
        return bool(self.manifest["city"]["synthetic"])

    @cached_property
    def frame(self) -> LocalFrame:
        """The city's frame at the time of the run."""
        f = self.manifest["city"]["frame"]
        return LocalFrame(f["crs"], tuple(f["origin"]), f["vertical"], f["timezone"])

    @cached_property
    def scenario(self) -> Scenario:
        from twin.scenario.scenario import scenario_from_toml

        return scenario_from_toml(self.manifest["scenario"], str(self.path))

    @cached_property
    def _figures(self) -> dict[str, Any]:
        return _json(self.path / "indicators.json")

    @property
    def indicators(self) -> dict[str, Indicator]:
        nan = float("nan")
        return {
            k: Indicator(nan if v["value"] is None else v["value"], v["unit"], v["low"], v["high"])
            for k, v in self._figures["indicators"].items()
        }

    @property
    def indicator_series(self) -> dict[str, list[float]]:
        """Each indicator at the moments of `times`; NaN where it had no value."""
        return {k: [float("nan") if x is None else x for x in v] for k, v in self._figures["series"]["values"].items()}

    def quantities(self) -> list[str]:
        return sorted(self.manifest["quantities"])

    def at(self, quantity: str, time_s: float | None = None) -> Field | None:
        entry = self.manifest["quantities"].get(quantity)
        if entry is None:
            return None
        row = _index(self.manifest["times"], time_s) if entry["kind"] == "series" else -1
        with self._lock:
            if (quantity, row) in self._recent:
                self._recent.move_to_end((quantity, row))
                return self._recent[quantity, row]
        field = self._read(quantity, entry, row)
        with self._lock:
            self._recent[quantity, row] = field
            while len(self._recent) > 12:
                self._recent.popitem(last=False)
        return field

    def _read(self, quantity: str, entry: dict[str, Any], row: int) -> Field:
        import h5py

        grid = Grid(**self.manifest["grids"][entry["grid"]]) if "grid" in entry else None
        try:
            with h5py.File(self.path / ("objects.nc" if grid is None else "grids.nc"), "r") as file:
                array = np.array(file[quantity][row] if row >= 0 else file[quantity][...])
        except (OSError, KeyError) as error:
            raise StorageError(f"'{quantity}' cannot be read", where=str(self.path), do="Run the scenario again.") from error
        array.flags.writeable = False
        return Field(quantity, entry["support"], array, grid)

    def series(
        self, quantity: str, rows: NDArray[np.int64], columns: NDArray[np.int64], check: Callable[[], None] | None = None
    ) -> tuple[list[float], NDArray[np.float32]]:
        """Times, and values (times, cells) of some cells of a grid, read piece by piece so that others can read between.

        check: may raise to end it. Raises KeyError for what is no series on a grid, StorageError where it cannot be read.
        """
        import h5py

        entry, times = self.manifest["quantities"][quantity], self.times
        if entry["kind"] != "series" or "grid" not in entry:
            raise KeyError(quantity)
        out = np.full((len(times), len(rows)), np.nan, np.float32)
        try:
            with h5py.File(self.path / "grids.nc", "r") as file:
                data = file[quantity]
                _, tall, wide = data.chunks or data.shape
                piece = rows // tall * (data.shape[2] // wide + 1) + columns // wide
                order = np.argsort(piece, kind="stable")
                for cells in np.split(order, np.flatnonzero(np.diff(piece[order])) + 1) if len(rows) else []:
                    r, c = rows[cells], columns[cells]
                    r0, c0 = int(r.min()), int(c.min())
                    for k in range(0, len(times), AT_ONCE):
                        if check is not None:
                            check()
                        part = data[k : k + AT_ONCE, r0 : int(r.max()) + 1, c0 : int(c.max()) + 1]
                        out[k : k + len(part), cells] = part[:, r - r0, c - c0]
        except (OSError, KeyError) as error:
            raise StorageError(f"'{quantity}' cannot be read", where=str(self.path), do="Run the scenario again.") from error
        return times, out

    @cached_property
    def _objects(self) -> pd.DataFrame:
        import pandas as pd

        path = self.path / "objects.parquet"
        if not path.exists():
            return pd.DataFrame({"id": [], "support": []})
        try:
            return pd.read_parquet(path)
        except (OSError, ValueError) as error:
            raise StorageError("The table of objects cannot be read", where=str(path), do="Run the scenario again.") from error

    @cached_property
    def story(self) -> Story:
        """What befell whom, and why. Raises StorageError where it cannot be read; empty for runs that told nothing."""
        from twin.happenings import Story

        path = self.path / "happenings.json"
        data = _json(path) if path.exists() else {}
        try:
            told = [Happening(float(t), o, w, tuple(b), v) for t, o, w, b, v in data.get("happenings", ())]
        except (TypeError, ValueError) as error:
            raise StorageError("The list of happenings cannot be read", where=str(path), do="Run the scenario again.") from error
        return Story(told, data.get("names", {}))

    def objects(self, support: str) -> pd.DataFrame:
        """id, name, ... and the quantities at the end of the run of every object of a support (building, edge:roads ...)."""
        table = self._objects
        table = table[table["support"] == support].drop(columns="support").reset_index(drop=True)
        mine = {name for name, entry in self.manifest["quantities"].items() if entry["support"] == support}
        foreign = set(self.manifest["quantities"]) - mine
        return table[[c for c in table if c in mine or (c not in foreign and table[c].notna().any())]]


def open_result(path: Path | str, check: bool = True) -> RunResult:
    """The result in a folder. check: compare every file with the manifest.

    Raises StorageError that names everything missing or damaged; a changed report or picture is only noted in `problems`.
    """
    folder = Path(path)
    folder = folder.parent if folder.name == "manifest.json" else folder
    if not (folder / "manifest.json").is_file():
        raise StorageError("There is no result", where=str(folder), do="Choose a folder that holds a manifest.json.")
    manifest = _json(folder / "manifest.json")
    needed = ("schema", "city", "scenario", "times", "grids", "quantities", "files", "models")
    if manifest.get("schema") != SCHEMA or any(k not in manifest for k in needed):
        where = str(folder / "manifest.json")
        raise StorageError("The manifest is not one this version can read", where=where, do="Run the scenario again.")
    result = RunResult(folder, manifest)
    if check:
        broken = []
        for name, entry in manifest["files"].items():
            fault = _fault(folder / name, entry)
            if fault and (name == "report.html" or name.startswith("pictures/")):
                result.problems.append(f"{name} {fault}.")
            elif fault:
                broken.append(f"{name} {fault}")
        if broken:
            raise StorageError(f"The result is damaged: {'; '.join(broken)}", where=str(folder), do="Run the scenario again.")
    return result


def write_happenings(path: Path, city: City, happenings: list[Happening]) -> None:
    """What befell objects of a city during a run, with the names of those that have one."""
    from twin.city.assets import Assets

    names = dict[str, str]()
    if happenings:
        assets = Assets.of(city)
        for name in {h.object for h in happenings} | {b for h in happenings for b in h.because}:
            row = assets.row_of(name)
            if row >= 0 and assets.names[row]:
                names[name] = str(assets.names[row])
    rows = [[h.at_s, h.object, h.what, list(h.because), dict(h.values)] for h in happenings]
    path.write_text(json.dumps({"schema": SCHEMA, "names": names, "happenings": rows}, ensure_ascii=False), "utf-8")


def seal(folder: Path) -> None:
    """Write size and SHA-256 of every file of a result folder into its manifest."""
    manifest = _json(folder / "manifest.json")
    manifest["files"] = {
        p.relative_to(folder).as_posix(): {"bytes": p.stat().st_size, "sha256": _sha256(p)}
        for p in sorted(folder.rglob("*"))
        if p.is_file() and p.name != "manifest.json" and not p.name.endswith(".part")
    }
    part = folder / "manifest.json.part"
    part.write_text(json.dumps(manifest, indent=1, ensure_ascii=False), "utf-8")
    os.replace(part, folder / "manifest.json")


def _fault(path: Path, entry: dict[str, Any]) -> str:
    if not path.is_file():
        return "is missing"
    if path.stat().st_size != entry["bytes"]:
        return f"has {path.stat().st_size:,} bytes and should have {entry['bytes']:,}"
    return "" if _sha256(path) == entry["sha256"] else "is not what was written (its checksum differs)"


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _json(path: Path) -> dict[str, Any]:
    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise StorageError("The file cannot be read", where=str(path), do="Run the scenario again.") from error
    if not isinstance(data, dict):
        raise StorageError("The file is not what it should be", where=str(path), do="Run the scenario again.")
    return data
