// One vertex of one instance, with what its material needs.
#if POSED
#include "posed.glsl"
#else
#include "deform.glsl"
#endif
#include "place.glsl"
#include "materials.glsl"

out vec3 normal;
out vec4 uv;
flat out vec4 base;
#if !TOON
flat out vec2 light;
#endif
#if SHINY
flat out vec4 shine;
#endif
#if FACTORS
flat out vec4 texture_factor;
flat out vec4 sphere_factor;
flat out vec4 toon_factor;
#endif

void main() {
    int picture = int(in_picture.x);
    base = material_texel(picture, BASE);
#if !TOON
    light = in_picture.zw;
#endif
#if SHINY
    shine = material_texel(picture, SHINE);
#endif
#if FACTORS
    texture_factor = material_texel(picture, TEXTURE_FACTOR);
    sphere_factor = material_texel(picture, SPHERE_FACTOR);
    toon_factor = material_texel(picture, TOON_FACTOR);
#endif

    Deformed v = deformed(picture);
    normal = v.normal;
    uv = v.uv;
    place_in_tile(v.position, base.a < INVISIBLE);
}
