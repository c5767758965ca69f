/*
 * spend_fit.c
 *		Fitting what a purchase is worth: the aggregate spend_fit.
 *
 * The model sees customers by how many purchases of a known value they made and
 * the mean of these, before refunds.  The state has for each number a multiset
 * of the means: eight bytes a customer, sorted while they arrive.
 */
#include "spend/spend.h"

#include <float.h>

#include "common/hashfn.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "values/values.h"
#include "math/gamma_gamma_fit.h"
#include "model/model.h"
#include "server/progress.h"

/* Customers with x purchases that count. */
typedef struct SpendGroup
{
	uint32		x;
	char		status;			/* of the hash table */
	TcsValues	values;
} SpendGroup;

#define SH_PREFIX groups
#define SH_ELEMENT_TYPE SpendGroup
#define SH_KEY_TYPE uint32
#define SH_KEY x
#define SH_HASH_KEY(table, key) murmurhash32(key)
#define SH_EQUAL(table, a, b) ((a) == (b))
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

/* Why a customer is not in the fit. */
typedef enum SpendLeftOut
{
	SPEND_NO_HISTORY,			/* NULL, or without x, t_x or t */
	SPEND_NO_PURCHASE,			/* none that counts */
	SPEND_VALUE_UNKNOWN,		/* of all that count */
	SPEND_VALUE_ZERO,
	SPEND_REASONS
} SpendLeftOut;

typedef struct SpendFitState
{
	TcsBudget	budget;
	bool		first_purchase; /* does it count? */
	int64		left_out[SPEND_REASONS];
	TcsReturns	returns;
	groups_hash *groups;
} SpendFitState;

PG_FUNCTION_INFO_V1(tcs_spend_fit_trans);
PG_FUNCTION_INFO_V1(tcs_spend_fit_combine);
PG_FUNCTION_INFO_V1(tcs_spend_fit_serial);
PG_FUNCTION_INFO_V1(tcs_spend_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_spend_fit_final);

#define FEW_GROUPS	8

/* A state in the given context, whose values are in that of the aggregate. */
static SpendFitState *
spend_fit_create(MemoryContext context, MemoryContext aggregate, bool first_purchase)
{
	SpendFitState *state = MemoryContextAllocZero(context, sizeof(SpendFitState));

	state->first_purchase = first_purchase;
	state->budget.context = aggregate;
	state->groups = groups_create(context, FEW_GROUPS, NULL);
	state->budget.used = sizeof(SpendFitState) + state->groups->size * sizeof(SpendGroup);
	return state;
}

static TcsValues *
spend_values(SpendFitState *state, uint32 x)
{
	SpendGroup *group = groups_lookup(state->groups, x);

	if (unlikely(group == NULL))
	{
		uint64		size = state->groups->size;
		bool		found;

		group = groups_insert(state->groups, x, &found);
		memset(&group->values, 0, sizeof(group->values));
		tcs_budget_charge(&state->budget, (state->groups->size - size) * sizeof(SpendGroup));
	}
	return &group->values;
}

static void
spend_check_same(const SpendFitState *state, bool first_purchase)
{
	if (state->first_purchase != first_purchase)
		tcs_not_the_same("first_purchase");
}

/* Count a customer. */
static void
spend_add_customer(SpendFitState *state, const TcsHistoryValue *history)
{
	double		bought = tcs_spend_bought(history);
	double		all = history->valued + (isnan(history->first_value) ? 0 : 1);
	double		mean;
	double		n = tcs_spend_purchases(history, state->first_purchase, true, &mean);

	if (all > 0.0 && bought > 0.0)
		tcs_returns_add(&state->returns, all, bought, history->refunds);
	if (n > 0.0 && mean > 0.0)
		tcs_values_add(spend_values(state, n), &state->budget, tcs_key_of_double(mean));
	else if (n > 0.0)
		state->left_out[SPEND_VALUE_ZERO]++;
	else if (history->x > 0 || state->first_purchase)
		state->left_out[SPEND_VALUE_UNKNOWN]++;
	else
		state->left_out[SPEND_NO_PURCHASE]++;
}

/* arguments: state, history [, first_purchase] */
Datum
tcs_spend_fit_trans(PG_FUNCTION_ARGS)
{
	SpendFitState *state = TCS_STATE(SpendFitState);
	bool		first_purchase = true;
	TcsHistoryValue history;

	if (PG_NARGS() > 2)
	{
		if (PG_ARGISNULL(2))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("first_purchase must not be null"),
					 errhint("Give false for a model of the repeat purchases alone.")));
		first_purchase = PG_GETARG_BOOL(2);
	}
	if (state == NULL)
	{
		MemoryContext context = tcs_aggregate_context(fcinfo);

		state = spend_fit_create(context, context, first_purchase);
	}
	else
		spend_check_same(state, first_purchase);
	if (!PG_ARGISNULL(1) && tcs_history_value(fcinfo, 1, &history))
		spend_add_customer(state, &history);
	else
		state->left_out[SPEND_NO_HISTORY]++;
	PG_RETURN_POINTER(state);
}

