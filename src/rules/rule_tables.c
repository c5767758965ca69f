/*
 * rule_tables.c
 *		The tables of rules: read without a query, and watched for changes.
 *
 * Rules are needed while a query is planned, which happens in parallel workers
 * and on standbys too, and must be those that are committed now, whatever
 * snapshot the query has.  So they are read as the server reads its catalogs.
 */
#include "rules.h"

#include "access/genam.h"
#include "access/htup_details.h"
#include "access/table.h"
#include "catalog/namespace.h"
#include "catalog/pg_collation.h"
#include "commands/extension.h"
#include "commands/trigger.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/inval.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/snapmgr.h"
#include "utils/timestamp.h"

/* columns of tcs.rule_set */
enum
{
	SET_NAME = 1, SET_DESCRIPTION, SET_DEFAULT_SEGMENT, SET_TIME_ZONE,
	SET_CHANGED_BY, SET_CHANGED_AT
};

/* columns of tcs.rule */
enum
{
	RULE_SET = 1, RULE_PRIORITY, RULE_SEGMENT, RULE_CONDITION,
	RULE_DESCRIPTION, RULE_ENABLED, RULE_CHANGED_BY, RULE_CHANGED_AT
};

#define RESERVED "tcs."

PG_FUNCTION_INFO_V1(tcs_rule_tables_before);
PG_FUNCTION_INFO_V1(tcs_rule_tables_after);

static uint64 version = 1;
static Oid	rule_set_oid = InvalidOid;
static Oid	rule_oid = InvalidOid;
static bool callback_registered = false;

/*
 * A change of either table, or one that may be.  While their OIDs are not
 * known, any table may be one of them.  The OIDs are looked up anew, as the
 * extension may have been dropped and made again.
 */
static void
relcache_callback(Datum arg, Oid relid)
{
	if (OidIsValid(relid) && OidIsValid(rule_oid) && OidIsValid(rule_set_oid) &&
		relid != rule_set_oid && relid != rule_oid)
		return;
	version++;
	rule_set_oid = rule_oid = InvalidOid;
}

static void
watch_tables(void)
{
	if (callback_registered)
		return;
	CacheRegisterRelcacheCallback(relcache_callback, (Datum) 0);
	callback_registered = true;
}

/*
 * Looking one OID up may bring news that make what is known void: so results
 * are kept aside until both are there.
 */
static void
find_tables(Oid *set, Oid *rule)
{
	Oid			schema;

	watch_tables();
	*set = rule_set_oid;
	*rule = rule_oid;
	if (OidIsValid(*set) && OidIsValid(*rule))
		return;
	schema = get_namespace_oid("tcs", true);
	if (OidIsValid(schema))
	{
		*set = get_relname_relid("rule_set", schema);
		*rule = get_relname_relid("rule", schema);
	}
	if (!OidIsValid(*set) || !OidIsValid(*rule))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the tables of rules are missing"),
				 errhint("Upgrade the extension with ALTER EXTENSION tcs UPDATE.")));
	rule_set_oid = *set;
	rule_oid = *rule;
}

Oid
tcs_rule_set_oid(void)
{
	Oid			set;
	Oid			rule;

	find_tables(&set, &rule);
	return set;
}

Oid
tcs_rule_oid(void)
{
	Oid			set;
	Oid			rule;

	find_tables(&set, &rule);
	return rule;
}

uint64
tcs_rules_version(void)
{
	watch_tables();
	return version;
}

static char *
get_text(HeapTuple tuple, int column, TupleDesc desc)
{
	bool		isnull;
	Datum		value = heap_getattr(tuple, column, desc, &isnull);

	return isnull ? NULL : TextDatumGetCString(value);
}

/* the rows of that rule set; the index that serves the key need not exist */
static SysScanDesc
scan_by_name(Relation table, const char *index_name, const char *name,
			 Snapshot snapshot)
{
	Oid			index = get_relname_relid(index_name, RelationGetNamespace(table));
	ScanKeyData key;

	ScanKeyInit(&key, 1, BTEqualStrategyNumber, F_TEXTEQ,
				CStringGetTextDatum(name));
	key.sk_collation = C_COLLATION_OID;
	return systable_beginscan(table, index, OidIsValid(index), snapshot, 1, &key);
}

static int
compare_rules(const void *a, const void *b)
{
	int32		left = ((const TcsRule *) a)->priority;
	int32		right = ((const TcsRule *) b)->priority;

	return left < right ? -1 : left > right;
}

static void
read_rules(TcsRuleSet *set, Relation table, Snapshot snapshot)
{
	TupleDesc	desc = RelationGetDescr(table);
	SysScanDesc scan = scan_by_name(table, "rule_rule_set_priority_key",
									set->name, snapshot);
	int			size = 16;
	HeapTuple	tuple;

	set->rules = palloc(size * sizeof(TcsRule));
	while (HeapTupleIsValid(tuple = systable_getnext(scan)))
	{
		bool		isnull;
		TcsRule    *rule;

		CHECK_FOR_INTERRUPTS();
		if (set->count == size)
		{
			size *= 2;
			set->rules = repalloc(set->rules, size * sizeof(TcsRule));
		}
		rule = &set->rules[set->count++];
		rule->priority = DatumGetInt32(heap_getattr(tuple, RULE_PRIORITY, desc, &isnull));
		rule->enabled = DatumGetBool(heap_getattr(tuple, RULE_ENABLED, desc, &isnull));
		rule->segment = get_text(tuple, RULE_SEGMENT, desc);
		rule->condition = get_text(tuple, RULE_CONDITION, desc);
	}
	systable_endscan(scan);
	qsort(set->rules, set->count, sizeof(TcsRule), compare_rules);
}

