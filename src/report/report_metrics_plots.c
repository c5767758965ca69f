/*
 * report_metrics_plots.c
 *		Sections of a page about a metrics view that are drawn: what the model
 *		expected, and what was seen.
 *
 * What is expected of customers before anything is known of them depends on how
 * long ago they came alone: it is worked out once for a number of days, however
 * many customers there are.
 */
#include "report/report_metrics.h"

#include "utils/builtins.h"
#include "utils/datetime.h"

#include "math/btyd_predict.h"
#include "report/report_plot.h"

/* A drawing has at most so many points, and an axis so many labels. */
#define MOST_PERIODS	160
#define MOST_LABELS		7

/* Half the width of a 95 % interval, in standard deviations. */
#define MARGIN	1.96

/* Repeat purchases by period: j from 0 on, each with its end. */
typedef struct Tracking
{
	int			step;			/* days of a period */
	int			count;			/* of periods */
	DateADT		begin;
	double	   *end;			/* days since the begin, from 0 on: one more
								 * than periods */
	double	   *seen;			/* until then */
	double	   *expected;
} Tracking;

/* What a model expects of a customer who has just come. */
typedef struct NewCustomer
{
	TcsCustomer customer;
	double	   *expected;		/* purchases within so many days; NaN: not yet */
	int			days;
} NewCustomer;

static void
plots_new_customer(TcsReportMetrics *metrics, NewCustomer *new)
{
	tcs_btyd_customer(&metrics->drawn, NULL, 0, 0, 0, &new->customer);
	new->days = metrics->until - metrics->first.days[0].day;
	new->expected = palloc_extended((new->days + 1) * sizeof(double), MCXT_ALLOC_HUGE);
	for (int i = 0; i <= new->days; i++)
		new->expected[i] = get_float8_nan();
}

static double
plots_expected(NewCustomer *new, int days)
{
	if (isnan(new->expected[days]))
	{
		CHECK_FOR_INTERRUPTS();
		new->expected[days] = new->customer.p_alive * tcs_btyd_expected(&new->customer, days);
	}
	return new->expected[days];
}

/* A whole number of periods until the cut, and after it. */
static void
tracking_begin(const TcsReportMetrics *metrics, Tracking *tracking)
{
	static const int step[] = {1, 7, 28, 91, 364, 3640};
	DateADT		first = metrics->first.days[0].day;
	int			span = metrics->until - first + 1;
	int			before;
	int			chosen = 0;

	while (chosen + 1 < lengthof(step) && span / step[chosen] > (chosen == 0 ? 62 : MOST_PERIODS))
		chosen++;
	tracking->step = step[chosen];
	before = (metrics->cut - first) / tracking->step + 1;
	tracking->begin = metrics->cut - before * tracking->step;
	tracking->count = before + (metrics->until - metrics->cut + tracking->step - 1) / tracking->step;
	tracking->end = palloc0((tracking->count + 1) * sizeof(double));
	tracking->seen = palloc0((tracking->count + 1) * sizeof(double));
	tracking->expected = palloc0((tracking->count + 1) * sizeof(double));
	for (int j = 1; j <= tracking->count; j++)
		tracking->end[j] = Min(j * tracking->step, metrics->until - tracking->begin);
}

static void
tracking_work_out(TcsReportMetrics *metrics, Tracking *tracking, NewCustomer *new)
{
	int			next = 0;

	tracking_begin(metrics, tracking);
	for (int j = 1; j <= tracking->count; j++)
	{
		DateADT		end = tracking->begin + (int) tracking->end[j];

		tracking->seen[j] = tracking->seen[j - 1];
		for (; next < metrics->again.count && metrics->again.days[next].day <= end; next++)
			tracking->seen[j] += metrics->again.days[next].count;
		for (int i = 0; i < metrics->first.count && metrics->first.days[i].day <= end; i++)
			tracking->expected[j] += metrics->first.days[i].count *
				plots_expected(new, end - metrics->first.days[i].day);
	}
}

