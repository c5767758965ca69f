/*
 * pin_segment.c
 *		pin_segment, bar_segment and unpin_segment: customers who stay in a
 *		segment, or out of one, whatever the rules say.
 *
 * A pin is a row of a table beside the segmentation.  Where there are none, the
 * queries for the segments are as if there never were any.  Whether there are
 * some is asked when the rows of the customers are locked: whoever pins one
 * locks that row too, so the later of the two sees what the other did.
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

void
tcs_pins_make(const TcsSegmentation *segmentation, const char *key)
{
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    key %s NOT NULL,\n"
					 "    segment text NOT NULL,\n"
					 "    barred boolean NOT NULL,\n"
					 "    reason text,\n"
					 "    set_by text NOT NULL,\n"
					 "    since timestamptz NOT NULL,\n"
					 "    until timestamptz,\n"
					 "    PRIMARY KEY (key, segment)\n"
					 ")", segmentation->part[TCS_PART_PINS], key),
			SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE UNIQUE INDEX ON %s (key) WHERE NOT barred",
					 segmentation->part[TCS_PART_PINS]),
			SPI_OK_UTILITY);
}

bool
tcs_pins_exist(const TcsSegmentation *segmentation)
{
	bool		exist;

	SPI_connect();
	tcs_run_kept_latest(psprintf("SELECT FROM %s LIMIT 1", segmentation->part[TCS_PART_PINS]),
						segmentation->oid, 0, NULL, NULL, SPI_OK_SELECT);
	exist = SPI_processed > 0;
	SPI_finish();
	return exist;
}

/* The pins p of the row s that hold. */
static char *
pins_of_row(const TcsSegmentation *segmentation, const char *now)
{
	return psprintf("%s AS p WHERE p.key %s s.%s AND (p.until IS NULL OR p.until > %s)",
					segmentation->part[TCS_PART_PINS], segmentation->key.equals,
					segmentation->key_column, now);
}

/*
 * Barred: the next rule's segment that matches, the default at last.  The rules
 * are not asked about somebody who is pinned.  Of everybody, the many of whom
 * nothing is said are told by one look at all pins.
 */
char *
tcs_pins_assign(const TcsSegmentation *segmentation, const char *rule_set, bool has_pins,
				const char *now)
{
	char	   *assign = psprintf("tcs.segment_assign(%s, s.*)", rule_set);
	char	   *pins = pins_of_row(segmentation, now);

	if (!has_pins)
		return assign;
	return psprintf("CASE WHEN NOT EXISTS (SELECT FROM %s) THEN %s\n"
					"        ELSE COALESCE((SELECT p.segment FROM %s AND NOT p.barred), (\n"
					"            SELECT m.segment\n"
					"            FROM unnest(tcs.segment_matches(%s, s.*) || (SELECT r.default_segment\n"
					"                FROM tcs.rule_set AS r WHERE r.name = %s)) WITH ORDINALITY AS m (segment, place)\n"
					"            WHERE NOT EXISTS (SELECT FROM %s AND p.barred AND p.segment = m.segment)\n"
					"            ORDER BY m.place LIMIT 1)) END",
					pins, assign, pins, rule_set, rule_set, pins);
}

char *
tcs_pins_cause(const TcsSegmentation *segmentation, const char *row, const char *now)
{
	return psprintf("EXISTS (SELECT FROM %1$s AS p WHERE p.key %2$s %3$s.key AND CASE\n"
					"                WHEN p.until IS NULL OR p.until > %4$s\n"
					"                    THEN NOT p.barred OR p.segment = %3$s.from_segment\n"
					"                ELSE %3$s.since < p.until AND p.segment =\n"
					"                    CASE WHEN p.barred THEN %3$s.to_segment ELSE %3$s.from_segment END END)",
					segmentation->part[TCS_PART_PINS], segmentation->key.equals, row, now);
}

void
tcs_pins_queue(const TcsSegmentation *segmentation)
{
	SPI_connect();
	tcs_run(psprintf("INSERT INTO %1$s (key) SELECT DISTINCT p.key FROM %2$s AS p\n"
					 "WHERE p.until <= now() AND NOT EXISTS (SELECT FROM %1$s AS q WHERE q.key %3$s p.key)",
					 segmentation->part[TCS_PART_QUEUE], segmentation->part[TCS_PART_PINS],
					 segmentation->key.equals),
			SPI_OK_INSERT);
	SPI_finish();
}

void
tcs_pins_forget(const TcsSegmentation *segmentation, Datum keys, TimestampTz then)
{
	Oid			types[] = {TIMESTAMPTZOID, segmentation->key.array_type};
	Datum		values[] = {TimestampTzGetDatum(then), keys};
	bool		of_all = DatumGetPointer(keys) == NULL;

	SPI_connect();
	tcs_run_with(psprintf("DELETE FROM %s AS p WHERE p.until <= $1%s",
						  segmentation->part[TCS_PART_PINS],
						  of_all ? "" : psprintf(" AND p.key %s ANY ($2)",
												 segmentation->key.equals)),
				 of_all ? 1 : 2, types, values, NULL, SPI_OK_DELETE);
	SPI_finish();
}

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
