// An outline's flat colour.
flat in vec4 edge_color;
in float strength;

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void main() {
    color = vec4(edge_color.rgb, edge_color.a * strength);
    if (color.a < INVISIBLE) discard;
}
