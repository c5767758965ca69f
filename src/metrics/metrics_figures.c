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
 * Where to reckon with a day: within the subquery that gives it, which is asked
 * once, while what stands around it would be worked out for each order.
 */
static Expr **
past_inside(Expr **day)
{
	SubLink    *link = (SubLink *) *day;
	Query	   *query;

	if (!IsA(link, SubLink) || link->subLinkType != EXPR_SUBLINK || !IsA(link->subselect, Query))
		return day;
	query = (Query *) link->subselect;
	if (list_length(query->targetList) != 1 || query->setOperations != NULL || query->groupClause != NIL ||
		query->distinctClause != NIL || query->sortClause != NIL)
		return day;
	return &linitial_node(TargetEntry, query->targetList)->expr;
}

/* The day of an expression for the last day, less the horizon. */
static Expr *
past_day(Node *as_of, Const *horizon)
{
	Expr	   *day = (Expr *) copyObject(as_of);
	Expr	  **inside = past_inside(&day);
	Expr	   *moment = (Expr *) makeFuncExpr(F_DATE_MI_INTERVAL, TIMESTAMPOID,
											   list_make2(*inside, copyObject(horizon)),
											   InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);

	*inside = (Expr *) makeFuncExpr(F_DATE_TIMESTAMP, DATEOID, list_make1(moment),
									InvalidOid, InvalidOid, COERCE_EXPLICIT_CAST);
	return day;
}

