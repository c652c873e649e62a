"""Water over time at places clicked in the view, and through the line of a section."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.gauging import Gauges, Place
    from gui.panels.hydrographs import HydrographPanel
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object

TOOL = "gauge"
HIGH_PX = 250
"""Height at which curves can be read."""
AROUND_M = 60.0


class Gauging(Base):
    """Tools > Water over time here. `make_gauging` is called once while panels are made, `wire_gauging` when there is a view."""

    gauges: Gauges
    hydrographs: HydrographPanel

    def make_gauging(self) -> HydrographPanel:
        """The list and its panel; after `make_measuring`."""
        from gui.gauging import Gauges
        from gui.panels.hydrographs import HydrographPanel

        session = self.session
        self.gauges = gauges = Gauges(session)
        self.hydrographs = panel = HydrographPanel(gauges)
        panel.draw_wanted.connect(self.do_water_here)
        panel.fly_to.connect(self._fly_to_place)
        panel.csv_wanted.connect(self._save_hydrographs)
        panel.png_wanted.connect(self._save_hydrograph_picture)
        for plot in (panel.plot, self.profile.flow_plot):
            plot.moment_wanted.connect(self.timeline.go_to)
            plot.stepped.connect(self.timeline.step)
        session.time_changed.connect(panel.show_moment)
        session.time_changed.connect(self.profile.flow_plot.show_moment)
        gauges.read.connect(self._discharge_of_section)
        gauges.changed.connect(self._discharge_of_section)
        self.profile.flow_csv_wanted.connect(self._save_discharge)
        measurements = self.measurements
        self.projects.measurements = lambda: measurements.state() + gauges.state()
        self.projects.put_measurements = self._put_measurements
        return panel

    def _put_measurements(self, kept: list[dict[str, Any]]) -> None:
        self.measurements.restore([k for k in kept if k.get("kind") != TOOL])
        self.gauges.restore([k for k in kept if k.get("kind") == TOOL])

    # the tool
    def do_water_here(self) -> None:
        """Take the tool, or say what it needs first."""
        if self._can_watch():
            self.take_tool(TOOL)

    def _can_watch(self) -> bool:
        if self.session.city is None:
            return False
        if self.gauges.has_water or self.runs.is_running:
            return True
        text = tr("There is no flood to look at yet. Run a scenario with one, Cloudburst for instance; then click a place.")
        actions = [] if self.runs.is_running else [(tr("Run Cloudburst"), self.actions_["cloudburst"].trigger)]
        self.notices.tell("info", text, actions=actions)
        return False

    def watch_water(self, x: float, y: float) -> None:
        """Curves of a place, local metres."""
        if not self._can_watch():
            return
        if self.gauges.add(x, y) is None:
            self.notices.tell("info", tr("Eight places are as many as can be told from each other: remove one first."))
        self.show_dock("hydrographs")
        if self.hydrographs.height() < HIGH_PX:
            self.resizeDocks([self.docks["hydrographs"]], [HIGH_PX], Qt.Orientation.Vertical)

    def water_now(self, point: Any) -> str:
        """What the tool says of the place below the cursor."""
        store = self.session.store
        field = store.at("water_depth", self.session.time_s) if store is not None and self.gauges.has_water else None
        if field is None or field.grid is None:
            return "–"
        row, column = (int(v) for v in field.grid.cell_of(float(point[0]), float(point[1])))
        depth = float(field.array[row, column]) if row >= 0 else float("nan")
        if depth != depth:  # in a house, in a river or outside
            return "–"
        return tr("{depth} m of water now", depth=f"{depth:.2f}") if depth > 0.01 else tr("dry now")

    def _fly_to_place(self, place: Place) -> None:
        if self.view is not None:
            z = float(self.view.scene.ground.height(place.x, place.y))
            self._fly((place.x - AROUND_M, place.x + AROUND_M, place.y - AROUND_M, place.y + AROUND_M, z, z + 15))

    # the line of the section
    def _discharge_of_section(self) -> None:
        """What is known of the flow through the line comes beside its profile."""
        g = self.gauges
        if g.line is None or not g.has_water:
            self.profile.show_discharge([], g.line is not None and self.runs.is_running)
            return
        found = [(name, g.through(name)) for name in g.shown]
        self.profile.show_discharge([(name, d) for name, d in found if d is not None], g.is_reading)
        self.profile.flow_plot.show_moment(self.session.time_s)

    # files
    def _save_hydrograph_picture(self) -> None:
        def save(path: Path) -> None:
            if self.hydrographs.picture(self._computed_caption()).save(str(path), "PNG"):
                self.notices.tell("good", tr("Picture written: {path}", path=path))
            else:
                self.notices.tell("error", tr("The picture cannot be written to {path}", path=path))

        self._save_dialog(tr("Save curves"), f"{tr('Water over time')}.png", "PNG (*.png)", save)

    def _computed_caption(self) -> str:
        """That it was computed, and whose data it shows."""
        city = self.session.city
        said = [self.status.badge.text(), self.session.current]
        if city is not None:
            said += [city.attribution, tr("synthetic city") if city.synthetic else ""]
        return "  ·  ".join(s for s in said if s)

    def _save_hydrographs(self) -> None:
        city = self.session.city
        if city is not None:
            self._save_text(tr("Save values"), tr("Water over time"), lambda: self.hydrographs.text(city.frame.to_crs))

    def _save_discharge(self) -> None:
        self._save_text(tr("Save values"), tr("Flow through the line"), self.profile.flow_text)

    def _save_text(self, title: str, name: str, text: Any) -> None:
        def save(path: Path) -> None:
            from twin.errors import TwinError
            from twin.project import write_atomic

            try:
                write_atomic(path, text().encode("utf-8"))
            except TwinError as error:
                self.notices.trouble(error)
                return
            self.notices.tell("good", tr("Values written: {path}", path=path))

        self._save_dialog(title, f"{name}.csv", "CSV (*.csv)", save)
