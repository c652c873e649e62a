"""Things put out of order: a technical fault, an attack, work on the network; any object of the city at any time."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.assets import READS, Assets
from twin.city.city import City
from twin.errors import ScenarioError
from twin.models.base import Array, Change, Happening, Model, Param, register

UNHURT, OFF, DAMAGED = 0, 1, 2
"""States of quantity `asset_hit`: off comes back by itself, what is damaged waits for a repair."""


@dataclass
class FailureState:
    params: dict[str, Any]
    assets: Assets
    planned: NDArray[np.int64]
    hit: NDArray[np.int8]
    at_s: float = 0.0
    notes: list[tuple[str, str, str]] = field(default_factory=list)
    told: list[Happening] = field(default_factory=list)


@register
class Failure(Model):
    """Objects named in the scenario are out of order from a moment on, for a time or until they are repaired."""

    name = "failure"
    title = "Failure or attack"
    question = "What follows when these parts of the city fail?"
    role = "hazard"
    reads = READS
    gives = ("asset_hit",)
    params = (
        Param("objects", "What fails", "", kind="text", help="Ids, with commas: substations, lines, pumps, pipes, roads, hospitals ..."),
        Param("begin", "Fails after", "PT10M", "s", "duration", low=0, high=366 * 86400),
        Param("duration", "Off for (0: to the end)", "PT0S", "s", "duration", low=0, high=366 * 86400,
              help="Then it comes back by itself; of what is damaged nothing does."),
        Param("damaged", "Needs a repair", False, kind="flag", help="A crew must come; else it is only switched off."),
        Param("interval", "One after another, every", "PT0S", "s", "duration", low=0, high=86400, advanced=True,
              help="0: all at once; else in the order named."),
    )
    limits = ("It says what fails, not why, and never how likely that is.",)
    cite = ("Assumption of the scenario.",)
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> FailureState:
        assets = Assets.of(city)
        names = [n.strip() for n in str(params["objects"]).split(",") if n.strip()]
        rows = assets.rows_of(names)
        state = FailureState(dict(params), assets, rows[rows >= 0], np.zeros(len(assets), np.int8))
        unknown = [n for n, r in zip(names, rows) if r < 0]
        if names and len(unknown) == len(names):
            more = f" and {len(unknown) - 3} others" if len(unknown) > 3 else ""
            what = f"The city has no '{', '.join(unknown[:3])}'{more} that could fail"
            raise ScenarioError(what, do="Select the objects in the view and let them fail, or name them by their id.")
        if unknown:
            more = f" and {len(unknown) - 3} others" if len(unknown) > 3 else ""
            text = f"The city has no '{', '.join(unknown[:3])}'{more} that could fail; the run goes on without."
            state.notes.append(("warning", "failure-unknown", text))
        if not names:
            text = "Nothing is named that fails; state it in 'What fails' or switch it off during the run."
            state.notes.append(("info", "failure-none", text))
        self._mark(state, 0.0)
        return state

    def _mark(self, state: FailureState, at_s: float) -> None:
        """What is off lasts its time; damage is a blow, seen once: what is left of it is the business of `repairs`."""
        p = state.params
        since = p["begin"] + p["interval"] * np.arange(len(state.planned))
        hit = np.zeros(len(state.hit), np.int8)
        begun = since <= at_s + 1e-9
        before = since <= state.at_s + 1e-9 if at_s > 0 else np.zeros(len(since), bool)
        if p["damaged"]:
            hit[state.planned[begun & ~before]] = DAMAGED
            changed, over = begun & ~before, since
        else:
            over = since + p["duration"] if p["duration"] > 0 else np.full(len(since), np.inf)
            now = begun & (at_s < over - 1e-9)
            was = before & (state.at_s < over - 1e-9)
            hit[state.planned[now]] = OFF
            changed = now != was
        for i in np.flatnonzero(changed):
            row = state.planned[i]
            what = "damaged" if p["damaged"] else "failed" if hit[row] else "back"
            state.told.append(Happening(min(float(over[i] if what == "back" else since[i]), at_s), str(state.assets.ids[row]), what))
        state.hit, state.at_s = hit, at_s

    def update(self, state: FailureState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        self._mark(state, until_s)

    def apply(self, state: FailureState, change: Change) -> None:
        """What is switched is the business of `repairs`, which keeps all that is off."""
        if change.kind not in self.accepts:
            super().apply(state, change)

    def outputs(self, state: FailureState) -> dict[str, Array]:
        return {"asset_hit": state.hit}

    def happenings(self, state: FailureState) -> list[Happening]:
        return state.told

    def notices(self, state: FailureState) -> list[tuple[str, str, str]]:
        return state.notes

    def save(self, state: FailureState) -> bytes:
        file = io.BytesIO()
        told = [[h.at_s, h.object, h.what] for h in state.told]
        np.savez(file, head=np.array(json.dumps([state.params, state.at_s, told])), hit=state.hit)
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> FailureState:
        with np.load(io.BytesIO(blob)) as saved:
            params, at_s, told = json.loads(str(saved["head"]))
            state = self.initialize(city, inputs, params, 0)
            state.hit, state.at_s = saved["hit"], at_s
            state.told = [Happening(t, o, w) for t, o, w in told]
        return state
