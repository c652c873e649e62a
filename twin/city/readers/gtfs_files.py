"""The tables of a GTFS feed, from a folder or a zip: only the columns asked for, whatever else a file holds."""

from __future__ import annotations

import codecs
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.encoding import decoder_of
from twin.city.readers.parts import Hints
from twin.errors import InputError, Problem

MAX_BYTES = 1 << 30
MAX_RATIO = 400
"""Tables of times pack about ten to one; what packs better than this is no timetable."""


class Feed:
    """Reads one table at a time; problems are collected."""

    def __init__(self, path: Path, hints: Hints) -> None:
        self.path, self.hints, self.source = path, hints, hints.name or path.name
        self.problems: list[Problem] = []
        self._zip: zipfile.ZipFile | None = None
        self._names: dict[str, str] = {}
        try:
            if path.is_dir():
                self._names = {p.name.lower(): str(p) for p in path.iterdir() if p.suffix.lower() == ".txt"}
            else:
                self._zip = zipfile.ZipFile(path)
                self._names = {i.filename.rsplit("/")[-1].lower(): i.filename for i in self._zip.infolist() if not i.is_dir()}
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, ValueError) as error:
            raise InputError(f"This timetable cannot be opened: {error}", where=str(path), do="Is the file complete?") from None

    def close(self) -> None:
        if self._zip is not None:
            self._zip.close()

    def table(self, name: str, columns: tuple[str, ...], needed: tuple[str, ...] = (), coded: bool = False) -> pd.DataFrame:
        """Texts, '' where nothing stands; a column that is missing is empty. Raises InputError where a needed one is.

        coded: categories instead of texts, for the long tables.
        """
        data = self._bytes(f"{name}.txt")
        if data is None or not data.strip():
            if needed:
                raise InputError(f"This timetable has no {name}.txt", where=str(self.path))
            return pd.DataFrame({c: pd.Series(dtype=object) for c in columns})
        if not _is_utf8(data):
            codec = decoder_of(data, self.hints.encoding, f"{self.source}: {name}", self.problems)
            data = data.decode(codec, "replace").encode()
        out = self._parsed(name, data, columns, coded)
        lost = [c for c in needed if c not in out]
        if lost:
            raise InputError(f"{name}.txt has no column '{lost[0]}'", where=str(self.path))
        for column in columns:
            if column not in out:
                out[column] = pd.Categorical([""] * len(out)) if coded else ""
            elif not coded:
                out[column] = out[column].str.strip()
        return out[list(columns)]

    def _parsed(self, name: str, data: bytes, columns: tuple[str, ...], coded: bool) -> pd.DataFrame:
        """data: UTF-8. Raises InputError where it is no table."""
        import pyarrow as pa
        from pyarrow import csv

        bad: list[int] = []

        def leave_out(_row: object) -> str:
            bad.append(1)
            return "skip"

        end = data.find(b"\n") + 1 or len(data)
        present = [c.strip().strip('"').lstrip("\ufeff") for c in data[:end].decode().strip().split(",")]
        kind = pa.dictionary(pa.int32(), pa.string()) if coded else pa.string()
        try:
            read = csv.read_csv(
                pa.BufferReader(data),
                read_options=csv.ReadOptions(column_names=present, skip_rows=1, block_size=8 << 20),
                parse_options=csv.ParseOptions(newlines_in_values=True, invalid_row_handler=leave_out),
                convert_options=csv.ConvertOptions(
                    include_columns=[c for c in columns if c in present],
                    column_types=dict.fromkeys(present, kind),
                    strings_can_be_null=False,
                ),
            )
        except (pa.ArrowException, ValueError) as error:
            raise InputError(f"{name}.txt cannot be read: {str(error)[:160]}", where=str(self.path)) from None
        if bad:
            self.tell("short_line", f"lines of {name}.txt have a wrong number of fields and were left out", len(bad))
        return read.unify_dictionaries().to_pandas()

    def _bytes(self, name: str) -> bytes | None:
        where = self._names.get(name)
        if where is None:
            return None
        try:
            if self._zip is None:
                file = Path(where)
                size = packed = file.stat().st_size
            else:
                info = self._zip.getinfo(where)
                size, packed = info.file_size, info.compress_size
            if size > MAX_BYTES or (size > 1 << 20 and size > MAX_RATIO * packed):
                raise InputError(f"{name} has {size / 2**20:.0f} MiB unpacked, more than is read", where=str(self.path))
            data = file.read_bytes() if self._zip is None else self._zip.read(where)
        except (zipfile.BadZipFile, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise InputError(f"{name} cannot be read: {error}", where=str(self.path)) from None
        except Exception as error:  # zlib.error and lzma.LZMAError are no OSError
            if type(error).__module__ not in ("zlib", "_lzma"):
                raise
            raise InputError(f"{name} cannot be unpacked: {error}", where=str(self.path)) from None
        return data

    def tell(self, code: str, what: str, count: int, examples: tuple[str, ...] = (), severity: str = "warning", did: str = "") -> None:
        self.problems.append(Problem(code, severity, count, f"{count} {what}", self.source, examples, did))  # type: ignore[arg-type]


def _is_utf8(data: bytes) -> bool:
    """Told without making a text of it all."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        for low in range(0, len(data), 16 << 20):
            decoder.decode(data[low : low + (16 << 20)], low + (16 << 20) >= len(data))
    except UnicodeDecodeError:
        return False
    return True


def seconds(texts: pd.Series) -> NDArray[np.float64]:
    """Seconds after noon minus 12 h of H:MM:SS, which may pass 24 h; NaN where nothing is said."""
    codes, unique = pd.factorize(texts)
    parts = pd.Series(np.asarray(unique, object).astype(str)).str.extract(r"^\s*(\d{1,3}):(\d{2}):(\d{2})\s*$").astype(float)
    values = np.append(parts.to_numpy(float) @ np.array([3600.0, 60.0, 1.0]), np.nan)
    return np.asarray(values[codes])
