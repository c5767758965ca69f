/*
 * report_plot.c
 *		Drawings with two axes, of lines and bars.
 *
 * Figures are as wide as their digits, roughly: there is nobody to ask how wide a
 * font is.  Words never stand on their side.
 */
#include "report/report_plot.h"

#define DIGIT_WIDTH 7

double
tcs_plot_step(double range, int most)
{
	double		step;

	if (!(range > 0) || isinf(range))
		return 1;
	step = pow(10, floor(log10(range / most)));
	if (range / step > most * 5)
		return step * 10;
	if (range / step > most * 2)
		return step * 5;
	if (range / step > most)
		return step * 2;
	return step;
}

double
tcs_plot_x(const TcsPlot *plot, double x)
{
	return plot->left + (plot->right - plot->left) * (x - plot->x[0]) / (plot->x[1] - plot->x[0]);
}

double
tcs_plot_y(const TcsPlot *plot, double y)
{
	return plot->bottom - (plot->bottom - plot->top) * (y - plot->y[0]) / (plot->y[1] - plot->y[0]);
}

/* How what is drawn looks: in the order in which it is told. */
static void
plot_write_key(TcsReport *report, bool of_lines)
{
	StringInfo	page = report->page;

	appendStringInfo(page, "<p class=\"key\"><span class=\"%s\">", of_lines ? "by-line" : "by-bar");
	tcs_report_word(report, TCS_WORD_SEEN);
	appendStringInfo(page, "</span><span class=\"%s model\">", of_lines ? "by-line" : "by-bar");
	tcs_report_word(report, TCS_WORD_BY_THE_MODEL);
	appendStringInfoString(page, "</span></p>\n");
}

void
tcs_plot_begin(TcsReport *report, TcsPlot *plot, const char *id, const char *heading,
			   bool of_lines, const char *title, const char *description)
{
	StringInfo	page = report->page;

	memset(plot, 0, sizeof(TcsPlot));
	plot->report = report;
	plot->title = title;
	appendStringInfo(page, "<figure id=\"%s\"><figcaption id=\"%s-what\">%s</figcaption>\n", id, id, heading);
	plot_write_key(report, of_lines);
	appendStringInfo(page,
					 "<svg class=\"chart\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"%s-what %s-how\">\n"
					 "<desc id=\"%s-how\">%s</desc>\n",
					 TCS_PLOT_WIDTH, TCS_PLOT_HEIGHT - (title ? 0 : TCS_PLOT_TITLE), id, id, id, description);
}

void
tcs_plot_end(TcsPlot *plot, const char *note)
{
	appendStringInfoString(plot->report->page, "</svg>\n");
	if (note != NULL)
		appendStringInfo(plot->report->page, "<p class=\"note\">%s</p>\n", note);
}

/* A figure of the axis of y. */
static char *
plot_figure(TcsReport *report, double value, double step, TcsPlotFigures figures)
{
	int			start = report->page->len;
	double		shown = figures == TCS_PLOT_PERCENT ? 100 * value : value;
	double		by = figures == TCS_PLOT_PERCENT ? 100 * step : step;
	int			digits = by >= 1 ? 0 : (int) ceil(-log10(by) - 1e-9);
	char	   *words = psprintf("%.*f", Min(digits, 6), shown);

	tcs_report_figure(report, words);
	if (figures == TCS_PLOT_PERCENT)
		appendStringInfoChar(report->page, '%');
	return tcs_report_take(report, start);
}

/* How many characters that is as it is shown. */
static int
plot_length(const char *words)
{
	int			length = 0;

	for (const char *at = words; *at != '\0'; at++, length++)
		if (*at == '&')
			at += strcspn(at, ";");
	return length;
}

void
tcs_plot_say(TcsPlot *plot, const char *class, const char *anchor, double x, double y, const char *words)
{
	appendStringInfo(plot->report->page, "<text%s%s%s x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>\n",
					 class ? " class=\"" : "", class ? class : "", class ? "\"" : "", x, y, anchor, words);
}

