/*
 * zone.h
 *		The calendar day of an instant in a named time zone.
 */
#ifndef TCS_ZONE_H
#define TCS_ZONE_H

#include "tcs.h"

#include "datatype/timestamp.h"

/* A zone as aggregate states carry it; 0 is "no zone". */
typedef uint16 TcsZone;

/*
 * The zone that argument argno of the call names.  The name is looked up only
 * when it differs from that of the call before; call_cache points to a place
 * that lives as long as the call site and starts out NULL.
 */
extern TcsZone tcs_zone_argument(FunctionCallInfo fcinfo, int argno,
								 void **call_cache);

/* The zone of that name; an error when there is none. */
extern TcsZone tcs_zone_lookup(const char *name);

/* The canonical name of a zone, "" for none. */
extern const char *tcs_zone_name(TcsZone zone);

/* The day, as days since 2000-01-01, of a finite instant. */
extern int32 tcs_zone_day(TcsZone zone, TimestampTz at);

/* The same for a time without zone. */
static inline int32
tcs_timestamp_day(Timestamp at)
{
	int64		day = at / USECS_PER_DAY;

	if (day * USECS_PER_DAY > at)
		day--;
	return (int32) day;
}

#endif							/* TCS_ZONE_H */
