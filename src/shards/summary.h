/*
 * summary.h
 *		Summaries: what an aggregate has collected, as a value.
 */
#ifndef TCS_SUMMARY_H
#define TCS_SUMMARY_H

#include "tcs.h"

/*
 * The aggregates whose states can be summaries, and what their states are
 * called: several aggregates may share one.  A kind is named after its aggregate.
 */
#define TCS_SUMMARY_KINDS(KIND) \
	KIND(ab_effect, ab_effect, 1) \
	KIND(ab_sample_ratio, ab_sample_ratio, 1) \
	KIND(abc_fit, distribution, 1) \
	KIND(auc, scored, 1) \
	KIND(brier, mean_error, 1) \
	KIND(btyd_fit, btyd_fit, 1) \
	KIND(calibration, scored, 1) \
	KIND(capture, ranked, 1) \
	KIND(churn_fit, churn_fit, 1) \
	KIND(csat, tally, 1) \
	KIND(cutoff, ranked, 1) \
	KIND(duration, duration, 1) \
	KIND(funnel_steps, funnel_steps, 1) \
	KIND(gini, distribution, 1) \
	KIND(key_drivers, features, 1) \
	KIND(kmeans_fit, features, 1) \
	KIND(lift, scored, 1) \
	KIND(linear_fit, features, 1) \
	KIND(logit_fit, features, 1) \
	KIND(lorenz, distribution, 1) \
	KIND(mae, mean_error, 1) \
	KIND(nps, tally, 1) \
	KIND(qini, ranked, 1) \
	KIND(rate, tally, 1) \
	KIND(retention_table, retention_table, 1) \
	KIND(rfm_fit, rfm_fit, 1) \
	KIND(rmse, mean_error, 1) \
	KIND(sbg_fit, sbg_fit, 1) \
	KIND(spend_fit, spend_fit, 1) \
	KIND(tree_fit, features, 1) \
	KIND(uplift, ranked, 1)

/* What there is to know of a kind; the version is that of the state's bytes. */
typedef struct TcsSummaryKind
{
	const char *name;
	uint8		version;
	PGFunction	serial;
	PGFunction	deserial;
	PGFunction	combine;
} TcsSummaryKind;

/* All kinds, by number, and the kind of that name or NULL. */
typedef enum TcsSummaryNumber
{
#define TCS_SUMMARY_NUMBER(kind, state, version) TCS_SUMMARY_##kind,
	TCS_SUMMARY_KINDS(TCS_SUMMARY_NUMBER)
	TCS_SUMMARY_COUNT
} TcsSummaryNumber;

extern const TcsSummaryKind tcs_summary_kinds[TCS_SUMMARY_COUNT];
extern const TcsSummaryKind *tcs_summary_kind(const char *name, Size length);

/*
 * The kind of a summary, detoasted, and where the state's bytes begin: an error
 * for what is none, or not of this version or encoding.
 */
extern const TcsSummaryKind *tcs_summary_open(struct varlena *summary, Size *head);

#endif							/* TCS_SUMMARY_H */
