"""A picture without a screen: what `twin shot`, the demo and the report use."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from layers.catalogue import city_layers
from layers.layer import Layer
from layers.light import Light
from twin.city.city import City
from twin.errors import InputError

if TYPE_CHECKING:
    from gui.scene.scene import Scene

VIEWS = ("iso", "top", "north", "south", "east", "west", "street")


class Studio:
    """One scene for several pictures of a city: setting one up takes seconds, another camera or moment does not.

    layers: instead of the city's own. civil: local time of the vehicles. Use it as a context manager, or call `close`.
    """

    def __init__(
        self, city: City, layers: Sequence[Layer] | None = None, theme: str = "light", light: Light | None = None, look: str = "",
        civil: datetime | None = None,
    ) -> None:  # fmt: skip
        from gui.scene.scene import Scene

        self.city, self.scene = city, Scene()
        self._results: list[Layer] = []
        self._store: Any = None
        if civil is not None:
            self.scene.moment.civil = civil
        if light is not None:
            self.scene.put_light(light)
        self.scene.theme(theme)
        self.scene.set_look(look)
        self.scene.set_city(city)
        for layer in layers if layers is not None else city_layers(city):
            self.scene.add(layer)

    def __enter__(self) -> Studio:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self.scene.close()

    def show(self, content: Any = None, quantities: Sequence[str] | None = None) -> None:
        """Results on top of the city instead of earlier ones: a FieldStore, layers, or None for the city alone.

        quantities: those to be seen (default: what is most telling), and layers of the city that are hidden at first (traffic,
        network-power ...). Raises InputError for one that has no layer.
        """
        from layers.results import result_layers
        from layers.traffic import TrafficLayer, road_factors

        for layer in self._results:
            self.scene.remove(layer)
        is_store = content is not None and hasattr(content, "quantities")
        self._results = result_layers(self.city, content) if is_store else list(content or [])
        for layer in self._results:
            self.scene.add(layer)
        if quantities:
            results = [x for x in self.scene.layers if x.group == "results"]
            own = [x for x in self.scene.layers if x.group != "results"]
            unknown = sorted(set(quantities) - {x.id for x in (*results, *own)})
            if unknown:
                there = f"There are: {', '.join(x.id for x in results) or 'none'}; and of the city {', '.join(x.id for x in own)}."
                raise InputError(f"There is no result layer '{unknown[0]}'", do=there)
            if set(quantities) & {x.id for x in results}:
                for layer in results:
                    layer.visible = layer.id in quantities
            for layer in own:
                layer.visible |= layer.id in quantities
        self._store = content if is_store else None
        for layer in self.scene.layers:
            if isinstance(layer, TrafficLayer):
                layer.set_factors(road_factors(self._store))

    def _keep_off(self, time_s: float) -> None:
        """Let traffic keep off the roads that are closed at a moment of the result."""
        from layers.traffic import TrafficLayer, road_factors

        for layer in self.scene.layers:
            if isinstance(layer, TrafficLayer):
                layer.set_factors(road_factors(self._store, time_s))

    def picture(
        self,
        out_png: Path | str,
        camera: str | Mapping[str, Any] = "iso",
        size: tuple[int, int] = (1600, 900),
        time_s: float | None = None,
        badge: str = "",
        clock: str = "",
        scale: int = 1,
    ) -> Path:
        """Write a PNG and return its path; arguments as those of `shot`."""
        if time_s is not None:
            self.scene.set_time(time_s)
            clock = clock or f"+{int(time_s) // 3600}:{int(time_s) // 60 % 60:02d}"
            self._keep_off(time_s)
        self.scene.hud.set(badge=badge, clock=clock, title=self.city.name)
        self.scene.camera.aspect = size
        aim(self.scene, self.city, camera)
        if self.city.buildings.tiles is not None:  # its shadows are those of the neighbourhood of the eye
            self.scene.set_light(self.scene.lighting.light)
        self.scene.screenshot(out_png, size, scale)
        return Path(out_png)


def shot(
    city: City,
    out_png: Path | str,
    camera: str | Mapping[str, Any] = "iso",
    size: tuple[int, int] = (1600, 900),
    layers: Sequence[Layer] | None = None,
    store: Any = None,
    time_s: float | None = None,
    badge: str = "",
    clock: str = "",
    quantities: Sequence[str] | None = None,
    scale: int = 1,
    theme: str = "light",
    light: Light | None = None,
    look: str = "",
    civil: datetime | None = None,
) -> Path:
    """Write a PNG of a city and return its path.

    camera: iso, top, north, south, east, west, street, a bookmark (dict of Camera.state), or "LON,LAT,HEIGHT,HEADING,PITCH"
    (degrees; metres above ground). layers: instead of the city's own and the store's. store: FieldStore whose layers are
    added, shown at time_s (default: its last moment). quantities: of the result to show (default: what is most telling).
    light: of a moment (layers.sunlight.light_of). look: clay, realistic, operations, or '' for what suits the theme.
    civil: local time that vehicles are shown at.
    Raises InputError for a camera or layer that is unknown, StorageError where the file cannot be written.
    """
    with Studio(city, layers, theme, light, look, civil) as studio:
        studio.show(store if layers is None else None, quantities)
        if time_s is None and store is not None and len(store.times):
            time_s = float(store.times[-1])
        return studio.picture(out_png, camera, size, time_s, badge, clock, scale)


def sun_of(city: City, text: str) -> Light:
    """Light of a moment in ISO 8601; one without a zone is in the city's. Raises InputError."""
    from layers.sunlight import light_of

    return light_of(city, moment_of(city, text))


