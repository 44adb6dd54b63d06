/* A program of somebody who uses the installed library. */
#include <dltrain/status.h>

#include <stdio.h>
#include <string.h>

int main(void) {
    printf("dltrain says %s\n", dlt_status_name(DLT_OK));
    return strcmp(dlt_status_name(DLT_OK), "ok") == 0 ? 0 : 1;
}
