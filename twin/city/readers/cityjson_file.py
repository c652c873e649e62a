"""CityJSON as a file: one document, or a line for the head and one for each feature (CityJSONSeq)."""

from __future__ import annotations

import gc
import io
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.cityjson_text import Boundaries, IrregularError, cut
from twin.errors import InputError

_HEAD = 1 << 16
_LINES_AT_ONCE = 4 << 20
_BOM = b"\xef\xbb\xbf"
_UNREADABLE = (ValueError, RuntimeError, UnicodeDecodeError)


@dataclass
class Document:
    """A parsed JSON document of whatever kind, as simdjson gives it; its boundaries apart; the file where lines follow."""

    content: Any
    boundaries: Boundaries
    vertices: list[NDArray[np.float64]] = field(default_factory=list)
    """Lists of vertices; in content stand their numbers."""
    lines: BinaryIO | None = None

    @property
    def kind(self) -> str:
        """Its `type`, '' where it has none."""
        kind = self.content.get("type") if hasattr(self.content, "keys") else ""
        if kind == "CityModel" and "CityObjects" in self.content:  # so it was in 0.1
            return "CityJSON"
        return kind if isinstance(kind, str) else ""

    @property
    def is_cityjson(self) -> bool:
        return self.kind.startswith("CityJSON")

    def features(self) -> Iterator[tuple[Any, Boundaries]]:
        """What the lines after the head hold, a list at a time with its boundaries; None for a line that is no JSON.

        What came before must be let go of when the next is asked for.
        """
        while self.lines is not None and (lines := self.lines.readlines(_LINES_AT_ONCE)):
            lines = [line for line in lines if not line.isspace()]
            try:
                together, boundaries = _parsed(b"[" + b",".join(lines) + b"]")
                if len(together) != len(lines) or not all(hasattr(f, "keys") for f in together):
                    raise ValueError(len(lines))
                yield together, boundaries
            except _UNREADABLE:
                for line in lines:
                    try:
                        alone, boundaries = _parsed(line)
                    except _UNREADABLE:
                        alone, boundaries = None, Boundaries.joined([])
                    yield [alone], boundaries


@contextmanager
def no_collection() -> Iterator[None]:
    """No garbage collection meanwhile: going through millions of small objects doubles the time."""
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.enable()


def _parsed(text: bytes) -> tuple[Any, Boundaries]:
    import simdjson

    apart = cut(io.BytesIO(text).read)
    return simdjson.Parser().parse(apart.text), apart.boundaries


def parse(file: BinaryIO, path: Path) -> Document:
    """The JSON document in a file, or the first of its lines. Raises InputError where it is no JSON."""
    import simdjson

    head = file.read(_HEAD)
    begin = len(_BOM) if head.startswith(_BOM) else 0
    line, newline, more = head.partition(b"\n")
    if newline and line.rstrip().endswith(b"}") and more.strip():
        document = _first_line(file, begin)
        if document is not None:
            return document
    file.seek(begin)
    try:
        with no_collection():
            try:
                apart = cut(file.read, vertices=True)
            except IrregularError:
                file.seek(begin)
                apart = cut(file.read)
            return Document(simdjson.Parser().parse(apart.text), apart.boundaries, apart.vertices)
    except _UNREADABLE as error:
        document = _first_line(file, begin)
        if document is not None:
            return document
        file.seek(begin)
        raise InputError(
            f"This is not valid JSON: {_where(file.read(50_000_000), error)}", where=str(path), do="Is the file complete?"
        ) from None


def _first_line(file: BinaryIO, begin: int) -> Document | None:
    """The first line where it is a CityJSON document by itself and others follow."""
    file.seek(begin)
    line = file.readline()
    if not line.endswith(b"\n") or b'"CityJSON' not in line:
        return None
    try:
        content, boundaries = _parsed(line)
    except _UNREADABLE:
        return None
    document = Document(content, boundaries, lines=file)
    return document if document.is_cityjson else None


def _where(data: bytes, error: Exception) -> str:
    """Line and column of the first JSON error, found by the slow parser only when there is one."""
    try:
        json.loads(data)
    except json.JSONDecodeError as found:
        return f"line {found.lineno}, column {found.colno}: {found.msg}"
    except (UnicodeDecodeError, RecursionError):
        return "it is not text in UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:120]
    return str(error)[:120]
