/*
 * ab_sample_ratio.c
 *		Whether the arms of an experiment got the customers that they should
 *		have got: ab_sample_ratio, of counts or of customers.
 */
#include "experiments/shares.h"

#include <math.h>

#include "catalog/pg_type.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"

#include "math/sample_ratio.h"
#include "rates/tally.h"
#include "server/record.h"
#include "server/server.h"

/* A chance below this is no chance: that of a false alarm. */
#define SUSPICIOUS		0.001

/* How many customers are in each arm. */
typedef struct Arrivals
{
	ArrayType  *given_arms;		/* as the first row gave them: ... */
	ArrayType  *given_shares;	/* ... what is equal need not be looked at */
	Datum	   *names;			/* of the arms, text */
	double	   *shares;
	int64	   *counts;
	int			arms;
} Arrivals;

PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio);
PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio_trans);
PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio_combine);
PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio_serial);
PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio_deserial);
PG_FUNCTION_INFO_V1(tcs_ab_sample_ratio_final);

/* The shares, of which two at least must be above 0. */
static double *
arrivals_shares(ArrayType *array, int *arms, double *sum)
{
	double	   *shares = tcs_shares_of_array(array, 2, arms, sum);
	int			open = 0;

	for (int i = 0; i < *arms; i++)
		open += shares[i] > 0.0;
	if (open < 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("two arms at least must have a share above 0")));
	return shares;
}

/* The result; NULLs where nobody has come. */
static Datum
arrivals_result(FunctionCallInfo fcinfo, const int64 *counts, const double *shares, double sum, int arms)
{
	TcsRecord  *record = fcinfo->flinfo->fn_extra;
	double	   *n = palloc((arms + 1) * sizeof(double));
	TcsSampleRatio ratio = {0.0, 0.0};
	bool		nobody = true;
	Datum		values[3];
	bool		nulls[3];

	for (int i = 0; i < arms; i++)
	{
		n[i] = (double) counts[i];
		nobody &= counts[i] == 0;
	}
	if (!nobody)
		ratio = tcs_sample_ratio(n, shares, sum, arms);
	pfree(n);
	nulls[0] = nulls[1] = nulls[2] = nobody;
	values[0] = Float8GetDatum(ratio.chi2);
	values[1] = Float8GetDatum(ratio.p);
	values[2] = BoolGetDatum(ratio.p < SUSPICIOUS);
	if (record == NULL)
		fcinfo->flinfo->fn_extra = record =
			tcs_record_create(fcinfo, lengthof(values), fcinfo->flinfo->fn_mcxt);
	return tcs_record_make_nulls(record, values, nulls);
}

/* The counts of the arms, which must be as many as the shares. */
static const int64 *
arrivals_counts_argument(FunctionCallInfo fcinfo, int wanted)
{
	ArrayType  *array = PG_GETARG_ARRAYTYPE_P(0);
	const int64 *counts;
	int			count;

	if (ARR_NDIM(array) > 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts must have one dimension")));
	if (array_contains_nulls(array))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("counts must not contain null"),
				 errhint("An arm without a customer has the count 0.")));
	counts = tcs_array_data(array, INT8OID, NULL, &count);
	if (count != wanted)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("there must be as many shares as counts, not %d for %d", wanted, count)));
	for (int i = 0; i < count; i++)
		if (counts[i] < 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("counts must not be negative"),
					 errdetail("Element %d is " INT64_FORMAT ".", i + 1, counts[i])));
	return counts;
}

/* arguments: counts, shares */
Datum
tcs_ab_sample_ratio(PG_FUNCTION_ARGS)
{
	int			arms;
	double		sum;
	double	   *shares = arrivals_shares(PG_GETARG_ARRAYTYPE_P(1), &arms, &sum);
	const int64 *counts = arrivals_counts_argument(fcinfo, arms);

	PG_RETURN_DATUM(arrivals_result(fcinfo, counts, shares, sum, arms));
}

static ArrayType *
arrivals_array_argument(FunctionCallInfo fcinfo, int argument, const char *what)
{
	if (PG_ARGISNULL(argument))
		tcs_refuse_null(what, NULL);
	return PG_GETARG_ARRAYTYPE_P(argument);
}

static bool
arrivals_is_given(const ArrayType *array, const ArrayType *given)
{
	return VARSIZE(array) == VARSIZE(given) && memcmp(array, given, VARSIZE(array)) == 0;
}

static ArrayType *
arrivals_copy(const ArrayType *array)
{
	ArrayType  *copy = palloc(VARSIZE(array));

	memcpy(copy, array, VARSIZE(array));
	return copy;
}

/* A state with the arms of a row. */
static Arrivals *
arrivals_create(ArrayType *arms, ArrayType *shares)
{
	Arrivals   *arrivals = palloc0(sizeof(Arrivals));
	double		sum;

	arrivals->given_shares = arrivals_copy(shares);
	arrivals->shares = arrivals_shares(arrivals->given_shares, &arrivals->arms, &sum);
	arrivals->given_arms = arrivals_copy(arms);
	arrivals->names = tcs_arms_of_array(arrivals->given_arms, arrivals->arms);
	arrivals->counts = palloc0(arrivals->arms * sizeof(int64));
	return arrivals;
}

