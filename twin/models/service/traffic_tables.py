"""Tables of traffic on the clock: roads, junctions, cars and what drivers believe, as the kernels of traffic_queues take them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

TO_COME, AT_GATE, ON_ROAD, ARRIVED, NO_WAY, GIVEN_UP, STOPPED = range(7)
"""What became of a car: NO_WAY before it set out, STOPPED after."""
SIZE, NEXT, TREES = 0, 1, 2
"""Counters: entries of the queue of events, next car to set out, ways sought so far."""

ROAD = np.dtype([
    ("turn0", "i8"), ("number", "i8"), ("storage", "i8"), ("ring0", "i8"), ("hole_s", "f8"), ("out_gap", "f8"), ("free_s", "f8"),
    ("in_gap", "f8"), ("open", "i8"), ("came", "i8"), ("left", "i8"), ("last_in", "f8"), ("last_out", "f8"), ("waiting", "i8"),
    ("virtual", "f8"), ("gate_first", "i8"), ("gate_last", "i8"), ("gone", "i8"),
])  # fmt: skip
"""A directed road (link). turn0: its first turn, turns are counted by the links that leave its end; number: which of those that leave its
beginning it is; storage: cars that stand on it, in the places ring0 .. ring0 + storage; hole_s: seconds in which a gap runs back over it;
out_gap, in_gap: least seconds between cars that leave and come; came, left: cars up to now; waiting: first of the links and gates that
wait for it; virtual: what its users have had of it, for fair turns; gate_first, gate_last: cars that stand before it outside the network;
gone: cars that left since word last went round. -1: none."""
MOUTH = np.dtype([("wait_next", "i8"), ("waits_for", "i8"), ("want", "i8"), ("since", "f8")])
"""The end of a link, or its gate (links on). want: arc that the first car there would take over the link it waits for."""
PLACE = np.dtype([("car", "i8"), ("left_s", "f8")])
"""Room for a car on a link: who is there, and when the one left that was there before."""
CAR = np.dtype([
    ("origin", "i8"), ("goal", "i8"), ("depart", "f8"), ("limit", "f8"), ("arc", "i8"), ("entered", "f8"), ("ready", "f8"),
    ("asked", "i8"), ("gate_next", "i8"), ("fate", "i8"), ("end", "f8"),
])  # fmt: skip
"""goal: number among the goals; limit: seconds, who would take longer stays; ready: when it comes to the end of its link; end: when its
fate was settled, NaN before."""


class Net(NamedTuple):
    """What does not change: the graph with its turns, forward and back. link: (arcs,) of each; goal: (goals,) node."""

    first: Any
    head: Any
    link: Any
    node: Any
    back_first: Any
    back_head: Any
    back_arc: Any
    copy: Any
    copy_at: Any
    goal: Any
    turns: int


class Moving(NamedTuple):
    """What does. road: (links,) ROAD, mouth: (2 links,) MOUTH, place: PLACE; tag: (turns + links,) what each turn, then each gate has had.
    due: (3 links,) when each link, gate and opening is looked at next. cost: (classes + 1, links) seconds as drivers believe: those of each
    class of goals, and those who asked on the way; epoch counts its changes. stamp, onward, distance: (2, goals ...) the ways sought, by
    layer: epoch, arc to take at each inner node (-1: none) and seconds. key, item: queue of events. count: SIZE, NEXT, TREES."""

    road: Any
    mouth: Any
    place: Any
    tag: Any
    due: Any
    cost: Any
    epoch: Any
    stamp: Any
    onward: Any
    distance: Any
    key: Any
    item: Any
    count: Any
