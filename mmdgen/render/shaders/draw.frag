// Phong under one white light that travels from the viewer to the character, or MMD's own look. All in sRGB numbers.
uniform sampler2D picture;  // premultiplied
uniform sampler2D sphere;
uniform sampler2D toon;

in vec3 normal;
in vec4 uv;
flat in vec4 base;            // colour under Phong's or MMD's light, alpha
#if !TOON
flat in vec2 light;           // strengths of ambient and directional light
#endif
#if SHINY
flat in vec4 shine;           // highlight's colour under the light, power
#endif
#if FACTORS
flat in vec4 texture_factor;
flat in vec4 sphere_factor;
flat in vec4 toon_factor;
#else
const vec4 texture_factor = vec4(1.0), sphere_factor = vec4(1.0), toon_factor = vec4(1.0);
#endif

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0
const vec3 VIEWER = vec3(0.0, 0.0, -1.0);
const vec3 LIGHT = normalize(vec3(0.5, 1.0, -0.5));  // where MMD's own light comes from

vec3 tinted(vec3 map, vec4 factor) {  // a factor's alpha fades the picture to white
#if FACTORS
    return mix(vec3(1.0), map * factor.rgb, factor.a);
#else
    return map;
#endif
}

#if PICTURE > 0
vec4 textured(vec2 at) {  // the level of detail is chosen here, since drivers choose differently
    vec2 texel = at * vec2(textureSize(picture, 0)), x = dFdx(texel), y = dFdy(texel);
    return textureLod(picture, at, 0.5 * log2(max(max(dot(x, x), dot(y, y)), 1e-12)));
}
#endif

void main() {
    vec3 albedo = base.rgb;
    float alpha = base.a;
#if PICTURE == 1  // opaque
    albedo *= tinted(textured(uv.xy).rgb, texture_factor);
#elif PICTURE == 2  // translucent
    vec4 texel = textured(uv.xy);
    alpha *= texel.a;
    if (alpha < INVISIBLE) discard;
    albedo *= tinted(texel.rgb / texel.a, texture_factor);
#endif

#if TOON
    vec3 n = normalize(normal);  // of back faces too: MMD turns none
#else
    vec3 n = normalize(gl_FrontFacing ? normal : -normal);
#endif
#if SPHERE == 1  // multiply
    albedo *= tinted(texture(sphere, n.xy * vec2(0.5, -0.5) + 0.5).rgb, sphere_factor);
#elif SPHERE == 2  // add
    albedo += texture(sphere, n.xy * vec2(0.5, -0.5) + 0.5).rgb * sphere_factor.rgb * sphere_factor.a;
#elif SPHERE == 3  // multiply, at the first additional UV
    albedo *= tinted(texture(sphere, uv.zw).rgb, sphere_factor);
#endif

#if TOON
    vec3 lit = albedo;
#if RAMP
    lit *= tinted(texture(toon, vec2(0.0, 0.5 - 0.5 * dot(n, LIGHT))).rgb, toon_factor);
#endif
#if SHINY
    if (shine.a > 0.0) lit += shine.rgb * pow(max(dot(n, normalize(LIGHT + VIEWER)), 0.0), shine.a);
#endif
#else
#if SPHERE == 2
    albedo = min(albedo, 1.0);
#endif
    float facing = max(-n.z, 0.0);  // n·l and n·h: light and viewer are both at -z
    vec3 lit = albedo * (light.x + light.y * facing);
#if SHINY
    if (shine.a > 0.0) lit += shine.rgb * pow(facing, shine.a);
#endif
#endif
    color = vec4(clamp(lit, 0.0, 1.0), alpha);
}
