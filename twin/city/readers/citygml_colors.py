"""Colours of X3D materials; textures are counted."""

from __future__ import annotations

from array import array
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.city.readers.citygml_links import Groups
from twin.city.readers.citygml_stream import local

MAX_TARGETS = 20_000_000

Element = Any


@dataclass
class Colors:
    """Which geometry has which colour. The first theme with materials is taken."""

    theme: str | None = None
    rgba: list[tuple[int, int, int, int]] = field(default_factory=list)
    target: Any = field(default_factory=lambda: array("q"))
    """Hash of the id of each target."""
    material: Any = field(default_factory=lambda: array("i"))
    textures: int = 0
    _open: Any = field(default_factory=lambda: array("q"))

    def read(self, element: Element, name: str) -> None:
        """A target, material or texture that has just ended; emptied here."""
        parent = element.getparent()
        if name == "target":
            if local(parent.tag) == "X3DMaterial" and len(self._open) + len(self.target) < MAX_TARGETS:
                self._open.append(hash((element.text or "").strip().rpartition("#")[2]))
            elif local(parent.tag) not in ("X3DMaterial", "ParameterizedTexture", "GeoreferencedTexture"):
                return
        elif name == "X3DMaterial":
            self._material(element, parent)
        else:
            self.textures += 1
        element.clear()
        previous = element.getprevious()
        if name == "target":
            if previous is not None and local(previous.tag) == "target":
                parent.remove(previous)
        elif local(parent.tag) == "surfaceDataMember":
            before = parent.getprevious()
            if before is not None and local(before.tag) == "surfaceDataMember":
                parent.getparent().remove(before)

    def _material(self, element: Element, parent: Element) -> None:
        appearance = parent.getparent() if parent is not None else None
        theme = (appearance.findtext("{*}theme") or "").strip() if appearance is not None else ""
        self.theme = theme if self.theme is None else self.theme
        if theme == self.theme:
            try:
                red, green, blue = (float(t) for t in (element.findtext("{*}diffuseColor") or "0.8 0.8 0.8").split()[:3])
                clear = float(element.findtext("{*}transparency") or 0)
                self.rgba.append(tuple(int(255 * min(1.0, max(0.0, v))) for v in (red, green, blue, max(1 - clear, 0.02))))  # type: ignore[arg-type]
                self.target.extend(self._open)
                self.material.extend([len(self.rgba) - 1] * len(self._open))
            except (ValueError, OverflowError):
                pass
        del self._open[:]

    def of_faces(self, names: NDArray[np.int64], groups: Groups) -> NDArray[np.uint8] | None:
        """RGBA of each face, alpha 0 where nobody says; None without materials. names: hash of the id of each face."""
        if not len(self.target) or not len(names):
            return None
        rgba = np.array(self.rgba, np.uint8)
        out = np.zeros((len(names), 4), np.uint8)
        target, material = np.array(self.target, np.int64), np.array(self.material, np.int32)
        for i in np.flatnonzero(np.isin(target, np.array(groups.name, np.int64))):  # whole geometries first, single faces win
            run = groups.find(int(target[i]))
            if run is not None:
                out[run[0] : run[0] + run[1]] = rgba[material[i]]
        order = np.argsort(target, kind="stable")
        place = np.minimum(np.searchsorted(target[order], names), len(order) - 1)
        hit = (target[order][place] == names) & (names != 0)
        out[hit] = rgba[material[order][place[hit]]]
        return out if out[:, 3].any() else None
