"""Which models a scenario runs, in which order, on what: decided and checked before anything starts."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from twin.city.buildings import Buildings
from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Change, Model, model_named, models
from twin.quantities import quantity
from twin.scenario.conditions import Condition
from twin.scenario.edits import EDITS, apply_change, apply_edits, change_from
from twin.scenario.scenario import Scenario, Trigger


@dataclass(frozen=True)
class Unit:
    """One model of a run. entry: id of the scenario's [[hazard]] that names it, "" where the engine added it."""

    entry: str
    model: type[Model]
    params: dict[str, Any]
    seed: int


@dataclass(frozen=True)
class Due:
    """A trigger made ready: `change` at its time, or once `condition` comes true."""

    trigger: Trigger
    change: Change
    condition: Condition | None


@dataclass
class Plan:
    """city: the scenario's edits are in it. units: in the order they run."""

    city: City
    scenario: Scenario
    units: list[Unit]
    due: list[Due]
    notices: list[tuple[str, str, str]] = field(default_factory=list)


def make_plan(city: City, scenario: Scenario) -> Plan:
    """Raises ScenarioError for anything that could not run; what is only odd becomes a notice."""
    chosen = chosen_models(scenario, city)
    notices: list[tuple[str, str, str]] = []
    head = scenario.scenario
    if head.duration / min(head.coupling, scenario.outputs.interval) > 1_000_000:
        raise ScenarioError("The run would have more than a million steps", do="Choose a longer 'coupling' or a shorter 'duration'.")
    if head.city and head.city.removeprefix("sha256:") != city.content_hash:
        notices.append(("warning", "city-changed", "The city is not the one this scenario was made for: its content has changed since."))
    derived = apply_edits(_leaning(city, scenario, notices), scenario)
    hour = start_hour(head.start, city)
    units = []
    for entry, model, given in chosen:
        try:
            given = dict(given)
            if hour is not None and "start_hour" not in given and any(p.name == "start_hour" for p in model.params):
                given["start_hour"] = hour
            params = model.checked(given)
        except ScenarioError as error:
            raise ScenarioError(error.what, where=f"hazard {entry}" if entry else model.name, do=error.do) from error
        seed = np.random.SeedSequence([head.seed, zlib.crc32(f"{model.name}/{entry}".encode())]).generate_state(1)[0]
        units.append(Unit(entry, model, params, int(seed)))
    units = _ordered(units)
    due = [_due(t, scenario, derived, units) for t in scenario.trigger]
    for d in due:
        if d.condition is None and d.change.at_s > head.duration:
            notices.append(("warning", "trigger-late", f"Trigger '{d.trigger.id}' lies after the end of the run and does nothing."))
    given_names = {q for u in units for q in u.model.gives}
    for name in scenario.outputs.quantities:
        if name not in given_names:
            notices.append(("warning", "quantity-absent", f"No model of this run gives '{name}'."))
    return Plan(derived, scenario, units, due, notices)


def _leaning(city: City, scenario: Scenario, notices: list[tuple[str, str, str]]) -> City:
    """The city with the scenario's own table of dependencies, where it has one."""
    if not scenario.dependency:
        return city
    import pandas as pd

    from twin.city.dependencies import with_dependencies

    table = pd.DataFrame([d.model_dump() for d in scenario.dependency]).astype(str)
    city, wrong = with_dependencies(city, table, "the scenario's table of dependencies")
    notices += [("warning", "dependencies-wrong", f"Of {w}.") for w in wrong[:20]]
    return city


def start_hour(start: datetime | None, city: City) -> float | None:
    """Local hour of the scenario's start in the city's zone; None where the scenario has no start."""
    if start is None:
        return None
    if start.tzinfo is not None:
        try:
            start = start.astimezone(ZoneInfo(city.frame.timezone))
        except (ZoneInfoNotFoundError, ValueError):
            pass
    return start.hour + start.minute / 60


def chosen_models(scenario: Scenario, city: City) -> list[tuple[str, type[Model], dict[str, Any]]]:
    """The models named, and every service or impact model that has something to say: what it cannot do without is given, something that
    it can use too, and the city has the parts without which it is pointless. (entry, model, parameters given); entry is "" for those."""
    if not scenario.hazard:
        raise ScenarioError("The scenario names no model to run", do="Add a [[hazard]] with a model, for example flood.")
    chosen: list[tuple[str, type[Model], dict[str, Any]]] = [(h.id, model_named(h.model), h.params) for h in scenario.hazard]
    named = {model.name for _, model, _ in chosen}
    found = scenario.outputs.follow == "all"
    while found:
        given = {q for _, model, _ in chosen for q in model.gives}
        ready = [
            m
            for m in models().values()
            if m.role in ("service", "impact")
            and m.name not in named
            and any(n.quantity in given for n in m.needs)
            and all(n.quantity in given for n in m.needs if not n.optional)
            and all(_has(city, part) for part in m.essential)
        ]
        chosen += [("", m, {}) for m in ready]
        named |= {m.name for m in ready}
        found = bool(ready)
    return chosen


