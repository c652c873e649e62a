"""What is put into the water and where it goes, by EPANET's own transport, in step with its hydraulics (in the child).

Lagrangian plugs in the pipes, mixed tanks, decay of the first order: Rossman and Boulos (1996), doi:10.1061/(ASCE)0733-9496(1996)122:2(137),
as in Rossman et al. (2020), EPANET 2.2 User Manual, EPA/600/R-20/133, 12.2. Its state cannot be saved: it is computed again.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi
from typing import Any

import numpy as np
from numpy.typing import NDArray

# Codes of the toolkit (epanet2_enums.h).
_SOURCE, _SOURCE_KIND, _DEMAND, _QUALITY, _SOURCE_MASS, _TANK_VOLUME = 5, 7, 9, 12, 13, 24
_DIAMETER, _LENGTH, _FLOW, _LINK_QUALITY = 0, 1, 8, 14
_MASS, _SETPOINT = 1.0, 2.0
_NODES, _LINKS = 0, 2
_JUNCTION, _RESERVOIR, _TANK = 0, 1, 2
_IS_PIPE = (0, 1)


@dataclass(frozen=True)
class Scales:
    """One unit of the file: flow in m3/s, length and diameter in m."""

    flow: float
    length: float
    diameter: float


@dataclass(frozen=True)
class Masses:
    """Grams since the start: put in, taken by consumers, out of holes, back into works; and what is in pipes and tanks now."""

    put_in: float = 0.0
    taken: float = 0.0
    leaked: float = 0.0
    back: float = 0.0
    in_pipes: float = 0.0
    in_tanks: float = 0.0


class Transport:
    """Concentrations of one simulation whose hydraulics are open and at their beginning."""

    def __init__(self, lib: Any, ph: Any, call: Callable[..., None], scales: Scales) -> None:
        """call: a function of the toolkit by its name, which raises Refused."""
        self._lib, self._ph, self._call, self._scales = lib, ph, call, scales
        call("EN_openQ")
        call("EN_initQ", 0)
        kind = [self._int("EN_getnodetype", i) for i in range(1, self._int("EN_getcount", _NODES) + 1)]
        self._junctions = [i for i, k in enumerate(kind, 1) if k == _JUNCTION]
        self._tanks = [i for i, k in enumerate(kind, 1) if k == _TANK]
        works = {i for i, k in enumerate(kind, 1) if k == _RESERVOIR}
        self._holes = {i for i in self._junctions if self._name(i).startswith("X")}
        self._pipes: list[tuple[int, float]] = []
        self._beside: list[tuple[int, float]] = []  # links at works, with the sign of a flow into them
        for k in range(1, self._int("EN_getcount", _LINKS) + 1):
            if self._int("EN_getlinktype", k) in _IS_PIPE:
                across, metres = self._link(k, _DIAMETER) * scales.diameter, self._link(k, _LENGTH) * scales.length
                self._pipes.append((k, pi / 4 * across**2 * metres))
            a, b = ctypes.c_int(), ctypes.c_int()
            call("EN_getlinknodes", k, ctypes.byref(a), ctypes.byref(b))
            if a.value in works or b.value in works:
                self._beside.append((k, 1.0 if b.value in works else -1.0))
        self._doses: dict[str, tuple[int, float, float]] = {}
        self._known: dict[str, int] = {}
        self._taken = self._leaked = self._back = 0.0

    def dose(self, doses: Sequence[tuple[str, float, float]]) -> None:
        """What is put in from now on: node, mg/min, or mg/l that the water which leaves it is held at where this is above 0."""
        now = {name: (mass, held) for name, mass, held in doses}
        for name in sorted(set(self._doses) | set(now)):
            mass, held = now.get(name, (0.0, 0.0))
            if name not in self._known:
                index = ctypes.c_int()
                self._call("EN_getnodeindex", name.encode(), ctypes.byref(index))
                self._known[name] = index.value
            node = self._known[name]
            if self._doses.get(name) != (node, mass, held):
                self._call("EN_setnodevalue", node, _SOURCE, ctypes.c_double(held if held > 0 else mass))
                self._call("EN_setnodevalue", node, _SOURCE_KIND, ctypes.c_double(_SETPOINT if held > 0 else _MASS))
                self._doses[name] = (node, mass, held)

    def begin(self) -> int:
        """Before the hydraulics step on: the flows of now. Returns EPANET's code."""
        at = ctypes.c_long()
        return int(self._lib.EN_runQ(self._ph, ctypes.byref(at)))

    def follow(self, seconds: int) -> int:
        """After the hydraulics stepped on: over the same time. Returns EPANET's code."""
        step = ctypes.c_long()
        code = int(self._lib.EN_nextQ(self._ph, ctypes.byref(step)))
        if self._doses:
            self._count(seconds)
        return code

    def _count(self, seconds: int) -> None:
        """What left in a step, as EPANET's own balance counts it: the flow of the step with the concentration at its end."""
        to_g = seconds * self._scales.flow
        for i in self._junctions:
            c = self._node(i, _QUALITY)
            if c > 0:
                out = max(self._node(i, _DEMAND), 0.0) * c * to_g
                if i in self._holes:
                    self._leaked += out
                else:
                    self._taken += out
        for k, sign in self._beside:
            into = sign * self._link(k, _FLOW)
            if into > 0:
                self._back += into * self._link(k, _LINK_QUALITY) * to_g

    def quality(self, nodes: Sequence[int]) -> NDArray[np.float64]:
        """mg/l by node, NaN where its index is 0."""
        return np.array([self._node(i, _QUALITY) if i > 0 else np.nan for i in nodes])

    def masses(self) -> Masses:
        if not self._doses:
            return Masses()
        put_in = sum(self._node(i, _SOURCE_MASS) for i, _, _ in self._doses.values()) / 60.0 / 1e3
        tank_m3 = self._scales.length**3
        return Masses(
            put_in, self._taken, self._leaked, self._back,
            sum(self._link(k, _LINK_QUALITY) * m3 for k, m3 in self._pipes),
            sum(self._node(i, _QUALITY) * self._node(i, _TANK_VOLUME) * tank_m3 for i in self._tanks),
        )  # fmt: skip

    def _node(self, i: int, what: int) -> float:
        value = ctypes.c_double()
        self._lib.EN_getnodevalue(self._ph, i, what, ctypes.byref(value))
        return value.value

    def _link(self, k: int, what: int) -> float:
        value = ctypes.c_double()
        self._lib.EN_getlinkvalue(self._ph, k, what, ctypes.byref(value))
        return value.value

    def _int(self, of: str, i: int) -> int:
        value = ctypes.c_int()
        self._call(of, i, ctypes.byref(value))
        return value.value

    def _name(self, i: int) -> str:
        text = ctypes.create_string_buffer(64)
        self._call("EN_getnodeid", i, text)
        return text.value.decode("latin-1")
