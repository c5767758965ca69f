/*
 * segmentation.c
 *		The relations of a segmentation: named, found, and checked, so that what
 *		was dropped, renamed or replaced gives an error that says so.
 */
#include "membership/segmentation.h"
#include "metrics/metrics.h"

#include "access/relation.h"
#include "access/sysattr.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_constraint.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

const char *const tcs_part_suffix[TCS_PARTS] = {
	"_moves", "_state", "_queue", "_tracked", "_pins", "_history", "_monthly", "_status"
};

#define LONGEST_SUFFIX 8		/* _history */

void
tcs_segmentation_name(TcsSegmentation *segmentation)
{
	const char *name = segmentation->name;

	if (strlen(name) + LONGEST_SUFFIX >= NAMEDATALEN)
		ereport(ERROR,
				(errcode(ERRCODE_NAME_TOO_LONG),
				 errmsg("name \"%s\" is too long for a %s", name, segmentation->kind),
				 errdetail("A relation beside it would be called \"%s%s\", and names have at most %d bytes.",
						   name, tcs_part_suffix[TCS_PART_HISTORY], NAMEDATALEN - 1),
				 errhint("Give a name of at most %d bytes.",
						 NAMEDATALEN - 1 - LONGEST_SUFFIX)));
	segmentation->into = quote_qualified_identifier(segmentation->schema, name);
	for (int i = 0; i < TCS_PARTS; i++)
		segmentation->part[i] =
			quote_qualified_identifier(segmentation->schema,
									   psprintf("%s%s", name, tcs_part_suffix[i]));
}

/* The type of a column by its name; an error where it has none. */
static Oid
segmentation_column_type(Oid relation, const char *relation_name, const char *column,
						 Oid *collation)
{
	AttrNumber	number = get_attnum(relation, column);
	Oid			type;
	int32		typmod;

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of relation \"%s\" does not exist",
						column, relation_name),
				 errhint("A column or relation of a segmentation was renamed or replaced: undo that, or drop the segmentation with tcs.drop_segmentation and make another.")));
	get_atttypetypmodcoll(relation, number, &type, &typmod, collation);
	return type;
}

static void
segmentation_find_part(TcsSegmentation *segmentation, TcsPart part)
{
	char	   *name = psprintf("%s%s", segmentation->name, tcs_part_suffix[part]);
	Oid			oid = get_relname_relid(name, segmentation->schema_oid);
	HeapTuple	tuple = NULL;
	Form_pg_class form;

	if (OidIsValid(oid))
		tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	if (!HeapTupleIsValid(tuple))
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("%s \"%s\" has no table \"%s\" in its schema \"%s\"",
						segmentation->kind, segmentation->name, name, segmentation->schema),
				 errhint("Rename or move the tables of a %s together, or drop it with tcs.drop_segmentation.",
						 segmentation->kind)));
	form = (Form_pg_class) GETSTRUCT(tuple);
	if (form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a table", name),
				 errdetail("It stands where %s \"%s\" keeps a table.",
						   segmentation->kind, segmentation->name)));
	if (form->relowner != segmentation->owner)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table \"%s\" and %s \"%s\" have different owners",
						name, segmentation->kind, segmentation->name),
				 errhint("Give all tables of a %s to one role with ALTER TABLE ... OWNER TO.",
						 segmentation->kind)));
	ReleaseSysCache(tuple);
	segmentation->part_oid[part] = oid;
}

/* Has it the columns that create_segmentation made? */
static bool
segmentation_is_one(Oid oid)
{
	static const char *const column[] = {"key", "segment", "previous_segment", "since"};

	for (int i = 0; i < lengthof(column); i++)
		if (get_attnum(oid, column[i]) <= 0)
			return false;
	return true;
}

/* The columns of the state, but for those that only one kind has. */
#define STATE_COLUMNS \
	{"one_row", BOOLOID, true}, {"source", REGCLASSOID, true}, {"key_column", NAMEOID, true}, \
	{"mode", TEXTOID, true}, {"time_zone", TEXTOID, true}, \
	{"created_at", TIMESTAMPTZOID, true}, {"last_refresh", TIMESTAMPTZOID}, \
	{"duration", INTERVALOID}, {"customers", INT8OID}, {"entered", INT8OID}, \
	{"moved", INT8OID}, {"removed", INT8OID}, {"last_process", TIMESTAMPTZOID}, \
	{"process_duration", INTERVALOID}, {"processed", INT8OID}, {"last_error", TEXTOID}, \
	{"last_error_state", TEXTOID}, {"last_error_at", TIMESTAMPTZOID}

