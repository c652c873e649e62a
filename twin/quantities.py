"""The quantities of assets/quantities.toml."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from twin.errors import ScenarioError


@dataclass(frozen=True)
class Quantity:
    """Name, unit (UCUM, SI) and meaning of what models exchange; see the head of assets/quantities.toml."""

    name: str
    title: dict[str, str]
    unit: str
    support: str
    kind: str
    range: tuple[float, float]
    palette: str
    cf: str = ""
    combine: str = ""
    states: tuple[str, ...] = ()
    theme: str = ""
    """Of assets/tables/themes.toml."""


@cache
def quantities() -> dict[str, Quantity]:
    table = tomllib.loads(files("assets").joinpath("quantities.toml").read_text("utf-8"))
    return {
        name: Quantity(name=name, **{**entry, "range": tuple(entry["range"]), "states": tuple(entry.get("states", ()))})
        for name, entry in table.items()
    }


def quantity(name: str) -> Quantity:
    """Raises ScenarioError for a name that is not listed."""
    try:
        return quantities()[name]
    except KeyError:
        raise ScenarioError(f"There is no quantity '{name}'", do="assets/quantities.toml lists those that exist.") from None
