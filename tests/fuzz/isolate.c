#include "isolate.h"

#include "fuzz.h"

#ifndef DLT_FUZZ

void fuzz_isolated(fuzz_work *work, const uint8_t *data, size_t size) {
    work(data, size);
}

#else

#include <errno.h>
#include <fcntl.h>
#include <sanitizer/common_interface_defs.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    HANG_S = 3,
    INPUT_BYTES_MAX = 1 << 20,
    REPORT_BYTES = 1 << 16,
    PLACES_MAX = 256,
    PLACE_BYTES = 96
};

/* The compiler's counters of this program; the linker gives the section's ends. */
extern uint8_t __start___sancov_cntrs[];
extern uint8_t __stop___sancov_cntrs[];
extern uint8_t fuzz_counters[];
extern const size_t fuzz_counter_bytes;

/* The process that does the work, one input after the other until it dies. */
static struct {
    pid_t process;  /* 0: none */
    int request;    /* the size of an input goes in here */
    int answer;     /* a byte comes out of here for each input that is done */
    int report;     /* what it prints */
    uint8_t *input; /* shared */
    size_t size;
    uint8_t *counts; /* shared: coverage on its way back */
} worker;

static struct {
    char at[PLACES_MAX][PLACE_BYTES];
    int count;
    long inputs;
} library;

static size_t compiler_bytes(void) {
    return (size_t)(__stop___sancov_cntrs - __start___sancov_cntrs);
}

static void print_library(void) {
    fprintf(stderr, "fuzz: %ld inputs crashed or hung inside HDF5, at %d places\n", library.inputs,
            library.count);
    for (int i = 0; i < library.count; i++)
        fprintf(stderr, "fuzz:   %s\n", library.at[i]);
}

static void *share(size_t bytes) {
    void *memory = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    fuzz_require(memory != MAP_FAILED, "memory can be shared");
    return memory;
}

static void prepare(void) {
    char line[256];
    if (worker.input != NULL)
        return;
    worker.input = share(INPUT_BYTES_MAX);
    worker.counts = share(compiler_bytes() + fuzz_counter_bytes);
    worker.report = open(fuzz_path("report"), O_RDWR | O_CREAT | O_APPEND, 0600);
    fuzz_require(worker.report >= 0, "a file can be made");
    atexit(print_library);
    /* The program that turns addresses into names starts now, once, and serves all workers. */
    __sanitizer_symbolize_pc(__builtin_return_address(0), "%f", line, sizeof line);
}

static void say_where(int number) {
    (void)number;
    __sanitizer_print_stack_trace();
    _exit(1);
}

/* The sanitizer's reports go to a file; libFuzzer's own handlers, which would save the input, are
 * for the parent. */
static void set_up_worker(void) {
    (void)dup2(worker.report, STDERR_FILENO);
    __sanitizer_set_death_callback(NULL);
    (void)signal(SIGABRT, SIG_DFL);
    (void)signal(SIGALRM, say_where);
}

/* An exact copy, so that the sanitizer sees what is read beyond it. */
static void do_one(fuzz_work *work, size_t size) {
    uint8_t *data = malloc(size + (size == 0));
    memcpy(data, worker.input, size);
    memset(__start___sancov_cntrs, 0, compiler_bytes());
    memset(fuzz_counters, 0, fuzz_counter_bytes);
    (void)alarm(HANG_S);
    work(data, size);
    (void)alarm(0);
    memcpy(worker.counts, __start___sancov_cntrs, compiler_bytes());
    memcpy(worker.counts + compiler_bytes(), fuzz_counters, fuzz_counter_bytes);
    free(data);
}

static void serve(fuzz_work *work, int request, int answer) {
    const char done = 1;
    size_t size = 0;
    set_up_worker();
    while (read(request, &size, sizeof size) == (ssize_t)sizeof size) {
        do_one(work, size);
        if (write(answer, &done, 1) != 1)
            break;
    }
    _exit(0);
}

