/*
 * xyz_class.c
 *		How steady demand is, from its coefficient of variation.
 */
#include "tcs.h"

#include <math.h>

#include "utils/builtins.h"

#include "values/cuts.h"

PG_FUNCTION_INFO_V1(tcs_xyz_class);

/* arguments: cv, cuts */
Datum
tcs_xyz_class(PG_FUNCTION_ARGS)
{
	double		cv = tcs_finite(PG_GETARG_FLOAT8(0), "cv");
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(1);
	int			count = ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
	double	   *cuts;

	if (count != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cuts must have 2 elements, not %d", count),
				 errhint("The first is the greatest coefficient of variation in X, the second that in Y.")));
	cuts = tcs_cuts_of_array(array, "cuts", 2, 0.0, INFINITY, false, &count);
	if (cv < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("cv must not be negative")));
	PG_RETURN_TEXT_P(cstring_to_text(cv <= cuts[0] ? "X" : cv <= cuts[1] ? "Y" : "Z"));
}
