/*
 * track_segmentation.c
 *		track_segmentation: the triggers that report what changes in a table.
 */
#include "membership/membership.h"

#include "access/relation.h"
#include "catalog/catalog.h"
#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_trigger.h"
#include "catalog/pg_type.h"
#include "commands/trigger.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

PG_FUNCTION_INFO_V1(tcs_track_segmentation);

/* One trigger an event: that is how the server gives them the rows. */
static const struct
{
	const char *name;
	const char *event;
	const char *rows;
}			event[] = {
	{"insert", "INSERT", "REFERENCING NEW TABLE AS " TCS_NEW_ROWS " "},
	{"update", "UPDATE", "REFERENCING OLD TABLE AS " TCS_OLD_ROWS " NEW TABLE AS " TCS_NEW_ROWS " "},
	{"delete", "DELETE", "REFERENCING OLD TABLE AS " TCS_OLD_ROWS " "},
	{"truncate", "TRUNCATE", ""},
};

/*
 * Whatever the table, the triggers of two segmentations come in one order, so
 * that statements that concern both lock their rows in that order.
 */
static char *
trigger_name(const TcsSegmentation *segmentation, const char *suffix)
{
	return psprintf("tcs_%08x_%s",
					hash_bytes((const unsigned char *) segmentation->into,
							   strlen(segmentation->into)), suffix);
}

static void
refuse(Relation relation, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" cannot be tracked", RelationGetRelationName(relation)),
			 errdetail_internal("%s", why),
			 errhint("%s", hint)));
}

static void
check_relation(const TcsSegmentation *segmentation, Relation relation, const char *key)
{
	Oid			oid = RelationGetRelid(relation);
	AttrNumber	number;

	switch (relation->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
			refuse(relation, "It is a view: what changes below it is not reported.",
				   "Track the tables that the view reads, each with its column of the key.");
			break;
		case RELKIND_MATVIEW:
			refuse(relation, "It is a materialized view: nothing reports which rows a refresh changes.",
				   "Call tcs.refresh_segmentation after REFRESH MATERIALIZED VIEW.");
			break;
		case RELKIND_FOREIGN_TABLE:
			refuse(relation, "It is a foreign table: others change it unseen.",
				   "Call tcs.refresh_segmentation from time to time.");
			break;
		default:
			refuse(relation, "It is not a table.", "Give the name of a table.");
	}
	if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		refuse(relation, "It is a temporary table.", "Track tables that stay.");
	if (IsSystemRelation(relation))
		refuse(relation, "It is a system catalog.", "Give the name of a table of your own.");
	if (oid == segmentation->oid || oid == segmentation->part_oid[TCS_PART_MOVES] ||
		oid == segmentation->part_oid[TCS_PART_STATE] ||
		oid == segmentation->part_oid[TCS_PART_QUEUE])
		refuse(relation, "It is a part of the segmentation itself.",
			   "Track the tables that the source reads.");

	number = get_attnum(oid, key);
	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						key, RelationGetRelationName(relation)),
				 errhint("Name the column that says whose row it is.")));
	(void) tcs_key_cast(&segmentation->key, "key", get_atttype(oid, number),
						psprintf("column \"%s\" of relation \"%s\"", key,
								 RelationGetRelationName(relation)));
}

/* The trigger that says what is to come, which only mode sync needs. */
static void
make_trigger_before(const TcsSegmentation *segmentation, Oid relation, const char *name,
					const char *arguments, bool is_sync)
{
	ObjectAddress into = {RelationRelationId, segmentation->oid, 0};
	ObjectAddress address = {TriggerRelationId, InvalidOid, 0};
	char	   *trigger = trigger_name(segmentation, "before");

	if (is_sync)
		tcs_run(psprintf("CREATE OR REPLACE TRIGGER %s BEFORE INSERT OR UPDATE OR DELETE ON %s "
						 "FOR EACH STATEMENT EXECUTE FUNCTION tcs.track_changes(%s)",
						 trigger, name, arguments),
				SPI_OK_UTILITY);
	CommandCounterIncrement();
	address.objectId = get_trigger_oid(relation, trigger, true);
	if (is_sync)
		recordDependencyOn(&address, &into, DEPENDENCY_AUTO);
	else if (OidIsValid(address.objectId))
		performDeletion(&address, DROP_RESTRICT, 0);
}

