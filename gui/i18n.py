"""Words in the language of the user, switchable while running.

`tr("Open")` is the text now; `say(button.setText, "Open")` keeps it right when the language changes. Texts live in
assets/i18n/*.ts (Qt Linguist); `python -m gui.translations` gathers new ones and compiles the .qm files.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from importlib.resources import as_file, files
from typing import Any

import shiboken6
from PySide6.QtCore import QCoreApplication, QLibraryInfo, QLocale, QObject, QTranslator, Signal

LANGUAGES = {"en": "English", "zh_CN": "简体中文"}
CONTEXT, DECLARED = "twin", "declared"


class _Language(QObject):
    """The language in force."""

    changed = Signal(str)
    name = "en"


language = _Language()
_translators: list[QTranslator] = []
_said: list[tuple[weakref.ref[Any], str, str, dict[str, Any]]] = []


def tr(text: str, /, **values: Any) -> str:
    """The text in the language of now; {name} places are filled with values."""
    said = QCoreApplication.translate(CONTEXT, text)
    return said.format(**values) if values else said


def mark(text: str) -> str:
    """Marks a text of a table for translation; `tr` is called where it is shown."""
    return text


def declared(text: str) -> str:
    """A title, help or choice declared by a model, edit or layer, in the language of now; a number at the end stays ("Roads 2")."""
    said = QCoreApplication.translate(DECLARED, text) if text else ""
    head, _, number = text.rpartition(" ")
    return f"{QCoreApplication.translate(DECLARED, head)} {number}" if said == text and head and number.isdecimal() else said


def titled(titles: dict[str, str]) -> str:
    """The title of a quantity in the language of now."""
    return titles.get(language.name[:2]) or titles.get("en", "")


def say(setter: Callable[[str], Any], text: str, /, **values: Any) -> None:
    """Call setter (a method of a QObject) with the text, now and whenever the language changes."""
    setter(tr(text, **values))
    _said.append((weakref.ref(setter.__self__), setter.__name__, text, values))  # type: ignore[attr-defined]


def set_language(name: str) -> None:
    """en, zh_CN; anything else falls back to English."""
    for old in _translators:
        QCoreApplication.removeTranslator(old)
    _translators.clear()
    language.name = name if name in LANGUAGES else "en"
    if language.name != "en":
        _install(f"qtbase_{language.name}", QLibraryInfo.path(QLibraryInfo.LibraryPath.TranslationsPath))
        with as_file(files("assets").joinpath("i18n")) as folder:
            _install(f"twin_{language.name}", str(folder))
    QLocale.setDefault(QLocale(language.name))
    _say_again()
    language.changed.emit(language.name)


def system_language() -> str:
    return "zh_CN" if QLocale.system().language() == QLocale.Language.Chinese else "en"


def _install(name: str, folder: str) -> None:
    translator = QTranslator()
    if translator.load(name, folder):
        QCoreApplication.installTranslator(translator)
        _translators.append(translator)


def _say_again() -> None:
    alive = []
    for entry in _said:
        owner, method, text, values = entry
        thing = owner()
        if thing is not None and shiboken6.isValid(thing):
            getattr(thing, method)(tr(text, **values))
            alive.append(entry)
    _said[:] = alive
