/*
 * process_segmentation.c
 *		process_segmentation: the queue, worked off.
 *
 * Customers for whom a rule fails stay in the queue, at its end, and hold up
 * nobody else: a part that fails is halved until they are found.  They make a
 * full refresh fail, which stays due then; those in the queue have their turn.
 */
#include "membership/by_hand.h"
#include "membership/failure.h"
#include "membership/kept_sql.h"
#include "membership/refresh.h"
#include "membership/track.h"
#include "membership/way.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/timestamp.h"

PG_FUNCTION_INFO_V1(tcs_process_segmentation);

/* that are put up with in one call, before the rest is left for the next */
#define MAX_FAILURES 64

typedef struct Process
{
	TcsSegmentation *segmentation;
	TcsMoves	moves;
	int64		processed;
	int			failures;
	ErrorData  *error;			/* the last one */
	Datum		keys;			/* that are being processed */
} Process;

/* Is a full refresh due? */
static bool
is_refresh_due(const TcsSegmentation *segmentation)
{
	bool		due;

	SPI_connect();
	tcs_run(psprintf("SELECT FROM %s WHERE key IS NULL AND via IS NULL LIMIT 1",
					 segmentation->part[TCS_PART_QUEUE]), SPI_OK_SELECT);
	due = SPI_processed > 0;
	SPI_finish();
	return due;
}

static void
process_all(void *arg)
{
	Process    *process = arg;
	TcsMoves	moves = {0};

	tcs_refresh_all(process->segmentation, &moves);
	process->moves = moves;
	process->processed = moves.customers;
}

static void
process_keys(void *arg)
{
	Process    *process = arg;
	TcsMoves	moves = process->moves;
	int64		count = tcs_count_keys(process->keys);

	tcs_refresh_dequeue(process->segmentation, process->keys);
	tcs_refresh_keys(process->segmentation, process->keys, &moves);
	process->moves = moves;
	process->processed += count;
}

/* The customers who have waited longest, in the order of their keys. */
static Datum *
oldest_keys(const TcsSegmentation *segmentation, int at_most, int *count)
{
	MemoryContext context = CurrentMemoryContext;
	const TcsKeyType *key = &segmentation->key;
	Datum	   *keys = NULL;
	Datum		array;

	*count = 0;
	SPI_connect();
	tcs_run(psprintf("SELECT array_agg(DISTINCT q.key)\n"
					 "FROM (SELECT key FROM %s WHERE key IS NOT NULL ORDER BY id LIMIT %d) AS q",
					 segmentation->part[TCS_PART_QUEUE], at_most),
			SPI_OK_SELECT);
	array = tcs_result_copy(0, 1, key->array_type, context);
	if (array != (Datum) 0)
	{
		MemoryContextSwitchTo(context);
		tcs_array_elements(array, key->type, &keys, NULL, count);
	}
	SPI_finish();
	return keys;
}

/*
 * Later orders are not to wait behind who fails.  Why, is noted with them; those
 * whose turn did not come know of no reason yet.
 */
static void
queue_put_last(const TcsSegmentation *segmentation, Datum keys, const ErrorData *error)
{
	Oid			types[] = {segmentation->key.array_type, TEXTOID, TEXTOID};
	Datum		values[] = {keys, (Datum) 0, (Datum) 0};
	char		nulls[] = {' ', 'n', 'n'};

	if (error != NULL)
	{
		values[1] = CStringGetTextDatum(tcs_error_text(error));
		values[2] = CStringGetTextDatum(unpack_sql_state(error->sqlerrcode));
		nulls[1] = nulls[2] = ' ';
	}
	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s AS q SET id = DEFAULT, error = coalesce($2, q.error),\n"
						  "    error_state = coalesce($3, q.error_state)\n"
						  "WHERE q.key %s ANY ($1)",
						  segmentation->part[TCS_PART_QUEUE], segmentation->key.equals),
				 lengthof(types), types, values, nulls, SPI_OK_UPDATE);
	SPI_finish();
}

static void
process_part(Process *process, Datum *keys, int count)
{
	const TcsKeyType *key = &process->segmentation->key;
	ErrorData  *error;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	process->keys = PointerGetDatum(construct_array(keys, count, key->type, key->typlen,
													key->typbyval, key->typalign));
	if (process->failures >= MAX_FAILURES)
	{
		queue_put_last(process->segmentation, process->keys, NULL);
		return;
	}
	if (tcs_try(process_keys, process, false, &error))
		return;
	process->failures++;
	if (count == 1)
	{
		process->error = tcs_name_failure(process->segmentation, process->keys, error);
		queue_put_last(process->segmentation, process->keys, process->error);
		return;
	}
	process->error = error;
	process_part(process, keys, count / 2);
	process_part(process, keys + count / 2, count - count / 2);
}

/* When the queue was worked off last, and how that went. */
static void
process_write_state(const Process *process, TimestampTz begin)
{
	Oid			types[] = {TIMESTAMPTZOID, INT8OID};
	Datum		values[] = {TimestampTzGetDatum(begin), Int64GetDatum(process->processed)};

	if (process->error)
		tcs_error_note(process->segmentation, process->error);
	else
		tcs_error_clear(process->segmentation);
	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s SET last_process = $1,\n"
						  "    process_duration = clock_timestamp() - $1, processed = $2",
						  process->segmentation->part[TCS_PART_STATE]),
				 lengthof(types), types, values, NULL, SPI_OK_UPDATE);
	SPI_finish();
}

static void
process_queue(Process *process, int at_most)
{
	Datum	   *keys;
	int			count;

	process->error = tcs_track_partitions(process->segmentation);
	tcs_queue_resolve(process->segmentation, at_most);
	if (is_refresh_due(process->segmentation))
	{
		if (tcs_try(process_all, process, false, &process->error))
			return;
		process->error = tcs_name_failure(process->segmentation, (Datum) 0, process->error);
	}
	if (process->segmentation->is_kept)
		tcs_kept_queue_due(process->segmentation);
	else
		tcs_pins_queue(process->segmentation);
	keys = oldest_keys(process->segmentation, at_most, &count);
	for (int done = 0; done < count; done += TCS_KEYS_AT_ONCE)
		process_part(process, keys + done, Min(TCS_KEYS_AT_ONCE, count - done));
	process->moves.customers = process->processed;
}

/* arguments: into, at_most */
Datum
tcs_process_segmentation(PG_FUNCTION_ARGS)
{
	Process		process = {NULL};
	TimestampTz begin = GetCurrentTimestamp();
	TcsOwnerScope scope;
	int32		at_most = PG_GETARG_INT32(1);

	if (at_most < 1)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("argument \"at_most\" must be positive, not %d", at_most)));
	process.segmentation = tcs_copy_begin(PG_GETARG_OID(0),
										  "tcs.process_segmentation()", &scope);
	process_queue(&process, at_most);
	process_write_state(&process, begin);
	tcs_owner_leave(&scope);
	if (process.processed > 0)
		tcs_refresh_notify(process.segmentation, &process.moves);
	if (process.error)
		ereport(WARNING,
				(errcode(process.error->sqlerrcode),
				 errmsg("%s stay in the queue of %s \"%s\"",
						process.segmentation->is_kept ? "keys" : "customers",
						process.segmentation->kind, process.segmentation->name),
				 errdetail_log("%s", process.error->message),
				 errhint("The column last_error of %s says why.",
						 process.segmentation->part[TCS_PART_STATE])));
	PG_RETURN_INT64(process.processed);
}
