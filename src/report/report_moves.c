/*
 * report_moves.c
 *		Sections of a report about moves: the migration and its causes.
 */
#include "report/report.h"

#include "utils/builtins.h"

/* How a customer who is not there is counted, behind the segments. */
typedef struct Matrix
{
	int			size;			/* segments, and one more for not there */
	int64	   *cells;			/* from, to */
	int64	   *from_total;
	bool	   *is_target;		/* was anybody there at the end, or could be? */
} Matrix;

static void
read_matrix(TcsReport *report, Matrix *matrix)
{
	uint64		rows = tcs_report_query(report,
										"SELECT from_segment, to_segment, change, customers\n"
										"FROM tcs.segment_migration($1, $2, $3)");

	for (uint64 row = 0; row < rows; row++)
	{
		char	   *change = tcs_report_string(row, 3);

		if (strcmp(change, "entered") != 0)
			(void) tcs_report_find(report, tcs_report_string(row, 1));
		if (strcmp(change, "left") != 0)
			(void) tcs_report_find(report, tcs_report_string(row, 2));
	}
	matrix->size = report->count + 1;
	matrix->cells = palloc0(sizeof(int64) * matrix->size * matrix->size);
	matrix->from_total = palloc0(sizeof(int64) * matrix->size);
	matrix->is_target = palloc0(sizeof(bool) * matrix->size);
	for (uint64 row = 0; row < rows; row++)
	{
		char	   *change = tcs_report_string(row, 3);
		int			from = report->count;
		int			to = report->count;
		int64		customers = tcs_report_bigint(row, 4);

		CHECK_FOR_INTERRUPTS();
		if (strcmp(change, "entered") != 0)
			from = tcs_report_find(report, tcs_report_string(row, 1));
		if (strcmp(change, "left") != 0)
			to = tcs_report_find(report, tcs_report_string(row, 2));
		matrix->cells[from * matrix->size + to] = customers;
		matrix->from_total[from] += customers;
		matrix->is_target[to] = true;
		if (from < report->count)
			matrix->is_target[from] = true;
	}
}

static void
write_place(TcsReport *report, int place, const char *absent)
{
	if (place == report->count)
		appendStringInfo(report->page, "<i>%s</i>", absent);
	else
		tcs_report_name(report, report->segments[place].name);
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

void
tcs_report_migration(TcsReport *report)
{
	StringInfo	page = report->page;
	Matrix		matrix;
	int			used = 0;

	read_matrix(report, &matrix);
	for (int i = 0; i < matrix.size; i++)
		used += matrix.is_target[i];

	tcs_report_section(report, "migration", "Migration");
	if (used == 0)
	{
		appendStringInfoString(page, "<p>There was nobody to follow.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(page, "<p class=\"lead\">Where the customers of each segment were at the end, ");
	tcs_report_text(report, report->span);
	appendStringInfo(page, ": of 100 customers of the row, so many were in the column. On the diagonal are those who stayed.</p>\n"
					 "<div class=\"scroll\"><table class=\"matrix%s\">\n<thead><tr><th scope=\"col\" class=\"corner\">from &#8595;&#8195;to &#8594;</th>",
					 used > 14 ? " wide dense" : used > 4 ? " wide" : "");
	for (int to = 0; to < matrix.size; to++)
		if (matrix.is_target[to])
		{
			appendStringInfoString(page, "<th scope=\"col\" title=\"");
			if (to < report->count && report->segments[to].name)
				tcs_report_text(report, report->segments[to].name);
			appendStringInfoString(page, "\"><span>");
			write_place(report, to, "gone");
			appendStringInfoString(page, "</span></th>");
		}
	appendStringInfoString(page, "<th scope=\"col\" class=\"n\">Customers</th></tr></thead>\n<tbody>\n");
	for (int from = 0; from < matrix.size; from++)
	{
		if (matrix.from_total[from] == 0)
			continue;
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		write_place(report, from, "new");
		appendStringInfoString(page, "</th>");
		for (int to = 0; to < matrix.size; to++)
			if (matrix.is_target[to])
				write_cell(report, &matrix, from, to);
		appendStringInfo(page, "<td class=\"total\" data-v=\"" INT64_FORMAT "\">", matrix.from_total[from]);
		tcs_report_count(report, matrix.from_total[from]);
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n</section>\n");
}

static const char *const cause_words[][2] = {
	{"data", "what the customers did"},
	{"time", "nothing but time that passed"},
	{"rules", "a change of the rules"},
	{"model", "scores fitted anew"},
	{"removed", "gone from the source"},
	{"initial", "first load"},
};

static const char *
words_of(const char *cause)
{
	for (int i = 0; i < lengthof(cause_words); i++)
		if (strcmp(cause, cause_words[i][0]) == 0)
			return cause_words[i][1];
	return cause;
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
									 "GROUP BY cause ORDER BY 2 DESC, 1", report->moves));
	for (uint64 row = 0; row < rows; row++)
	{
		all += tcs_report_bigint(row, 2);
		most = Max(most, tcs_report_bigint(row, 2));
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
		int64		moves = tcs_report_bigint(row, 2);
		char	   *cause = tcs_report_string(row, 1);

		appendStringInfoString(page, "<tr><th scope=\"row\">");
		tcs_report_text(report, words_of(cause));
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
							psprintf("SELECT from_segment, to_segment, entered::int::bigint, (NOT present)::int::bigint, count(*)\n"
									 "FROM %s WHERE moved_at > $2 AND moved_at <= $3\n"
									 "GROUP BY from_segment, to_segment, entered, present\n"
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
	most = tcs_report_bigint(0, 5);
	appendStringInfoString(page, "<table>\n<thead><tr><th scope=\"col\">From</th><th scope=\"col\">To</th>"
						   "<th scope=\"col\" class=\"n\">Moves</th><th class=\"bar\"></th></tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		if (tcs_report_bigint(row, 3))
			appendStringInfoString(page, "<i>new</i>");
		else
			tcs_report_name(report, tcs_report_string(row, 1));
		appendStringInfoString(page, "</th><th>");
		if (tcs_report_bigint(row, 4))
			appendStringInfoString(page, "<i>gone</i>");
		else
			tcs_report_name(report, tcs_report_string(row, 2));
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, tcs_report_bigint(row, 5));
		tcs_report_bar(report, (double) tcs_report_bigint(row, 5) / most);
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
