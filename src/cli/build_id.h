/* Which build of the program this is. */
#ifndef DLT_CLI_BUILD_ID_H
#define DLT_CLI_BUILD_ID_H

enum { BUILD_ID_BYTES = 41 };

/* The linker's hash of the program in hexadecimal digits; "" where the linker has left none. */
void find_build_id(char out[BUILD_ID_BYTES]);

#endif
