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
    "pump-failure": mark("Cloudburst, pumps fail"),
    "sewers-100y": mark("Cloudburst, sewers computed"),
    "typhoon-spring-tide": mark("Typhoon at spring tide"),
    "wall-breach": mark("Breach of the river wall"),
    "delft-canal-bank": mark("Canal bank gives way"),
    "shanghai-cloudburst": mark("Cloudburst of 100 years"),
    "high-river-steps-closed": mark("High river, steps closed"),
    "two-substations-out": mark("Two substations lost"),
    "water-contaminated": mark("Poison in the water"),
}


def title_of(name: str) -> str:
    """What a scenario is called on the screen."""
    return tr(TITLES[name]) if name in TITLES else name


def titled(scenario: Scenario) -> Scenario:
    """The scenario under the names people read, its parent's too."""
    head = scenario.scenario
    head.name, head.parent = title_of(head.name), title_of(head.parent)
    return scenario


def checked(scenario: Scenario, where: str = "") -> Scenario:
    """The scenario itself. Raises ScenarioError for models, measures or values that forms cannot show and no run would take."""
    from twin.errors import ScenarioError
    from twin.models.base import model_named
    from twin.scenario.edits import EDITS

    try:
        for hazard in scenario.hazard:
            model_named(hazard.model).checked(hazard.params)
        for edit in scenario.edit:
            if edit.kind not in EDITS:
                raise ScenarioError(f"There is no measure of the kind '{edit.kind}'", do=f"Known kinds: {', '.join(EDITS)}.")
            EDITS[edit.kind].checked(edit.values)
    except ScenarioError as error:
        raise ScenarioError(error.what, where=where or error.where, do=error.do) from error
    return scenario
