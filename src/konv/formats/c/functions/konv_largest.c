/* Where the largest number stands; the first of several. */
static int konv_largest(int count, const float *x)
{
    int best = 0;
    for (int i = 1; i < count; ++i) {
        if (x[i] > x[best]) {
            best = i;
        }
    }
    return best;
}
