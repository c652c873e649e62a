"""Where the application keeps what it may throw away (cache) and what it may not (data)."""

from __future__ import annotations

import os
from pathlib import Path

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
