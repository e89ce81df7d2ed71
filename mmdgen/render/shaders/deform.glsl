// The GPU twin of mmdgen.rig.skin: one vertex of one instance, morphed and skinned. All lengths in MMD units.

#include "table.glsl"
#include "deformed.glsl"

#if COMPUTE  // main fills them in
vec3 in_position, in_normal;
vec4 in_uv, in_bone, in_weight, in_morph;
float in_rule;
#else
in vec3 in_position;
in vec3 in_normal;
in vec4 in_uv;      // base u, v, first additional u, v
in vec4 in_bone;    // heaviest first
in vec4 in_weight;  // sums to 1
in float in_rule;   // -2 QDEF, -1 linear, else the row of the vertex in sdef
in vec4 in_morph;   // begin and end of the vertex morphs' entries, begin and end of the UV morphs' entries
#endif

uniform sampler2D bones;          // 4 texels a bone: matrix rows (3, 4), then its rotation x, y, z, w
uniform sampler2D morph_weights;  // R, the active morphs of every instance
uniform sampler2D morph_entries;  // vertex: offset x, y, z, active morph; UV: offset u, v, channel, active morph
uniform sampler2D sdef;           // 3 texels a vertex: C, (C + r0) / 2, (C + r1) / 2
uniform int bone_count;
uniform int morph_count;

vec4 bone_texel(int instance, float bone, int k) {
    return ROW(bones, (instance * bone_count + int(bone)) * 4 + k);
}

vec3 turned(vec4 q, vec3 v) {
    return v + 2.0 * cross(q.xyz, cross(q.xyz, v) + q.w * v);
}

#if HAS_SDEF
// Drivers' acos is off by 1e-4 and more. This angle between unit quaternions, at most 90 degrees apart, comes from the
// sine of its quarter and five terms of arcsine's series: 1e-7.
float angle_between(vec4 a, vec4 b) {
    float half_sine = min(0.5 * length(a - b), 0.70710678);
    float x = half_sine / sqrt(2.0 + 2.0 * sqrt(1.0 - half_sine * half_sine));
    float z = x * x;
    return 4.0 * x * (1.0 + z * (1.0 / 6.0 + z * (3.0 / 40.0 + z * (5.0 / 112.0 + z * (35.0 / 1152.0 + z * 63.0 / 2816.0)))));
}

vec4 slerp(vec4 a, vec4 b, float t) {
    vec4 near = dot(a, b) < 0.0 ? -b : b;
    float angle = angle_between(a, near);
    if (angle < 0.02) return normalize(mix(a, near, t));
    return (sin((1.0 - t) * angle) * a + sin(t * angle) * near) / sin(angle);
}

// Spherical deform (after the SDEF formula that MMD's runtimes share): turn about C, carry the two centres linearly.
void deform_sdef(int instance, vec3 p, vec3 n, out vec3 position, out vec3 normal) {
    int row = int(in_rule) * 3;
    vec4 q = slerp(bone_texel(instance, in_bone.x, 3), bone_texel(instance, in_bone.y, 3), in_weight.y);
    vec4 c0 = vec4(ROW(sdef, row + 1).xyz, 1.0), c1 = vec4(ROW(sdef, row + 2).xyz, 1.0);
    vec3 carried = vec3(0.0);
    for (int k = 0; k < 3; ++k) {
        carried[k] = in_weight.x * dot(bone_texel(instance, in_bone.x, k), c0)
                   + in_weight.y * dot(bone_texel(instance, in_bone.y, k), c1);
    }
    position = turned(q, p - ROW(sdef, row).xyz) + carried;
    normal = turned(q, n);
}
#endif

#if HAS_QDEF
vec4 product(vec4 a, vec4 b) {
    return vec4(a.w * b.xyz + b.w * a.xyz + cross(a.xyz, b.xyz), a.w * b.w - dot(a.xyz, b.xyz));
}

// Dual quaternion blending (Kavan et al. 2007), signs aligned to the heaviest bone.
void deform_qdef(int instance, vec3 p, vec3 n, out vec3 position, out vec3 normal) {
    vec4 first = bone_texel(instance, in_bone.x, 3);
    vec4 real = vec4(0.0), dual = vec4(0.0);
    for (int k = 0; k < 4; ++k) {
        vec4 q = bone_texel(instance, in_bone[k], 3);
        vec3 t = vec3(bone_texel(instance, in_bone[k], 0).w, bone_texel(instance, in_bone[k], 1).w,
                      bone_texel(instance, in_bone[k], 2).w);
        float w = dot(q, first) < 0.0 ? -in_weight[k] : in_weight[k];
        real += w * q;
        dual += w * 0.5 * product(vec4(t, 0.0), q);
    }
    float size = length(real);
    real /= size;
    dual /= size;
    vec3 t = 2.0 * product(dual, vec4(-real.xyz, real.w)).xyz;
    position = turned(real, p) + t;
    normal = turned(real, n);
}
#endif

Deformed deformed(int instance) {
    vec3 p = in_position;
    vec4 uv = in_uv;
    for (int i = int(in_morph.x); i < int(in_morph.y); ++i) {
        vec4 entry = ROW(morph_entries, i);
        p += entry.xyz * ROW(morph_weights, instance * morph_count + int(entry.w)).r;
    }
    for (int i = int(in_morph.z); i < int(in_morph.w); ++i) {
        vec4 entry = ROW(morph_entries, i);
        vec2 offset = entry.xy * ROW(morph_weights, instance * morph_count + int(entry.w)).r;
        uv += entry.z == 0.0 ? vec4(offset, 0.0, 0.0) : vec4(0.0, 0.0, offset);
    }

    vec3 position = vec3(0.0), normal = vec3(0.0);
    for (int k = 0; k < 4 && in_weight[k] != 0.0; ++k) {
        vec4 x = bone_texel(instance, in_bone[k], 0);
        vec4 y = bone_texel(instance, in_bone[k], 1);
        vec4 z = bone_texel(instance, in_bone[k], 2);
        vec4 q = vec4(p, 1.0);
        position += in_weight[k] * vec3(dot(x, q), dot(y, q), dot(z, q));
        normal += in_weight[k] * vec3(dot(x.xyz, in_normal), dot(y.xyz, in_normal), dot(z.xyz, in_normal));
    }
#if HAS_SDEF
    if (in_rule >= 0.0) deform_sdef(instance, p, in_normal, position, normal);
#endif
#if HAS_QDEF
    if (in_rule == -2.0) deform_qdef(instance, p, in_normal, position, normal);
#endif
    float size = length(normal);
    return Deformed(position, size > 0.0 ? normal / size : vec3(0.0, 0.0, -1.0), uv);
}
