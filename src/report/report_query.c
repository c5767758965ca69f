/*
 * report_query.c
 *		What a report asks of the server, with the rights of whoever wants it.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

#include "server/progress.h"

/* Segments by their name. */
typedef struct NamedSegment
{
	const char *name;
	int			at;
	uint32		hash;
	char		status;
} NamedSegment;

static inline uint32
hash_segment_name(const char *name)
{
	return hash_bytes((const unsigned char *) name, strlen(name));
}

#define SH_PREFIX segment_names
#define SH_ELEMENT_TYPE NamedSegment
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(table, name) hash_segment_name(name)
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

/*
 * Run a query; returns the number of its rows.  $1 is the segmentation, $2 and
 * $3 the moments that are compared, $4 the moment the report is as of, $5 the
 * rule set, $6 the unit of time of the sizes, $7 the time zone.
 */
uint64
tcs_report_query(TcsReport *report, const char *sql)
{
	Oid			types[] = {REGCLASSOID, TIMESTAMPTZOID, TIMESTAMPTZOID,
	TIMESTAMPTZOID, TEXTOID, TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];
	ErrorContextCallback quiet;
	int			result;

	values[0] = ObjectIdGetDatum(report->into);
	values[1] = report->from_time;
	values[2] = report->to_time;
	values[3] = report->as_of;
	values[4] = CStringGetTextDatum(report->rule_set);
	values[5] = CStringGetTextDatum(report->period ? report->period : "month");
	values[6] = CStringGetTextDatum(report->time_zone);
	tcs_quiet_begin(&quiet);
	result = SPI_execute_with_args(sql, lengthof(types), types, values, NULL,
								   true, 0);
	tcs_quiet_end(&quiet);
	if (result != SPI_OK_SELECT)
		elog(ERROR, "unexpected result of SPI_execute_with_args: %s",
			 SPI_result_code_string(result));
	return SPI_processed;
}

/*
 * What the state says of the segmentation; a source that is gone stays NULL.
 * What the caller may not read of it is left out, as if it were not there.
 */
static void
report_read_state(TcsReport *report)
{
	TcsReading *reading = tcs_reading_open(report->into);

	tcs_reading_members(reading);
	tcs_reading_state(reading);
	report->reading = reading;
	report->name = reading->into_name;
	report->moves = reading->moves;
	report->key_equal = reading->key.equals;
	report->rule_set = reading->rule_set;
	report->time_zone = reading->time_zone;
	report->key_column = pstrdup(quote_identifier(reading->key_column));
	if (reading->source == NULL)
		return;
	report->source = reading->source;
	report->source_oid = reading->source_oid;
	report->has_customers = tcs_reading_source(reading, false);
	report->has_revenue = report->has_customers && tcs_reading_has_number(reading, "revenue");
	report->has_scores = report->has_customers &&
		tcs_reading_has_number(reading, "r") && tcs_reading_has_number(reading, "f");
}

#define TIMES_QUERY \
	"WITH extent AS (\n" \
	"    SELECT greatest((SELECT last_refresh FROM %2$s), (SELECT max(moved_at) FROM %1$s)) AS as_of,\n" \
	"        coalesce((SELECT max(moved_at) FROM %1$s WHERE cause = 'initial'),\n" \
	"            (SELECT min(moved_at) FROM %1$s)) AS start,\n" \
	"        (SELECT min(moved_at) FROM %1$s) AS first, $7 AS time_zone\n" \
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
	"        WHEN as_of - first <= interval '400 days' THEN 'week'\n" \
	"        WHEN as_of - first <= interval '4000 days' THEN 'month' ELSE 'year' END\n" \
	"FROM turn"

/*
 * The moment the report is as of, and the two that are compared: the begin and
 * the end of the last full month or, in a younger segmentation, the end of the
 * first load and now.
 */
static void
report_read_times(TcsReport *report)
{
	bool		isnull;

	tcs_report_query(report, psprintf(TIMES_QUERY, report->moves, report->reading->state));
	report->as_of = tcs_result(0, 1, TIMESTAMPTZOID, &isnull);
	if (isnull)
		return;
	report->is_loaded = true;
	report->from_time = tcs_result_value(0, 2, TIMESTAMPTZOID);
	report->to_time = tcs_result_value(0, 3, TIMESTAMPTZOID);
	report->as_of_text = tcs_result_text(0, 4);
	report->span = tcs_result_text(0, 5);
	if (report->span == NULL)
		report->span = pstrdup("so far");
	report->period = tcs_result_text(0, 6);
	if (report->period == NULL)
		report->period = pstrdup("day");
}

/*
 * The segments in the order of their rules, then others that have customers,
 * then the customers in none.
 */