/* Labels of an axis of time: begins of years or months, or days. */
static void
tracking_write_days(TcsPlot *plot, const Tracking *tracking)
{
	int			span = (int) tracking->end[tracking->count];
	int			months = 1;
	int			year;
	int			month;
	int			day;

	j2date(tracking->begin + POSTGRES_EPOCH_JDATE, &year, &month, &day);
	while (span / (months * 30.4) > MOST_LABELS - 1)
		months = months < 3 ? 3 : months < 6 ? 6 : months < 12 ? 12 : months * (months == 24 || months == 240 ? 5 : 2);
	if (span < 100)
	{
		int			step = Max(span / 4, 1);

		for (int at = step / 2; at <= span; at += step)
		{
			j2date(tracking->begin + at + POSTGRES_EPOCH_JDATE, &year, &month, &day);
			tcs_plot_x_label(plot, at, psprintf("%04d-%02d-%02d", year, month, day));
		}
		return;
	}
	month = (year * 12 + month - 1 + months) / months * months;
	for (;; month += months)
	{
		int			at = date2j(month / 12, month % 12 + 1, 1) - POSTGRES_EPOCH_JDATE - tracking->begin;

		if (at > span - span / 40)
			break;
		if (at >= span / 40)
			tcs_plot_x_label(plot, at, months >= 12 ? psprintf("%d", month / 12) :
							 psprintf("%04d-%02d", month / 12, month % 12 + 1));
	}
}

/* The day of the fit. */
static void
tracking_write_cut(TcsReportMetrics *metrics, TcsPlot *plot, const Tracking *tracking)
{
	TcsReport  *report = metrics->report;
	double		x = tcs_plot_x(plot, metrics->cut - tracking->begin);
	int			start = report->page->len;
	char	   *words;

	tcs_report_say(report, TCS_WORD_FITTED_UNTIL, metrics->cut_day);
	words = tcs_report_take(report, start);
	appendStringInfo(report->page, "<line class=\"cut\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" />\n",
					 x, x, plot->top - 6, plot->bottom);
	tcs_plot_say(plot, NULL, x > (plot->left + plot->right) / 2 ? "end" : "start",
				 x + (x > (plot->left + plot->right) / 2 ? 6 : -6), plot->top - 11, words);
}

static char *
plots_part(TcsReport *report, TcsReportWord word, const char *a, const char *b)
{
	int			start = report->page->len;

	tcs_report_say(report, word, a, b);
	return tcs_report_take(report, start);
}

static char *
plots_count(TcsReport *report, double value)
{
	int			start = report->page->len;

	tcs_report_amount(report, value, false);
	return tcs_report_take(report, start);
}

static char *
plots_unit(TcsReport *report, int step)
{
	if (step == 1)
		return tcs_report_word_part(report, TCS_WORD_DAY);
	if (step == 7)
		return tcs_report_word_part(report, TCS_WORD_WEEK);
	return plots_part(report, TCS_WORD_DAYS_EACH, psprintf("%d", step), "");
}

/* The least of the last part of both curves, beneath which words have room. */
static double
tracking_below(const TcsPlot *plot, const Tracking *tracking)
{
	int			j = tracking->count;
	double		begin = tracking->end[j] * 0.84;

	while (j > 1 && tracking->end[j] > begin)
		j--;
	return Max(Min(tracking->seen[j], tracking->expected[j]), plot->y[1] * 0.12);
}

/* What was expected and came after the cut, which is the end of a period. */
static char *
tracking_since(TcsReportMetrics *metrics, const Tracking *tracking)
{
	int			cut = (metrics->cut - tracking->begin) / tracking->step;
	int			last = tracking->count;

	return plots_part(metrics->report, TCS_WORD_TRACK_SUM_NOTE,
					  plots_count(metrics->report, tracking->expected[last] - tracking->expected[cut]),
					  plots_count(metrics->report, tracking->seen[last] - tracking->seen[cut]));
}

