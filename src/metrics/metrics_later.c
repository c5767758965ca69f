/*
 * metrics_later.c
 *		What a metrics view would show on later days, if nobody bought anything.
 *
 * The days since a purchase pass, and the history of a customer stays the same
 * but for its length.  So the log need not be asked again: of the view's query
 * the part that reads it is kept, with the owner's rights that the server has put
 * into it, and the columns are made expressions over what that part finds.
 */
#include "metrics/metrics_later.h"

#include "access/relation.h"
#include "catalog/namespace.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "rewrite/rewriteManip.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/syscache.h"
#include "utils/typcache.h"

#include "metrics/metrics.h"

/* On the way through the expressions of the view. */
typedef struct LaterWalk
{
	const Query *view;
	Query	   *part;			/* its figures */
	int			part_at;		/* their place among its relations */
	bool		in_part;
	Oid			history;		/* the type */
	List	   *found;			/* Vars within the figures */
	List	   *models;			/* subqueries of the view */
	bool		failed;
} LaterWalk;

static Node *later_compose(Node *node, LaterWalk *walk);

static Node *
later_fail(LaterWalk *walk)
{
	walk->failed = true;
	return (Node *) makeBoolConst(false, true);
}

/* A Var of what the query finds, or of the models. */
static Node *
later_number(List **list, Node *node, int varno)
{
	int			number = 1;
	ListCell   *cell;

	foreach(cell, *list)
	{
		if (equal(lfirst(cell), node))
			break;
		number++;
	}
	if (number > list_length(*list))
		*list = lappend(*list, copyObject(node));
	return (Node *) makeVar(varno, number, exprType(node), exprTypmod(node), exprCollation(node), 0);
}

/* What stands for a column, in the figures. */
static Node *
later_variable(Var *var, LaterWalk *walk)
{
	TargetEntry *entry;
	Node	   *result;

	/* attributes of a customer are a whole row of what the figures read */
	if (var->varlevelsup != 0 || var->varattno < 0 || (var->varattno == 0 && !walk->in_part))
		return later_fail(walk);
	if (walk->in_part)
		return later_number(&walk->found, (Node *) var, TCS_LATER_FOUND);
	if (var->varno != walk->part_at ||
		(entry = get_tle_by_resno(walk->part->targetList, var->varattno)) == NULL)
		return later_fail(walk);
	walk->in_part = true;
	result = later_compose((Node *) entry->expr, walk);
	walk->in_part = false;
	return result;
}

/* An expression of the view, over what the query finds. */
static Node *
later_compose(Node *node, LaterWalk *walk)
{
	if (node == NULL)
		return NULL;
	check_stack_depth();
	if (IsA(node, Var))
		return later_variable((Var *) node, walk);
	if (IsA(node, FieldSelect))
	{
		FieldSelect *field = (FieldSelect *) node;
		Node	   *of = later_compose((Node *) field->arg, walk);

		if (IsA(of, Var) && ((Var *) of)->vartype == walk->history)
			return (Node *) makeVar(TCS_LATER_HISTORY, field->fieldnum, field->resulttype,
									field->resulttypmod, field->resultcollid, 0);
		field = copyObject(field);
		field->arg = (Expr *) of;
		return (Node *) field;
	}
	if (IsA(node, SubLink))
	{
		if (walk->in_part || ((SubLink *) node)->subLinkType != EXPR_SUBLINK || contain_vars_of_level(node, 0))
			return later_fail(walk);
		return later_number(&walk->models, node, TCS_LATER_MODEL);
	}
	if (IsA(node, Param) || IsA(node, Aggref) || IsA(node, WindowFunc) || IsA(node, GroupingFunc) ||
		IsA(node, Query))
		return later_fail(walk);
	return expression_tree_mutator(node, later_compose, walk);
}

/* The figures of the query, whose relations know them by that name. */
static RangeTblEntry *
later_find_part(LaterWalk *walk)
{
	ListCell   *cell;

	foreach(cell, walk->view->cteList)
	{
		CommonTableExpr *part = lfirst_node(CommonTableExpr, cell);

		/* models that are fitted anew each day are others */
		if (strcmp(part->ctename, "fit") == 0)
			return NULL;
		if (strcmp(part->ctename, "figures") == 0 && IsA(part->ctequery, Query))
			walk->part = (Query *) part->ctequery;
	}
	foreach(cell, walk->view->rtable)
	{
		RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

		walk->part_at = foreach_current_index(cell) + 1;
		if (rte->rtekind == RTE_CTE && rte->ctelevelsup == 0 && strcmp(rte->ctename, "figures") == 0 &&
			walk->part != NULL && walk->part->setOperations == NULL)
			return rte;
	}
	return NULL;
}

/* The number of the field of a history that has that name and type. */
static int
later_field(TupleDesc history, const char *name, Oid type)
{
	for (int i = 0; i < history->natts; i++)
		if (strcmp(NameStr(TupleDescAttr(history, i)->attname), name) == 0 &&
			TupleDescAttr(history, i)->atttypid == type)
			return i + 1;
	return 0;
}

/* Which of what is found is the history; 0: there are none or several. */
static int
later_find_history(const LaterWalk *walk)
{
	int			at = 0;
	ListCell   *cell;

	foreach(cell, walk->found)
		if (lfirst_node(Var, cell)->vartype == walk->history)
	{
		if (at > 0)
			return 0;
		at = foreach_current_index(cell) + 1;
	}
	return at;
}

