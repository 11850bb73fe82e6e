/* x times the logistic function of v = sqrt(8 / pi) * (x + 0.044715 * x^3). y may be x. */
static void konv_gelu_tanh(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        const float bounded = konv_between(x[i], -25.0f, 25.0f);
        const float v = bounded * (1.59576912f + 0.07135482f * bounded * bounded);
        y[i] = x[i] * konv_logistic(v);
    }
}
