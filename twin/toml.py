"""TOML that people wrote: of a depth and size that people write."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

MAX_BYTES = 5_000_000
_MAX_DOTS = 60


def toml_of(text: str) -> dict[str, Any]:
    """Raises tomllib.TOMLDecodeError with the line that is wrong, also where it is nested deeper than its parser can follow."""
    for number, line in enumerate(text.splitlines(), 1):
        # The time to read dotted keys grows with the square of their length.
        if len(line) > _MAX_DOTS and line.partition("=")[0].count(".") > _MAX_DOTS:
            raise tomllib.TOMLDecodeError(f"A name has more than {_MAX_DOTS} parts (at line {number})")
    try:
        return tomllib.loads(text)
    except RecursionError:
        raise tomllib.TOMLDecodeError("It is nested too deeply") from None


def read_toml(path: Path) -> dict[str, Any]:
    """As toml_of, of a file. Raises OSError and UnicodeDecodeError too."""
    if path.stat().st_size > MAX_BYTES:
        raise tomllib.TOMLDecodeError(f"The file is larger than {MAX_BYTES // 1_000_000} MB")
    return toml_of(path.read_text("utf-8"))
