/* Some filters meet the window whose first element lies at (first_row, first_column); x and kernel
   point at the first channel and the first filter of these. */
static void konv_meet_window(const konv_window *w, int first_row, int first_column, int channels,
                             int count, const float *x, const float *kernel, float *sums)
{
    for (int i = 0; i < w->kernel_rows; ++i) {
        const int row = first_row + i * w->row_dilation;
        if (row < 0 || row >= w->rows) {
            continue;
        }
        for (int j = 0; j < w->kernel_columns; ++j) {
            const int column = first_column + j * w->column_dilation;
            if (column < 0 || column >= w->columns) {
                continue;
            }
            konv_add_products(channels, count, w->out_channels,
                              x + (row * w->columns + column) * w->channels,
                              kernel + (i * w->kernel_columns + j) * channels * w->out_channels,
                              sums);
        }
    }
}
