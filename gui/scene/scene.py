"""The 3D scene: layers in, one picture out. Knows VTK but not Qt; a view or an off-screen window hosts it."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from psygnal import Signal
from vtkmodules.vtkRenderingCore import vtkRenderer, vtkRenderWindow

from gui.scene.actors import DrapeActor, GlyphActor, LineActor, MeshActor, SurfaceActor
from gui.scene.arrows import ArrowsActor
from gui.scene.camera import Bounds6, Camera
from gui.scene.compare import Box, Panes, aim_part, shift, viewport
from gui.scene.current import CurrentActor
from gui.scene.hud import Hud
from gui.scene.lighting import Haze, Lighting
from gui.scene.movers import MovingActor, Present
from gui.scene.pace import Pace
from gui.scene.particles import ParticlesActor
from gui.scene.picking import Hit, Picker, nearest_line, nearest_marker, pickable
from gui.scene.relief import DEEP_M, Relief
from gui.scene.sheets import DotsActor, SheetActor
from gui.scene.sky import Sky, air_of
from gui.scene.solid import Solids, depth_of
from gui.scene.sprites import LabelActor, MarkerActor, place_markers
from gui.scene.standin import StandIn
from gui.scene.street import Skyline, street_eye
from gui.scene.tiles import TilesActor
from gui.scene.tileset import PICTURE, STILL, TileSet, View
from gui.scene.tools import Tools
from gui.scene.vehicles import FleetActor
from layers.citylook import LOOKS, OPERATIONS, REALISTIC, Look
from layers.current import Current
from layers.drawing import Dots, Drape, Drawing, Glyphs, Labels, Lines, Points, Sheet, Surface
from layers.fields import WaterLayer
from layers.flow import Arrows
from layers.framing import content_of
from layers.ground import Ground
from layers.imagery import lattice
from layers.layer import Layer
from layers.legend import Legend
from layers.light import Light, Shadows, Standing, cast_shadows, shadows_on, standing
from layers.moment import Moment
from layers.particles import Particles
from layers.sunlight import is_dark
from layers.tiles import Tiled
from layers.traffic import Fleet
from twin.city.city import City
from twin.city.terrain import Grid

if TYPE_CHECKING:
    from gui.scene.ready import Ready

Floats = NDArray[np.float64]
LINE_DEPTH = 0.01
"""A line this share of its distance behind a surface lies on it."""
SLOW_MS = 45.0
NO_SKY_DEG = -4.0
"""Highest direction in the picture below which the ground fills it to its upper edge."""
LEAN_PX = 1.5
"""Corners of a bridge so near on the screen are one while the view moves."""
VEIL_M, MOST_VEIL, VEIL_LIFT_M = 25.0, 150, np.float32(0.12)
"""Between the corners of the veil of shadow over flat ground, and their number along a side; streets lie 8 cm above the ground."""
LOW_M, SKYLINE_M = 40.0, 250.0
"""Eye heights below which one stands in a street, and below which buildings hide what is behind them."""


class Scene:
    """Layers, camera, light and head-up display over one vtkRenderer.

    render_requested: the host should draw soon (never draws by itself). layers_changed: a layer was added or removed.
    picked rows are those of the layer's table; coordinates are local metres; pixels count from the top left, in device pixels.
    """

    render_requested = Signal()
    layers_changed = Signal()

    def __init__(self) -> None:
        self.renderer = vtkRenderer()
        self.renderer.SetUseOIT(False)
        self.renderer.SetUseDepthPeeling(False)
        self.renderer.AutomaticLightCreationOff()
        self.lighting, self.haze = Lighting(), Haze()
        self.sky = Sky()
        for actor in self.sky.actors:
            self.renderer.AddActor(actor)
        self.hud = Hud(self.request_render)
        for actor in self.hud.actors:
            self.renderer.AddViewProp(actor)
        self.camera = Camera(self.renderer.GetActiveCamera())
        self.camera.moved.connect(self.request_render)
        self.camera.floor = self._floor
        solids = Solids(self)
        self.camera.roof, self.camera.sees = solids.roof, solids.sees
        self.camera.street = lambda: None if self.city is None else street_eye(self.city, self.ground, self._water())
        self._skyline: Skyline | None = None
        self.city: City | None = None
        self.ground = Ground(None, None)
        self.dark = False
        self.scale = 1.0
        self.size = (1600, 900)
        self.picture_size = self.size
        """Of the whole picture; `size` is that of the view in use, where there are several."""
        self.panes, self._pane, self._is_shifted = Panes(), -1, False
        self._placed: tuple[Any, ...] | None = None
        """Eye, size and actors for which names and pins were placed last, and whether that was in this picture."""
        self._sight: dict[str, bool] = {}
        self._has_placed = False
        self.is_moving = False
        self.moment = Moment()
        self._layers: list[Layer] = []
        self._actors: dict[str, dict[str, tuple[Any, Drawing]]] = {}
        self._listeners: dict[str, Any] = {}
        self._dirty: dict[str, set[str]] = {}
        self._stale: set[str] = set()
        """Hidden layers that changed since they were drawn."""
        self._offered: dict[tuple[str, str], Any] = {}
        """Actors a worker has made, by layer and key, until their layer is drawn first."""
        self._picker = Picker()
        self._shadow_veil: SheetActor | None = None
        self.stand_in = StandIn(self)
        self.pace = Pace()
        self._look_name, self._is_theme_dark = "", False
        self.tools = Tools(self)
        self.relief = Relief(self)
        self._dress()

    # -- content -------------------------------------------------------------------------------------------------------
    @property
    def layers(self) -> list[Layer]:
        """In the order they were added."""
        return list(self._layers)

    def layer(self, id: str) -> Layer | None:
        return next((x for x in self._layers if x.id == id), None)

    def sees(self, layer: Layer) -> bool:
        """Whether the view in use draws a layer."""
        return layer.visible if self._pane < 0 else self._sight.get(layer.id, False)

    def _find_sight(self) -> None:
        """What the view in use draws, asked once for each of its pictures."""
        self._sight = {x.id: self.panes.panes[self._pane].shows(x) for x in self._layers} if self._pane >= 0 else {}

    def _is_wanted(self, layer: Layer) -> bool:
        """Whether any view draws it."""
        return any(p.shows(layer) for p in self.panes) if self._pane >= 0 else layer.visible

    def set_panes(self, panes: Panes) -> None:
        """Other views in the picture, or other contents of them; no panes: one view of what is visible."""
        self.enter(-1)
        for pane in self.panes:
            if pane.hud is not None and pane not in panes.panes:
                for actor in pane.hud.actors:
                    self.renderer.RemoveViewProp(actor)
                pane.hud = None
        self.panes, eye = panes, self.camera.eye
        if not panes.swipe:
            self.hud.sides = None
        panes.active = min(panes.active, max(0, len(panes) - 1))
        for pane in panes:
            if pane.hud is None and not panes.swipe:
                pane.hud = Hud(self.request_render)
                for actor in pane.hud.actors:
                    self.renderer.AddViewProp(actor)
            if panes.linked or pane.eye is None:
                pane.eye = eye
        self._reveal_hud()
        if len(panes):
            self._dirty.update({x.id: {"visible"} | self._dirty.get(x.id, set()) for x in self._layers})
            self.enter(panes.active)
        self.request_render()

    def enter(self, pane: int, placed: bool = False) -> None:
        """Make a view the one that mouse, keys and picking are about. placed: what is fixed to the screen follows too."""
        if pane != self._pane:
            left = self.panes.panes[self._pane] if self._pane >= 0 else None
            self._pane = pane
            if left is not None and not self.panes.linked:
                left.eye = self.camera.eye
            if pane >= 0 and not self.panes.linked and self.panes.panes[pane].eye is not None:
                self.camera.look(self.panes.panes[pane].eye)
            self.size = self.picture_size if pane < 0 else self.panes.frame(pane, self.picture_size).size
            self.camera.aspect = self.size
            self._find_sight()
            for layer in self._layers:
                self._reveal(layer)
            self._reveal_hud()
            if placed:
                self._has_placed = False
                self._place()

    def inside(self, x: float, y: float, keep: bool = False) -> tuple[float, float]:
        """Pixel of the view below a pixel of the picture, both from the top left; it becomes the one in use unless `keep`."""
        if not len(self.panes):
            return x, y
        width, height = self.picture_size
        if not keep:
            found = self.panes.at(x, height - 1 - y, self.picture_size)
            if found != self.panes.active:
                self.camera.finish()
                self.panes.active = found
                self.enter(found, placed=True)
        frame = self.panes.frame(self.panes.active, self.picture_size)
        return x - frame.x0, y - (height - frame.y1)

    def _reveal(self, layer: Layer) -> None:
        """Show or hide what is drawn of a layer."""
        for actor, _ in self._actors[layer.id].values():
            seen = self.sees(layer) and not self.stand_in.replaces(actor, layer)
            if isinstance(actor, TilesActor):
                actor.visible(seen)
            for prop in _props(actor):
                prop.SetVisibility(seen and not (self.is_moving and isinstance(actor, GlyphActor) and prop is actor.actor))

    def _reveal_hud(self) -> None:
        self.hud.visible(self._pane < 0 or self.panes.swipe)
        for k, pane in enumerate(self.panes):
            if pane.hud is not None:
                pane.hud.visible(k == self._pane)

    def set_city(self, city: City, shadows: bool = True, ready: Ready | None = None) -> None:
        """Take a city as the ground and extent of the scene; its layers are added by `add`. ready: what a worker has made of it."""
        for layer in self.layers:
            self.remove(layer)
        self.city, self.ground, self._skyline = city, Ground.of(city), Skyline(city)
        self.stand_in.take(city.bounds)
        self.relief.cut(None)
        self.relief.show_underground(False)
        self.relief.stretch = 1.0
        x0, y0, x1, y1 = city.core_bounds
        if x1 - x0 < 1 or y1 - y0 < 1:
            x0, y0, x1, y1 = x0 - 200, y0 - 200, x1 + 200, y1 + 200
        top = self.ground.level + min(50.0, 0.2 * max(x1 - x0, y1 - y0))  # a wave tank is a city of five metres
        if city.buildings.z_range is not None:
            top = city.buildings.z_range[1]
        self.camera.bounds = (x0, x1, y0, y1, self.ground.level, top)
        known = ready is not None and ready.city is city
        self.camera.content = ready.content if known else content_of(city, self.ground)
        self.hud.credits = city.attribution + (" · synthetic city" if city.synthetic else "")
        self.hud.data_date = next((s.date for s in city.sources if s.date), "")
        if ready is not None and ready.city is city and shadows:
            self._offered = dict(ready.actors)
            same = ready.light == self.lighting.light  # else whoever set the light has shadows cast in a worker
            self._lit(self.lighting.light, ready.shadows if same else None, ready.veil if same else None)
        else:
            self._offered = {}
            self.set_light(self.lighting.light, shadows and city.buildings.tiles is None)
        self.camera.view("iso", animate=False)

    def set_light(self, light: Light, shadows: bool = True) -> None:
        """Sun of another time, with its shadows; takes a second in a large city: see `put_light` and `put_shadows`."""
        found = veil = None
        if shadows and self.city is not None:
            found, veil = shadows_for(self.city, self.ground, light, self.camera.eye.position[:2], lamps=self.has_lamps)
        self._lit(light, found, veil)

    def put_light(self, light: Light) -> None:
        """Sun of another time at once; shadows stay as they are until `put_shadows`."""
        self.lighting.set(light, self.lighting.shadows)
        self._air()

    def put_shadows(self, shadows: Shadows | None, veil: SheetActor | None) -> None:
        """Shadows that a worker has made (`shadows_for`)."""
        self._lit(self.lighting.light, shadows, veil)

    def _lit(self, light: Light, shadows: Shadows | None, veil: SheetActor | None) -> None:
        self.lighting.set(light, shadows)
        if self._shadow_veil is not None:
            self.renderer.RemoveActor(self._shadow_veil.actor)
        self._shadow_veil = veil
        self.stand_in.is_stale = True
        if veil is not None:
            veil.actor.SetVisibility(not self.stand_in.hides_veil)
            self.renderer.AddActor(veil.actor)
        self._air()

    def _air(self) -> None:
        """Sky and haze of the light and look of now; labels that are read on them."""
        shown = self.lighting.shown
        air_of(shown, self.lighting.look, self.sky, self.haze)
        self.renderer.SetBackground(*self.haze.color)
        was, self.dark = self.dark, self.lighting.look.is_dark or is_dark(shown)
        if was != self.dark:
            self.hud.dark = self.dark
            for pane in self.panes:
                if pane.hud is not None:
                    pane.hud.dark = self.dark
            for layer in self._layers:
                for actor, d in self._actors[layer.id].values():
                    if isinstance(actor, (LabelActor, MarkerActor)):
                        brought_up(actor, d, layer.selected, self.dark, self.scale)
        self.request_render()

    @property
    def paints_veil(self) -> bool:
        """Whether shadow is painted with the ground; lamplight is not, for it shines."""
        return self.lighting.shown.lamps == 0

    def add(self, layer: Layer) -> None:
        """Show a layer and follow its changes. Raises ValueError for an id that is already there."""
        if self.layer(layer.id) is not None:
            raise ValueError(f"the scene already has a layer '{layer.id}'")
        self._layers.append(layer)
        layer.plain = self.lighting.look.plain
        self._actors[layer.id] = {}

        def follow(aspect: str, layer_id: str = layer.id) -> None:
            self._dirty.setdefault(layer_id, set()).add(aspect)
            self.request_render()

        layer.below = self.relief.is_underground
        self._listeners[layer.id] = follow
        layer.changed.connect(follow)
        self._dirty[layer.id] = {"data"}
        self.layers_changed.emit()
        self.request_render()

    def remove(self, layer: Layer) -> None:
        if layer not in self._layers:
            return
        layer.changed.disconnect(self._listeners.pop(layer.id))
        self._layers.remove(layer)
        self.stand_in.is_stale = True
        for key in list(self._actors[layer.id]):
            self._drop(layer.id, key)
        del self._actors[layer.id]
        self._dirty.pop(layer.id, None)
        self.layers_changed.emit()
        self.request_render()

    def set_time(self, time_s: float) -> None:
        """Show a moment of the scenario in every layer that has a series."""
        for layer in self._layers:
            layer.set_time(time_s)

    def theme(self, name: str) -> None:
        """'light' or 'dark', of the window around the picture: the city follows where no look was chosen for it."""
        self._is_theme_dark = name == "dark"
        self._dress()

    def set_look(self, name: str) -> None:
        """A look of layers.citylook.LOOKS; '' for what suits the theme."""
        self._look_name = name if name in LOOKS else ""
        self._dress()

    @property
    def has_lamps(self) -> bool:
        """Whether streets and windows are lit after dark in the look of now."""
        return self.lighting.look.sky is None

    @property
    def look(self) -> Look:
        """Of the city, as it is now."""
        return self.lighting.look

    def _dress(self) -> None:
        look, had = LOOKS.get(self._look_name) or (OPERATIONS if self._is_theme_dark else REALISTIC), self.has_lamps
        self.lighting.dress(look)
        shadows = self.lighting.shadows
        if shadows is not None and shadows.lamps > 0 and had != self.has_lamps:
            self._lit(self.lighting.light, shadows, veil_of(shadows, self.ground, self.has_lamps))
        for layer in self._layers:
            layer.plain = look.plain
        self.stand_in.is_stale = True
        self._air()

    def set_moving(self, moving: bool, frame_ms: float) -> None:
        """While the view moves and frames are slow, leave out what a moving eye does not miss."""
        light = moving and (self.is_moving or frame_ms > SLOW_MS)
        if light == self.is_moving:
            return
        self.is_moving = light
        for layer in self._layers:
            for actor, _ in self._actors[layer.id].values():
                if isinstance(actor, GlyphActor):
                    actor.actor.SetVisibility(self.sees(layer) and not light)
        self.request_render()

    def measured(self, frame_ms: float) -> None:
        """How long the last picture took: the next ones show more or less."""
        moving = self.is_moving or self.camera.is_flying
        if self.city is not None and self.pace.measured(frame_ms, moving, any(t.is_full for t in self.tiles())) and not moving:
            self.request_render()

    def rested(self) -> None:
        """The view has been left alone for a while: what a busy machine left out of the picture is shown."""
        if any(t.is_full for t in self.tiles()) and self.pace.rested():
            self.request_render()

    def restyle(self, scale: float) -> None:
        """Labels, markers and head-up display for another number of pixels per point."""
        if scale == self.scale:
            return
        self.scale = scale
        for layer in self._layers:
            for actor, d in self._actors[layer.id].values():
                if isinstance(actor, (LabelActor, MarkerActor)):
                    brought_up(actor, d, layer.selected, self.dark, scale)
                sized(actor, d, scale)

    def request_render(self) -> None:
        self.render_requested.emit()

    # -- drawing -------------------------------------------------------------------------------------------------------
    def attach(self, window: vtkRenderWindow) -> None:
        """Give the scene to a render window."""
        window.SetMultiSamples(0)
        window.AddRenderer(self.renderer)

    def prepare(self, size: tuple[int, int], scale: float = 1.0, budget_s: float = math.inf) -> None:
        """Bring actors up to date with layers and place what is fixed to the screen. Call right before each render.

        budget_s: paling the whole city for a result takes longer than a window may stand still; the rest of it waits for the
        next picture, which is asked for.
        """
        until = time.perf_counter() + budget_s
        self.restyle(scale)
        self.picture_size = size
        self._find_sight()
        self.size = size if self._pane < 0 else self.panes.frame(self._pane, size).size
        self.camera.aspect = self.size
        self.camera.step()
        results = any(self._is_wanted(x) and x.group == "results" for x in self._layers)
        for layer in self._layers:
            layer.quiet = results  # the city pales, so that the data carries the colour
            aspects = self._dirty.get(layer.id)
            if aspects and (aspects != {"quiet"} or time.perf_counter() < until):
                del self._dirty[layer.id]
                self._sync(layer, aspects)
        if self._dirty:
            self.request_render()
        if not len(self.panes):
            self._look(math.isinf(budget_s))

    def draw(
        self, window: vtkRenderWindow, size: tuple[int, int], scale: float = 1.0, budget_s: float = math.inf, part: Box | None = None
    ) -> None:
        """Draw a picture of so many pixels into a window, each view of it in its place. part: what of it the window shows."""
        self.prepare(size, scale, budget_s)
        seen = Box(0, 0, *size) if part is None else part
        if not len(self.panes):
            self._render(window, Box(0, 0, *size), seen, seen)
            return
        self.panes.match(self.hud)
        self._has_placed = False
        for k in self.panes.order:
            drawn = self.panes.box(k, size).within(seen)
            if drawn is not None:
                self.enter(k)
                self.size = self.panes.frame(k, size).size
                self.camera.aspect = self.size
                self._look(math.isinf(budget_s), also=k != self.panes.order[0])
                self._render(window, self.panes.frame(k, size), drawn, seen)
        self.enter(self.panes.active)

    def _render(self, window: vtkRenderWindow, frame: Box, drawn: Box, seen: Box) -> None:
        """Render the view in use: `drawn` of its picture `frame`, in a window that shows `seen`."""
        camera = self.renderer.GetActiveCamera()
        self.renderer.SetViewport(*viewport(drawn, seen))
        aim_part(camera, self.camera.eye.angle, frame, drawn)
        if drawn != frame or len(self.panes) or self._is_shifted:
            self._is_shifted = drawn != frame
            shift(self._flat_props(), frame, drawn)
        window.Render()
        aim_part(camera, self.camera.eye.angle, frame, frame)

    def _flat_props(self) -> list[Any]:
        """What is fixed to the screen."""
        props = [a for hud in (self.hud, *(p.hud for p in self.panes)) if hud is not None for a in hud.actors]
        return props + [p for a in (*self._of_kind(LabelActor), *self._of_kind(MarkerActor)) for p in a.actors]

    def _look(self, patient: bool, also: bool = False) -> None:
        """Choose and place for the eye of the view in use. also: tiles that an earlier view of this picture lacks are still wanted."""
        moving = self.is_moving or self.camera.is_flying
        view = View(self.camera.eye, self.size, moving, patient, self.pace.of(moving), self.camera.stretch)
        self._lean(view)
        self.stand_in.choose(view)
        for tiles in self.tiles():
            if tiles.is_shown:
                tiles.follow(view, also)
        self.stand_in.follow(view, also)
        for dots in self._of_kind(DotsActor):
            dots.follow(view)
        self.haze.wave_s = self.moment.run_s
        eye = tuple(float(v) for v in self.camera.eye.position)
        self.sky.place(eye, self.renderer.GetActiveCamera().GetClippingRange()[1])
        # Looking down there is no sky in the picture, and filling it costs software GL a tenth of it.
        top = math.degrees(math.asin(float(self.camera.eye.basis(self.camera.stretch)[0][2]))) + self.camera.eye.angle * 0.75
        self.sky.dome.SetVisibility(top > NO_SKY_DEG or self.relief.cutaway is not None)
        self.haze.fit(self.camera.eye.distance * float(np.linalg.norm(self.camera.eye.forward * (1.0, 1.0, self.camera.stretch))))
        for glyphs in self._of_kind(GlyphActor):
            glyphs.follow(np.array(eye), self.camera.eye.forward)
        present = Present(view, self.moment, self.lighting, self.haze, self.scale)
        for mover in self._movers():
            mover.follow(present)
        for _, actor in self._mesh_actors():
            actor.uniforms(self.haze, eye, self.lighting)
            self.relief.clip(actor)
        if self._shadow_veil is not None:
            self.relief.clip(self._shadow_veil)
            self._shadow_veil.uniforms(self.haze, eye, self.lighting)
        self._place()

    def _lean(self, view: View) -> None:
        """Fewer triangles of bridges and walls that are far off, while the view moves."""
        eye = view.eye.position
        for actor in self._of_kind(SurfaceActor):
            if isinstance(actor, GlyphActor) or actor.box is None:
                continue
            away = float(np.linalg.norm(np.maximum(np.maximum(actor.box[0] - eye, eye - actor.box[1]), 0.0)))
            actor.lean(LEAN_PX * away / view.focal_px if self.is_moving else 0.0)

    def on_ground(self) -> Iterator[tuple[Layer, Any, Drawing]]:
        """What is drawn of the layers that may lie on the ground: results and sensors lie over it."""
        for layer in self._layers:
            if self._is_wanted(layer) and layer.group not in ("results", "live"):
                for actor, d in self._actors[layer.id].values():
                    yield layer, actor, d

    def painted_veil(self) -> list[Drawing]:
        """The shadow, where it is painted with the ground."""
        return [self._shadow_veil.drawing] if self._shadow_veil is not None and self.paints_veil else []

    def reveal(self, actors: set[int]) -> None:
        """Show or hide anew what is drawn of layers with one of these actors, and the shadow."""
        if self._shadow_veil is not None:
            self._shadow_veil.actor.SetVisibility(not self.stand_in.hides_veil)
        for layer in self._layers:
            if any(id(actor) in actors for actor, _ in self._actors[layer.id].values()):
                self._reveal(layer)

    def tiles(self) -> list[TilesActor]:
        """Of the layers that are seen."""
        return [a for x in self._layers if self.sees(x) for a, _ in self._actors[x.id].values() if isinstance(a, TilesActor)]

    @property
    def is_waiting(self) -> bool:
        """Whether a picture drawn a little later would show more."""
        return any(t.is_waiting for t in self._at_work())

    @property
    def is_making(self) -> bool:
        """Whether tiles are being made now."""
        return any(t.is_making for t in self._at_work())

    @property
    def arrived(self) -> int:
        """Tiles that are there and not in the picture yet."""
        return sum(t.arrived for t in self._at_work())

    def _at_work(self) -> list[TileSet[Any, Any]]:
        """What a picture is waiting for."""
        return [*self.stand_in.at_work, *(t for t in self.tiles() if t.is_shown)]

    def _movers(self) -> list[MovingActor]:
        """Of the layers that are seen."""
        return [a for x in self._layers if self.sees(x) for a, _ in self._actors[x.id].values() if isinstance(a, MovingActor)]

    @property
    def moves(self) -> bool:
        """Whether something that moves by itself is near enough to be seen moving."""
        near = self.camera.eye.distance
        return self.city is not None and any(x.visible and x.opacity > 0 and near < x.moves_within_m for x in self._layers)

    def _mesh_actors(self) -> list[tuple[str, MeshActor]]:
        own = [(i, a) for i, parts in self._actors.items() for a, _ in parts.values() if isinstance(a, MeshActor)]
        own += [("tiles", a) for t in self._at_work() for a in t.actors]
        own += [("relief", a) for a in self.relief.actors]
        own += [("moving", a) for m in self._movers() for a in m.meshes]
        return own + [("near", a.near) for a in self._of_kind(GlyphActor)] + self.tools.actors()

    def _of_kind(self, kind: type) -> list[Any]:
        return [a for parts in self._actors.values() for a, _ in parts.values() if isinstance(a, kind)]

    def _sync(self, layer: Layer, aspects: set[str]) -> None:
        """Take over what changed of a layer. A layer that is not visible is not drawn before it is."""
        parts = self._actors[layer.id]
        if not self._is_wanted(layer):
            if aspects != {"visible"}:
                self._stale.add(layer.id)
        elif aspects != {"visible"} or not parts or layer.id in self._stale:
            self._stale.discard(layer.id)
            drawings = layer.draw()
            for key in set(parts) - {d.key for d in drawings}:
                self._drop(layer.id, key)
            for d in drawings:
                actor = parts[d.key][0] if d.key in parts else self._made(layer.id, d)
                brought_up(actor, d, layer.selected, self.dark, self.scale)
                if isinstance(actor, (MeshActor, TilesActor)):
                    actor.is_data = layer.carries_data
                parts[d.key] = (actor, d)
        self.stand_in.is_stale |= layer.group not in ("results", "live")
        self._reveal(layer)

    def _made(self, layer_id: str, d: Drawing) -> Any:
        actor = self._offered.pop((layer_id, d.key), None) or actor_for(d)
        if isinstance(actor, TilesActor):
            actor.attach(self.renderer)
        for prop in _props(actor):
            self.renderer.AddViewProp(prop)
        return actor

    def _drop(self, layer_id: str, key: str) -> None:
        actor, _ = self._actors[layer_id].pop(key)
        if isinstance(actor, TilesActor):
            actor.close()
        for prop in _props(actor):
            self.renderer.RemoveViewProp(prop)
        self._picker.forget(key)

    def _place(self) -> None:
        eye = self.camera.eye
        metres_per_px = eye.distance / eye.focal_px(max(1, self.size[1]))
        hud = self.hud if self._pane < 0 else self.panes.panes[self._pane].hud or self.hud
        hud.legends = self._legends(self.sees)
        if hud is not self.hud:  # what an earlier view explains already is not said twice
            told = [g for p in self.panes.panes[: self._pane] for g in self._legends(p.shows)]
            hud.legends = [g for g in hud.legends if g not in told]
        hud.cautions = [x.caution for x in self._layers if x.caution and self.sees(x)]
        taken = hud.place(self.size, self.scale, eye.heading, metres_per_px)
        room = list(taken)
        """Free of the display; markers may lie below labels that are always written."""
        seen: set[str] = set()
        position = eye.position
        height = float(position[2]) - self._floor(float(position[0]), float(position[1]))
        hidden = None
        if height < SKYLINE_M and self._skyline is not None:
            hidden = partial(self._skyline.hides, position)
        labels: list[tuple[float, LabelActor]] = []
        markers: list[MarkerActor] = []
        for layer in self._layers:
            if not self.sees(layer):
                continue
            if layer.is_buried:
                for actor, _ in self._actors[layer.id].values():
                    actor.actor.SetVisibility(height >= LOW_M or self.relief.is_underground)
            for actor, d in self._actors[layer.id].values():
                if isinstance(actor, MarkerActor):
                    markers.append(actor)
                elif isinstance(actor, LabelActor):
                    labels.append((float(np.max(d.priority, initial=0)), actor))  # type: ignore[attr-defined]
        before, self._placed = self._placed, (eye, self.size, [id(a) for a in (*markers, *(a for _, a in labels))])
        if self._has_placed and before is not None and before[::2] == self._placed[::2] and _alike(before[1], self.size):
            return  # another view of this picture from the same place: names and pins are where they are in that
        self._has_placed = len(self.panes) > 0
        place_markers(markers, self.project, self.size, taken, height, self.scale)
        for _, actor in sorted(labels, key=lambda x: -x[0]):
            if actor.source is not None and actor.source.always:
                before = len(room)
                actor.place(self.project, self.size, room, set(), False)
                taken += room[before:]
            else:
                actor.place(self.project, self.size, taken, seen, height < LOW_M, hidden)

    def _legends(self, sees: Callable[[Layer], bool]) -> list[Legend]:
        """Of what is seen and needs one."""
        shown = [x for x in sorted(self._layers, key=lambda x: x.group == "live") if sees(x) and self._actors[x.id]]
        told = [x for x in shown if x.group in ("results", "live") or x.style.kind == "graduated" and x.group != "base"]
        return [legend for x in told for legend in x.legends()]

    # -- geometry of the picture ---------------------------------------------------------------------------------------
    def project(self, points: Floats) -> tuple[Floats, Floats]:
        """Display pixels (N, 2), origin bottom left, and distance along the view axis; local metres in."""
        e, stretch = self.camera.eye, self.camera.stretch
        f, right, up = e.basis(stretch)
        rel = (np.asarray(points, float).reshape(-1, 3) - e.position) * (1.0, 1.0, stretch)
        depth = rel @ f
        focal = e.focal_px(self.size[1])
        safe = np.where(np.abs(depth) < 1e-6, 1e-6, depth)
        xy = np.column_stack([self.size[0] / 2 + rel @ right / safe * focal, self.size[1] / 2 + rel @ up / safe * focal])
        seen = (depth > 0.5) & self.relief.keeps(points)
        return xy, np.where(seen, depth, -1.0)

    def ray(self, x: float, y: float) -> tuple[Floats, Floats]:
        """Origin and unit direction through a pixel (from the top left)."""
        e, stretch = self.camera.eye, self.camera.stretch
        f, right, up = e.basis(stretch)
        focal = e.focal_px(self.size[1])
        d = (f * focal + right * (x - self.size[0] / 2) + up * (self.size[1] / 2 - y)) / (1.0, 1.0, stretch)
        return e.position, d / np.linalg.norm(d)

    def ground_point(self, x: float, y: float) -> Floats | None:
        """Where the ray through a pixel meets the ground; None above the horizon."""
        origin, d = self.ray(x, y)
        if d[2] > -1e-4:
            return None
        t = (self.ground.level - origin[2]) / d[2]
        if t <= 0:
            return None
        if self.ground.z is not None:  # a few steps of fixed-point search are enough on city ground
            for _ in range(12):
                p = origin + d * t
                t += (float(self.ground.height(p[0], p[1])) - p[2]) / d[2] * 0.8
        return origin + d * t if 0 < t < 60_000 else None

    def pick(self, x: float, y: float) -> Hit | None:
        """The object under a pixel: markers first, then the nearest surface."""
        for layer in reversed(self._layers):
            if not self.sees(layer):
                continue
            for actor, d in self._actors[layer.id].values():
                if isinstance(actor, MarkerActor) and isinstance(d, Points):
                    k = nearest_marker(actor.on_screen, actor.depth, (x, self.size[1] - y), d.size * self.scale)
                    if k is not None and d.rows[k] >= 0:
                        return Hit(layer, int(d.rows[k]), tuple(float(v) for v in d.points[k]))  # type: ignore[arg-type]
        origin, direction = self.ray(x, y)
        entered = self.relief.entered(origin, direction)
        if entered is None:
            return None
        origin = entered
        best: tuple[float, int, Layer, int] | None = None
        for layer in self._layers:
            if not self.sees(layer):
                continue
            for actor, d in self._actors[layer.id].values():
                if isinstance(actor, TilesActor):
                    met = actor.pick(origin, direction)
                    if met is not None and (best is None or met[1] * (1 - 1e-4 * d.order) < best[0]):
                        best = (met[1] * (1 - 1e-4 * d.order), layer.order, layer, met[0])
                        at = origin + direction * met[1]
                    continue
                surface = actor.source if isinstance(actor, SurfaceActor) else None
                if surface is None or not pickable(surface):
                    continue
                found = self._picker.ray(surface, origin, direction)
                # Draped layers lie at the same height: the one drawn on top is the one meant.
                if found is not None and surface.rows[found[0]] >= 0:
                    distance = found[1] * (1 - 1e-4 * d.order)
                    if best is None or distance < best[0]:
                        best = (distance, layer.order, layer, int(surface.rows[found[0]]))
                        at = origin + direction * found[1]
        line = self._line_at(x, y)
        if line is not None and (best is None or line[0] <= best[0] * (1 + LINE_DEPTH)):
            best, at = (line[0], line[1].order, line[1], line[2]), origin + direction * line[0]
        if best is None:
            return None
        return Hit(best[2], best[3], (float(at[0]), float(at[1]), float(at[2])))

    def _line_at(self, x: float, y: float) -> tuple[float, Layer, int] | None:
        """Distance, layer and row of the line under a pixel; thin lines are hit by no ray."""
        best: tuple[float, Layer, int] | None = None
        along = float(self.ray(x, y)[1] * (1.0, 1.0, self.camera.stretch) @ self.camera.eye.basis(self.camera.stretch)[0])
        for layer in self._layers:
            for actor, d in self._actors[layer.id].values() if self.sees(layer) and layer.opacity > 0 else ():
                if isinstance(actor, LineActor) and isinstance(d, Lines) and (d.rows >= 0).any():
                    xy, depth = self.project(d.points)
                    found = nearest_line(xy, depth, d.offsets, (x, self.size[1] - y))
                    if found is not None and d.rows[found[0]] >= 0 and (best is None or found[1] / along < best[0]):
                        best = found[1] / along, layer, int(d.rows[found[0]])
        return best

    def surface_point(self, x: float, y: float) -> Floats | None:
        """What the cursor touches: a roof or wall, else the ground."""
        origin, direction = self.ray(x, y)
        entered = self.relief.entered(origin, direction)
        if entered is None:
            return None
        origin = entered
        best = None
        for layer in self._layers:
            for actor, d in self._actors[layer.id].values():
                found: tuple[int, float] | None = None
                if self.sees(layer) and isinstance(actor, TilesActor):
                    found = actor.pick(origin, direction)
                elif self.sees(layer) and isinstance(actor, SurfaceActor) and isinstance(d, Surface) and d.material in ("matte", "facade"):
                    found = self._picker.ray(d, origin, direction)
                if found is not None and (best is None or found[1] < best):
                    best = found[1]
        ground = self.ground_point(x, y)
        if best is None or (ground is not None and np.linalg.norm(ground - origin) < best):
            return ground
        return origin + direction * best

    def zoom_to(self, layer: Layer, rows: Any = None) -> None:
        """Fly to a layer or to some of its rows."""
        box = layer.bounds(None if rows is None else np.asarray(rows, np.int32))
        if box is not None:
            self.camera.fly_to(box)

    def _water(self) -> tuple[Grid, NDArray[np.float32]] | None:
        """Depth of the flood that is shown now."""
        shown = next((x for x in self._layers if isinstance(x, WaterLayer) and self.sees(x)), None)
        return None if shown is None else shown.field()

    def water_depth(self, x: float, y: float) -> float:
        """Metres of the flood that is shown at a place; 0 where there is none."""
        water = self._water()
        return 0.0 if water is None else depth_of(*water, x, y)

    @property
    def picker(self) -> Picker:
        return self._picker

    def pickable_surfaces(self) -> list[Surface]:
        """What rays are sent at, as it is drawn now; tiles look after themselves."""
        actors = (actor for layer in self._layers if self.sees(layer) for actor, _ in self._actors[layer.id].values())
        return [a.source for a in actors if isinstance(a, SurfaceActor) and pickable(a.source)]

    def bodies(self) -> Iterator[tuple[Any, Drawing]]:
        """What is seen and stands in the way: buildings, bridges, walls."""
        for layer in self._layers:
            if layer.visible and layer.opacity > 0:
                for actor, d in self._actors[layer.id].values():
                    if isinstance(actor, TilesActor) or (isinstance(d, Surface) and d.material in ("matte", "facade")):
                        yield actor, d

    @property
    def ground_bounds(self) -> tuple[float, float, float, float]:
        """What the painted ground covers, local metres."""
        x0, x1, y0, y1, _, _ = self.camera.bounds
        squares = self.stand_in.squares
        return (x0, y0, x1, y1) if squares is None else squares.picture.bounds

    def set_ground_opacity(self, opacity: float) -> None:
        """Of everything that lies on the ground, and the ground itself."""
        if self.stand_in.squares is not None:
            self.stand_in.squares.set_opacity(opacity)
        self.camera.floor = self._floor if opacity >= 1 else lambda x, y: self._floor(x, y) - DEEP_M
        self.camera.set(self.camera.eye)
        self.request_render()

    def _floor(self, x: float, y: float) -> float:
        return float(self.ground.height(x, y))

    # -- pictures ------------------------------------------------------------------------------------------------------
    def screenshot(self, path: Path | str | None, size: tuple[int, int] = (1600, 900), scale: int = 1) -> NDArray[np.uint8]:
        """The scene as a PNG of size x scale pixels, drawn off screen at twice that and smoothed; returns RGB."""
        from gui.scene.offscreen import render_rgb

        if self.renderer.GetRenderWindow() is None:
            return render_rgb(self, path, size, scale)
        # GL objects belong to the window that shows them: the picture is made by a copy with objects of its own.
        copy = self.copy()
        try:
            return render_rgb(copy, path, size, scale)
        finally:
            copy.close()

    def catch_up(self) -> bool:
        """Take over what changed of one layer; whether there are others. A copy is made so, piece by piece."""
        for layer in self._layers:
            if layer.id in self._dirty:
                self._sync(layer, self._dirty.pop(layer.id))
                break
        return bool(self._dirty)

    def ripen(self, size: tuple[int, int]) -> bool:
        """Let what a picture of this size lacks be made by workers; whether there is more to wait for."""
        self.pace.still = max(self.pace.still, PICTURE / STILL)  # all that a picture which takes its time would make
        self.prepare(size, self.scale, 0.0)
        for k in self.panes.order if len(self.panes) else ():
            self.enter(k)
            self.size = self.panes.frame(k, size).size
            self._look(False, also=k != self.panes.order[0])
        return self.is_waiting

    def copy(self) -> Scene:
        """The same picture with graphics of its own; layers are shared."""
        other = Scene()
        other._skyline = self._skyline
        other.city, other.ground, other.lighting = self.city, self.ground, self.lighting.apart()
        other._look_name, other._is_theme_dark = self._look_name, self._is_theme_dark
        shadows = other.lighting.shadows
        other._lit(other.lighting.light, shadows, None if shadows is None else veil_of(shadows, self.ground, self.has_lamps))
        other.hud.take(self.hud)
        other.moment = self.moment
        if self.city is not None:
            other.stand_in.take(self.city.bounds)
        for layer in self._layers:
            other.add(layer)
        other.set_panes(self.panes.copy())
        other.camera.bounds = self.camera.bounds
        other.relief.take(self.relief)
        other.camera.set(self.camera.eye)
        return other

    @property
    def bounds(self) -> Bounds6:
        return self.camera.bounds

    def close(self) -> None:
        """Let go of layers and graphics; the scene is of no use afterwards."""
        for layer in self.layers:
            self.remove(layer)
        self.stand_in.close()
        self.renderer.RemoveAllViewProps()
        self.render_requested.disconnect()


def shadows_for(
    city: City, ground: Ground, light: Light, eye: Floats, on: Standing | None = None, lamps: bool = True
) -> tuple[Shadows | None, SheetActor | None]:
    """Shadows of a city and their veil; of a large one those of the neighbourhood of the eye. Can be called in a worker.

    on: what stands there, where that is known already; lamps: those of streets are seen, where they are lit."""
    if on is not None:
        found = shadows_on(on, light)
    elif city.buildings.tiles is None:
        found = cast_shadows(city, ground, light)
    else:
        found = shadows_on(standing(city, ground, (float(eye[0]), float(eye[1]))), light)
    return found, None if found is None else veil_of(found, ground, lamps)


def _alike(a: tuple[int, int], b: tuple[int, int]) -> bool:
    """Whether two sizes are the same but for rounding."""
    return abs(a[0] - b[0]) < 2 and abs(a[1] - b[1]) < 2


def veil_of(shadows: Shadows, ground: Ground, lamps: bool = True) -> SheetActor:
    """Shadow and lamplight on the ground and everything draped on it: over the very triangles of the ground, so that a street that
    lies on them is covered for an eye close above it too."""
    bounds = shadows.grid.bounds
    x, y, z = lattice(bounds, ground)
    if ground.grid is None:  # no corners of its own: those behind the eye must be few
        x, y = (np.linspace(a, b, int(np.clip((b - a) / VEIL_M, 2, MOST_VEIL))) for a, b in ((x[0], x[-1]), (y[0], y[-1])))
        z = np.full((len(y), len(x)), ground.level, np.float32)
    drawing = Sheet("shadow", x=x, y=y, z=z + VEIL_LIFT_M, rgba=shadows.veil(lamps), order=12)
    actor = SheetActor(drawing)
    actor.is_data = True  # neither dimmed at night nor tinted by a look
    actor.update(drawing, np.empty(0, np.int32))
    return actor


def actor_for(d: Drawing) -> Any:
    kinds: list[tuple[type, Callable[[Any], Any]]] = [
        (Surface, SurfaceActor),
        (Tiled, TilesActor),
        (Glyphs, GlyphActor),
        (Lines, LineActor),
        (Drape, DrapeActor),
        (Sheet, SheetActor),
        (Dots, DotsActor),
        (Fleet, FleetActor),
        (Arrows, ArrowsActor),
        (Current, CurrentActor),
        (Particles, ParticlesActor),
        (Labels, lambda _: LabelActor()),
        (Points, lambda _: MarkerActor()),
    ]
    for kind, make in kinds:
        if isinstance(d, kind):
            return make(d)
    raise TypeError(f"cannot draw {type(d).__name__}")


def sized(actor: Any, d: Any, scale: float) -> None:
    """Lines and dots keep their width whatever the number of pixels per point."""
    if isinstance(actor, LineActor):
        actor.actor.GetProperty().SetLineWidth(max(1.0, d.width * scale))
    elif isinstance(actor, DotsActor):
        actor.actor.GetProperty().SetPointSize(max(1.0, d.size * scale))


def brought_up(actor: Any, d: Any, selected: NDArray[np.int32], dark: bool, scale: float) -> None:
    """Bring an actor up to date with its drawing."""
    if isinstance(actor, LabelActor):
        actor.update(d, dark, scale)
    elif isinstance(actor, MarkerActor):
        actor.update(d, selected, scale)
    else:
        actor.update(d, selected)
        sized(actor, d, scale)


def _props(actor: Any) -> list[Any]:
    if isinstance(actor, TilesActor):
        return []
    return actor.actors if isinstance(actor, (LabelActor, MarkerActor, GlyphActor, MovingActor)) else [actor.actor]
