"""Running, drawing measures, comparing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog

from gui import measures
from gui.i18n import declared, tr
from gui.notices import Stay
from gui.panels.timeline import elapsed
from gui.preferences import settings
from gui.ready import title_of
from gui.theme import icon

if TYPE_CHECKING:
    from gui.window import MainWindow
    from twin.models.base import Model

    Base = MainWindow
else:
    Base = object


class Scenarios(Base):
    """Scenario menu."""

    # scenarios
    def do_cloudburst(self) -> None:
        """Water within seconds: the first flood of this city without measures, at once; a new one where there is none."""
        session = self.session

        def is_plain_flood(case: Any) -> bool:
            scenario = case.scenario
            return not scenario.edit and not scenario.scenario.parent and any(h.model == "flood" for h in scenario.hazard)

        case = session.case
        if case is None or not is_plain_flood(case):
            roots = [n for n, c in session.cases.items() if is_plain_flood(c)]
            if roots:
                session.set_current(roots[0])
            elif session.cases:
                from gui.running import cloudburst

                session.set_current(session.add_case(cloudburst()).name)
            else:
                self._first_scenario()
        self.show_dock("scenarios")
        self.runs.run(session.current)

    def do_run(self) -> None:
        self.runs.run(self.session.current)

    def do_area_view(self) -> None:
        """The flood of this scenario is computed only in what the view shows, or again everywhere."""
        session, view = self.session, self.view
        case, city = session.case, session.city
        flood = next((h for h in case.scenario.hazard if h.model == "flood"), None) if case is not None else None
        if flood is None or city is None or view is None:
            self.notices.tell("info", tr("This scenario has no flood whose area could be chosen."))
            return
        had = str(flood.params.get("area", ""))
        text = "" if had else self._area_in_view()
        if not had and not text:
            self.notices.tell("info", tr("Go nearer first: all of the city is in view."))
            return

        def change(scenario: Any) -> None:
            hazard = next(h for h in scenario.hazard if h.id == flood.id)
            hazard.params = {**hazard.params, "area": text, "boundary": "nested" if text else "open"}

        session.edit_case(case.name, tr("area to compute"), change)
        told = tr("The whole city is computed again.")
        if not had:
            told = tr("Only what is in view is computed now. Choose it again for the whole city.")
        self.notices.tell("info", told)

    def _area_in_view(self) -> str:
        """West, south, east and north of the ground in view, in the city's CRS; empty where it is nearly all of the city."""
        import numpy as np

        city, scene = self.session.city, self.view.scene
        wide, high = scene.size
        found = [scene.ground_point(wide * a, high * b) for a in (0.02, 0.25, 0.5, 0.75, 0.98) for b in (0.02, 0.25, 0.5, 0.75, 0.98)]
        seen = np.array([p[:2] for p in found if p is not None]).reshape(-1, 2)
        if not len(seen):
            return ""
        x0, y0, x1, y1 = city.core_bounds
        low, high_ = np.maximum(seen.min(0), (x0, y0)), np.minimum(seen.max(0), (x1, y1))
        if (high_ <= low).any() or np.prod(high_ - low) > 0.8 * (x1 - x0) * (y1 - y0):
            return ""
        east, north = city.frame.to_crs([low[0], high_[0]], [low[1], high_[1]])
        return ", ".join(f"{v:.1f}" for v in (east[0], north[0], east[1], north[1]))

    def do_many_runs(self) -> None:
        from gui.many_runs import ManyRunsDialog, run_many

        case = self.session.case
        if case is None:
            return
        dialog = ManyRunsDialog(case.scenario, self)
        dialog.asked.connect(lambda kind, values: run_many(self.session, case.name, kind, values, self.runs.show_result))
        dialog.show()

    def wire_haste(self) -> None:
        """The switch in the panel and that in the menu are one."""
        switch, button = self.actions_["live_preview"], self.scenario_panel.live_button
        switch.toggled.connect(button.setChecked)
        button.toggled.connect(switch.setChecked)
        if str(settings().value("live_preview", "false")) == "true":
            switch.setChecked(True)

    def do_preview(self) -> None:
        self.runs.run(self.session.current, "preview")

    def do_live_preview(self, on: bool) -> None:
        kept = settings()
        kept.setValue("live_preview", "true" if on else "false")
        kept.sync()
        self.runs.set_live(on)

    def do_cancel(self) -> None:
        self.runs.cancel()

    def do_play(self) -> None:
        self.timeline.play.toggle()

    def do_branch(self) -> None:
        self.session.branch(self.session.current)
        self.show_dock("scenarios")

    def fill_new(self) -> None:
        """A new scenario of each hazard there is."""
        from gui.panels.scenario import hazard_menu

        self._new_menu.clear()
        if self.session.city is not None:
            hazard_menu(self._new_menu, self._new_scenario)
        if self._new_menu.isEmpty():
            self._new_menu.addAction(tr("Open a city first")).setEnabled(False)

    def _new_scenario(self, model: type[Model]) -> None:
        self.scenario_panel.new_scenario(model)
        self.show_dock("scenarios")

    def fill_ready(self) -> None:
        from gui.running import ready_for

        menu = self._ready_menu
        menu.clear()
        if self.session.city is not None:
            for name, path in ready_for(self.session.what, self.session.city).items():
                title = title_of(name)
                menu.addAction(icon("ph.cloud-rain"), title, lambda n=title, p=path: self._open_ready(n, p))
        if menu.isEmpty():
            menu.addAction(tr("none for this city")).setEnabled(False)

    def _open_ready(self, name: str, path: Path) -> None:
        """The one that is listed already is chosen."""
        if name in self.session.cases:
            self.session.set_current(name)
            self.show_dock("scenarios")
        else:
            self.open([str(path)])

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
        self.notices.tell("info", f"{declared(declaration.title)}: {how}", stay=Stay(held=True))

    def _selected_ids(self, kind: str) -> tuple[str, ...]:
        layer, rows = self.session.selected
        wanted = {"close_road": "road/", "open_road": "road/", "demolish": "building/", "switch": ("pump/", "gate/")}.get(kind, "/")
        if layer is None or not len(rows):
            return ()
        chosen = layer.some(rows)
        ids = [str(i) for i in chosen["id"]] if "id" in chosen else []
        return tuple(i for i in ids if i.startswith(wanted))

    def _wire_tools(self, view: Any) -> None:
        tools = view.scene.tools
        tools.finished.connect(self._drawn)
        tools.measured.connect(self._measured)
        tools.cancelled.connect(self._draw_cancelled)
        self.wire_measuring(view)

    def _draw_cancelled(self) -> None:
        self.banner.hide()

    def _drawn(self, tool: str, shape: Any) -> None:
        from twin.scenario.edits import EDITS

        if tool in EDITS:
            self.banner.hide()
            measures.add(self.session, tool, shape)
            self.show_dock("scenarios")

    def _measured(self, sentence: str) -> None:
        if not self.tool_strip.tool:  # which says it itself
            self.status.showMessage(sentence, 8000)

    def do_compare(self) -> None:
        base = self.session.base_of(self.session.current)
        if base:
            self.runs.compare(base, self.session.current)
        else:
            text = tr("There is nothing to compare with yet: run another scenario too.")
            self.notices.tell("info", text, stay=Stay(lambda: not self.runs.is_running and not self.session.base_of(self.session.current)))
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
        if self.runs.haste:
            return
        if ok:
            self.notices.tell("good", tr("{name} has run. Move the slider to see it again, or add a measure and run once more.", name=name))
            self.show_dock("results")
            return
        case = self.session.cases.get(name)
        if case is not None and case.partial and case.buffer is not None and case.buffer.times:
            until = elapsed(case.buffer.times[-1])
            text = tr("{name} stopped at {time}. What came until then can be played, but there is no result.", name=name, time=until)
            self.notices.log("info", text)
            if not self.banner.isVisible():  # what went wrong is told there
                self.notices.told.emit("info", text, "", [], Stay())
