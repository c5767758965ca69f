/*
 * traits_due.c
 *		segment_due over a view of traits: whose segment will be another, on which
 *		day, as events leave their windows.
 *
 * What a trait is on a later day cannot be told from what it is today.  So the
 * view's own query, with the owner's rights that the server has put into it, is
 * run as of each day, with the end of that day in the place of the clock.
 */
#include "traits/traits_view.h"

#include "access/relation.h"
#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/fmgroids.h"
#include "utils/fmgrprotos.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "expressions/check_rows.h"
#include "metrics/metrics.h"
#include "rules/rules.h"

/* A customer, as text, and the segment of today. */
typedef struct DueCustomer
{
	const char *key;
	const text *segment;		/* one for all of its customers; NULL: none */
	bool		is_told;
	uint32		hash;
	char		status;
} DueCustomer;

#define SH_PREFIX due_customers
#define SH_ELEMENT_TYPE DueCustomer
#define SH_KEY_TYPE const char *
#define SH_KEY key
#define SH_HASH_KEY(table, key) hash_bytes((const unsigned char *) (key), strlen(key))
#define SH_EQUAL(table, a, b) (strcmp(a, b) == 0)
#define SH_STORE_HASH
#define SH_GET_HASH(table, element) (element)->hash
#define SH_SCOPE static inline
#define SH_DECLARE
#define SH_DEFINE
#include "lib/simplehash.h"

typedef struct TraitsDue
{
	DestReceiver receiver;		/* first: what the executor knows */
	ReturnSetInfo *result;
	MemoryContext context;
	const TcsTraitsMade *made;
	TcsPlaces	places;
	ExprState  *segment;
	ExprContext *row;
	FmgrInfo	key_output;
	due_customers_hash *customers;
	List	   *segments;		/* of text *: those that there are */
	bool		is_today;
	DateADT		day;
} TraitsDue;

/* For the mutator: the day, and the moment that ends it. */
typedef struct DueMoment
{
	DateADT		day;
	TimestampTz moment;
	bool		in_day;			/* in the part that says which day it is */
} DueMoment;

static Node *
traits_due_mutator(Node *node, void *context)
{
	DueMoment  *at = context;

	if (node == NULL)
		return NULL;
	check_stack_depth();
	if (IsA(node, FuncExpr) && ((FuncExpr *) node)->funcid == F_NOW)
		return (Node *) makeConst(TIMESTAMPTZOID, -1, InvalidOid, sizeof(TimestampTz),
								  TimestampTzGetDatum(at->moment), false, FLOAT8PASSBYVAL);
	if (at->in_day && IsA(node, Const) && ((Const *) node)->consttype == DATEOID)
		return (Node *) makeConst(DATEOID, -1, InvalidOid, sizeof(DateADT), DateADTGetDatum(at->day), false, true);
	if (IsA(node, CommonTableExpr) && strcmp(((CommonTableExpr *) node)->ctename, "day") == 0)
	{
		CommonTableExpr *part = copyObject((CommonTableExpr *) node);

		at->in_day = true;
		part->ctequery = (Node *) query_tree_mutator(castNode(Query, part->ctequery), traits_due_mutator, context, 0);
		at->in_day = false;
		return (Node *) part;
	}
	if (IsA(node, Query))
		return (Node *) query_tree_mutator((Query *) node, traits_due_mutator, context, 0);
	return expression_tree_mutator(node, traits_due_mutator, context);
}

/* The last microsecond of a day in the zone of the view. */
static TimestampTz
traits_due_moment(const TcsTraitsMade *made, DateADT day)
{
	Datum		midnight = DirectFunctionCall1(date_timestamp, DateADTGetDatum(day + 1));

	return DatumGetTimestampTz(DirectFunctionCall2(timestamp_zone, CStringGetTextDatum(made->zone), midnight)) - 1;
}

/* The one copy of a segment. */
static const text *
traits_due_keep(TraitsDue *due, const text *segment)
{
	ListCell   *cell;
	text	   *kept;

	if (segment == NULL)
		return NULL;
	foreach(cell, due->segments)
	{
		kept = lfirst(cell);
		if (VARSIZE_ANY_EXHDR(kept) == VARSIZE_ANY_EXHDR(segment) &&
			memcmp(VARDATA_ANY(kept), VARDATA_ANY(segment), VARSIZE_ANY_EXHDR(kept)) == 0)
			return kept;
	}
	kept = MemoryContextAlloc(due->context, VARSIZE_ANY(segment));
	memcpy(kept, segment, VARSIZE_ANY(segment));
	due->segments = lappend(due->segments, kept);
	return kept;
}

static void
traits_due_put(TraitsDue *due, const DueCustomer *customer, const text *next)
{
	Datum		values[4] = {0};
	bool		nulls[4] = {0};

	values[0] = CStringGetTextDatum(customer->key);
	nulls[1] = customer->segment == NULL;
	values[1] = PointerGetDatum(customer->segment);
	nulls[2] = next == NULL;
	values[2] = PointerGetDatum(next);
	values[3] = DateADTGetDatum(due->day);
	tuplestore_putvalues(due->result->setResult, due->result->setDesc, values, nulls);
}

