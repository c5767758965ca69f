/*
 * ab_customer.c
 *		What one customer did in an experiment: the aggregate ab_customer, and
 *		ab_effect over customers.
 *
 * Customers are put into arms, and not their orders: where a row is an order,
 * the orders of a customer are added up first, by GROUP BY, and the customers
 * are what varies.
 */
#include "experiments/effect.h"

#include "access/htup_details.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "rates/tally.h"

#define CONTROL_NAME	"control"
#define TREATMENT_NAME	"treatment"

/* The columns of tcs.ab_customer. */
enum
{
	ARM,
	OUTCOME,
	PER,
	IS_SHARE,
	COLUMNS
};

typedef struct Customer
{
	text	   *arm;			/* the first that was seen; NULL: none yet */
	bool		in_both;		/* another was seen, too */
	bool		yes;			/* an outcome was true */
	TcsOutcomes outcomes;
	TcsSum		over;
	TcsSum		under;
} Customer;

PG_FUNCTION_INFO_V1(tcs_ab_customer_combine);
PG_FUNCTION_INFO_V1(tcs_ab_customer_serial);
PG_FUNCTION_INFO_V1(tcs_ab_customer_deserial);
PG_FUNCTION_INFO_V1(tcs_ab_customer_final);
PG_FUNCTION_INFO_V1(tcs_ab_effect_customer_trans);

/* Note the arm of a row or of a state. */
static void
customer_note_arm(Customer *customer, MemoryContext context, const char *arm, int length)
{
	if (customer->arm == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		customer->arm = cstring_to_text_with_len(arm, length);
		MemoryContextSwitchTo(old);
	}
	else if (VARSIZE_ANY_EXHDR(customer->arm) != length || memcmp(VARDATA_ANY(customer->arm), arm, length) != 0)
		customer->in_both = true;
}

static void
customer_add_share(FunctionCallInfo fcinfo, Customer *customer)
{
	if (!PG_ARGISNULL(2))
		customer->yes |= PG_GETARG_BOOL(2);
}

static void
customer_add_value(FunctionCallInfo fcinfo, Customer *customer)
{
	if (!PG_ARGISNULL(2))
		tcs_sum_add(&customer->over, tcs_effect_check(PG_GETARG_FLOAT8(2)));
}

static void
customer_add_ratio(FunctionCallInfo fcinfo, Customer *customer)
{
	double		under;

	if (PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return;
	under = tcs_effect_check(PG_GETARG_FLOAT8(3));
	if (under < 0.0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("per must not be negative, as %g is", under),
				 errhint("It is what the outcome is divided by: 1 for each order, or the visits.")));
	tcs_sum_add(&customer->over, tcs_effect_check(PG_GETARG_FLOAT8(2)));
	tcs_sum_add(&customer->under, under);
}

static void
customer_note_number(Customer *customer, MemoryContext context, int arm)
{
	if (arm == TCS_CONTROL)
		customer_note_arm(customer, context, CONTROL_NAME, strlen(CONTROL_NAME));
	else
		customer_note_arm(customer, context, TREATMENT_NAME, strlen(TREATMENT_NAME));
}

static void
customer_note_boolean(FunctionCallInfo fcinfo, Customer *customer, MemoryContext context)
{
	customer_note_number(customer, context, PG_GETARG_BOOL(1) ? TCS_TREATMENT : TCS_CONTROL);
}

static void
customer_note_integer(FunctionCallInfo fcinfo, Customer *customer, MemoryContext context)
{
	customer_note_number(customer, context, tcs_effect_integer_arm(fcinfo));
}

static void
customer_note_text(FunctionCallInfo fcinfo, Customer *customer, MemoryContext context)
{
	text	   *arm = PG_GETARG_TEXT_PP(1);

	customer_note_arm(customer, context, VARDATA_ANY(arm), VARSIZE_ANY_EXHDR(arm));
}

