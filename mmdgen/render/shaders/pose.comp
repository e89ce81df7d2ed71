// Deforms every vertex of every instance once, for all the draws that follow.
#include "deform.glsl"

layout(local_size_x = 64) in;
layout(std430, binding = 0) readonly buffer Vertices { float rows[]; };  // 20 a vertex, see vertex_rows.py
layout(std430, binding = 1) readonly buffer Spans { vec4 spans[]; };
layout(std430, binding = 2) writeonly buffer Posed { vec4 posed[]; };
uniform int vertex_count;

vec3 row3(int at) {
    return vec3(rows[at], rows[at + 1], rows[at + 2]);
}

vec4 row4(int at) {
    return vec4(row3(at), rows[at + 3]);
}

void main() {
    int vertex = int(gl_GlobalInvocationID.x), instance = int(gl_GlobalInvocationID.y);
    if (vertex >= vertex_count) return;
    int row = vertex * 20;
    in_position = row3(row);
    in_normal = row3(row + 3);
    in_uv = row4(row + 6);
    in_bone = row4(row + 10);
    in_weight = row4(row + 14);
    in_rule = rows[row + 18];
    in_morph = spans[vertex];
    Deformed v = deformed(instance);
    int at = (instance * vertex_count + vertex) * 3;
    posed[at] = vec4(v.position, v.normal.x);
    posed[at + 1] = vec4(v.normal.yz, v.uv.xy);
    posed[at + 2] = vec4(v.uv.zw, 0.0, 0.0);
}
