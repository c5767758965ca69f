/*
 * pin_segment.c
 *		pin_segment, bar_segment and unpin_segment: customers who stay in a
 *		segment, or out of one, whatever the rules say.
 */
#include "membership/by_hand.h"
#include "membership/refresh.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tcs_pin_segment);
PG_FUNCTION_INFO_V1(tcs_bar_segment);
PG_FUNCTION_INFO_V1(tcs_unpin_segment);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_KEY,
	ARG_SEGMENT,
	ARG_REASON,
	ARG_UNTIL
};

/* Has the rule set such a segment, if only for pins? */
static void
pin_check_segment(const TcsSegmentation *segmentation, Datum segment)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[] = {segment, CStringGetTextDatum(segmentation->rule_set_name)};

	SPI_connect();
	tcs_run_with("SELECT FROM tcs.rule AS r WHERE r.rule_set = $2 AND r.segment = $1\n"
				 "UNION ALL SELECT FROM tcs.rule_set AS s WHERE s.name = $2 AND s.default_segment = $1",
				 lengthof(types), types, values, NULL, SPI_OK_SELECT);
	if (SPI_processed == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("rule set \"%s\" has no segment \"%s\"", segmentation->rule_set_name,
						TextDatumGetCString(segment)),
				 errhint("Give a segment of one of its rules; for one that only pins fill, add a rule with the condition false.")));
	SPI_finish();
}

/* A pin takes the place of another pin, and of a bar from the same segment. */
static void
write_pin(const TcsSegmentation *segmentation, Datum keys, FunctionCallInfo fcinfo, bool barred)
{
	Oid			types[] = {
		segmentation->key.array_type, TEXTOID, BOOLOID, TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID
	};
	Datum		values[] = {
		keys, PG_GETARG_DATUM(ARG_SEGMENT), BoolGetDatum(barred),
		fcinfo->args[ARG_REASON].value,
		CStringGetTextDatum(GetUserNameFromId(GetSessionUserId(), false)),
		TimestampTzGetDatum(GetCurrentTimestamp()), fcinfo->args[ARG_UNTIL].value
	};
	char		nulls[] = {
		' ', ' ', ' ', PG_ARGISNULL(ARG_REASON) ? 'n' : ' ', ' ', ' ',
		PG_ARGISNULL(ARG_UNTIL) ? 'n' : ' '
	};

	SPI_connect();
	tcs_run_with(psprintf("DELETE FROM %s AS p WHERE p.key %s ANY ($1)\n"
						  "    AND (p.segment = $2 OR NOT (p.barred OR $3))",
						  segmentation->part[TCS_PART_PINS], segmentation->key.equals),
				 3, types, values, nulls, SPI_OK_DELETE);
	tcs_run_with(psprintf("INSERT INTO %s (key, segment, barred, reason, set_by, since, until)\n"
						  "VALUES (($1)[1], $2, $3, $4, $5, $6, $7)",
						  segmentation->part[TCS_PART_PINS]),
				 lengthof(types), types, values, nulls, SPI_OK_INSERT);
	SPI_finish();
}

/*
 * Bring the customer up to date; the segment now, as the result.  Pins of one who
 * is gone for now may be ended, but none are set.
 */
static Datum
move_customer(TcsSegmentation *segmentation, Datum keys, TcsOwnerScope *scope,
			  bool must_be_there, FunctionCallInfo fcinfo)
{
	TcsMoves	moves = {0};
	char	   *segment;

	tcs_refresh_dequeue(segmentation, keys);
	tcs_refresh_keys(segmentation, keys, &moves);
	moves.customers = 1;
	if (!tcs_hand_segment(segmentation, keys, &segment) && must_be_there)
		tcs_hand_report_missing(segmentation, keys);
	tcs_owner_leave(scope);
	tcs_refresh_notify(segmentation, &moves);
	if (segment == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(segment));
}

static Datum
pin_row(FunctionCallInfo fcinfo, const char *function, bool barred)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	Datum		keys;

	tcs_hand_require(fcinfo, ARG_INTO, "into");
	tcs_hand_require(fcinfo, ARG_KEY, "key");
	tcs_hand_require(fcinfo, ARG_SEGMENT, "segment");
	if (!PG_ARGISNULL(ARG_UNTIL) && PG_GETARG_TIMESTAMPTZ(ARG_UNTIL) <= GetCurrentTimestamp())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"until\" is in the past"),
				 errhint("Give a time to come, or none; tcs.unpin_segment ends a pin now.")));
	keys = tcs_hand_key(fcinfo, ARG_KEY);
	segmentation = tcs_refresh_begin(PG_GETARG_OID(ARG_INTO), function, &scope);
	pin_check_segment(segmentation, PG_GETARG_DATUM(ARG_SEGMENT));
	write_pin(segmentation, keys, fcinfo, barred);
	return move_customer(segmentation, keys, &scope, true, fcinfo);
}

/* arguments: into, key, segment, reason, until */
Datum
tcs_pin_segment(PG_FUNCTION_ARGS)
{
	return pin_row(fcinfo, "tcs.pin_segment()", false);
}

/* the same */
Datum
tcs_bar_segment(PG_FUNCTION_ARGS)
{
	return pin_row(fcinfo, "tcs.bar_segment()", true);
}

/*
 * End the pins, which lets go of the customer as one does that was given an
 * end; how many.
 */
static uint64
end_pins(const TcsSegmentation *segmentation, Datum keys, FunctionCallInfo fcinfo)
{
	Oid			types[] = {segmentation->key.array_type, TIMESTAMPTZOID, TEXTOID};
	Datum		values[] = {
		keys, TimestampTzGetDatum(GetCurrentTimestamp()), fcinfo->args[ARG_SEGMENT].value
	};
	bool		of_all = PG_ARGISNULL(ARG_SEGMENT);
	uint64		ended;

	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s AS p SET until = $2 WHERE p.key %s ANY ($1)%s",
						  segmentation->part[TCS_PART_PINS], segmentation->key.equals,
						  of_all ? "" : " AND p.segment = $3"),
				 of_all ? 2 : 3, types, values, NULL, SPI_OK_UPDATE);
	ended = SPI_processed;
	SPI_finish();
	return ended;
}

/* arguments: into, key, segment */
Datum
tcs_unpin_segment(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	Datum		keys;

	tcs_hand_require(fcinfo, ARG_INTO, "into");
	tcs_hand_require(fcinfo, ARG_KEY, "key");
	keys = tcs_hand_key(fcinfo, ARG_KEY);
	segmentation = tcs_refresh_begin(PG_GETARG_OID(ARG_INTO), "tcs.unpin_segment()", &scope);
	if (end_pins(segmentation, keys, fcinfo) == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("customer %s of segmentation \"%s\" is neither pinned nor barred",
						tcs_hand_key_text(segmentation, keys), segmentation->name),
				 errhint("The table %s says who is.", segmentation->part[TCS_PART_PINS])));
	return move_customer(segmentation, keys, &scope, false, fcinfo);
}
