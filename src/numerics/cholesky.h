/*
 * cholesky.h
 *		Systems of equations with a symmetric positive matrix.
 *
 * Matrices are n rows of `stride` numbers, of which those up to the diagonal are
 * looked at.  Plain C, no allocation.
 */
#ifndef TCS_CHOLESKY_H
#define TCS_CHOLESKY_H

#include <stdbool.h>

/*
 * The factor L, in place.  A row whose pivot is no more than the part `least`
 * of what it was is told by those before it: it becomes zero, and solutions
 * are 0 there.  Returns how many are not.
 */
extern int	tcs_cholesky(double *matrix, int n, int stride, double least);

/* Is that row one of those? */
static inline bool
tcs_cholesky_told(const double *factor, int stride, int row)
{
	return factor[row * stride + row] == 0.0;
}

/* L L' x = b, in place of b */
extern void tcs_cholesky_solve(const double *factor, int n, int stride, double *b);

#endif							/* TCS_CHOLESKY_H */
