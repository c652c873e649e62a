"""Two small popups over the view: every command by name (Ctrl+K), and anything in the city by name, id or coordinates (Ctrl+F)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QAction, QIcon, QKeyEvent
from PySide6.QtWidgets import QApplication, QFrame, QLabel, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from gui.i18n import declared, mark, say, tr
from gui.theme import icon

if TYPE_CHECKING:
    from gui.jobs import Control, Job
    from gui.session import Session
    from layers.layer import Layer

SEARCH_MS = 120
MOST = 60


@dataclass
class Hit:
    """One line of an answer and what choosing it does."""

    text: str
    note: str
    act: Callable[[], Any]
    symbol: QIcon


class Popup(QFrame):
    """A field and a list, in the upper middle of its parent; Escape or a click outside closes it."""

    def __init__(self, parent: QWidget, placeholder: str) -> None:
        super().__init__(parent)
        self.setObjectName("popup")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.field, self.list, self.note = QLineEdit(), QListWidget(), QLabel(objectName="quiet")
        say(self.field.setPlaceholderText, placeholder)
        say(self.field.setAccessibleName, placeholder)
        self.field.setMinimumHeight(34)
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.itemClicked.connect(lambda _: self.choose())
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.addWidget(self.field)
        column.addWidget(self.list)
        column.addWidget(self.note)
        self._hits: list[Hit] = []
        self.field.installEventFilter(self)
        self.field.textChanged.connect(self.search)
        self.hide()

    def open(self) -> None:
        parent = self.parentWidget()
        width = min(640, parent.width() - 40)
        self.setFixedSize(width, min(440, parent.height() - 90))
        self.move((parent.width() - width) // 2, 54)
        self.field.clear()
        self.search("")
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        QApplication.instance().installEventFilter(self)  # only while it is open: a filter sees every event

    def hideEvent(self, event: Any) -> None:
        QApplication.instance().removeEventFilter(self)
        super().hideEvent(event)

    def search(self, text: str) -> None:
        raise NotImplementedError

    def show_hits(self, hits: list[Hit], note: str = "") -> None:
        self._hits = hits
        self.list.clear()
        for hit in hits:
            item = QListWidgetItem(hit.symbol, hit.text + (f"     {hit.note}" if hit.note else ""))
            item.setToolTip(hit.text)
            self.list.addItem(item)
        self.list.setCurrentRow(0)
        self.note.setText(note)
        self.note.setVisible(bool(note))

    def choose(self) -> None:
        row = self.list.currentRow()
        if 0 <= row < len(self._hits):
            self.hide()
            self.parentWidget().setFocus()
            self._hits[row].act()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            if self.isVisible() and watched is not self and not self.isAncestorOf(watched) and watched.window() is self.window():
                self.hide()
            return False
        if watched is not self.field:
            return False
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and event.key() == Qt.Key.Key_Escape:
            event.accept()  # else the window's Escape would take it
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            key = event.key()
            if key in (Qt.Key.Key_Down, Qt.Key.Key_Up, Qt.Key.Key_PageDown, Qt.Key.Key_PageUp):
                by = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 10}.get(Qt.Key(key), -10)
                self.list.setCurrentRow(min(max(0, self.list.currentRow() + by), self.list.count() - 1))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self.choose()
                return True
            if key == Qt.Key.Key_Escape:
                self.hide()
                return True
        if event.type() == QEvent.Type.FocusOut:
            self.hide()
        return False


class CommandPalette(Popup):
    """Actions that can be used now, by any of their words."""

    def __init__(self, parent: QWidget, actions: Callable[[], list[QAction]]) -> None:
        super().__init__(parent, mark("Type a command"))
        self._actions = actions

    def search(self, text: str) -> None:
        words = text.casefold().split()
        hits = []
        for action in self._actions():
            title = re.sub(r"\(&?\w\)|&|…", "", action.text())
            if (
                action.isEnabled()
                and title
                and all(w in f"{title} {action.toolTip()} {action.property('english') or ''}".casefold() for w in words)
            ):
                hits.append(Hit(title, action.shortcut().toString(), action.trigger, action.icon()))
        hits.sort(key=lambda h: (not h.text.casefold().startswith(text.casefold()), h.text))
        self.show_hits(hits, "" if hits else tr("No such command"))


class Find(Popup):
    """Names, ids and layers; "latitude, longitude" or "easting northing". Tables are searched in a worker."""

    def __init__(self, parent: QWidget, session: Session, fly: Callable[[Layer, Any], None], go: Callable[[float, float], None]) -> None:
        super().__init__(parent, mark("Find a name, an id, a layer, or coordinates such as 31.24, 121.49"))
        self.session, self._fly, self._go = session, fly, go
        self._job: Job | None = None
        self._wait = QTimer(self)
        self._wait.setSingleShot(True)
        self._wait.setInterval(SEARCH_MS)
        self._wait.timeout.connect(self._look)

    def search(self, text: str) -> None:
        if len(text.strip()) < 2:
            self._wait.stop()
            self.show_hits([], tr("Type at least two letters."))
        else:
            self.note.hide()
            self._wait.start()

    def _look(self) -> None:
        text = self.field.text().strip()
        if self._job is not None:
            self._job.cancel()
        first = self._places(text) + self._layers(text)
        layers = list(self.session.layers)

        def work(control: Control) -> list[tuple[Layer, int, str, str]]:
            found: list[tuple[Layer, int, str, str]] = []
            for layer in layers:
                control.check()
                found += matches(layer, text, MOST)
            return best(found, text)

        def done(found: list[tuple[Layer, int, str, str]]) -> None:
            hits = [
                Hit(name, f"{declared(layer.title)}  ·  {id}", lambda la=layer, r=row: self._fly(la, [r]), icon("ph.map-pin"))
                for layer, row, name, id in found
            ]
            self.show_hits(first + hits, "" if first or hits else tr("Nothing in this city matches '{text}'.", text=text))

        self._job = self.session.jobs.start(tr("Find"), work, quiet=True, done=done)

    def _layers(self, text: str) -> list[Hit]:
        return [
            Hit(declared(x.title), tr("layer"), lambda la=x: self._fly(la, None), icon("ph.stack"))
            for x in self.session.layers
            if text.casefold() in f"{x.title} {declared(x.title)}".casefold()
        ]

    def _places(self, text: str) -> list[Hit]:
        city = self.session.city
        pair = coordinates(text)
        if city is None or pair is None:
            return []
        a, b = pair
        hits = []
        if abs(a) <= 90 and abs(b) <= 180 and city.frame.has_map:
            x, y = city.frame.from_lonlat(b, a)
            hits.append(
                Hit(tr("Latitude {a:g}, longitude {b:g}", a=a, b=b), "WGS 84", lambda: self._go(float(x), float(y)), icon("ph.globe"))
            )
        else:
            x, y = city.frame.to_local(a, b)
            hits.append(
                Hit(
                    tr("Easting {a:g}, northing {b:g}", a=a, b=b),
                    city.frame.crs or "",
                    lambda: self._go(float(x), float(y)),
                    icon("ph.map-pin-line"),
                )
            )
        return hits


_NUMBER = r"-?(?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?"
_PLACE = re.compile(rf"\s*([NSEW])?\s*({_NUMBER})\s*°?\s*([NSEW])?\s*[,;\s]\s*([NSEW])?\s*({_NUMBER})\s*°?\s*([NSEW])?\s*", re.IGNORECASE)


def coordinates(text: str) -> tuple[float, float] | None:
    """(latitude, longitude) or (easting, northing) as people write and the status bar shows them; None for anything else.

    31.24, 121.49; 31.24° N 121.49° E; 461300 3480100; E 461,300.0  N 3,480,100.0.
    """
    found = _PLACE.fullmatch(text) or re.fullmatch(r"\s*()(-?\d+)()\s*,\s*()(-?\d+)()\s*", text)
    if found is None:
        return None
    first, second = (float(found[k].replace(",", "")) for k in (2, 5))
    side = [found[k].upper() for k in (1, 3, 4, 6) if found[k]]  # before or after the numbers, in the same order
    if not side:
        return first, second
    if len(side) != 2 or (side[0] in "EW") == (side[1] in "EW"):
        return None
    first, second = (-v if s in "SW" else v for v, s in zip((first, second), side, strict=True))
    is_geographic = abs(first) <= 180 and abs(second) <= 180
    return (second, first) if is_geographic == (side[0] in "EW") else (first, second)


def matches(layer: Layer, text: str, most: int) -> list[tuple[Layer, int, str, str]]:
    """(layer, row, name, id) of rows whose name or id holds the text, those that begin with it first."""
    table = layer.table()
    if not len(table) or "id" not in table:
        return []
    names = (table["name"] if "name" in table else table["id"]).astype(str)
    ids = table["id"].astype(str)
    found = names.str.contains(text, case=False, regex=False) | ids.str.contains(text, case=False, regex=False)
    rows = found.to_numpy().nonzero()[0][: most * 4]
    rows = sorted(rows, key=lambda r: (not names.iloc[r].casefold().startswith(text.casefold()), r))[:most]
    return [(layer, int(r), names.iloc[r] or ids.iloc[r], ids.iloc[r]) for r in rows]


FIRST = ("buildings", "places", "measures", "sensors", "facilities", "stations")
"""Layers whose things people look for most."""


def best(found: list[tuple[Layer, int, str, str]], text: str) -> list[tuple[Layer, int, str, str]]:
    """The best MOST of all layers: the very name first, then names that begin so, then by layer. A name once for each kind of thing:
    results speak of the same buildings and roads as the layers of the city do."""
    sought = text.casefold()

    def rank(hit: tuple[Layer, int, str, str]) -> tuple[bool, bool, bool, int]:
        layer, _, name, id = hit
        named = name.casefold()
        computed = layer.group == "results"
        place = next((k for k, word in enumerate(FIRST) if word in layer.id), len(FIRST))
        return sought not in (named, id.casefold()), not named.startswith(sought), computed, place

    kept: dict[tuple[str, str], tuple[Layer, int, str, str]] = {}
    for hit in sorted(found, key=rank):
        kind = hit[3].partition("/")[0] if "/" in hit[3] else hit[0].id
        kept.setdefault((kind, hit[2]), hit)
    return list(kept.values())[:MOST]
