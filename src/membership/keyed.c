/*
 * keyed.c
 *		Bringing the segments of some customers up to date.
 *
 * First every one of their rows is written, in the order of the keys, even if
 * the segment will stay, and a row is made for who has none.  Then, in a
 * statement of its own that sees what was committed until the rows were ours,
 * the segments are computed.  So of two transactions that concern one customer
 * the second waits for the first and sees what it did, or, where it keeps an
 * older snapshot, fails with a serialization failure.  Nothing less will do: a
 * lock alone leaves a repeatable read that computes from the past.  Who was in
 * no segment when the first came and went leaves no row to fail at: so the
 * second statement takes a new snapshot in repeatable read too.
 */
#include "membership/by_hand.h"
#include "membership/guard.h"
#include "membership/keyed.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* so few are computed one by one, by plans that are kept */
#define FEW_KEYS 8

/* A row that was made for a new customer, until it is known that there is one. */
#define NEW_ROW "'-infinity'"

static char *
locking_statement(const TcsSegmentation *segmentation, bool returning)
{
	return psprintf("INSERT INTO %s AS i (key, since)\n"
					"SELECT k, " NEW_ROW " FROM unnest($1) AS k ORDER BY k\n"
					"ON CONFLICT (key) DO UPDATE SET since = i.since%s",
					segmentation->into,
					returning ? "\nRETURNING i.key, i.segment, i.since, i.ctid" : "");
}

/*
 * The second statement.  Everyone who was asked for has one row in the table
 * by now: if there are more in the result, the source has a customer twice.
 * Nobody else changes these rows: where the first statement said what is in
 * them, and where they are, they need not be looked for again.
 */
static char *
update_statement(const TcsSegmentation *segmentation, TcsAccess access,
				 const TcsCause *cause, bool has_places)
{
	const char *into = segmentation->into;
	const char *moves = segmentation->part[TCS_PART_MOVES];
	const char *equals = segmentation->key.equals;
	const char *keys = access == TCS_ACCESS_ONE ? "$1" : "ANY ($1)";
	const char *same = psprintf("i.key %s c.key", equals);
	StringInfoData sql;

	if (has_places)
		same = "i.ctid = c.place AND i.ctid = ANY (ARRAY(SELECT place FROM change))";

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH now AS MATERIALIZED (\n"
					 "    %s\n"
					 "), everyone AS MATERIALIZED (\n"
					 "    SELECT i.key, i.segment AS from_segment, now.segment AS to_segment,\n"
					 "        i.since, i.since = " NEW_ROW " AS entered, now.key IS NOT NULL AS present",
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
	appendStringInfo(&sql,
					 "), change AS MATERIALIZED (\n"
					 "    SELECT key, from_segment, to_segment, entered, present,%s\n"
					 "        CASE WHEN NOT entered THEN greatest($2, since + interval '1 microsecond')\n"
					 "            ELSE greatest($2, (SELECT max(m.moved_at) + interval '1 microsecond'\n"
					 "                FROM %s AS m WHERE m.key %s everyone.key)) END AS moved_at,\n"
					 "        CASE WHEN NOT present THEN 'removed' WHEN entered THEN 'data'\n",
					 has_places ? " place," : "", moves, equals);
	if (cause->has_pins)
		appendStringInfo(&sql, "            WHEN %s THEN 'manual'\n",
						 tcs_pins_cause(segmentation, "everyone", "$2"));
	if (cause->has_rules)
		appendStringInfoString(&sql,
							   "            WHEN by_old_rules IS NOT DISTINCT FROM from_segment THEN 'rules'\n");
	if (cause->has_queued)
		appendStringInfo(&sql, "            WHEN key %s ANY ($5) THEN 'data'\n", equals);

	/*
	 * the old rules' next choice for who is barred from their first is not
	 * known
	 */
	if (cause->has_rules && cause->has_pins)
		appendStringInfo(&sql, "            WHEN EXISTS (SELECT FROM %s AS p WHERE p.key %s everyone.key\n"
						 "                AND p.barred AND p.segment = by_old_rules) THEN 'rules'\n",
						 segmentation->part[TCS_PART_PINS], equals);
	appendStringInfo(&sql,
					 "            ELSE $3 END AS cause\n"
					 "    FROM everyone\n"
					 "    WHERE entered OR NOT present OR from_segment IS DISTINCT FROM to_segment\n"
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

/* Say which customer the source has twice. */
static void
report_duplicate(const TcsSegmentation *segmentation, Datum keys)
{
	Oid			types[] = {segmentation->key.array_type};

	tcs_run_with(psprintf("SELECT s.%s FROM %s AS s WHERE s.%s %s ANY ($1)\n"
						  "GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1",
						  segmentation->key_column, segmentation->source,
						  segmentation->key_column, segmentation->key.equals),
				 1, types, &keys, NULL, SPI_OK_SELECT);
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("the source of segmentation \"%s\" has more than one row for a customer",
					segmentation->name),
			 SPI_processed == 0 ? 0 :
			 errdetail("Column %s of %s is %s more than once.", segmentation->key_column,
					   segmentation->source,
					   tcs_result_string(0, 1)),
			 errhint("Make the source have one row per customer, with a GROUP BY for example.")));
}

static void
report_missing(const TcsSegmentation *segmentation)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("table %s did not take the rows of new customers", segmentation->into),
			 errhint("Look for a trigger, rule or policy on the table that discards rows.")));
}

