"""Drawings as VTK actors whose arrays are updated in place."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import vtkmodules.vtkRenderingOpenGL2  # noqa: F401  (registers the OpenGL classes)
from numpy.typing import NDArray
from vtkmodules.util.numpy_support import numpy_to_vtk, numpy_to_vtkIdTypeArray
from vtkmodules.vtkCommonCore import vtkPoints
from vtkmodules.vtkCommonDataModel import vtkCellArray, vtkDataObject, vtkImageData, vtkPolyData
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkTexture

from gui.scene.lighting import Haze, Lighting
from gui.scene.lit import ATTRIBUTE, HIGHLIGHT, MAP, bring_light, declared, lit, packed, varyings
from gui.scene.meshes import below_top, clustered, facade_coordinates, facade_tile, facets, glyph_mesh, smooth_normals
from gui.scene.shaders import (
    AIR,
    AIR_IN,
    AIR_OUT,
    DRAPED,
    EAVES_LIT,
    FACADE,
    GRADE,
    LAMPS,
    PLACE_OUT,
    PLACED,
    TONED,
    WATER_BODY,
    WATER_SHEET,
)
from gui.scene.trees import tree_shapes
from layers.citylook import SAME
from layers.drawing import Drape, Glyphs, Lines, Surface

OFFSET, RAISE_M, LIFT_M = 7e-7, 0.05, 0.3
"""Depth (in clip space), and height of which only the depth is taken, between two orders of draped layers; and the height from
the ground to the first of them, since it bends a little between the corners of what is draped. Done in the vertex
shader: VTK's own polygon offset writes fragment depths in steps of 16 bit, slow and 100 m coarse at the far side of a city."""

WAVES_S = 10_000.0
"""After so long waves jump once: a float32 that grows for ever loses their steps."""
LEAN_FROM = 3_000
"""Triangles of a mesh that is drawn with fewer of them from afar while the view moves."""
LEAN_LEAST_M = 0.7
"""Size of a detail below which nothing is left out."""
MOST_SHEET = 90_000
"""Vertices of a sheet of water or data: its cells are in the texture, so the mesh may be coarser."""


def vtk_image(rgba: NDArray[np.uint8]) -> vtkImageData:
    """RGBA (rows, columns, 4), row 0 at the bottom, as image data that owns its copy."""
    rows, columns, _ = rgba.shape
    image = vtkImageData()
    image.SetDimensions(columns, rows, 1)
    image.GetPointData().SetScalars(numpy_to_vtk(rgba.reshape(-1, 4), deep=True))
    return image


def new_texture(tiled: bool) -> vtkTexture:
    made = vtkTexture()
    made.InterpolateOn()
    made.SetWrap(vtkTexture.Repeat if tiled else vtkTexture.ClampToEdge)
    made.SetMipmap(tiled)
    made.SetMaximumAnisotropicFiltering(1)  # more costs software GL up to a second a frame, by heading
    made.SetColorModeToDirectScalars()
    return made


def facade_texture() -> vtkTexture:
    """Storeys and windows, for several actors."""
    made = new_texture(tiled=True)
    made.SetInputData(vtk_image(facade_tile()))
    return made


