/*
 * report_moves.c
 *		Sections of a report about moves: the migration and its causes.
 */
#include "report/report.h"

#include "utils/builtins.h"

/*
 * Everyone who was in a segment, and where they were later: one row and one
 * column for each segment that anybody was in, and one more each for not there
 * and for merged with another customer.
 */
typedef struct Matrix
{
	int			size;
	int		   *segment;		/* of a place; the last two are those of
								 * nobody's */
	int64	   *cells;			/* from, to */
	int64	   *from_total;
} Matrix;

/* The segments that anybody was in at either moment. */
static int
segments_in_use(TcsReport *report, bool *in_use)
{
	int			count = 0;

	for (int64 i = 0; i < report->flow_count; i++)
	{
		if (report->flows[i].from != TCS_REPORT_ABSENT)
			in_use[report->flows[i].from] = true;
		if (report->flows[i].to >= 0)
			in_use[report->flows[i].to] = true;
	}
	for (int i = 0; i < report->count; i++)
		count += in_use[i];
	return count;
}

static void
fill_matrix(TcsReport *report, Matrix *matrix, const bool *in_use, int used)
{
	int		   *place = palloc((report->count + 1) * sizeof(int));

	matrix->size = used + 2;
	matrix->segment = palloc(matrix->size * sizeof(int));
	matrix->cells = palloc0(sizeof(int64) * matrix->size * matrix->size);
	matrix->from_total = palloc0(sizeof(int64) * matrix->size);
	used = 0;
	for (int i = 0; i < report->count; i++)
		if (in_use[i])
		{
			place[i] = used;
			matrix->segment[used++] = i;
		}
	matrix->segment[used] = TCS_REPORT_ABSENT;
	matrix->segment[used + 1] = TCS_REPORT_MERGED;
	for (int64 i = 0; i < report->flow_count; i++)
	{
		const TcsReportFlow *flow = &report->flows[i];
		int			from = flow->from == TCS_REPORT_ABSENT ? used : place[flow->from];
		int			to = flow->to == TCS_REPORT_ABSENT ? used :
		flow->to == TCS_REPORT_MERGED ? used + 1 : place[flow->to];

		matrix->cells[from * matrix->size + to] = flow->customers;
		matrix->from_total[from] += flow->customers;
	}
}

static void
write_place(TcsReport *report, int segment, const char *absent)
{
	if (segment < 0)
		appendStringInfo(report->page, "<i>%s</i>", segment == TCS_REPORT_MERGED ? "merged" : absent);
	else
		tcs_report_name(report, report->segments[segment].name);
}

/* A cell: its share of the row, which is also its colour, and the number on hovering. */
static void
write_cell(TcsReport *report, const Matrix *matrix, int from, int to)
{
	StringInfo	page = report->page;
	int64		customers = matrix->cells[from * matrix->size + to];
	double		share = 0;

	if (matrix->from_total[from] > 0)
		share = (double) customers / matrix->from_total[from];
	appendStringInfo(page, "<td class=\"h%d\" data-v=\"" INT64_FORMAT "\" title=\"",
					 tcs_report_step(share, 1), customers);
	tcs_report_count(report, customers);
	appendStringInfoString(page, "\">");
	if (customers == 0)
		appendStringInfoString(page, "&#183;");
	else if (share < 0.005)
		appendStringInfoString(page, "&lt;1");
	else if (share > 0.99 && share < 1)
		appendStringInfoString(page, "&gt;99");
	else
		appendStringInfo(page, "%.0f", 100 * share);
	appendStringInfoString(page, "</td>");
}

