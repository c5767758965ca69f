/*
 * metrics_log.c
 *		The view behind a metrics view that reads histories which are kept: the one
 *		that reads the log, and knows of other days.
 *
 * keep_metrics gives it a name of its own.  A view that is kept is known by what it
 * reads for its histories: a kept table, after whose name the other is called.
 */
#include "metrics/metrics.h"

#include "access/relation.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

#define KEPT_SUFFIX "_kept"

/* Does it say since when its rows are as they are, and what it is by its name? */
static bool
log_is_kept_table(Oid relation)
{
	AttrNumber	number = get_attnum(relation, "kept_since");
	const char *name = get_rel_name(relation);
	size_t		length = name ? strlen(name) : 0;

	return number > 0 && get_atttype(relation, number) == TIMESTAMPTZOID &&
		length > strlen(KEPT_SUFFIX) &&
		strcmp(name + length - strlen(KEPT_SUFFIX), KEPT_SUFFIX) == 0;
}

static bool
log_find_kept(Node *node, void *table)
{
	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, RangeTblEntry))
	{
		RangeTblEntry *rte = (RangeTblEntry *) node;

		if (rte->rtekind == RTE_RELATION && log_is_kept_table(rte->relid))
		{
			*(Oid *) table = rte->relid;
			return true;
		}
		return false;
	}
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, log_find_kept, table, QTW_EXAMINE_RTES_BEFORE);
	return expression_tree_walker(node, log_find_kept, table);
}

Oid
tcs_metrics_kept(Oid view)
{
	Relation	relation;
	ListCell   *cell;
	Oid			table = InvalidOid;

	if (get_rel_relkind(view) != RELKIND_VIEW)
		return InvalidOid;
	relation = relation_open(view, AccessShareLock);
	foreach(cell, get_view_query(relation)->cteList)
	{
		CommonTableExpr *part = lfirst_node(CommonTableExpr, cell);

		if (strcmp(part->ctename, "history") == 0)
			(void) log_find_kept(part->ctequery, &table);
	}
	relation_close(relation, NoLock);
	return table;
}

Oid
tcs_metrics_log(Oid view)
{
	Oid			table = tcs_metrics_kept(view);
	char	   *name;
	Oid			log;

	if (!OidIsValid(table))
		return view;
	name = get_rel_name(table);
	name[strlen(name) - strlen(KEPT_SUFFIX)] = '\0';
	name = psprintf("%s_log", name);
	log = get_relname_relid(name, get_rel_namespace(table));
	if (!OidIsValid(log) || get_rel_relkind(log) != RELKIND_VIEW ||
		tcs_relation_owner(log) != tcs_relation_owner(view) || OidIsValid(tcs_metrics_kept(log)))
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("metrics view \"%s\", which is kept, has no view \"%s\" that reads its log",
						get_rel_name(view), name),
				 errhint("Rename or move what tcs.keep_metrics made together.")));
	return log;
}
