/* At every place e^x divided by the sum of all e^x; the largest x is taken off first, so nothing
   overflows. y may be x. */
static void konv_softmax(int places, int count, const float *x, float *y)
{
    for (int place = 0; place < places; ++place) {
        const float largest = x[konv_largest(count, x)];
        float sum = 0.0f;
        for (int i = 0; i < count; ++i) {
            y[i] = expf(x[i] - largest);
            sum += y[i];
        }
        for (int i = 0; i < count; ++i) {
            y[i] /= sum;
        }
        x += count;
        y += count;
    }
}
