/*
 * churn_fit.c
 *		Learning a risk of churn from what became of customers: the aggregate
 *		churn_fit.
 *
 * Rows are pairs of a history until a day and what came after it.  Those with the same
 * two days are a split.  At each split the family of the base is fitted anew, as it
 * would have been on that day, so that what the base gets wrong is seen as it
 * was.  Equal histories of a split are counted once.
 */
#include "churn/churn_attributes.h"

#include <math.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/datetime.h"
#include "utils/memutils.h"

#include "btyd/population.h"
#include "churn/churn_model.h"
#include "model/model.h"
#include "server/progress.h"

PG_FUNCTION_INFO_V1(tcs_churn_fit_trans);
PG_FUNCTION_INFO_V1(tcs_churn_fit_combine);
PG_FUNCTION_INFO_V1(tcs_churn_fit_serial);
PG_FUNCTION_INFO_V1(tcs_churn_fit_deserial);
PG_FUNCTION_INFO_V1(tcs_churn_fit_final);

/* Of more distinct histories in a split every so manieth is learned from. */
#define MOST_TUPLES	8000

/* Bases whose loss is greater by no more than this share take part in the mean. */
#define NEARLY_BEST	0.01
#define SAME_LOSS	1e-6

typedef struct ChurnSplit
{
	DateADT		as_of;
	DateADT		until;
	TcsPopulation all;
	TcsPopulation away;			/* those of them who did not return */
} ChurnSplit;

typedef struct ChurnFitState
{
	MemoryContext context;
	Size		used;			/* bytes, of all splits */
	Jsonb	   *base;
	double		horizon;
	int64		no_history;		/* rows that tell nothing */
	int64		no_outcome;
	int			count;
	ChurnSplit *split[TCS_CHURN_SPLITS];
	TcsChurnAttributes *attributes; /* NULL unless they are given */
} ChurnFitState;

static ChurnFitState *
churn_fit_create(MemoryContext context, const Jsonb *base, double horizon)
{
	ChurnFitState *state = MemoryContextAllocZero(context, sizeof(ChurnFitState));

	state->context = context;
	state->base = MemoryContextAlloc(context, VARSIZE(base));
	memcpy(state->base, base, VARSIZE(base));
	state->used = sizeof(ChurnFitState) + VARSIZE(base);
	state->horizon = horizon;
	return state;
}

static void
churn_check_same(const ChurnFitState *state, const Jsonb *base, double horizon)
{
	if (VARSIZE(state->base) != VARSIZE(base) || memcmp(state->base, base, VARSIZE(base)) != 0)
		tcs_not_the_same("base");
	if (state->horizon != horizon)
		tcs_not_the_same("horizon");
}

/* The split of these days, which is made where it is the first of them. */
static ChurnSplit *
churn_split(ChurnFitState *state, DateADT as_of, DateADT until)
{
	ChurnSplit *split;

	for (int i = state->count - 1; i >= 0; i--)
		if (state->split[i]->as_of == as_of && state->split[i]->until == until)
			return state->split[i];
	if (state->count == TCS_CHURN_SPLITS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("more than %d splits", TCS_CHURN_SPLITS),
				 errdetail("Rows whose as_of and until are the same are one."),
				 errhint("Cut the log at fewer days.")));
	split = MemoryContextAllocZero(state->context, sizeof(ChurnSplit));
	split->as_of = as_of;
	split->until = until;
	split->all.budget.context = split->away.budget.context = state->context;
	state->used += sizeof(ChurnSplit);
	state->split[state->count++] = split;
	return split;
}

/* Add a customer; what all splits hold is one budget. */
static void
churn_population_add(ChurnFitState *state, TcsPopulation *population, const TcsHistoryValue *history)
{
	population->budget.used = state->used;
	tcs_population_add(population, history);
	state->used = population->budget.used;
}

static void
churn_population_merge(ChurnFitState *state, TcsPopulation *into, TcsPopulation *from)
{
	into->budget.used = state->used;
	tcs_population_merge(into, from);
	state->used = into->budget.used;
}