class MeshActor:
    """One actor over points, triangles and vertex colours (uint8 RGBA)."""

    def __init__(self, name: str) -> None:
        self.poly = vtkPolyData()
        self.mapper = vtkPolyDataMapper()
        self.mapper.SetInputData(self.poly)
        self.mapper.SetVBOShiftScaleMethod(0)
        self.mapper.SetScalarModeToUsePointData()
        self.mapper.SetColorModeToDirectScalars()
        self.mapper.StaticOn()
        self.actor = vtkActor()
        self.actor.SetObjectName(name)
        self.actor.SetMapper(self.mapper)
        self.actor.PickableOff()
        p = self.actor.GetProperty()
        p.LightingOff()
        p.SetInterpolationToFlat()
        self.cut_by: Any = None
        """Plane that cuts it open."""
        self.is_data = False
        """Part of a result, which keeps its brightness at night and its colour in every look of the city."""
        self._aired: tuple[Any, ...] = ()
        self._mirrors: tuple[Any, ...] = ()
        self._own_code, self._is_dense, self._is_graded = "", False, False
        self._colors: NDArray[np.uint8] | None = None
        self._points: NDArray[np.float32] | None = None

    def geometry(self, points: NDArray[Any], triangles: NDArray[Any]) -> None:
        self._points = np.ascontiguousarray(points, np.float32)
        lost = ~np.isfinite(self._points).all(1)
        if lost.any():  # software GL may never come back from a corner that is nowhere
            self._points = np.where(lost[:, None], np.float32(0), self._points)
            triangles = triangles[~lost[triangles].any(1)]
        holder = vtkPoints()
        holder.SetData(numpy_to_vtk(self._points, deep=False))
        self.poly.SetPoints(holder)
        self.cells(triangles)

    def cells(self, triangles: NDArray[Any]) -> None:
        array = vtkCellArray()
        array.SetData(3, numpy_to_vtkIdTypeArray(np.ascontiguousarray(triangles, np.int64).ravel(), deep=True))
        self.poly.SetPolys(array)

    def lines(self, offsets: NDArray[Any]) -> None:
        array = vtkCellArray()
        every = np.arange(int(offsets[-1]), dtype=np.int64)
        array.SetData(
            numpy_to_vtkIdTypeArray(np.ascontiguousarray(offsets, np.int64), deep=True), numpy_to_vtkIdTypeArray(every, deep=True)
        )
        self.poly.SetLines(array)

    def colors(self, rgba: NDArray[np.uint8]) -> None:
        """Vertex colours, in place when their number is the same."""
        if self._colors is None or self._colors.shape != rgba.shape:
            self._colors = np.ascontiguousarray(rgba)
            array = numpy_to_vtk(self._colors, deep=False)
            array.SetName("colors")
            self.poly.GetPointData().SetScalars(array)
        else:
            self._colors[:] = rgba
            self.poly.GetPointData().GetScalars().Modified()
        self.poly.Modified()

    def heights(self, z: NDArray[Any]) -> None:
        assert self._points is not None
        self._points[:, 2] = z
        self.poly.GetPoints().GetData().Modified()
        self.poly.GetPoints().Modified()
        self.poly.Modified()

    def texture(self, rgba: NDArray[np.uint8], coordinates: NDArray[Any] | None = None, tiled: bool = False) -> None:
        found = self.actor.GetTexture()
        if found is None:
            found = new_texture(tiled)
            self.actor.SetTexture(found)
        found.SetInputData(vtk_image(rgba))
        if coordinates is not None:
            self.wrap(coordinates)

    def wrap(self, coordinates: NDArray[Any], texture: vtkTexture | None = None) -> None:
        """Texture coordinates, and a texture that several actors share."""
        if texture is not None:
            self.actor.SetTexture(texture)
        self.poly.GetPointData().SetTCoords(numpy_to_vtk(np.ascontiguousarray(coordinates, np.float32), deep=True))

    def offset(self, order: float) -> None:
        """Drawn over what has a lower order and lies at the same place."""
        u = self.actor.GetShaderProperty().GetVertexCustomUniforms()
        u.SetUniformf("nearer", OFFSET * order)
        if self._draped:
            u.SetUniformf("raiseBy", RAISE_M * order + (LIFT_M if order > 0 else 0.0))

    def shader(self, code: str = "", draped: bool = False, dense: bool = False) -> None:
        """Haze, and GLSL before it that may change the colour after texture and vertex colour. draped: lies on the ground; dense: its
        vertices are so near each other that haze is worked out for them instead of for pixels."""
        s = self.actor.GetShaderProperty()
        placed = PLACED + (DRAPED if draped else "") + (PLACE_OUT if code else "") + (AIR_OUT if dense else "")
        s.AddVertexShaderReplacement("//VTK::PositionVC::Impl", True, placed, False)
        if dense:
            s.AddVertexShaderReplacement("//VTK::Clip::Dec", True, "//VTK::Clip::Dec\nout float airVS;\n", False)
            s.AddFragmentShaderReplacement("//VTK::Clip::Dec", True, "//VTK::Clip::Dec\nin float airVS;\n", False)
        if code:
            s.AddVertexShaderReplacement("//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nout vec3 placeVS;\n", False)
            s.AddFragmentShaderReplacement("//VTK::PositionVC::Dec", True, "//VTK::PositionVC::Dec\nin vec3 placeVS;\n", False)
        self._draped = draped
        self.offset(0)
        self._own_code, self._is_dense, self.is_water = code, dense, bool(code)
        self._finish()

    def _finish(self) -> None:
        """The last lines of the fragment shader: own code, tone, grade where the look has one, air."""
        code = "//VTK::TCoord::Impl\n" + self._own_code + TONED + (GRADE if self._is_graded else "") + self._air_code
        self.actor.GetShaderProperty().AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, code, False)

    @property
    def _air_code(self) -> str:
        return AIR_IN if self._is_dense else AIR

    def uniforms(self, haze: Haze, eye: tuple[float, float, float], lighting: Lighting) -> None:
        """Air and light of this picture; what has not changed is not told again."""
        u = self.actor.GetShaderProperty().GetFragmentCustomUniforms()
        tint = haze.data_tint if self.is_data else self._tint(haze)
        aired = (haze.start_m, haze.density, haze.most, haze.color, tint, haze.grade, self.is_data)
        if aired != self._aired:
            self._aired = aired
            grade = SAME if self.is_data else haze.grade
            if (grade != SAME) != self._is_graded:
                self._is_graded = grade != SAME
                self._finish()
            of_air = self.actor.GetShaderProperty().GetVertexCustomUniforms() if self._is_dense else u
            of_air.SetUniformf("hazeStart", haze.start_m)
            of_air.SetUniformf("hazeDensity", haze.density)
            of_air.SetUniformf("hazeMost", haze.most)
            u.SetUniform3f("hazeColor", haze.color)
            u.SetUniform3f("toneTo", tint)
            for name, row in zip(("gradeR", "gradeG", "gradeB"), grade if self._is_graded else (), strict=False):
                u.SetUniform4f(name, row)
        if self.is_water:
            light = lighting.shown
            if (lighting.version, haze.sky) != self._mirrors:
                self._mirrors = lighting.version, haze.sky
                u.SetUniform3f("sunWay", [float(v) for v in light.direction])
                u.SetUniform3f("skyTone", haze.sky)
                u.SetUniform3f("sunTone", [float(v) for v in light.sun])
            u.SetUniform3f("eyeAt", eye)
            u.SetUniformf("waveS", haze.wave_s % WAVES_S)

    def _tint(self, haze: Haze) -> tuple[float, float, float]:
        return haze.tint

    def translucent(self, yes: bool) -> None:
        self.actor.SetForceTranslucent(yes)
        self.actor.SetForceOpaque(not yes)


