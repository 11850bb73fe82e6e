/* Every filter meets every window of the channels of its group.
   kernel: [kernel rows][kernel columns][channels of a group][filters] */
static void konv_convolve(const konv_window *w, int groups, const float *kernel, const float *bias,
                          const float *x, float *y)
{
    const int channels = w->channels / groups;
    const int filters = w->out_channels / groups;
    for (int row = 0; row < w->out_rows; ++row) {
        for (int column = 0; column < w->out_columns; ++column) {
            konv_begin(w->out_channels, bias, y);
            for (int group = 0; group < groups; ++group) {
                konv_meet_window(w, row * w->row_stride - w->top,
                                 column * w->column_stride - w->left, channels, filters,
                                 x + group * channels, kernel + group * filters,
                                 y + group * filters);
            }
            y += w->out_channels;
        }
    }
}
