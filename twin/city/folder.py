"""The files of a folder beside each other: which say the same, what they are called, which are none of a city."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from twin.errors import Problem

TABLES = (".csv", ".tsv", ".xlsx")
SHOWN = 5
_AT_ONCE = {
    "unknown_format": "{n} files here are no part of a city that is known: {names}",
    "same_file": "{n} files say what others here say and were left out: {names}",
}


def is_table(file: Any) -> bool:
    return isinstance(file, Path) and file.suffix.lower() in TABLES


def layer_beside(file: Path, placed: Collection[Path]) -> Path | None:
    """The layer of the same name beside a table: people keep both as one data set in two formats. placed: files that gave layers."""
    if not is_table(file):
        return None
    beside = (f for f in sorted(placed) if f.parent == file.parent and f.stem == file.stem)
    return next((f for f in beside if not is_table(f)), None)


def called(file: Any, others: Iterable[Any]) -> str:
    """A file's name, with its folder where another one has it too."""
    if isinstance(file, Path) and Counter(f.name for f in others if isinstance(f, Path))[file.name] > 1:
        return f"{file.parent.name}/{file.name}"
    return str(file.name)


def files_at_once(problems: list[Problem]) -> list[Problem]:
    """Notes of one kind about many files as one: folders hold many that are nothing of a city, or the same again."""
    for code, says in _AT_ONCE.items():
        mine = [p for p in problems if p.code == code]
        if len(mine) < 3:
            continue
        names = list(dict.fromkeys(p.source for p in mine))
        shown = ", ".join(names[:SHOWN]) + (f" and {len(names) - SHOWN} more" if len(names) > SHOWN else "")
        at = problems.index(mine[0])
        together = Problem(code, "info", len(mine), says.format(n=len(mine), names=shown), examples=tuple(names[:10]))
        problems = [*problems[:at], together, *(p for p in problems[at:] if p.code != code)]
    return problems