static void
keyed_add_counts(const TcsSegmentation *segmentation, Datum keys, int64 count, TcsMoves *moves)
{
	int64		found = tcs_result_bigint(0, 1);

	if (found > count)
		report_duplicate(segmentation, keys);
	if (found < count)
		report_missing(segmentation);
	if (tcs_result_bigint(0, 5) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s did not take the segments of all customers", segmentation->into),
				 errhint("Look for a trigger, rule or policy on the table that discards changes.")));
	moves->entered += tcs_result_bigint(0, 2);
	moves->moved += tcs_result_bigint(0, 3);
	moves->removed += tcs_result_bigint(0, 4);
}

int
tcs_count_keys(Datum keys)
{
	ArrayType  *array = DatumGetArrayTypeP(keys);

	return ArrayGetNItems(ARR_NDIM(array), ARR_DIMS(array));
}

/* What the second statement is run with. */
typedef struct Update
{
	const TcsSegmentation *segmentation;
	Datum		keys;
	TcsCause   *cause;
	TcsMoves   *moves;

	/* of the rows of these keys, in this order, if they have places */
	bool		has_places;
	Datum		segments;
	Datum		since;
	Datum		places;
} Update;

/*
 * Do rows stay where the first statement says that they are?  A trigger could
 * write them once more.
 */
static bool
rows_have_places(const TcsSegmentation *segmentation)
{
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(segmentation->oid));
	bool		have = false;

	if (HeapTupleIsValid(tuple))
	{
		Form_pg_class form = (Form_pg_class) GETSTRUCT(tuple);

		/* elements of an array do not know the collation of the column */
		have = form->relkind == RELKIND_RELATION && !form->relhassubclass &&
			segmentation->key.collation == get_typcollation(segmentation->key.type) &&
			(!form->relhastriggers || tcs_guard_is_alone(segmentation->oid));
		ReleaseSysCache(tuple);
	}
	return have;
}

/*
 * A column of the result of the first statement, as an array.  Other types, and
 * a key that is NULL, are errors.
 */
static Datum
locked_column(int column, Oid type, bool is_key, MemoryContext context)
{
	uint64		count = SPI_processed;
	Datum	   *values = palloc(count * sizeof(Datum));
	bool	   *nulls = palloc0(count * sizeof(bool));
	int			dimensions[] = {(int) count};
	int			bounds[] = {1};
	int16		length;
	bool		by_value;
	char		align;
	MemoryContext old;
	Datum		array;

	for (uint64 i = 0; i < count; i++)
		values[i] = is_key ? tcs_result_value(i, column, type) :
			tcs_result(i, column, type, &nulls[i]);
	get_typlenbyvalalign(type, &length, &by_value, &align);
	old = MemoryContextSwitchTo(context);
	array = PointerGetDatum(construct_md_array(values, nulls, 1, dimensions, bounds,
											   type, length, by_value, align));
	MemoryContextSwitchTo(old);
	return array;
}

