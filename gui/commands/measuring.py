"""Measuring, lines of sight, viewsheds, hours of sun and sections: the tools of the menu Tools and what comes of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt

from gui.i18n import tr
from gui.measurements import live_text

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.measurements import Item, Measurements
    from gui.panels.measurements import MeasurementsPanel
    from gui.panels.profile import ProfilePanel
    from gui.panels.toolstrip import ToolStrip
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object

AREA_M = 40.0
"""Half the side of the box flown to around a measurement."""
HIGH_PX = 280
"""Height at which a profile can be read."""
NEAR_SHARE = 0.02
"""A cursor within this share of the eye's distance points at the line of a section."""


class Measuring(Base):
    """Tools of the surface. `make_measuring` is called once while panels are made, `wire_measuring` when there is a view."""

    measurements: Measurements
    measurements_panel: MeasurementsPanel
    profile: ProfilePanel
    tool_strip: ToolStrip
    _section_of: Any = None
    """City and line of the section shown."""
    _greatest: tuple[Any, Any] = (None, None)
    """Of which layers, line and moments the highest levels are, and they."""
    _ready_for: Any = None
    """City whose bodies are sorted."""

    def make_measuring(self) -> tuple[MeasurementsPanel, ProfilePanel]:
        """The list and its panels."""
        from gui.measurements import Measurements
        from gui.panels.measurements import MeasurementsPanel
        from gui.panels.profile import ProfilePanel
        from gui.panels.toolstrip import ToolStrip

        self.measurements = Measurements(self.session)
        self.measurements_panel = panel = MeasurementsPanel(self.measurements)
        self.profile = ProfilePanel()
        self.tool_strip = ToolStrip(self.stage)
        self.projects.measurements, self.projects.put_measurements = self.measurements.state, self.measurements.restore
        panel.fly_to.connect(self.fly_to_measurement)
        panel.fly_to_building.connect(self.fly_to_building)
        panel.export_wanted.connect(self.export_measurements)
        panel.profile_wanted.connect(lambda points: self.show_section(points[:, :2]))
        self.measurements.added.connect(lambda _: self.show_dock("measurements"))
        self.profile.picked.connect(self.fly_to_building)
        self.profile.draw_wanted.connect(self.do_section)
        self.profile.closed_line.connect(self.remove_section)
        self.profile.png_wanted.connect(self._save_profile_picture)
        self.profile.csv_wanted.connect(self._save_profile_table)
        session = self.session
        for signal in (session.time_changed, session.current_changed, session.store_changed, session.layers_changed):
            signal.connect(self._water_of_section)
        session.layer_changed.connect(lambda layer, aspect: self._water_of_section() if aspect in ("visible", "data") else None)
        session.city_changed.connect(self._city_of_section)
        session.city_changed.connect(self._put_tool_away)
        return panel, self.profile

    def wire_measuring(self, view: Any) -> None:
        """Tools of a view that has just been made."""
        tools, strip = view.scene.tools, self.tool_strip
        tools.words = self._words
        tools.changed.connect(self._tool_changed)
        tools.measured.connect(strip.tell)
        tools.finished.connect(self._tool_finished)
        strip.changed.connect(self._strip_changed)
        strip.ended.connect(self._put_tool_away)
        view.hovered.connect(self._hover_section)

    # taking a tool
    def do_measure(self) -> None:
        self.take_tool("measure")

    def do_measure_height(self) -> None:
        self.take_tool("height")

    def do_measure_area(self) -> None:
        self.take_tool("area")

    def do_measure_slope(self) -> None:
        self.take_tool("slope")

    def do_measure_volume(self) -> None:
        self.take_tool("volume")

    def do_sight_line(self) -> None:
        self.take_tool("sight")

    def do_viewshed(self) -> None:
        self.take_tool("viewshed")

    def do_shadow_hours(self) -> None:
        self.take_tool("sun_hours")

    def do_section(self) -> None:
        self.take_tool("section")

    def do_measurements(self) -> None:
        self.show_dock("measurements")

    def do_measure_clear(self) -> None:
        self.measurements.clear()

    def take_tool(self, tool: str) -> None:
        """Begin with a tool; the one in hand is put away by the same key."""
        if self.view is None or self.session.city is None:
            return
        tools = self.view.scene.tools
        if tools.active == tool:
            self._put_tool_away()
            return
        self.banner.hide()
        self._get_ready(self.session.city)
        tools.start(tool)
        self._strip_changed()
        self.view.setFocus()

    def _get_ready(self, city: Any) -> None:
        """What corners and rays are looked up in is sorted before the first of them, by a worker."""
        if self._ready_for is city:
            return
        self._ready_for = city

        def work(_: Control) -> None:
            from twin.city.height_grid import BareGround, Solids

            Solids.of(city).get_ready()
            BareGround.of(city)

        self.jobs.start(tr("Getting ready"), work, quiet=True, failed=self.notices.trouble)

    def _put_tool_away(self) -> None:
        if self.view is not None:
            self.view.scene.tools.stop()

    def _words(self, tool: str, points: Any) -> str:
        """Of the points so far, also of a measure of a scenario that is being drawn."""
        from gui.scene.tools import GEOMETRY, ON_SURFACE

        if tool == "gauge":
            return self.water_now(points[-1])
        if tool in ON_SURFACE:
            return live_text("distance" if tool == "measure" else tool, points)
        if len(points) < 2:
            return ""
        return live_text("area" if GEOMETRY.get(tool) == "polygon" else "section", points)

    def _tool_changed(self, tool: str) -> None:
        from gui.scene.tools import ON_SURFACE

        self.tool_strip.show_tool(tool)
        if self.view is not None:
            if tool in ON_SURFACE:
                self.view.setCursor(Qt.CursorShape.CrossCursor)
            else:
                self.view.unsetCursor()
                self.view.scene.tools.reach = None

    def _strip_changed(self) -> None:
        """The rim that is drawn around the cursor follows the settings."""
        if self.view is None:
            return
        tools, strip = self.view.scene.tools, self.tool_strip
        if tools.active == "viewshed":
            tools.reach = (strip.value("radius_m"), strip.value("heading"), strip.value("width"))
        elif tools.active == "sun_hours":
            tools.reach = (strip.value("sun_radius_m"), 0.0, 360.0)
        else:
            tools.reach = None
        self.view.scene.request_render()

    # a shape is there
    def _tool_finished(self, tool: str, shape: Any) -> None:
        import shapely

        from gui.scene.tools import ON_SURFACE

        city, strip, m = self.session.city, self.tool_strip, self.measurements
        if tool not in ON_SURFACE or city is None:
            return
        points = shapely.get_coordinates(shape, include_z=True)
        if tool in ("area", "volume"):
            points = points[:-1]
        if tool == "section":
            self.show_section(points[:, :2])
        elif tool == "gauge":
            self.watch_water(float(points[0, 0]), float(points[0, 1]))
        elif tool == "sight":
            m.measure("sight", points, {k: strip.value(k) for k in ("eye_m", "target_m")})
        elif tool == "viewshed":
            options = {k: strip.value(k) for k in ("eye_m", "radius_m", "heading", "width")}
            m.measure("viewshed", points, options | {"target_m": strip.value("see_m")})
        elif tool == "sun_hours":
            m.measure("sun_hours", points, {"radius_m": strip.value("sun_radius_m"), "day": strip.value("day").isoformat()})
        elif tool == "volume":
            m.measure("volume", points, {"reference": strip.value("reference"), "level_m": strip.value("level_m")})
        else:
            m.measure("distance" if tool == "measure" else tool, points)

    # the list
    def fly_to_measurement(self, item: Item) -> None:
        if item.layer is not None:
            self.fly_to_rows(item.layer, None)
            return
        low, high = item.points.min(0), item.points.max(0)
        more = [max(0.0, AREA_M - (high[k] - low[k]) / 2) for k in range(2)]
        if self.view is not None:
            self._fly((low[0] - more[0], high[0] + more[0], low[1] - more[1], high[1] + more[1], low[2], high[2] + 5))

    def fly_to_building(self, row: int) -> None:
        """Select a building and fly to it."""
        layer = self.session.layer("buildings")
        if layer is not None:
            self.fly_to_rows(layer, [row])

    def export_measurements(self, items: list[Item]) -> None:
        """Ask for a file and write measurements to it in a worker."""
        if not items or self.session.city is None:
            return
        one = items[0] if len(items) == 1 else None
        names = "GeoPackage (*.gpkg);;CSV (*.csv)" + (";;GeoTIFF (*.tif)" if one is not None and one.layer is not None else "")
        first = f"{one.title}.gpkg" if one is not None else f"{tr('Measurements')}.gpkg"
        self._save_dialog(tr("Export measurements"), first, names, lambda path: self.write_measurements(path, items))

    def write_measurements(self, path: Path, items: list[Item]) -> None:
        city = self.session.city
        if city is None:
            return
        kinds = (".gpkg", ".csv", ".tif", ".tiff")
        path = path if path.suffix.lower() in kinds else path.with_suffix(".gpkg")

        def work(control: Control) -> Path:
            import numpy as np

            from layers.sight import SunHoursLayer, ViewshedLayer, seen_polygons
            from twin.city.measured_files import Record, write_grid, write_measurements

            control.progress(tr("Writing {name}", name=path.name))
            layer = items[0].layer
            if path.suffix.lower().startswith(".tif"):
                if isinstance(layer, ViewshedLayer):
                    v = layer.viewshed
                    return write_grid(path, city, v.grid, np.where(v.inside, v.seen, 255).astype(np.uint8), 255)
                if isinstance(layer, SunHoursLayer):
                    return write_grid(path, city, layer.grid, np.where(layer.inside, layer.hours.surface, -1).astype(np.float32), -1.0)
            records = []
            for item in items:
                seen = isinstance(item.layer, ViewshedLayer) and path.suffix.lower() == ".gpkg"
                areas = seen_polygons(item.layer.viewshed) if seen and item.layer is not None else np.empty(0, object)
                records.append(Record(item.title, item.kind, item.points, item.values, item.by, areas))
            return write_measurements(path, city, records)

        def done(written: Path) -> None:
            self.notices.tell("good", tr("Measurements written: {path}", path=written))

        self.jobs.start(tr("Export measurements"), work, done=done, failed=self.notices.trouble)

    # section
    def show_section(self, line: Any) -> None:
        """Cut the city along a line in a worker and show its profile."""
        session, city = self.session, self.session.city
        if city is None:
            return

        def work(_: Control) -> Any:
            from layers.ground import Ground
            from layers.section import SectionLayer
            from twin.city.section import section

            found = section(city, line)
            rows = sorted({c.row for c in found.cuts})
            table = city.buildings.take(rows)
            names = {r: str(n) for r, n in zip(rows, table["name"], strict=True) if n}
            ids = {r: str(n).removeprefix("building/") for r, n in zip(rows, table["id"], strict=True)}
            return SectionLayer(found, Ground.of(city)), names, ids

        def done(made: Any) -> None:
            if session.city is not city:
                return
            layer, names, ids = made
            self._section_of = (city, line)
            self.profile.show_section(layer, names, ids)
            session.replace_layers("section", [layer])
            self.show_dock("profile")
            if self.profile.height() < HIGH_PX:
                self.resizeDocks([self.docks["profile"]], [HIGH_PX], Qt.Orientation.Vertical)
            self._water_of_section()
            self.gauges.watch_line(line)

        session.jobs.start(tr("Section"), work, quiet=True, done=done, failed=self.notices.trouble)

    def remove_section(self) -> None:
        self._section_of = None
        self.profile.show_section(None, {})
        self.gauges.watch_line(None)
        if self.session.layer("section") is not None:
            self.session.replace_layers("section", [])

    def _city_of_section(self) -> None:
        """The same line through a city that was mended; none through another."""
        was, city = self._section_of, self.session.city
        if was is None or city is was[0]:
            return
        self._section_of = None
        self.profile.show_section(None, {})
        if city is not None and city.frame == was[0].frame and city.name == was[0].name:
            self.show_section(was[1])

    def _water_of_section(self, *_: Any) -> None:
        """Water of the result shown, at the moment shown, and that of rivers and lakes."""
        layer = self.profile.layer
        if layer is None:
            return
        import numpy as np

        from layers.fields import WaterLayer
        from layers.section import water_along

        water = next((x for x in reversed(self.session.layers) if isinstance(x, WaterLayer) and x.visible), None)
        level = layer.section.still
        if water is not None:
            risen = water_along(water, layer.section.ground)
            level = np.where(np.isfinite(risen), risen, level)
        self.profile.show_water(level, self._greatest_of_section())

    def _greatest_of_section(self) -> Any:
        """Highest level along the line so far in the scenario shown; None where no result tells it."""
        layer, greatest = self.profile.layer, self.session.layer("result:water_depth_max")
        store = self.session.store
        if layer is None or greatest is None or store is None:
            self._greatest = (None, None)
            return None
        now = (greatest, layer, len(store.times))
        if self._greatest[0] != now:
            from layers.section import water_along

            self._greatest = (now, water_along(greatest, layer.section.ground))  # type: ignore[arg-type]
        return self._greatest[1]

    def _hover_section(self, x: float, y: float, z: float) -> None:
        """A cursor near the line in the view points at its place in the profile."""
        layer = self.profile.layer
        if layer is None or self.view is None or not self.profile.isVisible() or x != x:
            return
        s, gap = layer.nearest(x, y)
        near = max(3.0, NEAR_SHARE * self.view.scene.camera.eye.distance)
        self.profile.point_at(s if gap <= near else None)

    def _save_profile_picture(self) -> None:
        def save(path: Path) -> None:
            if self.profile.save_picture(path, self._caption()):
                self.notices.tell("good", tr("Profile written: {path}", path=path))
            else:
                self.notices.tell("error", tr("The picture cannot be written to {path}", path=path))

        self._save_dialog(tr("Save profile"), f"{tr('Profile')}.png", "PNG (*.png)", save)

    def _caption(self) -> str:
        """What every picture must say: that it was computed and for when, and whose data it shows."""
        city, said = self.session.city, []
        if self.profile.plot.water is not None:
            said += [self.status.badge.text(), self.session.current, self.timeline.civil(self.session.time_s)]
        if city is not None:
            said += [city.attribution, tr("synthetic city") if city.synthetic else ""]
        return "  ·  ".join(s for s in said if s)

    def _save_profile_table(self) -> None:
        def save(path: Path) -> None:
            from twin.errors import TwinError
            from twin.project import write_atomic

            city = self.session.city
            if city is None:
                return
            try:
                write_atomic(path, self.profile.text(city.frame.to_crs).encode("utf-8"))
            except TwinError as error:
                self.notices.trouble(error)
                return
            self.notices.tell("good", tr("Profile written: {path}", path=path))

        self._save_dialog(tr("Save profile"), f"{tr('Profile')}.csv", "CSV (*.csv)", save)
