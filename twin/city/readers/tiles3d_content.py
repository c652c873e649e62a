"""Contents of 3D Tiles: b3dm, i3dm, pnts, cmpt and glTF, as pieces and point clouds in the axes of their tile, z up.

OGC 3D Tiles 1.0 (18-053r2), sections 9 to 14.
"""

from __future__ import annotations

import struct
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.gltf import Y_UP, Gltf, read_gltf, transformed
from twin.city.readers.gltf_document import BROKEN, json_of, unpacked
from twin.city.readers.meshes import pieces_of
from twin.city.readers.pieces import Piece
from twin.errors import InputError

Floats = NDArray[np.float64]
MAX_INSTANCES = 200_000
_TYPES = {
    "BYTE": "i1", "UNSIGNED_BYTE": "u1", "SHORT": "<i2", "UNSIGNED_SHORT": "<u2", "INT": "<i4", "UNSIGNED_INT": "<u4", "FLOAT": "<f4",
    "DOUBLE": "<f8",
}  # fmt: skip
_WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4}
_UP = {"Y": Y_UP, "Z": np.eye(4), "X": np.array([[0.0, 0, -1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [0, 0, 0, 1]])}


@dataclass
class Content:
    """What one content holds. clouds: points (N, 3) and colours (N, 3) or None. left_out: lines and the like."""

    pieces: list[Piece] = field(default_factory=list)
    clouds: list[tuple[Floats, NDArray[np.uint8] | None]] = field(default_factory=list)
    copyright: str = ""
    left_out: int = 0

    def add(self, other: Content) -> None:
        self.pieces += other.pieces
        self.clouds += other.clouds
        self.copyright = self.copyright or other.copyright
        self.left_out += other.left_out

    @property
    def triangles(self) -> int:
        return sum(len(p.triangles) for p in self.pieces)


def read_content(
    data: bytes, transform: Floats, stem: str, up: str, load: Callable[[str], bytes], where: str, most: int, depth: int = 0
) -> Content:
    """One content placed by `transform`. stem: name of its file, for objects without an id. up: axis of its glTF. most: triangles.

    Raises InputError where it is broken, compressed or of no kind we know.
    """
    try:
        data = unpacked(data)
        kind = data[:4]
        if kind in (b"b3dm", b"i3dm", b"pnts", b"cmpt"):
            version, size = struct.unpack_from("<II", data, 4)
            if version != 1 or size > len(data):
                raise ValueError("it is cut off" if version == 1 else f"version {version}")
            data = data[:size]
        if kind == b"cmpt":
            return _composite(data, transform, stem, up, load, where, most, depth)
        if kind == b"pnts":
            return _points(data, transform, where)
        if kind == b"b3dm":
            return _batched(data, transform, stem, up, load, where)
        if kind == b"i3dm":
            return _instanced(data, transform, stem, up, load, where, most)
        if kind == b"glTF" or data.lstrip()[:1] == b"{":
            document = read_gltf(data, load, where)
            return _content_of(document, transform @ _UP.get(up, Y_UP), stem, None)
    except BROKEN as error:
        raise InputError(f"This tile is broken: {str(error)[:120]}", where=where) from None
    except MemoryError:
        raise InputError("This tile is too large for the memory of this machine", where=where) from None
    raise InputError("The content of this tile is of no kind that is read", where=where, do="b3dm, i3dm, pnts, cmpt and glTF are.")


def _content_of(document: Gltf, matrix: Floats, stem: str, batch: pd.DataFrame | None) -> Content:
    """Pieces and clouds of a glTF. batch: the rows its batch ids name, of a b3dm."""
    if batch is not None and len(batch):
        document.tables = [batch]
        document.primitives = [
            replace(p, table=0) if p.feature is not None and p.table is None else p for p in document.primitives
        ]  # fmt: skip
    matrix = matrix.copy()
    matrix[:3, 3] += matrix[:3, :3] @ document.center
    mirrored = np.linalg.det(matrix[:3, :3]) < 0
    out = Content(copyright=document.copyright, left_out=document.left_out)
    for piece in pieces_of(document, stem):
        triangles = piece.triangles[:, ::-1] if mirrored else piece.triangles
        table = piece.table if document.ours else _named(piece, stem)
        out.pieces.append(replace(piece, points=transformed(piece.points, matrix), triangles=np.ascontiguousarray(triangles), table=table))
    for p in document.primitives:
        if not len(p.triangles) and len(p.points):
            out.clouds.append((transformed(p.points, matrix), None if p.color is None else p.color[:, :3]))
    return out


def _named(piece: Piece, stem: str) -> pd.DataFrame:
    """Ids that hold beyond this tile: running numbers and names of nodes get the tile's name before them."""
    table = piece.table.copy()
    ids = table["id"].astype(str)
    number = pd.to_numeric(ids, errors="coerce")
    running = (number < len(table)) & (ids == number.map("{:.0f}".format))
    own = running | ids.str.fullmatch(r"\d+\.-?\d+") | (ids == "") | (ids == table["about"].astype(str))
    if len(table) == 1 and own.all():
        table["id"] = [stem]
    else:
        numbers = ids.where(ids != "", pd.Series([f"row{i}" for i in range(len(ids))], index=ids.index))
        table["id"] = ids.where(~own, stem + "." + numbers)
    blank = (table["about"] == "") | table["about"].str.lower().str.fullmatch(r"(root)?node[ _]?\d*|mesh[ _]?\d*")
    table["about"] = table["about"].where(~blank, stem)
    return table


def _sections(data: bytes, start: int) -> tuple[dict[str, Any], bytes, dict[str, Any], bytes, bytes]:
    """Feature table, its binary, batch table, its binary, and the rest of a tile whose lengths stand at byte 12."""
    sizes = struct.unpack_from("<4I", data, 12)
    parts, at = [], start
    for size in sizes:
        if at + size > len(data):
            raise ValueError("its tables reach beyond its end")
        parts.append(data[at : at + size])
        at += size
    feature = json_of(parts[0]) if parts[0].strip() else {}
    batch = json_of(parts[2]) if parts[2].strip(b" \0\t\r\n") else {}
    if not isinstance(feature, dict) or not isinstance(batch, dict):
        raise ValueError("a table of it is no object")
    return feature, parts[1], batch, parts[3], data[at:]


def _values(said: Any, binary: bytes, kind: str, width: int, count: int) -> NDArray[Any] | None:
    """A property of a feature table: numbers in the JSON, or bytes in the binary; (count, width)."""
    if said is None:
        return None
    if isinstance(said, dict):
        start = int(said["byteOffset"])
        if start < 0 or start + np.dtype(kind).itemsize * width * count > len(binary):
            raise ValueError("a property reaches beyond its table")
        return np.frombuffer(binary, kind, width * count, start).reshape(count, width)
    return np.array(said, kind).reshape(count, width)


def _count(feature: dict[str, Any], name: str, binary: bytes, most: int) -> int:
    said = feature.get(name, 0)
    if isinstance(said, dict):
        return int(np.frombuffer(binary, "<u4", 1, int(said["byteOffset"]))[0])
    if isinstance(said, list):
        said = said[0]
    if not 0 <= int(said) <= most:
        raise ValueError(f"{name} is {said}")
    return int(said)


def batch_table(said: dict[str, Any], binary: bytes, count: int) -> pd.DataFrame:
    """One row per feature; arrays of the JSON and typed arrays of the binary. Extensions (hierarchy) are not read."""
    columns: dict[str, Any] = {}
    for name, value in said.items():
        if name in ("extensions", "extras", "HIERARCHY"):
            continue
        if isinstance(value, list) and len(value) >= count:
            columns[name] = pd.Series(value[:count], dtype=None if all(isinstance(v, (int, float)) for v in value) and count else object)
        elif isinstance(value, dict) and "byteOffset" in value:
            width = _WIDTHS[str(value.get("type", "SCALAR"))]
            found = _values(value, binary, _TYPES[str(value["componentType"])], width, count)
            assert found is not None
            columns[name] = found[:, 0] if width == 1 else pd.Series(found.tolist(), dtype=object)
    return pd.DataFrame(columns, index=pd.RangeIndex(count))


def _batched(data: bytes, transform: Floats, stem: str, up: str, load: Callable[[str], bytes], where: str) -> Content:
    if data[20:24] == b"glTF" or data[24:28] == b"glTF":
        raise InputError(
            "This b3dm tile has a header older than 3D Tiles 1.0, which is not read", where=where, do="Upgrade it with 3d-tiles-tools."
        )
    feature, binary, batch, batch_binary, rest = _sections(data, 28)
    count = _count(feature, "BATCH_LENGTH", binary, 10_000_000)
    center = _values(feature.get("RTC_CENTER"), binary, "<f4" if isinstance(feature.get("RTC_CENTER"), dict) else "<f8", 3, 1)
    matrix = transform.copy()
    if center is not None:
        matrix[:3, 3] += matrix[:3, :3] @ center[0]
    document = read_gltf(rest, load, where)
    return _content_of(document, matrix @ _UP.get(up, Y_UP), stem, batch_table(batch, batch_binary, count))


def _instanced(data: bytes, transform: Floats, stem: str, up: str, load: Callable[[str], bytes], where: str, most: int) -> Content:
    """Copies of one glTF; each is an object of its own."""
    feature, binary, batch, batch_binary, rest = _sections(data, 32)
    count = _count(feature, "INSTANCES_LENGTH", binary, MAX_INSTANCES)
    by_uri = struct.unpack_from("<I", data, 28)[0] == 0
    model = load(rest.decode("utf-8").strip("\0 ")) if by_uri else rest
    one = _content_of(read_gltf(model, load, where), _UP.get(up, Y_UP), stem, None)
    if count * one.triangles > most:
        raise InputError(f"The copies of this tile have {count * one.triangles:,} triangles, more than are read", where=where)
    place = _values(feature.get("POSITION"), binary, "<f4", 3, count)
    center = _values(feature.get("RTC_CENTER"), binary, "<f8" if isinstance(feature.get("RTC_CENTER"), list) else "<f4", 3, 1)
    if place is None:
        place = _unpacked(feature, binary, count)
    position = place.astype(float) + (0.0 if center is None else center[0])
    turn = _turns(feature, binary, count, position, transform)
    size = np.ones((count, 3))
    for name, width in (("SCALE", 1), ("SCALE_NON_UNIFORM", 3)):
        found = _values(feature.get(name), binary, "<f4", width, count)
        if found is not None:
            size = size * found
    attributes = batch_table(batch, batch_binary, count)
    out = Content(copyright=one.copyright, left_out=one.left_out)
    table = attributes.drop(columns=["id", "name", "about"], errors="ignore")
    table.insert(0, "id", [f"{stem}.{i}" for i in range(count)])
    table.insert(1, "name", "")
    table.insert(2, "about", stem)
    for piece in one.pieces:
        own = np.einsum("nij,nj,pj->npi", turn, size, piece.points) if count else np.empty((0, len(piece.points), 3))
        own += position[:, None, :]
        n = len(piece.points)
        triangles = (piece.triangles[None] + (np.arange(count) * n)[:, None, None]).reshape(-1, 3).astype(np.int32)
        row = np.repeat(np.arange(count), len(piece.triangles)).astype(np.int32)
        color = None if piece.color is None else np.tile(piece.color, (count, 1))
        out.pieces.append(Piece(transformed(own.reshape(-1, 3), transform), triangles, row, table, None, color))
    return out


def _unpacked(feature: dict[str, Any], binary: bytes, count: int) -> Floats:
    """Places kept as three 16 bit numbers in a box."""
    packed = _values(feature["POSITION_QUANTIZED"], binary, "<u2", 3, count)
    kind = "<f4" if isinstance(feature["QUANTIZED_VOLUME_OFFSET"], dict) else "<f8"
    offset = _values(feature["QUANTIZED_VOLUME_OFFSET"], binary, kind, 3, 1)
    scale = _values(feature["QUANTIZED_VOLUME_SCALE"], binary, kind, 3, 1)
    if packed is None or offset is None or scale is None:
        raise ValueError("its packed places have no box")
    return packed / 65535.0 * scale[0] + offset[0]


def _turns(feature: dict[str, Any], binary: bytes, count: int, position: Floats, transform: Floats) -> Floats:
    """Rotation of each instance, (N, 3, 3); columns are what its own x, y and z axes become."""
    up, right = (_values(feature.get(n), binary, "<f4", 3, count) for n in ("NORMAL_UP", "NORMAL_RIGHT"))
    if up is None:
        up, right = (_octahedral(_values(feature.get(n), binary, "<u2", 2, count)) for n in ("NORMAL_UP_OCT32P", "NORMAL_RIGHT_OCT32P"))
    if up is not None and right is not None:
        x, y = right.astype(float), up.astype(float)
        return np.stack([x, y, np.cross(x, y)], axis=2)  # of the model z up already, as all viewers have it
    if feature.get("EAST_NORTH_UP"):
        local = np.linalg.inv(transform)[:3, :3]
        return np.einsum("ij,njk->nik", local, _east_north_up(transformed(position, transform)))
    return np.tile(np.eye(3), (count, 1, 1))


def _octahedral(packed: NDArray[Any] | None) -> Floats | None:
    """Unit vectors kept in two 16 bit numbers (Cigolle et al. 2014, A Survey of Efficient Representations for Unit Vectors)."""
    if packed is None:
        return None
    v = packed / 65535.0 * 2 - 1
    z = 1 - np.abs(v).sum(1)
    folded = (1 - np.abs(v[:, ::-1])) * np.where(v >= 0, 1.0, -1.0)
    xy = np.where(z[:, None] < 0, folded, v)
    out = np.column_stack([xy, z])
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


def _east_north_up(ecef: Floats) -> Floats:
    """Axes east, north, up (columns) at geocentric places, on the WGS 84 ellipsoid."""
    normal = ecef / np.array([6378137.0**2, 6378137.0**2, 6356752.314245179**2])
    up = normal / np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-300)
    east = np.column_stack([-ecef[:, 1], ecef[:, 0], np.zeros(len(ecef))])
    east /= np.maximum(np.linalg.norm(east, axis=1, keepdims=True), 1e-300)
    return np.stack([east, np.cross(up, east), up], axis=2)


