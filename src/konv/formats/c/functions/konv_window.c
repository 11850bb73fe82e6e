/* How windows slide over a map: sizes before and behind, steps, and zeros above and left of it. */
typedef struct {
    int rows, columns, channels;
    int out_rows, out_columns, out_channels;
    int kernel_rows, kernel_columns;
    int row_stride, column_stride;
    int row_dilation, column_dilation;
    int top, left;
} konv_window;
