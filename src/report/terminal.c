/* What a terminal shows. Open MPI gives its ranks a terminal of their own to print into, whose size
 * never changes, so under mpirun the stdout of mpirun counts: it is the parent of its ranks on the
 * first machine. */
#include "base/text.h"
#include "dltrain/progress.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* A descriptor of the parent's stdout, -1 if it is not a terminal; the caller closes it. */
static int open_parent_terminal(void) {
    char link[64];
    char target[256];
    snprintf(link, sizeof link, "/proc/%ld/fd/1", (long)getppid());
    ssize_t length = readlink(link, target, sizeof target - 1);
    if (length < 0)
        return -1;
    target[length] = '\0';
    if (strncmp(target, "/dev/", 5) != 0)
        return -1;
    int descriptor = open(link, O_WRONLY | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (descriptor >= 0 && isatty(descriptor))
        return descriptor;
    if (descriptor >= 0)
        close(descriptor);
    return -1;
}

static bool is_rank_of_open_mpi(void) {
    return getenv("OMPI_COMM_WORLD_SIZE") != NULL;
}

bool dlt_is_terminal(FILE *out) {
    const char *kind = getenv("TERM");
    if (!isatty(fileno(out)) || (kind != NULL && strcmp(kind, "dumb") == 0))
        return false;
    if (!is_rank_of_open_mpi())
        return true;
    int terminal = open_parent_terminal();
    if (terminal >= 0)
        close(terminal);
    return terminal >= 0;
}

int dlt_terminal_columns(FILE *out) {
    struct winsize size = {0};
    int parent = is_rank_of_open_mpi() ? open_parent_terminal() : -1;
    int failed = ioctl(parent >= 0 ? parent : fileno(out), TIOCGWINSZ, &size);
    if (parent >= 0)
        close(parent);
    return failed != 0 ? 0 : size.ws_col;
}

void dlt_print_folded(FILE *out, const char *words, int at, int indent, int columns) {
    dlt_text text = DLT_TEXT_EMPTY;
    dlt_text_add_folded(&text, words, at, indent, columns);
    fprintf(out, "%s\n", text.failed ? words : dlt_text_of(&text));
    dlt_text_destroy(&text);
}
