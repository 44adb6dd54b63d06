/* Loads a document: read the file (regular, at most 1 MiB, without a zero byte), parse it into a
 * tree, apply the overrides. Nothing is interpreted before dlt_config_read. The tree stays, so
 * dlt_config_position can still name the line of a key when a check fails much later. */
#include "config/config.h"

#include "base/alloc.h"
#include "base/error.h"
#include "base/text.h"
#include "config/memory.h"
#include "config/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

dlt_status dlt_config_fail_at(const char *file, int line, dlt_status code,
                              const dlt_position *position, const char *format, ...) {
    char message[DLT_ERROR_MESSAGE_BYTES];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (position == NULL || position->file == NULL)
        return dlt_fail_at(file, line, code, "%s", message);
    if (position->line == 0 || position->column == 0)
        return dlt_fail_at(file, line, code, "%s: %s", position->file, message);
    return dlt_fail_at(file, line, code, "%s:%d:%d: %s", position->file, position->line,
                       position->column, message);
}

void dlt_config_destroy(dlt_config **config) {
    dlt_config_memory_destroy(config);
}

static dlt_status fill_config(dlt_config *config, const char *text, const char *source,
                              const char *const *overrides, int override_count) {
    config->source = dlt_config_take_text(config, source, strlen(source));
    if (config->source == NULL)
        return DLT_ERR_MEM;
    DLT_TRY(dlt_tree_parse(config, text, config->source, NULL, &config->root));
    if (config->root->kind != DLT_NODE_NULL && config->root->kind != DLT_NODE_MAPPING)
        return dlt_config_fail(&config->root->position, "expected keys with values (`key: value`)");
    for (int i = 0; i < override_count; i++)
        DLT_TRY(dlt_tree_override(config, overrides[i]));
    return DLT_OK;
}

dlt_status dlt_config_parse(const char *text, const char *source, const char *const *overrides,
                            int override_count, dlt_config **out) {
    dlt_config *config = NULL;
    *out = NULL;
    DLT_TRY(DLT_NEW(config, 1));
    dlt_status status = fill_config(config, text, source, overrides, override_count);
    if (status != DLT_OK)
        dlt_config_destroy(&config);
    *out = config;
    return status;
}

/* Stops one byte behind what is allowed, so that the parser sees that a file is too large. */
static dlt_status read_text(FILE *stream, const char *path, dlt_text *text) {
    char piece[4096];
    size_t bytes = sizeof piece;
    while (bytes == sizeof piece && text->used <= DLT_TREE_BYTES_MAX) {
        bytes = fread(piece, 1, sizeof piece, stream);
        dlt_text_add_bytes(text, piece, bytes);
    }
    if (ferror(stream))
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    DLT_TRY(dlt_text_check(text));
    if (strlen(dlt_text_of(text)) != text->used)
        return dlt_fail(DLT_ERR_CONFIG, "%s: not a text file (it contains a zero byte)", path);
    return DLT_OK;
}

/* A FIFO or a terminal would be waited for, perhaps for ever. */
static dlt_status open_regular(const char *path, FILE **out) {
    struct stat facts;
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return dlt_fail(DLT_ERR_IO, "cannot read %s: %s", path, strerror(errno));
    bool regular = fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode);
    *out = regular ? fdopen(fd, "rb") : NULL;
    if (*out != NULL)
        return DLT_OK;
    close(fd);
    return dlt_fail(DLT_ERR_IO, "cannot read %s: it is not a regular file", path);
}

dlt_status dlt_config_load(const char *path, const char *const *overrides, int override_count,
                           dlt_config **out) {
    dlt_status status = DLT_OK;
    dlt_text text = DLT_TEXT_EMPTY;
    *out = NULL;
    FILE *stream = NULL;
    DLT_TRY(open_regular(path, &stream));
    DLT_TRY_OUT(read_text(stream, path, &text));
    DLT_TRY_OUT(dlt_config_parse(dlt_text_of(&text), path, overrides, override_count, out));
out:
    dlt_text_destroy(&text);
    fclose(stream);
    return status;
}

static const dlt_node *find_part(const dlt_node *node, const char *part) {
    /* `optimizer: adam` stands for `optimizer: {adam: null}`. */
    if (node->kind == DLT_NODE_SCALAR && strcmp(node->text, part) == 0)
        return node;
    return dlt_node_find(node, part);
}

dlt_position dlt_config_position(const dlt_config *config, const char *dotted_path) {
    const dlt_position absent = {.file = config->source};
    const dlt_node *node = config->root;
    for (const char *part = dotted_path; part != NULL;) {
        char name[128];
        size_t bytes = strcspn(part, ".");
        if (bytes >= sizeof name)
            return absent;
        memcpy(name, part, bytes);
        name[bytes] = '\0';
        node = find_part(node, name);
        if (node == NULL)
            return absent;
        part = part[bytes] == '.' ? part + bytes + 1 : NULL;
    }
    return node->key != NULL ? node->key_position : node->position;
}