static void start_worker(fuzz_work *work) {
    int request[2];
    int answer[2];
    fuzz_require(pipe(request) == 0 && pipe(answer) == 0, "pipes can be had");
    worker.process = fork();
    fuzz_require(worker.process >= 0, "a process can be had");
    if (worker.process == 0) {
        close(request[1]);
        close(answer[0]);
        serve(work, request[0], answer[1]);
    }
    close(request[0]);
    close(answer[1]);
    worker.request = request[1];
    worker.answer = answer[0];
}

static void end_worker(void) {
    int outcome = 0;
    close(worker.request);
    close(worker.answer);
    while (waitpid(worker.process, &outcome, 0) < 0 && errno == EINTR)
        continue;
    worker.process = 0;
}

/* False if the worker died over it. */
static bool ask_worker(size_t size) {
    char done = 0;
    ssize_t got = -1;
    fuzz_require(write(worker.request, &size, sizeof size) == (ssize_t)sizeof size,
                 "the worker takes an input");
    do
        got = read(worker.answer, &done, 1);
    while (got < 0 && errno == EINTR);
    return got == 1;
}

static void take_coverage(void) {
    memcpy(__start___sancov_cntrs, worker.counts, compiler_bytes());
    memcpy(fuzz_counters, worker.counts + compiler_bytes(), fuzz_counter_bytes);
}

/* One input for each place, for those who mend HDF5. */
static void keep_input(const char *place) {
    char path[4096];
    const char *folder = getenv("DLT_FUZZ_INSIDE");
    if (folder == NULL)
        return;
    snprintf(path, sizeof path, "%s/%s", folder, place);
    FILE *file = fopen(path, "wb");
    if (file == NULL)
        return;
    (void)fwrite(worker.input, 1, worker.size, file);
    fclose(file);
}

static void note_place(const char *frame) {
    char place[PLACE_BYTES];
    const char *name = strstr(frame, " in ");
    const char *module = strstr(frame, "libhdf5");
    const char *from = name != NULL && name < module ? name + 4 : module;
    snprintf(place, sizeof place, "%.*s", (int)strcspn(from, " )\n"), from);
    library.inputs++;
    for (int i = 0; i < library.count; i++)
        if (strcmp(library.at[i], place) == 0)
            return;
    keep_input(place);
    if (library.count < PLACES_MAX)
        memcpy(library.at[library.count++], place, sizeof place);
}

/* True if the first stack of the report leads from dltrain into HDF5. The place is the first
 * function there that has a name: static ones have none. */
static bool is_inside_library(const char *text) {
    const char *inside = NULL;
    bool named = false;
    for (const char *line = strstr(text, "    #0 "); line != NULL && strncmp(line, "    #", 5) == 0;
         line += strcspn(line, "\n"), line += *line != '\0') {
        const char *end = line + strcspn(line, "\n");
        const char *module = strstr(line, "libhdf5");
        const char *own = strstr(line, "/src/");
        const char *name = strstr(line, " in H5");
        if (own != NULL && own < end)
            break;
        if (module == NULL || module >= end)
            continue;
        if (inside == NULL || (!named && name != NULL && name < end))
            inside = line;
        named = named || (name != NULL && name < end);
    }
    if (inside != NULL)
        note_place(inside);
    return inside != NULL;
}

static void judge(void) {
    static char text[REPORT_BYTES];
    ssize_t bytes = pread(worker.report, text, sizeof text - 1, 0);
    text[bytes > 0 ? bytes : 0] = '\0';
    fuzz_require(ftruncate(worker.report, 0) == 0, "a file can be emptied");
    if (is_inside_library(text))
        return;
    fputs(text, stderr);
    fuzz_require(false, "the process that did the work ends well");
}

void fuzz_isolated(fuzz_work *work, const uint8_t *data, size_t size) {
    if (size > INPUT_BYTES_MAX)
        return;
    prepare();
    if (worker.process == 0)
        start_worker(work);
    memcpy(worker.input, data, size);
    worker.size = size;
    if (ask_worker(size)) {
        take_coverage();
        return;
    }
    end_worker();
    judge();
}

#endif
