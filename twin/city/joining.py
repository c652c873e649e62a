"""Tables without places, joined by ids to the layers they tell more about."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.fields import NAMES, columns, text
from twin.city.readers.parts import Parts, Solids, TablePart, VectorLayer
from twin.city.readers.roles import dimension
from twin.errors import InputError, Problem

ENOUGH = 0.5
"""Share of a table's rows that must find an object for a join that nobody asked for."""
LONG = 5
"""Ids shorter than this are row numbers as likely as ids: they join by themselves only between columns of the same name."""
DISTINCT = 0.5
"""Share of different values from which on a column may be one of ids."""
_ID_LIKE = re.compile(r"(^|[_ :.])(id|code|ref|reference|key|uprn|pand|gebouw|building)s?($|[_ :.])|id$", re.IGNORECASE)
APART = frozenset({"turn_restrictions"})
"""Tables that are not attributes of objects; others take them from Parts.tables."""
_PREFIX = re.compile(r"^(?:building|part|way|relation|node|w|r|n)[/:](?=\S)", re.IGNORECASE)

Target = VectorLayer | Solids


@dataclass(frozen=True)
class _Match:
    target: int
    mine: str
    theirs: str
    row: NDArray[np.int64]
    """Row of the table for each row of the target, -1 for none."""
    share: float


def joined(parts: Parts, problems: list[Problem]) -> Parts:
    """Parts whose layers and solids have the columns of the tables that speak of them, told in problems.

    A recipe's join, "COLUMN = ROLE.COLUMN", is done as it says; else a table goes to the one layer whose ids most of its rows have.
    Its values win over the layer's of the same name where it has any. Raises InputError for a join that names what is not there.
    """
    targets: list[Target] = [*parts.layers, *parts.solids]
    unused: list[TablePart] = []
    for part in parts.tables:
        if part.name in APART or not len(part.table):
            continue
        match = _asked(part, targets) if part.join else _found(part, targets)
        if match is None:
            unused.append(part)
            continue
        target = targets[match.target]
        problems += _told(part, target, match)
        targets[match.target] = _with(target, part, match)
    problems += _not_used(unused)
    count = len(parts.layers)
    layers = [t for t in targets[:count] if isinstance(t, VectorLayer)]
    solids = [t for t in targets[count:] if isinstance(t, Solids)]
    return replace(parts, layers=layers, solids=solids, tables=[t for t in parts.tables if all(t is not u for u in unused)])


def _not_used(tables: list[TablePart]) -> list[Problem]:
    """One note of each table, of many one together."""
    if len(tables) < 3:
        what = "The table {} has neither coordinates nor a column with the ids of another layer; it is not used"
        return [Problem("not_joined", "info", len(t.table), what.format(t.name), t.source) for t in tables]
    names = list(dict.fromkeys(t.name for t in tables))
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    what = f"{len(tables)} tables have neither coordinates nor a column with the ids of another layer; they are not used: {shown}"
    return [Problem("not_joined", "info", len(tables), what, "", tuple(dict.fromkeys(t.source for t in tables))[:10])]


def _columns(target: Target) -> pd.DataFrame:
    """The columns a target can be joined by."""
    if isinstance(target, VectorLayer):
        return target.table
    own = target.attributes
    return own if "id" in own.columns else own.assign(id=target.table["id"].to_numpy(object))


def _keys(values: pd.Series) -> pd.Index:
    """Ids as compared: text without the kind of object before them."""
    return pd.Index(pd.Series(text(values), dtype=object).astype(str).str.replace(_PREFIX, "", regex=True))


def _rows(mine: pd.Index, theirs: pd.Index) -> tuple[NDArray[np.int64], float]:
    """First row of mine with each key of theirs (-1 none), and the share of my rows that are somebody's."""
    known = mine != ""
    first = pd.Series(np.flatnonzero(known), index=mine[known])
    first = first[~first.index.duplicated()]
    row = first.reindex(theirs).fillna(-1).to_numpy(np.int64)
    row[np.asarray(theirs == "")] = -1
    return row, float(mine.isin(theirs[theirs != ""])[known].sum() / max(len(mine), 1))


