/* Opens extensions: hash of the file, dlopen, comparison of what it was compiled against, entry
 * point. dlopen gets an absolute path, so it never searches. RTLD_NOW finds a missing function here
 * and not in mid-run, RTLD_LOCAL keeps extensions out of each other's names. What a failed entry
 * point had registered is withdrawn before its code goes. The list of open ones is a global,
 * because an extension is open once per process, whichever run named it first (see
 * config/registered.c); it has a fixed size and needs no release. */
#include "run/extension.h"

#include "base/error.h"
#include "base/hash.h"
#include "config/memory.h"
#include "config/registered.h"
#include "dltrain/extend/extension.h"
#include "run/run_settings.h"

#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { OPEN_MAX = 32 };

typedef struct open_extension {
    char path[PATH_MAX];
    uint64_t hash;
} open_extension;

static open_extension all_open[OPEN_MAX];
static int open_count;

static const dlt_extension_host host = {.version = DLT_VERSION,
                                        .register_layer = dlt_register_layer,
                                        .register_loss = dlt_register_loss,
                                        .register_optimizer = dlt_register_optimizer,
                                        .register_schedule = dlt_register_schedule,
                                        .register_metric = dlt_register_metric,
                                        .register_transform = dlt_register_transform,
                                        .register_initializer = dlt_register_initializer};

typedef dlt_status open_function(const dlt_extension_host *host);

static dlt_status hash_file(const char *path, uint64_t *out) {
    char bytes[16384];
    size_t count = sizeof bytes;
    FILE *file = fopen(path, "rb");
    if (file == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot read extension %s: %s", path, strerror(errno));
    *out = 0;
    while (count == sizeof bytes) {
        count = fread(bytes, 1, sizeof bytes, file);
        *out = dlt_hash(*out, bytes, count);
    }
    const bool failed = ferror(file) != 0;
    const int reason = errno;
    fclose(file);
    return failed ? dlt_fail(DLT_ERR_IO, "cannot read extension %s: %s", path, strerror(reason))
                  : DLT_OK;
}

static const open_extension *find_open(const char *path) {
    for (int i = 0; i < open_count; i++)
        if (strcmp(all_open[i].path, path) == 0)
            return &all_open[i];
    return NULL;
}

static dlt_status check_abi(const char *path, const dlt_extension_abi *built_for) {
    static const dlt_extension_abi own = DLT_EXTENSION_ABI;
    if (memcmp(built_for, &own, sizeof own) == 0)
        return DLT_OK;
    return dlt_fail(DLT_ERR_CONFIG,
                    "extension %s was built for another version of dltrain (interface %u, %u, %u; "
                    "here it is %u, %u, %u): build it again with the headers of this one",
                    path, built_for->version, built_for->real_bytes, built_for->ops_bytes,
                    own.version, own.real_bytes, own.ops_bytes);
}

/* A function as dlsym gives it, which C cannot convert from a pointer to an object. */
static open_function *entry_of(void *handle) {
    open_function *entry = NULL;
    void *found = dlsym(handle, "dlt_extension_open");
    memcpy(&entry, &found, sizeof entry);
    return entry;
}

static dlt_status enter(const char *path, void *handle) {
    const dlt_extension_abi *built_for = dlsym(handle, "dlt_extension_built_for");
    open_function *entry = entry_of(handle);
    char why[DLT_ERROR_MESSAGE_BYTES / 2];
    if (built_for == NULL || entry == NULL)
        return dlt_fail(DLT_ERR_CONFIG,
                        "extension %s has no entry point: DLT_EXTENSION in "
                        "dltrain/extend/extension.h defines it",
                        path);
    DLT_TRY(check_abi(path, built_for));
    dlt_error_clear();
    const int before = dlt_registered_count();
    const dlt_status status = entry(&host);
    if (status == DLT_OK)
        return DLT_OK;
    dlt_registered_withdraw(before);
    snprintf(why, sizeof why, "%s", dlt_error_message());
    return dlt_fail(DLT_ERR_CONFIG, "extension %s cannot be used: %s", path,
                    why[0] != '\0' ? why : "its entry point failed");
}

static dlt_status open_library(const char *path) {
    void *handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (handle == NULL)
        return dlt_fail(DLT_ERR_CONFIG, "cannot load extension %s", dlerror());
    const dlt_status status = enter(path, handle);
    if (status != DLT_OK)
        dlclose(handle);
    return status;
}

dlt_status dlt_extension_load(const char *path, uint64_t *hash) {
    uint64_t found = 0;
    const open_extension *known = find_open(path);
    DLT_TRY(hash_file(path, &found));
    if (hash != NULL)
        *hash = found;
    if (known != NULL && known->hash != found)
        return dlt_fail(DLT_ERR_CONFIG, "extension %s has changed since this process opened it",
                        path);
    if (known != NULL)
        return DLT_OK;
    if (open_count == OPEN_MAX || strlen(path) >= sizeof all_open[0].path)
        return dlt_fail(DLT_ERR_CONFIG, "extension %s is one more than %d, or its path is too long",
                        path, OPEN_MAX);
    DLT_TRY(open_library(path));
    all_open[open_count].hash = found;
    snprintf(all_open[open_count].path, sizeof all_open[0].path, "%s", path);
    open_count++;
    return DLT_OK;
}

uint64_t dlt_extension_hash(const char *path) {
    const open_extension *known = find_open(path);
    return known != NULL ? known->hash : 0;
}

/* PATH as the folder of the run file has it, without links and dots where there is such a file. */
static dlt_status resolve(dlt_config *config, const char *path, const char **out) {
    char joined[2 * PATH_MAX];
    char real[PATH_MAX];
    const char *slash = strrchr(config->source, '/');
    const int folder = path[0] == '/' || slash == NULL ? 0 : (int)(slash - config->source) + 1;
    const int bytes = snprintf(joined, sizeof joined, "%.*s%s", folder, config->source, path);
    if (bytes < 0 || (size_t)bytes >= sizeof joined)
        return dlt_fail(DLT_ERR_CONFIG, "the path of an extension is too long");
    if (realpath(joined, real) == NULL)
        return dlt_fail(DLT_ERR_IO, "cannot read extension %s: %s", joined, strerror(errno));
    *out = dlt_config_take_text(config, real, strlen(real));
    return *out != NULL ? DLT_OK : DLT_ERR_MEM;
}

static dlt_status load_one(dlt_config *config, const char *path, const char **out) {
    DLT_TRY(resolve(config, path, out));
    return dlt_extension_load(*out, NULL);
}

dlt_status dlt_extensions_load(dlt_config *config, dlt_strings *paths) {
    dlt_run_settings settings;
    const char **resolved = NULL;
    DLT_TRY(dlt_config_read_key(config, dlt_run_keys, "extensions", &settings));
    *paths = settings.extensions;
    if (paths->count <= 0)
        return DLT_OK;
    DLT_TRY(DLT_TAKE(config, resolved, paths->count));
    for (int64_t i = 0; i < paths->count; i++) {
        const dlt_status status = load_one(config, paths->at[i], &resolved[i]);
        const dlt_position position = dlt_config_position(config, "extensions");
        if (status == DLT_ERR_MEM)
            return status;
        if (status != DLT_OK)
            return dlt_config_fail_at(__FILE__, __LINE__, status, &position, "%s",
                                      dlt_error_message());
    }
    paths->at = resolved;
    return DLT_OK;
}
