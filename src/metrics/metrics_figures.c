/*
 * metrics_figures.c
 *		The figures of a metrics view before it rounds them, and as they were.
 *
 * Models are fitted on what the orders say, not on what is left of it when money
 * has two digits.  The figures are a part of the view's query, which the server
 * keeps as a tree: that part is asked for alone.  In the same tree the day of the
 * histories can be put back, and what came since be asked for beside them: so
 * both come from the same orders and customers in one pass over the log.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "parser/parse_func.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"
#include "utils/timestamp.h"

/* The columns that are asked for, in order. */
static const char *const figure[] = {"days_since_last", "purchases", "revenue", "h"};

/* The figures among a query's relations; NULL where it has none. */
static RangeTblEntry *
figures_find(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind == RTE_CTE && rte->ctelevelsup == 0 &&
			strcmp(rte->ctename, "figures") == 0)
			return rte;
	}
	return NULL;
}

/* That column of them; NULL where there is none of that name. */
static TargetEntry *
figures_column(const RangeTblEntry *rte, int number)
{
	ListCell   *cell;

	foreach(cell, rte->eref->colnames)
	{
		int			i = foreach_current_index(cell);
		Var		   *var;

		if (strcmp(strVal(lfirst(cell)), figure[number]) != 0 || i >= list_length(rte->coltypes))
			continue;
		var = makeVar(1, i + 1, list_nth_oid(rte->coltypes, i),
					  list_nth_int(rte->coltypmods, i), list_nth_oid(rte->colcollations, i), 0);
		return makeTargetEntry((Expr *) var, number + 1, pstrdup(figure[number]), false);
	}
	return NULL;
}

/* Does the column h hold histories of purchases? */
static bool
figures_hold_history(const TargetEntry *column)
{
	Oid			type = exprType((Node *) column->expr);

	return type == GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("purchase_history"),
								   ObjectIdGetDatum(get_namespace_oid("tcs", false)));
}

/* The query of a view, to be changed; NULL where it has no figures. */
static Query *
figures_query(Oid view, RangeTblEntry **figures)
{
	Relation	relation = relation_open(view, AccessShareLock);
	Query	   *query = copyObject(get_view_query(relation));

	relation_close(relation, NoLock);
	*figures = figures_find(query);
	return *figures == NULL || query->setOperations != NULL ? NULL : query;
}

void
tcs_metrics_read_only(Query *query, RangeTblEntry *figures, List *columns)
{
	RangeTblRef *reference = makeNode(RangeTblRef);

	query->targetList = columns;
	query->rtable = list_make1(figures);
#if PG_VERSION_NUM >= 160000
	query->rteperminfos = NIL;
#endif
	reference->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(reference), NULL);
}

/*
 * The text of the query for these columns of the figures, and nothing else: what
 * is not joined may not be there, and the text is read by the caller's
 * search_path, which its operators stand but NULLIF and the like would not.
 */
static char *
figures_text(Query *query, RangeTblEntry *figures, List *columns)
{
	while (strcmp(llast_node(CommonTableExpr, query->cteList)->ctename, "figures") != 0)
		query->cteList = list_delete_last(query->cteList);
	tcs_metrics_read_only(query, figures, columns);
	query->groupClause = query->groupingSets = query->windowClause = NIL;
	query->distinctClause = query->sortClause = NIL;
	query->havingQual = query->limitOffset = query->limitCount = NULL;
	query->hasAggs = query->hasWindowFuncs = query->hasTargetSRFs = query->hasDistinctOn = false;
	return pg_get_querydef(query, false);
}

char *
tcs_metrics_figures(Oid view)
{
	RangeTblEntry *figures;
	Query	   *query = figures_query(view, &figures);
	List	   *columns = NIL;

	if (query == NULL)
		return NULL;
	for (int i = 0; i < lengthof(figure); i++)
	{
		TargetEntry *column = figures_column(figures, i);

		if (column == NULL || (i == lengthof(figure) - 1 && !figures_hold_history(column)))
			return NULL;
		columns = lappend(columns, column);
	}
	return figures_text(query, figures, columns);
}

/* The part of a query that has that name; NULL where there is none. */
static Query *
past_part(const Query *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->cteList)
	{
		CommonTableExpr *part = lfirst_node(CommonTableExpr, cell);

		if (strcmp(part->ctename, name) == 0 && IsA(part->ctequery, Query))
			return (Query *) part->ctequery;
	}
	return NULL;
}

/* The column of a query that has that name; NULL where there is none. */
static TargetEntry *
past_column(const Query *query, const char *name)
{
	ListCell   *cell;

	foreach(cell, query->targetList)
	{
		TargetEntry *column = lfirst_node(TargetEntry, cell);

		if (column->resname != NULL && strcmp(column->resname, name) == 0)
			return column;
	}
	return NULL;
}

