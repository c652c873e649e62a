"""Buildings of one kind on their way into the city: footprints, bodies and what is known of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.mesh import Mesh

STOREY = {
    "residential": 3.0, "commercial": 4.2, "office": 4.1, "industrial": 6.0,
    "public": 4.0, "education": 3.9, "health": 3.9, "transport": 7.0,
}  # fmt: skip


@dataclass(frozen=True)
class Batch:
    """mesh stands on z = 0 with object = row; table: height_m, storeys, use, form, structure, year, name, name_zh."""

    footprints: NDArray[np.object_]
    mesh: Mesh
    table: pd.DataFrame

    def __len__(self) -> int:
        return len(self.table)

    @staticmethod
    def of(
        footprints: Any,
        mesh: Mesh,
        height: Any,
        use: Any,
        form: str,
        year: Any,
        structure: Any,
        storeys: Any = None,
        name: Any = "",
        name_zh: Any = "",
    ) -> Batch:
        """Scalars are spread over all rows; storeys default to the height over the usual storey of the use."""
        shapes = np.asarray(footprints, object)
        n = len(shapes)

        def column(value: Any, kind: str) -> Any:
            return np.broadcast_to(np.asarray(value, kind), n).copy()

        tall, uses = column(height, "float64"), column(use, "object")
        if storeys is None:
            storeys = np.maximum(1, np.round(tall / np.array([STOREY.get(u, 3.5) for u in uses]) - 0.2)) if n else np.empty(0)
        table = pd.DataFrame(
            {
                "height_m": tall,
                "storeys": column(storeys, "float64"),
                "use": uses,
                "form": column(form, "object"),
                "structure": column(structure, "object"),
                "year": np.round(column(year, "float64")),
                "name": column(name, "object"),
                "name_zh": column(name_zh, "object"),
            }
        )
        return Batch(shapes, mesh, table)

    @staticmethod
    def joined(batches: list[Batch]) -> Batch:
        """One batch of several; rows and objects are renumbered."""
        starts = np.cumsum([0] + [len(b) for b in batches[:-1]])
        meshes = [
            Mesh(b.mesh.points, b.mesh.triangles, b.mesh.object + np.int32(s), b.mesh.surface) for b, s in zip(batches, starts, strict=True)
        ]
        return Batch(
            np.concatenate([b.footprints for b in batches]), Mesh.joined(meshes), pd.concat([b.table for b in batches], ignore_index=True)
        )

    def kept(self, keep: NDArray[np.bool_]) -> Batch:
        """The rows marked; their triangles go with them."""
        new = (np.cumsum(keep) - 1).astype(np.int32)
        stay = keep[self.mesh.object]
        used, triangles = np.unique(self.mesh.triangles[stay], return_inverse=True)
        mesh = Mesh(self.mesh.points[used], triangles.reshape(-1, 3).astype(np.int32), new[self.mesh.object[stay]], self.mesh.surface[stay])
        return Batch(self.footprints[keep], mesh, self.table[keep].reset_index(drop=True))


def apart(batch: Batch, gap: float = 0.02) -> Batch:
    """Without those that overlap an earlier one (larger area wins): no two buildings share ground."""
    shapes = batch.footprints
    tree = shapely.STRtree(shapes)
    a, b = tree.query(shapes, predicate="intersects")
    a, b = a[a < b], b[a < b]
    over = shapely.area(shapely.intersection(shapes[a], shapes[b])) > gap
    a, b = a[over], b[over]
    keep = np.ones(len(shapes), bool)
    size = shapely.area(shapes)
    for i, j in sorted(zip(a.tolist(), b.tolist(), strict=True)):
        if keep[i] and keep[j]:
            keep[j if size[i] >= size[j] else i] = False
    return batch if keep.all() else batch.kept(keep)