def _has(city: City, part: str) -> bool:
    """Whether a city has a part (network:power, layer:masts, buildings ...) with something in it. `a|b`: one of them."""
    if "|" in part:
        return any(_has(city, p) for p in part.split("|"))
    kind, _, name = part.partition(":")
    if kind == "network":
        return name in city.networks and len(city.networks[name].nodes) > 0
    if kind == "layer":
        return name in city.layers and len(city.layers[name]) > 0
    return len(city.buildings) > 0 if part == "buildings" else getattr(city, part) is not None


def _ordered(units: list[Unit]) -> list[Unit]:
    """Givers before takers; in a feedback loop the first named goes first and reads what was given a step before."""
    givers: dict[str, list[Unit]] = {}
    for unit in units:
        for name in unit.model.gives:
            givers.setdefault(name, []).append(unit)
    for name, several in givers.items():
        if len(several) > 1 and not quantity(name).combine:
            who = " and ".join(u.entry or u.model.name for u in several)
            raise ScenarioError(f"Both {who} give '{name}', and there is no rule to combine them", do="Leave one of them out.")
    for unit in units:
        missing = [n.quantity for n in unit.model.needs if not n.optional and n.quantity not in givers]
        if missing:
            able = sorted(m.name for m in models().values() if missing[0] in m.gives)
            raise ScenarioError(
                f"'{unit.model.name}' needs '{missing[0]}' and no model of this scenario gives it",
                do=f"Add {' or '.join(able)}." if able else "",
            )
    left, done = list(units), list[Unit]()

    def waits(unit: Unit, for_optional: bool) -> bool:
        return any(
            g is not unit and g in left for n in unit.model.needs if for_optional or not n.optional for g in givers.get(n.quantity, [])
        )

    while left:
        free = next((u for u in left if not waits(u, True)), None) or next((u for u in left if not waits(u, False)), None)
        if free is None:
            names = ", ".join(u.model.name for u in left)
            raise ScenarioError(f"The models {names} wait for each other from the start", do="One of their needs must be optional.")
        done.append(free)
        left.remove(free)
    return done


def _due(trigger: Trigger, scenario: Scenario, city: City, units: list[Unit]) -> Due:
    change = change_from(trigger.change, scenario, city, trigger.at or 0.0, trigger.id)
    where = f"trigger {trigger.id}"
    accepted = any(change.kind in u.model.accepts for u in units)
    kind = EDITS.get(change.kind)
    if kind is not None and accepted and change.objects and not kind.geometry.startswith("object"):
        there = {i for part in kind.touches if part.startswith("layer:") and (f := city.layers.get(part[6:])) is not None for i in f.ids}
        unknown = sorted(set(change.objects) - there)
        if unknown:
            raise ScenarioError(f"There is no object '{unknown[0]}'", where=where, do="Pick it in the view to see its id.")
        kind.checked(change.values or {})
    elif kind is not None:
        try:
            apply_change(city, change)
        except ScenarioError as error:
            raise ScenarioError(error.what, where=where, do=error.do) from error
    elif not accepted:
        known = sorted({*EDITS, *(k for u in units for k in u.model.accepts)})
        raise ScenarioError(f"There is no change of kind '{change.kind}'", where=where, do=f"Known kinds: {', '.join(known)}.")
    condition = None
    if trigger.when is not None:
        gives = {q for u in units for q in u.model.gives}
        condition = Condition.parse(trigger.when, city, gives, where=where)
    return Due(trigger, change, condition)


def view(city: City, reads: tuple[str, ...]) -> City:
    """The city with only the parts a model declared to read (name, frame, region and currency are always there)."""
    return city.derived(
        buildings=city.buildings if "buildings" in reads else Buildings.empty(),
        terrain=city.terrain if "terrain" in reads else None,
        people=city.people if "people" in reads else None,
        networks={k: city.networks[k] for k in city.networks if f"network:{k}" in reads},  # those of a store are read when they are taken
        layers={k: city.layers[k] for k in city.layers if f"layer:{k}" in reads},
    )
