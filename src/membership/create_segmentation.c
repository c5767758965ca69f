/*
 * create_segmentation.c
 *		create_segmentation: the relations of a segmentation and its first load.
 *
 * They are made through SQL as the caller, so that the server checks the rights
 * and records owners and dependencies as if it had been typed.
 */
#include "membership/by_hand.h"
#include "membership/create.h"
#include "membership/guard.h"
#include "membership/membership_views.h"
#include "membership/parts.h"
#include "membership/refresh.h"
#include "server/view.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/guc.h"
#include "utils/lsyscache.h"
#include "utils/varlena.h"

#include "rules/rules.h"
#include "server/source.h"

PG_FUNCTION_INFO_V1(tcs_create_segmentation);

/* the arguments, by position */
enum
{
	ARG_INTO,
	ARG_SOURCE,
	ARG_KEY,
	ARG_RULE_SET,
	ARG_MODE,
	ARG_NOTIFY
};

/*
 * What the columns of the tables hold: part (none: the table itself), column,
 * comment (none: see cause.c).
 */
static const char *const column_comment[][3] = {
	{"", "key", "who: the key in the source"},
	{"", "segment", "the segment; NULL: in none"},
	{"", "previous_segment", "the segment before that; NULL: none"},
	{"", "since", "since when: the time of the last move"},
	{"_moves", "id", "number of the move; higher ones need not be committed later"},
	{"_moves", "key", "who"},
	{"_moves", "from_segment", "segment before the move; NULL: none, or, where entered, not there yet"},
	{"_moves", "to_segment", "segment after the move; NULL: none, or, unless present, gone"},
	{"_moves", "moved_at", "when; ascending for each customer"},
	{"_moves", "cause", NULL},
	{"_moves", "entered", "was the customer not there before?"},
	{"_moves", "present", "is the customer there after the move?"},
	{"_moves", "merged_into", "where merged: the customer that this one is"},
	{"_moves", "xid", "transaction that made the move, for tcs.segment_moves_since"},
	{"_state", "one_row", "there is one row"},
	{"_state", "source", "table or view the segments are computed from"},
	{"_state", "key_column", "column of the source that tells the customers apart"},
	{"_state", "rule_set", "rule set by which segments are assigned"},
	{"_state", "mode", "queue: triggers note the keys; sync: they bring the segments up to date"},
	{"_state", "notify", "is a notification sent on the channel called like the table at each refresh?"},
	{"_state", "time_zone", "time zone in which segments are computed and months begin"},
	{"_state", "rules", "definition of the rule set at the last refresh"},
	{"_state", "models", "newest models of each metrics view that the source reads, at the last refresh: table and id"},
	{"_state", "created_at", "when the segmentation was made"},
	{"_state", "last_refresh", "when the last full refresh began"},
	{"_state", "duration", "how long it took"},
	{"_state", "customers", "customers after it"},
	{"_state", "entered", "customers it found new"},
	{"_state", "moved", "customers it found in another segment"},
	{"_state", "removed", "customers it found gone"},
	{"_state", "last_process", "when the queue was last worked off"},
	{"_state", "process_duration", "how long that took"},
	{"_state", "processed", "customers who were looked at then"},
	{"_state", "last_error", "message of the last error in a refresh or in working off the queue; NULL: none since all was well"},
	{"_state", "last_error_state", "its SQLSTATE"},
	{"_state", "last_error_at", "when it happened"},
	{"_queue", "id", "order of arrival, roughly; rows of one statement may share a number"},
	{"_queue", "key", "whose data changed; NULL: of whom via tells or, where there is none, anyone's: a full refresh is due"},
	{"_queue", "queued_at", "when"},
	{"_queue", "relation", "tracked table whose rows lead to the customers, where there is no key"},
	{"_queue", "via", "what is in its columns that lead there, as text"},
	{"_queue", "error", "why the segment could not be brought up to date; NULL: nobody tried yet"},
	{"_queue", "error_state", "the SQLSTATE of that"},
	{"_tracked", "relation", "table that reports its changes, by triggers of tcs.track_segmentation"},
	{"_tracked", "parent", "tracked table of which it is a partition or child; NULL: it was named itself"},
	{"_tracked", "key", "column of it, or expression of its columns, that holds the key; where there is a way, column of that table"},
	{"_tracked", "through", "table that its rows lead to, which knows the key; NULL: its rows know it"},
	{"_tracked", "columns", "columns that lead there; NULL: none need to"},
	{"_tracked", "through_columns", "columns there that these are equal to"},
	{"_pins", "key", "who"},
	{"_pins", "segment", "which segment"},
	{"_pins", "barred", "kept out of it, or in it?"},
	{"_pins", "reason", "why, in words"},
	{"_pins", "set_by", "role that said so"},
	{"_pins", "since", "since when"},
	{"_pins", "until", "until when; NULL: until tcs.unpin_segment"},
};

