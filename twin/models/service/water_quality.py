"""What is put into the water and where it goes, by EPANET's own transport, in step with its hydraulics (in the child).

Lagrangian plugs in the pipes, mixed tanks, decay of the first order: Rossman and Boulos (1996),
doi:10.1061/(ASCE)0733-9496(1996)122:2(137), as in Rossman et al. (2020), EPANET 2.2 User Manual, EPA/600/R-20/133. Its state cannot be
saved: it is computed again.
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
_DIAMETER, _LENGTH, _FLOW, _STATUS, _LINK_QUALITY = 0, 1, 8, 11, 14
_CONCENTRATION, _MASS, _SETPOINT = 0.0, 1.0, 2.0
_NODES, _LINKS = 0, 2
_JUNCTION, _RESERVOIR, _TANK = 0, 1, 2
_IS_PIPE = (0, 1)
_STEP = 2
_NOTHING = 1e-9
"""mg/l that stand for none at works, which in EPANET keep their last concentration once a source is over."""

STILL_M3S = 1e-6
"""Where less flows nothing can be put in: a thousandth of a litre a second is what a solution is uncertain by (own choice)."""


@dataclass(frozen=True)
class Scales:
    """One unit of the file: flow in m3/s, length and diameter in m."""

    flow: float
    length: float
    diameter: float
    step_s: int = 300
    """Longest step of the transport."""


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

    def __init__(self, lib: Any, ph: Any, call: Callable[..., None], scales: Scales, ruled: Sequence[int]) -> None:
        """call: a function of the toolkit by its name, which raises Refused; ruled: links that rules of the file open and close."""
        self._lib, self._ph, self._call, self._scales = lib, ph, call, scales
        call("EN_openQ")
        for i in range(1, self._int("EN_getcount", _NODES) + 1):  # a source of later would begin with any mass
            call("EN_setnodevalue", i, _SOURCE, ctypes.c_double(0.0))
        call("EN_initQ", 0)
        kind = [self._int("EN_getnodetype", i) for i in range(1, self._int("EN_getcount", _NODES) + 1)]
        self._junctions = [i for i, k in enumerate(kind, 1) if k == _JUNCTION]
        self._tanks = [i for i, k in enumerate(kind, 1) if k == _TANK]
        works = self._works = {i for i, k in enumerate(kind, 1) if k == _RESERVOIR}
        holes = {i for i in self._junctions if self._name(i).startswith("X")}
        self._junctions = [i for i in self._junctions if i not in holes]
        self._holes: list[tuple[int, int]] = []  # node, and the link into it: a hole that is shut keeps its last outflow in EPANET
        self._pipes: list[tuple[int, float]] = []
        self._ends: list[tuple[int, int, int]] = []
        self._beside: list[tuple[int, float]] = []  # links at works, with the sign of a flow into them
        for k in range(1, self._int("EN_getcount", _LINKS) + 1):
            if self._int("EN_getlinktype", k) in _IS_PIPE:
                across, metres = self._link(k, _DIAMETER) * scales.diameter, self._link(k, _LENGTH) * scales.length
                self._pipes.append((k, pi / 4 * across**2 * metres))
            a, b = ctypes.c_int(), ctypes.c_int()
            call("EN_getlinknodes", k, ctypes.byref(a), ctypes.byref(b))
            if b.value in holes:
                self._holes.append((b.value, k))
            self._ends.append((k, a.value, b.value))
            if a.value in works or b.value in works:
                self._beside.append((k, 1.0 if b.value in works else -1.0))
        self._step_s = max(int(scales.step_s), 1)
        self._doses: dict[str, tuple[int, float, float]] = {}
        self._ruled = sorted(set(ruled))
        self._open: list[int] = []
        self._known: dict[str, int] = {}
        self._given: dict[int, tuple[float, float]] = {}
        self._around: dict[int, list[tuple[int, float]]] = {}
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
            self._doses[name] = (node, mass, held)

    def _put(self) -> None:
        """Sources as they are in the flows of now."""
        for node, mass, held in self._doses.values():
            kind, value = (_SETPOINT, held) if held > 0 else (_MASS, mass)
            if (mass > 0 or held > 0) and self._through(node) * self._scales.flow < STILL_M3S:
                value = 0.0
            if (node in self._works and kind == _SETPOINT) or not value > 0:
                kind, value = _CONCENTRATION, max(value, _NOTHING)
            if self._given.get(node) != (kind, value):
                self._call("EN_setnodevalue", node, _SOURCE, ctypes.c_double(value))
                self._call("EN_setnodevalue", node, _SOURCE_KIND, ctypes.c_double(kind))
                self._given[node] = (kind, value)

    def _through(self, node: int) -> float:
        """What flows out of a node into links and to consumers."""
        if node not in self._around:
            self._around[node] = [(k, 1.0 if a == node else -1.0) for k, a, b in self._ends if node in (a, b)]
        drawn = 0.0 if node in self._works or node in self._tanks else max(self._node(node, _DEMAND), 0.0)
        return drawn + sum(max(sign * self._link(k, _FLOW), 0.0) for k, sign in self._around[node])

    def begin(self) -> int:
        """Before the hydraulics step on: the flows of now. Returns EPANET's code."""
        self._call("EN_settimeparam", _STEP, ctypes.c_long(self._step_s))  # each hydraulic step makes it shorter for good
        self._put()
        self._open = [k for k in self._ruled if self._link(k, _STATUS) > 0]
        at = ctypes.c_long()
        return int(self._lib.EN_runQ(self._ph, ctypes.byref(at)))

    def follow(self, seconds: int) -> int:
        """After the hydraulics stepped on: over the same time. Returns EPANET's code."""
        step = ctypes.c_long()
        shut = [k for k in self._open if not self._link(k, _STATUS) > 0]
        for k in shut:  # rules shut them at the end of the step already, in which they flowed
            self._call("EN_setlinkvalue", k, _STATUS, ctypes.c_double(1.0))
        code = int(self._lib.EN_nextQ(self._ph, ctypes.byref(step)))
        for k in shut:
            self._call("EN_setlinkvalue", k, _STATUS, ctypes.c_double(0.0))
        if self._doses:
            self._count(seconds)
        return code

    def _count(self, seconds: int) -> None:
        """What left in a step, as EPANET's own balance counts it: the flow of the step with the concentration at its end."""
        to_g = seconds * self._scales.flow
        value, read, ph = ctypes.c_double(), self._lib.EN_getnodevalue, self._ph
        at = ctypes.byref(value)
        for i in self._junctions:
            read(ph, i, _QUALITY, at)
            c = value.value
            if c > 2 * _NOTHING:
                read(ph, i, _DEMAND, at)
                if value.value > 0:
                    self._taken += value.value * c * to_g
        for i, k in self._holes:
            self._leaked += max(self._link(k, _FLOW), 0.0) * self._node(i, _QUALITY) * to_g
        for k, sign in self._beside:
            into = sign * self._link(k, _FLOW)
            if into > 0:
                self._back += into * self._link(k, _LINK_QUALITY) * to_g

    def quality(self, nodes: Sequence[int]) -> NDArray[np.float64]:
        """mg/l by node, NaN where its index is 0."""
        found = np.array(self._values(self._lib.EN_getnodevalue, _QUALITY, nodes))
        return np.where(found > 2 * _NOTHING, found, np.where(np.isnan(found), found, 0.0))

    def masses(self) -> Masses:
        if not self._doses:
            return Masses()
        put_in = sum(self._node(i, _SOURCE_MASS) for i, _, _ in self._doses.values()) / 60.0 / 1e3
        tank_m3 = self._scales.length**3
        return Masses(
            put_in, self._taken, self._leaked, self._back,
            sum(c * m3 for c, (_, m3) in zip(
                self._values(self._lib.EN_getlinkvalue, _LINK_QUALITY, [k for k, _ in self._pipes]), self._pipes, strict=True
            )),
            sum(self._node(i, _QUALITY) * self._node(i, _TANK_VOLUME) * tank_m3 for i in self._tanks),
        )  # fmt: skip

    def _values(self, of: Any, what: int, indices: Sequence[int]) -> list[float]:
        """Values of many nodes or links, NaN where the index is 0."""
        value, ph = ctypes.c_double(), self._ph
        at, found = ctypes.byref(value), []
        for i in indices:
            found.append(value.value if i > 0 and of(ph, i, what, at) == 0 else np.nan)
        return found

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
