/*
 * cuts.h
 *		Cuts: ascending numbers that divide a scale.
 */
#ifndef TCS_CUTS_H
#define TCS_CUTS_H

#include "tcs.h"

#include "utils/array.h"

#define TCS_MAX_CUTS	1000

/*
 * The numbers in an array argument called `what`, allocated in the current
 * context.  They must be 1 to `most`, finite, not NULL, ascending (equal ones
 * may follow each other when `ties`) and lie strictly between low and high.
 */
extern double *tcs_cuts_of_array(ArrayType *array, const char *what, int most,
								 double low, double high, bool ties,
								 int *count);

/* What a call site remembers of the array that it was given last. */
typedef struct TcsCutsCache
{
	ArrayType  *array;
	double	   *cuts;
	int			count;
} TcsCutsCache;

/*
 * As tcs_cuts_of_array without ties, but looked at only when the array differs
 * from that of the call before.  The cache, all zero at first, is kept in the
 * given context.
 */
extern void tcs_cuts_cached(ArrayType *array, const char *what, int most,
							double low, double high, TcsCutsCache *cache,
							MemoryContext context);

/*
 * The shares in an array argument called "cuts", for tiers of a total: 1 to
 * TCS_MAX_CUTS, strictly between 0 and 1, ascending.  With a cache as above.
 */
extern void tcs_cuts_of_shares(ArrayType *array, TcsCutsCache *cache,
							   MemoryContext context);

/* Report that the argument "cuts" is NULL. */
extern void tcs_cuts_null(void) pg_attribute_noreturn();

#endif							/* TCS_CUTS_H */
