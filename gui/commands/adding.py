"""More sources for the city that is open: chosen in a dialog or dropped on it; one step of undo."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from PySide6.QtWidgets import QFileDialog, QMenu

from gui.i18n import language, tr
from gui.opening import sorted_out, told
from gui.panels.doctor import LOST
from gui.spoken import spoken
from gui.theme import icon

if TYPE_CHECKING:
    from PySide6.QtCore import QPoint

    from gui.jobs import Control
    from gui.window import MainWindow
    from twin.city.city import City
    from twin.errors import Problem

    Base = MainWindow
else:
    Base = object

MOST_NAMED = 3


class Adding(Base):
    """File > Add to this city, and what is dropped on the window."""

    def do_add(self) -> None:
        self._dialog(tr("Add to this city"), QFileDialog.FileMode.ExistingFiles, self.add_to_city)

    def take_dropped(self, what: list[str], at: QPoint) -> None:
        """Things dropped: asks whether sources come to the city that is open or in its place. at: where, on the screen."""
        city, given = self.session.city, sorted_out([w for w in what if not self.is_recording([w])])
        if city is None or not given.city or given.projects:
            self.open(what)
            return

        def both() -> None:
            self.add_to_city(given.city)
            rest = [w for w in what if w not in given.city]
            if rest:
                self.open(rest)

        menu = QMenu(self)
        menu.setObjectName("dropped")
        add = menu.addAction(icon("ph.plus-circle"), tr("Add to {name}", name=city.name), both)
        if not city.recipe:
            add.setEnabled(False)
            add.setText(tr("Add to {name} (it comes from no files)", name=city.name))
        menu.addAction(icon("ph.folder-open"), tr("Open instead of {name}", name=city.name), lambda: self.open(what))
        menu.addSeparator()
        menu.addAction(tr("Cancel"))
        menu.setActiveAction(menu.actions()[0] if add.isEnabled() else menu.actions()[1])
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def add_to_city(self, what: list[str]) -> None:
        """Read the city again with these sources besides; its reference system, scenarios and looks stay."""
        before = self.session.city
        if before is None:
            self.open(what)
            return
        if not before.recipe:
            self.notices.tell("info", tr("{name} comes from no files, so that nothing can be added to it.", name=before.name))
            return
        name = Path(what[0]).name + (f"  +{len(what) - 1}" if len(what) > 1 else "")
        known = {layer.id for layer in self.session.layers}

        refused: list[Problem] = []

        def make(control: Control) -> City:
            from twin.city.recipe import reopened, with_sources_added

            again = reopened(before, lambda recipe: with_sources_added(recipe, what, before.frame), told(control, 0.9))
            new = _new_problems(before, again)
            if again is before or _brings_something(before, again) or any(p.repair or p.code in LOST for p in new):
                return again
            refused[:] = new
            return before  # what cannot be used is no part of the city

        def said(city: City) -> tuple[Any, ...]:
            new = [layer.title for layer in self.session.layers if layer.id not in known]
            houses = len(city.buildings) - len(before.buildings)
            parts = [tr(title) for title in new[:MOST_NAMED]] + ([tr("{n} more", n=len(new) - MOST_NAMED)] if len(new) > MOST_NAMED else [])
            parts += [tr("{n:,} buildings", n=houses)] if houses > 0 else []
            show = (tr("Show"), self.do_problems)
            if parts:
                return "good", tr("Added from {name}: {what}.", name=name, what=", ".join(parts))
            troubles = _new_problems(before, city)
            if troubles:
                return troubles[0].severity, tr("{name}: {why}", name=name, why=_sentence(troubles[0])), show
            return "warning", tr("{name} was read; nothing new is seen of it. The import report says why.", name=name), show

        def same() -> tuple[str, str, str]:
            if not refused:
                return "info", tr("{name} was there already.", name=name), ""
            first, rest = refused[0], refused[1:]
            level = first.severity if first.severity != "info" else "warning"
            return level, tr("{name} was not added: {why}", name=name, why=_sentence(first)), "\n".join(map(_sentence, rest))

        undo = tr("add {name}", name=name)
        self.change_city(tr("Adding {name}", name=name), undo, make, said, same)


def _new_problems(before: City, after: City) -> list[Problem]:
    """Those that came with what was added, the gravest first."""
    from twin.city.doctor.report import sorted_problems

    known = {(p.code, p.source, p.message) for p in before.problems}
    return sorted_problems([p for p in after.problems if (p.code, p.source, p.message) not in known])


def _brings_something(before: City, after: City) -> bool:
    """Whether anything is in the one that is not in the other; attributes of a table joined to it too."""
    looks = [(c.clouds.keys(), c.pictures.keys(), list(c.buildings.attributes.columns)) for c in (before, after)]
    return looks[0] != looks[1] or before.content_hash != after.content_hash


def _sentence(problem: Problem) -> str:
    from twin.city.doctor.report import told

    return told(problem, language.name[:2], spoken)
