"""Small glTF documents made by hand for tests."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np

BOX = np.array([[x, y, z] for z in (0.0, 1.0) for y in (0.0, 1.0) for x in (0.0, 1.0)])
FACES = np.array(
    [[0, 2, 1], [1, 2, 3], [4, 5, 6], [5, 7, 6], [0, 1, 4], [1, 5, 4], [2, 6, 3], [3, 6, 7], [0, 4, 2], [2, 4, 6], [1, 3, 5], [3, 7, 5]]
)
"""Of BOX, counter-clockwise seen from outside where z is up."""


def y_up(points: np.ndarray) -> np.ndarray:
    return np.column_stack([points[:, 0], points[:, 2], -points[:, 1]])


class Document:
    """Arrays to accessors, then one GLB."""

    def __init__(self) -> None:
        self.binary = b""
        self.json: dict[str, Any] = {"asset": {"version": "2.0"}, "scenes": [{"nodes": []}], "scene": 0}
        self.json |= {name: [] for name in ("accessors", "bufferViews", "meshes", "nodes")}

    def view(self, data: bytes) -> int:
        self.json["bufferViews"].append({"buffer": 0, "byteOffset": len(self.binary), "byteLength": len(data)})
        self.binary += data + b"\0" * (-len(data) % 8)
        return len(self.json["bufferViews"]) - 1

    def accessor(self, values: np.ndarray, kind: str, component: int, **more: Any) -> int:
        entry = {"bufferView": self.view(values.tobytes()), "componentType": component, "count": len(values), "type": kind, **more}
        self.json["accessors"].append(entry)
        return len(self.json["accessors"]) - 1

    def box(self, name: str, size: tuple[float, float, float], at: tuple[float, float, float], **primitive: Any) -> dict[str, Any]:
        """A node that is a box of a size in x, y, z (z up), its lowest corner at a place (z up)."""
        attributes = {"POSITION": self.accessor(y_up(BOX * size).astype("<f4"), "VEC3", 5126), **primitive.pop("attributes", {})}
        indices = self.accessor(FACES.astype("<u2").ravel(), "SCALAR", 5123)
        self.json["meshes"].append({"primitives": [{"attributes": attributes, "indices": indices, **primitive}]})
        node = {"name": name, "mesh": len(self.json["meshes"]) - 1, "translation": [at[0], at[2], -at[1]]}
        self.json["nodes"].append(node)
        self.json["scenes"][0]["nodes"].append(len(self.json["nodes"]) - 1)
        return node

    def glb(self) -> bytes:
        self.json["buffers"] = [{"byteLength": len(self.binary)}]
        text = json.dumps(self.json).encode()
        text += b" " * (-len(text) % 4)
        size = 12 + 8 + len(text) + 8 + len(self.binary)
        head = struct.pack("<4sII", b"glTF", 2, size) + struct.pack("<I4s", len(text), b"JSON") + text
        return head + struct.pack("<I4s", len(self.binary), b"BIN\0") + self.binary

    def save(self, path: Path) -> Path:
        path.write_bytes(self.glb())
        return path


def two_houses() -> Document:
    """A tower of 10 x 20 x 30 m at the origin and a house of 8 x 8 x 6 m 50 m east of it."""
    document = Document()
    document.json["materials"] = [{"pbrMetallicRoughness": {"baseColorFactor": [1.0, 0.0, 0.0, 1.0]}}]
    document.box("tower", (10, 20, 30), (0, 0, 0), material=0)
    document.box("house", (8, 8, 6), (50, 0, 0))
    return document
