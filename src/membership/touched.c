/*
 * touched.c
 *		Who was touched by changes, found out and brought up to date.
 */
#include "membership/failure.h"
#include "membership/way.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"

/* Add the keys to which rows of one tracked table lead. */
static ArrayBuildState *
touched_add_by_way(const TcsSegmentation *segmentation, const TcsTouched *touched,
				   ArrayBuildState *all)
{
	MemoryContext context = CurrentMemoryContext;
	const TcsKeyType *key = &segmentation->key;
	TcsWay	   *way = tcs_way_read(segmentation, touched->relation);
	Oid			types[] = {TEXTARRAYOID};
	Datum		values[] = {touched->values};

	if (way == NULL || !OidIsValid(way->through) ||
		ARR_NDIM(DatumGetArrayTypeP(touched->values)) != 2 ||
		ARR_DIMS(DatumGetArrayTypeP(touched->values))[1] != way->count)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("rows of relation \"%s\" lead to no customer in this way any more",
						get_rel_name(touched->relation) ? get_rel_name(touched->relation) : "(gone)")));
	SPI_connect();
	tcs_run_kept_latest(tcs_way_keys(segmentation, way), segmentation->oid,
						lengthof(types), types, values, SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		bool		isnull;
		Datum		value = tcs_result(i, 1, key->type, &isnull);

		if (!isnull)
			all = accumArrayResult(all, value, false, key->type, context);
	}
	SPI_finish();
	return all;
}

static ArrayBuildState *
touched_add_keys(const TcsKeyType *key, Datum array, ArrayBuildState *all)
{
	Datum	   *keys;
	int			count;

	tcs_array_elements(array, key->type, &keys, NULL, &count);
	for (int i = 0; i < count; i++)
		all = accumArrayResult(all, keys[i], false, key->type, CurrentMemoryContext);
	return all;
}

/* Sorted, each once: as the server compares the keys. */
static Datum
touched_sort(const TcsKeyType *key, Oid into, Datum keys)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			types[] = {key->array_type};
	Datum		values[] = {keys};

	SPI_connect();
	tcs_run_kept("SELECT array_agg(DISTINCT k) FROM unnest($1) AS k", into,
				 lengthof(types), types, values, SPI_OK_SELECT);
	keys = tcs_result_copy(0, 1, key->array_type, context);
	SPI_finish();
	return keys;
}

Datum
tcs_touched_keys(const TcsSegmentation *segmentation, List *touched)
{
	const TcsKeyType *key = &segmentation->key;
	ArrayBuildState *all;
	ListCell   *cell;

	/* one array of keys is what a trigger found, in order */
	if (list_length(touched) == 1 &&
		!OidIsValid(((TcsTouched *) linitial(touched))->relation))
		return ((TcsTouched *) linitial(touched))->values;
	all = initArrayResult(key->type, CurrentMemoryContext, false);
	foreach(cell, touched)
	{
		const TcsTouched *one = lfirst(cell);

		all = OidIsValid(one->relation) ? touched_add_by_way(segmentation, one, all) :
			touched_add_keys(key, one->values, all);
	}
	if (all->nelems == 0)
		return (Datum) 0;
	return touched_sort(key, segmentation->oid, makeArrayResult(all, CurrentMemoryContext));
}

static bool
touched_has_way(List *touched)
{
	ListCell   *cell;

	foreach(cell, touched)
		if (OidIsValid(((TcsTouched *) lfirst(cell))->relation))
		return true;
	return false;
}

/*
 * An order that changed hands while we waited for its customer is somebody
 * else's now, who is to be waited for, too.  Whoever gave it away had both.
 */
static Datum
touched_lock(const TcsSegmentation *segmentation, List *touched, Datum keys)
{
	const TcsKeyType *key = &segmentation->key;

	for (;;)
	{
		int			count = tcs_count_keys(keys);
		ArrayBuildState *all;
		Datum		more;

		tcs_keyed_lock(segmentation, keys);
		more = tcs_touched_keys(segmentation, touched);
		if (more == (Datum) 0)
			return keys;
		all = initArrayResult(key->type, CurrentMemoryContext, false);
		all = touched_add_keys(key, keys, all);
		all = touched_add_keys(key, more, all);
		keys = touched_sort(key, segmentation->oid, makeArrayResult(all, CurrentMemoryContext));
		if (tcs_count_keys(keys) == count)
			return keys;
	}
}

