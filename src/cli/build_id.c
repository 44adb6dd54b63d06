/* The note NT_GNU_BUILD_ID of the running program, as the loader has mapped it. */
#define _GNU_SOURCE /* dl_iterate_phdr */
#include "build_id.h"

#include <elf.h>
#include <link.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

static void take_notes(const char *at, const char *end, char *out) {
    while (end - at > (ptrdiff_t)sizeof(ElfW(Nhdr))) {
        ElfW(Nhdr) note;
        memcpy(&note, at, sizeof note);
        const char *name = at + sizeof note;
        const char *bytes = name + (note.n_namesz + 3) / 4 * 4;
        at = bytes + (note.n_descsz + 3) / 4 * 4;
        if (note.n_type != NT_GNU_BUILD_ID || note.n_namesz != 4 || memcmp(name, "GNU", 4) != 0)
            continue;
        for (size_t i = 0; i < note.n_descsz && 2 * i + 2 < BUILD_ID_BYTES; i++)
            snprintf(out + 2 * i, 3, "%02x", (unsigned char)bytes[i]);
    }
}

/* The program itself comes first. */
static int take_program(struct dl_phdr_info *info, size_t size, void *context) {
    (void)size;
    for (int i = 0; i < info->dlpi_phnum; i++) {
        const ElfW(Phdr) *header = &info->dlpi_phdr[i];
        const char *notes = (const char *)info->dlpi_addr + header->p_vaddr;
        if (header->p_type == PT_NOTE)
            take_notes(notes, notes + header->p_memsz, context);
    }
    return 1;
}

void find_build_id(char out[BUILD_ID_BYTES]) {
    out[0] = '\0';
    (void)dl_iterate_phdr(take_program, out);
}
