"""Buildings: one table, one packed geometry, ids of the source."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import ArrayLike, NDArray

from twin.city.mesh import Mesh
from twin.city.pieces import no_pieces

if TYPE_CHECKING:
    from twin.city.tiles import Tiles

COLUMNS: dict[str, str] = {
    "id": "object",  # building/SOURCE-ID
    "name": "object",  # "" where unknown
    "height_m": "float64",  # roof top above ground_z_m
    "height_source": "object",  # measured | surface | levels | solid | neighbours | default
    "ground_z_m": "float64",  # lowest ground touching the building, city's vertical datum
    "storeys": "float64",  # NaN where unknown
    "use": "object",  # residential commercial office industrial public education health transport religious other
    "year": "float64",
    "structure": "object",  # "" where unknown
    "people_day": "float64",  # NaN where the city gives none (models then use assets/ defaults and say so)
    "people_night": "float64",
    "value": "float64",  # replacement value of the building, currency of the city; NaN where unknown
    "source": "object",  # name of the Source
    "parts": "int32",  # number of BuildingParts merged into it
}
HEIGHT_SOURCES = ("measured", "surface", "levels", "solid", "neighbours", "default")
STOREY_M = 3.2


_LOADING = threading.RLock()


@dataclass(frozen=True)
class Buildings:
    """All buildings of a city; arrays run over table rows.

    table: columns of COLUMNS, RangeIndex. attributes: the source's own fields, same rows.
    footprints: shapely Polygon or MultiPolygon, local metres. mesh: roof, wall and ground triangles.
    parts: one row per building part (id, building row, min_height_m, height_m, then the source's own fields), empty where none.
    pieces: which triangles are those of which part (twin.city.pieces).
    lod: level of detail of mesh as the source names it, '' where it names none; lods: its other levels, over the same rows.

    Those of a stored city are read when first touched, each by itself; `column`, `bounds`, `take`, `shapes` and `tiles` need
    less than the whole.
    """

    table: pd.DataFrame
    footprints: NDArray[np.object_]
    mesh: Mesh
    attributes: pd.DataFrame = field(default_factory=pd.DataFrame)
    parts: pd.DataFrame = field(default_factory=lambda: pd.DataFrame({"id": [], "building": [], "min_height_m": [], "height_m": []}))
    lod: str = ""
    lods: Mapping[str, Mesh] = field(default_factory=dict)
    pieces: pd.DataFrame = field(default_factory=no_pieces)

    @staticmethod
    def empty() -> Buildings:
        return Buildings(empty_table(0), np.empty(0, object), Mesh.empty())

    @staticmethod
    def stored(shelf: Shelf, lod: str = "") -> Buildings:
        """Buildings that are on disk: each field is read from the shelf when it is first touched."""
        made = object.__new__(Buildings)
        made.__dict__.update(_shelf=shelf, _sources=dict(shelf.sources), lod=lod)
        return made

    def __getattr__(self, name: str) -> Any:
        """What is not read yet."""
        sources = self.__dict__.get("_sources")
        if sources is None or name not in sources:
            raise AttributeError(name)
        with _LOADING:
            if name not in self.__dict__:
                self.__dict__[name] = sources[name]()
        return self.__dict__[name]

    def derived(self, **changes: Any) -> Buildings:
        """The same buildings with some fields replaced (same rows, same order); what was not read yet is not read."""
        names = {f.name for f in fields(self)}
        if set(changes) - names:
            raise TypeError(f"Buildings have no {sorted(set(changes) - names)[0]}")
        made = object.__new__(Buildings)
        kept = {k: v for k, v in self.__dict__.items() if k in names and k not in changes}
        sources = {k: v for k, v in self.__dict__.get("_sources", {}).items() if k not in changes}
        made.__dict__.update(kept, **changes, _sources=sources)
        shelf = self.__dict__.get("_shelf")
        if shelf is not None and not changes.keys() & {"footprints", "mesh"}:
            made.__dict__["_shelf"] = shelf
        return made

    def renumbered(self, row: NDArray[np.int64], first: NDArray[np.int64]) -> Buildings:
        """Some buildings, or several as one. row: (N,) new row of each, -1 for what goes; first: old row whose entry a new row has."""

        def mesh(m: Mesh) -> Mesh:
            to = row[m.object] if len(m) else np.empty(0, np.int64)
            return m.part(np.flatnonzero(to >= 0), to[to >= 0].astype(np.int32))

        parts = self.parts
        if len(parts):
            owner = row[parts["building"].to_numpy(np.int64)]
            parts = parts.assign(building=owner.astype(np.int32))[owner >= 0].reset_index(drop=True)
        return Buildings(
            self.table.iloc[first].reset_index(drop=True),
            self.footprints[first],
            mesh(self.mesh),
            self.attributes.iloc[first].reset_index(drop=True) if len(self.attributes.columns) else self.attributes,
            parts,
            self.lod,
            {name: mesh(m) for name, m in self.lods.items()},
            self.pieces,
        )

    def kept(self, keep: NDArray[np.bool_]) -> Buildings:
        """The buildings of a mask."""
        return self.renumbered(np.where(keep, np.cumsum(keep) - 1, -1), np.flatnonzero(keep))

    def __len__(self) -> int:
        shelf = self.__dict__.get("_shelf")
        return len(self.table) if shelf is None else shelf.rows

    @property
    def _on_shelf(self) -> Shelf | None:
        """Where the table is to be read from, as long as it was not replaced or read."""
        return self.__dict__.get("_shelf") if "table" not in self.__dict__ else None

    @property
    def columns(self) -> list[str]:
        """Names of the table's columns."""
        shelf = self._on_shelf
        return [str(c) for c in self.table.columns] if shelf is None else shelf.columns()

    def column(self, name: str) -> NDArray[Any]:
        """One column of the table, without reading the others. Raises KeyError."""
        shelf = self._on_shelf
        return self.table[name].to_numpy() if shelf is None else shelf.column(name)

    def codes(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        """One column of words as the number of each row's word, and the words. Raises KeyError."""
        shelf = self._on_shelf
        if shelf is not None:
            return shelf.codes(name)
        numbers, words = pd.factorize(self.table[name].to_numpy(object), use_na_sentinel=False)
        return numbers.astype(np.int64), np.asarray(words, object)

    def take(self, rows: ArrayLike) -> pd.DataFrame:
        """Some rows of the table, numbered anew."""
        index = np.asarray(rows, np.int64)
        shelf = self._on_shelf
        return self.table.iloc[index].reset_index(drop=True) if shelf is None else shelf.take("table", index)

    def own(self, row: int) -> dict[str, Any]:
        """The source's own fields of one building."""
        shelf = self.__dict__.get("_shelf")
        if shelf is not None and "attributes" not in self.__dict__ and "attributes" in self.__dict__["_sources"]:
            frame = shelf.take("attributes", np.array([row]))
            return {str(k): v for k, v in frame.iloc[0].items()} if len(frame) else {}
        return {str(k): v for k, v in self.attributes.iloc[row].items()} if len(self.attributes) else {}

    def shapes(self, rows: ArrayLike) -> NDArray[np.object_]:
        """Footprints of some rows."""
        index = np.asarray(rows, np.int64)
        shelf = self.__dict__.get("_shelf")
        return self.footprints[index] if shelf is None or "footprints" in self.__dict__ else shelf.shapes(index)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """min x, min y, max x, max y of the footprints, local metres; None where there are none."""
        shelf = self.__dict__.get("_shelf")
        if shelf is not None:
            return shelf.bounds
        box = shapely.total_bounds(self.footprints) if len(self) else np.full(4, np.nan)
        return None if not np.isfinite(box).all() else (float(box[0]), float(box[1]), float(box[2]), float(box[3]))

    @cached_property
    def z_range(self) -> tuple[float, float] | None:
        """Lowest ground and highest roof, metres; None where nothing is known."""
        shelf = self._on_shelf
        if shelf is not None:
            return shelf.z_range
        ground, height = self.column("ground_z_m").astype(float), self.column("height_m").astype(float)
        low, top = ground[np.isfinite(ground)], (ground + height)[np.isfinite(ground + height)]
        return (float(low.min()), float(top.max())) if len(low) and len(top) else None

    @property
    def triangle_count(self) -> int:
        """Triangles of the mesh, without reading it."""
        shelf = self.__dict__.get("_shelf")
        return len(self.mesh) if shelf is None or "mesh" in self.__dict__ else shelf.triangles

    @cached_property
    def tiles(self) -> Tiles | None:
        """How a large city is drawn and picked: in tiles with levels of detail. None for one that is drawn as a whole."""
        shelf = self.__dict__.get("_shelf")
        if shelf is not None:
            return shelf.tiles()
        from twin.city.tiles import is_large, tiles_of

        return tiles_of(self) if is_large(self) else None

    def at_lod(self, name: str) -> Buildings:
        """The same buildings with the mesh of another level. Raises KeyError."""
        if name == self.lod:
            return self
        others = {k: m for k, m in self.lods.items() if k != name} | {self.lod: self.mesh}
        return self.derived(mesh=self.lods[name], lod=name, lods=others)

    @property
    def ids(self) -> NDArray[np.object_]:
        return np.asarray(self.column("id"), object)


class Shelf:
    """Where stored buildings are read from (twin.city.store gives the one that reads files).

    sources: how each field is read; rows, triangles, bounds, z_range: known without reading.
    """

    sources: Mapping[str, Callable[[], Any]]
    rows: int
    triangles: int
    bounds: tuple[float, float, float, float] | None
    z_range: tuple[float, float] | None

    def columns(self) -> list[str]:
        raise NotImplementedError

    def column(self, name: str) -> NDArray[Any]:
        raise NotImplementedError

    def codes(self, name: str) -> tuple[NDArray[np.int64], NDArray[np.object_]]:
        raise NotImplementedError

    def take(self, field: str, rows: NDArray[np.int64]) -> pd.DataFrame:
        raise NotImplementedError

    def shapes(self, rows: NDArray[np.int64]) -> NDArray[np.object_]:
        raise NotImplementedError

    def tiles(self) -> Tiles | None:
        raise NotImplementedError


def empty_table(rows: int) -> pd.DataFrame:
    """A table of COLUMNS with nothing known in it."""
    blank: dict[str, object] = {"object": "", "float64": np.nan, "int32": 0}
    return pd.DataFrame({name: np.full(rows, blank[kind], kind) for name, kind in COLUMNS.items()}, index=pd.RangeIndex(rows))
