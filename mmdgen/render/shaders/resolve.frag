// Resolves by drawing. The target is filled pixel after pixel, whatever its width: it is read as it is wanted.
#include "resolve.glsl"

out vec4 color;

void main() {
    ivec2 corner;
    color = resolved(uint(gl_FragCoord.y) * uint(COLUMNS * SIZE) + uint(gl_FragCoord.x), corner);
}
