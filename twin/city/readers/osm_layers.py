"""Which layer of a city an OpenStreetMap object belongs to, told by its tags (https://wiki.openstreetmap.org/wiki/Map_features)."""

from __future__ import annotations

Tags = dict[str, str]

ROLE_OF = {
    "buildings": "buildings", "roads": "roads", "rail": "rail", "metro": "metro", "water": "water", "landuse": "landuse", "green": "green",
    "trees": "trees", "poi": "poi", "places": "places", "stations": "stations", "power": "power", "power sites": "other",
    "pipelines": "pipes", "barriers": "barriers", "bridges": "bridges", "zones": "zones", "squares": "other", "tree rows": "other",
    "coastline": "other", "traffic signals": "other", "metro_entrances": "other",
}  # fmt: skip
"""Layer -> role, in the order in which layers are given."""
AS_POINTS = frozenset({"poi", "places", "stations", "power sites"})
"""Layers whose areas become a point on them."""

_GREEN = {
    "landuse": frozenset({"forest", "grass", "meadow", "orchard", "vineyard", "village_green", "recreation_ground", "allotments",
                          "cemetery", "flowerbed", "plant_nursery", "greenfield"}),
    "leisure": frozenset({"park", "garden", "nature_reserve", "golf_course", "dog_park", "pitch"}),
    "natural": frozenset({"wood", "scrub", "grassland", "heath", "wetland", "fell", "shrubbery"}),
}  # fmt: skip
_WATER_LINES = frozenset({"river", "stream", "canal", "ditch", "drain", "brook", "tidal_channel", "fairway"})
_RAIL = frozenset({"rail", "light_rail", "tram", "narrow_gauge", "monorail", "funicular", "preserved"})
_STATIONS = frozenset({"station", "halt", "tram_stop"})
_ENTRANCES = frozenset({"subway_entrance", "train_station_entrance"})
_POI = ("amenity", "healthcare", "shop", "tourism", "office", "craft", "historic", "leisure")
_NOT_POI = _GREEN["leisure"] | {"bench", "waste_basket", "vending_machine", "parking_space", "bicycle_parking", "hunting_stand", "track",
                                "swimming_pool", "fountain", "parking_entrance"}  # fmt: skip
_SITES = frozenset({"substation", "plant", "generator", "transformer", "tower", "portal", "switch"})
_LAND_OF_AMENITY = {"school": "school", "university": "university", "college": "education", "kindergarten": "education",
                    "hospital": "hospital", "parking": "parking"}  # fmt: skip
_PLANNED = frozenset({"proposed", "razed", "abandoned", "disused", "dismantled"})


def _said(tags: Tags, key: str) -> str:
    value = tags.get(key, "")
    return "" if value == "no" else value


_POI_KEYS = frozenset({*_POI, "emergency", "man_made", "highway", "power"})


def _point_of_interest(tags: Tags) -> str:
    if _POI_KEYS.isdisjoint(tags):
        return ""
    for key in _POI:
        value = tags.get(key)
        if value and value not in _NOT_POI and value not in ("yes", "no"):
            return value
    if tags.get("emergency") in ("ambulance_station", "assembly_point", "siren"):
        return tags["emergency"]
    if tags.get("man_made") in ("pumping_station", "water_works", "wastewater_plant", "water_tower", "monitoring_station"):
        return tags["man_made"]
    if tags.get("highway") == "bus_stop":
        return "bus_stop"
    return "substation" if tags.get("power") == "substation" else ""


