/*
 * report_moves.c
 *		Sections of a report about moves: who moved, why, and the migration.
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
moves_segments_in_use(TcsReport *report, bool *in_use)
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
moves_fill_matrix(TcsReport *report, Matrix *matrix, const bool *in_use, int used)
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
moves_write_place(TcsReport *report, int segment, TcsReportWord absent)
{
	if (segment >= 0)
		tcs_report_name(report, report->segments[segment].name);
	else
		appendStringInfo(report->page, "<i>%s</i>",
						 tcs_report_word_part(report, segment == TCS_REPORT_MERGED ? TCS_WORD_MERGED : absent));
}

/*
 * A cell: its share of the row, and the number on hovering.  Those who stayed
 * are most of them, whatever happens: the colours tell the moves.
 */
static void
moves_write_cell(TcsReport *report, const Matrix *matrix, int from, int to, double greatest)
{
	StringInfo	page = report->page;
	int64		customers = matrix->cells[from * matrix->size + to];
	double		share = 0;

	if (matrix->from_total[from] > 0)
		share = (double) customers / matrix->from_total[from];
	if (from == to)
		appendStringInfoString(page, "<td class=\"stay\"");
	else
		appendStringInfo(page, "<td class=\"h%d\"", tcs_report_step(share, greatest));
	appendStringInfo(page, " data-v=\"" INT64_FORMAT "\" title=\"", customers);
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

/* Of all who could have moved: the greatest share of a row that is in one cell. */
static double
moves_greatest_move(const Matrix *matrix)
{
	double		greatest = 0;

	for (int from = 0; from < matrix->size; from++)
		for (int to = 0; to < matrix->size; to++)
			if (from != to && matrix->segment[from] >= 0 && matrix->from_total[from] > 0)
				greatest = Max(greatest, (double) matrix->cells[from * matrix->size + to] /
							   matrix->from_total[from]);
	return greatest;
}

/* The columns have numbers, which stand upright however they are written. */
static void
moves_write_matrix_head(TcsReport *report, const Matrix *matrix, const bool *is_shown)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<thead><tr><th scope=\"col\" class=\"corner\">");
	tcs_report_word(report, TCS_WORD_CORNER);
	appendStringInfoString(page, "</th>");
	for (int to = 0; to < matrix->size; to++)
	{
		int			segment = matrix->segment[to];

		if (!is_shown[to])
			continue;
		appendStringInfoString(page, "<th scope=\"col\" title=\"");
		if (segment >= 0 && report->segments[segment].name)
			tcs_report_plain_data(report, report->segments[segment].name, TCS_REPORT_NAME);
		else
			tcs_report_word(report, segment >= 0 ? TCS_WORD_NO_SEGMENT :
							segment == TCS_REPORT_MERGED ? TCS_WORD_MERGED : TCS_WORD_GONE);
		if (segment >= 0)
			appendStringInfo(page, "\">%d</th>", to + 1);
		else
		{
			appendStringInfoString(page, "\">");
			moves_write_place(report, segment, TCS_WORD_GONE);
			appendStringInfoString(page, "</th>");
		}
	}
	tcs_report_number_head(report, TCS_WORD_BEFORE);
	appendStringInfoString(page, "</tr></thead>\n");
}