static void
tracking_draw_sums(TcsReportMetrics *metrics, const Tracking *tracking)
{
	TcsReport  *report = metrics->report;
	TcsPlot		plot;
	int			last = tracking->count;
	double		seen = tracking->seen[last];
	double		expected = tracking->expected[last];

	tcs_plot_begin(report, &plot, "track-sum", tcs_report_word_part(report, TCS_WORD_TRACK_SUM), true, NULL,
				   plots_part(report, TCS_WORD_TRACK_SUM_DESCRIPTION, plots_count(report, expected), plots_count(report, seen)));
	tcs_plot_axes(&plot, 0, tracking->end[last], 0, Max(seen, expected) * 1.08, TCS_PLOT_COUNTS);
	tcs_plot_area(&plot, tracking->end, tracking->seen, last + 1);
	tracking_write_cut(metrics, &plot, tracking);
	tcs_plot_line(&plot, "line", tracking->end, tracking->seen, last + 1);
	tcs_plot_line(&plot, "line model", tracking->end, tracking->expected, last + 1);
	tcs_plot_say(&plot, seen >= expected ? "say" : "say model", "end", plot.right - 2,
				 tcs_plot_y(&plot, Max(seen, expected)) - 9, plots_count(report, Max(seen, expected)));
	tcs_plot_say(&plot, seen < expected ? "say" : "say model", "end", plot.right - 2,
				 tcs_plot_y(&plot, tracking_below(&plot, tracking)) + 15, plots_count(report, Min(seen, expected)));
	tracking_write_days(&plot, tracking);
	tcs_plot_end(&plot, metrics->is_held ? tracking_since(metrics, tracking) : NULL);
}

static void
tracking_draw_periods(TcsReportMetrics *metrics, const Tracking *tracking)
{
	TcsReport  *report = metrics->report;
	TcsPlot		plot;
	int			count = 0;
	double	   *x = palloc(tracking->count * sizeof(double));
	double	   *seen = palloc(tracking->count * sizeof(double));
	double	   *expected = palloc(tracking->count * sizeof(double));
	double		most = 0;

	/* the last one may be shorter than the others: it would seem to fall */
	for (int j = 1; j <= tracking->count; j++)
	{
		if (tracking->end[j] < j * tracking->step && tracking->count > 1)
			break;
		x[count] = tracking->end[j] - tracking->step / 2.0;
		seen[count] = tracking->seen[j] - tracking->seen[j - 1];
		expected[count] = tracking->expected[j] - tracking->expected[j - 1];
		most = Max(most, Max(seen[count], expected[count]));
		count++;
	}
	tcs_plot_begin(report, &plot, "track-each", plots_part(report, TCS_WORD_TRACK_EACH, plots_unit(report, tracking->step), ""), true, NULL,
				   plots_part(report, TCS_WORD_TRACK_EACH_DESCRIPTION, plots_unit(report, tracking->step), plots_count(report, most)));
	tcs_plot_axes(&plot, 0, tracking->end[tracking->count], 0, most, TCS_PLOT_COUNTS);
	tcs_plot_area(&plot, x, seen, count);
	tracking_write_cut(metrics, &plot, tracking);
	tcs_plot_line(&plot, "line", x, seen, count);
	tcs_plot_line(&plot, "line model", x, expected, count);
	tracking_write_days(&plot, tracking);
	tcs_plot_end(&plot, NULL);
}

static void
plots_begin_figures(TcsReport *report, TcsReportWord of)
{
	appendStringInfoString(report->page, "<details>");
	tcs_report_line(report, "summary", TCS_WORD_IN_FIGURES);
	appendStringInfoString(report->page, "<table>\n<thead><tr>");
	tcs_report_head(report, of);
}

static void
plots_end_figures(TcsReport *report)
{
	appendStringInfoString(report->page, "</tbody>\n</table></details>\n");
}

/* A number with so many digits after the point, within its cell. */
static void
plots_cell(TcsReport *report, TcsReportWord column, const char *format, double value)
{
	tcs_report_cell(report, column, "n", value);
	if (isfinite(value))
		tcs_report_figure(report, psprintf(format, value));
	else
		appendStringInfoString(report->page, "&#8211;");
	appendStringInfoString(report->page, "</td>");
}

