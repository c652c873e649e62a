"""What moves by itself: the clock of motion, the moment shown, and vehicles that follow both."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from gui.i18n import tr
from gui.notices import Stay
from gui.preferences import settings
from gui.theme import look

if TYPE_CHECKING:
    from gui.scene.view import View3D
    from gui.window import MainWindow
    from layers.layer import Layer

    Base = MainWindow
else:
    Base = object

KEPT, SMOKE = "motion", "smoke"


class Motions(Base):
    """View > Motion in the view.

    Motion is on at first where a graphics card draws; where the processor does, it is off until somebody wants it, and what is shown
    moves only while a result or a recording is played.
    """

    _fire = (250.0, 4.0, 20.0)

    def do_motion(self, on: bool) -> None:
        settings().setValue(KEPT, "true" if on else "false")
        if self.view is not None:
            self.view.motion.set_on(on)
        if on and look.reduced_motion:
            self.status.showMessage(tr("Nothing moves by itself: Preferences say to jump instead of flying"), 8000)

    def wire_motion(self, view: View3D) -> None:
        """Give a new view its clock of motion."""
        kept = settings().value(KEPT)
        if kept is None:
            view.motion.gpu_found.connect(self._motion_if_fast)
        else:
            self._set_motion(str(kept) == "true")
        session = self.session
        self._preparing: set[int] = set()
        for signal in (session.time_changed, session.store_changed, session.current_changed, self.timeline.shows_changed):
            signal.connect(self._follow_moment)
        session.layers_changed.connect(self._follow_layers)
        session.layer_changed.connect(self._follow_layer)
        self.daylight.changed.connect(self._follow_sun)
        self.timeline.play.toggled.connect(self._played)
        view.scene.tools.finished.connect(self._smoke_drawn)
        self.projects.fires, self.projects.put_fires = self._fires, self._put_fires

    def do_smoke(self) -> None:
        from gui.smoke import SmokeDialog

        SmokeDialog(self, self.place_smoke).show()

    def place_smoke(self, wind_from: float, wind_ms: float, heat_mw: float) -> None:
        """The next click in the view says where it burns."""
        if self.view is not None and self.session.city is not None:
            self._fire = (wind_from, wind_ms, heat_mw)
            self.view.scene.tools.start(SMOKE, "point")
            self.notices.tell("info", tr("Click where it burns; Esc gives up."), stay=Stay(held=True))

    def _smoke_drawn(self, tool: str, shape: Any) -> None:
        if tool != SMOKE or self.view is None:
            return
        self.banner.hide()
        from layers.particles import SmokeLayer, Source

        session = self.session
        taken = [x.id for x in session.layers]
        number = next(n for n in range(1, len(taken) + 2) if f"{SMOKE}-{n:03d}" not in taken)
        x, y = float(shape.x), float(shape.y)
        city, top = session.city, float(self.view.scene.ground.height(x, y))
        assert city is not None
        if len(city.buildings) and city.buildings.tiles is None:  # a house burns at its roof
            import numpy as np
            import shapely

            inside = np.flatnonzero(shapely.contains_xy(city.buildings.footprints, x, y))
            table = city.buildings.table
            for row in inside[:1].tolist():
                top = float(table["ground_z_m"].iat[row] + table["height_m"].iat[row])
        layer = SmokeLayer(f"{SMOKE}-{number:03d}", Source(x, y, top, *self._fire), number)
        session.change(tr("smoke for illustration"), lambda layers: session.replace_layers(layer.id, layers), [], [layer])

    def _fires(self) -> list[dict[str, Any]]:
        """Fires drawn by hand, for a project."""
        from dataclasses import asdict

        from layers.particles import SmokeLayer

        city, kept = self.session.city, []
        for layer in self.session.layers if city is not None else ():
            if isinstance(layer, SmokeLayer):
                assert city is not None
                x, y = city.frame.to_crs(layer.fire.x, layer.fire.y)
                kept.append({**asdict(layer.fire), "x": round(float(x), 3), "y": round(float(y), 3)})
        return kept

    def _put_fires(self, fires: list[dict[str, Any]]) -> None:
        """Those of a project; what cannot be read is left out."""
        from layers.particles import SmokeLayer, Source

        city = self.session.city
        layers: list[Layer] = []
        for fire in fires if city is not None else ():
            assert city is not None
            try:
                x, y, z, *rest = (float(fire[name]) for name in ("x", "y", "z", "wind_from", "wind_ms", "heat_mw"))
            except (KeyError, TypeError, ValueError):
                continue
            x, y = (float(v) for v in city.frame.to_local(x, y))
            number = len(layers) + 1
            layers.append(SmokeLayer(f"{SMOKE}-{number:03d}", Source(x, y, z, *rest), number))
        if layers or any(isinstance(x, SmokeLayer) for x in self.session.layers):
            self.session.replace_layers(f"{SMOKE}-", layers)

    def _motion_if_fast(self, gpu: bool) -> None:
        self._set_motion(gpu)

    def _set_motion(self, on: bool) -> None:
        action = self.actions_["motion"]
        action.blockSignals(True)
        action.setChecked(on)
        action.blockSignals(False)
        if self.view is not None:
            self.view.motion.set_on(on)

    def _played(self, on: bool) -> None:
        if self.view is not None:
            self.view.motion.playing = on

    def civil_now(self) -> datetime | None:
        """Local time of what is shown: of the sun that was set, of the result, else of the feed; None where nothing says."""
        sun = self.daylight
        if self.session.city is None:
            return None
        at = sun.when
        feed = self.sensors is not None and bool(self.sensors.mode)
        if at is None and self.session.store is not None and not (feed and self.timeline.shows != "result"):
            at = sun.clock
        if at is None and feed:
            at = datetime.fromtimestamp(self.sensors.hub.clock.now(), UTC)
        return None if at is None else at.astimezone(sun.zone).replace(tzinfo=None)

    def _follow_clock(self) -> None:
        """Civil time of the view is that of what is shown."""
        if self.view is None or self.session.city is None:
            return
        self.view.motion.playing = self.timeline.play.isChecked()
        civil, moment = self.civil_now(), self.view.scene.moment
        if civil is not None and abs((civil - moment.civil).total_seconds()) > 1.5:
            moment.civil = civil

    def _follow_moment(self, *_: Any) -> None:
        """The vehicles are those of the time shown, and keep off the roads that the result closes."""
        if self.view is None or self.session.city is None:
            return
        from layers.traffic import TRAFFIC, MovingLayer, TrafficLayer, road_factors

        self._follow_clock()
        for layer in self.session.layers:
            if isinstance(layer, MovingLayer):
                layer.in_background = True
                if layer.visible and not layer.is_prepared:
                    self._prepare(layer)
        traffic = self.session.layer(TRAFFIC)
        if isinstance(traffic, TrafficLayer) and traffic.visible:
            traffic.set_factors(road_factors(self.session.store, self.session.time_s))

    def _follow_layers(self) -> None:
        self._follow_moment()
        self._seasons()

    def _follow_layer(self, layer: Any, aspect: str) -> None:
        """Vehicles that are shown from now on; the clock of a feed goes on with what its sensors say."""
        from layers.traffic import MovingLayer

        if aspect == "visible" and isinstance(layer, MovingLayer):
            self._follow_moment()
        elif aspect == "data" and self.sensors is not None and layer is self.sensors.layer:
            self._follow_clock()

    def _follow_sun(self) -> None:
        self._follow_clock()
        self._seasons()

    def _seasons(self) -> None:
        """Leaves of the date that was set for the sun; those of summer where none was."""
        from layers.features import TreeLayer
        from twin.city.suns import place_of

        city, when = self.session.city, self.daylight.when
        if self.view is None or city is None:
            return
        latitude = 0.0 if when is None else place_of(city, when)[1]
        for layer in self.session.layers:
            if isinstance(layer, TreeLayer):
                layer.set_season(None if when is None else when.month, latitude)

    def _prepare(self, layer: Any) -> None:
        """Make what the vehicles follow beside the window, then show them."""
        preparing, key = self._preparing, id(layer)
        if key in preparing:
            return
        preparing.add(key)

        def done(_: Any) -> None:
            if layer in self.session.layers:
                layer.changed.emit("data")

        job = self.jobs.start(
            tr("Vehicles"), lambda control: layer.prepare(control.check), quiet=True, done=done, failed=self.notices.trouble
        )
        job.ended.connect(lambda: preparing.discard(key))
