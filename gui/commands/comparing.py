"""Several views beside each other, and two halves with a divider."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.i18n import tr
from gui.notices import Stay

if TYPE_CHECKING:
    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object

STEP = 0.05
"""Of the picture, by which a key moves the divider."""


class Comparisons(Base):
    """View > One view, Two views, Four views, Swipe."""

    def _wire_comparing(self) -> None:
        from gui.panels.compare_bar import CompareBar

        self.compare_bar = CompareBar(self.comparing, self.actions_["views_linked"], self)
        self.addToolBarBreak()
        self.addToolBar(self.compare_bar)
        self.comparing.changed.connect(self._mark_views)
        self.comparing.changed.connect(self._hud)
        self.projects.views = lambda: self.comparing.state() | self.compare_panel.state()
        self.projects.put_views = self._restore_views
        self._mark_views()

    def _restore_views(self, kept: dict[str, Any]) -> None:
        self.comparing.restore(kept)
        self.compare_panel.restore(kept)

    def do_views_1(self, on: bool) -> None:
        self._views(1)

    def do_views_2(self, on: bool) -> None:
        self._views(2 if on else 1)

    def do_views_4(self, on: bool) -> None:
        self._views(4 if on else 1)

    def do_swipe(self, on: bool) -> None:
        if not on:
            self.comparing.close()
        elif not self.comparing.show(1, swipe=True):
            text = tr("There is nothing to compare yet: run a scenario, then swipe between it and the city before.")
            self.notices.tell("info", text, stay=Stay(lambda: not self.runs.is_running and not self.comparing.presets(2, swipe=True)))
        self._mark_views()

    def do_views_linked(self, on: bool) -> None:
        self.comparing.link(on)

    def do_views_next(self) -> None:
        if self.view is not None and len(self.view.scene.panes):
            scene = self.view.scene
            scene.camera.finish()
            scene.panes.active = (scene.panes.active + 1) % len(scene.panes)
            scene.enter(scene.panes.active, placed=True)
            scene.request_render()

    def do_swipe_left(self) -> None:
        self.comparing.move_divider(-STEP)

    def do_swipe_right(self) -> None:
        self.comparing.move_divider(STEP)

    def _views(self, count: int) -> None:
        self.comparing.show(count)
        self._mark_views()

    def _mark_views(self) -> None:
        """The menu says what is; nothing is done by it."""
        c = self.comparing
        now = {f"views_{n}": c.count == n and not c.swipe for n in (1, 2, 4)} | {"swipe": c.swipe, "views_linked": c.linked}
        for id, on in now.items():
            action = self.actions_[id]
            action.blockSignals(True)
            action.setChecked(on)
            action.blockSignals(False)
        self._enable()