static void
tracking_write_figures(TcsReportMetrics *metrics, const Tracking *tracking)
{
	TcsReport  *report = metrics->report;

	plots_begin_figures(report, TCS_WORD_PERIOD_END);
	tcs_report_number_head(report, TCS_WORD_EXPECTED);
	tcs_report_number_head(report, TCS_WORD_CAME);
	tcs_report_number_head(report, TCS_WORD_EXPECTED_SO_FAR);
	tcs_report_number_head(report, TCS_WORD_CAME_SO_FAR);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
	for (int j = 1; j <= tracking->count; j++)
	{
		int			year;
		int			month;
		int			day;

		j2date(tracking->begin + (int) tracking->end[j] + POSTGRES_EPOCH_JDATE, &year, &month, &day);
		appendStringInfo(report->page, "<tr><th scope=\"row\" class=\"nowrap\">%04d-%02d-%02d</th>", year, month, day);
		plots_cell(report, TCS_WORD_EXPECTED, "%.1f", tracking->expected[j] - tracking->expected[j - 1]);
		plots_cell(report, TCS_WORD_CAME, "%.0f", tracking->seen[j] - tracking->seen[j - 1]);
		plots_cell(report, TCS_WORD_EXPECTED_SO_FAR, "%.1f", tracking->expected[j]);
		plots_cell(report, TCS_WORD_CAME_SO_FAR, "%.0f", tracking->seen[j]);
		appendStringInfoString(report->page, "</tr>\n");
	}
	plots_end_figures(report);
}

/* Where there is nothing to draw, why. */
static bool
plots_missing(TcsReportMetrics *metrics, bool of_holdout)
{
	if (metrics->is_read && (metrics->is_held || !of_holdout))
		return false;
	tcs_report_line(metrics->report, "p", metrics->drawn_btyd == NULL ? TCS_WORD_NO_MODEL :
					metrics->is_read ? TCS_WORD_NO_HOLD_OUT : TCS_WORD_NO_LOG);
	return true;
}

void
tcs_report_metrics_tracking(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	Tracking	tracking;
	NewCustomer new;

	tcs_report_section(report, "tracking", TCS_WORD_TRACKING);
	if (!plots_missing(metrics, false))
	{
		plots_new_customer(metrics, &new);
		tracking_work_out(metrics, &tracking, &new);
		tcs_report_line_say(report, "p class=\"lead\"",
							metrics->is_held ? TCS_WORD_TRACKING_LEAD : TCS_WORD_TRACKING_FITTED_LEAD,
							tcs_report_count_part(report, metrics->customers), metrics->cut_day,
							plots_unit(report, tracking.step));
		appendStringInfoString(report->page, "<div class=\"pics\">\n");
		tracking_draw_sums(metrics, &tracking);
		appendStringInfoString(report->page, "</figure>\n");
		tracking_draw_periods(metrics, &tracking);
		appendStringInfoString(report->page, "</figure>\n</div>\n");
		tracking_write_figures(metrics, &tracking);
	}
	tcs_report_section_end(report);
}

static char *
purchases_group_name(int group)
{
	return psprintf(group == TCS_METRICS_GROUPS - 1 ? "%d+" : "%d", group);
}

/* The mean of what came in a group, and how sure it is. */
static double
purchases_margin(const TcsMetricsGroup *group)
{
	double		n = group->customers;
	double		variance = n > 1 ? (group->squares - group->came * group->came / n) / (n - 1) : get_float8_nan();

	return variance >= 0 ? MARGIN * sqrt(variance / n) : get_float8_nan();
}

