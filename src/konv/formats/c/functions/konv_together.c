/* So many sums are made at a time, since they stay in registers. */
enum { konv_together = 8 };