static void
segmentation_require_argument(FunctionCallInfo fcinfo, int position, const char *name)
{
	if (PG_ARGISNULL(position))
		tcs_refuse_null(psprintf("argument \"%s\"", name), "The arguments into, source, key and rule_set say who is in which segment.");
}

static void
segmentation_refuse_existing(const TcsSegmentation *segmentation, const char *name)
{
	StringInfoData suffixes;

	if (!OidIsValid(get_relname_relid(name, segmentation->schema_oid)))
		return;
	initStringInfo(&suffixes);
	for (int i = 0; i < TCS_PARTS; i++)
		if (tcs_segmentation_has(segmentation, i))
			appendStringInfo(&suffixes, "%s%s", suffixes.len == 0 ? "" :
							 i == TCS_PART_STATUS ? " and " : ", ", tcs_part_suffix[i]);
	ereport(ERROR,
			(errcode(ERRCODE_DUPLICATE_TABLE),
			 errmsg("relation \"%s\" already exists in schema \"%s\"",
					name, segmentation->schema),
			 errdetail("A %s makes \"%s\" and, beside it, relations with the suffixes %s.",
					   segmentation->kind, segmentation->name, suffixes.data),
			 errhint("Give another name, or drop a %s with tcs.drop_segmentation.",
					 segmentation->kind)));
}

TcsSegmentation *
tcs_create_name(text *name, bool is_kept)
{
	TcsSegmentation *segmentation = palloc0(sizeof(TcsSegmentation));
	RangeVar   *into = makeRangeVarFromNameList(textToQualifiedNameList(name));

	segmentation->is_kept = is_kept;
	segmentation->kind = is_kept ? "kept table" : "segmentation";
	segmentation->schema_oid = RangeVarGetCreationNamespace(into);
	segmentation->name = into->relname;
	if (isTempNamespace(segmentation->schema_oid))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("a %s cannot be temporary", segmentation->kind),
				 errhint("Give a name in a schema that stays.")));
	segmentation->schema = get_namespace_name(segmentation->schema_oid);
	tcs_segmentation_name(segmentation);
	segmentation_refuse_existing(segmentation, segmentation->name);
	for (int i = 0; i < TCS_PARTS; i++)
		if (tcs_segmentation_has(segmentation, i))
			segmentation_refuse_existing(segmentation, psprintf("%s%s", segmentation->name,
																tcs_part_suffix[i]));
	return segmentation;
}

/* A list of columns, each of which there is: say how that is done. */
static void
refuse_several_columns(Relation source, const char *key, const char *kind)
{
	char	   *name = tcs_source_name(source);
	List	   *columns;
	StringInfoData expression;
	ListCell   *cell;

	if (strchr(key, ',') == NULL || get_attnum(RelationGetRelid(source), key) > 0 ||
		!SplitIdentifierString(pstrdup(key), ',', &columns))
		return;
	initStringInfo(&expression);
	foreach(cell, columns)
	{
		if (get_attnum(RelationGetRelid(source), lfirst(cell)) <= 0)
			return;
		appendStringInfo(&expression, "%s%s", expression.len == 0 ? "" : " || ':' || ",
						 quote_identifier(lfirst(cell)));
	}
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("the key of a %s is one column", kind),
			 errdetail("%s are several.", key),
			 errhint("Make one of them in a view, CREATE VIEW ... AS SELECT %s AS key, s.* FROM %s AS s, take that for the source, and track tables by the expression: tcs.track_segmentation(..., key => $$%s$$).",
					 expression.data, name, expression.data)));
}

