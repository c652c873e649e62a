"""Cities from elsewhere: by name into a folder, by address, and again from the servers they came from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from gui.i18n import tr
from gui.opening import told

if TYPE_CHECKING:
    from collections.abc import Callable

    from gui.jobs import Control
    from gui.window import MainWindow
    from twin.city.city import City
    from twin.net.get import Wanted

    Base = MainWindow
else:
    Base = object


class Getting(Base):
    """File > Get a city, Open URL or database, Refresh from the servers."""

    def do_get_city(self) -> None:
        from gui.get_city import GetCity

        GetCity(self, self.get_city, self.notices.trouble).show()

    def do_open_url(self) -> None:
        from gui.get_city import OpenAddress

        city = self.session.city
        add = (lambda url: self.add_to_city([url])) if city is not None and city.recipe else None
        OpenAddress(self, lambda url: self.open([url]), add).show()

    def get_city(self, wanted: Wanted, folder: Path) -> None:
        """Fetch a city in a worker, then open it."""

        def work(control: Control) -> Path:
            from twin.net.client import Client
            from twin.net.get import get_city

            with Client(_fraction(control)) as client:
                return get_city(wanted, folder, client).parent

        def done(made: Path) -> None:
            self.notices.log("good", tr("Fetched into {path}", path=made))
            self.open([str(made)])

        self.jobs.start(tr("Getting {name}", name=wanted.what or folder.name), work, done=done, failed=self.notices.trouble)

    def do_refresh(self) -> None:
        """Ask the servers of the city's sources again; one step of undo."""
        from twin.city.recipe import recipe_of
        from twin.net.address import is_url

        before = self.session.city
        recipe = recipe_of(before) if before is not None else None
        if recipe is None or not any(is_url(s.path) for s in recipe.source):
            self.notices.tell("info", tr("No source of this city is at a server."))
            return

        def make(control: Control) -> City:
            from twin.city.recipe import open_recipe

            return open_recipe(recipe, told(control, 0.9), use_cache=False)

        self.change_city(
            tr("Refreshing"), tr("refresh"), make, lambda _: ("good", tr("The servers were asked again.")), tr("Nothing has changed.")
        )


def _fraction(control: Control) -> Callable[[str, float], None]:
    """Progress where a fraction of 0 means that nobody knows."""
    return lambda what, fraction: control.progress(what, fraction if fraction > 0 else -1.0)
