"""Which triangles of a building are those of which of its parts, as runs: a few numbers a part, whatever its surfaces."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

COLUMNS: dict[str, str] = {
    "part": "object",  # id of the part
    "lod": "object",  # level of detail, as Buildings names it
    "first": "int32",  # of its triangles, counted among those of its building in the order of the mesh
    "count": "int32",
    "total": "int32",  # triangles of the whole building; where a mesh has another number, it was changed since
}
OWN = ("id", "building", "min_height_m", "height_m")
"""Columns of Buildings.parts that are ours; attributes of the source with these names have `source_` before them."""


def no_pieces() -> pd.DataFrame:
    return pd.DataFrame({name: np.empty(0, kind) for name, kind in COLUMNS.items()})


def pieces_of(lod: str, owner: NDArray[np.int32] | NDArray[np.int64], part: NDArray[np.int64], ids: NDArray[np.object_]) -> pd.DataFrame:
    """The runs of one mesh. owner: (T,) building of each triangle; part: (T,) its row of ids, -1 for what is the building's own."""
    if not len(owner) or not (part >= 0).any():
        return no_pieces()
    order = np.argsort(owner, kind="stable")
    of, mine = owner[order], part[order]
    place, total = _places(of)
    new = np.ones(len(of), bool)
    new[1:] = (of[1:] != of[:-1]) | (mine[1:] != mine[:-1])
    starts = np.flatnonzero(new)
    count = np.diff(np.append(starts, len(of)))
    chosen = mine[starts] >= 0
    starts, count = starts[chosen], count[chosen]
    return pd.DataFrame(
        {"part": ids[mine[starts]], "lod": lod, "first": place[starts], "count": count, "total": total[starts]}
    ).astype(COLUMNS)  # fmt: skip


def part_of_triangles(pieces: pd.DataFrame, lod: str, parts: pd.DataFrame, owner: NDArray[np.int32]) -> NDArray[np.int64]:
    """Row of parts of each triangle of a mesh, -1 for what is the building's own or is not known any more."""
    out = np.full(len(owner), -1, np.int64)
    mine = pieces[(pieces["lod"] == lod).to_numpy(bool)]
    if not len(mine) or not len(parts) or not len(owner):
        return out
    number = pd.Series(np.arange(len(parts)), index=parts["id"].to_numpy(object))
    row = number[~number.index.duplicated()].reindex(mine["part"].to_numpy(object)).fillna(-1).to_numpy(np.int64)
    mine, row = mine[row >= 0], row[row >= 0]
    building = parts["building"].to_numpy(np.int64)[row]
    size = np.bincount(owner, minlength=int(building.max(initial=0)) + 1)
    order = np.argsort(owner, kind="stable")
    begin = np.cumsum(size) - size
    first, count, total = (mine[c].to_numpy(np.int64) for c in ("first", "count", "total"))
    same = total == size[building]
    row, first, count = row[same], (begin[building] + first)[same], count[same]
    at = np.repeat(first - (np.cumsum(count) - count), count) + np.arange(int(count.sum()))
    out[order[at]] = np.repeat(row, count)
    return out


def _places(sorted_owner: NDArray[np.int32] | NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Place of each triangle among those of its building, and how many those are."""
    size = np.bincount(sorted_owner)
    begin = np.cumsum(size) - size
    return np.arange(len(sorted_owner)) - begin[sorted_owner], size[sorted_owner]


def with_own(parts: pd.DataFrame, attributes: pd.DataFrame) -> pd.DataFrame:
    """The parts with what the source says of them, without columns that say nothing."""
    said = attributes.loc[:, attributes.notna().any(axis=0).to_numpy(bool)].reset_index(drop=True)
    if not len(parts) or not len(said.columns):
        return parts
    return pd.concat([parts, said.rename(columns={c: f"source_{c}" for c in said.columns if c in OWN})], axis=1)


def own_of(parts: pd.DataFrame) -> pd.DataFrame:
    """What the source says of the parts, under its own names."""
    said = parts.drop(columns=[c for c in OWN if c in parts.columns])
    return said.rename(columns={f"source_{c}": c for c in OWN})


def told_apart(several: list[tuple[pd.DataFrame, pd.DataFrame]]) -> tuple[list[pd.DataFrame], list[pd.DataFrame]]:
    """Parts and pieces of several sources, an id of an earlier source with a number behind it."""
    taken: set[str] = set()
    parts_out, pieces_out = [], []
    for parts, pieces in several:
        again = [i for i in parts["id"] if i in taken]
        if again:
            new = {str(i): str(i) for i in parts["id"]}
            for name in again:
                n = 2
                while f"{name}#{n}" in taken:
                    n += 1
                new[name] = f"{name}#{n}"
            parts = parts.assign(id=parts["id"].map(new))
            pieces = pieces.assign(part=pieces["part"].map(new))
        taken.update(parts["id"])
        parts_out.append(parts)
        pieces_out.append(pieces)
    return parts_out, pieces_out
