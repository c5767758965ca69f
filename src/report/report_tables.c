/*
 * report_tables.c
 *		Sections of a report that are tables: segments, scores, drift, rules.
 */
#include "report/report.h"

#include "utils/builtins.h"

static double
tables_share(double part, double whole)
{
	return whole > 0 ? part / whole : get_float8_nan();
}

static void
tables_write_segments_head(TcsReport *report)
{
	StringInfo	page = report->page;

	if (report->customers == 0)
		tcs_report_line(report, "p class=\"lead\"", TCS_WORD_NO_CUSTOMERS);
	else
	{
		appendStringInfoString(page, "<p class=\"lead\">");
		tcs_report_word(report, report->has_revenue ? TCS_WORD_SEGMENTS_REVENUE_LEAD : TCS_WORD_SEGMENTS_LEAD);
		if (report->is_loaded)
		{
			tcs_report_word(report, TCS_WORD_SPACE);
			tcs_report_say(report, TCS_WORD_SEGMENTS_CHANGE, report->span);
		}
		appendStringInfoString(page, "</p>\n");
	}
	tcs_report_table(report, "segments", TCS_WORD_SEGMENTS, false);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_head(report, TCS_WORD_SEGMENT);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	tcs_report_number_head(report, TCS_WORD_CHANGE);
	tcs_report_number_head(report, TCS_WORD_SHARE);
	appendStringInfoString(page, TCS_REPORT_BAR_HEAD);
	if (report->has_revenue)
	{
		tcs_report_money_head(report, TCS_WORD_REVENUE);
		tcs_report_number_head(report, TCS_WORD_SHARE_OF_REVENUE);
		appendStringInfoString(page, TCS_REPORT_BAR_HEAD);
		tcs_report_money_head(report, TCS_WORD_PER_CUSTOMER);
	}
	appendStringInfoString(page, "</tr></thead>\n");
}

static void
tables_write_segment(TcsReport *report, const TcsReportSegment *segment, int64 most, double richest)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<tr><th scope=\"row\">");
	tcs_report_name(report, segment->name);
	appendStringInfoString(page, "</th>");
	tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, segment->customers);
	tcs_report_change_cell(report, TCS_WORD_CHANGE, segment->drift);
	tcs_report_percent_cell(report, TCS_WORD_SHARE, tables_share(segment->customers, report->customers));
	tcs_report_bar(report, tables_share(segment->customers, most));
	if (report->has_revenue)
	{
		tcs_report_amount_cell(report, TCS_WORD_REVENUE, segment->revenue, fabs(report->revenue) < 10000);
		tcs_report_percent_cell(report, TCS_WORD_SHARE_OF_REVENUE, tables_share(segment->revenue, report->revenue));
		tcs_report_bar(report, tables_share(segment->revenue, richest));
		tcs_report_amount_cell(report, TCS_WORD_PER_CUSTOMER, tables_share(segment->revenue, segment->customers), true);
	}
	appendStringInfoString(page, "</tr>\n");
}

static void
tables_write_all_segments(TcsReport *report)
{
	StringInfo	page = report->page;
	TcsReportDrift all = {{report->totals.before, report->totals.after}};

	appendStringInfoString(page, "<tfoot><tr><th scope=\"row\">");
	tcs_report_word(report, TCS_WORD_ALL);
	appendStringInfoString(page, "</th>");
	tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, report->customers);
	tcs_report_change_cell(report, TCS_WORD_CHANGE, report->is_loaded ? &all : NULL);
	appendStringInfoString(page, "<td class=\"none\"></td><td class=\"none\"></td>");
	if (report->has_revenue)
	{
		tcs_report_amount_cell(report, TCS_WORD_REVENUE, report->revenue, fabs(report->revenue) < 10000);
		appendStringInfoString(page, "<td class=\"none\"></td><td class=\"none\"></td>");
		tcs_report_amount_cell(report, TCS_WORD_PER_CUSTOMER, tables_share(report->revenue, report->customers), true);
	}
	appendStringInfoString(page, "</tr></tfoot>\n");
}

void
tcs_report_segments(TcsReport *report)
{
	int64		most = 0;
	double		richest = 0;
	int64		customers = 0;

	for (int i = 0; i < report->current; i++)
	{
		most = Max(most, report->segments[i].customers);
		richest = Max(richest, report->segments[i].revenue);
	}
	tcs_report_section(report, "segments", TCS_WORD_SEGMENTS);
	tables_write_segments_head(report);
	appendStringInfoString(report->page, "<tbody>\n");
	for (int i = 0; i < report->current; i++)
	{
		if (report->segments[i].rank >= TCS_REPORT_ROWS)
			customers += report->segments[i].customers;
		else
			tables_write_segment(report, &report->segments[i], most, richest);
	}
	appendStringInfoString(report->page, "</tbody>\n");
	tables_write_all_segments(report);
	appendStringInfoString(report->page, "</table>\n");
	tcs_report_more(report, TCS_WORD_MORE_SEGMENTS_OF, report->current - TCS_REPORT_ROWS, customers);
	tcs_report_section_end(report);
}