/*
 * The tables have the columns that they were made with, and keep them until the end
 * of the transaction.  Views are not read by name.
 */
static void
segmentation_check_queue(const TcsSegmentation *segmentation)
{
	const TcsColumn queue[] = {
		{"id", INT8OID, true}, {"key", segmentation->key.type}, {"queued_at", TIMESTAMPTZOID, true},
		{"relation", REGCLASSOID}, {"via", TEXTARRAYOID}, {"error", TEXTOID},
		{"error_state", TEXTOID}
	};
	const TcsColumn tracked[] = {
		{"relation", REGCLASSOID, true}, {"parent", REGCLASSOID}, {"key", TEXTOID, true},
		{"through", REGCLASSOID},
		{"columns", NAMEARRAYOID}, {"through_columns", NAMEARRAYOID}
	};

	tcs_relation_check(segmentation->part_oid[TCS_PART_QUEUE], queue, lengthof(queue));
	tcs_relation_check(segmentation->part_oid[TCS_PART_TRACKED], tracked, lengthof(tracked));
}

static void
segmentation_check_columns(const TcsSegmentation *segmentation)
{
	Oid			key = segmentation->key.type;
	const TcsColumn into[] = {
		{"key", key, true}, {"segment", TEXTOID}, {"previous_segment", TEXTOID},
		{"since", TIMESTAMPTZOID, true}
	};
	const TcsColumn moves[] = {
		{"id", INT8OID, true}, {"key", key, true}, {"from_segment", TEXTOID},
		{"to_segment", TEXTOID}, {"moved_at", TIMESTAMPTZOID, true}, {"cause", TEXTOID, true},
		{"entered", BOOLOID, true}, {"present", BOOLOID, true}, {"merged_into", key},
		{"xid", XID8OID, true}
	};
	const TcsColumn state[] = {
		STATE_COLUMNS, {"rule_set", TEXTOID, true}, {"notify", BOOLOID, true},
		{"rules", JSONBOID}, {"models", JSONBOID}
	};
	const TcsColumn pins[] = {
		{"key", key, true}, {"segment", TEXTOID, true}, {"barred", BOOLOID, true},
		{"reason", TEXTOID}, {"set_by", TEXTOID, true}, {"since", TIMESTAMPTZOID, true},
		{"until", TIMESTAMPTZOID}
	};

	tcs_relation_check(segmentation->oid, into, lengthof(into));
	tcs_relation_check(segmentation->part_oid[TCS_PART_MOVES], moves, lengthof(moves));
	tcs_relation_check(segmentation->part_oid[TCS_PART_STATE], state, lengthof(state));
	segmentation_check_queue(segmentation);
	tcs_relation_check(segmentation->part_oid[TCS_PART_PINS], pins, lengthof(pins));
}

/* The columns that are the view's are checked where they are read. */
static void
kept_check_columns(const TcsSegmentation *segmentation, const char *key)
{
	const TcsColumn into[] = {
		{key, segmentation->key.type, true}, {TCS_KEPT_SINCE, TIMESTAMPTZOID, true}
	};
	const TcsColumn state[] = {STATE_COLUMNS, {"due", NAMEOID}};

	tcs_relation_check(segmentation->oid, into, lengthof(into));
	tcs_relation_check(segmentation->part_oid[TCS_PART_STATE], state, lengthof(state));
	segmentation_check_queue(segmentation);
}

bool
tcs_segmentation_has(const TcsSegmentation *segmentation, int part)
{
	return !segmentation->is_kept || part == TCS_PART_STATE || part == TCS_PART_QUEUE ||
		part == TCS_PART_TRACKED || part == TCS_PART_STATUS;
}

bool
tcs_is_kept(Oid relation)
{
	AttrNumber	number = get_attnum(relation, TCS_KEPT_SINCE);
	char		kind = get_rel_relkind(relation);

	return number > 0 && get_atttype(relation, number) == TIMESTAMPTZOID &&
		(kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE);
}

