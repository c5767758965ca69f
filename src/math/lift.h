/*
 * lift.h
 *		How much more frequent something is in a part than in the whole.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_LIFT_H
#define TCS_LIFT_H

/*
 * The 95 % interval of the ratio of two shares, a of n to b of m, by the score
 * test (Koopman, 1984).  It is made for small numbers too, and for none: without
 * a it begins at 0, without b it ends at infinity.  NaN without both.
 */
extern void tcs_ratio_interval(double a, double n, double b, double m,
							   double *low, double *high);

/*
 * The same for the lift of a part: its share, a of n, to that of the whole it
 * belongs to, all_a of all_n.  The part counts in the whole, so the interval is that
 * of its ratio to the rest, put on the scale of the lift.  NaN when the part is
 * the whole or when nobody has what is counted.
 */
extern void tcs_lift_interval(double a, double n, double all_a, double all_n,
							  double *low, double *high);

#endif							/* TCS_LIFT_H */