void
tcs_keyed_lock(const TcsSegmentation *segmentation, Datum keys)
{
	Oid			types[] = {segmentation->key.array_type};

	SPI_connect();
	tcs_guard_open(segmentation, TCS_GUARD_INSERT | TCS_GUARD_UPDATE, 0);
	tcs_run_kept(locking_statement(segmentation, false), segmentation->oid, 1, types, &keys,
				 SPI_OK_INSERT);
	tcs_guard_close();
	SPI_finish();
}

/* The first statement. */
static void
lock_rows(Update *update, bool is_few)
{
	const TcsSegmentation *segmentation = update->segmentation;
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {segmentation->key.array_type};

	update->has_places = !is_few && rows_have_places(segmentation);
	SPI_connect();
	/* whoever truncates a table of the source has it before the customers */
	tcs_run_kept(psprintf("SELECT FROM %s LIMIT 0", segmentation->source),
				 segmentation->oid, 0, NULL, NULL, SPI_OK_SELECT);
	tcs_guard_open(segmentation, TCS_GUARD_INSERT | TCS_GUARD_UPDATE, 0);
	tcs_run_kept(locking_statement(segmentation, update->has_places), segmentation->oid,
				 1, types, &update->keys,
				 update->has_places ? SPI_OK_INSERT_RETURNING : SPI_OK_INSERT);
	tcs_guard_close();
	if (update->has_places)
	{
		if (SPI_processed != tcs_count_keys(update->keys))
			report_missing(segmentation);
		update->keys = locked_column(1, segmentation->key.type, true, context);
		update->segments = locked_column(2, TEXTOID, false, context);
		update->since = locked_column(3, TIMESTAMPTZOID, false, context);
		update->places = locked_column(4, TIDOID, false, context);
	}
	SPI_finish();
}

static void
update_many(void *arg)
{
	Update	   *update = arg;
	const TcsSegmentation *segmentation = update->segmentation;
	TcsCause   *cause = update->cause;
	Oid			types[PARAMETERS] = {
		segmentation->key.array_type, TIMESTAMPTZOID, TEXTOID, JSONBOID,
		segmentation->key.array_type, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TIDARRAYOID
	};
	Datum		values[PARAMETERS] = {
		update->keys, TimestampTzGetDatum(GetCurrentTimestamp()),
		CStringGetTextDatum(cause->all_queued ? "data" : cause->cause),
		cause->rules, cause->queued, update->segments, update->since, update->places
	};
	char		nulls[PARAMETERS];
	TcsAccess	access;

	memset(nulls, ' ', sizeof(nulls));
	if (!cause->has_rules)
		nulls[PARAMETER_RULES] = 'n';
	if (!cause->has_queued)
		nulls[PARAMETER_QUEUED] = 'n';
	if (!update->has_places)
		nulls[PARAMETER_SEGMENTS] = nulls[PARAMETER_SINCE] = nulls[PARAMETER_PLACES] = 'n';
	access = tcs_choose_access(segmentation, cause, types, values, nulls);
	SPI_connect();
	tcs_guard_open(segmentation, TCS_GUARD_UPDATE | TCS_GUARD_DELETE, TCS_GUARD_INSERT);
	tcs_run_latest(update_statement(segmentation, access, cause, update->has_places),
				   PARAMETERS, types, values, nulls, SPI_OK_SELECT);
	tcs_guard_close();
	keyed_add_counts(segmentation, update->keys, tcs_count_keys(update->keys), update->moves);
	SPI_finish();
}

/*
 * The definition that held before may fail, if only where the new one was made
 * not to: then all that moves is said to have moved because of the change.
 */
