/*
 * source_at.c
 *		The source of a segmentation as of an earlier moment.
 *
 * A view that tcs makes of an order log says in its first lines which day is the
 * last that counts, by the clock.  With another moment in the place of the clock
 * it is the view of that day, and so is any view over it.  The server keeps
 * views as trees: the moment is put in there, and views beneath by what they
 * stand for.
 */
#include "membership/source_at.h"
#include "metrics/metrics.h"

#include "access/table.h"
#include "catalog/pg_class.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "rewrite/rewriteHandler.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"
#include "utils/rel.h"
#include "utils/ruleutils.h"
#include "utils/timestamp.h"

typedef struct ClockMoment
{
	TimestampTz moment;
	int			days;			/* views that look back from a day */
} ClockMoment;

static Query *view_at(Oid view, ClockMoment *at);

static Const *
moment_constant(Oid type, int length, Datum value)
{
	return makeConst(type, -1, InvalidOid, length, value, false, true);
}

static bool
is_clock_function(Oid function)
{
	return function == F_NOW || function == F_TRANSACTION_TIMESTAMP ||
		function == F_STATEMENT_TIMESTAMP || function == F_CLOCK_TIMESTAMP;
}

/* CURRENT_DATE and the like, in the zone of the segmentation; NULL for others. */
static Node *
clock_value_at(const SQLValueFunction *function, const ClockMoment *at)
{
	Datum		moment = TimestampTzGetDatum(at->moment);

	switch (function->op)
	{
		case SVFOP_CURRENT_DATE:
			return (Node *) moment_constant(DATEOID, sizeof(DateADT),
											DirectFunctionCall1(timestamptz_date, moment));
		case SVFOP_CURRENT_TIMESTAMP:
			return (Node *) moment_constant(TIMESTAMPTZOID, sizeof(TimestampTz), moment);
		case SVFOP_LOCALTIMESTAMP:
			return (Node *) moment_constant(TIMESTAMPOID, sizeof(Timestamp),
											DirectFunctionCall1(timestamptz_timestamp, moment));
		default:
			return NULL;
	}
}

/*
 * A view that is fixed at a day was on earlier days what it would be then, and
 * has not changed since.
 */
static bool
clock_fix_earlier(Node *node, void *context)
{
	const ClockMoment *at = context;

	if (node == NULL)
		return false;
	if (IsA(node, Query))
		return query_tree_walker((Query *) node, clock_fix_earlier, context, 0);
	if (IsA(node, Const) && ((Const *) node)->consttype == DATEOID && !((Const *) node)->constisnull)
	{
		Const	   *day = (Const *) node;
		DateADT		then = DatumGetDateADT(DirectFunctionCall1(timestamptz_date,
															   TimestampTzGetDatum(at->moment)));

		day->constvalue = DateADTGetDatum(Min(DatumGetDateADT(day->constvalue), then));
	}
	return expression_tree_walker(node, clock_fix_earlier, context);
}

/* Does the query say from which day it looks back, as those of tcs do? */
static bool
has_clock_day(const Query *query, ClockMoment *at)
{
	ListCell   *cell;

	foreach(cell, query->cteList)
	{
		CommonTableExpr *cte = lfirst_node(CommonTableExpr, cell);
		Query	   *day = castNode(Query, cte->ctequery);
		TargetEntry *column = day->targetList ? linitial_node(TargetEntry, day->targetList) : NULL;

		if (strcmp(cte->ctename, "day") == 0 && column != NULL && column->resname != NULL &&
			strcmp(column->resname, "as_of") == 0 && exprType((Node *) column->expr) == DATEOID)
		{
			(void) clock_fix_earlier(cte->ctequery, at);
			return true;
		}
	}
	return false;
}

/* Put what a view stands for in its place. */
static void
expand_view(RangeTblEntry *rte, ClockMoment *at)
{
	rte->subquery = view_at(rte->relid, at);
	rte->rtekind = RTE_SUBQUERY;
	rte->relid = InvalidOid;
	rte->relkind = 0;
	rte->rellockmode = NoLock;
	rte->inh = false;
#if PG_VERSION_NUM >= 160000
	rte->perminfoindex = 0;
#else
	rte->requiredPerms = 0;
	rte->checkAsUser = InvalidOid;
#endif
}

static Node *
clock_mutator(Node *node, void *context)
{
	ClockMoment *at = context;

	if (node == NULL)
		return NULL;
	if (IsA(node, FuncExpr) && is_clock_function(((FuncExpr *) node)->funcid))
		return (Node *) moment_constant(TIMESTAMPTZOID, sizeof(TimestampTz),
										TimestampTzGetDatum(at->moment));
	if (IsA(node, SQLValueFunction))
	{
		Node	   *value = clock_value_at((SQLValueFunction *) node, at);

		if (value != NULL)
			return value;
	}
	if (IsA(node, Query))
	{
		Query	   *query = query_tree_mutator((Query *) node, clock_mutator, context, 0);
		ListCell   *cell;

		at->days += has_clock_day(query, at);
		foreach(cell, query->rtable)
		{
			RangeTblEntry *rte = lfirst_node(RangeTblEntry, cell);

			/* not those that stand for the view itself */
			if (rte->rtekind == RTE_RELATION && rte->relkind == RELKIND_VIEW && rte->inFromCl)
				expand_view(rte, at);
		}
		return (Node *) query;
	}
	return expression_tree_mutator(node, clock_mutator, context);
}

static Query *
view_at(Oid view, ClockMoment *at)
{
	Relation	relation;
	Query	   *query;

	CHECK_FOR_INTERRUPTS();
	check_stack_depth();
	relation = table_open(tcs_metrics_log(view), AccessShareLock);
	query = (Query *) clock_mutator((Node *) get_view_query(relation), at);
	table_close(relation, NoLock);
	return query;
}

char *
tcs_source_at(const TcsSegmentation *segmentation, TimestampTz moment)
{
	ClockMoment at = {moment};
	char	   *text = NULL;

	if (get_rel_relkind(segmentation->source_oid) == RELKIND_VIEW)
		text = pg_get_querydef(view_at(segmentation->source_oid, &at), false);

	if (at.days == 0)
		ereport(ERROR,
				(errcode(ERRCODE_WRONG_OBJECT_TYPE),
				 errmsg("the source of segmentation \"%s\" does not say what it was on an earlier day",
						segmentation->name),
				 errdetail("%s is neither a view of tcs.create_metrics nor a view over one.",
						   segmentation->source),
				 errhint("Give a table of who was in which segment from when until when, as the argument history.")));
	return text;
}