Datum
tcs_spend_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	groups_iterator each;
	SpendGroup *group;
	SpendFitState *into;
	SpendFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (SpendFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? spend_fit_create(context, context, from->first_purchase) :
		(SpendFitState *) PG_GETARG_POINTER(0);
	spend_check_same(into, from->first_purchase);
	for (int i = 0; i < SPEND_REASONS; i++)
		into->left_out[i] += from->left_out[i];
	tcs_returns_merge(&into->returns, &from->returns);
	groups_start_iterate(from->groups, &each);
	while ((group = groups_iterate(from->groups, &each)) != NULL)
		tcs_values_merge(spend_values(into, group->x), &into->budget, &group->values);
	PG_RETURN_POINTER(into);
}

static int
spend_compare_groups(const void *a, const void *b)
{
	uint32		left = (*(SpendGroup *const *) a)->x;
	uint32		right = (*(SpendGroup *const *) b)->x;

	return left < right ? -1 : left > right;
}

/* The groups by ascending x, in the current context. */
static SpendGroup **
spend_sorted_groups(SpendFitState *state)
{
	SpendGroup **sorted = MemoryContextAllocHuge(CurrentMemoryContext,
												 (Size) (state->groups->members + 1) * sizeof(SpendGroup *));
	groups_iterator each;
	SpendGroup *group;
	uint32		count = 0;

	groups_start_iterate(state->groups, &each);
	while ((group = groups_iterate(state->groups, &each)) != NULL)
		sorted[count++] = group;
	qsort(sorted, count, sizeof(SpendGroup *), spend_compare_groups);
	return sorted;
}

/* the sums of a TcsReturns, which follow its count */
#define RETURN_SUMS	8

static TcsSum *
spend_return_sums(TcsReturns *returns)
{
	StaticAssertDecl(sizeof(TcsReturns) == sizeof(int64) + RETURN_SUMS * sizeof(TcsSum),
					 "sums of TcsReturns");
	return &returns->bought;
}

static void
spend_send_returns(StringInfo buffer, TcsReturns *returns)
{
	TcsSum	   *sums = spend_return_sums(returns);

	pq_sendint64(buffer, returns->customers);
	for (int i = 0; i < RETURN_SUMS; i++)
	{
		pq_sendfloat8(buffer, sums[i].high);
		pq_sendfloat8(buffer, sums[i].middle);
		pq_sendfloat8(buffer, sums[i].low);
	}
}

static void
spend_receive_returns(StringInfo buffer, TcsReturns *returns)
{
	TcsSum	   *sums = spend_return_sums(returns);

	returns->customers = pq_getmsgint64(buffer);
	for (int i = 0; i < RETURN_SUMS; i++)
	{
		sums[i].high = pq_getmsgfloat8(buffer);
		sums[i].middle = pq_getmsgfloat8(buffer);
		sums[i].low = pq_getmsgfloat8(buffer);
	}
}

Datum
tcs_spend_fit_serial(PG_FUNCTION_ARGS)
{
	SpendFitState *state = (SpendFitState *) PG_GETARG_POINTER(0);
	SpendGroup **sorted;
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	sorted = spend_sorted_groups(state);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, state->first_purchase);
	for (int i = 0; i < SPEND_REASONS; i++)
		pq_sendint64(&buffer, state->left_out[i]);
	spend_send_returns(&buffer, &state->returns);
	pq_sendint32(&buffer, state->groups->members);
	for (uint32 i = 0; i < state->groups->members; i++)
	{
		pq_sendint32(&buffer, sorted[i]->x);
		tcs_values_send(&buffer, &sorted[i]->values);
	}
	pfree(sorted);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_spend_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	SpendFitState *state;
	uint32		group_count;
	uint32		before = 0;
	uint8		first_purchase;
	int64		most = INT64CONST(1) << 56;

	tcs_read_only_buffer(&buffer, bytes);
	/* the values are for the state that this one is combined with */
	first_purchase = pq_getmsgbyte(&buffer);
	if (first_purchase > 1)
		tcs_bad_state("fit");
	state = spend_fit_create(CurrentMemoryContext, context, first_purchase);
	for (int i = 0; i < SPEND_REASONS; i++)
	{
		state->left_out[i] = pq_getmsgint64(&buffer);
		if (state->left_out[i] < 0 || state->left_out[i] > most)
			tcs_bad_state("fit");
	}
	spend_receive_returns(&buffer, &state->returns);
	if (state->returns.customers < 0 || state->returns.customers > most)
		tcs_bad_state("fit");
	group_count = pq_getmsgint(&buffer, 4);
	for (uint32 i = 0; i < group_count; i++)
	{
		uint32		x = pq_getmsgint(&buffer, 4);
		TcsValues  *values;

		if (x <= before || x > (uint32) PG_INT32_MAX + 1)
			tcs_bad_state("fit");
		before = x;
		values = spend_values(state, x);
		tcs_values_receive(&buffer, values, &state->budget,
						   tcs_key_of_double(DBL_TRUE_MIN), tcs_key_of_double(DBL_MAX));
		if (values->count == 0)
			tcs_bad_state("fit");
	}
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* Write the values of a group to an array, ascending. */
static void
spend_write_values(TcsValues *values, double *array)
{
	TcsMerge	walk;
	uint64		steps = 0;
	uint64		key;
	uint64		times;

	tcs_values_settle(values);
	tcs_values_walk(values, &walk);
	while (tcs_merge_next(&walk, &key, &times))
	{
		double		value = tcs_double_of_key(key);

		for (uint64 i = 0; i < times; i++)
		{
			if ((++steps & 0xFFFF) == 0)
				CHECK_FOR_INTERRUPTS();
			*array++ = value;
		}
	}
	pfree(walk.heap);
	pfree(walk.position);
}

