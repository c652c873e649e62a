"""What went wrong, where, and what to do: the only errors a user ever reads."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

_MOST = 600
# What libraries say comes with names of classes and addresses, and with whatever stood in the file.
_OF_A_PROGRAM = re.compile(
    r"\b(?:[A-Za-z_]\w*\.)*[A-Z]\w*(?:Error|Exception)\b:? *|(?: at)? 0x[0-9a-f]{6,}(?: != 0x[0-9a-f]{6,})?\b|<class '([^']*)'>"
    r"|<string>,? ?"
)
_OF_PYTHON = re.compile(
    r"'\w+' object (?:is not|has no|does not|cannot)[^;(\n]*|object of type '\w+' has no len\(\)"
    r"|(?:float|int)\(\) argument must be[^;(\n]*|unsupported operand type[^;(\n]*|unhashable type[^;(\n]*"
    r"|\w+ ind(?:ex|ices) must be[^;(\n]*|'[^']*' not supported between[^;(\n]*|(?:not enough|too many) values to unpack[^;(\n]*"
    r"|cannot unpack non-iterable[^;(\n]*|argument of type '\w+' is not iterable|int too large to convert to float"
    r"|(?:can only|can't|must be) \w+(?:, not)? [^;(\n]*\bNoneType\b[^;(\n]*|index \d+ is out of bounds[^;(\n]*"
)
_HINTS = (
    " object ",
    "object of",
    " argument",
    "argument of",
    "operand",
    "indices",
    "index",
    "unpack",
    "unhashable",
    "supported",
    "None",
    "int too",
)
_UNSHOWABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufffe\uffff\ud800-\udfff]+")


def plain(text: str, most: int = _MOST) -> str:
    """Words from anywhere as they may stand in a sentence: on one line, without signs that cannot be shown or that turn the line
    round, and without names of a program's classes, not longer than `most` (the middle goes)."""
    if not text.isprintable():
        text = _UNSHOWABLE.sub(" ", text).strip()
    if any(word in text for word in ("Error", "Exception", "<", "0x")):
        text = _OF_A_PROGRAM.sub(lambda m: m[1] or "", text)
    if any(
        word in text
        for word in (" object ", " argument", "operand", "indices", "index", "unpack", "unhashable", "supported", "None", "int too")
    ):
        text = _OF_PYTHON.sub("a value in it is missing or not of the kind it should be", text)
    text = text.replace("maximum recursion depth exceeded", "it is nested too deeply")
    if len(text) > most:
        text = f"{text[: most * 2 // 3]} ... {text[-most // 4 :]}"
    return text


class TwinError(Exception):
    """A plain sentence for the user.

    what: what is wrong; where: file, line or object id; do: what to do about it.
    """

    code = "error"

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = plain(what).rstrip(". "), plain(where, 400), plain(do)
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.do}" if self.do else ""
        return f"{self.what}{place}.{advice}"


class InputError(TwinError):
    """A file, folder or value that cannot be used. problems: each of the files of it that cannot, where there are several;
    choices: what could be stated of it so that it can, as changes of a recipe ("crs=engineering"), the likeliest first."""

    code = "input"

    def __init__(
        self, what: str, *, where: str = "", do: str = "", problems: tuple[Problem, ...] = (), choices: tuple[str, ...] = ()
    ) -> None:
        super().__init__(what, where=where, do=do)
        self.problems, self.choices = problems, choices


class UnknownFormat(InputError):
    """A file that is nothing we know; among others in a folder it is no trouble."""


class ScenarioError(TwinError):
    """A scenario that asks for what is unknown or out of range."""

    code = "scenario"


class ModelError(TwinError):
    """A model that cannot go on."""

    code = "model"


class StorageError(TwinError):
    """Disk full, no permission, broken archive."""

    code = "storage"


Severity = Literal["info", "warning", "error"]


@dataclass(frozen=True)
class Problem:
    """One kind of trouble found in a source, with how often and what was done about it."""

    code: str
    severity: Severity
    count: int
    message: str
    source: str = ""
    examples: tuple[str, ...] = ()
    """Object ids, at most ten."""
    did: str = ""
    """What was done about it when the city was opened; '' for nothing."""
    repair: str = ""
    """Name of the repair that mends it at a click (twin.city.doctor); '' where there is none."""
    places: tuple[tuple[float, float], ...] = ()
    """Where, local metres, for examples that are no object of the city; at most ten."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", plain(self.message))