/* A day in that argument. */
static DateADT
churn_day_argument(FunctionCallInfo fcinfo, int argno, const char *what)
{
	DateADT		day;

	if (PG_ARGISNULL(argno))
		tcs_refuse_null(what, "Give the day until which the history goes as as_of, and the last day on which a purchase counts as returned as until.");
	day = PG_GETARG_DATEADT(argno);
	if (DATE_NOT_FINITE(day))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must be a finite date", what)));
	return day;
}

static void
churn_check_days(DateADT as_of, DateADT until)
{
	if (until > as_of)
		return;
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("until must be after as_of"),
			 errhint("The outcome is what came in the days after as_of, as tcs.holdout counts it.")));
}

/* What a base must be: a model of purchases in continuous time. */
static void
churn_fit_read_base(Jsonb *base, TcsBtyd *btyd)
{
	tcs_btyd_read(base, btyd);
	if (btyd->family == TCS_BG_BB)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("family \"%s\" cannot be the base", tcs_btyd_families[btyd->family]),
				 errhint("Pass a model of a family without a period, such as that of btyd_fit(history, 'auto').")));
}

/* The models that are the base: one, or those in an array. */
static int
churn_fit_read_bases(Jsonb *base, Jsonb **bases)
{
	TcsBtyd		btyd;
	int			count = 1;

	bases[0] = base;
	if (JB_ROOT_IS_ARRAY(base) && !JB_ROOT_IS_SCALAR(base))
		count = JB_ROOT_COUNT(base);
	if (count < 1 || count > TCS_CHURN_BASES)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("an array as base must have 1 to %d models, not %d", TCS_CHURN_BASES, count),
				 errhint("Pass models of different families, such as jsonb_build_array(btyd_fit(history), btyd_fit(history, 'nbd')).")));
	for (int i = 0; i < count; i++)
	{
		if (JB_ROOT_IS_ARRAY(base) && !JB_ROOT_IS_SCALAR(base))
			bases[i] = JsonbValueToJsonb(getIthJsonbValueFromContainer(&base->root, i));
		churn_fit_read_base(bases[i], &btyd);
	}
	return count;
}

/* The same pair with its attributes, which may be a NULL row. */
static void
churn_fit_add_attributes(FunctionCallInfo fcinfo, ChurnFitState *state, const TcsHistoryValue *history,
						 DateADT as_of, DateADT until)
{
	TcsChurnPair pair = {*history, as_of, until, PG_GETARG_BOOL(2)};

	if (!PG_ARGISNULL(7))
		tcs_churn_attributes_add(state->attributes, &pair, PG_GETARG_HEAPTUPLEHEADER(7));
}

/* arguments: state, history, returned, as_of, until, base, horizon [, attributes] */
Datum
tcs_churn_fit_trans(PG_FUNCTION_ARGS)
{
	ChurnFitState *state = TCS_STATE(ChurnFitState);
	DateADT		as_of = churn_day_argument(fcinfo, 3, "as_of");
	DateADT		until = churn_day_argument(fcinfo, 4, "until");
	Jsonb	   *base;
	double		horizon;
	TcsHistoryValue history;
	ChurnSplit *split;

	churn_check_days(as_of, until);
	if (PG_ARGISNULL(5))
		tcs_refuse_null("base", "Give a model of tcs.btyd_fit that converged.");
	if (PG_ARGISNULL(6))
		tcs_refuse_null("horizon", NULL);
	base = PG_GETARG_JSONB_P(5);
	horizon = tcs_horizon_argument(fcinfo, 6);
	if (state != NULL)
		churn_check_same(state, base, horizon);
	else
	{
		Jsonb	   *bases[TCS_CHURN_BASES];

		(void) churn_fit_read_bases(base, bases);
		if (!(horizon > 0.0))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("horizon must be longer than nothing")));
		state = churn_fit_create(tcs_aggregate_context(fcinfo), base, horizon);
		if (PG_NARGS() > 7)
		{
			tcs_features_check_row(fcinfo, 7);
			state->attributes = tcs_churn_attributes_create(state->context);
		}
	}

	if (PG_ARGISNULL(1) || !tcs_history_value(fcinfo, 1, &history))
		state->no_history++;
	else if (PG_ARGISNULL(2))
		state->no_outcome++;
	else
	{
		split = churn_split(state, as_of, until);
		churn_population_add(state, &split->all, &history);
		if (!PG_GETARG_BOOL(2))
			churn_population_add(state, &split->away, &history);
		if (state->attributes != NULL)
			churn_fit_add_attributes(fcinfo, state, &history, as_of, until);
	}
	PG_RETURN_POINTER(state);
}

