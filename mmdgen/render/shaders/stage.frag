// A picture over a background, enlarged without ringing; filtered premultiplied.
uniform sampler2D picture;  // straight alpha, row 0 on top
uniform vec4 place;         // of the picture in the window: left, bottom, width, height; pixels
uniform float square;       // side of the checkerboard's squares in pixels, 0 for none
uniform vec3 light;
uniform vec3 dark;

out vec4 color;

vec4 at(ivec2 texel) {
    ivec2 size = textureSize(picture, 0);
    if (any(lessThan(texel, ivec2(0))) || any(greaterThanEqual(texel, size))) return vec4(0.0);
    vec4 value = texelFetch(picture, texel, 0);
    return vec4(value.rgb * value.a, value.a);
}

void main() {
    vec2 inside = (gl_FragCoord.xy - place.xy) / place.zw;
    vec2 texel = vec2(inside.x, 1.0 - inside.y) * vec2(textureSize(picture, 0)) - 0.5;
    vec2 part = fract(texel + 1e-3);  // whole numbers stay whole
    ivec2 corner = ivec2(floor(texel + 1e-3));
    part = max(part - 1e-3, 0.0);
    vec4 upper = mix(at(corner), at(corner + ivec2(1, 0)), part.x);
    vec4 lower = mix(at(corner + ivec2(0, 1)), at(corner + ivec2(1, 1)), part.x);
    vec4 seen = mix(upper, lower, part.y);
    float odd = square > 0.0 ? mod(floor(gl_FragCoord.x / square) + floor(gl_FragCoord.y / square), 2.0) : 0.0;
    color = vec4(seen.rgb + mix(light, dark, odd) * (1.0 - seen.a), 1.0);
}
