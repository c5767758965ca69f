/*
 * traits_view.c
 *		What a view of traits was made from.
 *
 * It stands in the rule of the view, where the server keeps it up when relations
 * and columns are given other names.  Whoever owns the view may have put anything
 * there: what is not as create_traits writes it is no view of traits.
 */
#include "traits/traits_view.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "parser/parsetree.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"

static Query *
made_find_part(const Query *query, const char *name)
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

/* A constant text; NULL for anything else. */
static char *
made_text(Node *node)
{
	Const	   *constant = (Const *) node;

	if (node == NULL || !IsA(node, Const) || constant->consttype != TEXTOID || constant->constisnull)
		return NULL;
	return TextDatumGetCString(constant->constvalue);
}

static Node *
made_target(const Query *query, int number)
{
	TargetEntry *entry = query ? get_tle_by_resno(query->targetList, number) : NULL;

	return entry ? (Node *) entry->expr : NULL;
}

/* A row of the definitions; false where it is not such. */
static bool
made_take_defined(TcsTraitsMade *made, List *values)
{
	TcsTraitDefined *defined = palloc(sizeof(TcsTraitDefined));

	if (list_length(values) != 8)
		return false;
	defined->trait = made_text(list_nth(values, 0));
	defined->measure = made_text(list_nth(values, 1));
	defined->value = made_text(list_nth(values, 2));
	defined->condition = made_text(list_nth(values, 3));
	defined->within = made_text(list_nth(values, 4));
	defined->since = made_text(list_nth(values, 5));
	defined->gap = made_text(list_nth(values, 6));
	defined->steps = made_text(list_nth(values, 7));
	made->defined = lappend(made->defined, defined);
	return defined->trait && defined->measure;
}

/* All of them: one row alone stands in the target list. */
static bool
made_read_defined(const Query *query, TcsTraitsMade *made)
{
	List	   *only = NIL;
	ListCell   *cell;
	ListCell   *row;

	if (query == NULL)
		return true;
	foreach(cell, query->rtable)
	{
		RangeTblEntry *rte = lfirst(cell);

		if (rte->rtekind != RTE_VALUES)
			continue;
		foreach(row, rte->values_lists)
			if (!made_take_defined(made, lfirst(row)))
			return false;
		return true;
	}
	foreach(cell, query->targetList)
		only = lappend(only, lfirst_node(TargetEntry, cell)->expr);
	return made_take_defined(made, only);
}

/* The day at which the view is fixed is the one date that its first part holds. */
static bool
made_find_day(Node *node, void *arg)
{
	TcsTraitsMade *made = arg;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, made_find_day, arg, 0);
	if (IsA(node, Const) && ((Const *) node)->consttype == DATEOID && !((Const *) node)->constisnull)
	{
		made->has_as_of = true;
		made->as_of = DatumGetDateADT(((Const *) node)->constvalue);
	}
	return expression_tree_walker(node, made_find_day, arg);
}

/* A column of a relation, below any domain: the relation and its name. */
static char *
made_column(const Query *query, Node *node, Oid *relation)
{
	Var		   *var;
	RangeTblEntry *rte;

	while (node != NULL && (IsA(node, RelabelType) || IsA(node, CoerceToDomain)))
		node = IsA(node, RelabelType) ? (Node *) ((RelabelType *) node)->arg :
			(Node *) ((CoerceToDomain *) node)->arg;
	if (node == NULL || !IsA(node, Var))
		return NULL;
	var = (Var *) node;
	if (var->varlevelsup != 0 || var->varattno <= 0 || var->varno < 1 || var->varno > list_length(query->rtable))
		return NULL;
	rte = rt_fetch(var->varno, query->rtable);
	if (TCS_GROUP_COLUMN(rte, var->varattno) != NULL)
		return made_column(query, TCS_GROUP_COLUMN(rte, var->varattno), relation);
	if (rte->rtekind == RTE_SUBQUERY)
		return made_column(rte->subquery, made_target(rte->subquery, var->varattno), relation);
	if (rte->rtekind != RTE_RELATION)
		return NULL;
	*relation = rte->relid;
	return get_attname(rte->relid, var->varattno, true);
}

/* The query that reads the log: the one given, or the one that it reads from. */
static const Query *
made_find_log(const Query *query)
{
	ListCell   *cell;

	foreach(cell, query->rtable)
		if (((RangeTblEntry *) lfirst(cell))->rtekind == RTE_SUBQUERY)
		return ((RangeTblEntry *) lfirst(cell))->subquery;
	return query;
}

/* The time of an event is what the first condition on the log compares with the day. */
static char *
made_find_at(const Query *log)
{
	Node	   *quals = log->jointree ? log->jointree->quals : NULL;
	Oid			relation;

	if (quals != NULL && IsA(quals, BoolExpr) && ((BoolExpr *) quals)->boolop == AND_EXPR)
		quals = linitial(((BoolExpr *) quals)->args);
	if (quals == NULL || !IsA(quals, OpExpr) || list_length(((OpExpr *) quals)->args) != 2)
		return NULL;
	return made_column(log, linitial(((OpExpr *) quals)->args), &relation);
}

static TcsTraitsMade *
made_read(Query *query)
{
	TcsTraitsMade *made = palloc0(sizeof(TcsTraitsMade));
	Query	   *definitions = made_find_part(query, "definitions");
	Query	   *day = made_find_part(query, "day");
	const Query *figures = made_find_part(query, "figures");

	made->trait_set = made_text(made_target(definitions, 1));
	made->zone = made_text(made_target(definitions, 2));
	made->time_zone = made_text(made_target(definitions, 3));
	if (made->trait_set == NULL || made->zone == NULL || day == NULL ||
		!made_read_defined(made_find_part(query, "defined"), made))
		return NULL;
	(void) made_find_day((Node *) day, made);
	if (figures != NULL)
	{
		made->customers_key = made_column(query, made_target(query, 1), &made->customers);
		if (made->customers_key == NULL)
			return NULL;
	}
	else
		figures = query;
	made->customer = made_column(figures, made_target(figures, 1), &made->events);
	made->at = made_find_at(made_find_log(figures));
	return made->customer && made->at ? made : NULL;
}

TcsTraitsMade *
tcs_traits_made(Oid view)
{
	Relation	relation;
	TcsTraitsMade *made;

	if (get_rel_relkind(view) != RELKIND_VIEW)
		return NULL;
	relation = relation_open(view, AccessShareLock);
	made = made_read(get_view_query(relation));
	relation_close(relation, NoLock);
	return made;
}
