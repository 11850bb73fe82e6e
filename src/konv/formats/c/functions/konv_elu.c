/* x above 0, else alpha * (e^x - 1). y may be x. */
static void konv_elu(int count, float alpha, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = x[i] > 0.0f ? x[i] : alpha * expm1f(x[i]);
    }
}
