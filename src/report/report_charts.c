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
#define PLOT_TOP 28
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
charts_draw_grid(TcsReport *report)
{
	StringInfo	page = report->page;

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
	/* not along its axis: Chinese would lie on its side */
	appendStringInfo(page, "<text x=\"%.1f\" y=\"%d\" text-anchor=\"middle\">", plot_x(0.5), PLOT_TOP + PLOT_SIZE + 38);
	tcs_report_word(report, TCS_WORD_LORENZ_X);
	appendStringInfo(page, "</text>\n<text x=\"%d\" y=\"%d\">", 6, PLOT_TOP - 14);
	tcs_report_word(report, TCS_WORD_LORENZ_Y);
	appendStringInfoString(page, "</text>\n");
}

static void
charts_draw_lorenz(TcsReport *report, const double *shares)
{
	StringInfo	page = report->page;
	double		top = 1 - shares[LORENZ_POINTS * 8 / 10];

	appendStringInfoString(page, "<svg class=\"plot\" viewBox=\"0 0 364 372\" role=\"img\" aria-labelledby=\"lorenz-what lorenz-how\">\n"
						   "<title id=\"lorenz-what\">");
	tcs_report_word(report, TCS_WORD_LORENZ_TITLE);
	appendStringInfoString(page, "</title>\n<desc id=\"lorenz-how\">");
	tcs_report_say(report, TCS_WORD_LORENZ_DESCRIPTION, psprintf("%.1f", 100 * top));
	appendStringInfoString(page, "</desc>\n");
	charts_draw_grid(report);
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
	appendStringInfo(page, "<text class=\"say\" x=\"%d\" y=\"%d\">", PLOT_LEFT + 14, PLOT_TOP + 26);
	tcs_report_word(report, TCS_WORD_BEST_FIFTH);
	appendStringInfo(page, "</text><text class=\"say\" x=\"%d\" y=\"%d\">", PLOT_LEFT + 14, PLOT_TOP + 43);
	tcs_report_say(report, TCS_WORD_BRING, psprintf("%.0f%%", 100 * top));
	appendStringInfoString(page, "</text>\n</svg>\n");
}

/* The shares of revenue of the least valuable customers, and the Gini coefficient; or NULL. */
static double *
charts_read_lorenz(TcsReport *report, double *gini)
{
	double	   *shares = NULL;
	Datum	   *elements;
	int			count;
	bool		isnull;
	Datum		datum;

	/* what refunds outweigh counts as nothing: a curve of shares cannot fall */
	tcs_report_query(report,
					 psprintf("SELECT tcs.lorenz(value, %d), tcs.gini(value)\n"
							  "FROM (SELECT greatest(revenue::float8, 0) AS value FROM " TCS_REPORT_SOURCE "\n"
							  "    WHERE is_there AND revenue::float8 < 'Infinity') AS v",
							  LORENZ_POINTS));
	*gini = tcs_result_float(0, 2);
	datum = tcs_result(0, 1, FLOAT8ARRAYOID, &isnull);
	if (isnull)
		return NULL;
	tcs_array_elements(datum, FLOAT8OID, &elements, NULL, &count);
	if (count != LORENZ_POINTS + 1)
		return NULL;
	shares = palloc(count * sizeof(double));
	for (int i = 0; i < count; i++)
		shares[i] = DatumGetFloat8(elements[i]);
	return shares;
}

