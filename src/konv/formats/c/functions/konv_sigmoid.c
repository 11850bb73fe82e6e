/* 1 / (1 + e^-x). y may be x. */
static void konv_sigmoid(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        y[i] = konv_logistic(x[i]);
    }
}
