/* Every filter meets every window of the channels of its group.
   kernel: [kernel rows][kernel columns][channels of a group][filters] */
static void konv_convolve(const konv_window *w, int groups, const float *kernel, const float *bias,
                          const float *x, float *y)
{
    const int channels = w->channels / groups;
    const int filters = w->out_channels / groups;
    for (int row = 0; row < w->out_rows; ++row) {
        for (int column = 0; column < w->out_columns; ++column) {
            for (int group = 0; group < groups; ++group) {
                for (int i = 0; i < filters; i += konv_together) {
                    const int count = filters - i < konv_together ? filters - i : konv_together;
                    const int filter = group * filters + i;
                    float sums[konv_together];
                    konv_begin(count, bias != 0 ? bias + filter : bias, sums);
                    konv_meet_window(w, row * w->row_stride - w->top,
                                     column * w->column_stride - w->left, channels, count,
                                     x + group * channels, kernel + filter, sums);
                    for (int k = 0; k < count; ++k) {
                        y[filter + k] = sums[k];
                    }
                }
            }
            y += w->out_channels;
        }
    }
}
