"""Light, dark and high-contrast looks: one palette of named colours, Fusion, one style sheet, text size."""

from __future__ import annotations

from dataclasses import dataclass
from string import Template
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication

if TYPE_CHECKING:
    from PySide6.QtGui import QIcon

FAMILIES = (
    "Inter",
    "Noto Sans",
    "Segoe UI",
    "SF Pro Text",
    "Noto Sans CJK SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "DejaVu Sans",
)
TEXT_SIZES = (9, 10, 11, 12, 14, 16)


@dataclass(frozen=True)
class Colors:
    """Named colours of one look. Text on its ground has at least 4.5:1, lines and icons 3:1."""

    window: str
    panel: str
    raised: str
    field: str
    line: str
    edge: str
    text: str
    quiet: str
    accent: str
    on_accent: str
    soft: str
    info: str
    warning: str
    error: str
    good: str
    live: str
    what_if: str


THEMES: dict[str, Colors] = {
    "light": Colors(
        window="#eef0f2",
        panel="#fbfbfc",
        raised="#ffffff",
        field="#ffffff",
        line="#dde1e6",
        edge="#8a94a0",
        text="#1c2530",
        quiet="#58636f",
        accent="#1b6ca8",
        on_accent="#ffffff",
        soft="#e1ecf5",
        info="#1b6ca8",
        warning="#8a5a00",
        error="#b3261e",
        good="#1f7a4d",
        live="#1f7a4d",
        what_if="#7a4aa8",
    ),
    "dark": Colors(
        window="#14181d",
        panel="#1b2027",
        raised="#232a33",
        field="#151a20",
        line="#2c343e",
        edge="#74808e",
        text="#e2e7ed",
        quiet="#9ba7b4",
        accent="#63b0e8",
        on_accent="#0d141b",
        soft="#233a4d",
        info="#63b0e8",
        warning="#e5b454",
        error="#f28b82",
        good="#67c495",
        live="#67c495",
        what_if="#c39bf0",
    ),
    "contrast": Colors(
        window="#000000",
        panel="#000000",
        raised="#111111",
        field="#000000",
        line="#8c8c8c",
        edge="#ffffff",
        text="#ffffff",
        quiet="#e0e0e0",
        accent="#ffd60a",
        on_accent="#000000",
        soft="#3a3200",
        info="#7cc7ff",
        warning="#ffd60a",
        error="#ff9c94",
        good="#7dffb2",
        live="#7dffb2",
        what_if="#e3b8ff",
    ),
}

