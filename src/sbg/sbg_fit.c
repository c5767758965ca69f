/*
 * sbg_fit.c
 *		Fitting subscriptions: the aggregate sbg_fit.
 *
 * The state has for each tenure how many left at it and how many are there.
 */
#include "sbg/sbg.h"

#include "common/hashfn.h"
#include "common/int.h"
#include "libpq/pqformat.h"

#include "math/bdw.h"
#include "model/model.h"
#include "server/progress.h"

typedef struct TenureCount
{
	uint32		tenure;
	char		status;			/* of the hash table */
	int64		churned;
	int64		staying;
} TenureCount;

#define SH_PREFIX tenures
#define SH_ELEMENT_TYPE TenureCount
#define SH_KEY_TYPE uint32
#define SH_KEY tenure
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct SbgFitState
{
	int64		customers;
	tenures_hash *tenures;
} SbgFitState;

PG_FUNCTION_INFO_V1(tcs_sbg_fit_trans);
PG_FUNCTION_INFO_V1(tcs_sbg_fit_combine);
PG_FUNCTION_INFO_V1(tcs_sbg_fit_serial);
PG_FUNCTION_INFO_V1(tcs_sbg_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_sbg_fit_final);

#define FEW_TENURES	16

static SbgFitState *
sbg_fit_create(MemoryContext context)
{
	SbgFitState *state = MemoryContextAllocZero(context, sizeof(SbgFitState));

	state->tenures = tenures_create(context, FEW_TENURES, NULL);
	return state;
}

/* Count customers; all counts of a state stay below that of its customers. */
static void
sbg_add_customers(SbgFitState *state, uint32 tenure, int64 churned, int64 staying)
{
	TenureCount *count;
	bool		found;

	if (unlikely(pg_add_s64_overflow(state->customers, churned, &state->customers) ||
				 pg_add_s64_overflow(state->customers, staying, &state->customers)))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of customers is out of range for bigint")));
	count = tenures_lookup(state->tenures, tenure);
	if (unlikely(count == NULL))
	{
		/* twice, while the table grows; as many again to fit */
		Size		needed = (state->tenures->members + 1) * 4 * sizeof(TenureCount);

		if (needed > (uint64) tcs_fit_memory * 1024)
			tcs_fit_memory_exceeded(needed);
		count = tenures_insert(state->tenures, tenure, &found);
		count->churned = count->staying = 0;
	}
	count->churned += churned;
	count->staying += staying;
}

/* arguments: state, tenure, churned [, customers] */
Datum
tcs_sbg_fit_trans(PG_FUNCTION_ARGS)
{
	SbgFitState *state = TCS_STATE(SbgFitState);
	int64		customers = 1;
	int32		tenure;
	bool		churned;

	if (state == NULL)
		state = sbg_fit_create(tcs_aggregate_context(fcinfo));
	if (PG_ARGISNULL(1) || PG_ARGISNULL(2) || (PG_NARGS() > 3 && PG_ARGISNULL(3)))
		PG_RETURN_POINTER(state);
	tenure = PG_GETARG_INT32(1);
	churned = PG_GETARG_BOOL(2);
	if (PG_NARGS() > 3)
		customers = PG_GETARG_INT64(3);
	if (tenure < 0 || (tenure == 0 && churned))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("tenure must be %s, not %d", tenure < 0 ? "0 or more" :
						"1 or more for a customer who has churned", tenure),
				 errhint("Count the renewals that came due: for one who has churned the renewal at which that was, 1 for the first; for others those that were made.")));
	if (customers < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("customers must not be negative, as " INT64_FORMAT " is", customers)));
	if (customers > 0)
		sbg_add_customers(state, tenure, churned ? customers : 0, churned ? 0 : customers);
	PG_RETURN_POINTER(state);
}

Datum
tcs_sbg_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	tenures_iterator each;
	TenureCount *count;
	SbgFitState *into;
	SbgFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (SbgFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? sbg_fit_create(context) : (SbgFitState *) PG_GETARG_POINTER(0);
	tenures_start_iterate(from->tenures, &each);
	while ((count = tenures_iterate(from->tenures, &each)) != NULL)
		sbg_add_customers(into, count->tenure, count->churned, count->staying);
	PG_RETURN_POINTER(into);
}

static int
compare_tenure_counts(const void *a, const void *b)
{
	double		left = ((const TcsSbgCount *) a)->tenure;
	double		right = ((const TcsSbgCount *) b)->tenure;

	return left < right ? -1 : left > right;
}

