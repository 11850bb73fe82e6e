/* Sums begin at the bias, or at 0 where there is none. */
static void konv_begin(int count, const float *bias, float *sums)
{
    for (int i = 0; i < count; ++i) {
        sums[i] = bias != 0 ? bias[i] : 0.0f;
    }
}
