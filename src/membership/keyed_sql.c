/*
 * keyed_sql.c
 *		The statements of a keyed update.
 */
#include "membership/keyed_sql.h"
#include "membership/by_hand.h"
#include "membership/kept_sql.h"

#include "utils/builtins.h"
#include "utils/jsonb.h"
#include "utils/lsyscache.h"
#include "utils/timestamp.h"

char *
tcs_locking_statement(const TcsSegmentation *segmentation, bool returning)
{
	const char *key = segmentation->own_key;
	const char *since = segmentation->own_since;

	return psprintf("INSERT INTO %s AS i (%s, %s)\n"
					"SELECT k, " TCS_NEW_ROW " FROM unnest($1) AS k ORDER BY k\n"
					"ON CONFLICT (%s) DO UPDATE SET %s = i.%s%s",
					segmentation->into, key, since, key, since, since,
					returning ? "\nRETURNING i.key, i.segment, i.since, i.ctid" : "");
}

/* What is said of the rows s of the source, at a time, and by rules before. */
static char *
segments_select(const TcsSegmentation *segmentation, const TcsCause *cause, const char *now,
				const char *old_rules)
{
	return psprintf("SELECT s.%s AS key, %s AS segment%s\n"
					"    FROM %s AS s", segmentation->key_column,
					tcs_pins_assign(segmentation, segmentation->rule_set, cause->has_pins, now),
					cause->has_rules ? psprintf(", tcs.segment_assign_by(%s, s.*) AS by_old_rules", old_rules) : "",
					segmentation->source);
}

char *
tcs_keys_literal(const TcsSegmentation *segmentation, Datum keys)
{
	Oid			output;
	bool		is_varlena;

	getTypeOutputInfo(segmentation->key.array_type, &output, &is_varlena);
	return psprintf("%s::%s", quote_literal_cstr(OidOutputFunctionCall(output, keys)),
					format_type_be_qualified(segmentation->key.array_type));
}

char *
tcs_found_query(const TcsSegmentation *segmentation, const TcsCause *cause, Datum keys)
{
	char	   *now = psprintf("%s::timestamptz", quote_literal_cstr(timestamptz_to_str(GetCurrentTimestamp())));
	char	   *old_rules = NULL;

	if (cause->has_rules)
		old_rules = psprintf("%s::jsonb", quote_literal_cstr(JsonbToCString(NULL, &DatumGetJsonbP(cause->rules)->root, 0)));
	return psprintf("%s WHERE s.%s %s ANY (%s)", segments_select(segmentation, cause, now, old_rules),
					segmentation->key_column, segmentation->key.equals, tcs_keys_literal(segmentation, keys));
}

/*
 * A condition on an array reaches the orders
 * below a GROUP BY, but no further than the first outer join (a view with a
 * table of customers); a condition on one key does.  OFFSET 0 keeps a look-up a
 * look-up.
 */
char *
tcs_segments_query(const TcsSegmentation *segmentation, TcsAccess access, const TcsCause *cause)
{
	const char *column = segmentation->key_column;
	const char *equals = segmentation->key.equals;
	char	   *select = segmentation->is_kept ? tcs_kept_query(segmentation) :
	segments_select(segmentation, cause, "$2", "$4");

	switch (access)
	{
		case TCS_ACCESS_ONE:
			return psprintf("%s WHERE s.%s %s $1", select, column, equals);
		case TCS_ACCESS_TOGETHER:
			return psprintf("%s WHERE s.%s %s ANY ($1)", select, column, equals);
		case TCS_ACCESS_EACH:
			return psprintf("SELECT each.* FROM unnest($1) AS k (key)\n"
							"    CROSS JOIN LATERAL (%s WHERE s.%s %s k.key OFFSET 0) AS each",
							select, column, equals);
		case TCS_ACCESS_FOUND:
			return psprintf("SELECT key, segment%s\n    FROM unnest($9, $10, $11) AS found (key, segment, by_old_rules)",
							cause->has_rules ? ", by_old_rules" : "");
	}
	return NULL;				/* not reached */
}

/* Who of everyone moves, when that is said to be, and why. */
static void
append_change(StringInfo sql, const TcsSegmentation *segmentation, const TcsCause *cause,
			  bool has_places)
{
	const char *equals = segmentation->key.equals;

	appendStringInfo(sql,
					 "), change AS MATERIALIZED (\n"
					 "    SELECT key, from_segment, to_segment, entered, present,%s\n"
					 "        CASE WHEN NOT entered THEN greatest($2, since + interval '1 microsecond')\n"
					 "            ELSE greatest($2, (SELECT max(m.moved_at) + interval '1 microsecond'\n"
					 "                FROM %s AS m WHERE m.key %s everyone.key)) END AS moved_at,\n"
					 "        CASE WHEN NOT present THEN '%s' WHEN entered THEN '%s'\n",
					 has_places ? " place," : "", segmentation->part[TCS_PART_MOVES], equals,
					 tcs_move_cause[TCS_MOVED_REMOVED], tcs_move_cause[TCS_MOVED_DATA]);
	if (cause->has_pins)
		appendStringInfo(sql, "            WHEN %s THEN '%s'\n",
						 tcs_pins_cause(segmentation, "everyone", "$2"),
						 tcs_move_cause[TCS_MOVED_MANUAL]);
	if (cause->has_rules)
		appendStringInfo(sql, "            WHEN by_old_rules IS NOT DISTINCT FROM from_segment THEN '%s'\n",
						 tcs_move_cause[TCS_MOVED_RULES]);
	if (cause->has_queued)
		appendStringInfo(sql, "            WHEN key %s ANY ($5) THEN '%s'\n", equals,
						 tcs_move_cause[TCS_MOVED_DATA]);

	/*
	 * the old rules' next choice for who is barred from their first is not
	 * known
	 */
	if (cause->has_rules && cause->has_pins)
		appendStringInfo(sql, "            WHEN EXISTS (SELECT FROM %s AS p WHERE p.key %s everyone.key\n"
						 "                AND p.barred AND p.segment = by_old_rules) THEN '%s'\n",
						 segmentation->part[TCS_PART_PINS], equals, tcs_move_cause[TCS_MOVED_RULES]);
	appendStringInfoString(sql,
						   "            ELSE $3 END AS cause\n"
						   "    FROM everyone\n"
						   "    WHERE entered OR NOT present OR from_segment IS DISTINCT FROM to_segment\n");
}

