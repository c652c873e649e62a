"""PostGIS: a real server on loopback, made in a temporary folder by a user without rights."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import shapely

from twin.city.readers.parts import Hints
from twin.city.recipe import open_city, recipe_of, recipe_toml
from twin.errors import InputError
from twin.net import postgis
from twin.net.address import without_password

psycopg = pytest.importorskip("psycopg")
pwd = pytest.importorskip("pwd", reason="PostgreSQL is started in the way of Unix")
PASSWORD = "w0rd/with@signs"
QUOTED = "w0rd%2Fwith%40signs"


@dataclass
class Database:
    host: str
    port: int

    def url(self, rest: str = "", user: str = "reader", password: str = QUOTED, name: str = "city") -> str:
        return f"postgresql://{user}:{password}@{self.host}:{self.port}/{name}{rest}"

    def run(self, *statements: str, name: str = "city") -> None:
        with psycopg.connect(host=self.host, port=self.port, user="owner", password=PASSWORD, dbname=name, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)


@pytest.fixture(scope="module")
def database() -> Iterator[Database]:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb")) or [Path(p) for p in [shutil.which("initdb")] if p]
    if not found:
        pytest.skip("no PostgreSQL here (Debian: postgresql-postgis)")
    binaries = found[-1].parent
    if not list(Path("/usr/share/postgresql").glob("*/extension/postgis.control")):
        pytest.skip("no PostGIS here (Debian: postgresql-postgis)")
    other: dict[str, str] = {}
    folder = Path(tempfile.mkdtemp(prefix="twin-pg-"))
    if os.geteuid() == 0:  # PostgreSQL refuses to run as root
        try:
            account = pwd.getpwnam("postgres")
        except KeyError:
            pytest.skip("no user 'postgres' to run PostgreSQL as")
        os.chown(folder, account.pw_uid, account.pw_gid)
        other = {"user": "postgres"}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = folder / "words"
    words.write_text(PASSWORD)
    words.chmod(0o644)

    def tool(*command: object) -> None:
        done = subprocess.run([str(c) for c in command], capture_output=True, text=True, cwd=folder, timeout=120, **other)  # type: ignore[call-overload]
        assert done.returncode == 0, done.stderr

    tool(
        binaries / "initdb",
        "-D",
        folder / "data",
        "-U",
        "owner",
        "--pwfile",
        words,
        "-A",
        "scram-sha-256",
        "-E",
        "UTF8",
        "--locale=C",
        "-N",
    )
    settings = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off -c shared_buffers=32MB"
    tool(binaries / "pg_ctl", "-D", folder / "data", "-l", folder / "log", "-w", "-o", settings, "start")
    it = Database("127.0.0.1", port)
    try:
        it.run("CREATE DATABASE city", name="postgres")
        it.run(
            "CREATE EXTENSION postgis",
            f"CREATE ROLE reader LOGIN PASSWORD '{PASSWORD}'", "CREATE SCHEMA bag", 'CREATE SCHEMA "Odd ""One"""',
            "CREATE TYPE kind AS ENUM ('home', 'shop')",
            "CREATE TABLE bag.pand (id text, hoogte numeric, bouwjaar int, kind kind, gebouwd date, tags jsonb, "
            "geom geometry(PolygonZ, 28992))",
            "INSERT INTO bag.pand SELECT 'p' || i, 5.5 + i % 7, 1900 + i % 100, 'shop', '2020-02-03', '{\"a\": 1}', "
            "ST_Force3D(ST_SetSRID(ST_MakeEnvelope(84500 + 20 * (i % 200), 447000 + 20 * (i / 200), 84512 + 20 * (i % 200), "
            "447010 + 20 * (i / 200)), 28992)) FROM generate_series(0, 44999) i",
            "INSERT INTO bag.pand (id) VALUES ('without a place')",
            "CREATE TABLE public.wegen (naam text, highway text, geog geography(LineString, 4326))",
            "INSERT INTO public.wegen VALUES ('Dorpsstraat', 'residential', 'LINESTRING(4.360 52.005, 4.365 52.006)')",
            "CREATE TABLE public.leeg (id int, geom geometry(Point, 4326))",
            'CREATE TABLE "Odd ""One"""."Bomen; DROP TABLE x" ("Naam%" text, geom geometry(Point))',
            "INSERT INTO \"Odd \"\"One\"\"\".\"Bomen; DROP TABLE x\" VALUES ('eik', ST_SetSRID(ST_MakePoint(84510, 447012), 28992))",
            "CREATE TABLE public.secret (geom geometry(Point, 4326))",
            "CREATE VIEW public.hoog AS SELECT * FROM bag.pand WHERE hoogte > 11",
            'GRANT USAGE ON SCHEMA bag, "Odd ""One""" TO reader',
            'GRANT SELECT ON ALL TABLES IN SCHEMA bag, public, "Odd ""One""" TO reader', "REVOKE ALL ON public.secret FROM reader",
            "CREATE DATABASE plain",
        )  # fmt: skip
        yield it
    finally:
        subprocess.run(
            [str(binaries / "pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "stop"], cwd="/", capture_output=True, **other
        )  # type: ignore[call-overload]
        shutil.rmtree(folder, ignore_errors=True)


def test_that_a_table_is_a_layer_with_its_crs_and_attributes(database: Database) -> None:
    city = open_city(database.url("?table=bag.pand"))
    assert city.frame.crs == "EPSG:28992"
    assert len(city.buildings) == 45_000
    table = city.buildings.table
    assert table["height_m"].between(5.4, 11.6).all()
    assert table["year"].between(1900, 1999).all()
    x, y = city.frame.to_crs(*city.buildings.mesh.points[:, :2].min(0))
    assert (float(x), float(y)) == pytest.approx((84500, 447000), abs=0.01)
    assert not [p for p in city.problems if p.severity == "error"]


def test_that_all_tables_one_may_read_are_opened(database: Database) -> None:
    city = open_city(database.url())
    assert len(city.buildings) >= 45_000
    assert "roads" in city.networks
    assert {len(x.geometry) for x in city.layers.values()} >= {1}  # the tree
    assert not any("secret" in p.message or "hidden" in p.message for p in city.problems)
    assert any(p.code == "empty_layer" and "leeg" in p.message for p in city.problems)


def test_that_strange_names_are_only_names(database: Database) -> None:
    parts = postgis.read_postgis(
        without_password(database.url()),
        ("Bomen; DROP TABLE x",),
        Hints(),
        lambda *_: None,
    )
    (layer,) = parts.layers
    assert layer.table["Naam%"].tolist() == ["eik"]
    assert layer.crs is not None
    assert layer.crs.to_epsg() == 28992  # of the rows, since the column says none
    assert np.allclose(shapely.get_coordinates(layer.geometry), [[84510, 447012]])


def test_that_a_view_is_read_and_rows_are_bounded(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    assert len(open_city(database.url("?table=hoog")).buildings) == 45_000 // 7
    monkeypatch.setattr(postgis, "MAX_ROWS", 1000)
    monkeypatch.setattr(postgis, "BATCH", 300)
    city = open_city(database.url("?table=bag.pand"))
    assert len(city.buildings) == 1000
    assert any(p.code == "too_many" for p in city.problems)


def test_that_reading_can_be_stopped(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(postgis, "BATCH", 1000)

    def progress(what: str, _: float) -> None:
        if "5,000 so far" in what:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        open_city(database.url("?table=bag.pand"), progress)


def test_that_the_password_is_nowhere_to_be_read(database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TWIN_HOME", str(tmp_path / "home"))
    city = open_city(database.url("?table=hoog"))
    recipe = recipe_of(city)
    assert recipe is not None
    told = city.recipe + recipe_toml(recipe, tmp_path) + repr(city.sources) + repr(city.problems) + city.name
    errors = []
    for url in (database.url(user="nobody"), database.url("?table=none"), database.url(name="gone"), database.url("?sslmode=nonsense")):
        with pytest.raises(InputError) as caught:
            open_city(url)
        errors.append(str(caught.value))
    for word in (PASSWORD, QUOTED, "w0rd"):
        assert word not in told + "".join(errors)
        assert not any(word.encode() in p.read_bytes() for p in (tmp_path / "home").rglob("*") if p.is_file())
    assert "reader@" in recipe.source[0].path


def test_that_what_is_wrong_is_said_in_a_sentence(database: Database) -> None:
    with pytest.raises(InputError, match="no table 'none' with a geometry.*bag.pand"):
        open_city(database.url("?table=none"))
    with pytest.raises(InputError, match="no PostGIS"):
        open_city(database.url(user="owner", name="plain"))
    with pytest.raises(InputError, match="cannot be reached"):
        open_city(database.url(name="gone"))
    with pytest.raises(InputError, match="'frobnicate' is no setting"):
        open_city(database.url("?frobnicate=1"))
    with pytest.raises(InputError, match="cannot be reached"):
        open_city("postgresql://x@127.0.0.1:9/none")


def test_that_nothing_can_be_written_through_it(database: Database) -> None:
    database.run(
        "CREATE TABLE public.log (at text)",
        "CREATE FUNCTION sneaky() RETURNS geometry LANGUAGE plpgsql SECURITY DEFINER AS "
        "$$ BEGIN INSERT INTO public.log VALUES ('x'); RETURN ST_SetSRID(ST_MakePoint(1, 2), 4326); END $$",
        "CREATE VIEW public.trap AS SELECT sneaky()::geometry(Point, 4326) AS geom",
        "GRANT SELECT ON public.trap TO reader",
    )
    try:
        with pytest.raises(InputError, match="read-only"):
            open_city(database.url("?table=trap"))
        with pytest.raises(InputError, match="'options' is no setting"):
            open_city(database.url("?table=trap&options=-c%20default_transaction_read_only%3Doff"))
    finally:
        database.run("DROP VIEW public.trap")


def test_that_without_the_extra_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(InputError, match=r"urban-twin\[postgis\]"):
        open_city("postgresql://ann@db.example/city")
