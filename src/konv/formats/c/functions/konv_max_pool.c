/* The largest number of every window; padding takes no part. */
static void konv_max_pool(const konv_window *w, const float *x, float *y)
{
    for (int row = 0; row < w->out_rows; ++row) {
        const int above = row * w->row_stride - w->top;
        const int top = konv_larger(above, 0);
        const int bottom = konv_smaller(above + w->kernel_rows, w->rows);
        for (int column = 0; column < w->out_columns; ++column) {
            const int before = column * w->column_stride - w->left;
            const int left = konv_larger(before, 0);
            const int right = konv_smaller(before + w->kernel_columns, w->columns);
            konv_copy(w->channels, x + (top * w->columns + left) * w->channels, y);
            for (int i = top; i < bottom; ++i) {
                for (int j = left; j < right; ++j) {
                    const float *met = x + (i * w->columns + j) * w->channels;
                    for (int c = 0; c < w->channels; ++c) {
                        y[c] = met[c] > y[c] ? met[c] : y[c];
                    }
                }
            }
            y += w->channels;
        }
    }
}
