"""EPANET 2.2 (Rossman et al. 2020, EPA/600/R-20/133) in a process of its own: its C code may end a process that it does not like.

The library is the one that comes with wntr; wntr itself, which takes seconds to load, is not needed to call it.
"""

from __future__ import annotations

import ctypes
import os
import platform
import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.models.service.child import Refused, answer_all
from twin.models.service.water_quality import Masses, Scales, Transport

# Codes of the toolkit (epanet2_enums.h).
_HEAD, _DEFICIT, _EMITTER = 10, 27, 3
_FLOW, _STATUS, _SETTING, _PATTERN = 8, 11, 12, 15
_HYDRAULIC_STEP, _CONTROLS = 1, 5
_PUMP, _FIRST_VALVE = 2, 3
UNBALANCED = (1, 2)
_RULED = r"^(?:THEN|ELSE|AND) (?:LINK|PIPE|PUMP|VALVE) (L\d+) "


@dataclass(frozen=True)
class Opened:
    """What to compute. nodes, links: names whose values are read, '' for none; scales: there where concentrations are followed."""

    text: str
    nodes: Sequence[str]
    links: Sequence[str]
    scales: Scales | None = None


@dataclass(frozen=True)
class Ask:
    """Go on to a time of the file's clock in steps, then take a state of affairs: closed are all links shut by order, leaks the emitter
    coefficients by node that are not zero."""

    until_s: int
    step_s: int
    closed: Sequence[str] = ()
    leaks: tuple[tuple[str, float], ...] = ()
    dry: Sequence[str] = ()
    """Nodes that no source reaches: they ask for nothing, since EPANET finds no balance for them."""
    opened: Sequence[str] = ()
    """Links opened by order, shut otherwise."""
    reads: bool = True
    doses: Sequence[tuple[str, float, float]] = ()
    """What is put into the water on the way there: node, mg/min, mg/l that it is held at (0: the former counts)."""


@dataclass(frozen=True)
class Answer:
    """In the file's units, NaN where nothing is computed: head and unmet demand of nodes, flow of links. wrong: how many of the steps did
    not balance; failed: EPANET's words where it gave up (values are those of the last step that it could do). quality: mg/l of nodes,
    where it is followed."""

    at_s: int
    head: NDArray[np.float64]
    deficit: NDArray[np.float64]
    flow: NDArray[np.float64]
    steps: int
    wrong: int
    failed: str = ""
    quality: NDArray[np.float64] | None = None
    masses: Masses = Masses()


def library() -> str:
    """Path of EPANET's library. Raises Refused."""
    spec = find_spec("wntr")
    if spec is None or not spec.submodule_search_locations:
        raise Refused("The package wntr, which brings EPANET, is not installed: pip install wntr")
    folder = Path(spec.submodule_search_locations[0]) / "epanet" / "libepanet"
    if os.name == "nt":
        return str(folder / "windows-x64" / "epanet22.dll")
    if sys.platform == "darwin":
        arm = "arm" in platform.platform().lower()
        return str(folder / ("darwin-arm/libepanet2.dylib" if arm else "darwin-x64/libepanet22.dylib"))
    return str(folder / "linux-x64" / "libepanet22.so")


