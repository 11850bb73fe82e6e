/* The largest number of every channel. */
static void konv_global_max(int places, int channels, const float *x, float *y)
{
    konv_copy(channels, x, y);
    for (int place = 1; place < places; ++place) {
        for (int c = 0; c < channels; ++c) {
            const float met = x[place * channels + c];
            y[c] = met > y[c] ? met : y[c];
        }
    }
}