static void
purchases_draw_expected(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	TcsPlot		plot;
	double		x[TCS_METRICS_GROUPS];
	double		expected[TCS_METRICS_GROUPS];
	double		seen[TCS_METRICS_GROUPS];
	double		margin[TCS_METRICS_GROUPS];
	double		most = 0;
	int			count = 0;

	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
	{
		const TcsMetricsGroup *group = &metrics->group[i];

		if (group->customers == 0)
			continue;
		x[count] = i;
		expected[count] = group->expected / group->customers;
		seen[count] = group->came / group->customers;
		margin[count] = purchases_margin(group);
		if (isnan(margin[count]))
			margin[count] = 0;
		most = Max(most, Max(expected[count], seen[count] + margin[count]));
		count++;
	}
	tcs_plot_begin(report, &plot, "by-purchases", tcs_report_word_part(report, TCS_WORD_BY_PURCHASES), true, plots_part(report, TCS_WORD_REPEATS_UNTIL, metrics->cut_day, ""),
				   plots_part(report, TCS_WORD_BY_PURCHASES_DESCRIPTION, psprintf("%.2f", count > 0 ? expected[0] : 0),
							  psprintf("%.2f", count > 0 ? seen[0] : 0)));
	tcs_plot_axes(&plot, -0.5, TCS_METRICS_GROUPS - 0.5, 0, most, TCS_PLOT_COUNTS);
	for (int i = 0; i < count; i++)
		tcs_plot_whisker(&plot, x[i], Max(seen[i] - margin[i], 0), seen[i] + margin[i]);
	tcs_plot_line(&plot, "line", x, seen, count);
	tcs_plot_line(&plot, "line model", x, expected, count);
	for (int i = 0; i < count; i++)
		tcs_plot_dot(&plot, "dot", x[i], seen[i]);
	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
		tcs_plot_x_label(&plot, i, purchases_group_name(i));
	tcs_plot_end(&plot, plots_part(report, TCS_WORD_BY_PURCHASES_NOTE, metrics->cut_day, metrics->until_day));
}

static void
purchases_write_expected(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;

	plots_begin_figures(report, TCS_WORD_REPEATS);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	tcs_report_number_head(report, TCS_WORD_MEAN_EXPECTED);
	tcs_report_number_head(report, TCS_WORD_MEAN_CAME);
	tcs_report_number_head(report, TCS_WORD_MARGIN);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
	{
		const TcsMetricsGroup *group = &metrics->group[i];

		if (group->customers == 0)
			continue;
		appendStringInfo(report->page, "<tr><th scope=\"row\">%s</th>", purchases_group_name(i));
		tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, group->customers);
		plots_cell(report, TCS_WORD_MEAN_EXPECTED, "%.2f", group->expected / group->customers);
		plots_cell(report, TCS_WORD_MEAN_CAME, "%.2f", group->came / group->customers);
		plots_cell(report, TCS_WORD_MARGIN, "%.2f", purchases_margin(group));
		appendStringInfoString(report->page, "</tr>\n");
	}
	plots_end_figures(report);
}

/* How many customers the model has with 0, 1, ... repeat purchases at the cut. */
static void
frequency_work_out(TcsReportMetrics *metrics, NewCustomer *new, double *customers)
{
	double		at_least[TCS_METRICS_GROUPS + 1] = {0};

	for (int i = 0; i < metrics->first.count; i++)
	{
		const TcsMetricsDay *first = &metrics->first.days[i];

		CHECK_FOR_INTERRUPTS();
		at_least[0] += first->count;
		for (int n = 1; n < TCS_METRICS_GROUPS; n++)
			at_least[n] += first->count * new->customer.p_alive *
				tcs_btyd_at_least(&new->customer, metrics->cut - first->day, n);
	}
	for (int n = 0; n < TCS_METRICS_GROUPS; n++)
		customers[n] = at_least[n] - at_least[n + 1];
}

