/* x * min(max(x + 3, 0), 6) / 6. y may be x. */
static void konv_hard_swish(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = x[i] * konv_between(x[i] + 3.0f, 0.0f, 6.0f) / 6.0f;
    }
}