/* The horizon that the risk of churn is worked out for: its one interval. */
static bool
past_find_horizon(Node *node, void *horizon)
{
	ListCell   *cell;
	const char *name;

	if (node == NULL)
		return false;
	name = IsA(node, FuncExpr) ? get_func_name(((FuncExpr *) node)->funcid) : NULL;
	if (name == NULL || strcmp(name, "churn_risk") != 0)
		return expression_tree_walker(node, past_find_horizon, horizon);
	foreach(cell, ((FuncExpr *) node)->args)
	{
		Const	   *argument = lfirst(cell);

		if (IsA(argument, Const) && argument->consttype == INTERVALOID && !argument->constisnull)
		{
			*(Const **) horizon = argument;
			return true;
		}
	}
	return false;
}

/*
 * A call of holdout like one of purchase_history: of the same orders, from a day
 * to another.  NULL where there is no such function.
 */
static Aggref *
past_holdout(Aggref *history, Expr *day, Node *until)
{
	Aggref	   *holdout = copyObject(history);
	Oid			types[FUNC_MAX_ARGS];
	int			count = 0;
	ListCell   *cell;

	holdout->args = list_insert_nth(holdout->args, 2, makeTargetEntry(day, 0, NULL, false));
	((TargetEntry *) list_nth(holdout->args, 3))->expr = (Expr *) copyObject(until);
	holdout->aggargtypes = list_insert_nth_oid(holdout->aggargtypes, 2, DATEOID);
	foreach(cell, holdout->args)
		lfirst_node(TargetEntry, cell)->resno = foreach_current_index(cell) + 1;
	foreach(cell, holdout->aggargtypes)
		types[count++] = lfirst_oid(cell);
	holdout->aggfnoid = LookupFuncName(list_make2(makeString("tcs"), makeString("holdout")),
									   count, types, true);
	if (!OidIsValid(holdout->aggfnoid))
		return NULL;
	holdout->aggtype = get_func_rettype(holdout->aggfnoid);
	return holdout;
}

/* A day that is given. */
static Expr *
past_constant(DateADT day)
{
	return (Expr *) makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(day),
							  false, true);
}

/* The day of an order, of the arguments of a history's call. */
static Expr *
past_order_day(Aggref *history)
{
	Expr	   *at = copyObject(linitial_node(TargetEntry, history->args)->expr);

	if (exprType((Node *) at) == TIMESTAMPTZOID)
	{
		Expr	   *zone;

		if (list_length(history->args) < 4)
			return NULL;
		/* it is of the type tcs.zone, which is stored as text is */
		zone = (Expr *) makeRelabelType(copyObject(list_nth_node(TargetEntry, history->args, 3)->expr),
										TEXTOID, -1, DEFAULT_COLLATION_OID, COERCE_EXPLICIT_CAST);
		at = (Expr *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								   list_make2(zone, at),
								   InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	}
	if (exprType((Node *) at) == TIMESTAMPOID)
		at = (Expr *) makeFuncExpr(F_DATE_TIMESTAMP, DATEOID, list_make1(at),
								   InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST);
	return exprType((Node *) at) == DATEOID ? at : NULL;
}

/* Is a row no refund?  One of an unknown amount is a purchase. */
static Expr *
past_is_purchase(Aggref *history)
{
	Expr	   *amount = copyObject(lsecond_node(TargetEntry, history->args)->expr);
	CoalesceExpr *coalesce = makeNode(CoalesceExpr);
	Oid			compare;
	Const	   *zero;

	if (exprType((Node *) amount) == FLOAT8OID)
	{
		compare = F_FLOAT8GE;
		zero = makeConst(FLOAT8OID, -1, InvalidOid, sizeof(float8), Float8GetDatum(0), false, FLOAT8PASSBYVAL);
	}
	else if (exprType((Node *) amount) == NUMERICOID)
	{
		compare = F_NUMERIC_GE;
		zero = makeConst(NUMERICOID, -1, InvalidOid, -1, DirectFunctionCall1(int4_numeric, Int32GetDatum(0)), false, false);
	}
	else
		return NULL;
	coalesce->coalescetype = BOOLOID;
	coalesce->args = list_make2(makeFuncExpr(compare, BOOLOID, list_make2(amount, zero), InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL),
								makeBoolConst(true, false));
	coalesce->location = -1;
	return (Expr *) coalesce;
}

/* The days on which a customer bought, of the orders of a history's call; or NULL. */
static Aggref *
past_purchase_days(Aggref *history)
{
	Expr	   *day = past_order_day(history);
	Expr	   *is_purchase = past_is_purchase(history);
	Aggref	   *days = copyObject(history);

	if (day == NULL || is_purchase == NULL || history->aggfilter != NULL)
		return NULL;
	days->aggfnoid = F_ARRAY_AGG_ANYNONARRAY;
	days->aggtype = get_array_type(DATEOID);
	days->aggargtypes = list_make1_oid(DATEOID);
	days->args = list_make1(makeTargetEntry(day, 1, NULL, false));
	/* its text needs no more of it */
	days->aggdistinct = list_make1(makeNode(SortGroupClause));
	days->aggfilter = is_purchase;
	return days;
}

/* The call of purchase_history whose result is h; NULL where there is none. */
static Aggref *
past_history(const Query *history)
{
	TargetEntry *column = past_column(history, "h");
	Aggref	   *call = column ? (Aggref *) column->expr : NULL;

	if (call == NULL || !IsA(call, Aggref) || list_length(call->args) < 3 ||
		exprType((Node *) list_nth_node(TargetEntry, call->args, 2)->expr) != DATEOID)
		return NULL;
	return call;
}

/*
 * Turn the histories of a query to those until as_of, its refunds to what came
 * since until the other day, and its number of orders to the days of the
 * purchases.  False where the query is another.
 */
static bool
past_turn_back(Query *history, Expr *as_of, Expr *until)
{
	Aggref	   *call = past_history(history);
	TargetEntry *refunds = past_column(history, "refunds");
	TargetEntry *orders = past_column(history, "orders");

	if (call == NULL || refunds == NULL || orders == NULL)
		return false;
	orders->expr = (Expr *) past_purchase_days(call);
	list_nth_node(TargetEntry, call->args, 2)->expr = as_of;
	refunds->expr = (Expr *) past_holdout(call, as_of, (Node *) until);
	return orders->expr != NULL && refunds->expr != NULL;
}

/* That column of a query's relation of that name; NULL where it reads none. */
static Var *
past_variable(const Query *query, const char *relation, const TargetEntry *column)
{
	ListCell   *cell;

	foreach(cell, query->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind == RTE_CTE && strcmp(rte->ctename, relation) == 0)
			return makeVar(foreach_current_index(cell) + 1, column->resno,
						   exprType((Node *) column->expr), -1, InvalidOid, 0);
	}
	return NULL;
}

