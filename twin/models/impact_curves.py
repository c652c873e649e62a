"""Damage functions that a run of impact uses: the continent's, a person's own, or those of Hazus; and the money of a working day."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.city import City
from twin.errors import InputError
from twin.models.exposure import Note, storeys, table
from twin.models.vulnerability import Curves
from twin.models.vulnerability_files import read_vulnerability
from twin.models.vulnerability_hazus import occupancies, read_hazus
from twin.models.vulnerability_tables import flood_curves, flood_rows, looked_up

Rows = NDArray[np.int64]


def chosen_curves(city: City, uses: NDArray[np.object_], region: str, own: str) -> tuple[Curves, Rows, list[Note]]:
    """Curves and the row of each building. own: path of a file or folder; one that cannot be used is told and the continent's stand in."""
    codes, known = pd.factorize(pd.Series(uses, dtype=object))
    classes = np.array([table("exposure")["classes"][u] for u in known] + ["residential"], object)[codes]
    if own.strip():
        path = Path(own.strip()).expanduser()
        try:
            return _of_folder(city, uses, path) if path.is_dir() else _of_file(city, uses, classes, region, path)
        except InputError as error:
            text = f"The own damage functions cannot be used: {error.what}; those of {region.replace('-', ' ')} stand in."
            rows, notes = flood_rows(classes, region)
            return flood_curves(), rows, [("error", "functions-unusable", text), *notes]
    rows, notes = flood_rows(classes, region)
    return flood_curves(), rows, notes


def _of_folder(city: City, uses: NDArray[np.object_], path: Path) -> tuple[Curves, Rows, list[Note]]:
    """Hazus: by the field `occupancy` where the buildings have it, else by use; a cellar where the field `basement` says so."""
    hazus, notes = read_hazus(path)
    floors = storeys(city)
    wanted = occupancies(uses, floors)
    said = _field(city, ("occupancy", "occ", "occtype"))
    if said is not None:
        wanted = np.where(said != "", said, wanted)
    cellar = _field(city, ("basement", "cellar"))
    has = np.zeros(len(uses), bool) if cellar is None else np.isin(cellar, ("1", "1.0", "true", "yes", "y", "b"))
    if cellar is None and len(uses):
        notes.append(("info", "no-basement", "The buildings do not say which of them have a cellar; functions without one are used."))
    rows, of_rows = hazus.rows(wanted, floors, has)
    return hazus.curves, rows, notes + of_rows


def _of_file(
    city: City, uses: NDArray[np.object_], classes: NDArray[np.object_], region: str, path: Path
) -> tuple[Curves, Rows, list[Note]]:  # fmt: skip
    """By the field `curve` of the buildings where they have it, else by use, else by class; the rest take the continent's."""
    read = read_vulnerability(path)
    if not isinstance(read.functions, Curves):
        raise InputError("fragilities need an intensity of shaking; water asks for curves of damage over depth")
    given, common = read.functions, flood_curves()
    said = _field(city, ("curve", "curve_id", "damage_function"))
    choices = ([] if said is None else [said]) + [uses, classes]
    rows = np.full(len(uses), -1, np.int64)
    for names in choices:
        rows = np.where(rows >= 0, rows, looked_up(names, given.rows, -1).astype(np.int64))
    notes, left = list(read.notes), rows < 0
    if said is not None:
        unknown = sorted({str(n) for n in said} - set(given.ids) - {""})
        if unknown:
            some = ", ".join(unknown[:5])
            notes.append(("warning", "curve-unknown", f"'{path.name}' has no function {some}; the use of those buildings decides."))
    if left.any():
        other, of_rows = flood_rows(classes, region)
        text = f"'{path.name}' has no function for {int(left.sum()):,} of {len(uses):,} buildings; they take those of the continent."
        notes += [("warning", "curve-missing", text), *of_rows]
        rows = np.where(left, other + len(given.ids), rows)
    return _beside(given, common), rows, notes


def _beside(one: Curves, two: Curves) -> Curves:
    """Both sets of curves over one axis, the rows of the first in front."""
    axis = np.unique(np.concatenate([one.intensity, two.intensity]))

    def spread(c: Curves, values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([np.interp(axis, c.intensity, row) for row in values])

    factor = float(table("damage_states")["range"]["factor"])
    low, high, ratio = [], [], []
    for c in (one, two):
        mean = spread(c, c.ratio)
        ratio.append(mean)
        low.append(mean / factor if c.low is None else spread(c, c.low))
        high.append(np.minimum(1.0, mean * factor) if c.high is None else spread(c, c.high))
    return Curves(
        one.ids + two.ids, axis, np.concatenate(ratio), np.concatenate(low), np.concatenate(high), "m", 0.0, one.sources + two.sources
    )  # fmt: skip


def _field(city: City, names: tuple[str, ...]) -> NDArray[np.object_] | None:
    """A field of the buildings as lower-case text where it has one of the names; occupancies and curves keep their case."""
    frame = city.buildings.attributes
    lower = {str(c).lower(): c for c in frame.columns}
    column = next((lower[n] for n in names if n in lower), None)
    if column is None:
        return None
    text: pd.Series = frame[column].fillna("").astype(str).str.strip()
    return (text.str.lower() if names[0] == "basement" else text).to_numpy(object)


def money_per_head(city: City, region: str, gdp_usd: float) -> float:
    """GDP per head and year in the city's money (EUR where its rate is not known), prices of 2010."""
    t = table("exposure")
    return float((gdp_usd or t["gdp"][region]) / t["currency"]["USD"] * t["currency"].get(city.currency, 1.0))
