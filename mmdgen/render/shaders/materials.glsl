// The numbers of a picture's material; surfaces.py fills the table.
const int BASE = 0;            // colour under the light, alpha
const int SHINE = 1;           // highlight's colour under the light, power
const int TEXTURE_FACTOR = 2;
const int SPHERE_FACTOR = 3;
const int TOON_FACTOR = 4;
const int EDGE_COLOR = 5;
const int EDGE_SIZE = 6;       // one number
const int MATERIAL_TEXELS = 7;

uniform sampler2D materials;
uniform int material_count;
uniform int material;

vec4 material_texel(int picture, int which) {
    return ROW(materials, (picture * material_count + material) * MATERIAL_TEXELS + which);
}