void
tcs_create_check_source(TcsSegmentation *segmentation, Oid oid, const char *key)
{
	Relation	source = tcs_source_open(oid, "source");
	Form_pg_attribute column;

	refuse_several_columns(source, key, segmentation->kind);
	column = tcs_source_column(source, key, "key");
	if (source->rd_rel->relpersistence == RELPERSISTENCE_TEMP)
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("source \"%s\" is temporary", RelationGetRelationName(source)),
				 errdetail(segmentation->is_kept ? "Other sessions could not bring the copy up to date." :
						   "Other sessions could not bring the segments up to date."),
				 errhint("Use a table or view that stays.")));
	tcs_key_type(&segmentation->key, column->atttypid, column->attcollation,
				 RelationGetRelationName(source), key);
	segmentation->source_oid = oid;
	segmentation->source = tcs_source_name(source);
	segmentation->key_column = pstrdup(quote_identifier(key));
	relation_close(source, NoLock);
}

void
tcs_create_queue(const TcsSegmentation *segmentation)
{
	char	   *key = tcs_key_definition(&segmentation->key);

	/*
	 * Rows come and go: what they leave behind is to be cleared away soon.
	 * Numbers are taken by the hundred: the order need not be that exact.
	 */
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    id bigint GENERATED ALWAYS AS IDENTITY (CACHE 100),\n"
					 "    key %s,\n"
					 "    queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),\n"
					 "    relation regclass,\n"
					 "    via text[],\n"
					 "    error text,\n"
					 "    error_state text\n"
					 ") WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 10000)",
					 segmentation->part[TCS_PART_QUEUE], key),
			SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    relation regclass PRIMARY KEY,\n"
					 "    parent regclass,\n"
					 "    key text NOT NULL,\n"
					 "    through regclass,\n"
					 "    columns name[],\n"
					 "    through_columns name[]\n"
					 ")", segmentation->part[TCS_PART_TRACKED]),
			SPI_OK_UTILITY);
}

static void
segmentation_make_tables(const TcsSegmentation *segmentation)
{
	char	   *key = tcs_key_definition(&segmentation->key);

	/* room beside a row for its next version */
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    key %s PRIMARY KEY,\n"
					 "    segment text,\n"
					 "    previous_segment text,\n"
					 "    since timestamptz NOT NULL\n"
					 ") WITH (fillfactor = 90)", segmentation->into, key),
			SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,\n"
					 "    key %s NOT NULL,\n"
					 "    from_segment text,\n"
					 "    to_segment text,\n"
					 "    moved_at timestamptz NOT NULL,\n"
					 "    cause text NOT NULL\n"
					 "        CHECK (cause IN (%s)),\n"
					 "    entered boolean NOT NULL,\n"
					 "    present boolean NOT NULL,\n"
					 "    merged_into %s,\n"
					 "    xid xid8 NOT NULL GENERATED ALWAYS AS (tcs_internal.move_xid(id)) STORED\n"
					 ")", segmentation->part[TCS_PART_MOVES], key, tcs_move_cause_literals(), key),
			SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE TABLE %s (\n"
					 "    one_row boolean PRIMARY KEY DEFAULT true CHECK (one_row),\n"
					 "    source regclass NOT NULL,\n"
					 "    key_column name NOT NULL,\n"
					 "    rule_set text NOT NULL,\n"
					 "    mode text NOT NULL CHECK (mode IN ('queue', 'sync')),\n"
					 "    notify boolean NOT NULL,\n"
					 "    time_zone text NOT NULL,\n"
					 "    rules jsonb,\n"
					 "    models jsonb,\n"
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
					 ")", segmentation->part[TCS_PART_STATE]),
			SPI_OK_UTILITY);

	tcs_create_queue(segmentation);
}