/* The relations that the parts of a query read. */
static List *
past_relations(const Query *query)
{
	List	   *relations = NIL;
	ListCell   *cell;
	ListCell   *entry;

	foreach(cell, query->cteList)
	{
		Node	   *part = lfirst_node(CommonTableExpr, cell)->ctequery;

		if (!IsA(part, Query))
			continue;
		foreach(entry, ((Query *) part)->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, entry);

			if (rte->rtekind == RTE_RELATION)
				relations = list_append_unique_oid(relations, rte->relid);
		}
	}
	return relations;
}

/* Have the figures be these, under their names, and ask for them. */
static char *
past_text(Query *query, RangeTblEntry *figures, Query *part, const char *const *names,
		  Expr **value, int count)
{
	List	   *columns = NIL;

	part->targetList = figures->eref->colnames = NIL;
	for (int i = 0; i < count; i++)
	{
		part->targetList = lappend(part->targetList,
								   makeTargetEntry(value[i], i + 1, pstrdup(names[i]), false));
		figures->eref->colnames = lappend(figures->eref->colnames, makeString(pstrdup(names[i])));
		columns = lappend(columns,
						  makeTargetEntry((Expr *) makeVar(1, i + 1, exprType((Node *) value[i]), -1, InvalidOid, 0),
										  i + 1, pstrdup(names[i]), false));
	}
	part->hasSubLinks = true;
	return figures_text(query, figures, columns);
}

/* The horizon of a view, in words and days; false where it has none. */
static bool
past_horizon(const Query *query, char **text, double *days)
{
	Const	   *horizon = NULL;
	Interval   *span;

	(void) past_find_horizon((Node *) query->targetList, &horizon);
	if (horizon == NULL)
		return false;
	span = DatumGetIntervalP(horizon->constvalue);
	*text = tcs_metrics_interval(span);
	*days = tcs_interval_days(span, "horizon");
	return true;
}

