// Phong in sRGB numbers under one white light that travels from the viewer to the character.
uniform sampler2D picture;  // premultiplied
uniform sampler2D sphere;
uniform vec3 strength;      // ambient, directional, specular

in vec3 normal;
in vec4 uv;
flat in vec4 base;            // clamp(ambient + 0.6 · diffuse), alpha
#if SHINY
flat in vec4 shine;           // specular colour, power
#endif
#if FACTORS
flat in vec4 texture_factor;
flat in vec4 sphere_factor;
#else
const vec4 texture_factor = vec4(1.0), sphere_factor = vec4(1.0);
#endif

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

vec3 tinted(vec3 map, vec4 factor) {  // a factor's alpha fades the picture to white
#if FACTORS
    return mix(vec3(1.0), map * factor.rgb, factor.a);
#else
    return map;
#endif
}

void main() {
    vec3 albedo = base.rgb;
    float alpha = base.a;
#if PICTURE == 1  // opaque
    albedo *= tinted(texture(picture, uv.xy).rgb, texture_factor);
#elif PICTURE == 2  // translucent
    vec4 texel = texture(picture, uv.xy);
    alpha *= texel.a;
    if (alpha < INVISIBLE) discard;
    albedo *= tinted(texel.rgb / texel.a, texture_factor);
#endif

    vec3 n = normalize(gl_FrontFacing ? normal : -normal);
#if SPHERE == 1  // multiply
    albedo *= tinted(texture(sphere, n.xy * vec2(0.5, -0.5) + 0.5).rgb, sphere_factor);
#elif SPHERE == 2  // add
    albedo += texture(sphere, n.xy * vec2(0.5, -0.5) + 0.5).rgb * sphere_factor.rgb * sphere_factor.a;
    albedo = min(albedo, 1.0);
#elif SPHERE == 3  // multiply, at the first additional UV
    albedo *= tinted(texture(sphere, uv.zw).rgb, sphere_factor);
#endif

    float facing = max(-n.z, 0.0);  // n·l and n·h: light and viewer are both at -z
    vec3 lit = albedo * (strength.x + strength.y * facing);
#if SHINY
    if (shine.a > 0.0) lit += strength.z * shine.rgb * pow(facing, shine.a);
#endif
    color = vec4(clamp(lit, 0.0, 1.0), alpha);
}
