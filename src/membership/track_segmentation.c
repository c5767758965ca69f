/*
 * track_segmentation.c
 *		track_segmentation: which tables report what changes in them, and how
 *		their rows lead to customers.
 */
#include "membership/track.h"
#include "membership/source_models.h"
#include "membership/track_way.h"
#include "membership/way.h"
#include "server/view.h"

#include "access/relation.h"
#include "catalog/catalog.h"
#include "catalog/pg_class.h"
#include "catalog/pg_inherits.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"


PG_FUNCTION_INFO_V1(tcs_track_segmentation);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_RELATION,
	ARG_KEY,
	ARG_THROUGH,
	ARG_COLUMNS,
	ARG_THROUGH_COLUMNS
};

static void
track_refuse(Relation relation, const char *why, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("\"%s\" cannot be tracked", RelationGetRelationName(relation)),
			 errdetail_internal("%s", why),
			 errhint("%s", hint)));
}

static void
track_check_relation(const TcsSegmentation *segmentation, Relation relation)
{
	Oid			oid = RelationGetRelid(relation);

	switch (relation->rd_rel->relkind)
	{
		case RELKIND_RELATION:
		case RELKIND_PARTITIONED_TABLE:
			break;
		case RELKIND_VIEW:
			track_refuse(relation, "It is a view: what changes below it is not reported.",
						 "Track the tables that the view reads, each with its column of the key.");
			break;
		case RELKIND_MATVIEW:
			track_refuse(relation, "It is a materialized view: nothing reports which rows a refresh changes.",
						 "Call tcs.refresh_segmentation after REFRESH MATERIALIZED VIEW.");
			break;
		case RELKIND_FOREIGN_TABLE:
			track_refuse(relation, "It is a foreign table: others change it unseen.",
						 "Call tcs.refresh_segmentation from time to time.");
			break;
		default:
			track_refuse(relation, "It is not a table.", "Give the name of a table.");
	}
	if (relation->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		track_refuse(relation, "It is a temporary table.", "Track tables that stay.");
	if (tcs_is_distributed(oid))
		track_refuse(relation, "It is a distributed table: its rows change on other machines, unseen.",
					 "Call tcs.refresh_segmentation from time to time.");
	if (IsSystemRelation(relation))
		track_refuse(relation, "It is a system catalog.", "Give the name of a table of your own.");
	if (oid == segmentation->oid || oid == segmentation->part_oid[TCS_PART_MOVES] ||
		oid == segmentation->part_oid[TCS_PART_STATE] ||
		oid == segmentation->part_oid[TCS_PART_QUEUE] ||
		oid == segmentation->part_oid[TCS_PART_TRACKED] ||
		oid == segmentation->part_oid[TCS_PART_PINS])
		track_refuse(relation, psprintf("It is a part of the %s itself.", segmentation->kind),
					 "Track the tables that the source reads.");
	if (tcs_track_reaches(segmentation->oid, tcs_segmentation_of(oid)))
		track_refuse(relation, psprintf("It is of %s \"%s\", which tracks \"%s\" itself, directly or through others.",
										tcs_is_kept(tcs_segmentation_of(oid)) ? "kept table" : "segmentation",
										get_rel_name(tcs_segmentation_of(oid)), segmentation->name),
					 "Let one of the two read what the other reads, instead of its result.");
}

/*
 * Note that a table reports, and how.  As the owner, connected to SPI.
 */
static void
track_write(const TcsSegmentation *segmentation, const TcsWay *way, Oid relation, Oid parent)
{
	Oid			types[] = {REGCLASSOID, REGCLASSOID, TEXTOID, REGCLASSOID, NAMEARRAYOID, NAMEARRAYOID};
	Datum		values[] = {
		ObjectIdGetDatum(relation), ObjectIdGetDatum(parent), CStringGetTextDatum(way->key),
		ObjectIdGetDatum(way->through), tcs_name_array(way->columns, way->count),
		tcs_name_array(way->through_columns, way->count)
	};
	char		nulls[] = "      ";

	if (!OidIsValid(parent))
		nulls[1] = 'n';
	if (!OidIsValid(way->through))
		nulls[3] = nulls[4] = nulls[5] = 'n';
	tcs_run_with(psprintf("INSERT INTO %s (relation, parent, key, through, columns, through_columns)\n"
						  "VALUES ($1, $2, $3, $4, $5, $6)\n"
						  "ON CONFLICT (relation) DO UPDATE SET parent = excluded.parent, key = excluded.key,\n"
						  "    through = excluded.through, columns = excluded.columns,\n"
						  "    through_columns = excluded.through_columns",
						  segmentation->part[TCS_PART_TRACKED]),
				 lengthof(types), types, values, nulls, SPI_OK_INSERT);
}

/* What changed before is still to be looked at. */
static void
track_refresh_is_due(const TcsSegmentation *segmentation)
{
	const char *queue = segmentation->part[TCS_PART_QUEUE];

	tcs_run(psprintf("INSERT INTO %s (key) SELECT NULL\n"
					 "WHERE NOT EXISTS (SELECT FROM %s WHERE key IS NULL AND via IS NULL)",
					 queue, queue),
			SPI_OK_INSERT);
}

/* The mode of the segmentation, as its owner. */
static char *
track_read_mode(const TcsSegmentation *segmentation)
{
	MemoryContext context = CurrentMemoryContext;
	TcsOwnerScope scope;
	char	   *mode;

	tcs_owner_enter(&scope, segmentation->owner);
	SPI_connect();
	tcs_run(psprintf("SELECT mode FROM %s", segmentation->part[TCS_PART_STATE]),
			SPI_OK_SELECT);
	mode = MemoryContextStrdup(context, TextDatumGetCString(tcs_result_value(0, 1, TEXTOID)));
	SPI_finish();
	tcs_owner_leave(&scope);
	return mode;
}

/* Triggers on one table, which is locked. */
static void
track_make(const TcsSegmentation *segmentation, const TcsWay *way, Oid oid, const char *mode)
{
	Relation	relation = relation_open(oid, NoLock);

	track_check_relation(segmentation, relation);
	tcs_track_drop_renamed(segmentation, relation);
	relation_close(relation, NoLock);
	CommandCounterIncrement();
	relation = relation_open(oid, NoLock);
	tcs_track_make(segmentation, relation, OidIsValid(way->through) ? "" : way->key, mode);
	relation_close(relation, NoLock);
}

/*
 * Two segmentations that begin to track each other at once would not see each
 * other's triggers: who tracks a segmentation waits for others who do.
 */
static void
track_take_turn(Oid relation)
{
	if (OidIsValid(tcs_segmentation_of(relation)))
		LockDatabaseObject(ProcedureRelationId, tcs_track_function(), 0, ExclusiveLock);
}

/* Nobody locks what he may not put a trigger on. */
static void
track_check_right(Oid oid)
{
	if (get_rel_name(oid) == NULL)
		tcs_relation_missing(oid, NULL);
	if (pg_class_aclcheck(oid, GetUserId(), ACL_TRIGGER) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, get_relkind_objtype(get_rel_relkind(oid)),
					   get_rel_name(oid));
}

/* Track a table and all below it: a statement may name a partition. */
static int
track_tables(const TcsSegmentation *segmentation, const TcsWay *way)
{
	char	   *mode = track_read_mode(segmentation);
	List	   *tables;
	TcsOwnerScope scope;
	int			nest_level;
	ListCell   *cell;

	track_take_turn(way->relation);
	/* its children are locked below, not the table itself */
	LockRelationOid(way->relation, ShareRowExclusiveLock);
	track_check_right(way->relation);
	tables = find_all_inheritors(way->relation, ShareRowExclusiveLock, NULL);
	nest_level = tcs_view_begin();
	foreach(cell, tables)
	{
		CHECK_FOR_INTERRUPTS();
		track_make(segmentation, way, lfirst_oid(cell), mode);
	}
	tcs_view_end(nest_level);

	tcs_owner_enter(&scope, segmentation->owner);
	SPI_connect();
	foreach(cell, tables)
		track_write(segmentation, way, lfirst_oid(cell),
					lfirst_oid(cell) == way->relation ? InvalidOid : way->relation);
	tcs_run(psprintf("DELETE FROM %s AS t WHERE NOT EXISTS (SELECT FROM pg_class WHERE oid = t.relation)",
					 segmentation->part[TCS_PART_TRACKED]), SPI_OK_DELETE);
	track_refresh_is_due(segmentation);
	SPI_finish();
	tcs_owner_leave(&scope);
	return list_length(tables);
}

/*
 * The table that the way goes through tells who an order belonged to before: so
 * it is tracked, too, unless it is by that key already, or is a view.
 */
static int
track_through(const TcsSegmentation *segmentation, const TcsWay *way)
{
	TcsWay		through = {way->through, way->key};
	TcsWay	   *known;
	TcsOwnerScope scope;
	char		kind = get_rel_relkind(way->through);

	if (kind != RELKIND_RELATION && kind != RELKIND_PARTITIONED_TABLE)
		return 0;
	tcs_owner_enter(&scope, segmentation->owner);
	known = tcs_way_read(segmentation, way->through);
	tcs_owner_leave(&scope);
	if (known != NULL && !OidIsValid(known->through) && strcmp(known->key, way->key) == 0)
		return 0;
	track_check_right(way->through);
	return track_tables(segmentation, &through);
}

/* Say which tables beneath the source do not report yet. */
static void
track_tell_rest(TcsSegmentation *segmentation)
{
	TcsOwnerScope scope;
	StringInfoData names;
	int			count = 0;
	ListCell   *cell;

	initStringInfo(&names);
	tcs_owner_enter(&scope, segmentation->owner);
	tcs_segmentation_read(segmentation, false);
	foreach(cell, tcs_source_tables(segmentation->source_oid))
	{
		Oid			oid = lfirst_oid(cell);

		if (tcs_way_read(segmentation, oid) == NULL)
			appendStringInfo(&names, "%s%s", count++ == 0 ? "" : ", ",
							 quote_qualified_identifier(get_namespace_name(get_rel_namespace(oid)),
														get_rel_name(oid)));
	}
	tcs_owner_leave(&scope);
	if (count > 0)
		ereport(NOTICE,
				(errmsg_plural("the source of %s \"%s\" reads a table that does not report its changes: %s",
							   "the source of %s \"%s\" reads tables that do not report their changes: %s",
							   count, segmentation->kind, segmentation->name, names.data),
				 errhint("Call tcs.track_segmentation for each whose rows change.")));
}

/* arguments: into, relation, key, through, columns, through_columns */
Datum
tcs_track_segmentation(PG_FUNCTION_ARGS)
{
	static const char *const name[] = {"into", "relation", "key"};
	TcsSegmentation *segmentation;
	TcsWay	   *way;
	int			count;

	for (int i = 0; i < lengthof(name); i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(psprintf("argument \"%s\"", name[i]), "Give the segmentation, the table whose rows change, and its column with the key.");
	PreventCommandIfReadOnly("tcs.track_segmentation()");
	segmentation = tcs_copy_open(PG_GETARG_OID(ARG_INTO));
	tcs_segmentation_check_owner(segmentation);
	track_check_right(PG_GETARG_OID(ARG_RELATION));
	way = tcs_way_find(segmentation, PG_GETARG_OID(ARG_RELATION),
					   text_to_cstring(PG_GETARG_TEXT_PP(ARG_KEY)),
					   PG_ARGISNULL(ARG_THROUGH) ? InvalidOid : PG_GETARG_OID(ARG_THROUGH),
					   PG_ARGISNULL(ARG_COLUMNS) ? (Datum) 0 : PG_GETARG_DATUM(ARG_COLUMNS),
					   PG_ARGISNULL(ARG_THROUGH_COLUMNS) ? (Datum) 0 :
					   PG_GETARG_DATUM(ARG_THROUGH_COLUMNS));
	count = track_tables(segmentation, way);
	if (OidIsValid(way->through))
		count += track_through(segmentation, way);
	track_tell_rest(segmentation);
	PG_RETURN_INT32(count);
}

/* May the owner put triggers on a table that is free now? */
static bool
track_can_make(const TcsSegmentation *segmentation, Oid relation)
{
	return pg_class_aclcheck(relation, segmentation->owner, ACL_TRIGGER) == ACLCHECK_OK &&
		ConditionalLockRelationOid(relation, ShareRowExclusiveLock);
}

/* The tables that are tracked as parts of others, by OID: relation and parent. */
static uint64
track_read_tables(const TcsSegmentation *segmentation, bool parts, Oid **relations, Oid **parents)
{
	MemoryContext context = CurrentMemoryContext;
	uint64		count;

	SPI_connect();
	tcs_run_kept(psprintf("SELECT relation::oid, parent::oid FROM %s WHERE parent IS %s NULL",
						  segmentation->part[TCS_PART_TRACKED], parts ? "NOT" : ""),
				 segmentation->oid, 0, NULL, NULL, SPI_OK_SELECT);
	count = SPI_processed;
	*relations = MemoryContextAlloc(context, sizeof(Oid) * Max(count, 1));
	*parents = MemoryContextAlloc(context, sizeof(Oid) * Max(count, 1));
	for (uint64 i = 0; i < count; i++)
	{
		(*relations)[i] = DatumGetObjectId(tcs_result_value(i, 1, OIDOID));
		(*parents)[i] = parts ? DatumGetObjectId(tcs_result_value(i, 2, OIDOID)) : InvalidOid;
	}
	SPI_finish();
	return count;
}

/* Partitions and children that came since the table was tracked. */
static bool
track_new_partitions(const TcsSegmentation *segmentation, Oid root)
{
	TcsWay	   *way = tcs_way_read(segmentation, root);
	bool		changed = false;
	ListCell   *cell;

	if (way == NULL || !has_subclass(root))
		return false;
	foreach(cell, find_all_inheritors(root, NoLock, NULL))
	{
		Oid			oid = lfirst_oid(cell);

		if (tcs_way_read(segmentation, oid) != NULL || !track_can_make(segmentation, oid))
			continue;
		SPI_connect();
		track_make(segmentation, way, oid, track_read_mode(segmentation));
		track_write(segmentation, way, oid, root);
		SPI_finish();
		changed = true;
	}
	return changed;
}

/* Is it not below that table any more? */
static bool
track_is_gone(Oid relation, Oid parent)
{
	return get_rel_name(relation) == NULL || get_rel_name(parent) == NULL ||
		!list_member_oid(find_all_inheritors(parent, NoLock, NULL), relation);
}

static void
track_partitions(void *arg)
{
	const TcsSegmentation *segmentation = arg;
	Oid		   *relations;
	Oid		   *parents;
	uint64		count = track_read_tables(segmentation, false, &relations, &parents);
	bool		changed = false;

	for (uint64 i = 0; i < count; i++)
		if (get_rel_name(relations[i]) != NULL)
			changed |= track_new_partitions(segmentation, relations[i]);
	count = track_read_tables(segmentation, true, &relations, &parents);
	for (uint64 i = 0; i < count; i++)
	{
		Oid			types[] = {REGCLASSOID};
		Datum		values[] = {ObjectIdGetDatum(relations[i])};

		if (!track_is_gone(relations[i], parents[i]))
			continue;
		SPI_connect();
		tcs_run_with(psprintf("DELETE FROM %s WHERE relation = $1",
							  segmentation->part[TCS_PART_TRACKED]),
					 lengthof(types), types, values, NULL, SPI_OK_DELETE);
		SPI_finish();
		changed = true;
	}
	if (!changed)
		return;
	SPI_connect();
	track_refresh_is_due(segmentation);
	SPI_finish();
}

ErrorData *
tcs_track_partitions(TcsSegmentation *segmentation)
{
	ErrorData  *error = NULL;

	(void) tcs_try(track_partitions, segmentation, true, &error);
	return error;
}