/* A row of the view as of a day. */
static bool
traits_due_receive(TupleTableSlot *slot, DestReceiver *receiver)
{
	TraitsDue  *due = (TraitsDue *) receiver;
	MemoryContext old;
	Datum		value;
	bool		isnull;
	const text *segment;
	const char *key;
	DueCustomer *customer;
	bool		found;

	CHECK_FOR_INTERRUPTS();
	slot_getallattrs(slot);
	if (slot->tts_isnull[0])
		return true;
	ResetExprContext(due->row);
	due->row->ecxt_scantuple = slot;
	old = MemoryContextSwitchTo(due->row->ecxt_per_tuple_memory);
	value = tcs_places_evaluate(&due->places, due->segment, due->row, &isnull);
	segment = isnull ? NULL : DatumGetTextPP(value);
	key = OutputFunctionCall(&due->key_output, slot->tts_values[0]);
	MemoryContextSwitchTo(due->context);
	segment = traits_due_keep(due, segment);
	if (due->is_today)
	{
		customer = due_customers_insert(due->customers, MemoryContextStrdup(due->context, key), &found);
		customer->segment = segment;
		customer->is_told = false;
	}
	else
	{
		customer = due_customers_lookup(due->customers, key);
		if (customer != NULL && !customer->is_told && customer->segment != segment)
		{
			MemoryContextSwitchTo(due->row->ecxt_per_tuple_memory);
			traits_due_put(due, customer, segment);
			customer->is_told = true;
		}
	}
	MemoryContextSwitchTo(old);
	return true;
}

static void
traits_due_begin(DestReceiver *receiver, int operation, TupleDesc columns)
{
}

static void
traits_due_end(DestReceiver *receiver)
{
}

/* Run the view's query as of a day, as reading the view would. */
static void
traits_due_run(TraitsDue *due, const Query *view, DateADT day)
{
	DueMoment	at = {day, traits_due_moment(due->made, day)};
	Query	   *query = castNode(Query, traits_due_mutator((Node *) copyObject(view), &at));
	List	   *rewritten;
	PlannedStmt *plan;
	QueryDesc  *run;

	due->day = day;
	AcquireRewriteLocks(query, true, false);
	rewritten = QueryRewrite(query);
	if (list_length(rewritten) != 1)
		elog(ERROR, "unexpected result of QueryRewrite");
	plan = TCS_PLAN_QUERY(linitial_node(Query, rewritten), "", CURSOR_OPT_PARALLEL_OK, NULL);
	run = CreateQueryDesc(plan, "", GetActiveSnapshot(), InvalidSnapshot, &due->receiver, NULL, NULL, 0);
	ExecutorStart(run, 0);
	TCS_EXECUTOR_RUN(run);
	ExecutorFinish(run);
	ExecutorEnd(run);
	FreeQueryDesc(run);
}

/* The rules over the columns of the view, which the clock must not enter. */
static void
traits_due_compile(TraitsDue *due, const char *rule_set, TupleDesc columns)
{
	const TcsRuleSet *set = tcs_rules_read(rule_set);
	Node	   *rules = tcs_segment_expression(TCS_SEGMENT_ASSIGN, set, NULL, columns, &due->places);
	Oid			output;
	bool		is_varlena;

	if (tcs_uses_clock(rules))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rule set \"%s\" asks the clock", set->name),
				 errdetail("What a condition with now() or current_date says on a later day cannot be asked today."),
				 errhint("Use a trait with the measure days_since_last or days_since_first, which counts the days that pass.")));
	due->segment = tcs_places_init(&due->places, expression_planner((Expr *) rules));
	due->row = CreateStandaloneExprContext();
	getTypeOutputInfo(TupleDescAttr(columns, 0)->atttypid, &output, &is_varlena);
	fmgr_info(output, &due->key_output);
}

bool
tcs_traits_due(FunctionCallInfo fcinfo, Oid relation, const char *rule_set, DateADT until)
{
	TraitsDue	due = {{0}};
	MemoryContext per_day;
	Relation	view;
	Query	   *query;
	DateADT		today;

	due.made = tcs_traits_made(relation);
	if (due.made == NULL)
		return false;
	due.result = (ReturnSetInfo *) fcinfo->resultinfo;
	due.context = due.places.context = CurrentMemoryContext;
	due.receiver.receiveSlot = traits_due_receive;
	due.receiver.rStartup = traits_due_begin;
	due.receiver.rShutdown = traits_due_end;
	due.receiver.rDestroy = traits_due_end;
	due.receiver.mydest = DestNone;
	due.customers = due_customers_create(CurrentMemoryContext, 1024, NULL);
	view = relation_open(relation, AccessShareLock);
	query = copyObject(get_view_query(view));
	traits_due_compile(&due, rule_set, RelationGetDescr(view));
	relation_close(view, NoLock);

	today = due.made->has_as_of ? due.made->as_of :
		DatumGetDateADT(DirectFunctionCall1(timestamp_date,
											DirectFunctionCall2(timestamptz_zone, CStringGetTextDatum(due.made->zone),
																TimestampTzGetDatum(GetCurrentTransactionStartTimestamp()))));
	per_day = AllocSetContextCreate(CurrentMemoryContext, "tcs traits due", ALLOCSET_DEFAULT_SIZES);
	for (int64 day = today; day <= until; day++)
	{
		MemoryContext old = MemoryContextSwitchTo(per_day);

		due.is_today = day == today;
		traits_due_run(&due, query, (DateADT) day);
		MemoryContextSwitchTo(old);
		MemoryContextReset(per_day);
	}
	FreeExprContext(due.row, true);
	return true;
}
