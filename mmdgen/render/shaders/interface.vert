// Triangles of a user interface; positions in its own units, y down.
uniform vec4 screen;  // left, top, width, height

in vec2 in_position;
in vec2 in_uv;
in vec4 in_color;

out vec2 uv;
out vec4 tint;

void main() {
    uv = in_uv;
    tint = in_color;
    vec2 at = (in_position - screen.xy) / screen.zw;
    gl_Position = vec4(at.x * 2.0 - 1.0, 1.0 - at.y * 2.0, 0.0, 1.0);
}
