"""The JSON and the bytes of a glTF 2.0 document: buffers, views, accessors. Whatever the file names is asked of `load`."""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.errors import InputError

Load = Callable[[str], bytes]
BROKEN = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, struct.error, binascii.Error)
MAX_VALUES = 600_000_000
MAX_UNPACKED = 1 << 30
MAX_JSON = 15_000_000
"""Values in one JSON document; each takes some hundred bytes once it is parsed."""
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_REFUSED = {
    "KHR_draco_mesh_compression": "Draco", "EXT_meshopt_compression": "meshopt", "KHR_meshopt_compression": "meshopt",
    "KHR_gaussian_splatting": "Gaussian splats",
}  # fmt: skip


def unpacked(data: bytes) -> bytes:
    """Contents of a gzip stream, as tile servers keep their files; other bytes as they are. Raises ValueError."""
    if data[:2] != b"\x1f\x8b":
        return data
    stream = zlib.decompressobj(wbits=31)
    try:
        out = stream.decompress(data, MAX_UNPACKED)
    except zlib.error as error:
        raise ValueError(f"its gzip stream is broken ({error})") from None
    if not stream.eof:
        raise ValueError("its gzip stream is cut off or unpacks to more than 1 GiB")
    return out


def json_of(data: bytes) -> Any:
    """A JSON document that fits into memory. Raises ValueError, RecursionError."""
    if sum(data.count(c) for c in (b",", b"[", b"{")) > MAX_JSON:
        raise ValueError("its JSON has too many values")
    told = json.loads(data)
    if b"\\ud" in data.lower():  # halves of letters, which nothing could show or write
        told = json.loads(json.dumps(told, ensure_ascii=False).encode("utf-8", "replace"))
    return told


class Document:
    """The JSON and the binary chunk of one file, with what was decoded of it."""

    def __init__(self, data: bytes, load: Load, where: str) -> None:
        self.load, self.where, self.binary = load, where, b""
        text = data
        if data[:4] == b"glTF":
            version, _ = struct.unpack_from("<II", data, 4)
            if version != 2:
                raise InputError(f"glTF {version}.0 is not read, only 2.0", where=where, do="Convert it with gltf-pipeline.")
            text = b""
            at = 12
            while at + 8 <= len(data):
                size, kind = struct.unpack_from("<I4s", data, at)
                chunk = data[at + 8 : at + 8 + size]
                if len(chunk) < size:
                    raise InputError("This glTF ends too early", where=where, do="Is the file complete?")
                if kind == b"JSON" and not text:
                    text = chunk
                elif kind == b"BIN\0" and not self.binary:
                    self.binary = chunk
                at += 8 + size
        self.json: dict[str, Any] = json_of(text)
        if not isinstance(self.json, dict) or not isinstance(self.json.get("asset"), dict):
            raise InputError("This is no glTF 2.0 document", where=where)
        if not str(self.json["asset"].get("version", "")).startswith("2."):
            raise InputError(
                f"glTF {self.json['asset'].get('version')} is not read, only 2.0", where=where, do="Convert it with gltf-pipeline."
            )
        for name in (*self.list_of("extensionsRequired"), *self.list_of("extensionsUsed")):
            if name in _REFUSED:
                raise InputError(
                    f"The geometry of this glTF is packed with {_REFUSED[str(name)]}, which is not read", where=where,
                    do="Export it without compression (gltf-transform or gltfpack can unpack it).",
                )  # fmt: skip
        self._buffers: dict[int, bytes] = {}
        self.textures: dict[int, NDArray[np.uint8] | None] = {}

    def list_of(self, name: str) -> list[Any]:
        found = self.json.get(name, [])
        if not isinstance(found, list):
            raise ValueError(f"{name} is no list")
        return found

    def extension(self, holder: dict[str, Any], name: str) -> dict[str, Any]:
        found = holder.get("extensions")
        inner = found.get(name) if isinstance(found, dict) else None
        return inner if isinstance(inner, dict) else {}

    def buffer(self, row: int) -> bytes:
        if row not in self._buffers:
            entry = self.item("buffers", row)
            uri = entry.get("uri")
            self._buffers[row] = self.binary if uri is None else self.resource(str(uri))
        return self._buffers[row]

    def resource(self, uri: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        return self.load(uri)

    def item(self, kind: str, row: Any) -> dict[str, Any]:
        items = self.list_of(kind)
        if not isinstance(row, int) or not 0 <= row < len(items) or not isinstance(items[row], dict):
            raise ValueError(f"{kind} {row} does not exist")
        return items[row]

    def view(self, row: int) -> bytes:
        """Bytes of a buffer view."""
        entry = self.item("bufferViews", row)
        start, size = int(entry.get("byteOffset", 0)), int(entry["byteLength"])
        data = self.buffer(int(entry["buffer"]))
        if start < 0 or size < 0 or start + size > len(data):
            raise ValueError(f"buffer view {row} reaches beyond its buffer")
        return data[start : start + size]

    def _strided(self, view: int, offset: int, kind: str, count: int, width: int) -> NDArray[Any]:
        entry, dtype = self.item("bufferViews", view), np.dtype(kind)
        stride = int(entry.get("byteStride") or dtype.itemsize * width)
        data = self.view(view)
        last = offset + stride * (count - 1) + dtype.itemsize * width
        if count < 0 or offset < 0 or stride < dtype.itemsize * width or (count and last > len(data)):
            raise ValueError(f"an accessor reaches beyond buffer view {view}")
        if not count:
            return np.empty((0, width), dtype)
        return np.ndarray((count, width), dtype, data, offset, (stride, dtype.itemsize))

    def accessor(self, row: Any) -> NDArray[Any]:
        """(count, width) values; normalised integers become float."""
        entry = self.item("accessors", row)
        kind, width, count = _COMPONENTS[int(entry["componentType"])], _WIDTHS[str(entry["type"])], int(entry["count"])
        if count < 0 or count * width > MAX_VALUES:
            raise ValueError(f"accessor {row} has {count} values")
        if "bufferView" in entry:
            values = self._strided(int(entry["bufferView"]), int(entry.get("byteOffset", 0)), kind, count, width)
        elif "sparse" not in entry:
            raise ValueError(f"accessor {row} has no data")
        elif count > 10_000_000:
            raise ValueError(f"accessor {row} has {count} values")
        else:
            values = np.zeros((count, width), kind)
        if "sparse" in entry:
            sparse, values = entry["sparse"], values.copy()
            n, where, what = int(sparse["count"]), sparse["indices"], sparse["values"]
            index = self._strided(int(where["bufferView"]), int(where.get("byteOffset", 0)), _COMPONENTS[int(where["componentType"])], n, 1)
            values[index[:, 0].astype(np.int64)] = self._strided(int(what["bufferView"]), int(what.get("byteOffset", 0)), kind, n, width)
        if entry.get("normalized") and values.dtype.kind in "iu":
            return np.maximum(values.astype(np.float64) / np.iinfo(values.dtype).max, -1.0)
        return values
