"""Saving and opening of projects from the window: atomic, in a worker; autosave, recovery, lock, recent files."""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QImage

from gui.i18n import tr
from gui.notices import Stay
from gui.preferences import settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.session import Session
    from twin.city.city import City
    from twin.project import Project, ProjectLock

AUTOSAVE_MS = 60_000
RECENT = 8


class Projects(QObject):
    """One per window. `camera` and `picture` are asked of the view when a project is made."""

    path_changed = Signal()
    recent_changed = Signal()
    saved = Signal(str)
    """Path of a project now on disk."""

    def __init__(self, session: Session, camera: Callable[[], dict[str, Any]], picture: Callable[[], QImage]) -> None:
        super().__init__(session)
        self.session = session
        self.path: Path | None = None
        self._camera, self._picture = camera, picture
        self.light: Callable[[], dict[str, Any]] = dict
        """Sun and look of the city, asked when a project is made; `put_light` takes them over from one."""
        self.put_light: Callable[[dict[str, Any]], None] = lambda _: None
        self.views: Callable[[], dict[str, Any]] = dict
        """What several views show, asked when a project is made; `put_views` takes it over from one."""
        self.put_views: Callable[[dict[str, Any]], None] = lambda _: None
        self.measurements: Callable[[], list[dict[str, Any]]] = list
        """What was measured, asked when a project is made; `put_measurements` takes it over from one."""
        self.put_measurements: Callable[[list[dict[str, Any]]], None] = lambda _: None
        self.fires: Callable[[], list[dict[str, Any]]] = list
        """Fires drawn by hand, asked when a project is made; `put_fires` takes them over from one."""
        self.put_fires: Callable[[list[dict[str, Any]]], None] = lambda _: None
        self.digest = ""
        """Of the file at `path` as it was opened or saved last."""
        self._lock: ProjectLock | None = None
        self._mine: ProjectLock | None = None
        self._autosave = autosave_folder() / f"{os.getpid()}.twin"
        self._timer = QTimer(self)
        self._timer.setInterval(AUTOSAVE_MS)
        self._timer.timeout.connect(lambda: self.autosave())
        self._timer.start()

    # project <- session
    def snapshot(self) -> Project:
        """What is open, as a project."""
        from twin.project import Project

        s = self.session
        recipe, repairs = mended(s.city) if s.city is not None and s.is_mended else ("", [])
        return Project(
            what=list(s.what),
            name=s.city.name if s.city is not None else "",
            layers={x.id: {"visible": x.visible, "opacity": x.opacity, "order": x.order, "style": x.style.as_dict()} for x in s.layers},
            camera=self._camera(),
            light=self.light(),
            views=self.views(),
            bookmarks=dict(s.bookmarks),
            selections=dict(s.selections),
            measurements=self.measurements(),
            fires=self.fires(),
            scenarios=[c.scenario.model_copy(deep=True) for c in s.cases.values()],
            results={n: str(c.result.path) for n, c in s.cases.items() if c.result is not None},
            current=s.current,
            time_s=s.time_s,
            thumbnail=self.thumbnail(),
            recipe=recipe,
            repairs=repairs,
        )

    def thumbnail(self) -> bytes:
        """The view as a small picture; b"" where it cannot be drawn, for work is saved whatever happens to a picture."""
        try:
            return png(self._picture())
        except Exception as error:  # a fault of the view must not cost the project
            self.session.notices.log("warning", str(error))
            return b""

    def save(self, path: Path) -> bool:
        """Save in a worker; a failure becomes a notice and the session stays dirty. False where another window holds the file."""
        from twin.project import ProjectLock

        path = path if path.suffix else path.with_suffix(".twin")
        if self.path is None or path.resolve() != self.path.resolve():
            lock = ProjectLock(path)
            if not lock.acquire():
                was = self.path
                self.session.notices.tell(
                    "warning",
                    tr("{name} is open in another window. Save under another name.", name=path.name),
                    stay=Stay(lambda: self.path == was and not lock.is_free()),
                )
                return False
            self._let_go()
            self._lock = lock
        project = self.snapshot()
        self.session.is_dirty = False

        def work(_: Control) -> tuple[Path, str]:
            from twin.project import digest_of

            saved = project.save(path)
            return saved, digest_of(saved)

        def done(told: tuple[Path, str]) -> None:
            saved, self.digest = told
            self.path = saved
            self.remember([str(saved)], project.thumbnail)
            self.forget_autosave()
            self.path_changed.emit()
            self.session.notices.log("good", tr("Saved {path}", path=saved))
            self.saved.emit(str(saved))

        def failed(error: Exception) -> None:
            self.session.is_dirty = True
            if self.path is None:  # nothing came to be under that name
                self._let_go()
            self.session.notices.trouble(error)
            self.autosave()

        self.session.jobs.start(tr("Saving {name}", name=path.name), work, quiet=True, done=done, failed=failed)
        return True

    # session <- project
    def apply(self, project: Project, path: Path | None) -> None:
        """Looks, scenarios and results of a project onto the session whose city is open."""
        from gui.ready import checked
        from layers.style import Style
        from twin.errors import ScenarioError
        from twin.project import digest_of

        s = self.session
        s.bookmarks = dict(project.bookmarks)
        self.put_light(project.light)
        self.put_measurements(project.measurements)
        self.put_fires(project.fires)
        s.selections = dict(project.selections)
        s.bookmarks_changed.emit()
        for layer in s.layers:
            self._look(layer, project.layers.get(layer.id, {}), Style)
        s.layers_changed.emit()
        for scenario in project.scenarios:
            try:
                s.add_case(checked(scenario, scenario.scenario.name))
            except ScenarioError as error:
                s.notices.trouble(error)
        if project.current:
            s.set_current(project.current)
        missing = []
        for name, folder in project.results.items():
            if name not in s.cases:
                continue
            if not Path(folder).exists():
                missing.append(folder)
                continue
            self._result(name, folder, project)
        self.put_views(project.views)
        if missing:
            s.notices.tell("warning", tr("Some results of this project are gone; run the scenarios again."), "\n".join(missing))
        s.undo.clear()
        s.is_dirty = False
        self.path, self.digest = path, digest_of(path) if path is not None else ""
        self.path_changed.emit()

    def taken_up(self, project: Project) -> Path | None:
        """The file that recovered work goes back to, ours from now on; None, and told why, where that cannot be."""
        from twin.project import digest_of

        if not project.file:
            return None
        path = Path(project.file)
        if path.exists() and digest_of(path) != project.file_digest:
            why = tr("{name} was saved by somebody else since. Save the recovered work under another name.", name=path.name)
        elif not self.take(path):
            why = tr("{name} is open in another window. Save the recovered work under another name.", name=path.name)
        else:
            return path
        self.session.notices.tell("warning", why, stay=Stay(lambda: self.path is None))
        return None

    def _look(self, layer: Any, kept: dict[str, Any], style: Any) -> None:
        try:
            layer.visible = bool(kept.get("visible", layer.visible))
            layer.opacity = float(kept.get("opacity", layer.opacity))
            layer.order = int(kept.get("order", layer.order))
            if "style" in kept:
                fields = {k: v for k, v in kept["style"].items() if k in style.__dataclass_fields__}
                fields["categories"] = tuple((str(a), str(b)) for a, b in fields.get("categories", ()))
                layer.style = replace(layer.style, **fields)
        except (TypeError, ValueError, KeyError) as error:
            self.session.notices.log("warning", tr("The look of {layer} could not be restored: {error}", layer=layer.title, error=error))

    def _result(self, name: str, folder: str, project: Project) -> None:
        s = self.session

        def work(_: Control) -> Any:
            from twin.results import open_result

            return open_result(Path(folder))

        def done(result: Any) -> None:
            case = s.cases.get(name)
            if case is not None and case.result is None:
                case.result, case.ran = result, s.digest(case)
                s.cases_changed.emit()
                if s.current == name:
                    s.store_changed.emit()

        s.jobs.start(tr("Opening {name}", name=name), work, quiet=True, done=done, failed=s.notices.trouble)

    def take(self, path: Path) -> bool:
        """Lock a project about to be opened; False where another window holds it."""
        from twin.project import ProjectLock

        lock = ProjectLock(path)
        if not lock.acquire():
            return False
        self._let_go()
        self._lock = lock
        return True

    def close(self) -> None:
        """The city goes: nothing is saved under its name any more."""
        self._let_go()
        self.path, self.digest = None, ""
        self.path_changed.emit()

    def _let_go(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    # autosave and recovery
    def autosave(self, instead_of: Path | None = None) -> None:
        """Keep what is not saved where the next start finds it; instead_of: an autosave that goes once this one is there."""
        if not self.session.is_dirty or self.session.city is None:
            return
        from twin.project import ProjectLock

        if self._mine is None:  # says that this process lives
            self._mine = ProjectLock(self._autosave)
            self._mine.acquire()
        project, path = self._unsaved(), self._autosave

        def work(_: Control) -> None:
            project.save(path)
            if instead_of is not None and instead_of != path:
                instead_of.unlink(missing_ok=True)

        self.session.jobs.start(
            tr("Autosave"),
            work,
            quiet=True,
            failed=lambda error: self.session.notices.log("warning", tr("Autosave did not work: {error}", error=error)),
        )

    def _unsaved(self) -> Project:
        """What is open, with the name of the file that it belongs to."""
        return replace(self.snapshot(), file=str(self.path.resolve()) if self.path is not None else "", file_digest=self.digest)

    def autosave_now(self) -> None:
        """At closing: no worker is left to do it."""
        from twin.errors import StorageError

        if self.session.is_dirty and self.session.city is not None and (self.session.cases or self.session.undo.count()):
            try:
                self._unsaved().save(self._autosave)
            except StorageError as error:
                self.session.notices.log("error", str(error))

    def forget_autosave(self) -> None:
        self._autosave.unlink(missing_ok=True)

    def end(self) -> None:
        """The window goes."""
        self._timer.stop()
        self._let_go()
        if self._mine is not None:
            self._mine.release()
            self._mine = None

    @staticmethod
    def left_behind() -> list[Path]:
        """Autosaves of windows that are gone, newest first."""
        found = sorted(autosave_folder().glob("*.twin"), key=lambda p: p.stat().st_mtime, reverse=True)
        if not found:
            return []
        from twin.project import ProjectLock

        free = []
        for path in found:
            lock = ProjectLock(path)
            if lock.acquire():
                lock.release()
                free.append(path)
        return free

    # recent
    @staticmethod
    def names_of(what: list[str]) -> list[str]:
        """What was opened, told so that it is found from any folder."""
        return [w if w.startswith("demo") or "://" in w else str(Path(w).resolve()) for w in what]

    def remember(self, what: list[str], thumbnail: bytes = b"") -> None:
        """Put what was opened on top of the recent ones, with its picture where there is one."""
        names = self.names_of(what)
        kept = [names, *[r for r in recent() if r != names]][:RECENT]
        if thumbnail:
            from twin.errors import StorageError
            from twin.project import write_atomic

            try:
                write_atomic(thumbnail_path(names), thumbnail)
            except StorageError as error:
                self.session.notices.log("warning", str(error))
        store = settings()
        store.setValue("recent", json.dumps(kept))
        store.sync()
        self.recent_changed.emit()


def mended(city: City) -> tuple[str, list[str]]:
    """What brings a mended city back: its recipe with the repairs, or the repairs alone where it comes from no files."""
    from twin.city.recipe import recipe_of

    recipe = recipe_of(city)
    return ("", list(city.repairs)) if recipe is None else (recipe.model_dump_json(exclude_defaults=True), [])


def recent() -> list[list[str]]:
    """Things opened lately, newest first."""
    try:
        kept = json.loads(str(settings().value("recent", "[]")))
    except ValueError:
        return []
    return [[str(w) for w in r] for r in kept if isinstance(r, list) and r]


def recent_cards() -> list[tuple[str, bytes, bool]]:
    """(what, PNG, whether all of it is there) for the start page."""
    cards = []
    for names in recent():
        there = all(w.startswith("demo") or "://" in w or Path(w).exists() for w in names)
        path = thumbnail_path(names)
        cards.append(("\n".join(names), path.read_bytes() if path.is_file() else b"", there))
    return cards


def thumbnail_path(what: list[str]) -> Path:
    from twin.folders import data_dir

    return data_dir() / "thumbnails" / (hashlib.sha256("\n".join(what).encode()).hexdigest()[:24] + ".png")


def autosave_folder() -> Path:
    from twin.folders import data_dir

    folder = data_dir() / "autosave"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def png(image: QImage) -> bytes:
    """A small picture as PNG, b"" for none."""
    if image.isNull():
        return b""
    small = image.scaled(384, 240, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation)
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    small.save(buffer, "PNG")
    buffer.close()
    return bytes(data.data())
