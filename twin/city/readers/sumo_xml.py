"""Elements of a SUMO file one by one, whatever its size."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lxml import etree

from twin.errors import InputError

MAX_RATIO = 60
"""Networks pack about ten to one; what packs better than this is no network."""
MAX_DEPTH = 8


class _Limited:
    """A stream that does not give more than was agreed."""

    def __init__(self, stream: Any, most: int) -> None:
        self._stream, self._left = stream, most

    def read(self, size: int = -1) -> bytes:
        data: bytes = self._stream.read(size)
        self._left -= len(data)
        if self._left < 0:
            raise InputError("This file unpacks to far more than a network has", do="Unpack it yourself if you trust it.")
        return data


def elements(path: Path) -> Iterator[etree._Element]:
    """The children of the root element, each forgotten after its turn. No entities, no DTD, no network. Raises InputError."""
    packed = path.stat().st_size
    with open(path, "rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    try:
        with gzip.open(path) if zipped else open(path, "rb") as stream:
            limited: Any = _Limited(stream, packed * MAX_RATIO + (1 << 20)) if zipped else stream
            depth = 0
            for event, element in etree.iterparse(
                limited, events=("start", "end"), resolve_entities=False, load_dtd=False, no_network=True, huge_tree=False
            ):
                if event == "start":
                    depth += 1
                    if depth > MAX_DEPTH:
                        raise InputError("This XML is nested deeper than a network is", where=str(path))
                    continue
                depth -= 1
                if depth == 1:
                    if isinstance(element.tag, str):
                        yield element
                    element.clear()
                    parent = element.getparent()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]
    except (etree.XMLSyntaxError, zlib.error, EOFError, gzip.BadGzipFile, OSError, ValueError) as error:
        raise InputError(f"This XML cannot be read: {str(error)[:160]}", where=str(path), do="Is the file complete?") from None
