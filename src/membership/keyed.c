/*
 * keyed.c
 *		Bringing the segments of some customers up to date: the running of it.
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
#include "membership/keyed_sql.h"

#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* so few are computed one by one, by plans that are kept */
#define FEW_KEYS 8

/* Say which customer the source has twice. */
static void
report_duplicate(const TcsSegmentation *segmentation, Datum keys)
{
	Oid			types[] = {segmentation->key.array_type};

	tcs_run_with(psprintf("SELECT s.%s FROM %s AS s WHERE s.%s %s ANY (%s)\n"
						  "GROUP BY 1 HAVING count(*) > 1 ORDER BY 1 LIMIT 1",
						  segmentation->key_column, segmentation->source,
						  segmentation->key_column, segmentation->key.equals,
						  segmentation->rules ? tcs_keys_literal(segmentation, keys) : "$1"),
				 segmentation->rules ? 0 : 1, types, &keys, NULL, SPI_OK_SELECT);
	ereport(ERROR,
			(errcode(ERRCODE_CARDINALITY_VIOLATION),
			 errmsg("the source of %s \"%s\" has more than one row for a %s",
					segmentation->kind, segmentation->name,
					segmentation->is_kept ? "key" : "customer"),
			 SPI_processed == 0 ? 0 :
			 errdetail("Column %s of %s is %s more than once.", segmentation->key_column,
					   segmentation->source,
					   tcs_result_string(0, 1)),
			 segmentation->is_kept ?
			 errhint("Make the source have one row for each key, with a GROUP BY for example.") :
			 errhint("Make the source have one row per customer, with a GROUP BY for example.")));
}

static void
report_missing(const TcsSegmentation *segmentation)
{
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg(segmentation->is_kept ? "table %s did not take the rows of new keys" :
					"table %s did not take the rows of new customers", segmentation->into),
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
				 errmsg(segmentation->is_kept ? "table %s did not take all rows of its source" :
						"table %s did not take the segments of all customers", segmentation->into),
				 errhint("Look for a trigger, rule or policy on the table that discards changes.")));
	moves->entered += tcs_result_bigint(0, 2);
	moves->moved += tcs_result_bigint(0, 3);
	moves->removed += tcs_result_bigint(0, 4);
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

	/* what the source has of the keys, where it was asked beforehand */
	Datum		found;
	Datum		found_segments;
	Datum		found_old;
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
		have = !segmentation->is_kept && form->relkind == RELKIND_RELATION && !form->relhassubclass &&
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
	tcs_guard_open_to_lock(segmentation);
	tcs_run_kept(tcs_locking_statement(segmentation, false), segmentation->oid, 1, types, &keys,
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
	tcs_guard_open_to_lock(segmentation);
	tcs_run_kept(tcs_locking_statement(segmentation, update->has_places), segmentation->oid,
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

/* Ask a source on other machines for its rows of the keys, now that they are ours. */
static void
find_rows(Update *update)
{
	const TcsSegmentation *segmentation = update->segmentation;
	MemoryContext context = CurrentMemoryContext;

	SPI_connect();
	tcs_run_latest(tcs_found_query(segmentation, update->cause, update->keys), 0, NULL, NULL, NULL, SPI_OK_SELECT);
	update->found = locked_column(1, segmentation->key.type, true, context);
	update->found_segments = locked_column(2, TEXTOID, false, context);
	if (update->cause->has_rules)
		update->found_old = locked_column(3, TEXTOID, false, context);
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
		segmentation->key.array_type, TEXTARRAYOID, TIMESTAMPTZARRAYOID, TIDARRAYOID,
		segmentation->key.array_type, TEXTARRAYOID, TEXTARRAYOID
	};
	Datum		values[PARAMETERS] = {
		update->keys, TimestampTzGetDatum(GetCurrentTimestamp()),
		CStringGetTextDatum(tcs_move_cause[cause->all_queued ? TCS_MOVED_DATA : cause->otherwise]),
		cause->rules, cause->queued, update->segments, update->since, update->places,
		(Datum) 0, (Datum) 0, (Datum) 0
	};
	char		nulls[PARAMETERS];
	TcsAccess	access = TCS_ACCESS_FOUND;

	memset(nulls, ' ', sizeof(nulls));
	if (segmentation->rules != NULL)
	{
		find_rows(update);
		values[PARAMETER_FOUND] = update->found;
		values[PARAMETER_FOUND_SEGMENTS] = update->found_segments;
		values[PARAMETER_FOUND_OLD] = update->found_old;
	}
	else
		nulls[PARAMETER_FOUND] = nulls[PARAMETER_FOUND_SEGMENTS] = 'n';
	if (values[PARAMETER_FOUND_OLD] == (Datum) 0)
		nulls[PARAMETER_FOUND_OLD] = 'n';
	if (!cause->has_rules)
		nulls[PARAMETER_RULES] = 'n';
	if (!cause->has_queued)
		nulls[PARAMETER_QUEUED] = 'n';
	if (!update->has_places)
		nulls[PARAMETER_SEGMENTS] = nulls[PARAMETER_SINCE] = nulls[PARAMETER_PLACES] = 'n';
	if (segmentation->rules == NULL)
		access = tcs_choose_access(segmentation, cause, types, values, nulls);
	SPI_connect();
	tcs_guard_open(segmentation, TCS_GUARD_UPDATE | TCS_GUARD_DELETE, TCS_GUARD_INSERT);
	tcs_run_latest(tcs_update_statement(segmentation, access, cause, update->has_places),
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
	update->cause->otherwise = TCS_MOVED_RULES;
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
	char	   *sql = tcs_settled_query(segmentation, update->cause);
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
	char	   *sql = tcs_update_statement(segmentation, TCS_ACCESS_ONE, update->cause, false);
	Datum	   *keys;
	int			count;

	tcs_array_elements(update->keys, key->type, &keys, NULL, &count);
	values[1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[2] = CStringGetTextDatum(tcs_move_cause[update->cause->otherwise]);
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

	is_few = segmentation->rules == NULL && !cause->has_rules && !cause->has_queued && !cause->all_queued &&
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
