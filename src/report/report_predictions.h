/*
 * report_predictions.h
 *		What is kept of how right the predictions of a metrics view would have been.
 */
#ifndef TCS_REPORT_PREDICTIONS_H
#define TCS_REPORT_PREDICTIONS_H

#include "report/report.h"

/* The figures, by the column of the query that reads them. */
enum
{
	TCS_TOLD_FROM = 1,
	TCS_TOLD_UNTIL,
	TCS_TOLD_CUSTOMERS,
	TCS_TOLD_RETURNED,
	TCS_TOLD_AUC,
	TCS_TOLD_AUC_LOW,
	TCS_TOLD_AUC_HIGH,
	TCS_TOLD_BRIER,
	TCS_TOLD_BRIER_CONSTANT,
	TCS_TOLD_CALIBRATION_ERROR,
	TCS_TOLD_PURCHASES_EXPECTED,
	TCS_TOLD_PURCHASES,
	TCS_TOLD_VALUE_EXPECTED,
	TCS_TOLD_VALUE,
	TCS_TOLD_BINS
};

/* A group of customers with about the same risk. */
typedef struct TcsReportRiskBin
{
	int64		customers;
	double		said;
	double		came;
} TcsReportRiskBin;

typedef struct TcsReportPredictions
{
	double		figure[TCS_TOLD_BINS];	/* NaN: not told */
	char	   *from;			/* days, in the language of the page */
	char	   *until;
	TcsReportRiskBin *bins;
	int			count;
	bool		bins_learned;	/* they, and how far they are off, are of what
								 * was learned, as the risk of the view is */
	double		learned_auc;	/* of that; figure has those of the model of
								 * purchases */
	double		learned_brier;
} TcsReportPredictions;

/* SQL for a field of a JSON object as a number, where it is one that a page can show. */
extern char *tcs_report_predictions_number(const char *object, const char *key);

/* Of the newest row of a table of models; false where nothing was found out. */
extern bool tcs_report_predictions_read(TcsReport *report, const char *table,
										TcsReportPredictions *told);

/* Expected and came, as a table. */
extern void tcs_report_predictions_totals(TcsReport *report, const TcsReportPredictions *told);

#endif							/* TCS_REPORT_PREDICTIONS_H */
