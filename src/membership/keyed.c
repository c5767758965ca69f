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
#include "membership/membership.h"

#include "catalog/pg_type.h"
#include "nodes/params.h"
#include "nodes/plannodes.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* so few are computed one by one, by plans that are kept */
#define FEW_KEYS 8

/* the parameters of the second statement */
enum
{
	PARAMETER_KEYS,
	PARAMETER_NOW,
	PARAMETER_CAUSE,
	PARAMETER_RULES,
	PARAMETER_QUEUED,
	PARAMETERS
};

/* A row that was made for a new customer, until it is known that there is one. */
#define NEW_ROW "'-infinity'"

static char *
locking_statement(const TcsSegmentation *segmentation)
{
	return psprintf("INSERT INTO %s AS i (key, since)\n"
					"SELECT k, " NEW_ROW " FROM unnest($1) AS k ORDER BY k\n"
					"ON CONFLICT (key) DO UPDATE SET since = i.since",
					segmentation->into);
}

/* How the source is asked for its rows. */
typedef enum Access
{
	ACCESS_ONE,					/* $1 is the key */
	ACCESS_TOGETHER,			/* $1 is an array of keys */
	ACCESS_EACH					/* the same, and each is looked up by itself */
} Access;

/*
 * The query for the segments now.  A condition on an array reaches the orders
 * below a GROUP BY, but no further than the first outer join (a view with a
 * table of customers); a condition on one key does.  OFFSET 0 keeps a look-up a
 * look-up.
 */
static char *
segments_query(const TcsSegmentation *segmentation, Access access, const TcsCause *cause)
{
	const char *column = segmentation->key_column;
	const char *equals = segmentation->key.equals;
	char	   *select;

	select = psprintf("SELECT s.%s AS key, tcs.segment_assign(%s, s.*) AS segment%s\n"
					  "    FROM %s AS s", column, segmentation->rule_set,
					  cause->has_rules ? ", tcs.segment_assign_by($4, s.*) AS by_old_rules" : "",
					  segmentation->source);
	switch (access)
	{
		case ACCESS_ONE:
			return psprintf("%s WHERE s.%s %s $1", select, column, equals);
		case ACCESS_TOGETHER:
			return psprintf("%s WHERE s.%s %s ANY ($1)", select, column, equals);
		case ACCESS_EACH:
			return psprintf("SELECT each.* FROM unnest($1) AS k (key)\n"
							"    CROSS JOIN LATERAL (%s WHERE s.%s %s k.key OFFSET 0) AS each",
							select, column, equals);
	}
	return NULL;				/* not reached */
}

/* What the planner thinks that a query with these keys costs. */
static double
estimate(const char *query, Oid *types, Datum *values, const char *nulls)
{
	ParamListInfo parameters = makeParamList(PARAMETERS);
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(query));
	Query	   *analyzed;
	PlannedStmt *plan;

	for (int i = 0; i < PARAMETERS; i++)
	{
		parameters->params[i].value = values[i];
		parameters->params[i].isnull = nulls[i] == 'n';
		parameters->params[i].pflags = PARAM_FLAG_CONST;
		parameters->params[i].ptype = types[i];
	}
	PushActiveSnapshot(GetTransactionSnapshot());
	analyzed = linitial_node(Query, pg_analyze_and_rewrite_fixedparams(raw, query, types,
																	   PARAMETERS, NULL));
	plan = pg_plan_query(analyzed, query, 0, parameters);
	PopActiveSnapshot();
	return plan->planTree->total_cost;
}

/*
 * What a look-up of one customer is taken to cost.  The planner reckons with
 * pages that come from a disk and with several rows; look-ups that it put at a
 * fourteenth of the cost of reading everything took a fifth of the time.
 */
#define COST_OF_LOOK_UP (1.0 / 30.0)

/*
 * Where a condition on an array costs what one on a single key does, it reaches
 * what that reaches.  Else it has everybody computed.
 */
