// Takes the place of deform.glsl where pose.comp went before: one vertex of one instance, read back.
#include "table.glsl"
#include "deformed.glsl"

layout(std430, binding = 2) readonly buffer Posed { vec4 posed[]; };  // 3 a vertex
uniform int vertex_count;

Deformed deformed(int instance) {
    int at = (instance * vertex_count + gl_VertexID) * 3;
    return Deformed(posed[at].xyz, vec3(posed[at].w, posed[at + 1].xy), vec4(posed[at + 1].zw, posed[at + 2].xy));
}