class LitActor(MeshActor):
    """A mesh whose light the vertex shader works out from what `dress` tells of each vertex."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self._dressed: NDArray[np.float32] | None = None
        self._lit_by: tuple[Any, ...] = ()
        self._has_lamps = self.is_facade = self.has_map = False

    def lit_shader(
        self, code: str = "", draped: bool = False, facade: bool = False, mapped: bool = False, dense: bool = False
    ) -> None:
        """As `shader`; mapped: buildings' shadows fall on it."""
        self.is_facade, self.has_map = facade, mapped
        self.shader(code, draped, dense or facade)
        self._code(lamps=False)
        self.mapper.MapDataArrayToVertexAttribute(ATTRIBUTE, "city", vtkDataObject.FIELD_ASSOCIATION_POINTS, -1)

    def _code(self, lamps: bool) -> None:
        """Shaders by day, or those of a night with lamps, which cost more."""
        s, where = self.actor.GetShaderProperty(), "//VTK::Color::Dec"
        facade, mapped = self.is_facade, self.has_map
        s.AddVertexShaderReplacement(where, True, where + declared(facade, mapped, lamps), False)
        s.AddVertexShaderReplacement("//VTK::Color::Impl", True, "//VTK::Color::Impl\n" + lit(facade, mapped, lamps), False)
        if facade:
            s.AddFragmentShaderReplacement(where, True, where + "\n" + varyings("in", lamps), False)
            self._finish()

    def _finish(self) -> None:
        if not self.is_facade:
            super()._finish()
            return
        lamps, look = (LAMPS if self._has_lamps else ""), (GRADE + EAVES_LIT if self._is_graded else "")
        code = FACADE + lamps + TONED + look + self._air_code
        self.actor.GetShaderProperty().AddFragmentShaderReplacement("//VTK::TCoord::Impl", True, code, False)

    def dress(self, vertices: NDArray[np.float32]) -> None:
        """What `packed` gives of each vertex; in place when their number is the same."""
        if self._dressed is None or len(self._dressed) != len(vertices):
            self._dressed = np.ascontiguousarray(vertices, np.float32)
            array = numpy_to_vtk(self._dressed, deep=False)
            array.SetName("city")
            self.poly.GetPointData().AddArray(array)
        elif not np.array_equal(self._dressed, vertices):
            self._dressed[:] = vertices
            self.poly.GetPointData().GetArray("city").Modified()
            self.poly.Modified()

    def uniforms(self, haze: Haze, eye: tuple[float, float, float], lighting: Lighting) -> None:
        super().uniforms(haze, eye, lighting)
        now = (lighting.version, id(lighting.map), self.is_data)
        if now == self._lit_by:
            return
        self._lit_by = now
        if self.has_map:
            self.actor.GetProperty().SetTexture(MAP, lighting.map)
        bring_light(self.actor.GetShaderProperty(), lighting, self.is_data, self.has_map, self.is_facade)
        if self.is_facade:
            lamps, look = lighting.shown.lamps, lighting.look
            u = self.actor.GetShaderProperty().GetFragmentCustomUniforms()
            if (lamps > 0) != self._has_lamps:
                self._has_lamps = lamps > 0
                self._code(self._has_lamps)
            u.SetUniformf("panes", look.panes)
            u.SetUniformf("eavesDark", look.eaves_dark)
            u.SetUniform3f("eavesLit", (0.0, 0.0, 0.0) if self.is_data else look.eaves_lit)
            u.SetUniformf("lampsOn", 0.0 if self.is_data else lamps)

    def _tint(self, haze: Haze) -> tuple[float, float, float]:
        return haze.ground if self._draped else (1.0, 1.0, 1.0)


