# ruff: noqa: E501, one file a line
"""Ways to break a file: bytes, and the numbers, names and pieces of text formats. The same seed breaks the same file in the same way."""

from __future__ import annotations

import gzip
import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np

NUMBERS = ["1e308", "-1e308", "NaN", "-0", "0", "-1", "1" * 400, "0.1e-400", "4294967295", "18446744073709551616", "Infinity", "1e999", "0x10",
           "2147483648", "-2147483649", "99999999", "", "null"]  # fmt: skip
WORDS = ["", "\\u0000", "\\ud800", "\u202eabc", "😀" * 50, "x" * 10_000, "../../../etc/passwd", "file:///etc/passwd", "http://127.0.0.1:9/x", "%s%n",
         "a\\nb", "';--", "NaN", "true", "-1", "EPSG:999999", "urn:ogc:def:crs:EPSG::0"]  # fmt: skip
VALUES: list[Any] = [None, True, [], {}, "", "x", -1, 0, 1e308, 1 << 70, [[]], [None], {"type": None}, "\ud800", "\0", [1, 2], 0.5, [[[[[[]]]]]], "NaN",
                     4294967295, -2147483648]  # fmt: skip

Rng = np.random.Generator


def _cut(data: bytes, rng: Rng) -> bytes:
    return data[: int(rng.integers(0, len(data)))]


def _flip(data: bytes, rng: Rng) -> bytes:
    out = np.frombuffer(data, np.uint8).copy()
    at = rng.integers(0, len(out), rng.integers(1, 12))
    out[at] = rng.integers(0, 256, len(at))
    return out.tobytes()


def _bit(data: bytes, rng: Rng) -> bytes:
    out = bytearray(data)
    out[int(rng.integers(0, len(out)))] ^= 1 << int(rng.integers(0, 8))
    return bytes(out)


def _head(data: bytes, rng: Rng) -> bytes:
    """The first bytes say most."""
    out = bytearray(data)
    for _ in range(int(rng.integers(1, 4))):
        out[int(rng.integers(0, min(len(out), 400)))] = int(rng.integers(0, 256))
    return bytes(out)


