/* Every channel meets kernels of its own: `multiplier` maps are made of each.
   kernel: [kernel rows][kernel columns][channels][multiplier] */
static void konv_convolve_channels(const konv_window *w, int multiplier, const float *kernel,
                                   const float *bias, const float *x, float *y)
{
    for (int row = 0; row < w->out_rows; ++row) {
        for (int column = 0; column < w->out_columns; ++column) {
            konv_begin(w->out_channels, bias, y);
            for (int i = 0; i < w->kernel_rows; ++i) {
                const int from_row = row * w->row_stride - w->top + i * w->row_dilation;
                if (from_row < 0 || from_row >= w->rows) {
                    continue;
                }
                for (int j = 0; j < w->kernel_columns; ++j) {
                    const int from_column =
                        column * w->column_stride - w->left + j * w->column_dilation;
                    if (from_column < 0 || from_column >= w->columns) {
                        continue;
                    }
                    konv_add_channels(w->channels, multiplier,
                                      x + (from_row * w->columns + from_column) * w->channels,
                                      kernel + (i * w->kernel_columns + j) * w->out_channels, y);
                }
            }
            y += w->out_channels;
        }
    }
}
