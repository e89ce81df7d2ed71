// Pushes a vertex out along its normal, for the hull whose back faces are a material's outline.
#if POSED
#include "posed.glsl"
#else
#include "deform.glsl"
#endif
#include "place.glsl"
#include "materials.glsl"

in float in_edge;           // the vertex's own share of the width
uniform float edge_width;   // samples that edge size 1 means

flat out vec4 edge_color;
out float share;  // of the width that is drawn
out float away;   // 0 where the surface is seen edge-on, 1 where its back is seen straight on

void main() {
    int picture = int(in_picture.x);
    edge_color = material_texel(picture, EDGE_COLOR);
    float size = material_texel(picture, EDGE_SIZE).x;

    // A line thinner than a sample would break into dashes: it is drawn as wide as one and as much fainter instead.
    float width = clamp(size * in_edge * edge_width, 0.0, tile);
    float drawn = width > 0.0 ? max(width, 1.0) : 0.0;
    share = drawn > 0.0 ? width / drawn : 0.0;

    Deformed v = deformed(picture);
    away = v.normal.z;
    bool hidden = size <= 0.0 || material_texel(picture, BASE).a < INVISIBLE;
    place_in_tile(v.position + v.normal * (drawn / camera.z), hidden);
}
