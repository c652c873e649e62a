"""GLB documents with feature ids (EXT_mesh_features) and property tables (EXT_structural_metadata)."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.mesh import Mesh, SurfaceClass
from twin.city.readers.gltf import GENERATOR
from twin.city.readers.gltf_colors import from_srgb
from twin.city.writers.surfaces import COLORS
from twin.errors import StorageError

NO_NUMBER = -3.0e38
"""Stands for an unknown number in a property table, as JSON has no NaN."""
MAX_BYTES = (1 << 32) - 1
_ARRAY, _ELEMENT = 34962, 34963


class Glb:
    """A document in the making: buffers first, JSON last."""

    def __init__(self) -> None:
        self._chunks: list[bytes] = []
        self._size = 0
        self.views: list[dict[str, Any]] = []
        self.accessors: list[dict[str, Any]] = []
        self.meshes: list[dict[str, Any]] = []
        self.nodes: list[dict[str, Any]] = []
        self.materials: list[dict[str, Any]] = []
        self.tables: list[dict[str, Any]] = []
        self.classes: dict[str, Any] = {}
        self._material_of: dict[int, int] = {}

    def view(self, data: bytes, target: int | None = None) -> int:
        """A buffer view of bytes, on a boundary of eight."""
        self.views.append({"buffer": 0, "byteOffset": self._size, "byteLength": len(data), **({"target": target} if target else {})})
        padded = data + b"\0" * (-len(data) % 8)
        self._chunks.append(padded)
        self._size += len(padded)
        return len(self.views) - 1

    def accessor(
        self, values: NDArray[Any], kind: str, component: int, *, target: int, normalized: bool = False, bounds: bool = False
    ) -> int:
        view = self.view(np.ascontiguousarray(values).tobytes(), target)
        entry: dict[str, Any] = {"bufferView": view, "componentType": component, "count": len(values), "type": kind}
        if normalized:
            entry["normalized"] = True
        if bounds:
            entry["min"], entry["max"] = values.min(axis=0).tolist(), values.max(axis=0).tolist()
        self.accessors.append(entry)
        return len(self.accessors) - 1

    def material(self, surface: int) -> int:
        """The material of a surface class, named after it."""
        if surface not in self._material_of:
            kind = SurfaceClass(surface)
            factor = [round(float(v), 4) for v in from_srgb(np.array(COLORS[kind]))]
            self.materials.append(
                {
                    "name": kind.name.lower(), "doubleSided": True,
                    "pbrMetallicRoughness": {"baseColorFactor": [*factor, 1.0], "metallicFactor": 0.0, "roughnessFactor": 0.9},
                }
            )  # fmt: skip
            self._material_of[surface] = len(self.materials) - 1
        return self._material_of[surface]

    def painted(self, surface: int) -> int:
        """A white material of a surface class, whose colours the vertices carry."""
        key = 256 + surface
        if key not in self._material_of:
            name = SurfaceClass(surface).name.lower()
            rough = {"metallicFactor": 0.0, "roughnessFactor": 0.9}
            self.materials.append({"name": name, "doubleSided": True, "pbrMetallicRoughness": rough})
            self._material_of[key] = len(self.materials) - 1
        return self._material_of[key]

    def table(self, frame: pd.DataFrame, name: str) -> int:
        """A property table of texts, numbers and booleans; its class is called `name`."""
        properties: dict[str, Any] = {}
        stored: dict[str, Any] = {}
        for column in frame.columns:
            key, values = _identifier(str(column), properties), frame[column]
            title = {"name": str(column)} if key != str(column) else {}
            if values.dtype == bool:
                properties[key] = {"type": "BOOLEAN", **title}
                stored[key] = {"values": self.view(np.packbits(values.to_numpy(bool), bitorder="little").tobytes() or b"\0")}
            elif pd.api.types.is_numeric_dtype(values):
                numbers = values.to_numpy(float, na_value=np.nan)
                whole = pd.api.types.is_integer_dtype(values.dtype) and not values.isna().any()
                properties[key] = {"type": "SCALAR", "componentType": "INT64" if whole else "FLOAT64", **title}
                if not whole and not np.isfinite(numbers).all():
                    numbers = np.where(np.isfinite(numbers), numbers, NO_NUMBER)
                    properties[key]["noData"] = NO_NUMBER
                packed = values.to_numpy("<i8") if whole else numbers.astype("<f8")
                stored[key] = {"values": self.view(packed.tobytes() or b"\0")}
            else:
                texts = ["" if v is None or v != v else str(v) for v in values.tolist()]
                encoded = [t.encode("utf-8", "surrogatepass") for t in texts]
                ends = np.cumsum([0] + [len(e) for e in encoded])
                kind = "<u4" if ends[-1] < 1 << 32 else "<u8"
                properties[key] = {"type": "STRING", "noData": "", **title}
                stored[key] = {
                    "values": self.view(b"".join(encoded) or b"\0"), "stringOffsets": self.view(ends.astype(kind).tobytes()),
                    "stringOffsetType": "UINT32" if kind == "<u4" else "UINT64",
                }  # fmt: skip
        self.classes[name] = {"properties": properties}
        self.tables.append({"name": name, "class": name, "count": len(frame), "properties": stored})
        return len(self.tables) - 1

    def mesh(self, mesh: Mesh, points: NDArray[np.float32], table: int | None, features: int, name: str) -> int:
        """Triangles, one primitive per surface class. points: of the mesh in glTF's axes; a vertex belongs to one object (feature) only."""
        primitives = []
        for surface in np.unique(mesh.surface):
            mine = mesh.surface == surface
            for painted, chosen in _by_paint(mesh, mine):
                primitives.append(self._primitive(mesh, points, chosen, int(surface), painted, table, features))
        self.meshes.append({"name": name, "primitives": primitives})
        return len(self.meshes) - 1

    def _primitive(
        self,
        mesh: Mesh,
        points: NDArray[np.float32],
        chosen: NDArray[np.int64],
        surface: int,
        painted: bool,
        table: int | None,
        features: int,
    ) -> dict[str, Any]:
        corner = mesh.triangles[chosen].ravel().astype(np.int64)
        owner = np.repeat(mesh.object[chosen].astype(np.int64), 3)
        keys = [corner, owner]
        if painted and mesh.color is not None:
            keys.append(np.repeat(np.ascontiguousarray(mesh.color[chosen]).view("<u4").ravel().astype(np.int64), 3))
        order = np.lexsort(keys[::-1])
        stacked = np.stack(keys)[:, order]
        fresh = np.ones(len(order), bool)
        fresh[1:] = (stacked[:, 1:] != stacked[:, :-1]).any(axis=0)
        index = np.empty(len(order), np.int64)
        index[order] = np.cumsum(fresh) - 1
        first = order[fresh]
        place = points[corner[first]].astype("<f4")
        attributes = {"POSITION": self.accessor(place, "VEC3", 5126, target=_ARRAY, bounds=True)}
        if painted and mesh.color is not None:
            rgba = mesh.color[chosen][first // 3].astype(float) / 255
            rgba[:, :3] = from_srgb(rgba[:, :3])
            shade = np.round(rgba * 65535).astype("<u2")
            attributes["COLOR_0"] = self.accessor(shade, "VEC4", 5123, target=_ARRAY, normalized=True)
        out: dict[str, Any] = {
            "attributes": attributes,
            "mode": 4,
            "material": self.painted(surface) if painted else self.material(surface),
        }
        if table is not None:
            ids = owner[first].astype("<f4")  # vertex attributes may not be 32 bit integers; exact below 2^24
            attributes["_FEATURE_ID_0"] = self.accessor(ids, "SCALAR", 5126, target=_ARRAY)
            feature = {"featureCount": features, "attribute": 0, "propertyTable": table}
            out["extensions"] = {"EXT_mesh_features": {"featureIds": [feature]}}
        small = len(first) < 65535
        packed = index.astype("<u2" if small else "<u4")
        out["indices"] = self.accessor(packed, "SCALAR", 5123 if small else 5125, target=_ELEMENT)
        return out

    def save(self, path: Path, extras: dict[str, Any] | None = None, copyright: str = "") -> None:
        """Writes the document. Raises StorageError where it is larger than a GLB can be."""
        asset: dict[str, Any] = {"version": "2.0", "generator": GENERATOR}
        if copyright:
            asset["copyright"] = copyright
        if extras:
            asset["extras"] = extras
        document: dict[str, Any] = {
            "asset": asset, "scene": 0, "scenes": [{"nodes": list(range(len(self.nodes)))}], "nodes": self.nodes, "meshes": self.meshes,
            "materials": self.materials, "accessors": self.accessors, "bufferViews": self.views, "buffers": [{"byteLength": self._size}],
        }  # fmt: skip
        if self.tables:
            document["extensionsUsed"] = ["EXT_mesh_features", "EXT_structural_metadata"]
            schema = {"id": "urban_twin", "classes": self.classes}
            document["extensions"] = {"EXT_structural_metadata": {"schema": schema, "propertyTables": self.tables}}
        text = json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
        text += b" " * (-len(text) % 8 + 4)  # the binary chunk then starts on a boundary of eight
        total = 12 + 8 + len(text) + 8 + self._size
        if total > MAX_BYTES:
            raise StorageError("A GLB file cannot be larger than 4 GiB", where=str(path), do="Write 3D Tiles, or a part of the city.")
        with open(path, "wb") as file:
            file.write(struct.pack("<4sII", b"glTF", 2, total))
            file.write(struct.pack("<I4s", len(text), b"JSON") + text)
            file.write(struct.pack("<I4s", self._size, b"BIN\0"))
            file.writelines(self._chunks)


def _by_paint(mesh: Mesh, mine: NDArray[np.bool_]) -> Iterable[tuple[bool, NDArray[np.int64]]]:
    """Triangles with a colour of their own, and those without."""
    if mesh.color is None:
        yield False, np.flatnonzero(mine)
        return
    has = mesh.color[:, 3] > 0
    for painted in (False, True):
        chosen = np.flatnonzero(mine & (has == painted))
        if len(chosen):
            yield painted, chosen


def _identifier(name: str, taken: dict[str, Any]) -> str:
    """A property's key: letters, digits and underscores of the name (EXT_structural_metadata allows no others)."""
    key = "".join(c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in name) or "_"
    key = key if not key[0].isdigit() else f"_{key}"
    free, n = key, 2
    while free in taken:
        free, n = f"{key}_{n}", n + 1
    return free
