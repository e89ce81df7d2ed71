// Lays a point of one picture into its tile of the atlas; row 0 of the atlas is the top row of the pictures.
in vec4 in_picture;  // one each instance: row in the batch's tables, slot, then the strengths of ambient and directional light

uniform int columns;
uniform float tile;   // samples
uniform float atlas;  // samples, a power of two
uniform vec3 camera;  // centre x, centre y, samples a unit
uniform vec2 depth;   // clip z = x · z + y

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void place_in_tile(vec3 position, bool hidden) {
    // Positions in steps of 1/256 sample, rounded about the tile's centre: every sum below is exact, so that a picture
    // does not depend on its tile and mirrored poses give mirrored pictures.
    int slot = int(in_picture.y);
    vec2 corner = vec2(slot % columns, slot / columns) * tile;
    vec2 spot = roundEven((position.xy - camera.xy) * vec2(camera.z, -camera.z) * 256.0) / 256.0 + tile * 0.5;
    gl_Position = vec4((corner + spot) * (2.0 / atlas) - 1.0, depth.x * position.z + depth.y, 1.0);
    gl_ClipDistance[0] = hidden ? -1.0 : spot.x;
    gl_ClipDistance[1] = tile - spot.x;
    gl_ClipDistance[2] = spot.y;
    gl_ClipDistance[3] = tile - spot.y;
}
