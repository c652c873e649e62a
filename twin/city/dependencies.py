"""Who leans on whom: a typed table of dependencies, the city's own or assumed by place, and the same as CSV.

It is layer `dependencies` of a city: one row for each need of an object, drawn as an arc from who gives to who needs.
"""

from __future__ import annotations

import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from twin.city.assets import LAYERS, Assets
from twin.city.city import City
from twin.city.features import Features
from twin.errors import InputError

LAYER = "dependencies"
INPUTS = ("power", "water", "comms", "access")
"""What an object can need. access: a road that still leads to the rest of the city; it has no provider."""
EFFECTS = ("stops", "impairs")
COLUMNS = ("dependent", "provider", "input", "threshold", "reserve_h", "effect", "note")
THRESHOLD = 0.5
"""Share of the provider's supply below which it counts as lost."""
REACH_M = 3000.0
"""Nobody is assumed to be served from farther away."""
SERVING = ("transformer", "load", "bus", "consumer", "junction")
"""Kinds of power nodes that customers hang on, in order of preference."""
KINDS = {"motor": "power", "mast": "comms"}


@cache
def reserves() -> dict[str, Any]:
    return tomllib.loads(files("assets").joinpath("tables", "reserves.toml").read_text("utf-8"))


def checked(table: pd.DataFrame, assets: Assets, where: str = "") -> tuple[pd.DataFrame, list[str]]:
    """A table of dependencies with the columns COLUMNS and the rows of its objects (`to`, `from`), and what was wrong with it.

    Only `dependent` and `provider` (or InfraRisk's water_id and power_id) must be there. Rows that name nothing of the city are
    left out and said. Raises InputError where the columns are not those of such a table.
    """
    table = table.rename(columns={c: str(c).strip().lower() for c in table.columns})
    table = table.rename(columns={"water_id": "dependent", "power_id": "provider"}).reset_index(drop=True)
    if not {"dependent", "provider"} <= set(table.columns):
        do = f"It needs the columns dependent and provider, and may have {', '.join(COLUMNS[2:])}."
        raise InputError("This is no table of dependencies", where=where, do=do)
    said, n = list[str](), len(table)
    others = sorted(str(c) for c in set(table.columns) - {*COLUMNS, "id", "kind", "name"})  # a layer has those three
    if others:
        said.append(f"the columns {', '.join(others[:5])} are not known ({', '.join(COLUMNS)} are) and are left out")
    text = {c: table[c].fillna("").astype(str).str.strip() if c in table else pd.Series([""] * n) for c in COLUMNS}
    out = pd.DataFrame({c: text[c] for c in ("dependent", "provider", "input", "effect", "note")})
    out["to"], out["from"] = assets.rows_of(out["dependent"]), assets.rows_of(out["provider"])
    of = [_input_of(assets, int(r)) for r in out["from"]]
    out["input"] = [i or ("access" if not p else k) for i, p, k in zip(out["input"], out["provider"], of)]
    out["effect"] = [e or "stops" for e in out["effect"]]
    for name, default, low, high in (("threshold", THRESHOLD, 0.0, 1.0), ("reserve_h", 0.0, 0.0, 1e5)):
        given = text[name].replace("", str(default))
        number = pd.to_numeric(given, errors="coerce")
        wrong = number.isna() | (number < low) | (number > high)
        said += [f"row {i + 1}: {name} cannot be '{given[i]}'; {default:g} is taken" for i in np.flatnonzero(wrong)]
        out[name] = number.mask(wrong, default)
    bad = np.zeros(n, bool)
    for hit, what in (
        (out["to"] < 0, "dependent"),
        ((out["from"] < 0) & (out["input"] != "access"), "provider"),
    ):
        said += [f"row {i + 1}: the city has no '{out[what][i]}'; the row is left out" for i in np.flatnonzero(hit & ~bad)]
        bad |= hit.to_numpy(bool)
    for column, known in (("input", INPUTS), ("effect", EFFECTS)):
        strange = ~out[column].isin(known).to_numpy(bool) & ~bad
        only = f"only {', '.join(known)}; the row is left out"
        said += [f"row {i + 1}: {column} cannot be '{out[column][i]}', {only}" for i in np.flatnonzero(strange)]
        bad |= strange
    own = (out["to"] == out["from"]).to_numpy(bool) & ~bad
    said += [f"row {i + 1}: '{out['dependent'][i]}' cannot depend on itself; the row is left out" for i in np.flatnonzero(own)]
    out = out[~(bad | own)]
    twice = out.duplicated(["to", "from", "input"], keep="last")
    said += [f"row {i + 1}: the same dependency stands again below, which counts" for i in out.index[twice]]
    out = out[~twice].reset_index(drop=True)
    out["dependent"] = assets.ids[out["to"].to_numpy(np.int64)] if len(out) else []
    out["provider"] = [assets.ids[i] if i >= 0 else "" for i in out["from"]]
    return out[[*COLUMNS, "to", "from"]], [f"{where}, {s}" if where else s for s in said]


