// Averages the samples of a pixel and un-premultiplies the mean, in floating point; the target's 8 bits are written once.
uniform sampler2D samples;  // premultiplied, GRID by GRID texels a pixel

out vec4 color;

const float INVISIBLE = 0.5 / 255.0;  // would be written as alpha 0

void main() {
    ivec2 corner = ivec2(gl_FragCoord.xy) * GRID;
    vec4 sum = vec4(0.0);
    for (int y = 0; y < GRID; ++y) {
        for (int x = 0; x < GRID; ++x) sum += texelFetch(samples, corner + ivec2(x, y), 0);
    }
    sum /= float(GRID * GRID);
    color = sum.a < INVISIBLE ? vec4(0.0) : vec4(sum.rgb / sum.a, sum.a);
}