static void
report_read_segments(TcsReport *report)
{
	StringInfoData sql;
	uint64		rows;

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

	report->names = segment_names_create(CurrentMemoryContext, 256, NULL);
	report->unnamed = -1;
	rows = tcs_report_query(report, sql.data);
	for (uint64 row = 0; row < rows; row++)
	{
		int			at = tcs_report_find(report, tcs_result_text(row, 1));
		TcsReportSegment *segment = &report->segments[at];
		double		revenue = tcs_result_float(row, 3);

		segment->customers = tcs_result_bigint(row, 2);
		segment->revenue = isnan(revenue) ? 0 : revenue;
		segment->description = tcs_result_text(row, 4);
		report->customers += segment->customers;
		report->revenue += segment->revenue;
	}
	report->current = report->count;
}

/* Where a segment is in the list; one that it does not have yet is added. */
int
tcs_report_find(TcsReport *report, const char *name)
{
	NamedSegment *named = NULL;
	TcsReportSegment *segment;
	bool		found;

	if (name == NULL && report->unnamed >= 0)
		return report->unnamed;
	if (name != NULL)
	{
		named = segment_names_insert(report->names, name, &found);
		if (found)
			return named->at;
	}
	if (report->count == report->room)
	{
		report->room = Max(64, report->room * 2);
		report->segments = report->segments == NULL ?
			palloc(report->room * sizeof(TcsReportSegment)) :
			repalloc_huge(report->segments, report->room * sizeof(TcsReportSegment));
	}
	segment = &report->segments[report->count];
	memset(segment, 0, sizeof(TcsReportSegment));
	segment->rank = report->count;
	if (name == NULL)
		report->unnamed = report->count;
	else
	{
		/* what was looked for need not live as long as the list */
		segment->name = pstrdup(name);
		named->name = segment->name;
		named->at = report->count;
	}
	return report->count++;
}

/*
 * Who migrated and how the shares drifted, once for all sections.  Both know
 * segments that are in no rule and have no customers any more.
 */
static void
report_read_changes(TcsReport *report)
{
	uint64		rows = tcs_report_query(report,
										"SELECT from_segment, to_segment, change, customers\n"
										"FROM tcs.segment_migration($1, $2, $3)");

	report->flows = palloc_extended((rows + 1) * sizeof(TcsReportFlow), MCXT_ALLOC_HUGE);
	for (uint64 row = 0; row < rows; row++)
	{
		TcsReportFlow *flow = &report->flows[report->flow_count++];
		char	   *change = tcs_result_text(row, 3);

		CHECK_FOR_INTERRUPTS();
		flow->from = strcmp(change, "entered") == 0 ? TCS_REPORT_ABSENT :
			tcs_report_find(report, tcs_result_text(row, 1));
		flow->to = strcmp(change, "left") == 0 ? TCS_REPORT_ABSENT :
			strcmp(change, "merged") == 0 ? TCS_REPORT_MERGED :
			tcs_report_find(report, tcs_result_text(row, 2));
		flow->customers = tcs_result_bigint(row, 4);
	}
	rows = tcs_report_query(report,
							"SELECT segment, from_customers, to_customers, from_share, to_share, psi\n"
							"FROM tcs.segment_drift($1, $2, $3)");
	report->psi = rows > 0 ? 0 : get_float8_nan();
	for (uint64 row = 0; row < rows; row++)
	{
		int			at = tcs_report_find(report, tcs_result_text(row, 1));
		TcsReportDrift *drift = palloc(sizeof(TcsReportDrift));

		drift->customers[0] = tcs_result_bigint(row, 2);
		drift->customers[1] = tcs_result_bigint(row, 3);
		drift->share[0] = tcs_result_float(row, 4);
		drift->share[1] = tcs_result_float(row, 5);
		drift->psi = tcs_result_float(row, 6);
		report->psi += drift->psi;
		report->segments[at].drift = drift;
	}
}

static int
compare_segment_sizes(const void *a, const void *b, void *arg)
{
	const TcsReportSegment *segments = arg;
	int			left = *(const int *) a;
	int			right = *(const int *) b;

	if (segments[left].customers != segments[right].customers)
		return segments[left].customers > segments[right].customers ? -1 : 1;
	return left - right;
}

/* Which are the largest, of which there is something to see where not all fit. */
static void
report_rank_segments(TcsReport *report)
{
	int		   *order = palloc((report->count + 1) * sizeof(int));

	for (int i = 0; i < report->count; i++)
		order[i] = i;
	qsort_arg(order, report->count, sizeof(int), compare_segment_sizes, report->segments);
	for (int i = 0; i < report->count; i++)
		report->segments[order[i]].rank = i;
	pfree(order);
}

void
tcs_report_read(TcsReport *report, Oid into)
{
	report->into = into;
	tcs_progress("report, members", 0, 0);
	report_read_state(report);
	report_read_times(report);
	report_read_segments(report);
	tcs_progress("report, moves", 0, 0);
	if (report->is_loaded)
		report_read_changes(report);
	report_rank_segments(report);
}
