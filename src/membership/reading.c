/*
 * reading.c
 *		What is checked before somebody reads a segmentation, and
 *		segmentation_parts, by which functions in SQL ask for it.
 */
#include "membership/reading.h"
#include "membership/segmentation.h"

#include "access/transam.h"
#include "catalog/pg_class.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "storage/lmgr.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/syscache.h"

PG_FUNCTION_INFO_V1(tcs_segmentation_parts);

/* The columns that are read, but for the key. */
static const TcsColumn into_column[] = {
	{"segment", TEXTOID, false},
};
static const TcsColumn moves_column[] = {
	{"id", INT8OID, true},
	{"from_segment", TEXTOID, false},
	{"to_segment", TEXTOID, false},
	{"moved_at", TIMESTAMPTZOID, true},
	{"cause", TEXTOID, true},
	{"entered", BOOLOID, true},
	{"present", BOOLOID, true},
	{"xid", XID8OID, true},
};
static const TcsColumn state_column[] = {
	{"source", REGCLASSOID, true},
	{"key_column", NAMEOID, true},
	{"rule_set", TEXTOID, true},
	{"time_zone", TEXTOID, true},
	{"last_refresh", TIMESTAMPTZOID, false},
};

static bool
reading_is_table(Oid relation)
{
	char		kind = get_rel_relkind(relation);

	return kind == RELKIND_RELATION || kind == RELKIND_PARTITIONED_TABLE;
}

/* May the caller read some of it? */
static bool
may_read_some(Oid relation)
{
	return pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		pg_attribute_aclcheck_all(relation, GetUserId(), ACL_SELECT, ACLMASK_ANY) == ACLCHECK_OK;
}

/*
 * Lock a table by its name, if the caller may read it: who may not holds no
 * locks on it either.
 */
static Oid
reading_lock_table(const TcsReading *reading, const char *name)
{
	if (!TCS_MAY_USE_SCHEMA(reading->schema_oid, GetUserId()))
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_SCHEMA, reading->schema);
	for (;;)
	{
		Oid			oid = get_relname_relid(name, reading->schema_oid);

		if (!OidIsValid(oid) || !reading_is_table(oid))
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("segmentation \"%s\" has no table \"%s\" in its schema \"%s\"",
							reading->name, name, reading->schema),
					 errhint("Rename or move the tables of a segmentation together.")));
		if (!may_read_some(oid))
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, name);
		LockRelationOid(oid, AccessShareLock);
		if (get_relname_relid(name, reading->schema_oid) == oid)
			return oid;
		UnlockRelationOid(oid, AccessShareLock);
	}
}

/*
 * The type of a column, whatever it is; it may have no length, as a value would
 * be cut to it where it is made one of that type.
 */
static Oid
plain_type(Oid relation, const char *name, const char *column, Oid *collation)
{
	AttrNumber	number = get_attnum(relation, column);
	Oid			type;
	int32		typmod;

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of \"%s\" does not exist", column, name),
				 errhint("Undo what was renamed or dropped, or drop what was made and make it anew.")));
	get_atttypetypmodcoll(relation, number, &type, &typmod, collation);
	if (typmod != -1 || getBaseType(type) != type)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of \"%s\" is of type %s", column, name,
						format_type_with_typemod(type, typmod)),
				 errdetail("The key of a segmentation is of a type without a length that is no domain."),
				 errhint("Give the column the type that it was made with.")));
	return type;
}

/* Would code of somebody else's run with the rights of the caller? */
static void
reading_check_trust(const TcsReading *reading)
{
	HeapTuple	tuple;
	char	   *owner;

	if (tcs_type_is_trusted(reading->key.type))
		return;
	tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(reading->key.type));
	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for type %u", reading->key.type);
	owner = GetUserNameFromId(((Form_pg_type) GETSTRUCT(tuple))->typowner, false);
	ReleaseSysCache(tuple);
	ereport(ERROR,
			(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
			 errmsg("the key of segmentation \"%s\" is of type %s, which belongs to \"%s\"",
					reading->name, format_type_be(reading->key.type), owner),
			 errdetail("Code behind that type would run with your rights."),
			 errhint("Do it as that role, with SET ROLE %s, or read the table %s instead.",
					 quote_identifier(owner), reading->moves)));
}

static void
reading_check_moves(TcsReading *reading)
{
	char	   *name = psprintf("%s%s", reading->name, tcs_part_suffix[TCS_PART_MOVES]);
	Oid			moves = reading_lock_table(reading, name);
	Oid			collation;
	TcsColumn	key = {"key", InvalidOid, true};

	key.type = plain_type(reading->into, reading->name, "key", &collation);
	tcs_key_type(&reading->key, key.type, collation, reading->name, "key");
	tcs_relation_check(moves, &key, 1);
	tcs_relation_check(moves, moves_column, lengthof(moves_column));
	reading_check_trust(reading);

	/*
	 * casts between the server's own types are the server's; else see the
	 * header
	 */
	reading->key_text = key.type < FirstNormalObjectId ? "key::text" : "format('%s', key)";
}

