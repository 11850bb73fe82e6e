/* The power is never positive, so nothing overflows. */
static float konv_logistic(float x)
{
    const float power = expf(x < 0.0f ? x : -x);
    return (x < 0.0f ? power : 1.0f) / (1.0f + power);
}