def _asked(part: TablePart, targets: list[Target]) -> _Match:
    found = re.fullmatch(r"\s*(.+?)\s*=\s*([^.\s]+)\.(.+?)\s*", part.join)
    if found is None:
        raise InputError(
            f"The join '{part.join}' is not understood",
            where=part.source,
            do="Write it as COLUMN = ROLE.COLUMN, e.g. id = buildings.id.",
        )
    mine, role, theirs = found.groups()
    if mine not in part.table.columns:
        raise InputError(f"The table {part.name} has no column '{mine}'", where=part.source, do=f"It has: {_some(part.table)}.")
    best: _Match | None = None
    for i, target in enumerate(targets):
        name = target.role if isinstance(target, VectorLayer) else "buildings"
        columns = _columns(target)
        if role not in (name, target.name) or theirs not in columns.columns:
            continue
        row, share = _rows(_keys(part.table[mine]), _keys(columns[theirs]))
        if best is None or share > best.share:
            best = _Match(i, mine, theirs, row, share)
    if best is None:
        raise InputError(f"No layer '{role}' has a column '{theirs}' to join {part.name} to", where=part.source, do="See `twin info`.")
    return best


def _some(table: pd.DataFrame) -> str:
    return ", ".join(str(c) for c in table.columns[:12])


def _found(part: TablePart, targets: list[Target]) -> _Match | None:
    """The join that gives most of the table's rows an object."""
    best: _Match | None = None
    rank_of_best = 0.0
    keys = {str(c): _keys(part.table[c]) for c in part.table.columns[:60] if _are_ids(part.table[c])}
    long = {c for c, k in keys.items() if (k.str.len() >= LONG).mean() > 0.5}
    for i, target in enumerate(targets):
        columns = _columns(target)
        for theirs in columns.columns:
            known = str(theirs).lower() in NAMES["id"]
            same = [c for c in keys if c.lower() == str(theirs).lower() and (known or _ID_LIKE.search(c) and keys[c].is_unique)]
            mine = [*same, *(c for c in long if known and c not in same)]
            if not mine or not _are_ids(columns[theirs]):
                continue
            other = _keys(columns[theirs])
            for name in mine:
                row, share = _rows(keys[name], other)
                rank = share + 0.1 * (target.name == part.name)  # of equals the one that goes by the table's name
                if share > ENOUGH and rank > rank_of_best:
                    best, rank_of_best = _Match(i, name, str(theirs), row, share), rank
    return best


def _are_ids(values: pd.Series) -> bool:
    there = values.dropna()
    try:
        return len(there) > 0 and there.nunique() >= DISTINCT * len(there)
    except TypeError:  # lists
        return False


def _told(part: TablePart, target: Target, match: _Match) -> list[Problem]:
    n, used = len(part.table), int((match.row >= 0).sum())
    hit = len(np.unique(match.row[match.row >= 0]))
    keys = _keys(part.table[match.mine])
    again = int((keys.duplicated() & (keys != "")).sum())
    what = f"{hit:,} of {n:,} rows of {part.name} were joined to {used:,} of {len(match.row):,} objects of {target.name}"
    out = [Problem("joined", "info", used, f"{what} ({match.mine} = {match.theirs})", part.source)]
    lost = n - again - hit
    if lost > 0:
        examples = tuple(keys[~keys.isin(_keys(_columns(target)[match.theirs]))][:10])
        out.append(Problem("join_unmatched", "warning", lost, f"{lost:,} rows of {part.name} belong to no object", part.source, examples))
    if again:
        repeated = tuple(keys[keys.duplicated()].unique()[:10])
        told = f"{again:,} rows of {part.name} repeat an id; the first row of each counts"
        out.append(Problem("join_ambiguous", "warning", again, told, part.source, repeated))
    return out


def _with(target: Target, part: TablePart, match: _Match) -> Target:
    own = target.table if isinstance(target, VectorLayer) else target.attributes
    hit = match.row >= 0
    take = np.where(hit, match.row, 0)
    columns: dict[str, pd.Series] = {}
    for name in part.table.columns:
        if name == match.mine:
            continue
        values = part.table[name].iloc[take].reset_index(drop=True)
        values = values.where(hit)
        if name in own.columns:
            old = own[name].reset_index(drop=True)
            values = values.astype(object).where(values.notna(), old.astype(object)).infer_objects()
        columns[str(name)] = values
    more = pd.DataFrame(columns, index=own.index if len(own.index) == len(match.row) else None)
    whole = pd.concat([own.drop(columns=[c for c in columns if c in own.columns]), more.set_axis(own.index)], axis=1)
    if isinstance(target, Solids):
        return replace(target, attributes=whole)
    return replace(target, table=whole, role=_role_with(target, whole))


def _role_with(layer: VectorLayer, table: pd.DataFrame) -> str:
    """Areas of which nothing said what they are, are buildings once a table tells how high they are."""
    if layer.role != "other" or dimension(layer.geometry) != "area":
        return layer.role
    gained = {c for meaning in ("height", "levels") for c in columns(table, meaning, layer.fields)} - set(layer.table.columns)
    return "buildings" if gained else layer.role
