/*
 * money.c
 *		Amounts of money in the columns of views.
 */
#include "views/order_log.h"

/* what a double has, and some */
#define MOST_DIGITS 15

int
tcs_digits_argument(FunctionCallInfo fcinfo, int position)
{
	int			digits;

	if (!tcs_has_argument(fcinfo, position))
		return TCS_DIGITS_FLOAT;
	digits = PG_GETARG_INT32(position);
	if (digits < 0 || digits > MOST_DIGITS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"digits\" must be from 0 to %d, not %d", MOST_DIGITS, digits),
				 errhint("Leave it out to have 2, or give NULL to have double precision.")));
	return digits;
}

char *
tcs_money(const char *expression, int digits)
{
	if (digits == TCS_DIGITS_FLOAT)
		return pstrdup(expression);
	return psprintf("round((%s)::numeric, %d)", expression, digits);
}
