"""Shared by all tests: where the real data is, and a small city made by hand."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from gui.scene.scene import Scene
    from twin.city.city import City

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


@pytest.fixture
def scene(city: City) -> Iterator[Scene]:
    """The layers of a module's own `city`, in no window yet."""
    from gui.scene.scene import Scene
    from layers.catalogue import city_layers

    made = Scene()
    made.set_city(city)
    for layer in city_layers(city):
        made.add(layer)
    yield made
    made.close()
