"""SWMM 5 in a process of its own, and the way to talk to it. SWMM keeps its state in global variables: one simulation per process.

The two sides exchange frames over pipes: length (uint32), then a JSON order or packed arrays. The worker lives in a folder of its own,
which is removed with it, and ends by itself when its owner does.
"""

from __future__ import annotations

import json
import os
import queue
import re
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import ModelError, ScenarioError

PATIENCE_S = 120.0
"""A worker that says nothing for so long hangs."""
_LOOK_S = 0.1
_TOTALS = ("dwInflow", "exInflow", "flooding", "pctError")


@dataclass(frozen=True)
class Answer:
    """The sewer after a stride, SI: head_m of inlets, returned_m3 over each so far, left_m3 by each outfall so far; totals of all nodes
    since the start: dry_m3, taken_m3 (from outside), lost_m3 (spilt where nothing takes it up); continuity: SWMM's own error, 1."""

    head_m: NDArray[np.float64]
    returned_m3: NDArray[np.float64]
    left_m3: NDArray[np.float64]
    dry_m3: float
    taken_m3: float
    lost_m3: float
    continuity: float


class Swmm:
    """One simulation. Times are whole seconds."""

    def __init__(self, inp: str, inlets: Sequence[str], outfalls: Sequence[str], pumps: Sequence[str] = ()) -> None:
        """inp: the input file's text. Names: nodes that are watched, as in Answer (an inlet N7 gives back through outfall X7), and links.
        Raises ScenarioError with SWMM's words where it refuses the file."""
        self._counts, self._is_begun = (len(inlets), len(outfalls)), False
        folder = tempfile.mkdtemp(prefix="twin-sewer-")
        try:
            root = str(Path(__file__).resolve().parents[3])
            start = f"import sys; sys.path.insert(0, {root!r}); from twin.models.hazard.sewer_worker import serve; serve()"
            # a session of its own: what ends our group does not end it before it has cleared up
            self._process = subprocess.Popen(
                [sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=folder,
                start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ModelError(f"The process for the sewers cannot be started: {error.strerror}") from None
        self._heard: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=_listen, args=(self._process.stdout, self._heard), name="twin-sewer", daemon=True)
        self._reader.start()
        self._end = weakref.finalize(self, _stop, self._process, self._reader, folder)
        names = {"inlets": list(inlets), "outfalls": list(outfalls), "pumps": list(pumps)}
        order = {"folder": folder, "inp": inp, **names}
        try:
            self._tell(json.dumps(order).encode())
            self.first = self.answer()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        return self._process.pid

    def ask(self, request: bytes) -> None:
        """Begin a stride; see `stride`."""
        self._tell(request)

    def answer(self, checkpoint: Callable[[], Any] = lambda: None) -> Answer:
        """Wait for the end of a stride; checkpoint is called meanwhile and may raise. Raises ModelError where the process died."""
        values = np.frombuffer(self._frame(checkpoint)[1:], np.float64)
        inlets, outfalls = self._counts
        head, back, left, total = np.split(values, np.cumsum([inlets, inlets, outfalls]))
        dry, taken, lost, percent = total.tolist()
        return Answer(head, back, left, dry, taken, lost, percent / 100.0)

    def _frame(self, checkpoint: Callable[[], Any]) -> bytes:
        waited = 0.0
        while True:
            try:
                frame = self._heard.get(timeout=_LOOK_S)
                break
            except queue.Empty:
                waited += _LOOK_S
                checkpoint()
            if waited > PATIENCE_S:
                self.close()
                raise ModelError("The sewer computation does not answer", do="Run it again, or choose sewer = sink.")
        if frame is None:
            code = self._process.wait()
            self.close()
            raise ModelError(
                f"The process that computes the sewers ended ({'signal' if code < 0 else 'code'} {abs(code)})",
                do="Run it again, or choose sewer = sink.",
            )  # fmt: skip
        if frame[:1] == b"E":
            self.close()
            words = frame[1:].decode("utf-8", "replace")
            if self._is_begun:
                raise ModelError(f"The sewer computation cannot go on: {words}", do="Look at the network, or choose sewer = sink.")
            raise ScenarioError(words)
        self._is_begun = True
        return frame

    def held_m3(self) -> float:
        """Water in nodes and drains now. Not while a stride goes on."""
        self._tell(b"")
        return float(np.frombuffer(self._frame(lambda: None)[1:], np.float64)[0])

    def close(self) -> None:
        """End the process and remove its folder; twice does no harm."""
        self._end()

    def _tell(self, frame: bytes) -> None:
        pipe = self._process.stdin
        try:
            assert pipe is not None
            pipe.write(struct.pack("<I", len(frame)) + frame)
            pipe.flush()
        except (OSError, ValueError):
            pass  # it died: the answer says so


def stride(
    seconds: int, inflow: tuple[NDArray[np.int32], NDArray[np.float32]], stage: tuple[NDArray[np.int32], NDArray[np.float32]],
    river: tuple[NDArray[np.int32], NDArray[np.float32]], pumps: tuple[NDArray[np.int32], NDArray[np.float32]],
) -> bytes:  # fmt: skip
    """A request: go on by seconds with the inflow of inlets, m3/s (others: none), new levels over inlets and at outfalls, m, and settings
    of pumps (share at which they run, 0 to 1). Each is (numbers in the lists the simulation was begun with, values)."""
    parts = [struct.pack("<I", seconds)]
    for index, value in (inflow, stage, river, pumps):
        parts += [struct.pack("<I", len(index)), index.astype("<i4").tobytes(), value.astype("<f4").tobytes()]
    return b"".join(parts)


def _listen(pipe: IO[bytes], heard: queue.Queue[bytes | None]) -> None:
    try:
        while (frame := _read(pipe)) is not None:
            heard.put(frame)
    except (OSError, ValueError):
        pass
    heard.put(None)


def _read(pipe: IO[bytes]) -> bytes | None:
    head = pipe.read(4)
    if len(head) < 4:
        return None
    (size,) = struct.unpack("<I", head)
    frame = pipe.read(size)
    return frame if len(frame) == size else None


def _stop(process: subprocess.Popen[bytes], reader: threading.Thread, folder: str) -> None:
    process.kill()
    process.wait()
    if reader is not threading.current_thread():
        reader.join(2.0)
    for pipe in (process.stdin, process.stdout):
        try:
            if pipe is not None:
                pipe.close()
        except OSError:
            pass
    shutil.rmtree(folder, ignore_errors=True)


def serve() -> None:
    """The worker: the first frame says what to compute, each further one is a stride."""
    heard = sys.stdin.buffer
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # SWMM may print

    def tell(frame: bytes) -> None:
        told.write(struct.pack("<I", len(frame)) + frame)
        told.flush()

    frame = _read(heard)
    if frame is None:
        return
    order = json.loads(frame)
    folder = Path(order["folder"])
    try:
        _run(order, folder, heard, tell)
    except Exception as error:
        try:
            tell(b"E" + _words(folder, error).encode())
        except OSError:
            pass
    finally:
        if os.name == "posix":  # elsewhere open files cannot go; the owner removes them
            shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)


