/*
 * amount.h
 *		Amounts of money as double precision.
 */
#ifndef TCS_AMOUNT_H
#define TCS_AMOUNT_H

#include "tcs.h"

#include <math.h>

#include "numerics/exact_sum.h"

/*
 * The double nearest to a numeric; infinity where none is near, NaN for NaN.
 * The server's own cast goes through text; amounts of up to 16 digits take a
 * direct way here, to the same result.
 *
 * residual is set to the double nearest to what that leaves of the numeric: a
 * sum of both keeps decimal amounts to some 32 digits, so that 0.1 + 0.2 is
 * what 0.3 is.  For amounts that do not go the direct way it is 0.
 */
extern double tcs_numeric_to_double(Datum numeric, double *residual);

/*
 * A value of one of the types of numbers as a double; false for other types.
 */
extern bool tcs_value_number(Oid type, Datum value, double *number);

/*
 * A numeric as a whole number of units of 10^-scale, where scale are its
 * decimals: 12.50 is 1250 and 2.  Zeros at the end are dropped from the seventh
 * decimal on, since a quotient has many.  False where 64 bits do not hold that,
 * and for NaN and infinity.
 */
extern bool tcs_numeric_to_units(Datum numeric, int64 *units, int *scale);

/* Units of so many decimals more; false where 64 bits do not hold them. */
extern bool tcs_units_rescale(int64 *units, int decimals);

/*
 * Most amounts have four decimals at most.  As a whole number of 1/10000, in
 * fixed point, they add up exactly and quickly; up to this size they are taken
 * so.
 */
#define TCS_FIXED_ONE		10000
#define TCS_FIXED_LIMIT		(INT64CONST(1) << 47)

/* Is a numeric such a number? */
extern bool tcs_numeric_fixed(Datum numeric, int64 *fixed);

/* Is a double the one nearest to such a number? */
static inline bool
tcs_double_fixed(double amount, int64 *fixed)
{
	double		rounded = rint(amount * TCS_FIXED_ONE);

	if (!(fabs(rounded) <= (double) TCS_FIXED_LIMIT) ||
		rounded / TCS_FIXED_ONE != amount)
		return false;
	*fixed = (int64) rounded;
	return true;
}

/* Any number in fixed point as a double, rounded once. */
extern double tcs_fixed_value(int64 fixed);

/* Add a number in fixed point to a sum of doubles. */
extern void tcs_fixed_add_to(TcsSum *sum, int64 fixed);

#endif							/* TCS_AMOUNT_H */
