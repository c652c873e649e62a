"""Opening: what each thing given is, found by looking; cities are read in a worker."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gui.i18n import tr

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.scene.ready import Ready


GRID = "engineering"
"""A plan with no place on the map."""


@dataclass
class Given:
    """Things to open, sorted by what they are."""

    city: list[str] = field(default_factory=list)
    projects: list[str] = field(default_factory=list)
    scenarios: list[str] = field(default_factory=list)
    results: list[str] = field(default_factory=list)


def sorted_out(what: list[str]) -> Given:
    """Projects, scenarios, result folders; all else is a source of a city, and the readers say what is wrong with it."""
    given = Given()
    for item in what:
        kind = _kind(item)
        getattr(given, kind).append(item)
    return given


def _kind(item: str) -> str:
    path = Path(item)
    try:
        if path.is_dir():
            manifest = path / "manifest.json"
            return "results" if manifest.is_file() and "scenario" in json.loads(manifest.read_text("utf-8")) else "city"
        if path.is_file() and path.suffix.lower() in (".twin", ".zip") and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                return "projects" if "project.json" in archive.namelist() else "city"
        if path.suffix.lower() == ".twin":
            return "projects"
        if path.is_file() and path.suffix.lower() == ".toml":
            from twin.toml import read_toml

            return "scenarios" if "scenario" in read_toml(path) else "city"
    except (OSError, ValueError, RecursionError, zipfile.BadZipFile):
        pass
    return "city"


def read_city(control: Control, what: list[str], recipe: str = "", repairs: tuple[str, ...] = ()) -> Ready:
    """The city of some sources and its layers, ready to be shown; runs in a worker. Raises TwinError.

    recipe: JSON of a recipe that says more of the sources than `what`; repairs: of a city that comes from no recipe.
    """
    progress = told(control, 0.95)
    from twin.city.recipe import open_city, open_kept

    if recipe:
        city = open_kept(recipe, progress)
    else:
        city = open_city(what[0] if len(what) == 1 else list(what), progress=progress)
        if repairs:
            from twin.city.doctor import opened, repaired

            city = opened(repaired(city, repairs))
    control.progress(tr("Drawing layers"), 0.95)
    from gui.scene.ready import made_ready
    from layers.catalogue import city_layers

    return made_ready(city, city_layers(city), control.check)


def recipe_stating(what: list[str], crs: str) -> str:
    """Recipe (JSON) of files and folders that say no reference system, or a wrong one. crs: "EPSG:28992", or "engineering" for a plan
    without a map. Raises InputError for a CRS that is unknown."""
    from twin.city.recipe import Recipe, SourceSpec
    from twin.frame import parse_crs

    if crs != GRID:
        parse_crs(crs)
    paths = [w if "://" in w else str(Path(w).expanduser().absolute()) for w in what]
    sources = [SourceSpec(path=p, crs="" if crs == GRID else crs) for p in paths]
    name = Path(paths[0]).name.partition(".")[0]
    return Recipe(name=name, crs=GRID if crs == GRID else "", source=sources).model_dump_json(exclude_defaults=True)


def told(control: Control, share: float) -> Callable[[str, float], Any]:
    """What a reader says of how far it is, as a share of a job that has more to do."""

    def progress(stage: str, fraction: float) -> None:
        control.progress(stage, fraction * share)

    return progress