/* Are the tables there that only a segmentation has? */
static void
reading_check_parts(const TcsReading *reading)
{
	static const TcsPart part[] = {TCS_PART_MOVES, TCS_PART_STATE};
	char	   *missing = NULL;
	int			found = 0;

	for (int i = 0; i < lengthof(part); i++)
	{
		char	   *name = psprintf("%s%s", reading->name, tcs_part_suffix[part[i]]);
		Oid			oid = get_relname_relid(name, reading->schema_oid);

		if (OidIsValid(oid) && reading_is_table(oid))
			found++;
		else
			missing = name;
	}
	if (found == 0 || !reading_is_table(reading->into))
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a segmentation", reading->name),
				 errhint("Give the name of a table that tcs.create_segmentation made.")));
	if (missing != NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("segmentation \"%s\" has no table \"%s\" in its schema \"%s\"",
						reading->name, missing, reading->schema),
				 errhint("Rename or move the tables of a segmentation together.")));
}

TcsReading *
tcs_reading_open(Oid into)
{
	TcsReading *reading = palloc0(sizeof(TcsReading));

	reading->into = into;
	reading->name = get_rel_name(into);
	if (reading->name == NULL)
		tcs_relation_missing(into, "Give the name of a table that tcs.create_segmentation made.");
	reading->schema_oid = get_rel_namespace(into);
	reading->schema = get_namespace_name(reading->schema_oid);
	reading_check_parts(reading);
	reading->into_name = quote_qualified_identifier(reading->schema, reading->name);
	reading->moves = quote_qualified_identifier(reading->schema,
												psprintf("%s%s", reading->name, tcs_part_suffix[TCS_PART_MOVES]));
	reading->state = quote_qualified_identifier(reading->schema,
												psprintf("%s%s", reading->name, tcs_part_suffix[TCS_PART_STATE]));
	reading_check_moves(reading);
	return reading;
}

void
tcs_reading_members(TcsReading *reading)
{
	TcsColumn	key = {"key", InvalidOid, true};

	key.type = reading->key.type;
	(void) reading_lock_table(reading, reading->name);
	tcs_relation_check(reading->into, &key, 1);
	tcs_relation_check(reading->into, into_column, lengthof(into_column));
}

void
tcs_reading_state(TcsReading *reading)
{
	MemoryContext context = CurrentMemoryContext;
	Oid			state = reading_lock_table(reading, psprintf("%s%s", reading->name,
															 tcs_part_suffix[TCS_PART_STATE]));
	MemoryContext spi;

	tcs_relation_check(state, state_column, lengthof(state_column));
	SPI_connect();
	if (SPI_execute(psprintf("SELECT source, key_column, rule_set, time_zone FROM %s",
							 reading->state), true, 2) != SPI_OK_SELECT ||
		SPI_processed != 1)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("table %s does not have its one row", reading->state),
				 errhint("The row says what the segmentation is made from: make the segmentation anew.")));
	reading->source_oid = DatumGetObjectId(tcs_result_value(0, 1, REGCLASSOID));
	spi = MemoryContextSwitchTo(context);
	reading->key_column = pstrdup(NameStr(*DatumGetName(tcs_result_value(0, 2, NAMEOID))));
	reading->rule_set = TextDatumGetCString(tcs_result_value(0, 3, TEXTOID));
	reading->time_zone = TextDatumGetCString(tcs_result_value(0, 4, TEXTOID));
	MemoryContextSwitchTo(spi);
	SPI_finish();
	if (get_rel_name(reading->source_oid) != NULL)
		reading->source = quote_qualified_identifier(get_namespace_name(get_rel_namespace(reading->source_oid)),
													 get_rel_name(reading->source_oid));
}

bool
tcs_reading_may(Oid source, const char *column)
{
	AttrNumber	number = get_attnum(source, column);

	return number > 0 &&
		(pg_class_aclcheck(source, GetUserId(), ACL_SELECT) == ACLCHECK_OK ||
		 pg_attribute_aclcheck(source, number, GetUserId(), ACL_SELECT) == ACLCHECK_OK);
}

bool
tcs_reading_has_number(const TcsReading *reading, const char *column)
{
	Oid			source = reading->source_oid;

	return tcs_reading_may(source, column) &&
		tcs_is_number(getBaseType(get_atttype(source, get_attnum(source, column))));
}

