"""CSV, TSV and XLSX tables: with coordinates a layer of points (or of the WKT they hold), else rows to join to one by their ids.

Nothing in a cell is computed or run: formulas give the value they had when the file was saved.
"""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.encoding import decoder_of
from twin.city.readers.fields import text
from twin.city.readers.parts import Hints, Parts, TablePart, VectorLayer, credit_of, source_of
from twin.city.readers.places import located
from twin.city.readers.roles import detect_role
from twin.city.readers.stated import layer_as_stated
from twin.errors import InputError, Problem
from twin.frame import crs_name

if TYPE_CHECKING:
    import pyarrow as pa

MAX_BYTES = 400 << 20
MAX_ROWS, MAX_COLUMNS, MAX_LINE = 3_000_000, 2_000, 16 << 20
_NOTHING = ("", "na", "n/a", "null", "none", "nan", "-", "#n/a")
_TIME = frozenset({"time", "timestamp", "datetime", "date", "observed", "phenomenontime"})
_STATION = ("stationreference", "station", "station_id", "sensor", "sensor_id", "thing", "device", "id")


def read_table(path: Path, hints: Hints) -> Parts:
    """A layer or a table per file, for XLSX per sheet. Raises InputError."""
    label = hints.name or path.name
    if path.stat().st_size > MAX_BYTES:
        raise InputError(
            f"This table has more than {MAX_BYTES >> 20} MB", where=str(path), do="Save it as GeoPackage or Parquet, or cut it."
        )
    parts = Parts()
    with open(path, "rb") as file:
        packed = file.read(4) == b"PK\3\4"
    sheets = _xlsx(path) if packed else [(path.stem, _csv(path, hints, label, parts.problems))]
    if hints.layers:
        sheets = [(n, t) for n, t in sheets if n in hints.layers or len(sheets) == 1]
    crs_seen, licence, attribution = None, "", ""
    for name, whole in sheets:
        if not len(whole):
            continue
        table = _last_readings(whole, label, parts.problems)
        found = located(table, hints, label)
        parts.problems += found.problems
        if found.geometry is None:
            parts.tables.append(TablePart(name, found.table, label, hints.join))
            continue
        crs = None if hints.engineering else hints.crs or found.crs
        role = hints.role or ("sensors" if len(table) < len(whole) else detect_role([name, path.stem], found.table, found.geometry))
        licence, attribution = credit_of(found.table)
        crs_seen = crs_seen or crs_name(crs)
        layer = VectorLayer(name, role, found.table, found.geometry, crs, label, hints.engineering, hints.fields)
        parts.layers.append(layer_as_stated(layer, hints, found.crs))
    if not parts.layers and not parts.tables:
        raise InputError("This table has no rows", where=str(path))
    parts.sources.append(source_of(path, hints, crs_seen, licence, attribution))
    return parts


def _csv(path: Path, hints: Hints, label: str, problems: list[Problem]) -> pd.DataFrame:
    data = path.read_bytes()
    if b"\0" in data[:4096] and data[:2] not in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("This is not a table of text", where=str(path), do="Is it CSV, as its name says?")
    if _longest_line(data) > MAX_LINE:
        raise InputError(f"This table has a line of more than {MAX_LINE >> 20} MB", where=str(path), do="Is it CSV, as its name says?")
    encoding = decoder_of(data, hints.encoding, label, problems)
    decoded = data.decode(encoding, "replace")
    del data
    lines = decoded[: 1 << 20].splitlines()[:200]
    delimiter = _delimiter(lines)
    try:
        first = list(csv.reader(lines[:60], delimiter=delimiter))
    except csv.Error:
        first = [line.split(delimiter) for line in lines[:60]]
    at = header_row(first)
    if at is not None and len(first[at]) > MAX_COLUMNS:
        raise InputError(f"This table has more than {MAX_COLUMNS:,} columns", where=str(path))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            table = pd.read_csv(
                io.StringIO(decoded), sep=delimiter, dtype=str, keep_default_na=False, header=None, skip_blank_lines=False,
                skiprows=0 if at is None else at + 1, nrows=MAX_ROWS + 1, on_bad_lines="warn", index_col=False,
                names=None if at is None else _unique(first[at]), quoting=csv.QUOTE_MINIMAL,
            )  # fmt: skip
        except (pd.errors.ParserError, pd.errors.EmptyDataError, ValueError, csv.Error, OverflowError) as error:
            raise InputError(f"This table cannot be read: {str(error)[:150].rstrip('.')}", where=str(path)) from error
    if len(table) > MAX_ROWS:
        raise InputError(f"This table has more than {MAX_ROWS:,} rows", where=str(path), do="Save it as Parquet, or cut it.")
    bad = sum(str(w.message).count("Skipping line") for w in caught)
    if bad:
        problems.append(
            Problem("bad_lines", "warning", bad, f"{bad} lines have more cells than the table has columns", label, did="left out")
        )
    table.columns = [str(c) if at is not None else f"column {i + 1}" for i, c in enumerate(table.columns)]
    return typed(table.fillna(""))