static TcsSegmentation *
copy_find(Oid oid, bool or_kept)
{
	TcsSegmentation *segmentation = palloc0(sizeof(TcsSegmentation));
	HeapTuple	tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(oid));
	Form_pg_class form;
	bool		is_one;

	if (!HeapTupleIsValid(tuple))
		tcs_relation_missing(oid, NULL);
	form = (Form_pg_class) GETSTRUCT(tuple);
	segmentation->oid = oid;
	segmentation->owner = form->relowner;
	segmentation->schema_oid = form->relnamespace;
	segmentation->schema = get_namespace_name(form->relnamespace);
	segmentation->name = pstrdup(NameStr(form->relname));
	segmentation->is_kept = or_kept && tcs_is_kept(oid);
	segmentation->kind = segmentation->is_kept ? "kept table" : "segmentation";
	segmentation->own_key = "key";
	segmentation->own_since = segmentation->is_kept ? TCS_KEPT_SINCE : "since";
	is_one = segmentation->is_kept || segmentation_is_one(oid);
	if ((form->relkind != RELKIND_RELATION && form->relkind != RELKIND_PARTITIONED_TABLE) ||
		form->relpersistence == RELPERSISTENCE_TEMP || !is_one)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a segmentation", segmentation->name),
				 errhint("Give the name of a table that tcs.create_segmentation%s made.",
						 or_kept ? " or tcs.create_kept" : "")));
	ReleaseSysCache(tuple);

	tcs_segmentation_name(segmentation);
	return segmentation;
}

TcsSegmentation *
tcs_segmentation_find(Oid oid)
{
	return copy_find(oid, false);
}

/* A metrics view that is kept stands for the table where it is. */
static Oid
copy_of_view(Oid oid)
{
	Oid			kept = get_rel_relkind(oid) == RELKIND_VIEW ? tcs_metrics_kept(oid) : InvalidOid;

	return OidIsValid(kept) ? kept : oid;
}

TcsSegmentation *
tcs_copy_find(Oid oid)
{
	return copy_find(copy_of_view(oid), true);
}

/* The key of a kept table is that by which it is made: its primary key. */
static char *
kept_find_key(const TcsSegmentation *segmentation)
{
	Oid			constraint;
	Bitmapset  *columns = get_primary_key_attnos(segmentation->oid, false, &constraint);
	int			number;

	if (!bms_get_singleton_member(columns, &number))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("kept table \"%s\" has no primary key of one column", segmentation->name),
				 errhint("Give it the one that it was made with: ALTER TABLE %s ADD PRIMARY KEY.",
						 segmentation->into)));
	return get_attname(segmentation->oid, number + FirstLowInvalidHeapAttributeNumber, false);
}

static TcsSegmentation *
copy_open(TcsSegmentation *segmentation)
{
	char	   *column = "key";
	Oid			type;
	Oid			collation;

	for (int i = 0; i < TCS_TABLES; i++)
		if (tcs_segmentation_has(segmentation, i))
			segmentation_find_part(segmentation, i);
	if (segmentation->is_kept)
		column = kept_find_key(segmentation);
	segmentation->own_key = pstrdup(quote_identifier(column));
	type = segmentation_column_type(segmentation->oid, segmentation->name, column, &collation);
	tcs_key_type(&segmentation->key, type, collation, segmentation->name, column);
	if (segmentation->is_kept)
		kept_check_columns(segmentation, column);
	else
		segmentation_check_columns(segmentation);
	return segmentation;
}

TcsSegmentation *
tcs_segmentation_open(Oid oid)
{
	return copy_open(copy_find(oid, false));
}

TcsSegmentation *
tcs_copy_open(Oid oid)
{
	return copy_open(tcs_copy_find(oid));
}

void
tcs_segmentation_check_owner(const TcsSegmentation *segmentation)
{
	if (!TCS_OWNS_RELATION(segmentation->oid, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_TABLE, segmentation->name);
}

void
tcs_segmentation_check_update(const TcsSegmentation *segmentation)
{
	if (pg_class_aclcheck(segmentation->oid, GetUserId(), ACL_UPDATE) != ACLCHECK_OK)
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("permission denied for %s %s", segmentation->kind, segmentation->name),
				 errhint("GRANT UPDATE ON TABLE %s lets a role refresh it.",
						 segmentation->into)));
}

