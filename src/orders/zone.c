/*
 * zone.c
 *		The calendar day of an instant in a named time zone.
 *
 * The offset of a zone from UTC is constant for months at a time.  Time is cut
 * into spans of about six days; what is remembered for a span is its offset,
 * or that a change falls into it.  So most rows need one look at a table,
 * whatever their order, and the few near a change ask the server.
 */
#include "orders/zone.h"

#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#define SPAN_BITS		39		/* 2^39 microseconds: 6.4 days */
#define SPANS			256		/* remembered at a time: over four years */
#define MAX_ZONES		4096	/* a session's; there are some 1200 names */

typedef struct Span
{
	int64		number;			/* at >> SPAN_BITS */
	int64		offset;			/* microseconds east of UTC */
	bool		known;
	bool		changes;		/* the offset changes within */
} Span;

typedef struct Zone
{
	pg_tz	   *tz;
	Span		span[SPANS];
} Zone;

typedef struct CallCache
{
	TcsZone		zone;
	int			length;
	char		name[TZ_STRLEN_MAX + 1];
} CallCache;

/* zone number n is zones[n - 1]; kept for the session, as the server's are */
static Zone **zones = NULL;
static int	zone_count = 0;

TcsZone
tcs_zone_lookup(const char *name)
{
	pg_tz	   *tz = strlen(name) <= TZ_STRLEN_MAX ? pg_tzset(name) : NULL;

	if (tz == NULL || !pg_tz_acceptable(tz))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("time zone \"%s\" not recognized", name),
				 errhint("Use a name from the view pg_timezone_names, such as Europe/Berlin.")));
	for (int i = 0; i < zone_count; i++)
		if (zones[i]->tz == tz)
			return i + 1;

	if (zone_count >= MAX_ZONES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("a session cannot use more than %d time zones", MAX_ZONES),
				 errhint("Use names from the view pg_timezone_names, or reconnect.")));
	if (zones == NULL)
		zones = MemoryContextAlloc(TopMemoryContext, MAX_ZONES * sizeof(Zone *));
	zones[zone_count] = MemoryContextAllocZero(TopMemoryContext, sizeof(Zone));
	zones[zone_count]->tz = tz;
	return ++zone_count;
}

TcsZone
tcs_zone_argument(FunctionCallInfo fcinfo, int argno, void **call_cache)
{
	CallCache  *cache = *call_cache;
	text	   *name;
	int			length;

	if (PG_ARGISNULL(argno))
		tcs_refuse_null("zone", "Name the time zone whose calendar days count, such as 'Europe/Berlin'.");
	name = PG_GETARG_TEXT_PP(argno);
	length = VARSIZE_ANY_EXHDR(name);

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(fcinfo->flinfo->fn_mcxt, sizeof(CallCache));
		cache->length = -1;
		*call_cache = cache;
	}
	if (length != cache->length ||
		memcmp(cache->name, VARDATA_ANY(name), length) != 0)
	{
		char	   *string = text_to_cstring(name);

		cache->length = -1;
		cache->zone = tcs_zone_lookup(string);
		memcpy(cache->name, string, length + 1);
		cache->length = length;
		pfree(string);
	}
	return cache->zone;
}

const char *
tcs_zone_name(TcsZone zone)
{
	return zone == 0 ? "" : pg_get_timezone_name(zones[zone - 1]->tz);
}

/* seconds since 1970 of an instant, rounded down */
static pg_time_t
to_seconds(TimestampTz at)
{
	int64		seconds = at / USECS_PER_SEC;

	if (seconds * USECS_PER_SEC > at)
		seconds--;
	return seconds + (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY;
}

/* the offset at an instant; and whether it stays so until `until` */
static int64
offset_at(pg_tz *tz, TimestampTz at, TimestampTz until, bool *changes)
{
	pg_time_t	seconds = to_seconds(at);
	pg_time_t	boundary;
	long		before,
				after;
	int			before_dst,
				after_dst;
	int			found;

	found = pg_next_dst_boundary(&seconds, &before, &before_dst, &boundary,
								 &after, &after_dst, tz);
	if (found < 0)
		ereport(ERROR,
				(errcode(ERRCODE_DATETIME_VALUE_OUT_OF_RANGE),
				 errmsg("timestamp out of range")));
	*changes = found > 0 && boundary <= to_seconds(until);
	return before * USECS_PER_SEC;
}

int32
tcs_zone_day(TcsZone zone, TimestampTz at)
{
	Zone	   *z = zones[zone - 1];
	int64		number = at >> SPAN_BITS;
	Span	   *span = &z->span[number & (SPANS - 1)];
	bool		changes;

	if (unlikely(!span->known || span->number != number))
	{
		TimestampTz start = number * (INT64CONST(1) << SPAN_BITS);

		span->known = false;
		span->offset = offset_at(z->tz, start,
								 start + (INT64CONST(1) << SPAN_BITS),
								 &span->changes);
		span->number = number;
		span->known = true;
	}
	if (unlikely(span->changes))
		return tcs_timestamp_day(at + offset_at(z->tz, at, at, &changes));
	return tcs_timestamp_day(at + span->offset);
}
