"""Opens files in a child process that is watched: what crashes, hangs, grows or says something odd is told, file by file.

A crash of a library written in C ends a process, so that no test could survive it in its own.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIMIT_S, LIMIT_BYTES = 30.0, 4 << 30
FORBIDDEN = ("socket.connect", "socket.getaddrinfo", "subprocess.Popen", "os.system", "os.exec", "os.posix_spawn")


@dataclass(frozen=True)
class Opening:
    """What became of a file. code: 0 usable, 2 refused, 1 our fault; negative: the signal that ended the child."""

    path: Path
    code: int
    message: str
    seconds: float
    peak: int
    """Bytes the child held at most while it was at it."""
    asked: tuple[str, ...] = ()
    """Connections and programs it wanted."""
    output: str = ""

    @property
    def trouble(self) -> str:
        """What is wrong about it; '' where all is as promised."""
        if self.code not in (0, 2):
            return f"ended {self.code}: {self.message}"
        if self.seconds > LIMIT_S:
            return f"took {self.seconds:.0f} s"
        if self.peak > LIMIT_BYTES:
            return f"held {self.peak / 2**30:.1f} GiB"
        if self.asked:
            return f"asked for {self.asked}"
        return _odd(self.message) if self.code == 2 else ""


def _odd(sentence: str) -> str:
    """What makes a message no plain sentence."""
    if len(sentence) < 15 or len(sentence) > 900:
        return f"message of {len(sentence)} letters: {sentence[:200]}"
    if not sentence.rstrip().endswith((".", "?", ")")):
        return f"no full stop: {sentence[-200:]}"
    if re.search(r"Traceback|[\w.]+Error\b|object has no attribute|\bNoneType\b|<class |0x[0-9a-f]{8}", sentence):
        return f"words of a program: {sentence[:300]}"
    if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in sentence):
        return f"signs that cannot be shown: {sentence[:300]!r}"
    return ""


class Child:
    """One process that opens file after file; a new one after each that had to be ended."""

    def __init__(self, draw: bool = False, limit_s: float = LIMIT_S, limit_bytes: int = LIMIT_BYTES) -> None:
        self.draw, self.limit_s, self.limit_bytes = draw, limit_s, limit_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._lines: queue.Queue[bytes] = queue.Queue()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def end(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe is not None:
                    with contextlib.suppress(OSError):
                        pipe.close()
            self._process = None

    def _start(self) -> subprocess.Popen[bytes]:
        import tests

        self._lines = queue.Queue()
        root = str(Path(tests.__file__).parent.parent)
        process = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", "tests.bad_child", *(["draw"] if self.draw else [])],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=root,
            env={**os.environ, "OMP_NUM_THREADS": "1", "NUMBA_NUM_THREADS": "1"},
        )  # fmt: skip
        lines = self._lines

        def listen() -> None:
            assert process.stdout is not None
            for line in process.stdout:
                lines.put(line)
            lines.put(b"")

        threading.Thread(target=listen, daemon=True).start()
        self._process = process
        lines.get(timeout=120)  # it is there
        return process

    def open(self, path: Path, command: str = "check", *more: str) -> Opening:
        """Give a file to the child and wait for what it says."""
        process = self._process if self._process is not None and self._process.poll() is None else self._start()
        assert process.stdin is not None
        began, peak = time.perf_counter(), 0
        process.stdin.write(json.dumps([command, str(path), *more]).encode() + b"\n")
        process.stdin.flush()
        line = b""
        while True:
            seconds = time.perf_counter() - began
            try:
                line = self._lines.get(timeout=0.02 if seconds < 1 else 0.1)
                break
            except queue.Empty:
                peak = max(peak, resident(process.pid))
                if seconds > self.limit_s or peak > self.limit_bytes:
                    self.end()
                    return Opening(path, 0, "", time.perf_counter() - began, peak)
        seconds = time.perf_counter() - began
        if not line:
            code = process.wait()
            self.end()
            return Opening(path, code, "the process ended", seconds, peak)
        said = json.loads(line)
        return Opening(path, said["code"], said["message"], seconds, max(peak, said["peak"]), tuple(said["asked"]), said["output"])

    def all(self, paths: Iterable[Path]) -> Iterator[Opening]:
        for path in paths:
            yield self.open(path)


def resident(pid: int) -> int:
    """Bytes a process holds now."""
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0


def _run(arguments: list[str], draw: bool) -> tuple[int, str, str]:
    """Exit code, message and output of the command line, `twin COMMAND WHAT --json`."""
    from twin import cli

    out, err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True), io.StringIO()
    sys.argv = ["twin", *arguments, "--json"]
    code = 1
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            cli.main()
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else 1
    output = out.buffer.getvalue().decode("utf-8")  # type: ignore[attr-defined]
    if code == 1:
        return code, _last_fault(), output
    told: dict[str, Any] = json.loads(output, parse_constant=_no_number)
    message = told.get("message", "")
    for source in told.get("sources", []):
        if isinstance(source, dict) and not source.get("usable", True):
            message = next((p["message"] for p in source["problems"] if p["severity"] == "error"), message)
    if draw and code == 0:
        _draw(arguments[1])
    return code, message, output


def _no_number(text: str) -> float:
    raise ValueError(f"{text} in JSON")


def _last_fault() -> str:
    from twin.folders import data_dir

    return (data_dir() / "last-error.txt").read_text("utf-8")[-3000:]


def _draw(path: str) -> None:
    """What the window would make of it."""
    from layers.catalogue import city_layers
    from twin.city.info import describe
    from twin.city.recipe import open_city

    city = open_city(path)
    json.dumps(describe(city), allow_nan=False, default=str)
    for layer in city_layers(city):
        layer.draw()


def main() -> None:
    import traceback

    draw = "draw" in sys.argv[1:]
    told, sys.stdout = os.fdopen(os.dup(1), "w", encoding="utf-8"), sys.stderr
    os.dup2(2, 1)  # what a library prints is no answer
    asked: list[str] = []

    def hear(event: str, args: tuple[object, ...]) -> None:
        ours = event == "subprocess.Popen" and args[0] == sys.executable  # what may break down is tried in another process
        if event in FORBIDDEN and not ours:
            asked.append(f"{event} {args!r}"[:200])

    sys.addaudithook(hear)
    import twin.city.assemble  # noqa: F401, so that the first file is not slower than the others

    told.write("here\n")
    told.flush()
    for line in sys.stdin:
        asked.clear()
        arguments = json.loads(line)
        try:
            code, message, output = _run(arguments, draw)
        except BaseException:
            code, message, output = 1, traceback.format_exc()[-3000:], ""
        answer = {"code": code, "message": message, "peak": resident(os.getpid()), "asked": asked[:5], "output": output[:20000]}
        told.write(json.dumps(answer) + "\n")
        told.flush()


if __name__ == "__main__":
    main()
