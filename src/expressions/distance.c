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
#include "utils/numeric.h"
#include "utils/timestamp.h"

double
tcs_magnitude(Datum value, bool isnull, Oid type)
{
	if (isnull)
		return NAN;
	switch (getBaseType(type))
	{
		case INT2OID:
			return DatumGetInt16(value);
		case INT4OID:
			return DatumGetInt32(value);
		case INT8OID:
			return (double) DatumGetInt64(value);
		case FLOAT4OID:
			return DatumGetFloat4(value);
		case FLOAT8OID:
			return DatumGetFloat8(value);
		case NUMERICOID:
			return DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, value));
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