def _points(data: bytes, transform: Floats, where: str) -> Content:
    feature, binary, batch, _, _ = _sections(data, 28)
    for table in (feature, batch):
        if "3DTILES_draco_point_compression" in (table.get("extensions") or {}):
            raise InputError(
                "The points of this tile are packed with Draco, which is not read", where=where, do="Export it without compression."
            )
    count = _count(feature, "POINTS_LENGTH", binary, 100_000_000)
    place = _values(feature.get("POSITION"), binary, "<f4", 3, count)
    points = _unpacked(feature, binary, count) if place is None else place.astype(float)
    center = _values(feature.get("RTC_CENTER"), binary, "<f8" if isinstance(feature.get("RTC_CENTER"), list) else "<f4", 3, 1)
    if center is not None:
        points = points + center[0]
    color: NDArray[np.uint8] | None = None
    for name, width in (("RGBA", 4), ("RGB", 3)):
        found = _values(feature.get(name), binary, "u1", width, count)
        if found is not None:
            color = found[:, :3]
            break
    else:
        packed = _values(feature.get("RGB565"), binary, "<u2", 1, count)
        constant = _values(feature.get("CONSTANT_RGBA"), binary, "u1", 4, 1)
        if packed is not None:
            p = packed[:, 0].astype(np.uint32)
            color = np.column_stack([(p >> 11 & 31) * 255 // 31, (p >> 5 & 63) * 255 // 63, (p & 31) * 255 // 31]).astype(np.uint8)
        elif constant is not None:
            color = np.tile(constant[0, :3], (count, 1))
    return Content(clouds=[(transformed(points, transform), color)])


def _composite(
    data: bytes, transform: Floats, stem: str, up: str, load: Callable[[str], bytes], where: str, most: int, depth: int
) -> Content:
    (inner,) = struct.unpack_from("<I", data, 12)
    out, at = Content(), 16
    if depth > 8 or inner > 10_000:
        raise ValueError("too many tiles in one")
    for i in range(inner):
        (size,) = struct.unpack_from("<I", data, at + 8)
        if size < 16 or at + size > len(data):
            raise ValueError("an inner tile reaches beyond its end")
        out.add(read_content(data[at : at + size], transform, f"{stem}.{i}", up, load, where, most - out.triangles, depth + 1))
        at += size
    return out
