"""Where the application keeps what it may throw away (cache) and what it may not (data)."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import IO

import platformdirs


def _base(kind: str) -> Path:
    home = os.environ.get("TWIN_HOME")
    if home:
        path = Path(home) / kind
    else:
        path = Path(platformdirs.user_cache_dir("urban-twin") if kind == "cache" else platformdirs.user_data_dir("urban-twin"))
    path.mkdir(parents=True, exist_ok=True)
    return path


def cache_dir() -> Path:
    """May be deleted at any time. TWIN_HOME moves it."""
    return _base("cache")


def data_dir() -> Path:
    """Autosaves, history, settings, journal. TWIN_HOME moves it."""
    return _base("data")


def lock(file: IO[bytes]) -> None:
    """Hold a file until it is closed; the system frees it if we crash. Raises OSError where another holds it."""
    if sys.platform == "win32":
        import msvcrt

        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