static void
update_with_old_rules(Update *update)
{
	ErrorData  *error;

	if (tcs_try(update_many, update, false, &error))
		return;
	FreeErrorData(error);
	update->cause->has_rules = false;
	update->cause->has_queued = false;
	update->cause->cause = "rules";
	update_many(update);
}

/*
 * Are a few customers, whose rows are ours, where they should be?  That is so
 * for most who are looked at again, and takes less than to move nobody.
 */
static bool
few_are_settled(const Update *update)
{
	const TcsSegmentation *segmentation = update->segmentation;
	const TcsKeyType *key = &segmentation->key;
	char	   *sql = psprintf("SELECT count(*) = 1 AND bool_and(i.key IS NOT NULL\n"
							   "    AND now.segment IS NOT DISTINCT FROM i.segment)\n"
							   "FROM (%s) AS now LEFT JOIN %s AS i ON i.key %s now.key",
							   tcs_segments_query(segmentation, TCS_ACCESS_ONE, update->cause),
							   segmentation->into, key->equals);
	Datum	   *keys;
	int			count;
	bool		settled = true;

	tcs_array_elements(update->keys, key->type, &keys, NULL, &count);
	for (int i = 0; i < count && settled; i++)
	{
		/* pins that hold do so at a time */
		Oid			types[] = {key->type, TIMESTAMPTZOID};
		Datum		values[] = {keys[i], TimestampTzGetDatum(GetCurrentTimestamp())};

		SPI_connect();
		tcs_run_kept_latest(sql, segmentation->oid, lengthof(types), types, values,
							SPI_OK_SELECT);
		settled = tcs_result_boolean(0, 1);
		SPI_finish();
	}
	return settled;
}

/*
 * A few customers, for whom nothing is to be explained.  False where rows that
 * should be ours already are not there.
 */
static bool
update_few(Update *update)
{
	const TcsSegmentation *segmentation = update->segmentation;
	const TcsKeyType *key = &segmentation->key;
	Oid			types[] = {key->type, TIMESTAMPTZOID, TEXTOID};
	Datum		values[lengthof(types)];
	char	   *sql = update_statement(segmentation, TCS_ACCESS_ONE, update->cause, false);
	Datum	   *keys;
	int			count;

	tcs_array_elements(update->keys, key->type, &keys, NULL, &count);
	values[1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[2] = CStringGetTextDatum(update->cause->cause);
	for (int i = 0; i < count; i++)
	{
		SPI_connect();
		values[0] = keys[i];
		tcs_guard_open(segmentation, TCS_GUARD_UPDATE | TCS_GUARD_DELETE, TCS_GUARD_INSERT);
		tcs_run_kept_latest(sql, segmentation->oid, lengthof(types), types, values,
							SPI_OK_SELECT);
		tcs_guard_close();
		if (tcs_result_bigint(0, 1) == 0 && update->cause->ours)
		{
			SPI_finish();
			return false;
		}
		keyed_add_counts(segmentation, update->keys, 1, update->moves);
		SPI_finish();
	}
	return true;
}

void
tcs_keyed_update(const TcsSegmentation *segmentation, Datum keys, TcsCause *cause,
				 TcsMoves *moves)
{
	Update		update = {segmentation, keys, cause, moves};
	bool		is_few;

	is_few = !cause->has_rules && !cause->has_queued && !cause->all_queued &&
		tcs_count_keys(keys) <= FEW_KEYS;
	cause->has_pins = tcs_pins_exist(segmentation);
	if (is_few && cause->ours && (few_are_settled(&update) || update_few(&update)))
		return;
	cause->ours = false;
	lock_rows(&update, is_few);
	cause->has_pins = tcs_pins_exist(segmentation);
	if (cause->has_rules)
		update_with_old_rules(&update);
	else if (is_few)
		(void) update_few(&update);
	else
		update_many(&update);
}

char *
tcs_differing_keys(const TcsSegmentation *segmentation)
{
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
