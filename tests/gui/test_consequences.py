"""What happened and why, weak points and the order of repairs, in a window with a city that has power."""

from __future__ import annotations

from typing import Any

import pytest
from PySide6.QtCore import Qt

import twin.models.service.power  # noqa: F401
from tests.served import served_city, table_of
from twin.city.dependencies import with_dependencies
from twin.scenario.restoration import Order
from twin.scenario.scenario import Scenario


@pytest.fixture
def served(qtbot, window) -> Any:
    """The window with a city of a substation, two transformers, a hospital and a mast, and a failure of the substation."""
    from layers.catalogue import city_layers

    rows = table_of(("facility/h", "power-node/2", 0.5, "stops"), ("mast/1", "power-node/1", 0, "stops"))
    city, _ = with_dependencies(served_city(), rows, "t")
    window.session.set_city(city, ["hand"], city_layers(city))
    head = {"name": "attack", "duration": "PT3H", "coupling": "PT10M", "seed": 1, "start": "2026-07-14T18:00:00+08:00"}
    scenario = Scenario.model_validate({
        "schema": 1, "scenario": head,
        "hazard": [{"id": "a", "model": "failure", "params": {"objects": "power-node/0", "begin": "PT20M", "duration": "PT1H"}}],
        "outputs": {"interval": "PT10M"},
    })  # fmt: skip
    window.session.add_case(scenario)
    qtbot.waitUntil(lambda: window.consequences.assets is not None, timeout=20_000)
    return window


def run(qtbot: Any, window: Any) -> None:
    window.runs.run(window.session.current)
    qtbot.waitUntil(lambda: window.session.case.result is not None and not window.runs.is_running, timeout=60_000)
    qtbot.waitUntil(lambda: len(window.consequences.story) > 0, timeout=20_000)


def rows_of(panel: Any) -> list[list[str]]:
    tree = panel.tree
    return [[tree.topLevelItem(i).text(c) for c in range(4)] for i in range(tree.topLevelItemCount())]


def test_that_the_list_tells_what_failed_when_and_because_of_what(qtbot, served) -> None:
    window = served
    window.actions_["what_happened"].setEnabled(True)
    window.do_what_happened()
    assert window.happenings.empty.isVisible()
    run(qtbot, window)
    panel = window.happenings
    rows = rows_of(panel)
    assert ["18:20", "Substation", "is put out of order", ""] in rows
    assert any(r[1] == "East Hospital" and r[2].startswith("stops: no power") and r[0] == "18:50" for r in rows), rows
    panel.filter.setText("hospital")
    assert {r[1] for r in rows_of(panel)} == {"East Hospital"}
    item = next(panel.tree.topLevelItem(i) for i in range(panel.tree.topLevelItemCount()) if "stops" in panel.tree.topLevelItem(i).text(2))
    panel.tree.setCurrentItem(item)
    assert "Substation" in panel.why.text()
    assert window.session.selected[0].id == "facilities"
    qtbot.keyClick(panel.tree, Qt.Key.Key_Return)
    assert window.session.time_s == pytest.approx(3000.0, abs=600.0)
    assert "facility/h,East Hospital,stopped-power" in panel.text()


def test_that_the_inspector_says_why_a_hospital_is_dark_and_what_came_of_a_substation(qtbot, served) -> None:
    window = served
    run(qtbot, window)
    window.session.set_time(4000.0)
    layer, row = window.consequences.place("facility/h")
    window.session.select(layer, [row])
    texts = texts_of(window.inspector)
    assert "Why?" in texts
    assert any("East Hospital" in t for t in texts)
    assert any("is put out of order" in t for t in texts)
    assert window.consequences.place("power-node/1")[0].id == "result:power_supply"  # a transformer is in no layer of the city
    layer, row = window.consequences.place("power-node/0")
    window.session.select(layer, [row])
    assert "What followed" in texts_of(window.inspector)


def test_that_a_dark_house_is_explained_by_the_node_that_serves_it(qtbot, served) -> None:
    window = served
    run(qtbot, window)
    window.session.set_time(2400.0)
    buildings = window.session.layer("buildings")
    window.session.select(buildings, [2])
    assert any("has no power" in t for t in texts_of(window.inspector))


def texts_of(inspector: Any) -> list[str]:
    tree, found = inspector.tree, []
    for i in range(tree.topLevelItemCount()):
        group = tree.topLevelItem(i)
        found.append(group.text(0))
        found += [f"{group.child(k).text(0)} {group.child(k).text(1)}" for k in range(group.childCount())]
    return found


def test_that_the_weakest_point_is_found_and_becomes_a_scenario(qtbot, served) -> None:
    window = served
    window.do_weak_points()
    panel = window.weak_points
    qtbot.waitUntil(lambda: bool(panel.found), timeout=60_000)
    assert panel.found[0].names in (("Substation",), ("power-line/0",))
    assert panel.found[0].by_service["power"] > 0
    count = len(window.session.cases)
    panel.view.selectRow(0)
    panel.make.click()
    assert len(window.session.cases) == count + 1
    assert window.session.case.scenario.hazard[0].params["objects"] == panel.found[0].objects[0]
    assert "Substation" in panel.text()


