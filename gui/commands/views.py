"""Moving in the view, layers, selection, finding."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QInputDialog

from gui.i18n import tr
from gui.panels.bookmarks import KEYED
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.window import MainWindow
    from layers.layer import Layer

    Base = MainWindow
else:
    Base = object

NEAR_M = 60.0
"""Half the side of the box flown to for a point."""


class Views(Base):
    """Edit, View and Layer menus."""

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
        """Esc: out of what one is in, from the inside."""
        if self.view is not None and self.view.walker is not None:
            self.view.walker.leave()
        elif self.view is not None and self.view.scene.tools.active:
            self.view.scene.tools.cancel()
        elif self.end_select_tools():
            return
        elif self.banner.isVisible():
            self.banner.hide()
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
        if self.view is not None:
            self.view.scene.camera.view(name, animate=not look.reduced_motion)

    def do_view_back(self) -> None:
        if self.view is not None:
            self.view.scene.camera.undo()

    def do_view_next(self) -> None:
        if self.view is not None:
            self.view.scene.camera.redo()

    def do_walk(self, on: bool) -> None:
        view = self.view
        if view is None or on == (view.walker is not None):
            return
        if not on and view.walker is not None:
            view.walker.leave()
            return
        self.end_select_tools()
        view.scene.tools.stop()
        self._walk_from(None)

    def _walk_from(self, at: Any) -> None:
        """On foot from a place, else from the middle of the picture."""
        if self.view is not None and not self.view.walk(at):
            self._walk_ended()
            self.notices.tell("info", tr("There is no place to stand here. Fly nearer to a street and try again."))
        elif self.view is not None and not self.actions_["walk"].isChecked():
            self.actions_["walk"].setChecked(True)

    def _leave_walk(self) -> None:
        if self.view is not None and self.view.walker is not None:
            self.view.walker.leave(rise=False)

    def _walk_ended(self) -> None:
        action = self.actions_["walk"]
        action.blockSignals(True)
        action.setChecked(False)
        action.blockSignals(False)
        self._hud()

    def do_bookmark(self) -> None:
        if self.view is None:
            return
        state = self.bookmark_state()
        n = next(k for k in range(1, 10_000) if tr("View {n}", n=k) not in self.session.bookmarks)
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Bookmark"))
        dialog.setLabelText(tr("Name of this view"))
        dialog.setTextValue(tr("View {n}", n=n))
        dialog.textValueSelected.connect(lambda name: self.bookmarks_panel.keep(name, state))
        dialog.open()

    def bookmark_state(self) -> dict[str, Any]:
        """What a bookmark keeps: the eye, which layers are shown, the moment, and a small picture."""
        from gui.panels.bookmarks import picture_of

        assert self.view is not None
        shown = {x.id: x.visible for x in self.session.layers}
        more = {"layers": shown, "time_s": self.session.time_s, "picture": picture_of(self.view.picture())}
        return {**self.view.scene.camera.state(), **more}

    def update_bookmark(self, name: str) -> None:
        if self.view is not None and name in self.session.bookmarks:
            self.bookmarks_panel.keep(name, self.bookmark_state())

    def go_to_bookmark(self, name: str) -> None:
        """Fly to a bookmark, showing the layers and the moment it was kept with."""
        state = self.session.bookmarks.get(name)
        if self.view is None or state is None:
            return
        self._leave_walk()
        self.view.scene.camera.restore(state, animate=not look.reduced_motion)
        before = {x.id: x.visible for x in self.session.layers}
        kept = state.get("layers")
        after = {k: bool(kept[k]) if isinstance(kept, dict) and k in kept else v for k, v in before.items()}
        if after != before:
            self.session.change(tr("layers of {name}", name=name), self._put_visible, before, after)
        moment = state.get("time_s")
        if isinstance(moment, (int, float)) and moment != self.session.time_s and self.session.store is not None:
            self.session.set_time(float(moment))

    def _put_visible(self, shown: dict[str, bool]) -> None:
        for layer in self.session.layers:
            if layer.id in shown:
                layer.visible = shown[layer.id]

    def do_bookmarks(self) -> None:
        self.show_dock("bookmarks")

    def wire_bookmarks(self) -> None:
        panel = self.bookmarks_panel
        panel.add.connect(self.do_bookmark)
        panel.go.connect(self.go_to_bookmark)
        panel.update_wanted.connect(self.update_bookmark)
        self.session.city_changed.connect(panel.refresh)
        for n in range(1, KEYED + 1):
            QShortcut(QKeySequence(f"Alt+{n}"), self).activated.connect(lambda n=n: self._go_to_numbered(n))

    def _go_to_numbered(self, n: int) -> None:
        names = list(self.session.bookmarks)
        if n <= len(names):
            self.go_to_bookmark(names[n - 1])

    def fill_bookmarks(self) -> None:
        menu = self._bookmarks_menu
        menu.clear()
        for n, name in enumerate(self.session.bookmarks, 1):
            key = f"\tAlt+{n}" if n <= KEYED else ""
            menu.addAction(icon("ph.bookmark-simple"), name.replace("&", "&&") + key, lambda b=name: self.go_to_bookmark(b))
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
            x0, x1, y0, y1, z0, z1 = bounds
            more = (max(0.0, NEAR_M - (x1 - x0) / 2), max(0.0, NEAR_M - (y1 - y0) / 2))  # not with the nose on a small thing
            self._fly((x0 - more[0], x1 + more[0], y0 - more[1], y1 + more[1], z0, z1))

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
        assert self.view is not None
        self.view.scene.camera.fly_to(tuple(float(v) for v in bounds), animate=not look.reduced_motion)

    # the view tells
    def _clicked(self, hit: Any) -> None:
        if hit is None:
            self.session.clear_selection()
        else:
            self.session.select(self.thing_of(hit), [hit.row])
            if self.sensors is not None and hit.layer is self.sensors.layer:
                self.sensors.show_sensor(str(hit.layer.table()["id"].iloc[hit.row]))

    def thing_of(self, hit: Any) -> Layer:
        """The layer of the thing hit: a building that a result colours is a building, of which all is known."""
        from layers.results import BuildingResultLayer

        whole = self.session.layer("buildings") if isinstance(hit.layer, BuildingResultLayer) else None
        return whole if whole is not None and whole.visible else hit.layer

    def _double_clicked(self, hit: Any) -> None:
        if hit is not None:
            self.fly_to_rows(hit.layer, [hit.row])

    def _selected(self, layer: Layer | None, rows: Any) -> None:
        if layer is not None and len(rows) and self.docks["table"].isVisible() and not self.docks["table"].visibleRegion().isEmpty():
            self.table.show_layer(layer)
