/*
 * btyd_fit.c
 *		Fitting a model of repeat purchases: the aggregate btyd_fit.
 */
#include "btyd/btyd.h"

#include "common/int.h"
#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "btyd/population.h"
#include "math/btyd_choose.h"
#include "model/model.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_btyd_fit_trans);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_combine);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_serial);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_btyd_fit_final);

/* As k, of a family with a rhythm: the data choose the family, too. */
#define ANY_FAMILY	(TCS_CNBD_MOST + 1)

typedef struct BtydFitState
{
	TcsBtydFamily family;
	double		period;			/* days between opportunities, of bg/bb; else
								 * 0 */
	int			k;				/* of cnbd-k, or 0: from the data; or
								 * ANY_FAMILY */
	int64		no_history;		/* customers of whom nothing is told */
	TcsPopulation population;	/* of bg/bb, times are opportunities */
} BtydFitState;

static BtydFitState *
btyd_fit_create(MemoryContext context, TcsBtydFamily family, double period, int k)
{
	BtydFitState *state = MemoryContextAllocZero(context, sizeof(BtydFitState));

	state->family = family;
	state->period = period;
	state->k = k;
	state->population.rhythm = tcs_btyd_has_rhythm(family);
	state->population.budget.context = context;
	state->population.budget.used = sizeof(BtydFitState);
	return state;
}

static void
btyd_check_same_family(const BtydFitState *state, TcsBtydFamily family, double period, int k)
{
	if (state->family != family || state->k != k)
		tcs_not_the_same("family");
	if (state->period != period)
		tcs_not_the_same("period");
}

/* The family in argument 2, mbg/nbd if there is none. */
static TcsBtydFamily
btyd_family_argument(FunctionCallInfo fcinfo, int *k)
{
	text	   *name;

	if (PG_NARGS() <= 2)
		return TCS_MBG_NBD;
	if (PG_ARGISNULL(2))
		tcs_refuse_null("family", TCS_BTYD_FAMILY_HINT);
	name = PG_GETARG_TEXT_PP(2);
	if (VARSIZE_ANY_EXHDR(name) == 4 && memcmp(VARDATA_ANY(name), "auto", 4) == 0)
	{
		*k = ANY_FAMILY;
		return TCS_MBG_CNBD;
	}
	return tcs_btyd_family(name, k);
}

/* The days of the period in argument 3, of which only bg/bb knows; 0 for none. */
static double
btyd_period_argument(FunctionCallInfo fcinfo, TcsBtydFamily family, int k)
{
	bool		given = PG_NARGS() > 3 && !PG_ARGISNULL(3);

	if (family == TCS_BG_BB)
		return given ? tcs_btyd_period(PG_GETARG_INTERVAL_P(3), "period") : 1.0;
	if (given)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("family \"%s\" has no period", k == ANY_FAMILY ? "auto" : tcs_btyd_families[family]),
				 errhint("Purchases at opportunities, a period apart, are the family bg/bb; give NULL for others.")));
	return 0.0;
}

/* How many customers a row stands for, in argument 4; 0 for NULL. */
static int64
btyd_customers_argument(FunctionCallInfo fcinfo)
{
	int64		customers;

	if (PG_NARGS() <= 4)
		return 1;
	if (PG_ARGISNULL(4))
		return 0;
	customers = PG_GETARG_INT64(4);
	if (customers < 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("customers must not be negative, as " INT64_FORMAT " is", customers)));
	return customers;
}

/* arguments: state, history [, family [, period [, customers]]] */
Datum
tcs_btyd_fit_trans(PG_FUNCTION_ARGS)
{
	BtydFitState *state = TCS_STATE(BtydFitState);
	int			k = 0;
	TcsBtydFamily family = btyd_family_argument(fcinfo, &k);
	double		period = btyd_period_argument(fcinfo, family, k);
	int64		customers = btyd_customers_argument(fcinfo);
	TcsHistoryValue history;

	if (state != NULL)
		btyd_check_same_family(state, family, period, k);
	else
		state = btyd_fit_create(tcs_aggregate_context(fcinfo), family, period, k);

	if (!PG_ARGISNULL(1) && tcs_history_value(fcinfo, 1, &history))
	{
		if (family == TCS_BG_BB)
			tcs_btyd_opportunities(period, &history, &history.t_x, &history.t);
		for (int64 i = 0; i < customers; i++)
		{
			if (i % 65536 == 65535)
				CHECK_FOR_INTERRUPTS();
			tcs_population_add(&state->population, &history);
		}
	}
	else if (pg_add_s64_overflow(state->no_history, customers, &state->no_history))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("sum of customers is out of range for bigint")));
	PG_RETURN_POINTER(state);
}

