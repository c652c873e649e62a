"""Exact solutions of the shallow-water equations, from SWASHES (Delestre et al. 2013, doi:10.1002/fld.3741) where no other source is named.

x is in metres along the channel; depths in m, discharges in m2/s, times in s.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

G = 9.81
Array = NDArray[np.float64]


def ritter(x: Array, t: float, dam: float = 500.0, behind: float = 10.0) -> Array:
    """Dam break on dry ground (4.1.2)."""
    s, c = (x - dam) / t, math.sqrt(G * behind)
    return np.where(s < -c, behind, np.where(s < 2 * c, np.maximum(2 * c - s, 0.0) ** 2 / (9 * G), 0.0))


def stoker(x: Array, t: float, dam: float = 500.0, behind: float = 10.0, ahead: float = 1.0) -> Array:
    """Dam break on water (4.1.1)."""
    c_behind, c_ahead = math.sqrt(G * behind), math.sqrt(G * ahead)

    def off(c: float) -> float:
        return -8 * c_ahead**2 * c**2 * (c_behind - c) ** 2 + (c**2 - c_ahead**2) ** 2 * (c**2 + c_ahead**2)

    c = brentq(off, c_ahead * 1.0001, c_behind * 0.9999)
    middle, speed = c * c / G, 2 * (c_behind - c)
    shock = middle * speed / (middle - ahead)
    s = (x - dam) / t
    fan = (2 * c_behind - s) ** 2 / (9 * G)
    return np.where(s < -c_behind, behind, np.where(s < speed - c, fan, np.where(s < shock, middle, ahead)))


def thacker_planar(
    x: Array, y: Array, t: float, a: float = 1.0, h0: float = 0.1, eta: float = 0.5, box: float = 4.0,
) -> tuple[Array, Array]:  # fmt: skip
    """Bed and depth of the plane surface that circles in a paraboloid (4.2.2)."""
    r2 = (x - box / 2) ** 2 + (y - box / 2) ** 2
    z = -h0 * (1 - r2 / a**2)
    omega = math.sqrt(2 * G * h0) / a
    wave = 2 * (x - box / 2) * math.cos(omega * t) + 2 * (y - box / 2) * math.sin(omega * t) - eta
    return z, np.maximum(0.0, eta * h0 / a**2 * wave - z)


def thacker_planar_velocity(t: float, a: float = 1.0, h0: float = 0.1, eta: float = 0.5) -> tuple[float, float]:
    omega = math.sqrt(2 * G * h0) / a
    return -eta * omega * math.sin(omega * t), eta * omega * math.cos(omega * t)


def thacker_curved(x: Array, y: Array, t: float, a: float = 1.0, h0: float = 0.1, r0: float = 0.8, box: float = 4.0) -> tuple[Array, Array]:
    """Bed and depth of the curved surface that swings in a paraboloid (4.2.2); at rest at t = 0."""
    r2 = (x - box / 2) ** 2 + (y - box / 2) ** 2
    z = -h0 * (1 - r2 / a**2)
    omega, big = math.sqrt(8 * G * h0) / a, (a * a - r0 * r0) / (a * a + r0 * r0)
    part = 1 - big * math.cos(omega * t)
    level = h0 * (math.sqrt(1 - big**2) / part - 1 - r2 / a**2 * ((1 - big**2) / part**2 - 1))
    return z, np.maximum(0.0, level - z)


def bump(x: Array) -> Array:
    """Bed of the flows over a bump (3.1): 25 m long, 0.2 m high at 10 m."""
    return np.maximum(0.0, 0.2 - 0.05 * (x - 10.0) ** 2)


def _depth(head: float, q: float, subcritical: bool) -> float:
    """Depth h with h + q^2 / (2 g h^2) = head."""
    critical = (q * q / G) ** (1 / 3)

    def off(h: float) -> float:
        return h + q * q / (2 * G * h * h) - head

    if off(critical) >= 0.0:
        return critical
    return float(brentq(off, critical, head)) if subcritical else float(brentq(off, 1e-4, critical))


def bump_subcritical(x: Array, q: float = 4.42, out: float = 2.0) -> Array:
    """Depth (3.1.3)."""
    head = out + q * q / (2 * G * out * out)
    return np.array([_depth(head - z, q, True) for z in bump(x)])


def bump_transcritical(x: Array, q: float = 1.53) -> Array:
    """Depth: subcritical before the top of the bump, supercritical past it (3.1.4)."""
    head = 1.5 * (q * q / G) ** (1 / 3) + 0.2
    return np.array([_depth(head - z, q, xx < 10.0) for xx, z in zip(x, bump(x))])


def bump_with_shock(x: Array, q: float = 0.18, out: float = 0.33) -> tuple[Array, float]:
    """Depth and the place of the jump (3.1.5)."""
    before, after = 1.5 * (q * q / G) ** (1 / 3) + 0.2, out + q * q / (2 * G * out * out)

    def force(h: float) -> float:
        return q * q / h + G * h * h / 2

    def off(xx: float) -> float:
        z = float(bump(np.array([xx]))[0])
        return force(_depth(before - z, q, False)) - force(_depth(after - z, q, True))

    jump = float(brentq(off, 10.01, 11.99))
    heads = np.where(x < jump, before, after)
    return np.array([_depth(e - z, q, bool(xx < 10.0 or xx > jump)) for e, xx, z in zip(heads, x, bump(x))]), jump


def macdonald(x: Array, q: float = 2.0, manning: float = 0.033, length: float = 1000.0) -> tuple[Array, Array]:
    """Bed (by integration from the end, 0 there) and depth of the long subcritical channel (3.2.1, MacDonald et al. 1997)."""

    def depth(at: Array) -> Array:
        return (4 / G) ** (1 / 3) * (1 + 0.5 * np.exp(-16 * (at / length - 0.5) ** 2))

    fine = np.linspace(0.0, length, 200_001)
    h = depth(fine)
    dh = np.gradient(h, fine, edge_order=2)
    slope = -(1 - q * q / (G * h**3)) * dh - manning**2 * q * q / h ** (10 / 3)
    z = np.concatenate([[0.0], np.cumsum((slope[1:] + slope[:-1]) / 2 * np.diff(fine))])
    return np.interp(x, fine, z - z[-1]), depth(x)


def kinematic_wave(x: Array, rain: float, manning: float, slope: float) -> Array:
    """Steady depth of rain (m/s) on a plane: q = i x = sqrt(S) h^(5/3) / n."""
    return (rain * x * manning / math.sqrt(slope)) ** 0.6
