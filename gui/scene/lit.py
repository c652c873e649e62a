"""Light worked out by the graphics: normals and a few numbers of each vertex go there once, sun and sky as uniforms.

So another hour, shadow or style costs no array of the city, and tiles need not be made anew. Done for vertices, not for pixels,
which software GL has no time for.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gui.scene.lighting import Lighting
from gui.scene.meshes import STOREY_M
from layers.citylook import SAME, Grade
from layers.light import SLACK_ROOF_M, SLACK_WALL_M, SOFT_M, STEP_CELLS
from twin.city.terrain import Grid

HIGHLIGHT = np.array([255, 140, 0], np.float32)
"""Colour of what is selected."""
ATTRIBUTE = "cityMC"
MAP = "materialTex"
"""The name under which VTK hands a texture over without painting it on the surface."""


def packed(
    normals: NDArray[np.float32],
    height: NDArray[np.float32] | float = 0.0,
    gloss: NDArray[np.float32] | None = None,
    lamps: NDArray[np.uint8] | None = None,
    seeds: NDArray[np.int64] | None = None,
    chosen: NDArray[np.bool_] | None = None,
) -> NDArray[np.float32]:
    """What the shader knows of each vertex, (N, 4): normal x and y, a height, and a whole number below 2 ** 24.

    height: of walls the metres below their top, else those above the foot. Its bits: faces down, chosen, gloss (4), people by day
    (4) and by night (4), seed (8).
    """
    out = np.empty((len(normals), 4), np.float32)
    out[:, :2] = normals[:, :2]
    out[:, 2] = height
    code = (normals[:, 2] < 0).astype(np.int32)
    if chosen is not None:
        code += 2 * chosen
    if gloss is not None:
        code += 4 * np.round(gloss * 15).astype(np.int32)
    if lamps is not None:
        code += 64 * lamps.astype(np.int32)
    if seeds is not None:
        code += 16384 * (seeds & 255).astype(np.int32)
    out[:, 3] = code
    return out


def declared(facade: bool, mapped: bool, lamps: bool) -> str:
    """Declarations of the vertex shader."""
    return LIT_DEC + (MAP_DEC if mapped else "") + (varyings("out", lamps) if facade else "")


def varyings(way: str, lamps: bool) -> str:
    """What the vertices of a facade tell its pixels: metres below the top of the wall; share of lit windows, seed, whether they are
    those of offices."""
    return f"{way} float fallVS;\n" + (f"{way} vec3 lampVS;\n" if lamps else "")


def lit(facade: bool, mapped: bool, lamps: bool) -> str:
    """The part of the vertex shader that multiplies the colour with the light, and of facades adds glass, roofs and lamplight.

    mapped: buildings' shadows fall on it."""
    foot = f"tcoord.y * {STOREY_M:.2f}" if facade else f"{ATTRIBUTE}.z"
    shade = LIT.replace("FOOT", foot).replace("REACH", "0.014" if facade else "0.5").replace("MAPPED", MAPPED if mapped else "")
    if not facade:
        return shade + "  vertexColorVSOutput.rgb *= cityShade;\n"
    return shade + FACADE_END.replace("LAMPLIGHT", LAMPLIGHT if lamps else "")


def bring_light(shader: Any, lighting: Lighting, is_data: bool, in_map: bool, is_facade: bool) -> None:
    """Sun, sky and the map of shadows as uniforms of an actor's vertex shader. in_map: it has buildings' shadows on it."""
    light = lighting.data if is_data else lighting.shown
    u = shader.GetVertexCustomUniforms()
    u.SetUniform3f("litWay", [float(v) for v in light.direction])
    u.SetUniform3f("litSun", light.sun)
    u.SetUniform3f("litSky", light.sky)
    u.SetUniform3f("litBounce", light.bounce)
    grade = SAME if is_data else lighting.look.grade
    u.SetUniformf("chosenOn", float(grade != SAME))
    u.SetUniform3f("chosenTone", before_grade(HIGHLIGHT / 255, grade))
    if is_facade:
        dim = float(np.clip(np.dot(light.sky, (0.3, 0.5, 0.2)) / 0.65, 0, 1))
        horizon, zenith = np.array(light.horizon), np.array(light.zenith)
        glass = (np.array((0.48, 0.50, 0.51)) * (0.1 + 0.9 * dim), horizon * 0.87, zenith * 0.75 + horizon * 0.25)
        for name, tone in zip(("glassLow", "glassMiddle", "glassHigh"), glass, strict=True):
            u.SetUniform3f(name, [float(v) for v in tone])
        u.SetUniform3f("glassSun", [float(v) for v in np.array(light.sun) * (0.22, 0.18, 0.09)])
        u.SetUniform3f("lampShare", [light.lamps, light.homes, light.work])
    if in_map:
        shadows = lighting.shadows
        u.SetUniformf("mapOn", 0.0 if shadows is None else 1.0)
        u.SetUniformf("mapSun", 0.0 if shadows is None or shadows.top is None else 1.0)
        g, low, span = (Grid(0.0, 0.0, 1.0, 1, 1), 0.0, 1.0) if shadows is None else (shadows.grid, shadows.low, shadows.span)
        u.SetUniform4f("mapAt", [g.x0, g.y0, 1.0 / g.cell_m, g.cell_m * STEP_CELLS])
        u.SetUniform4f("mapSize", [float(g.columns), float(g.rows), low, span / 65535.0])


