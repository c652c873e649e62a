"""Plausible networks for a city that has none, made in a worker; one step of undo."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.i18n import tr

if TYPE_CHECKING:
    from gui.jobs import Control
    from gui.window import MainWindow
    from twin.city.city import City

    Base = MainWindow
else:
    Base = object

SHOWN = ("network-power", "network-power-nodes", "network-water", "network-water-nodes", "network-water-devices", "masts")


class PlausibleNetworks(Base):
    """Tools > Make plausible networks."""

    def do_plausible(self) -> None:
        """Power, water and masts, as far as the city lacks them."""
        before = self.session.city
        if before is None:
            return

        def make(control: Control) -> City:
            from twin.city.doctor import repaired

            city = before
            for i, (name, stage) in enumerate((("water", tr("Water mains")), ("power", tr("Power lines")), ("masts", tr("Masts")))):
                control.progress(stage, 0.3 * i)
                city = repaired(city, [f"make_{name}"])
            return city

        def said(city: City) -> tuple[str, str]:
            from twin.city.plausible import PARTS, kept, made_parts

            names = {"power": tr("a power network"), "water": tr("a water network"), "masts": tr("mobile masts")}
            had = set(made_parts(before))
            made = ", ".join(names[p] for p in made_parts(city) if p not in had)
            text = tr("Made up from streets and buildings, not surveyed: {what}.", what=made)
            own = ", ".join(names[p] for p in PARTS if kept(before, [p]))
            if own:
                text = f"{text} {tr('The city had {what}, which is kept.', what=own)}"
            if any(p.code == "made_up_far" for p in city.problems[len(before.problems) :]):
                text = f"{text} {tr('Some buildings are too far from any street; see the import report.')}"
            for layer in self.session.layers:
                if layer.id in SHOWN:
                    layer.visible = True
            return "warning", text

        same = tr("The city has power, water and masts; nothing was made up.")
        self.change_city(tr("Plausible networks"), tr("plausible networks"), make, said, same)
