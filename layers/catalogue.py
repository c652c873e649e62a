"""Every layer of a city, bottom to top."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pandas as pd
import shapely

from layers.arcs import DependencyLayer
from layers.buildings import BuildingsLayer, TowerLabels
from layers.clouds import cloud_layers
from layers.facilities import FacilitiesLayer
from layers.features import AreaLayer, LineLayer, PointLayer, TreeLayer
from layers.ground import RIVER, Ground, TerrainLayer
from layers.imagery import imagery_layers
from layers.layer import Layer
from layers.looks import Look, look_of
from layers.networks import network_layers
from layers.places import PlacesLayer
from layers.roads import RoadsLayer
from layers.structures import StructuresLayer
from layers.style import Style, ramp
from layers.traffic import moving_layers
from twin.city.city import City
from twin.city.dependencies import LAYER, has_dependents
from twin.city.features import Features

GREEN = (
    ("park", "#b9c9a0"),
    ("garden", "#b9c9a0"),
    ("grass", "#c0cca6"),
    ("forest", "#a3b88c"),
    ("wood", "#a3b88c"),
    ("meadow", "#c6cfa9"),
    ("pitch", "#b3c59b"),
    ("golf_course", "#b9cba0"),
    ("cemetery", "#b8c2a6"),
    ("scrub", "#b4bf97"),
    ("recreation_ground", "#bccaa3"),
    ("playground", "#c3cda9"),
    ("nature_reserve", "#a9bc90"),
    ("green", "#b9c9a0"),
    ("village_green", "#bccaa3"),
    ("wetland", "#a9bfa0"),
    ("zoo", "#bccaa3"),
    ("farmland", "#d3d1ae"),
    ("orchard", "#b8c498"),
    ("allotments", "#c3c9a4"),
)
LANDUSE = GREEN + (
    ("residential", "#e3dcd0"),
    ("commercial", "#e1d8cd"),
    ("retail", "#e2d6ca"),
    ("industrial", "#d9d4cc"),
    ("railway", "#d2cbc2"),
    ("parking", "#d3cec5"),
    ("school", "#e4dac8"),
    ("university", "#e4dac8"),
    ("hospital", "#e6d9d2"),
    ("military", "#d8d2c4"),
    ("pedestrian", "#ddd5c8"),
    ("plaza", "#ddd5c8"),
    ("construction", "#d9cdb8"),
    ("brownfield", "#d6cbb8"),
    ("beach", "#e9dfc2"),
)
SHOWN_BY_NAME = {  # layer name: title, group, colour, order, shown at first
    "rail": ("Rail", "networks", "#8a8178", 7, True),
    "metro": ("Metro lines", "networks", "#b3a3bf", 8, True),
    "power": ("Power lines", "networks", "#c98a1b", 9, False),
    "pipes": ("Pipes", "networks", "#2f7fb5", 9, False),
    "drainage": ("Drains", "networks", "#5d7f6b", 9, False),
    "bridges": ("Bridges", "city", "#c9c2b6", 10, True),
    "tunnels": ("Tunnels", "networks", "#9a9187", 6, False),
    "roads": ("Road areas", "base", "#bdb8af", 4, True),
    "other": ("Other objects", "base", "#cfc6b7", 4, True),
    "zones": ("Zones", "base", "#b7a58f", 4, False),
    "poi": ("Points of interest", "facilities", "#9b6a4a", 20, False),
    "stations": ("Stations", "facilities", "#7a4f8f", 20, True),
    "metro_entrances": ("Metro entrances", "facilities", "#7a4f8f", 20, False),
    "pumps": ("Pumps", "facilities", "#20639b", 20, True),
    "switched": ("Switched off", "facilities", "#b82921", 21, True),
    "masts": ("Mobile masts", "facilities", "#7a4f8f", 20, False),
    "shelters": ("Shelters", "facilities", "#3b7d4f", 20, True),
}

NAMED = ("water", "landuse", "green", "trees", "places", "facilities", "barriers")
"""Layers that have a look of their own."""


def city_layers(city: City) -> list[Layer]:
    """Layers of everything the city has, in the order they are listed (base first). Sensors and results bring their own."""
    ground = Ground.of(city)
    layers: list[Layer] = [TerrainLayer(city, ground), *imagery_layers(city, ground)]
    unknown = 0
    for name in sorted(city.layers, key=_rank):
        features = city.layers[name]
        # Layer `water` is rivers and lakes, network `water` the pipes: two things.
        drawn_as_network = name != "water" and name in city.networks and len(city.networks[name].edges) > 0
        is_ground = name == "relief" and city.terrain is not None
        if len(features) and name not in ("sensors", LAYER) and not drawn_as_network and not is_ground:
            layers += _of_features(name, features, ground, unknown)
            unknown += not _is_known(name)
    for name, network in city.networks.items():
        if len(network.edges) and network.kind == "roads":
            layers.append(RoadsLayer(network, ground, name, alone=not len(city.buildings)))
        elif len(network.edges):
            layers += network_layers(name, network, ground, alone=not len(city.buildings))
    if LAYER in city.layers or has_dependents(city):
        layers.append(DependencyLayer(city, ground))
    layers += moving_layers(city)
    if len(city.buildings):
        layers.append(BuildingsLayer(city))
        towers = TowerLabels(city)
        if len(towers.table()):
            layers.append(towers)
    layers += cloud_layers(city)
    if city.pictures:  # a photograph shows what fills of land use would hide
        for layer in layers:
            if layer.id in ("landuse", "green"):
                layer.visible = False
    return layers


def _rank(name: str) -> tuple[int, str]:
    order = ("zones", "landuse", "green", "water", "rail", "metro", "bridges", "tunnels", "barriers", "trees")
    return (order.index(name) if name in order else len(order), name)


def _is_known(name: str) -> bool:
    return (re.sub(r" \d+$", "", name)) in (*SHOWN_BY_NAME, *NAMED)


def _of_features(name: str, features: Features, ground: Ground, unknown: int = 0) -> list[Layer]:
    """Layers of one part; another of a name that is taken ("landuse 2") looks like the first. unknown: how many with no look of their
    own came before."""
    found = re.fullmatch(r"(.+) (\d+)", name)
    if found is None or not _is_known(name):
        return _named(name, features, ground, unknown)
    layers = _named(found[1], features, ground, unknown)
    for layer in layers:
        layer.id = name + layer.id.removeprefix(found[1])
        layer.title = f"{layer.title} {found[2]}"
    return layers


def _named(name: str, features: Features, ground: Ground, unknown: int) -> list[Layer]:
    if name == "water":
        return _water(features, ground)
    if name in ("landuse", "green"):
        title, order = ("Land use", 1) if name == "landuse" else ("Green", 2)
        style = Style(kind="categorised", field="kind", categories=LANDUSE if name == "landuse" else GREEN)
        if "kind" not in features.table or name == "green":
            style = Style(color="#b9c9a0") if name == "green" else Style(color="#e0d9cc")
        return [AreaLayer(name, title, "base", features, ground, style=style, order=order)]
    if name == "trees":
        return [TreeLayer(features, ground)]
    if name == "places":
        return [PlacesLayer(features, ground)]
    if name == "facilities":
        return [FacilitiesLayer(features, ground)]
    if name == "barriers":
        return [barrier_layer(features, ground)]
    return _generic(name, features, ground, unknown)


def _water(features: Features, ground: Ground) -> list[Layer]:
    layers: list[Layer] = [AreaLayer("water", "Water", "base", features, ground, material="water", style=Style(color=RIVER), order=3)]
    lines = np.isin(shapely.get_type_id(features.geometry), (1, 5))
    if lines.any():
        rows = np.flatnonzero(lines)
        layers.append(
            LineLayer(
                "water-lines",
                "Streams",
                "base",
                features.table.iloc[rows].reset_index(drop=True),
                features.geometry[rows],
                ground,
                widths_m=4.0,
                style=Style(color=RIVER),
                order=3,
                source=features.source,
            )
        )
    return layers


def barrier_layer(features: Features, ground: Ground) -> LineLayer:
    """Flood walls as strips up to their crest."""
    t = features.table
    crest = pd.to_numeric(t["crest_z_m"], errors="coerce").to_numpy(float) if "crest_z_m" in t else np.full(len(t), np.nan)
    return LineLayer(
        "barriers",
        "Flood walls",
        "city",
        t,
        features.geometry,
        ground,
        wall_top_z=crest,
        style=Style(color="#c3c1bb"),
        source=features.source,
    )


def _by_class(table: pd.DataFrame) -> Style | None:
    """Of the areas of a classified raster (numbered kinds): a colour per class along a ramp."""
    if not {"kind", "value"} <= set(table.columns) or not pd.api.types.is_integer_dtype(table["value"]):
        return None
    named = table[["value", "kind"]].drop_duplicates().sort_values("value")["kind"].astype(str).drop_duplicates()
    rgb = np.round(ramp("viridis", np.linspace(0.1, 0.95, len(named))) * 255).astype(int).tolist()
    colors = [f"#{r:02x}{g:02x}{b:02x}" for r, g, b in rgb]
    return Style(kind="categorised", field="kind", categories=tuple(zip(named, colors, strict=True)))


def _generic(name: str, features: Features, ground: Ground, unknown: int) -> list[Layer]:
    """Any geometry: areas, lines and points of one layer become up to three layers."""
    title, group, color, order, visible = SHOWN_BY_NAME.get(name, (name.replace("_", " ").capitalize(), "base", "#c2b49d", 12, True))
    if features.mesh is not None and len(features.mesh):
        return [StructuresLayer(name, title, group, features, ground, style=Style(color=color), order=order, visible=visible)]
    kinds = shapely.get_type_id(features.geometry)
    layers: list[Layer] = []
    options: dict[str, Any] = {"order": order, "visible": visible}
    several = sum(bool(np.isin(kinds, k).any()) for k in ((3, 6), (1, 5), (0, 4))) > 1
    for ids, word in (((3, 6), "areas"), ((1, 5), "lines"), ((0, 4), "points")):
        rows = np.flatnonzero(np.isin(kinds, ids))
        if not len(rows):
            continue
        part = Features(features.role, features.table.iloc[rows].reset_index(drop=True), features.geometry[rows], features.source)
        id_, label = (f"{name}-{word}", f"{title} ({word})") if several else (name, title)
        look = Look(Style(color=color)) if name in SHOWN_BY_NAME else look_of(name, part.table, unknown, word)
        options["style"] = _by_class(part.table) or look.style
        if word == "areas":
            layers.append(AreaLayer(id_, label, group, part, ground, **options))
        elif word == "lines":
            layers.append(LineLayer(id_, label, group, part.table, part.geometry, ground, source=part.source, **options))
            layers[-1].is_buried = name in ("metro", "tunnels", "pipes", "drainage")
        elif look.pin:
            layers.append(PointLayer(id_, label, "facilities", part, ground, lift_m=30.0, stem=True, **{**options, "order": 20}))
        else:
            layers.append(PointLayer(id_, label, group, part, ground, **options))
    return layers
