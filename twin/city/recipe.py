"""A city from one or several sources: files, folders, a recipe `city.toml`, a saved city, or the word demo.

What a source is about is found by looking; a recipe states it:

    name = "Delft"
    crs = "EPSG:28992"            # or "engineering": a grid with no place on the map
    vertical = "EPSG:5709"
    timezone = "Europe/Amsterdam"
    region = "europe"
    currency = "EUR"

    [[source]]
    path = "pand.gpkg"            # file or folder, beside the recipe or absolute
    role = "buildings"
    crs = "EPSG:28992"
    fields = { height = "hoogte", id = "identificatie" }
    licence = "CC0"
    attribution = "BAG, Kadaster"
    lod = "1.2"                   # level of detail of a source with several; the best where it is not said
    layers = ["pand"]             # of a source with several layers; all where it is not said
    encoding = "gbk"              # of text, where the source does not say it
    swap_axes = true              # coordinates came as latitude, longitude or northing, easting
    unit = "ft"                   # of heights, and of coordinates without CRS or that fit it only so: m ft us-ft mm cm km
    join = "pand_id = buildings.identificatie"   # of a table without places
    place = { x = 4.36, y = 52.01, z = 0.0, heading = 30, scale = 1.0, up = "z", crs = "EPSG:4326" }   # of a mesh

A path may be a URL (https://, postgresql://, wfs:https://...). `repairs = ["..."]` at the top lists repairs of the import doctor,
`keep_doubles = true` keeps what two sources tell both times.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Callable, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from twin.city.city import City
from twin.city.features import ROLES
from twin.city.readers.fields import NAMES
from twin.city.store import cached_city, is_store, key_of, load_city
from twin.errors import InputError, Problem, Severity, UnknownFormat
from twin.frame import LocalFrame, parse_crs
from twin.net.address import is_url, without_password
from twin.toml import read_toml

if TYPE_CHECKING:
    from twin.net.sources import Remote

Progress = Callable[[str, float], None]
RECIPE = "city.toml"
_NOT_CACHED = 256 << 10
_GRID = ("engineering", "local")


Found: TypeAlias = "tuple[SourceSpec, Path | Remote, bool]"
"""A source to read: its file or what is at its URL, and whether somebody named it."""
UNITS = {"": 1.0, "m": 1.0, "ft": 0.3048, "us-ft": 1200 / 3937, "mm": 0.001, "cm": 0.01, "km": 1000.0}


class PlaceSpec(BaseModel):
    """Where a mesh stands."""

    model_config = ConfigDict(extra="forbid")
    x: float = Field(allow_inf_nan=False)
    y: float = Field(allow_inf_nan=False)
    z: float | None = Field(default=None, allow_inf_nan=False)
    crs: str = "EPSG:4326"
    heading: float = Field(default=0.0, allow_inf_nan=False)
    scale: float = Field(default=1.0, gt=0, allow_inf_nan=False)
    up: Literal["", "y", "z"] = ""


class SourceSpec(BaseModel):
    """One `[[source]]` of a recipe."""

    model_config = ConfigDict(extra="forbid")
    path: str
    role: str = ""
    crs: str = ""
    fields: dict[str, str] = Field(default_factory=dict)
    name: str = ""
    licence: str = ""
    attribution: str = ""
    date: str = ""
    lod: str = ""
    layers: list[str] = Field(default_factory=list)
    encoding: str = ""
    swap_axes: bool = False
    unit: Literal["", "m", "ft", "us-ft", "mm", "cm", "km"] = ""
    join: str = ""
    place: PlaceSpec | None = None

    @field_validator("role")
    @classmethod
    def _known_role(cls, value: str) -> str:
        if value and value not in (*ROLES, "buildings", "terrain", "surface", "imagery", "stations", "pumps"):
            raise ValueError(f"'{value}' is no role; known are buildings, terrain, {', '.join(ROLES)}")
        return value

    @field_validator("fields")
    @classmethod
    def _known_fields(cls, value: dict[str, str]) -> dict[str, str]:
        wrong = sorted(set(value) - set(NAMES))
        if wrong:
            raise ValueError(f"'{wrong[0]}' is no field of ours; known are {', '.join(sorted(NAMES))}")
        return value


class Recipe(BaseModel):
    """A city.toml."""

    model_config = ConfigDict(extra="forbid")
    name: str = ""
    crs: str = ""
    vertical: str = ""
    timezone: str = ""
    region: str = ""
    currency: str = ""
    repairs: list[str] = Field(default_factory=list)
    keep_doubles: bool = False
    """Whether things that two sources tell stay in the city twice."""
    source: list[SourceSpec] = Field(min_length=1)

    @field_validator("repairs")
    @classmethod
    def _known_repairs(cls, value: list[str]) -> list[str]:
        if value:
            from twin.city.doctor import MADE, REPAIRS

            wrong = [name for name in value if name not in REPAIRS | MADE]
            if wrong:
                raise ValueError(f"'{wrong[0]}' is no repair; known are {', '.join(REPAIRS)}")
        return value

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        if value:
            try:
                ZoneInfo(value)
            except (ZoneInfoNotFoundError, ValueError, OSError):
                raise ValueError(f"'{value}' is no IANA time zone such as Asia/Shanghai") from None
        return value


def read_recipe(path: Path) -> Recipe:
    """Raises InputError with the line or the field that is wrong."""
    try:
        return Recipe.model_validate(read_toml(path))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"This recipe is not valid TOML: {error}", where=str(path)) from None
    except OSError as error:
        raise InputError(f"This recipe cannot be read: {error.strerror}", where=str(path)) from None
    except ValidationError as error:
        raise InputError(f"This recipe cannot be used: {_first(error)}", where=str(path)) from None


def _first(error: ValidationError) -> str:
    told = []
    for item in error.errors()[:3]:
        place = ".".join(str(p) for p in item["loc"])
        message = {"extra_forbidden": "is not a key of a recipe", "missing": "is missing"}.get(
            item["type"], item["msg"].removeprefix("Value error, ")
        )
        told.append(f"{place} {message}" if item["type"] in ("extra_forbidden", "missing") else f"{place}: {message}")
    return "; ".join(told)


def open_city(what: str | Path | Sequence[str | Path], progress: Progress | None = None, *, crs: str = "", use_cache: bool = True) -> City:
    """A city from a file, folder, recipe, saved city, several of them, or the word demo (demo:4 for 4 km2, demo:50000 for
    so many buildings).

    progress: called with what is being done and the fraction done. crs: of the sources that do not say theirs, as in a recipe.
    Raises InputError where nothing can be used; what is only partly wrong is told in City.problems.
    """
    items = [what] if isinstance(what, (str, Path)) else list(what)
    if not items:
        raise InputError("Nothing to open", do="Name a file, a folder, a recipe or the word demo.")
    if len(items) == 1 and re.fullmatch(r"demo(:.*)?", str(items[0])):
        from twin.city.demo import demo_city

        return demo_city(_size_of(str(items[0])), progress=progress)
    paths = [i if is_url(str(i)) else _existing(Path(i).expanduser()) for i in items]
    only = paths[0]
    if len(paths) == 1 and isinstance(only, Path):
        if only.is_dir() and is_store(only):
            return load_city(only)
        file = only / RECIPE if only.is_dir() else only
        if file.suffix == ".toml" and file.is_file():
            return _open(read_recipe(file), file.parent, [file], progress, crs, use_cache, _name_of(file.parent.absolute()))
    specs = [SourceSpec(path=str(p.absolute()) if isinstance(p, Path) else without_password(p)) for p in paths]
    name = _name_of(only)
    return _open(Recipe(source=specs), Path(), [], progress, crs, use_cache, name)


def open_recipe(recipe: Recipe, progress: Progress | None = None, *, use_cache: bool = True) -> City:
    """The city of a recipe whose paths are absolute. Raises InputError as open_city does."""
    return _open(recipe, Path(), [], progress, "", use_cache, recipe.name or _name_of(recipe.source[0].path))


def open_kept(recipe: str, progress: Progress | None = None) -> City:
    """The city of a recipe as City.recipe and projects keep it. Raises InputError where it cannot be understood."""
    try:
        told = Recipe.model_validate_json(recipe)
    except ValidationError as error:
        raise InputError(f"The recipe kept of this city cannot be used: {_first(error)}", do="Open its sources again.") from None
    return open_recipe(told, progress)


def recipe_of(city: City) -> Recipe | None:
    """What a city was opened by, with the repairs made to it since; None where it comes from no files."""
    if not city.recipe:
        return None
    return Recipe.model_validate_json(city.recipe).model_copy(update={"repairs": list(city.repairs)})


def reopened(city: City, change: Callable[[Recipe], Recipe], progress: Progress | None = None) -> City:
    """The city opened again by its recipe as changed; its repairs are made again. Raises InputError."""
    recipe = recipe_of(city)
    if recipe is None:
        raise InputError("This city was not opened from files, so that nothing can be read in another way")
    return open_recipe(change(recipe), progress)


def with_source_changed(recipe: Recipe, label: str, **said: object) -> Recipe:
    """A recipe that says more of one source (crs, swap_axes, unit ...).

    label: as problems name the source, its name in the recipe or its file. A file that only a folder holds is named besides the
    folder. Raises InputError where no source is called so.
    """
    i, file = _source_called(recipe, label)
    known = recipe.source[i].model_dump()
    if file is not None:
        new = SourceSpec.model_validate({**known, "path": str(file), **said})
        return recipe.model_copy(update={"source": [*recipe.source, new]})
    new = SourceSpec.model_validate({**known, **said})
    return recipe.model_copy(update={"source": [*recipe.source[:i], new, *recipe.source[i + 1 :]]})


def _source_called(recipe: Recipe, label: str) -> tuple[int, Path | None]:
    """Number of the source that problems call so, and the file where it is only one of a folder. Raises InputError."""
    from twin.city.folder import called
    from twin.city.readers import files_of

    for i, spec in enumerate(recipe.source):
        files = [] if "://" in spec.path else [file for file, _ in files_of(_existing(Path(spec.path)))]
        mine = next((f for f in files if label in (f.name, called(f, files))), None)
        itself = label in (spec.name, _url_label(spec.path)) or (mine is not None and mine == Path(spec.path))
        if not itself and mine is None and not (len(recipe.source) == 1 and len(files) <= 1):
            continue
        return i, None if mine == Path(spec.path) else mine
    raise InputError(f"No source of this city is called '{label}'")


def with_sources_added(recipe: Recipe, what: Sequence[str | Path], frame: LocalFrame) -> Recipe:
    """A recipe with more sources: files, folders, or the sources of other recipes. frame: of the city as it is, whose reference
    system stays. Raises InputError for a saved city, which is no source, and where all of it is there already."""
    more: list[SourceSpec] = []
    for item in what:
        if is_url(str(item)):
            more.append(SourceSpec(path=without_password(str(item))))
            continue
        path = _existing(Path(item).expanduser()).absolute()
        if path.is_dir() and is_store(path):
            raise InputError(
                "A saved city is a whole city, not a layer", where=str(path), do="Open it instead, or add the files it was made from."
            )
        file = path / RECIPE if path.is_dir() else path
        other = file.suffix == ".toml" and file.is_file()
        more += _absolute(read_recipe(file), file.parent, "", "").source if other else [SourceSpec(path=str(path))]
    known = {s.path for s in recipe.source}
    new = [s for s in more if s.path not in known]
    if not new:
        raise InputError("This is part of the city already", where=str(what[0]))
    keeps = {"crs": frame.crs} if frame.has_map and frame.crs and not recipe.crs else {}
    return recipe.model_copy(update={"source": [*recipe.source, *new], **keeps})


def recipe_toml(recipe: Recipe, folder: Path, problems: Sequence[Problem] = ()) -> str:
    """A recipe as city.toml in a folder: only what differs from what is found by looking, paths beside it told from there.

    problems: of its city; where one of a source has a single remedy, that stands there as a comment with its reason, to be let in.
    """
    import tomlkit

    def path(text: str) -> str:
        if "://" in text:
            return text
        try:
            return Path(text).relative_to(folder.absolute()).as_posix()
        except ValueError:
            return text

    remedies, more = _remedies(recipe, problems)
    said = recipe.model_dump(exclude_defaults=True)
    document = tomlkit.document()
    for key, value in said.items():
        if key != "source":
            document.add(key, value)
    sources = tomlkit.aot()
    for i, spec in enumerate(said["source"]):
        table = tomlkit.table()
        for key, value in {**spec, "path": path(spec["path"])}.items():
            if isinstance(value, dict):
                inline = tomlkit.inline_table()
                inline.update(value)
                table.add(key, inline)
            else:
                table.add(key, value)
        for line in remedies.get(i, ()):
            table.add(tomlkit.comment(line))
        sources.append(table)
    document.add("source", sources)
    text = tomlkit.dumps(document)
    for file, lines in more.items():
        block = ["[[source]]", f"path = {json.dumps(path(str(file)), ensure_ascii=False)}", *lines]
        text += "\n" + "".join(f"# {line}\n" for line in block)
    return text


def _remedies(recipe: Recipe, problems: Sequence[Problem]) -> tuple[dict[int, list[str]], dict[Path, list[str]]]:
    """What may be said of sources, by their number, and of single files of folders: lines of a recipe, each with its reason."""
    of_source: dict[int, list[str]] = {}
    of_file: dict[Path, list[str]] = {}
    for problem in problems:
        if "=" not in problem.repair or "|" in problem.repair:
            continue
        try:
            number, file = _source_called(recipe, problem.source)
        except InputError:
            continue
        lines = of_source.setdefault(number, []) if file is None else of_file.setdefault(file, [])
        said = problem.did.rpartition(". ")[2] or problem.message
        reason = "".join(c if c.isprintable() else " " for c in said)  # TOML allows nothing else in a comment
        for key, value in (word.split("=", 1) for word in problem.repair.split()):
            line = f"{key} = {value}" if value == "true" else f'{key} = "{value}"'
            if not any(known.startswith(line) for known in lines):
                lines.append(f"{line}  # {reason}")
    return of_source, of_file


def _url_label(path: str) -> str | None:
    """As problems name a source by URL."""
    if not is_url(path):
        return None
    from twin.net.sources import url_name

    return url_name(path)


_SAYS_NOTHING = frozenset(
    {"tileset", "osm_layers", "layers", "data", "derived", "gis", "output", "osm", "geojson", "city", "source", "sources", "export"}
)


def _name_of(what: Path | str) -> str:
    """A name to show: that of the file or folder, of the folder above where it says nothing; of a URL its last part."""
    if is_url(str(what)):
        from twin.net.sources import url_name

        name = url_name(str(what))
        is_host = f"//{name}" in str(what) or f"@{name}" in str(what)
        return name if is_host else name.split(".")[0].replace("_", " ").strip() or name
    path = Path(what).absolute()
    name = path.name if path.is_dir() else path.name.split(".")[0]
    if name.lower() in _SAYS_NOTHING and path.parent.name:
        name = path.parent.name
    name = name.replace("_", " ").strip()
    return name.title() if name.islower() and name.isascii() else name


def _existing(path: Path) -> Path:
    try:
        there = path.exists()
    except (OSError, ValueError):
        there = False
    if not there:
        raise InputError("There is no such file or folder", where=str(path), do="Check the name, or say demo for the demonstration city.")
    return path


def _open(recipe: Recipe, home: Path, beside: list[Path], progress: Progress | None, crs: str, use_cache: bool, name: str) -> City:
    if not any(is_url(spec.path) for spec in recipe.source):
        return _open_sources(recipe, home, beside, progress, crs, use_cache, name, {})
    from twin.net.client import Client
    from twin.net.sources import age_note, not_there, remote

    def told(what: str, fraction: float) -> None:
        if progress is not None:
            progress(what, 0.5 * fraction)

    with Client(told, refresh=not use_cache) as client:
        remotes: dict[int, Remote] = {}
        for spec in recipe.source:
            if is_url(spec.path):
                try:
                    remotes[id(spec)] = remote(spec.path, tuple(spec.layers), client)
                except InputError as error:  # the others may be there
                    if len(recipe.source) == 1:
                        raise
                    remotes[id(spec)] = not_there(spec.path, error)
        city = _open_sources(recipe, home, beside, progress, crs, use_cache, name, remotes)
        return city.derived(problems=(*city.problems, *age_note(client))) if client.stale else city


def _open_sources(
    recipe: Recipe, home: Path, beside: list[Path], progress: Progress | None, crs: str, use_cache: bool, name: str,
    remotes: dict[int, Remote],
) -> City:  # fmt: skip
    """remotes: what is at the URL of a source, by the source's id()."""
    from twin.city.readers import files_of

    found: list[Found] = []
    for spec in recipe.source:
        at = remotes.get(id(spec))
        if at is None:
            found += [(spec, file, alone) for file, alone in files_of(_existing(home / spec.path))]
        else:
            found.append((spec, at, True))
    named = {file for _, file, alone in found if alone}
    found = [(spec, file, alone) for spec, file, alone in found if alone or file not in named]
    distant = [f for _, f, _ in found if not isinstance(f, Path)]
    plain = [f if isinstance(f, Path) else f.file for _, f, _ in found]
    files = list(dict.fromkeys([*beside, *(f for file in plain if file is not None for f in _companions(file))]))
    if not found:
        raise InputError(
            "This folder holds nothing that can be opened",
            where=str(home / recipe.source[0].path),
            do="Looked for GIS layers, city models and terrain.",
        )
    total = sum(f.stat().st_size for f in files)

    def make() -> City:
        return _read(recipe, found, progress or (lambda _what, _fraction: None), crs, name)

    stamps = [d.stamp for d in distant]
    if not use_cache or not all(stamps) or (total < _NOT_CACHED and all(d.file for d in distant)):
        city = make()
    else:
        city = cached_city(key_of(files, recipe.model_dump_json(), crs, name, *stamps), make)
        if progress is not None:
            progress("Ready", 1.0)
    return city.derived(recipe=_absolute(recipe, home, crs, name).model_dump_json(exclude_defaults=True))


