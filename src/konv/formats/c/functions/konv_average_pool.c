/* The mean of every window; padding is not counted. */
static void konv_average_pool(const konv_window *w, const float *x, float *y)
{
    for (int row = 0; row < w->out_rows; ++row) {
        const int above = row * w->row_stride - w->top;
        const int top = konv_larger(above, 0);
        const int bottom = konv_smaller(above + w->kernel_rows, w->rows);
        for (int column = 0; column < w->out_columns; ++column) {
            const int before = column * w->column_stride - w->left;
            const int left = konv_larger(before, 0);
            const int right = konv_smaller(before + w->kernel_columns, w->columns);
            const float count = (float)((bottom - top) * (right - left));
            konv_begin(w->channels, 0, y);
            for (int i = top; i < bottom; ++i) {
                for (int j = left; j < right; ++j) {
                    konv_add(w->channels, x + (i * w->columns + j) * w->channels, y, y);
                }
            }
            for (int c = 0; c < w->channels; ++c) {
                y[c] /= count;
            }
            y += w->channels;
        }
    }
}