static void
frequency_draw(TcsReportMetrics *metrics, const double *customers)
{
	TcsReport  *report = metrics->report;
	TcsPlot		plot;
	double		most = 0;
	double		width;

	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
		most = Max(most, Max(customers[i], metrics->group[i].customers));
	tcs_plot_begin(report, &plot, "frequency", tcs_report_word_part(report, TCS_WORD_FREQUENCY), false, plots_part(report, TCS_WORD_REPEATS_UNTIL, metrics->cut_day, ""),
				   plots_part(report, TCS_WORD_FREQUENCY_DESCRIPTION, plots_count(report, customers[0]),
							  plots_count(report, metrics->group[0].customers)));
	tcs_plot_axes(&plot, -0.5, TCS_METRICS_GROUPS - 0.5, 0, most, TCS_PLOT_COUNTS);
	width = (plot.right - plot.left) / TCS_METRICS_GROUPS * 0.38;
	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
	{
		tcs_plot_bar(&plot, "fill", i, -width, width, metrics->group[i].customers);
		tcs_plot_bar(&plot, "fill model", i, 0, width, customers[i]);
		tcs_plot_x_label(&plot, i, purchases_group_name(i));
	}
	tcs_plot_end(&plot, plots_part(report, TCS_WORD_FREQUENCY_NOTE, metrics->cut_day, ""));
	plots_begin_figures(report, TCS_WORD_REPEATS);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS_MODEL);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS_SEEN);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < TCS_METRICS_GROUPS; i++)
	{
		appendStringInfo(report->page, "<tr><th scope=\"row\">%s</th>", purchases_group_name(i));
		plots_cell(report, TCS_WORD_CUSTOMERS_MODEL, "%.1f", customers[i]);
		tcs_report_count_cell(report, TCS_WORD_CUSTOMERS_SEEN, metrics->group[i].customers);
		appendStringInfoString(report->page, "</tr>\n");
	}
	plots_end_figures(report);
}

void
tcs_report_metrics_purchases(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	NewCustomer new;
	double		customers[TCS_METRICS_GROUPS];

	tcs_report_section(report, "by-customer", TCS_WORD_BY_CUSTOMER);
	if (!plots_missing(metrics, false))
	{
		plots_new_customer(metrics, &new);
		frequency_work_out(metrics, &new, customers);
		tcs_report_line_say(report, "p class=\"lead\"", metrics->is_held ? TCS_WORD_BY_CUSTOMER_LEAD : TCS_WORD_BY_CUSTOMER_FITTED_LEAD,
							tcs_report_count_part(report, metrics->customers));
		appendStringInfoString(report->page, "<div class=\"pics\">\n");
		if (metrics->is_held)
		{
			purchases_draw_expected(metrics);
			purchases_write_expected(metrics);
			appendStringInfoString(report->page, "</figure>\n");
		}
		frequency_draw(metrics, customers);
		appendStringInfoString(report->page, "</figure>\n</div>\n");
	}
	tcs_report_section_end(report);
}

/* The 95 % interval of a share (Wilson, 1927). */
static void
risks_interval(double share, double n, double *low, double *high)
{
	double		z = MARGIN * MARGIN / n;
	double		middle = (share + z / 2) / (1 + z);
	double		half = MARGIN / (1 + z) * sqrt(share * (1 - share) / n + z / (4 * n));

	*low = Max(middle - half, 0);
	*high = Min(middle + half, 1);
}

/* How far the axes go: a quarter, a half, or all, whatever there is. */
static double
risks_most(const TcsReportPredictions *told)
{
	double		most = 0;

	for (int i = 0; i < told->count; i++)
	{
		double		low;
		double		high;

		risks_interval(told->bins[i].came, told->bins[i].customers, &low, &high);
		most = Max(most, Max(told->bins[i].said, high));
	}
	return most <= 0.25 ? 0.25 : most <= 0.5 ? 0.5 : 1;
}

static void
risks_write_figures(TcsReport *report, const TcsReportPredictions *told)
{
	plots_begin_figures(report, TCS_WORD_RISK_SAID);
	tcs_report_number_head(report, TCS_WORD_RISK_CAME);
	tcs_report_number_head(report, TCS_WORD_INTERVAL);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < told->count; i++)
	{
		double		low;
		double		high;

		risks_interval(told->bins[i].came, told->bins[i].customers, &low, &high);
		appendStringInfo(report->page, "<tr><th scope=\"row\">%.1f%%</th>", 100 * told->bins[i].said);
		tcs_report_percent_cell(report, TCS_WORD_RISK_CAME, told->bins[i].came);
		tcs_report_cell(report, TCS_WORD_INTERVAL, "n soft", get_float8_nan());
		appendStringInfo(report->page, "%.1f&#8211;%.1f%%</td>", 100 * low, 100 * high);
		tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, told->bins[i].customers);
		appendStringInfoString(report->page, "</tr>\n");
	}
	plots_end_figures(report);
}