def _absolute(recipe: Recipe, home: Path, crs: str, name: str) -> Recipe:
    """The recipe as it can be opened from anywhere."""
    sources = [s if "://" in s.path else s.model_copy(update={"path": str((home / s.path).absolute())}) for s in recipe.source]
    grid = {"crs": crs} if crs in _GRID and not recipe.crs else {}
    return recipe.model_copy(update={"source": sources, "name": recipe.name or name, **grid})


def _companions(file: Path) -> list[Path]:
    """A file and those that belong to it (a shapefile's attributes, a raster's CRS, a mesh's materials, the tiles of a tileset)."""
    if file.is_dir():  # File GDB, timetable, pieces of one Parquet; of a pyramid of tiles its first ones
        return [file, *islice((p for p in sorted(file.rglob("*")) if p.is_file()), 5_000)]
    if file.name.lower() == "tileset.json":
        return [file, *sorted(p for p in file.parent.rglob("*") if p != file and p.is_file())]
    if file.suffix.lower() in (".obj", ".gltf"):
        beside = (".mtl", ".bin", ".png", ".jpg", ".jpeg")
        return [file, *sorted(p for p in file.parent.iterdir() if p.suffix.lower() in beside and p.is_file())]
    if file.suffix.lower() == ".vrt":
        from twin.city.readers.rasterfile import checked_vrt

        try:
            return [file, *dict.fromkeys(checked_vrt(file))]
        except InputError:  # told when it is read
            return [file]
    if file.suffix.lower() not in (".shp", ".asc", ".tif", ".tiff", ".jpg", ".png"):
        return [file]
    return [file, *sorted(p for p in file.parent.glob(f"{_escaped(file.stem)}.*") if p != file and p.is_file())]


