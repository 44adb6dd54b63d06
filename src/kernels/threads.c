/* Threads of the libraries under the kernels. OpenBLAS has a pool of its own, or OpenMP's; oneDNN
 * has OpenMP's, through a library that dltrain itself does not link. Two pools would wait for each
 * other's cores, so at most one computes. */
#include "dltrain/kernels_info.h"

#include "base/error.h"
#include "kernels/kernels_internal.h"

#include <cblas.h>
#include <dlfcn.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>

/* What openblas_get_parallel says. */
enum { BLAS_SEQUENTIAL = 0, BLAS_OWN_POOL = 1, BLAS_OPENMP = 2 };

/* C has no conversion from an object pointer to a function; POSIX promises the bits. A function of
 * any type, to be called as the one that it is. */
static bool find_function(const char *name, void *function) {
    void *program = dlopen(NULL, RTLD_LAZY);
    if (program == NULL)
        return false;
    void *symbol = dlsym(program, name);
    if (symbol != NULL)
        memcpy(function, &symbol, sizeof symbol);
    dlclose(program);
    return symbol != NULL;
}

static void set_openmp_threads(int threads) {
    void (*set)(int) = NULL;
    if (find_function("omp_set_num_threads", &set))
        set(threads);
}

/* This is how OpenBLAS ends the pool itself before a fork. */
void dlt_blas_end_pool(void) {
    int (*end)(void) = NULL;
    if (openblas_get_parallel() == BLAS_OWN_POOL && find_function("blas_thread_shutdown_", &end))
        (void)end();
}

static int blas_threads(const char *table, int threads) {
    bool computes_alone = strcmp(table, "blas") == 0;
    return computes_alone || openblas_get_parallel() == BLAS_OPENMP ? threads : 1;
}

/* A thread's first product makes OpenBLAS map a buffer for packing, and ask again without an end
 * where it cannot have it. So under a limit on the address space there must be room, and the buffer
 * is made now, before anything else takes it. */
static dlt_status make_packing_buffer(void) {
    const size_t buffer_bytes = (size_t)160 << 20; /* 128 MiB on x86, and some more */
    enum { SIDE = 128 };                           /* too large for kernels that pack nothing */
    static const float zeros[SIDE * SIDE];
    float product[SIDE * SIDE];
    struct rlimit limit;
    if (getrlimit(RLIMIT_AS, &limit) != 0 || limit.rlim_cur == RLIM_INFINITY)
        return DLT_OK;
    void *room =
        mmap(NULL, buffer_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return dlt_fail(DLT_ERR_MEM,
                        "OpenBLAS needs %zu MiB of address space, which the limit of %llu MiB "
                        "(ulimit -v) does not leave",
                        buffer_bytes >> 20, (unsigned long long)(limit.rlim_cur >> 20));
    munmap(room, buffer_bytes);
    cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, SIDE, SIDE, SIDE, 1, zeros, SIDE, zeros,
                SIDE, 0, product, SIDE);
    return DLT_OK;
}

dlt_status dlt_kernels_threads(const char *table, int threads) {
    if (threads < 1)
        return dlt_fail(DLT_ERR_ARG, "the kernels need at least 1 thread, not %d", threads);
    int blas = blas_threads(table, threads);
    openblas_set_num_threads(blas);
    if (blas == 1)
        dlt_blas_end_pool();
    bool own_pool = blas > 1 && openblas_get_parallel() == BLAS_OWN_POOL;
    set_openmp_threads(own_pool ? 1 : threads);
    return make_packing_buffer();
}

const char *dlt_blas_threading(void) {
    static const char *const names[] = {[BLAS_SEQUENTIAL] = "no threads",
                                        [BLAS_OWN_POOL] = "a pool of its own",
                                        [BLAS_OPENMP] = "OpenMP"};
    int kind = openblas_get_parallel();
    return kind >= BLAS_SEQUENTIAL && kind <= BLAS_OPENMP ? names[kind] : "threads unknown";
}

/* "libgomp.so.1", "libomp.so.5", "libiomp5.so", and copies with a hash in their name as Python's
 * packages have them; not "libompitrace.so". */
static bool is_openmp(const char *file) {
    static const char *const stems[] = {"libgomp", "libomp", "libiomp"};
    for (size_t i = 0; i < sizeof stems / sizeof stems[0]; i++) {
        size_t length = strlen(stems[i]);
        if (strncmp(file, stems[i], length) == 0 && file[length] != '\0' &&
            strchr(".-0123456789", file[length]) != NULL)
            return true;
    }
    return false;
}

int dlt_openmp_runtimes(char *names, size_t bytes) {
    char line[4096];
    int count = 0;
    names[0] = '\0';
    FILE *maps = fopen("/proc/self/maps", "r");
    if (maps == NULL)
        return 0;
    while (fgets(line, sizeof line, maps) != NULL) {
        const char *slash = strrchr(line, '/');
        line[strcspn(line, "\n")] = '\0';
        if (slash == NULL || !is_openmp(slash + 1) || strstr(names, slash + 1) != NULL)
            continue;
        size_t used = strlen(names);
        snprintf(names + used, bytes - used, "%s%s", used > 0 ? ", " : "", slash + 1);
        count++;
    }
    fclose(maps);
    return count;
}
