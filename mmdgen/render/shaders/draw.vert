// Lays one instance into its tile of the atlas; row 0 of the atlas is the top row of the pictures.
#include "deform.glsl"

uniform sampler2D materials;  // 4 texels a material: base colour and alpha, specular and power, factors of texture, sphere
uniform int material_count;
uniform int material;
uniform int first_slot;
uniform int columns;
uniform float tile;   // pixels
uniform float atlas;  // pixels, a power of two
uniform vec4 camera;  // centre x, centre y, pixels a unit, unused
uniform vec2 depth;   // clip z = x · z + y

out vec3 normal;
out vec4 uv;
flat out vec4 base;
flat out vec4 shine;
flat out vec4 texture_factor;
flat out vec4 sphere_factor;

void main() {
    int slot = first_slot + gl_InstanceID;
    int row = (gl_InstanceID * material_count + material) * 4;
    base = ROW(materials, row);
    shine = ROW(materials, row + 1);
    texture_factor = ROW(materials, row + 2);
    sphere_factor = ROW(materials, row + 3);

    Deformed v = deformed(gl_InstanceID);
    normal = v.normal;
    uv = v.uv;
    // Positions in steps of 1/256 pixel, rounded about the tile's centre: every sum below is exact, so that a picture
    // does not depend on its tile and mirrored poses give mirrored pictures.
    vec2 pixel = roundEven((v.position.xy - camera.xy) * vec2(camera.z, -camera.z) * 256.0) / 256.0 + tile * 0.5;
    vec2 corner = vec2(slot % columns, slot / columns) * tile;
    gl_Position = vec4((corner + pixel) * (2.0 / atlas) - 1.0, depth.x * v.position.z + depth.y, 1.0);
    gl_ClipDistance[0] = pixel.x;
    gl_ClipDistance[1] = tile - pixel.x;
    gl_ClipDistance[2] = pixel.y;
    gl_ClipDistance[3] = tile - pixel.y;
    if (base.a <= 0.0) {  // hidden in this instance
        gl_ClipDistance[0] = -1.0;
    }
}
