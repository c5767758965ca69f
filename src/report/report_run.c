/*
 * report_run.c
 *		How a report runs its queries: with the rights of whoever wants it.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

/*
 * Run a query; returns the number of its rows.  $1 is the segmentation, $2 to $3
 * the period, $4 the begin of the one before it, $5 the rule set, $6 the unit of
 * time of the sizes, $7 the time zone, $8 how long a period is.
 */
uint64
tcs_report_query(TcsReport *report, const char *sql)
{
	Oid			types[] = {REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID, INTERVALOID};
	Datum		values[lengthof(types)];
	ErrorContextCallback quiet;
	int			result;

	values[0] = ObjectIdGetDatum(report->into);
	values[1] = report->from_time;
	values[2] = report->as_of;
	values[3] = report->prior_time;
	values[4] = CStringGetTextDatum(report->rule_set);
	values[5] = CStringGetTextDatum(report->unit ? report->unit : "month");
	values[6] = CStringGetTextDatum(report->time_zone);
	values[7] = IntervalPGetDatum(report->period);
	tcs_quiet_begin(&quiet);
	result = SPI_execute_with_args(sql, lengthof(types), types, values, NULL,
								   true, 0);
	tcs_quiet_end(&quiet);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_with_args: %s",
			 SPI_result_code_string(result));
	return SPI_processed;
}
