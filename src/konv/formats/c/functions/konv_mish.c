/* x * tanh(ln(1 + e^x)), whose tangent is a quotient of powers of e^-|x|. y may be x. */
static void konv_mish(int count, const float *x, float *y)
{
    for (int i = 0; i < count; ++i) {
        const float power = expf(x[i] < 0.0f ? x[i] : -x[i]);
        const float above = x[i] < 0.0f ? power * (power + 2.0f) : 1.0f + 2.0f * power;
        const float rest = x[i] < 0.0f ? 2.0f : 2.0f * power * power;
        y[i] = x[i] * (above / (above + rest));
    }
}