class SurfaceActor(LitActor):
    """A Surface in its own colours."""

    def __init__(self, drawing: Surface, facade: vtkTexture | None = None) -> None:
        super().__init__(drawing.key)
        self._facade = facade
        self._seen: tuple[Any, ...] = ()
        self._has_chosen = False
        self._shown: NDArray[np.bool_] | None = None
        solid = drawing.material in ("matte", "facade")
        self.lit_shader(
            WATER_BODY if drawing.material == "water" else "", draped=not solid, facade=drawing.material == "facade", mapped=solid
        )  # fmt: skip
        self._build(drawing)

    def _build(self, d: Surface) -> None:
        way = None
        if d.shading == "flat":
            corner, triangles, normals, of, way = facets(d.points, d.triangles, d.rows)
        else:
            used, flat = np.unique(d.triangles, return_inverse=True)
            corner, triangles = used, flat.reshape(-1, 3)
            normals = smooth_normals(d.points[used], triangles)
            if d.shading == "even":
                normals[:] = (0.0, 0.0, 1.0)
            of = np.zeros(len(used), np.int64)
            of[triangles.ravel()] = np.repeat(np.arange(len(triangles)), 3)
        self._normals, self._of_triangle = normals, of
        self._where = d.points[corner]
        self.geometry(self._where, triangles)
        self._all = triangles
        self._shown = None
        foot = self._feet(d, of)
        self._height: NDArray[np.float32] | float = 0.0 if foot is None else foot
        self._leaned = 0.0
        self._leaner: dict[float, NDArray[Any]] = {}
        # Tiles have coarser ones; what lies on the ground is painted while the view moves.
        is_many = d.material == "matte" and len(triangles) > LEAN_FROM
        self.box = np.array([self._where.min(0), self._where.max(0)]) if is_many else None
        if d.material == "facade" and foot is not None:
            self.wrap(facade_coordinates(self._where, normals, foot), self._facade or facade_texture())
            self._height = below_top(self._where[:, 2], d.rows[of] - d.rows.min(initial=0), way) if way is not None else 0.0
        self.source = d

    def lean(self, cell_m: float) -> None:
        """Draw with fewer triangles, where details below cell_m are not seen; 0: with all of them."""
        cell = 0.0 if cell_m < LEAN_LEAST_M else float(2.0 ** np.floor(np.log2(cell_m)))
        if cell == self._leaned:
            return
        self._leaned = cell
        if cell not in self._leaner:
            self._leaner[cell] = clustered(self._where, self._normals, self._all, cell) if cell else self._all
        self.cells(self._leaner[cell])

    def _feet(self, d: Surface, of: NDArray[Any]) -> NDArray[np.float32] | None:
        """Height of each vertex above the lowest point of its object."""
        if d.material not in ("matte", "facade"):
            return None
        rows = d.rows[of] - d.rows.min(initial=0 if not len(d.rows) else d.rows[0])
        low = np.full(int(rows.max(initial=0)) + 2, np.inf)
        np.minimum.at(low, rows, self._where[:, 2])
        return (self._where[:, 2] - low[rows]).astype(np.float32)

    def update(self, d: Surface, selected: NDArray[np.int32]) -> None:
        """Take over colours (always in place) or, where the geometry changed, everything; nothing where nothing changed."""
        now = (d.version, d.opacity, d.order, id(d.points), id(d.triangles), selected.tobytes())
        if now == self._seen:
            return
        self._seen = now
        if d.points is not self.source.points or d.triangles is not self.source.triangles:
            self._build(d)
        self.put(d, self.painted(d, selected))

    def painted(self, d: Surface, selected: NDArray[np.int32]) -> tuple[NDArray[np.uint8], NDArray[np.float32] | None]:
        """Colours of the vertices and, where it has changed, what else the shader knows of them. Touches nothing: a worker may ask."""
        of = self._of_triangle
        color = d.colors[of]
        chosen = None
        if len(selected):
            chosen = np.isin(d.rows, selected)[of]
            color[chosen, :3] = 0.25 * color[chosen, :3] + 0.75 * HIGHLIGHT
        before = self.source
        same = chosen is None and not self._has_chosen and self._dressed is not None and d.rows is before.rows
        if same and _equal(d.gloss, before.gloss) and _equal(d.lamps, before.lamps):
            return color, None
        gloss, lamps = (None if a is None else a[of] for a in (d.gloss, d.lamps))
        seeds = d.rows[of] * 97 if d.material == "facade" else None
        return color, packed(self._normals, self._height, gloss, lamps, seeds, chosen)

    def put(self, d: Surface, painted: tuple[NDArray[np.uint8], NDArray[np.float32] | None]) -> None:
        """Show what `painted` gave; its geometry is that of now."""
        color, dressed = painted
        if dressed is not None:
            self.dress(dressed)
            self._has_chosen = bool((dressed[:, 3].astype(np.int32) & 2).any())
        if not _equal(d.shown, self._shown):
            self._shown = d.shown
            self.cells(self._all if d.shown is None else self._all[d.shown])
        self.colors(color)
        self.actor.GetProperty().SetOpacity(d.opacity)
        self.translucent(d.opacity < 1.0 or bool((d.colors[:, 3] < 255).any()))
        self.offset(d.order)
        # Walls and roofs of closed solids face outwards: nobody sees their backs.
        self.actor.GetProperty().SetBackfaceCulling(d.material == "facade")
        self.source = d


