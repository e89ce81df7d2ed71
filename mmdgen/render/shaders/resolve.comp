// Resolves on all of a GPU's processors, straight into what the CPU reads, and clears the samples for the next pass.
#include "resolve.glsl"

layout(local_size_x = 512) in;
layout(std430, binding = 0) writeonly buffer Pixels { uint pixels[]; };
uniform uint count;  // pixels of all tiles

void main() {
    uint number = gl_GlobalInvocationID.x;
    if (number >= count) return;
    uint inside = number % uint(SIZE * SIZE), picture = number / uint(SIZE * SIZE);
    uvec2 pixel = uvec2(inside % uint(SIZE), inside / uint(SIZE)), at = pixel - area.xy;  // far beyond where before
    ivec2 corner;
    uvec4 bytes = uvec4(roundEven(clamp(resolved(picture, pixel, corner), 0.0, 1.0) * 255.0));
    if (all(lessThan(at, area.zw))) {  // pixels are numbered picture after picture, row after row
        pixels[(picture * area.w + at.y) * area.z + at.x] = bytes.r | bytes.g << 8 | bytes.b << 16 | bytes.a << 24;
    }
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) imageStore(samples, corner + ivec2(x, y), vec4(0.0));
    }
}
