/*
 * pins.c
 *		The pins of a segmentation: who stays in a segment, or out of one, whatever
 *		the rules say.
 *
 * A pin is a row of a table beside the segmentation.  Where there are none, the
 * queries for the segments are as if there never were any.  Whether there are
 * some is asked when the rows of the customers are locked: whoever pins one
 * locks that row too, so the later of the two sees what the other did.
 */
#include "membership/by_hand.h"

#include "catalog/pg_type.h"
#include "utils/timestamp.h"

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

	if (segmentation->is_kept)
		return false;
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
	bool		by_value = segmentation->rules != NULL && rule_set == segmentation->rule_set;
	char	   *assign = by_value ? psprintf("tcs.segment_assign_by(%s, s.*)", segmentation->rules) :
	psprintf("tcs.segment_assign(%s, s.*)", rule_set);
	char	   *matches = by_value ? psprintf("tcs.segment_matches_by(%s, s.*)", segmentation->rules) :
	psprintf("tcs.segment_matches(%s, s.*)", rule_set);
	char	   *pins = pins_of_row(segmentation, now);

	if (!has_pins)
		return assign;
	return psprintf("CASE WHEN NOT EXISTS (SELECT FROM %s) THEN %s\n"
					"        ELSE COALESCE((SELECT p.segment FROM %s AND NOT p.barred), (\n"
					"            SELECT m.segment\n"
					"            FROM unnest(%s || (SELECT r.default_segment\n"
					"                FROM tcs.rule_set AS r WHERE r.name = %s)) WITH ORDINALITY AS m (segment, place)\n"
					"            WHERE NOT EXISTS (SELECT FROM %s AND p.barred AND p.segment = m.segment)\n"
					"            ORDER BY m.place LIMIT 1)) END",
					pins, assign, pins, matches, rule_set, pins);
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

	if (segmentation->is_kept)
		return;
	SPI_connect();
	tcs_run_with(psprintf("DELETE FROM %s AS p WHERE p.until <= $1%s",
						  segmentation->part[TCS_PART_PINS],
						  of_all ? "" : psprintf(" AND p.key %s ANY ($2)",
												 segmentation->key.equals)),
				 of_all ? 1 : 2, types, values, NULL, SPI_OK_DELETE);
	SPI_finish();
}
