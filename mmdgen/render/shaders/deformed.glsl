// What becomes of a vertex.
struct Deformed {
    vec3 position;
    vec3 normal;
    vec4 uv;
};
