"""glTF 2.0 and GLB: triangles and points of a scene in the file's axes, colours of materials, feature ids and their property tables.

Own reading, since what trimesh gives has no feature ids (EXT_mesh_features), property tables (EXT_structural_metadata) or batch ids,
and every tile of a 3D Tiles set comes through here. Whatever the file names is asked of `load`, which decides what may be read.
"""

from __future__ import annotations

import base64
import binascii
import json
import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.gltf_colors import colors_of
from twin.errors import InputError

Floats = NDArray[np.float64]
Load = Callable[[str], bytes]
BROKEN = (TypeError, ValueError, KeyError, IndexError, AttributeError, OverflowError, RecursionError, struct.error, binascii.Error)
MAX_VALUES = 600_000_000
MAX_UNPACKED = 1 << 30
MAX_NODES = 500_000
MAX_JSON = 15_000_000
"""Values in one JSON document; each takes some hundred bytes once it is parsed."""
GENERATOR = "urban-twin"
Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""glTF's axes (y up, front towards +z) to x east, y north, z up."""
_COMPONENTS = {5120: "i1", 5121: "u1", 5122: "<i2", 5123: "<u2", 5125: "<u4", 5126: "<f4"}
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
_REFUSED = {
    "KHR_draco_mesh_compression": "Draco", "EXT_meshopt_compression": "meshopt", "KHR_meshopt_compression": "meshopt",
    "KHR_gaussian_splatting": "Gaussian splats",
}  # fmt: skip


@dataclass(frozen=True)
class Primitive:
    """Triangles or points of one node.

    node: its name, that of its mesh where it has none, "" else. points: (P, 3), the node's transform applied. triangles: (T, 3), empty
    where they are points. color: uint8 RGBA per triangle, or per point; None where nothing says it. feature: id per vertex and table:
    row in Gltf.tables, None where the vertices belong to no feature. extras: the node's and its mesh's, as far as they are a dictionary.
    """

    node: str
    points: Floats
    triangles: NDArray[np.int32]
    color: NDArray[np.uint8] | None
    feature: NDArray[np.int64] | None
    table: int | None
    extras: dict[str, Any]
    row: int
    """Row of the node in the file."""
    material: str
    """Name of its material, "" where it has none."""
    is_painted: bool
    """Whether its vertices have colours."""


@dataclass
class Gltf:
    """center: of CESIUM_RTC, to be added to points once they are in the tile's axes. left_out: lines and the like, counted."""

    primitives: list[Primitive] = field(default_factory=list)
    tables: list[pd.DataFrame] = field(default_factory=list)
    center: Floats = field(default_factory=lambda: np.zeros(3))
    extras: dict[str, Any] = field(default_factory=dict)
    copyright: str = ""
    left_out: int = 0
    ours: bool = False
    """Written by us: materials are named after surface classes, and their colours say nothing more."""


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
    return json.loads(data)


def read_gltf(data: bytes, load: Load, where: str) -> Gltf:
    """A glTF or GLB document. Raises InputError for what is broken, compressed, or glTF 1.0."""
    try:
        data = unpacked(data)
        return _Document(data, load, where).read()
    except BROKEN as error:
        raise InputError(f"This glTF is broken: {_short(error)}", where=where, do="Export it again.") from None
    except MemoryError:
        raise InputError("This glTF is too large for the memory of this machine", where=where) from None


def _short(error: BaseException) -> str:
    return f"'{error.args[0]}' is missing" if isinstance(error, KeyError) and error.args else str(error)[:120]