Datum
tcs_sbg_fit_serial(PG_FUNCTION_ARGS)
{
	SbgFitState *state = (SbgFitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	tenures_iterator each;
	TenureCount *count;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->tenures->members);
	tenures_start_iterate(state->tenures, &each);
	while ((count = tenures_iterate(state->tenures, &each)) != NULL)
	{
		pq_sendint32(&buffer, count->tenure);
		pq_sendint64(&buffer, count->churned);
		pq_sendint64(&buffer, count->staying);
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_sbg_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	SbgFitState *state;
	uint32		members;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	state = sbg_fit_create(CurrentMemoryContext);
	members = pq_getmsgint(&buffer, 4);
	for (uint32 i = 0; i < members; i++)
	{
		uint32		tenure = pq_getmsgint(&buffer, 4);
		int64		churned = pq_getmsgint64(&buffer);
		int64		staying = pq_getmsgint64(&buffer);

		if (tenure > PG_INT32_MAX || churned < 0 || staying < 0 ||
			(churned == 0 && staying == 0) || (tenure == 0 && churned > 0))
			tcs_bad_state("fit");
		sbg_add_customers(state, tenure, churned, staying);
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* The counts by ascending tenure, in the current context. */
static TcsSbgCount *
sbg_sorted_counts(SbgFitState *state)
{
	TcsSbgCount *counts = MemoryContextAllocHuge(CurrentMemoryContext,
												 (Size) (state->tenures->members + 1) * sizeof(TcsSbgCount));
	tenures_iterator each;
	TenureCount *count;
	Size		i = 0;

	tenures_start_iterate(state->tenures, &each);
	while ((count = tenures_iterate(state->tenures, &each)) != NULL)
	{
		counts[i].tenure = count->tenure;
		counts[i].churned = (double) count->churned;
		counts[i].staying = (double) count->staying;
		i++;
	}
	qsort(counts, i, sizeof(TcsSbgCount), compare_tenure_counts);
	return counts;
}

/* What is told of a fit that found nothing. */
static const char *
sbg_say_why(TcsSbgNote note)
{
	switch (note)
	{
		case TCS_SBG_FINE:
			break;
		case TCS_SBG_NONE_DUE:
			return "no renewal has come due: all tenures are 0";
		case TCS_SBG_ONE_CUSTOMER:
			return "there is only one customer";
		case TCS_SBG_NONE_RENEWED:
			return "nobody made the first renewal";
	}
	return NULL;
}

/* What a model says of the customers, in words; rising is NULL where churn is not fitted as that. */
static int
sbg_say_limit(const TcsSbgEstimate *estimate, const TcsBdwEstimate *rising, const char **notes)
{
	int			count = 0;

	if (rising != NULL)
	{
		notes[count++] = psprintf("churn rises with tenure, from %.3g %% of the renewals up to number %.0f to %.3g %% of the later ones: c, above 1, says how fast",
								  100.0 * estimate->rate_before, estimate->split, 100.0 * estimate->rate_after);
		return count;
	}
	if (estimate->limit == TCS_SBG_EQUAL_CHURN)
		notes[count++] = psprintf("%.3g %% leave at each renewal: the share does not fall with tenure, as it would if customers differed",
								  100.0 * estimate->churn);
	if (estimate->limit == TCS_SBG_LEAVE_AT_ONCE)
		notes[count++] = psprintf("%.3g %% leave at the first renewal, and nobody was seen to leave later",
								  100.0 * estimate->churn);
	/* the greatest chance that is to be expected to leave no trace */
	if (estimate->limit == TCS_SBG_NOBODY_LEAVES)
		notes[count++] = psprintf("nobody has churned, in %.0f renewals: the chance to leave may still be up to %.2g %%",
								  estimate->renewals, -100.0 * expm1(log(0.05) / estimate->renewals));
	if (estimate->split > 0.0)
		notes[count++] = psprintf("churn rises with tenure, from %.3g %% of the renewals up to number %.0f to %.3g %% of the later ones: "
								  "the rate is too high for new customers and too low for old ones; "
								  "fit the later renewals alone for these, sbg_fit(tenure - %.0f, churned) WHERE tenure > %.0f",
								  100.0 * estimate->rate_before, estimate->split,
								  100.0 * estimate->rate_after, estimate->split, estimate->split);
	if (!estimate->determined)
		notes[count++] = estimate->limit != 0 ?
			"nobody was seen at a second renewal, which would tell how customers differ" :
			"the data do not determine the parameters: others fit them as well";
	return count;
}

#define MOST_NOTES	3

/* The parameters with their errors, and the limit. */
static void
sbg_put_parameters(StringInfo json, const TcsSbgEstimate *estimate, const TcsBdwEstimate *rising)
{
	const TcsBdw *model = rising != NULL ? &rising->model : NULL;
	int			limit = model != NULL && model->rate == 0.0 ? 0 : estimate->limit;
	double		churn = model != NULL && limit != 0 ? -expm1(-model->rate) : estimate->churn;
	const char *names[3] = {tcs_sbg_parameters[0], tcs_sbg_parameters[1], TCS_SBG_C};
	int			count = model != NULL ? (limit != 0 ? 2 : 3) : estimate->count;

	tcs_model_number(json, names[0], limit != 0 ? NAN : model != NULL ? model->alpha : estimate->model.alpha);
	tcs_model_number(json, names[1], limit != 0 ? NAN : model != NULL ? model->beta : estimate->model.beta);
	if (limit != 0 && !isnan(churn))
		tcs_model_number(json, TCS_SBG_CHURN, churn);
	if (model != NULL)
		tcs_model_number(json, TCS_SBG_C, model->c);
	if (limit != 0)
	{
		names[0] = TCS_SBG_CHURN;
		names[1] = TCS_SBG_C;
	}
	tcs_model_named_numbers(json, "standard_errors", names,
							model != NULL ? rising->standard_error : estimate->standard_error, count);
	tcs_model_set(json, "limits", limit, tcs_sbg_limits, TCS_SBG_LIMITS);
}

static Datum
sbg_make_model(int64 customers, TcsSbgNote note, const TcsSbgEstimate *estimate,
			   const TcsBdwEstimate *rising)
{
	static const double unknown[2] = {NAN, NAN};
	bool		found = note == TCS_SBG_FINE;
	TcsModelFit fit = {0};
	const char *notes[MOST_NOTES] = {sbg_say_why(note)};
	int			note_count = found ? sbg_say_limit(estimate, rising, notes) : 1;
	StringInfoData json;

	tcs_model_begin(&json, "sbg", 1);
	if (found)
		sbg_put_parameters(&json, estimate, rising);
	else
	{
		tcs_model_number(&json, tcs_sbg_parameters[0], NAN);
		tcs_model_number(&json, tcs_sbg_parameters[1], NAN);
		tcs_model_named_numbers(&json, "standard_errors", tcs_sbg_parameters, unknown, lengthof(unknown));
		tcs_model_set(&json, "limits", 0, tcs_sbg_limits, TCS_SBG_LIMITS);
	}
	if (found)
	{
		fit.parameters = estimate->count;
		fit.customers = (double) customers;
		fit.log_likelihood = estimate->log_likelihood;
		fit.gradient_norm = estimate->gradient_norm;
		fit.condition_number = estimate->condition_number;
		fit.iterations = estimate->iterations;
	}
	if (rising != NULL)
	{
		fit.parameters = rising->model.rate > 0.0 ? 2 : 3;
		fit.log_likelihood = rising->log_likelihood;
		fit.gradient_norm = rising->gradient_norm;
		fit.condition_number = rising->condition_number;
		fit.iterations = estimate->iterations + rising->iterations;
	}
	tcs_model_fit(&json, found ? &fit : NULL);
	tcs_model_integer(&json, "customers", customers);
	tcs_model_texts(&json, "notes", notes, note_count);
	return tcs_model_end(&json);
}

Datum
tcs_sbg_fit_final(PG_FUNCTION_ARGS)
{
	SbgFitState *state = TCS_STATE(SbgFitState);
	TcsSbgCount *counts;
	TcsSbgData	data;
	TcsSbgNote	note;
	TcsSbgEstimate estimate;
	TcsBdwEstimate rising;
	bool		rises;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || state->customers == 0)
		PG_RETURN_NULL();
	counts = sbg_sorted_counts(state);
	data.counts = counts;
	data.count = state->tenures->members;
	data.poll = tcs_progress_poll("fitting the model of subscriptions");
	note = tcs_sbg_fit(&data, &estimate);
	rises = note == TCS_SBG_FINE && estimate.split > 0.0 &&
		tcs_bdw_fit(&data, estimate.churn, &rising);
	tcs_progress_end();
	pfree(counts);
	PG_RETURN_DATUM(sbg_make_model(state->customers, note, &estimate, rises ? &rising : NULL));
}
