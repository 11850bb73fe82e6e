/* Pictures from the standard input, as float32; to the standard output, for each of them, the
   number of its class as an int, and all outputs as float32. */
#include <stdio.h>

int konv_predict(const float *in, float *out);

static float in[IN_SIZE], out[OUT_SIZE];

int main(void)
{
    while (fread(in, sizeof in, 1, stdin) == 1) {
        const int number = konv_predict(in, out);
        if (fwrite(&number, sizeof number, 1, stdout) != 1 ||
            fwrite(out, sizeof out, 1, stdout) != 1) {
            return 1;
        }
    }
    return fflush(stdout) != 0;
}