def _escaped(text: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in text)


def _read(recipe: Recipe, found: list[Found], progress: Progress, crs: str, name: str) -> City:
    from shapely.errors import GEOSException

    from twin.city.assemble import assemble
    from twin.city.doctor import opened, repaired
    from twin.city.folder import called, files_at_once, is_table, layer_beside
    from twin.city.once import each_once
    from twin.city.placing import Wishes
    from twin.city.readers import read_file, with_crs
    from twin.city.readers.parts import Hints, Parts, Placement

    engineering = recipe.crs in _GRID or crs in _GRID
    parts = Parts()
    fallback = None if crs in ("", *_GRID) else parse_crs(crs)
    errors: list[InputError] = []
    placed: set[Path] = set()
    # Tables last: which of them say what a layer beside says is known then.
    found = sorted(found, key=lambda item: is_table(item[1]))
    for i, (spec, file, alone) in enumerate(found):
        progress(f"Reading {file.name}", 0.7 * i / len(found))
        own = spec.crs not in ("", *_GRID)
        label = called(file, (f for _, f, _ in found))
        hints = Hints(
            spec.role, parse_crs(spec.crs) if own else None, spec.crs in _GRID or (engineering and not own), spec.fields,
            spec.name or ("" if label == file.name else label), spec.licence, spec.attribution, spec.date, spec.lod,
            None if spec.place is None else Placement(**spec.place.model_dump()), spec.join, spec.swap_axes, UNITS[spec.unit],
            tuple(spec.layers), spec.encoding,
        )  # fmt: skip
        try:
            more = read_file(file, hints, fallback) if isinstance(file, Path) else with_crs(file.read(hints), fallback)
            twin = next((s for s in parts.sources if more.sources and s.sha256 == more.sources[0].sha256), None)
            if twin is not None and not alone:
                told = f"{label} is the same as {called(Path(twin.path), (f for _, f, _ in found))} and was left out"
                parts.problems.append(Problem("same_file", "info", 1, told, label))
                continue
            again = None if alone or not more.layers or not isinstance(file, Path) else layer_beside(file, placed)
            if again is not None:
                told = f"{label} has the places that {again.name} has and was left out"
                parts.problems.append(Problem("same_file", "info", 1, told, label))
                continue
            parts.add(more)
            if more.layers and isinstance(file, Path):
                placed.add(file)
        except InputError as error:
            if len(found) == 1:
                raise
            errors.append(error)
            foreign = isinstance(error, UnknownFormat)
            code: tuple[str, Severity] = (
                ("unknown_format", "info") if foreign and not alone else ("unusable", "error" if alone else "warning")
            )
            # `info` tells problems without their sources: a file that nobody named is named.
            told = f"{error.what}. {error.do}" if alone else f"{label}: {error.what}. {error.do}"
            parts.problems.append(Problem(*code, 1, told.strip(), label))
    parts.problems = files_at_once(parts.problems)
    if parts.is_empty and errors:
        raise _all_of(errors, parts.problems)
    progress("Building the city", 0.7)
    wished = parse_crs(recipe.crs) if recipe.crs not in ("", *_GRID) else None
    if wished is not None and not wished.is_projected:
        raise InputError(f"'{recipe.crs}' is not a projected coordinate system", do="A city needs metres or feet, e.g. the UTM zone.")
    wishes = Wishes(recipe.name or name, wished, engineering, recipe.vertical, recipe.timezone, recipe.region, recipe.currency)
    try:
        city = assemble(parts, wishes)
        city = city if recipe.keep_doubles else each_once(city)
    except GEOSException as error:
        raise InputError(
            f"The geometry of these sources cannot be worked with: {error}", do="Repair it in a GIS, then open it again."
        ) from error
    city = opened(repaired(city, recipe.repairs))
    progress("Ready", 1.0)
    return city


def _all_of(errors: list[InputError], problems: list[Problem]) -> InputError:
    """One error that names every file."""
    first = errors[0]
    if len(errors) == 1:
        return InputError(first.what, where=first.where, do=first.do, problems=tuple(problems))
    rest = len(errors) - 3
    named = "; ".join(f"{Path(e.where).name or '?'}: {e.what}" for e in errors[:3]) + (f"; and {rest} more" if rest > 0 else "")
    return InputError(f"None of {len(errors)} files can be used: {named}", do=first.do, problems=tuple(problems))


def _size_of(word: str) -> float:
    """Size of "demo" or "demo:SIZE": square kilometres, from 1,000 on buildings."""
    if word == "demo":
        return 25.0
    try:
        return float(word.partition(":")[2])
    except ValueError:
        raise InputError(
            f"'{word}' is not a demonstration city", do="Write demo, demo:4 for 4 square kilometres, or demo:50000 for 50,000 buildings."
        ) from None