TcsMetricsPast *
tcs_metrics_past_between(Oid view, DateADT as_of, DateADT until)
{
	static const char *const name[] = {"h", "later", "until", "days"};
	RangeTblEntry *figures;
	Query	   *query = figures_query(tcs_metrics_log(view), &figures);
	Query	   *history;
	Query	   *part;
	TcsMetricsPast *past = palloc0(sizeof(TcsMetricsPast));
	Expr	   *value[lengthof(name)];

	if (query == NULL || (history = past_part(query, "history")) == NULL ||
		(part = past_part(query, "figures")) == NULL ||
		!past_horizon(query, &past->horizon, &past->days) ||
		!past_turn_back(history, past_constant(as_of), past_constant(until)))
		return NULL;

	value[0] = (Expr *) past_variable(part, "history", past_column(history, "h"));
	value[1] = (Expr *) past_variable(part, "history", past_column(history, "refunds"));
	value[2] = past_constant(until);
	value[3] = (Expr *) past_variable(part, "history", past_column(history, "orders"));
	if (value[0] == NULL)
		return NULL;
	past->relations = past_relations(query);
	past->query = past_text(query, figures, part, name, value, lengthof(name));
	return past;
}

/*
 * A call of purchase_log like one of purchase_history: of the same orders, whatever
 * their day.  NULL where there is no such function.
 */
static Aggref *
past_log(Aggref *history)
{
	Aggref	   *log = copyObject(history);
	Oid			types[FUNC_MAX_ARGS];
	int			count = 0;
	ListCell   *cell;

	log->args = list_delete_nth_cell(log->args, 2);
	log->aggargtypes = list_delete_nth_cell(log->aggargtypes, 2);
	foreach(cell, log->args)
		lfirst_node(TargetEntry, cell)->resno = foreach_current_index(cell) + 1;
	foreach(cell, log->aggargtypes)
		types[count++] = lfirst_oid(cell);
	log->aggfnoid = LookupFuncName(list_make2(makeString("tcs"), makeString("purchase_log")),
								   count, types, true);
	if (!OidIsValid(log->aggfnoid))
		return NULL;
	log->aggtype = get_func_rettype(log->aggfnoid);
	return log;
}

/* Have the histories be read from logs, which get a column of their own; false where that cannot be. */
static bool
logs_add_column(Query *history, Query *part)
{
	Aggref	   *call = past_history(history);
	Aggref	   *log = call ? past_log(call) : NULL;
	TargetEntry *until;
	ListCell   *cell;
	Oid			reader;
	Oid			types[] = {InvalidOid, DATEOID};

	if (log == NULL)
		return false;
	until = list_nth_node(TargetEntry, call->args, 2);
	types[0] = log->aggtype;
	reader = LookupFuncName(list_make2(makeString("tcs"), makeString("purchase_history")),
							lengthof(types), types, true);
	if (!OidIsValid(reader))
		return false;
	past_column(history, "h")->expr = (Expr *) makeFuncExpr(reader, call->aggtype, list_make2(log, copyObject(until->expr)),
															InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	history->targetList = lappend(history->targetList,
								  makeTargetEntry((Expr *) copyObject(log), list_length(history->targetList) + 1,
												  pstrdup("log"), false));
	foreach(cell, part->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		if (rte->rtekind == RTE_CTE && strcmp(rte->ctename, "history") == 0)
			rte->eref->colnames = lappend(rte->eref->colnames, makeString(pstrdup("log")));
	}
	return true;
}

TcsMetricsLogs *
tcs_metrics_logs(Oid view)
{
	static const char *const name[] = {"days_since_last", "purchases", "revenue", "log", "until", "attributes"};
	RangeTblEntry *figures;
	Query	   *query = figures_query(tcs_metrics_log(view), &figures);
	Query	   *history;
	Query	   *part;
	Expr	   *until;
	TargetEntry *attributes;
	TcsMetricsLogs *logs = palloc0(sizeof(TcsMetricsLogs));
	Expr	   *value[lengthof(name)];

	if (query == NULL || (history = past_part(query, "history")) == NULL ||
		(part = past_part(query, "figures")) == NULL ||
		!past_horizon(query, &logs->horizon, &logs->days) || past_history(history) == NULL)
		return NULL;
	until = list_nth_node(TargetEntry, past_history(history)->args, 2)->expr;
	if (!logs_add_column(history, part))
		return NULL;
	for (int i = 0; i < 3; i++)
	{
		TargetEntry *column = past_column(part, name[i]);

		if (column == NULL)
			return NULL;
		value[i] = copyObject(column->expr);
	}
	value[3] = (Expr *) past_variable(part, "history", past_column(history, "log"));
	value[4] = (Expr *) copyObject(until);
	if (value[3] == NULL)
		return NULL;
	attributes = past_column(part, "attributes");
	logs->has_attributes = attributes != NULL && type_is_rowtype(exprType((Node *) attributes->expr));
	if (logs->has_attributes)
		value[5] = copyObject(attributes->expr);
	logs->query = past_text(query, figures, part, name, value, logs->has_attributes ? 6 : 5);
	return logs;
}