class _Document:
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
        for name in (*self._list("extensionsRequired"), *self._list("extensionsUsed")):
            if name in _REFUSED:
                raise InputError(
                    f"The geometry of this glTF is packed with {_REFUSED[str(name)]}, which is not read", where=where,
                    do="Export it without compression (gltf-transform or gltfpack can unpack it).",
                )  # fmt: skip
        self._buffers: dict[int, bytes] = {}
        self.textures: dict[int, NDArray[np.uint8] | None] = {}

    def _list(self, name: str) -> list[Any]:
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
            entry = self._item("buffers", row)
            uri = entry.get("uri")
            self._buffers[row] = self.binary if uri is None else self.resource(str(uri))
        return self._buffers[row]

    def resource(self, uri: str) -> bytes:
        if uri.startswith("data:"):
            return base64.b64decode(uri.partition(",")[2])
        return self.load(uri)

    def _item(self, kind: str, row: Any) -> dict[str, Any]:
        items = self._list(kind)
        if not isinstance(row, int) or not 0 <= row < len(items) or not isinstance(items[row], dict):
            raise ValueError(f"{kind} {row} does not exist")
        return items[row]

    def view(self, row: int) -> bytes:
        """Bytes of a buffer view."""
        entry = self._item("bufferViews", row)
        start, size = int(entry.get("byteOffset", 0)), int(entry["byteLength"])
        data = self.buffer(int(entry["buffer"]))
        if start < 0 or size < 0 or start + size > len(data):
            raise ValueError(f"buffer view {row} reaches beyond its buffer")
        return data[start : start + size]

    def _strided(self, view: int, offset: int, kind: str, count: int, width: int) -> NDArray[Any]:
        entry, dtype = self._item("bufferViews", view), np.dtype(kind)
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
        entry = self._item("accessors", row)
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

    def read(self) -> Gltf:
        out = Gltf(extras=_dictionary(self.json["asset"].get("extras")), copyright=str(self.json["asset"].get("copyright") or ""))
        out.ours = self.json["asset"].get("generator") == GENERATOR
        center = self.extension(self.json, "CESIUM_RTC").get("center")
        if center is not None:
            out.center = _numbers(center, 3)
        from twin.city.readers.gltf_tables import tables_of

        out.tables = tables_of(self)
        for row, matrix in self._placed_nodes():
            node = self._item("nodes", row)
            if "mesh" not in node:
                continue
            mesh = self._item("meshes", node["mesh"])
            name = str(node.get("name") or mesh.get("name") or "")
            extras = _dictionary(mesh.get("extras")) | _dictionary(node.get("extras"))
            for primitive in mesh["primitives"]:
                for copy in self._copies(node):
                    found = self._primitive(primitive, matrix @ copy, name, extras, row)
                    if found is None:
                        out.left_out += 1
                    else:
                        out.primitives.append(found)
        return out

    def _placed_nodes(self) -> list[tuple[int, Floats]]:
        """Nodes of the scene with their transforms, parents first."""
        nodes = self._list("nodes")
        scenes = self._list("scenes")
        scene = self.json.get("scene", 0)
        if scenes:
            roots = self._item("scenes", scene).get("nodes", [])
        else:
            children = {c for n in nodes if isinstance(n, dict) for c in n.get("children", [])}
            roots = [i for i in range(len(nodes)) if i not in children]
        found: list[tuple[int, Floats]] = []
        seen: set[int] = set()
        todo = [(int(r), np.eye(4)) for r in reversed(roots)]
        while todo:
            row, above = todo.pop()
            if row in seen:
                raise ValueError("a node is the child of two nodes, or of itself")
            if len(found) >= MAX_NODES:
                raise ValueError(f"it has more than {MAX_NODES:,} nodes")
            seen.add(row)
            node = self._item("nodes", row)
            moved = any(k in node for k in ("matrix", "translation", "rotation", "scale"))
            matrix = above @ _matrix(node) if moved else above
            found.append((row, matrix))
            todo += [(int(c), matrix) for c in reversed(node.get("children", []))]
        return found

    def _copies(self, node: dict[str, Any]) -> list[Floats]:
        """Transforms of the copies of a node (EXT_mesh_gpu_instancing); the identity alone where it has none."""
        attributes = self.extension(node, "EXT_mesh_gpu_instancing").get("attributes")
        if not isinstance(attributes, dict) or not attributes:
            return [np.eye(4)]
        known = {k: self.accessor(attributes[k]).astype(float) for k in ("TRANSLATION", "ROTATION", "SCALE") if k in attributes}
        count = min((len(v) for v in known.values()), default=1)
        if count > 100_000:
            raise ValueError(f"a node has {count} copies")
        return [
            composed(*(known[k][i] if k in known else None for k in ("TRANSLATION", "ROTATION", "SCALE")))
            for i in range(count)
        ]  # fmt: skip

    def _primitive(self, primitive: dict[str, Any], matrix: Floats, name: str, extras: dict[str, Any], row: int) -> Primitive | None:
        attributes = primitive["attributes"]
        if "POSITION" not in attributes:
            return None
        mode = primitive.get("mode", 4)
        own = self.accessor(attributes["POSITION"]).astype(np.float64)
        if own.shape[1] != 3:
            raise ValueError("a position is not three numbers")
        points = transformed(own, matrix)
        index = self.accessor(primitive["indices"])[:, 0].astype(np.int64) if "indices" in primitive else np.arange(len(points))
        if len(index) and (index.min() < 0 or index.max() >= len(points)):
            raise ValueError("a triangle names a vertex that does not exist")
        if mode == 0:
            triangles = np.empty((0, 3), np.int64)
        elif mode in (4, 5, 6):
            triangles = _triangles(index, mode)
            if np.linalg.det(matrix[:3, :3]) < 0:
                triangles = triangles[:, ::-1]
        else:
            return None
        color = colors_of(self, primitive, triangles, len(points), is_points=mode == 0)
        feature, table = self._feature(primitive, len(points))
        material = str(self._item("materials", primitive["material"]).get("name") or "") if "material" in primitive else ""
        return Primitive(name, points, triangles.astype(np.int32), color, feature, table, extras, row, material, "COLOR_0" in attributes)

    def _feature(self, primitive: dict[str, Any], count: int) -> tuple[NDArray[np.int64] | None, int | None]:
        """Feature id of each vertex: of EXT_mesh_features, or the batch id of a b3dm."""
        attributes = primitive["attributes"]
        sets = self.extension(primitive, "EXT_mesh_features").get("featureIds")
        for entry in sets if isinstance(sets, list) else []:
            table = entry.get("propertyTable")
            table = int(table) if table is not None else None
            if "attribute" in entry:
                ids = self.accessor(attributes[f"_FEATURE_ID_{int(entry['attribute'])}"])[:, 0].astype(np.int64)
            elif "texture" in entry:
                continue
            else:  # each vertex by itself
                ids = np.arange(count)
            if len(ids) == count:
                null = entry.get("nullFeatureId")
                return (ids if null is None else np.where(ids == int(null), -1, ids)), table
        for name in ("_BATCHID", "BATCHID"):
            if name in attributes:
                ids = self.accessor(attributes[name])[:, 0].astype(np.int64)
                if len(ids) == count:
                    return ids, None
        return None, None


