/*
 * report_metrics.h
 *		A page about a metrics view: how right its models are, and what they are.
 *
 * What is looked at is the hold-out that the newest fit kept: models fitted to
 * what was known a horizon before it, and what came since.  The log is read
 * once more for it, up to the days that were kept, so that a page shows what
 * its sentence says as long as nobody changes the past.
 */
#ifndef TCS_REPORT_METRICS_H
#define TCS_REPORT_METRICS_H

#include "report/report_predictions.h"

#include "math/btyd.h"
#include "metrics/metrics.h"
#include "utils/date.h"

/* Customers by the repeat purchases that they had made: 0, 1, ..., or more. */
#define TCS_METRICS_GROUPS	8
#define TCS_METRICS_TENTHS	10

/* Some customers: what was expected of them, what came, and its squares. */
typedef struct TcsMetricsGroup
{
	int64		customers;
	double		expected;
	double		came;
	double		squares;
} TcsMetricsGroup;

/* How many there are of a day: customers who came first, repeat purchases. */
typedef struct TcsMetricsDay
{
	DateADT		day;
	int64		count;
} TcsMetricsDay;

typedef struct TcsMetricsDays
{
	TcsMetricsDay *days;		/* in order */
	int			count;
} TcsMetricsDays;

typedef struct TcsReportMetrics
{
	TcsReport  *report;
	TcsMetricsFit fit;
	char	   *horizon;		/* in the words of the server; NULL: unknown */
	bool		is_half;		/* the hold-out is the second half of a short
								 * log */

	/* what is kept in the newest row; models are SQL, or NULL */
	char	   *as_of;			/* of the fit, in words */
	DateADT		as_of_day;
	char	   *btyd;			/* that the view scores by */
	char	   *spend;
	char	   *newest_btyd;
	char	   *newest_spend;
	char	   *churn;			/* what was learned of who returns */
	bool		is_learned;		/* and does the view score by it? */
	double		learned_auc;	/* NaN: not held against the past */
	double		learned_brier;
	bool		is_held;		/* was it held against the past? */
	TcsReportPredictions told;

	/* what is drawn: of the hold-out or, without one, of all that was fitted */
	char	   *drawn_btyd;
	TcsBtyd		drawn;			/* the same */
	char	   *drawn_spend;
	DateADT		cut;			/* the last day of the fit */
	DateADT		until;
	char	   *cut_day;		/* in words */
	char	   *until_day;

	/* what was read of the log */
	bool		is_read;
	TcsMetricsGroup group[TCS_METRICS_GROUPS];
	TcsMetricsGroup tenth[TCS_METRICS_TENTHS];
	TcsMetricsDays first;		/* customers who came first */
	TcsMetricsDays again;		/* their repeat purchases */
	int64		customers;		/* who had bought until the cut */
	int64		newcomers;		/* who came first after it */
	int64		never;			/* who never bought */
} TcsReportMetrics;

/* report_metrics.c: the page */
extern void tcs_report_metrics(TcsReport *report, Oid view);

/* report_metrics_read.c: what is kept, and what the log says */
extern void tcs_report_metrics_read(TcsReportMetrics *metrics, Oid view);

/* report_metrics_models.c: sections about the models */
extern void tcs_report_metrics_models(TcsReportMetrics *metrics);

/* report_metrics_plots.c: sections that are drawn */
extern void tcs_report_metrics_tracking(TcsReportMetrics *metrics);
extern void tcs_report_metrics_purchases(TcsReportMetrics *metrics);
extern void tcs_report_metrics_risks(TcsReportMetrics *metrics);

#endif							/* TCS_REPORT_METRICS_H */
