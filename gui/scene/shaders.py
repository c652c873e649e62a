"""Small pieces of GLSL put behind VTK's own colour; their uniforms are set (and so declared) through an
actor's shader property.

gl_FragCoord.w is 1 / distance along the view axis, so haze needs no variable of its own.
"""

TONED = "  gl_FragData[0].rgb *= toneTo;\n"
GRADE = """
  vec4 ungraded = vec4(gl_FragData[0].rgb, 1.0);
  gl_FragData[0].rgb = vec3(dot(gradeR, ungraded), dot(gradeG, ungraded), dot(gradeB, ungraded));
"""
AIR = """
  float hazeAmount = 1.0 - exp(-max(0.0, 1.0 / gl_FragCoord.w - hazeStart) * hazeDensity);
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, hazeColor, hazeAmount * hazeMost);
"""
AIR_OUT = """
  // The distance of a vertex is fine enough where they are near each other, and costs a tenth of that of every pixel.
  airVS = hazeMost * (1.0 - exp(-max(0.0, gl_Position.w - hazeStart) * hazeDensity));
"""
AIR_IN = "  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, hazeColor, airVS);\n"

FACADE = """
  vec4 bay = texture(actortexture, tcoordVCVSOutput);
  // The shade below the eaves, never thinner than a pixel.
  float fallPx = fwidth(fallVS);
  float eaves = clamp((0.6 + 1.5 * fallPx - fallVS) / (0.35 + fallPx), 0.0, 1.0);
  gl_FragData[0].rgb *= (1.0 - eavesDark * eaves) * mix(vec3(1.0), bay.rgb, panes);
"""
EAVES_LIT = "  gl_FragData[0].rgb += eavesLit * (eaves * clamp(2.0 / fallPx, 0.25, 1.0));\n"
LAMPS = """
  // Windows in which somebody is: by bay and storey, those of offices by strips of them; from afar their mean.
  vec2 room = floor(vec2(tcoordVCVSOutput.x / mix(1.0, 3.0, lampVS.z), tcoordVCVSOutput.y));
  vec2 q = fract(room * vec2(0.1031, 0.1373) + floor(lampVS.y + 0.5) * 0.0371);
  q += dot(q, q.yx + 33.33);
  float chance = fract((q.x + q.y) * q.x);
  float fine = clamp(1.6 - 2.0 * max(fwidth(tcoordVCVSOutput.x), fwidth(tcoordVCVSOutput.y)), 0.0, 1.0);
  float lit = mix(lampVS.x * 0.8, step(chance, lampVS.x) * (0.65 + 0.35 * fract(chance * 91.7)), fine);
  vec3 lampTone = mix(vec3(1.0, 0.74, 0.42), vec3(0.96, 0.90, 0.74), clamp(lampVS.z * 0.7 + 0.35 * fract(chance * 37.3), 0.0, 1.0));
  float seen = (1.0 - bay.a) * mix(2.7, 1.15, fine);
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, lampTone, clamp(lampsOn * lit * seen, 0.0, 1.0));
"""

PLACED = """//VTK::PositionVC::Impl
  gl_Position.z -= nearer * gl_Position.w;
"""
DRAPED = """
  // Only the depth is that of a place a little higher: draped layers keep their order without being moved.
  vec4 raisedDC = MCDCMatrix * (vertexMC + vec4(0.0, 0.0, raiseBy, 0.0));
  // For an eye that looks up, higher is farther: it stays where it is then.
  if (raisedDC.w > 0.1) gl_Position.z = min(gl_Position.z, (raisedDC.z / raisedDC.w - nearer) * gl_Position.w);
"""
PLACE_OUT = "  placeVS = vertexMC.xyz;\n"

