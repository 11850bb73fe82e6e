/* x above 0, else slope * x. y may be x. */
static void konv_leaky_relu(int count, float slope, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = x[i] > 0.0f ? x[i] : slope * x[i];
    }
}
