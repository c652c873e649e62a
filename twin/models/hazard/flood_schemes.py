"""The ways in which the flood model moves its water, behind one interface. Arrays as in flood_kernels and shallow_water.

A scheme shares level, bed, faces and walls with the state of the model and keeps the flow itself.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from twin.errors import ScenarioError
from twin.models.hazard import flood_cells as cells
from twin.models.hazard import flood_kernels as kernels
from twin.models.hazard.flood_subgrid import SubgridInertial
from twin.models.hazard.flood_terrain import Ground
from twin.models.hazard.shallow_flux import OPEN
from twin.models.hazard.shallow_water import ShallowWater

MOST_CFL = 0.45
"""Courant number beyond which finite volumes are not known to keep depths from falling below zero (Audusse et al. 2004)."""
SCHEMES = ("local_inertial", "finite_volume", "finite_volume_2")
DEVICES = ("auto", "cpu", "gpu")
CARD_CELLS = 500_000
"""Cells from which a graphics card is looked for by itself: below, its start and the way there and back cost more than it saves."""
NO_PACKAGE = "the package numba-cuda is not installed (pip install 'urban-twin[gpu]')"
MOST_UPDATES = 6_000_000
"""Cells that the processor computes between two looks for Cancel."""
_F32 = np.float32


class Scheme(Protocol):
    """a, b: flows east and north, m2/s; at_faces: of faces, else of cells.

    most_steps: what to ask of advance between two looks for Cancel; told: notices of where the flow is computed, as of Model.notices.
    """

    at_faces: bool
    most_steps: int
    told: list[tuple[str, str, str]]
    a: NDArray[np.float32]
    b: NDArray[np.float32]

    def set_walls(self, wall: NDArray[np.int64], crest: NDArray[np.float64]) -> None:
        """Faces of thin walls (axis, row, column), which are closed, and how high each stands."""
        ...

    def set_stage(self, stage: NDArray[np.float64]) -> None:
        """Level of the permanent water beside land, cell by cell of the ground's shore."""
        ...

    def advance(self, from_s: float, until_s: float, most_steps: int) -> tuple[float, int, float, float]:
        """(time reached, steps made, m3 that left over the rim, m3 that permanent water took)."""
        ...

    def saved(self) -> dict[str, NDArray[Any]]:
        """The arrays that make up the flow, by name; filling them goes on from there."""
        ...


def scheme(
    name: str, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
    still: NDArray[np.bool_], top: NDArray[np.float32], params: Mapping[str, Any],
) -> Scheme:  # fmt: skip
    """One of SCHEMES over water at rest, on a graphics card or the processor (one of DEVICES).

    Raises ScenarioError where a card is asked for and none can be used.
    """
    if ground.sub is not None:
        if params["device"] == "gpu":
            raise ScenarioError(
                "No graphics card can compute the flood: sub-grid tables are not made for it", where="device",
                do="Choose auto or cpu, or cells without tables.",
            )  # fmt: skip
        return SubgridInertial(ground, ground.sub, w, z, zfx, zfy, still, top, params, _steps_between_looks(w.size))
    on_card, told = _place(name, w.size, params["device"])
    if on_card:
        from twin.models.hazard.flood_cuda import InertialOnCard, VolumesOnCard

        if name == "local_inertial":
            return InertialOnCard(ground, w, z, zfx, zfy, still, top, params)
        return VolumesOnCard(ground, w, z, zfx, zfy, still, min(params["cfl"], MOST_CFL))
    flow: Inertial | Volumes
    if name == "local_inertial":
        flow = Inertial(ground, w, z, zfx, zfy, still, top, params)
    else:
        flow = Volumes(ground, w, z, zfx, zfy, still, params["cfl"], sloped=name == "finite_volume_2")
    flow.told = told
    return flow


def _place(name: str, size: int, device: str) -> tuple[bool, list[tuple[str, str, str]]]:
    """Whether a graphics card computes this many cells, and what to tell where there is one that does not."""
    if device == "cpu" or (device == "auto" and size < CARD_CELLS):
        return False, []
    try:
        from twin.models.hazard import flood_cuda  # takes a while, and is seldom wanted

        lacks = flood_cuda.missing()
    except ImportError:
        lacks = NO_PACKAGE
    if lacks and device == "gpu":
        raise ScenarioError(f"No graphics card can compute the flood: {lacks}", where="device", do="Or choose auto, or cpu.")
    if lacks:
        return False, []
    if name not in flood_cuda.BYTES:
        why = "second order is not made for it"
    elif size * flood_cuda.BYTES[name] > 0.9 * flood_cuda.free_bytes():
        why = f"its free memory of {flood_cuda.free_bytes() / 1e9:.1f} GB is too small"
    else:
        return True, []
    return False, [("info", "graphics-card", f"The processor computes the flow, not the graphics card: {why}.")]


