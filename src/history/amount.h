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
 */
extern double tcs_numeric_to_double(Datum numeric);

#endif							/* TCS_AMOUNT_H */
