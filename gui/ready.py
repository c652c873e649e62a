"""The ready scenarios under names that people read; the files keep their short ones."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gui.i18n import mark, tr

if TYPE_CHECKING:
    from twin.scenario.scenario import Scenario

TITLES = {
    "cloudburst-100y": mark("Cloudburst 120 mm"),
    "cloudburst-100y-walls-and-pumps": mark("Cloudburst, walls and pumps"),
    "high-river": mark("High river"),
    "high-river-steps-closed": mark("High river, steps closed"),
}


def title_of(name: str) -> str:
    """What a scenario is called on the screen."""
    return tr(TITLES[name]) if name in TITLES else name


def titled(scenario: Scenario) -> Scenario:
    """The scenario under the names people read, its parent's too."""
    head = scenario.scenario
    head.name, head.parent = title_of(head.name), title_of(head.parent)
    return scenario