/* The grid of recency and frequency, whose greatest number is given. */
static void
tables_write_grid(TcsReport *report, int64 cells[6][6], int64 most, int64 all)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<table class=\"heat\">\n");
	tcs_report_caption(report, TCS_WORD_SCORES, false);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_head(report, TCS_WORD_SCORE);
	for (int r = 1; r <= 5; r++)
		appendStringInfo(page, "<th scope=\"col\">R&#8239;%d</th>", r);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int f = 5; f >= 1; f--)
	{
		appendStringInfo(page, "<tr><th scope=\"row\">F&#8239;%d</th>", f);
		for (int r = 1; r <= 5; r++)
		{
			appendStringInfo(page, "<td class=\"h%d\" data-v=\"" INT64_FORMAT "\">",
							 tcs_report_step(cells[r][f], most), cells[r][f]);
			tcs_report_count(report, cells[r][f]);
			if (cells[r][f] > 0)
				appendStringInfo(page, "<small>%s</small>",
								 tcs_report_percent_part(report, tables_share(cells[r][f], all)));
			appendStringInfoString(page, "</td>");
		}
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n");
}

void
tcs_report_scores(TcsReport *report)
{
	int64		cells[6][6] = {0};
	int64		most = 0;
	int64		all = 0;
	int64		outside = 0;
	uint64		rows;

	rows = tcs_report_query(report,
							"SELECT r, f, count(*) FROM " TCS_REPORT_SOURCE " WHERE is_there GROUP BY r, f");
	for (uint64 row = 0; row < rows; row++)
	{
		int64		r = tcs_result_bigint(row, 1);
		int64		f = tcs_result_bigint(row, 2);
		int64		customers = tcs_result_bigint(row, 3);

		if (r >= 1 && r <= 5 && f >= 1 && f <= 5)
		{
			cells[r][f] = customers;
			most = Max(most, customers);
			all += customers;
		}
		else
			outside += customers;
	}

	tcs_report_section(report, "scores", TCS_WORD_SCORES);
	tcs_report_line(report, "p class=\"lead\"", TCS_WORD_SCORES_LEAD);
	tables_write_grid(report, cells, most, all);
	if (outside > 0)
		tcs_report_line_say(report, "p class=\"note\"", TCS_WORD_NO_SCORES,
							tcs_report_count_part(report, outside));
	tcs_report_section_end(report);
}

static void
tables_write_drift(TcsReport *report, const TcsReportSegment *segment)
{
	StringInfo	page = report->page;
	const TcsReportDrift *drift = segment->drift;
	double		change = 100 * (drift->share[1] - drift->share[0]);

	appendStringInfoString(page, "<tr><th scope=\"row\">");
	tcs_report_name(report, segment->name);
	appendStringInfoString(page, "</th>");
	tcs_report_count_cell(report, TCS_WORD_BEFORE, drift->customers[0]);
	tcs_report_percent_cell(report, TCS_WORD_SHARE_BEFORE, drift->share[0]);
	tcs_report_count_cell(report, TCS_WORD_NOW, drift->customers[1]);
	tcs_report_percent_cell(report, TCS_WORD_SHARE_NOW, drift->share[1]);
	tcs_report_cell(report, TCS_WORD_POINTS, "n", get_float8_nan());
	if (isnan(change))
		appendStringInfoString(page, "&#8211;");
	else
		appendStringInfo(page, "%s%.1f", change >= 0.05 ? "+" : change <= -0.05 ? "&#8722;" : "", fabs(change));
	appendStringInfoString(page, "</td>");
	tcs_report_cell(report, TCS_WORD_PSI, "n", drift->psi);
	if (isnan(drift->psi))
		appendStringInfoString(page, "&#8211;");
	else
		appendStringInfo(page, "%.4f", drift->psi);
	appendStringInfoString(page, "</td></tr>\n");
}

/* What a segment adds to the index, the most first; one that adds nothing last. */
static int
tables_compare_drifts(const ListCell *a, const ListCell *b)
{
	const TcsReportSegment *left = lfirst(a);
	const TcsReportSegment *right = lfirst(b);
	int			order = float8_cmp_internal(isnan(right->drift->psi) ? -1 : right->drift->psi,
											isnan(left->drift->psi) ? -1 : left->drift->psi);

	return order != 0 ? order : left < right ? -1 : left > right;
}

static void
tables_write_drifts(TcsReport *report, List *segments)
{
	static const TcsReportWord columns[] = {TCS_WORD_BEFORE, TCS_WORD_SHARE_BEFORE, TCS_WORD_NOW,
	TCS_WORD_SHARE_NOW, TCS_WORD_POINTS, TCS_WORD_PSI};
	StringInfo	page = report->page;
	ListCell   *cell;

	tcs_report_table(report, "drifts", TCS_WORD_DRIFT, true);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_head(report, TCS_WORD_SEGMENT);
	for (int i = 0; i < lengthof(columns); i++)
		tcs_report_number_head(report, columns[i]);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	foreach(cell, segments)
		tables_write_drift(report, lfirst(cell));
	appendStringInfoString(page, "</tbody>\n<tfoot><tr><th scope=\"row\">");
	tcs_report_word(report, TCS_WORD_ALL);
	appendStringInfoString(page, "</th>");
	for (int i = 1; i < lengthof(columns); i++)
		appendStringInfoString(page, "<td class=\"none\"></td>");
	tcs_report_cell(report, TCS_WORD_PSI, "n", get_float8_nan());
	appendStringInfo(page, "%.4f</td></tr></tfoot>\n</table>\n",
					 isnan(report->totals.psi) ? 0 : report->totals.psi);
}

