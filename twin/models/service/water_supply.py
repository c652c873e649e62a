"""Water supply: pressure and supply of every place, with works, pumps and pipes out of order or without power."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from twin.city.city import City
from twin.city.network import Network
from twin.errors import ScenarioError
from twin.models.base import Array, Happening, Model, Need, Param, register
from twin.models.exposure import Note
from twin.models.service.water_inp import Follow
from twin.models.service.water_net import DRY, LOW, Doses, Orders, WaterNet

PRESSURE_DRIVEN, DEMAND_DRIVEN = "pressure-driven", "demand-driven"


@dataclass
class WaterState:
    params: dict[str, Any]
    network: Network | None
    net: WaterNet | None = None
    notes: list[Note] = field(default_factory=list)


@register
class WaterSupply(Model):
    """The network `water` by EPANET 2.2, step by step: tanks keep their level while pumps, works and pipes change on the way. What gets
    into the water is followed in step with it."""

    name = "water_supply"
    version = "1"
    title = "Water supply"
    question = "Who has no water, too little pressure or water not to be drunk, and because of what?"
    role = "service"
    essential = ("network:water",)
    reads = ("network:water",)
    needs = (
        Need("water_node_failed", optional=True), Need("water_edge_failed", optional=True), Need("water_node_power", optional=True),
        Need("water_edge_power", optional=True), Need("water_injection", optional=True), Need("water_held", optional=True),
        Need("contaminant_decay", optional=True), Need("contaminant_limit", optional=True),
    )  # fmt: skip
    gives = ("water_pressure", "water_supply", "water_flow", "water_contaminant")
    params = (
        Param(
            "minimum_m", "Least pressure", 0.0, "m", low=-10, high=100,
            help="Below it nothing comes out.", source="Wagner et al. 1988, doi:10.1061/(ASCE)0733-9496(1988)114:3(253)",
        ),
        Param(
            "required_m", "Pressure for full demand", 14.0, "m", low=0, high=150,
            help="From it all of the demand is served; 14 m are 20 psi.",
            source="Recommended Standards for Water Works 2018, 8.2.1: at least 20 psi at all points",
        ),
        Param(
            "exponent", "Exponent of pressure", 0.5, "", low=0.1, high=2, advanced=True,
            help="Served share = ((p - least) / (full - least)) ^ exponent.",
            source="Wagner et al. 1988, doi:10.1061/(ASCE)0733-9496(1988)114:3(253)",
        ),
        Param(
            "demands", "Demands", PRESSURE_DRIVEN, kind="choice", choices=(PRESSURE_DRIVEN, DEMAND_DRIVEN), advanced=True,
            help="Demand-driven takes all of the demand whatever the pressure, as planning does; shares then follow from the pressure.",
            source="Rossman et al. 2020, EPA/600/R-20/133",
        ),
        Param("demand_factor", "Demand factor", 1.0, "", low=0, high=100, help="All demands are multiplied by it."),
        Param(
            "daily_pattern", "Usual day", True, kind="flag",
            help="Demand by hour of a usual day where the network states no pattern.", source="assumption",
        ),
        Param(
            "power_needed", "Power that pumps need", 0.5, "", low=0.01, high=1,
            help="Pumps and works stop below this share of their power.", source="assumption",
        ),
        Param(
            "leak_share", "Hole of a broken pipe", 0.5, "", low=0, high=1,
            help="Its area over that of the pipe; 0: a broken pipe is shut at once.", source="assumption",
        ),
        Param(
            "leak_coefficient", "Discharge coefficient", 0.75, "", low=0.1, high=1, advanced=True,
            help="Q = C A sqrt(2 g h).", source="Lambert 2001, as WNTR takes it (Klise et al. 2017, doi:10.1016/j.envsoft.2017.06.022)",
        ),
        Param(
            "isolation_s", "Broken pipes are shut after", 7200, "s", kind="duration", low=0, high=1209600,
            help="Until a crew or a valve closes them.", source="assumption",
        ),
        Param(
            "step_s", "Hydraulic step", 600, "s", kind="duration", low=10, high=3600, advanced=True,
            help="Longest time between two solutions; every change is solved at once.", source="Rossman et al. 2020, EPA/600/R-20/133",
        ),
        Param(
            "transport_s", "Step of what is in the water", 300, "s", kind="duration", low=10, high=3600, advanced=True,
            help="Where a contaminant is followed; hydraulics take no longer steps then.", source="Rossman et al. 2020, EPA/600/R-20/133",
        ),
        Param("start_hour", "Local hour at the start", 0.0, "h", low=0, high=24, help="Set by the scenario's start where it has one."),
    )  # fmt: skip
    limits = (
        "Steady flow from step to step: no water hammer, no air in empty pipes, no time to refill them.",
        "Demand does not change with the event: nobody fills tubs, fires draw nothing.",
        "A broken pipe leaks at its middle; valves around it are not modelled, it is shut at its ends.",
        "Of water quality only a contaminant of the scenario is followed: no chlorine, no age of water, nothing that sticks to pipes.",
    )
    cite = (
        "Rossman, L. et al. (2020): EPANET 2.2 User Manual. EPA/600/R-20/133.",
        "Klise, K. A. et al. (2017): A software framework for assessing the resilience of drinking water systems to disasters. "
        "doi:10.1016/j.envsoft.2017.06.022.",
        "Wagner, J. M., Shamir, U., Marks, D. H. (1988): Water distribution reliability: simulation methods. "
        "doi:10.1061/(ASCE)0733-9496(1988)114:3(276).",
        "Rossman, L. A., Boulos, P. F. (1996): Numerical methods for modeling water quality in distribution systems: a comparison. "
        "doi:10.1061/(ASCE)0733-9496(1996)122:2(137).",
    )

    def initialize(self, city: City, inputs: Mapping[str, Array], params: Mapping[str, Any], seed: int) -> WaterState:
        follow = None
        if "water_injection" in inputs:
            decay, limit = (float(np.asarray(inputs.get(f"contaminant_{k}", [0.0])).flat[0]) for k in ("decay", "limit"))
            follow = Follow(decay, limit, float(params["transport_s"]))
        state = self._begun(city, params, follow)
        if state.net is not None:
            state.net.advance(0.0, self._orders(state.net, inputs))
        return state

    def _begun(self, city: City, params: Mapping[str, Any], follow: Follow | None = None) -> WaterState:
        network = city.networks.get("water")
        state = WaterState(dict(params), network)
        if network is None or not len(network.nodes):
            state.notes.append(("warning", "no-water-network", "The city has no water network; nothing is said about water."))
            return state
        try:
            state.net = WaterNet.begun(network, state.params, self.checkpoint, follow)
        except ScenarioError as error:
            text = f"The water network cannot be computed: {error.what.rstrip('.')}. Nothing is said about water."
            state.notes.append(("warning", "water-unfit", text))
        return state

    def _orders(self, net: WaterNet, inputs: Mapping[str, Array]) -> Orders:
        n, m = len(net.ids), len(net.edge_ids)

        def failed(name: str, count: int) -> Any:
            value = inputs.get(name)
            return np.zeros(count, bool) if value is None else np.asarray(value) > 0

        def dead(name: str, count: int) -> Any:
            value = inputs.get(name)
            return np.zeros(count, bool) if value is None else np.asarray(value) < net.params["power_needed"]

        edge_dead = dead("water_edge_power", m) & net.pump
        return Orders(failed("water_node_failed", n), failed("water_edge_failed", m), dead("water_node_power", n), edge_dead)

    def _doses(self, net: WaterNet, inputs: Mapping[str, Array]) -> Doses:
        """What was put in since the last moment."""
        n = len(net.ids)
        rate, held = (np.nan_to_num(np.asarray(inputs.get(k, np.zeros(n)), float)) for k in ("water_injection", "water_held"))
        return tuple((row, float(rate[row]), float(held[row])) for row in np.flatnonzero((rate > 0) | (held > 0)).tolist())

    def update(self, state: WaterState, inputs: Mapping[str, Array], until_s: float) -> None:
        self.checkpoint(0.0)
        if state.net is not None:
            state.net.checkpoint = self.checkpoint
            state.net.advance(until_s, self._orders(state.net, inputs), self._doses(state.net, inputs))

    def outputs(self, state: WaterState) -> dict[str, Array]:
        n, m = (0, 0) if state.network is None else (len(state.network.nodes), len(state.network.edges))
        net = state.net
        if net is None:
            none = [np.full(k, np.nan, np.float32) for k in (n, n, m, n)]
            return dict(zip(self.gives, none, strict=True))
        return {
            "water_pressure": net.pressure.astype(np.float32), "water_supply": net.supply.astype(np.float32),
            "water_flow": net.flow.astype(np.float32),
            "water_contaminant": np.full(n, np.nan, np.float32) if net.taint is None else net.taint.quality.astype(np.float32),
        }  # fmt: skip

    def indicators(self, state: WaterState) -> dict[str, tuple[float, str]]:
        net = state.net
        if net is None:
            return {}
        asked = float(net.asked.sum()) if len(net.asked) else 0.0
        figures = {
            "water_unserved": (net.unserved_m3s() * 1000.0, "l/s"),
            "water_unserved_volume": (net.unserved_m3, "m3"),
            "water_served_share": (1.0 - net.unserved_m3s() / asked if asked > 0 else 1.0, "1"),
            "water_places_dry": (float((net.state == DRY).sum()), "places"),
            "water_places_low": (float((net.state == LOW).sum()), "places"),
            "water_leak": (net.leak_m3s * 1000.0, "l/s"),
            "water_leaked": (net.leaked_m3, "m3"),
        }
        tanks = net.written.tanks
        if len(tanks):
            figures["water_tanks_empty"] = (float(net.empty.sum()), "tanks")
            level = net.pressure[tanks]
            figures["water_tank_level"] = (float(np.nanmean(level)) if np.isfinite(level).any() else 0.0, "m")
        if net.taint is not None:
            figures |= net.taint.figures(net.demands)
        return figures

    def notices(self, state: WaterState) -> list[Note]:
        return state.notes + (state.net.notes() if state.net is not None else [])

    def happenings(self, state: WaterState) -> list[Happening]:
        return [] if state.net is None else state.net.told

    def save(self, state: WaterState) -> bytes:
        file = io.BytesIO()
        facts, arrays = state.net.saved() if state.net is not None else (None, {})
        head = json.dumps({"params": state.params, "net": facts})
        np.savez(file, head=np.array(head), **arrays)  # type: ignore[arg-type]
        return file.getvalue()

    def restore(self, blob: bytes, city: City, inputs: Mapping[str, Array]) -> WaterState:
        with np.load(io.BytesIO(blob)) as saved:
            head = json.loads(str(saved["head"]))
            taint = (head["net"] or {}).get("taint")
            state = self._begun(city, head["params"], None if taint is None else Follow(**taint["follow"]))
            if state.net is not None and head["net"] is not None:
                state.net.take(head["net"], saved)
        return state
