/*
 * effect_row.h
 *		A row of ab_effect, which knows enough to be judged anew.
 *
 * The p and the limits of a row follow from its counts, means and standard
 * errors: what corrects for many looks or many tests takes such a row and gives
 * one back.
 */
#ifndef TCS_EFFECT_ROW_H
#define TCS_EFFECT_ROW_H

#include "experiments/effect.h"
#include "server/record.h"

/* What is compared. */
typedef enum TcsCompared
{
	TCS_NOTHING_COMPARED,		/* there is no p */
	TCS_SHARES_COMPARED,
	TCS_MEANS_COMPARED			/* ratios of sums, too */
} TcsCompared;

/* By arm, where there are two: the control first.  NaN is NULL. */
typedef struct TcsEffectRow
{
	TcsCompared compared;
	int64		n[2];
	double		level[2];		/* share, mean or ratio */
	double		difference;
	TcsInterval difference_limits;
	double		ratio;
	TcsInterval ratio_limits;
	double		p;
	int64		in_both;
	double		error[2];		/* standard error of the level */
	double		df;				/* of means */
	double		confidence;
	int64		planned;		/* customers; 0: for one look */
} TcsEffectRow;

/*
 * Set p and limits, those such that they leave out no difference where p is
 * below alpha: 1 - confidence, or what a correction for many tests makes of it.
 */
extern void tcs_effect_row_judge(TcsEffectRow *row, double alpha);

/* Read a row that a caller gave; an error where none of ab_effect's is so. */
extern void tcs_effect_row_read(TcsEffectRow *row, Datum datum);

/* An error where the p of a row that a caller gave is not that of its figures. */
extern void tcs_effect_row_check_fresh(const TcsEffectRow *row);

/* As what the calling function returns; the layout is kept in `record`, for the context. */
extern Datum tcs_effect_row_make(FunctionCallInfo fcinfo, TcsRecord **record,
								 MemoryContext context, const TcsEffectRow *row);

#endif							/* TCS_EFFECT_ROW_H */
