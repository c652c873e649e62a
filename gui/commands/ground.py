"""Below the ground, cut open, and with heights stretched."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.i18n import say, tr
from gui.notices import Stay
from gui.theme import icon

if TYPE_CHECKING:
    from PySide6.QtGui import QActionGroup
    from PySide6.QtWidgets import QMenu

    from gui.jobs import Control
    from gui.scene.view import View3D
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object

STRETCHES = (1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
MOVE_M = 10.0
NEAR_CUT_M, FAR_CUT_M, CUT_PITCH = 120.0, 700.0, -14.0
"""From where a cut is looked at first: distance, and angle down."""


class GroundViews(Base):
    """View > Underground, Cut open, Heights."""

    _cut_line: tuple[Any, Any, bool] | None = None
    """Two places, and whether the other side is taken away."""
    _stretch_actions: QActionGroup
    _unearthed: set[str]
    """Ids of layers that are shown because the ground is faded."""

    def make_stretch_menu(self, menu: QMenu) -> None:
        """Fill the menu of how much heights are stretched."""
        from PySide6.QtGui import QActionGroup

        say(menu.setTitle, "&Heights")
        menu.setIcon(icon("ph.arrows-out-line-vertical"))
        self._stretch_actions = group = QActionGroup(menu)
        for factor in STRETCHES:
            action = menu.addAction("")
            say(action.setText, "As they are") if factor == 1 else action.setText(f"× {factor:g}")
            action.setCheckable(True)
            action.setChecked(factor == 1)
            action.setData(factor)
            group.addAction(action)
        group.triggered.connect(lambda action: self.stretch_heights(action.data()))

    def stretch_heights(self, factor: float) -> None:
        """Show all heights so many times larger."""
        for action in self._stretch_actions.actions():
            action.setChecked(action.data() == factor)
        if self.view is not None:
            self.view.scene.relief.stretch = factor

    def wire_ground(self, view: View3D) -> None:
        """Tools of a view that has just been made."""
        self._unearthed = set()
        view.scene.tools.finished.connect(self._cut_drawn)
        self.session.city_changed.connect(self._whole_again)

    def do_underground(self, on: bool) -> None:
        """Fade the ground; networks that lie in it are shown while it is."""
        if self.view is None:
            return
        from layers.traffic import MovingLayer

        for layer in self.session.layers:
            if on and layer.is_buried and not layer.visible and not isinstance(layer, MovingLayer):
                self._unearthed.add(layer.id)
                layer.visible = True
            elif not on and layer.id in self._unearthed:
                layer.visible = False
        if not on:
            self._unearthed.clear()
        self.view.scene.relief.show_underground(on)

    def do_cut(self) -> None:
        """Draw the line of the cut; pressed again while there is one, the city is whole again."""
        if self.view is None or self.session.city is None:
            return
        if self._cut_line is not None:
            self._cut_line = None
            self.view.scene.relief.cut(None)
            self._enable()
            return
        self.view.scene.tools.start("cut", "segment")
        self.view.setFocus()
        text = tr("Click at two places: the city is cut open along the line between them. Esc gives up.")
        self.notices.tell("info", text, stay=Stay(held=True))

    def do_cut_flip(self) -> None:
        if self._cut_line is not None:
            a, b, flipped = self._cut_line
            self._cut_at(a, b, not flipped)

    def do_cut_forward(self) -> None:
        self._cut_moved(MOVE_M)

    def do_cut_back(self) -> None:
        self._cut_moved(-MOVE_M)

    def _cut_moved(self, by_m: float) -> None:
        import numpy as np

        if self._cut_line is None:
            return
        a, b, flipped = self._cut_line
        way = (np.asarray(b) - a) / np.linalg.norm(np.asarray(b) - a)
        step = np.array([-way[1], way[0]]) * (by_m if not flipped else -by_m)
        self._cut_at(np.asarray(a) + step, np.asarray(b) + step, flipped)

    def _cut_drawn(self, tool: str, shape: Any) -> None:
        if tool == "cut" and self.view is not None:
            import numpy as np

            self.banner.hide()
            a, b = np.array(shape.coords[0][:2]), np.array(shape.coords[-1][:2])
            # What stands between the eye and the line is taken away.
            eye = self.view.scene.camera.eye.position[:2]
            way = b - a
            self._cut_at(a, b, bool(-way[1] * (eye[0] - a[0]) + way[0] * (eye[1] - a[1]) > 0))
            self._face_cut(a, b)

    def _face_cut(self, a: Any, b: Any) -> None:
        """Fly to where the cut can be read: a strip of ground a hundred times as long as deep is a thin line from afar."""
        import numpy as np

        from gui.scene.camera import Eye

        assert self.view is not None
        assert self._cut_line is not None
        scene, (x, y), way = self.view.scene, (a + b) / 2, b - a
        heading = np.degrees(np.arctan2(-way[1], way[0])) + (180.0 if self._cut_line[2] else 0.0)
        distance = float(np.clip(1.2 * np.linalg.norm(way), NEAR_CUT_M, FAR_CUT_M))
        scene.camera.go(Eye(float(x), float(y), float(scene.ground.height(x, y)), distance, float(heading), CUT_PITCH))

    def _cut_at(self, a: Any, b: Any, flipped: bool) -> None:
        city, view = self.session.city, self.view
        if city is None or view is None:
            return
        self._cut_line = (a, b, flipped)
        self._enable()
        wanted, ground = self._cut_line, view.scene.ground

        def work(_: Control) -> Any:
            from layers.cut import cutaway

            return cutaway(city, ground, (float(a[0]), float(a[1])), (float(b[0]), float(b[1])), flipped)

        def done(made: Any) -> None:
            if self.view is not None and self._cut_line is wanted and self.session.city is city:
                self.view.scene.relief.cut(made)

        self.jobs.start(tr("Cut"), work, quiet=True, done=done, failed=self.notices.trouble)

    def _whole_again(self) -> None:
        """Another city is seen as it is."""
        self._cut_line = None
        self._unearthed.clear()
        self.actions_["underground"].setChecked(False)
        self.stretch_heights(1.0)
