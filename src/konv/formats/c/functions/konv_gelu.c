/* x * (1 + erf(x / sqrt(2))) / 2. y may be x. */
static void konv_gelu(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = x[i] * (1.0f + erff(x[i] * 0.70710678f)) / 2.0f;
    }
}
