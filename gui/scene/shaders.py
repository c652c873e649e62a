"""Small pieces of GLSL put behind VTK's own colour; their uniforms are set (and so declared) through an
actor's shader property.

gl_FragCoord.w is 1 / distance along the view axis, so haze needs no variable of its own.
"""

HAZE = """
  gl_FragData[0].rgb *= toneTo;
  float hazeAmount = 1.0 - exp(-max(0.0, 1.0 / gl_FragCoord.w - hazeStart) * hazeDensity);
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb, hazeColor, hazeAmount * hazeMost);
"""

PLACED = """//VTK::PositionVC::Impl
  gl_Position.z -= nearer * gl_Position.w;
"""
DRAPED = """
  // Only the depth is that of a place a little higher: draped layers keep their order without being moved.
  vec4 raisedDC = MCDCMatrix * (vertexMC + vec4(0.0, 0.0, raiseBy, 0.0));
  if (raisedDC.w > 0.1) gl_Position.z = (raisedDC.z / raisedDC.w - nearer) * gl_Position.w;
"""
PLACE_OUT = "  placeVS = vertexMC.xyz;\n"

RIPPLES = """
  vec3 toEye = eyeAt - placeVS;
  float away = length(toEye);
  toEye /= away;
  vec2 p = placeVS.xy;
  float calm = 1.0 / (1.0 + away * away / 360000.0);
  float wx = sin(p.x * 0.21 + 1.3 * sin(p.y * 0.083)) + 0.6 * sin(p.x * 0.67 + p.y * 0.41) + 0.4 * sin(p.y * 1.31 - p.x * 0.93);
  float wy = sin(p.y * 0.23 + 1.1 * sin(p.x * 0.071)) + 0.6 * sin(p.y * 0.59 - p.x * 0.47) + 0.4 * sin(p.x * 1.17 + p.y * 1.03);
  vec3 wave = normalize(vec3(0.035 * wx * calm, 0.035 * wy * calm, 1.0));
  float fresnel = 0.05 + 0.95 * pow(1.0 - clamp(dot(wave, toEye), 0.0, 1.0), 4.0);
  float glint = pow(max(dot(reflect(-sunWay, wave), toEye), 0.0), 90.0);
"""
WATER_BODY = (
    RIPPLES
    + """
  gl_FragData[0].rgb = mix(gl_FragData[0].rgb * (0.985 + 0.022 * wx * calm), skyTone, fresnel * 0.75) + vec3(0.55, 0.5, 0.4) * glint;
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
  float foam = (1.0 - smoothstep(0.5, 0.5 + 4.0 * soft + 0.03, wet)) * calm;
  // Near the eye it is the brown-grey water of streets, from far the colour of its depth.
  float near = 1.0 / (1.0 + away * away / 22500.0);
  vec3 body = mix(gl_FragData[0].rgb, vec3(0.40, 0.44, 0.44), 0.62 * near) * (0.98 + (0.04 + 0.03 * near) * wx * calm);
  vec3 tone = mix(body, skyTone, fresnel * (0.5 + 0.3 * near)) + vec3(0.5, 0.46, 0.38) * glint;
  gl_FragData[0].rgb = mix(tone, vec3(0.95, 0.97, 0.97), 0.35 * foam);
  float thin = mix(0.72, 0.88, smoothstep(600.0, 3000.0, away));
  gl_FragData[0].a = shore * mix(thin, 0.96, clamp((wet - 0.5) * 2.0, 0.0, 1.0)) * opacityUniform;
"""
)
