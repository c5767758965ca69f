/*
 * report_query.c
 *		What a report asks of the server, with the rights of whoever wants it.
 */
#include "report/report.h"

#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/*
 * Run a query; returns the number of its rows.  $1 is the segmentation, $2 and
 * $3 the moments that are compared, $4 the moment the report is as of, $5 the
 * rule set, $6 the unit of time of the sizes.
 */
uint64
tcs_report_query(TcsReport *report, const char *sql)
{
	Oid			types[] = {REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];
	char		nulls[lengthof(types) + 1] = "      ";
	int			result;

	values[0] = ObjectIdGetDatum(report->into);
	values[1] = report->from_time;
	values[2] = report->to_time;
	values[3] = report->as_of;
	values[4] = CStringGetTextDatum(report->rule_set ? report->rule_set : "");
	values[5] = CStringGetTextDatum(report->period ? report->period : "month");
	result = SPI_execute_with_args(sql, lengthof(types), types, values, nulls,
								   true, 0);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_with_args: %s",
			 SPI_result_code_string(result));
	return SPI_processed;
}

static Datum
value(uint64 row, int column, bool *isnull)
{
	return SPI_getbinval(SPI_tuptable->vals[row], SPI_tuptable->tupdesc,
						 column, isnull);
}

bool
tcs_report_isnull(uint64 row, int column)
{
	bool		isnull;

	(void) value(row, column, &isnull);
	return isnull;
}

/* The value as text; NULL for NULL. */
char *
tcs_report_string(uint64 row, int column)
{
	return SPI_getvalue(SPI_tuptable->vals[row], SPI_tuptable->tupdesc, column);
}

int64
tcs_report_bigint(uint64 row, int column)
{
	bool		isnull;
	Datum		datum = value(row, column, &isnull);

	return isnull ? 0 : DatumGetInt64(datum);
}

double
tcs_report_float(uint64 row, int column)
{
	bool		isnull;
	Datum		datum = value(row, column, &isnull);

	return isnull ? get_float8_nan() : DatumGetFloat8(datum);
}

/* Has the source that column, for whoever wants the report? */
bool
tcs_report_may_read(Oid source, const char *column)
{
	AttrNumber	number = get_attnum(source, column);

	return number > 0 &&
		(pg_class_aclcheck(source, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(source, number, GetUserId(), ACL_SELECT) == ACLCHECK_OK);
}

static bool
is_number(Oid relation, const char *column)
{
	return tcs_report_may_read(relation, column) &&
		tcs_is_number(getBaseType(get_atttype(relation, get_attnum(relation, column))));
}

/*
 * What the state says of the segmentation; a source that is gone stays NULL.
 * What the caller may not read of it is left out, as if it were not there.
 */
static void
read_state(TcsReport *report)
{
	Oid			source;
	bool		isnull;
	char	   *key;

	tcs_report_query(report, "SELECT moves, state, key_equal FROM tcs.segmentation_parts($1)");
	report->moves = tcs_report_string(0, 1);
	report->state = tcs_report_string(0, 2);
	report->key_equal = tcs_report_string(0, 3);
	if (tcs_report_query(report, psprintf("SELECT source::oid, key_column, rule_set, time_zone FROM %s",
										  report->state)) != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%s does not have one row", report->state),
				 errhint("The row says what the segmentation is made from: make the segmentation anew.")));
	source = DatumGetObjectId(value(0, 1, &isnull));
	key = tcs_report_string(0, 2);
	report->key_column = pstrdup(quote_identifier(key));
	report->rule_set = tcs_report_string(0, 3);
	report->time_zone = tcs_report_string(0, 4);
	if (!isnull && SearchSysCacheExists1(RELOID, ObjectIdGetDatum(source)))
	{
		report->source = quote_qualified_identifier(get_namespace_name(get_rel_namespace(source)),
													get_rel_name(source));
		report->source_oid = source;
		report->has_customers = tcs_report_may_read(source, key);
		report->has_revenue = report->has_customers && is_number(source, "revenue");
		report->has_scores = report->has_customers && is_number(source, "r") && is_number(source, "f");
	}
}

