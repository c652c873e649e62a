"""The finance district: towers of many shapes as lofts through changing rings, each with a name of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray

from twin.city.demo.shapes import loft, regular
from twin.city.mesh import Mesh

Floats = NDArray[np.float64]


def _stack(ring: Floats, scale: Any, z: Any, turn: Any = 0.0, row: int = 0) -> Mesh:
    """Loft of one ring, scaled (K,) or (K, 2) and turned (K,) at heights z (K,)."""
    z = np.asarray(z, float)
    scale = np.asarray(scale, float)
    scale = np.broadcast_to(scale[:, None] if scale.ndim == 1 else scale, (len(z), 2))
    turn = np.broadcast_to(np.asarray(turn, float), len(z))
    c, s = np.cos(turn), np.sin(turn)
    r = ring[None] * scale[:, None, :]
    return loft(np.stack([r[..., 0] * c[:, None] - r[..., 1] * s[:, None], r[..., 0] * s[:, None] + r[..., 1] * c[:, None]], -1), z, row)


def _spire(z0: float, z1: float, radius: float) -> Mesh:
    return _stack(
        regular(8, radius), [1.0, 0.7, 0.7, 0.35, 0.12], [z0, z0 + 0.35 * (z1 - z0), z0 + 0.35 * (z1 - z0), z0 + 0.8 * (z1 - z0), z1]
    )


def _steps(scales: list[float], heights: list[float]) -> tuple[list[float], list[float]]:
    """Ledges: every scale holds from its height to the next."""
    s, z = [], []
    for k, scale in enumerate(scales):
        s += [scale, scale]
        z += [heights[k], heights[k + 1]]
    return s, z


def taper(r: float, h: float) -> list[Mesh]:
    t = np.linspace(0, 1, 24)
    return [_stack(regular(36, r, np.pi / 4, 5.0), 1 - 0.42 * t**1.7, t * h * 0.94), _spire(h * 0.94, h, r * 0.14)]


def twist(r: float, h: float) -> list[Mesh]:
    """Rounded triangle that turns by a third as it rises, cut open at the top."""
    t = np.linspace(0, 1, 60)
    a = np.arange(48) / 48 * 2 * np.pi
    ring = (r * (0.9 + 0.1 * np.cos(3 * a)))[:, None] * np.column_stack([np.cos(a), np.sin(a)])
    ring *= 1 - 0.12 * (np.abs(a - 1.0) < 0.12)[:, None]
    return [_stack(ring, 1 - 0.46 * t**1.15, t * h * 0.985, t * 2.05), _stack(ring * 0.42, [1.0, 0.9], [h * 0.985, h], 2.05)]


def setback(r: float, h: float) -> list[Mesh]:
    s, z = _steps([1.0, 0.84, 0.68, 0.5, 0.3], [0, 0.34 * h, 0.6 * h, 0.79 * h, 0.9 * h, 0.95 * h])
    return [_stack(regular(4, r, np.pi / 4), s, z), _spire(0.95 * h, h, r * 0.1)]


def pagoda(r: float, h: float) -> list[Mesh]:
    """Tiers that flare outwards, each a little smaller than the last."""
    z, s, at, size = [0.0], [1.0], 0.0, 1.0
    for k in range(13):
        step = 0.9 * h * (0.115 - 0.0062 * k)
        z += [at + step, at + step]
        s += [size * 1.045, size * 0.95]
        at, size = at + step, size * 0.95
    s[-1] = s[-2] * 0.5
    return [_stack(regular(8, r * 0.95, np.pi / 8), s, z), _spire(z[-1], h, r * 0.16)]


def octagon(r: float, h: float) -> list[Mesh]:
    s, z = _steps([1.0, 0.86, 0.62], [0, 0.62 * h, 0.86 * h, 0.93 * h])
    return [_stack(regular(8, r, np.pi / 8), s, z), _stack(regular(8, r * 0.5, np.pi / 8), [1.0, 0.02], [0.93 * h, h])]


def drum(r: float, h: float) -> list[Mesh]:
    t = np.linspace(0, 1, 20)
    return [
        _stack(regular(40, r * 0.9), 0.92 + 0.1 * np.sin(np.pi * (0.15 + 0.85 * t)), t * h * 0.97),
        _stack(regular(40, r * 0.55), [1.0, 1.0], [h * 0.97, h]),
    ]


def blade(r: float, h: float) -> list[Mesh]:
    """Square below, narrowing to an edge."""
    t = np.linspace(0, 1, 22)
    return [_stack(regular(4, r, np.pi / 4), np.column_stack([1 - 0.78 * t**1.6, 1 - 0.08 * t]), t * h)]


def sail(r: float, h: float) -> list[Mesh]:
    """Slab whose long side curves in as it rises, with a sloping crest."""
    t = np.linspace(0, 1, 22)
    ring = regular(40, r, 0, 3.2) * [1.0, 0.56]
    body = _stack(ring, np.column_stack([np.sqrt(1 - 0.72 * t**2.4), 1 - 0.25 * t**2]), t * h * 0.98)
    return [body, _stack(ring * 0.36, [1.0, 0.8], [h * 0.98, h])]


def slab(r: float, h: float) -> list[Mesh]:
    ring = regular(4, r * 1.05, np.pi / 4) * [1.0, 0.58]
    s, z = _steps([1.0, 0.82], [0, 0.92 * h, h])
    return [_stack(ring, s, z)]


def crown(r: float, h: float) -> list[Mesh]:
    """Square shaft with cut corners under a tall pyramid."""
    ring = regular(4, r, np.pi / 4)
    ring = np.vstack([[p + 0.16 * (ring[k - 1] - p), p + 0.16 * (ring[(k + 1) % 4] - p)] for k, p in enumerate(ring)])
    return [_stack(ring, [1.0, 1.0, 0.88, 0.88, 0.04], [0, 0.7 * h, 0.7 * h, 0.84 * h, h])]


def waist(r: float, h: float) -> list[Mesh]:
    t = np.linspace(0, 1, 28)
    return [
        _stack(regular(32, r * 0.96, 0, 2.6), 0.84 + 0.14 * np.cos(2 * np.pi * t), t * h * 0.96, 0.5 * t),
        _spire(h * 0.96, h, r * 0.18),
    ]


def spheres(r: float, h: float) -> list[Mesh]:
    """A broadcasting mast: three legs, a shaft and three balls, a needle above."""

    def ball(z: float, radius: float) -> Mesh:
        a = np.linspace(-np.pi / 2, np.pi / 2, 17)
        return _stack(regular(32, radius), np.maximum(np.cos(a), 0.02), z + radius * np.sin(a))

    parts = [_stack(regular(24, r * 0.2), [1.0, 1.0], [0, 0.62 * h])]
    for k in range(3):
        a = 2 * np.pi * k / 3 + 0.4
        rings = np.stack([regular(12, r * 0.11) + [r * q * np.cos(a), r * q * np.sin(a)] for q in (0.86, 0.1)])
        parts.append(loft(rings, [0.0, 0.3 * h]))
        low = loft(np.stack([regular(14, r * 0.1) + [0.3 * r * np.cos(a + 1), 0.3 * r * np.sin(a + 1)]] * 2), [0.2 * h, 0.6 * h])
        parts.append(low)
    parts += [ball(0.235 * h, r * 0.6), ball(0.6 * h, r * 0.43), ball(0.735 * h, r * 0.17)]
    parts.append(_stack(regular(16, r * 0.1), [1.0, 0.9, 0.5, 0.45, 0.1], [0.6 * h, 0.74 * h, 0.76 * h, 0.86 * h, h]))
    return parts


STYLES = {
    "taper": taper,
    "twist": twist,
    "setback": setback,
    "pagoda": pagoda,
    "octagon": octagon,
    "drum": drum,
    "blade": blade,
    "sail": sail,
    "slab": slab,
    "crown": crown,
    "waist": waist,
    "spheres": spheres,
}


def tower(style: str, radius: float, height: float, turn: float) -> tuple[Mesh, Any]:
    """Body on z = 0 around (0, 0), and its footprint; nothing of it lies farther than about radius from the middle."""
    mesh = Mesh.joined(STYLES[style](radius, height))
    c, s = np.cos(turn), np.sin(turn)
    points = mesh.points.copy()
    points[:, :2] = points[:, :2] @ np.array([[c, s], [-s, c]])
    reach = np.hypot(*points[:, :2].T).max()
    if reach > radius:
        points[:, :2] *= radius / reach
    low = points[points[:, 2] < max(30.0, 0.25 * height)][:, :2]
    return Mesh(points, mesh.triangles, mesh.object, mesh.surface), shapely.convex_hull(shapely.multipoints(low))
