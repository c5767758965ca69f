/*
 * report_tables.c
 *		Sections of a report that are tables: segments, scores, drift, rules.
 */
#include "report/report.h"

#include "utils/builtins.h"

static double
share(double part, double whole)
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

	for (int i = 0; i < report->count; i++)
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
	for (int i = 0; i < report->count; i++)
	{
		TcsReportSegment *segment = &report->segments[i];

		appendStringInfoString(page, "<tr><th scope=\"row\">");
		tcs_report_name(report, segment->name);
		appendStringInfoString(page, "</th>");
		tcs_report_count_cell(report, segment->customers);
		tcs_report_percent_cell(report, share(segment->customers, report->customers));
		tcs_report_bar(report, share(segment->customers, most));
		if (report->has_revenue)
		{
			tcs_report_amount_cell(report, segment->revenue, cents);
			tcs_report_percent_cell(report, share(segment->revenue, report->revenue));
			tcs_report_bar(report, share(segment->revenue, richest));
			tcs_report_amount_cell(report, share(segment->revenue, segment->customers), true);
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
		tcs_report_amount_cell(report, share(report->revenue, report->customers), true);
	}
	appendStringInfoString(page, "</tr></tfoot>\n</table></div>\n</section>\n");
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
		int64		r = tcs_report_bigint(row, 1);
		int64		f = tcs_report_bigint(row, 2);
		int64		customers = tcs_report_bigint(row, 3);

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
				tcs_report_percent(report, share(cells[r][f], all));
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

/* The rows of a result, whose first column is a segment, as the segments are listed. */
static uint64 *
in_order(TcsReport *report, uint64 rows)
{
	uint64	   *order = palloc(sizeof(uint64) * (rows + 1));
	int			done = 0;

	for (uint64 row = 0; row < rows; row++)
		(void) tcs_report_find(report, tcs_report_string(row, 1));
	for (int i = 0; i < report->count; i++)
		for (uint64 row = 0; row < rows; row++)
		{
			CHECK_FOR_INTERRUPTS();
			if (tcs_report_find(report, tcs_report_string(row, 1)) == i)
				order[done++] = row;
		}
	return order;
}

void
tcs_report_drift(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64	   *order;
	uint64		rows;
	double		total = 0;

	rows = tcs_report_query(report,
							"SELECT segment, from_customers, to_customers, from_share, to_share, psi\n"
							"FROM tcs.segment_drift($1, $2, $3)");
	order = in_order(report, rows);
	tcs_report_section(report, "drift", "Drift");
	appendStringInfoString(page, "<p class=\"lead\">How the shares of the segments changed ");
	tcs_report_text(report, report->span);
	appendStringInfoString(page, ", and what each adds to the population stability index: "
						   "below 0.1 in all the segments are stable, above 0.25 it is another population.</p>\n");
	if (rows == 0)
		appendStringInfoString(page, "<p>There was nobody to compare.</p>\n");
	else
	{
		appendStringInfoString(page, "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">Segment</th>"
							   "<th scope=\"col\" class=\"n\">Before</th><th scope=\"col\" class=\"n\">Share</th>"
							   "<th scope=\"col\" class=\"n\">After</th><th scope=\"col\" class=\"n\">Share</th>"
							   "<th scope=\"col\" class=\"n\">Change in points</th><th scope=\"col\" class=\"n\">PSI</th></tr></thead>\n<tbody>\n");
		for (int i = 0; i < rows; i++)
		{
			uint64		row = order[i];
			double		change = 100 * (tcs_report_float(row, 5) - tcs_report_float(row, 4));
			double		psi = tcs_report_float(row, 6);

			appendStringInfoString(page, "<tr><th scope=\"row\">");
			tcs_report_name(report, tcs_report_string(row, 1));
			appendStringInfoString(page, "</th>");
			tcs_report_count_cell(report, tcs_report_bigint(row, 2));
			tcs_report_percent_cell(report, tcs_report_float(row, 4));
			tcs_report_count_cell(report, tcs_report_bigint(row, 3));
			tcs_report_percent_cell(report, tcs_report_float(row, 5));
			if (isnan(change))
				appendStringInfoString(page, "<td class=\"n\">&#8211;</td><td class=\"n\">&#8211;</td></tr>\n");
			else
			{
				appendStringInfo(page, "<td class=\"n\">%s%.1f</td><td class=\"n\" data-v=\"%.15g\">%.4f</td></tr>\n",
								 change >= 0.05 ? "+" : change <= -0.05 ? "&#8722;" : "",
								 fabs(change), psi, psi);
				total += psi;
			}
		}
		appendStringInfo(page, "</tbody>\n<tfoot><tr><th scope=\"row\">All</th><td></td><td></td><td></td><td></td><td></td>"
						 "<td class=\"n\">%.4f</td></tr></tfoot>\n</table></div>\n", total);
	}
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
	if (tcs_report_bigint(0, 3) == 0)
	{
		appendStringInfoString(page, "<p>The rule set is gone.</p>\n</section>\n");
		return;
	}
	appendStringInfoString(page, "<p class=\"lead\">");
	if (!tcs_report_isnull(0, 1))
	{
		tcs_report_text(report, tcs_report_string(0, 1));
		appendStringInfoString(page, "<br />\n");
	}
	appendStringInfoString(page, "The first rule that is true of a customer decides; who meets none is ");
	if (tcs_report_isnull(0, 2))
		appendStringInfoString(page, "in no segment");
	else
	{
		appendStringInfoString(page, "in the segment ");
		tcs_report_name(report, tcs_report_string(0, 2));
	}
	appendStringInfoString(page, ".</p>\n");

	rows = tcs_report_query(report,
							"SELECT priority::bigint, segment, condition, description\n"
							"FROM tcs.rule WHERE rule_set = $5 AND enabled ORDER BY priority");
	appendStringInfoString(page, "<div class=\"scroll\"><table class=\"rules\">\n<thead><tr><th scope=\"col\" class=\"n\">No.</th>"
						   "<th scope=\"col\">Segment</th><th scope=\"col\">Condition</th><th scope=\"col\">Advice</th></tr></thead>\n<tbody>\n");
	for (uint64 row = 0; row < rows; row++)
	{
		char	   *description = tcs_report_string(row, 4);

		appendStringInfo(page, "<tr><td class=\"n soft\">" INT64_FORMAT "</td><th scope=\"row\">",
						 tcs_report_bigint(row, 1));
		tcs_report_name(report, tcs_report_string(row, 2));
		appendStringInfoString(page, "</th><td><code>");
		tcs_report_text(report, tcs_report_string(row, 3));
		appendStringInfoString(page, "</code></td><td class=\"soft\">");
		if (description)
			tcs_report_text(report, description);
		appendStringInfoString(page, "</td></tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div>\n</section>\n");
}
