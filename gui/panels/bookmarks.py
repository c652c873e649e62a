"""Views kept by name: pictures in a list, renamed, put in order, brought up to date; each brings back camera, layers shown and moment."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QByteArray, QSize, Qt, Signal
from PySide6.QtGui import QImage, QPixmap
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QLabel, QListWidget, QListWidgetItem, QMenu, QToolButton, QVBoxLayout, QWidget

from gui.i18n import language, mark, say, tr
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.session import Session

PICTURE_PX = (144, 90)
KEYED = 9
"""Bookmarks that Alt and a digit bring."""


class BookmarksPanel(QWidget):
    """add, go, update: what the window is asked for; order, names and removal are changed here, with undo."""

    add = Signal()
    go = Signal(str)
    update_wanted = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.session = session
        self._ours = False
        self.list = QListWidget()
        self.list.setIconSize(QSize(*PICTURE_PX))
        self.list.setDragDropMode(QAbstractItemView.DragDropMode.InternalMove)
        self.list.setDefaultDropAction(Qt.DropAction.MoveAction)
        self.list.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.list.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.list.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.list.setSpacing(3)
        self.list.setWordWrap(True)
        say(self.list.setAccessibleName, "Bookmarks")
        self.list.itemClicked.connect(lambda item: self.go.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.list.itemActivated.connect(lambda item: self.go.emit(item.data(Qt.ItemDataRole.UserRole)))
        self.list.itemChanged.connect(self._renamed)
        self.list.model().rowsMoved.connect(self._moved)
        self.list.customContextMenuRequested.connect(self._menu)
        self.list.currentRowChanged.connect(self._enable)
        self.empty = QLabel(objectName="quiet")
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.empty.setContentsMargins(14, 12, 14, 12)
        say(self.empty.setText, "Ctrl+B keeps the view of now here: where one looks from, the layers shown and the moment.")
        self.plus, self.renew, self.pen, self.up, self.down, self.bin = (QToolButton() for _ in range(6))
        for button, tip, slot in (
            (self.plus, mark("Keep this view"), self.add.emit),
            (self.renew, mark("Bring it up to date with the view of now"), self._renew),
            (self.pen, mark("Rename"), self._edit),
            (self.up, mark("Further up"), lambda: self._shift(-1)),
            (self.down, mark("Further down"), lambda: self._shift(1)),
            (self.bin, mark("Delete"), self.remove),
        ):
            say(button.setToolTip, tip)
            say(button.setAccessibleName, tip)
            button.clicked.connect(slot)
        bar = QHBoxLayout()
        bar.setContentsMargins(8, 6, 8, 4)
        bar.addWidget(self.plus)
        bar.addStretch(1)
        for button in (self.renew, self.pen, self.up, self.down, self.bin):
            bar.addWidget(button)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(bar)
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        session.bookmarks_changed.connect(self.refresh)
        look.changed.connect(self._paint)
        language.changed.connect(self.refresh)
        self._paint()
        self.refresh()

    @property
    def current(self) -> str:
        """Name of the bookmark chosen, "" for none."""
        item = self.list.currentItem()
        return "" if item is None else str(item.data(Qt.ItemDataRole.UserRole))

    def refresh(self, *_: Any) -> None:
        chosen = self.current
        self._ours = True
        self.list.clear()
        for n, (name, state) in enumerate(self.session.bookmarks.items(), 1):
            item = QListWidgetItem(name)
            item.setData(Qt.ItemDataRole.UserRole, name)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            item.setIcon(picture_icon(state))
            item.setToolTip(f"Alt+{n}" if n <= KEYED else name)
            self.list.addItem(item)
            if name == chosen:
                self.list.setCurrentItem(item)
        self._ours = False
        has = self.list.count() > 0
        self.empty.setVisible(not has)
        self.list.setVisible(has)
        self._enable()

    def _enable(self, *_: Any) -> None:
        row, count = self.list.currentRow(), self.list.count()
        for button in (self.renew, self.pen, self.bin):
            button.setEnabled(row >= 0)
        self.up.setEnabled(row > 0)
        self.down.setEnabled(0 <= row < count - 1)
        self.plus.setEnabled(self.session.city is not None)

    def _paint(self, *_: Any) -> None:
        for button, name in (
            (self.plus, "ph.plus"), (self.renew, "ph.arrows-clockwise"), (self.pen, "ph.pencil-simple"), (self.up, "ph.arrow-up"),
            (self.down, "ph.arrow-down"), (self.bin, "ph.trash"),
        ):  # fmt: skip
            button.setIcon(icon(name))

    # -- changes -------------------------------------------------------------------------------------------------------
    def _put(self, bookmarks: dict[str, dict[str, Any]]) -> None:
        self.session.bookmarks = dict(bookmarks)
        self.session.bookmarks_changed.emit()

    def change(self, text: str, after: dict[str, dict[str, Any]]) -> None:
        """Other bookmarks, one step of undo."""
        if list(after.items()) != list(self.session.bookmarks.items()):
            self.session.change(text, self._put, dict(self.session.bookmarks), after)

    def keep(self, name: str, state: dict[str, Any]) -> None:
        """A new bookmark, or another view under a name that is there."""
        if name.strip():
            self.change(tr("bookmark {name}", name=name.strip()), dict(self.session.bookmarks) | {name.strip(): state})

    def rename(self, name: str, to: str) -> None:
        to = to.strip()
        if not to or to == name or to in self.session.bookmarks:
            self.refresh()  # back to the name it had
            return
        after = {(to if k == name else k): v for k, v in self.session.bookmarks.items()}
        self.change(tr("rename bookmark {name}", name=name), after)

    def remove(self) -> None:
        name = self.current
        if name:
            self.change(tr("delete bookmark {name}", name=name), {k: v for k, v in self.session.bookmarks.items() if k != name})

    def _renamed(self, item: QListWidgetItem) -> None:
        if not self._ours:
            self.rename(str(item.data(Qt.ItemDataRole.UserRole)), item.text())

    def _moved(self, *_: Any) -> None:
        if not self._ours:
            names = [str(self.list.item(i).data(Qt.ItemDataRole.UserRole)) for i in range(self.list.count())]
            self.change(tr("order of bookmarks"), {n: self.session.bookmarks[n] for n in names})

    def _shift(self, by: int) -> None:
        names, row = list(self.session.bookmarks), self.list.currentRow()
        if 0 <= row < len(names) and 0 <= row + by < len(names):
            names[row], names[row + by] = names[row + by], names[row]
            self.change(tr("order of bookmarks"), {n: self.session.bookmarks[n] for n in names})

    def _edit(self) -> None:
        if self.list.currentItem() is not None:
            self.list.editItem(self.list.currentItem())

    def _renew(self) -> None:
        if self.current:
            self.update_wanted.emit(self.current)

    def _menu(self, at: Any) -> None:
        if self.list.itemAt(at) is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(icon("ph.arrows-clockwise"), tr("Bring it up to date with the view of now"), self._renew)
        menu.addAction(icon("ph.pencil-simple"), tr("Rename"), self._edit)
        menu.addAction(icon("ph.trash"), tr("Delete"), self.remove)
        menu.popup(self.list.viewport().mapToGlobal(at))


def picture_of(image: QImage) -> str:
    """A small picture as text for a project; "" for none."""
    if image.isNull():
        return ""
    small = image.scaled(*PICTURE_PX, Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation)
    x, y = (small.width() - PICTURE_PX[0]) // 2, (small.height() - PICTURE_PX[1]) // 2
    small = small.copy(x, y, *PICTURE_PX)
    from PySide6.QtCore import QBuffer, QIODevice

    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    small.convertToFormat(QImage.Format.Format_RGB888).save(buffer, "JPG", 80)
    buffer.close()
    return base64.b64encode(bytes(data.data())).decode("ascii")


def picture_icon(state: dict[str, Any]) -> Any:
    """Of a bookmark; a plain sign where it has no picture, or one that is damaged."""
    from PySide6.QtGui import QIcon

    try:
        pixmap = QPixmap()
        if pixmap.loadFromData(base64.b64decode(str(state.get("picture", "")), validate=True)):
            return QIcon(pixmap)
    except ValueError:
        pass
    return icon("ph.bookmark-simple")