static void
risks_draw(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	const TcsReportPredictions *told = &metrics->told;
	TcsPlot		plot;
	double		most = risks_most(told);
	double		even[] = {0, most};

	tcs_plot_begin(report, &plot, "calibration", tcs_report_word_part(report, TCS_WORD_CALIBRATION), true,
				   tcs_report_word_part(report, TCS_WORD_CALIBRATION_X),
				   plots_part(report, TCS_WORD_CALIBRATION_DESCRIPTION,
							  psprintf("%.1f", 100 * told->figure[TCS_TOLD_CALIBRATION_ERROR]), ""));
	/* with room for the labels at both ends */
	tcs_plot_axes(&plot, -0.05 * most, 1.05 * most, 0, most, TCS_PLOT_PERCENT);
	for (int i = 0; i <= 5; i++)
		tcs_plot_x_label(&plot, most * i / 5, psprintf("%.0f%%", 100 * most * i / 5));
	tcs_plot_line(&plot, "line model", even, even, 2);
	for (int i = 0; i < told->count; i++)
	{
		double		low;
		double		high;

		risks_interval(told->bins[i].came, told->bins[i].customers, &low, &high);
		tcs_plot_whisker(&plot, told->bins[i].said, low, high);
		tcs_plot_dot(&plot, "dot", told->bins[i].said, told->bins[i].came);
	}
	tcs_plot_end(&plot, tcs_report_word_part(report, TCS_WORD_CALIBRATION_NOTE));
	risks_write_figures(report, told);
}

/* What came of all tenths; not above 0 where shares of it say nothing. */
static double
tenths_total(const TcsReportMetrics *metrics, double *expected, double *customers)
{
	double		came = 0;

	*expected = *customers = 0;
	for (int i = 0; i < TCS_METRICS_TENTHS; i++)
	{
		came += metrics->tenth[i].customers > 0 ? metrics->tenth[i].came : 0;
		*expected += metrics->tenth[i].customers > 0 ? metrics->tenth[i].expected : 0;
		*customers += metrics->tenth[i].customers;
	}
	return came;
}

static void
tenths_write_figures(TcsReportMetrics *metrics, double came, double customers)
{
	TcsReport  *report = metrics->report;

	plots_begin_figures(report, TCS_WORD_TENTH);
	tcs_report_number_head(report, TCS_WORD_CUSTOMERS);
	tcs_report_money_head(report, TCS_WORD_EXPECTED);
	tcs_report_money_head(report, TCS_WORD_CAME);
	tcs_report_number_head(report, TCS_WORD_SHARE);
	tcs_report_number_head(report, TCS_WORD_LIFT);
	appendStringInfoString(report->page, "</tr></thead>\n<tbody>\n");
	for (int i = 0; i < TCS_METRICS_TENTHS; i++)
	{
		const TcsMetricsGroup *tenth = &metrics->tenth[i];

		if (tenth->customers == 0)
			continue;
		appendStringInfo(report->page, "<tr><th scope=\"row\">%d</th>", i + 1);
		tcs_report_count_cell(report, TCS_WORD_CUSTOMERS, tenth->customers);
		tcs_report_amount_cell(report, TCS_WORD_EXPECTED, tenth->expected, false);
		tcs_report_amount_cell(report, TCS_WORD_CAME, tenth->came, false);
		tcs_report_percent_cell(report, TCS_WORD_SHARE, tenth->came / came);
		plots_cell(report, TCS_WORD_LIFT, "%.2f", (tenth->came / came) / (tenth->customers / customers));
		appendStringInfoString(report->page, "</tr>\n");
	}
	plots_end_figures(report);
}

