/*
 * keep_metrics.c
 *		keep_metrics: the histories of a metrics view as a kept table.
 *
 * A history depends on the orders of its customer, and on the day by one number, which
 * is reckoned when it is read; and by orders of days to come, which count from
 * their day on.  So a row is right until the day of the next of these, which it says:
 * who reads it later reads the log for that customer.
 *
 * All is made from the tree of the view's query, of which the part "history" is put in
 * another's place.  The view as it was stays, under another name: it is asked about
 * other days, and it is what the view is again when it is not kept any more.
 */
#include "membership/refresh.h"
#include "membership/source_models.h"
#include "membership/track.h"
#include "metrics/metrics.h"
#include "server/view.h"

#include "access/relation.h"
#include "access/xact.h"
#include "catalog/dependency.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/analyze.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "storage/lmgr.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"

PG_FUNCTION_INFO_V1(tcs_keep_metrics);

/* The columns that hold a history, in its order; NULL: reckoned when it is read. */
static const struct
{
	const char *name;
	const char *field;
	const char *comment;
}			history_column[] = {
	{"purchase_rows", "orders", "rows of the log, refunds included, of a customer with a purchase"},
	{"revenue", "revenue", "sum of all amounts, refunds deducted"},
	{"first_day", "first_day", "day of the first purchase; NULL without one, as all columns of histories"},
	{"last_day", "last_day", "day of the last purchase"},
	{"x", "x", "repeat purchases: days with a purchase, less the first"},
	{"t_x", "t_x", "days from the first purchase to the last"},
	{NULL, "t", NULL},
	{"m_x", "m_x", "mean value of a repeat purchase, less its share of the refunds"},
	{"last_gap", "last_gap", "days between the last two purchases, 0 when there is one"},
	{"ln_gaps", "ln_gaps", "sum of the natural logarithms of the days from each purchase to the next"},
	{"refunded", "refunds", "sum of all refunds, as a positive number"},
	{"first_value", "first_value", "value of the purchases of the first day, refunds not deducted"},
	{"valued", "valued", "repeat purchases whose value is known"},
};

static const char *const other_comment[][2] = {
	{"customer", "who: the key in the orders"},
	{"orders", "rows of the log until today, or ids where order_id was given; 0: all are of days to come"},
	{"refunds", "sum of the negative amounts"},
	{"due", "when the row changes because an order of a day to come begins to count; NULL: there is none"},
};

typedef struct Keep
{
	Oid			view;
	char	   *name;
	char	   *schema;
	char	   *quoted;			/* the view, as the three after it: qualified */
	char	   *kept;
	char	   *log;
	char	   *histories;
	const char *options;		/* of the view */

	/* of its query */
	Query	   *query;
	CommonTableExpr *history;
	char	   *day;			/* the text of the part that says which day it
								 * is */
	char	   *zone;			/* a literal; NULL: the day is fixed */
} Keep;

static void
keep_refuse_other(const Keep *keep)
{
	ereport(ERROR,
			(errcode(ERRCODE_WRONG_OBJECT_TYPE),
			 errmsg("view \"%s\" is not as tcs.create_metrics makes it", keep->name),
			 errhint("Make it anew with tcs.create_metrics.")));
}

/* Where a clock is asked, in the part of the day, and in which zone. */
static bool
keep_find_clock(Node *node, void *arg)
{
	Keep	   *keep = arg;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, keep_find_clock, arg, 0);
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_TIMEZONE_TEXT_TIMESTAMPTZ)
	{
		Node	   *zone = linitial(((FuncExpr *) node)->args);
		Node	   *moment = lsecond(((FuncExpr *) node)->args);

		if (IsA(moment, FuncExpr) && ((FuncExpr *) moment)->funcid == F_NOW &&
			IsA(zone, Const) && !((Const *) zone)->constisnull)
			keep->zone = quote_literal_cstr(TextDatumGetCString(((Const *) zone)->constvalue));
	}
	return expression_tree_walker(node, keep_find_clock, arg);
}