void
tcs_report_lorenz(TcsReport *report)
{
	StringInfo	page = report->page;
	double		gini;
	double	   *shares = charts_read_lorenz(report, &gini);

	tcs_report_section(report, "lorenz", TCS_WORD_LORENZ);
	if (shares == NULL)
	{
		tcs_report_line(report, "p", TCS_WORD_NO_REVENUE);
		tcs_report_section_end(report);
		return;
	}
	tcs_report_line_say(report, "p class=\"lead\"", TCS_WORD_LORENZ_LEAD,
						psprintf("<span data-v=\"%.15g\">%.3f</span>", gini, gini));
	charts_draw_lorenz(report, shares);
	appendStringInfoString(page, "<details>");
	tcs_report_line(report, "summary", TCS_WORD_CURVE_FIGURES);
	appendStringInfoString(page, "<table>\n");
	tcs_report_caption(report, TCS_WORD_LORENZ, false);
	appendStringInfoString(page, "<thead><tr>");
	tcs_report_number_head(report, TCS_WORD_BEST_OF);
	tcs_report_number_head(report, TCS_WORD_BRING_OF);
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int percent = 1; percent <= 100; percent += percent < 5 ? 4 : percent < 20 ? 5 : 10)
	{
		appendStringInfo(page, "<tr><th scope=\"row\" class=\"n\">%d%%</th>", percent);
		tcs_report_percent_cell(report, TCS_WORD_BRING_OF, 1 - shares[LORENZ_POINTS - percent]);
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></details>\n");
	tcs_report_section_end(report);
}

/* The sizes of all segments at the ends of some periods, as the segments are listed. */
typedef struct Sizes
{
	int			periods;
	char	  **starts;
	int64	  **sizes;			/* by segment; NULL: there is nothing of it */
	int			more;			/* segments that are too small to be shown */
} Sizes;

static void
charts_draw_curve(TcsReport *report, const int64 *sizes, int periods)
{
	StringInfo	page = report->page;
	int64		most = 1;

	for (int i = 0; i < periods; i++)
		most = Max(most, sizes[i]);
	appendStringInfoString(page, "<path class=\"area\" d=\"M0 51");
	for (int i = 0; i < periods; i++)
		appendStringInfo(page, "L%.1f %.1f", 200.0 * i / (periods - 1), 51 - 48.0 * sizes[i] / most);
	appendStringInfoString(page, "L200 51Z\" /><line class=\"base\" x1=\"0\" x2=\"200\" y1=\"51\" y2=\"51\" /><path class=\"line\" d=\"");
	for (int i = 0; i < periods; i++)
		appendStringInfo(page, "%s%.1f %.1f", i == 0 ? "M" : "L", 200.0 * i / (periods - 1), 51 - 48.0 * sizes[i] / most);
	appendStringInfoString(page, "\" />");
}

