"""The row above the view that says what each of several views shows; there only while there are several."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSize, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QComboBox, QLabel, QSizePolicy, QToolBar, QWidget

from gui.comparing import PRESETS
from gui.i18n import language, say, tr
from gui.scene.compare import LETTERS
from gui.theme import icon, look

if TYPE_CHECKING:
    from gui.comparing import Comparing


class CompareBar(QToolBar):
    closed = Signal()

    def __init__(self, comparing: Comparing, link: QAction, parent: QWidget) -> None:
        super().__init__(parent)
        self.comparing = comparing
        self.setObjectName("compare")
        self.setMovable(False)
        self.setIconSize(QSize(18, 18))
        say(self.setWindowTitle, "What the views show")
        self.toggleViewAction().setVisible(False)
        self.preset = QComboBox()
        say(self.preset.setAccessibleName, "What the views show")
        say(self.preset.setToolTip, "What the views show")
        self.preset.activated.connect(self._chosen)
        self.addWidget(self.preset)
        self.boxes: list[QComboBox] = []
        self._parts: list[list[QAction]] = []
        for k, letter in enumerate(LETTERS):
            label, box = QLabel(f"  {letter} "), QComboBox()
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(12)
            box.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            box.setMaximumWidth(330)
            box.activated.connect(lambda i, k=k: self.comparing.choose(k, self.boxes[k].itemData(i)))
            label.setBuddy(box)
            self.boxes.append(box)
            self._parts.append([self.addWidget(label), self.addWidget(box)])
        space = QWidget()
        space.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.addWidget(space)
        self._link = link
        self.addAction(link)
        self.close_action = QAction(self)
        say(self.close_action.setText, "One view")
        say(self.close_action.setToolTip, "Back to one view")
        self.close_action.triggered.connect(self.comparing.close)
        self.addAction(self.close_action)
        comparing.changed.connect(self.refresh)
        comparing.session.cases_changed.connect(self.refresh)
        comparing.session.store_changed.connect(self.refresh)
        language.changed.connect(self.refresh)
        look.changed.connect(self._icons)
        self._icons()
        self.hide()

    def _icons(self, *_: Any) -> None:
        self.close_action.setIcon(icon("ph.x"))

    def refresh(self, *_: Any) -> None:
        """Bring the choices up to date; nothing is chosen by it."""
        c = self.comparing
        self.setVisible(c.is_on)
        if not c.is_on:
            return
        names = c.presets(len(c.contents), c.swipe)
        names += [c.preset] if c.preset not in names else []
        self.preset.clear()
        for name in names:
            self.preset.addItem(tr(PRESETS[name]), name)
        self.preset.setCurrentIndex(names.index(c.preset))
        self._link.setVisible(not c.swipe)
        choices = c.choices()
        for k, (box, parts) in enumerate(zip(self.boxes, self._parts, strict=True)):
            used = k < len(c.contents)
            for part in parts:
                part.setVisible(used)
            box.clear()
            if not used:
                continue
            content = c.contents[k]
            for choice in choices if content in choices else [content, *choices]:
                box.addItem("  ".join(t for t in (choice.title, choice.clock) if t), choice)
            at = next((i for i in range(box.count()) if box.itemData(i) == content), 0)
            box.setCurrentIndex(at)
            box.setToolTip(box.currentText())
            what = (tr("left"), tr("right"))[k] if c.swipe else LETTERS[k]
            box.setAccessibleName(tr("View {name}", name=what))

    def _chosen(self, index: int) -> None:
        name = self.preset.itemData(index)
        if name != "own":
            c = self.comparing
            c.show(len(c.contents), c.swipe, name)
