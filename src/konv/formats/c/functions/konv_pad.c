/* Zeros around a map. */
static void konv_pad(const konv_window *w, const float *x, float *y)
{
    for (int row = -w->top; row < w->out_rows - w->top; ++row) {
        for (int column = -w->left; column < w->out_columns - w->left; ++column) {
            if (row >= 0 && row < w->rows && column >= 0 && column < w->columns) {
                konv_copy(w->channels, x + (row * w->columns + column) * w->channels, y);
            } else {
                konv_begin(w->channels, 0, y);
            }
            y += w->channels;
        }
    }
}
