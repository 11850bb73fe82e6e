/* min(x, most) above the threshold, else slope * (x - threshold). y may be x. */
static void konv_shaped_relu(int count, float threshold, float slope, float most, const float *x,
                             float *y)
{
    for (int i = 0; i < count; ++i) {
        if (x[i] > threshold) {
            y[i] = x[i] < most ? x[i] : most;
        } else {
            y[i] = slope != 0.0f ? slope * (x[i] - threshold) : 0.0f;
        }
    }
}
