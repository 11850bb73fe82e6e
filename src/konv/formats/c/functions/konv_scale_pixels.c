/* Pixels [places][channels] become y: pixel * scale + offset, each channel with its own. */
static void konv_scale_pixels(int places, int channels, int place_step, int channel_step,
                              const unsigned char *pixels, const float *scale,
                              const float *offset, float *y)
{
    for (int place = 0; place < places; ++place) {
        for (int c = 0; c < channels; ++c) {
            const float pixel = (float)pixels[place * channels + c];
            y[place * place_step + c * channel_step] = pixel * scale[c] + offset[c];
        }
    }
}
