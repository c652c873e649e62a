"""What is known of a contaminant in a water network: who gets it, how much of it is where, and since when."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.models.base import Happening
from twin.models.exposure import Note
from twin.models.service.water_inp import Follow
from twin.models.service.water_quality import Masses

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

CLEAN_AGAIN = 0.8
"""Share of the limit below which water is told clean again, so that a place at the limit is not told twice an hour (own choice)."""
SERVED = 0.1
"""Share of the demand from which a place gets what is in its water."""
GONE = 1e-6
"""Share of what was put in below which nothing of it is left."""
OFF = 0.01
"""Error of the balance of mass that is told."""
_FEW = 3


@dataclass
class Taint:
    """quality: mg/l by node; dosed_g: what was to be put in by mass; held: whether a concentration was ever held; sources: nodes where,
    in the order in which they began; told: nodes told to have water above the limit."""

    follow: Follow
    quality: Floats
    told: Bools
    ever: Bools
    doses: tuple[tuple[int, float, float], ...] = ()
    """Row, g/min, mg/l held: mean of the interval that is computed."""
    sources: list[int] = field(default_factory=list)
    masses: Masses = field(default_factory=Masses)
    dosed_g: float = 0.0
    held: bool = False
    most_places: int = 0

    @classmethod
    def begun(cls, follow: Follow, n: int) -> Taint:
        return cls(follow, np.zeros(n), np.zeros(n, bool), np.zeros(n, bool))

    @property
    def left_g(self) -> float:
        return self.masses.in_pipes + self.masses.in_tanks

    @property
    def missing(self) -> float:
        """Share of what was put in that is nowhere: what decayed, else the error of the transport."""
        m = self.masses
        return (m.put_in - m.taken - m.leaked - m.back - self.left_g) / m.put_in if m.put_in > 0 else 0.0

    @property
    def is_there(self) -> bool:
        """Whether there is anything to follow now."""
        return bool(self.doses) or self.left_g > GONE * max(self.masses.put_in, 1e-12)

    def put(self, doses: tuple[tuple[int, float, float], ...], seconds: float) -> None:
        """What goes into the water for so long."""
        self.doses = doses
        self.sources += [row for row, _, _ in doses if row not in self.sources]
        self.dosed_g += sum(rate for _, rate, held in doses if not held > 0) * seconds / 60.0
        self.held |= any(held > 0 for _, _, held in doses)

    def take(self, quality: Floats, masses: Masses, places: Bools) -> None:
        """Values of now. places: nodes where somebody asks for water."""
        self.quality, self.masses = np.nan_to_num(quality), masses
        above = self.above & places
        self.ever |= above
        self.most_places = max(self.most_places, int(above.sum()))

    @property
    def above(self) -> Bools:
        return self.quality > self.follow.limit

    def tell(self, at_s: float, supply: Floats, places: Bools, ids: Sequence[str]) -> list[Happening]:
        """Who begins to get water above the limit, and who is well again; who has no water is told of elsewhere."""
        served = places & (supply >= SERVED)
        begins = served & self.above & ~self.told
        clean = served & self.told & (self.quality <= CLEAN_AGAIN * self.follow.limit)
        self.told = (self.told | begins) & ~clean & served
        found = []
        for row in np.flatnonzero(begins | clean).tolist():
            mg_l = float(self.quality[row])
            why = tuple(ids[s] for s in self.sources if s != row)[:_FEW] if begins[row] else ()
            found.append(Happening(at_s, ids[row], "contaminated-water" if begins[row] else "clean-water", why, {"mg_l": mg_l}))
        return found

    def figures(self, places: Bools) -> dict[str, tuple[float, str]]:
        m, whole = self.masses, max(self.masses.put_in, 1e-12)
        return {
            "water_places_contaminated": (float((self.above & places).sum()), "places"),
            "water_places_contaminated_worst": (float(self.most_places), "places"),
            "contaminant_highest": (float(self.quality.max(initial=0.0)), "mg/L"),
            "contaminant_put_in": (m.put_in, "g"),
            "contaminant_taken": (m.taken, "g"),
            "contaminant_leaked": (m.leaked + m.back, "g"),
            "contaminant_left_share": (min(self.left_g / whole, 1.0), "1"),
        }

    def notes(self, names: Sequence[str], ids: Sequence[str]) -> list[Note]:
        """names: of the nodes in EPANET's file, '' where no pipe leads."""
        found: list[Note] = []
        alone = [ids[s] for s in self.sources if not names[s]]
        if alone:
            text = f"No pipe leads to {', '.join(alone[:_FEW])}: what is put in there goes nowhere."
            found.append(("warning", "contaminant-alone", text))
        if not self.held and self.dosed_g > 0 and self.masses.put_in < 0.99 * self.dosed_g and not self.doses:
            text = (
                f"Of {self.dosed_g:,.4g} g only {self.masses.put_in:,.4g} g got into the water: from "
                f"{', '.join(ids[s] for s in self.sources[:_FEW])} hardly any water flows at times."
            )
            found.append(("warning", "contaminant-kept-out", text))
        if abs(self.missing) > OFF and not self.follow.decay > 0:
            text = (
                f"Of the contaminant {abs(self.missing):.1%} too {'little' if self.missing > 0 else 'much'} is found in water, tanks and "
                "taps: concentrations are approximate; a shorter 'Step of what is in the water' makes them better."
            )
            found.append(("warning", "contaminant-balance", text))
        return found

    def saved(self) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
        """Facts (JSON) and arrays that `restored` takes."""
        facts = {k: getattr(self, k) for k in ("doses", "sources", "dosed_g", "held", "most_places")}
        facts |= {"follow": asdict(self.follow), "masses": asdict(self.masses)}
        return facts, {"taint_quality": self.quality, "taint_told": self.told, "taint_ever": self.ever}

    @classmethod
    def restored(cls, facts: dict[str, Any], arrays: Any) -> Taint:
        return cls(
            Follow(**facts["follow"]), arrays["taint_quality"].copy(), arrays["taint_told"].copy(), arrays["taint_ever"].copy(),
            tuple((int(row), float(rate), float(held)) for row, rate, held in facts["doses"]), list(facts["sources"]),
            Masses(**facts["masses"]), facts["dosed_g"], facts["held"], facts["most_places"],
        )  # fmt: skip