/* Columns that nobody went to are left out where they are no segment's. */
static void
moves_write_matrix(TcsReport *report, const Matrix *matrix)
{
	StringInfo	page = report->page;
	int			columns = 0;
	bool	   *is_shown = palloc0(matrix->size * sizeof(bool));
	double		greatest = moves_greatest_move(matrix);

	for (int to = 0; to < matrix->size; to++)
	{
		is_shown[to] = matrix->segment[to] >= 0;
		for (int from = 0; from < matrix->size; from++)
			is_shown[to] |= matrix->cells[from * matrix->size + to] > 0;
		columns += is_shown[to];
	}
	appendStringInfo(page, "<div class=\"scroll\"><table class=\"matrix%s\">\n",
					 columns > 24 ? " wide dense densest" : columns > 14 ? " wide dense" : columns > 4 ? " wide" : "");
	tcs_report_caption(report, TCS_WORD_MIGRATION, true);
	moves_write_matrix_head(report, matrix, is_shown);
	appendStringInfoString(page, "<tbody>\n");
	for (int from = 0; from < matrix->size; from++)
	{
		if (matrix->from_total[from] == 0 && matrix->segment[from] < 0)
			continue;
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		if (matrix->segment[from] >= 0)
			appendStringInfo(page, "<b>%d</b> ", from + 1);
		moves_write_place(report, matrix->segment[from], TCS_WORD_NEW);
		appendStringInfoString(page, "</th>");
		for (int to = 0; to < matrix->size; to++)
			if (is_shown[to])
				moves_write_cell(report, matrix, from, to, greatest);
		appendStringInfo(page, "<td class=\"total\" data-v=\"" INT64_FORMAT "\">", matrix->from_total[from]);
		tcs_report_count(report, matrix->from_total[from]);
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n");
}

void
tcs_report_migration(TcsReport *report)
{
	bool	   *in_use = palloc0((report->count + 1) * sizeof(bool));
	int			used = moves_segments_in_use(report, in_use);
	Matrix		matrix;

	if (report->totals.before == 0 || used > TCS_REPORT_MATRIX)
		return;
	tcs_report_section(report, "migration", TCS_WORD_MIGRATION);
	tcs_report_line(report, "p class=\"lead\"", TCS_WORD_MIGRATION_LEAD);
	moves_fill_matrix(report, &matrix, in_use, used);
	moves_write_matrix(report, &matrix);
	tcs_report_section_end(report);
}

/* The most customers first; then as the segments are listed. */
static int
moves_compare_flows(const void *a, const void *b)
{
	const TcsReportFlow *left = a;
	const TcsReportFlow *right = b;

	if (left->customers != right->customers)
		return left->customers > right->customers ? -1 : 1;
	if (left->from != right->from)
		return left->from < right->from ? -1 : 1;
	return left->to < right->to ? -1 : left->to > right->to;
}

static void
moves_write_flow(TcsReport *report, const TcsReportFlow *move, double share)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<tr><th scope=\"row\">");
	moves_write_place(report, move->from, TCS_WORD_NEW);
	appendStringInfoString(page, "</th><th>");
	moves_write_place(report, move->to, TCS_WORD_GONE);
	appendStringInfoString(page, "</th>");
	tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, move->customers);
	tcs_report_percent_cell(report, TCS_WORD_SHARE, move->from >= 0 ? share : get_float8_nan());
	if (report->has_revenue)
		tcs_report_amount_cell(report, TCS_WORD_REVENUE, move->revenue, fabs(report->revenue) < 10000);
	appendStringInfoString(page, "</tr>\n");
}

/* Those who are where they were are told in one sum. */
static int64
moves_collect_moves(TcsReport *report, TcsReportFlow *moves, int64 *from_total, int64 *stayed)
{
	int64		count = 0;

	*stayed = 0;
	for (int64 i = 0; i < report->flow_count; i++)
	{
		const TcsReportFlow *flow = &report->flows[i];

		from_total[flow->from == TCS_REPORT_ABSENT ? report->count : flow->from] += flow->customers;
		if (flow->from == flow->to)
			*stayed += flow->customers;
		else
			moves[count++] = *flow;
	}
	qsort(moves, count, sizeof(TcsReportFlow), moves_compare_flows);
	return count;
}

static void
moves_list_moves(TcsReport *report, const TcsReportFlow *moves, int64 count, const int64 *from_total)
{
	StringInfo	page = report->page;

	tcs_report_table(report, "flows", TCS_WORD_MOVES, true);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_head(report, TCS_WORD_FROM);
	tcs_report_head(report, TCS_WORD_TO);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	tcs_report_number_head(report, TCS_WORD_SHARE);
	if (report->has_revenue)
		tcs_report_money_head(report, TCS_WORD_REVENUE);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int64 i = 0; i < count; i++)
		moves_write_flow(report, &moves[i], moves[i].from < 0 ? 0 :
						 (double) moves[i].customers / from_total[moves[i].from]);
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

