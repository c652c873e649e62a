"""glTF 2.0 and GLB: triangles and points of a scene in the file's axes, colours of materials, feature ids and their property tables.

Own reading, since what trimesh gives has no feature ids (EXT_mesh_features), property tables (EXT_structural_metadata) or batch ids,
and every tile of a 3D Tiles set comes through here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.gltf_colors import colors_of
from twin.city.readers.gltf_document import BROKEN, Document, Load, unpacked
from twin.city.readers.gltf_tables import tables_of
from twin.errors import InputError

Floats = NDArray[np.float64]
MAX_NODES = 500_000
GENERATOR = "urban-twin"
Y_UP = np.array([[1.0, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])
"""glTF's axes (y up, front towards +z) to x east, y north, z up."""


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


def read_gltf(data: bytes, load: Load, where: str) -> Gltf:
    """A glTF or GLB document. Raises InputError for what is broken, compressed, or glTF 1.0."""
    try:
        data = unpacked(data)
        return _Scene(data, load, where).read()
    except BROKEN as error:
        raise InputError(f"This glTF is broken: {_short(error)}", where=where, do="Export it again.") from None
    except MemoryError:
        raise InputError("This glTF is too large for the memory of this machine", where=where) from None


def _short(error: BaseException) -> str:
    return f"'{error.args[0]}' is missing" if isinstance(error, KeyError) and error.args else str(error)[:120]


class _Scene(Document):
    """What the nodes of the scene show."""

    def read(self) -> Gltf:
        out = Gltf(extras=_dictionary(self.json["asset"].get("extras")), copyright=str(self.json["asset"].get("copyright") or ""))
        out.ours = self.json["asset"].get("generator") == GENERATOR
        center = self.extension(self.json, "CESIUM_RTC").get("center")
        if center is not None:
            out.center = _numbers(center, 3)
        out.tables = tables_of(self)
        for row, matrix in self._placed_nodes():
            node = self.item("nodes", row)
            if "mesh" not in node:
                continue
            mesh = self.item("meshes", node["mesh"])
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
        nodes = self.list_of("nodes")
        scenes = self.list_of("scenes")
        scene = self.json.get("scene", 0)
        if scenes:
            roots = self.item("scenes", scene).get("nodes", [])
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
            node = self.item("nodes", row)
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
        material = str(self.item("materials", primitive["material"]).get("name") or "") if "material" in primitive else ""
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
