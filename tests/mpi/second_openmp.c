/* Stands in for a second OpenMP runtime: only its file's name is looked at. */
int second_openmp(void);

int second_openmp(void) {
    return 1;
}
