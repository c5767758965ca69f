/*
 * distance.c
 *		How far apart two values are.
 */
#include "expressions/distance.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

#include "orders/amount.h"

double
tcs_magnitude(Datum value, bool isnull, Oid type)
{
	double		number;

	if (isnull)
		return NAN;
	type = getBaseType(type);
	if (tcs_value_number(type, value, &number))
		return number;
	switch (type)
	{
		case DATEOID:
			return DATE_NOT_FINITE(DatumGetDateADT(value)) ? NAN : DatumGetDateADT(value);
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return TIMESTAMP_NOT_FINITE(DatumGetTimestamp(value)) ? NAN :
				(double) DatumGetTimestamp(value) / USECS_PER_DAY;
		case INTERVALOID:
			return TCS_INTERVAL_NOT_FINITE(DatumGetIntervalP(value)) ? NAN :
				tcs_interval_days(DatumGetIntervalP(value), "interval");
		default:
			return NAN;
	}
}

bool
tcs_is_whole(Oid type)
{
	type = getBaseType(type);
	return type == INT2OID || type == INT4OID || type == INT8OID || type == DATEOID;
}