/* When the first load is in, which they would slow down. */
static void
segmentation_make_indexes(const TcsSegmentation *segmentation)
{
	static const char *const columns[] = {"key, moved_at", "moved_at", "xid"};

	tcs_run(psprintf("CREATE INDEX ON %s (segment, key)", segmentation->into),
			SPI_OK_UTILITY);
	for (int i = 0; i < lengthof(columns); i++)
		tcs_run(psprintf("CREATE INDEX ON %s (%s)",
						 segmentation->part[TCS_PART_MOVES], columns[i]),
				SPI_OK_UTILITY);
	tcs_run(psprintf("CREATE INDEX ON %s (merged_into) WHERE merged_into IS NOT NULL",
					 segmentation->part[TCS_PART_MOVES]),
			SPI_OK_UTILITY);

	/* the views are read before autovacuum comes, if it ever does for so few */
	tcs_run(psprintf("ANALYZE %s, %s", segmentation->into, segmentation->part[TCS_PART_MOVES]),
			SPI_OK_UTILITY);
}

void
tcs_create_comment(const char *kind, const char *name, const char *words)
{
	tcs_run(psprintf("COMMENT ON %s %s IS %s", kind, name, quote_literal_cstr(words)),
			SPI_OK_UTILITY);
}

static void
segmentation_comment_column(const TcsSegmentation *segmentation, const char *suffix,
							const char *column, const char *words)
{
	char	   *name = psprintf("%s%s", segmentation->name, suffix);

	tcs_create_comment("COLUMN",
					   psprintf("%s.%s", quote_qualified_identifier(segmentation->schema, name),
								quote_identifier(column)),
					   words);
}

static void
segmentation_make_views(const TcsSegmentation *segmentation)
{
	char	   *const *part = segmentation->part;

	tcs_run(psprintf(TCS_MEMBERSHIP_HISTORY_VIEW, part[TCS_PART_HISTORY],
					 part[TCS_PART_MOVES], segmentation->key.equals),
			SPI_OK_UTILITY);
	tcs_create_comment("VIEW", part[TCS_PART_HISTORY], TCS_MEMBERSHIP_HISTORY_COMMENT);
	tcs_run(psprintf(TCS_MEMBERSHIP_MONTHLY_VIEW, part[TCS_PART_MONTHLY],
					 part[TCS_PART_MOVES], part[TCS_PART_STATE],
					 tcs_move_cause[TCS_MOVED_MERGED]),
			SPI_OK_UTILITY);
	tcs_create_comment("VIEW", part[TCS_PART_MONTHLY], TCS_MEMBERSHIP_MONTHLY_COMMENT);
	tcs_run(psprintf(TCS_MEMBERSHIP_STATUS_VIEW, part[TCS_PART_STATUS],
					 part[TCS_PART_STATE], part[TCS_PART_QUEUE], part[TCS_PART_TRACKED]),
			SPI_OK_UTILITY);
	tcs_create_comment("VIEW", part[TCS_PART_STATUS], TCS_MEMBERSHIP_STATUS_COMMENT);
}

void
tcs_create_comment_columns(const TcsSegmentation *segmentation, const char *part)
{
	for (int i = 0; i < lengthof(column_comment); i++)
		if (part == NULL || strcmp(column_comment[i][0], part) == 0)
			segmentation_comment_column(segmentation, column_comment[i][0], column_comment[i][1],
										column_comment[i][2] ? column_comment[i][2] :
										tcs_move_cause_comment());
}

static void
segmentation_make_comments(const TcsSegmentation *segmentation, const char *rule_set)
{
	tcs_create_comment("TABLE", segmentation->into,
					   psprintf("which customer of %s is in which segment of the rule set %s; made by tcs.create_segmentation",
								segmentation->source, quote_literal_cstr(rule_set)));
	tcs_create_comment("TABLE", segmentation->part[TCS_PART_MOVES],
					   psprintf("every move from one segment of %s to another, and why", segmentation->into));
	tcs_create_comment("TABLE", segmentation->part[TCS_PART_STATE],
					   psprintf("what the segmentation %s is made from, and how its last refresh went",
								segmentation->into));
	tcs_create_comment("TABLE", segmentation->part[TCS_PART_QUEUE],
					   psprintf("customers whose segment in %s is to be looked at", segmentation->into));
	tcs_create_comment("TABLE", segmentation->part[TCS_PART_TRACKED],
					   psprintf("tables that report their changes to %s", segmentation->into));
	tcs_create_comment("TABLE", segmentation->part[TCS_PART_PINS],
					   psprintf("customers of %s who stay in a segment or out of one, whatever the rules say",
								segmentation->into));
	tcs_create_comment_columns(segmentation, NULL);
	for (int i = 0; i < lengthof(tcs_membership_view_column); i++)
		segmentation_comment_column(segmentation,
									psprintf("_%s", tcs_membership_view_column[i][0]),
									tcs_membership_view_column[i][1],
									tcs_membership_view_column[i][2]);
}

