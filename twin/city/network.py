"""Networks: node and edge tables, geometry, and the adjacency they make."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from numpy.typing import NDArray

if TYPE_CHECKING:  # scipy costs 0.4 s at start-up
    import scipy.sparse as sparse


@dataclass(frozen=True)
class Network:
    """One network in local metres.

    nodes: `id`, `x`, `y`, `z` (the source's height, else the ground's), and mostly `name`, `kind`. edges: `id`, `start`, `end` (node
    rows), `length_m` (what the source states, else that of the line), `oneway` (bool: only from start to end), mostly `kind`.
    geometry: shapely LineString per edge from its start. tables: what belongs to the network besides, by name.

    Columns and tables by kind of network; SI units, NaN or '' where nothing is said. In columns of tables, `node` is an id, rows are
    called `from`, `via`, `to`, `edge`.

    water (EPANET). nodes: kind junction, reservoir or tank; `demand_m3s` (base demand), `emitter_m3s` (flow at 1 m of pressure),
        `pattern` (of a reservoir's head, which is its z), of tanks `level_init_m`, `level_min_m`, `level_max_m` above z, `diameter_m`,
        `volume_min_m3`, `volume_curve`. edges: kind pipe, pump or valve; `diameter_m`, `roughness` (Hazen-Williams C, Darcy-Weisbach
        in metres, Manning n: options HEADLOSS), `minor_loss`, `status` (open, closed, cv, active), of pumps `power_kw`, `curve`, `speed`,
        `pattern`, of valves `valve` (prv, psv, pbv, fcv, tcv, gpv, pcv) and `setting` (metres of pressure, m3/s or a factor). tables:
        demands (node, demand_m3s, pattern), patterns (pattern, step, factor), curves (curve, use, x, y), options (key, value),
        statements (section, text): all other lines, controls and rules among them, as they stand.
        Mains of another source (the demonstration city's): kind reservoir with `head_m`, `demand_lps`, `diameter_mm`.
    drainage (SWMM). nodes: kind junction, outfall, divider or storage; z (invert), `depth_max_m`, `level_init_m`, `surcharge_m`,
        `ponded_m2`, `outfall`, `stage_m`, `stage_curve`, `gated`, `divert_to`, `storage`, `storage_curve`, and area_coefficient * depth
        ** area_exponent + area_constant_m2, `dry_weather_m3s`. edges: kind conduit, pump, orifice, weir or outlet; `roughness` (Manning
        n), `shape`, `diameter_m` (full height), `width_m`, `section_2` .. `section_4` (the shape's further measures), `barrels`,
        `transect`, `offset_in_m`, `offset_out_m` (above the invert), `loss_in`, `loss_out`, `loss_mean`, `flow_init_m3s`,
        `flow_max_m3s`, `type`, `coefficient`, `exponent`, `end_contractions`, `end_coefficient`, `gated`, `curve`, `status`,
        `level_on_m`, `level_off_m`. tables: curves, transects, rain (series, date, time, value in the file's units), options,
        statements. Catchments are layer `zones`, gauges layer `sensors`.
        Drains of another source (the demonstration city's): kind manhole, pumping_station or outfall, z of the ground, `invert_z_m`.
    power (pandapower). nodes: kind grid, substation, generator, load or bus; `number` (pandapower's), `vn_kv`, `p_mw`, `q_mvar` (demand
        with scaling), `generation_mw`, `slack`, `in_service`, `zone`. edges: kind line, trafo, trafo3w, switch, impedance or dcline;
        `number`, `closed` (False where a switch at either end is open), `in_service`, `overhead`, `std_type`, `r_ohm_per_km`,
        `x_ohm_per_km`, `c_nf_per_km`, `max_i_ka`, `parallel`, `sn_mva`, `vn_hv_kv`, `vn_lv_kv`, `vk_percent`, `vkr_percent`,
        `tap_pos`. tables: pandapower's own (load, sgen, gen, ext_grid, motor, switch, line, trafo ...) with `number` and `node` in front,
        and system (f_hz, sn_mva). Grids of another source (the demonstration city's): `load_kw`, `capacity_mva` of sources and stations,
        `priority` (above 0: shed last), `rating_kva`.
    roads (OSM, SUMO, TNTP, any lines). edges: `class` (OSM highway), `lanes`, `lanes_forward`, `lanes_backward`, `speed_kmh`, `name`,
        `bridge`, `tunnel`, `access` (yes, destination, private, no: what a car may do), `drivable`, `roundabout`; from SUMO `priority`,
        `car`, `bus`, `bicycle`, `foot`; from TNTP `capacity_vph`, `free_flow_s`, `bpr_b`, `bpr_power`, `toll`. tables: turns (from,
        via, to, rule: `no` forbidden, `only` nothing else from there, `yes` what is not listed from there is not allowed); from SUMO
        lanes (edge, index, speed_ms, length_m, width_m, car, bus, bicycle, foot) and signals (signal, program, type, offset_s, phase,
        duration_s, min_s, max_s, state); from TNTP demand (from, to, trips).
    transit (GTFS). nodes: stations; kind metro, rail, tram, bus, ferry ... edges: one per route and pair of stations in turn; `route_id`,
        `route`, `name`, `color`, `time_s` (median run), `trips`, `trips_per_day` (on the busiest day). tables: routes, timetable
        (trip_id, route_id, service_id, stop, arrival_s, departure_s), headways (route_id, direction_id, hour, trips, headway_s),
        services (service_id, days ...), frequencies, exceptions (service_id, date, added).
    metro, rail (lines of a layer, cut at stations). nodes: kind station (`name`) or end. edges: `name`, `kind`. With `route_id` and the
        tables of transit where a timetable is known (the demonstration city's).
    """

    kind: str
    nodes: pd.DataFrame
    edges: pd.DataFrame
    geometry: NDArray[np.object_]
    source: str = ""
    tables: dict[str, pd.DataFrame] = field(default_factory=dict)

    @cached_property
    def _arcs(self) -> tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int64]]:
        """From, to and edge row of each direction that may be travelled."""
        start, end = self.edges["start"].to_numpy(np.int32), self.edges["end"].to_numpy(np.int32)
        oneway = self.edges["oneway"].to_numpy(bool) if "oneway" in self.edges else np.zeros(len(start), bool)
        rows = np.arange(len(start))
        return (
            np.concatenate([start, end[~oneway]]),
            np.concatenate([end, start[~oneway]]),
            np.concatenate([rows, rows[~oneway]]),
        )

    def matrix(self, cost: NDArray[np.float64], open_edges: NDArray[np.bool_] | None = None) -> sparse.csr_matrix:
        """CSR matrix of the cheapest arc between each pair of nodes; closed edges left out."""
        import scipy.sparse as sparse

        tail, head, edge = self._arcs
        keep = slice(None) if open_edges is None else open_edges[edge]
        tail, head, weight = tail[keep], head[keep], np.maximum(cost[edge[keep]], 1e-9)
        order = np.lexsort((weight, head, tail))
        tail, head, weight = tail[order], head[order], weight[order]
        first = np.ones(len(tail), bool)
        first[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
        n = len(self.nodes)
        return sparse.csr_matrix((weight[first], (tail[first], head[first])), shape=(n, n))

    def islands(self, open_edges: NDArray[np.bool_] | None = None) -> NDArray[np.int32]:
        """Label of the connected part (directions ignored) each node belongs to."""
        from scipy.sparse.csgraph import connected_components

        graph = self.matrix(np.ones(len(self.edges)), open_edges)
        return np.asarray(connected_components(graph, directed=False)[1], np.int32)