/* The population as the mathematics takes it, in the current context. */
static int64
spend_make_data(SpendFitState *state, TcsSpendData *data)
{
	SpendGroup **sorted = spend_sorted_groups(state);
	uint32		count = state->groups->members;
	Size		customers = 0;
	Size		needed;
	double	   *m_x;

	for (uint32 i = 0; i < count; i++)
		customers += sorted[i]->values.count;
	needed = state->budget.used + customers * sizeof(double) +
		count * (sizeof(TcsSpendGroup) + sizeof(SpendGroup *));
	if (needed > (uint64) tcs_fit_memory * 1024)
		tcs_fit_memory_exceeded(needed);

	memset(data, 0, sizeof(*data));
	data->poll = tcs_progress_poll("fitting the model of spending");
	data->group_count = count;
	data->groups = MemoryContextAllocHuge(CurrentMemoryContext,
										  (count + 1) * sizeof(TcsSpendGroup));
	m_x = MemoryContextAllocHuge(CurrentMemoryContext, (customers + 1) * sizeof(double));
	for (uint32 i = 0; i < count; i++)
	{
		TcsValues  *values = &sorted[i]->values;

		data->groups[i].x = sorted[i]->x;
		data->groups[i].count = values->count;
		data->groups[i].m_x = m_x;
		spend_write_values(values, m_x);
		m_x += values->count;
	}
	pfree(sorted);
	return customers;
}

/* The mean over customers of what their purchases are worth; NaN if nothing is known. */
static double
spend_observed_mean(const SpendFitState *state, const TcsSpendData *data, int64 customers)
{
	double		mean = 0.0;

	if (customers == 0)
		return state->left_out[SPEND_VALUE_ZERO] > 0 ? 0.0 : NAN;
	for (size_t g = 0; g < data->group_count; g++)
		for (size_t i = 0; i < data->groups[g].count; i++)
			mean += data->groups[g].m_x[i] / customers;
	return fmin(mean, DBL_MAX);
}

/* What is told of a fit that found nothing. */
static const char *
spend_say_why(TcsSpendNote note, bool first_purchase)
{
	switch (note)
	{
		case TCS_SPEND_FINE:
			break;
		case TCS_SPEND_ONE:
			return first_purchase ? "only one customer has a purchase of a positive value" :
				"only one customer has a repeat purchase of a positive value";
		case TCS_SPEND_EXTREME:
			return "the values are too far apart for a model, by many powers of ten: leave those out that are no prices";
	}
	return NULL;
}

/* What a model says of the customers, in words. */
static const char *
spend_say_limit(const TcsSpendEstimate *estimate, double mean)
{
	switch (estimate->limits)
	{
		case 0:
			if (!estimate->determined)
				return "the data do not determine the parameters: others fit them as well";
			if (isnan(mean))
				return "customers differ so much in what they spend that the model has no finite mean, as q is not above 1: "
					"of those without a known purchase the mean over customers so far, observed_mean, is expected";
			return NULL;
		case TCS_SPEND_EQUAL_SPEND:
			return "customers do not differ in what they spend: what is expected of all is the common mean";
		case TCS_SPEND_EQUAL_PURCHASES:
			if (isnan(mean))
				return "the purchases of a customer do not differ in value: what is expected is the mean so far; "
					"of those without a known purchase it is the mean over customers, observed_mean, as q is not above 1";
			return "the purchases of a customer do not differ in value: what is expected is the mean so far";
		default:
			return "all customers have the same mean value, which is expected of everybody";
	}
}