static Access
choose_access(const TcsSegmentation *segmentation, const TcsCause *cause,
			  Oid *types, Datum *values, const char *nulls)
{
	const TcsKeyType *key = &segmentation->key;
	char	   *together = segments_query(segmentation, ACCESS_TOGETHER, cause);
	Oid			own_types[PARAMETERS];
	Datum		own_values[PARAMETERS];
	Datum	   *keys;
	int			count;
	double		one;
	double		two;

	memcpy(own_types, types, sizeof(own_types));
	memcpy(own_values, values, sizeof(own_values));
	deconstruct_array(DatumGetArrayTypeP(values[PARAMETER_KEYS]), key->type, key->typlen,
					  key->typbyval, key->typalign, &keys, NULL, &count);
	own_values[PARAMETER_KEYS] =
		PointerGetDatum(construct_array(keys, Min(count, 2), key->type, key->typlen,
										key->typbyval, key->typalign));
	two = estimate(together, own_types, own_values, nulls);
	own_types[PARAMETER_KEYS] = key->type;
	own_values[PARAMETER_KEYS] = keys[0];
	one = estimate(segments_query(segmentation, ACCESS_ONE, cause), own_types, own_values, nulls);
	if (two < 4 * one)
		return ACCESS_TOGETHER;
	return one * count * COST_OF_LOOK_UP < estimate(together, types, values, nulls) ?
		ACCESS_EACH : ACCESS_TOGETHER;
}

/*
 * The second statement.  Everyone who was asked for has one row in the table
 * by now: if there are more in the result, the source has a customer twice.
 */
static char *
update_statement(const TcsSegmentation *segmentation, Access access, const TcsCause *cause)
{
	const char *into = segmentation->into;
	const char *moves = segmentation->part[TCS_PART_MOVES];
	const char *equals = segmentation->key.equals;
	const char *keys = access == ACCESS_ONE ? "$1" : "ANY ($1)";
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH now AS MATERIALIZED (\n"
					 "    %s\n"
					 "), everyone AS MATERIALIZED (\n"
					 "    SELECT i.key, i.segment AS from_segment, now.segment AS to_segment,\n"
					 "        i.since, i.since = " NEW_ROW " AS entered, now.key IS NOT NULL AS present",
					 segments_query(segmentation, access, cause));
	if (cause->has_rules)
		appendStringInfoString(&sql, ", now.by_old_rules");
	appendStringInfo(&sql,
					 "\n    FROM %s AS i LEFT JOIN now ON now.key %s i.key\n"
					 "    WHERE i.key %s %s\n"
					 "), change AS MATERIALIZED (\n"
					 "    SELECT key, from_segment, to_segment, entered, present,\n"
					 "        CASE WHEN NOT entered THEN greatest($2, since + interval '1 microsecond')\n"
					 "            ELSE greatest($2, (SELECT max(m.moved_at) + interval '1 microsecond'\n"
					 "                FROM %s AS m WHERE m.key %s everyone.key)) END AS moved_at,\n"
					 "        CASE WHEN NOT present THEN 'removed' WHEN entered THEN 'data'\n",
					 into, equals, equals, keys, moves, equals);
	if (cause->has_rules)
		appendStringInfoString(&sql,
							   "            WHEN by_old_rules IS NOT DISTINCT FROM from_segment THEN 'rules'\n");
	if (cause->has_queued)
		appendStringInfo(&sql, "            WHEN key %s ANY ($5) THEN 'data'\n", equals);
	appendStringInfo(&sql,
					 "            ELSE $3 END AS cause\n"
					 "    FROM everyone\n"
					 "    WHERE entered OR NOT present OR from_segment IS DISTINCT FROM to_segment\n"
					 "), updated AS (\n"
					 "    UPDATE %s AS i\n"
					 "    SET segment = c.to_segment, previous_segment = c.from_segment, since = c.moved_at\n"
					 "    FROM change AS c WHERE i.key %s c.key AND c.present\n"
					 "), deleted AS (\n"
					 "    DELETE FROM %s AS i\n"
					 "    USING change AS c WHERE i.key %s c.key AND NOT c.present\n"
					 "), moved AS (\n"
					 "    INSERT INTO %s (key, from_segment, to_segment, moved_at, cause, entered, present)\n"
					 "    SELECT key, from_segment, to_segment, moved_at, cause, entered, present\n"
					 "    FROM change WHERE present OR NOT entered ORDER BY key\n"
					 "    RETURNING entered, present\n"
					 ")\n"
					 "SELECT (SELECT count(*) FROM everyone),\n"
					 "    count(*) FILTER (WHERE entered),\n"
					 "    count(*) FILTER (WHERE NOT entered AND present),\n"
					 "    count(*) FILTER (WHERE NOT present)\n"
					 "FROM moved",
					 into, equals, into, equals, moves);
	return sql.data;
}

static int64
get_count(int column)
{
	bool		isnull;

	return DatumGetInt64(SPI_getbinval(SPI_tuptable->vals[0], SPI_tuptable->tupdesc,
									   column, &isnull));
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
					   SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1)),
			 errhint("Make the source have one row per customer, with a GROUP BY for example.")));
}

