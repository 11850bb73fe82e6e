/* The mean of every channel. */
static void konv_global_average(int places, int channels, const float *x, float *y)
{
    konv_begin(channels, 0, y);
    for (int place = 0; place < places; ++place) {
        konv_add(channels, x + place * channels, y, y);
    }
    for (int c = 0; c < channels; ++c) {
        y[c] /= (float)places;
    }
}
