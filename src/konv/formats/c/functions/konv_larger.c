static int konv_larger(int a, int b)
{
    return a > b ? a : b;
}
