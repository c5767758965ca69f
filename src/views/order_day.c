/*
 * order_day.c
 *		The text by which a view of an order log says which days count.
 */
#include "views/order_log.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/datetime.h"

char *
tcs_order_today(const TcsOrderLog *log)
{
	return psprintf("(now() AT TIME ZONE %s)::date", log->zone);
}

/* A day as a literal that every DateStyle reads alike. */
static char *
date_literal(DateADT day)
{
	struct pg_tm tm;
	char		buffer[MAXDATELEN + 1];

	j2date(day + POSTGRES_EPOCH_JDATE, &tm.tm_year, &tm.tm_mon, &tm.tm_mday);
	EncodeDateOnly(&tm, USE_ISO_DATES, buffer);
	return psprintf("DATE '%s'", buffer);
}

char *
tcs_order_as_of(const TcsOrderLog *log)
{
	return log->has_as_of ? date_literal(log->as_of) : tcs_order_today(log);
}

/*
 * The last day that counts and, for columns with a time of day, the moment
 * at which it is over.  The planner evaluates each once a query.
 */
void
tcs_order_append_day(StringInfo sql, const TcsOrderLog *log)
{
	char	   *as_of = tcs_order_as_of(log);

	appendStringInfoString(sql,
						   "WITH day AS NOT MATERIALIZED (\n"
						   "    -- The last day that counts.\n");
	if (log->at_type == DATEOID)
		appendStringInfo(sql,
						 "    SELECT %s AS as_of\n"
						 "),\n", as_of);
	else
	{
		/*
		 * Where clocks go back over midnight, the new day's midnight comes
		 * twice: the first is the end.
		 */
		if (log->at_type == TIMESTAMPTZOID)
			appendStringInfo(sql,
							 "    SELECT as_of,\n"
							 "        least((as_of + 1)::timestamp AT TIME ZONE %s,\n"
							 "            ((as_of + 1)::timestamp - interval '1 microsecond') AT TIME ZONE %s + interval '1 microsecond')",
							 log->zone, log->zone);
		else
			appendStringInfoString(sql, "    SELECT as_of, (as_of + 1)::timestamp");
		appendStringInfo(sql,
						 " AS its_end\n"
						 "    FROM (SELECT %s AS as_of) AS last\n"
						 "),\n", as_of);
	}
}

void
tcs_order_append_until(StringInfo sql, const TcsOrderLog *log)
{
	if (log->at_type == DATEOID)
		appendStringInfo(sql, "o.%s <= (SELECT as_of FROM day)", log->at);
	else
		appendStringInfo(sql, "o.%s < (SELECT its_end FROM day)", log->at);
}
