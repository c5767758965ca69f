/*
 * create_kept.c
 *		create_kept: a table that is a copy of a view with a key, and its first load.
 *
 * It has the columns of the view, of their types below any domain: a domain's
 * checks would stand in the way of a row that is made for a key before it is known
 * what it holds.
 */
#include "membership/create.h"
#include "membership/guard.h"
#include "membership/membership_views.h"
#include "membership/parts.h"
#include "membership/refresh.h"
#include "server/source.h"
#include "server/view.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "pgtime.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_create_kept);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_SOURCE,
	ARG_KEY,
	ARG_MODE,
	ARG_DUE
};

static const char *const state_comment[][2] = {
	{"one_row", "there is one row"},
	{"source", "view that is copied"},
	{"key_column", "its column that tells the rows apart"},
	{"due", "its column that says when a row changes by itself; NULL: none does"},
	{"mode", "queue: triggers note the keys; sync: they bring the copy up to date"},
	{"time_zone", "time zone in which the source is read"},
	{"created_at", "when the copy was made"},
	{"last_refresh", "when the last full refresh began"},
	{"duration", "how long it took"},
	{"customers", "rows after it"},
	{"entered", "rows it found new"},
	{"moved", "rows it found changed"},
	{"removed", "rows it found gone"},
	{"last_process", "when the queue was last worked off"},
	{"process_duration", "how long that took"},
	{"processed", "how many keys were looked at"},
	{"last_error", "message of the last error in a trigger, a refresh or in working off the queue; NULL: none"},
	{"last_error_state", "its SQLSTATE"},
	{"last_error_at", "when it happened"},
};

/* A type as a column's, with its collation. */
static char *
kept_column_definition(Form_pg_attribute column, bool is_key, const TcsKeyType *key)
{
	int32		typmod = column->atttypmod;
	Oid			type = getBaseTypeAndTypmod(column->atttypid, &typmod);
	TcsKeyType	other = {.type = type,.collation = column->attcollation};

	if (is_key)
		return psprintf("%s PRIMARY KEY", tcs_key_definition(key));
	other.name = format_type_extended(type, typmod, FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
	return tcs_key_definition(&other);
}

static void
kept_make_table(const TcsSegmentation *kept, const char *key)
{
	Relation	source = relation_open(kept->source_oid, AccessShareLock);
	TupleDesc	columns = RelationGetDescr(source);
	StringInfoData sql;

	initStringInfo(&sql);
	appendStringInfo(&sql, "CREATE TABLE %s (", kept->into);
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);
		const char *name = NameStr(column->attname);

		if (column->attisdropped)
			continue;
		if (strcmp(name, TCS_KEPT_SINCE) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_DUPLICATE_COLUMN),
					 errmsg("source \"%s\" has a column \"%s\"", RelationGetRelationName(source), name),
					 errdetail("The kept table has one of its own of that name."),
					 errhint("Give it another name, in a view.")));
		appendStringInfo(&sql, "\n    %s %s,", quote_identifier(name),
						 kept_column_definition(column, strcmp(name, key) == 0, &kept->key));
	}
	/* room beside a row for its next version */
	appendStringInfoString(&sql, "\n    " TCS_KEPT_SINCE " timestamptz NOT NULL\n) WITH (fillfactor = 90)");
	relation_close(source, NoLock);
	tcs_run(sql.data, SPI_OK_UTILITY);
}

static void
kept_make_state(const TcsSegmentation *kept)
{
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),\n"
					 "    source regclass NOT NULL,\n"
					 "    key_column name NOT NULL,\n"
					 "    due name,\n"
					 "    mode text NOT NULL CHECK (mode IN ('queue', 'sync')),\n"
					 "    time_zone text NOT NULL,\n"
					 "    created_at timestamptz NOT NULL DEFAULT now(),\n"
					 "    last_refresh timestamptz,\n"
					 "    duration interval,\n"
					 "    customers bigint,\n"
					 "    entered bigint,\n"
					 "    moved bigint,\n"
					 "    removed bigint,\n"
					 "    last_process timestamptz,\n"
					 "    process_duration interval,\n"
					 "    processed bigint,\n"
					 "    last_error text,\n"
					 "    last_error_state text,\n"
					 "    last_error_at timestamptz\n"
					 ")", kept->part[TCS_PART_STATE]),
			SPI_OK_UTILITY);
}

/* The words on a segmentation's, where those on the state have none of their own. */
static void
kept_comment_status(const TcsSegmentation *kept, const char *column, const char *words)
{
	if (strcmp(column, "rule_set") == 0 || strcmp(column, "notify") == 0)
		return;
	for (int i = 0; i < lengthof(state_comment); i++)
		if (strcmp(state_comment[i][0], column) == 0)
			words = state_comment[i][1];
	tcs_create_comment("COLUMN", psprintf("%s.%s", kept->part[TCS_PART_STATUS], column), words);
}

