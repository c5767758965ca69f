/*
 * report_plot.h
 *		Drawings with two axes.
 */
#ifndef TCS_REPORT_PLOT_H
#define TCS_REPORT_PLOT_H

#include "report/report.h"

/* How wide a drawing is, which a page scales, and how high with a title below. */
#define TCS_PLOT_WIDTH	400
#define TCS_PLOT_HEIGHT 262
#define TCS_PLOT_TITLE	20

typedef struct TcsPlot
{
	TcsReport  *report;
	double		left;			/* where the axes begin and end */
	double		right;
	double		top;
	double		bottom;
	double		x[2];			/* what is there */
	double		y[2];
	const char *title;			/* of the axis of x; NULL: it needs none */
} TcsPlot;

/* What the figures of an axis are. */
typedef enum TcsPlotFigures
{
	TCS_PLOT_COUNTS,
	TCS_PLOT_PERCENT
} TcsPlotFigures;

/*
 * Begin a drawing within a figure: its heading, what is drawn how, the title of
 * the axis of x or NULL, and its words for who does not see it.  Words are written
 * already.
 */
extern void tcs_plot_begin(TcsReport *report, TcsPlot *plot, const char *id,
						   const char *heading, bool of_lines, const char *title,
						   const char *description);

/* End the drawing; what is to be known of it stands below. */
extern void tcs_plot_end(TcsPlot *plot, const char *note);

/* Its axes: x from the one to the other, y from 0 (or less) to at least the most. */
extern void tcs_plot_axes(TcsPlot *plot, double x_least, double x_most,
						  double y_least, double y_most, TcsPlotFigures figures);
extern void tcs_plot_x_label(TcsPlot *plot, double x, const char *words);

extern double tcs_plot_x(const TcsPlot *plot, double x);
extern double tcs_plot_y(const TcsPlot *plot, double y);

/* A line through points; an area beneath it. */
extern void tcs_plot_line(TcsPlot *plot, const char *class, const double *x,
						  const double *y, int count);
extern void tcs_plot_area(TcsPlot *plot, const double *x, const double *y, int count);

/* A bar from 0, so many units of a drawing wide; a line between two values. */
extern void tcs_plot_bar(TcsPlot *plot, const char *class, double x, double shift,
						 double width, double y);
extern void tcs_plot_whisker(TcsPlot *plot, double x, double low, double high);
extern void tcs_plot_dot(TcsPlot *plot, const char *class, double x, double y);

/* Words at a place: anchor is start, middle or end. */
extern void tcs_plot_say(TcsPlot *plot, const char *class, const char *anchor,
						 double x, double y, const char *words);

/* A step between figures of an axis: 1, 2 or 5 of a power of ten. */
extern double tcs_plot_step(double range, int most);

#endif							/* TCS_REPORT_PLOT_H */
