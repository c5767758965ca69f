/*
 * check_result.c
 *		How checks of sets are called, and what they return.
 */
#include "expressions/check_rows.h"

#include "funcapi.h"
#include "utils/builtins.h"
#include "utils/tuplestore.h"

char *
tcs_check_begin(FunctionCallInfo fcinfo, const char *noun)
{
	const char *const names[] = {noun, "relation"};

	for (int i = 0; i < lengthof(names); i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(names[i], NULL);
	InitMaterializedSRF(fcinfo, 0);
	return text_to_cstring(PG_GETARG_TEXT_PP(0));
}

void
tcs_finding_begin(TcsFinding *finding, const char *severity, const char *what)
{
	memset(finding->nulls, true, sizeof(finding->nulls));
	tcs_finding_text(finding, 0, severity);
	tcs_finding_text(finding, 1, what);
}

void
tcs_finding_set(TcsFinding *finding, int column, Datum value)
{
	finding->values[column] = value;
	finding->nulls[column] = false;
}

void
tcs_finding_text(TcsFinding *finding, int column, const char *words)
{
	if (words != NULL)
		tcs_finding_set(finding, column, CStringGetTextDatum(words));
}

void
tcs_finding_rows(TcsFinding *finding, int column, int64 rows, int64 all)
{
	if (rows < 0)
		return;
	tcs_finding_set(finding, column, Int64GetDatum(rows));
	if (all > 0)
		tcs_finding_set(finding, column + 1, Float8GetDatum((double) rows / all));
}

void
tcs_finding_put(ReturnSetInfo *result, TcsFinding *finding)
{
	tuplestore_putvalues(result->setResult, result->setDesc, finding->values, finding->nulls);
}
