// An outline's flat colour. Lines are as faint as they are thin; backs that fill an area are not.
flat in vec4 edge_color;
in float share;
in float away;

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void main() {
    color = vec4(edge_color.rgb, edge_color.a * mix(share, 1.0, smoothstep(0.25, 0.75, away)));
    if (color.a < INVISIBLE) discard;
}
