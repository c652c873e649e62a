"""City: the immutable whole that readers make, models read and layers show."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.buildings import Buildings
from twin.city.cloud import Cloud
from twin.city.features import Features
from twin.city.mesh import Mesh
from twin.city.network import Network
from twin.city.picture import Picture
from twin.city.terrain import Terrain
from twin.errors import Problem
from twin.frame import LocalFrame

_HASH = "_content_hash"


@dataclass(frozen=True)
class Source:
    """Where a part came from; its credit is in every picture and report."""

    name: str
    path: str = ""
    licence: str = ""
    attribution: str = ""
    crs: str | None = None
    date: str = ""
    sha256: str = ""


@dataclass(frozen=True)
class City:
    """A city never changes; `derived` makes another one that shares what stayed the same.

    people: float32 (24, buildings), persons present by local hour, None where unknown.
    layers: GIS layers by name. networks: by kind (roads, metro, power, water, drainage). clouds, pictures: to look at, by name.
    repairs: names of the repairs made to it, in order (twin.city.doctor).
    synthetic: made by our own code; every picture and report says so.
    currency: ISO 4217 code of `value` columns.
    """

    name: str
    frame: LocalFrame
    buildings: Buildings = field(default_factory=Buildings.empty)
    terrain: Terrain | None = None
    networks: dict[str, Network] = field(default_factory=dict)
    layers: dict[str, Features] = field(default_factory=dict)
    people: NDArray[np.float32] | None = None
    sources: tuple[Source, ...] = ()
    problems: tuple[Problem, ...] = ()
    synthetic: bool = False
    region: str = ""
    """Continent of the damage curves: asia europe africa oceania south-america north-america; '' unknown."""
    currency: str = "USD"
    clouds: dict[str, Cloud] = field(default_factory=dict)
    pictures: dict[str, Picture] = field(default_factory=dict)
    repairs: tuple[str, ...] = ()
    recipe: str = ""
    """The recipe it was opened by, JSON with absolute paths; '' where it comes from no files (demo, made in Python). Not content."""

    def derived(self, **changes: Any) -> City:
        """Another city with some parts replaced."""
        return replace(self, **changes)

    @cached_property
    def bounds(self) -> tuple[float, float, float, float]:
        """min x, min y, max x, max y of everything, local metres; zeros for an empty city."""
        boxes = [np.array(self.buildings.bounds or (np.nan,) * 4)]
        boxes += [shapely.total_bounds(layer.geometry) for layer in self.layers.values() if len(layer)]
        boxes += [shapely.total_bounds(n.geometry) for n in self.networks.values() if len(n.geometry)]
        if self.terrain is not None:
            boxes.append(np.array(self.terrain.grid.bounds))
        boxes += [np.array(p.bounds) for p in self.pictures.values()]
        boxes += [np.r_[c.points[:, :2].min(0), c.points[:, :2].max(0)] for c in self.clouds.values() if len(c)]
        good = [b for b in boxes if np.isfinite(b).all()]
        if not good:
            return 0.0, 0.0, 0.0, 0.0
        stacked = np.array(good)
        low, high = stacked[:, :2].min(0), stacked[:, 2:].max(0)
        return float(low[0]), float(low[1]), float(high[0]), float(high[1])

    @cached_property
    def core_bounds(self) -> tuple[float, float, float, float]:
        """Extent of the buildings (what a person means by the city), of everything where there are none; of the largest group of
        them where nothing lies between it and the others for kilometres."""
        from twin.city.core import core_bounds

        return core_bounds(self)

    @property
    def attribution(self) -> str:
        """The credits every picture must carry; the names of some sources where none says whom to credit."""
        credits = [s.attribution for s in self.sources if s.attribution] or [s.name for s in self.sources][:3]
        return " · ".join(dict.fromkeys(c for c in credits if c))

    def ground_z(self, x: Any, y: Any) -> NDArray[np.float64]:
        """Terrain height at points, 0 where no terrain is known."""
        shape = np.shape(x)
        if self.terrain is None:
            return np.zeros(shape)
        return np.nan_to_num(self.terrain.sample(x, y), nan=0.0)

    def part_hash(self, part: str) -> str:
        """SHA-256 of one part's content: buildings, terrain, people, frame, network:KIND or layer:NAME."""
        return self._hashes(part)

    @property
    def part_names(self) -> list[str]:
        """All parts that have a hash."""
        parts = ["frame", "buildings", "terrain", "people"]
        return parts + [f"network:{k}" for k in sorted(self.networks)] + [f"layer:{k}" for k in sorted(self.layers)]

    @cached_property
    def content_hash(self) -> str:
        """SHA-256 over all parts."""
        return hashlib.sha256("".join(self.part_hash(p) for p in self.part_names).encode()).hexdigest()

    @cached_property
    def _hash_cache(self) -> dict[str, str]:
        return {}

    def _hashes(self, part: str) -> str:
        if part not in self._hash_cache:
            kind, _, name = part.partition(":")
            shared: Any = {"buildings": self.buildings, "terrain": self.terrain}.get(kind)
            if name and kind in ("network", "layer"):
                shared = (self.networks if kind == "network" else self.layers).get(name)
            known = getattr(shared, "__dict__", {}).get(_HASH)
            self._hash_cache[part] = known or _digest(self._content(part))
            self.remember(shared, self._hash_cache[part])
        return self._hash_cache[part]

    @staticmethod
    def remember(part: Any, known: str | None) -> None:
        """Keep the hash of a part with it: parts never change, and derived cities share them."""
        if part is not None and known:
            part.__dict__[_HASH] = known

    def know(self, hashes: dict[str, str], bounds: tuple[float, float, float, float]) -> None:
        """What a store says of all parts, so that none has to be read for it."""
        self._hash_cache.update(hashes)
        self.__dict__["bounds"] = bounds

    def _content(self, part: str) -> Iterable[Any]:
        kind, _, name = part.partition(":")
        if kind == "frame":
            return [repr(self.frame)]
        if kind == "buildings":
            b = self.buildings
            return [b.table, shapely.to_wkb(b.footprints), b.mesh]
        if kind == "terrain":
            return [] if self.terrain is None else [repr(self.terrain.grid), self.terrain.elevation]
        if kind == "people":
            return [] if self.people is None else [self.people]
        if kind == "network":
            n = self.networks.get(name)
            return [] if n is None else [n.nodes, n.edges, shapely.to_wkb(n.geometry), *n.tables, *n.tables.values()]
        if kind == "layer":
            f = self.layers.get(name)
            return [] if f is None else [f.table, shapely.to_wkb(f.geometry)]
        raise KeyError(part)


def _digest(content: Iterable[Any]) -> str:
    digest = hashlib.sha256()
    for item in content:
        if isinstance(item, pd.DataFrame):
            digest.update("|".join(map(str, item.columns)).encode())
            if len(item):
                # NaN and None in a column of objects both say "nothing"; on disk they are one.
                text = {c: item[c].where(item[c].notna(), "None").astype(str) for c in item.columns if item[c].dtype == object}
                digest.update(pd.util.hash_pandas_object(item.assign(**text), index=False).to_numpy().tobytes())
        elif isinstance(item, Mesh):
            for array in (item.points, item.triangles, item.object, item.surface):
                digest.update(np.ascontiguousarray(array).tobytes())
        elif isinstance(item, np.ndarray) and item.dtype == object:
            for start in range(0, len(item), 65_536):
                digest.update(b"".join(blob or b"" for blob in item[start : start + 65_536]))
        elif isinstance(item, np.ndarray):
            digest.update(np.ascontiguousarray(item).tobytes())
        else:
            digest.update(str(item).encode())
    return digest.hexdigest()