void
tcs_report_drift(TcsReport *report)
{
	List	   *segments = NIL;
	int			rows;

	for (int i = 0; i < report->count; i++)
		if (report->segments[i].drift)
			segments = lappend(segments, &report->segments[i]);
	rows = list_length(segments);
	tcs_report_section(report, "drift", TCS_WORD_DRIFT);
	tcs_report_line_say(report, "p class=\"lead\"", TCS_WORD_DRIFT_LEAD, report->span);
	if (rows == 0)
		tcs_report_line(report, "p", TCS_WORD_NOBODY_COMPARED);
	else
	{
		if (rows > TCS_REPORT_ROWS)
		{
			list_sort(segments, tables_compare_drifts);
			segments = list_truncate(segments, TCS_REPORT_ROWS);
		}
		tables_write_drifts(report, segments);
		tcs_report_more(report, TCS_WORD_MORE_DRIFT, rows - TCS_REPORT_ROWS, -1);
	}
	tcs_report_section_end(report);
}

/* What the rule set says of itself; false: it is gone. */
static bool
tables_write_rule_set(TcsReport *report)
{
	StringInfo	page = report->page;

	tcs_report_query(report,
					 "SELECT (SELECT description FROM tcs.rule_set WHERE name = $5),\n"
					 "    (SELECT default_segment FROM tcs.rule_set WHERE name = $5),\n"
					 "    (SELECT count(*) FROM tcs.rule_set WHERE name = $5)");
	if (tcs_result_bigint(0, 3) == 0)
		return false;
	appendStringInfoString(page, "<p class=\"lead\">");
	if (!tcs_result_isnull(0, 1))
	{
		tcs_report_data(report, tcs_result_text(0, 1), TCS_REPORT_LONG);
		appendStringInfoString(page, "<br />\n");
	}
	if (tcs_result_isnull(0, 2))
		tcs_report_word(report, TCS_WORD_RULES_LEAD);
	else
		tcs_report_say(report, TCS_WORD_RULES_DEFAULT_LEAD,
					   tcs_report_name_part(report, tcs_result_text(0, 2)));
	appendStringInfoString(page, "</p>\n");
	return true;
}

static void
tables_write_rule(TcsReport *report, uint64 row)
{
	StringInfo	page = report->page;
	char	   *description = tcs_result_text(row, 4);

	appendStringInfo(page, "<tr><td class=\"n soft\">" INT64_FORMAT "</td><th scope=\"row\">",
					 tcs_result_bigint(row, 1));
	tcs_report_name(report, tcs_result_text(row, 2));
	appendStringInfoString(page, "</th>");
	tcs_report_cell(report, TCS_WORD_CONDITION, "rule", get_float8_nan());
	appendStringInfoString(page, "<code>");
	tcs_report_data(report, tcs_result_text(row, 3), TCS_REPORT_LONG);
	appendStringInfoString(page, "</code></td>");
	if (description != NULL && *description != '\0')
	{
		tcs_report_cell(report, TCS_WORD_ADVICE, "advice", get_float8_nan());
		tcs_report_data(report, description, TCS_REPORT_LONG);
		appendStringInfoString(page, "</td></tr>\n");
	}
	else
		appendStringInfoString(page, "<td class=\"none\"></td></tr>\n");
}

void
tcs_report_rules(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64		rows;

	tcs_report_section(report, "rules", TCS_WORD_RULES);
	if (!tables_write_rule_set(report))
	{
		tcs_report_line(report, "p", TCS_WORD_RULES_GONE);
		tcs_report_section_end(report);
		return;
	}
	rows = tcs_report_query(report,
							"SELECT priority::bigint, segment, condition, description\n"
							"FROM tcs.rule WHERE rule_set = $5 AND enabled ORDER BY priority");
	if (rows > 0)
	{
		tcs_report_table(report, "rules", TCS_WORD_RULES, false);
		appendStringInfoString(page, "<thead><tr>");
		tcs_report_number_head(report, TCS_WORD_NUMBER);
		tcs_report_head(report, TCS_WORD_SEGMENT);
		tcs_report_head(report, TCS_WORD_CONDITION);
		tcs_report_head(report, TCS_WORD_ADVICE);
		appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
		for (uint64 row = 0; row < Min(rows, TCS_REPORT_ROWS); row++)
			tables_write_rule(report, row);
		appendStringInfoString(page, "</tbody>\n</table>\n");
		tcs_report_more(report, TCS_WORD_MORE_RULES, (int64) rows - TCS_REPORT_ROWS, -1);
	}
	tcs_report_section_end(report);
}
