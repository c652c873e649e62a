"""Sources that do not say where on Earth they lie: what their numbers fit is offered at a click, and any other can be stated."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QInputDialog

from gui.i18n import tr
from gui.opening import GRID, recipe_stating
from gui.spoken import spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.window import MainWindow

    Base = MainWindow
else:
    Base = object


class Whereabouts(Base):
    """What is asked when nothing of what was opened has a reference system that can be right."""

    def ask_where(self, error: Exception, what: list[str], then: Callable[[], None] | None = None) -> None:
        """Tell of an error of opening; where stating a reference system would mend it, offer that."""
        choices = [c.removeprefix("crs=") for c in getattr(error, "choices", ())]
        if not choices or any(w.lower().endswith(".toml") for w in what):
            self.notices.trouble(error)
            return
        offers: list[tuple[str, Callable[[], None]]] = [
            (_short(choices[0]), lambda: self.open_stating(what, choices[0], then)),
            (tr("Other…"), lambda: self.state_crs(what, choices, then)),
        ]
        said = getattr(error, "what", str(error))
        self.notices.tell("warning", f"{spoken(said)}{tr('.')} {tr('How are its coordinates to be read?')}", "", offers)

    def open_stating(self, what: list[str], crs: str, then: Callable[[], None] | None = None) -> None:
        """Open with a reference system for sources that say none: "EPSG:28992", or engineering."""
        from twin.errors import TwinError

        try:
            recipe = recipe_stating(what, crs)
        except TwinError as error:
            self.notices.trouble(error)
            return
        self.open_city(what, then, recipe)

    def state_crs(self, what: list[str], choices: list[str], then: Callable[[], None] | None = None) -> None:
        """Ask for a reference system; who thinks better of it is back at the question."""
        dialog = self._ask_crs(choices, lambda crs: self.open_stating(what, crs, then))
        dialog.rejected.connect(self.banner.show_again)

    def state_source(self, source: str, choices: list[str]) -> None:
        """Ask for the reference system of one source of the city that is open, and read it so."""
        from twin.errors import TwinError
        from twin.frame import parse_crs

        def read(crs: str) -> None:
            try:
                parse_crs(crs)
            except TwinError as error:
                self.notices.trouble(error)
                return
            self.repair_source(source, f"crs={crs}")

        self._ask_crs([c for c in choices if c != GRID], read)

    def _ask_crs(self, choices: list[str], then: Callable[[str], None]) -> QInputDialog:
        texts = {_full(c): c for c in choices}
        dialog = QInputDialog(self)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setWindowTitle(tr("Reference system"))
        dialog.setLabelText(tr("Choose one, or write an EPSG code such as EPSG:28992"))
        dialog.setComboBoxItems(list(texts))
        dialog.setComboBoxEditable(True)
        dialog.textValueSelected.connect(lambda text: then(texts.get(text, _code(text))))
        dialog.open()
        return dialog


def _code(text: str) -> str:
    """EPSG:28992 of what a person writes: 28992, epsg 28992."""
    bare = text.strip().removeprefix("EPSG").removeprefix("epsg").strip(": ")
    return f"EPSG:{bare}" if bare.isdigit() else text.strip()


def _short(crs: str) -> str:
    return tr("As a plan without a map") if crs == GRID else tr("As {crs}", crs=crs)


def _full(crs: str) -> str:
    if crs == GRID:
        return tr("A plan without a map")
    from pyproj import CRS

    return f"{crs}  {CRS.from_user_input(crs).name}"
