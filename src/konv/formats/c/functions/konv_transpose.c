/* Rows become columns: y[column][row] = x[row][column] */
static void konv_transpose(int rows, int columns, const float *x, float *y)
{
    for (int column = 0; column < columns; ++column) {
        for (int row = 0; row < rows; ++row) {
            y[column * rows + row] = x[row * columns + column];
        }
    }
}
