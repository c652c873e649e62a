"""A process of its own for an engine that keeps its state in C, holds the interpreter's lock, or takes seconds to load.

Both sides exchange frames over pipes: length (uint32), then a pickle; nobody else can write to them. The child ends by itself when its
owner does, and at once when it is closed.
"""

from __future__ import annotations

import os
import pickle
import queue
import shutil
import struct
import subprocess
import sys
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

from twin.errors import ModelError

PATIENCE_S = 180.0
"""A child that says nothing for so long hangs."""
_LOOK_S = 0.05


class Refused(Exception):
    """What the child could not do, in its words."""


class Child:
    """One process that answers requests one after the other."""

    def __init__(self, module: str, title: str) -> None:
        """module: one that has `serve()`, which calls `answer_all`; title: what it computes, in sentences. Raises ModelError."""
        self._title = title
        folder = tempfile.mkdtemp(prefix="twin-engine-")
        root = str(Path(__file__).resolve().parents[3])
        start = f"import sys; sys.path.insert(0, {root!r}); from {module} import serve; serve()"
        try:
            # a session of its own: what ends our group does not end it half-way through a frame
            self._process = subprocess.Popen(
                [sys.executable, "-c", start], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                cwd=folder, start_new_session=True,
            )  # fmt: skip
        except OSError as error:
            shutil.rmtree(folder, ignore_errors=True)
            raise ModelError(f"The process for {title} cannot be started: {error.strerror}") from None
        self._heard: queue.Queue[bytes | None] = queue.Queue()
        self._reader = threading.Thread(target=_listen, args=(self._process.stdout, self._heard), name="twin-child", daemon=True)
        self._reader.start()
        self._end = weakref.finalize(self, _stop, self._process, self._reader, folder)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._end.alive and self._process.poll() is None

    def asked(self, request: Any, checkpoint: Callable[[], Any] = lambda: None) -> Any:
        """The answer to a request; checkpoint is called meanwhile and may raise, which ends the child. Raises Refused with the child's
        words, ModelError where it died."""
        frame = pickle.dumps(request, protocol=pickle.HIGHEST_PROTOCOL)
        pipe = self._process.stdin
        try:
            assert pipe is not None
            pipe.write(struct.pack("<I", len(frame)) + frame)
            pipe.flush()
        except (OSError, ValueError):
            pass  # it died: the answer says so
        try:
            kind, answer = self._answer(checkpoint)
        except BaseException:
            self.close()  # whatever it still answers belongs to nobody
            raise
        if kind == "refused":
            raise Refused(answer)
        return answer

    def _answer(self, checkpoint: Callable[[], Any]) -> tuple[str, Any]:
        waited = 0.0
        checkpoint()  # a Cancel of before is heard though the answer comes at once
        while True:
            try:
                frame = self._heard.get(timeout=_LOOK_S)
                break
            except queue.Empty:
                waited += _LOOK_S
                checkpoint()
            if waited > PATIENCE_S:
                raise ModelError(f"The computation of {self._title} does not answer", do="Run it again.")
        if frame is None:
            code = self._process.wait()
            how = f"{'signal' if code < 0 else 'code'} {abs(code)}"
            raise ModelError(f"The process that computes {self._title} ended ({how})", do="Run it again.")
        kind, answer = pickle.loads(frame)
        return str(kind), answer

    def close(self) -> None:
        """End the process; twice does no harm."""
        self._end()


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


def answer_all(answer: Callable[[Any], Any]) -> None:
    """In the child, in a folder of its own that goes with it: answer every request until the owner ends. answer raises Refused for what
    cannot be done; other errors are told in their own words."""
    heard = sys.stdin.buffer
    told = os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # engines may print
    try:
        while (frame := _read(heard)) is not None:
            try:
                said: tuple[str, Any] = ("answer", answer(pickle.loads(frame)))
            except Exception as error:
                said = ("refused", str(error) if isinstance(error, Refused) else f"{type(error).__name__}: {error}")
            out = pickle.dumps(said, protocol=pickle.HIGHEST_PROTOCOL)
            told.write(struct.pack("<I", len(out)) + out)
            told.flush()
    except OSError:
        pass
    finally:
        if os.name == "posix":  # the owner may be gone; elsewhere open files cannot go
            shutil.rmtree(os.getcwd(), ignore_errors=True)
        os._exit(0)