/* What the state tells beside the parameters. */
static void
spend_write_facts(StringInfo json, const SpendFitState *state)
{
	static const char *const reasons[SPEND_REASONS] = {"no_history", "no_purchase", "value_unknown", "value_zero"};
	TcsReturnRate returns = tcs_returns_rate(&state->returns);
	double		left_out[SPEND_REASONS];

	for (int i = 0; i < SPEND_REASONS; i++)
		left_out[i] = state->left_out[i];
	tcs_model_boolean(json, "first_purchase", state->first_purchase);
	tcs_model_number(json, "return_rate", returns.rate);
	tcs_model_number(json, "return_prior", returns.rate > 0.0 ? returns.prior : NAN);
	tcs_model_named_numbers(json, "left_out", reasons, left_out, SPEND_REASONS);
}

/* The model; without an estimate, why says so; else it is NULL. */
static void
spend_write_model(StringInfo json, const SpendFitState *state,
				  const TcsSpendEstimate *estimate, int64 customers,
				  double observed, const char *why)
{
	bool		found = why == NULL;
	double		value[TCS_SPEND_TERMS] = {NAN, NAN, NAN, NAN, NAN};
	const char *names[TCS_SPEND_PARAMETERS] = {"p", "q", "v"};
	double		errors[TCS_SPEND_PARAMETERS] = {NAN, NAN, NAN};
	int			count = found ? estimate->count : TCS_SPEND_PARAMETERS;
	TcsModelFit fit;
	double		mean = NAN;

	for (int i = 0; found && i < count; i++)
	{
		value[estimate->term[i]] = estimate->value[i];
		names[i] = tcs_spend_term_names[estimate->term[i]];
		errors[i] = estimate->standard_error[i];
	}
	if (found)
	{
		TcsGammaGamma model = tcs_spend_of_terms(estimate->limits, value);

		mean = isnan(value[TCS_SPEND_MEAN]) ? tcs_spend_population_mean(&model) :
			value[TCS_SPEND_MEAN];
		why = spend_say_limit(estimate, mean);
	}
	tcs_model_begin(json, "gamma-gamma", 1);
	for (int i = 0; i < TCS_SPEND_SCALE; i++)
		tcs_model_number(json, tcs_spend_term_names[i], value[i]);
	if (!isnan(value[TCS_SPEND_SCALE]))
		tcs_model_number(json, tcs_spend_term_names[TCS_SPEND_SCALE], value[TCS_SPEND_SCALE]);
	tcs_model_named_numbers(json, "standard_errors", names, errors, count);
	tcs_model_set(json, "limits", found ? estimate->limits : 0, tcs_spend_limits, TCS_SPEND_LIMITS);
	tcs_model_number(json, "population_mean", mean);
	if (isnan(mean) && !isnan(observed))
		tcs_model_number(json, "observed_mean", observed);
	spend_write_facts(json, state);
	if (found)
		fit = (TcsModelFit)
	{
		count, (double) customers, estimate->log_likelihood,
			estimate->gradient_norm, estimate->condition_number, estimate->iterations
	};
	tcs_model_fit(json, found ? &fit : NULL);
	tcs_model_integer(json, "customers", customers);
	tcs_model_texts(json, "notes", &why, why != NULL);
}

Datum
tcs_spend_fit_final(PG_FUNCTION_ARGS)
{
	SpendFitState *state = TCS_STATE(SpendFitState);
	MemoryContext context;
	MemoryContext old;
	TcsSpendEstimate estimate;
	const char *why;
	double		observed;
	int64		customers;
	int64		known;
	TcsSpendData data;
	StringInfoData json;

	tcs_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_NULL();
	known = state->groups->members;
	for (int i = SPEND_NO_HISTORY + 1; i < SPEND_REASONS; i++)
		known += state->left_out[i];
	if (known == 0)
		PG_RETURN_NULL();

	context = AllocSetContextCreate(CurrentMemoryContext, "tcs spend_fit",
									ALLOCSET_DEFAULT_SIZES);
	old = MemoryContextSwitchTo(context);
	customers = spend_make_data(state, &data);
	observed = spend_observed_mean(state, &data, customers);
	if (customers == 0)
		why = state->first_purchase ? "no customer has a purchase of a positive value" :
			"no customer has a repeat purchase of a positive value";
	else
	{
		why = spend_say_why(tcs_spend_fit(&data, &estimate), state->first_purchase);
		tcs_progress_end();
	}
	MemoryContextSwitchTo(old);
	spend_write_model(&json, state, &estimate, customers, observed, why);
	MemoryContextDelete(context);
	PG_RETURN_DATUM(tcs_model_end(&json));
}
