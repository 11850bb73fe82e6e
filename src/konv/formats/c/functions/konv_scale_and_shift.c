/* A normalization: every channel has a factor and a summand of its own. y may be x.
   x: [parts][channels][length] */
static void konv_scale_and_shift(int parts, int channels, int length, const float *scale,
                                 const float *shift, const float *x, float *y)
{
    for (int part = 0; part < parts; ++part) {
        for (int c = 0; c < channels; ++c) {
            for (int i = 0; i < length; ++i) {
                y[i] = x[i] * scale[c] + shift[c];
            }
            x += length;
            y += length;
        }
    }
}
