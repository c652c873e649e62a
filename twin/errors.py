"""What went wrong, where, and what to do: the only errors a user ever reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


class TwinError(Exception):
    """A plain sentence for the user.

    what: what is wrong; where: file, line or object id; do: what to do about it.
    """

    code = "error"

    def __init__(self, what: str, *, where: str = "", do: str = "") -> None:
        self.what, self.where, self.do = what, where, do
        super().__init__(str(self))

    def __str__(self) -> str:
        place = f" ({self.where})" if self.where else ""
        advice = f" {self.do}" if self.do else ""
        return f"{self.what}{place}.{advice}"


class InputError(TwinError):
    """A file, folder or value that cannot be used. problems: each of the files of it that cannot, where there are several."""

    code = "input"

    def __init__(self, what: str, *, where: str = "", do: str = "", problems: tuple[Problem, ...] = ()) -> None:
        super().__init__(what, where=where, do=do)
        self.problems = problems


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
