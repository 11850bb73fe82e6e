/* Parts of x, one behind the other, to places in y that lie `step` numbers apart. */
static void konv_copy_parts(int parts, int length, int step, const float *x, float *y)
{
    for (int part = 0; part < parts; ++part) {
        konv_copy(length, x + part * length, y + part * step);
    }
}
