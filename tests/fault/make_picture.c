/* Usage: make_picture FILE.png WIDTH HEIGHT VALUE [EDGE]: a grey picture of one value, 0 to 255;
 * the first and the last quarter of its columns have the value EDGE, if it is given. */
#include <png.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST = 64 };

int main(int argc, char **argv) {
    static unsigned char pixels[MOST * MOST];
    if (argc != 5 && argc != 6)
        return 2;
    const int width = atoi(argv[2]);
    const int height = atoi(argv[3]);
    const int value = atoi(argv[4]);
    const int edge = argc == 6 ? atoi(argv[5]) : value;
    if (width < 1 || width > MOST || height < 1 || height > MOST)
        return 2;
    for (int i = 0; i < width * height; i++) {
        const int column = i % width;
        const int is_edge = 4 * column < width || 4 * column >= 3 * width;
        pixels[i] = (unsigned char)(is_edge ? edge : value);
    }
    png_image image = {.version = PNG_IMAGE_VERSION,
                       .width = (png_uint_32)width,
                       .height = (png_uint_32)height,
                       .format = PNG_FORMAT_GRAY};
    if (png_image_write_to_file(&image, argv[1], 0, pixels, 0, NULL) == 0) {
        fprintf(stderr, "make_picture: %s\n", image.message);
        return 1;
    }
    return 0;
}