/* What the state names must still be there, and be what it was. */
static void
segmentation_check_source(TcsSegmentation *segmentation, const char *key_column)
{
	char	   *name = get_rel_name(segmentation->source_oid);
	Oid			type;
	Oid			collation;
	HeapTuple	tuple;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("the source of %s \"%s\" does not exist any more",
						segmentation->kind, segmentation->name),
				 errhint("Make it anew and set \"source\" in %s, or drop the %s with tcs.drop_segmentation.",
						 segmentation->part[TCS_PART_STATE], segmentation->kind)));
	type = segmentation_column_type(segmentation->source_oid, name, key_column, &collation);
	if (getBaseType(type) != segmentation->key.type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of relation \"%s\" is of type %s now",
						key_column, name, format_type_be(type)),
				 errdetail("The key of %s \"%s\" is of type %s.", segmentation->kind,
						   segmentation->name, format_type_be(segmentation->key.type)),
				 errhint("Drop the %s with tcs.drop_segmentation and make another.",
						 segmentation->kind)));
	segmentation->source =
		quote_qualified_identifier(get_namespace_name(get_rel_namespace(segmentation->source_oid)),
								   name);
	segmentation->key_column = pstrdup(quote_identifier(key_column));
	tuple = SearchSysCacheAttName(segmentation->source_oid, key_column);
	if (HeapTupleIsValid(tuple))
	{
		segmentation->key_not_null = ((Form_pg_attribute) GETSTRUCT(tuple))->attnotnull;
		ReleaseSysCache(tuple);
	}
}

/* A type that a column of the source is cast to; NULL where it is of that type. */
static char *
kept_cast_type(Oid type, int32 typmod, Oid source_type)
{
	return source_type == type ? NULL :
		format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/*
 * The columns that a kept table copies are those that it has, by their names; each
 * must be in the source, and of the type that it has here.
 */
static void
kept_read_columns(TcsSegmentation *segmentation)
{
	Relation	relation = relation_open(segmentation->oid, AccessShareLock);
	TupleDesc	columns = RelationGetDescr(relation);

	segmentation->copied_count = 0;
	segmentation->copied = palloc(columns->natts * sizeof(char *));
	segmentation->copied_type = palloc(columns->natts * sizeof(char *));
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		const char *name = NameStr(column->attname);
		AttrNumber	number;
		Oid			type;

		if (column->attisdropped || column->attgenerated != '\0' || strcmp(name, TCS_KEPT_SINCE) == 0)
			continue;
		number = get_attnum(segmentation->source_oid, name);
		type = number > 0 ? get_atttype(segmentation->source_oid, number) : InvalidOid;
		if (!OidIsValid(type) || getBaseType(type) != column->atttypid)
			ereport(ERROR,
					(errcode(ERRCODE_DATATYPE_MISMATCH),
					 errmsg("column \"%s\" of kept table \"%s\" is not one of its source",
							name, segmentation->name),
					 OidIsValid(type) ?
					 errdetail("There it is of type %s, here of type %s.",
							   format_type_be(type), format_type_be(column->atttypid)) :
					 errdetail("\"%s\" has no such column.", get_rel_name(segmentation->source_oid)),
					 errhint("Drop the kept table with tcs.drop_segmentation and make another, or ALTER TABLE %s DROP COLUMN %s.",
							 segmentation->into, quote_identifier(name))));
		segmentation->copied_type[segmentation->copied_count] =
			kept_cast_type(column->atttypid, column->atttypmod, type);
		segmentation->copied[segmentation->copied_count++] = pstrdup(quote_identifier(name));
	}
	relation_close(relation, NoLock);
}

/* When a row changes by itself is said by a column of both. */
static void
kept_read_due(TcsSegmentation *segmentation, const char *due)
{
	AttrNumber	number = get_attnum(segmentation->oid, due);

	if (number <= 0 || get_atttype(segmentation->oid, number) != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("kept table \"%s\" has no column \"%s\" of type timestamptz",
						segmentation->name, due),
				 errdetail("%s says that it tells when a row changes by itself.",
						   segmentation->part[TCS_PART_STATE])));
	segmentation->due = pstrdup(quote_identifier(due));
}

