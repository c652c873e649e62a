"""Opening, projects, pictures, reports; the dialogs that ask for a file."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QLocale, QModelIndex, QPersistentModelIndex, Qt, QTimer
from PySide6.QtWidgets import QFileDialog, QFileSystemModel, QMessageBox, QStyledItemDelegate, QStyleOptionViewItem, QTreeView, QWidget

from gui.i18n import language, tr
from gui.notices import Stay
from gui.opening import read_city, sorted_out
from gui.ready import checked, titled
from gui.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.scene.ready import Ready
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object


DIALOG_PX = (900, 560)
"""A dialog of files that shows names and dates; Qt's own is as small as it can be."""
PREPARE_MS = 1000
"""After a city was opened; the first picture is there by then."""
TABLES = (".csv", ".tsv", ".txt", ".parquet")


class Files(Base):
    """File menu."""

    _recordings: list[str] = []
    """Readings to play once what is opened with them is there."""

    # opening
    def open(self, what: list[str]) -> None:
        """Open anything: project, city sources, scenarios, results, recorded readings; several at once."""
        self._recordings = [w for w in what if self.is_recording([w])]
        tables = [w for w in what if w not in self._recordings and self.is_dependencies(w)]
        given = sorted_out([w for w in what if w not in self._recordings and w not in tables])
        for table in tables:
            self.take_dependencies(Path(table))
        if tables and not self._recordings and len(tables) == len(what):
            return
        if given.projects:
            self._open_project(Path(given.projects[0]))
        elif given.city:
            self.open_city(given.city, then=lambda: self._open_rest(given))
        else:
            self._open_rest(given)

    def is_recording(self, what: list[str]) -> bool:
        """Whether all of it is readings to be played."""
        return all(Path(w).suffix.lower() in TABLES and _is_recording(Path(w)) for w in what)

    def open_city(self, what: list[str], then: Callable[[], None] | None = None, recipe: str = "", repairs: tuple[str, ...] = ()) -> None:
        """Read a city in a worker and show it; what is open stays until the new one is there.

        recipe, repairs: of a city that was mended, as a project keeps them.
        """

        def work(control: Control) -> Any:
            return read_city(control, what, recipe, repairs)

        def done(found: Ready) -> None:
            self.banner.hide()  # it spoke of what was open before
            self._keep_thumbnail()
            self.projects.autosave_now()
            self.projects.close()
            self.ready = found
            self._is_thorough = False
            self.session.set_city(found.city, what, found.layers, mended=bool(recipe or repairs))
            self.when_warm(rest)

        def rest() -> None:
            """What needs the models, and need not be there for the first picture."""
            self.make_pickable()
            if not self.session.cases:  # whoever is quick has pressed Cloudburst by now
                self._first_scenario()
            self.projects.remember(what)
            self._tell_problems()
            if then is not None:
                then()
            QTimer.singleShot(PREPARE_MS, self, self.runs.prepare)

        def failed(error: Exception) -> None:
            self.ask_where(error, what, then)

        title = tr("Opening {name}", name=tr("demonstration city") if what[0].startswith("demo") else Path(what[0]).name)
        self.jobs.start(title, work, done=done, failed=failed)

    def _open_rest(self, given: Any) -> None:
        from twin.errors import TwinError
        from twin.scenario.scenario import load_scenario

        for path in given.scenarios:
            if self.session.city is None:
                self.notices.tell("warning", tr("Open a city first, then its scenarios."))
                break
            try:
                self.session.add_case(titled(checked(load_scenario(path), str(path))))
                self.show_dock("scenarios")
            except TwinError as error:
                self.notices.trouble(error)
        for folder in given.results:
            self.runs.show_result(folder)
        if self._recordings:
            self.replay(self._recordings)

    def _open_project(self, path: Path, recovered: bool = False) -> None:
        from twin.errors import TwinError
        from twin.project import Project, ProjectLock

        try:
            project = Project.load(path)
        except TwinError as error:
            self.notices.trouble(error)
            return
        if not recovered and not self.projects.take(path):
            taken = Stay(lambda: not ProjectLock(path).is_free())
            self.notices.tell("warning", tr("{name} is open in another window.", name=path.name), stay=taken)
            return

        def then() -> None:
            self.session.cases.clear()
            self.projects.apply(project, self.projects.taken_up(project) if recovered else path)
            if recovered:
                self.session.is_dirty = True
                self.projects.autosave(instead_of=path)
            else:
                self.projects.take(path)
                self.projects.remember([str(path)], project.thumbnail)
            if project.camera and self.view is not None:
                self.view.scene.camera.restore(project.camera)
            self._titled()

        if not project.what:
            self.notices.tell("warning", tr("The project names no city."))
            return
        self.open_city(project.what, then, project.recipe, tuple(project.repairs))

    def _first_scenario(self) -> None:
        from gui.running import first_scenarios
        from twin.errors import TwinError

        try:
            names = [self.session.add_case(titled(s)).name for s in first_scenarios(self.session.what, self.session.city)]
            self.session.set_current(names[0])
        except TwinError as error:
            self.notices.trouble(error)
        self.session.is_dirty = False

    def _tell_problems(self) -> None:
        city = self.session.city
        assert city is not None
        from twin.city.doctor.report import told

        for p in city.problems:
            self.notices.log(p.severity, f"{told(p, language.name[:2], spoken)} ({p.count}×)")
        bad = [p for p in city.problems if p.severity != "info"]
        if bad:
            from gui.panels.doctor import summary

            level = "error" if any(p.severity == "error" for p in bad) else "warning"
            show = (tr("Show"), self.do_problems)
            self.notices.tell(level, tr("{summary}: see the import report.", summary=summary(city)), "", [show])
        else:
            self.notices.log("good", tr("{name}: {n:,} buildings", name=city.name, n=len(city.buildings)))

    def offer_recovery(self) -> None:
        """Unsaved work of a window that is gone."""
        left = self.projects.left_behind()
        if not left:
            return
        path = left[0]

        def forget() -> None:
            path.unlink(missing_ok=True)

        self.notices.tell(
            "info",
            tr("Unsaved work from an earlier session was found."),
            "",
            [(tr("Recover"), lambda: self._open_project(path, recovered=True)), (tr("Discard"), forget)],
        )

    def do_new(self) -> None:
        self._keep_thumbnail()
        self.projects.autosave_now()
        self.runs.cancel()
        self.projects.close()
        self.session.close_city()

    def do_open(self) -> None:
        self._dialog(tr("Open"), QFileDialog.FileMode.ExistingFiles, self.open)

    def do_open_folder(self) -> None:
        self._dialog(tr("Open a folder"), QFileDialog.FileMode.Directory, self.open)

    def fill_recent(self) -> None:
        """What was opened lately; what is gone is there in grey."""
        from gui.projects import recent_cards

        menu = self._recent_menu
        menu.clear()
        for what, _, there in recent_cards():
            names = what.split("\n")
            title = tr("Demonstration city") if names[0] == "demo" else names[0] + (f"  +{len(names) - 1}" if len(names) > 1 else "")
            menu.addAction(title, lambda w=names: self.open(w)).setEnabled(there)
        if menu.isEmpty():
            menu.addAction(tr("none yet")).setEnabled(False)

    def do_demo(self) -> None:
        self.open(["demo"])

    def do_save(self) -> None:
        if self.projects.path is None:
            self.do_save_as()
        else:
            self.projects.save(self.projects.path)

    def do_save_as(self) -> None:
        name = self.session.city.name if self.session.city is not None else "project"
        self._save_dialog(tr("Save project"), f"{name}.twin", tr("Projects") + " (*.twin)", lambda p: self.projects.save(p))

    def do_quit(self) -> None:
        self.close()

    # reports and other formats
    def do_export(self) -> None:
        """Ask where and in which format, then write the city."""
        from twin.city.writers import WRITERS

        city = self.session.city
        if city is None:
            return
        names = {w.name: f"{w.title} ({' '.join(f'*{s}' for s in w.suffixes if s.startswith('.')) or '*'})" for w in WRITERS.values()}
        name_of = {text: name for name, text in names.items()}
        dialog = self._file_dialog(tr("Export city"), ";;".join(names.values()), saving=True)
        stem = "".join(c if c.isalnum() or c in " -_" else "_" for c in city.name).strip() or "city"

        def named(text: str) -> None:
            """The name with the ending of the format chosen, none for a folder."""
            ending = next((s for s in WRITERS[name_of[text]].suffixes if s.startswith(".")), "")
            dialog.setDefaultSuffix(ending.removeprefix("."))
            dialog.selectFile(stem + ending)

        dialog.filterSelected.connect(named)
        named(dialog.selectedNameFilter())
        dialog.fileSelected.connect(lambda p: self.export_city(Path(p), name_of[dialog.selectedNameFilter()]))
        dialog.open()

    def export_city(self, path: Path, format: str) -> None:
        """Write the city in a worker; what the format cannot hold is told at the end."""
        city = self.session.city
        if city is None:
            return

        def work(control: Control) -> Any:
            from twin.city.writers import write_city

            return write_city(city, path, format, control.progress)

        def done(problems: Any) -> None:
            from PySide6.QtCore import QUrl
            from PySide6.QtGui import QDesktopServices

            for p in problems:
                self.notices.log(p.severity, spoken(p.message))
            level = "warning" if any(p.severity != "info" for p in problems) else "good"
            details = "\n".join(spoken(p.message) for p in problems)
            folder = (tr("Open folder"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent))))
            self.notices.tell(level, tr("City written: {path}", path=path), details, [folder])

        self.jobs.start(tr("Exporting {name}", name=path.name), work, done=done, failed=self.notices.trouble)

    def do_report(self) -> None:
        self.write_report(self.compare_panel.subject)

    def write_report(self, subject: Any) -> None:
        """Ask for a name, then write the report: one HTML file with everything inside."""
        if subject is not None:
            name, kind = f"{self._stem()} {tr('report')}.html", tr("Web page") + " (*.html)"
            self._save_dialog(tr("Export report"), name, kind, lambda path: self.report_into(path, subject), tr("Export"))

    def report_into(self, path: Path, subject: Any) -> None:
        """Draw the view as it is now, piece by piece, then write the report in a worker."""
        if self.view is None:
            self._write_report(path, subject, None)
            return
        from gui.pictures import Wish, picture

        pieces = picture(self.view.scene, Wish((1600, 900), 1))
        self.drawing(tr("Picture for the report"), pieces, lambda found: self._write_report(path, subject, found[0]))

    def _write_report(self, path: Path, subject: Any, rgb: Any) -> None:
        city, caption, lang = self.session.city, self.session.current, language.name[:2]
        if city is None:
            return

        def work(control: Control) -> Path:
            from tempfile import TemporaryDirectory

            from gui.scene.offscreen import write_png
            from twin.report import write_report

            control.progress(tr("Writing report"))
            with TemporaryDirectory() as folder:
                shots = []
                if rgb is not None:
                    shots.append((caption, Path(folder) / "view.png"))
                    write_png(shots[0][1], rgb, {})
                return write_report(path.parent, city, subject, shots, lang, path.name)

        def done(written: Path) -> None:
            from PySide6.QtCore import QUrl
            from PySide6.QtGui import QDesktopServices

            self.notices.tell(
                "good",
                tr("Report written: {path}", path=written),
                "",
                [(tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(written))))],
            )

        self.jobs.start(tr("Report"), work, done=done, failed=self.notices.trouble)

    # dialogs: none of them stops work
    def _message(self, title: str, html: str) -> None:
        box = QMessageBox(self)
        box.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.setWindowTitle(title)
        box.setTextFormat(Qt.TextFormat.RichText)
        box.setText(html)
        box.show()

    def _dialog(self, title: str, mode: QFileDialog.FileMode, then: Callable[[list[str]], Any], names: str = "") -> None:
        dialog = self._file_dialog(title, names)
        dialog.setFileMode(mode)
        dialog.filesSelected.connect(then)
        dialog.open()

    def _save_dialog(self, title: str, name: str, names: str, then: Callable[[Path], Any], accept: str = "") -> None:
        """accept: what the button says, Save where nothing is given."""
        dialog = self._file_dialog(title, names, saving=True)
        if accept:
            dialog.setLabelText(QFileDialog.DialogLabel.Accept, accept)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda p: then(Path(p)))
        dialog.open()

    def _file_dialog(self, title: str, names: str, saving: bool = False) -> QFileDialog:
        from gui.preferences import settings

        dialog = QFileDialog(self if isinstance(self, QWidget) else None, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.resize(*DIALOG_PX)
        if saving:
            dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        words = QFileDialog.DialogLabel
        for label, text in (
            (words.LookIn, tr("Look in:")),
            (words.FileName, tr("File name:")),
            (words.FileType, tr("Files of type:")),
            (words.Accept, tr("Save") if saving else tr("Open")),
            (words.Reject, tr("Cancel")),
        ):
            dialog.setLabelText(label, text)
        if names:
            dialog.setNameFilter(names)
        for tree in dialog.findChildren(QTreeView):
            tree.setItemDelegate(_FileWords(tree))
        dialog.setDirectory(str(settings().value("folder", str(Path.home()))))
        dialog.filesSelected.connect(lambda paths: settings().setValue("folder", str(Path(paths[0]).parent)))
        return dialog

    def _keep_thumbnail(self) -> None:
        from gui.projects import thumbnail_path
        from twin.errors import StorageError
        from twin.project import write_atomic

        picture = self.projects.thumbnail() if self.session.what else b""
        names = [str(self.projects.path.resolve())] if self.projects.path is not None else self.projects.names_of(self.session.what)
        if picture:
            try:
                write_atomic(thumbnail_path(names), picture)
            except StorageError as error:
                self.notices.log("warning", str(error))


class _FileWords(QStyledItemDelegate):
    """Kinds and dates of Qt's own file dialog in the language of the user: Qt takes them from the system."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> None:
        super().initStyleOption(option, index)
        model = index.model()
        if not isinstance(model, QFileSystemModel) or language.name == "en":
            return
        if index.column() == 2:
            suffix = Path(model.fileName(index)).suffix.removeprefix(".").upper()
            option.text = tr("Folder") if model.isDir(index) else tr("{kind} file", kind=suffix).strip()
        elif index.column() == 3:
            option.text = QLocale().toString(model.lastModified(index).toLocalTime(), QLocale.FormatType.ShortFormat)


def _is_recording(path: Path) -> bool:
    from twin.live.feeds.recordings import looks_like_recording  # pandas: only where a table was given

    return looks_like_recording(path)
