"""The text of CityJSON taken apart: corner numbers as arrays at once, the rest as a small JSON document.

Most of a CityJSON file are the numbers in its `boundaries`. Cut out and parsed together they cost a tenth of what lists of lists of
Python numbers do; in what is left each array is replaced by its number.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from simdjson import Parser

_KEY = b'"boundaries"'
_COLON = re.compile(rb"\s*:\s*(?=\S)")
_LIST = b'"vertices"'
_OF_LISTS = re.compile(rb'"vertices"\s*:\s*(?=\[\s*\[)')
_END = re.compile(rb"\]\s*\]")
_SPACE = b" \t\r\n"
_DIGITS = b"0123456789" + _SPACE
_NUMBERS = _DIGITS + b"+-.eE"
_OPEN, _CLOSE = ord("["), ord("]")
_TAIL = 64
"""Bytes at the end of a block that wait for the next: a key may begin there."""
_BLOCK = 1 << 21
"""Bytes read and parsed together; what stays in the processor's cache is several times as fast."""


@dataclass(frozen=True)
class Boundaries:
    """Nested arrays of corner numbers, flat; arrays run over rings unless said otherwise.

    corners: int32, ring after ring. size: corners of each ring. lead: how many brackets open just before the ring's own: 0 for a
    further ring of the same surface, 1 where a surface starts, 2 a shell, 3 a solid.
    first_ring, first_corner: int64 (B + 1,), where each boundary starts. levels: uint8 (B,), depth of its lists. highest: int64 (B,),
    its largest corner number.
    """

    corners: NDArray[np.int32]
    size: NDArray[np.int32]
    lead: NDArray[np.uint8]
    first_ring: NDArray[np.int64]
    first_corner: NDArray[np.int64]
    levels: NDArray[np.uint8]
    highest: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.levels)

    @property
    def faces(self) -> NDArray[np.int64]:
        """How many surfaces each boundary has (B,); of points and lines, 1 and the lines."""
        if not len(self):
            return np.empty(0, np.int64)
        starts = (self.lead > 0) | (self.levels <= 2).repeat(np.diff(self.first_ring))
        return np.add.reduceat(starts, self.first_ring[:-1], dtype=np.int64)

    def nested(self, number: int) -> Any:
        """One of them as the lists it was."""
        flat = self.corners[self.first_corner[number] : self.first_corner[number + 1]].tolist()
        rings, at = [], 0
        which = slice(self.first_ring[number], self.first_ring[number + 1])
        for n in self.size[which].tolist():
            rings.append(flat[at : at + n])
            at += n
        lists: list[Any] = rings
        lead = self.lead[which]
        for level in range(1, int(self.levels[number])):
            starts = np.flatnonzero(lead >= level)
            lists = [lists[a:b] for a, b in zip(starts, [*starts[1:], len(lead)], strict=True)]
            lead = lead[starts]
        return lists[0]

    @staticmethod
    def joined(several: list[Boundaries]) -> Boundaries:
        """One after the other."""
        if len(several) == 1:
            return several[0]
        rings = np.cumsum([0, *(len(b.size) for b in several)])
        ends = np.cumsum([0, *(len(b.corners) for b in several)])
        first = [b.first_ring[:-1] + r for b, r in zip(several, rings, strict=False)]
        begin = [b.first_corner[:-1] + c for b, c in zip(several, ends, strict=False)]
        return Boundaries(
            np.concatenate([np.empty(0, np.int32), *(b.corners for b in several)]),
            np.concatenate([np.empty(0, np.int32), *(b.size for b in several)]),
            np.concatenate([np.empty(0, np.uint8), *(b.lead for b in several)]),
            np.concatenate([*first, rings[-1:]]).astype(np.int64),
            np.concatenate([*begin, ends[-1:]]).astype(np.int64),
            np.concatenate([np.empty(0, np.uint8), *(b.levels for b in several)]),
            np.concatenate([np.empty(0, np.int64), *(b.highest for b in several)]),
        )