void
tcs_segmentation_read(TcsSegmentation *segmentation, bool lock)
{
	MemoryContext context = CurrentMemoryContext;
	MemoryContext result;
	char	   *key_column;
	char	   *rule_set = NULL;
	char	   *due = NULL;
	bool		isnull;
	Datum		own;

	SPI_connect();
	tcs_run_kept(psprintf("SELECT source::oid, key_column, %s, time_zone,\n"
						  "    %s, EXISTS (SELECT FROM %s), last_refresh IS NOT NULL\n"
						  "FROM %s%s", segmentation->is_kept ? "due" : "rule_set",
						  segmentation->is_kept ? "false" : "notify",
						  segmentation->part[TCS_PART_TRACKED],
						  segmentation->part[TCS_PART_STATE],
						  lock ? " FOR UPDATE" : ""),
				 segmentation->oid, 0, NULL, NULL, SPI_OK_SELECT);
	if (SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s does not have its one row",
						segmentation->part[TCS_PART_STATE]),
				 errhint("Drop the %s with tcs.drop_segmentation and make another.",
						 segmentation->kind)));
	result = MemoryContextSwitchTo(context);
	segmentation->source_oid = DatumGetObjectId(tcs_result_value(0, 1, OIDOID));
	key_column = pstrdup(NameStr(*DatumGetName(tcs_result_value(0, 2, NAMEOID))));
	if (segmentation->is_kept)
	{
		own = tcs_result(0, 3, NAMEOID, &isnull);
		due = isnull ? NULL : pstrdup(NameStr(*DatumGetName(own)));
	}
	else
		rule_set = TextDatumGetCString(tcs_result_value(0, 3, TEXTOID));
	segmentation->time_zone = TextDatumGetCString(tcs_result_value(0, 4, TEXTOID));
	segmentation->notify = tcs_result_boolean(0, 5);
	segmentation->is_tracked = tcs_result_boolean(0, 6);
	segmentation->is_loaded = tcs_result_boolean(0, 7);
	MemoryContextSwitchTo(result);
	SPI_finish();
	segmentation_check_source(segmentation, key_column);
	if (segmentation->is_kept && strcmp(segmentation->own_key, segmentation->key_column) != 0)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("the key of kept table \"%s\" is %s, and that of its source %s",
						segmentation->name, segmentation->own_key, segmentation->key_column),
				 errhint("Give both one name, and the table a primary key of that column.")));
	if (segmentation->is_kept)
		kept_read_columns(segmentation);
	if (due)
		kept_read_due(segmentation, due);
	segmentation->rule_set_name = rule_set;
	segmentation->rule_set = rule_set ? quote_literal_cstr(rule_set) : NULL;
	tcs_owner_zone(segmentation->time_zone);
}

static const char *const into_column[] = {"key", "segment", "previous_segment", "since"};

/* Has it the columns that are given to the table itself? */
static bool
circle_is_into(Oid oid)
{
	if (tcs_is_kept(oid))
		return true;
	for (int i = 0; i < lengthof(into_column); i++)
		if (get_attnum(oid, into_column[i]) <= 0)
			return false;
	return true;
}

Oid
tcs_segmentation_of(Oid relation)
{
	char	   *name = OidIsValid(relation) ? get_rel_name(relation) : NULL;
	size_t		length;

	if (name == NULL)
		return InvalidOid;
	if (circle_is_into(relation))
		return relation;
	length = strlen(name);
	for (int i = 0; i < TCS_TABLES; i++)
	{
		size_t		suffix = strlen(tcs_part_suffix[i]);
		Oid			into;

		if (length <= suffix || strcmp(name + length - suffix, tcs_part_suffix[i]) != 0)
			continue;
		into = get_relname_relid(pnstrdup(name, length - suffix), get_rel_namespace(relation));
		if (OidIsValid(into) && circle_is_into(into) &&
			(!tcs_is_kept(into) || i == TCS_PART_STATE || i == TCS_PART_QUEUE || i == TCS_PART_TRACKED))
			return into;
	}
	return InvalidOid;
}
