/*
 * report_charts.c
 *		Sections of a report that are drawn: Lorenz curve, sizes over time.
 */
#include "report/report.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

#define LORENZ_POINTS 100

/* the square the curve is drawn in, and the room around it for labels */
#define PLOT_LEFT 44
#define PLOT_TOP 12
#define PLOT_SIZE 300

static double
plot_x(double x)
{
	return PLOT_LEFT + PLOT_SIZE * x;
}

static double
plot_y(double y)
{
	return PLOT_TOP + PLOT_SIZE * (1 - y);
}

static void
draw_lorenz(TcsReport *report, const double *shares)
{
	StringInfo	page = report->page;
	double		top = 1 - shares[LORENZ_POINTS * 8 / 10];

	appendStringInfo(page,
					 "<svg class=\"plot\" viewBox=\"0 0 364 356\" role=\"img\" aria-labelledby=\"lorenz-what lorenz-how\">\n"
					 "<title id=\"lorenz-what\">Lorenz curve of revenue</title>\n"
					 "<desc id=\"lorenz-how\">The best 20 percent of the customers bring %.1f percent of the revenue.</desc>\n",
					 100 * top);
	for (int i = 0; i <= 4; i++)
	{
		appendStringInfo(page,
						 "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />"
						 "<line class=\"grid\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />"
						 "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%d</text>"
						 "<text x=\"%d\" y=\"%.1f\" text-anchor=\"end\">%d</text>\n",
						 plot_x(i / 4.0), plot_x(i / 4.0), plot_y(0), plot_y(1),
						 plot_x(0), plot_x(1), plot_y(i / 4.0), plot_y(i / 4.0),
						 plot_x(i / 4.0), PLOT_TOP + PLOT_SIZE + 17, 25 * i,
						 PLOT_LEFT - 8, plot_y(i / 4.0) + 4, 25 * i);
	}
	appendStringInfo(page,
					 "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">%% of the customers, the least valuable first</text>\n"
					 "<text x=\"11\" y=\"%.1f\" text-anchor=\"middle\" transform=\"rotate(-90 11 %.1f)\">%% of the revenue</text>\n",
					 plot_x(0.5), PLOT_TOP + PLOT_SIZE + 38, plot_y(0.5), plot_y(0.5));

	appendStringInfo(page, "<path class=\"area\" d=\"M%.1f %.1f", plot_x(0), plot_y(0));
	for (int i = 1; i <= LORENZ_POINTS; i++)
		appendStringInfo(page, "L%.1f %.1f", plot_x((double) i / LORENZ_POINTS), plot_y(shares[i]));
	appendStringInfo(page, "Z\" />\n<line class=\"even\" x1=\"%.1f\" y1=\"%.1f\" x2=\"%.1f\" y2=\"%.1f\" />\n"
					 "<path class=\"line\" d=\"M%.1f %.1f",
					 plot_x(0), plot_y(0), plot_x(1), plot_y(1), plot_x(0), plot_y(0));
	for (int i = 1; i <= LORENZ_POINTS; i++)
		appendStringInfo(page, "L%.1f %.1f", plot_x((double) i / LORENZ_POINTS), plot_y(shares[i]));
	appendStringInfo(page, "\" />\n<circle class=\"dot\" cx=\"%.1f\" cy=\"%.1f\" r=\"5\" />\n",
					 plot_x(0.8), plot_y(1 - top));
	appendStringInfo(page,
					 "<text class=\"say\" x=\"%d\" y=\"%d\">The best 20&#8239;%%</text>"
					 "<text class=\"say\" x=\"%d\" y=\"%d\">bring %.0f&#8239;%% of it</text>\n"
					 "</svg>\n",
					 PLOT_LEFT + 14, PLOT_TOP + 26, PLOT_LEFT + 14, PLOT_TOP + 43, 100 * top);
}