/* Arguments: state, arm, outcome, and per for a ratio.  A row without an arm is none. */
static inline Datum
customer_trans(FunctionCallInfo fcinfo, TcsOutcomes outcomes,
			   void (*note) (FunctionCallInfo fcinfo, Customer *customer, MemoryContext context),
			   void (*add) (FunctionCallInfo fcinfo, Customer *customer))
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Customer   *customer = TCS_STATE(Customer);

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	if (customer == NULL)
	{
		customer = MemoryContextAllocZero(context, sizeof(Customer));
		customer->outcomes = outcomes;
	}
	note(fcinfo, customer, context);
	add(fcinfo, customer);
	PG_RETURN_POINTER(customer);
}

/* One for each way to name arms and each kind of outcome. */
#define CUSTOMER_TRANS(arm, kind, outcomes) \
PG_FUNCTION_INFO_V1(tcs_ab_customer_##arm##_##kind##_trans); \
Datum \
tcs_ab_customer_##arm##_##kind##_trans(PG_FUNCTION_ARGS) \
{ \
	return customer_trans(fcinfo, outcomes, customer_note_##arm, customer_add_##kind); \
}

CUSTOMER_TRANS(boolean, share, TCS_SHARES)
CUSTOMER_TRANS(boolean, value, TCS_VALUES)
CUSTOMER_TRANS(boolean, ratio, TCS_RATIOS)
CUSTOMER_TRANS(integer, share, TCS_SHARES)
CUSTOMER_TRANS(integer, value, TCS_VALUES)
CUSTOMER_TRANS(integer, ratio, TCS_RATIOS)
CUSTOMER_TRANS(text, share, TCS_SHARES)
CUSTOMER_TRANS(text, value, TCS_VALUES)
CUSTOMER_TRANS(text, ratio, TCS_RATIOS)

Datum
tcs_ab_customer_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Customer   *into = TCS_STATE(Customer);
	Customer   *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (Customer *) PG_GETARG_POINTER(1);
	if (into == NULL)
	{
		into = MemoryContextAllocZero(context, sizeof(Customer));
		into->outcomes = from->outcomes;
	}
	if (into->outcomes != from->outcomes)
		tcs_not_the_same("kind of outcome");
	if (from->arm != NULL)
		customer_note_arm(into, context, VARDATA_ANY(from->arm), VARSIZE_ANY_EXHDR(from->arm));
	into->in_both |= from->in_both;
	into->yes |= from->yes;
	tcs_sum_merge(&into->over, &from->over);
	tcs_sum_merge(&into->under, &from->under);
	PG_RETURN_POINTER(into);
}

Datum
tcs_ab_customer_serial(PG_FUNCTION_ARGS)
{
	Customer   *customer = (Customer *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, customer->outcomes);
	pq_sendbyte(&buffer, customer->in_both);
	pq_sendbyte(&buffer, customer->yes);
	tcs_send_sum(&buffer, &customer->over);
	tcs_send_sum(&buffer, &customer->under);
	pq_sendint32(&buffer, VARSIZE_ANY_EXHDR(customer->arm));
	pq_sendbytes(&buffer, VARDATA_ANY(customer->arm), VARSIZE_ANY_EXHDR(customer->arm));
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

Datum
tcs_ab_customer_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	Customer   *customer;
	const char *arm;
	int			kind;
	int			length;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	customer = palloc0(sizeof(Customer));
	kind = pq_getmsgbyte(&buffer);
	if (kind > TCS_RATIOS)
		tcs_bad_state("outcomes");
	customer->outcomes = (TcsOutcomes) kind;
	customer->in_both = pq_getmsgbyte(&buffer) != 0;
	customer->yes = pq_getmsgbyte(&buffer) != 0;
	customer->over = tcs_receive_sum(&buffer);
	customer->under = tcs_receive_sum(&buffer);
	if (customer->under.high < 0.0)
		tcs_bad_state("outcomes");
	length = (int) pq_getmsgint(&buffer, 4);
	if (length < 0)
		tcs_bad_state("outcomes");
	arm = pq_getmsgbytes(&buffer, length);
	pg_verifymbstr(arm, length, false);
	customer_note_arm(customer, CurrentMemoryContext, arm, length);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(customer);
}

/* The type of the result, looked up once for a call site. */
static TupleDesc
customer_result_type(FunctionCallInfo fcinfo)
{
	TupleDesc	type = fcinfo->flinfo->fn_extra;

	if (type == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(fcinfo->flinfo->fn_mcxt);

		if (get_call_result_type(fcinfo, NULL, &type) != TYPEFUNC_COMPOSITE || type->natts != COLUMNS)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("the result type does not have the columns that the function returns"),
					 errhint("The types in schema tcs must not be altered.")));
		type = BlessTupleDesc(CreateTupleDescCopy(type));
		MemoryContextSwitchTo(old);
		fcinfo->flinfo->fn_extra = type;
	}
	return type;
}