static void
keep_read_query(Keep *keep)
{
	Relation	relation = relation_open(keep->view, NoLock);
	ListCell   *cell;

	if (RelationHasSecurityInvoker(relation))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("view \"%s\" is read with the rights of whoever reads it", keep->name),
				 errdetail("Histories that are kept would be the same for everybody."),
				 errhint("ALTER VIEW %s RESET (security_invoker) has it read with those of its owner.",
						 keep->quoted)));
	keep->options = RelationIsSecurityView(relation) ? " WITH (security_barrier = true)" : "";
	keep->query = copyObject(get_view_query(relation));
	relation_close(relation, NoLock);
	foreach(cell, keep->query->cteList)
	{
		CommonTableExpr *part = lfirst_node(CommonTableExpr, cell);

		if (strcmp(part->ctename, "history") == 0)
			keep->history = part;
		else if (strcmp(part->ctename, "day") == 0 && IsA(part->ctequery, Query))
		{
			(void) keep_find_clock(part->ctequery, keep);
			keep->day = pg_get_querydef((Query *) part->ctequery, false);
		}
	}
	if (keep->day == NULL || keep->history == NULL || !IsA(keep->history->ctequery, Query) ||
		list_length(keep->history->ctecolnames) != 4)
		keep_refuse_other(keep);
}

/* Take the condition that an order is not of a day to come out of those of a query. */
static Node *
keep_take_until(Query *history)
{
	List	   *stay = NIL;
	Node	   *until = NULL;
	ListCell   *cell;

	foreach(cell, make_ands_implicit((Expr *) history->jointree->quals))
		if (checkExprHasSubLink(lfirst(cell)))
		until = lfirst(cell);
	else
		stay = lappend(stay, lfirst(cell));
	history->jointree->quals = (Node *) make_ands_explicit(stay);
	return until;
}

/* Have each sum be of the rows that meet the condition. */
static bool
keep_filter(Node *node, void *condition)
{
	if (node == NULL)
		return false;
	if (IsA(node, Aggref))
	{
		Aggref	   *sum = (Aggref *) node;

		sum->aggfilter = sum->aggfilter == NULL ? copyObject(condition) :
			(Expr *) makeBoolExpr(AND_EXPR, list_make2(copyObject(condition), sum->aggfilter), -1);
		return false;
	}
	return expression_tree_walker(node, keep_filter, condition);
}

/* The call of purchase_history. */
static Aggref *
keep_find_call(const Keep *keep, const Query *history)
{
	TargetEntry *column = list_length(history->targetList) < 4 ? NULL : lthird(history->targetList);
	const char *name = column && IsA(column->expr, Aggref) ?
	get_func_name(((Aggref *) column->expr)->aggfnoid) : NULL;

	if (name == NULL || strcmp(name, "purchase_history") != 0)
		keep_refuse_other(keep);
	return (Aggref *) column->expr;
}

/* The first order that does not count yet: its day, as an expression AS next. */
static char *
keep_add_next(const Keep *keep, Query *history, Node *until)
{
	Aggref	   *next = copyObject(keep_find_call(keep, history));
	Expr	   *at = linitial_node(TargetEntry, next->args)->expr;
	Oid			type = exprType((Node *) at);

	next->aggfnoid = type == DATEOID ? F_MIN_DATE : type == TIMESTAMPOID ? F_MIN_TIMESTAMP : F_MIN_TIMESTAMPTZ;
	next->aggtype = type;
	next->aggargtypes = list_make1_oid(type);
	next->args = list_make1(makeTargetEntry(at, 1, NULL, false));
	next->aggfilter = (Expr *) makeBoolExpr(NOT_EXPR, list_make1(copyObject(until)), -1);
	(void) keep_filter((Node *) history->targetList, until);
	history->targetList = lappend(history->targetList,
								  makeTargetEntry((Expr *) next, list_length(history->targetList) + 1,
												  pstrdup("next"), false));
	return type == TIMESTAMPTZOID ? psprintf("(s.next AT TIME ZONE %s)::date", keep->zone) : "s.next::date";
}

/*
 * The text of the view of histories.  Where clocks go back over midnight, the day
 * begins at the first of the two.
 */
