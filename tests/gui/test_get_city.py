"""File > Get a city and Open URL: asked for in a dialog, fetched in a job, opened at the end; played by a server on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gui.get_city import GetCity, OpenAddress
from gui.projects import recent
from tests.net_server import Answer, Server, serving
from tests.test_net_get import OSM_XML, plays_osm
from tests.test_net_sources import collection, house


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    with serving() as it:
        monkeypatch.setenv("TWIN_NOMINATIM_URL", it.url + "/search")
        monkeypatch.setenv("TWIN_OVERPASS_URL", it.url + "/api/interpreter")
        yield it


def dialog_of(window, kind: type):
    return next(d for d in window.findChildren(kind) if d.isVisible())


def test_that_a_city_is_fetched_by_name_and_opened(window, qtbot, server: Server, tmp_path: Path) -> None:
    plays_osm(server)
    window.actions_["get_city"].trigger()
    dialog = dialog_of(window, GetCity)
    assert not dialog.get.isEnabled()
    dialog.what.setText("Rotterdam, Delfshaven")
    assert dialog.folder.text().endswith("osm-rotterdam-delfshaven")
    dialog.folder.setText(str(tmp_path / "delfshaven"))
    dialog.what.setText("Delfshaven")
    assert dialog.folder.text() == str(tmp_path / "delfshaven")  # a name of one's own stays
    dialog.get.click()
    assert not dialog.isVisible()
    qtbot.waitUntil(lambda: window.session.city is not None and not window.jobs.running, timeout=60_000)
    assert window.session.city.name == "Delfshaven, Rotterdam"
    assert len(window.session.city.buildings) == 1
    assert any("OpenStreetMap" in s.attribution for s in window.session.city.sources)


def test_that_fields_fit_the_source_and_a_wrong_box_is_told(window, server: Server) -> None:
    window.actions_["get_city"].trigger()
    dialog = dialog_of(window, GetCity)
    shown = {}
    for key in ("osm", "plateau", "url"):
        dialog.source.setCurrentIndex(dialog.source.findData(key))
        shown[key] = (dialog.form.isRowVisible(dialog.box), dialog.form.isRowVisible(dialog.modules))
    assert shown == {"osm": (True, False), "plateau": (False, True), "url": (False, False)}
    dialog.source.setCurrentIndex(dialog.source.findData("osm"))
    dialog.box.setText("1,2,3")
    dialog.get.click()
    assert window.banner.isVisible()
    assert "no bounding box" in window.banner.text.text()
    assert dialog.isVisible()
    dialog.close()
    assert server.asked == []


def test_that_what_goes_wrong_is_told_in_the_banner(window, qtbot, server: Server, tmp_path: Path) -> None:
    plays_osm(server, places=[])
    window.actions_["get_city"].trigger()
    dialog = dialog_of(window, GetCity)
    dialog.what.setText("Nowhere")
    dialog.folder.setText(str(tmp_path / "out"))
    with qtbot.waitSignal(window.notices.told, timeout=30_000) as caught:
        dialog.get.click()
    assert caught.args[0] == "error"
    assert "Nowhere" in caught.args[1]
    assert not (tmp_path / "out").exists()


def test_that_fetching_can_be_cancelled(window, qtbot, server: Server, tmp_path: Path) -> None:
    plays_osm(server)
    server.plays["/api/interpreter"] = Answer(OSM_XML + bytes(8_000_000), pause_s=0.2)
    window.actions_["get_city"].trigger()
    dialog = dialog_of(window, GetCity)
    dialog.box.setText("4.42,51.9,4.46,51.93")
    dialog.folder.setText(str(tmp_path / "out"))
    dialog.get.click()
    qtbot.waitUntil(lambda: bool(window.jobs.shown) and window.jobs.shown[0].fraction > 0, timeout=30_000)
    window.jobs.shown[0].cancel()
    qtbot.waitUntil(lambda: not window.jobs.running and not list(tmp_path.glob("*out*")), timeout=1500)
    assert window.session.city is None


def test_that_an_address_is_opened_remembered_without_its_password_and_refreshed(window, qtbot, server: Server) -> None:
    server.plays["/h.geojson"] = Answer(collection([house(0)]))
    window.actions_["open_url"].trigger()
    dialog = dialog_of(window, OpenAddress)
    dialog.address.setText("/home/me/file.gpkg")
    assert not dialog.open.isEnabled()
    assert not dialog.add.isVisible()
    dialog.address.setText(server.url.replace("://", "://ann:s3cret@") + "/h.geojson")
    dialog.open.click()
    qtbot.waitUntil(lambda: window.session.city is not None and not window.jobs.running, timeout=60_000)
    assert len(window.session.city.buildings) == 1
    assert "s3cret" not in repr(recent()) + repr(window.session.what)
    server.plays["/h.geojson"] = Answer(collection([house(0), house(1)]))
    window.actions_["refresh"].trigger()
    qtbot.waitUntil(lambda: len(window.session.city.buildings) == 2, timeout=60_000)
    window.session.undo.undo()
    qtbot.waitUntil(lambda: len(window.session.city.buildings) == 1, timeout=30_000)
    qtbot.waitUntil(lambda: not window.jobs.running, timeout=30_000)


def test_that_an_address_is_added_to_the_city(opened, qtbot, server: Server) -> None:
    import json

    far = json.loads(collection([house(0)]))
    for ring in far["features"][0]["geometry"]["coordinates"]:
        ring[:] = [[x - 4.36 + 121.503, y - 52.01 + 31.231] for x, y in ring]
    server.plays["/more.geojson"] = Answer(json.dumps(far).encode())
    before = len(opened.session.city.buildings)
    opened.actions_["open_url"].trigger()
    dialog = dialog_of(opened, OpenAddress)
    dialog.address.setText(server.url + "/more.geojson")
    assert dialog.add.isVisible()
    dialog.add.click()
    qtbot.waitUntil(lambda: len(opened.session.city.buildings) == before + 1, timeout=60_000)
    qtbot.waitUntil(lambda: not opened.jobs.running, timeout=30_000)


def test_that_a_city_of_files_has_nothing_to_refresh(opened, qtbot) -> None:
    with qtbot.waitSignal(opened.notices.told, timeout=5_000) as caught:
        opened.actions_["refresh"].trigger()
    assert "No source of this city is at a server" in caught.args[1]