static void
add_counts(const TcsSegmentation *segmentation, Datum keys, int64 count, TcsMoves *moves)
{
	int64		found = get_count(1);

	if (found > count)
		report_duplicate(segmentation, keys);
	if (found < count)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s did not take the rows of new customers", segmentation->into),
				 errhint("Look for a trigger, rule or policy on the table that discards rows.")));
	moves->entered += get_count(2);
	moves->moved += get_count(3);
	moves->removed += get_count(4);
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
} Update;

static void
update_many(void *arg)
{
	Update	   *update = arg;
	const TcsSegmentation *segmentation = update->segmentation;
	TcsCause   *cause = update->cause;
	Oid			types[PARAMETERS] = {
		segmentation->key.array_type, TIMESTAMPTZOID, TEXTOID, JSONBOID,
		segmentation->key.array_type
	};
	Datum		values[PARAMETERS] = {
		update->keys, TimestampTzGetDatum(GetCurrentTimestamp()),
		CStringGetTextDatum(cause->all_queued ? "data" : cause->cause),
		cause->rules, cause->queued
	};
	char		nulls[PARAMETERS];
	Access		access;

	memset(nulls, ' ', sizeof(nulls));
	if (!cause->has_rules)
		nulls[PARAMETER_RULES] = 'n';
	if (!cause->has_queued)
		nulls[PARAMETER_QUEUED] = 'n';
	access = choose_access(segmentation, cause, types, values, nulls);
	SPI_connect();
	tcs_run_latest(update_statement(segmentation, access, cause),
				   PARAMETERS, types, values, nulls, SPI_OK_SELECT);
	add_counts(segmentation, update->keys, tcs_count_keys(update->keys), update->moves);
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

	if (tcs_membership_try(update_many, update, false, &error))
		return;
	FreeErrorData(error);
	update->cause->has_rules = false;
	update->cause->has_queued = false;
	update->cause->cause = "rules";
	update_many(update);
}

/* A few customers, for whom nothing is to be explained. */
static void
update_few(Update *update)
{
	const TcsSegmentation *segmentation = update->segmentation;
	const TcsKeyType *key = &segmentation->key;
	Oid			types[] = {key->type, TIMESTAMPTZOID, TEXTOID};
	Datum		values[lengthof(types)];
	char	   *sql = update_statement(segmentation, ACCESS_ONE, update->cause);
	Datum	   *keys;
	int			count;

	deconstruct_array(DatumGetArrayTypeP(update->keys), key->type, key->typlen,
					  key->typbyval, key->typalign, &keys, NULL, &count);
	values[1] = TimestampTzGetDatum(GetCurrentTimestamp());
	values[2] = CStringGetTextDatum(update->cause->cause);
	for (int i = 0; i < count; i++)
	{
		SPI_connect();
		values[0] = keys[i];
		tcs_run_kept_latest(sql, segmentation->oid, lengthof(types), types, values,
							SPI_OK_SELECT);
		add_counts(segmentation, update->keys, 1, update->moves);
		SPI_finish();
	}
}

void
tcs_keyed_update(const TcsSegmentation *segmentation, Datum keys, TcsCause *cause,
				 TcsMoves *moves)
{
	Update		update = {segmentation, keys, cause, moves};
	Oid			types[] = {segmentation->key.array_type};

	SPI_connect();
	/* whoever truncates a table of the source has it before the customers */
	tcs_run_kept(psprintf("SELECT FROM %s LIMIT 0", segmentation->source),
				 segmentation->oid, 0, NULL, NULL, SPI_OK_SELECT);
	tcs_run_kept(locking_statement(segmentation), segmentation->oid,
				 1, types, &keys, SPI_OK_INSERT);
	SPI_finish();
	if (cause->has_rules)
		update_with_old_rules(&update);
	else if (!cause->has_queued && !cause->all_queued && tcs_count_keys(keys) <= FEW_KEYS)
		update_few(&update);
	else
		update_many(&update);
}

char *
tcs_differing_keys(const TcsSegmentation *segmentation)
{
	return psprintf("SELECT coalesce(i.key, s.key) AS key\n"
					"FROM (\n"
					"    SELECT s.%s AS key, tcs.segment_assign(%s, s.*) AS segment\n"
					"    FROM %s AS s%s\n"
					") AS s\n"
					"FULL JOIN %s AS i ON i.key %s s.key\n"
					"WHERE i.key IS NULL OR s.key IS NULL OR i.segment IS DISTINCT FROM s.segment\n"
					"ORDER BY 1",
					segmentation->key_column, segmentation->rule_set,
					segmentation->source,
					segmentation->key_not_null ? "" :
					psprintf(" WHERE s.%s IS NOT NULL", segmentation->key_column),
					segmentation->into, segmentation->key.equals);
}