Datum
tcs_btyd_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	BtydFitState *into;
	BtydFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (BtydFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? btyd_fit_create(context, from->family, from->period, from->k) :
		(BtydFitState *) PG_GETARG_POINTER(0);
	btyd_check_same_family(into, from->family, from->period, from->k);
	into->no_history += from->no_history;
	tcs_population_merge(&into->population, &from->population);
	PG_RETURN_POINTER(into);
}

Datum
tcs_btyd_fit_serial(PG_FUNCTION_ARGS)
{
	BtydFitState *state = (BtydFitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, state->family);
	pq_sendfloat8(&buffer, state->period);
	pq_sendint32(&buffer, state->k);
	pq_sendint64(&buffer, state->no_history);
	tcs_population_send(&buffer, &state->population);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_btyd_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	BtydFitState *state;
	uint32		family;
	double		period;
	uint32		k;

	tcs_read_only_buffer(&buffer, bytes);
	family = pq_getmsgint(&buffer, 4);
	period = pq_getmsgfloat8(&buffer);
	k = pq_getmsgint(&buffer, 4);
	if (family >= TCS_BTYD_FAMILIES || isinf(period) || k > ANY_FAMILY ||
		!(family == TCS_BG_BB ? period > 0.0 : period == 0.0))
		tcs_bad_state("fit");
	state = btyd_fit_create(CurrentMemoryContext, (TcsBtydFamily) family, period, (int) k);
	state->no_history = pq_getmsgint64(&buffer);
	if (state->no_history < 0 || state->no_history > (INT64CONST(1) << 56))
		tcs_bad_state("fit");
	/* what is in it is for the state that this one is combined with */
	state->population.budget.context = context;
	tcs_population_receive(&buffer, &state->population);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(state);
}

/* What is told of a fit that found nothing. */
static const char *
btyd_say_why(TcsBtydNote note)
{
	switch (note)
	{
		case TCS_BTYD_FINE:
			break;
		case TCS_BTYD_ONE_CUSTOMER:
			return "there is only one customer";
		case TCS_BTYD_NO_REPEATS:
			return "no customer has a repeat purchase";
		case TCS_BTYD_NO_TIME:
			return "no repeat buyer was observed for any time";
		case TCS_BTYD_REPEATS_AT_ONCE:
			return "there are repeat purchases with a t_x of 0, on the day of the first, which no model explains: "
				"purchases are days with an order, not orders";
	}
	return NULL;
}

/* What a limit says of the customers; no more than two hold at once. */
static int
btyd_say_limits(const TcsBtydEstimate *estimate, const char **notes)
{
	int			limits = estimate->limits;
	double		leaving = estimate->value[estimate->count - 1];
	int			count = 0;

	if (limits & TCS_BTYD_EQUAL_RATES)
		notes[count++] = estimate->family == TCS_BG_BB ?
			psprintf("all customers are as likely to buy, with a chance of %.3g %% at each opportunity: "
					 "that some bought more often tells nothing of the future",
					 100.0 * estimate->value[0]) :
			psprintf("all customers buy at the same rate, a purchase in %.4g days on average: "
					 "that some bought more often tells nothing of the future",
					 1.0 / estimate->value[0]);
	if (limits & TCS_BTYD_ALL_OR_NONE)
		notes[count++] = psprintf("%.3g %% of the customers buy at each opportunity while they are there, the others at none: "
								  "do not wait for those who missed one, nor for those who never bought",
								  100.0 * estimate->value[0]);
	if (limits & TCS_BTYD_NOBODY_LEAVES)
		notes[count++] = "no customer seems to have left: p_alive is 1 for all, and churn_risk is the chance "
			"that no purchase happens to be made within the horizon";
	if (limits & TCS_BTYD_LEAVE_AT_ONCE)
		notes[count++] = psprintf("%.3g %% of the customers leave at the first occasion, %s, the others never",
								  100.0 * leaving, estimate->family == TCS_BG_BB ? "before the first opportunity" :
								  estimate->family == TCS_BG_NBD || estimate->family == TCS_BG_CNBD ?
								  "after the first repeat purchase" : "after the first purchase");
	if (limits & TCS_BTYD_EQUAL_LEAVING)
		notes[count++] = estimate->family == TCS_PARETO_NBD ?
			psprintf("all customers leave at the same rate, half of them within %.4g days", log(2.0) / leaving) :
			psprintf("all customers are as likely to leave, with a chance of %.3g %% %s", 100.0 * leaving,
					 estimate->family == TCS_BG_BB ? "before each opportunity" : "after each purchase");
	if (limits == 0 && isnan(estimate->standard_error[0]))
		notes[count++] = "the data do not determine the parameters: others fit them as well";
	return count;
}

