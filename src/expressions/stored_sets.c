/*
 * stored_sets.c
 *		Pairs of tables, read without a query and watched for changes.
 *
 * Rules and scorecards are needed while a query is planned, which happens in
 * parallel workers and on standbys too, and must be those that are committed
 * now, whatever snapshot the query has.  So they are read as the server reads
 * its catalogs.
 */
#include "expressions/stored_sets.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_am.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_opfamily.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"

PG_FUNCTION_INFO_V1(tcs_stored_shard_check);

int			tcs_definitions_on_shards = TCS_ON_SHARDS_ERROR;

/* those that were registered */
static TcsStoredSets *all = NULL;

static bool callback_registered = false;

void
tcs_stored_register(TcsStoredSets *stored)
{
	stored->next = all;
	all = stored;
}

/*
 * A change of either table of a pair, or one that may be.  While their OIDs
 * are not known, any table may be one of them.  The OIDs are looked up anew, as
 * the extension may have been dropped and made again.
 */
static void
stored_relcache_callback(Datum arg, Oid relid)
{
	for (TcsStoredSets *stored = all; stored != NULL; stored = stored->next)
	{
		if (OidIsValid(relid) && OidIsValid(stored->members_oid) &&
			OidIsValid(stored->sets_oid) &&
			relid != stored->sets_oid && relid != stored->members_oid)
			continue;
		stored->version++;
		stored->sets_oid = stored->members_oid = InvalidOid;
	}
}

static void
stored_watch_tables(void)
{
	if (callback_registered)
		return;
	CacheRegisterRelcacheCallback(stored_relcache_callback, (Datum) 0);
	callback_registered = true;
}

/*
 * Looking one OID up may bring news that make what is known void: so results
 * are kept aside until both are there.
 */
bool
tcs_stored_find(TcsStoredSets *stored, Oid *sets, Oid *members, bool missing_ok)
{
	Oid			schema;

	stored_watch_tables();
	*sets = stored->sets_oid;
	*members = stored->members_oid;
	if (OidIsValid(*sets) && OidIsValid(*members))
		return true;
	schema = get_namespace_oid("tcs", true);
	if (OidIsValid(schema))
	{
		*sets = get_relname_relid(stored->sets, schema);
		*members = get_relname_relid(stored->members, schema);
	}
	if (!OidIsValid(*sets) || !OidIsValid(*members))
	{
		if (missing_ok)
			return false;
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the tables of %s are missing", stored->plural),
				 errhint("Make the extension in this database with CREATE EXTENSION tcs.")));
	}
	stored->sets_oid = *sets;
	stored->members_oid = *members;
	return true;
}

TcsStoredSets *
tcs_stored_of_table(Oid table)
{
	Oid			sets;
	Oid			members;

	for (TcsStoredSets *stored = all; stored != NULL; stored = stored->next)
		if (tcs_stored_find(stored, &sets, &members, true) &&
			(table == sets || table == members))
			return stored;
	return NULL;
}

bool
tcs_stored_among(const List *tables)
{
	for (TcsStoredSets *stored = all; stored != NULL; stored = stored->next)
		if (list_member_oid(tables, stored->members_oid))
			return true;
	return false;
}

uint64
tcs_stored_version(const TcsStoredSets *stored)
{
	stored_watch_tables();
	return stored->version;
}

char *
tcs_stored_text(HeapTuple tuple, int column, TupleDesc desc)
{
	bool		isnull;
	Datum		value = tcs_row_value(tuple, desc, column, TEXTOID, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

char *
tcs_stored_required_text(HeapTuple tuple, int column, TupleDesc desc)
{
	return TextDatumGetCString(tcs_row_required(tuple, desc, column, TEXTOID));
}

/* Does the index that has the name find rows by the first column? */
static bool
stored_index_serves(Relation table, Oid index_oid)
{
	Relation	index;
	bool		serves;

	if (!OidIsValid(index_oid) || get_rel_relkind(index_oid) != RELKIND_INDEX)
		return false;
	index = index_open(index_oid, AccessShareLock);
	serves = index->rd_index->indrelid == RelationGetRelid(table) &&
		index->rd_rel->relam == BTREE_AM_OID && index->rd_index->indisvalid &&
		RelationGetIndexPredicate(index) == NIL &&
		index->rd_index->indkey.values[0] == 1 &&
		index->rd_indcollation[0] == C_COLLATION_OID &&
		index->rd_opfamily[0] == TEXT_BTREE_FAM_OID;
	index_close(index, AccessShareLock);
	return serves;
}

/* the rows of that set; the index that serves the key need not exist */
static SysScanDesc
stored_scan_by_name(Relation table, const char *index_name, const char *name,
					Snapshot snapshot)
{
	Oid			index = get_relname_relid(index_name, RelationGetNamespace(table));
	TupleDesc	desc = RelationGetDescr(table);
	ScanKeyData key;

	/* the scan compares it as text */
	if (table->rd_rel->relkind != RELKIND_RELATION || desc->natts < 1 ||
		TupleDescAttr(desc, 0)->atttypid != TEXTOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("\"%s\" is not a table whose first column is of type text",
						RelationGetRelationName(table)),
				 errhint("Undo what was done to the tables in schema tcs.")));
	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(name));
	key.sk_collation = C_COLLATION_OID;
	return systable_beginscan(table, index, stored_index_serves(table, index), snapshot, 1, &key);
}

