/* Some filters meet the window whose first element lies at (first_row, first_column); x and kernel
   point at the first channel and the first filter of these. What lies off the map is 0. */
static void konv_meet_window(const konv_window *w, int first_row, int first_column, int channels,
                             int filters, const float *x, const float *kernel, float *y)
{
    for (int i = 0; i < w->kernel_rows; ++i) {
        const int row = first_row + i * w->row_dilation;
        if (row < 0 || row >= w->rows) {
            continue;
        }
        if (channels == w->channels && w->column_dilation == 1) {
            /* A whole row of the window lies side by side. */
            const int left = konv_larger(first_column, 0);
            const int right = konv_smaller(first_column + w->kernel_columns, w->columns);
            const int met = (i * w->kernel_columns + left - first_column) * channels;
            if (left < right) {
                konv_add_products((right - left) * channels, filters, w->out_channels,
                                  x + (row * w->columns + left) * channels,
                                  kernel + met * w->out_channels, y);
            }
            continue;
        }
        for (int j = 0; j < w->kernel_columns; ++j) {
            const int column = first_column + j * w->column_dilation;
            if (column >= 0 && column < w->columns) {
                konv_add_products(channels, filters, w->out_channels,
                                  x + (row * w->columns + column) * w->channels,
                                  kernel + (i * w->kernel_columns + j) * channels * w->out_channels,
                                  y);
            }
        }
    }
}
