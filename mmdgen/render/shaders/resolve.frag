// Averages the samples of a pixel and un-premultiplies the mean, in floating point; the target's 8 bits are written once.
uniform sampler2D samples;  // premultiplied, GRID by GRID texels a pixel
uniform sampler2D colors;   // 3 texels a tile from first_tile on: the rows of its matrix of colours
uniform bool colored;
uniform int first_tile;
// SIZE: pixels along a tile's side; COLUMNS: tiles in a row

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

#include "table.glsl"

vec3 turned(int picture, vec3 straight) {
    int row = picture * 3;
    return vec3(dot(ROW(colors, row).rgb, straight), dot(ROW(colors, row + 1).rgb, straight),
                dot(ROW(colors, row + 2).rgb, straight));
}

void main() {
    // The target is filled pixel after pixel, picture after picture, whatever its width: it is read as it is wanted.
    int number = int(gl_FragCoord.y) * (COLUMNS * SIZE) + int(gl_FragCoord.x);
    int picture = number / (SIZE * SIZE), inside = number % (SIZE * SIZE), slot = first_tile + picture;
    ivec2 corner = (ivec2(slot % COLUMNS, slot / COLUMNS) * SIZE + ivec2(inside % SIZE, inside / SIZE)) * GRID;
    vec4 sum = vec4(0.0);
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) sum += texelFetch(samples, corner + ivec2(x, y), 0);
    }
    sum /= float(GRID * GRID);
    color = sum.a < INVISIBLE ? vec4(0.0) : vec4(sum.rgb / sum.a, sum.a);
    if (colored) color.rgb = turned(picture, clamp(color.rgb, 0.0, 1.0));
}