def _triangles(index: NDArray[np.int64], mode: int) -> NDArray[np.int64]:
    """Rows of vertices of a list (4), strip (5) or fan (6)."""
    if mode == 4:
        return index[: len(index) // 3 * 3].reshape(-1, 3)
    if len(index) < 3:
        return np.empty((0, 3), np.int64)
    if mode == 6:
        return np.column_stack([np.full(len(index) - 2, index[0]), index[1:-1], index[2:]])
    strip = np.column_stack([index[:-2], index[1:-1], index[2:]])
    strip[1::2] = strip[1::2, [1, 0, 2]]
    return strip


def _numbers(values: Any, count: int) -> Floats:
    found = np.array(values, float)
    if found.shape != (count,) or not np.isfinite(found).all():
        raise ValueError(f"{count} numbers were expected")
    return found


def _matrix(node: dict[str, Any]) -> Floats:
    if "matrix" in node:
        return _numbers(node["matrix"], 16).reshape(4, 4).T
    return composed(*(_numbers(node[k], n) if k in node else None for k, n in (("translation", 3), ("rotation", 4), ("scale", 3))))


def transformed(points: Floats, matrix: Floats) -> Floats:
    """Points (N, 3) by a matrix (4, 4). einsum is ten times as fast here as the product of matrices."""
    out: Floats = np.einsum("ij,kj->ik", points, matrix[:3, :3])
    out += matrix[:3, 3]
    return out


def composed(translation: Floats | None, rotation: Floats | None, scale: Floats | None) -> Floats:
    """Matrix that scales, turns by a quaternion x, y, z, w, and moves."""
    out = np.eye(4)
    if rotation is not None:
        length = np.linalg.norm(rotation)
        x, y, z, w = rotation / length if length > 0 else np.array([0.0, 0, 0, 1])
        out[:3, :3] = [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    if scale is not None:
        out[:3, :3] *= scale
    if translation is not None:
        out[:3, 3] = translation
    return out


def _dictionary(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