def _input_of(assets: Assets, row: int) -> str:
    """What an object provides."""
    if row < 0:
        return "power"
    from twin.city.assets import SUPPORTS

    support = SUPPORTS[int(assets.support[row])]
    return "water" if support.endswith(":water") else "comms" if support == "masts" else "access" if support == "edge:roads" else "power"


def features_of(table: pd.DataFrame, assets: Assets, source: str) -> Features:
    """The layer of a checked table: lines from provider to dependent, points where there is no provider."""
    to, start = table["to"].to_numpy(np.int64), table["from"].to_numpy(np.int64)
    start = np.where(start < 0, to, start)
    ends = np.stack([assets.xy[start], assets.xy[to]], axis=1) if len(table) else np.empty((0, 2, 2))
    ends[:, 1] += np.where((ends[:, 0] == ends[:, 1]).all(1), 0.01, 0.0)[:, None]
    lines = np.array([*shapely.linestrings(ends), None], object)[:-1] if len(table) else np.empty(0, object)
    rows = table[list(COLUMNS)].reset_index(drop=True)
    rows.insert(0, "id", [f"dependency/{d}<-{p or i}" for d, p, i in zip(rows["dependent"], rows["provider"], rows["input"])])
    giver = [assets.called(int(f)) if f >= 0 else "road" for f in table["from"]]
    rows.insert(1, "name", [f"{assets.called(int(t))} ← {g}" for t, g in zip(table["to"], giver)])
    rows.insert(2, "kind", rows["input"])
    return Features("other", rows, lines, source)


def dependencies_of(city: City, assets: Assets | None = None) -> tuple[pd.DataFrame, list[str], bool]:
    """Checked table, what is wrong with it, and whether it is assumed (the city has none)."""
    assets = assets or Assets.of(city)
    own = city.layers.get(LAYER)
    if own is not None:
        return (*checked(own.table, assets, "dependencies"), False)
    return assumed(assets), [], True


def has_dependents(city: City) -> bool:
    """Whether there is somebody to need something and somebody to give it."""
    return bool({"power", "water"} & set(city.networks)) and any(len(city.layers[n]) for n in LAYERS if n in city.layers)


def with_dependencies(city: City, table: pd.DataFrame, source: str) -> tuple[City, list[str]]:
    """The city with a table of dependencies in the place of what it had, and what is wrong with the table."""
    assets = Assets.of(city)
    good, said = checked(table, assets, source)
    return city.derived(layers={**city.layers, LAYER: features_of(good, assets, source)}), said


def read_csv(path: Path) -> pd.DataFrame:
    """The rows of a CSV file as they stand. Raises InputError."""
    try:
        return pd.read_csv(path, dtype=str, keep_default_na=False, encoding="utf-8-sig", nrows=1_000_000)
    except (OSError, ValueError) as error:
        raise InputError(f"The table cannot be read: {error}", where=str(path), do="Give a CSV file in UTF-8.") from error


def csv_of(city: City) -> tuple[str, int]:
    """The city's table as CSV, the assumed one where it has none, and its rows."""
    table, _, _ = dependencies_of(city)
    return table[list(COLUMNS)].to_csv(index=False, lineterminator="\n"), len(table)


