/*
 * touched.c
 *		Who was touched by changes, found out and brought up to date.
 */
#include "membership/way.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

List *
tcs_touched_copy(List *touched, MemoryContext context)
{
	MemoryContext old = MemoryContextSwitchTo(context);
	List	   *copy = NIL;
	ListCell   *cell;

	foreach(cell, touched)
	{
		const TcsTouched *from = lfirst(cell);
		TcsTouched *to = palloc(sizeof(TcsTouched));

		to->relation = from->relation;
		to->values = PointerGetDatum(DatumGetArrayTypePCopy(from->values));
		copy = lappend(copy, to);
	}
	MemoryContextSwitchTo(old);
	return copy;
}

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

	/* not tracked any more, or in another way: a full refresh is due then */
	if (way == NULL || !OidIsValid(way->through))
		return all;
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

void
tcs_touched_update(const TcsSegmentation *segmentation, List *touched,
				   TcsCause *cause, TcsMoves *moves)
{
	Datum		keys = tcs_touched_keys(segmentation, touched);

	if (keys == (Datum) 0)
		return;
	if (touched_has_way(touched))
		keys = touched_lock(segmentation, touched, keys);
	tcs_keyed_update(segmentation, keys, cause, moves);
}

/* Rows of the queue that have a way instead of a key, gone from it. */
static List *
queue_take_ways(const TcsSegmentation *segmentation, int at_most)
{
	MemoryContext context = CurrentMemoryContext;
	const char *queue = segmentation->part[TCS_PART_QUEUE];
	List	   *touched = NIL;

	SPI_connect();
	tcs_run(psprintf("WITH gone AS (\n"
					 "    DELETE FROM %s AS q WHERE q.key IS NULL AND q.via IS NOT NULL%s\n"
					 "    RETURNING q.relation, q.via\n"
					 ")\n"
					 "SELECT relation::oid, array_agg(DISTINCT via) FROM gone\n"
					 "WHERE relation IS NOT NULL AND array_ndims(via) = 1\n"
					 "    AND array_lower(via, 1) = 1 AND array_position(via, NULL) IS NULL\n"
					 "GROUP BY relation, cardinality(via)", queue,
					 at_most == 0 ? "" :
					 psprintf(" AND q.id <= (SELECT max(id) FROM (SELECT id FROM %s ORDER BY id LIMIT %d) AS o)",
							  queue, at_most)),
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

void
tcs_queue_resolve(const TcsSegmentation *segmentation, int at_most)
{
	List	   *touched = queue_take_ways(segmentation, at_most);
	Oid			types[] = {segmentation->key.array_type};
	Datum		values[1];

	if (touched == NIL)
		return;
	values[0] = tcs_touched_keys(segmentation, touched);
	if (values[0] == (Datum) 0)
		return;
	SPI_connect();
	tcs_run_with(psprintf("INSERT INTO %s (key) SELECT k FROM unnest($1) AS k",
						  segmentation->part[TCS_PART_QUEUE]),
				 lengthof(types), types, values, NULL, SPI_OK_INSERT);
	SPI_finish();
}