def _longest_line(data: bytes) -> int:
    """Bytes between two ends of lines."""
    longest, since = 0, 0
    for start in range(0, len(data), 1 << 24):
        block = np.frombuffer(data, np.uint8, min(1 << 24, len(data) - start), start)
        ends = np.flatnonzero((block == 10) | (block == 13)) + start
        if len(ends):
            longest = max(longest, int(ends[0]) - since, int(np.diff(ends).max(initial=0)))
            since = int(ends[-1])
    return max(longest, len(data) - since)


def _delimiter(lines: Sequence[str]) -> str:
    """The one that cuts most lines into the same number of cells."""
    best, chosen = (0.0, 0), ","
    for candidate in (",", ";", "\t", "|"):
        try:
            counts = [len(row) for row in csv.reader(lines, delimiter=candidate) if row]
        except csv.Error:
            continue
        usual = max(set(counts), key=counts.count) if counts else 1
        if usual > 1:
            score = counts.count(usual) / len(counts), usual
            if score > best:
                best, chosen = score, candidate
    return chosen


def header_row(rows: Sequence[Sequence[Any]]) -> int | None:
    """Position of the row of names among the first rows: as wide as most, of words; None where the table begins with values."""
    widths = [sum(1 for c in row if c not in (None, "")) for row in rows]
    usual = max(widths, default=0)
    for i, (row, width) in enumerate(zip(rows[:30], widths, strict=False)):
        if width < max(1, 0.6 * usual):
            continue
        cells = [str(c) for c in row if c not in (None, "")]
        words = sum(1 for c in cells if not re.fullmatch(r"\s*[-+]?[\d.,:/\s-]*\d[\d.,:/\s-]*", c))
        return i if words * 2 > len(cells) else None
    return 0 if rows else None


def _unique(names: Sequence[Any]) -> list[str]:
    out: list[str] = []
    for i, raw in enumerate(names):
        name = str(raw if raw is not None else "").strip().lstrip("#").strip() or f"column {i + 1}"
        free, n = name, 2
        while free in out:
            free, n = f"{name} {n}", n + 1
        out.append(free)
    return out


