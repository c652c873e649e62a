"""PostGIS: `postgresql://user@host/database?table=schema.table`, or all tables with a geometry.

The password comes from the URL (it is taken out of it and kept in memory only), PGPASSWORD or ~/.pgpass. Nothing is written: the
transaction is read-only.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, unquote, urlsplit

import numpy as np
import pandas as pd
import shapely
from pyproj import CRS
from pyproj.exceptions import CRSError

from twin.city.city import Source
from twin.city.readers.parts import Hints, Parts, VectorLayer
from twin.errors import InputError, Problem
from twin.frame import crs_name
from twin.net.address import password_of, shown, without_password

if TYPE_CHECKING:
    import psycopg

MAX_ROWS = 5_000_000
MOST_TABLES = 60
BATCH = 20_000
STATEMENT_S = 600
_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "service", "gssencmode", "channel_binding"})
_PLAIN = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "numeric", "text", "varchar", "bpchar", "name", "date", "timestamp",
     "timestamptz", "uuid", "json", "jsonb", "hstore", "_text", "_varchar", "_int4", "citext", "time", "interval"}
)  # fmt: skip


def read_postgis(url: str, layers: tuple[str, ...], hints: Hints, progress: Callable[[str, float], None]) -> Parts:
    """A layer of each geometry column. layers: names of tables, with or without schema, where the URL names none.

    Raises InputError, without the password in it, where the database cannot be reached or has nothing to show.
    """
    try:
        import psycopg
    except ImportError:
        raise InputError(
            "Databases need the extra 'postgis'", where=shown(url), do="Install it: pip install 'urban-twin[postgis]'."
        ) from None
    url = without_password(url)
    said = urlsplit(url)
    query = dict(parse_qsl(said.query))
    wanted = tuple(t for t in query.pop("table", "").split(",") if t) or layers
    unknown = set(query) - _OPTIONS
    if unknown:
        raise InputError(f"'{sorted(unknown)[0]}' is no setting of a database address", where=shown(url))
    try:
        with psycopg.connect(
            host=said.hostname or "", port=said.port or 5432, user=unquote(said.username or "") or None,
            dbname=unquote(said.path.strip("/")) or None, password=password_of(url) or None, connect_timeout=15,
            application_name="urban-twin",
            options=f"-c default_transaction_read_only=on -c statement_timeout={STATEMENT_S * 1000}", **query,  # type: ignore[arg-type]
        ) as connection:  # fmt: skip
            return _tables(connection, wanted, hints, progress, shown(url))
    except psycopg.OperationalError as error:
        told = _plain(str(error), password_of(url))
        raise InputError(f"The database cannot be reached: {told}", where=shown(url), do="Check the address, user and password.") from None
    except (psycopg.Error, ValueError) as error:
        raise InputError(f"The database cannot be read: {_plain(str(error), password_of(url))}", where=shown(url)) from None


def _plain(text: str, password: str) -> str:
    text = " ".join(text.split())
    if password:
        text = text.replace(password, "***")
    return re.sub(r"^.*FATAL:\s*|^connection failed:\s*", "", text)[:200].rstrip(".")


def _tables(
    connection: psycopg.Connection[Any], wanted: tuple[str, ...], hints: Hints, progress: Callable[[str, float], None], where: str
) -> Parts:
    there = _geometry_columns(connection, where)
    chosen = [t for t in there if not wanted or f"{t[0]}.{t[1]}" in wanted or t[1] in wanted]
    if not chosen:
        told = ", ".join(dict.fromkeys(f"{schema}.{table}" for schema, table, _, _ in there)) or "none"
        what = f"This database has no table '{wanted[0]}' with a geometry" if wanted else "This database has no table with a geometry"
        raise InputError(what, where=where, do=f"It has: {told[:300]}.")
    label = hints.name or (chosen[0][1] if len(chosen) == 1 else where.rpartition("/")[2].partition("?")[0])
    parts = Parts()
    if len(chosen) > MOST_TABLES:
        told = f"This database has {len(chosen)} geometry columns; the first {MOST_TABLES} were read. Name the tables you want"
        parts.problems.append(Problem("too_many", "warning", len(chosen), told, label))
    seen: CRS | None = None
    for schema, table, column, srid in chosen[:MOST_TABLES]:
        layer = _layer(connection, schema, table, column, srid, hints, label, parts.problems, progress)
        if layer is not None:
            parts.layers.append(layer)
            seen = seen or layer.crs
    if not parts.layers:
        raise InputError("The tables of this database have no rows with a geometry", where=where)
    parts.sources.append(Source(label, where, hints.licence, hints.attribution, crs_name(seen), hints.date))
    return parts


def _geometry_columns(connection: psycopg.Connection[Any], where: str) -> list[tuple[str, str, str, int]]:
    """(schema, table, column, SRID) of tables and views that may be read; the first geometry column of each."""
    import psycopg

    question = """
        SELECT g.f_table_schema, g.f_table_name, g.f_geometry_column, g.srid FROM (
            SELECT f_table_schema, f_table_name, f_geometry_column, srid, 0 AS rank FROM geometry_columns
            UNION ALL SELECT f_table_schema, f_table_name, f_geography_column, srid, 1 FROM geography_columns) g
        WHERE has_table_privilege(format('%I.%I', g.f_table_schema, g.f_table_name), 'SELECT')
        ORDER BY 1, 2, g.rank, 3"""
    try:
        rows = connection.execute(question).fetchall()
    except psycopg.errors.UndefinedTable:
        raise InputError("This database has no PostGIS", where=where, do="CREATE EXTENSION postgis makes one of it.") from None
    first: dict[tuple[str, str], tuple[str, str, str, int]] = {}
    for schema, table, column, srid in rows:
        first.setdefault((schema, table), (schema, table, column, int(srid)))
    return list(first.values())


def _layer(
    connection: psycopg.Connection[Any], schema: str, table: str, column: str, srid: int, hints: Hints, label: str,
    problems: list[Problem], progress: Callable[[str, float], None],
) -> VectorLayer | None:  # fmt: skip
    from psycopg import sql

    from twin.city.readers.roles import detect_role
    from twin.city.readers.stated import layer_as_stated

    kinds = connection.execute(
        "SELECT a.attname, t.typname FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid "
        "WHERE a.attrelid = format('%%I.%%I', %s::text, %s::text)::regclass AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
        (schema, table),
    ).fetchall()
    names = [n for n, kind in kinds if kind in _PLAIN]
    enums = [n for n, kind in kinds if kind not in _PLAIN and kind not in ("geometry", "geography", "raster", "bytea", "topogeometry")]
    shape = sql.Identifier(column)
    asked = sql.SQL("SELECT ST_AsBinary({g}), ST_SRID({g}::geometry){more} FROM {t} WHERE {g} IS NOT NULL LIMIT {n}").format(
        g=shape,
        more=sql.SQL("").join([sql.SQL(", {}").format(sql.Identifier(n)) for n in names]
                              + [sql.SQL(", {}::text").format(sql.Identifier(n)) for n in enums]),
        t=sql.Identifier(schema, table), n=sql.Literal(MAX_ROWS + 1),
    )  # fmt: skip
    columns = [*names, *enums]
    shapes, tables, count, mixed = [], [], 0, False
    with connection.cursor(name="twin_rows", binary=True) as cursor:
        cursor.itersize = BATCH
        cursor.execute(asked)
        while rows := cursor.fetchmany(BATCH):
            progress(f"Reading {table}, {count:,} so far", 0.0)
            count += len(rows)
            wkb, srids, *values = zip(*rows, strict=True)
            shapes.append(shapely.from_wkb(np.array([bytes(w) for w in wkb], object), on_invalid="ignore"))
            srid = srid or int(srids[0])
            mixed = mixed or any(s != srids[0] for s in srids)
            tables.append(pd.DataFrame(dict(zip(columns, map(_column, values), strict=True)), index=range(len(rows))))
            if count > MAX_ROWS:
                break
    if not count:
        problems.append(Problem("empty_layer", "info", 1, f"The layer '{table}' has no features", label))
        return None
    if count > MAX_ROWS:
        told = f"The layer '{table}' has more than {MAX_ROWS:,} features; the first of them were read"
        problems.append(Problem("too_many", "error", 1, told, label, did=f"the first {MAX_ROWS:,} were read"))
    if mixed:
        told = f"The rows of '{table}' have several coordinate systems (SRID); all were taken as EPSG:{srid}"
        problems.append(Problem("crs_mixed", "error", 1, told, label))
    own = None if hints.engineering else _crs(connection, srid, table, label, problems)
    crs = None if hints.engineering else hints.crs or own
    data, geometry = pd.concat(tables, ignore_index=True)[:MAX_ROWS], np.concatenate(shapes)[:MAX_ROWS]
    there = ~shapely.is_missing(geometry)
    data, geometry = data[there].reset_index(drop=True), np.asarray(geometry[there], object)
    role = hints.role or detect_role([table], data, geometry)
    return layer_as_stated(VectorLayer(table, role, data, geometry, crs, label, hints.engineering, hints.fields), hints, own)


def _column(values: tuple[Any, ...]) -> Any:
    """Numbers as numbers, what pandas has no column for as text."""
    from decimal import Decimal

    first = next((v for v in values if v is not None), None)
    if isinstance(first, Decimal):
        return [float("nan") if v is None else float(v) for v in values]
    if isinstance(first, (str, bool, int, float)):
        return list(values)
    return [None if v is None else str(v) for v in values]


def _crs(connection: psycopg.Connection[Any], srid: int, table: str, label: str, problems: list[Problem]) -> CRS | None:
    """SRID -> CRS by what the database says of it, since numbers may be its own."""
    if srid <= 0:
        return None
    row = connection.execute("SELECT auth_name, auth_srid, srtext FROM spatial_ref_sys WHERE srid = %s", (srid,)).fetchone()
    name, number, text = row or ("EPSG", srid, "")
    for said in (f"{name}:{number}" if name and number else "", text or ""):
        try:
            if said:
                return CRS.from_user_input(said)
        except CRSError:
            continue
    problems.append(Problem("crs_unknown", "error", 1, f"The coordinate system {srid} of '{table}' is not understood", label))
    return None
