/*
 * metrics_figures.c
 *		The figures of a metrics view before it rounds them.
 *
 * Models are fitted on what the orders say, not on what is left of it when money
 * has two digits.  The figures are a part of the view's query, which the server
 * keeps as a tree: that part is asked for alone.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/syscache.h"

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

char *
tcs_metrics_figures(Oid view)
{
	Relation	relation = relation_open(view, AccessShareLock);
	Query	   *query = copyObject(get_view_query(relation));
	RangeTblEntry *figures = figures_find(query);
	RangeTblRef *reference;

	relation_close(relation, NoLock);
	if (figures == NULL || query->setOperations != NULL)
		return NULL;
	query->targetList = NIL;
	for (int i = 0; i < lengthof(figure); i++)
	{
		TargetEntry *column = figures_column(figures, i);

		if (column == NULL || (i == lengthof(figure) - 1 && !figures_hold_history(column)))
			return NULL;
		query->targetList = lappend(query->targetList, column);
	}

	/*
	 * Nothing else: what is not joined may not be there, and the text is read
	 * by the caller's search_path, which its operators stand but NULLIF and
	 * the like would not.
	 */
	while (strcmp(llast_node(CommonTableExpr, query->cteList)->ctename, "figures") != 0)
		query->cteList = list_delete_last(query->cteList);
	query->rtable = list_make1(figures);
#if PG_VERSION_NUM >= 160000
	query->rteperminfos = NIL;
#endif
	reference = makeNode(RangeTblRef);
	reference->rtindex = 1;
	query->jointree = makeFromExpr(list_make1(reference), NULL);
	query->groupClause = query->groupingSets = query->windowClause = NIL;
	query->distinctClause = query->sortClause = NIL;
	query->havingQual = query->limitOffset = query->limitCount = NULL;
	query->hasAggs = query->hasWindowFuncs = query->hasTargetSRFs = query->hasDistinctOn = false;
	return pg_get_querydef(query, false);
}