def typed(table: pd.DataFrame) -> pd.DataFrame:
    """Columns of text that are all numbers become numbers, also those with a decimal comma; codes such as 007 stay text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    out: dict[str, pd.Series] = {}
    for name in table.columns:
        values = table[name]
        if values.dtype != object:
            out[name] = values
            continue
        said = pc.utf8_trim_whitespace(pa.array(values if all(isinstance(v, str) for v in values) else text(values), pa.large_string()))
        said = pc.if_else(pc.is_in(pc.utf8_lower(said), pa.array(_NOTHING, pa.large_string())), None, said)
        if said.null_count == len(said):
            continue
        numbers = None if _are_codes(said) else _numbers(said)
        found = said.to_numpy(zero_copy_only=False) if numbers is None else numbers
        out[name] = pd.Series(found, index=table.index, dtype=object if numbers is None else None)
    return pd.DataFrame(out, index=table.index)


def _are_codes(said: pa.Array) -> bool:
    import pyarrow.compute as pc

    # What is longer than 15 digits loses some as a number.
    return bool(pc.any(pc.match_substring_regex(said, r"^([-+]?0\d|\d{16})")).as_py())


def _numbers(said: pa.Array) -> NDArray[Any] | None:
    """Numbers of a column of text, NaN for nothing; None where some are no numbers."""
    import pyarrow as pa
    import pyarrow.compute as pc

    with_comma = pc.all(pc.match_substring_regex(said, r"^[-+]?(\d{1,3}(\.\d{3})+|\d+)(,\d+)?$")).as_py()
    if with_comma and pc.any(pc.match_substring(said, ",")).as_py():
        said = pc.replace_substring(pc.replace_substring(said, ".", ""), ",", ".")
    said = pc.replace_substring_regex(said, r"^\+", "")
    for kind in (pa.int64(), pa.float64()):
        try:
            found = pc.cast(said, kind)
        except pa.ArrowInvalid:
            continue
        numbers = np.asarray(found.to_numpy(zero_copy_only=False))
        if kind == pa.int64():
            return numbers
        return numbers if not np.isinf(numbers).any() else None
    return None


def _last_readings(table: pd.DataFrame, label: str, problems: list[Problem]) -> pd.DataFrame:
    """Of readings over time the last of each station."""
    lower = {str(c).lower(): str(c) for c in reversed(list(table.columns))}
    time = next((lower[n] for n in lower if n in _TIME), None)
    station = next((lower[n] for n in _STATION if n in lower), None)
    if time is None or station is None or not {"value", "reading"} & set(lower) or table[station].nunique() * 2 > len(table):
        return table
    last = table.sort_values(time, kind="stable").drop_duplicates(station, keep="last").sort_index().reset_index(drop=True)
    told = f"{len(table):,} readings of {len(last):,} stations: the layer has the last of each; play the file as a recording for all"
    problems.append(Problem("readings", "info", len(table), told, label))
    return last


def _xlsx(path: Path) -> list[tuple[str, pd.DataFrame]]:
    import openpyxl

    from twin.city.readers.archive import checked_zip

    checked_zip(path, no_doctype=True)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)  # styles and extensions that openpyxl does not know
            book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
            try:
                return [(str(s.title), _sheet(s, path)) for s in book.worksheets]
            finally:
                book.close()
    except InputError:
        raise
    except Exception as error:  # openpyxl lets through whatever a broken part of the file makes it raise
        told = str(error)[:150].rstrip(".") or type(error).__name__
        raise InputError(f"This workbook cannot be read: {told}", where=str(path)) from error


def _sheet(sheet: Any, path: Path) -> pd.DataFrame:
    sheet.reset_dimensions()
    rows: list[tuple[Any, ...]] = []
    for row in _until_bound(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS), path):
        rows.append(row)
    while rows and not any(c not in (None, "") for c in rows[-1]):
        rows.pop()
    at = header_row(rows[:60])
    if not rows:
        return pd.DataFrame()
    wide = max(len(r) for r in rows)
    names = _unique(list(rows[at]) + [None] * (wide - len(rows[at])) if at is not None else [None] * wide)
    body = rows if at is None else rows[at + 1 :]
    table = pd.DataFrame([(*r, *[None] * (wide - len(r))) for r in body], columns=names, dtype=object)
    table = table[table.notna().any(axis=1)].reset_index(drop=True)
    return typed(table.loc[:, table.notna().any()])


def _until_bound(rows: Iterable[tuple[Any, ...]], path: Path) -> Iterable[tuple[Any, ...]]:
    cells = 0
    for row in rows:
        cells += max(len(row), 1)
        if cells > 20_000_000:
            raise InputError("This workbook has more than 20 million cells", where=str(path), do="Save the sheet as CSV or Parquet.")
        yield row
