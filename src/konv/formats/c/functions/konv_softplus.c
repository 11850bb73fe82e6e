/* ln(1 + e^x). The power is never above 1, so nothing overflows. y may be x. */
static void konv_softplus(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        const float rest = log1pf(expf(x[i] < 0.0f ? x[i] : -x[i]));
        y[i] = x[i] < 0.0f ? rest : x[i] + rest;
    }
}