static void
tenths_draw(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	TcsPlot		plot;
	double		expected;
	double		customers;
	double		came = tenths_total(metrics, &expected, &customers);
	double		most = 0;
	double		least = 0;
	double		width;

	for (int i = 0; i < TCS_METRICS_TENTHS; i++)
		if (metrics->tenth[i].customers > 0)
		{
			most = Max(most, Max(metrics->tenth[i].came / came, metrics->tenth[i].expected / expected));
			least = Min(least, metrics->tenth[i].came / came);
		}
	tcs_plot_begin(report, &plot, "tenths", tcs_report_word_part(report, TCS_WORD_TENTHS), false, tcs_report_word_part(report, TCS_WORD_TENTHS_X),
				   plots_part(report, TCS_WORD_TENTHS_DESCRIPTION, psprintf("%.1f", 100 * metrics->tenth[0].came / came), ""));
	tcs_plot_axes(&plot, 0.5, TCS_METRICS_TENTHS + 0.5, least, most * 1.05, TCS_PLOT_PERCENT);
	width = (plot.right - plot.left) / TCS_METRICS_TENTHS * 0.38;
	for (int i = 0; i < TCS_METRICS_TENTHS; i++)
	{
		tcs_plot_x_label(&plot, i + 1, psprintf("%d", i + 1));
		if (metrics->tenth[i].customers == 0)
			continue;
		tcs_plot_bar(&plot, "fill", i + 1, -width, width, metrics->tenth[i].came / came);
		tcs_plot_bar(&plot, "fill model", i + 1, 0, width, metrics->tenth[i].expected / expected);
	}
	tcs_plot_end(&plot, tcs_report_word_part(report, TCS_WORD_TENTHS_NOTE));
	tenths_write_figures(metrics, came, customers);
}

static void
tenths_write(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	double		expected;
	double		customers;
	double		came = tenths_total(metrics, &expected, &customers);

	if (customers == 0 || !(came > 0) || !(expected > 0))
	{
		appendStringInfoString(report->page, "<figure id=\"tenths\"><figcaption>");
		tcs_report_word(report, TCS_WORD_TENTHS);
		appendStringInfoString(report->page, "</figcaption>");
		tcs_report_line(report, "p", TCS_WORD_NO_TENTHS);
	}
	else
		tenths_draw(metrics);
	appendStringInfoString(report->page, "</figure>\n");
}

/* The best tenth, in words. */
static void
risks_write_lead(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;
	double		expected;
	double		customers;
	double		came = tenths_total(metrics, &expected, &customers);
	const TcsMetricsGroup *best = &metrics->tenth[0];

	appendStringInfoString(report->page, "<p class=\"lead\">");
	tcs_report_word(report, TCS_WORD_RISKS_LEAD);
	if (customers > 0 && came > 0 && best->customers > 0)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_say(report, TCS_WORD_BEST_TENTH, psprintf("%.0f%%", 100 * best->customers / customers),
					   tcs_report_percent_part(report, best->came / came),
					   psprintf("%.1f", (best->came / came) / (best->customers / customers)));
	}
	if (metrics->is_learned)
	{
		tcs_report_word(report, TCS_WORD_SPACE);
		tcs_report_word(report, metrics->told.bins_learned ? TCS_WORD_RISKS_LEARNED : TCS_WORD_RISKS_BASE);
	}
	appendStringInfoString(report->page, "</p>\n");
}

void
tcs_report_metrics_risks(TcsReportMetrics *metrics)
{
	TcsReport  *report = metrics->report;

	tcs_report_section(report, "risks", TCS_WORD_RISKS);
	if (!plots_missing(metrics, true))
	{
		risks_write_lead(metrics);
		appendStringInfoString(report->page, "<div class=\"pics\">\n");
		risks_draw(metrics);
		appendStringInfoString(report->page, "</figure>\n");
		tenths_write(metrics);
		appendStringInfoString(report->page, "</div>\n");
	}
	tcs_report_section_end(report);
}
