/* At every place, every unit sees every input. kernel: [inputs][units] */
static void konv_dense(int places, int inputs, int units, const float *kernel, const float *bias,
                       const float *x, float *y)
{
    for (int place = 0; place < places; ++place) {
        konv_begin(units, bias, y);
        konv_add_products(inputs, units, units, x, kernel, y);
        x += inputs;
        y += units;
    }
}
