"""Many runs of one scenario: how sure its answer is, how often it comes, and what it costs a year on average.

The result is a result folder like that of one run, with quantities over all members: shown, compared and reported alike.
"""

from __future__ import annotations

import json
import math
import multiprocessing
import os
import re
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.store.reading import load_city
from twin.city.store.writing import save_city
from twin.city.terrain import Grid
from twin.errors import ModelError, ScenarioError
from twin.models.base import Param, model_named
from twin.models.hazard.rain import storm_of
from twin.results import RunResult
from twin.scenario.events import Field, Finished, Frame, Indicator, Notice
from twin.scenario.plan import make_plan
from twin.scenario.record import Recorder, check_target, plain_errors
from twin.scenario.scenario import Scenario, Uncertain, scenario_from_toml

THRESHOLDS_M = {"flood_probability_10_cm": 0.1, "flood_probability_30_cm": 0.3, "flood_probability_100_cm": 1.0}
QUANTILES = {"water_depth_max_p10": 0.1, "water_depth_max_p50": 0.5, "water_depth_max_p90": 0.9}
YEARS = (2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
WET_M = 0.1
"""Depth from which the return period of water counts at a place."""
MOST_MEMBERS = 10_000
RAIN_CV = 0.25
"""Of rain whose spread nobody states: an assumption, told in a notice."""
_TELL_S = 0.2
_BLOCK = 4_000_000
_KEPT = ("water_depth_max", "building_loss")

Report = Callable[[str, float], None]
Check = Callable[[], None]


@dataclass(frozen=True)
class Spread:
    """What a parameter may be. kind: normal (mean, sd), lognormal (median, sd of the logarithm), uniform (low, high) or triangular
    (low, likely, high); entry, name: id of the [[hazard]] and parameter."""

    entry: str
    name: str
    kind: str
    numbers: tuple[float, ...]

    @property
    def target(self) -> str:
        return f"{self.entry}.{self.name}"

    def at(self, share: NDArray[np.float64]) -> NDArray[np.float64]:
        """Values below which these shares lie."""
        from scipy import stats

        a = self.numbers
        if self.kind == "normal":
            law = stats.norm(a[0], a[1])
        elif self.kind == "lognormal":
            law = stats.lognorm(a[1], scale=a[0])
        elif self.kind == "uniform":
            law = stats.uniform(a[0], a[1] - a[0])
        else:
            law = stats.triang((a[1] - a[0]) / (a[2] - a[0]), a[0], a[2] - a[0])
        return np.asarray(law.ppf(share), float)


_FORMS = {"normal": 2, "lognormal": 2, "uniform": 2, "triangular": 3}


def spread_of(scenario: Scenario, stated: Uncertain) -> Spread:
    """Raises ScenarioError where the parameter or its spread is not known."""
    entry, dot, name = stated.param.partition(".")
    hazard = next((h for h in scenario.hazard if entry in (h.id, h.model)), None)
    if not dot or hazard is None:
        known = ", ".join(h.id for h in scenario.hazard)
        raise ScenarioError(f"'{stated.param}' is no parameter of this scenario", do=f"Write HAZARD.PARAMETER; its hazards: {known}.")
    param = _param(hazard.model, name)
    if param.kind not in ("number", "duration", "integer"):
        raise ScenarioError(f"'{stated.param}' is no number", do="Only numbers can be spread.")
    found = re.fullmatch(r"\s*(\w+)\s*\(([^()]*)\)\s*", stated.spread)
    kind = found[1].lower() if found else ""
    try:
        numbers = tuple(float(x) for x in found[2].split(",")) if found else ()
    except ValueError:
        numbers = ()
    if kind not in _FORMS or len(numbers) != _FORMS[kind] or not all(map(math.isfinite, numbers)):
        raise ScenarioError(
            f"The spread '{stated.spread[:60]}' is not understood", where=stated.param,
            do="Write normal(MEAN, SD), lognormal(MEDIAN, SD OF THE LOGARITHM), uniform(LOW, HIGH) or triangular(LOW, LIKELY, HIGH).",
        )
    rises = all(a <= b for a, b in zip(numbers, numbers[1:], strict=False)) and numbers[0] < numbers[-1]
    wide = numbers[1] > 0 and (kind == "normal" or numbers[0] > 0) if kind in ("normal", "lognormal") else rises
    if not wide:
        raise ScenarioError(f"The spread '{stated.spread}' has no width", where=stated.param, do="Give it one that is more than nothing.")
    return Spread(hazard.id, name, kind, numbers)


def _param(model: str, name: str) -> Param:
    params = {p.name: p for p in model_named(model).params}
    if name not in params:
        raise ScenarioError(f"The model '{model}' has no parameter '{name}'", do=f"It has: {', '.join(params)}.")
    return params[name]


def members_of(scenario: Scenario, count: int, spreads: Sequence[Spread]) -> tuple[list[Scenario], NDArray[np.float64]]:
    """Scenarios that differ in what is uncertain, by a Latin hypercube, each with a seed of its own; and the values (count, spreads)."""
    from scipy.stats import qmc

    if not 2 <= count <= MOST_MEMBERS:
        raise ScenarioError(f"An ensemble has 2 to {MOST_MEMBERS:,} members", do="Choose another number.")
    seed = scenario.scenario.seed
    shares = qmc.LatinHypercube(len(spreads), rng=np.random.default_rng(seed)).random(count)
    seeds = np.random.SeedSequence(seed).generate_state(count)
    models = {h.id: h.model for h in scenario.hazard}
    values = np.empty((count, len(spreads)))
    for k, s in enumerate(spreads):
        p = _param(models[s.entry], s.name)
        low, high = -math.inf if p.low is None else p.low, math.inf if p.high is None else p.high
        values[:, k] = np.clip(s.at(shares[:, k]), low, high)
        if p.kind == "integer":
            values[:, k] = np.round(values[:, k])
    made = []
    for i in range(count):
        member = _lean(scenario)
        member.scenario.seed = int(seeds[i]) & 0x7FFFFFFF
        for k, s in enumerate(spreads):
            hazard = next(h for h in member.hazard if h.id == s.entry)
            hazard.params = {**hazard.params, s.name: float(values[i, k])}
        made.append(member)
    return made, values


def _lean(scenario: Scenario) -> Scenario:
    """A copy that keeps all quantities, at the end alone."""
    member = scenario.model_copy(deep=True)
    member.outputs.quantities, member.outputs.interval = [], min(member.scenario.duration, 86400.0)
    return member


def ensemble(
    city: City, scenario: Scenario, out: Path, count: int = 50, workers: int = 0, report: Report = lambda *_: None,
    check: Check = lambda: None, rain_cv: float | None = None,
) -> RunResult:  # fmt: skip
    """Run a scenario many times with what its [[uncertain]] parts say, or with uncertain rain where it says nothing.

    Gives the chance that water stands deeper than THRESHOLDS_M, the depths of QUANTILES, for each building the chance of damage and
    its mean loss, and of every indicator the median with the range from 10 to 90 %. workers: processes; 0: one a core; 1: none besides
    this one. check: may raise to end it. rain_cv: standard deviation of the logarithm of that rain; None: RAIN_CV, assumed.
    """
    target, notices = check_target(Path(out)), []
    spreads = [spread_of(scenario, u) for u in scenario.uncertain]
    if not spreads:
        scenario, spreads = _with_rain(scenario, RAIN_CV if rain_cv is None else rain_cv)
        if rain_cv is None:
            text = f"Nobody said what is uncertain: the rain is taken as lognormal with a spread of {RAIN_CV:.0%}, assumed."
            notices.append(Notice("info", "assumed-spread", text))
    scenarios, values = members_of(scenario, count, spreads)
    many = _Many(city, scenario, target, notices, report, check)
    with many:
        for index, member in run_members(city, scenarios, workers, report, check):
            many.take(index, count, member)
        told = ", ".join(f"{s.target} {s.kind}({', '.join(f'{x:g}' for x in s.numbers)})" for s in spreads)
        many.notices.append(Notice("info", "ensemble", f"{count} runs, with {told}. Figures are medians, ranges from 10 to 90 %."))
        fields = many.chances()
        names = [s.target for s in spreads]
        return many.finish(fields, many.ranges(), {"kind": "ensemble", "parameters": names, "values": values.tolist(),
                                                   "matters": matters(values, names, many.figures)})  # fmt: skip


def _with_rain(scenario: Scenario, cv: float) -> tuple[Scenario, list[Spread]]:
    """The scenario with a depth of rain, and its spread. A return period becomes the depth it stands for."""
    scenario = scenario.model_copy(deep=True)
    hazard = next((h for h in scenario.hazard if h.model == "flood"), None)
    model = model_named("flood")
    params = model.checked(hazard.params) if hazard is not None else {}
    depth = storm_of(params).depth_mm if params else 0.0
    if hazard is None or depth <= 0:
        raise ScenarioError(
            "Nothing in this scenario is said to be uncertain", where=scenario.scenario.name,
            do='Add [[uncertain]] with param = "HAZARD.PARAMETER" and spread = "normal(MEAN, SD)", or use --spread.',
        )
    hazard.params = {**hazard.params, "rain_mm": depth, "storm_years": 0.0}
    return scenario, [Spread(hazard.id, "rain_mm", "lognormal", (depth, cv))]


def returns(
    city: City, scenario: Scenario, out: Path, years: Sequence[float] = YEARS, workers: int = 0, report: Report = lambda *_: None,
    check: Check = lambda: None,
) -> RunResult:  # fmt: skip
    """Run the storms of several return periods: how often water comes to each place, and the expected annual damage.

    The rain's depth is that of the law of storms of the flood model (`storm_years`). Damage by trapezoids over the yearly chance
    (Olsen et al. 2015, doi:10.3390/w7010255): none at a chance of 1, that of the rarest storm beyond it.
    """
    target = check_target(Path(out))
    hazard = next((h for h in scenario.hazard if h.model == "flood"), None)
    if hazard is None:
        raise ScenarioError("Return periods are those of rain", where=scenario.scenario.name, do="Choose a scenario with a flood by rain.")
    ordered = sorted({float(y) for y in years})
    if len(ordered) < 2 or ordered[0] <= 1 or ordered[-1] > 10_000:
        raise ScenarioError("Return periods are two or more, over 1 and up to 10,000 years", do="Write them like 2,10,100.")
    scenarios = []
    for y in ordered:
        member = _lean(scenario)
        flood = next(h for h in member.hazard if h.id == hazard.id)
        shape = flood.params.get("hyetograph")
        flood.params = {**flood.params, "storm_years": y, **({"hyetograph": "chicago"} if shape == "gauges" else {})}
        scenarios.append(member)
    notices = [
        Notice(
            "info", "return-periods",
            f"Storms of {', '.join(f'{y:g}' for y in ordered)} years. Expected damage by trapezoids over their yearly chance; none once a "
            "year, and beyond the rarest storm that of this one. A place counts as wet from 10 cm.",
        )
    ]
    many = _Many(city, scenario, target, notices, report, check)
    with many:
        for index, found in run_members(city, scenarios, workers, report, check):
            many.take(index, len(ordered), found)
        fields, figures = many.by_chance(np.array(ordered))
        return many.finish(fields, figures, {"kind": "returns", "parameters": ["years"], "values": [[y] for y in ordered]})


def annual(chances: NDArray[np.float64], losses: NDArray[np.float64]) -> NDArray[np.float64]:
    """Expected yearly loss of events of falling yearly chance. chances: (n,); losses: (n, ...) -> (...)."""
    p, x = np.concatenate([[1.0], chances]), np.concatenate([np.zeros((1, *losses.shape[1:])), losses])
    width = (p[:-1] - p[1:]).reshape(-1, *[1] * (losses.ndim - 1))
    return np.asarray((0.5 * width * (x[:-1] + x[1:])).sum(axis=0) + chances[-1] * losses[-1])


def matters(values: NDArray[np.float64], names: Sequence[str], figures: dict[str, dict[int, float]]) -> dict[str, dict[str, float]]:
    """Rank correlation (Spearman) of every indicator with every parameter, over the members: what matters most."""
    from scipy.stats import rankdata

    def ranked(x: NDArray[np.float64]) -> NDArray[np.float64]:
        r = rankdata(x) - (len(x) + 1) / 2
        return r / max(float(np.sqrt((r * r).sum())), 1e-12)

    found: dict[str, dict[str, float]] = {}
    for name, told in figures.items():
        if len(told) < len(values):
            continue
        y = np.array([told[i] for i in range(len(values))])
        if np.isfinite(y).all() and np.ptp(y) > 0:
            found[name] = {n: round(float(ranked(values[:, k]) @ ranked(y)), 4) for k, n in enumerate(names)}
    return found


# -- members ---------------------------------------------------------------------------------------------------------
@dataclass
class Member:
    """What is kept of one run: the last fields of _KEPT, and the indicators."""

    fields: dict[str, Field]
    indicators: dict[str, Indicator]
    notices: list[Notice] = field(default_factory=list)


_here: dict[str, Any] = {}


def _begin(path: str, stop: Any, threads: int) -> None:
    import numba

    numba.set_num_threads(max(1, min(threads, numba.config.NUMBA_NUM_THREADS)))
    _here["city"], _here["stop"] = load_city(Path(path)), stop


def _member_in_worker(toml: str) -> Member:
    def check() -> None:
        if _here["stop"].is_set():
            raise ScenarioError("Cancelled")

    return run_member(_here["city"], scenario_from_toml(toml), check)


def run_member(city: City, scenario: Scenario, check: Check) -> Member:
    """One run, nothing written. Raises ModelError where it fails."""
    from twin.scenario.engine import run

    fields: dict[str, Field] = {}
    notices: list[Notice] = []
    events = run(city, scenario)
    try:
        for event in events:
            check()
            if isinstance(event, Frame) and event.kept:
                fields = {f.quantity: f for f in event.fields if f.quantity in _KEPT}
            elif isinstance(event, Notice) and event.level != "info":
                notices.append(event)
            elif isinstance(event, Finished):
                if not event.ok:
                    raise ModelError(event.message.rstrip("."))
                return Member(fields, event.indicators, notices)
    finally:
        events.close()
    raise ModelError("The run ended without a result")


def run_members(
    city: City, scenarios: Sequence[Scenario], workers: int, report: Report, check: Check
) -> Iterator[tuple[int, Member]]:
    """Every member, in the order in which they are done."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    workers = min(workers if workers > 0 else cores, len(scenarios))
    if workers == 1:
        for i, scenario in enumerate(scenarios):
            report(f"Run {i + 1} of {len(scenarios)}", i / len(scenarios))
            yield i, run_member(city, scenario, check)
        return
    context = multiprocessing.get_context("spawn")
    report("Handing the city to other processes", 0.0)
    with tempfile.TemporaryDirectory(prefix="urban-twin-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "city"
        save_city(city, path)
        stop = context.Event()
        pool = ProcessPoolExecutor(workers, context, _begin, (str(path), stop, max(1, cores // workers)))
        try:
            waiting: dict[Future[Member], int] = {pool.submit(_member_in_worker, s.to_toml()): i for i, s in enumerate(scenarios)}
            while waiting:
                check()
                report(f"{len(scenarios) - len(waiting)} of {len(scenarios)} runs", 1 - len(waiting) / len(scenarios))
                for future in wait(waiting, _TELL_S, FIRST_COMPLETED).done:
                    index = waiting.pop(future)
                    try:
                        yield index, future.result()
                    except BrokenProcessPool as error:
                        raise ModelError(
                            "A process that computed one of the runs has died", do="There may be too little memory: use fewer workers."
                        ) from error
        finally:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)


# -- over all members ------------------------------------------------------------------------------------------------
class _Many:
    """Collects members, on disk where they are large, and writes the result."""

    def __init__(
        self, city: City, scenario: Scenario, target: Path, notices: list[Notice], report: Report, check: Check
    ) -> None:  # fmt: skip
        self.plan, self.notices, self._report, self._check = make_plan(city, scenario), notices, report, check
        self._recorder = Recorder(target, self.plan, uuid.uuid4().hex[:12])
        self._target, self._began = target, time.monotonic()
        self._depths: NDArray[np.float32] | None = None
        self._losses: NDArray[np.float32] | None = None
        self._grid: Grid | None = None
        self.figures: dict[str, dict[int, float]] = {}
        self._units: dict[str, str] = {}
        self._said: set[str] = set()

    def __enter__(self) -> _Many:
        self._recorder.begin(self.plan.city)
        return self

    def __exit__(self, *_: Any) -> None:
        self._depths = self._losses = None
        self._recorder.discard()

    def take(self, index: int, count: int, member: Member) -> None:
        for notice in member.notices:
            if notice.code not in self._said:
                self._said.add(notice.code)
                self.notices.append(notice)
        depth, loss = (member.fields.get(name) for name in _KEPT)
        with plain_errors(self._target):
            if depth is not None and depth.grid is not None:
                if self._depths is None:
                    self._grid = depth.grid
                    self._depths = self._room("depths", (count, *depth.array.shape))
                self._depths[index] = depth.array
            if loss is not None:
                if self._losses is None:
                    self._losses = self._room("losses", (count, len(loss.array)))
                self._losses[index] = loss.array
        for name, told in member.indicators.items():
            self.figures.setdefault(name, {})[index] = told.value
            self._units[name] = told.unit

    def _room(self, name: str, shape: tuple[int, ...]) -> NDArray[np.float32]:
        """On disk beside the result; the file has no name any more where the system can do that."""
        import shutil

        from twin.errors import StorageError

        need, free = int(np.prod(shape)) * 4, shutil.disk_usage(self._recorder.folder).free
        if need > 0.9 * free:
            raise StorageError(
                f"The runs need {need / 2**20:,.0f} MB while they are counted and {free / 2**20:,.0f} MB are free", where=str(self._target),
                do="Choose fewer members, larger cells or another folder.",
            )
        path = self._recorder.folder / f"{name}.part"
        return np.memmap(path, np.float32, "w+", shape=shape)

    def chances(self) -> list[Field]:
        """Fields of an ensemble."""
        fields = []
        if self._depths is not None and self._grid is not None:
            names = (*THRESHOLDS_M, *QUANTILES)
            shape = self._depths.shape[1:]
            grids = {name: np.full(shape, np.nan, np.float32) for name in names}
            for rows in self._blocks():
                part = np.sort(np.asarray(self._depths[:, rows]), axis=0)
                known = np.isfinite(part).all(axis=0)
                for name, deep in THRESHOLDS_M.items():
                    grids[name][rows] = np.where(known, (part > deep).mean(axis=0), np.nan)
                for name, share in QUANTILES.items():
                    with np.errstate(invalid="ignore"):
                        grids[name][rows] = np.where(known, np.quantile(part, share, axis=0), np.nan)
            fields += [Field(name, "grid", grid, self._grid) for name, grid in grids.items()]
        if self._losses is not None:
            loss = np.asarray(self._losses)
            fields.append(Field("building_damage_probability", "building", (loss > 0).mean(axis=0, dtype=np.float32)))
            fields.append(Field("building_loss_mean", "building", loss.mean(axis=0, dtype=np.float64).astype(np.float32)))
        return fields

    def by_chance(self, years: NDArray[np.float64]) -> tuple[list[Field], dict[str, Indicator]]:
        """Fields and figures of storms of rising return period."""
        fields, figures = [], {}
        if self._depths is not None and self._grid is not None:
            grid = np.full(self._depths.shape[1:], np.nan, np.float32)
            for rows in self._blocks():
                wet = np.asarray(self._depths[:, rows]) > WET_M
                grid[rows] = np.where(wet.any(axis=0), years[np.argmax(wet, axis=0)], np.nan)
            fields.append(Field("flood_return_period", "grid", grid, self._grid))
        if self._losses is not None:
            yearly = annual(1.0 / years, np.asarray(self._losses, float))
            fields.append(Field("building_annual_loss", "building", yearly.astype(np.float32)))
        for name, told in self.figures.items():
            row = np.array([told.get(i, math.nan) for i in range(len(years))])
            if name == "direct_loss":
                figures["expected_annual_damage"] = Indicator(float(annual(1.0 / years, row)), f"{self._units[name]}/a")
            if name == "people_affected":
                figures["people_affected_per_year"] = Indicator(float(annual(1.0 / years, row)), f"{self._units[name]}/a")
            for year, value in zip(years, row, strict=True):
                if name in ("direct_loss", "people_affected", "flooded_area_over_30_cm"):
                    figures[f"{name}_{year:g}_years"] = Indicator(float(value), self._units[name])
        return fields, figures

    def _blocks(self) -> Iterator[slice]:
        """Rows of the grid, few enough for all members at once."""
        assert self._depths is not None
        step = max(1, _BLOCK // (self._depths.shape[0] * self._depths.shape[2]))
        for row in range(0, self._depths.shape[1], step):
            self._check()
            yield slice(row, row + step)

    def ranges(self) -> dict[str, Indicator]:
        """Median of each indicator, with its range."""
        told = {}
        for name, values in self.figures.items():
            known = np.array([v for v in values.values() if math.isfinite(v)])
            if len(known):
                low, middle, high = (float(v) for v in np.quantile(known, (0.1, 0.5, 0.9)))
                told[name] = Indicator(middle, self._units[name], low, high)
        return told

    def finish(self, fields: list[Field], figures: dict[str, Indicator], about: dict[str, Any]) -> RunResult:
        """Write what the members say together, and `members.json` with what each of them had and gave."""
        self._report("Writing the result", 1.0)
        self._depths = self._losses = None
        recorder = self._recorder
        for name in ("depths", "losses"):
            (recorder.folder / f"{name}.part").unlink(missing_ok=True)
        count = len(about["values"])
        told = {n: [_plain(v.get(i)) for i in range(count)] for n, v in self.figures.items()}
        with plain_errors(self._target):
            text = json.dumps({**about, "indicators": told, "units": self._units}, indent=1)
            (recorder.folder / "members.json").write_text(text, "utf-8")
        recorder.add(self.plan.scenario.scenario.duration, tuple(fields), {k: (v.value, v.unit) for k, v in figures.items()})
        return recorder.finish(self.plan.city, figures, self.notices, [], time.monotonic() - self._began, self._check)


def _plain(value: float | None) -> float | None:
    return None if value is None or not math.isfinite(value) else value