/* With so many customers some bought only once, if nobody was left out. */
#define MANY_CUSTOMERS	200

/* Whether all of many customers came again. */
static const char *
btyd_say_nobody_once(const TcsBtydData *data, double customers)
{
	/* the groups rise */
	if (customers < MANY_CUSTOMERS || data->groups[0].x == 0.0)
		return NULL;
	return psprintf("none of the %.0f customers bought only once: were they left out? "
					"Without them customers come out as more faithful than they are",
					customers);
}

/* What each family that was compared came to. */
static void
btyd_write_criteria(StringInfo json, const double *criterion)
{
	const char *names[TCS_BTYD_RIVALS];
	double		value[TCS_BTYD_RIVALS];
	int			count = 0;

	for (int i = 0; i < TCS_BTYD_RIVALS; i++)
		if (!isnan(criterion[i]))
		{
			names[count] = tcs_btyd_families[tcs_btyd_rivals[i]];
			value[count++] = criterion[i];
		}
	tcs_model_named_numbers(json, "compared", names, value, count);
}

/*
 * The model; without an estimate, that says why.  Criteria are NULL where the
 * family was named.
 */
static Datum
btyd_make_model(const TcsBtydData *data, const BtydFitState *state, TcsBtydNote note,
				const TcsBtydEstimate *estimate, const double *criterion)
{
	static const char *const reasons[] = {"no_history"};
	bool		found = note == TCS_BTYD_FINE;
	TcsBtydFamily family = criterion == NULL ? state->family : found ? estimate->family : TCS_MBG_NBD;
	double		customers = tcs_population_count(&state->population);
	double		left_out[] = {state->no_history};
	const char *nobody_once = btyd_say_nobody_once(data, customers);
	TcsModelFit fit;
	TcsBtydTerm inside[TCS_BTYD_PARAMETERS];
	int			count = tcs_btyd_terms(family, 0, inside);
	double		all[TCS_BTYD_TERMS];
	double		errors[TCS_BTYD_PARAMETERS];
	const char *names[TCS_BTYD_PARAMETERS];
	const char *notes[4] = {btyd_say_why(note)};
	int			note_count = found ? btyd_say_limits(estimate, notes) : 1;
	bool		rhythm = tcs_btyd_has_rhythm(family);
	StringInfoData json;

	if (rhythm && data->k == 0 && isnan(data->ln_gaps))
		notes[note_count++] = "k is 1, as there are histories without ln_gaps: make them with tcs.purchase_history "
			"from the purchases, or name k";
	if (nobody_once != NULL)
		notes[note_count++] = nobody_once;
	for (int i = 0; i < TCS_BTYD_TERMS; i++)
		all[i] = NAN;
	for (int i = 0; found && i < estimate->count; i++)
		all[estimate->term[i]] = estimate->value[i];

	tcs_model_begin(&json, tcs_btyd_families[family], 1);
	if (rhythm && found)
		tcs_model_integer(&json, "k", estimate->k);
	for (int i = 0; i < count; i++)
		tcs_model_number(&json, tcs_btyd_term_name(family, inside[i]), all[inside[i]]);
	for (int i = TCS_BTYD_RATE; i <= TCS_BTYD_LEAVING; i++)
		if (!isnan(all[i]))
			tcs_model_number(&json, tcs_btyd_term_name(family, (TcsBtydTerm) i), all[i]);
	if (family == TCS_BG_BB)
		tcs_model_number(&json, "period", state->period);
	if (found)
		count = estimate->count;
	for (int i = 0; i < count; i++)
	{
		names[i] = tcs_btyd_term_name(family, found ? estimate->term[i] : inside[i]);
		errors[i] = found ? estimate->standard_error[i] : NAN;
	}
	tcs_model_named_numbers(&json, "standard_errors", names, errors, count);
	tcs_model_set(&json, "limits", found ? estimate->limits : 0, tcs_btyd_limits, TCS_BTYD_LIMITS);
	if (criterion != NULL)
		btyd_write_criteria(&json, criterion);
	if (found)
		fit = (TcsModelFit)
	{
		count + (rhythm && data->k == 0 ? 1 : 0), customers, estimate->log_likelihood,
			estimate->gradient_norm, estimate->condition_number, estimate->iterations
	};
	tcs_model_fit(&json, found ? &fit : NULL);
	tcs_model_integer(&json, "customers", (int64) customers);
	tcs_model_named_numbers(&json, "left_out", reasons, left_out, lengthof(reasons));
	tcs_model_integer(&json, "tuples", data->tuple_count);
	tcs_model_texts(&json, "notes", notes, note_count);
	return tcs_model_end(&json);
}