static char *
keep_histories_text(const Keep *keep)
{
	Query	   *history = copyObject((Query *) keep->history->ctequery);
	char	   *due = "NULL::timestamptz";
	StringInfoData sql;

	(void) keep_find_call(keep, history);
	if (keep->zone != NULL)
	{
		Node	   *until = keep_take_until(history);
		char	   *next;

		if (until == NULL)
			keep_refuse_other(keep);
		next = keep_add_next(keep, history, until);
		due = psprintf("least(%1$s::timestamp AT TIME ZONE %2$s,\n"
					   "        (%1$s::timestamp - interval '1 microsecond') AT TIME ZONE %2$s + interval '1 microsecond')",
					   next, keep->zone);
	}
	initStringInfo(&sql);
	appendStringInfo(&sql,
					 "WITH day AS NOT MATERIALIZED (%s),\nhistory AS (%s)\nSELECT s.customer, s.orders",
					 keep->day, pg_get_querydef(history, false));
	for (int i = 0; i < lengthof(history_column); i++)
		if (history_column[i].name != NULL)
			appendStringInfo(&sql, ",\n    (s.h).%s AS %s", history_column[i].field, history_column[i].name);
	appendStringInfo(&sql, ",\n    s.refunds,\n    %s AS due\nFROM history AS s", due);
	return sql.data;
}

/* The type of a column of the view's histories. */
static char *
keep_column_type(const Keep *keep, int number)
{
	return format_type_extended(list_nth_oid(keep->history->ctecoltypes, number),
								list_nth_int(keep->history->ctecoltypmods, number),
								FORMAT_TYPE_TYPEMOD_GIVEN | FORMAT_TYPE_FORCE_QUALIFY);
}

/* The histories of rows like those of the kept table. */
static void
keep_append_rows(StringInfo sql, const Keep *keep, const char *relation)
{
	appendStringInfo(sql, "SELECT k.customer::%s AS customer, k.orders::%s AS orders,\n"
					 "    CASE WHEN k.first_day IS NOT NULL THEN ROW(",
					 keep_column_type(keep, 0), keep_column_type(keep, 1));
	for (int i = 0; i < lengthof(history_column); i++)
	{
		if (i > 0)
			appendStringInfoString(sql, ", ");
		if (history_column[i].name != NULL)
			appendStringInfo(sql, "k.%s", history_column[i].name);
		else
			appendStringInfo(sql, "((SELECT d.as_of FROM (%s) AS d) - k.first_day)::float8", keep->day);
	}
	appendStringInfo(sql, ")::tcs.purchase_history END AS h,\n"
					 "    k.refunds::%s AS refunds\nFROM %s AS k", keep_column_type(keep, 3), relation);
}

/* The text of the query for all histories, by what is kept of them. */
static char *
keep_history_text(const Keep *keep)
{
	StringInfoData sql;

	initStringInfo(&sql);
	keep_append_rows(&sql, keep, keep->kept);
	if (keep->zone != NULL)
	{
		appendStringInfoString(&sql, " WHERE (k.due IS NULL OR k.due > now()) AND k.orders > 0\nUNION ALL\n");
		keep_append_rows(&sql, keep, keep->histories);
		appendStringInfo(&sql, " WHERE k.orders > 0 AND k.customer IN (SELECT d.customer FROM %s AS d WHERE d.due <= now())",
						 keep->kept);
	}
	return sql.data;
}

/* The text of the view over what is kept. */
static char *
keep_view_text(Keep *keep)
{
	char	   *text = keep_history_text(keep);
	List	   *parsed = pg_parse_query(text);

	keep->history->ctequery = (Node *) parse_analyze_fixedparams(linitial_node(RawStmt, parsed),
																 text, NULL, 0, NULL);
	return pg_get_querydef(keep->query, false);
}

/* The view that reads the log is not dropped from under the one that does not. */
static void
keep_hold_log(const Keep *keep)
{
	ObjectAddress view = {RelationRelationId, keep->view, 0};
	ObjectAddress log = {RelationRelationId, tcs_metrics_log(keep->view), 0};

	CommandCounterIncrement();
	recordDependencyOn(&view, &log, DEPENDENCY_NORMAL);
	CommandCounterIncrement();
}