/* Where most went, and what that is worth; more of them where there is no matrix. */
void
tcs_report_moves(TcsReport *report)
{
	StringInfo	page = report->page;
	TcsReportFlow *moves = palloc_extended((report->flow_count + 1) * sizeof(TcsReportFlow),
										   MCXT_ALLOC_HUGE);
	int64	   *from_total = palloc0((report->count + 1) * sizeof(int64));
	bool	   *in_use = palloc0((report->count + 1) * sizeof(bool));
	int			most = moves_segments_in_use(report, in_use) > TCS_REPORT_MATRIX ?
	TCS_REPORT_MORE_MOVES : TCS_REPORT_MOVES;
	int64		stayed;
	int64		count = moves_collect_moves(report, moves, from_total, &stayed);
	int64		rest = 0;

	for (int64 i = most; i < count; i++)
		rest += moves[i].customers;
	tcs_report_section(report, "moves", TCS_WORD_MOVES);
	appendStringInfoString(page, "<p class=\"lead\">");
	if (count == 0)
		tcs_report_word(report, TCS_WORD_NOBODY_MOVED);
	else
	{
		tcs_report_say(report, TCS_WORD_MOVES_LEAD, report->span);
		if (report->has_revenue)
		{
			tcs_report_word(report, TCS_WORD_SPACE);
			tcs_report_word(report, TCS_WORD_MOVES_WORTH);
		}
	}
	appendStringInfoString(page, "</p>\n");
	if (count > 0)
		moves_list_moves(report, moves, Min(count, most), from_total);
	tcs_report_more(report, TCS_WORD_MORE_PAIRS, count - most, rest);
	tcs_report_line_say(report, "p class=\"note\"", TCS_WORD_STAYED, tcs_report_count_part(report, stayed));
	tcs_report_section_end(report);
}

static const TcsReportWord cause_word[TCS_MOVE_CAUSES] = {
	[TCS_MOVED_INITIAL] = TCS_WORD_BY_LOAD,
	[TCS_MOVED_DATA] = TCS_WORD_BY_DATA,
	[TCS_MOVED_RULES] = TCS_WORD_BY_RULES,
	[TCS_MOVED_MODEL] = TCS_WORD_BY_MODEL,
	[TCS_MOVED_TIME] = TCS_WORD_BY_TIME,
	[TCS_MOVED_REMOVED] = TCS_WORD_BY_REMOVAL,
	[TCS_MOVED_MANUAL] = TCS_WORD_BY_HAND,
	[TCS_MOVED_MERGED] = TCS_WORD_BY_MERGE,
	[TCS_MOVED_BACKFILL] = TCS_WORD_BY_BACKFILL
};

static void
moves_write_cause(TcsReport *report, const char *cause)
{
	for (int i = 0; i < TCS_MOVE_CAUSES; i++)
		if (strcmp(cause, tcs_move_cause[i]) == 0)
		{
			tcs_report_word(report, cause_word[i]);
			return;
		}
	tcs_report_data(report, cause, TCS_REPORT_NAME);
}

static void
moves_list_causes(TcsReport *report, uint64 rows)
{
	StringInfo	page = report->page;
	int64		all = 0;
	int64		most = 0;

	for (uint64 row = 0; row < rows; row++)
	{
		all += tcs_result_bigint(row, 2);
		most = Max(most, tcs_result_bigint(row, 2));
	}
	tcs_report_table(report, "causes", TCS_WORD_CAUSES, true);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_head(report, TCS_WORD_CAUSE);
	tcs_report_number_head(report, TCS_WORD_TIMES);
	tcs_report_number_head(report, TCS_WORD_SHARE);
	appendStringInfoString(page, TCS_REPORT_BAR_HEAD "</tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		int64		moves = tcs_result_bigint(row, 2);

		appendStringInfoString(page, "<tr><th scope=\"row\">");
		moves_write_cause(report, tcs_result_text(row, 1));
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, TCS_WORD_TIMES, moves);
		tcs_report_percent_cell(report, TCS_WORD_SHARE, (double) moves / all);
		tcs_report_bar(report, (double) moves / most);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

void
tcs_report_causes(TcsReport *report)
{
	uint64		rows;

	rows = tcs_report_query(report,
							psprintf("SELECT cause, count(*) FROM %s WHERE moved_at > $2 AND moved_at <= $3\n"
									 "GROUP BY cause ORDER BY 2 DESC, cause COLLATE \"C\" LIMIT %d",
									 report->moves, TCS_REPORT_ROWS));
	tcs_report_section(report, "causes", TCS_WORD_CAUSES);
	if (rows == 0)
		tcs_report_line(report, "p class=\"lead\"", TCS_WORD_NOBODY_MOVED);
	else
	{
		tcs_report_line_say(report, "p class=\"lead\"", TCS_WORD_CAUSES_LEAD, report->span);
		moves_list_causes(report, rows);
	}
	tcs_report_section_end(report);
}
