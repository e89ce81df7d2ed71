// Averages the samples of a pixel and un-premultiplies the mean, in floating point; the target's 8 bits are written once.
#if COMPUTE  // read as they are cleared: only then are both sure to happen in this order
layout(rgba16f, binding = 0) uniform image2D samples;
#define SAMPLE(at) imageLoad(samples, at)
#else
uniform sampler2D samples;  // premultiplied, GRID by GRID texels a pixel
#define SAMPLE(at) texelFetch(samples, at, 0)
#endif
uniform sampler2D colors;   // 3 texels a tile from first_tile on: the rows of its matrix of colours
uniform uint first_tile;
#if CHOSEN
uniform uvec4 area;         // of every tile: left, top, width and height in pixels
#else
const uvec4 area = uvec4(0, 0, SIZE, SIZE);
#endif
// SIZE: pixels along a tile's side; COLUMNS: tiles in a row; COLORED: pictures have matrices of colours (software drivers
// would work out both sides of a condition)

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

#if COLORED
#include "table.glsl"

vec3 turned(int picture, vec3 straight) {
    int row = picture * 3;
    return vec3(dot(ROW(colors, row).rgb, straight), dot(ROW(colors, row + 1).rgb, straight),
                dot(ROW(colors, row + 2).rgb, straight));
}
#endif

// One pixel of a picture. ``corner`` is the first of its samples.
vec4 resolved(uint picture, uvec2 pixel, out ivec2 corner) {
    uint slot = first_tile + picture;
    uvec2 tile = uvec2(slot % uint(COLUMNS), slot / uint(COLUMNS));
    corner = ivec2((tile * uint(SIZE) + pixel) * uint(GRID));
    vec4 sum = vec4(0.0);
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) sum += SAMPLE(corner + ivec2(x, y));
    }
    sum /= float(GRID * GRID);
    vec4 color = sum.a < INVISIBLE ? vec4(0.0) : vec4(sum.rgb / sum.a, sum.a);
#if COLORED
    color.rgb = turned(int(picture), clamp(color.rgb, 0.0, 1.0));
#endif
    return color;
}