class Epanet:
    """One simulation, in the process that asks."""

    def __init__(self, order: Opened, folder: Path) -> None:
        """Raises Refused with EPANET's words where it does not take the file."""
        self._lib: Any = ctypes.CDLL(library())
        self._folder = folder
        path = folder / "water.inp"
        path.write_text(order.text, "ascii")
        self._ph = ctypes.c_void_p()
        self._call("EN_createproject", ctypes.byref(self._ph), project=False)
        code = self._lib.EN_open(self._ph, str(path).encode(), str(folder / "water.rpt").encode(), b"")
        if code >= 100:
            self._lib.EN_close(self._ph)  # its report is written then
            raise Refused(self._words(code))
        self._nodes = np.array([self._index("EN_getnodeindex", n) for n in order.nodes], np.int64)
        self._links = np.array([self._index("EN_getlinkindex", n) for n in order.links], np.int64)
        self._controls = self._read_controls()
        self._shut: dict[int, tuple[float, float, float]] = {}
        self._leaking: dict[str, float] = {}
        self._known: dict[str, int] = {}
        self._opened: set[str] = set()
        self._dried: dict[str, tuple[int, list[float]]] = {}
        self._head = np.full(len(order.nodes), np.nan)
        self._deficit = np.full(len(order.nodes), np.nan)
        self._flow = np.full(len(order.links), np.nan)
        self._at_s, self._steps, self._wrong, self._failed = 0, 0, 0, ""
        self._call("EN_openH")
        self._call("EN_initH", 0)
        self._water: Transport | None = None
        if order.scales is not None:
            ruled = [self._index("EN_getlinkindex", name) for name in re.findall(_RULED, order.text, re.MULTILINE)]
            self._water = Transport(self._lib, self._ph, self._call, order.scales, ruled)
        self._quality: NDArray[np.float64] | None = None
        self._masses = Masses()

    def go(self, ask: Ask) -> Answer:
        """Values at the time that is asked for."""
        if self._steps == 0:
            self._order(ask if ask.until_s <= 0 else Ask(0, ask.step_s))
            self._run()
        if self._water is not None:
            self._water.dose(ask.doses)
        while self._at_s < ask.until_s and not self._failed:
            self._call("EN_settimeparam", _HYDRAULIC_STEP, ctypes.c_long(max(min(ask.step_s, ask.until_s - self._at_s), 1)))
            step = ctypes.c_long()
            code = self._water.begin() if self._water is not None else 0
            if code < 100:
                code = self._lib.EN_nextH(self._ph, ctypes.byref(step))
            if code < 100 and self._water is not None:
                code = self._water.follow(step.value)
            if code >= 100 or step.value <= 0:
                self._failed = self._words(code)
                break
            self._at_s += step.value
            if self._at_s < ask.until_s:
                self._hold()
                self._run()
        if not self._failed:
            self._order(ask)
            self._hold()
            self._run()
            if ask.reads:
                self._read()
        now = (self._at_s, self._head, self._deficit, self._flow, self._steps, self._wrong, self._failed)
        return Answer(*now, self._quality, self._masses)

    def _run(self) -> None:
        at = ctypes.c_long()
        code = self._lib.EN_runH(self._ph, ctypes.byref(at))
        self._steps += 1
        if code >= 100:
            self._failed = self._words(code)
        elif code in UNBALANCED:
            self._wrong += 1

    def _order(self, ask: Ask) -> None:
        """Links shut and opened again, leaks."""
        closed = {self._link(name) for name in ask.closed}
        for link in sorted(set(self._shut) - closed):
            status, setting, pattern = self._shut.pop(link)
            self._follow(link, True)
            if self._type(link) == _PUMP and pattern > 0:
                self._set_link(link, _PATTERN, pattern)
            if self._type(link) >= _FIRST_VALVE:
                self._set_link(link, _SETTING, setting)
            elif status > 0:
                self._set_link(link, _STATUS, 1.0)
                if self._type(link) == _PUMP and setting > 0:
                    self._set_link(link, _SETTING, setting)
        for link in sorted(closed - set(self._shut)):
            pattern = self._get_link(link, _PATTERN) if self._type(link) == _PUMP else 0.0
            self._shut[link] = (self._get_link(link, _STATUS), self._get_link(link, _SETTING), pattern)
            self._follow(link, False)
            if pattern > 0:
                self._set_link(link, _PATTERN, 0.0)
            self._set_link(link, _STATUS, 0.0)
        self._dry_out(set(ask.dry))
        for name in sorted(self._opened ^ set(ask.opened)):
            self._set_link(self._link(name), _STATUS, float(name in ask.opened))
        self._opened = set(ask.opened)
        leaks = dict(ask.leaks)
        for name in sorted(set(self._leaking) - set(leaks)):
            self._set_leak(name, 0.0)
        for name, value in leaks.items():
            if self._leaking.get(name) != value:
                self._set_leak(name, value)
        self._leaking = leaks

    def _dry_out(self, dry: set[str]) -> None:
        for name in sorted(set(self._dried) - dry):
            node, bases = self._dried.pop(name)
            for k, base in enumerate(bases, 1):
                self._call("EN_setbasedemand", node, k, ctypes.c_double(base))
        for name in sorted(dry - set(self._dried)):
            node, count, value = self._index("EN_getnodeindex", name), ctypes.c_int(), ctypes.c_double()
            self._call("EN_getnumdemands", node, ctypes.byref(count))
            bases = []
            for k in range(1, count.value + 1):
                self._call("EN_getbasedemand", node, k, ctypes.byref(value))
                bases.append(value.value)
                self._call("EN_setbasedemand", node, k, ctypes.c_double(0.0))
            self._dried[name] = (node, bases)

    def _hold(self) -> None:
        """What is shut stays so whatever the rules of the file say."""
        for link in self._shut:
            if self._get_link(link, _STATUS) > 0:
                self._set_link(link, _STATUS, 0.0)

    def _read_controls(self) -> dict[int, list[tuple[int, int, float, int, float]]]:
        """Simple controls by the link they work on: (number, type, setting, node, level)."""
        count = ctypes.c_int()
        self._call("EN_getcount", _CONTROLS, ctypes.byref(count))
        found: dict[int, list[tuple[int, int, float, int, float]]] = {}
        for i in range(1, count.value + 1):
            kind, link, node = ctypes.c_int(), ctypes.c_int(), ctypes.c_int()
            setting, level = ctypes.c_double(), ctypes.c_double()
            self._call("EN_getcontrol", i, *(ctypes.byref(v) for v in (kind, link, setting, node, level)))
            found.setdefault(link.value, []).append((i, kind.value, setting.value, node.value, level.value))
        return found

    def _follow(self, link: int, follows: bool) -> None:
        """Whether a link obeys its controls; one that works on no link does nothing."""
        for number, kind, setting, node, level in self._controls.get(link, []):
            self._call("EN_setcontrol", number, kind, link if follows else 0, ctypes.c_double(setting), node, ctypes.c_double(level))

    def _read(self) -> None:
        value = ctypes.c_double()
        at, ph = ctypes.byref(value), self._ph
        node, link = self._lib.EN_getnodevalue, self._lib.EN_getlinkvalue
        for what, indices, out, of in (
            (_HEAD, self._nodes, self._head, node), (_DEFICIT, self._nodes, self._deficit, node), (_FLOW, self._links, self._flow, link),
        ):  # fmt: skip
            found = []
            for i in indices.tolist():
                if i > 0 and of(ph, i, what, at) == 0:
                    found.append(value.value)
                else:
                    found.append(np.nan)
            out[:] = found
        if self._water is not None:
            self._quality, self._masses = self._water.quality(self._nodes.tolist()), self._water.masses()

    def _link(self, name: str) -> int:
        if name not in self._known:
            self._known[name] = self._index("EN_getlinkindex", name)
        return self._known[name]

    def _type(self, link: int) -> int:
        kind = ctypes.c_int()
        self._call("EN_getlinktype", link, ctypes.byref(kind))
        return kind.value

    def _get_link(self, link: int, what: int) -> float:
        value = ctypes.c_double()
        self._call("EN_getlinkvalue", link, what, ctypes.byref(value))
        return value.value

    def _set_link(self, link: int, what: int, value: float) -> None:
        self._call("EN_setlinkvalue", link, what, ctypes.c_double(value))

    def _set_leak(self, name: str, value: float) -> None:
        self._call("EN_setnodevalue", self._index("EN_getnodeindex", name), _EMITTER, ctypes.c_double(value))

    def _index(self, of: str, name: str) -> int:
        if not name:
            return 0
        index = ctypes.c_int()
        self._call(of, name.encode(), ctypes.byref(index))
        return index.value

    def _call(self, name: str, *values: Any, project: bool = True) -> None:
        code = getattr(self._lib, name)(*((self._ph,) if project else ()), *values)
        if code >= 100:
            raise Refused(self._words(code))

    def _words(self, code: int) -> str:
        """What the report says, else EPANET's name of the error."""
        try:
            lines = (self._folder / "water.rpt").read_text("latin-1").splitlines()
        except OSError:
            lines = []
        found = [re.sub(r"\s+", " ", line).strip() for line in lines if "Error" in line]
        if found:
            return "; ".join(found[:3])
        text = ctypes.create_string_buffer(256)
        self._lib.EN_geterror(code, text, 255)
        return text.value.decode("latin-1") or f"Error {code}"


def serve() -> None:
    """In the child: the first request opens, each further one goes on."""
    held: list[Epanet] = []

    def answer(request: Opened | Ask) -> Any:
        if isinstance(request, Opened):
            held[:] = [Epanet(request, Path.cwd())]
            return None
        return held[0].go(request)

    answer_all(answer)