static void
keep_make(Keep *keep, const char *mode)
{
	tcs_run(psprintf("SELECT pg_get_viewdef(%u)", keep->view), SPI_OK_SELECT);
	tcs_run(psprintf("CREATE VIEW %s%s AS %s", keep->log, keep->options, tcs_result_text(0, 1)),
			SPI_OK_UTILITY);
	tcs_view_comment(psprintf("VIEW %s", keep->log),
					 psprintf("%s as it is without tcs.keep_metrics: it reads the log", keep->quoted));
	tcs_run(psprintf("CREATE VIEW %s AS\n%s", keep->histories, keep_histories_text(keep)), SPI_OK_UTILITY);
	tcs_view_comment(psprintf("VIEW %s", keep->histories),
					 psprintf("the histories of the customers of %s, from its log; %s is a copy",
							  keep->quoted, keep->kept));
	tcs_run(psprintf("SELECT tcs.create_kept(%s, %s::regclass, 'customer', %s%s)",
					 quote_literal_cstr(keep->kept), quote_literal_cstr(keep->histories),
					 quote_literal_cstr(mode), keep->zone ? ", 'due'" : ""),
			SPI_OK_SELECT);
	for (int i = 0; i < lengthof(history_column); i++)
		if (history_column[i].name != NULL)
			tcs_view_comment_column(keep->kept, history_column[i].name, history_column[i].comment);
	for (int i = 0; i < lengthof(other_comment); i++)
		tcs_view_comment_column(keep->kept, other_comment[i][0], other_comment[i][1]);
	tcs_run(psprintf("CREATE OR REPLACE VIEW %s%s AS %s", keep->quoted, keep->options, keep_view_text(keep)),
			SPI_OK_UTILITY);
	keep_hold_log(keep);
}

/* What nobody reports does not get into the table. */
static void
keep_tell_untracked(const Keep *keep)
{
	StringInfoData names;
	ListCell   *cell;

	initStringInfo(&names);
	foreach(cell, tcs_source_tables(RangeVarGetRelid(makeRangeVar(keep->schema, psprintf("%s_histories", keep->name), -1),
													 AccessShareLock, false)))
		appendStringInfo(&names, "%s%s", names.len > 0 ? ", " : "",
						 quote_qualified_identifier(get_namespace_name(get_rel_namespace(lfirst_oid(cell))),
													get_rel_name(lfirst_oid(cell))));
	ereport(NOTICE,
			(errmsg("metrics view \"%s\" does not see what changes in %s until that is reported",
					keep->name, names.data),
			 errhint("Call tcs.track_segmentation(%s, ...) for each table whose rows change.",
					 quote_literal_cstr(keep->quoted))));
}

/* Whatever follows the kept table would hear of nothing any more. */
static void
keep_refuse_tracked(const Keep *keep, Oid table)
{
	Relation	relation = relation_open(table, AccessShareLock);
	Oid			function = tcs_track_function();

	for (int i = 0; relation->trigdesc != NULL && i < relation->trigdesc->numtriggers; i++)
	{
		const Trigger *trigger = &relation->trigdesc->triggers[i];

		if (trigger->tgfoid == function && trigger->tgnargs == TCS_TRACK_ARGUMENTS)
			ereport(ERROR,
					(errcode(ERRCODE_DEPENDENT_OBJECTS_STILL_EXIST),
					 errmsg("%s tracks \"%s\"",
							quote_qualified_identifier(trigger->tgargs[TCS_TRACK_SCHEMA],
													   trigger->tgargs[TCS_TRACK_NAME]),
							get_rel_name(table)),
					 errhint("Have it track the tables that \"%s\" reads, with tcs.track_segmentation, and call tcs.untrack_segmentation for \"%s\".",
							 keep->name, get_rel_name(table))));
	}
	relation_close(relation, NoLock);
}

