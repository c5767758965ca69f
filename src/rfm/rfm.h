/*
 * rfm.h
 *		Recency, frequency, monetary value: cuts and scores.
 *
 * A measure is scored by bins - 1 ascending cuts, each the inclusive upper
 * bound of a class.  f and m are 1 plus the number of cuts below the value; r,
 * where the value is an age, is bins less the number of cuts below it.
 *
 * With n values, cut j (1 to bins - 1) is the value of rank ceil(n * j / bins).
 * Then 1 + #{cuts < v} = 1 + floor(bins * #{values < v} / n) for every v, in
 * the population or not.
 */
#ifndef TCS_RFM_H
#define TCS_RFM_H

#include "tcs.h"

#include "values/values.h"

#define TCS_RFM_MAX_BINS	100

typedef enum TcsRfmMeasure
{
	TCS_RFM_AGE,
	TCS_RFM_FREQUENCY,
	TCS_RFM_MONETARY
} TcsRfmMeasure;

#define TCS_RFM_MEASURES	3

/* A model of kind "rfm": the cuts of each measure. */
typedef struct TcsRfmModel
{
	int			count[TCS_RFM_MEASURES];
	double	   *cuts[TCS_RFM_MEASURES];
} TcsRfmModel;

extern const char *const tcs_rfm_measure_names[TCS_RFM_MEASURES];
extern const char *const tcs_rfm_cut_keys[TCS_RFM_MEASURES];

/* The same number of bins, checked. */
extern int	tcs_rfm_check_bins(int bins);

/* The cuts of settled values as keys; bins - 1 of them. */
extern void tcs_rfm_cuts(const TcsValues *values, int bins, uint64 *cuts);

/* The model in argument argno. */
extern const TcsRfmModel *tcs_rfm_model_argument(FunctionCallInfo fcinfo,
												 int argno, void **call_cache);

/* The age in days in an argument of type interval or double precision. */
extern double tcs_rfm_age(FunctionCallInfo fcinfo, int argno, bool interval);

/*
 * The age in days, the frequency and the value of the history in argument argno,
 * by measure.  False where one is NULL in it.
 */
extern bool tcs_rfm_history(FunctionCallInfo fcinfo, int argno, double *value);

/* The score of a value under a model. */
extern int	tcs_rfm_model_score(const TcsRfmModel *model, TcsRfmMeasure measure,
								double value);

#endif							/* TCS_RFM_H */
