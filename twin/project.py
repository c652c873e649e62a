"""One file a person can mail: what was open, how it looked, the scenarios and where their results are.

A zip with `project.json`, `scenarios/N.toml` and `thumbnail.png`. Cities and results stay where they are and are named
by path, absolute and relative to the project. Writing is atomic: beside, synced, renamed; a full disk costs nothing.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import sys
import tempfile
import zipfile
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from twin.errors import InputError, StorageError
from twin.folders import lock
from twin.scenario.scenario import Scenario, scenario_from_toml

if TYPE_CHECKING:
    from collections.abc import Callable

    from twin.city.city import City

SCHEMA = 1
MEMBER_LIMIT = 64_000_000
"""Bytes a member may unpack to; a project holds settings, not cities."""


@dataclass
class Project:
    """what: sources as they were opened. layers: visible, opacity, order, style by layer id. camera, bookmarks: as the
    scene gives them. results: folder by scenario name. current: scenario shown; time_s: its moment."""

    what: list[str] = field(default_factory=list)
    name: str = ""
    layers: dict[str, dict[str, Any]] = field(default_factory=dict)
    camera: dict[str, Any] = field(default_factory=dict)
    light: dict[str, Any] = field(default_factory=dict)
    """Sun, shadows and look of the city, where they were set."""
    views: dict[str, Any] = field(default_factory=dict)
    """What several views beside each other show, where there are several."""
    bookmarks: dict[str, dict[str, Any]] = field(default_factory=dict)
    selections: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Kept by name: layer and ids."""
    measurements: list[dict[str, Any]] = field(default_factory=list)
    """kind, number, options and points in the city's CRS; their values are worked out again."""
    fires: list[dict[str, Any]] = field(default_factory=list)
    """Drawn by hand for illustration: x, y in the city's CRS, z, wind_from, wind_ms, heat_mw."""
    scenarios: list[Scenario] = field(default_factory=list)
    results: dict[str, str] = field(default_factory=dict)
    current: str = ""
    time_s: float = 0.0
    thumbnail: bytes = b""
    saved: str = ""
    recipe: str = ""
    """Of a city that was mended: its recipe (JSON) with repairs, '' where `what` tells all."""
    repairs: list[str] = field(default_factory=list)
    """Made to a city that comes from no recipe."""
    file: str = ""
    """Of an autosave: the project file whose work it is; '' where it was never saved under a name."""
    file_digest: str = ""
    """SHA-256 of that file as it was opened or saved last."""

    def save(self, path: Path | str) -> Path:
        """Write the file. Raises StorageError; an older file at the path is then as it was."""
        path = Path(path)
        data = {k: v for k, v in asdict(self).items() if k not in ("scenarios", "thumbnail")}
        data |= {"schema": SCHEMA, "saved": datetime.now(UTC).isoformat(timespec="seconds"), "folder": str(path.resolve().parent)}
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("project.json", json.dumps(data, ensure_ascii=False, indent=1))
            for i, scenario in enumerate(self.scenarios):
                archive.writestr(f"scenarios/{i:03d}.toml", scenario.to_toml())
            if self.thumbnail:
                archive.writestr("thumbnail.png", self.thumbnail, zipfile.ZIP_STORED)
        write_atomic(path, packed.getvalue())
        return path

    @staticmethod
    def load(path: Path | str) -> Project:
        """Read a project file. Raises InputError for what is no project, ScenarioError for a broken scenario in it."""
        path = Path(path)
        if path.exists() and not path.is_file():  # a pipe would be waited for
            raise InputError("This is no project file", where=str(path))
        try:
            with zipfile.ZipFile(path) as archive:
                data = json.loads(_member(archive, "project.json", path))
                names = sorted(n for n in archive.namelist() if n.startswith("scenarios/") and n.endswith(".toml"))
                scenarios = [scenario_from_toml(_member(archive, n, path).decode("utf-8"), f"{path.name}: {n}") for n in names]
                thumbnail = _member(archive, "thumbnail.png", path) if "thumbnail.png" in archive.namelist() else b""
        except FileNotFoundError:
            raise InputError("There is no such project", where=str(path)) from None
        except (zipfile.BadZipFile, KeyError, EOFError, NotImplementedError, RuntimeError) as error:
            raise InputError(
                "This is not a project file or it is damaged", where=str(path), do="Open an autosave or an older copy."
            ) from error
        except (json.JSONDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise InputError(f"The project cannot be understood: {error}", where=str(path)) from error
        except OSError as error:
            raise InputError(f"The project cannot be read: {error.strerror or error}", where=str(path)) from error
        if not isinstance(data, dict) or data.get("schema") != SCHEMA:
            raise InputError(
                f"The project has schema {data.get('schema') if isinstance(data, dict) else '?'}; this version reads {SCHEMA}",
                where=str(path),
            )
        return _checked(data, scenarios, thumbnail, path)


def is_project(what: list[str] | str) -> bool:
    """Whether what is to be opened is one project file."""
    names = [what] if isinstance(what, str) else what
    return len(names) == 1 and names[0].lower().endswith(".twin")


def city_of(project: Project, progress: Callable[[str, float], Any] | None = None) -> City:
    """The city of a project as it was kept, repairs included. Raises InputError."""
    from twin.city.recipe import open_city, open_kept

    if project.recipe:
        return open_kept(project.recipe, progress)
    if not project.what:
        raise InputError("The project names no city", do="Open it in the window, add a city and save it.")
    city = open_city(project.what[0] if len(project.what) == 1 else list(project.what), progress=progress)
    if project.repairs:
        from twin.city.doctor import opened, repaired

        city = opened(repaired(city, tuple(project.repairs)))
    return city


def _checked(data: dict[str, Any], scenarios: list[Scenario], thumbnail: bytes, path: Path) -> Project:
    project = Project(scenarios=scenarios, thumbnail=thumbnail)
    kinds: dict[str, Any] = {
        "what": list,
        "name": str,
        "layers": dict,
        "camera": dict,
        "light": dict,
        "views": dict,
        "bookmarks": dict,
        "selections": dict,
        "measurements": list,
        "fires": list,
        "results": dict,
        "current": str,
        "time_s": (int, float),
        "saved": str,
        "recipe": str,
        "repairs": list,
        "file": str,
        "file_digest": str,
    }
    for key, kind in kinds.items():
        value = data.get(key, getattr(project, key))
        if not isinstance(value, kind):
            raise InputError(f"The project has a wrong '{key}'", where=str(path), do="Open an autosave or an older copy.")
        setattr(project, key, value)
    here, there = path.resolve().parent, Path(str(data.get("folder", path.parent)))
    project.what = [_found(str(w), here, there) for w in project.what]
    project.recipe = _recipe_found(project.recipe, here, there)
    project.repairs = [str(name) for name in project.repairs]
    project.results = {str(k): _found(str(v), here, there) for k, v in project.results.items()}
    return project


def _recipe_found(recipe: str, here: Path, there: Path) -> str:
    """A recipe whose sources that are gone are looked for beside the project."""
    if not recipe:
        return ""
    try:
        told = json.loads(recipe)
        for source in told["source"]:
            source["path"] = _found(str(source["path"]), here, there)
    except (ValueError, TypeError, KeyError):
        return recipe  # opening it will tell
    return json.dumps(told, ensure_ascii=False)


def _found(item: str, here: Path, there: Path) -> str:
    """A path as it is; where that is gone, the same place relative to the project file."""
    if item.startswith("demo") or "://" in item or Path(item).exists():
        return item
    with contextlib.suppress(ValueError, OSError):
        moved = here / os.path.relpath(item, there)
        if moved.exists():
            return str(moved.resolve())
    return item


def _member(archive: zipfile.ZipFile, name: str, path: Path) -> bytes:
    if archive.getinfo(name).file_size > MEMBER_LIMIT:
        raise InputError(f"'{name}' in the project is larger than a project can be", where=str(path))
    return archive.read(name)


def thumbnail_of(path: Path | str) -> bytes:
    """PNG of a project's last picture, b"" where there is none or the file is gone."""
    try:
        with zipfile.ZipFile(path) as archive:
            return _member(archive, "thumbnail.png", Path(path))
    except (OSError, KeyError, zipfile.BadZipFile, InputError):
        return b""


def write_atomic(path: Path, data: bytes) -> None:
    """Beside, synced to the disk, renamed. Raises StorageError; what was at path stays."""
    temporary = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
            temporary = file.name
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
        if sys.platform != "win32":
            folder = os.open(path.parent, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
    except OSError as error:
        with contextlib.suppress(OSError):
            if temporary:
                os.unlink(temporary)
        raise StorageError(
            f"It could not be saved: {error.strerror or error}",
            where=str(path),
            do="Make room or choose another folder; what was there before is untouched.",
        ) from error


def digest_of(path: Path) -> str:
    """SHA-256 of a project file, '' where it cannot be read."""
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError:
        return ""


class ProjectLock:
    """Held while a project is open, so that a second window does not overwrite it; the system frees it if we crash."""

    def __init__(self, path: Path | str) -> None:
        path = Path(path)
        self.path = path.with_name(f".{path.name}.lock")
        self._file: IO[bytes] | None = None

    def acquire(self) -> bool:
        """Whether it is ours now; also True where the folder cannot be written, since then nobody can save there."""
        if self._file is not None:
            return True
        try:
            file = open(self.path, "a+b")  # noqa: SIM115 (held open: closing frees the lock)
        except OSError:
            return True
        try:
            lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def is_free(self) -> bool:
        """Whether nobody holds it now; it is not taken."""
        try:
            file = open(self.path, "r+b")  # noqa: SIM115 (closed below, which frees what was tried)
        except OSError:
            return True
        try:
            lock(file)
        except OSError:
            return False
        finally:
            file.close()
        return True

    def release(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self.path.unlink()
            self._file.close()
            self._file = None
