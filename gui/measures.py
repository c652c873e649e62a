"""Measures (edits) of a scenario, as a person adds, changes and removes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gui.i18n import declared, tr

if TYPE_CHECKING:
    from gui.session import Session
    from twin.scenario.scenario import Edit, Scenario

ICONS = {
    "barrier": "ph.wall",
    "pump": "ph.drop-half",
    "facility": "ph.first-aid-kit",
    "basin": "ph.selection-all",
    "inflow": "ph.arrow-bend-right-down",
    "rain": "ph.cloud-rain",
    "standing_water": "ph.waves",
    "breach": "ph.arrows-out-line-horizontal",
    "raise_ground": "ph.stack",
    "green": "ph.tree",
    "close_road": "ph.prohibit",
    "open_road": "ph.path",
    "demolish": "ph.eraser",
    "culvert": "ph.arrows-in-line-horizontal",
    "gate": "ph.door",
    "flood_gate": "ph.train",
    "switch": "ph.power",
}
COST = {"barrier": 8000.0, "pump": 250000.0}
"""Assumption without a source: what a metre of barrier or a cubic metre per second of pump costs. The form and the report say
so (assets/report/texts.toml, cost_note, names the figures too); a person changes it."""


def add(session: Session, kind: str, geometry: Any = None, objects: tuple[str, ...] = ()) -> str:
    """Add a measure from a shape in local metres or from object ids; its id. "" where nothing is open.

    The scenario chosen takes it, or a branch of it when it is a baseline; either way one step of undo takes it back.
    """
    from twin.scenario.edits import EDITS
    from twin.scenario.scenario import Edit

    city, case = session.city, session.case
    if city is None or case is None:
        return ""
    declaration = EDITS[kind]
    taken = {e.id for e in case.scenario.edit}
    id = next(f"{kind.replace('_', '-')}-{n}" for n in range(1, 10_000) if f"{kind.replace('_', '-')}-{n}" not in taken)
    values = {p.name: p.checked(p.default) for p in declaration.params}
    cost = 0.0
    if kind == "barrier" and geometry is not None:
        cost = round(geometry.length * COST["barrier"], -3)
    elif kind == "pump":
        cost = round(COST["pump"] * values.get("capacity_m3s", 1.0), -3)
    wkt = wkt_of(session, case.scenario, geometry) if geometry is not None else None
    edit = Edit(id=id, kind=kind, geometry=wkt, object=",".join(objects) or None, cost=cost, **values)
    text = tr("add {measure}", measure=declared(declaration.title))
    if not case.scenario.scenario.parent and not case.scenario.edit:
        session.branch(case.name, text, lambda s: s.edit.append(edit))
    else:
        session.edit_case(case.name, text, lambda s: s.edit.append(edit))
    return id


def remove(session: Session, name: str, id: str) -> None:
    def change(scenario: Scenario) -> None:
        scenario.edit = [e for e in scenario.edit if e.id != id]

    session.edit_case(name, tr("remove {measure}", measure=id), change)


def put(session: Session, name: str, id: str, key: str, value: Any) -> None:
    """Set the cost or one value of a measure."""

    def change(scenario: Scenario) -> None:
        scenario.edit = [e.model_copy(update={key: value}) if e.id == id else e for e in scenario.edit]

    session.edit_case(name, tr("change {measure}", measure=id), change, merge=f"{id} {key}")


def wkt_of(session: Session, scenario: Scenario, shape: Any) -> str:
    """A shape in local metres as WKT in the CRS that the scenario names (the city's own where it names none)."""
    import numpy as np
    import shapely

    assert session.city is not None
    moved = session.city.frame.geometry_to_crs(np.array([shape, None], object)[:-1], scenario.scenario.crs)[0]
    return str(shapely.to_wkt(moved, rounding_precision=3, trim=True))


def shape_of(session: Session, scenario: Scenario, edit: Edit) -> Any:
    """The shape of a measure in local metres, None where it names objects or lies nowhere."""
    from twin.errors import TwinError
    from twin.scenario.edits import change_of

    assert session.city is not None
    try:
        return change_of(edit, scenario, session.city).geometry
    except TwinError:
        return None