def _steps_between_looks(size: int) -> int:
    return int(min(kernels.MARGIN, max(1, MOST_UPDATES // size)))


class Inertial:
    """Local inertial flow between cells (flood_kernels): quick; for floods that come and go slowly."""

    at_faces = True

    def __init__(
        self, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
        still: NDArray[np.bool_], top: NDArray[np.float32], params: Mapping[str, Any],
    ) -> None:  # fmt: skip
        self._ground, self._w, self._z, self._zfx, self._zfy, self._still = ground, w, z, zfx, zfy, still
        self._cfl, self._theta, self._froude = params["cfl"], params["theta"], params["froude_limit"]
        self.a, self.b = np.zeros(zfx.shape, _F32), np.zeros(zfy.shape, _F32)
        self._spare_a, self._spare_b = np.zeros(zfx.shape, _F32), np.zeros(zfy.shape, _F32)
        self.low, self.high = np.zeros(len(w), np.int64), np.zeros(len(w), np.int64)
        self.top = top
        self._wall, self._crest = np.zeros((0, 3), np.int64), np.zeros(0)
        self._stage = ground.level[ground.shore[:, 0], ground.shore[:, 1]]
        self.most_steps = _steps_between_looks(w.size)
        self.told: list[tuple[str, str, str]] = []

    def set_walls(self, wall: NDArray[np.int64], crest: NDArray[np.float64]) -> None:
        self._wall, self._crest = wall, crest

    def set_stage(self, stage: NDArray[np.float64]) -> None:
        self._stage = stage

    def saved(self) -> dict[str, NDArray[Any]]:
        return {"a": self.a, "b": self.b, "low": self.low, "high": self.high, "top": self.top}

    def advance(self, from_s: float, until_s: float, most_steps: int) -> tuple[float, int, float, float]:
        ground, flows = self._ground, np.zeros(2)
        with kernels.threads_for(self._w.size):
            cells.wet_spans(self._w, self._z, self._still, self.a, self.b, self.low, self.high)
            now, steps = kernels.flow(
                self._w, self._z, ground.gn2, self._zfx, self._zfy, self.a, self.b, self._spare_a, self._spare_b, self.low, self.high,
                ground.edge, ground.edge_root, self._wall, self._crest, ground.shore, self._stage, flows, self.top, ground.grid.cell_m,
                from_s, until_s, self._cfl, self._theta, self._froude, min(most_steps, kernels.MARGIN),
            )  # fmt: skip
        return now, steps, float(flows[0]), float(flows[1])


class Volumes:
    """Finite volumes (shallow_water): also for what is rapid, such as dam breaks, breaches and surges. sloped: second order."""

    at_faces = False

    def __init__(
        self, ground: Ground, w: NDArray[np.float64], z: NDArray[np.float32], zfx: NDArray[np.float32], zfy: NDArray[np.float32],
        still: NDArray[np.bool_], cfl: float, sloped: bool,
    ) -> None:  # fmt: skip
        self.a, self.b = np.zeros(w.shape, _F32), np.zeros(w.shape, _F32)
        edge = np.column_stack([ground.edge, np.full(len(ground.edge), OPEN, np.int64)])
        stage = ground.level[ground.shore[:, 0], ground.shore[:, 1]]
        self._water = ShallowWater(
            ground.grid.cell_m, w, z, self.a, self.b, ground.gn2, zfx, zfy, still, np.zeros(len(w), np.int64), np.zeros(len(w), np.int64),
            edge, ground.edge_root, shore=ground.shore, stage=stage, volume=np.zeros(4), sloped=sloped, cfl=min(cfl, MOST_CFL),
        )  # fmt: skip
        self.most_steps = _steps_between_looks(w.size)
        self.told: list[tuple[str, str, str]] = []

    def set_walls(self, wall: NDArray[np.int64], crest: NDArray[np.float64]) -> None:
        self._water.wall, self._water.crest = wall, crest

    def set_stage(self, stage: NDArray[np.float64]) -> None:
        self._water.stage = stage

    def saved(self) -> dict[str, NDArray[Any]]:
        return {"a": self.a, "b": self.b}

    def advance(self, from_s: float, until_s: float, most_steps: int) -> tuple[float, int, float, float]:
        water = self._water
        water.volume[:] = 0.0
        before = water.steps
        now = water.advance(from_s, until_s, most_steps)
        return now, water.steps - before, float(water.volume[1:].sum()), float(water.volume[0])
