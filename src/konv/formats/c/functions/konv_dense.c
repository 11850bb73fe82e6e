/* At every place, every unit sees every input. kernel: [inputs][units] */
static void konv_dense(int places, int inputs, int units, const float *kernel, const float *bias,
                       const float *x, float *y)
{
    for (int place = 0; place < places; ++place) {
        for (int unit = 0; unit < units; unit += konv_together) {
            const int count = units - unit < konv_together ? units - unit : konv_together;
            float sums[konv_together];
            konv_begin(count, bias != 0 ? bias + unit : bias, sums);
            konv_add_products(inputs, count, units, x, kernel + unit, sums);
            for (int i = 0; i < count; ++i) {
                y[unit + i] = sums[i];
            }
        }
        x += inputs;
        y += units;
    }
}