Datum
tcs_churn_fit_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	ChurnFitState *into;
	ChurnFitState *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (ChurnFitState *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? churn_fit_create(context, from->base, from->horizon) :
		(ChurnFitState *) PG_GETARG_POINTER(0);
	churn_check_same(into, from->base, from->horizon);
	into->no_history += from->no_history;
	into->no_outcome += from->no_outcome;
	if (from->attributes != NULL && into->attributes == NULL)
		into->attributes = tcs_churn_attributes_create(into->context);
	if (from->attributes != NULL)
		tcs_churn_attributes_merge(into->attributes, from->attributes);
	for (int i = 0; i < from->count; i++)
	{
		ChurnSplit *split = churn_split(into, from->split[i]->as_of, from->split[i]->until);

		churn_population_merge(into, &split->all, &from->split[i]->all);
		churn_population_merge(into, &split->away, &from->split[i]->away);
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_churn_fit_serial(PG_FUNCTION_ARGS)
{
	ChurnFitState *state = (ChurnFitState *) PG_GETARG_POINTER(0);
	StringInfoData buffer;
	char	   *base;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	base = JsonbToCString(NULL, &state->base->root, VARSIZE(state->base));
	pq_sendbytes(&buffer, base, strlen(base) + 1);
	pq_sendfloat8(&buffer, state->horizon);
	pq_sendint64(&buffer, state->no_history);
	pq_sendint64(&buffer, state->no_outcome);
	pq_sendint32(&buffer, state->count);
	for (int i = 0; i < state->count; i++)
	{
		pq_sendint32(&buffer, state->split[i]->as_of);
		pq_sendint32(&buffer, state->split[i]->until);
		tcs_population_send(&buffer, &state->split[i]->all);
		tcs_population_send(&buffer, &state->split[i]->away);
	}
	pq_sendbyte(&buffer, state->attributes != NULL);
	if (state->attributes != NULL)
		tcs_churn_attributes_send(&buffer, state->attributes);
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_churn_fit_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	MemoryContext context = tcs_aggregate_context(fcinfo);
	StringInfoData buffer;
	ChurnFitState *state;
	Jsonb	   *base;
	double		horizon;
	int			count;
	Jsonb	   *bases[TCS_CHURN_BASES];

	tcs_copied_buffer(&buffer, bytes);
	base = DatumGetJsonbP(DirectFunctionCall1(jsonb_in, CStringGetDatum(pq_getmsgrawstring(&buffer))));
	(void) churn_fit_read_bases(base, bases);
	horizon = pq_getmsgfloat8(&buffer);
	if (!(horizon > 0.0) || isinf(horizon))
		tcs_bad_state("fit");
	state = churn_fit_create(CurrentMemoryContext, base, horizon);
	/* what is in it is for the state that this one is combined with */
	state->context = context;
	state->no_history = pq_getmsgint64(&buffer);
	state->no_outcome = pq_getmsgint64(&buffer);
	count = pq_getmsgint(&buffer, 4);
	if (state->no_history < 0 || state->no_history > (INT64CONST(1) << 56) ||
		state->no_outcome < 0 || state->no_outcome > (INT64CONST(1) << 56) ||
		count < 0 || count > TCS_CHURN_SPLITS)
		tcs_bad_state("fit");
	for (int i = 0; i < count; i++)
	{
		DateADT		as_of = (DateADT) pq_getmsgint(&buffer, 4);
		DateADT		until = (DateADT) pq_getmsgint(&buffer, 4);
		ChurnSplit *split;

		if (DATE_NOT_FINITE(as_of) || DATE_NOT_FINITE(until) || until <= as_of)
			tcs_bad_state("fit");
		split = churn_split(state, as_of, until);
		tcs_population_receive(&buffer, &split->all);
		tcs_population_receive(&buffer, &split->away);
		if (tcs_population_count(&split->away) > tcs_population_count(&split->all))
			tcs_bad_state("fit");
	}
	if (pq_getmsgbyte(&buffer) != 0)
		state->attributes = tcs_churn_attributes_receive(&buffer, context);
	pq_getmsgend(&buffer);
	pfree(buffer.data);
	PG_RETURN_POINTER(state);
}

/* Does a split come after another?  By until, then by as_of. */
static bool
churn_split_is_later(const ChurnSplit *split, const ChurnSplit *than)
{
	return split->until != than->until ? split->until > than->until : split->as_of > than->as_of;
}

/* The splits in an order that does not depend on that of the rows. */
static void
churn_order_splits(const ChurnFitState *state, ChurnSplit **order)
{
	for (int i = 0; i < state->count; i++)
	{
		int			place = i;

		for (; place > 0 && churn_split_is_later(order[place - 1], state->split[i]); place--)
			order[place] = order[place - 1];
		order[place] = state->split[i];
	}
}

/* A walk through the tuples of a population. */
typedef struct ChurnWalk
{
	const TcsBtydData *data;
	size_t		group;
	size_t		tuple;
} ChurnWalk;

static bool
churn_walk_next(ChurnWalk *walk, double *x, const TcsBtydTuple **tuple)
{
	if (walk->tuple >= walk->data->tuple_count)
		return false;
	while (walk->tuple >= walk->data->groups[walk->group].first + walk->data->groups[walk->group].count)
		walk->group++;
	*x = walk->data->groups[walk->group].x;
	*tuple = &walk->data->tuples[walk->tuple++];
	return true;
}

/*
 * How many of a tuple's customers are among those of the other walk, which has
 * the same order and fewer tuples.
 */
static double
churn_walk_match(ChurnWalk *walk, double x, const TcsBtydTuple *tuple)
{
	for (;;)
	{
		ChurnWalk	ahead = *walk;
		const TcsBtydTuple *other;
		double		other_x;

		if (!churn_walk_next(&ahead, &other_x, &other))
			return 0.0;
		if (other_x == x && other->t_x == tuple->t_x && other->t == tuple->t)
		{
			*walk = ahead;
			return other->customers;
		}
		if (other_x > x || (other_x == x && (other->t_x > tuple->t_x ||
											 (other->t_x == tuple->t_x && other->t > tuple->t))))
			return 0.0;
		*walk = ahead;
	}
}

/* The base as it would have been at a split; NULL where there is none. */
static TcsBtydSight *
churn_fit_base(const TcsBtyd *base, TcsBtydData *data)
{
	TcsBtydEstimate estimate;
	double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0, 0.5};
	TcsBtyd		btyd;

	data->k = base->k;
	if (tcs_btyd_fit(data, base->family, &estimate) != TCS_BTYD_FINE)
		return NULL;
	for (int i = 0; i < estimate.count; i++)
		value[estimate.term[i]] = estimate.value[i];
	btyd = tcs_btyd_of_terms(estimate.family, estimate.limits, estimate.k, value);
	return tcs_btyd_sight(&btyd);
}

/* What is learned from, as it grows, on one base; and what was learned. */
typedef struct ChurnLearning
{
	Jsonb	   *base;
	TcsChurnModel model;
	TcsChurnTuple *tuples;
	size_t		count;
	ChurnSplit *split[TCS_CHURN_SPLITS];	/* those that could be used */
	int			splits;
	int			unused;			/* splits without a base */
	TcsChurnBases bases;		/* of those that could be used */
	TcsChurnFound found;		/* of attributes */
} ChurnLearning;

/* The tuples of a split, or an even part of them. */
static void
churn_learn_split(ChurnLearning *learning, const TcsBtyd *base, ChurnSplit *split)
{
	TcsBtydData all;
	TcsBtydData away;
	TcsBtydSight *sight;
	ChurnWalk	walk = {&all};
	ChurnWalk	other = {&away};
	const TcsBtydTuple *tuple;
	double		x;
	size_t		stride;
	size_t		number = 0;

	tcs_population_data(&split->all, &all);
	tcs_population_data(&split->away, &away);
	sight = churn_fit_base(base, &all);
	if (sight == NULL)
		learning->unused++;
	else
	{
		stride = 1 + (all.tuple_count - 1) / MOST_TUPLES;
		while (churn_walk_next(&walk, &x, &tuple))
		{
			double		stayed = churn_walk_match(&other, x, tuple);
			TcsHistoryValue history = {.x = (int32) x,.t_x = tuple->t_x,.t = tuple->t};
			TcsCustomer customer;

			if (number++ % stride != 0)
				continue;
			tcs_btyd_see(sight, &history, &customer);
			learning->tuples[learning->count++] = (TcsChurnTuple)
			{
				x, tuple->t_x, tuple->t,
					tcs_churn_log_odds(tcs_btyd_no_purchase(&customer, split->until - split->as_of)),
					tuple->customers, Min(stayed, tuple->customers), learning->splits
			};
		}
		learning->bases.as_of[learning->splits] = split->as_of;
		learning->bases.until[learning->splits] = split->until;
		learning->bases.sight[learning->splits] = sight;
		learning->split[learning->splits++] = split;
		learning->bases.count = learning->splits;
	}
	tcs_population_free(&split->all, &all);
	tcs_population_free(&split->away, &away);
}

/* A day, whatever the session's style of dates. */
static char *
churn_day(DateADT day)
{
	int			year;
	int			month;
	int			of_month;

	j2date(day + POSTGRES_EPOCH_JDATE, &year, &month, &of_month);
	return psprintf("%04d-%02d-%02d%s", year > 0 ? year : 1 - year, month, of_month, year > 0 ? "" : " BC");
}

static void
churn_write_splits(StringInfo json, const ChurnLearning *learning, const TcsChurnModel *model)
{
	appendStringInfoString(json, ", \"splits\": [");
	for (int i = 0; i < learning->splits; i++)
	{
		const TcsChurnFigures *figures = &model->split[i];
		const ChurnSplit *split = learning->split[i];
		StringInfoData part;

		initStringInfo(&part);
		tcs_model_integer(&part, "customers", tcs_population_count(&split->all));
		tcs_model_integer(&part, "away", tcs_population_count(&split->away));
		tcs_model_number(&part, "brier_base", figures->base_brier);
		tcs_model_number(&part, "brier", model->enough ? figures->brier : NAN);
		appendStringInfo(json, "%s{\"as_of\": \"%s\", \"until\": \"%s\"%s}", i > 0 ? ", " : "",
						 churn_day(split->as_of), churn_day(split->until),
						 part.data);
	}
	appendStringInfoChar(json, ']');
}

/* What came of it, in words. */
static const char *
churn_say(const TcsChurnModel *model, int splits)
{
	if (splits == 0)
		return "there is no split at which a model of purchases could be found: the risk is that of the base";
	if (!model->enough)
		return "too few customers who stayed away, or too few who returned, to learn from: the risk is that of the base";
	if (!model->corrected)
		return "what was learned at some splits did not make the risks of the others better: the risk is that of the base";
	return psprintf("the risk of the base is corrected: at splits that were left out that took %.1f %% off its Brier score",
					100.0 * (1.0 - model->all.brier / model->all.base_brier));
}

/* What is to be said of attributes; all notes. */
static const char **
churn_notes(const ChurnFitState *state, const ChurnLearning *learning, const TcsChurnModel *model,
			int members, int *count)
{
	const char **notes = palloc((5 + learning->found.note_count) * sizeof(char *));

	*count = 0;
	notes[(*count)++] = churn_say(model, learning->splits);
	if (members > 1)
		notes[(*count)++] = psprintf("the risk is the mean of %d, each on another base, which did nearly as well as the best at splits that were left out", members);
	if (learning->unused > 0)
		notes[(*count)++] = psprintf("%d of the splits had too little to fit the base to", learning->unused);
	if (state->attributes == NULL)
		return notes;
	if (learning->found.used)
		notes[(*count)++] = "attributes of the customers take part as they are today, not as they were at the splits: one that follows from what became of a customer promises too much";
	else
		notes[(*count)++] = "attributes of the customers did not make risks clearly better at splits and of customers that were left out: they are not used";
	for (int i = 0; i < learning->found.note_count; i++)
		notes[(*count)++] = learning->found.notes[i];
	return notes;
}

/* Those that take part, and those that do not. */
static void
churn_write_attributes(StringInfo json, const ChurnLearning *learning, const TcsChurnModel *model)
{
	const TcsChurnFound *found = &learning->found;
	TcsFeatureOut *out;
	int			count = 0;

	if (found->used)
		tcs_churn_write_columns(json, &model->correction, found->design);
	out = palloc((found->table ? found->table->out_count + found->design->out_count + 1 : 1) * sizeof(TcsFeatureOut));
	for (int i = 0; found->table != NULL && i < found->table->out_count; i++)
		out[count++] = found->table->out[i];
	for (int i = 0; found->table != NULL && i < found->design->out_count; i++)
		out[count++] = found->design->out[i];
	tcs_features_write_out(json, "attributes_left_out", out, count);
}

/* How what was learned did at splits that were left out; NaN: it cannot be said. */
static double
churn_loss_of(const ChurnLearning *learning)
{
	const TcsChurnModel *model = &learning->model;

	if (learning->splits == 0 || !model->enough)
		return NAN;
	return model->corrected ? model->all.brier : model->all.base_brier;
}

/* Families without what tells them apart are one: their risks are the same. */
static bool
churn_is_same(const ChurnLearning *one, const ChurnLearning *other)
{
	const TcsChurnFigures *a = &one->model.all;
	const TcsChurnFigures *b = &other->model.all;

	return fabs(a->base_brier - b->base_brier) <= SAME_LOSS * b->base_brier &&
		fabs(churn_loss_of(one) - churn_loss_of(other)) <= SAME_LOSS * b->base_brier;
}

/*
 * Which of what was learned on several bases the risk is the mean of: those that did
 * nearly as well as the best where they had not learned.  They err in other places, and
 * their mean less than most of them.  Into `chosen`, the best first; the number.
 */
static int
churn_choose_members(const ChurnLearning *learning, int count, const ChurnLearning **chosen)
{
	int			members = 1;

	chosen[0] = &learning[0];
	for (int i = 1; i < count; i++)
		if (learning[i].splits > chosen[0]->splits ||
			(learning[i].splits == chosen[0]->splits &&
			 (churn_loss_of(&learning[i]) < churn_loss_of(chosen[0]) ||
			  (isnan(churn_loss_of(chosen[0])) && !isnan(churn_loss_of(&learning[i]))))))
			chosen[0] = &learning[i];
	for (int i = 0; i < count; i++)
	{
		bool		is_new = learning[i].splits == chosen[0]->splits &&
		churn_loss_of(&learning[i]) <= (1.0 + NEARLY_BEST) * churn_loss_of(chosen[0]);

		for (int j = 0; is_new && j < members; j++)
			is_new = !churn_is_same(&learning[i], chosen[j]);
		if (is_new)
			chosen[members++] = &learning[i];
	}
	return members;
}

/* The models on other bases, with which the risk is a mean. */
static void
churn_write_blend(StringInfo json, const ChurnFitState *state, const ChurnLearning *const *chosen, int members)
{
	if (members < 2)
		return;
	appendStringInfoString(json, ", \"blend\": [");
	for (int i = 1; i < members; i++)
	{
		StringInfoData other;

		tcs_model_begin(&other, TCS_CHURN_KIND, 1);
		tcs_model_number(&other, "horizon", state->horizon);
		appendStringInfo(&other, ", \"base\": %s", JsonbToCString(NULL, &chosen[i]->base->root, VARSIZE(chosen[i]->base)));
		tcs_model_boolean(&other, "corrected", chosen[i]->model.corrected);
		tcs_churn_write(&other, &chosen[i]->model.correction);
		tcs_model_number(&other, "brier_base", chosen[i]->model.all.base_brier);
		tcs_model_number(&other, "brier", chosen[i]->model.all.brier);
		appendStringInfo(json, "%s%s}", i > 1 ? ", " : "", other.data);
	}
	appendStringInfoChar(json, ']');
}

static Datum
churn_make_model(const ChurnFitState *state, const ChurnLearning *const *chosen, int members)
{
	const ChurnLearning *learning = chosen[0];
	const TcsChurnModel *model = learning->found.used ? &learning->found.model : &learning->model;
	static const char *const reasons[] = {"no_history", "no_outcome"};
	double		left_out[] = {state->no_history, state->no_outcome};
	int			note_count;
	const char **notes = churn_notes(state, learning, model, members, &note_count);
	int64		customers = 0;
	int64		away = 0;
	StringInfoData json;

	for (int i = 0; i < learning->splits; i++)
	{
		customers += tcs_population_count(&learning->split[i]->all);
		away += tcs_population_count(&learning->split[i]->away);
	}
	tcs_model_begin(&json, TCS_CHURN_KIND, 1);
	tcs_model_number(&json, "horizon", state->horizon);
	appendStringInfo(&json, ", \"base\": %s", JsonbToCString(NULL, &learning->base->root, VARSIZE(learning->base)));
	tcs_model_boolean(&json, "corrected", model->corrected);
	tcs_churn_write(&json, &model->correction);
	if (state->attributes != NULL)
		churn_write_attributes(&json, learning, model);
	churn_write_blend(&json, state, chosen, members);
	tcs_model_number(&json, "penalty", model->corrected ? model->penalty : NAN);
	tcs_model_number(&json, "strength", model->corrected ? model->strength : NAN);
	tcs_model_number(&json, "shift", model->corrected ? model->shift : NAN);
	tcs_model_number(&json, "brier_base", learning->splits > 0 ? model->all.base_brier : NAN);
	tcs_model_number(&json, "brier", model->enough ? model->all.brier : NAN);
	tcs_model_integer(&json, "customers", customers);
	tcs_model_integer(&json, "away", away);
	churn_write_splits(&json, learning, model);
	tcs_model_named_numbers(&json, "left_out", reasons, left_out, lengthof(reasons));
	tcs_model_texts(&json, "notes", notes, note_count);
	return tcs_model_end(&json);
}

/* Room for what is learned from, within the budget. */
static void *
churn_room(ChurnFitState *state, Size bytes)
{
	TcsBudget	budget = {state->context, state->used};

	tcs_budget_charge(&budget, bytes);
	return MemoryContextAllocHuge(CurrentMemoryContext, Max(bytes, 1));
}

/* Learn on one base; the tuples are room for those of all splits. */
static void
churn_learn(ChurnFitState *state, ChurnSplit **order, TcsChurnTuple *tuples, ChurnLearning *learning)
{
	TcsBtyd		base;

	tcs_btyd_read(learning->base, &base);
	learning->tuples = tuples;
	for (int i = 0; i < state->count; i++)
		churn_learn_split(learning, &base, order[i]);
	if (learning->splits > 0)
	{
		double	   *room = churn_room(state, tcs_churn_room(learning->count, learning->splits, 0) * sizeof(double));
		TcsChurnData data = {
			.tuples = learning->tuples,.count = learning->count,.splits = learning->splits,.groups = 1,
			.poll = tcs_progress_poll("learning who returns")
		};

		tcs_churn_learn(&data, room, &learning->model);
		pfree(room);
	}
}

Datum
tcs_churn_fit_final(PG_FUNCTION_ARGS)
{
	ChurnFitState *state = TCS_STATE(ChurnFitState);
	ChurnSplit *order[TCS_CHURN_SPLITS];
	Jsonb	   *bases[TCS_CHURN_BASES];
	ChurnLearning *learning;
	const ChurnLearning *chosen[TCS_CHURN_BASES];
	TcsChurnTuple *tuples;
	int			count;
	int			members;
	Datum		result;

	tcs_aggregate_context(fcinfo);
	if (state == NULL)
		PG_RETURN_NULL();
	churn_order_splits(state, order);
	count = churn_fit_read_bases(state->base, bases);
	learning = palloc0(count * sizeof(ChurnLearning));
	tuples = churn_room(state, (Size) state->count * MOST_TUPLES * sizeof(TcsChurnTuple));
	for (int i = 0; i < count; i++)
	{
		learning[i].base = bases[i];
		churn_learn(state, order, tuples, &learning[i]);
	}
	members = churn_choose_members(learning, count, chosen);
	/* attributes take part beside the best base alone, where they do */
	if (state->attributes != NULL && chosen[0]->splits > 0)
	{
		ChurnLearning *best = &learning[chosen[0] - learning];

		tcs_churn_attributes_learn(state->attributes, &best->bases, tcs_progress_poll("learning who returns"), &best->found);
		if (best->found.used)
			members = 1;
	}
	tcs_progress_end();
	result = churn_make_model(state, chosen, members);
	pfree(tuples);
	PG_RETURN_DATUM(result);
}
