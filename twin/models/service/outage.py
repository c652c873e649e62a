"""How long a service was missing, as one number: equivalent outage hours.

Definition of InfraRisk (Balakrishnan and Cassottana 2022, doi:10.1016/j.scs.2022.103963): the integral over time of 1 minus the served
share, where the share is the mean over the consumers (each counts once) or that of the whole amount (each counts by its demand).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Outage:
    """Hours for which everybody would have had nothing: by_consumer (ECS in InfraRisk), by_amount (PCS)."""

    by_consumer: float
    by_amount: float


def outage_hours(at_s: Any, served: Any, asked: Any) -> Outage:
    """at_s (times,), ascending; served, asked: (times, consumers) in any unit of flow or power. Consumers that ask for nothing at a time
    do not count then; more than asked counts as all. Between two times the shares change linearly."""
    hours = np.asarray(at_s, float) / 3600.0
    had, wanted = np.asarray(served, float), np.asarray(asked, float)
    if had.shape != wanted.shape or had.shape[:1] != hours.shape:
        raise ValueError(f"served {had.shape} and asked {wanted.shape} do not fit {len(hours)} times")
    counts = wanted > 0
    share = np.clip(np.divide(had, wanted, out=np.ones_like(had), where=counts), 0.0, 1.0)
    consumers = counts.sum(axis=1)
    mean = np.divide((share * counts).sum(axis=1), consumers, out=np.ones(len(hours)), where=consumers > 0)
    total = np.where(counts, wanted, 0.0).sum(axis=1)
    whole = np.divide(np.where(counts, np.minimum(had, wanted), 0.0).sum(axis=1), total, out=np.ones(len(hours)), where=total > 0)
    return Outage(float(np.trapezoid(1.0 - mean, hours)), float(np.trapezoid(1.0 - whole, hours)))
