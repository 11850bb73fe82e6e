/* sums[i] += x[0] * weights[0][i] + x[1] * weights[1][i] + ..., with rows `step` numbers apart.
   Four rows at a time: so a sum is read and written once for four products. */
static void konv_add_products(int inputs, int count, int step, const float *restrict x,
                              const float *restrict weights, float *restrict sums)
{
    for (; inputs >= 4; inputs -= 4) {
        const float *second = weights + step;
        const float *third = second + step;
        const float *fourth = third + step;
        for (int i = 0; i < count; ++i) {
            sums[i] += x[0] * weights[i] + x[1] * second[i] + x[2] * third[i] + x[3] * fourth[i];
        }
        x += 4;
        weights = fourth + step;
    }
    for (; inputs > 0; --inputs) {
        for (int i = 0; i < count; ++i) {
            sums[i] += x[0] * weights[i];
        }
        x += 1;
        weights += step;
    }
}
