"""Power: who is supplied while parts of the network are out, and what each of them hangs on."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.city import City
from twin.city.network import Network
from twin.models.base import Array, Change, Happening, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.service.child import Refused
from twin.models.service.columns import numbers
from twin.models.service.power_flow import NONE, PRIORITY, PROPORTIONAL, loads
from twin.models.service.power_grid import power_grid
from twin.models.service.power_state import PowerInTime
from twin.models.service.power_worker import Alternating, Outage, Solved

_LOW_VOLTAGE = 0.9


@dataclass
class PowerState:
    params: dict[str, Any]
    network: Network | None
    net: PowerInTime | None
    ac: Alternating | None = None
    solved: Solved | None = None
    asked: bytes = b""
    notes: list[Note] = field(default_factory=list)
    failed_flows: int = 0


@register
class Power(Model):
    """Supply of every node and load of every line of the network `power`, recomputed whenever something goes out or comes back."""

    name = "power"
    version = "1"
    title = "Power supply"
    question = "Who has no power, and because of what?"
    role = "service"
    essential = ("network:power",)
    reads = ("network:power",)
    needs = (Need("power_node_failed", optional=True), Need("power_edge_failed", optional=True))
    gives = ("power_supply", "power_line_load")
    params = (
        Param(
            "flow", "Flow", "auto", kind="choice", choices=("auto", "dc", "ac"),
            help="dc: active power, linear. ac: voltages and losses by pandapower, for networks that have its tables; auto: ac for those.",
            source="Stott et al. 2009, doi:10.1109/TPWRS.2009.2021235; Thurner et al. 2018, doi:10.1109/TPWRS.2018.2829021",
        ),
        Param(
            "tolerance", "Overload borne", 1.2, "", low=0.5, high=5,
            help="A line may carry this share of its rating.", source="assumption; emergency ratings of lines are 1.1 to 1.3",
        ),
        Param(
            "trip_s", "Overload trips after", 600, "s", kind="duration", low=0, high=86400,
            help="How long a line carries too much before its protection opens it.", source="assumption",
        ),
        Param(
            "shedding", "Shedding", PROPORTIONAL, kind="choice", choices=(PROPORTIONAL, PRIORITY, NONE),
            help="What is shed where a line or a source is too small: evenly, hospitals and pumps last, or nothing (lines trip, "
            "an island that is short goes dark). Loads fed over ties are shed before all others.",
            source="assumption",
        ),
        Param("ties", "Use ties", True, kind="flag", help="Lines that are normally open are closed to dark parts."),
        Param(
            "tie_s", "Ties are closed after", 3600, "s", kind="duration", low=0, high=172800,
            help="Remote switching takes minutes, a crew about an hour.", source="assumption",
        ),
        Param(
            "restore_s", "Back after repair", 900, "s", kind="duration", low=0, high=604800,
            help="From the end of a failure until what failed carries power again.", source="assumption",
        ),
        Param("by_hand", "Back only by hand", False, kind="flag", help="What failed stays out until a change `switch` puts it on."),
        Param(
            "islanding", "Generators carry islands", True, kind="flag", advanced=True,
            help="Rotating generators of a part that is cut off go on supplying it. Inverters go off with the grid.",
            source="IEEE 1547-2018, doi:10.1109/IEEESTD.2018.8332112",
        ),
        Param(
            "rating_factor", "Assumed rating", 0.0, "", low=0, high=10, advanced=True,
            help="Rating of lines that state none, as a multiple of what they carry when all is well; 0: they carry whatever flows.",
            source="Motter and Lai 2002, doi:10.1103/PhysRevE.66.065102",
        ),
        Param(
            "power_factor", "Power factor", 0.95, "", low=0.5, high=1, advanced=True,
            help="Active over apparent power, where the network states no reactive loads.", source="assumption",
        ),
        Param(
            "usual_day", "Usual day", True, kind="flag", advanced=True,
            help="Loads follow the hours of a usual day, the highest of which the network states; not where it states a load flow (p_mw).",
            source="own choice, after the shape of a city's working day",
        ),
        Param("start_hour", "Local hour at the start", 18.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )  # fmt: skip
    limits = (
        "Loads follow one usual day and not the event itself; no cold-load pick-up, no frequency, no voltage collapse in time.",
        "Overloads and shedding are decided on active power; with ac, voltages and losses are shown and decide nothing.",
        "A tie feeds as much next to it as the way to it has room for, the rest is cut off there; ties are used one by one, those with the "
        "most room first, without looking for the best plan.",
        "Protection is a limit and a time; short circuits are not computed.",
    )
    cite = (
        "Stott, B., Jardim, J., Alsac, O. (2009): DC power flow revisited. doi:10.1109/TPWRS.2009.2021235.",
        "Thurner, L. et al. (2018): pandapower. doi:10.1109/TPWRS.2018.2829021.",
        "Motter, A. E., Lai, Y.-C. (2002): Cascade-based attacks on complex networks. doi:10.1103/PhysRevE.66.065102.",
    )
    accepts = ("switch",)

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> PowerState:
        network = city.networks.get("power")
        if network is None or not len(network.nodes):
            note = ("warning", "no-power-network", "The city has no power network; nothing is said about power.")
            return PowerState(dict(params), network, None, notes=[note])
        net = PowerInTime.begun(power_grid(network, params["power_factor"]), params)
        state = PowerState(dict(params), network, net)
        if params["flow"] != "dc" and Alternating.suits(network):
            state.ac = Alternating(network)
        elif params["flow"] == "ac":
            text = "The power network lacks the tables that an alternating-current flow needs; the linear flow is used."
            state.notes.append(("warning", "power-no-ac", text))
        net.is_fed = "power_node_failed" in inputs or "power_edge_failed" in inputs
        net.failures(*_failed(net, inputs), 0.0)
        self._alternating(state)
        return state

    def update(self, state: PowerState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        if state.net is None:
            return
        state.net.is_fed |= "power_node_failed" in inputs or "power_edge_failed" in inputs
        state.net.advance(until_s)
        state.net.failures(*_failed(state.net, inputs), until_s)
        self._alternating(state)

    def apply(self, state: PowerState, change: Change) -> None:
        """Nodes and edges of the network that are named go out of service or back; others are not ours."""
        if change.kind not in self.accepts:
            super().apply(state, change)
        if state.net is not None:
            state.net.switch(change.objects, bool((change.values or {}).get("on", False)), max(change.at_s, state.net.at_s))
            self._alternating(state)

    def _alternating(self, state: PowerState) -> None:
        """Voltages, losses and loads of lines, once per state of the network."""
        if state.ac is None or state.net is None or state.network is None:
            return
        outage = _outage(state.net, state.network)
        key = json.dumps([outage.buses, outage.out, outage.closed, sorted(outage.served.items())]).encode()
        if key == state.asked:
            return
        state.asked = key
        try:
            state.solved = state.ac.solve(outage, self.checkpoint)
        except Refused as error:
            state.solved = None
            state.failed_flows += 1
            text = (
                f"The alternating-current flow has no answer for a state of the power network ({error}): loads of lines then are those of "
                "the linear flow, and no voltages are given."
            )
            if not any(code == "power-no-convergence" for _, code, _ in state.notes):
                state.notes.append(("warning", "power-no-convergence", text))

    def outputs(self, state: PowerState) -> dict[str, Array]:
        net = state.net
        if net is None:
            nodes, edges = (0, 0) if state.network is None else (len(state.network.nodes), len(state.network.edges))
            return {"power_supply": np.full(nodes, np.nan, np.float32), "power_line_load": np.full(edges, np.nan, np.float32)}
        supply = net.flow.supply if net.grid.source.any() or net.grid.carries.any() else np.full(len(net.grid), np.nan)
        load = loads(net.grid, net.flow)
        if state.solved is not None and state.network is not None:
            load = _alternating_loads(state.network, state.solved, load)
        return {"power_supply": supply.astype(np.float32), "power_line_load": load.astype(np.float32)}

    def indicators(self, state: PowerState) -> dict[str, tuple[float, str]]:
        net = state.net
        if net is None or not (net.grid.source.any() or net.grid.carries.any()):
            return {}
        loaded = net.grid.demand > 0
        figures = {
            "power_unserved": (net.unserved_mw(), "MW"),
            "power_unserved_energy": (net.unserved_mwh, "MWh"),
            "power_sites_dark": (float((loaded & (net.flow.supply < 0.5)).sum()), "sites"),
            "power_lines_out": (float((net.edge_out & net.grid.usable).sum()), "lines"),
            "power_lines_tripped": (float(net.trips), "trips"),
            "power_lines_overloaded": (float(net.over.sum()), "lines"),
        }
        if state.solved is not None:
            voltage = np.array([v for v in state.solved.voltage.values() if np.isfinite(v)] or [0.0])
            figures |= {
                "power_losses": (state.solved.losses_mw, "MW"),
                "power_from_grid": (state.solved.slack_mw, "MW"),
                "power_from_grid_reactive": (state.solved.slack_mvar, "Mvar"),
                "power_voltage_lowest": (float(voltage.min()), "1"),
                "power_sites_low_voltage": (float((voltage < _LOW_VOLTAGE).sum()), "sites"),
            }
        return figures

    def notices(self, state: PowerState) -> list[Note]:
        found = list(state.notes)
        if state.net is not None:
            found += state.net.notes
            if state.net.used_ties:
                text = "Dark parts were joined to neighbours over ties that are normally open; ties open again when the usual feed is back."
                found.append(("info", "power-ties", text))
            if state.net.trips:
                found.append(("warning", "power-trips", "Lines that carried too much were opened by their protection."))
        return found

    def happenings(self, state: PowerState) -> list[Happening]:
        return [] if state.net is None else state.net.told

    def save(self, state: PowerState) -> bytes:
        file = io.BytesIO()
        head: dict[str, Any] = {"params": state.params, "notes": state.notes, "failed_flows": state.failed_flows}
        arrays: dict[str, NDArray[Any]] = {}
        if state.net is not None:
            net = state.net
            told = [(h.at_s, h.object, h.what, list(h.because), dict(h.values)) for h in net.told]
            head["net"] = {
                "at_s": net.at_s, "tie_at": net.tie_at, "culprits": net.culprits, "told": told, "unserved_mwh": net.unserved_mwh,
                "used_ties": net.used_ties, "trips": net.trips, "is_fed": net.is_fed,
            }  # fmt: skip
            arrays = net.saved()
        np.savez(file, head=np.array(json.dumps(head)), **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> PowerState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            state = self.initialize(city, {}, {**head["params"], "flow": "dc"}, 0)
            state.params, state.notes = head["params"], [tuple(n) for n in head["notes"]]
            state.failed_flows = head["failed_flows"]
            if state.net is not None:
                kept = dict(head["net"])
                told = kept.pop("told")
                for name, value in kept.items():
                    setattr(state.net, name, value)
                state.net.told = [Happening(at, obj, what, tuple(because), values) for at, obj, what, because, values in told]
                state.net.take(saved)
        if state.params["flow"] != "dc" and state.network is not None and Alternating.suits(state.network):
            state.ac = Alternating(state.network)
            self._alternating(state)
        return state


def _failed(net: PowerInTime, inputs: Mapping[str, Array]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    node, edge = inputs.get("power_node_failed"), inputs.get("power_edge_failed")
    return (
        np.zeros(len(net.grid), bool) if node is None else np.asarray(node) > 0,
        np.zeros(len(net.grid.start), bool) if edge is None else np.asarray(edge) > 0,
    )


def _outage(net: PowerInTime, network: Network) -> Outage:
    """The state in pandapower's numbers."""
    number = numbers(network.nodes, "number", -1.0).astype(np.int64)
    kind, of_edge = network.edges["kind"].astype(str).to_numpy(object), numbers(network.edges, "number", -1.0).astype(np.int64)

    def by_kind(rows: NDArray[np.bool_]) -> dict[str, list[int]]:
        return {k: sorted(set(of_edge[rows & (kind == k)].tolist())) for k in np.unique(kind[rows]).tolist()}

    partly = np.flatnonzero(net.flow.live & (net.grid.demand > 0) & (net.flow.supply < 1 - 1e-9))
    dead = net.node_out | ~net.flow.live
    served = {int(number[i]): round(float(net.flow.supply[i]), 9) for i in partly.tolist()}
    return Outage(sorted(number[dead].tolist()), by_kind(net.edge_out), by_kind(net.tied), served)


def _alternating_loads(network: Network, solved: Solved, otherwise: NDArray[np.float64]) -> NDArray[np.float64]:
    out = otherwise.copy()
    kind, number = network.edges["kind"].astype(str).to_numpy(object), numbers(network.edges, "number", -1.0).astype(np.int64)
    for name, by_number in solved.load.items():
        rows = np.flatnonzero(kind == name)
        share = np.array([by_number.get(int(i), np.nan) for i in number[rows]])
        known = np.isfinite(share) & np.isfinite(otherwise[rows])
        out[rows[known]] = share[known]
    return out
