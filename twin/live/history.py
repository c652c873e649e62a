"""Readings kept in SQLite (WAL): bounded in number and age, safe to read while it is written."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from twin.errors import StorageError

Floats = NDArray[np.float64]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS stream (row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE);
CREATE TABLE IF NOT EXISTS reading (
    stream INTEGER NOT NULL, t REAL NOT NULL, value REAL, flag INTEGER NOT NULL, PRIMARY KEY (stream, t)
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS reading_t ON reading (t);
"""
_VERSION = 1


class History:
    """path: a file, or None for memory only (replay and demo are not kept). One connection behind a lock.

    most: readings kept; age_s: age kept, counted from the newest reading. Both are enforced every `most / 50` readings, so
    that the store never holds more than 1.02 times `most`.
    """

    def __init__(self, path: Path | None = None, most: int = 5_000_000, age_s: float = 90 * 86400.0) -> None:
        self.path, self.most, self.age_s = path, most, age_s
        self._lock = threading.Lock()
        self._rows: dict[str, int] = {}
        self._since_trim = 0
        try:
            if path is not None:
                path.parent.mkdir(parents=True, exist_ok=True)
            self._db = sqlite3.connect(":memory:" if path is None else path, check_same_thread=False, isolation_level=None)
            try:
                self._open()
            except BaseException:
                self._db.close()
                raise
        except (OSError, sqlite3.Error) as error:
            advice = f"Delete or move the file ({error})."
            raise StorageError("The history of readings cannot be opened", where=str(path), do=advice) from error

    def _open(self) -> None:
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")
        version = self._db.execute("PRAGMA user_version").fetchone()[0]
        if version not in (0, _VERSION):
            what = f"The history is of version {version}, this program reads {_VERSION}"
            raise StorageError(what, where=str(self.path), do="Move the file away.")
        self._db.executescript(_SCHEMA)
        self._db.execute(f"PRAGMA user_version={_VERSION}")
        self._rows = {id: row for row, id in self._db.execute("SELECT row, id FROM stream")}

    def append(self, readings: Iterable[tuple[str, float, float, int]]) -> int:
        """Keep (datastream id, Unix seconds, value, flag) in one transaction; NaN is kept as NULL; the same datastream and
        moment again replaces the entry. Number written. Raises StorageError (disk full): nothing of the batch is kept then."""
        with self._lock:
            try:
                self._db.execute("BEGIN")
                rows = [(self._row(s), t, None if v != v else v, f) for s, t, v, f in readings]
                self._db.executemany("INSERT OR REPLACE INTO reading VALUES (?, ?, ?, ?)", rows)
                self._db.execute("COMMIT")
                self._since_trim += len(rows)
                if self._since_trim >= max(1, self.most // 50):
                    self._trim()
                return len(rows)
            except sqlite3.Error as error:
                self._undo()
                where = str(self.path or "memory")
                raise StorageError("Readings cannot be stored", where=where, do=f"Check the disk ({error}).") from error

    def _undo(self) -> None:
        try:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            self._rows = {id: row for row, id in self._db.execute("SELECT row, id FROM stream")}
        except sqlite3.Error:
            self._rows = {}  # closed: there is nothing to take back

    def _row(self, stream: str) -> int:
        row = self._rows.get(stream)
        if row is None:
            row = self._rows[stream] = int(self._db.execute("INSERT INTO stream (id) VALUES (?)", (stream,)).lastrowid or 0)
        return row

    def flag(self, stream: str, t: float, flag: int) -> None:
        """Give a kept reading another flag (a test that needs the reading after it)."""
        with self._lock:
            self._db.execute("UPDATE reading SET flag = ? WHERE stream = ? AND t = ?", (flag, self._rows.get(stream, -1), t))

    def _trim(self) -> None:
        self._since_trim = 0
        newest = self._db.execute("SELECT max(t) FROM reading").fetchone()[0]
        if newest is None:
            return
        self._db.execute("DELETE FROM reading WHERE t < ?", (newest - self.age_s,))
        over = self._db.execute("SELECT count(*) FROM reading").fetchone()[0] - self.most
        if over > 0:
            self._db.execute("DELETE FROM reading WHERE (stream, t) IN (SELECT stream, t FROM reading ORDER BY t LIMIT ?)", (over,))

    def window(self, stream: str, start: float, end: float) -> tuple[Floats, Floats, NDArray[np.int16]]:
        """(Unix seconds, values with NaN for missing, flags) of start <= t <= end, in order of time."""
        with self._lock:
            query = "SELECT t, value, flag FROM reading WHERE stream = ? AND t BETWEEN ? AND ? ORDER BY t"
            rows = self._db.execute(query, (self._rows.get(stream, -1), start, end)).fetchall()
        values = np.array([np.nan if r[1] is None else r[1] for r in rows], float)
        return np.array([r[0] for r in rows], float), values, np.array([r[2] for r in rows], np.int16)

    def clear(self) -> None:
        """Forget every reading."""
        with self._lock:
            self._db.execute("DELETE FROM reading")
            self._since_trim = 0

    def __len__(self) -> int:
        with self._lock:
            return int(self._db.execute("SELECT count(*) FROM reading").fetchone()[0])

    def close(self) -> None:
        with self._lock:
            self._db.close()