/* So many days before a day, whose expression is changed. */
static Expr *
past_days_before(Expr *day, int32 days)
{
	Expr	  **inside = past_inside(&day);

	if (days != 0)
		*inside = (Expr *) makeFuncExpr(F_DATE_MII, DATEOID,
										list_make2(*inside, makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
																	  Int32GetDatum(days), false, true)),
										InvalidOid, InvalidOid, COERCE_EXPLICIT_CALL);
	return day;
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
		if (list_length(history->args) < 4)
			return NULL;
		at = (Expr *) makeFuncExpr(F_TIMEZONE_TEXT_TIMESTAMPTZ, TIMESTAMPOID,
								   list_make2(copyObject(list_nth_node(TargetEntry, history->args, 3)->expr), at),
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

/* Which days are meant: NULL for the last one, and a horizon, or days, before that. */
typedef struct PastDays
{
	Const	   *horizon;
	Expr	   *as_of;
	Expr	   *until;
	int32		before;			/* 0: a horizon */
} PastDays;

/*
 * Turn the histories of a query to those of an earlier day, its refunds to what
 * came since and, where days are given, its number of orders to those of the
 * purchases.  Returns the expression for the last day of all; NULL where the
 * query is another.
 */
static Node *
past_turn_back(Query *history, const PastDays *days)
{
	TargetEntry *column = past_column(history, "h");
	TargetEntry *refunds = past_column(history, "refunds");
	TargetEntry *orders = past_column(history, "orders");
	Aggref	   *call = column ? (Aggref *) column->expr : NULL;
	TargetEntry *as_of;
	Node	   *until;
	Aggref	   *later;

	if (call == NULL || refunds == NULL || !IsA(call, Aggref) || list_length(call->args) < 3)
		return NULL;
	as_of = list_nth_node(TargetEntry, call->args, 2);
	if (exprType((Node *) as_of->expr) != DATEOID)
		return NULL;
	if (days->as_of != NULL && (orders == NULL || (orders->expr = (Expr *) past_purchase_days(call)) == NULL))
		return NULL;
	until = (Node *) (days->until ? days->until : as_of->expr);
	as_of->expr = days->as_of ? days->as_of :
		days->before > 0 ? past_days_before((Expr *) copyObject(until), days->before) :
		past_day(until, days->horizon);
	later = past_holdout(call, as_of->expr, until);
	refunds->expr = (Expr *) later;
	return later ? until : NULL;
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

/* The columns of the answer, of which the last is there where days are given. */
static const char *const past_name[] = {"h", "later", "until", "days"};

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

static TcsMetricsPast *
past_make(Oid view, PastDays *days)
{
	RangeTblEntry *figures;
	Query	   *query = figures_query(view, &figures);
	Query	   *history;
	Query	   *part;
	Node	   *until;
	TcsMetricsPast *past = palloc0(sizeof(TcsMetricsPast));
	Expr	   *value[lengthof(past_name)];
	int			count = lengthof(past_name) - 1;

	if (query == NULL || (history = past_part(query, "history")) == NULL ||
		(part = past_part(query, "figures")) == NULL)
		return NULL;
	(void) past_find_horizon((Node *) query->targetList, &days->horizon);
	if (days->horizon == NULL || (until = past_turn_back(history, days)) == NULL)
		return NULL;

	value[0] = (Expr *) past_variable(part, "history", past_column(history, "h"));
	value[1] = (Expr *) past_variable(part, "history", past_column(history, "refunds"));
	value[2] = (Expr *) copyObject(until);
	if (value[0] == NULL)
		return NULL;
	if (days->as_of != NULL)
		value[count++] = (Expr *) past_variable(part, "history", past_column(history, "orders"));
	past->relations = past_relations(query);
	past->query = past_text(query, figures, part, past_name, value, count);
	past->horizon = tcs_metrics_interval(DatumGetIntervalP(days->horizon->constvalue));
	past->days = tcs_interval_days(DatumGetIntervalP(days->horizon->constvalue), "horizon");
	return past;
}

TcsMetricsPast *
tcs_metrics_past(Oid view, int32 days)
{
	PastDays	back = {NULL, NULL, NULL, days};

	return past_make(view, &back);
}

TcsMetricsPast *
tcs_metrics_past_between(Oid view, DateADT as_of, DateADT until)
{
	PastDays	days = {NULL, past_constant(as_of), past_constant(until), 0};

	return past_make(view, &days);
}

/* The histories of a call at each of these moments, as an array. */
static Expr *
moments_array(Aggref *call, Const *horizon, const TcsMetricsMoment *moments, int count)
{
	ArrayExpr  *array = makeNode(ArrayExpr);
	Node	   *until = (Node *) list_nth_node(TargetEntry, call->args, 2)->expr;

	for (int i = 0; i < count; i++)
	{
		Aggref	   *history = copyObject(call);
		Expr	   *day = moments[i].of_past ? past_day(until, horizon) : (Expr *) copyObject(until);

		list_nth_node(TargetEntry, history->args, 2)->expr = past_days_before(day, moments[i].back);
		array->elements = lappend(array->elements, history);
	}
	array->element_typeid = call->aggtype;
	array->array_typeid = get_array_type(call->aggtype);
	array->location = -1;
	return (Expr *) array;
}

char *
tcs_metrics_moments(Oid view, const TcsMetricsMoment *moments, int count, bool *has_attributes)
{
	static const char *const name[] = {"moments", "attributes"};
	RangeTblEntry *figures;
	Query	   *query = figures_query(view, &figures);
	Query	   *history;
	Query	   *part;
	Const	   *horizon = NULL;
	TargetEntry *column;
	TargetEntry *refunds;
	TargetEntry *attributes;
	Aggref	   *call;
	Expr	   *value[lengthof(name)];

	if (query == NULL || (history = past_part(query, "history")) == NULL ||
		(part = past_part(query, "figures")) == NULL)
		return NULL;
	(void) past_find_horizon((Node *) query->targetList, &horizon);
	column = past_column(history, "h");
	refunds = past_column(history, "refunds");
	call = column ? (Aggref *) column->expr : NULL;
	if (horizon == NULL || call == NULL || refunds == NULL || !IsA(call, Aggref) || list_length(call->args) < 3 ||
		exprType((Node *) list_nth_node(TargetEntry, call->args, 2)->expr) != DATEOID)
		return NULL;
	refunds->expr = moments_array(call, horizon, moments, count);
	value[0] = (Expr *) past_variable(part, "history", refunds);
	if (value[0] == NULL)
		return NULL;
	attributes = past_column(part, "attributes");
	*has_attributes = attributes != NULL && type_is_rowtype(exprType((Node *) attributes->expr));
	if (*has_attributes)
		value[1] = copyObject(attributes->expr);
	return past_text(query, figures, part, name, value, *has_attributes ? 2 : 1);
}
