"""What a city is, in one JSON object: `twin info --json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import numpy as np
import pandas as pd

from twin.city.city import City


def describe(city: City) -> dict[str, Any]:
    """Counts, CRS, extent (in the city's CRS), heights, layers, networks, sources and problems; plain JSON types."""
    x0, y0, x1, y1 = city.bounds
    (west, east), (south, north) = city.frame.to_crs([x0, x1], [y0, y1])
    buildings = city.buildings
    heights = buildings.column("height_m").astype(float)
    known = heights[np.isfinite(heights)]
    terrain = city.terrain
    elevation = None
    if terrain is not None:
        z = terrain.elevation
        some = np.isfinite(z).any()
        elevation = {
            "rows": terrain.grid.rows, "columns": terrain.grid.columns, "cell_m": terrain.grid.cell_m,
            "min_m": float(np.nanmin(z)) if some else None, "max_m": float(np.nanmax(z)) if some else None,
            "known": float(np.isfinite(z).mean()), "source": terrain.source,
        }  # fmt: skip
    return {
        "name": city.name,
        "synthetic": city.synthetic,
        "crs": city.frame.crs,
        "vertical_crs": city.frame.vertical,
        "timezone": city.frame.timezone,
        "region": city.region,
        "currency": city.currency,
        "bbox": [float(west), float(south), float(east), float(north)],
        "buildings": len(buildings),
        "building_parts": len(buildings.parts),
        "height_m": {
            "min": float(known.min()) if len(known) else None,
            "median": float(np.median(known)) if len(known) else None,
            "max": float(known.max()) if len(known) else None,
        },
        "height_sources": {str(k): int(v) for k, v in pd.Series(buildings.column("height_source")).value_counts().items()},
        "triangles": buildings.triangle_count + sum(len(f.mesh) for f in city.layers.values() if f.mesh is not None),
        "layers": {name: len(layer) for name, layer in city.layers.items()},
        "terrain": elevation,
        "networks": {name: {"nodes": len(n.nodes), "edges": len(n.edges)} for name, n in city.networks.items()},
        "people": None
        if city.people is None
        else {"buildings": int(city.people.shape[1]), "most": float(city.people.sum(1).max(initial=0.0))},
        "sources": [asdict(s) for s in city.sources],
        "attribution": city.attribution,
        "problems": [
            {
                "code": p.code,
                "severity": p.severity,
                "count": p.count,
                "message": p.message,
                "source": p.source,
                "examples": list(p.examples),
            }
            for p in city.problems
        ],
    }
