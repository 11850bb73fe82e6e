/* sums[i] += x[0] * weights[0][i] + x[1] * weights[1][i] + ..., with rows `step` numbers apart. */
static void konv_add_products(int inputs, int count, int step, const float *x,
                              const float *weights, float *sums)
{
    if (count == konv_together) {
        for (int k = 0; k < inputs; ++k) {
            for (int i = 0; i < konv_together; ++i) {
                sums[i] += x[k] * weights[k * step + i];
            }
        }
    } else {
        for (int k = 0; k < inputs; ++k) {
            for (int i = 0; i < count; ++i) {
                sums[i] += x[k] * weights[k * step + i];
            }
        }
    }
}
