"""Answers kept on disk: a folder each, with its body and what is known of it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from twin.folders import lock


@dataclass(frozen=True)
class Fetched:
    """One answer, kept in the cache. age_s: since it was last confirmed; stale: older than asked for, since nobody answered."""

    path: Path
    url: str
    kind: str
    """Content type, lower case, without its parameters."""
    stamp: str
    """SHA-256 of the content."""
    age_s: float = 0.0
    stale: bool = False

    def bytes(self) -> bytes:
        return self.path.read_bytes()


def told_of(folder: Path) -> dict[str, Any] | None:
    """What is known of a cached answer; None where it is not whole."""
    try:
        told = json.loads((folder / "head.json").read_text("utf-8"))
        whole = (folder / "body").stat().st_size == told["bytes"]
        return told if whole and {"url", "kind", "stamp", "at", "until"} <= set(told) else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def write_told(folder: Path, told: dict[str, Any]) -> None:
    new = folder / f"head.{os.getpid()}.new"
    new.write_text(json.dumps(told), "utf-8")
    os.replace(new, folder / "head.json")


def cached(folder: Path, told: dict[str, Any], stale: bool = False) -> Fetched:
    with contextlib.suppress(OSError):
        os.utime(folder)
    return Fetched(folder / "body", told["url"], told["kind"], told["stamp"], max(0.0, time.time() - told["at"]), stale)


class Claim:
    """The right to write into one folder of the cache; other processes and threads wait. The system frees it if we crash."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._file: IO[bytes] | None = None

    def take(self) -> bool:
        """Whether it is ours now. Raises OSError where the folder cannot be written."""
        file = open(self._path, "a+b")  # noqa: SIM115 (held open: closing frees the lock)
        try:
            lock(file)
        except OSError:
            file.close()
            return False
        self._file = file
        return True

    def release(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None


def swept(home: Path, most_bytes: int, keep: Path | None = None) -> None:
    """The oldest answers go until the rest takes no more than most_bytes; what is being fetched stays."""
    try:
        folders = [(f.stat().st_mtime, f, sum(p.stat().st_size for p in f.iterdir())) for f in home.iterdir() if f.is_dir()]
    except OSError:
        return
    total = sum(size for _, _, size in folders)
    for _, folder, size in sorted(folders, key=lambda item: item[0]):
        if total <= most_bytes:
            return
        if folder == keep:
            continue
        claim = Claim(folder)
        try:
            if not claim.take():
                continue
        except OSError:
            continue
        claim.release()
        shutil.rmtree(folder, ignore_errors=True)
        total -= size
