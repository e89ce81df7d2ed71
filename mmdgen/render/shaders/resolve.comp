// Resolves on all of a GPU's processors, straight into what the CPU reads, and clears the samples for the next pass.
#include "resolve.glsl"

layout(local_size_x = 512) in;
layout(std430, binding = 0) writeonly buffer Pixels { uint pixels[]; };
uniform uint count;  // pixels

void main() {
    uint number = gl_GlobalInvocationID.x;
    if (number >= count) return;
    ivec2 corner;
    uvec4 bytes = uvec4(roundEven(clamp(resolved(number, corner), 0.0, 1.0) * 255.0));
    pixels[number] = bytes.r | bytes.g << 8 | bytes.b << 16 | bytes.a << 24;
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) imageStore(samples, corner + ivec2(x, y), vec4(0.0));
    }
}