def moment_of(city: City, text: str) -> datetime:
    """A moment in ISO 8601 in the city's zone. Raises InputError."""
    zone = city.frame.zone
    try:
        when = datetime.fromisoformat(text)
        when = when.replace(tzinfo=zone) if when.tzinfo is None else when.astimezone(zone)
        if not 1900 <= when.year <= 2199:
            raise ValueError
    except (ValueError, OverflowError):
        raise InputError(f"'{text}' is not a moment", do="Write YYYY-MM-DDTHH:MM, for example 2026-06-21T17:00.") from None
    return when


def bookmarked(what: Sequence[str], camera: str, city: City) -> tuple[str | dict[str, Any], list[Layer] | None]:
    """The camera of a bookmark of that name in the project that is opened, and the layers as it shows them; else the camera given."""
    from twin.project import Project, is_project

    kept = Project.load(what[0]).bookmarks if is_project(list(what)) else {}
    if camera not in kept:
        return camera, None
    layers, seen = city_layers(city), kept[camera].get("layers")
    for layer in layers:
        if isinstance(seen, dict) and layer.id in seen:
            layer.visible = bool(seen[layer.id])
    return kept[camera], layers


def aim(scene: Scene, city: City, camera: str | Mapping[str, Any]) -> None:
    """Point the camera by a spec of `shot`."""
    if isinstance(camera, Mapping):
        scene.camera.restore(dict(camera))
        return
    if camera in VIEWS:
        scene.camera.view(camera, animate=False)
        return
    try:
        lon, lat, height, heading, pitch = (float(v) for v in camera.split(","))
    except ValueError:
        raise InputError(f"'{camera}' is not a camera", do=f"Use one of {', '.join(VIEWS)}, or LON,LAT,HEIGHT,HEADING,PITCH.") from None
    if not (np.isfinite([lon, lat, height, heading, pitch]).all() and abs(lon) <= 180 and abs(lat) <= 90 and abs(pitch) <= 90):
        raise InputError(f"The camera '{camera}' is out of range", do="Longitude, latitude and pitch are in degrees.")
    x, y = (float(v) for v in city.frame.from_lonlat(lon, lat))
    z = float(scene.ground.height(x, y)) + max(1.0, height)
    from gui.scene.camera import Eye

    distance = max(50.0, height)
    forward = Eye(heading=heading, pitch=pitch).forward * distance
    scene.camera.set(Eye(x + float(forward[0]), y + float(forward[1]), z + float(forward[2]), distance, heading, pitch, 45.0))
