uniform sampler2D picture;

in vec2 uv;
in vec4 tint;

out vec4 color;

void main() {
    color = tint * texture(picture, uv);
}