char *
tcs_create_mode(FunctionCallInfo fcinfo, int position)
{
	char	   *mode;

	if (PG_ARGISNULL(position))
		return "queue";
	mode = text_to_cstring(PG_GETARG_TEXT_PP(position));
	if (strcmp(mode, "queue") != 0 && strcmp(mode, "sync") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("unknown mode \"%s\"", mode),
				 errhint("The modes are queue, where triggers note who is to be looked at, and sync, where they bring that up to date.")));
	return mode;
}

Datum
tcs_create_segmentation(PG_FUNCTION_ARGS)
{
	TcsSegmentation *segmentation;
	TcsMoves	moves = {0};
	TcsOwnerScope scope;
	char	   *rule_set;
	char	   *mode;
	int			nest_level;
	Oid			types[] = {OIDOID, NAMEOID, TEXTOID, TEXTOID, BOOLOID, TEXTOID};
	Datum		values[lengthof(types)];

	segmentation_require_argument(fcinfo, ARG_INTO, "into");
	segmentation_require_argument(fcinfo, ARG_SOURCE, "source");
	segmentation_require_argument(fcinfo, ARG_KEY, "key");
	segmentation_require_argument(fcinfo, ARG_RULE_SET, "rule_set");
	tcs_check_can_refresh("tcs.create_segmentation()");
	mode = tcs_create_mode(fcinfo, ARG_MODE);
	rule_set = text_to_cstring(PG_GETARG_TEXT_PP(ARG_RULE_SET));
	(void) tcs_rules_read(rule_set);
	segmentation = tcs_create_name(PG_GETARG_TEXT_PP(ARG_INTO), false);
	tcs_create_check_source(segmentation, PG_GETARG_OID(ARG_SOURCE),
							NameStr(*PG_GETARG_NAME(ARG_KEY)));

	values[0] = ObjectIdGetDatum(segmentation->source_oid);
	values[1] = PG_GETARG_DATUM(ARG_KEY);
	values[2] = PG_GETARG_DATUM(ARG_RULE_SET);
	values[3] = CStringGetTextDatum(mode);
	values[4] = BoolGetDatum(!PG_ARGISNULL(ARG_NOTIFY) && PG_GETARG_BOOL(ARG_NOTIFY));
	values[5] = CStringGetTextDatum(pg_get_timezone_name(session_timezone));

	nest_level = tcs_view_begin();
	segmentation_make_tables(segmentation);
	tcs_pins_make(segmentation, tcs_key_definition(&segmentation->key));
	tcs_guard_make(segmentation);
	tcs_run_with(psprintf("INSERT INTO %s (source, key_column, rule_set, mode, notify, time_zone)\n"
						  "VALUES ($1::regclass, $2, $3, $4, $5, $6)",
						  segmentation->part[TCS_PART_STATE]),
				 lengthof(types), types, values, NULL, SPI_OK_INSERT);
	segmentation_make_views(segmentation);
	segmentation_make_comments(segmentation, rule_set);
	tcs_view_end(nest_level);

	segmentation = tcs_segmentation_open(get_relname_relid(segmentation->name,
														   segmentation->schema_oid));
	tcs_owner_enter(&scope, segmentation->owner);
	tcs_segmentation_read(segmentation, true);
	tcs_refresh_take_rules(segmentation);
	tcs_parts_bind(segmentation);
	tcs_refresh_all(segmentation, &moves);
	tcs_owner_leave(&scope);
	tcs_refresh_notify(segmentation, &moves);

	nest_level = NewGUCNestLevel();
	SPI_connect();
	segmentation_make_indexes(segmentation);
	SPI_finish();
	AtEOXact_GUC(true, nest_level);
	PG_RETURN_OID(segmentation->oid);
}
