"""Sun, shadows and look of the city."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction, QActionGroup

from gui.daylight import Daylight
from gui.i18n import mark
from gui.panels.sun import SunPanel
from gui.preferences import settings

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from gui.scene.view import View3D
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object


class Sunlight(Base):
    """Of the View menu."""

    looks: dict[str, QAction]
    """Actions by the name of their look (layers.citylook.LOOKS, which is not read before there is a view); '' is what suits the theme."""

    def make_sun(self) -> None:
        """The panel, before the first layout is remembered."""
        self.daylight = Daylight(self.session, self._scene_now)
        self.sun_panel = SunPanel(self.daylight)
        dock = self.add_dock("sun", mark("Sun"), self.sun_panel, Qt.DockWidgetArea.RightDockWidgetArea)
        dock.hide()
        self.city_look = ""
        self.projects.light, self.projects.put_light = self._light_state, self._put_light

    def _light_state(self) -> dict[str, Any]:
        return self.daylight.state() | ({"look": self.city_look} if self.city_look else {})

    def _put_light(self, state: dict[str, Any]) -> None:
        """Sun and look of a project; a look that it does not name stays as it is."""
        self.daylight.restore(state)
        if state.get("look") in self.looks:
            self.choose_look(str(state["look"]))

    def _scene_now(self) -> Scene | None:
        return self.view.scene if self.view is not None else None

    def wire_sun(self, view: View3D) -> None:
        """Once the view is there."""
        view.scene.camera.changed.connect(self.daylight.moved)
        view.scene.set_look(self.city_look)
        if self.daylight.when is not None or not self.daylight.has_shadows:
            self.daylight.refresh()

    def wire_looks(self) -> None:
        """Once the actions are there: one look at a time, as it was left."""
        group = QActionGroup(self)
        looks = (id for id in self.actions_.by_id if id.startswith("look_"))
        self.looks = {id.removeprefix("look_").removeprefix("auto"): self.actions_[id] for id in looks}
        for action in self.looks.values():
            group.addAction(action)
        kept = str(settings().value("city_look", ""))
        self.choose_look(kept if kept in self.looks else "")
        dock = self.docks["sun"]
        dock.visibilityChanged.connect(lambda _: self._sun_shown(not dock.isHidden()))

    def _sun_shown(self, shown: bool) -> None:
        action = self.actions_["sun"]
        action.blockSignals(True)
        action.setChecked(shown)
        action.blockSignals(False)
        if not shown:
            self.daylight.play(False)

    def do_sun(self, shown: bool) -> None:
        dock = self.docks["sun"]
        dock.setVisible(shown)
        if shown:
            dock.raise_()
            self.sun_panel.bar.setFocus()

    def do_sun_now(self) -> None:
        self.sun_panel.now.click()
        self.show_dock("sun")

    def do_sun_play(self) -> None:
        self.show_dock("sun")
        self.daylight.play(not self.daylight.is_playing)

    def choose_look(self, name: str) -> None:
        """A look of the city, remembered for the next start."""
        self.city_look = name
        self.looks[name].setChecked(True)
        if self.view is not None:
            had = self.view.scene.has_lamps
            self.view.scene.set_look(name)
            if had != self.view.scene.has_lamps and self.daylight.when is not None:
                self.daylight.refresh()

    def _look_chosen(self, name: str, on: Any) -> None:
        if on and name != self.city_look:
            self.choose_look(name)
            settings().setValue("city_look", name)
            self.session.is_dirty = self.session.is_dirty or self.session.city is not None

    def do_look_auto(self, on: bool) -> None:
        self._look_chosen("", on)

    def do_look_clay(self, on: bool) -> None:
        self._look_chosen("clay", on)

    def do_look_realistic(self, on: bool) -> None:
        self._look_chosen("realistic", on)

    def do_look_operations(self, on: bool) -> None:
        self._look_chosen("operations", on)
