"""A city as tables with geometry in the city's CRS: what GIS formats hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import shapely

from twin.city.city import City
from twin.city.features import Features
from twin.city.network import Network
from twin.city.writers.datum import datum_lost, vertical_of, with_heights
from twin.city.writers.tables import ID, beside, building_table, feature_table, plain
from twin.errors import Problem

if TYPE_CHECKING:
    import geopandas

NETWORK = "network {kind} {part}"
"""Names of the two layers of a network; part is nodes or edges. Readers make a network of them again."""


def geo_tables(city: City) -> Iterator[tuple[str, Callable[[], geopandas.GeoDataFrame]]]:
    """Names and makers of the layers, made one at a time: buildings, the layers of the city, nodes and edges of networks."""
    if len(city.buildings):
        yield "buildings", partial(_buildings, city)
    for name, layer in city.layers.items():
        if len(layer):
            yield name, partial(_layer, city, layer)
    for kind, network in city.networks.items():
        if len(network.edges):
            yield NETWORK.format(kind=kind, part="nodes"), partial(_nodes, city, network)
            yield NETWORK.format(kind=kind, part="edges"), partial(_edges, city, network)


def not_in_tables(city: City, title: str) -> list[Problem]:
    """What tables of footprints, points and lines cannot hold."""
    left = [*city.clouds, *city.pictures] + (["terrain"] if city.terrain is not None else [])
    problems = []
    if left:
        shown = ", ".join(left[:8])
        problems.append(
            Problem("not_written", "info", len(left), f"{title} got no terrain, clouds or pictures: {shown}", city.name, tuple(left[:10]))
        )
    if city.frame.vertical and (city.frame.crs is None or vertical_of(city.frame) is None):
        problems += datum_lost(city.frame, title)
    roofs = (city.buildings.table["height_source"] == "solid").sum() if len(city.buildings) else 0
    if roofs:
        problems.append(
            Problem(
                "footprints_only",
                "info",
                int(roofs),
                f"{roofs} buildings were written as footprint and height, without their roofs",
                city.name,
            )
        )
    if len(city.buildings.parts):
        n = len(city.buildings.parts)
        problems.append(Problem("parts_merged", "info", n, f"{n} building parts were written as part of their buildings", city.name))
    return problems


def _buildings(city: City) -> geopandas.GeoDataFrame:
    return frame_of(city, building_table(city), city.buildings.footprints)


def _layer(city: City, layer: Features) -> geopandas.GeoDataFrame:
    return frame_of(city, feature_table(layer), layer.geometry)


def frame_of(city: City, table: pd.DataFrame, shapes: Any) -> geopandas.GeoDataFrame:
    """Rows and their shapes (local metres) in the CRS of the city."""
    import geopandas

    table = table.rename(
        columns={c: f"{c}_" for c in table.columns if str(c).lower() in ("geometry", "geom", "fid", "ogc_fid", "wkb_geometry")}
    )
    out = city.frame.geometry_to_crs(shapes)
    # Splinters of a micrometre collapse in the large numbers of a map grid.
    broken = shapely.is_valid(shapes) & ~shapely.is_valid(out)
    if broken.any():
        out[broken] = shapely.make_valid(out[broken], method="structure", keep_collapsed=False)
    return geopandas.GeoDataFrame(table, geometry=out, crs=with_heights(city.frame))


def _nodes(city: City, network: Network) -> geopandas.GeoDataFrame:
    t = network.nodes
    own = pd.DataFrame({ID: t["id"].astype(str)})
    z = t["z"].to_numpy(float) if "z" in t else np.zeros(len(t))
    points = shapely.points(np.column_stack([t["x"].to_numpy(float), t["y"].to_numpy(float), np.nan_to_num(z)]))
    return frame_of(city, plain(beside(own, t.drop(columns=["id", "x", "y", "z"], errors="ignore"))), points)


def _edges(city: City, network: Network) -> geopandas.GeoDataFrame:
    t = network.edges
    ids = network.nodes["id"].astype(str).to_numpy(object)
    own = pd.DataFrame(
        {ID: t["id"].astype(str), "from_node": ids[t["start"].to_numpy(np.int64)], "to_node": ids[t["end"].to_numpy(np.int64)]}
    )
    own["start"], own["end"] = t["start"].to_numpy(), t["end"].to_numpy()
    return frame_of(city, plain(beside(own, t.drop(columns=["id"]))), network.geometry)