def test_that_the_order_of_repairs_goes_into_the_scenario(qtbot, served) -> None:
    window = served
    window.session.edit_case(
        "attack", "both", lambda s: s.hazard[0].params.update({"objects": "power-node/1,power-node/2", "damaged": True, "duration": 0.0})
    )
    window.do_repair_order()  # nothing has run: it says so
    run(qtbot, window)
    window.do_repair_order()  # the usual order is the best here: it says so and changes nothing
    qtbot.waitUntil(lambda: "No order spares people" in window.banner.text.text(), timeout=60_000)
    assert not any(h.model == "repairs" for h in window.session.case.scenario.hazard)
    better = Order(("power-node/2", "power-node/1"), (4.0, 9.0), 1000.0, ("power-node/1", "power-node/2"), 1500.0, True, 2)
    window._take_order("attack", better)
    assert "spares 500 person-hours" in window.banner.text.text()
    params = next(h.params for h in window.session.case.scenario.hazard if h.model == "repairs")
    assert params["order"] == "listed"
    assert set(params["listed"].split(",")) == {"power-node/1", "power-node/2"}
    window.session.undo.undo()
    assert not any(h.model == "repairs" for h in window.session.case.scenario.hazard)


def test_that_a_dropped_table_of_dependencies_goes_into_the_scenario(qtbot, served, tmp_path) -> None:
    window = served
    path = tmp_path / "who.csv"
    path.write_text("dependent,provider,reserve_h\nmast/1,power-node/1,2\nmoon,power-node/1,2\n", "utf-8")
    window.open([str(path)])
    qtbot.waitUntil(lambda: bool(window.session.case.scenario.dependency), timeout=20_000)
    (row,) = window.session.case.scenario.dependency
    assert (row.dependent, row.provider, row.reserve_h) == ("mast/1", "power-node/1", 2.0)
    window.session.undo.undo()
    assert window.session.case.scenario.dependency == []


def test_that_what_is_selected_fails_in_this_scenario_or_in_a_new_one(qtbot, served) -> None:
    window = served
    layer, row = window.consequences.place("mast/1")
    window.session.select(layer, [row])
    window.do_fail_selected()
    assert window.session.case.scenario.hazard[0].params["objects"] == "power-node/0,mast/1"
    window.session.remove_case("attack")
    window.do_fail_selected()
    assert window.session.case.scenario.hazard[0].params["objects"] == "mast/1"
    window.session.clear_selection()
    window.do_fail_selected()  # nothing is selected: it says so
    assert len(window.session.cases) == 1


def test_that_a_table_of_which_no_row_is_good_leaves_the_scenario_as_it_is(qtbot, served, tmp_path) -> None:
    window = served
    path = tmp_path / "who.csv"
    path.write_text("dependent,provider,service\nmoon,power-node/1,x\n", "utf-8")
    window.open([str(path)])
    qtbot.waitUntil(lambda: "No row of who.csv can be used" in window.banner.text.text(), timeout=20_000)
    assert not window.session.case.scenario.dependency


def test_that_the_list_is_filled_when_its_tab_comes_to_the_front_and_chooses_nothing_by_itself(qtbot, served) -> None:
    window = served
    window.show_dock("results")
    qtbot.waitUntil(lambda: not window.happenings.isVisible() or window.happenings.visibleRegion().isEmpty())
    layer = next(x for x in window.session.layers if x.id == "buildings")
    window.session.select(layer, [0])
    run(qtbot, window)
    window.docks["happenings"].raise_()
    qtbot.waitUntil(lambda: len(rows_of(window.happenings)) > 0, timeout=20_000)
    assert window.session.selected[0] is layer


def test_that_a_scenario_shows_again_the_layers_that_it_showed(qtbot, served) -> None:
    window = served
    run(qtbot, window)

    def seen() -> set[str]:
        return {x.id for x in window.session.layers if x.id.startswith("result:") and x.visible}

    qtbot.waitUntil(lambda: bool(seen()), timeout=20_000)
    first = seen()
    other = window.session.case.scenario.model_copy(deep=True)
    other.scenario.name, other.outputs.follow = "alone", "named"
    window.session.add_case(other)
    window.session.set_current("attack")
    qtbot.waitUntil(lambda: seen() == first, timeout=20_000)
    for layer in [x for x in window.session.layers if x.id in first]:
        window.session.set_layer(layer, "visible", layer.id == min(first))
    window.session.set_current("alone")
    qtbot.waitUntil(lambda: not seen(), timeout=20_000)
    window.session.set_current("attack")
    qtbot.waitUntil(lambda: seen() == {min(first)}, timeout=20_000)


def test_that_the_bin_of_a_hazard_takes_it_away(qtbot, served) -> None:
    from PySide6.QtWidgets import QToolButton

    from twin.models.base import model_named

    window = served
    window.show_dock("scenarios")
    panel = window.scenario_panel
    panel._put_hazard(model_named("flood"))
    qtbot.waitUntil(lambda: "flood" in panel._sections, timeout=20_000)
    bins = panel._sections["flood"].findChildren(QToolButton)
    gone = next(b for b in bins if b.accessibleName() == "Remove it from this scenario")
    gone.click()
    assert [h.model for h in window.session.case.scenario.hazard] == ["failure"]