void
tcs_report_lorenz(TcsReport *report)
{
	StringInfo	page = report->page;
	double	   *shares = NULL;
	double		gini;
	bool		isnull;
	Datum		datum;

	/* what refunds outweigh counts as nothing: a curve of shares cannot fall */
	tcs_report_query(report,
					 psprintf("SELECT tcs.lorenz(value, %d), tcs.gini(value)\n"
							  "FROM (SELECT greatest(revenue::float8, 0) AS value FROM %s\n"
							  "    WHERE revenue::float8 < 'Infinity') AS v",
							  LORENZ_POINTS, report->source));
	gini = tcs_result_float(0, 2);
	datum = tcs_result(0, 1, FLOAT8ARRAYOID, &isnull);
	if (!isnull)
	{
		Datum	   *elements;
		int			count;

		tcs_array_elements(datum, FLOAT8OID, &elements, NULL, &count);
		if (count == LORENZ_POINTS + 1)
		{
			shares = palloc(count * sizeof(double));
			for (int i = 0; i < count; i++)
				shares[i] = DatumGetFloat8(elements[i]);
		}
	}

	tcs_report_section(report, "lorenz", "How revenue is spread");
	if (shares == NULL)
	{
		appendStringInfoString(page, "<p>There is no revenue yet.</p>\n</section>\n");
		return;
	}
	appendStringInfo(page, "<p class=\"lead\">The deeper the curve hangs below the dashed line, on which all would bring the same, "
					 "the fewer customers the revenue depends on. Gini coefficient: <span data-v=\"%.15g\">%.3f</span>.</p>\n",
					 gini, gini);
	draw_lorenz(report, shares);
	appendStringInfoString(page, "<details><summary>The curve in figures</summary>\n<table>\n"
						   "<thead><tr><th scope=\"col\" class=\"n\">The best &#8230; of the customers</th>"
						   "<th scope=\"col\" class=\"n\">bring &#8230; of the revenue</th></tr></thead>\n<tbody>\n");
	for (int percent = 1; percent <= 100; percent += percent < 5 ? 4 : percent < 20 ? 5 : 10)
	{
		appendStringInfo(page, "<tr><th scope=\"row\" class=\"n\">%d&#8239;%%</th>", percent);
		tcs_report_percent_cell(report, 1 - shares[LORENZ_POINTS - percent]);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></details>\n</section>\n");
}

/* One small chart for each segment: all in one would hide the small ones. */
static void
draw_sizes(TcsReport *report, const char *name, const int64 *sizes, int periods)
{
	StringInfo	page = report->page;
	int64		first = -1;
	int64		last = sizes[periods - 1];
	int64		most = 1;
	double		change;

	for (int i = 0; i < periods; i++)
	{
		if (first < 0 && sizes[i] > 0)
			first = sizes[i];
		most = Max(most, sizes[i]);
	}
	first = sizes[0] > 0 ? sizes[0] : Max(first, 0);
	change = first > 0 ? (double) last / first - 1 : get_float8_nan();

	appendStringInfoString(page, "<div class=\"one\"><h3>");
	tcs_report_name(report, name);
	appendStringInfoString(page, "</h3><p><b>");
	tcs_report_count(report, last);
	appendStringInfoString(page, "</b> ");
	if (!isnan(change) && fabs(change) >= 0.0005)
		appendStringInfo(page, "%s&#8239;%.1f&#8239;%%",
						 change > 0 ? "&#9650;" : "&#9660;", 100 * fabs(change));
	appendStringInfoString(page, "</p><svg viewBox=\"0 0 200 52\" preserveAspectRatio=\"none\" aria-hidden=\"true\">"
						   "<path class=\"area\" d=\"M0 51");
	for (int i = 0; i < periods; i++)
		appendStringInfo(page, "L%.1f %.1f", 200.0 * i / (periods - 1), 51 - 48.0 * sizes[i] / most);
	appendStringInfoString(page, "L200 51Z\" /><line class=\"base\" x1=\"0\" x2=\"200\" y1=\"51\" y2=\"51\" /><path class=\"line\" d=\"");
	for (int i = 0; i < periods; i++)
		appendStringInfo(page, "%s%.1f %.1f", i == 0 ? "M" : "L", 200.0 * i / (periods - 1), 51 - 48.0 * sizes[i] / most);
	appendStringInfoString(page, "\" /></svg></div>\n");
}

/* The same in figures. */
static void
list_sizes(TcsReport *report, int64 **sizes, char **starts, int periods)
{
	StringInfo	page = report->page;

	appendStringInfo(page, "<details><summary>The sizes in figures</summary>\n<div class=\"scroll\"><table>\n"
					 "<thead><tr><th scope=\"col\">%s of</th>",
					 strcmp(report->period, "day") == 0 ? "Day" :
					 strcmp(report->period, "week") == 0 ? "Week" :
					 strcmp(report->period, "month") == 0 ? "Month" : "Year");
	for (int i = 0; i < report->count; i++)
		if (sizes[i])
		{
			appendStringInfoString(page, "<th scope=\"col\" class=\"n\">");
			tcs_report_name(report, report->segments[i].name);
			appendStringInfoString(page, "</th>");
		}
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int period = 0; period < periods; period++)
	{
		appendStringInfo(page, "<tr><th scope=\"row\" class=\"nowrap\">%s</th>", starts[period]);
		for (int i = 0; i < report->count; i++)
			if (sizes[i])
				tcs_report_count_cell(report, sizes[i][period]);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div></details>\n");
}

void
tcs_report_sizes(TcsReport *report)
{
	StringInfo	page = report->page;
	uint64		rows;
	int			periods = 0;
	char	  **starts;
	int64	  **sizes;
	int			more = 0;

	/* up to the moment the report is as of: later periods are the clock's */
	rows = tcs_report_query(report,
							"SELECT to_char(period_start, 'YYYY-MM-DD'), segment, customers,\n"
							"    dense_rank() OVER (ORDER BY period_start)\n"
							"FROM tcs.segment_sizes($1, $6)\n"
							"WHERE period_start <= $4 AT TIME ZONE $7\n"
							"ORDER BY period_start, segment COLLATE \"C\"");
	if (rows > 0)
		periods = tcs_result_bigint(rows - 1, 4);
	tcs_report_section(report, "sizes", "Sizes over time");
	if (periods < 2)
	{
		appendStringInfo(page, "<p>The segmentation is too young: there is nothing to draw before the second %s.</p>\n</section>\n",
						 report->period);
		return;
	}

	for (uint64 row = 0; row < rows; row++)
		(void) tcs_report_find(report, tcs_result_text(row, 2));
	starts = palloc0(sizeof(char *) * periods);
	sizes = palloc0(sizeof(int64 *) * report->count);
	for (uint64 row = 0; row < rows; row++)
	{
		int			at = tcs_report_find(report, tcs_result_text(row, 2));
		int			period = tcs_result_bigint(row, 4) - 1;

		CHECK_FOR_INTERRUPTS();
		if (sizes[at] == NULL)
		{
			more += report->segments[at].rank >= TCS_REPORT_CHARTS;
			sizes[at] = palloc0(sizeof(int64) * periods);
		}
		sizes[at][period] = tcs_result_bigint(row, 3);
		if (starts[period] == NULL)
			starts[period] = tcs_result_text(row, 1);
	}

	appendStringInfo(page, "<p class=\"lead\">Customers at the end of each %s, from %s to now, each segment on a scale of its own that begins at 0; "
					 "the change is that since its first %s.</p>\n<div class=\"many\">\n",
					 report->period, starts[0], report->period);
	for (int i = 0; i < report->count; i++)
		if (report->segments[i].rank >= TCS_REPORT_CHARTS)
			sizes[i] = NULL;
		else if (sizes[i])
			draw_sizes(report, report->segments[i].name, sizes[i], periods);
	appendStringInfoString(page, "</div>\n");
	tcs_report_more(report, more, "segments, which are smaller", -1);
	list_sizes(report, sizes, starts, periods);
	appendStringInfoString(page, "</section>\n");
}