/*
 * The second statement.  Everyone who was asked for has one row in the table
 * by now: if there are more in the result, the source has a customer twice.
 * Nobody else changes these rows: where the first statement said what is in
 * them, and where they are, they need not be looked for again.
 */
char *
tcs_update_statement(const TcsSegmentation *segmentation, TcsAccess access,
					 const TcsCause *cause, bool has_places)
{
	const char *into = segmentation->into;
	const char *moves = segmentation->part[TCS_PART_MOVES];
	const char *equals = segmentation->key.equals;
	const char *keys = access == TCS_ACCESS_ONE ? "$1" : "ANY ($1)";
	const char *same = psprintf("i.key %s c.key", equals);
	StringInfoData sql;

	if (segmentation->is_kept)
		return tcs_kept_update(segmentation, tcs_segments_query(segmentation, access, cause), keys);
	if (has_places)
		same = "i.ctid = c.place AND i.ctid = ANY (ARRAY(SELECT place FROM change))";

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH now AS MATERIALIZED (\n"
					 "    %s\n"
					 "), everyone AS MATERIALIZED (\n"
					 "    SELECT i.key, i.segment AS from_segment, now.segment AS to_segment,\n"
					 "        i.since, i.since = " TCS_NEW_ROW " AS entered, now.key IS NOT NULL AS present",
					 tcs_segments_query(segmentation, access, cause));
	if (cause->has_rules)
		appendStringInfoString(&sql, ", now.by_old_rules");
	if (has_places)
		appendStringInfo(&sql,
						 ", i.place\n"
						 "    FROM unnest($1, $6, $7, $8) AS i (key, segment, since, place)\n"
						 "        LEFT JOIN now ON now.key %s i.key\n", equals);
	else
		appendStringInfo(&sql,
						 "\n    FROM %s AS i LEFT JOIN now ON now.key %s i.key\n"
						 "    WHERE i.key %s %s\n", into, equals, equals, keys);
	append_change(&sql, segmentation, cause, has_places);
	appendStringInfo(&sql,
					 "), updated AS (\n"
					 "    UPDATE %s AS i\n"
					 "    SET segment = c.to_segment, previous_segment = c.from_segment, since = c.moved_at\n"
					 "    FROM change AS c WHERE %s AND c.present\n"
					 "    RETURNING 1\n"
					 "), deleted AS (\n"
					 "    DELETE FROM %s AS i\n"
					 "    USING change AS c WHERE %s AND NOT c.present\n"
					 "    RETURNING 1\n"
					 "), moved AS (\n"
					 "    INSERT INTO %s (key, from_segment, to_segment, moved_at, cause, entered, present)\n"
					 "    SELECT key, from_segment, to_segment, moved_at, cause, entered, present\n"
					 "    FROM change WHERE present OR NOT entered ORDER BY key\n"
					 "    RETURNING entered, present\n"
					 ")\n"
					 "SELECT (SELECT count(*) FROM everyone),\n"
					 "    count(*) FILTER (WHERE entered),\n"
					 "    count(*) FILTER (WHERE NOT entered AND present),\n"
					 "    count(*) FILTER (WHERE NOT present),\n"
					 "    (SELECT count(*) FROM change) - (SELECT count(*) FROM updated)\n"
					 "        - (SELECT count(*) FROM deleted)\n"
					 "FROM moved",
					 into, same, into, same, moves);
	return sql.data;
}

char *
tcs_settled_query(const TcsSegmentation *segmentation, const TcsCause *cause)
{
	if (segmentation->is_kept)
		return tcs_kept_settled(segmentation,
								tcs_segments_query(segmentation, TCS_ACCESS_ONE, cause));
	return psprintf("SELECT count(*) = 1 AND bool_and(i.key IS NOT NULL\n"
					"    AND now.segment IS NOT DISTINCT FROM i.segment)\n"
					"FROM (%s) AS now LEFT JOIN %s AS i ON i.key %s now.key",
					tcs_segments_query(segmentation, TCS_ACCESS_ONE, cause),
					segmentation->into, segmentation->key.equals);
}

char *
tcs_differing_keys(const TcsSegmentation *segmentation)
{
	if (segmentation->is_kept)
		return tcs_kept_differing(segmentation);
	return psprintf("SELECT coalesce(i.key, s.key) AS key\n"
					"FROM (\n"
					"    SELECT s.%s AS key, %s AS segment\n"
					"    FROM %s AS s%s\n"
					") AS s\n"
					"FULL JOIN %s AS i ON i.key %s s.key\n"
					"WHERE i.key IS NULL OR s.key IS NULL OR i.segment IS DISTINCT FROM s.segment\n"
					"ORDER BY 1",
					segmentation->key_column,
					tcs_pins_assign(segmentation, segmentation->rule_set,
									tcs_pins_exist(segmentation), "now()"),
					segmentation->source,
					segmentation->key_not_null ? "" :
					psprintf(" WHERE s.%s IS NOT NULL", segmentation->key_column),
					segmentation->into, segmentation->key.equals);
}
