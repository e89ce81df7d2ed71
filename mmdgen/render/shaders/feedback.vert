// Captures posed vertices by transform feedback.
#include "deform.glsl"

out vec3 posed_position;
out vec3 posed_normal;
out vec4 posed_uv;

void main() {
    Deformed v = deformed(gl_InstanceID);
    posed_position = v.position;
    posed_normal = v.normal;
    posed_uv = v.uv;
}
