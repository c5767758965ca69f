/*
 * report_tables.c
 *		Sections of a report that are tables: segments, scores, drift, rules.
 */
#include "report/report.h"

#include "utils/builtins.h"

static double
share_of_whole(double part, double whole)
{
	return whole > 0 ? part / whole : get_float8_nan();
}

void
tcs_report_segments(TcsReport *report)
{
	StringInfo	page = report->page;
	int64		most = 0;
	double		richest = 0;
	bool		cents = fabs(report->revenue) < 10000;
	int64		customers = 0;

	for (int i = 0; i < report->current; i++)
	{
		most = Max(most, report->segments[i].customers);
		richest = Max(richest, report->segments[i].revenue);
	}
	tcs_report_section(report, "segments", "Segments");
	if (report->customers == 0)
		appendStringInfoString(page, "<p class=\"lead\">There are no customers yet.</p>\n");
	else
		appendStringInfo(page, "<p class=\"lead\">How many customers are in each segment%s, in the order of the rules.</p>\n",
						 report->has_revenue ? ", and what they bring" : "");
	appendStringInfoString(page, "<div class=\"scroll\"><table class=\"segments\">\n<thead><tr><th scope=\"col\">Segment</th>"
						   "<th scope=\"col\" class=\"n\">Customers</th><th scope=\"col\" class=\"n\">Share</th><th class=\"bar\"></th>");
	if (report->has_revenue)
		appendStringInfoString(page, "<th scope=\"col\" class=\"n\">Revenue</th><th scope=\"col\" class=\"n\">Share</th>"
							   "<th class=\"bar\"></th><th scope=\"col\" class=\"n\">Per customer</th>");
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < report->current; i++)
	{
		TcsReportSegment *segment = &report->segments[i];

		if (segment->rank >= TCS_REPORT_ROWS)
		{
			customers += segment->customers;
			continue;
		}
		appendStringInfoString(page, "<tr><th scope=\"row\">");
		tcs_report_name(report, segment->name);
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, segment->customers);
		tcs_report_percent_cell(report, share_of_whole(segment->customers, report->customers));
		tcs_report_bar(report, share_of_whole(segment->customers, most));
		if (report->has_revenue)
		{
			tcs_report_amount_cell(report, segment->revenue, cents);
			tcs_report_percent_cell(report, share_of_whole(segment->revenue, report->revenue));
			tcs_report_bar(report, share_of_whole(segment->revenue, richest));
			tcs_report_amount_cell(report, share_of_whole(segment->revenue, segment->customers), true);
		}
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n<tfoot><tr><th scope=\"row\">All</th>");
	tcs_report_count_cell(report, report->customers);
	appendStringInfoString(page, "<td></td><td></td>");
	if (report->has_revenue)
	{
		tcs_report_amount_cell(report, report->revenue, cents);
		appendStringInfoString(page, "<td></td><td></td>");
		tcs_report_amount_cell(report, share_of_whole(report->revenue, report->customers), true);
	}
	appendStringInfoString(page, "</tr></tfoot>\n</table></div>\n");
	tcs_report_more(report, report->current - TCS_REPORT_ROWS, "segments, which are smaller", customers);
	appendStringInfoString(page, "</section>\n");
}

/* The grid of recency and frequency. */
void
tcs_report_scores(TcsReport *report)
{
	StringInfo	page = report->page;
	int64		cells[6][6] = {0};
	int64		most = 0;
	int64		all = 0;
	int64		outside = 0;
	uint64		rows;

	rows = tcs_report_query(report,
							psprintf("SELECT r::bigint, f::bigint, count(*) FROM %s GROUP BY 1, 2",
									 report->source));
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

	tcs_report_section(report, "scores", "Recency and frequency");
	appendStringInfoString(page, "<p class=\"lead\">Customers by their scores: to the right those who bought more recently, "
						   "upwards those who buy more often.</p>\n"
						   "<table class=\"heat\">\n<thead><tr><th scope=\"col\">Score</th>");
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
			{
				appendStringInfoString(page, "<small>");
				tcs_report_percent(report, share_of_whole(cells[r][f], all));
				appendStringInfoString(page, "</small>");
			}
			appendStringInfoString(page, "</td>");
		}
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table>\n");
	if (outside > 0)
	{
		appendStringInfoString(page, "<p class=\"note\">");
		tcs_report_count(report, outside);
		appendStringInfoString(page, " more have no scores from 1 to 5.</p>\n");
	}
	appendStringInfoString(page, "</section>\n");
}

static void
write_drift(TcsReport *report, const TcsReportSegment *segment)
{
	StringInfo	page = report->page;
	const TcsReportDrift *drift = segment->drift;
	double		change = 100 * (drift->share[1] - drift->share[0]);

	appendStringInfoString(page, "<tr><th scope=\"row\">");
	tcs_report_name(report, segment->name);
	appendStringInfoString(page, "</th>");
	for (int i = 0; i < 2; i++)
	{
		tcs_report_count_cell(report, drift->customers[i]);
		tcs_report_percent_cell(report, drift->share[i]);
	}
	if (isnan(change))
		appendStringInfoString(page, "<td class=\"n\">&#8211;</td><td class=\"n\">&#8211;</td></tr>\n");
	else
		appendStringInfo(page, "<td class=\"n\">%s%.1f</td><td class=\"n\" data-v=\"%.15g\">%.4f</td></tr>\n",
						 change >= 0.05 ? "+" : change <= -0.05 ? "&#8722;" : "",
						 fabs(change), drift->psi, drift->psi);
}

