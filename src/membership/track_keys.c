/*
 * track_keys.c
 *		Whom the rows in the transition tables of a statement are about.
 */
#include "membership/track.h"
#include "membership/track_changes.h"

#include "catalog/pg_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/tuplestore.h"

int64
tcs_change_rows(const TcsChange *change)
{
	const TriggerData *trigger = change->trigger;

	return (trigger->tg_oldtable ? tuplestore_tuple_count(trigger->tg_oldtable) : 0) +
		(trigger->tg_newtable ? tuplestore_tuple_count(trigger->tg_newtable) : 0);
}

/* An expression of the rows in the transition tables, AS that name. */
static char *
change_query(const TcsChange *change, const char *expression, const char *name,
			 const char *condition)
{
	const TriggerData *trigger = change->trigger;

	if (trigger->tg_oldtable == NULL)
		return psprintf("SELECT %s AS %s FROM " TCS_NEW_ROWS " AS d%s",
						expression, name, condition);
	if (trigger->tg_newtable == NULL)
		return psprintf("SELECT %s AS %s FROM " TCS_OLD_ROWS " AS d%s",
						expression, name, condition);
	return psprintf("SELECT %s AS %s FROM " TCS_OLD_ROWS " AS d%s\n"
					"UNION ALL SELECT %s FROM " TCS_NEW_ROWS " AS d%s",
					expression, name, condition, expression, condition);
}

/*
 * The query for the keys; some may be NULL.  A transition table with no rows is
 * not looked at, but a plan for an update serves all updates.
 */
static char *
change_keys_query(const TcsChange *change)
{
	return change_query(change,
						tcs_way_key(change->segmentation,
									RelationGetRelid(change->trigger->tg_relation),
									change->arguments[TCS_TRACK_KEY], "d"),
						"key", "");
}

/* The query for what leads to them. */
static char *
change_via_query(const TcsChange *change)
{
	return change_query(change, tcs_way_via(change->way, "d"), "via",
						psprintf(" WHERE %s", tcs_way_has_via(change->way, "d")));
}

static void
change_register_rows(const TcsChange *change)
{
	if (SPI_register_trigger_data(change->trigger) < 0)
		elog(ERROR, "transition tables cannot be registered");
}

/* One row takes its number and time by default; of many, all take the same. */
static char *
change_queue_statement(const TcsChange *change)
{
	const char *queue = change->segmentation->part[TCS_PART_QUEUE];
	bool		has_way = change->way != NULL;
	char	   *query = has_way ? change_via_query(change) : change_keys_query(change);
	const char *columns = has_way ? "relation, via" : "key";
	char	   *values = has_way ? psprintf("%u::regclass, d.via",
											RelationGetRelid(change->trigger->tg_relation)) :
	"d.key";
	const char *condition = has_way ? "" : " WHERE d.key IS NOT NULL";

	if (tcs_change_rows(change) == 1)
		return psprintf("INSERT INTO %s (%s)\nSELECT %s FROM (%s) AS d%s",
						queue, columns, values, query, condition);
	return psprintf("INSERT INTO %s (id, queued_at, %s) OVERRIDING SYSTEM VALUE\n"
					"SELECT (SELECT nextval(pg_get_serial_sequence(%s, 'id'))),\n"
					"    (SELECT clock_timestamp()), %s\n"
					"FROM (SELECT DISTINCT d.%s FROM (%s) AS d%s) AS d",
					queue, columns, quote_literal_cstr(queue), values,
					has_way ? "via" : "key", query, condition);
}

void
tcs_change_queue(const TcsChange *change)
{
	Oid			relation = RelationGetRelid(change->trigger->tg_relation);

	if (tcs_change_rows(change) == 0)
		return;
	SPI_connect();
	if (change->way != NULL ||
		!tcs_queue_rows(change->segmentation, change->trigger,
						get_attnum(relation, change->arguments[TCS_TRACK_KEY])))
	{
		change_register_rows(change);
		tcs_run_kept(change_queue_statement(change), relation, 0, NULL, NULL, SPI_OK_INSERT);
	}
	SPI_finish();
}

List *
tcs_change_collect(const TcsChange *change)
{
	MemoryContext context = CurrentMemoryContext;
	bool		has_way = change->way != NULL;
	Oid			type = has_way ? TEXTARRAYOID : change->segmentation->key.array_type;
	TcsTouched *touched;

	if (tcs_change_rows(change) == 0)
		return NIL;
	touched = palloc(sizeof(TcsTouched));
	touched->relation = has_way ? RelationGetRelid(change->trigger->tg_relation) : InvalidOid;
	SPI_connect();
	change_register_rows(change);
	tcs_run_kept(has_way ?
				 psprintf("SELECT array_agg(DISTINCT d.via) FROM (%s) AS d", change_via_query(change)) :
				 psprintf("SELECT array_agg(DISTINCT d.key) FROM (%s) AS d WHERE d.key IS NOT NULL",
						  change_keys_query(change)),
				 RelationGetRelid(change->trigger->tg_relation), 0, NULL, NULL, SPI_OK_SELECT);
	touched->values = tcs_result_copy(0, 1, type, context);
	SPI_finish();
	return touched->values == (Datum) 0 ? NIL : list_make1(touched);
}