/* Have the figures show what was found in them, and the query that and the models. */
static void
later_set_query(Query *query, LaterWalk *walk, RangeTblEntry *figures)
{
	List	   *columns = NIL;
	ListCell   *cell;

	foreach(cell, walk->found)
	{
		Var		   *var = lfirst_node(Var, cell);
		char	   *name = psprintf("found%d", foreach_current_index(cell) + 1);
		int			number = list_length(walk->part->targetList) + 1;

		walk->part->targetList = lappend(walk->part->targetList,
										 makeTargetEntry((Expr *) var, number, name, false));
		figures->eref->colnames = lappend(figures->eref->colnames, makeString(name));
		figures->coltypes = lappend_oid(figures->coltypes, var->vartype);
		figures->coltypmods = lappend_int(figures->coltypmods, var->vartypmod);
		figures->colcollations = lappend_oid(figures->colcollations, var->varcollid);
		columns = lappend(columns, makeTargetEntry((Expr *) makeVar(1, number, var->vartype, var->vartypmod,
																	var->varcollid, 0),
												   list_length(columns) + 1, name, false));
	}
	foreach(cell, walk->models)
		columns = lappend(columns, makeTargetEntry(lfirst(cell), list_length(columns) + 1,
												   psprintf("model%d", foreach_current_index(cell) + 1), false));
	tcs_metrics_read_only(query, figures, columns);
	query->hasSubLinks = walk->models != NIL;
}

/* A row for each that is read: nothing is grouped, sorted, left out or multiplied. */
static bool
later_is_plain(const Query *query)
{
	return query->commandType == CMD_SELECT && query->setOperations == NULL &&
		query->groupClause == NIL && query->groupingSets == NIL && query->windowClause == NIL &&
		query->distinctClause == NIL && query->sortClause == NIL && query->havingQual == NULL &&
		query->limitOffset == NULL && query->limitCount == NULL && query->rowMarks == NIL &&
		!query->hasAggs && !query->hasWindowFuncs && !query->hasTargetSRFs;
}

/* Does the view read the figures, and beside them nothing? */
static bool
later_reads_figures(const LaterWalk *walk)
{
	const FromExpr *from = walk->view->jointree;

	return from->quals == NULL && list_length(from->fromlist) == 1 &&
		IsA(linitial(from->fromlist), RangeTblRef) &&
		linitial_node(RangeTblRef, from->fromlist)->rtindex == walk->part_at;
}

/* Is it as create_metrics makes it, but for what the columns are? */
static bool
later_is_metrics(LaterWalk *walk)
{
	return later_is_plain(walk->view) && later_find_part(walk) != NULL && later_is_plain(walk->part) &&
		later_reads_figures(walk);
}

/* False where it cannot be done. */
static bool
later_take_apart(TcsMetricsLater *later, Query *query)
{
	LaterWalk	walk = {.view = copyObject(query)};
	RangeTblEntry *figures;
	TupleDesc	history;
	ListCell   *cell;

	walk.history = GetSysCacheOid2(TYPENAMENSP, Anum_pg_type_oid, CStringGetDatum("purchase_history"),
								   ObjectIdGetDatum(get_namespace_oid("tcs", false)));
	if (!OidIsValid(walk.history) || !later_is_metrics(&walk))
		return false;
	later->column = palloc0(later->columns->natts * sizeof(Expr *));
	foreach(cell, query->targetList)
	{
		TargetEntry *entry = lfirst_node(TargetEntry, cell);

		if (entry->resjunk || entry->resno > later->columns->natts)
			return false;
		later->column[entry->resno - 1] = (Expr *) later_compose((Node *) entry->expr, &walk);
		if (walk.failed || contain_volatile_functions((Node *) later->column[entry->resno - 1]))
			return false;
	}
	history = lookup_rowtype_tupdesc(walk.history, -1);
	later->history = CreateTupleDescCopy(history);
	ReleaseTupleDesc(history);
	later->history_at = later_find_history(&walk);
	later->t = later_field(later->history, "t", FLOAT8OID);
	later->first_day = later_field(later->history, "first_day", DATEOID);
	if (later->history_at == 0 || later->t == 0 || later->first_day == 0)
		return false;
	later->found = list_length(walk.found);
	later->models = list_length(walk.models);

	walk.view = query;
	figures = later_find_part(&walk);
	later_set_query(query, &walk, figures);
	later->query = query;
	return true;
}

TcsMetricsLater *
tcs_metrics_later(Oid view)
{
	TcsMetricsLater *later = palloc0(sizeof(TcsMetricsLater));
	Relation	relation = relation_open(tcs_metrics_log(view), AccessShareLock);
	bool		serves = false;

	if (relation->rd_rel->relkind == RELKIND_VIEW)
	{
		later->columns = CreateTupleDescCopy(RelationGetDescr(relation));
		serves = later_take_apart(later, copyObject(get_view_query(relation)));
	}
	if (!serves)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("\"%s\" is not a metrics view", RelationGetRelationName(relation)),
				 errdetail("What it shows on a later day is not known."),
				 errhint("Give the name of a view that tcs.create_metrics made; of a view over one, that of the one.")));
	relation_close(relation, NoLock);
	return later;
}