void
tcs_stored_refuse_on_shard(const TcsStoredSets *stored, const char *name)
{
	if (tcs_definitions_on_shards == TCS_ON_SHARDS_OWN || strncmp(name, "tcs.", 4) == 0 || !tcs_is_on_shard())
		return;
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("%s \"%s\" would be read on a shard", stored->noun, name),
			 errdetail("The %s of this machine may be others than where the query was given.", stored->plural),
			 errhint("%s, or, where the tables of all machines are kept the same, set tcs.definitions_on_shards to own.",
					 stored->shard_hint)));
}

/* arguments: what is stored, as in messages; the name of a set */
Datum
tcs_stored_shard_check(PG_FUNCTION_ARGS)
{
	char	   *noun = text_to_cstring(PG_GETARG_TEXT_PP(0));
	char	   *name = text_to_cstring(PG_GETARG_TEXT_PP(1));

	for (const TcsStoredSets *stored = all; stored != NULL; stored = stored->next)
		if (strcmp(stored->noun, noun) == 0)
			tcs_stored_refuse_on_shard(stored, name);
	PG_RETURN_VOID();
}

int
tcs_stored_count(TcsStoredSets *stored, const char *name, int most)
{
	Oid			sets_oid;
	Oid			members_oid;
	Relation	members;
	SysScanDesc scan;
	int			count = 0;

	(void) tcs_stored_find(stored, &sets_oid, &members_oid, false);
	members = table_open(members_oid, AccessShareLock);
	scan = stored_scan_by_name(members, stored->members_key, name, SnapshotSelf);
	while (count < most && HeapTupleIsValid(systable_getnext(scan)))
		count++;
	systable_endscan(scan);
	table_close(members, AccessShareLock);
	return count;
}

void
tcs_stored_read(TcsStoredSets *stored, const char *name,
				TcsStoredReader read_set, TcsStoredReader read_member, void *arg)
{
	Oid			sets_oid;
	Oid			members_oid;
	Relation	sets;
	Relation	members;
	Snapshot	snapshot;
	SysScanDesc scan;
	HeapTuple	tuple;
	bool		found;
	int			count = 0;

	tcs_stored_refuse_on_shard(stored, name);
	(void) tcs_stored_find(stored, &sets_oid, &members_oid, false);
	sets = table_open(sets_oid, AccessShareLock);
	members = table_open(members_oid, AccessShareLock);

	/* one for both tables: what is published must not be seen in part */
	snapshot = RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(members)));
	scan = stored_scan_by_name(sets, stored->sets_key, name, snapshot);
	tuple = systable_getnext(scan);
	found = HeapTupleIsValid(tuple);
	if (found)
		read_set(arg, tuple, RelationGetDescr(sets));
	systable_endscan(scan);
	if (!found)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("%s \"%s\" does not exist", stored->noun, name),
				 errhint("The table tcs.%s lists the %ss.", stored->sets, stored->noun)));
	scan = stored_scan_by_name(members, stored->members_key, name, snapshot);
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		CHECK_FOR_INTERRUPTS();
		tcs_check_count(stored, name, ++count);
		read_member(arg, tuple, RelationGetDescr(members));
	}
	systable_endscan(scan);
	UnregisterSnapshot(snapshot);
	table_close(members, AccessShareLock);
	table_close(sets, AccessShareLock);
}