/*
 * A key of another type would be compared by way of a cast, which whoever owns
 * that type can have made.
 */
bool
tcs_reading_source(TcsReading *reading, bool or_error)
{
	AttrNumber	number;

	if (reading->source == NULL)
	{
		if (or_error)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_TABLE),
					 errmsg("the source of segmentation \"%s\" does not exist any more",
							reading->name),
					 errhint("Make it anew and set \"source\" in %s.", reading->state)));
		return false;
	}
	if (!tcs_reading_may(reading->source_oid, reading->key_column))
	{
		number = get_attnum(reading->source_oid, reading->key_column);
		if (or_error && number > 0)
			aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_TABLE, get_rel_name(reading->source_oid));
		if (or_error)
			ereport(ERROR,
					(errcode(ERRCODE_UNDEFINED_COLUMN),
					 errmsg("column \"%s\" of the source %s does not exist",
							reading->key_column, reading->source),
					 errhint("A column of the source was renamed or replaced: undo that, or make the segmentation anew.")));
		return false;
	}
	LockRelationOid(reading->source_oid, AccessShareLock);
	number = get_attnum(reading->source_oid, reading->key_column);
	if (number > 0 &&
		getBaseType(get_atttype(reading->source_oid, number)) == reading->key.type)
		return true;
	if (or_error)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the source %s is not of type %s any more",
						reading->key_column, reading->source,
						format_type_be(reading->key.type)),
				 errhint("Drop the segmentation with tcs.drop_segmentation and make another.")));
	return false;
}

/* An error unless it is a column of numbers that the caller may read. */
static void
reading_check_value(const TcsReading *reading, const char *column)
{
	AttrNumber	number = get_attnum(reading->source_oid, column);

	if (number <= 0)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_COLUMN),
				 errmsg("column \"%s\" of the source %s does not exist", column, reading->source),
				 errhint("Give a column of numbers of the table or view the segments are computed from.")));
	if (!tcs_is_number(getBaseType(get_atttype(reading->source_oid, number))))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of the source %s is of type %s, not a number", column,
						reading->source, format_type_be(get_atttype(reading->source_oid, number))),
				 errhint("Give a column of numbers of the table or view the segments are computed from.")));
}

enum
{
	PARTS_MOVES,
	PARTS_KEY,
	PARTS_KEY_TYPE,
	PARTS_KEY_EQUAL,
	PARTS_KEY_TEXT,
	PARTS_SOURCE,
	PARTS_SOURCE_KEY,
	PARTS_TIME_ZONE,
	PARTS
};

Datum
tcs_segmentation_parts(PG_FUNCTION_ARGS)
{
	TcsReading *reading;
	TupleDesc	columns;
	Datum		values[PARTS];
	bool		nulls[PARTS] = {0};

	if (PG_ARGISNULL(0))
		tcs_refuse_null("argument \"into\"", "Give the name of a table that tcs.create_segmentation made.");
	if (get_call_result_type(fcinfo, NULL, &columns) != TYPEFUNC_COMPOSITE ||
		columns->natts != PARTS)
		elog(ERROR, "segmentation_parts does not return its columns");
	columns = BlessTupleDesc(columns);
	reading = tcs_reading_open(PG_GETARG_OID(0));
	if ((!PG_ARGISNULL(1) && PG_GETARG_BOOL(1)) || !PG_ARGISNULL(2))
		tcs_reading_state(reading);
	if (!PG_ARGISNULL(2))
	{
		(void) tcs_reading_source(reading, true);
		reading_check_value(reading, NameStr(*PG_GETARG_NAME(2)));
	}

	values[PARTS_MOVES] = CStringGetTextDatum(reading->moves);
	values[PARTS_KEY] = ObjectIdGetDatum(reading->key.type);
	values[PARTS_KEY_TYPE] = CStringGetTextDatum(reading->key.name);
	values[PARTS_KEY_EQUAL] = CStringGetTextDatum(reading->key.equals);
	values[PARTS_KEY_TEXT] = CStringGetTextDatum(reading->key_text);
	nulls[PARTS_SOURCE] = reading->source == NULL;
	if (reading->source)
		values[PARTS_SOURCE] = CStringGetTextDatum(reading->source);
	nulls[PARTS_SOURCE_KEY] = reading->key_column == NULL;
	if (reading->key_column)
		values[PARTS_SOURCE_KEY] = CStringGetTextDatum(quote_identifier(reading->key_column));
	nulls[PARTS_TIME_ZONE] = reading->time_zone == NULL;
	if (reading->time_zone)
		values[PARTS_TIME_ZONE] = CStringGetTextDatum(reading->time_zone);
	PG_RETURN_DATUM(HeapTupleGetDatum(heap_form_tuple(columns, values, nulls)));
}
