/*
 * adjust.h
 *		p of many tests, such that few are false alarms.
 *
 * Plain C, no allocation.
 */
#ifndef TCS_ADJUST_H
#define TCS_ADJUST_H

#include <stddef.h>

typedef enum TcsAdjustment
{
	TCS_HOLM,					/* no false alarm at all: Holm, 1979 */
	TCS_BONFERRONI,				/* the same, with intervals that hold together */
	TCS_BENJAMINI_HOCHBERG		/* few of the alarms are false: 1995 */
} TcsAdjustment;

/*
 * Of n p, ascending, those that are below alpha where the correction finds
 * something, and for each test the chance that its interval must be wrong with,
 * so that it leaves out no difference there and nowhere else: by Holm that of
 * the step of the test, or of the first that found nothing; by Benjamini and
 * Hochberg for all the same, with which few of the intervals of those that
 * found something are wrong (Benjamini and Yekutieli, 2005).
 */
extern void tcs_adjust(TcsAdjustment adjustment, const double *p, size_t n, double alpha,
					   double *adjusted, double *level);

#endif							/* TCS_ADJUST_H */
