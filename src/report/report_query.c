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
report_hash_name(const char *name)
{
	return hash_bytes((const unsigned char *) name, strlen(name));
}

#define SH_PREFIX segment_names
#define SH_ELEMENT_TYPE NamedSegment
#define SH_KEY_TYPE const char *
#define SH_KEY name
#define SH_HASH_KEY(table, name) report_hash_name(name)
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DEFINE
#define SH_DECLARE
#include "lib/simplehash.h"

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

/* A past that was filled in begins with its first move, else one with the load. */
#define TIMES_QUERY \
	"WITH move AS (\n" \
	"    SELECT min(moved_at) AS first, max(moved_at) AS last, max(moved_at) FILTER (WHERE cause = '%3$s') AS load,\n" \
	"        bool_or(cause = '%4$s') AS is_filled_in FROM %1$s\n" \
	"), extent AS (\n" \
	"    SELECT first, greatest(last, (SELECT last_refresh FROM %2$s)) AS as_of,\n" \
	"        CASE WHEN is_filled_in THEN first ELSE coalesce(load, first) END AS start FROM move\n" \
	"), period AS (\n" \
	"    SELECT *, (as_of AT TIME ZONE $7 - $8) AT TIME ZONE $7 AS wanted,\n" \
	"        (as_of AT TIME ZONE $7 - $8 - $8) AT TIME ZONE $7 AS prior FROM extent\n" \
	")\n" \
	"SELECT as_of, greatest(wanted, coalesce(start, as_of)), prior,\n" \
	"    wanted < coalesce(start, as_of), prior >= start,\n" \
	"    to_char(as_of AT TIME ZONE $7, 'YYYY-MM-DD HH24:MI'),\n" \
	"    to_char(greatest(wanted, coalesce(start, as_of)) AT TIME ZONE $7, 'YYYY-MM-DD'),\n" \
	"    to_char(prior AT TIME ZONE $7, 'YYYY-MM-DD'),\n" \
	"    CASE WHEN as_of - first <= interval '60 days' THEN 'day'\n" \
	"        WHEN as_of - first <= interval '400 days' THEN 'week'\n" \
	"        WHEN as_of - first <= interval '4000 days' THEN 'month' ELSE 'year' END\n" \
	"FROM period"

/* The period in words: so many days or months, or neither. */
static char *
report_period_name(TcsReport *report)
{
	const Interval *period = report->period;
	bool		of_days = period->month == 0 && period->time == 0;
	bool		of_months = period->day == 0 && period->time == 0;
	TcsReportWord word = TCS_WORD_LAST_OTHER;
	int			start = report->page->len;

	if (of_days)
		word = period->day == 1 ? TCS_WORD_LAST_DAY : TCS_WORD_LAST_DAYS;
	else if (of_months)
		word = period->month == 1 ? TCS_WORD_LAST_MONTH : TCS_WORD_LAST_MONTHS;
	tcs_report_say(report, word, psprintf("%d", of_days ? period->day : period->month));
	return tcs_report_take(report, start);
}

/*
 * The moment the report is as of, and the period that ends with it: as long as
 * is wanted or, of a younger segmentation, since its first load.
 */