/*
 * Every so manieth tuple of very many, in the current context; false where all
 * are few enough.
 */
static bool
btyd_take_part(const TcsBtydData *data, TcsBtydData *part)
{
	size_t		stride = data->tuple_count / TCS_BTYD_PART;
	size_t		next = 0;

	if (stride < 2)
		return false;
	memset(part, 0, sizeof(TcsBtydData));
	part->ln_gaps = NAN;
	part->poll = data->poll;
	part->groups = MemoryContextAllocHuge(CurrentMemoryContext, data->group_count * sizeof(TcsBtydGroup));
	part->tuples = MemoryContextAllocHuge(CurrentMemoryContext, (data->tuple_count / stride + 1) * sizeof(TcsBtydTuple));
	for (size_t i = 0; i < data->group_count; i++)
	{
		const TcsBtydGroup *from = &data->groups[i];
		TcsBtydGroup *group = &part->groups[part->group_count];

		*group = (TcsBtydGroup)
		{
			from->x, 0.0, part->tuple_count, 0
		};
		for (; next < from->first + from->count; next += stride)
		{
			part->tuples[part->tuple_count++] = data->tuples[next];
			group->customers += data->tuples[next].customers;
			group->count++;
		}
		part->group_count += group->count > 0;
	}
	return true;
}

/* The model of the family that the data support. */
static Datum
btyd_choose_model(const TcsBtydData *data, const BtydFitState *state)
{
	double		criterion[TCS_BTYD_RIVALS];
	TcsBtydEstimate estimate;
	TcsBtydData part;
	bool		partly = btyd_take_part(data, &part);
	TcsBtydNote note = tcs_btyd_choose(data, partly ? &part : NULL, &estimate, criterion);

	if (partly)
	{
		pfree(part.groups);
		pfree(part.tuples);
	}
	tcs_progress_end();
	return btyd_make_model(data, state, note, &estimate, criterion);
}

Datum
tcs_btyd_fit_final(PG_FUNCTION_ARGS)
{
	BtydFitState *state = TCS_STATE(BtydFitState);
	TcsBtydData data;
	TcsBtydEstimate estimate;
	TcsBtydNote note;
	Datum		model;

	tcs_aggregate_context(fcinfo);
	if (state == NULL || tcs_population_count(&state->population) == 0)
		PG_RETURN_NULL();
	tcs_population_data(&state->population, &data);
	if (state->k == ANY_FAMILY)
		model = btyd_choose_model(&data, state);
	else
	{
		data.k = state->k;
		note = tcs_btyd_fit(&data, state->family, &estimate);
		tcs_progress_end();
		model = btyd_make_model(&data, state, note, &estimate, NULL);
	}
	tcs_population_free(&state->population, &data);
	PG_RETURN_DATUM(model);
}