Datum
tcs_touched_update(const TcsSegmentation *segmentation, List *touched,
				   TcsCause *cause, TcsMoves *moves)
{
	Datum		keys = tcs_touched_keys(segmentation, touched);

	if (keys == (Datum) 0)
		return keys;
	cause->ours = tcs_commit_is_ours(segmentation->oid, &segmentation->key, keys);
	if (!cause->ours && touched_has_way(touched))
		keys = touched_lock(segmentation, touched, keys);
	tcs_keyed_update(segmentation, keys, cause, moves);
	return keys;
}

/* What is in the queue without a key is resolved, of so many rows. */
typedef struct Resolve
{
	const TcsSegmentation *segmentation;
	int			at_most;
} Resolve;

/* Which rows of the queue AS q these are. */
static char *
resolve_condition(const Resolve *resolve)
{
	return psprintf("q.key IS NULL AND q.via IS NOT NULL%s",
					resolve->at_most == 0 ? "" :
					psprintf(" AND q.id <= (SELECT max(id) FROM (SELECT id FROM %s ORDER BY id LIMIT %d) AS o)",
							 resolve->segmentation->part[TCS_PART_QUEUE], resolve->at_most));
}

/* Take them out of it. */
static List *
resolve_take(const Resolve *resolve)
{
	MemoryContext context = CurrentMemoryContext;
	List	   *touched = NIL;

	SPI_connect();
	tcs_run(psprintf("WITH gone AS (DELETE FROM %s AS q WHERE %s RETURNING q.relation, q.via)\n"
					 "SELECT coalesce(relation::oid, 0), array_agg(DISTINCT via) FROM (\n"
					 "    SELECT CASE WHEN array_ndims(via) = 1 AND array_lower(via, 1) = 1 THEN\n"
					 "        CASE WHEN array_position(via, NULL) IS NULL THEN relation END END AS relation,\n"
					 "        cardinality(via) AS columns, via\n"
					 "    FROM gone) AS g\n"
					 "GROUP BY relation, CASE WHEN relation IS NULL THEN ROW(columns, array_dims(via), via)::text ELSE columns::text END",
					 resolve->segmentation->part[TCS_PART_QUEUE], resolve_condition(resolve)),
			SPI_OK_SELECT);
	for (uint64 i = 0; i < SPI_processed; i++)
	{
		MemoryContext old = MemoryContextSwitchTo(context);
		TcsTouched *one = palloc(sizeof(TcsTouched));

		one->relation = DatumGetObjectId(tcs_result_value(i, 1, OIDOID));
		one->values = tcs_result_copy(i, 2, TEXTARRAYOID, context);
		touched = lappend(touched, one);
		MemoryContextSwitchTo(old);
	}
	SPI_finish();
	return touched;
}

static void
resolve_ways(void *arg)
{
	const Resolve *resolve = arg;
	const TcsSegmentation *segmentation = resolve->segmentation;
	List	   *touched = resolve_take(resolve);
	Oid			types[] = {segmentation->key.array_type};
	Datum		values[] = {touched == NIL ? (Datum) 0 : tcs_touched_keys(segmentation, touched)};

	if (values[0] == (Datum) 0)
		return;
	SPI_connect();
	tcs_run_with(psprintf("INSERT INTO %s (key) SELECT k FROM unnest($1) AS k",
						  segmentation->part[TCS_PART_QUEUE]),
				 lengthof(types), types, values, NULL, SPI_OK_INSERT);
	SPI_finish();
}

void
tcs_queue_everyone(const TcsSegmentation *segmentation, const ErrorData *error)
{
	Oid			types[] = {TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];

	values[0] = CStringGetTextDatum(tcs_error_text(error));
	values[1] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
	SPI_connect();
	tcs_run_with(psprintf("INSERT INTO %s (error, error_state) VALUES ($1, $2)",
						  segmentation->part[TCS_PART_QUEUE]),
				 lengthof(types), types, values, NULL, SPI_OK_INSERT);
	SPI_finish();
}

void
tcs_queue_resolve(const TcsSegmentation *segmentation, int at_most)
{
	Resolve		resolve = {segmentation, at_most};
	ErrorData  *error;
	uint64		count;

	SPI_connect();
	tcs_run(psprintf("SELECT FROM %s AS q WHERE %s LIMIT 1",
					 segmentation->part[TCS_PART_QUEUE], resolve_condition(&resolve)),
			SPI_OK_SELECT);
	count = SPI_processed;
	SPI_finish();
	if (count == 0 || tcs_try(resolve_ways, &resolve, false, &error))
		return;
	(void) resolve_take(&resolve);
	tcs_queue_everyone(segmentation, error);
}
