// Averages the samples of a pixel and un-premultiplies the mean, in floating point; the target's 8 bits are written once.
uniform sampler2D samples;  // premultiplied, GRID by GRID texels a pixel
uniform sampler2D colors;   // 3 texels a tile from first_tile on: the rows of its matrix of colours
uniform bool colored;
uniform int size;           // pixels along a tile's side
uniform int columns;
uniform int first_tile;

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

#include "table.glsl"

vec3 turned(vec3 straight) {
    ivec2 place = ivec2(gl_FragCoord.xy) / size;
    int row = max(place.y * columns + place.x - first_tile, 0) * 3;
    return vec3(dot(ROW(colors, row).rgb, straight), dot(ROW(colors, row + 1).rgb, straight),
                dot(ROW(colors, row + 2).rgb, straight));
}

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) * GRID;
    vec4 sum = vec4(0.0);
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) sum += texelFetch(samples, corner + ivec2(x, y), 0);
    }
    sum /= float(GRID * GRID);
    color = sum.a < INVISIBLE ? vec4(0.0) : vec4(sum.rgb / sum.a, sum.a);
    if (colored) color.rgb = turned(clamp(color.rgb, 0.0, 1.0));
}
