/* Usage: recipes_read RECIPE.yaml...
 *
 * Every recipe is understood: its keys exist and its values are in range. */
#include "config/config.h"
#include "run/run_settings.h"

#include <stdio.h>

static dlt_status read_recipe(const char *path) {
    dlt_config *config = NULL;
    dlt_run_settings settings = {0};
    dlt_status status = dlt_config_load(path, NULL, 0, &config);
    if (status == DLT_OK)
        status = dlt_config_read(config, dlt_run_keys, &settings);
    dlt_config_destroy(&config);
    return status;
}

int main(int argument_count, char **arguments) {
    int failed = argument_count < 2;
    for (int i = 1; i < argument_count; i++) {
        if (read_recipe(arguments[i]) != DLT_OK) {
            fprintf(stderr, "%s\n", dlt_error_message());
            failed = 1;
        }
    }
    return failed;
}
