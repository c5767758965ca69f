/*
 * segment_history.c
 *		segment_history: where a customer was, under this key and earlier ones.
 */
#include "membership/by_hand.h"

#include "catalog/pg_type.h"
#include "funcapi.h"

PG_FUNCTION_INFO_V1(tcs_segment_history);

/* arguments: into, key */
Datum
tcs_segment_history(PG_FUNCTION_ARGS)
{
	static const Oid column_type[] = {
		TEXTOID, TEXTOID, TIMESTAMPTZOID, TIMESTAMPTZOID, TEXTOID, TEXTOID
	};
	TcsSegmentation *segmentation = tcs_segmentation_open(PG_GETARG_OID(0));
	const char *moves = segmentation->part[TCS_PART_MOVES];
	const char *equals = segmentation->key.equals;
	Datum		keys = tcs_hand_key(fcinfo, 1);
	Oid			types[] = {segmentation->key.array_type};
	TcsOwnerScope scope;

	tcs_hand_check_select(segmentation->part_oid[TCS_PART_MOVES]);
	InitMaterializedSRF(fcinfo, 0);
	tcs_owner_enter_briefly(&scope, segmentation->owner);
	keys = tcs_hand_earlier_keys(segmentation, keys);
	SPI_connect();
	tcs_run_with(psprintf("SELECT format('%%s', m.key), m.to_segment, m.moved_at, n.moved_at, m.cause, n.cause\n"
						  "FROM %s AS m LEFT JOIN LATERAL (\n"
						  "    SELECT l.moved_at, l.cause FROM %s AS l\n"
						  "    WHERE l.key %s m.key AND l.moved_at > m.moved_at ORDER BY l.moved_at LIMIT 1) AS n ON true\n"
						  "WHERE m.present AND m.key %s ANY ($1) ORDER BY m.moved_at, m.id",
						  moves, moves, equals, equals),
				 1, types, &keys, NULL, SPI_OK_SELECT);
	tcs_hand_return_rows(fcinfo, column_type, lengthof(column_type));
	SPI_finish();
	tcs_owner_leave(&scope);
	return (Datum) 0;
}
