/*
 * amount.h
 *		Amounts of money as double precision.
 */
#ifndef TCS_AMOUNT_H
#define TCS_AMOUNT_H

#include "tcs.h"

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

#endif							/* TCS_AMOUNT_H */