/* Columns that nobody went to are left out where they are no segment's. */
static void
write_matrix(TcsReport *report, const Matrix *matrix)
{
	StringInfo	page = report->page;
	int			columns = 0;
	bool	   *is_shown = palloc0(matrix->size * sizeof(bool));

	for (int to = 0; to < matrix->size; to++)
	{
		is_shown[to] = matrix->segment[to] >= 0;
		for (int from = 0; from < matrix->size; from++)
			is_shown[to] |= matrix->cells[from * matrix->size + to] > 0;
		columns += is_shown[to];
	}
	appendStringInfo(page, ": of 100 customers of the row, so many were in the column. On the diagonal are those who stayed.</p>\n"
					 "<div class=\"scroll\"><table class=\"matrix%s\">\n<thead><tr><th scope=\"col\" class=\"corner\">from &#8595;&#8195;to &#8594;</th>",
					 columns > 14 ? " wide dense" : columns > 4 ? " wide" : "");
	for (int to = 0; to < matrix->size; to++)
	{
		int			segment = matrix->segment[to];

		if (!is_shown[to])
			continue;
		appendStringInfoString(page, "<th scope=\"col\" title=\"");
		if (segment >= 0 && report->segments[segment].name)
			tcs_report_plain_data(report, report->segments[segment].name, TCS_REPORT_NAME);
		appendStringInfoString(page, "\"><span>");
		write_place(report, segment, "gone");
		appendStringInfoString(page, "</span></th>");
	}
	appendStringInfoString(page, "<th scope=\"col\" class=\"n\">Customers</th></tr></thead>\n<tbody>\n");
	for (int from = 0; from < matrix->size; from++)
	{
		if (matrix->from_total[from] == 0)
			continue;
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		write_place(report, matrix->segment[from], "new");
		appendStringInfoString(page, "</th>");
		for (int to = 0; to < matrix->size; to++)
			if (is_shown[to])
				write_cell(report, matrix, from, to);
		appendStringInfo(page, "<td class=\"total\" data-v=\"" INT64_FORMAT "\">", matrix->from_total[from]);
		tcs_report_count(report, matrix->from_total[from]);
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n");
}

/* The most customers first; then as the segments are listed. */
static int
compare_flows(const void *a, const void *b)
{
	const TcsReportFlow *left = a;
	const TcsReportFlow *right = b;

	if (left->customers != right->customers)
		return left->customers > right->customers ? -1 : 1;
	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return left->to < right->to ? -1 : left->to > right->to;
}

/* Of many segments a matrix would be large and empty: where most went is said. */
static void
list_flows(TcsReport *report)
{
	StringInfo	page = report->page;
	TcsReportFlow *moves = palloc_extended((report->flow_count + 1) * sizeof(TcsReportFlow),
										   MCXT_ALLOC_HUGE);
	int64	   *from_total = palloc0((report->count + 1) * sizeof(int64));
	int64		count = 0;
	int64		stayed = 0;
	int64		rest = 0;

	for (int64 i = 0; i < report->flow_count; i++)
	{
		const TcsReportFlow *flow = &report->flows[i];

		from_total[flow->from == TCS_REPORT_ABSENT ? report->count : flow->from] += flow->customers;
		if (flow->from == flow->to)
			stayed += flow->customers;
		else
			moves[count++] = *flow;
	}
	qsort(moves, count, sizeof(TcsReportFlow), compare_flows);

	appendStringInfoString(page, ": where most went, and their share of those who were in the first segment. <span data-v=\"");
	appendStringInfo(page, INT64_FORMAT "\">", stayed);
	tcs_report_count(report, stayed);
	appendStringInfoString(page, "</span> stayed where they were.</p>\n<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">From</th>"
						   "<th scope=\"col\">To</th><th scope=\"col\" class=\"n\">Customers</th><th scope=\"col\" class=\"n\">Share</th>"
						   "<th class=\"bar\"></th></tr></thead>\n<tbody>\n");
	for (int64 i = 0; i < count; i++)
	{
		const TcsReportFlow *move = &moves[i];
		double		share;

		if (i >= TCS_REPORT_MOVES)
		{
			rest += move->customers;
			continue;
		}
		share = (double) move->customers /
			from_total[move->from == TCS_REPORT_ABSENT ? report->count : move->from];
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		write_place(report, move->from, "new");
		appendStringInfoString(page, "</th><th>");
		write_place(report, move->to, "gone");
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, move->customers);
		tcs_report_percent_cell(report, share);
		tcs_report_bar(report, share);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n");
	tcs_report_more(report, count - TCS_REPORT_MOVES, "pairs of segments", rest);
}

void
tcs_report_migration(TcsReport *report)
{
	StringInfo	page = report->page;
	bool	   *in_use = palloc0((report->count + 1) * sizeof(bool));
	int			used = segments_in_use(report, in_use);
	Matrix		matrix;

	tcs_report_section(report, "migration", "Migration");
	if (report->flow_count == 0)
	{
		appendStringInfoString(page, "<p>There was nobody to follow.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(page, "<p class=\"lead\">Where the customers of each segment were at the end, ");
	tcs_report_text(report, report->span);
	if (used > TCS_REPORT_MATRIX)
		list_flows(report);
	else
	{
		fill_matrix(report, &matrix, in_use, used);
		write_matrix(report, &matrix);
	}
	appendStringInfoString(page, "</section>\n");
}

static const char *const cause_words[][2] = {
	{"data", "what the customers did"},
	{"time", "nothing but time that passed"},
	{"rules", "a change of the rules"},
	{"model", "scores fitted anew"},
	{"removed", "gone from the source"},
	{"initial", "first load"},
	{"manual", "a decision by hand"},
	{"merged", "two customers who turned out to be one"},
	{"backfill", "what was found out of the past"},
};

static const char *
words_of(const char *cause)
{
	for (int i = 0; i < lengthof(cause_words); i++)
		if (strcmp(cause, cause_words[i][0]) == 0)
			return cause_words[i][1];
	return NULL;
}

static void
list_causes(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64		rows;
	int64		all = 0;
	int64		most = 0;

	rows = tcs_report_query(report,
							psprintf("SELECT cause, count(*) FROM %s WHERE moved_at > $2 AND moved_at <= $3\n"
									 "GROUP BY cause ORDER BY 2 DESC, cause COLLATE \"C\" LIMIT %d",
									 report->moves, TCS_REPORT_ROWS));
	for (uint64 row = 0; row < rows; row++)
	{
		all += tcs_result_bigint(row, 2);
		most = Max(most, tcs_result_bigint(row, 2));
	}
	tcs_report_section(report, "causes", "Why they moved");
	appendStringInfoString(page, "<p class=\"lead\">All moves ");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, ", by what caused them.</p>\n");
	if (rows == 0)
	{
		appendStringInfoString(page, "<p>Nobody moved.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(page, "<table>\n<thead><tr><th scope=\"col\">Cause</th><th scope=\"col\" class=\"n\">Moves</th>"
						   "<th scope=\"col\" class=\"n\">Share</th><th class=\"bar\"></th></tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		int64		moves = tcs_result_bigint(row, 2);
		char	   *cause = tcs_result_text(row, 1);

		appendStringInfoString(page, "<tr><th scope=\"row\">");
		if (words_of(cause) != NULL)
			tcs_report_text(report, words_of(cause));
		else
			tcs_report_data(report, cause, TCS_REPORT_NAME);
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, moves);
		tcs_report_percent_cell(report, (double) moves / all);
		tcs_report_bar(report, (double) moves / most);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n</section>\n");
}

static void
list_moves(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64		rows;
	int64		most;

	rows = tcs_report_query(report,
							psprintf("SELECT from_segment, to_segment, entered::int::bigint,\n"
									 "    CASE WHEN present THEN 0 WHEN cause = 'merged' THEN 2 ELSE 1 END::bigint, count(*)\n"
									 "FROM %s WHERE moved_at > $2 AND moved_at <= $3\n"
									 "GROUP BY 1, 2, 3, 4\n"
									 "ORDER BY 5 DESC, from_segment COLLATE \"C\", to_segment COLLATE \"C\", 3, 4\n"
									 "LIMIT 10", report->moves));
	tcs_report_section(report, "moves", "The most frequent moves");
	appendStringInfoString(page, "<p class=\"lead\">From where to where, ");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, ".</p>\n");
	if (rows == 0)
	{
		appendStringInfoString(page, "<p>Nobody moved.</p>\n</section>\n");
		return;
	}
	most = tcs_result_bigint(0, 5);
	appendStringInfoString(page, "<table>\n<thead><tr><th scope=\"col\">From</th><th scope=\"col\">To</th>"
						   "<th scope=\"col\" class=\"n\">Moves</th><th class=\"bar\"></th></tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		if (tcs_result_bigint(row, 3))
			appendStringInfoString(page, "<i>new</i>");
		else
			tcs_report_name(report, tcs_result_text(row, 1));
		appendStringInfoString(page, "</th><th>");
		if (tcs_result_bigint(row, 4) > 0)
			appendStringInfoString(page, tcs_result_bigint(row, 4) == 2 ? "<i>merged</i>" : "<i>gone</i>");
		else
			tcs_report_name(report, tcs_result_text(row, 2));
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, tcs_result_bigint(row, 5));
		tcs_report_bar(report, (double) tcs_result_bigint(row, 5) / most);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n</section>\n");
}

void
tcs_report_causes(TcsReport *report)
{
	appendStringInfoString(report->page, "<div class=\"two\">\n");
	list_causes(report);
	list_moves(report);
	appendStringInfoString(report->page, "</div>\n");
}
