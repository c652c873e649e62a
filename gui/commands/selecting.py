"""Selecting: by an outline in the view, by a condition, all, none, the others; what is done with a selection; names under the cursor."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QInputDialog, QMenu, QToolTip

from gui.i18n import declared, tr
from gui.items import heading, said_value
from gui.preferences import settings
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.scene.view import View3D
    from gui.window import MainWindow
    from layers.layer import Layer

    Base = MainWindow
else:
    Base = object

LEAST_WATER_M = 0.05
"""Depth of a flood from which the name under the cursor says it too."""
HERE_PX = 8
"""The name goes when the cursor leaves this far."""
MOST_KEPT_IDS = 300_000
TOLD = ("height_m", "use", "kind", "class", "year", "depth_m", "level_m")
"""What is told of a thing below its name, besides what it is coloured by."""


class Selecting(Base):
    """Edit menu: selection."""

    _outlining: Any = None

    def wire_selecting(self, view: View3D) -> None:
        """The view is there."""
        view.outlined.connect(self._outlined)
        view.toggled.connect(self._toggled)
        view.rested.connect(self._rested)
        view.context.connect(self._context)
        view.walk_ended.connect(self._walk_ended)
        view.hands.spacemouse.pressed.connect(lambda button: self.do_view_iso() if button == 0 else self.do_view_back())
        view.hands.names = self.actions_["hover_names"].isChecked()
        view.scene.camera.reduced_motion = look.reduced_motion
        view.hands.pad_pans = str(settings().value("touchpad", "pan")) != "zoom"
        self.session.city_changed.connect(self._selection_ends)
        self.session.layers_changed.connect(self._isolated_again)
        self.session.selected_changed.connect(self._selection_told)

    # -- what an outline is about --------------------------------------------------------------------------------------
    def selectable_layer(self) -> Layer | None:
        """The layer chosen in the list if its things can be selected, else the buildings, else any."""
        from layers.choosing import is_selectable

        seen = [x for x in self.session.layers if x.visible]
        chosen = self.layers_panel.layer
        buildings = next((x for x in seen if x.id == "buildings"), None)
        for layer in (chosen, buildings, *seen):
            if layer is not None and layer in seen and is_selectable(layer):
                return layer
        return None

    def do_select_rectangle(self, on: bool) -> None:
        self._select_tool("rectangle", on)

    def do_select_seen(self, on: bool) -> None:
        self._selection_told()

    def do_select_lasso(self, on: bool) -> None:
        self._select_tool("lasso", on)

    def _select_tool(self, way: str, on: bool) -> None:
        if self.view is None:
            return
        other = self.actions_["select_lasso" if way == "rectangle" else "select_rectangle"]
        if on and other.isChecked():
            other.setChecked(False)
        if on:
            self.view.scene.tools.stop()
            self._leave_walk()
        self.view.select_by(way if on else "")
        self._selection_told()

    def end_select_tools(self) -> bool:
        """Back to turning; whether one was on."""
        was = False
        for id in ("select_rectangle", "select_lasso"):
            was |= self.actions_[id].isChecked()
            self.actions_[id].setChecked(False)
        return was

    def _selection_told(self, *_: Any) -> None:
        """The hint of the tool that selects."""
        view = self.view
        if view is None or view.walker is not None:
            return
        if not view.hands.select_by:
            view.hint.tell("")
            return
        layer = self.selectable_layer()
        if layer is None:
            view.hint.tell(tr("There is nothing to select."))
            return
        name = declared(layer.title)
        if view.hands.select_by == "lasso":
            text = tr("Draw around what you want in {layer}. Shift adds, Alt takes away, Esc ends.", layer=name)
        else:
            text = tr("Drag a rectangle over what you want in {layer}. Shift adds, Alt takes away, Esc ends.", layer=name)
        view.hint.tell(text)

    def _outlined(self, corners: Any, how: str) -> None:
        """An outline was drawn over the picture (shares of it)."""
        layer, view, city = self.selectable_layer(), self.view, self.session.city
        if layer is None or view is None or city is None:
            return
        from twin.city.choosing import Lens, Outline

        scene = view.scene
        eye, size = scene.camera.eye, scene.size
        tall = math.tan(math.radians(eye.angle / 2))
        forward, right, up = eye.basis(scene.camera.stretch)
        heights = (1.0, 1.0, scene.camera.stretch)
        import numpy as np

        axes = np.array([right, up, forward]) * heights
        lens, ground = Lens(eye.position, axes, tall * size[0] / max(1, size[1]), tall), scene.ground

        seen_only = self.actions_["select_seen"].isChecked()

        def work(_: Control) -> Any:
            from layers.choosing import in_outline

            return in_outline(layer, ground, lens, Outline(corners), seen_only)

        self._choose(layer, work, how)

    def _choose(self, layer: Layer, work: Any, how: str) -> None:
        """Rows found in a worker come into the selection."""
        if self._outlining is not None:
            self._outlining.cancel()
        city = self.session.city

        def done(rows: Any) -> None:
            self._outlining = None
            if self.session.city is city and layer in self.session.layers:
                self.select_rows(layer, rows, how)

        def failed(error: Exception) -> None:
            self._outlining = None
            self.notices.trouble(error)

        self._outlining = self.jobs.start(tr("Selecting"), work, done=done, failed=failed, quiet=True)

    def select_rows(self, layer: Layer, rows: Any, how: str = "replace") -> None:
        """how: replace, add, remove, within or toggle."""
        from layers.choosing import combined

        was_layer, was = self.session.selected
        if was_layer is not layer:
            if how in ("remove", "within"):
                rows = rows[:0]
            how = "replace"
        found = rows if how == "replace" else combined(was, rows, how, layer.count)
        if len(found):
            self.session.select(layer, found)
        else:
            self.session.clear_selection()
        self.status.showMessage(tr("{n:,} selected in {layer}", n=len(found), layer=declared(layer.title)), 5000)

    def _toggled(self, hit: Any) -> None:
        """Ctrl-click: the thing comes to the selection or leaves it."""
        import numpy as np

        if hit is not None:
            self.select_rows(hit.layer, np.array([hit.row], np.int32), "toggle")

    def _context(self, hit: Any, at: QPoint) -> None:
        """Right click: what can be done with the thing below, and here."""
        import numpy as np

        if self.view is None or self.session.city is None:
            return
        view = self.view
        here = view.mapFromGlobal(at)
        place = view.scene.ground_point(*view.pixel(QPointF(here), keep=True))
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.setObjectName("here")
        if hit is not None:
            layer, row = hit.layer, hit.row
            known = layer.attributes(row)
            title = str(known.get("name") or known.get("id") or declared(layer.title))
            head = menu.addAction(title if len(title) < 48 else title[:45] + "…")
            head.setEnabled(False)
            menu.addAction(icon("ph.crosshair-simple"), tr("Fly to it"), lambda: self.fly_to_rows(layer, [row]))
            one = np.array([row], np.int32)
            menu.addAction(icon("ph.selection"), tr("Select"), lambda: self.select_rows(layer, one))
            is_chosen = self.session.selected[0] is layer and row in self.session.selected[1]
            text, how = (tr("Take from the selection"), "remove") if is_chosen else (tr("Add to the selection"), "add")
            menu.addAction(icon("ph.selection-plus"), text, lambda: self.select_rows(layer, one, how))
            like = next((f for f in ("use", "class", "kind") if known.get(f)), "")
            if like:
                from twin.city.where import comparison

                said, alike = said_value(like, known[like]), comparison(like, "=", known[like])
                menu.addAction(
                    icon("ph.funnel"),
                    tr("Select all of the same kind: {kind}", kind=said),
                    lambda: self.select_where(layer, alike, "replace"),
                )
            menu.addAction(icon("ph.table"), tr("Attribute table"), lambda: self.show_table(layer))
            menu.addSeparator()
        if place is not None:
            menu.addAction(icon("ph.person"), tr("Walk from here"), lambda: self._walk_from(np.array(place)))
            menu.addAction(icon("ph.copy"), tr("Copy coordinates"), lambda: self._copy_place(float(place[0]), float(place[1])))
            spot = place if hit is None else hit.point
            menu.addAction(icon("ph.waves"), tr("Water over time here"), lambda: self.watch_water(float(spot[0]), float(spot[1])))
        if menu.isEmpty():
            menu.deleteLater()
            return
        menu.popup(at)

    def _copy_place(self, x: float, y: float) -> None:
        """Longitude and latitude, else metres of the grid."""
        city = self.session.city
        if city is None:
            return
        if city.frame.crs is None:
            text = f"{x:.2f}, {y:.2f}"
        else:
            lon, lat = (float(v) for v in city.frame.to_lonlat(x, y))
            text = f"{lat:.6f}, {lon:.6f}"
        QGuiApplication.clipboard().setText(text)
        self.status.showMessage(tr("Copied: {text}", text=text), 4000)

    # -- by attribute, all, the others ---------------------------------------------------------------------------------
    def do_select_where(self) -> None:
        from gui.select_where import SelectWhere

        layer = self.session.selected[0] or self.selectable_layer()
        if layer is not None:
            dialog = SelectWhere(self, layer)
            dialog.show()

    def select_where(self, layer: Layer, condition: str, how: str) -> None:
        def work(_: Control) -> Any:
            from layers.choosing import meeting

            return meeting(layer, condition)

        self._choose(layer, work, how)

    def do_select_all(self) -> None:
        self._rows_of_all("all")

    def do_select_invert(self) -> None:
        self._rows_of_all("invert")

    def _rows_of_all(self, what: str) -> None:
        import numpy as np

        selected, rows = self.session.selected
        layer = selected or (self.table.layer if self.table.isVisible() else None) or self.selectable_layer()
        if layer is None:
            return
        every = np.arange(layer.count, dtype=np.int32)
        only = getattr(layer, "only", None)
        if what == "invert" and selected is layer:
            left = np.ones(len(every), bool)
            left[rows] = False
            every = every[left]
        if only is not None:
            every = every[np.isin(every, only)]
        self.select_rows(layer, every)

    # -- what is done with a selection ---------------------------------------------------------------------------------
    def do_isolate(self, on: bool) -> None:
        """Only the buildings selected, or all of them again."""
        layer, rows = self.session.selected
        buildings = self.session.layer("buildings")
        if buildings is None or not hasattr(buildings, "isolate"):
            return
        if on and (layer is not buildings or not len(rows)):
            self._check_isolate(False)
            self.notices.tell("info", tr("Select buildings first; the others are hidden then."))
            return
        buildings.isolate(rows if on else None)

    def _check_isolate(self, on: bool) -> None:
        action = self.actions_["isolate"]
        action.blockSignals(True)
        action.setChecked(on)
        action.blockSignals(False)

    def _isolated_again(self) -> None:
        """The tick follows what is shown: a city read again shows all of its buildings."""
        self._check_isolate(getattr(self.session.layer("buildings"), "only", None) is not None)

    def _selection_ends(self) -> None:
        self.end_select_tools()
        self._leave_walk()
        self._isolated_again()

    def do_selection_save(self) -> None:
        """Rows selected as a file."""
        layer, rows = self.session.selected
        if layer is None or not len(rows):
            self.notices.tell("info", tr("Nothing is selected."))
            return
        endings = {"GeoPackage (*.gpkg)": ".gpkg", "GeoJSON (*.geojson)": ".geojson", "CSV (*.csv)": ".csv"}
        dialog = self._file_dialog(tr("Save selection"), ";;".join(endings), saving=True)

        def named(text: str) -> None:
            dialog.setDefaultSuffix(endings[text].removeprefix("."))
            dialog.selectFile(tr("selection") + endings[text])

        dialog.filterSelected.connect(named)
        named(next(iter(endings)))
        dialog.fileSelected.connect(lambda path: self.save_selection(Path(path), layer, rows))
        dialog.open()

    def save_selection(self, path: Path, layer: Layer, rows: Any) -> None:
        city = self.session.city
        path = path if path.suffix else path.with_suffix(".gpkg")

        def work(control: Control) -> Path:
            from layers.choosing import shapes_of
            from twin.city.writers.selection import write_rows

            control.progress(tr("Writing"))
            assert city is not None
            return write_rows(path, city, layer.title, layer.some(rows), shapes_of(layer, rows))

        def done(to: Path) -> None:
            self.notices.tell("good", tr("{n:,} rows saved: {path}", n=len(rows), path=to))

        self.jobs.start(tr("Saving selection"), work, done=done, failed=self.notices.trouble)

    def do_selection_keep(self) -> None:
        """The selection under a name, in the project."""
        layer, rows = self.session.selected
        if layer is None or not len(rows):
            self.notices.tell("info", tr("Nothing is selected."))
            return
        if len(rows) > MOST_KEPT_IDS:
            self.notices.tell("info", tr("So many rows are better saved as a file: at most {n:,} are kept by name.", n=MOST_KEPT_IDS))
            return
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Keep selection"))
        dialog.setLabelText(tr("Name of this selection"))
        dialog.setTextValue(tr("Selection {n}", n=len(self.session.selections) + 1))
        dialog.textValueSelected.connect(lambda name: self.keep_selection(name, layer, rows))
        dialog.open()

    def keep_selection(self, name: str, layer: Layer, rows: Any) -> None:
        if not name.strip():
            return
        before = dict(self.session.selections)
        after = before | {name.strip(): {"layer": layer.id, "ids": [str(i) for i in layer.some(rows)["id"]]}}
        self.session.change(tr("keep selection {name}", name=name.strip()), self._put_selections, before, after)

    def _put_selections(self, kept: dict[str, Any]) -> None:
        self.session.selections = dict(kept)

    def fill_selections(self) -> None:
        """Selections kept by name."""
        menu = self._selections_menu
        menu.clear()
        for name in self.session.selections:
            menu.addAction(icon("ph.selection"), name, lambda n=name: self.select_kept(n))
        if not self.session.selections:
            menu.addAction(tr("none yet")).setEnabled(False)
            return
        menu.addSeparator()
        forget = menu.addMenu(tr("Forget"))
        for name in self.session.selections:
            forget.addAction(name, lambda n=name: self._forget_selection(n))

    def _forget_selection(self, name: str) -> None:
        before = dict(self.session.selections)
        after = {k: v for k, v in before.items() if k != name}
        self.session.change(tr("forget selection {name}", name=name), self._put_selections, before, after)

    def select_kept(self, name: str) -> None:
        kept = self.session.selections.get(name, {})
        layer = self.session.layer(str(kept.get("layer")))
        if layer is None:
            self.notices.tell("warning", tr("The layer of this selection is not there."))
            return
        ids = kept.get("ids", [])

        def work(_: Control) -> Any:
            import numpy as np
            import pandas as pd

            return np.flatnonzero(pd.Series(np.asarray(layer.column("id"), object)).isin(ids).to_numpy()).astype(np.int32)

        self._choose(layer, work, "replace")

    # -- names under the cursor ----------------------------------------------------------------------------------------
    def do_hover_names(self, on: bool) -> None:
        kept = settings()
        kept.setValue("hover_names", "true" if on else "false")
        kept.sync()
        if self.view is not None:
            self.view.hands.names = on
            if not on:
                self.view.unrest()
                QToolTip.hideText()

    def _rested(self, hit: Any, place: Any, at: QPoint) -> None:
        """hit: what is below the cursor, None for bare ground; place: where, local metres, None for the sky."""
        told = [] if self.view is None or hit is None else [self.told_of(hit.layer, hit.row)]
        water = 0.0 if self.view is None or place is None else self.view.scene.water_depth(place[0], place[1])
        if water >= LEAST_WATER_M:
            told.insert(0, f"<b>{tr('{depth} m of water here', depth=f'{water:.2f}')}</b>")
        if not told:
            QToolTip.hideText()
            return
        here = self.view.mapFromGlobal(at)
        QToolTip.showText(at, "<br>".join(told), self.view, QRect(here, here).adjusted(-HERE_PX, -HERE_PX, HERE_PX, HERE_PX))

    def told_of(self, layer: Layer, row: int) -> str:
        """Name of a thing, what it is, and what its colour says; HTML."""
        from html import escape

        known = layer.attributes(row)
        name = str(known.get("name") or "") or str(known.get("id") or "")
        fields = [f for f in dict.fromkeys((layer.style.field, *TOLD)) if f and f in known and f not in ("id", "name")]
        of_result = layer.style.field if layer.group == "results" else ""
        lines = [(declared(layer.title) if f == of_result else heading(f), said_value(f, known[f])) for f in fields]
        shown = [f"{escape(k)}: {escape(v)}" for k, v in lines if v][:3]
        title = declared(layer.title)
        return "<br>".join([f"<b>{escape(name or title)}</b>", *([escape(title)] if name else []), *shown])
