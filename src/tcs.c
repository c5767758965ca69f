/*
 * tcs.c
 *		The argument checks that all parts share.
 */
#include "tcs.h"

#include <math.h>

#include "access/htup_details.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_operator.h"
#include "catalog/pg_type.h"
#include "datatype/timestamp.h"
#include "libpq/pqformat.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

#include "numerics/exact_sum.h"

int			tcs_fit_memory = 512 * 1024;

MemoryContext
tcs_aggregate_context(FunctionCallInfo fcinfo)
{
	MemoryContext context;

	if (!AggCheckCallContext(fcinfo, &context))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("support function of an aggregate was called outside of it"),
				 errhint("Call the aggregate itself.")));
	return context;
}

void
tcs_fit_memory_exceeded(Size needed)
{
	ereport(ERROR,
			(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
			 errmsg("this needs more memory than tcs.fit_memory allows"),
			 errdetail("It would hold %zu kB, and the limit is %d kB.",
					   (needed + 1023) / 1024, tcs_fit_memory),
			 errhint("Raise the setting tcs.fit_memory, or take a sample of the customers.")));
}

void
tcs_not_finite(double value, const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must not be %s", what,
					isnan(value) ? "NaN" : "infinite"),
			 errhint("Leave such rows out with a WHERE or FILTER clause, or replace the value with NULL.")));
}

void
tcs_refuse_null(const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must not be null", what),
			 hint ? errhint("%s", hint) : 0));
}

void
tcs_not_the_same(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
			 errmsg("%s must be the same for all rows of a group", what),
			 errhint("Pass a constant, or group by it.")));
}

void
tcs_bad_state(const char *what)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("invalid serialized %s", what)));
}

double
tcs_interval_days(const void *interval, const char *what)
{
	const Interval *i = interval;

	if (unlikely(TCS_INTERVAL_NOT_FINITE(i)))
		tcs_not_finite(INFINITY, what);
	return i->month * TCS_MONTH + i->day + (double) i->time / USECS_PER_DAY;
}

double
tcs_span_days(const void *interval, const char *what, double least)
{
	double		days = tcs_interval_days(interval, what);

	if (unlikely(days > 0.0 && days < least))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must not be as short as %g seconds", what, days * SECS_PER_DAY),
				 errhint("A number without a unit stands for seconds: write '12 months' or '90 days'.")));
	return days;
}

double
tcs_annual_discount(double value)
{
	tcs_finite(value, "annual_discount");
	if (unlikely(value <= -1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("annual_discount must be greater than -1, not %g", value),
				 errhint("Give 0.1 for 10 percent a year.")));
	if (unlikely(value >= 1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("annual_discount must be less than 1, not %g", value),
				 errdetail("It is a rate: %g stands for %g percent a year.", value, 100.0 * value),
				 errhint("Give 0.1 for 10 percent a year.")));
	return value;
}

double
tcs_margin(double value)
{
	tcs_finite(value, "margin");
	if (unlikely(value > 1.0 || value < -1.0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("margin must lie between -1 and 1, not be %g", value),
				 errdetail("It is the share of an amount that counts: %g stands for %g percent.", value, 100.0 * value),
				 errhint("Give 0.3 for 30 percent.")));
	return value;
}

bool
tcs_is_number(Oid type)
{
	switch (type)
	{
		case INT2OID:
		case INT4OID:
		case INT8OID:
		case FLOAT4OID:
		case FLOAT8OID:
		case NUMERICOID:
			return true;
		default:
			return false;
	}
}

char *
tcs_operator_name(Oid operator, bool qualify_all)
{
	HeapTuple	tuple = SearchSysCache1(OPEROID, ObjectIdGetDatum(operator));
	Form_pg_operator form;
	char	   *name;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for operator %u", operator);
	form = (Form_pg_operator) GETSTRUCT(tuple);
	if (form->oprnamespace == PG_CATALOG_NAMESPACE && !qualify_all)
		name = pstrdup(NameStr(form->oprname));
	else
		name = psprintf("OPERATOR(%s.%s)",
						quote_identifier(get_namespace_name(form->oprnamespace)),
						NameStr(form->oprname));
	ReleaseSysCache(tuple);
	return name;
}

void
tcs_read_only_buffer(StringInfo buffer, bytea *bytes)
{
	buffer->data = VARDATA_ANY(bytes);
	buffer->len = VARSIZE_ANY_EXHDR(bytes);
	buffer->maxlen = buffer->len;
	buffer->cursor = 0;
}

void
tcs_copied_buffer(StringInfo buffer, bytea *bytes)
{
	initStringInfo(buffer);
	appendBinaryStringInfo(buffer, VARDATA_ANY(bytes), VARSIZE_ANY_EXHDR(bytes));
}

void
tcs_send_sum(StringInfo buffer, const TcsSum *sum)
{
	pq_sendfloat8(buffer, sum->high);
	pq_sendfloat8(buffer, sum->middle);
	pq_sendfloat8(buffer, sum->low);
}

TcsSum
tcs_receive_sum(StringInfo buffer)
{
	TcsSum		sum;

	sum.high = pq_getmsgfloat8(buffer);
	sum.middle = pq_getmsgfloat8(buffer);
	sum.low = pq_getmsgfloat8(buffer);
	return sum;
}

double
tcs_inner_share(double value, const char *what, const char *hint)
{
	if (unlikely(!(value > 0.0 && value < 1.0)))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must lie between 0 and 1, not be %g", what, value),
				 errhint("%s", hint)));
	return value;
}

/* what Citus names its sessions on other machines, but for those of run_command_on_... */
#define SHARD_NAME	"citus_internal"

bool
tcs_is_on_shard(void)
{
	return application_name != NULL && strncmp(application_name, SHARD_NAME, strlen(SHARD_NAME)) == 0;
}
