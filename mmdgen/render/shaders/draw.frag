// Phong in sRGB numbers under one white light that travels from the viewer to the character.
uniform sampler2D picture;  // premultiplied
uniform sampler2D sphere;
uniform int sphere_mode;    // 0 none, 1 multiply, 2 add, 3 multiply at the first additional UV
uniform vec3 strength;      // ambient, directional, specular

in vec3 normal;
in vec4 uv;
flat in vec4 base;            // clamp(ambient + 0.6 · diffuse), alpha
flat in vec4 shine;           // specular colour, power
flat in vec4 texture_factor;
flat in vec4 sphere_factor;

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void main() {
    vec4 texel = texture(picture, uv.xy);
    float alpha = clamp(base.a * texel.a, 0.0, 1.0);
    if (alpha < INVISIBLE) discard;
    vec3 straight = texel.rgb / texel.a;
    vec3 albedo = base.rgb * mix(vec3(1.0), straight * texture_factor.rgb, texture_factor.a);

    vec3 n = normalize(gl_FrontFacing ? normal : -normal);
    if (sphere_mode != 0) {
        vec2 at = sphere_mode == 3 ? uv.zw : n.xy * vec2(0.5, -0.5) + 0.5;
        vec3 map = texture(sphere, at).rgb * sphere_factor.rgb;
        albedo = sphere_mode == 2 ? min(albedo + map * sphere_factor.a, 1.0)
                                  : albedo * mix(vec3(1.0), map, sphere_factor.a);
    }

    float facing = max(-n.z, 0.0);  // n·l and n·h: light and viewer are both at -z
    vec3 lit = albedo * (strength.x + strength.y * facing);
    if (shine.a > 0.0) lit += strength.z * shine.rgb * pow(facing, shine.a);
    color = vec4(clamp(lit, 0.0, 1.0), alpha);
}