/* Make the triggers on one table; there may be such from an earlier call. */
static void
make_triggers(const TcsSegmentation *segmentation, Relation relation, const char *key,
			  const char *mode)
{
	ObjectAddress into = {RelationRelationId, segmentation->oid, 0};
	char	   *name = quote_qualified_identifier(get_namespace_name(RelationGetNamespace(relation)),
												  RelationGetRelationName(relation));
	char	   *arguments = psprintf("%s, %s, %s, %s",
									 quote_literal_cstr(segmentation->schema),
									 quote_literal_cstr(segmentation->name),
									 quote_literal_cstr(key), quote_literal_cstr(mode));

	for (int i = 0; i < lengthof(event); i++)
	{
		char	   *trigger = trigger_name(segmentation, event[i].name);
		ObjectAddress address = {TriggerRelationId, InvalidOid, 0};

		tcs_run(psprintf("CREATE OR REPLACE TRIGGER %s AFTER %s ON %s %s"
						 "FOR EACH STATEMENT EXECUTE FUNCTION tcs.track_changes(%s)",
						 trigger, event[i].event, name, event[i].rows, arguments),
				SPI_OK_UTILITY);
		CommandCounterIncrement();
		/* they go with the table that they report to */
		address.objectId = get_trigger_oid(RelationGetRelid(relation), trigger, false);
		recordDependencyOn(&address, &into, DEPENDENCY_AUTO);
	}
	make_trigger_before(segmentation, RelationGetRelid(relation), name, arguments,
						strcmp(mode, "sync") == 0);
}

/*
 * Let the state know which tables report, and that what changed before they did
 * is still to be looked at.
 */
static void
write_tracked(const TcsSegmentation *segmentation, Datum tables)
{
	Oid			types[] = {REGCLASSARRAYOID};

	SPI_connect();
	tcs_run_with(psprintf("UPDATE %s SET tracked = ARRAY(\n"
						  "    SELECT DISTINCT t FROM unnest(tracked || $1) AS t\n"
						  "    WHERE EXISTS (SELECT FROM pg_class WHERE oid = t) ORDER BY t)",
						  segmentation->part[TCS_PART_STATE]),
				 1, types, &tables, NULL, SPI_OK_UPDATE);
	tcs_run(psprintf("INSERT INTO %s (key) SELECT NULL\n"
					 "WHERE NOT EXISTS (SELECT FROM %s WHERE key IS NULL)",
					 segmentation->part[TCS_PART_QUEUE], segmentation->part[TCS_PART_QUEUE]),
			SPI_OK_INSERT);
	SPI_finish();
}

static char *
read_mode(const TcsSegmentation *segmentation)
{
	MemoryContext context = CurrentMemoryContext;
	char	   *mode;

	SPI_connect();
	tcs_run(psprintf("SELECT mode FROM %s", segmentation->part[TCS_PART_STATE]),
			SPI_OK_SELECT);
	mode = SPI_processed == 1 ? SPI_getvalue(SPI_tuptable->vals[0], SPI_tuptable->tupdesc, 1) : NULL;
	mode = MemoryContextStrdup(context, mode ? mode : "queue");
	SPI_finish();
	return mode;
}

/* The table and all below it: a statement may name a partition. */
static List *
lock_tables(Oid relation, LOCKMODE mode)
{
	return find_all_inheritors(relation, mode, NULL);
}

/* arguments: into, relation, key */
Datum
tcs_track_segmentation(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsOwnerScope scope;
	Oid			oid = PG_GETARG_OID(1);
	char	   *key = NameStr(*PG_GETARG_NAME(2));
	char	   *mode;
	List	   *tables;
	ArrayBuildState *tracked = NULL;
	int			nest_level;
	ListCell   *cell;

	PreventCommandIfReadOnly("tcs.track_segmentation()");
	segmentation = tcs_segmentation_open(PG_GETARG_OID(0));
	tcs_segmentation_check_owner(segmentation);
	if (get_rel_name(oid) == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", oid)));
	/* nobody locks what he may not put a trigger on */
	if (pg_class_aclcheck(oid, GetUserId(), ACL_TRIGGER) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(oid)),
					   get_rel_name(oid));
	tcs_owner_enter(&scope, segmentation->owner);
	mode = read_mode(segmentation);
	tcs_owner_leave(&scope);

	tables = lock_tables(oid, ShareRowExclusiveLock);
	nest_level = NewGUCNestLevel();
	(void) set_config_option("search_path", "pg_catalog, pg_temp",
							 PGC_USERSET, PGC_S_SESSION,
							 GUC_ACTION_SAVE, true, 0, false);
	SPI_connect();
	foreach(cell, tables)
	{
		Relation	relation = relation_open(lfirst_oid(cell), NoLock);

		CHECK_FOR_INTERRUPTS();
		check_relation(segmentation, relation, key);
		tcs_track_drop_renamed(segmentation, relation);
		relation_close(relation, NoLock);
		CommandCounterIncrement();
		relation = relation_open(lfirst_oid(cell), NoLock);
		make_triggers(segmentation, relation, key, mode);
		relation_close(relation, NoLock);
	}
	SPI_finish();
	AtEOXact_GUC(true, nest_level);

	foreach(cell, tables)
		tracked = accumArrayResult(tracked, ObjectIdGetDatum(lfirst_oid(cell)), false,
								   REGCLASSOID, CurrentMemoryContext);
	tcs_owner_enter(&scope, segmentation->owner);
	write_tracked(segmentation, makeArrayResult(tracked, CurrentMemoryContext));
	tcs_owner_leave(&scope);
	PG_RETURN_INT32(list_length(tables));
}