void
tcs_plot_axes(TcsPlot *plot, double x_least, double x_most, double y_least, double y_most,
			  TcsPlotFigures figures)
{
	StringInfo	page = plot->report->page;
	double		step = tcs_plot_step(y_most - Min(y_least, 0), 4);
	int			first = (int) floor(Min(y_least, 0) / step + 1e-9);
	int			last = Max((int) ceil(y_most / step - 1e-9), first + 1);
	int			longest = 1;

	for (int i = first; i <= last; i++)
		longest = Max(longest, plot_length(plot_figure(plot->report, i * step, step, figures)));
	plot->left = 14 + longest * DIGIT_WIDTH;
	plot->right = TCS_PLOT_WIDTH - 12;
	plot->top = 24;
	plot->bottom = TCS_PLOT_HEIGHT - 26 - TCS_PLOT_TITLE;
	plot->x[0] = x_least;
	plot->x[1] = x_most > x_least ? x_most : x_least + 1;
	plot->y[0] = first * step;
	plot->y[1] = last * step;
	for (int i = first; i <= last; i++)
		appendStringInfo(page,
						 "<line class=\"%s\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />"
						 "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"end\">%s</text>\n",
						 i == 0 ? "zero" : "grid", plot->left, plot->right,
						 tcs_plot_y(plot, i * step), tcs_plot_y(plot, i * step),
						 plot->left - 7, tcs_plot_y(plot, i * step) + 4,
						 plot_figure(plot->report, i * step, step, figures));
	if (plot->title != NULL)
		tcs_plot_say(plot, NULL, "middle", (plot->left + plot->right) / 2, plot->bottom + 38, plot->title);
}

void
tcs_plot_x_label(TcsPlot *plot, double x, const char *words)
{
	tcs_plot_say(plot, NULL, "middle", tcs_plot_x(plot, x), plot->bottom + 17, words);
}

static void
plot_points(TcsPlot *plot, const double *x, const double *y, int count, char first)
{
	for (int i = 0; i < count; i++)
		appendStringInfo(plot->report->page, "%c%.1f %.1f", i == 0 ? first : 'L',
						 tcs_plot_x(plot, x[i]), tcs_plot_y(plot, y[i]));
}

void
tcs_plot_line(TcsPlot *plot, const char *class, const double *x, const double *y, int count)
{
	if (count == 0)
		return;
	appendStringInfo(plot->report->page, "<path class=\"%s\" d=\"", class);
	plot_points(plot, x, y, count, 'M');
	appendStringInfoString(plot->report->page, "\" />\n");
}

void
tcs_plot_area(TcsPlot *plot, const double *x, const double *y, int count)
{
	StringInfo	page = plot->report->page;

	if (count == 0)
		return;
	appendStringInfo(page, "<path class=\"area\" d=\"M%.1f %.1f", tcs_plot_x(plot, x[0]), tcs_plot_y(plot, 0));
	plot_points(plot, x, y, count, 'L');
	appendStringInfo(page, "L%.1f %.1fZ\" />\n", tcs_plot_x(plot, x[count - 1]), tcs_plot_y(plot, 0));
}

void
tcs_plot_bar(TcsPlot *plot, const char *class, double x, double shift, double width, double y)
{
	double		from = tcs_plot_y(plot, Max(y, 0));
	double		to = tcs_plot_y(plot, Min(y, 0));

	appendStringInfo(plot->report->page,
					 "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" />\n",
					 class, tcs_plot_x(plot, x) + shift, from, width, to - from);
}

void
tcs_plot_whisker(TcsPlot *plot, double x, double low, double high)
{
	appendStringInfo(plot->report->page,
					 "<line class=\"whisker\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />\n",
					 tcs_plot_x(plot, x), tcs_plot_x(plot, x), tcs_plot_y(plot, low), tcs_plot_y(plot, high));
}

void
tcs_plot_dot(TcsPlot *plot, const char *class, double x, double y)
{
	appendStringInfo(plot->report->page, "<circle class=\"%s\" cx=\"%.1f\" cy=\"%.1f\" r=\"4.5\" />\n",
					 class, tcs_plot_x(plot, x), tcs_plot_y(plot, y));
}
