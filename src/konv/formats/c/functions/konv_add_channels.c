/* y[c][m] += x[c] * weights[c][m] */
static void konv_add_channels(int channels, int multiplier, const float *x, const float *weights,
                              float *y)
{
    if (multiplier == 1) {
        for (int c = 0; c < channels; ++c) {
            y[c] += x[c] * weights[c];
        }
    } else {
        for (int c = 0; c < channels; ++c) {
            for (int m = 0; m < multiplier; ++m) {
                y[c * multiplier + m] += x[c] * weights[c * multiplier + m];
            }
        }
    }
}
