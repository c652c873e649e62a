"""Shared by all tests: where the real data is, and a small city made by hand."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
DATA = Path(os.environ.get("TWIN_TEST_DATA", ROOT.parent / "shared" / "data"))


@pytest.fixture(scope="session")
def data() -> Path:
    """Folder of real cities; skips where it is absent."""
    if not DATA.is_dir():
        pytest.skip(f"no real data at {DATA} (set TWIN_TEST_DATA)")
    return DATA


@pytest.fixture(autouse=True, scope="session")
def _own_folders(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Caches and settings of a test run are its own."""
    os.environ["TWIN_HOME"] = str(tmp_path_factory.mktemp("twin-home"))
