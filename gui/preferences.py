"""What a person sets once: language, theme, text size, motion. Kept in data_dir()/settings.ini; takes effect at once."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QSettings, Qt
from PySide6.QtWidgets import QCheckBox, QComboBox, QDialog, QFormLayout, QPushButton, QVBoxLayout, QWidget

from gui.i18n import LANGUAGES, mark, say, set_language, system_language, tr
from gui.theme import TEXT_SIZES, apply_theme, look

PAD = {"pan": mark("Move the view (pinch zooms)"), "zoom": mark("Zoom to the cursor")}
THEMES = {"light": mark("Light"), "dark": mark("Dark"), "contrast": mark("High contrast")}


def settings() -> QSettings:
    from twin.folders import data_dir

    return QSettings(str(data_dir() / "settings.ini"), QSettings.Format.IniFormat)


def apply_settings() -> None:
    """Language, theme, text size and motion as they were left."""
    kept = settings()
    look.reduced_motion = str(kept.value("reduced_motion", "false")) == "true"
    try:
        size = int(str(kept.value("text_pt", 10)))
    except ValueError:
        size = 10
    apply_theme(str(kept.value("theme", "light")), size if size in TEXT_SIZES else 10)
    set_language(str(kept.value("language", system_language())))


class Preferences(QDialog):
    """Not modal: work goes on behind it."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(380)
        say(self.setWindowTitle, "Preferences")
        kept = settings()
        from gui.i18n import language

        self.language, self.theme, self.size, self.motion = QComboBox(), QComboBox(), QComboBox(), QCheckBox()
        self.pad = QComboBox()
        for key, title in PAD.items():
            self.pad.addItem(tr(title), key)
        self.pad.setCurrentIndex(self.pad.findData("zoom" if str(kept.value("touchpad", "pan")) == "zoom" else "pan"))
        self.pad.currentIndexChanged.connect(lambda: self._set("touchpad", self.pad.currentData()))
        for key, title in LANGUAGES.items():
            self.language.addItem(title, key)
        for key, title in THEMES.items():
            self.theme.addItem(tr(title), key)
        for points in TEXT_SIZES:
            self.size.addItem(f"{points} pt", points)
        self.language.setCurrentIndex(self.language.findData(language.name))
        self.theme.setCurrentIndex(self.theme.findData(look.name))
        self.size.setCurrentIndex(self.size.findData(look.text_pt))
        self.motion.setChecked(look.reduced_motion)
        say(self.motion.setText, "Jump instead of flying")
        self.language.currentIndexChanged.connect(lambda: self._set("language", self.language.currentData()))
        self.theme.currentIndexChanged.connect(lambda: self._set("theme", self.theme.currentData()))
        self.size.currentIndexChanged.connect(lambda: self._set("text_pt", self.size.currentData()))
        self.motion.toggled.connect(lambda on: self._set("reduced_motion", "true" if on else "false"))
        form = QFormLayout()
        form.setHorizontalSpacing(18)
        form.setVerticalSpacing(10)
        for title, field in (
            (mark("Language"), self.language),
            (mark("Theme"), self.theme),
            (mark("Text size"), self.size),
            (mark("Motion"), self.motion),
            (mark("Two fingers on a touchpad"), self.pad),
        ):
            form.addRow(" ", field)
            say(form.labelForField(field).setText, title)
            say(field.setAccessibleName, title)
        close = QPushButton()
        say(close.setText, "Close")
        close.clicked.connect(self.close)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 18, 20, 16)
        column.setSpacing(18)
        column.addLayout(form)
        column.addWidget(close, 0, Qt.AlignmentFlag.AlignRight)
        from gui.i18n import language as words

        words.changed.connect(self._again)
        self._kept = kept

    def _set(self, key: str, value: Any) -> None:
        self._kept.setValue(key, value)
        self._kept.sync()
        if key == "language":
            set_language(value)
        elif key == "reduced_motion":
            look.reduced_motion = value == "true"
            if self._view is not None:
                self._view.scene.camera.reduced_motion = look.reduced_motion
        elif key == "touchpad":
            if self._view is not None:
                self._view.hands.pad_pans = value == "pan"
        else:
            apply_theme(self.theme.currentData(), self.size.currentData())

    @property
    def _view(self) -> Any:
        """The 3D view of the window; None before it is there."""
        return getattr(self.parent(), "view", None)

    def _again(self, *_: Any) -> None:
        for i, title in enumerate(THEMES.values()):
            self.theme.setItemText(i, tr(title))
        for i, title in enumerate(PAD.values()):
            self.pad.setItemText(i, tr(title))