class IrregularError(ValueError):
    """A list of vertices that has to be read as it stands."""


@dataclass(frozen=True)
class Cut:
    """What is left of the text, and what was cut out of it: boundaries, and lists of vertices (N, 3), each replaced by its number."""

    text: bytes
    boundaries: Boundaries
    vertices: list[NDArray[np.float64]]


def cut(read: Callable[[int], bytes], vertices: bool = False) -> Cut:
    """JSON text with each array of corner numbers replaced by its number, and those arrays.

    read: gives up to so many further bytes of the text, none at its end. Arrays that hold anything but whole numbers, or lists of
    different depth, stay in the text. Text that is no valid JSON comes out as text that is none.
    vertices: whether lists of vertices are cut out too, which makes large documents smaller; raises IrregularError where one is not
    plainly numbers by threes.
    """
    import simdjson

    parser = simdjson.Parser()
    text = io.BytesIO()
    found: list[Boundaries] = []
    lists: list[_Vertices] = []
    is_open = False
    count = 0
    data = b""
    while block := read(max(_BLOCK, len(data))):
        data += block
        while data:
            if is_open:
                data, is_open = lists[-1].take(data)
                if is_open:
                    break
                text.write(b"%d" % (len(lists) - 1))
            key = _list_of_vertices(data) if vertices else None
            part = data if key is None else data[: key.end()]
            spans, safe = _spans(part, len(part) if key else len(part) - _TAIL)
            several = _parsed([part[a:b] for a, b in spans if b], parser) if spans else None
            done = 0
            kept: list[bytes] = []
            for a, b in spans:
                if not b:  # a number there could be taken for one of ours; this makes it another key's
                    kept += (part[done:a], b'null,"":')
                    done = a
                elif several is not None:
                    kept += (part[done:a], b"%d" % count)
                    done = b
                    count += 1
            if several is not None:
                found.append(several)
            safe = len(part) if key else max(safe, done)
            kept.append(part[done:safe])
            text.write(b"".join(kept))
            data = data[safe:]
            if key is None:
                break
            lists.append(_Vertices(parser))
            is_open, data = True, data[1:]
    text.write(data)
    return Cut(text.getvalue(), Boundaries.joined(found), [v.all() for v in lists])


def _list_of_vertices(data: bytes) -> re.Match[bytes] | None:
    """The first key of a list of lists called vertices; looked for as plain text, which is several times as fast as a pattern."""
    at = data.find(_LIST)
    while at >= 0:
        key = _OF_LISTS.match(data, at)
        if key is not None:
            return key
        at = data.find(_LIST, at + 1)
    return None


