"""The alternating-current flow of pandapower (Thurner et al. 2018, doi:10.1109/TPWRS.2018.2829021) in a process of its own: loading it
takes seconds, so that one process serves all runs."""

from __future__ import annotations

import atexit
import hashlib
import pickle
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from twin.city.network import Network
from twin.models.service.child import Child, Refused, answer_all

ELEMENTS = (
    "line", "trafo", "trafo3w", "impedance", "dcline", "switch", "load", "motor", "sgen", "gen", "ext_grid", "shunt", "ward", "xward",
    "storage", "asymmetric_load", "asymmetric_sgen",
)  # fmt: skip
_DEMANDS = ("load", "motor", "ward", "xward", "asymmetric_load")
_KEPT = 4
_lock = threading.Lock()
_child: Child | None = None


@dataclass(frozen=True)
class Outage:
    """What differs from the network's tables: pandapower's numbers of buses and elements that are out, switches and lines that are closed,
    and the share of its demand that each bus with less than all of it gets."""

    buses: list[int] = field(default_factory=list)
    out: dict[str, list[int]] = field(default_factory=dict)
    closed: dict[str, list[int]] = field(default_factory=dict)
    served: dict[int, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Solved:
    """voltage: per unit by bus number (NaN without power); load: share of the rating by kind of element and number; MW and Mvar."""

    voltage: dict[int, float]
    load: dict[str, dict[int, float]]
    losses_mw: float
    slack_mw: float
    slack_mvar: float


class Alternating:
    """The flow of one network. `solve` raises Refused where it finds none."""

    def __init__(self, network: Network) -> None:
        bus = network.nodes[["number", "vn_kv", "in_service"]].copy()
        tables = {k: v for k, v in network.tables.items() if k in (*ELEMENTS, "system")}
        self._content = pickle.dumps((bus, tables), protocol=pickle.HIGHEST_PROTOCOL)
        self._key = hashlib.sha256(self._content).hexdigest()

    @staticmethod
    def suits(network: Network) -> bool:
        """Whether a network has pandapower's own tables."""
        return "ext_grid" in network.tables and {"number", "vn_kv", "in_service"} <= set(network.nodes.columns)

    def solve(self, outage: Outage, checkpoint: Callable[[], Any] = lambda: None) -> Solved:
        """Raises Refused with pandapower's words, ModelError where the process died."""
        with _lock:
            child = _shared()
            if not child.asked(("knows", self._key), checkpoint):
                child.asked(("open", self._key, self._content), checkpoint)
            answer: Solved = child.asked(("solve", self._key, outage), checkpoint)
        return answer


def _shared() -> Child:
    global _child
    if _child is None or not _child.is_alive:
        _child = Child("twin.models.service.power_worker", "the power flow")
    return _child


@atexit.register
def _end() -> None:
    if _child is not None:
        _child.close()


def serve() -> None:
    """In the child."""
    nets: dict[str, Any] = {}

    def answer(request: tuple[Any, ...]) -> Any:
        what, key = request[:2]
        if what == "knows":
            return key in nets
        if what == "open":
            while len(nets) >= _KEPT:
                nets.pop(next(iter(nets)))
            nets[key] = _built(*pickle.loads(request[2]))
            return None
        return _solved(nets[key], request[2])

    answer_all(answer)


def _built(bus: pd.DataFrame, tables: dict[str, pd.DataFrame]) -> Any:
    import pandapower as pp  # type: ignore[import-untyped]

    system = tables.pop("system", pd.DataFrame())
    said = {k: float(system[k].iloc[0]) for k in ("f_hz", "sn_mva") if k in system and len(system) and float(system[k].iloc[0]) > 0}
    net = pp.create_empty_network(**said)
    buses = pd.DataFrame({"vn_kv": bus["vn_kv"], "in_service": bus["in_service"], "type": "b"})
    net["bus"] = _typed(net["bus"], buses.set_index(bus["number"].to_numpy(int)))
    for name, table in tables.items():
        if name in net:
            net[name] = _typed(net[name], table.drop(columns=["number", "node"], errors="ignore").set_index(table["number"].to_numpy(int)))
    return net


_ONES = ("parallel", "df", "scaling", "vm_pu", "efficiency_percent", "loading_percent", "step", "slack_weight")


def _typed(empty: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """A table with the columns and types that pandapower expects, and what it has beyond them; its blanks where nothing is said."""
    from pandas.api.types import is_bool_dtype, is_float_dtype, is_numeric_dtype

    out = table.copy()
    for column, kind in empty.dtypes.items():
        if column not in out:
            if is_bool_dtype(kind):
                out[column] = column in ("in_service", "closed")
            elif is_numeric_dtype(kind):
                out[column] = 1 if column in _ONES else np.nan if is_float_dtype(kind) and not str(column).startswith("const_") else 0
            elif column == "tap_changer_type" and "tap_step_percent" in out:  # files from before it was a column
                stepped = pd.to_numeric(out["tap_step_percent"], errors="coerce").notna()
                out[column] = pd.Series(["Ratio" if s else None for s in stepped], out.index, dtype=object)
            else:
                out[column] = None
        elif not is_numeric_dtype(kind):
            out[column] = pd.Series([None if v is None or v != v or v == "" else v for v in out[column]], out.index, dtype=object)
        elif out[column].dtype != kind:
            values = pd.to_numeric(out[column], errors="coerce")
            if not is_float_dtype(kind):
                values = values.fillna(1 if column in _ONES else 0)
            out[column] = values.astype("int64").astype(kind) if not (is_float_dtype(kind) or is_bool_dtype(kind)) else values.astype(kind)
    return out


def _solved(net: Any, outage: Outage) -> Solved:
    import pandapower as pp  # type: ignore[import-untyped]

    kept = {name: net[name].copy() for name in ("bus", *ELEMENTS) if name in net and len(net[name])}
    try:
        _changed(net, outage)
        try:
            pp.runpp(net, numba=False, calculate_voltage_angles="auto", init="auto")
        except Exception as error:
            if type(error).__name__ == "LoadflowNotConverged":
                raise Refused("the power flow does not converge") from None
            raise Refused(f"{type(error).__name__}: {error}"[:200]) from None
        return _read(net)
    finally:
        for name, table in kept.items():
            net[name] = table


def _changed(net: Any, outage: Outage) -> None:
    net["bus"].loc[net["bus"].index.isin(outage.buses), "in_service"] = False
    for name, numbers in outage.out.items():
        if name in net and len(net[name]):
            net[name].loc[net[name].index.isin(numbers), "closed" if name == "switch" else "in_service"] = False
    switch = net["switch"]
    for name, numbers in outage.closed.items():
        if name == "switch":
            switch.loc[switch.index.isin(numbers), "closed"] = True
        else:
            letter = {"line": "l", "trafo": "t", "trafo3w": "t3"}.get(name, "")
            switch.loc[(switch["et"] == letter) & switch["element"].isin(numbers), "closed"] = True
    if outage.served:
        share = pd.Series(outage.served)
        for name in _DEMANDS:
            if name in net and len(net[name]):
                got = share.reindex(net[name]["bus"]).fillna(1.0).to_numpy(float)
                for column in ("scaling",) if "scaling" in net[name] else ("ps_mw", "qs_mvar", "pz_mw", "qz_mvar"):
                    net[name][column] = net[name][column].to_numpy(float) * got


def _read(net: Any) -> Solved:
    voltage = net["res_bus"]["vm_pu"]
    load: dict[str, dict[int, float]] = {}
    losses = 0.0
    for name in ("line", "trafo", "trafo3w", "impedance"):
        found = net.get(f"res_{name}")
        if found is None or not len(found):
            continue
        losses += float(np.nansum(found["pl_mw"].to_numpy(float)))
        if "loading_percent" in found:
            load[name] = {int(k): float(v) / 100.0 for k, v in found["loading_percent"].items()}
    grid = net["res_ext_grid"]
    active, reactive = (float(np.nansum(grid[c].to_numpy(float))) for c in ("p_mw", "q_mvar"))
    return Solved({int(k): float(v) for k, v in voltage.items()}, load, losses, active, reactive)