/* Who was seen in both arms is in none. */
Datum
tcs_ab_customer_final(PG_FUNCTION_ARGS)
{
	Customer   *customer = TCS_STATE(Customer);
	Datum		values[COLUMNS] = {0};
	bool		nulls[COLUMNS] = {0};

	tcs_aggregate_context(fcinfo);
	if (customer == NULL)
		PG_RETURN_NULL();
	nulls[ARM] = customer->in_both;
	values[ARM] = PointerGetDatum(customer->arm);
	values[OUTCOME] = Float8GetDatum(customer->outcomes == TCS_SHARES ? customer->yes : tcs_sum_value(&customer->over));
	nulls[PER] = customer->outcomes != TCS_RATIOS;
	values[PER] = Float8GetDatum(tcs_sum_value(&customer->under));
	values[IS_SHARE] = BoolGetDatum(customer->outcomes == TCS_SHARES);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(customer_result_type(fcinfo), values, nulls)));
}

static void
customer_refuse(const char *complaint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("invalid customer of an experiment: %s", complaint),
			 errhint("Make them with tcs.ab_customer, by GROUP BY customer.")));
}

/*
 * What the customers of a call are: a covariate makes numbers of true and false,
 * as of what is adjusted there are no shares.
 */
static TcsOutcomes
customer_outcomes(FunctionCallInfo fcinfo, bool is_share, bool is_ratio)
{
	if (PG_NARGS() <= 3)
		return is_share ? TCS_SHARES : is_ratio ? TCS_RATIOS : TCS_VALUES;
	if (is_ratio && !is_share)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("ratios are compared without covariate and cap"),
				 errhint("Leave them out, or compare the sums: make customers with tcs.ab_customer(arm, outcome).")));
	return TCS_VALUES;
}

/* Arguments: state, customer, confidence, covariate, cap. */
Datum
tcs_ab_effect_customer_trans(PG_FUNCTION_ARGS)
{
	Datum		values[COLUMNS];
	bool		nulls[COLUMNS];
	TcsOutcomes outcomes;
	TcsEffect  *effect;
	text	   *name;
	double		outcome;
	int			arm;

	tcs_aggregate_context(fcinfo);
	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	for (int i = 0; i < COLUMNS; i++)
		values[i] = GetAttributeByNum(PG_GETARG_HEAPTUPLEHEADER(1), i + 1, &nulls[i]);
	if (nulls[OUTCOME] || nulls[IS_SHARE])
		customer_refuse("without an outcome");
	outcome = tcs_effect_check(DatumGetFloat8(values[OUTCOME]));
	outcomes = customer_outcomes(fcinfo, DatumGetBool(values[IS_SHARE]), !nulls[PER]);
	effect = tcs_effect_argument(fcinfo, outcomes, 2);
	if (nulls[ARM])
	{
		effect->in_both++;
		PG_RETURN_POINTER(effect);
	}
	name = DatumGetTextPP(values[ARM]);
	arm = tcs_effect_arm(effect, fcinfo, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	if (outcomes == TCS_SHARES)
		tcs_effect_add_share(effect, arm, outcome != 0.0);
	else if (outcomes == TCS_VALUES)
		tcs_effect_add_value(effect, arm, outcome, tcs_effect_covariate(fcinfo, 3));
	else
	{
		double		per = tcs_effect_check(DatumGetFloat8(values[PER]));

		if (per < 0.0)
			customer_refuse("its per is negative");
		tcs_ratio_moments_add(&effect->ratio[arm], outcome, per);
	}
	PG_RETURN_POINTER(effect);
}