class _Vertices:
    """A list of vertices whose text comes block by block, its own opening bracket left out."""

    def __init__(self, parser: Parser) -> None:
        self.parser = parser
        self.parts: list[NDArray[np.float64]] = []

    def take(self, data: bytes) -> tuple[bytes, bool]:
        """What follows the vertices that are complete in data, and whether more of them are to come. Raises IrregularError."""
        rest = data.lstrip(_SPACE)
        if self.parts:
            if not rest:
                return rest, True
            if rest[:1] == b"]":
                return rest[1:], False
            if rest[:1] != b",":
                raise IrregularError
            rest = rest[1:]
        end = _END.search(rest)
        stop = rest.rfind(b"]") + 1 if end is None else end.start() + 1
        if not stop:
            if len(rest) > 1 << 12:
                raise IrregularError
            return data, True
        some = rest[:stop]
        brackets = some.translate(None, _NUMBERS) + b","
        if brackets != b"[,,]," * (len(brackets) // 5):
            raise IrregularError
        try:
            array: Any = self.parser.parse(b"[" + some + b"]")
            numbers = np.frombuffer(array.as_buffer(of_type="d"))
        except (ValueError, RuntimeError, TypeError):
            raise IrregularError from None
        if len(numbers) * 5 != len(brackets) * 3:
            raise IrregularError
        self.parts.append(numbers)
        return (rest[stop:], True) if end is None else (rest[end.end() :], False)

    def all(self) -> NDArray[np.float64]:
        return np.concatenate([np.empty(0), *self.parts]).reshape(-1, 3)


def _spans(data: bytes, safe: int) -> tuple[list[tuple[int, int]], int]:
    """Begin and end of the arrays that lie in data as a whole (end 0: a number instead), and up to where nothing is left to find."""
    spans: list[tuple[int, int]] = []
    find, colon = data.find, _COLON.match
    at = find(_KEY)
    while at >= 0:
        between = colon(data, at + len(_KEY))
        if between is None:
            if len(data) - at < _TAIL:  # the rest of it is still to come
                return spans, at
            at = find(_KEY, at + 1)
            continue
        begin = between.end()
        first = data[begin]
        if first != _OPEN:
            if first in b"-0123456789":
                spans.append((begin, 0))
            at = find(_KEY, begin)
            continue
        quote = find(b'"', begin)
        brace = find(b"}", begin, quote if quote >= 0 else len(data))
        stop = brace if brace >= 0 else quote
        if stop < 0:
            return spans, at
        end = data.rfind(b"]", begin, stop) + 1
        if end:
            spans.append((begin, end))
        at = find(_KEY, stop)
    return spans, max(safe, 0)


def _parsed(texts: list[bytes], parser: Parser) -> Boundaries | None:
    """The arrays of several texts; None where one of them is not what it should be."""
    whole = b"[" + b",".join(texts) + b"]"
    brackets = whole.translate(None, _DIGITS)
    if brackets.translate(None, b"[],"):
        return None
    try:
        array: Any = parser.parse(whole)
        corners = np.frombuffer(array.as_buffer(of_type="i"), np.int64)
    except (ValueError, RuntimeError, TypeError):
        return None
    return _nested(np.frombuffer(brackets, np.uint8), corners, len(texts))


def _nested(brackets: NDArray[np.uint8], corners: NDArray[np.int64], count: int) -> Boundaries | None:
    """Rings, surfaces, shells and solids of a list of boundaries: its brackets and commas, and its numbers."""
    is_open, is_close = brackets == _OPEN, brackets == _CLOSE
    depth = np.cumsum(is_open.view(np.int8) - is_close.view(np.int8), dtype=np.int32)
    opens = np.flatnonzero(is_open[:-1] & ~is_open[1:])
    closes = np.flatnonzero(is_close[1:] & ~is_close[:-1]) + 1
    starts = np.flatnonzero(is_open & (depth == 2))
    if len(opens) != len(closes) or len(starts) != count or not count:
        return None
    size = closes - opens
    level = depth[opens] - 1
    if size.sum() != len(corners) or level.min() < 1:  # an empty list somewhere
        return None
    first_ring = np.searchsorted(opens, starts)
    if first_ring[-1] >= len(opens):
        return None
    levels = np.maximum.reduceat(level, first_ring)
    if (levels != np.minimum.reduceat(level, first_ring)).any() or levels.max() > 5:
        return None
    lead = is_open[opens - 1].astype(np.uint8)
    more = np.flatnonzero(is_open[np.maximum(opens - 2, 0)] & (lead == 1))
    for k in range(2, 5):
        lead[more] = k
        more = more[is_open[np.maximum(opens[more] - k - 1, 0)]]
    lead[first_ring] = levels - 1
    first = np.append(first_ring, len(opens))
    begin = np.concatenate([[0], np.cumsum(size)])[first]
    highest = np.maximum.reduceat(corners, begin[:-1])
    return Boundaries(corners.astype(np.int32), size.astype(np.int32), lead, first, begin, levels.astype(np.uint8), highest)
