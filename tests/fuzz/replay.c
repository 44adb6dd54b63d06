/* Usage: fuzz_TARGET FILE|FOLDER...
 * Runs a fuzz target over files, in builds without libFuzzer; a folder stands for the files in it,
 * which may be none. Names the input at which the process dies. */
#include "fuzz.h"

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { INPUT_BYTES_MAX = 1 << 24 };

static char current[1024];

/* Async-signal-safe; the default action follows. */
static void name_input(int number) {
    static const char before[] = "fuzz: the input was ";
    (void)!write(STDERR_FILENO, before, sizeof before - 1);
    (void)!write(STDERR_FILENO, current, strlen(current));
    (void)!write(STDERR_FILENO, "\n", 1);
    raise(number);
}

static void watch_signals(void) {
    static const int numbers[] = {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL};
    struct sigaction action = {.sa_handler = name_input, .sa_flags = (int)SA_RESETHAND};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
}

static int run_file(const char *path) {
    /* Of exactly the file's size, so that a sanitizer sees what is read beyond it. */
    struct stat facts;
    FILE *file = fopen(path, "rb");
    if (file == NULL || fstat(fileno(file), &facts) != 0 || facts.st_size > INPUT_BYTES_MAX) {
        fprintf(stderr, "fuzz: cannot read %s: %s\n", path, strerror(errno));
        return 1;
    }
    size_t size = (size_t)facts.st_size;
    uint8_t *data = malloc(size + (size == 0));
    size = data == NULL ? 0 : fread(data, 1, size, file);
    fclose(file);
    snprintf(current, sizeof current, "%s", path);
    LLVMFuzzerTestOneInput(data, size);
    free(data);
    return 0;
}

static int run_folder(const char *path) {
    int failed = 0;
    DIR *list = opendir(path);
    for (struct dirent *entry = list == NULL ? NULL : readdir(list); entry != NULL;
         entry = readdir(list)) {
        char inside[1024];
        snprintf(inside, sizeof inside, "%.700s/%.255s", path, entry->d_name);
        if (entry->d_name[0] != '.')
            failed |= run_file(inside);
    }
    if (list != NULL)
        closedir(list);
    return failed;
}

/* Mutations are libFuzzer's; without it nobody asks for them. */
size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t most) {
    (void)data;
    (void)most;
    return size;
}

int main(int argc, char **argv) {
    int failed = 0;
    watch_signals();
    for (int i = 1; i < argc; i++) {
        struct stat facts;
        bool is_folder = stat(argv[i], &facts) == 0 && S_ISDIR(facts.st_mode);
        failed |= is_folder ? run_folder(argv[i]) : run_file(argv[i]);
    }
    return failed;
}