#define TIMES_QUERY \
	"WITH extent AS (\n" \
	"    SELECT greatest(s.last_refresh, (SELECT max(moved_at) FROM %1$s)) AS as_of,\n" \
	"        coalesce((SELECT max(moved_at) FROM %1$s WHERE cause = 'initial'),\n" \
	"            (SELECT min(moved_at) FROM %1$s)) AS start,\n" \
	"        (SELECT min(moved_at) FROM %1$s) AS first, s.time_zone\n" \
	"    FROM %2$s AS s\n" \
	"), month AS (\n" \
	"    SELECT *, date_trunc('month', as_of AT TIME ZONE time_zone) AS ends FROM extent\n" \
	"), turn AS (\n" \
	"    SELECT *, ends - interval '1 month' AS begins,\n" \
	"        (ends - interval '1 month') AT TIME ZONE time_zone - interval '1 microsecond' AS before FROM month\n" \
	")\n" \
	"SELECT as_of,\n" \
	"    CASE WHEN start <= before THEN before ELSE coalesce(start, as_of) END,\n" \
	"    CASE WHEN start <= before THEN ends AT TIME ZONE time_zone - interval '1 microsecond' ELSE as_of END,\n" \
	"    to_char(as_of AT TIME ZONE time_zone, 'FMDD FMMonth YYYY, HH24:MI'),\n" \
	"    CASE WHEN start <= before THEN to_char(begins, '\"in\" FMMonth YYYY')\n" \
	"        ELSE 'since ' || to_char(start AT TIME ZONE time_zone, 'FMDD FMMonth YYYY, HH24:MI') END,\n" \
	"    CASE WHEN as_of - first <= interval '60 days' THEN 'day'\n" \
	"        WHEN as_of - first <= interval '400 days' THEN 'week' ELSE 'month' END\n" \
	"FROM turn"

/*
 * The moment the report is as of, and the two that are compared: the begin and
 * the end of the last full month or, in a younger segmentation, the end of the
 * first load and now.
 */
static void
read_times(TcsReport *report)
{
	bool		isnull;

	tcs_report_query(report, psprintf(TIMES_QUERY, report->moves, report->state));
	report->as_of = value(0, 1, &isnull);
	if (isnull)
		return;
	report->is_loaded = true;
	report->from_time = value(0, 2, &isnull);
	report->to_time = value(0, 3, &isnull);
	report->as_of_text = tcs_report_string(0, 4);
	report->span = tcs_report_string(0, 5);
	if (report->span == NULL)
		report->span = pstrdup("so far");
	report->period = tcs_report_string(0, 6);
	if (report->period == NULL)
		report->period = pstrdup("day");
}

/*
 * The segments in the order of their rules, then others that have customers,
 * then the customers in none.
 */
static void
read_segments(TcsReport *report)
{
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfoString(&sql,
						   "SELECT segment, sum(customers)::bigint, sum(revenue)::float8,\n"
						   "    CASE WHEN min(description) = max(description) THEN min(description) END\n"
						   "FROM (\n"
						   "    SELECT segment, priority::bigint AS place, 0 AS customers, 0::numeric AS revenue,\n"
						   "        nullif(description, '') COLLATE \"C\" AS description\n"
						   "    FROM tcs.rule WHERE rule_set = $5 AND enabled\n"
						   "    UNION ALL\n"
						   "    SELECT default_segment, 4294967296, 0, 0, NULL\n"
						   "    FROM tcs.rule_set WHERE name = $5 AND default_segment IS NOT NULL\n"
						   "    UNION ALL\n");
	if (report->has_revenue)
		appendStringInfo(&sql,
						 "    SELECT i.segment, NULL, count(*), sum(nullif(s.revenue::numeric, 'NaN')), NULL\n"
						 "    FROM %s AS i LEFT JOIN %s AS s ON s.%s %s i.key\n"
						 "    GROUP BY i.segment\n",
						 report->name, report->source, report->key_column, report->key_equal);
	else
		appendStringInfo(&sql,
						 "    SELECT segment, NULL, count(*), 0, NULL FROM %s GROUP BY segment\n",
						 report->name);
	appendStringInfoString(&sql,
						   ") AS s\n"
						   "GROUP BY segment\n"
						   "ORDER BY segment IS NULL, min(place), segment COLLATE \"C\"");

	report->count = tcs_report_query(report, sql.data);
	report->segments = palloc0(sizeof(TcsReportSegment) * (report->count + 1));
	for (int i = 0; i < report->count; i++)
	{
		TcsReportSegment *segment = &report->segments[i];

		segment->name = tcs_report_string(i, 1);
		segment->customers = tcs_report_bigint(i, 2);
		segment->revenue = tcs_report_float(i, 3);
		if (isnan(segment->revenue))
			segment->revenue = 0;
		segment->description = tcs_report_string(i, 4);
		report->customers += segment->customers;
		report->revenue += segment->revenue;
	}
}

/* Where a segment is in the list; one that it does not have yet is added. */
int
tcs_report_find(TcsReport *report, const char *name)
{
	TcsReportSegment *segment;

	for (int i = 0; i < report->count; i++)
	{
		const char *other = report->segments[i].name;

		if (name == NULL ? other == NULL : other != NULL && strcmp(name, other) == 0)
			return i;
	}
	report->segments = repalloc(report->segments,
								sizeof(TcsReportSegment) * (report->count + 2));
	segment = &report->segments[report->count];
	memset(segment, 0, sizeof(TcsReportSegment));
	segment->name = name ? pstrdup(name) : NULL;
	return report->count++;
}

void
tcs_report_read(TcsReport *report, Oid into)
{
	report->into = into;
	read_state(report);
	report->name = quote_qualified_identifier(get_namespace_name(get_rel_namespace(into)),
											  get_rel_name(into));
	read_times(report);
	read_segments(report);
}