/* The state in argument 0, or a new one with the arms of this row. */
static Arrivals *
arrivals_state_argument(FunctionCallInfo fcinfo, ArrayType *arms, ArrayType *shares)
{
	Arrivals   *arrivals = TCS_STATE(Arrivals);
	MemoryContext old;

	if (arrivals != NULL)
	{
		if (unlikely(!arrivals_is_given(shares, arrivals->given_shares) || !arrivals_is_given(arms, arrivals->given_arms)))
			tcs_not_the_same("arms and shares");
		return arrivals;
	}
	old = MemoryContextSwitchTo(tcs_aggregate_context(fcinfo));
	arrivals = arrivals_create(arms, shares);
	MemoryContextSwitchTo(old);
	return arrivals;
}

/* arguments: state, arm, arms, shares */
Datum
tcs_ab_sample_ratio_trans(PG_FUNCTION_ARGS)
{
	ArrayType  *arms = arrivals_array_argument(fcinfo, 2, "arms");
	Arrivals   *arrivals = arrivals_state_argument(fcinfo, arms, arrivals_array_argument(fcinfo, 3, "shares"));
	text	   *arm;

	/* who is in no arm is not in the experiment */
	if (PG_ARGISNULL(1))
		PG_RETURN_POINTER(arrivals);
	arm = PG_GETARG_TEXT_PP(1);
	for (int i = 0; i < arrivals->arms; i++)
		if (tcs_is_arm(arrivals->names[i], VARDATA_ANY(arm), VARSIZE_ANY_EXHDR(arm)))
		{
			arrivals->counts[i]++;
			PG_RETURN_POINTER(arrivals);
		}
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("arm \"%s\" is not among the arms", text_to_cstring(arm)),
			 errhint("Name all arms of the experiment, in the order of their shares, or leave rows out with FILTER.")));
}

static bool
arrivals_are_alike(const Arrivals *one, const Arrivals *other)
{
	if (one->arms != other->arms || memcmp(one->shares, other->shares, one->arms * sizeof(double)) != 0)
		return false;
	for (int i = 0; i < one->arms; i++)
		if (!tcs_is_arm(one->names[i], VARDATA_ANY(DatumGetPointer(other->names[i])), VARSIZE_ANY_EXHDR(DatumGetPointer(other->names[i]))))
			return false;
	return true;
}

Datum
tcs_ab_sample_ratio_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	Arrivals   *into = TCS_STATE(Arrivals);
	Arrivals   *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (Arrivals *) PG_GETARG_POINTER(1);
	if (into == NULL)
	{
		MemoryContext old = MemoryContextSwitchTo(context);

		into = arrivals_create(from->given_arms, from->given_shares);
		MemoryContextSwitchTo(old);
	}
	if (!arrivals_are_alike(into, from))
		tcs_not_the_same("arms and shares");
	for (int i = 0; i < into->arms; i++)
		into->counts[i] += from->counts[i];
	PG_RETURN_POINTER(into);
}

Datum
tcs_ab_sample_ratio_serial(PG_FUNCTION_ARGS)
{
	Arrivals   *arrivals = (Arrivals *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendint32(&buffer, arrivals->arms);
	for (int i = 0; i < arrivals->arms; i++)
	{
		void	   *name = DatumGetPointer(arrivals->names[i]);

		pq_sendfloat8(&buffer, arrivals->shares[i]);
		pq_sendint64(&buffer, arrivals->counts[i]);
		pq_sendint32(&buffer, VARSIZE_ANY_EXHDR(name));
		pq_sendbytes(&buffer, VARDATA_ANY(name), VARSIZE_ANY_EXHDR(name));
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

/* The arrays are made anew, so that a state of bytes is checked as one of rows is. */
Datum
tcs_ab_sample_ratio_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	Arrivals   *arrivals;
	Datum	   *shares;
	Datum	   *names;
	int64	   *counts;
	int			arms;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	arms = (int) pq_getmsgint(&buffer, 4);
	if (arms < 2 || arms > TCS_MAX_ARMS)
		tcs_bad_state("arms");
	shares = palloc(arms * sizeof(Datum));
	names = palloc(arms * sizeof(Datum));
	counts = palloc(arms * sizeof(int64));
	for (int i = 0; i < arms; i++)
	{
		const char *name;
		int			length;

		shares[i] = Float8GetDatum(pq_getmsgfloat8(&buffer));
		counts[i] = pq_getmsgint64(&buffer);
		if (counts[i] < 0 || counts[i] > TCS_MANY)
			tcs_bad_state("arms");
		length = (int) pq_getmsgint(&buffer, 4);
		if (length < 0)
			tcs_bad_state("arms");
		name = pq_getmsgbytes(&buffer, length);
		pg_verifymbstr(name, length, false);
		names[i] = PointerGetDatum(cstring_to_text_with_len(name, length));
	}
	pq_getmsgend(&buffer);
	arrivals = arrivals_create(construct_array(names, arms, TEXTOID, -1, false, TYPALIGN_INT),
							   construct_array(shares, arms, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE));
	memcpy(arrivals->counts, counts, arms * sizeof(int64));
	PG_RETURN_POINTER(arrivals);
}

Datum
tcs_ab_sample_ratio_final(PG_FUNCTION_ARGS)
{
	Arrivals   *arrivals = TCS_STATE(Arrivals);
	double		sum = 0.0;

	tcs_aggregate_context(fcinfo);
	if (arrivals == NULL)
		PG_RETURN_DATUM(arrivals_result(fcinfo, NULL, NULL, 0.0, 0));
	for (int i = 0; i < arrivals->arms; i++)
		sum += arrivals->shares[i];
	PG_RETURN_DATUM(arrivals_result(fcinfo, arrivals->counts, arrivals->shares, sum, arrivals->arms));
}