RIPPLES = """
  vec3 toEye = eyeAt - placeVS;
  float away = length(toEye);
  toEye /= away;
  vec2 p = placeVS.xy;
  float calm = 1.0 / (1.0 + away * away / 160000.0);
  float fine = 1.0 / (1.0 + away * away / 14400.0);
  // Trains of waves across each other, bent by slow ones so that no line stays straight; the short ones are seen near by only.
  vec2 q = p + vec2(2.6 * sin(p.y * 0.071 + 0.17 * waveS) + 0.7 * sin(p.y * 0.31 - 0.4 * waveS),
                    2.4 * sin(p.x * 0.063 - 0.14 * waveS) + 0.6 * sin(p.x * 0.27 + 0.5 * waveS));
  // Gusts: the wind does not ruffle all of it alike.
  float gust = 0.5 + 0.5 * sin(p.x * 0.013 + 1.7 * sin(p.y * 0.009 + 0.04 * waveS)) * sin(p.y * 0.017 + 1.3 * sin(p.x * 0.011));
  float a = cos(dot(q, vec2(0.19, 0.08)) + 0.85 * waveS) * gust;
  float b = cos(dot(q, vec2(-0.12, 0.31)) + 1.15 * waveS) * (1.1 - gust);
  float c = cos(dot(q, vec2(0.83, 0.47)) + 1.9 * waveS) * (0.35 + 0.65 * fine);
  float d = cos(dot(q, vec2(-0.62, 1.14)) - 2.3 * waveS) * fine;
  float e = cos(dot(q, vec2(2.3, -1.1)) + 3.4 * waveS) * fine;
  float f = cos(dot(q, vec2(1.2, 2.9)) - 3.9 * waveS) * fine;
  vec2 slope = vec2(0.9 * a - 0.5 * b + 0.8 * c - 0.5 * d + 0.75 * e + 0.4 * f, 0.4 * a + b + 0.5 * c + 0.9 * d - 0.4 * e + 0.8 * f);
  float swell = (a + b) * calm;
  vec3 wave = normalize(vec3(0.021 * slope * calm, 1.0));
  vec3 mirror = reflect(-toEye, wave);
  float fresnel = 0.03 + 0.97 * pow(1.0 - clamp(dot(wave, toEye), 0.0, 1.0), 5.0);
  // Low in the mirror lies the haze over the horizon, high the sky.
  vec3 sky = mix(hazeColor, skyTone, smoothstep(0.0, 0.42, mirror.z));
  float glint = pow(max(dot(mirror, sunWay), 0.0), 260.0) * (0.35 + 0.65 * calm);
"""
WATER_BODY = (
    RIPPLES
    + """
  vec3 deep = gl_FragData[0].rgb * (0.94 + 0.015 * swell);
  gl_FragData[0].rgb = mix(deep, sky, fresnel * 0.9) + sunTone * (2.2 * glint);
"""
)
WATER_SHEET = (
    RIPPLES
    + """
  // Alpha carries wetness: 0.5 is the shore, above it the deeper the less one sees through.
  float wet = gl_FragData[0].a / max(opacityUniform, 0.001);
  float soft = max(fwidth(wet), 0.02);
  // From far off a flooded street is a pixel or two wide: the shore moves out a little.
  float edge = mix(0.5, 0.4, smoothstep(900.0, 4000.0, away));
  float shore = smoothstep(edge - soft, edge + soft, wet);
  float foam = (1.0 - smoothstep(0.5, 0.5 + 2.5 * soft + 0.02, wet)) * fine * (0.6 + 0.4 * c);
  // Near the eye it is the brown-grey water of streets, from far the colour of its depth.
  float near = 1.0 / (1.0 + away * away / 22500.0);
  vec3 body = mix(gl_FragData[0].rgb, vec3(0.37, 0.40, 0.39), 0.72 * near) * (0.97 + 0.03 * swell);
  vec3 tone = mix(body, sky, fresnel * (0.55 + 0.35 * near)) + sunTone * (1.8 * glint);
  gl_FragData[0].rgb = mix(tone, vec3(0.93, 0.95, 0.95), 0.22 * foam);
  // Silt takes the light: what lies under the water is lost with its depth and with the slant of the view.
  float depth = 0.05 - 0.7 * log(max(1.0 - 2.0 * clamp(wet - 0.5, 0.0, 0.5), 0.02));
  float clear = exp(-depth * mix(1.2, 7.0, near) / max(toEye.z, 0.12));
  float least = mix(0.55, 0.86, smoothstep(150.0, 2500.0, away));
  gl_FragData[0].a = shore * (1.0 - (1.0 - least) * clear) * opacityUniform;
"""
)
