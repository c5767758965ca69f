/*
 * queue_rows.c
 *		Many keys put into the queue at once.
 *
 * What a COPY of orders brings goes into the queue as COPY itself would write
 * it, which costs a third of what a statement does.  That serves a queue that is
 * as create_segmentation made it; one with more to heed is left to a statement.
 */
#include "membership/queue_rows.h"

#include "access/heapam.h"
#include "access/table.h"
#include "access/tableam.h"
#include "access/xact.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "port/pg_bitutils.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/timestamp.h"
#include "utils/tuplestore.h"

/* fewer are not worth it; of more, the keys may not fit into memory */
#define MIN_ROWS 100
#define MAX_ROWS 200000

#define SLOTS 500				/* rows that are written together */

/* the columns of the queue */
enum
{
	QUEUE_ID,
	QUEUE_KEY,
	QUEUE_QUEUED_AT,
	QUEUE_RELATION,
	QUEUE_VIA,
	QUEUE_ERROR,
	QUEUE_ERROR_STATE,
	QUEUE_COLUMNS
};

/* Different keys, in the order in which they came. */
typedef struct KeySet
{
	const TcsKeyType *key;
	Oid			column_type;	/* below any domain */
	Datum	   *keys;
	uint32		count;
	uint32	   *place;			/* by hash: number of a key and 1, or 0 */
	uint32		mask;
} KeySet;

/* Is there nothing that a statement would have to heed? */
static bool
queue_is_as_made(Relation queue, const TcsKeyType *key)
{
	const FormData_pg_class *form = queue->rd_rel;
	TupleDesc	columns = RelationGetDescr(queue);
	Oid			types[QUEUE_COLUMNS] = {
		INT8OID, key->type, TIMESTAMPTZOID, REGCLASSOID, TEXTARRAYOID, TEXTOID, TEXTOID
	};
	static const char *const names[QUEUE_COLUMNS] = {
		"id", "key", "queued_at", "relation", "via", "error", "error_state"
	};

	if (form->relkind != RELKIND_RELATION || form->relispartition || form->relhasindex ||
		form->relhasrules || form->relhastriggers || form->relrowsecurity ||
		pg_class_aclcheck(RelationGetRelid(queue), GetUserId(), ACL_INSERT) != ACLCHECK_OK ||
		columns->natts != QUEUE_COLUMNS)
		return false;
	if (columns->constr != NULL &&
		(columns->constr->num_check > 0 || columns->constr->has_generated_stored))
		return false;
	for (int i = 0; i < QUEUE_COLUMNS; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		if (column->attisdropped || column->atttypid != types[i] || column->atttypmod != -1 ||
			strcmp(NameStr(column->attname), names[i]) != 0)
			return false;
	}
	return true;
}

static bool
queue_is_integer(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID;
}

/* The value as a key; false where it can be nobody's. */
static bool
queue_convert_key(const KeySet *set, Datum *value)
{
	int64		number;

	if (set->column_type == set->key->type)
		return true;
	number = set->column_type == INT2OID ? DatumGetInt16(*value) :
		set->column_type == INT4OID ? DatumGetInt32(*value) : DatumGetInt64(*value);
	switch (set->key->type)
	{
		case INT2OID:
			*value = Int16GetDatum((int16) number);
			return number >= PG_INT16_MIN && number <= PG_INT16_MAX;
		case INT4OID:
			*value = Int32GetDatum((int32) number);
			return number >= PG_INT32_MIN && number <= PG_INT32_MAX;
		default:
			*value = Int64GetDatum(number);
			return true;
	}
}

/*
 * Keys that are equal and written differently stay apart: whoever works off the
 * queue has them once.
 */
static void
queue_add_key(KeySet *set, Datum value)
{
	const TcsKeyType *key = set->key;
	uint32		at = datum_image_hash(value, key->typbyval, key->typlen);

	for (;; at++)
	{
		uint32	   *place = &set->place[at & set->mask];

		if (*place == 0)
		{
			set->keys[set->count] = datumCopy(value, key->typbyval, key->typlen);
			*place = ++set->count;
			return;
		}
		if (datum_image_eq(set->keys[*place - 1], value, key->typbyval, key->typlen))
			return;
	}
}