def looks_like_dependencies(path: Path) -> bool:
    """Whether a file begins like a table of dependencies."""
    if not path.is_file():  # a pipe would be waited for
        return False
    try:
        with path.open(encoding="utf-8-sig") as file:
            names = {c.strip().strip('"').lower() for c in file.readline(2000).split(",")}
    except (OSError, UnicodeDecodeError):
        return False
    return {"dependent", "provider"} <= names or {"water_id", "power_id"} <= names


def assumed(assets: Assets) -> pd.DataFrame:
    """A plausible table by place: each object that needs something takes it from the nearest that gives it (within REACH_M)."""
    from scipy.spatial import cKDTree

    need = reserves()
    kind = assets.kinds.astype(object).copy()
    water = assets.part("edge:water")
    kind[water] = np.where(assets.kinds[water] == "pump", "water_pump", "")
    nodes = assets.part("node:water")
    kind[nodes] = np.where((assets.kinds[nodes] == "reservoir") & ~(assets.kinds[water] == "pump").any(), "waterworks", "")
    for support, name in (("pumps", "pump"), ("stations", "station"), ("masts", "mast")):
        kind[assets.part(support)] = name
    for support in ("node:power", "edge:power", "edge:roads"):
        kind[assets.part(support)] = ""
    kind[assets.twin != np.arange(len(assets))] = ""
    givers = {"power": serving(assets, "power"), "water": serving(assets, "water"), "comms": np.arange(len(assets))[assets.part("masts")]}
    rows = []
    for name in np.unique(kind.astype(str)):
        for what, entry in need.get(name, {}).items():
            if what not in INPUTS:
                continue
            to = np.flatnonzero(kind == name)
            if what == "access":
                start = np.full(len(to), -1, np.int64)
            else:
                among = _of_kind(assets, "node:power", "substation") if name == "substation" else givers[what]
                if not len(among) or not len(to):
                    continue
                away, near = cKDTree(assets.xy[among]).query(assets.xy[to], distance_upper_bound=REACH_M)
                to, start = to[np.isfinite(away)], among[near[np.isfinite(away)]]
            rows.append(pd.DataFrame({
                "to": to, "from": start, "input": what, "threshold": THRESHOLD, "reserve_h": float(entry["reserve_h"]),
                "effect": entry["effect"], "note": "assumed: nearest",
            }))  # fmt: skip
    table = pd.concat(rows, ignore_index=True) if rows else pd.DataFrame({c: [] for c in (*COLUMNS, "to", "from")})
    table["dependent"] = [assets.ids[int(i)] for i in table["to"]]
    table["provider"] = [assets.ids[int(i)] if i >= 0 else "" for i in table["from"]]
    return table.astype({"to": np.int64, "from": np.int64, "threshold": float, "reserve_h": float})[[*COLUMNS, "to", "from"]]


def serving(assets: Assets, what: str) -> NDArray[np.int64]:
    """Rows of the nodes that customers hang on, of power or of water."""
    if what == "water":
        return _of_kind(assets, "node:water", "junction")
    part = assets.part("node:power")
    rows = np.arange(part.start, part.stop)
    chosen = rows[np.isin(assets.kinds[part].astype(str), SERVING[:-1])]
    return chosen if len(chosen) else rows


def _of_kind(assets: Assets, support: str, kind: str) -> NDArray[np.int64]:
    part = assets.part(support)
    return part.start + np.flatnonzero(assets.kinds[part] == kind)


def edited(city: City, change: dict[str, Any]) -> City:
    """The city with one dependency more, or another in the place of the same one; the assumed table becomes its own."""
    assets = Assets.of(city)
    table, _, is_assumed = dependencies_of(city, assets)
    new, said = checked(pd.DataFrame([change]), assets)
    if said:
        raise InputError(said[0].partition(": ")[2], do="Name objects by their id.")
    kept = table.merge(new[["to", "from", "input"]], how="left", indicator=True)["_merge"].to_numpy() == "left_only" if len(table) else []
    whole = pd.concat([table[kept], new], ignore_index=True)
    old = city.layers.get(LAYER)
    layer = features_of(whole, assets, "assumed by place" if is_assumed or old is None else old.source)
    return city.derived(layers={**city.layers, LAYER: replace(layer)})