/* What a segment adds to the index, the most first; one that adds nothing last. */
static int
compare_drifts(const ListCell *a, const ListCell *b)
{
	const TcsReportSegment *left = lfirst(a);
	const TcsReportSegment *right = lfirst(b);
	int			order = float8_cmp_internal(isnan(right->drift->psi) ? -1 : right->drift->psi,
											isnan(left->drift->psi) ? -1 : left->drift->psi);

	return order != 0 ? order : left < right ? -1 : left > right;
}

void
tcs_report_drift(TcsReport *report)
{
	StringInfo	page = report->page;
	List	   *segments = NIL;
	int			rows;

	for (int i = 0; i < report->count; i++)
		if (report->segments[i].drift)
			segments = lappend(segments, &report->segments[i]);
	rows = list_length(segments);
	tcs_report_section(report, "drift", "Drift");
	appendStringInfoString(page, "<p class=\"lead\">How the shares of the segments changed ");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, ", and what each adds to the population stability index: "
						   "below 0.1 in all the segments are stable, above 0.25 it is another population.</p>\n");
	if (rows == 0)
	{
		appendStringInfoString(page, "<p>There was nobody to compare.</p>\n</section>\n");
		return;
	}
	if (rows > TCS_REPORT_ROWS)
	{
		list_sort(segments, compare_drifts);
		segments = list_truncate(segments, TCS_REPORT_ROWS);
	}
	appendStringInfoString(page, "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Segment</th>"
						   "<th scope=\"col\" class=\"n\">Before</th><th scope=\"col\" class=\"n\">Share</th>"
						   "<th scope=\"col\" class=\"n\">After</th><th scope=\"col\" class=\"n\">Share</th>"
						   "<th scope=\"col\" class=\"n\">Change in points</th><th scope=\"col\" class=\"n\">PSI</th></tr></thead>\n<tbody>\n");
	for (int i = 0; i < list_length(segments); i++)
		write_drift(report, list_nth(segments, i));
	appendStringInfo(page, "</tbody>\n<tfoot><tr><th scope=\"row\">All</th><td></td><td></td><td></td><td></td><td></td>"
					 "<td class=\"n\">%.4f</td></tr></tfoot>\n</table></div>\n",
					 isnan(report->psi) ? 0 : report->psi);
	tcs_report_more(report, rows - TCS_REPORT_ROWS, "segments, which add less", -1);
	appendStringInfoString(page, "</section>\n");
}

void
tcs_report_rules(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64		rows;

	tcs_report_section(report, "rules", "Rules");
	tcs_report_query(report,
					 "SELECT (SELECT description FROM tcs.rule_set WHERE name = $5),\n"
					 "    (SELECT default_segment FROM tcs.rule_set WHERE name = $5),\n"
					 "    (SELECT count(*) FROM tcs.rule_set WHERE name = $5)");
	if (tcs_result_bigint(0, 3) == 0)
	{
		appendStringInfoString(page, "<p>The rule set is gone.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(page, "<p class=\"lead\">");
	if (!tcs_result_isnull(0, 1))
	{
		tcs_report_data(report, tcs_result_text(0, 1), TCS_REPORT_WORDS);
		appendStringInfoString(page, "<br />\n");
	}
	appendStringInfoString(page, "The first rule that is true of a customer decides; who meets none is ");
	if (tcs_result_isnull(0, 2))
		appendStringInfoString(page, "in no segment");
	else
	{
		appendStringInfoString(page, "in the segment ");
		tcs_report_name(report, tcs_result_text(0, 2));
	}
	appendStringInfoString(page, ".</p>\n");

	rows = tcs_report_query(report,
							"SELECT priority::bigint, segment, condition, description\n"
							"FROM tcs.rule WHERE rule_set = $5 AND enabled ORDER BY priority");
	appendStringInfoString(page, "<div class=\"scroll\"><table class=\"rules\">\n<thead><tr><th scope=\"col\" class=\"n\">No.</th>"
						   "<th scope=\"col\">Segment</th><th scope=\"col\">Condition</th><th scope=\"col\">Advice</th></tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < Min(rows, TCS_REPORT_ROWS); row++)
	{
		char	   *description = tcs_result_text(row, 4);

		appendStringInfo(page, "<tr><td class=\"n soft\">" INT64_FORMAT "</td><th scope=\"row\">",
						 tcs_result_bigint(row, 1));
		tcs_report_name(report, tcs_result_text(row, 2));
		appendStringInfoString(page, "</th><td><code>");
		tcs_report_data(report, tcs_result_text(row, 3), TCS_REPORT_WORDS);
		appendStringInfoString(page, "</code></td><td class=\"soft\">");
		if (description)
			tcs_report_data(report, description, TCS_REPORT_WORDS);
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n");
	tcs_report_more(report, (int64) rows - TCS_REPORT_ROWS, "rules", -1);
	appendStringInfoString(page, "</section>\n");
}
