"""Sections of an `.inp` file, the text format EPANET and SWMM share.

A section starts with its name in brackets, of which the first letters count; `;` starts a comment; fields are separated by white
space, a field in double quotes may hold some.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from twin.city.readers.encoding import decoder_of
from twin.city.readers.parts import Hints
from twin.city.readers.wiring import sample
from twin.errors import InputError, Problem

MAX_BYTES = 1 << 30
MAX_FIELDS = 400
_QUOTED = re.compile(r'"([^"]*)"|(\S+)')


@dataclass
class Sections:
    """Lines of fields by section name, upper case without brackets; `problems` collects what could not be read."""

    source: str
    where: str
    lines: dict[str, list[list[str]]]
    raw: dict[str, list[str]]
    problems: list[Problem] = field(default_factory=list)
    _bad: list[str] = field(default_factory=list)

    def table(self, name: str, columns: tuple[str, ...], least: int = 1) -> pd.DataFrame:
        """Texts of a section, '' where a line ends early; lines with fewer than `least` fields are told and left out."""
        rows = self.lines.get(name, [])
        short = [r for r in rows if len(r) < least]
        if short:
            self.tell("short_line", f"lines of [{name}] are too short and were left out", [" ".join(r) for r in short])
        n = len(columns)
        full = [(r + [""] * n)[:n] for r in rows if len(r) >= least]
        return pd.DataFrame(full, columns=list(columns), dtype=object)

    def unique(self, name: str, columns: tuple[str, ...], least: int = 1) -> pd.DataFrame:
        """As `table`; of rows with the same first field the first one."""
        found = self.table(name, columns, least)
        again = found.duplicated(columns[0]).to_numpy()
        if again.any():
            self.tell("duplicate_id", f"lines of [{name}] repeat an id and were left out", found[columns[0]][again].tolist())
        return found[~again].reset_index(drop=True)

    def numbers(self, values: pd.Series, missing: float = np.nan) -> NDArray[np.float64]:
        """Numbers of a column of texts, `missing` where nothing stands; what is no number is told once all is read."""
        out = pd.to_numeric(values.replace("", None), errors="coerce").to_numpy(float, na_value=np.nan)
        bad = (values != "").to_numpy(bool) & ~np.isfinite(out)
        self._bad += values[bad].tolist()
        out = np.where(np.isfinite(out) & (np.abs(out) < 1e15), out, np.nan)
        return np.where((values == "").to_numpy(bool), missing, out)

    def options(self, name: str = "OPTIONS") -> dict[str, str]:
        """`KEY WORDS value` lines; the last field is the value."""
        return {" ".join(r[:-1]).upper(): r[-1] for r in self.lines.get(name, []) if len(r) > 1}

    def statements(self, skip: frozenset[str]) -> pd.DataFrame:
        """`section` and `text` of every line of the other sections, as they stand: nothing of the file is lost, nothing is evaluated."""
        rows = [(name, text) for name, lines in self.raw.items() if name not in skip for text in lines]
        return pd.DataFrame(rows, columns=["section", "text"], dtype=object)

    def tell(self, code: str, what: str, examples: list[str], severity: str = "warning", did: str = "") -> None:
        self.problems.append(
            Problem(code, severity, len(examples), f"{len(examples)} {what}", self.source, sample(examples), did)  # type: ignore[arg-type]
        )

    def finish(self) -> list[Problem]:
        if self._bad:
            self.tell("not_a_number", "values should be numbers and are not; they count as missing", self._bad)
            self._bad = []
        return self.problems


def read_sections(path: Path, hints: Hints, names: tuple[str, ...]) -> Sections:
    """Raises InputError where the file is none of this kind. names: full names of the sections the format knows."""
    try:
        data = path.read_bytes() if path.stat().st_size <= MAX_BYTES else None
    except OSError as error:
        raise InputError(f"This file cannot be read: {error.strerror}", where=str(path)) from None
    if data is None:
        raise InputError("This network file has more than 1 GiB", where=str(path), do="Split it into parts.")
    found = Sections(hints.name or path.name, str(path), {}, {})
    codec = decoder_of(data, hints.encoding, found.source, found.problems)
    if b"\0" in data[:4096] and not codec.startswith("utf-16"):
        raise InputError("This file is not text", where=str(path))
    text = data.decode(codec, "replace")
    current: str | None = None
    unknown: list[str] = []
    for line in text.splitlines():
        bare = line.strip()
        if not bare or bare[0] == ";":
            continue
        if bare[0] == "[":
            current = _named(bare[1:].partition("]")[0], names)
            if current is None:
                unknown.append(bare[:40])
            elif current == "END":
                break
            continue
        if current is None:
            continue
        content = bare.partition(";")[0].strip() if current != "TITLE" else bare
        if not content:
            continue
        fields = [a or b for a, b in _QUOTED.findall(content)] if '"' in content else content.split()
        found.lines.setdefault(current, []).append(fields[:MAX_FIELDS])
        found.raw.setdefault(current, []).append(bare)
    if unknown:
        found.tell("unknown_section", "sections are not known and were left out", unknown, "info")
    if not found.lines:
        raise InputError("This .inp file has no sections", where=str(path), do="Is it an EPANET or SWMM network?")
    return found


def _named(name: str, names: tuple[str, ...]) -> str | None:
    """The section meant: EPANET and SWMM compare the first letters only."""
    said = name.strip().upper()
    if said in names:
        return said
    return next((n for n in names if len(said) >= 4 and (n.startswith(said) or said.startswith(n[:4]))), None)
