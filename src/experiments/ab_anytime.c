/*
 * ab_anytime.c
 *		An effect for those who look every day: ab_anytime.
 */
#include "experiments/effect_row.h"

PG_FUNCTION_INFO_V1(tcs_ab_anytime);

/* arguments: effect, planned */
Datum
tcs_ab_anytime(PG_FUNCTION_ARGS)
{
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	int64		planned = PG_GETARG_INT64(1);
	TcsEffectRow row;
	Datum		result;

	tcs_effect_row_read(&row, PG_GETARG_DATUM(0));
	tcs_effect_row_check_fresh(&row);
	if (planned < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("planned must be above 0, not " INT64_FORMAT, planned),
				 errhint("Give the customers of both arms together that the experiment is planned for, such as twice what tcs.ab_sample_size says.")));
	row.planned = planned;
	tcs_effect_row_judge(&row, 1.0 - row.confidence);
	result = tcs_effect_row_make(fcinfo, &record, fcinfo->flinfo->fn_mcxt, &row);
	fcinfo->flinfo->fn_extra = record;
	PG_RETURN_DATUM(result);
}