static void
report_read_times(TcsReport *report)
{
	bool		isnull;
	int			start = report->page->len;

	tcs_report_query(report, psprintf(TIMES_QUERY, report->moves, report->reading->state,
									  tcs_move_cause[TCS_MOVED_INITIAL],
									  tcs_move_cause[TCS_MOVED_BACKFILL]));
	report->as_of = tcs_result(0, 1, TIMESTAMPTZOID, &isnull);
	if (isnull)
		return;
	report->is_loaded = true;
	report->from_time = tcs_result_value(0, 2, TIMESTAMPTZOID);
	report->prior_time = tcs_result_value(0, 3, TIMESTAMPTZOID);
	report->is_young = tcs_result_boolean(0, 4);
	report->has_prior = tcs_result_boolean(0, 5) && !report->is_young;
	report->as_of_text = tcs_report_moment(report, tcs_result_text(0, 6));
	report->to_day = tcs_report_day(report, tcs_result_text(0, 6));
	report->from_day = tcs_report_day(report, tcs_result_text(0, 7));
	report->prior_day = tcs_report_day(report, tcs_result_text(0, 8));
	report->unit = tcs_result_text(0, 9);
	if (report->unit == NULL)
		report->unit = pstrdup("day");
	report->period_name = report_period_name(report);
	if (report->is_young)
		tcs_report_say(report, TCS_WORD_SINCE, report->from_day);
	else
		tcs_report_say(report, TCS_WORD_IN_PERIOD, report->period_name);
	report->span = tcs_report_take(report, start);
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
		appendStringInfoString(&sql,
							   "    SELECT segment, NULL, count(*), sum(nullif(revenue::numeric, 'NaN')), NULL\n"
							   "    FROM " TCS_REPORT_SOURCE " WHERE is_member GROUP BY segment\n");
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
 * Who went from where to where and, of those who did not stay, what they bring.
 * segment_migration would tell that as well, but read the source for it again.
 */
#define FLOWS_QUERY \
	"WITH mover AS (\n" \
	"    SELECT key, from_segment, to_segment,\n" \
	"        CASE WHEN NOT was_there THEN 'entered' WHEN is_there THEN 'moved'\n" \
	"            WHEN is_merged THEN 'merged' ELSE 'left' END AS change\n" \
	"    FROM (SELECT key, NOT first_value(entered) OVER by_key AS was_there,\n" \
	"            first_value(from_segment) OVER by_key AS from_segment, present AS is_there, to_segment,\n" \
	"            cause = '%1$s' AS is_merged, lead(id) OVER by_key IS NULL AS is_last\n" \
	"        FROM %2$s WHERE moved_at > $2 AND moved_at <= $3\n" \
	"        WINDOW by_key AS (PARTITION BY key ORDER BY moved_at, id)) AS m\n" \
	"    WHERE is_last\n" \
	"), worth AS (\n" \
	"    SELECT from_segment, to_segment, change, sum(s.revenue::numeric)::float8 AS revenue\n" \
	"    FROM mover AS m JOIN " TCS_REPORT_SOURCE " AS s ON s.source_key %3$s m.key\n" \
	"    GROUP BY from_segment, to_segment, change\n" \
	")\n" \
	"SELECT m.from_segment, m.to_segment, m.change, m.customers, w.revenue\n" \
	"FROM tcs.segment_migration($1, $2, $3) AS m\n" \
	"LEFT JOIN worth AS w ON w.change = m.change\n" \
	"    AND (w.from_segment IS NULL) = (m.from_segment IS NULL) AND coalesce(w.from_segment, '') = coalesce(m.from_segment, '')\n" \
	"    AND (w.to_segment IS NULL) = (m.to_segment IS NULL) AND coalesce(w.to_segment, '') = coalesce(m.to_segment, '')"

/* Also of segments that are in no rule and have no customers any more. */
static void
report_read_flows(TcsReport *report)
{
	uint64		rows;

	rows = tcs_report_query(report, report->has_revenue ?
							psprintf(FLOWS_QUERY, tcs_move_cause[TCS_MOVED_MERGED], report->moves, report->key_equal) :
							"SELECT from_segment, to_segment, change, customers, NULL::float8\n"
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
		flow->revenue = tcs_result_float(row, 5);
	}
}

/* The sizes of the segments at both ends of the period, and their drift. */
static void
report_compare_ends(TcsReport *report)
{
	int64	   *sizes[2];
	TcsReportTotals *totals = &report->totals;
	int64		sum[2] = {totals->before, totals->after};

	for (int end = 0; end < 2; end++)
		sizes[end] = palloc0((report->count + 1) * sizeof(int64));
	for (int64 i = 0; i < report->flow_count; i++)
	{
		const TcsReportFlow *flow = &report->flows[i];

		if (flow->from >= 0)
			sizes[0][flow->from] += flow->customers;
		if (flow->to >= 0)
			sizes[1][flow->to] += flow->customers;
	}
	totals->psi = sum[0] + sum[1] > 0 ? 0 : get_float8_nan();
	for (int i = 0; i < report->count; i++)
	{
		TcsReportDrift *drift;
		double		least[2];

		if (sizes[0][i] == 0 && sizes[1][i] == 0)
			continue;
		drift = palloc(sizeof(TcsReportDrift));
		for (int end = 0; end < 2; end++)
		{
			drift->customers[end] = sizes[end][i];
			drift->share[end] = sum[end] > 0 ? (double) sizes[end][i] / sum[end] : get_float8_nan();
			/* as tcs.psi takes it */
			least[end] = Max(drift->share[end], 0.0001);
		}
		drift->psi = sum[0] > 0 && sum[1] > 0 ?
			(least[1] - least[0]) * log(least[1] / least[0]) : get_float8_nan();
		totals->psi += drift->psi;
		report->segments[i].drift = drift;
	}
}

static void
report_add_flow(TcsReportTotals *totals, int from, int to, int64 customers, double revenue)
{
	if (from == TCS_REPORT_ABSENT)
		totals->entered += customers;
	else
		totals->before += customers;
	if (to >= 0)
		totals->after += customers;
	else if (to == TCS_REPORT_ABSENT)
		totals->left += customers;
	if (from >= 0 && to >= 0 && from != to)
	{
		totals->moved += customers;
		totals->worth += isnan(revenue) ? 0 : revenue;
	}
}

/* What the page tells of the period before: no more than sums. */
static void
report_read_prior(TcsReport *report)
{
	TcsReportTotals *prior = &report->prior;

	tcs_report_query(report,
					 "SELECT coalesce(sum(customers) FILTER (WHERE change = 'moved'), 0)::bigint,\n"
					 "    coalesce(sum(customers) FILTER (WHERE change = 'entered'), 0)::bigint\n"
					 "FROM tcs.segment_migration($1, $4, $2)");
	prior->moved = tcs_result_bigint(0, 1);
	prior->entered = tcs_result_bigint(0, 2);
}

/* Who migrated, once for all sections. */
static void
report_read_changes(TcsReport *report)
{
	report_read_flows(report);
	for (int64 i = 0; i < report->flow_count; i++)
		report_add_flow(&report->totals, report->flows[i].from, report->flows[i].to,
						report->flows[i].customers, report->flows[i].revenue);
	report_compare_ends(report);
	if (report->has_prior)
		report_read_prior(report);
}

static int
report_compare_sizes(const void *a, const void *b, void *arg)
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
	qsort_arg(order, report->count, sizeof(int), report_compare_sizes, report->segments);
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
	tcs_report_source_read(report);
	report_read_segments(report);
	tcs_progress("report, moves", 0, 0);
	if (report->is_loaded)
		report_read_changes(report);
	report_rank_segments(report);
}
