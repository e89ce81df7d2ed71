// Resolves by drawing. The target is filled pixel after pixel, whatever its width: it is read as it is wanted.
#include "resolve.glsl"

out vec4 color;

void main() {
    // pixels are numbered picture after picture, row after row
    uint number = uint(gl_FragCoord.y) * uint(COLUMNS * SIZE) + uint(gl_FragCoord.x), pixels = area.z * area.w;
    uint inside = number % pixels;
    ivec2 corner;
    color = resolved(number / pixels, area.xy + uvec2(inside % area.z, inside / area.z), corner);
}
