"""Broken copies of a sample of every format, and files made to do harm, opened as `twin check` does in a process that is watched.

Whatever is in a file: the process lives, within 30 s and 4 GB, ends 0 or 2, and says a plain sentence; nothing outside the file's
folder is opened and nobody on the network is asked.
"""

from __future__ import annotations

import ctypes
import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bad_bytes import broken
from tests.bad_child import Child, Opening
from tests.bad_files import FILES, MARK, Trap
from tests.bad_samples import MAKERS, real_samples

pytestmark = pytest.mark.filterwarnings("ignore")  # of makers that write odd files

HEAVY = frozenset(
    {"csv of one line of 300 MB", "geojson of one point of 50 MB", "timetable of 3,000,000 lines", "parquet of one text repeated",
     "cityjson over half the country", "zip with a million members", "one long text among many", "one long text among roads",
     "gpkg with a view that never ends", "csv of one open quote", "net.xml.gz of 10 GB of one attribute"}
)  # fmt: skip
"""Take seconds each."""


@pytest.fixture(scope="module")
def child() -> Iterator[Child]:
    with Child() as process:
        yield process


@pytest.fixture(scope="module")
def drawing_child() -> Iterator[Child]:
    with Child(draw=True) as process:
        yield process


class Samples:
    """A good file of each format, made once."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._made = folder, dict[str, tuple[Path, list[Path]]]()

    def of(self, kind: str) -> tuple[Path, list[Path]]:
        """What to open, and the files that may be broken."""
        if kind not in self._made:
            folder = self.folder / str(len(self._made))
            folder.mkdir()
            path = MAKERS[kind](folder)
            files = [f for f in sorted(folder.rglob("*")) if f.is_file() and (f.name != "city.toml" or kind == "recipe")]
            self._made[kind] = path, files
        return self._made[kind]


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Samples:
    return Samples(tmp_path_factory.mktemp("samples"))


def harmed(child: Child, whole: tuple[Path, list[Path]], seed: list[int]) -> Opening:
    """The sample opened with one of its files broken, and made whole again."""
    rng = np.random.default_rng(seed)
    path, files = whole
    victim = files[int(rng.integers(len(files)))]
    good = victim.read_bytes()
    try:
        victim.write_bytes(broken(good, rng))
        return child.open(path)
    finally:
        victim.write_bytes(good)


@pytest.mark.parametrize("kind", MAKERS)
def test_that_the_samples_open_and_their_broken_copies_do_or_are_refused(child: Child, samples: Samples, kind: str) -> None:
    whole = samples.of(kind)
    opening = child.open(whole[0])
    assert (opening.code, opening.trouble) == (0, ""), opening.message
    for seed in range(2):
        told = harmed(child, whole, [seed, *kind.encode()])
        assert not told.trouble, f"{kind}, {seed}: {told.trouble}"


@pytest.mark.slow
@settings(
    max_examples=700, derandomize=True, deadline=None, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(kind=st.sampled_from(sorted(MAKERS)), seed=st.integers(0, 2**32 - 1))
def test_that_copies_broken_in_any_way_open_or_are_refused(drawing_child: Child, samples: Samples, kind: str, seed: int) -> None:
    told = harmed(drawing_child, samples.of(kind), [seed])
    assert not told.trouble, told.trouble


@pytest.mark.slow
def test_that_broken_copies_of_real_files_open_or_are_refused(drawing_child: Child, data: Path, tmp_path: Path) -> None:
    for number, (kind, make) in enumerate(real_samples(data).items()):
        folder = tmp_path / str(number)
        folder.mkdir()
        path = make(folder)
        files = [f for f in sorted(folder.rglob("*")) if f.is_file() and f.name != "city.toml"]
        for seed in range(12):
            told = harmed(drawing_child, (path, files), [seed, *kind.encode()])
            assert not told.trouble, f"{kind}, {seed}: {told.trouble}"


# Files made to do harm
class Surroundings:
    """A file that must stay shut and a server that must not be asked; what happened to them since the last look."""

    def __init__(self, folder: Path) -> None:
        self.outside = folder / "outside.txt"
        self.outside.write_text(f"{MARK}\n" * 20)
        self.before = self.outside.stat().st_mtime_ns
        self._asked: list[str] = []
        asked = self._asked

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            do_HEAD = do_POST = do_GET

            def log_message(self, *_: object) -> None:
                return

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        self._watch = -1
        if sys.platform == "linux":  # the kernel tells who opens a file, whatever library does it
            libc = ctypes.CDLL(None)
            self._watch = libc.inotify_init1(os.O_NONBLOCK)
            opened, written = 0x20, 0x2
            assert libc.inotify_add_watch(self._watch, os.fsencode(self.outside), opened | written) >= 0

    def look(self) -> str:
        """What was done that must not be."""
        asked = self._asked[:]
        self._asked.clear()
        if asked:
            return f"the server was asked for {asked}"
        if self.outside.stat().st_mtime_ns != self.before:
            return "the file outside was written"
        try:
            return "the file outside was opened" if self._watch >= 0 and os.read(self._watch, 65536) else ""
        except BlockingIOError:
            return ""

    def end(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        if self._watch >= 0:
            os.close(self._watch)


@pytest.fixture(scope="module")
def surroundings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Surroundings]:
    around = Surroundings(tmp_path_factory.mktemp("outside"))
    yield around
    around.end()


def test_that_the_watch_sees_what_is_opened_and_asked_for(surroundings: Surroundings) -> None:
    import urllib.request
    from urllib.error import HTTPError

    assert not surroundings.look()
    with pytest.raises(HTTPError):
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(f"{surroundings.url}/x")
    assert "/x" in surroundings.look()
    if sys.platform == "linux":
        assert MARK in surroundings.outside.read_text()
        assert "opened" in surroundings.look()


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.slow) if n in HEAVY else n for n in FILES])
def test_that_what_is_made_to_do_harm_does_none(child: Child, surroundings: Surroundings, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    opening = child.open(FILES[name](Trap(folder, surroundings.outside, surroundings.url)))
    assert not opening.trouble
    assert not surroundings.look()
    assert MARK not in opening.output
    assert not (tmp_path / "slipped.geojson").exists()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name",
    [
        "names in cityjson", "names in geojson", "names in layers", "names in csv", "names of files", "names in gltf", "names in osm",
        "names in pandapower", "one name that is no text", "entities sumo file",
    ],
)  # fmt: skip
def test_that_odd_names_are_described_and_drawn(drawing_child: Child, surroundings: Surroundings, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "given"
    folder.mkdir()
    path = FILES[name](Trap(folder, surroundings.outside, surroundings.url))
    for command in ("check", "info"):
        assert not drawing_child.open(path, command).trouble


def test_that_trouble_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.geojson"
    assert Opening(path, -11, "the process ended", 0.1, 0).trouble
    assert Opening(path, 0, "", 31.0, 0).trouble
    assert Opening(path, 0, "", 1.0, 5 << 30).trouble
    assert Opening(path, 1, "Traceback", 0.1, 0).trouble
    assert Opening(path, 2, "ValueError: no", 0.1, 0).trouble
    assert Opening(path, 0, "", 0.1, 0, ("socket.connect",)).trouble
    assert not Opening(path, 2, "This file is empty (a.geojson).", 0.1, 0).trouble
