static float konv_between(float x, float least, float most)
{
    return x < least ? least : (x > most ? most : x);
}
