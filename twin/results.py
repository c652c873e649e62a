"""What a run gave: fields by quantity and moment, while it goes on (FrameBuffer) and later from disk (RunResult)."""

from __future__ import annotations

import bisect
import tempfile
import threading
from dataclasses import dataclass
from typing import IO, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.quantities import quantities as known_quantities
from twin.scenario.events import Field, Frame

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