def _equal(a: NDArray[Any] | None, b: NDArray[Any] | None) -> bool:
    return a is b or (a is not None and b is not None and np.array_equal(a, b))


NEAR_M, NEAR_MOST = 450.0, 400


class GlyphActor(SurfaceActor):
    """Glyphs as one merged mesh of few triangles each; those near the eye once more in detail."""

    def __init__(self, drawing: Glyphs) -> None:
        super().__init__(merged(drawing))
        self.glyphs = drawing
        self.near = LitActor(drawing.key + "-near")
        self.near.lit_shader(mapped=True)
        self.near.translucent(False)
        self._near_eye: NDArray[Any] | None = None
        self._share = 1.0

    @property
    def actors(self) -> list[Any]:
        return [self.actor, self.near.actor]

    def update(self, d: Glyphs, selected: NDArray[np.int32]) -> None:  # type: ignore[override]
        if d.points is not self.glyphs.points:
            whole = merged(d)
        else:
            s = self.source
            each = len(s.triangles) // max(1, len(d.points))
            whole = replace(s, colors=np.repeat(d.colors, each, axis=0), version=d.version, opacity=d.opacity)
        self.glyphs = d
        self._near_eye = None
        super().update(whole, selected)

    def _thin_out(self, eye: NDArray[Any]) -> None:
        """From far off a part of the trees is enough, those in the table's random order that come first."""
        share = 1.0 if eye[2] < 900 else (0.5 if eye[2] < 1800 else 0.22)
        if share != self._share:
            self._share = share
            keep = max(1, int(len(self.glyphs.points) * share)) * (len(self.source.triangles) // max(1, len(self.glyphs.points)))
            self.cells(self._all[:keep])

    def follow(self, eye: NDArray[Any], way: NDArray[Any]) -> None:
        """Detail where the eye is now and looks; way: its direction."""
        d = self.glyphs
        self._thin_out(eye)
        same = self._near_eye is not None and np.linalg.norm(eye - self._near_eye) < 40 and float(way @ self._near_way) > 0.85
        if d.shape != "tree" or same:
            return
        self._near_eye, self._near_way = eye, way
        rel = d.points - eye
        away = np.linalg.norm(rel, axis=1)
        index = np.flatnonzero((away < NEAR_M) & (rel @ way > 0.35 * away))
        index = index[np.argsort(away[index])][:NEAR_MOST]
        if not len(index):
            self.near.cells(np.empty((0, 3), np.int64))
            return
        kinds = None if d.kinds is None else d.kinds[index]
        few = replace(d, points=d.points[index], rows=d.rows[index], colors=d.colors[index], scale=d.scale[index], kinds=kinds)
        mesh = merged(few, fine=True)
        normals = smooth_normals(mesh.points, mesh.triangles)
        of = np.zeros(len(mesh.points), np.int64)
        of[mesh.triangles.ravel()] = np.repeat(np.arange(len(mesh.triangles)), 3)
        color = mesh.colors[of].copy()
        self.near.geometry(mesh.points, mesh.triangles)
        self.near.dress(packed(normals))
        self.near.colors(color)


def merged(d: Glyphs, fine: bool = False) -> Surface:
    n = len(d.points)
    if d.shape == "tree":
        shapes, faces, tones = tree_shapes(fine)
        kinds = np.zeros(n, np.int64) if d.kinds is None else d.kinds.astype(np.int64)
        mesh, bright = shapes[kinds], tones[kinds].ravel()
        if fine:  # each turned another way, so that no two look alike
            turn = (d.points[:, :1] * 1.7 + d.points[:, 1:2] * 2.3) % (2 * np.pi)
            x, y = mesh[..., 0].copy(), mesh[..., 1].copy()
            mesh[..., 0], mesh[..., 1] = x * np.cos(turn) - y * np.sin(turn), x * np.sin(turn) + y * np.cos(turn)
    else:
        one, faces, tone = glyph_mesh(d.shape)
        mesh, bright = one[None], np.tile(tone, n)
    m = mesh.shape[1]
    points = (d.points[:, None, :] + mesh * d.scale[:, None, None]).reshape(-1, 3)
    triangles = (faces[None] + (np.arange(n) * m)[:, None, None]).reshape(-1, 3)
    color = np.repeat(d.colors, len(faces), axis=0)
    color[:, :3] = np.clip(color[:, :3] * bright[:, None], 0, 255).astype(np.uint8)
    return Surface(
        d.key,
        d.version,
        0,
        d.opacity,
        d.order,
        points=points,
        triangles=triangles.astype(np.int32),
        rows=np.repeat(d.rows, len(faces)),
        colors=color,
        shading="smooth",
    )


class LineActor(MeshActor):
    """Polylines of a width in pixels."""

    def __init__(self, drawing: Lines) -> None:
        super().__init__(drawing.key)
        self.shader()
        self.source: Lines | None = None

    def update(self, d: Lines, selected: NDArray[np.int32]) -> None:
        if self.source is None or d.points is not self.source.points:
            self._points = np.ascontiguousarray(d.points, np.float32)
            holder = vtkPoints()
            holder.SetData(numpy_to_vtk(self._points, deep=False))
            self.poly.SetPoints(holder)
            self.lines(d.offsets)
        of_point = np.repeat(np.arange(len(d.offsets) - 1), np.diff(d.offsets))
        color = d.colors[of_point].copy()
        if len(selected):
            color[np.isin(d.rows, selected)[of_point], :3] = HIGHLIGHT
        self.colors(color)
        p = self.actor.GetProperty()
        p.SetLineWidth(d.width)
        p.SetOpacity(d.opacity)
        self.source = d


class DrapeActor(LitActor):
    """A grid at a height: ground with vertex colours, or a sheet of water or data with a texture of its cells."""

    def __init__(self, drawing: Drape, step: int | None = None) -> None:
        super().__init__(drawing.key)
        self.drawing = drawing
        self._step = step
        self._ground = drawing.material == "ground"
        if self._ground:
            self.lit_shader(draped=True)
        else:
            self.shader(WATER_SHEET if drawing.material == "water" else "", draped=True)
        self._z_seen: Any = None
        self._rgba_seen: Any = None
        self._grid: Any = None
        self._wet: NDArray[np.bool_] | None = None

    def update(self, d: Drape, selected: NDArray[np.int32]) -> None:
        self.drawing = d
        if self._grid != (d.grid, d.z.shape):
            self._lattice(d)
        if self._z_seen is not d.z:
            self._heights(d)
        if self._ground:
            if self._rgba_seen is not d.rgba:
                self.colors(d.rgba[self._r[:, None], self._c].reshape(-1, 4))
        elif self._rgba_seen is not d.rgba:
            self.texture(d.rgba)
        self._rgba_seen = d.rgba
        self.actor.GetProperty().SetOpacity(d.opacity)
        self.translucent(not self._ground or d.opacity < 1)
        self.offset(d.order)

    def _lattice(self, d: Drape) -> None:
        g = d.grid
        step = self._step or (1 if self._ground else max(1, int(np.ceil(np.sqrt(g.rows * g.columns / MOST_SHEET)))))
        self._r = np.unique(np.append(np.arange(0, g.rows, step), g.rows - 1))
        self._c = np.unique(np.append(np.arange(0, g.columns, step), g.columns - 1))
        x, y = np.meshgrid(g.x[self._c], g.y[self._r])
        points = np.column_stack([x.ravel(), y.ravel(), np.zeros(x.size)])
        n, m = len(self._r), len(self._c)
        i = (np.arange(n - 1)[:, None] * m + np.arange(m - 1)).ravel()
        self._quads = np.column_stack([i, i + 1, i + m + 1, i + m])
        self.geometry(points, np.empty((0, 3), np.int64))
        if not self._ground:
            u, v = np.meshgrid((self._c + 0.5) / g.columns, (self._r + 0.5) / g.rows)
            self.texture(d.rgba, np.column_stack([u.ravel(), v.ravel()]))
        self._grid = (g, d.z.shape)
        self._z_seen = None

    def _heights(self, d: Drape) -> None:
        z = d.z[self._r[:, None], self._c].ravel()
        known = np.isfinite(z)
        wet = known[self._quads].all(1)
        if self._wet is None or not np.array_equal(wet, self._wet):
            q = self._quads[wet]
            self.cells(np.concatenate([q[:, [0, 1, 2]], q[:, [0, 2, 3]]]))
            self._wet = wet
        self.heights(np.where(known, z, 0.0))
        if self._ground:
            assert self._points is not None
            grid = np.where(known, z, np.nanmean(z)).reshape(len(self._r), len(self._c)).astype(np.float32)
            dy, dx = np.gradient(grid, d.grid.cell_m) if min(grid.shape) > 1 else (np.zeros_like(grid), np.zeros_like(grid))
            normals = np.column_stack([-dx.ravel() * 1.5, -dy.ravel() * 1.5, np.ones(grid.size)])
            self.dress(packed((normals / np.linalg.norm(normals, axis=1, keepdims=True)).astype(np.float32)))
        self._z_seen = d.z
