"""What the actions of the window do: one method `do_ID` for each entry of gui/actions.py, and what panels ask of the window."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog, QMessageBox, QWidget

from gui import measures
from gui.i18n import declared, language, tr
from gui.opening import read_city, sorted_out
from gui.theme import icon

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.window import MainWindow
    from layers.layer import Layer

    Base = MainWindow
else:
    Base = object

NEAR_M = 60.0
"""Half the side of the box flown to for a point."""


class Commands(Base):
    """Mixed into MainWindow."""

    # opening
    def open(self, what: list[str]) -> None:
        """Open anything: project, city sources, scenarios, results; several at once."""
        given = sorted_out(what)
        if given.projects:
            self._open_project(Path(given.projects[0]))
        elif given.city:
            self.open_city(given.city, then=lambda: self._open_rest(given))
        else:
            self._open_rest(given)

    def open_city(self, what: list[str], then: Callable[[], None] | None = None) -> None:
        """Read a city in a worker and show it; what is open stays until the new one is there."""

        def work(control: Control) -> Any:
            return read_city(control, what)

        def done(found: Any) -> None:
            city, layers = found
            self._keep_thumbnail()
            self.projects.autosave_now()
            self.projects.close()
            self.session.set_city(city, what, layers)
            self._first_scenario()
            self.projects.remember(what)
            self._tell_problems()
            if then is not None:
                then()

        title = tr("Opening {name}", name=tr("demonstration city") if what[0].startswith("demo") else Path(what[0]).name)
        self.jobs.start(title, work, done=done, failed=self.notices.trouble)

    def _open_rest(self, given: Any) -> None:
        from twin.errors import TwinError
        from twin.scenario.scenario import load_scenario

        for path in given.scenarios:
            if self.session.city is None:
                self.notices.tell("warning", tr("Open a city first, then its scenarios."))
                break
            try:
                self.session.add_case(load_scenario(path))
                self.show_dock("scenarios")
            except TwinError as error:
                self.notices.trouble(error)
        for folder in given.results:
            self.runs.show_result(folder)

    def _open_project(self, path: Path, recovered: bool = False) -> None:
        from twin.errors import TwinError
        from twin.project import Project

        try:
            project = Project.load(path)
        except TwinError as error:
            self.notices.trouble(error)
            return
        if not recovered and not self.projects.take(path):
            self.notices.tell("warning", tr("{name} is open in another window.", name=path.name))
            return

        def then() -> None:
            self.session.cases.clear()
            self.projects.apply(project, None if recovered else path)
            if recovered:
                path.unlink(missing_ok=True)
                self.session.is_dirty = True
            else:
                self.projects.take(path)
                self.projects.remember([str(path)], project.thumbnail)
            if project.camera and self.view is not None:
                self.view.scene.camera.restore(project.camera)
            self._titled()

        if not project.what:
            self.notices.tell("warning", tr("The project names no city."))
            return
        self.open_city(project.what, then=then)

    def _first_scenario(self) -> None:
        from gui.running import first_scenarios
        from twin.errors import TwinError

        try:
            names = [self.session.add_case(s).name for s in first_scenarios(self.session.what)]
            self.session.set_current(names[0])
        except TwinError as error:
            self.notices.trouble(error)
        self.session.is_dirty = False

    def _tell_problems(self) -> None:
        city = self.session.city
        assert city is not None
        for p in city.problems:
            self.notices.log(p.severity, f"{p.message} ({p.count}×)")
        bad = [p for p in city.problems if p.severity == "error"]
        if bad:
            self.notices.tell(
                "warning", tr("Some sources could not be used in full."), "\n".join(f"{p.source}: {p.message} ({p.count}×)" for p in bad)
            )
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

    # pictures and reports
    def do_screenshot(self) -> None:
        self._save_dialog(tr("Save picture"), "city.png", "PNG (*.png)", self.save_picture)

    def save_picture(self, path: Path) -> None:
        """The view with its badge, legend and credits, twice as sharp."""
        if self.view is None:
            return
        path = path if path.suffix else path.with_suffix(".png")
        try:
            self.view.scene.screenshot(path, (self.view.width(), self.view.height()), 2)
        except (OSError, ValueError) as error:
            from twin.errors import StorageError

            self.notices.trouble(StorageError(f"The picture could not be saved: {error}", where=str(path), do="Choose another folder."))
            return
        self.notices.tell("good", tr("Picture saved: {path}", path=path))

    def do_report(self) -> None:
        self.write_report(self.compare_panel.subject)

    def write_report(self, subject: Any) -> None:
        """Ask where, then write the report in a worker; the picture is the view as it is now."""
        if subject is not None:
            self._dialog(
                tr("Folder for the report"), QFileDialog.FileMode.Directory, lambda paths: self.report_into(Path(paths[0]), subject)
            )

    def report_into(self, folder: Path, subject: Any) -> None:
        city = self.session.city
        if city is None:
            return
        pictures, lang = [], language.name[:2]
        if self.view is not None:
            shot = folder / "pictures" / "view.png"
            try:
                shot.parent.mkdir(parents=True, exist_ok=True)
                self.view.scene.screenshot(shot, (1600, 900), 1)
                pictures.append((self.session.current, shot))
            except OSError as error:
                self.notices.log("warning", str(error))

        def work(control: Control) -> Path:
            from twin.report import write_report

            control.progress(tr("Writing report"))
            return write_report(folder, city, subject, pictures, lang)

        def done(path: Path) -> None:
            from PySide6.QtCore import QUrl
            from PySide6.QtGui import QDesktopServices

            self.notices.tell(
                "good",
                tr("Report written: {path}", path=path),
                "",
                [(tr("Open"), lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(str(path))))],
            )

        self.jobs.start(tr("Report"), work, done=done, failed=self.notices.trouble)

    # edit
    def do_undo(self) -> None:
        self.session.undo.undo()

    def do_redo(self) -> None:
        self.session.undo.redo()

    def do_find(self) -> None:
        self.find_popup.open()

    def do_palette(self) -> None:
        self.palette_popup.open()

    def do_deselect(self) -> None:
        if self.view is not None and self.view.scene.tools.active:
            self.view.scene.tools.cancel()
        else:
            self.session.clear_selection()

    def do_preferences(self) -> None:
        from gui.preferences import Preferences

        Preferences(self).show()

    # view
    def do_view_iso(self) -> None:
        self._view("iso")

    def do_view_top(self) -> None:
        self._view("top")

    def do_view_north(self) -> None:
        self._view("north")

    def do_view_east(self) -> None:
        self._view("east")

    def do_view_south(self) -> None:
        self._view("south")

    def do_view_west(self) -> None:
        self._view("west")

    def do_view_street(self) -> None:
        self._view("street")

    def _view(self, name: str) -> None:
        from gui.theme import look

        if self.view is not None:
            self.view.scene.camera.view(name, animate=not look.reduced_motion)

    def do_view_back(self) -> None:
        if self.view is not None:
            self.view.scene.camera.undo()

    def do_bookmark(self) -> None:
        if self.view is None:
            return
        state = self.view.scene.camera.state()
        n = len(self.session.bookmarks) + 1
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Bookmark"))
        dialog.setLabelText(tr("Name of this view"))
        dialog.setTextValue(tr("View {n}", n=n))

        def keep(name: str) -> None:
            if name.strip():
                self.session.bookmarks[name.strip()] = state
                self.session.is_dirty = True

        dialog.textValueSelected.connect(keep)
        dialog.open()

    def fill_bookmarks(self) -> None:
        menu = self._bookmarks_menu
        menu.clear()
        for name, state in self.session.bookmarks.items():
            menu.addAction(icon("ph.bookmark-simple"), name, lambda s=state: self.view and self.view.scene.camera.restore(s, animate=True))
        if not self.session.bookmarks:
            menu.addAction(tr("none yet")).setEnabled(False)

    def do_legend(self, shown: bool) -> None:
        self._hud()

    def do_fullscreen(self, on: bool) -> None:
        self.showFullScreen() if on else self.showNormal()

    def do_reset_layout(self) -> None:
        from gui.window import LAYOUT_VERSION

        self.restoreState(self._first_layout, LAYOUT_VERSION)
        self._dock_titles()

    # layers
    def do_layer_zoom(self) -> None:
        if self.layers_panel.layer is not None:
            self.fly_to_rows(self.layers_panel.layer, None)

    def do_layer_table(self) -> None:
        self.show_table(self.layers_panel.layer or (self.session.layers[-1] if self.session.layers else None))

    def do_layer_toggle(self) -> None:
        layer = self.layers_panel.layer
        if layer is not None:
            self.session.set_layer(layer, "visible", not layer.visible)

    def do_select_zoom(self) -> None:
        layer, rows = self.session.selected
        if layer is not None and len(rows):
            self.fly_to_rows(layer, rows)

    def show_table(self, layer: Layer | None) -> None:
        if layer is not None:
            self.table.show_layer(layer)
            self.show_dock("table")

    def show_dock(self, id: str) -> None:
        self.docks[id].show()
        self.docks[id].raise_()

    def fly_to_rows(self, layer: Layer, rows: Any) -> None:
        """Select rows and fly to them; rows None: the whole layer."""
        import numpy as np

        chosen = None if rows is None else np.asarray(rows, np.int32)
        if chosen is not None and len(chosen):
            self.session.select(layer, chosen)
        bounds = layer.bounds(chosen)
        if self.view is not None and bounds is not None and np.isfinite(bounds).all():
            self._fly(bounds)

    def fly_to_place(self, x: float, y: float) -> None:
        city = self.session.city
        if city is not None and self.view is not None:
            x0, y0, x1, y1 = city.bounds
            if not (x0 <= x <= x1 and y0 <= y <= y1):
                self.notices.tell("warning", tr("That place lies outside this city."))
                return
            z = float(city.ground_z(x, y))
            self._fly((x - NEAR_M, x + NEAR_M, y - NEAR_M, y + NEAR_M, z, z + NEAR_M))

    def fly_to_shape(self, shape: Any) -> None:
        city = self.session.city
        if city is not None and self.view is not None:
            x0, y0, x1, y1 = shape.buffer(NEAR_M).bounds
            z = float(city.ground_z((x0 + x1) / 2, (y0 + y1) / 2))
            self._fly((x0, x1, y0, y1, z, z + 20))

    def _fly(self, bounds: Any) -> None:
        from gui.theme import look

        assert self.view is not None
        self.view.scene.camera.fly_to(tuple(float(v) for v in bounds), animate=not look.reduced_motion)

    # the view tells
    def _clicked(self, hit: Any) -> None:
        if hit is None:
            self.session.clear_selection()
        else:
            self.session.select(hit.layer, [hit.row])
            if self.sensors is not None and hit.layer is self.sensors.layer:
                self.sensors.show_sensor(str(hit.layer.table()["id"].iloc[hit.row]))

    def _double_clicked(self, hit: Any) -> None:
        if hit is not None:
            self.fly_to_rows(hit.layer, [hit.row])

    def _selected(self, layer: Layer | None, rows: Any) -> None:
        if layer is not None and len(rows) and self.docks["table"].isVisible() and not self.docks["table"].visibleRegion().isEmpty():
            self.table.show_layer(layer)

    # scenarios
    def do_cloudburst(self) -> None:
        """Water within seconds: the first scenario of this city, at once."""
        session = self.session
        case = session.case
        if case is None or case.scenario.edit or case.scenario.scenario.parent:
            roots = [n for n, c in session.cases.items() if not c.scenario.scenario.parent and not c.scenario.edit]
            if roots:
                session.set_current(roots[0])
            else:
                self._first_scenario()
        self.show_dock("scenarios")
        self.runs.run(session.current)

    def do_run(self) -> None:
        self.runs.run(self.session.current)

    def do_cancel(self) -> None:
        self.runs.cancel()

    def do_play(self) -> None:
        self.timeline.play.toggle()

    def do_branch(self) -> None:
        self.session.branch(self.session.current)
        self.show_dock("scenarios")

    def fill_ready(self) -> None:
        from twin.scenario.scenario import ready_scenarios

        menu = self._ready_menu
        menu.clear()
        if self.session.city is not None and self.session.what[:1] and self.session.what[0].startswith("demo"):
            for name, path in ready_scenarios().items():
                menu.addAction(icon("ph.cloud-rain"), name, lambda p=path: self.open([str(p)]))
        if menu.isEmpty():
            menu.addAction(tr("none for this city")).setEnabled(False)

    def do_scenario_open(self) -> None:
        self._dialog(tr("Open scenario"), QFileDialog.FileMode.ExistingFiles, self.open, tr("Scenarios") + " (*.toml)")

    def do_scenario_save(self) -> None:
        case = self.session.case
        if case is None:
            return

        def save(path: Path) -> None:
            from twin.errors import TwinError
            from twin.project import write_atomic

            try:
                write_atomic(path if path.suffix else path.with_suffix(".toml"), case.scenario.to_toml().encode("utf-8"))
            except TwinError as error:
                self.notices.trouble(error)

        self._save_dialog(tr("Save scenario"), f"{case.name}.toml", tr("Scenarios") + " (*.toml)", save)

    def do_barrier(self) -> None:
        self.draw("barrier")

    def do_pump(self) -> None:
        self.draw("pump")

    def draw(self, kind: str) -> None:
        """Begin to draw a measure; one for objects takes those selected when they fit."""
        from twin.scenario.edits import EDITS

        declaration = EDITS[kind]
        if self.session.case is None:
            return
        if declaration.geometry.startswith("object"):
            ids = self._selected_ids(kind)
            if ids:
                measures.add(self.session, kind, objects=ids)
                self.show_dock("scenarios")
                return
            if declaration.geometry == "object":
                self.notices.tell("info", tr("Select the objects first, in the view or in a table; then press again."))
                return
        if self.view is None:
            return
        shape = {"line": "line", "point": "point"}.get(declaration.geometry, "area")
        self.view.scene.tools.start(kind, shape)
        self.view.setFocus()
        how = {
            "line": tr("Click along the line; double click or Enter ends it, Esc gives up."),
            "point": tr("Click where it stands; Esc gives up."),
            "area": tr("Click around the area; double click or Enter ends it, Esc gives up."),
        }[shape]
        self.notices.tell("info", f"{declared(declaration.title)}: {how}")

    def _selected_ids(self, kind: str) -> tuple[str, ...]:
        layer, rows = self.session.selected
        wanted = {"close_road": "road", "open_road": "road", "demolish": "building", "switch": "pump"}.get(kind, "")
        if layer is None or not len(rows) or "id" not in layer.table():
            return ()
        ids = [str(i) for i in layer.table()["id"].iloc[rows]]
        return tuple(i for i in ids if i.startswith(f"{wanted}/"))

    def _wire_tools(self, view: Any) -> None:
        tools = view.scene.tools
        tools.finished.connect(self._drawn)
        tools.measured.connect(self._measured)
        tools.cancelled.connect(self._draw_cancelled)

    def _draw_cancelled(self) -> None:
        self.banner.hide()

    def _drawn(self, tool: str, shape: Any) -> None:
        self.banner.hide()
        if tool == "measure":
            self.notices.tell("info", self._measure)
            return
        from twin.scenario.edits import EDITS

        if tool in EDITS:
            measures.add(self.session, tool, shape)
            self.show_dock("scenarios")

    _measure = ""

    def _measured(self, sentence: str) -> None:
        self._measure = sentence
        self.status.showMessage(sentence, 8000)

    def do_compare(self) -> None:
        base = self.session.base_of(self.session.current)
        if base:
            self.runs.compare(base, self.session.current)
        else:
            self.notices.tell("info", tr("There is nothing to compare with yet: run another scenario too."))
        self.show_dock("results")

    def do_difference(self) -> None:
        if self.compare_panel.comparison is not None:
            self.show_difference(self.compare_panel.comparison)
        else:
            self.do_compare()

    def show_difference(self, comparison: Any) -> None:
        names = set(comparison.base.quantities()) & set(comparison.other.quantities())
        wanted = next((q for q in ("water_depth_max", "water_depth") if q in names), next(iter(sorted(names)), ""))
        if wanted:
            self.runs.show_difference(comparison, wanted)

    def _run_ended(self, name: str, ok: bool) -> None:
        if ok:
            self.notices.tell("good", tr("{name} has run. Move the slider to see it again, or add a measure and run once more.", name=name))
            self.show_dock("results")

    # live
    def do_live_demo(self) -> None:
        if self.sensors is not None:
            self.sensors.start_demo()
            self.show_dock("sensors")

    def do_live_replay(self) -> None:
        self._dialog(
            tr("Replay recording"), QFileDialog.FileMode.ExistingFile, self._replay, tr("Recordings") + " (*.tsv *.csv *.parquet);;* (*)"
        )

    def _replay(self, paths: list[str]) -> None:
        if self.sensors is not None:
            self.sensors.start_replay(paths[0])
            self.show_dock("sensors")

    def do_live_mqtt(self) -> None:
        if self.sensors is not None:
            self.show_dock("sensors")
            self.sensors.connect_button.setChecked(True)
            self.sensors.host.setFocus()

    def do_live_stop(self) -> None:
        if self.sensors is not None:
            self.sensors.stop_feed()

    def do_live_panel(self) -> None:
        self.show_dock("sensors")

    def show_sensor(self, thing: str) -> None:
        """Select a sensor in the view and fly to it."""
        layer = self.session.layer(self.sensors.layer.id) if self.sensors is not None else None
        if layer is None:
            return
        rows = (layer.table()["id"].astype(str) == thing).to_numpy().nonzero()[0]
        if len(rows):
            self.fly_to_rows(layer, rows[:1])

    def scenario_from_rain(self, params: dict[str, Any]) -> None:
        """A scenario of the rain measured now, run at once."""
        from gui.running import cloudburst

        if self.session.city is None or self.runs.is_running:
            return
        scenario = cloudburst()
        scenario.scenario.name = tr("Rain measured now")
        for hazard in scenario.hazard:
            if hazard.model == "flood":
                hazard.params = {**hazard.params, **params}
        self.session.add_case(scenario)
        self.show_dock("scenarios")
        self.runs.run(self.session.current)

    # tools and help
    def do_measure(self) -> None:
        if self.view is not None:
            self.view.scene.tools.start("measure")
            self.view.setFocus()

    def do_problems(self) -> None:
        city = self.session.city
        if city is None:
            return
        lines = [f"{p.severity}: {p.message} ({p.count}×) {p.source}" for p in city.problems] or [tr("Nothing wrong was found.")]
        self.notices.tell(
            "info", tr("Import report of {name}: {n} kinds of trouble", name=city.name, n=len(city.problems)), "\n".join(lines)
        )

    def do_crs(self) -> None:
        city = self.session.city
        if city is None:
            return
        frame = city.frame
        lines = [
            tr("Reference system: {crs}", crs=frame.crs or tr("none, an engineering grid")),
            tr("Heights: {vertical}", vertical=frame.vertical or tr("datum unknown")),
            tr("Local origin: {e:,.0f} E, {n:,.0f} N", e=frame.origin[0], n=frame.origin[1]),
            tr("Time zone: {zone}", zone=frame.timezone),
        ]
        title = lines[0]
        if frame.crs is not None:
            from twin.frame import parse_crs

            title = f"{lines[0]} ({parse_crs(frame.crs).name})" if len(frame.crs) < 40 else parse_crs(frame.crs).name
        self.notices.tell("info", title, "\n".join(lines))

    def do_log(self) -> None:
        self.show_dock("log")

    def do_help(self) -> None:
        self._message(
            tr("First steps"),
            tr(
                "<b>Move</b>: drag to turn, right drag or Shift to push, wheel to come nearer. "
                "Home shows all, 5 looks down, 1 stands in the street."
                "<br><br><b>Read</b>: click anything; F6 opens its table, Ctrl+F finds names, ids and coordinates."
                "<br><br><b>Ask</b>: press Cloudburst. Water comes while it is computed; the slider below plays it again."
                "<br><br><b>Change</b>: press B and draw a barrier, then Ctrl+R. "
                "Results are compared by themselves; F8 shows the difference."
                "<br><br><b>Everything else</b>: Ctrl+K and type what you want."
            ),
        )

    def do_sources(self) -> None:
        city = self.session.city
        if city is None:
            return
        parts = [f"<b>{s.name}</b><br>{'<br>'.join(x for x in (s.attribution, s.licence, s.date, s.path) if x)}" for s in city.sources]
        self._message(tr("Sources and licences"), "<br><br>".join(parts) or tr("This city names no sources."))

    def do_about(self) -> None:
        from importlib.metadata import PackageNotFoundError, version

        try:
            number = version("urban-twin")
        except PackageNotFoundError:
            number = ""
        self._message(
            tr("About"),
            tr(
                "<b>Urban Twin {version}</b><br>Apache License 2.0<br><br>"
                "Results are for planning and training; they replace no official warning.",
                version=number,
            ),
        )

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

    def _save_dialog(self, title: str, name: str, names: str, then: Callable[[Path], Any]) -> None:
        dialog = self._file_dialog(title, names)
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(Path(name).suffix.removeprefix("."))
        dialog.selectFile(name)
        dialog.fileSelected.connect(lambda p: then(Path(p)))
        dialog.open()

    def _file_dialog(self, title: str, names: str) -> QFileDialog:
        from gui.preferences import settings

        dialog = QFileDialog(self if isinstance(self, QWidget) else None, title)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        if names:
            dialog.setNameFilter(names)
        dialog.setDirectory(str(settings().value("folder", str(Path.home()))))
        dialog.directoryEntered.connect(lambda folder: settings().setValue("folder", folder))
        return dialog

    def _keep_thumbnail(self) -> None:
        from gui.projects import png, thumbnail_path
        from twin.errors import StorageError
        from twin.project import write_atomic

        picture = png(self.picture()) if self.session.what else b""
        names = [str(self.projects.path.resolve())] if self.projects.path is not None else self.projects.names_of(self.session.what)
        if picture:
            try:
                write_atomic(thumbnail_path(names), picture)
            except StorageError as error:
                self.notices.log("warning", str(error))