/* One small chart for each segment: all in one would hide the small ones. */
static void
charts_draw_sizes(TcsReport *report, const TcsReportSegment *segment, const int64 *sizes, const Sizes *all)
{
	StringInfo	page = report->page;
	int			last = all->periods - 1;

	appendStringInfoString(page, "<div class=\"one\"><h3>");
	tcs_report_name(report, segment->name);
	appendStringInfoString(page, "</h3><p><b>");
	tcs_report_count(report, sizes[last]);
	appendStringInfoString(page, "</b> ");
	if (segment->drift && segment->drift->customers[0] != segment->drift->customers[1])
		tcs_report_change(report, segment->drift->customers[0], segment->drift->customers[1]);
	appendStringInfoString(page, "</p><svg viewBox=\"0 0 200 52\" preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
	tcs_report_say(report, TCS_WORD_SIZE_CHART, psprintf(INT64_FORMAT, sizes[0]), all->starts[0],
				   psprintf(INT64_FORMAT, sizes[last]), all->starts[last]);
	appendStringInfoString(page, "\">");
	charts_draw_curve(report, sizes, all->periods);
	appendStringInfoString(page, "</svg></div>\n");
}

static char *
charts_unit_part(TcsReport *report)
{
	return tcs_report_word_part(report,
								strcmp(report->unit, "day") == 0 ? TCS_WORD_DAY :
								strcmp(report->unit, "week") == 0 ? TCS_WORD_WEEK :
								strcmp(report->unit, "month") == 0 ? TCS_WORD_MONTH : TCS_WORD_YEAR);
}

/* The same in figures. */
static void
charts_list_sizes(TcsReport *report, const Sizes *all)
{
	StringInfo	page = report->page;

	appendStringInfoString(page, "<details>");
	tcs_report_line(report, "summary", TCS_WORD_SIZES_FIGURES);
	appendStringInfoString(page, "<div class=\"scroll\"><table>\n<thead><tr><th scope=\"col\">");
	tcs_report_say(report, TCS_WORD_BEGINS, charts_unit_part(report));
	appendStringInfoString(page, "</th>");
	for (int i = 0; i < report->count; i++)
		if (all->sizes[i])
			appendStringInfo(page, "<th scope=\"col\" class=\"n\">%s</th>",
							 tcs_report_name_part(report, report->segments[i].name));
	appendStringInfoString(page, "</tr></thead>\n<tbody>\n");
	for (int period = 0; period < all->periods; period++)
	{
		appendStringInfo(page, "<tr><th scope=\"row\" class=\"nowrap\">%s</th>", all->starts[period]);
		for (int i = 0; i < report->count; i++)
			if (all->sizes[i])
			{
				appendStringInfo(page, "<td class=\"n\" data-v=\"" INT64_FORMAT "\">", all->sizes[i][period]);
				tcs_report_count(report, all->sizes[i][period]);
				appendStringInfoString(page, "</td>");
			}
		appendStringInfoString(page, "</tr>\n");
	}
	appendStringInfoString(page, "</tbody>\n</table></div></details>\n");
}

/* Up to the moment the report is as of: later periods are the clock's. */
static void
charts_read_sizes(TcsReport *report, Sizes *all)
{
	uint64		rows;

	rows = tcs_report_query(report,
							"SELECT to_char(period_start, 'YYYY-MM-DD'), segment, customers,\n"
							"    dense_rank() OVER (ORDER BY period_start)\n"
							"FROM tcs.segment_sizes($1, $6)\n"
							"WHERE period_start <= $3 AT TIME ZONE $7\n"
							"ORDER BY period_start, segment COLLATE \"C\"");
	if (rows > 0)
		all->periods = tcs_result_bigint(rows - 1, 4);
	for (uint64 row = 0; row < rows; row++)
		(void) tcs_report_find(report, tcs_result_text(row, 2));
	all->starts = palloc0(sizeof(char *) * (all->periods + 1));
	all->sizes = palloc0(sizeof(int64 *) * (report->count + 1));
	for (uint64 row = 0; row < rows; row++)
	{
		int			at = tcs_report_find(report, tcs_result_text(row, 2));
		int			period = tcs_result_bigint(row, 4) - 1;

		CHECK_FOR_INTERRUPTS();
		if (all->starts[period] == NULL)
			all->starts[period] = tcs_result_text(row, 1);
		if (report->segments[at].rank >= TCS_REPORT_CHARTS)
		{
			all->more += period == all->periods - 1;
			continue;
		}
		if (all->sizes[at] == NULL)
			all->sizes[at] = palloc0(sizeof(int64) * all->periods);
		all->sizes[at][period] = tcs_result_bigint(row, 3);
	}
}

void
tcs_report_sizes(TcsReport *report)
{
	StringInfo	page = report->page;
	Sizes		all = {0};

	charts_read_sizes(report, &all);
	/* before the second period there is nothing to draw */
	if (all.periods < 2)
		return;
	tcs_report_section(report, "sizes", TCS_WORD_SIZES);
	tcs_report_line_say(report, "p class=\"lead\"", TCS_WORD_SIZES_LEAD, charts_unit_part(report),
						tcs_report_day(report, all.starts[0]), report->span);
	appendStringInfoString(page, "<div class=\"many\">\n");
	for (int i = 0; i < report->count; i++)
		if (all.sizes[i])
			charts_draw_sizes(report, &report->segments[i], all.sizes[i], &all);
	appendStringInfoString(page, "</div>\n");
	tcs_report_more(report, TCS_WORD_MORE_SEGMENTS, all.more, -1);
	charts_list_sizes(report, &all);
	tcs_report_section_end(report);
}