def _span(data: bytes, rng: Rng) -> tuple[int, int]:
    at = int(rng.integers(0, len(data)))
    return at, min(len(data), at + int(rng.integers(1, max(2, len(data) // 4))))


def _zero(data: bytes, rng: Rng) -> bytes:
    a, b = _span(data, rng)
    return data[:a] + (b"\0" if rng.random() < 0.5 else b"\xff") * (b - a) + data[b:]


def _drop(data: bytes, rng: Rng) -> bytes:
    a, b = _span(data, rng)
    return data[:a] + data[b:]


def _repeat(data: bytes, rng: Rng) -> bytes:
    a, b = _span(data, rng)
    return data[:b] + data[a:b] * int(rng.integers(1, 4)) + data[b:]


def _moved(data: bytes, rng: Rng) -> bytes:
    a, b = _span(data, rng)
    rest = data[:a] + data[b:]
    at = int(rng.integers(0, len(rest) + 1))
    return rest[:at] + data[a:b] + rest[at:]


def _field(data: bytes, rng: Rng) -> bytes:
    """A length, count or offset at its end of the range."""
    width = int(rng.choice([2, 4, 8]))
    top = (1 << (8 * width)) - 1
    value = int(rng.choice(np.array([0, 1, top, top >> 1, (top >> 1) + 1, top - 7, 1 << (4 * width)], object)))
    near = len(data) if rng.random() < 0.5 else min(len(data), 600)
    at = int(rng.integers(0, max(1, near - width)))
    at -= at % int(rng.choice([1, 2, 4]))
    return data[:at] + value.to_bytes(width, "little" if rng.random() < 0.7 else "big") + data[at + width :]


def _double(data: bytes, rng: Rng) -> bytes:
    """A floating number that is none, or a large one."""
    value = rng.choice(np.array([np.nan, np.inf, -np.inf, 1e308, -1e308, 1e-310, 1e18, -0.0]))
    at = int(rng.integers(0, max(1, len(data) - 8)))
    return data[:at] + np.array([value], rng.choice(["<f8", ">f8", "<f4"])).tobytes() + data[at + 8 :]


def _replaced(pattern: bytes, choices: list[str]) -> Callable[[bytes, Rng], bytes]:
    def change(data: bytes, rng: Rng) -> bytes:
        found = list(re.finditer(pattern, data[:300_000]))
        if not found:
            return _flip(data, rng)
        for k in sorted(rng.choice(len(found), min(len(found), int(rng.integers(1, 4))), replace=False), reverse=True):
            word = choices[int(rng.integers(len(choices)))].encode("utf-8", "surrogatepass")
            data = data[: found[k].start()] + word + data[found[k].end() :]
        return data

    return change


_number = _replaced(rb"-?\d+(\.\d+)?([eE][+-]?\d+)?", NUMBERS)
_word = _replaced(rb'(?<=")[^"\n]{0,80}(?=")', WORDS)


def _line(data: bytes, rng: Rng) -> bytes:
    """A line or an element gone, twice, or elsewhere."""
    pieces = re.split(rb"(?<=\n)|(?<=>)(?=<)", data)
    if len(pieces) < 3:
        return _drop(data, rng)
    at, kind = int(rng.integers(len(pieces))), int(rng.integers(3))
    piece = pieces[at]
    if kind == 0:
        del pieces[at]
    elif kind == 1:
        pieces[at:at] = [piece] * int(rng.integers(1, 50))
    else:
        del pieces[at]
        pieces.insert(int(rng.integers(len(pieces))), piece)
    return b"".join(pieces)


def _tree(data: bytes, rng: Rng) -> bytes:
    """Another value, or none, somewhere in a JSON document (each line of JSON lines is one)."""
    try:
        text = data.decode("utf-8")
        lines = text.split("\n") if "\n{" in text else [text]
        which = int(rng.integers(len(lines)))
        root = json.loads(lines[which])
    except (ValueError, RecursionError):
        return _flip(data, rng)
    for _ in range(int(rng.integers(1, 4))):
        places: list[tuple[Any, Any]] = []
        stack = [root]
        while stack and len(places) < 20_000:
            node = stack.pop()
            inner = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
            places += [(node, key) for key, _ in inner]
            stack += [value for _, value in inner if isinstance(value, (dict, list))]
        if not places:
            break
        # Every depth is as likely as the leaves, of which there are more.
        node, key = places[int(rng.integers(len(places)) if rng.random() < 0.5 else rng.integers(min(len(places), 60)))]
        kind = rng.random()
        if kind < 0.65:
            node[key] = VALUES[int(rng.integers(len(VALUES)))]
        elif kind < 0.8:
            del node[key]
        elif kind < 0.9:
            other, place = places[int(rng.integers(len(places)))]
            if not isinstance(other[place] if place in other or isinstance(other, list) and place < len(other) else None, (dict, list)):
                node[key] = 7
            else:
                node[key] = json.loads(json.dumps(other[place]))
        elif isinstance(node, list):
            node[key:key] = [node[key]] * int(rng.integers(1, 30))
        else:
            node[WORDS[int(rng.integers(len(WORDS)))]] = node.pop(key)
    try:
        lines[which] = json.dumps(root)
    except (ValueError, RecursionError):  # a node within itself
        return _flip(data, rng)
    return "\n".join(lines).encode("utf-8")


BYTES = (_cut, _flip, _flip, _bit, _head, _zero, _drop, _repeat, _moved, _field, _field, _double)
TEXT = (_cut, _flip, _drop, _number, _number, _number, _word, _word, _line, _line, _repeat)


def broken(data: bytes, rng: Rng) -> bytes:
    """A broken copy: as text or JSON where it is that, inside the packing where it is packed, else by its bytes."""
    if not data:
        return data
    if rng.random() < 0.7:
        inner = _inside(data, rng)
        if inner is not None:
            return inner
    head = data[:4096]
    # b3dm, glb, parquet ... hold JSON between their bytes.
    if head.lstrip()[:1] in (b"{", b"[") and rng.random() < 0.7:
        return _tree(data, rng)
    is_text = b"\0" not in head and sum(c < 128 for c in head) > 0.5 * len(head)
    ways = TEXT if is_text and rng.random() < 0.85 else BYTES
    if not is_text and rng.random() < 0.15:
        ways = (_number, _word)  # type: ignore[assignment]
    for _ in range(1 if rng.random() < 0.7 else 2):
        if data:
            data = ways[int(rng.integers(len(ways)))](data, rng)
    return data


def _inside(data: bytes, rng: Rng) -> bytes | None:
    """A packed file whose content is broken and whose packing is whole."""
    if data[:2] == b"\x1f\x8b":
        try:
            return gzip.compress(broken(gzip.decompress(data), rng), 1, mtime=0)
        except (OSError, EOFError, zlib.error):
            return None
    if data[:4] != b"PK\3\4":
        return None
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        names = old.namelist()
        chosen = names[int(rng.integers(len(names)))]
        for name in names:
            content = old.read(name)
            new.writestr(zipfile.ZipInfo(name), broken(content, rng) if name == chosen else content)
    return out.getvalue()