static void
kept_make_comments(const TcsSegmentation *kept)
{
	tcs_create_comment("TABLE", kept->into,
					   psprintf("a copy of %s, kept equal to it; made by tcs.create_kept", kept->source));
	tcs_create_comment("COLUMN", psprintf("%s." TCS_KEPT_SINCE, kept->into),
					   "since when the row is as it is");
	tcs_create_comment("TABLE", kept->part[TCS_PART_STATE],
					   psprintf("what %s is a copy of, and how its last refresh went", kept->into));
	tcs_create_comment("TABLE", kept->part[TCS_PART_QUEUE],
					   psprintf("keys whose rows in %s are to be looked at", kept->into));
	tcs_create_comment("TABLE", kept->part[TCS_PART_TRACKED],
					   psprintf("tables that report their changes to %s", kept->into));
	tcs_create_comment("VIEW", kept->part[TCS_PART_STATUS],
					   "how the kept table is doing: its definition, the last refresh, the last error and the queue");
	for (int i = 0; i < lengthof(state_comment); i++)
		tcs_create_comment("COLUMN", psprintf("%s.%s", kept->part[TCS_PART_STATE], state_comment[i][0]),
						   state_comment[i][1]);
	for (int i = 0; i < lengthof(tcs_membership_view_column); i++)
		if (strcmp(tcs_membership_view_column[i][0], "status") == 0)
			kept_comment_status(kept, tcs_membership_view_column[i][1], tcs_membership_view_column[i][2]);
	kept_comment_status(kept, "due", "its column that says when a row changes by itself; NULL: none does");
	tcs_create_comment_columns(kept, tcs_part_suffix[TCS_PART_QUEUE]);
	tcs_create_comment_columns(kept, tcs_part_suffix[TCS_PART_TRACKED]);
}

/* The column that says when a row changes by itself: a moment. */
static void
kept_check_due(const TcsSegmentation *kept, const char *due)
{
	Relation	source = relation_open(kept->source_oid, AccessShareLock);
	Form_pg_attribute column = tcs_source_column(source, due, "due");

	if (getBaseType(column->atttypid) != TIMESTAMPTZOID)
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("column \"%s\" of \"%s\" is of type %s, must be timestamptz",
						due, RelationGetRelationName(source), format_type_be(column->atttypid)),
				 errhint("Say when a day begins: day::timestamp AT TIME ZONE 'Europe/Berlin'.")));
	relation_close(source, NoLock);
}

static void
kept_insert_state(FunctionCallInfo fcinfo, const TcsSegmentation *kept, const char *mode)
{
	Oid			types[] = {OIDOID, NAMEOID, NAMEOID, TEXTOID, TEXTOID};
	Datum		values[lengthof(types)];
	char		nulls[] = "     ";

	values[0] = ObjectIdGetDatum(kept->source_oid);
	values[1] = PG_GETARG_DATUM(ARG_KEY);
	values[2] = PG_GETARG_DATUM(ARG_DUE);
	nulls[2] = PG_ARGISNULL(ARG_DUE) ? 'n' : ' ';
	values[3] = CStringGetTextDatum(mode);
	values[4] = CStringGetTextDatum(pg_get_timezone_name(session_timezone));
	tcs_run_with(psprintf("INSERT INTO %s (source, key_column, due, mode, time_zone)\n"
						  "VALUES ($1::regclass, $2, $3, $4, $5)", kept->part[TCS_PART_STATE]),
				 lengthof(types), types, values, nulls, SPI_OK_INSERT);
}

/* When the first load is in. */
static void
kept_finish(const TcsSegmentation *kept)
{
	int			nest_level = tcs_view_begin();

	if (kept->due)
		tcs_run(psprintf("CREATE INDEX ON %s (%s) WHERE %s IS NOT NULL", kept->into, kept->due, kept->due),
				SPI_OK_UTILITY);
	tcs_run(psprintf("ANALYZE %s", kept->into), SPI_OK_UTILITY);
	tcs_view_end(nest_level);
}

Datum
tcs_create_kept(PG_FUNCTION_ARGS)
{
	static const char *const name[] = {"into", "source", "key"};
	TcsSegmentation *kept;
	TcsMoves	moves = {0};
	TcsOwnerScope scope;
	char	   *mode;
	char	   *key;
	int			nest_level;

	for (int i = 0; i < lengthof(name); i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(psprintf("argument \"%s\"", name[i]), "The arguments into, source and key say what is copied where.");
	tcs_check_can_refresh("tcs.create_kept()");
	mode = tcs_create_mode(fcinfo, ARG_MODE);
	key = NameStr(*PG_GETARG_NAME(ARG_KEY));
	kept = tcs_create_name(PG_GETARG_TEXT_PP(ARG_INTO), true);
	tcs_create_check_source(kept, PG_GETARG_OID(ARG_SOURCE), key);
	if (!PG_ARGISNULL(ARG_DUE))
		kept_check_due(kept, NameStr(*PG_GETARG_NAME(ARG_DUE)));

	nest_level = tcs_view_begin();
	kept_make_table(kept, key);
	kept_make_state(kept);
	tcs_create_queue(kept);
	tcs_run(psprintf(TCS_KEPT_STATUS_VIEW, kept->part[TCS_PART_STATUS], kept->part[TCS_PART_STATE],
					 kept->part[TCS_PART_QUEUE], kept->part[TCS_PART_TRACKED]),
			SPI_OK_UTILITY);
	tcs_guard_make(kept);
	kept_insert_state(fcinfo, kept, mode);
	kept_make_comments(kept);
	tcs_view_end(nest_level);

	kept = tcs_copy_open(get_relname_relid(kept->name, kept->schema_oid));
	tcs_owner_enter(&scope, kept->owner);
	tcs_segmentation_read(kept, true);
	tcs_parts_bind(kept);
	tcs_refresh_all(kept, &moves);
	tcs_owner_leave(&scope);
	kept_finish(kept);
	PG_RETURN_OID(kept->oid);
}