def of_node(tags: Tags) -> list[tuple[str, str]]:
    """Layers a node belongs to, each with its kind there."""
    out = []
    if tags.get("natural") == "tree":
        out.append(("trees", tags.get("species") or tags.get("genus") or tags.get("leaf_type") or "tree"))
    if "place" in tags:
        out.append(("places", tags["place"]))
    if tags.get("railway") in _STATIONS:
        out.append(("stations", "subway_station" if tags.get("station") == "subway" else "station"))
    elif tags.get("railway") in _ENTRANCES:
        out.append(("metro_entrances", tags["railway"]))
    elif tags.get("power") in _SITES:
        out.append(("power sites", tags["power"]))
    elif tags.get("highway") == "traffic_signals":
        out.append(("traffic signals", "traffic_signals"))
    kind = _point_of_interest(tags)
    if kind:
        out.append(("poi", kind))
    return out


def of_line(tags: Tags, closed: bool) -> list[tuple[str, str]]:
    """Layers a way belongs to as a line; kind '' where the layer's own tags say it best."""
    out = []
    area = tags.get("area") == "yes"
    highway = tags.get("highway", "")
    if highway and not area and highway not in _PLANNED and highway not in ("platform", "rest_area", "services"):
        out.append(("roads", ""))
    railway = tags.get("railway", "")
    if railway == "subway":
        out.append(("metro", "subway"))
    elif railway in _RAIL:
        out.append(("rail", railway))
    if tags.get("waterway") in _WATER_LINES and not area:
        out.append(("water", tags["waterway"]))
    if tags.get("power") in ("line", "minor_line", "cable"):
        out.append(("power", tags["power"]))
    elif tags.get("man_made") == "pipeline":
        out.append(("pipelines", tags.get("substance", "pipeline")))
    if (_said(tags, "barrier") and not (closed and area)) or tags.get("man_made") in ("dyke", "embankment"):
        out.append(("barriers", _said(tags, "barrier") or tags["man_made"]))
    if tags.get("natural") in ("tree_row", "coastline"):
        out.append(("tree rows", "tree_row") if tags["natural"] == "tree_row" else ("coastline", "coastline"))
    return out


def of_area(tags: Tags) -> list[tuple[str, str]]:
    """Layers a closed way or multipolygon belongs to as an area."""
    out: list[tuple[str, str]] = []
    if _said(tags, "building") or _said(tags, "building:part"):
        out.append(("buildings", ""))
    else:
        land = _land(tags)
        if land:
            out.append(land)
    if tags.get("man_made") == "bridge":
        out.append(("bridges", tags.get("bridge:structure", "bridge")))
    if tags.get("boundary") in ("administrative", "postal_code", "statistical", "census"):
        out.append(("zones", f"admin_level {tags['admin_level']}" if "admin_level" in tags else tags["boundary"]))
    if "place" in tags and tags.get("boundary") is None:
        out.append(("places", tags["place"]))
    if tags.get("railway") in _STATIONS:
        out.append(("stations", "subway_station" if tags.get("station") == "subway" else "station"))
    elif tags.get("power") in _SITES:
        out.append(("power sites", tags["power"]))
    kind = _point_of_interest(tags)
    if kind:
        out.append(("poi", kind))
    return out


def _land(tags: Tags) -> tuple[str, str] | None:
    """What covers the ground here."""
    natural, landuse, leisure = tags.get("natural", ""), tags.get("landuse", ""), tags.get("leisure", "")
    if natural in ("water", "bay", "strait") or tags.get("waterway") in ("riverbank", "dock", "basin"):
        return "water", tags.get("water") or tags.get("waterway") or natural
    if landuse in ("reservoir", "basin") or leisure == "swimming_pool":
        return "water", landuse or leisure
    for key, words in _GREEN.items():
        if tags.get(key) in words:
            return "green", tags[key]
    if tags.get("highway") and (tags.get("area") == "yes" or tags.get("type") == "multipolygon"):
        return "squares", tags["highway"]
    if landuse:
        return "landuse", landuse
    if tags.get("amenity") in _LAND_OF_AMENITY:
        return "landuse", _LAND_OF_AMENITY[tags["amenity"]]
    if natural in ("beach", "sand", "bare_rock", "mud", "shingle") or tags.get("place") == "square":
        return "landuse", natural or "square"
    return None
