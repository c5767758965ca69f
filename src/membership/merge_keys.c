/*
 * merge_keys.c
 *		merge_keys: two customers turn out to be one.
 *
 * The one whose key goes does not leave: the move says merged, and into whom.
 * Where the data were put together before, and it has left already, that move is
 * said to have been this one.
 */
#include "membership/by_hand.h"
#include "membership/guard.h"
#include "membership/refresh.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"

PG_FUNCTION_INFO_V1(tcs_merge_keys);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_FROM,
	ARG_TO
};

/* Both keys in one array, sorted; they must differ. */
static Datum
both_keys(const TcsSegmentation *segmentation, Datum from, Datum to)
{
	Oid			types[] = {segmentation->key.array_type, segmentation->key.array_type};
	Datum		values[] = {from, to};
	MemoryContext context = CurrentMemoryContext;
	Datum		keys;

	SPI_connect();
	tcs_run_with("SELECT array_agg(DISTINCT k) FROM unnest($1 || $2) AS k", lengthof(types),
				 types, values, NULL, SPI_OK_SELECT);
	keys = tcs_result_copy(0, 1, segmentation->key.array_type, context);
	SPI_finish();
	if (tcs_count_keys(keys) != 2)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("customer %s cannot be merged into itself",
						tcs_hand_key_text(segmentation, from))));
	return keys;
}

/* What holds for the one holds for the other, unless that contradicts its own. */
static void
move_pins(const TcsSegmentation *segmentation, Datum from, Datum to)
{
	const char *pins = segmentation->part[TCS_PART_PINS];
	const char *equals = segmentation->key.equals;
	Oid			types[] = {segmentation->key.array_type, segmentation->key.array_type};
	Datum		values[] = {from, to};

	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s AS p SET key = ($2)[1] WHERE p.key %s ANY ($1)\n"
						  "    AND NOT EXISTS (SELECT FROM %s AS t WHERE t.key %s ANY ($2)\n"
						  "        AND (t.segment = p.segment OR NOT (t.barred OR p.barred)))",
						  pins, equals, pins, equals),
				 lengthof(types), types, values, NULL, SPI_OK_UPDATE);
	tcs_run_with(psprintf("DELETE FROM %s AS p WHERE p.key %s ANY ($1)", pins, equals),
				 1, types, values, NULL, SPI_OK_DELETE);
	SPI_finish();
}

static void
report_still_there(const TcsSegmentation *segmentation, Datum from, Datum to)
{
	char	   *key = tcs_hand_key_text(segmentation, from);

	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("the source of segmentation \"%s\" still has customer %s",
					segmentation->name, key),
			 errhint("First give what is of customer %s to customer %s, in the tables that %s reads.",
					 key, tcs_hand_key_text(segmentation, to), segmentation->source)));
}

/*
 * The last move of the one, by which it is gone, was the merger.  It gets a new
 * number, so that whoever fetches moves hears of it.
 */
static void
rename_move(const TcsSegmentation *segmentation, Datum from, Datum to)
{
	const char *moves = segmentation->part[TCS_PART_MOVES];
	Oid			types[] = {segmentation->key.array_type, segmentation->key.array_type};
	Datum		values[] = {from, to};
	uint64		count;

	SPI_connect();
	tcs_guard_open(segmentation, 0, TCS_GUARD_UPDATE);
	tcs_run_with(psprintf("UPDATE %s AS m SET id = DEFAULT, cause = '%s', merged_into = ($2)[1]\n"
						  "WHERE NOT m.present AND m.id = (SELECT l.id FROM %s AS l WHERE l.key %s ANY ($1)\n"
						  "    ORDER BY l.moved_at DESC LIMIT 1)",
						  moves, tcs_move_cause[TCS_MOVED_MERGED], moves, segmentation->key.equals),
				 lengthof(types), types, values, NULL, SPI_OK_UPDATE);
	tcs_guard_close();
	count = SPI_processed;
	SPI_finish();
	if (count == 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("customer %s was never in segmentation \"%s\"",
						tcs_hand_key_text(segmentation, from), segmentation->name)));
}

/* arguments: into, from_key, to_key */
Datum
tcs_merge_keys(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	TcsMoves	moves = {0};
	Datum		from;
	Datum		to;
	Datum		keys;
	char	   *segment;

	from = tcs_hand_key(fcinfo, ARG_FROM);
	to = tcs_hand_key(fcinfo, ARG_TO);
	segmentation = tcs_refresh_begin(PG_GETARG_OID(ARG_INTO), "tcs.merge_keys()", &scope);
	keys = both_keys(segmentation, from, to);
	move_pins(segmentation, from, to);
	tcs_refresh_dequeue(segmentation, keys);
	tcs_refresh_keys(segmentation, keys, &moves);
	moves.customers = 2;
	if (tcs_hand_segment(segmentation, from, &segment))
		report_still_there(segmentation, from, to);
	if (!tcs_hand_segment(segmentation, to, &segment))
		tcs_hand_report_missing(segmentation, to);
	rename_move(segmentation, from, to);
	tcs_owner_leave(&scope);
	tcs_refresh_notify(segmentation, &moves);
	if (segment == NULL)
		PG_RETURN_NULL();
	PG_RETURN_TEXT_P(cstring_to_text(segment));
}