SHEET = Template("""
QMainWindow, QDialog { background: $window; }
QDialogButtonBox { dialogbuttonbox-buttons-have-icons: 0; }
QMainWindow::separator { background: $window; width: 5px; height: 5px; }
QMainWindow::separator:hover { background: $accent; }
QToolTip { background: $raised; color: $text; border: 1px solid $line; padding: 5px; }
QMenuBar { background: $window; color: $text; padding: 1px 6px; border: 0; }
QMenuBar::item { padding: 5px 9px; border-radius: 5px; background: transparent; }
QMenuBar::item:selected { background: $soft; }
QMenu { background: $raised; border: 1px solid $line; border-radius: 7px; padding: 5px; }
QMenu::item { padding: 6px 26px 6px 10px; border-radius: 5px; margin: 1px; }
QMenu::item:selected { background: $soft; color: $text; }
QMenu::item:disabled { color: $edge; }
QMenu::separator { height: 1px; background: $line; margin: 5px 8px; }
QMenu::icon { padding-left: 8px; }
QToolBar { background: $window; border: 0; spacing: 3px; padding: 4px 8px; }
QToolBar::separator { width: 1px; background: $line; margin: 5px 5px; }
QToolButton { border: 1px solid transparent; border-radius: 6px; padding: 5px 7px; color: $text; background: transparent; }
QToolButton:hover { background: $soft; }
QToolButton:pressed { background: $line; }
QToolButton:checked { background: $soft; border-color: $accent; }
QToolButton:disabled { color: $edge; }
QToolButton:focus { border-color: $accent; }
QToolButton#small { padding: 2px; border-radius: 4px; }
QToolButton#primary { background: $accent; color: $on_accent; font-weight: 600; padding: 5px 12px; }
QToolButton#primary:hover { border-color: $text; }
QToolButton#primary:disabled { background: $line; color: $quiet; }
QDockWidget { color: $quiet; font-weight: 600; titlebar-close-icon: none; titlebar-normal-icon: none; }
QDockWidget::title { background: $window; padding: 6px 8px; text-align: left; }
QDockWidget > QWidget { background: $panel; border: 0; }
QTabBar { background: $window; border: 0; }
QTabBar::tab { background: transparent; color: $quiet; padding: 6px 12px; border: 0; margin-right: 2px;
  border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: $text; border-bottom: 2px solid $accent; }
QTabBar::tab:hover { color: $text; }
QTabBar QToolButton { padding: 1px; border-radius: 3px; background: $window; }
QTabWidget::pane { border: 0; }
QPushButton { background: $raised; border: 1px solid $line; border-radius: 6px; padding: 5px 12px; color: $text; }
QPushButton:hover { border-color: $accent; }
QPushButton:pressed { background: $soft; }
QPushButton:checked { background: $soft; border-color: $accent; }
QPushButton:focus { border-color: $accent; }
QPushButton:disabled { color: $edge; background: $panel; }
QPushButton#primary { background: $accent; color: $on_accent; border-color: $accent; font-weight: 600; }
QPushButton#primary:hover { border-color: $text; }
QPushButton#primary:disabled { background: $line; border-color: $line; color: $quiet; }
QPushButton#link { border: 0; background: transparent; color: $accent; padding: 2px 4px; text-align: left; }
QPushButton#link:hover { text-decoration: underline; }
QLineEdit, QSpinBox, QDoubleSpinBox, QComboBox, QDateTimeEdit, QPlainTextEdit, QTextEdit {
  background: $field; border: 1px solid $line; border-radius: 6px; padding: 4px 7px; color: $text;
  selection-background-color: $accent; selection-color: $on_accent; }
QLineEdit:hover, QSpinBox:hover, QDoubleSpinBox:hover, QComboBox:hover { border-color: $edge; }
QLineEdit:focus, QSpinBox:focus, QDoubleSpinBox:focus, QComboBox:focus, QPlainTextEdit:focus { border-color: $accent; }
QPlainTextEdit#plain { background: $panel; border: 0; }
QLineEdit:disabled, QSpinBox:disabled, QDoubleSpinBox:disabled, QComboBox:disabled { color: $edge; background: $panel; }
QSpinBox::up-button, QDoubleSpinBox::up-button, QSpinBox::down-button, QDoubleSpinBox::down-button { width: 0; border: 0; }
QComboBox::drop-down, QDateTimeEdit::drop-down { border: 0; width: 22px; }
QComboBox::down-arrow, QDateTimeEdit::down-arrow { image: url($arrow); width: 12px; height: 12px; }
QComboBox QAbstractItemView { background: $raised; border: 1px solid $line;
  selection-background-color: $soft; selection-color: $text; padding: 3px; }
QTreeView, QTableView, QListView, QListWidget, QTreeWidget {
  background: $panel; alternate-background-color: $window; border: 0; outline: 0; color: $text;
  selection-background-color: $soft; selection-color: $text; }
QTreeView::item, QListView::item { padding: 3px 2px; min-height: 20px; border: 0; }
QTreeView::item:hover, QListView::item:hover { background: $window; }
QTreeView::item:selected, QListView::item:selected { background: $soft; color: $text; }
QTreeView:focus, QTableView:focus, QListView:focus { border: 1px solid $accent; }
QTreeView, QTableView, QListView { border: 1px solid transparent; }
QHeaderView { background: $panel; }
QHeaderView::section { background: $panel; color: $quiet; border: 0; border-bottom: 1px solid $line; padding: 5px 7px; font-weight: 600; }
QTableView { gridline-color: $line; }
QTableView::item { padding: 0 7px; border: 0; }
QTableView::item:selected { background: $soft; color: $text; }
QTableCornerButton::section { background: $panel; border: 0; }
QScrollArea, QScrollArea > QWidget > QWidget { background: transparent; border: 0; }
QScrollBar:vertical { background: transparent; width: 11px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 11px; margin: 0; }
QScrollBar::handle { background: $edge; border-radius: 3px; margin: 3px; min-height: 28px; min-width: 28px; }
QScrollBar::handle:hover { background: $quiet; }
QScrollBar::add-line, QScrollBar::sub-line, QScrollBar::add-page, QScrollBar::sub-page { background: none; width: 0; height: 0; }
QSlider::groove:horizontal { height: 4px; border-radius: 2px; background: $line; }
QSlider::sub-page:horizontal { height: 4px; border-radius: 2px; background: $accent; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -5px 0; border-radius: 7px; background: $accent; border: 1px solid $panel; }
QSlider::handle:horizontal:focus { border: 2px solid $text; }
QSlider::sub-page:horizontal:disabled, QSlider::handle:horizontal:disabled { background: $edge; }
QStatusBar { background: $window; color: $quiet; border-top: 1px solid $line; }
QStatusBar::item { border: 0; }
QStatusBar QLabel, QStatusBar QToolButton { color: $quiet; padding: 2px 6px; }
QCheckBox { spacing: 7px; }
QCheckBox::indicator, QTreeView::indicator { width: 14px; height: 14px; border: 1px solid $edge; border-radius: 4px; background: $field; }
QCheckBox::indicator:checked, QTreeView::indicator:checked { background: $accent; border-color: $accent; image: url($tick); }
QCheckBox::indicator:hover, QCheckBox::indicator:focus, QTreeView::indicator:hover { border-color: $accent; }
QGroupBox { border: 0; margin-top: 20px; font-weight: 600; color: $quiet; }
QGroupBox::title { subcontrol-origin: margin; left: 0; padding: 0; }
QLabel#quiet { color: $quiet; }
QLabel#heading { font-weight: 600; font-size: ${big}pt; }
QLabel#title { font-weight: 600; font-size: ${title}pt; color: $text; }
QLabel#hero { font-weight: 300; font-size: ${hero}pt; color: $text; }
QLabel#section { color: $quiet; font-weight: 600; padding-top: 6px; }
QLabel#stale { background: $warning; color: $panel; border-radius: 4px; padding: 1px 7px; font-weight: 600; }
QLabel#wrong { color: $error; }
QLabel#badge { border-radius: 4px; padding: 3px 12px; font-weight: 700; letter-spacing: 1px; color: #ffffff; }
QLabel#badge[mode="LIVE"] { background: #1f7a3d; }
QLabel#badge[mode="REPLAY"] { background: #2d62a3; }
QLabel#badge[mode="WHAT-IF"] { background: #9a5b12; }
QLabel#badge[mode="EXERCISE"] { background: #a3282d; }
QFrame#line { background: $line; max-height: 1px; min-height: 1px; border: 0; }
QFrame#card { background: $raised; border: 1px solid $line; border-radius: 9px; }
QFrame#banner { background: $raised; border: 1px solid $line; border-left: 4px solid $info; border-radius: 7px; }
QFrame#banner[level="warning"] { border-left-color: $warning; }
QFrame#banner[level="error"] { border-left-color: $error; }
QFrame#banner[level="good"] { border-left-color: $good; }
QFrame#popup { background: $raised; border: 1px solid $edge; border-radius: 10px; }
QFrame#popup QListWidget { background: $raised; }
QWidget#start { background: $window; }
QPushButton#tile { background: $raised; border: 1px solid $line; border-radius: 9px; padding: 14px 16px; text-align: left; }
QPushButton#tile:hover, QPushButton#tile:focus { border-color: $accent; background: $soft; }
""")


