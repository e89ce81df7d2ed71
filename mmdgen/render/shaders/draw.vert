// Lays one instance into its tile of the atlas; row 0 of the atlas is the top row of the pictures.
#include "deform.glsl"

uniform sampler2D materials;  // 4 texels a material: base colour and alpha, specular and power, factors of texture, sphere
uniform int material_count;
uniform int material;
uniform int first_slot;
uniform int columns;
uniform float tile;   // samples
uniform float atlas;  // samples, a power of two
uniform vec3 camera;  // centre x, centre y, samples a unit
uniform vec2 depth;   // clip z = x · z + y

out vec3 normal;
out vec4 uv;
flat out vec4 base;
#if SHINY
flat out vec4 shine;
#endif
#if FACTORS
flat out vec4 texture_factor;
flat out vec4 sphere_factor;
#endif

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void main() {
    int row = (gl_InstanceID * material_count + material) * 4;
    base = ROW(materials, row);
#if SHINY
    shine = ROW(materials, row + 1);
#endif
#if FACTORS
    texture_factor = ROW(materials, row + 2);
    sphere_factor = ROW(materials, row + 3);
#endif

    Deformed v = deformed(gl_InstanceID);
    normal = v.normal;
    uv = v.uv;
    // Positions in steps of 1/256 sample, rounded about the tile's centre: every sum below is exact, so that a picture
    // does not depend on its tile and mirrored poses give mirrored pictures.
    int slot = first_slot + gl_InstanceID;
    vec2 corner = vec2(slot % columns, slot / columns) * tile;
    vec2 place = roundEven((v.position.xy - camera.xy) * vec2(camera.z, -camera.z) * 256.0) / 256.0 + tile * 0.5;
    gl_Position = vec4((corner + place) * (2.0 / atlas) - 1.0, depth.x * v.position.z + depth.y, 1.0);
    bool hidden = base.a < INVISIBLE;
    gl_ClipDistance[0] = hidden ? -1.0 : place.x;
    gl_ClipDistance[1] = tile - place.x;
    gl_ClipDistance[2] = place.y;
    gl_ClipDistance[3] = tile - place.y;
}
