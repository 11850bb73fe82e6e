/* max(x, 0). y may be x. */
static void konv_relu(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = x[i] < 0.0f ? 0.0f : x[i];
    }
}