/* The view is again what it was. */
static void
keep_end(Keep *keep, Oid table)
{
	Oid			log = tcs_metrics_log(keep->view);
	char	   *histories;

	keep_refuse_tracked(keep, table);
	tcs_run(psprintf("SELECT pg_get_viewdef(%u)", log), SPI_OK_SELECT);
	tcs_run(psprintf("CREATE OR REPLACE VIEW %s%s AS %s", keep->quoted, keep->options, tcs_result_text(0, 1)),
			SPI_OK_UTILITY);
	tcs_run(psprintf("SELECT quote_ident(n.nspname) || '.' || quote_ident(c.relname) FROM %s AS s\n"
					 "JOIN pg_class AS c ON c.oid = s.source JOIN pg_namespace AS n ON n.oid = c.relnamespace",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(table)),
												psprintf("%s_state", get_rel_name(table)))),
			SPI_OK_SELECT);
	histories = SPI_processed > 0 ? tcs_result_text(0, 1) : NULL;
	(void) deleteDependencyRecordsForSpecific(RelationRelationId, keep->view, DEPENDENCY_NORMAL,
											  RelationRelationId, log);
	tcs_run(psprintf("SELECT tcs.drop_segmentation(%u::regclass)", table), SPI_OK_SELECT);
	if (histories != NULL)
		tcs_run(psprintf("DROP VIEW %s", histories), SPI_OK_UTILITY);
	tcs_run(psprintf("DROP VIEW %s", quote_qualified_identifier(get_namespace_name(get_rel_namespace(log)),
																get_rel_name(log))),
			SPI_OK_UTILITY);
}

static void
keep_check_right(const Keep *keep)
{
	if (!TCS_OWNS_RELATION(keep->view, GetUserId()))
		aclcheck_error(ACLCHECK_NOT_OWNER, OBJECT_VIEW, keep->name);
	if (tcs_relation_owner(keep->view) != GetUserId())
		ereport(ERROR,
				(errcode(ERRCODE_INSUFFICIENT_PRIVILEGE),
				 errmsg("view \"%s\" belongs to another role", keep->name),
				 errdetail("What it reads has to belong to the role that it belongs to."),
				 errhint("SET ROLE %s first.",
						 quote_identifier(GetUserNameFromId(tcs_relation_owner(keep->view), false)))));
}

static char *
keep_name(const Keep *keep, const char *suffix)
{
	/* create_kept has a limit for its name that is shorter than those */
	return quote_qualified_identifier(keep->schema, psprintf("%s%s", keep->name, suffix));
}

/* arguments: view, keep, mode */
Datum
tcs_keep_metrics(PG_FUNCTION_ARGS)
{
	Keep		keep = {InvalidOid};
	TcsMetricsFit fit;
	bool		on = PG_GETARG_BOOL(1);
	Oid			table;
	int			nest_level;

	tcs_check_can_refresh("tcs.keep_metrics()");
	keep.view = PG_GETARG_OID(0);
	(void) tcs_metrics_find(keep.view, &fit);
	keep.name = pstrdup(fit.name);
	keep_check_right(&keep);
	LockRelationOid(keep.view, AccessExclusiveLock);
	keep.schema = get_namespace_name(get_rel_namespace(keep.view));
	keep.quoted = keep_name(&keep, "");
	keep.kept = keep_name(&keep, "_kept");
	keep.log = keep_name(&keep, "_log");
	keep.histories = keep_name(&keep, "_histories");
	table = tcs_metrics_kept(keep.view);
	if (OidIsValid(table) == on)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 on ? errmsg("metrics view \"%s\" is kept already", keep.name) :
				 errmsg("metrics view \"%s\" is not kept", keep.name),
				 on ? errhint("Its histories are in %s, and the mode in the table beside it.",
							  get_rel_name(table)) :
				 errhint("tcs.keep_metrics(%s) keeps it.", quote_literal_cstr(keep.quoted))));

	nest_level = tcs_view_begin();
	keep_read_query(&keep);
	if (on)
		keep_make(&keep, text_to_cstring(PG_GETARG_TEXT_PP(2)));
	else
		keep_end(&keep, table);
	tcs_view_end(nest_level);
	if (!on)
		PG_RETURN_NULL();
	keep_tell_untracked(&keep);
	PG_RETURN_OID(tcs_metrics_kept(keep.view));
}
