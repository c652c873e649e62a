"""A baseline against an alternative: indicators, difference maps, what a measure costs and saves."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from twin.errors import ScenarioError, StorageError
from twin.results import RunResult
from twin.scenario.events import Field

COLUMNS = ("indicator", "unit", "baseline", "other", "change", "percent")


@dataclass(frozen=True)
class Comparison:
    """Two results on the same city; differences are other minus base."""

    base: RunResult
    other: RunResult

    @cached_property
    def table(self) -> pd.DataFrame:
        """indicator, unit, baseline, other, change, percent; NaN where one side lacks it or the baseline is 0."""
        rows = []
        a, b = self.base.indicators, self.other.indicators
        for name in [*a, *(n for n in b if n not in a)]:
            old = a[name].value if name in a else math.nan
            new = b[name].value if name in b else math.nan
            unit = (a.get(name) or b[name]).unit
            change = new - old
            rows.append((name, unit, old, new, change, 100 * change / old if old else math.nan))
        return pd.DataFrame(rows, columns=list(COLUMNS))

    @property
    def economics(self) -> dict[str, float]:
        """cost: extra cost of the alternative's edits; saved: direct loss avoided in this one event; ratio: saved / cost.

        Empty where no edit states a cost or no loss is known. No annual risk: one event of one size.
        """
        cost = sum(e.cost for e in self.other.scenario.edit) - sum(e.cost for e in self.base.scenario.edit)
        losses = [r.indicators.get("direct_loss") for r in (self.base, self.other)]
        if not cost or losses[0] is None or losses[1] is None:
            return {}
        saved = losses[0].value - losses[1].value
        return {"cost": cost, "saved": saved, "ratio": saved / cost}

    @property
    def notices(self) -> list[str]:
        """What makes the two hard to compare."""
        said = []
        if self.base.manifest["seed"] != self.other.manifest["seed"]:
            said.append("The two runs have different seeds.")
        old, new = ({m["entry"] or m["name"]: m for m in r.manifest["models"]} for r in (self.base, self.other))
        for name in sorted(set(old) & set(new)):
            if old[name]["version"] != new[name]["version"]:
                said.append(f"{old[name]['title']} ran in version {old[name]['version']} and {new[name]['version']}.")
            changed = [p for p, v in old[name]["params"].items() if new[name]["params"].get(p) != v]
            if changed:
                said.append(f"{old[name]['title']} ran with different {', '.join(changed)}.")
        for name in sorted(set(old) ^ set(new)):
            said.append(f"'{name}' ran in only one of the two.")
        return said

    def quantities(self) -> list[str]:
        """What both have."""
        return sorted(set(self.base.quantities()) & set(self.other.quantities()))

    def difference(self, quantity: str, time_s: float | None = None) -> Field:
        """other - base of a quantity at a moment (a maximum at any; None: the end), float32.

        A cell that is NaN in only one of them (a house gone, water where there was none) counts as 0 there; NaN in both
        stays NaN. Objects are matched by id in the order of the base. Raises ScenarioError where that cannot be done.
        """
        old, new = self.base.at(quantity, time_s), self.other.at(quantity, time_s)
        if old is None or new is None:
            raise ScenarioError(f"'{quantity}' is not in both results", do=f"Both have: {', '.join(self.quantities())}.")
        a, b = old.array.astype(np.float32), new.array.astype(np.float32)
        if old.support == "grid":
            if old.grid != new.grid or self.base.frame != self.other.frame:
                raise ScenarioError("The two results have different grids", do="Run both with the same cell size on the same city.")
        elif old.support != "city":
            ids = self.base.objects(old.support)["id"]
            b = pd.Series(b, index=self.other.objects(old.support)["id"].to_numpy()).reindex(ids).to_numpy(np.float32)
        change = np.where(np.isnan(a) & np.isnan(b), np.nan, np.nan_to_num(b) - np.nan_to_num(a)).astype(np.float32)
        change.flags.writeable = False
        return Field(quantity, old.support, change, old.grid)

    def save(self, out: Path | str) -> Path:
        """comparison.csv, comparison.json and difference_QUANTITY.tif of every grid of maxima, into a folder."""
        from twin.scenario.export import write_geotiff

        folder = Path(out)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            _write(folder / "comparison.csv", self.table.to_csv(index=False))
            _write(folder / "comparison.json", json.dumps(self.as_dict(), indent=1, ensure_ascii=False))
            for name in self.quantities():
                entry = self.base.manifest["quantities"][name]
                if entry["support"] == "grid" and entry["kind"] != "series":
                    change = self.difference(name)
                    assert change.grid is not None
                    part = folder / f"difference_{name}.part.tif"
                    write_geotiff(part, change.array, change.grid, self.base.frame, {"title": f"Difference of {name}: other - baseline"})
                    os.replace(part, folder / f"difference_{name}.tif")
        except OSError as error:
            advice = "Free some space or choose another folder."
            raise StorageError(f"The comparison cannot be written: {error.strerror or error}", where=str(folder), do=advice) from error
        return folder

    def as_dict(self) -> dict[str, Any]:
        """The comparison as plain data; numbers that are not finite are None."""
        def plain(value: Any) -> Any:
            return None if isinstance(value, float) and not math.isfinite(value) else value

        rows = [{k: plain(v) for k, v in row.items()} for row in self.table.to_dict("records")]
        pair = {"baseline": self.base, "other": self.other}
        sides = {k: {"path": str(r.path), "run": r.manifest["run"], "name": r.name} for k, r in pair.items()}
        return {**sides, "indicators": rows, "economics": self.economics, "notices": self.notices}


def compare(base: RunResult, other: RunResult) -> Comparison:
    """Raises ScenarioError where the two are of different places."""
    here, there = base.manifest["city"], other.manifest["city"]
    if base.frame != other.frame or here["name"] != there["name"]:
        raise ScenarioError(f"The results are of different cities: {here['name']} and {there['name']}", do="Compare runs on one city.")
    return Comparison(base, other)


def _write(path: Path, text: str) -> None:
    part = path.with_name(path.name + ".part")
    part.write_text(text, "utf-8")
    os.replace(part, path)