/* The keys in a transition table, by a read pointer of our own. */
static void
queue_add_rows(KeySet *set, Tuplestorestate *rows, TupleTableSlot *slot, AttrNumber column)
{
	tuplestore_select_read_pointer(rows, tuplestore_alloc_read_pointer(rows, EXEC_FLAG_REWIND));
	tuplestore_rescan(rows);
	while (tuplestore_gettupleslot(rows, true, false, slot))
	{
		bool		isnull;
		Datum		value = slot_getattr(slot, column, &isnull);

		CHECK_FOR_INTERRUPTS();
		if (!isnull && queue_convert_key(set, &value))
			queue_add_key(set, value);
	}
	ExecClearTuple(slot);
}

/* One number and one time for all; false where the queue has no numbers. */
static bool
queue_get_number(const char *queue, Oid relation, int64 *id)
{
	bool		isnull;

	tcs_run_kept(psprintf("SELECT nextval(pg_get_serial_sequence(%s, 'id'))",
						  quote_literal_cstr(queue)), relation, 0, NULL, NULL, SPI_OK_SELECT);
	*id = DatumGetInt64(tcs_result(0, 1, INT8OID, &isnull));
	return !isnull;
}

static void
queue_write_keys(Relation queue, const KeySet *set, int64 id)
{
	CommandId	command = GetCurrentCommandId(true);
	BulkInsertState bulk = GetBulkInsertState();
	TimestampTz now = GetCurrentTimestamp();
	TupleTableSlot *slots[SLOTS];
	int			size = Min(set->count, SLOTS);

	for (int i = 0; i < size; i++)
		slots[i] = table_slot_create(queue, NULL);
	for (uint32 done = 0; done < set->count; done += size)
	{
		int			count = Min(set->count - done, size);

		CHECK_FOR_INTERRUPTS();
		for (int i = 0; i < count; i++)
		{
			TupleTableSlot *slot = slots[i];

			ExecClearTuple(slot);
			slot->tts_values[QUEUE_ID] = Int64GetDatum(id);
			slot->tts_values[QUEUE_KEY] = set->keys[done + i];
			slot->tts_values[QUEUE_QUEUED_AT] = TimestampTzGetDatum(now);
			memset(slot->tts_isnull, true, QUEUE_COLUMNS * sizeof(bool));
			memset(slot->tts_isnull, false, (QUEUE_QUEUED_AT + 1) * sizeof(bool));
			ExecStoreVirtualTuple(slot);
		}
		table_multi_insert(queue, slots, count, command, 0, bulk);
	}
	for (int i = 0; i < size; i++)
		ExecDropSingleTupleTableSlot(slots[i]);
	FreeBulkInsertState(bulk);
	table_finish_bulk_insert(queue, 0);
}

bool
tcs_queue_rows(const TcsSegmentation *segmentation, const TriggerData *trigger,
			   AttrNumber column)
{
	Tuplestorestate *rows[] = {trigger->tg_oldtable, trigger->tg_newtable};
	TupleDesc	columns = RelationGetDescr(trigger->tg_relation);
	KeySet		set = {&segmentation->key};
	int64		count = 0;
	int64		id;
	Relation	queue;
	TupleTableSlot *slot;

	for (int i = 0; i < lengthof(rows); i++)
		count += rows[i] ? tuplestore_tuple_count(rows[i]) : 0;
	if (count < MIN_ROWS || count > MAX_ROWS || column <= 0 || column > columns->natts)
		return false;
	set.column_type = getBaseType(TupleDescAttr(columns, column - 1)->atttypid);
	if (set.column_type != set.key->type &&
		!(queue_is_integer(set.column_type) && queue_is_integer(set.key->type)))
		return false;
	queue = table_open(segmentation->part_oid[TCS_PART_QUEUE], RowExclusiveLock);
	if (!queue_is_as_made(queue, set.key) ||
		!queue_get_number(segmentation->part[TCS_PART_QUEUE], RelationGetRelid(trigger->tg_relation),
						  &id))
	{
		table_close(queue, NoLock);
		return false;
	}

	set.keys = palloc(count * sizeof(Datum));
	set.mask = 2 * pg_nextpower2_32((uint32) count) - 1;
	set.place = palloc0((set.mask + 1) * sizeof(uint32));
	slot = MakeSingleTupleTableSlot(columns, &TTSOpsMinimalTuple);
	for (int i = 0; i < lengthof(rows); i++)
		if (rows[i])
			queue_add_rows(&set, rows[i], slot, column);
	ExecDropSingleTupleTableSlot(slot);
	queue_write_keys(queue, &set, id);
	table_close(queue, NoLock);
	return true;
}