def _run(order: dict[str, Any], folder: Path, heard: IO[bytes], tell: Callable[[bytes], None]) -> None:
    from pyswmm import Simulation
    from swmm.toolkit import solver
    from swmm.toolkit.shared_enum import LinkResult, NodeResult, ObjectType

    path = folder / "city.inp"
    path.write_text(order["inp"], "ascii")
    simulation = Simulation(str(path), str(folder / "city.rpt"), str(folder / "city.out"))
    assert simulation is not None
    solver.swmm_start(0)  # nothing is written to the results file
    known = {solver.project_get_id(ObjectType.NODE, i) for i in range(solver.project_get_count(ObjectType.NODE))}
    number = lambda kind, names: [solver.project_get_index(kind, name) for name in names]  # noqa: E731
    inlets = number(ObjectType.NODE, order["inlets"])
    covers = [f"X{name[1:]}" for name in order["inlets"]]
    over = [solver.project_get_index(ObjectType.NODE, name) if name in known else -1 for name in covers]
    outfalls = number(ObjectType.NODE, order["outfalls"])
    pumps = number(ObjectType.LINK, order["pumps"])
    flowing: set[int] = set()

    def report() -> None:
        totals = solver.system_get_routing_totals()
        values = [
            *(solver.node_get_result(i, NodeResult.HEAD) for i in inlets),
            *(solver.node_get_total_inflow(i) if i >= 0 else 0.0 for i in over),
            *(solver.node_get_total_inflow(i) for i in outfalls),
            *(getattr(totals, name) for name in _TOTALS),
        ]  # fmt: skip
        tell(b"R" + np.array(values, np.float64).tobytes())

    def held() -> None:
        # the totals give it in cubic feet (swmm-toolkit 0.17)
        volume = sum(solver.node_get_result(i, NodeResult.VOLUME) for i in range(solver.project_get_count(ObjectType.NODE)))
        volume += sum(solver.link_get_result(i, LinkResult.VOLUME) for i in range(solver.project_get_count(ObjectType.LINK)))
        tell(b"H" + np.array([volume], np.float64).tobytes())

    report()
    while (frame := _read(heard)) is not None:
        if not frame:
            held()
            continue
        (seconds,) = struct.unpack_from("<I", frame)
        at, parts = 4, []
        for _ in range(4):
            (count,) = struct.unpack_from("<I", frame, at)
            index = np.frombuffer(frame, "<i4", count, at + 4).tolist()
            value = np.frombuffer(frame, "<f4", count, at + 4 + 4 * count).tolist()
            parts.append(list(zip(index, value)))
            at += 4 + 8 * count
        inflow, stage, river, settings = parts
        now = {inlets[k] for k, _ in inflow}
        for i in sorted(flowing - now):
            solver.node_set_total_inflow(i, 0.0)
        for k, q in inflow:
            solver.node_set_total_inflow(inlets[k], q)
        flowing = now
        for k, level in stage:
            solver.outfall_set_stage(over[k], level)
        for k, level in river:
            solver.outfall_set_stage(outfalls[k], level)
        for k, setting in settings:
            solver.link_set_target_setting(pumps[k], setting)
        solver.swmm_stride(seconds)
        report()


def _words(folder: Path, error: Exception) -> str:
    """What SWMM wrote into its report, else what was raised."""
    if isinstance(error, ImportError):
        return "Sewers need the package pyswmm, which is not installed: pip install pyswmm"
    found = _errors(folder / "city.rpt")
    if not found:  # the report may be open still; closing what SWMM has closed by itself ends the process
        try:
            from swmm.toolkit import solver

            solver.swmm_close()
        except Exception:
            pass
        found = _errors(folder / "city.rpt")
    return "; ".join(found[:3]) or f"{type(error).__name__}: {error}"


def _errors(report: Path) -> list[str]:
    try:
        lines = report.read_text("utf-8", "replace").splitlines()
    except OSError:
        return []
    return [re.sub(r"\s+", " ", line).strip() for line in lines if "ERROR" in line]
