"""The recipe of the demonstration city: seeds/demo-city.toml."""

from __future__ import annotations

import hashlib
import tomllib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np


@cache
def recipe() -> dict[str, Any]:
    """The recipe as a dictionary."""
    return tomllib.loads(_text())


def _text() -> str:
    return files("seeds").joinpath("demo-city.toml").read_text("utf-8")


@cache
def fingerprint() -> str:
    """SHA-256 of the recipe and of the code that reads it: the cache is good as long as neither changes."""
    digest = hashlib.sha256(_text().encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()


def generator(stage: str) -> np.random.Generator:
    """Random numbers of one stage; a change in one stage leaves the others as they were."""
    return np.random.default_rng([int(recipe()["seed"]), *stage.encode()])
