"""Answers with bytes changed at random: each ends in a city or in a plain sentence, whatever a server sends."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.net_server import Answer, Asked, Server, serving
from tests.test_net_get import OSM_XML, PLACES
from tests.test_net_sources import WMTS, capabilities, collection, house, picture
from twin.city.recipe import open_city
from twin.errors import TwinError
from twin.net import download
from twin.net.client import Client
from twin.net.get import Wanted, get_city

quick = settings(
    max_examples=12, deadline=None, derandomize=True, database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    monkeypatch.setattr(download, "PAUSE_S", 0.0)
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    with serving() as it:
        yield it


def spoiled(data: bytes, seed: int) -> bytes:
    """A few bytes other, gone or twice; at times a number or a bracket where another was."""
    chance = random.Random(seed)
    out = bytearray(data)
    for _ in range(chance.choice((1, 1, 2, 5, 40))):
        at = chance.randrange(len(out)) if out else 0
        kind = chance.randrange(5)
        if kind == 0:
            out[at : at + 1] = bytes([chance.randrange(256)])
        elif kind == 1:
            del out[at : at + chance.randrange(1, 30)]
        elif kind == 2:
            out[at:at] = out[at : at + chance.randrange(1, 60)]
        elif kind == 3:
            out[at : at + 1] = chance.choice((b"-1", b"9e999", b"null", b"[", b"}", b'"', b"<", b"&", b"true", b"0"))
        else:
            out = out[: max(at, 1)]
    return bytes(out)


def ends_well(call: Callable[[], object]) -> None:
    told = "a city"
    try:
        call()
    except TwinError as error:
        told = str(error)
    assert told
    assert "Traceback" not in told


def playing(server: Server, answers: dict[str, bytes], seed: int) -> None:
    """One of the answers is spoiled; nothing is kept by the program."""
    names = sorted(answers)
    wrong = names[seed % len(names)]
    server.plays = {
        path: Answer(spoiled(body, seed) if path == wrong else body, headers={"Cache-Control": "no-store"})
        for path, body in answers.items()
    }


@quick
@given(seed=st.integers(0, 10**6))
def test_that_a_spoiled_wfs_is_a_city_or_a_sentence(server: Server, seed: int) -> None:
    bodies = {
        "GetCapabilities": capabilities("2.0.0", ["application/json"], 3),
        "GetFeature": collection([house(i) for i in range(3)], numberMatched=3, numberReturned=3),
    }
    wrong = sorted(bodies)[seed % 2]

    def play(asked: Asked) -> Answer:
        which = asked.query.get("request", "GetFeature")
        return Answer(spoiled(bodies[which], seed) if which == wrong else bodies[which], headers={"Cache-Control": "no-store"})

    server.plays["/wfs"] = play
    ends_well(lambda: open_city(f"wfs:{server.url}/wfs?typeNames=bag:pand", use_cache=False))


@quick
@given(seed=st.integers(0, 10**6))
def test_that_a_spoiled_ogc_api_is_a_city_or_a_sentence(server: Server, seed: int) -> None:
    link = {"rel": "next", "href": server.url + "/collections/pand/items"}
    answers = {
        "/": json.dumps({"links": [{"rel": "data", "href": server.url + "/collections"}]}).encode(),
        "/collections": json.dumps({"collections": [{"id": "pand", "itemType": "feature", "links": []}]}).encode(),
        "/collections/pand/items": collection([house(i) for i in range(3)], links=[link]),
    }
    playing(server, answers, seed)
    ends_well(lambda: open_city(server.url + "/", use_cache=False))


@quick
@given(seed=st.integers(0, 10**6))
def test_that_a_spoiled_wmts_is_a_city_or_a_sentence(server: Server, tmp_path: Path, seed: int) -> None:
    (tmp_path / "h.geojson").write_bytes(collection([house(i) for i in range(2)]))
    matrices = "".join(
        f"<TileMatrix><ows:Identifier>{z}</ows:Identifier><ScaleDenominator>{559082264.0287178 / 2**z}</ScaleDenominator>"
        f"<MatrixWidth>{2**z}</MatrixWidth></TileMatrix>"
        for z in range(3)
    )
    tile = picture((1, 2, 3))
    body = WMTS.format(matrices=matrices, resource="").encode()

    def play(asked: Asked) -> Answer:
        data = body if asked.query.get("request") == "GetCapabilities" else tile
        return Answer(spoiled(data, seed) if (data is tile) == bool(seed % 3 == 0) else data, headers={"Cache-Control": "no-store"})

    server.plays["*"] = play
    ends_well(lambda: open_city([tmp_path / "h.geojson", f"{server.url}/wmts?service=WMTS"], use_cache=False))


@quick
@given(seed=st.integers(0, 10**6))
def test_that_spoiled_answers_about_a_place_are_a_city_or_a_sentence(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("twin.net.osm.EVERY_S", 0.0)
    monkeypatch.setenv("TWIN_NOMINATIM_URL", server.url + "/search")
    monkeypatch.setenv("TWIN_OVERPASS_URL", server.url + "/overpass")
    playing(server, {"/search": json.dumps(PLACES).encode(), "/overpass": OSM_XML}, seed)

    def call() -> None:
        with Client(refresh=True, every_s=0.0) as client:
            open_city(get_city(Wanted("osm", "Delfshaven"), tmp_path / "out", client), use_cache=False)

    ends_well(call)


@quick
@given(seed=st.integers(0, 10**6))
def test_that_a_spoiled_catalogue_is_a_sentence(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setenv("TWIN_PLATEAU_CATALOGUE_URL", server.url + "/ckan")
    resource = {"name": "CityGML（v3）", "format": "ZIP", "url": server.url + "/a.zip", "last_modified": "2024-03-22T01:02:03"}
    packages = [{"name": "plateau-14201-yokosuka-shi-2023", "title": "横須賀市", "license_title": "CC BY 4.0", "resources": [resource]}]
    answers = {
        "/ckan/package_search": json.dumps({"success": True, "result": {"results": packages}}).encode(),
        "/a.zip": b"PK\5\6" + bytes(18),
    }
    playing(server, answers, seed)
    monkeypatch.setattr("twin.net.plateau.EVERY_S", 0.0)

    def call() -> None:
        with Client(refresh=True, every_s=0.0) as client:
            get_city(Wanted("plateau", "14201"), tmp_path / "out", client)

    ends_well(call)


@quick
@given(seed=st.integers(0, 10**6))
def test_that_a_spoiled_tileset_is_a_folder_or_a_sentence(server: Server, tmp_path: Path, data: Path, seed: int) -> None:
    folder = data / "tiles3d_cesium" / "1.1" / "SparseImplicitQuadtree"
    files = {"/t/" + p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}
    small = {k: v for k, v in files.items() if not k.endswith(".glb")}
    playing(server, small, seed)
    server.plays |= {k: Answer(v[:100]) for k, v in files.items() if k.endswith(".glb")}

    def call() -> None:
        with Client(refresh=True, every_s=0.0) as client:
            get_city(Wanted("3dtiles", server.url + "/t/tileset.json", level=3 + seed % 3), tmp_path / "out", client)

    ends_well(call)