def before_grade(tone: NDArray[np.float32], grade: Grade) -> list[float]:
    """The colour that a grade turns into this one: what is selected stands out in every look."""
    rows = np.array(grade, float)
    return [float(v) for v in np.linalg.solve(rows[:, :3], tone - rows[:, 3])]


LIT_DEC = f"\nin vec4 {ATTRIBUTE};\n"
MAP_DEC = f"uniform sampler2D {MAP};\n"
MAPPED = f"""  if (mapOn > 0.5) {{
    vec2 at = (vertexMC.xy + cityN.xy * mapAt.w - mapAt.xy) * mapAt.z;
    if (all(greaterThan(at, vec2(0.0))) && all(lessThan(at, mapSize.xy))) {{
      vec4 cell = texelFetch({MAP}, ivec2(at), 0);
      float top = mapSize.z + mapSize.w * floor(cell.r * 65280.0 + cell.g * 255.0 + 0.5);
      float slack = cityN.z > 0.2 ? {SLACK_ROOF_M:.1f} : {SLACK_WALL_M:.1f};
      citySun *= mix(1.0, clamp((vertexMC.z + slack - top) * {1 / SOFT_M:.4f} + 0.5, 0.0, 1.0), mapSun);
      cityClosed = cell.b;
      cityStreet = cell.a;
    }}
  }}
"""
LIT = f"""
  uint cityCode = uint({ATTRIBUTE}.w + 0.5);
  float citySteep = max(0.0, 1.0 - dot({ATTRIBUTE}.xy, {ATTRIBUTE}.xy));
  vec3 cityN = vec3({ATTRIBUTE}.xy, (cityCode & 1u) == 0u ? sqrt(citySteep) : -sqrt(citySteep));
  float cityChosen = float((cityCode >> 1) & 1u);
  vertexColorVSOutput.rgb = mix(vertexColorVSOutput.rgb, chosenTone, cityChosen * chosenOn);
  float cityWall = 1.0 - abs(cityN.z);
  float cityFoot = FOOT;
  float cityLow = 1.0 / (1.0 + cityFoot * cityFoot * REACH);
  float citySun = max(dot(cityN, litWay), 0.0);
  float cityClosed = 0.0;
  float cityStreet = 0.0;
  MAPPED
  vec3 cityShade = mix(litBounce, litSky, 0.5 + 0.5 * cityN.z) + citySun * litSun;
  // The sky is narrow at the foot of a wall, the more so where the next one is near.
  cityShade *= 1.0 - cityWall * (0.24 + 0.22 * cityClosed) * cityLow;
  cityShade = mix(cityShade, max(cityShade, vec3(0.8)), cityChosen);
"""

FACADE_END = """
  float cityFall = cityMC.z;
  bool isWall = cityWall > 0.85;
  // Pitched roofs are lighter at the ridge and darker at the eaves.
  if (!isWall && cityWall > 0.02) cityShade *= 1.045 - 0.14 * clamp(cityFall * 0.2, 0.0, 1.0);
  float mirrored = 0.048 * float((cityCode >> 2) & 15u) * cityWall * (1.0 - cityChosen);
  float rise = min(cityFoot * 0.00526, 1.0);
  vec3 glass = rise < 0.35 ? mix(glassLow, glassMiddle, rise * 2.857) : mix(glassMiddle, glassHigh, rise * 1.538 - 0.538);
  float sunny = clamp(dot(cityN, litWay), -0.4, 1.0);
  glass = glass * (0.86 + 0.24 * sunny) + max(sunny, 0.0) * glassSun;
  LAMPLIGHT
  vertexColorVSOutput.rgb = mix(vertexColorVSOutput.rgb * cityShade, glass, mirrored);
  fallVS = isWall ? cityFall : 1000.0;
"""
LAMPLIGHT = """
  cityShade += vec3(1.0, 0.70, 0.40) * (lampShare.x * cityStreet * (0.75 * cityWall * cityLow + 0.06));
  float byDay = float((cityCode >> 6) & 15u) * 0.0667;
  float byNight = float((cityCode >> 10) & 15u) * 0.0667;
  float share = byNight * lampShare.y + max(byDay - byNight, 0.0) * lampShare.z;
  float seed = float(cityCode >> 14);
  lampVS = vec3(min(share * (0.55 + 0.9 * fract(seed * 0.618)), 0.9), seed, byDay > byNight ? 1.0 : 0.0);
"""
