// Float tables are textures 1024 texels wide, filled row after row: the narrowest that OpenGL 3.3 promises.
#define ROW(table, i) texelFetch(table, ivec2((i) & 1023, (i) >> 10), 0)