class _Look(QObject):
    """The look in force."""

    changed = Signal(str)
    name = "light"
    text_pt = 10
    reduced_motion = False


look = _Look()


def colors() -> Colors:
    return THEMES[look.name]


def font_family() -> str:
    known = set(QFontDatabase.families())
    return next((f for f in FAMILIES if f in known), QFontDatabase.systemFont(QFontDatabase.SystemFont.GeneralFont).family())


def apply_theme(name: str, text_pt: int = 10) -> None:
    """Put a look on the whole application; name of THEMES."""
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    look.name, look.text_pt = (name if name in THEMES else "light"), text_pt
    c = colors()
    app.setStyle("Fusion")
    font = QFont(font_family())
    font.setPointSize(text_pt)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    app.setFont(font)
    app.setPalette(_palette(c))
    drawn = {"arrow": _drawn("ph.caret-down", c.quiet), "tick": _drawn("ph.check-bold", c.on_accent)}
    app.setStyleSheet(SHEET.substitute(c.__dict__, big=text_pt + 1, title=text_pt + 4, hero=text_pt + 16, **drawn))
    look.changed.emit(look.name)


def _drawn(name: str, color: str) -> str:
    """Path of an icon as a picture file, since style sheets take their images from files."""
    from twin.folders import cache_dir

    path = cache_dir() / "icons" / f"{name.partition('.')[2]}-{color.removeprefix('#')}.png"
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        icon(name, color).pixmap(24, 24).save(str(path))
    return path.as_posix()


def _palette(c: Colors) -> QPalette:
    p = QPalette()
    role = QPalette.ColorRole
    for where, color in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.field),
        (role.AlternateBase, c.window),
        (role.Text, c.text),
        (role.Button, c.raised),
        (role.ButtonText, c.text),
        (role.ToolTipBase, c.raised),
        (role.ToolTipText, c.text),
        (role.Highlight, c.accent),
        (role.HighlightedText, c.on_accent),
        (role.Link, c.accent),
        (role.PlaceholderText, c.quiet),
        (role.Light, c.raised),
        (role.Midlight, c.line),
        (role.Mid, c.line),
        (role.Dark, c.edge),
        (role.Shadow, c.line),
        (role.BrightText, c.error),
        (role.Accent, c.accent),
    ):
        p.setColor(where, QColor(color))
    for where in (role.Text, role.WindowText, role.ButtonText):
        p.setColor(QPalette.ColorGroup.Disabled, where, QColor(c.edge))
    return p


def icon(name: str, color: str | None = None) -> QIcon:
    """Icon of the Phosphor or Material fonts in the colours of the look."""
    import os

    os.environ.setdefault("QT_API", "pyside6")
    import qtawesome

    c = colors()
    return qtawesome.icon(name, color=color or c.text, color_disabled=c.edge)