TcsRuleSet *
tcs_rules_read(const char *name)
{
	TcsRuleSet *set = NULL;
	Relation	table = table_open(tcs_rule_set_oid(), AccessShareLock);
	Relation	rules = table_open(tcs_rule_oid(), AccessShareLock);
	TupleDesc	desc = RelationGetDescr(table);
	Snapshot	snapshot;
	SysScanDesc scan;
	HeapTuple	tuple;

	/* one for both tables: what is published must not be seen in part */
	snapshot = RegisterSnapshot(GetCatalogSnapshot(RelationGetRelid(rules)));
	scan = scan_by_name(table, "rule_set_pkey", name, snapshot);
	tuple = systable_getnext(scan);
	if (HeapTupleIsValid(tuple))
	{
		set = palloc0(sizeof(TcsRuleSet));
		set->name = pstrdup(name);
		set->default_segment = get_text(tuple, SET_DEFAULT_SEGMENT, desc);
		set->time_zone = get_text(tuple, SET_TIME_ZONE, desc);
	}
	systable_endscan(scan);
	if (set == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 errmsg("rule set \"%s\" does not exist", name),
				 errhint("The table tcs.rule_set lists the rule sets.")));
	read_rules(set, rules, snapshot);
	UnregisterSnapshot(snapshot);
	table_close(rules, AccessShareLock);
	table_close(table, AccessShareLock);
	return set;
}

/* may the current user say who made a change, as a restored dump does? */
static bool
may_backdate(Relation table)
{
	return superuser() || table->rd_rel->relowner == GetUserId();
}

/* Only the extension's script writes rows whose names begin as its own do. */
static void
check_reserved(HeapTuple tuple, TupleDesc desc, bool is_new)
{
	char	   *name = get_text(tuple, 1, desc);

	if (creating_extension || name == NULL ||
		strncmp(name, RESERVED, strlen(RESERVED)) != 0)
		return;
	if (is_new)
		ereport(ERROR,
				(errcode(ERRCODE_RESERVED_NAME),
				 errmsg("rule set \"%s\" has a reserved name", name),
				 errhint("Names that begin with \"tcs.\" are the extension's own.")));
	ereport(ERROR,
			(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
			 errmsg("rule set \"%s\" is part of the extension and cannot be changed", name),
			 errhint("Change a copy that rule_set_copy makes.")));
}

/*
 * Before a row is written: check the form of what is in it, and note who
 * writes it.  Looks at no catalog, so that a restore cannot fail here.
 */
Datum
tcs_rule_tables_before(PG_FUNCTION_ARGS)
{
	Oid			role;
	TriggerData *trigger = (TriggerData *) fcinfo->context;
	Relation	table;
	TupleDesc	desc;
	HeapTuple	tuple;
	bool		is_rule;
	int			columns[2];
	Datum		values[2];
	bool		nulls[2] = {false, false};
	bool		isnull;

	if (!CALLED_AS_TRIGGER(fcinfo) || !TRIGGER_FIRED_FOR_ROW(trigger->tg_event))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger")));
	table = trigger->tg_relation;
	desc = RelationGetDescr(table);
	is_rule = RelationGetRelid(table) == tcs_rule_oid();
	/* a row of any other table would be taken for what it is not */
	if (!is_rule && RelationGetRelid(table) != tcs_rule_set_oid())
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("\"%s\" is not a table of rules", RelationGetRelationName(table))));

	/* what the extension ships stays, and nothing is passed off as such */
	check_reserved(trigger->tg_trigtuple, desc, TRIGGER_FIRED_BY_INSERT(trigger->tg_event));
	if (TRIGGER_FIRED_BY_DELETE(trigger->tg_event))
		return PointerGetDatum(trigger->tg_trigtuple);
	if (TRIGGER_FIRED_BY_UPDATE(trigger->tg_event))
		check_reserved(trigger->tg_newtuple, desc, true);

	tuple = TRIGGER_FIRED_BY_UPDATE(trigger->tg_event) ?
		trigger->tg_newtuple : trigger->tg_trigtuple;
	if (is_rule)
	{
		char	   *condition = get_text(tuple, RULE_CONDITION, desc);

		if (condition != NULL)
			tcs_condition_parse_check(condition);
	}

	columns[0] = is_rule ? RULE_CHANGED_BY : SET_CHANGED_BY;
	columns[1] = is_rule ? RULE_CHANGED_AT : SET_CHANGED_AT;
	if (TRIGGER_FIRED_BY_INSERT(trigger->tg_event) && may_backdate(table))
	{
		(void) heap_getattr(tuple, columns[0], desc, &isnull);
		if (!isnull)
			return PointerGetDatum(tuple);
	}
	/* a cascade runs as the owner of the table: not the one who asked for it */
	role = InLocalUserIdChange() ? GetOuterUserId() : GetUserId();
	values[0] = CStringGetTextDatum(GetUserNameFromId(role, false));
	values[1] = TimestampTzGetDatum(GetCurrentTransactionStartTimestamp());
	return PointerGetDatum(heap_modify_tuple_by_cols(tuple, desc, 2, columns,
													 values, nulls));
}

/* After a change: plans that were made with the rules are no longer valid. */
Datum
tcs_rule_tables_after(PG_FUNCTION_ARGS)
{
	TriggerData *trigger = (TriggerData *) fcinfo->context;

	if (!CALLED_AS_TRIGGER(fcinfo))
		ereport(ERROR,
				(errcode(ERRCODE_E_R_I_E_TRIGGER_PROTOCOL_VIOLATED),
				 errmsg("function was not called as a trigger")));
	CacheInvalidateRelcache(trigger->tg_relation);
	return PointerGetDatum(NULL);
}
