"""The recipe of the demonstration city: seeds/demo-city.toml."""

from __future__ import annotations

import copy
import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np

AREA_M2 = [3e4, 3.2e5]
"""Smallest and largest quarter that a place may claim, where the recipe does not say."""


@cache
def recipe() -> dict[str, Any]:
    """The recipe as a dictionary."""
    return tomllib.loads(_text())


def _text() -> str:
    return files("seeds").joinpath("demo-city.toml").read_text("utf-8")


def shrunk_recipe(k: float) -> dict[str, Any]:
    """The recipe with the places of the city drawn together by k, for a city smaller than the recipe's; streets keep their width."""
    r = copy.deepcopy(recipe())
    if k == 1.0:
        return r
    root = k**0.5
    for table, keys, by in (
        (r["river"], ("wavelength", "apex"), k),
        (r["river"], ("width", "width_change"), root),
        (r["creek"], ("mouth", "wavelength"), k),
        (r["creek"], ("width",), root),
        (r["streets"], ("spacing", "spacing_far"), root),
        (r["crossings"], ("bridges", "tunnels"), k),
        (r["waterfront"], ("from", "to"), k),
        (r["metro"], ("station_every",), root),
    ):
        for key in keys:
            table[key] = _times(table[key], by)
    for entry in [*r["centre"], *r["place"], *r["tower"], *r["metro"]["stop"].values()]:
        entry["at"] = _times(entry["at"], k)
    for entry in r["centre"]:
        entry["radius"] *= k
    for entry in r["place"]:
        entry["area"] = _times(entry.get("area", AREA_M2), k)
    for entry in r["expressway"]:
        entry["points"] = _times(entry["points"], k)
    for line in r["metro"]["line"]:
        line["route"] = [p if isinstance(p, str) else _times(p, k) for p in line["route"]]
    return r


def _times(value: Any, by: float) -> Any:
    return [_times(v, by) for v in value] if isinstance(value, list) else value * by


@cache
def fingerprint() -> str:
    """SHA-256 of the recipe and of the code that reads it: the cache is good as long as neither changes."""
    digest = hashlib.sha256(_text().encode())
    here = Path(__file__).parent
    for path in [*sorted(here.rglob("*.py")), *sorted(here.parent.glob("plausible_*.py"))]:
        digest.update(path.read_bytes())
    return digest.hexdigest()


def generator(stage: str) -> np.random.Generator:
    """Random numbers of one stage; a change in one stage leaves the others as they were."""
    return np.random.default_rng([int(recipe()["seed"]), *stage.encode()])
