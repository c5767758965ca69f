/*
 * segment_due.c
 *		segment_due: whose segment will be another, on which day, if nobody buys.
 *
 * The log is read once.  Each customer's history is then made longer, and the
 * columns that the rules use are worked out by the view's own expressions, until
 * the segment is another.  Columns that the day does not enter are worked out once.
 *
 * Not every day is looked at.  What the day enters is put into the rules as
 * probes, which note what they found when the evaluation came to them.  Of what
 * never turns back (days since a purchase, the rank of these, comparisons of the
 * one with what stays) the same at two days means the same in between; so where
 * two days leave the same trace of probes, all days between them do, and have the
 * same segment.  What may turn back leaves a trace that is never the same.
 */
#include "metrics/later_course.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/execExpr.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "rewrite/rewriteHandler.h"
#include "tcop/tcopprot.h"
#include "utils/acl.h"
#include "utils/builtins.h"
#include "utils/date.h"
#include "utils/lsyscache.h"
#include "utils/snapmgr.h"
#include "utils/tuplestore.h"

#include "expressions/check_rows.h"
#include "metrics/metrics.h"
#include "rules/rules.h"
#include "server/server.h"

PG_FUNCTION_INFO_V1(tcs_segment_due);

/* for relations that are not of metrics */
static TcsDue due_of_others = NULL;

void
tcs_due_register(TcsDue due)
{
	due_of_others = due;
}

/* The columns of the answer. */
enum
{
	DUE_KEY,
	DUE_SEGMENT,
	DUE_NEXT,
	DUE_DAY,
	DUE_COLUMNS
};

/* A column that the rules use. */
typedef struct DueColumn
{
	int			number;			/* in the view, from 0 */
	ExprState  *state;
	bool		history;		/* does it take the history as a whole? */
	uint64		look;			/* at which it was worked out last */
} DueColumn;

/* What is noted of a part of the rules that the day enters. */
typedef enum DueKind
{
	DUE_VALUE,					/* what it is */
	DUE_RANK,					/* what it depends on */
	DUE_EVER_NEW				/* that it was asked */
} DueKind;

typedef struct DueProbe
{
	struct DueWalk *walk;
	int			number;
	DueKind		kind;
	Expr	   *expr;			/* over the columns of the view */
	ExprState  *value;
	ExprState  *rank;
} DueProbe;

/* What is made of the customers, who come one by one. */
typedef struct DueWalk
{
	DestReceiver receiver;		/* first: what the executor knows */
	TcsMetricsLater *later;
	const TcsRuleSet *set;
	DateADT		until;
	ReturnSetInfo *result;

	/* set at the first customer, when the models are known; in this context */
	MemoryContext context;
	bool		compiled;
	Expr	   *rules;
	TupleTableSlot *slot;		/* columns of the view, what the query found,
								 * and the fields of the history */
	DueColumn  *still;			/* columns that stay as they are */
	int			still_count;
	DueColumn  *moving;			/* that are numbers of days */
	int			moving_count;
	DueColumn  *others;			/* by number: worked out where it is asked for */
	uint64		look;			/* how many days have been looked at */
	uint64		history_look;	/* when the history was made last */
	ExprContext *customer;		/* for what lives as long as a customer is
								 * looked at */
	ExprContext *day;
	TcsPlaces	places;
	ExprState  *segment;
	FmgrInfo	key_output;

	TcsCourse  *course;			/* of the columns of the view */
	Expr	  **rank;			/* of those that go by rank */
	List	   *probes;
	uint64		ever;			/* never the same */
	StringInfoData trace;		/* of the day that was looked at last: ... */
	StringInfoData base;		/* and of one to compare it with */
	int64		looked_at;		/* ... so many days on, ... */
	text	   *found;			/* ... and the segment */
} DueWalk;

/* The places in the slot, from 0. */
static int
due_found_at(const DueWalk *walk, int number)
{
	return walk->later->columns->natts + number - 1;
}

static int
due_history_at(const DueWalk *walk, int field)
{
	return due_found_at(walk, walk->later->found + field);
}

/* For the mutator: the models as they are in a row of the query. */
typedef struct DueSettle
{
	const DueWalk *walk;
	TupleTableSlot *row;
} DueSettle;

/* Vars become those of the slot, and models constants. */
static Node *
due_settle(Node *node, DueSettle *settle)
{
	const DueWalk *walk = settle->walk;
	Var		   *var = (Var *) node;

	if (node == NULL)
		return NULL;
	if (!IsA(node, Var))
		return expression_tree_mutator(node, due_settle, settle);
	if (var->varno == TCS_LATER_MODEL)
	{
		int			at = walk->later->found + var->varattno - 1;
		int16		length;
		bool		by_value;
		Datum		value = settle->row->tts_values[at];

		get_typlenbyval(var->vartype, &length, &by_value);
		if (!settle->row->tts_isnull[at] && length == -1)
			value = PointerGetDatum(PG_DETOAST_DATUM_COPY(value));
		return (Node *) makeConst(var->vartype, var->vartypmod, var->varcollid, length, value,
								  settle->row->tts_isnull[at], by_value);
	}
	var = copyObject(var);
	var->varattno = 1 + (var->varno == TCS_LATER_HISTORY ? due_history_at(walk, var->varattno) :
						 due_found_at(walk, var->varattno));
	var->varno = 1;
	return (Node *) var;
}

/* Does the day enter it, and how? */
typedef struct DueNeeds
{
	const TcsMetricsLater *later;
	bool		day;
	bool		history;		/* as a whole */
} DueNeeds;

static bool
due_find_needs(Node *node, DueNeeds *needs)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
	{
		Var		   *var = (Var *) node;

		if (var->varno == TCS_LATER_FOUND && var->varattno == needs->later->history_at)
			needs->history = needs->day = true;
		if (var->varno == TCS_LATER_HISTORY && var->varattno == needs->later->t)
			needs->day = true;
		return false;
	}
	return expression_tree_walker(node, due_find_needs, needs);
}

/* Make the history as long as t says; its parts are in the slot. */
static void
due_make_history(DueWalk *walk)
{
	const TcsMetricsLater *later = walk->later;
	int			parts = due_history_at(walk, 1);
	MemoryContext old = MemoryContextSwitchTo(walk->day->ecxt_per_tuple_memory);
	HeapTuple	tuple = heap_form_tuple(later->history, walk->slot->tts_values + parts,
										walk->slot->tts_isnull + parts);

	walk->slot->tts_values[due_found_at(walk, later->history_at)] = HeapTupleGetDatum(tuple);
	walk->history_look = walk->look;
	MemoryContextSwitchTo(old);
}

/* Have a column in the slot, once a look. */
static void
due_work_out_other(DueWalk *walk, DueColumn *column)
{
	if (column->look == walk->look)
		return;
	if (column->history && walk->history_look != walk->look)
		due_make_history(walk);
	walk->slot->tts_values[column->number] =
		ExecEvalExprSwitchContext(column->state, walk->day, &walk->slot->tts_isnull[column->number]);
	column->look = walk->look;
}

/* Note what a probe found, and hand it on to the rules. */
static void
due_probe(ExprState *state, ExprEvalStep *op, ExprContext *econtext)
{
	DueProbe   *probe = op->d.cparam.paramarg;
	DueWalk    *walk = probe->walk;
	Datum		noted;
	bool		isnull;

	if (IsA(probe->expr, Var) && walk->others[((Var *) probe->expr)->varattno - 1].state != NULL)
		due_work_out_other(walk, &walk->others[((Var *) probe->expr)->varattno - 1]);
	*op->resvalue = ExecEvalExpr(probe->value, econtext, op->resnull);
	noted = *op->resvalue;
	isnull = *op->resnull;
	if (probe->kind == DUE_RANK)
		noted = ExecEvalExpr(probe->rank, econtext, &isnull);
	if (probe->kind == DUE_EVER_NEW)
	{
		noted = UInt64GetDatum(++walk->ever);
		isnull = false;
	}
	appendBinaryStringInfo(&walk->trace, (char *) &probe->number, sizeof(probe->number));
	appendStringInfoChar(&walk->trace, isnull ? 'n' : 'v');
	if (!isnull)
		appendBinaryStringInfo(&walk->trace, (char *) &noted, sizeof(noted));
}

/* Where the rules are compiled. */
static void
due_compile_probe(void *arg, Param *param, ExprState *state, Datum *resv, bool *resnull)
{
	DueWalk    *walk = arg;
	ExprEvalStep step = {0};

	step.opcode = EEOP_PARAM_CALLBACK;
	step.resvalue = resv;
	step.resnull = resnull;
	step.d.cparam.paramfunc = due_probe;
	step.d.cparam.paramarg = list_nth(walk->probes, param->paramid - TCS_OTHER_PARAMETERS - 1);
	step.d.cparam.paramid = param->paramid;
	step.d.cparam.paramtype = param->paramtype;
	ExprEvalPushStep(state, &step);
}

/* A probe in the place of an expression. */
static Node *
due_put_probe(DueWalk *walk, DueKind kind, Node *node)
{
	DueProbe   *probe = palloc0(sizeof(DueProbe));
	Param	   *param = makeNode(Param);

	probe->walk = walk;
	probe->number = list_length(walk->probes);
	probe->kind = kind;
	probe->expr = (Expr *) node;
	walk->probes = lappend(walk->probes, probe);
	param->paramkind = PARAM_EXTERN;
	param->paramid = TCS_OTHER_PARAMETERS + list_length(walk->probes);
	param->paramtype = exprType(node);
	param->paramtypmod = exprTypmod(node);
	param->paramcollid = exprCollation(node);
	param->location = -1;
	return (Node *) param;
}

/* The rules with probes for what the day enters. */
static Node *
due_put_probes(Node *node, DueWalk *walk)
{
	if (node == NULL)
		return NULL;
	if (tcs_later_is_step(walk->course, node))
		return due_put_probe(walk, DUE_VALUE, node);
	if (IsA(node, Var))
		switch (walk->course[((Var *) node)->varattno - 1])
		{
			case TCS_STAYS:
				return node;
			case TCS_RISES:
			case TCS_FALLS:
				return due_put_probe(walk, get_typbyval(((Var *) node)->vartype) ? DUE_VALUE : DUE_EVER_NEW, node);
			case TCS_BY_RANK:
				return due_put_probe(walk, DUE_RANK, node);
			case TCS_ANY_COURSE:
				return due_put_probe(walk, DUE_EVER_NEW, node);
		}
	return expression_tree_mutator(node, due_put_probes, walk);
}

static bool
due_find_columns(Node *node, Bitmapset **columns)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		*columns = bms_add_member(*columns, ((Var *) node)->varattno);
	return expression_tree_walker(node, due_find_columns, columns);
}

/* The columns of the view, of what was found, and of the history, side by side. */
static TupleDesc
due_describe(const DueWalk *walk, TupleDesc found)
{
	const TcsMetricsLater *later = walk->later;
	TupleDesc	columns = CreateTemplateTupleDesc(due_history_at(walk, later->history->natts) + 1);

	for (int i = 0; i < later->columns->natts; i++)
		TupleDescCopyEntry(columns, i + 1, later->columns, i + 1);
	for (int i = 1; i <= later->found; i++)
		TupleDescCopyEntry(columns, due_found_at(walk, i) + 1, found, i);
	for (int i = 1; i <= later->history->natts; i++)
		TupleDescCopyEntry(columns, due_history_at(walk, i) + 1, later->history, i);
	TupleDescFinalize(columns);
	return columns;
}

static void
due_add_column(DueWalk *walk, int number, DueSettle *settle)
{
	Expr	   *expr = walk->later->column[number];
	DueNeeds	needs = {walk->later};
	DueColumn  *column;

	(void) due_find_needs((Node *) expr, &needs);
	walk->course[number] = tcs_later_column_course(walk->later, expr, &walk->rank[number]);
	if (!needs.day)
		column = &walk->still[walk->still_count++];
	else if (walk->course[number] == TCS_RISES || walk->course[number] == TCS_FALLS)
		column = &walk->moving[walk->moving_count++];
	else
		column = &walk->others[number];
	column->history = needs.history;
	column->number = number;
	column->state = ExecInitExpr(expression_planner((Expr *) due_settle((Node *) expr, settle)), NULL);
}

/* The rules as they are evaluated. */
static void
due_compile_probes(DueWalk *walk, DueSettle *settle)
{
	Expr	   *rules = (Expr *) due_put_probes((Node *) expression_planner(walk->rules), walk);
	ListCell   *cell;

	foreach(cell, walk->probes)
	{
		DueProbe   *probe = lfirst(cell);

		probe->value = ExecInitExpr(expression_planner(probe->expr), NULL);
		if (probe->kind == DUE_RANK)
			probe->rank = ExecInitExpr(expression_planner((Expr *)
														  due_settle((Node *) walk->rank[((Var *) probe->expr)->varattno - 1], settle)), NULL);
	}
	walk->places.other = due_compile_probe;
	walk->places.arg = walk;
	walk->segment = tcs_places_init(&walk->places, rules);
	initStringInfo(&walk->trace);
	initStringInfo(&walk->base);
}

static void
due_compile(DueWalk *walk, TupleTableSlot *row)
{
	DueSettle	settle = {walk, row};
	int			natts = walk->later->columns->natts;
	Bitmapset  *columns = bms_make_singleton(1);
	Oid			output;
	bool		is_varlena;
	int			number = -1;

	walk->slot = MakeSingleTupleTableSlot(due_describe(walk, row->tts_tupleDescriptor), &TTSOpsVirtual);
	ExecStoreAllNullTuple(walk->slot);
	walk->customer = CreateStandaloneExprContext();
	walk->day = CreateStandaloneExprContext();
	walk->customer->ecxt_scantuple = walk->day->ecxt_scantuple = walk->slot;

	walk->course = palloc0(natts * sizeof(TcsCourse));
	walk->rank = palloc0(natts * sizeof(Expr *));
	walk->still = palloc0(natts * sizeof(DueColumn));
	walk->moving = palloc0(natts * sizeof(DueColumn));
	walk->others = palloc0(natts * sizeof(DueColumn));
	(void) due_find_columns((Node *) walk->rules, &columns);
	while ((number = bms_next_member(columns, number)) >= 0)
		due_add_column(walk, number - 1, &settle);
	due_compile_probes(walk, &settle);
	getTypeOutputInfo(TupleDescAttr(walk->later->columns, 0)->atttypid, &output, &is_varlena);
	fmgr_info(output, &walk->key_output);
	walk->compiled = true;
}

static void
due_work_out(DueWalk *walk, const DueColumn *column, int count, ExprContext *context)
{
	for (int i = 0; i < count; i++)
		walk->slot->tts_values[column[i].number] =
			ExecEvalExprSwitchContext(column[i].state, context,
									  &walk->slot->tts_isnull[column[i].number]);
}

/* The customer's segment so many days on, the history being so long by then; NULL: none. */
static text *
due_segment(DueWalk *walk, int64 days, double t)
{
	MemoryContext old;
	Datum		segment;
	bool		isnull;

	CHECK_FOR_INTERRUPTS();
	ResetExprContext(walk->day);
	resetStringInfo(&walk->trace);
	walk->look++;
	walk->slot->tts_values[due_history_at(walk, walk->later->t)] = Float8GetDatum(t + (double) days);
	due_work_out(walk, walk->moving, walk->moving_count, walk->day);
	old = MemoryContextSwitchTo(walk->day->ecxt_per_tuple_memory);
	segment = tcs_places_evaluate(&walk->places, walk->segment, walk->day, &isnull);
	MemoryContextSwitchTo(old);
	walk->looked_at = days;
	walk->found = isnull ? NULL : DatumGetTextPP(segment);
	return walk->found;
}

/* Does that day leave the trace of the one to compare with? */
static bool
due_is_traced(DueWalk *walk, int64 days, double t)
{
	(void) due_segment(walk, days, t);
	return walk->trace.len == walk->base.len && memcmp(walk->trace.data, walk->base.data, walk->base.len) == 0;
}

/* Compare with the day that was looked at last. */
static void
due_set_base(DueWalk *walk)
{
	resetStringInfo(&walk->base);
	appendBinaryStringInfo(&walk->base, walk->trace.data, walk->trace.len);
}

/*
 * The first day after that of the base that leaves another trace, up to most,
 * from which it is known that it does, or to be found out.
 */
static int64
due_next_trace(DueWalk *walk, int64 base, int64 most, double t)
{
	int64		same = base;
	int64		other = base + 1;

	while (due_is_traced(walk, other, t))
	{
		if (other == most)
			return most + 1;
		same = other;
		other = Min(most, same + 2 * (same - base));
	}
	while (other - same > 1)
	{
		int64		middle = same + (other - same) / 2;

		if (due_is_traced(walk, middle, t))
			same = middle;
		else
			other = middle;
	}
	return other;
}

/* The same for as long as the customer is looked at. */
static text *
due_keep(DueWalk *walk, const text *segment)
{
	text	   *kept;

	if (segment == NULL)
		return NULL;
	kept = MemoryContextAlloc(walk->customer->ecxt_per_tuple_memory, VARSIZE_ANY(segment));
	memcpy(kept, segment, VARSIZE_ANY(segment));
	return kept;
}

static bool
due_is_same(const text *left, const text *right)
{
	if (left == NULL || right == NULL)
		return left == right;
	return VARSIZE_ANY_EXHDR(left) == VARSIZE_ANY_EXHDR(right) &&
		memcmp(VARDATA_ANY(left), VARDATA_ANY(right), VARSIZE_ANY_EXHDR(left)) == 0;
}

static void
due_put(DueWalk *walk, const text *segment, const text *next, DateADT day)
{
	Datum		values[DUE_COLUMNS] = {0};
	bool		nulls[DUE_COLUMNS] = {0};
	MemoryContext old = MemoryContextSwitchTo(walk->customer->ecxt_per_tuple_memory);

	nulls[DUE_KEY] = walk->slot->tts_isnull[0];
	if (!nulls[DUE_KEY])
		values[DUE_KEY] = CStringGetTextDatum(OutputFunctionCall(&walk->key_output, walk->slot->tts_values[0]));
	nulls[DUE_SEGMENT] = segment == NULL;
	values[DUE_SEGMENT] = PointerGetDatum(segment);
	nulls[DUE_NEXT] = next == NULL;
	values[DUE_NEXT] = PointerGetDatum(next);
	values[DUE_DAY] = DateADTGetDatum(day);
	tuplestore_putvalues(walk->result->setResult, walk->result->setDesc, values, nulls);
	MemoryContextSwitchTo(old);
}

/* The length of the history, and the last day of it; false where it has none. */
static bool
due_read_history(DueWalk *walk, Datum history, double *t, int64 *last_day)
{
	const TcsMetricsLater *later = walk->later;
	int			at = due_history_at(walk, 1);
	DateADT		first_day;

	tcs_row_columns(DatumGetHeapTupleHeader(history), later->history, walk->slot->tts_values + at, walk->slot->tts_isnull + at);
	at = due_history_at(walk, later->t);
	if (walk->slot->tts_isnull[at] || walk->slot->tts_isnull[due_history_at(walk, later->first_day)])
		return false;
	*t = DatumGetFloat8(walk->slot->tts_values[at]);
	first_day = DatumGetDateADT(walk->slot->tts_values[due_history_at(walk, later->first_day)]);
	*last_day = (int64) first_day + (int64) *t;
	return !DATE_NOT_FINITE(first_day);
}

/*
 * The first day, up to most, on which the customer's segment is another than
 * the one that is given and was looked at last; it is then in found.  0: there
 * is none.
 */
static int64
due_find_day(DueWalk *walk, const text *segment, int64 most, double t)
{
	int64		day = 0;

	due_set_base(walk);
	/* most customers stay where they are */
	if (most < 1 || due_is_traced(walk, most, t))
		return 0;
	while (day < most)
	{
		day = due_next_trace(walk, day, most, t);
		if (day > most)
			return 0;
		if (walk->looked_at != day)
			(void) due_segment(walk, day, t);
		if (!due_is_same(segment, walk->found))
			return day;
		due_set_base(walk);
	}
	return 0;
}

/* A row of the query: a customer.  True: the next one, too. */
static bool
due_receive(TupleTableSlot *row, DestReceiver *receiver)
{
	DueWalk    *walk = (DueWalk *) receiver;
	MemoryContext old = MemoryContextSwitchTo(walk->context);
	text	   *segment;
	double		t;
	int64		last_day;
	int64		day;

	slot_getallattrs(row);
	if (!walk->compiled)
		due_compile(walk, row);
	MemoryContextSwitchTo(old);
	/* there is nothing that a day could change */
	if (walk->probes == NIL)
		return false;
	if (row->tts_isnull[walk->later->history_at - 1] ||
		!due_read_history(walk, row->tts_values[walk->later->history_at - 1], &t, &last_day) ||
		last_day >= walk->until)
		return true;

	ResetExprContext(walk->customer);
	for (int i = 1; i <= walk->later->found; i++)
	{
		walk->slot->tts_values[due_found_at(walk, i)] = row->tts_values[i - 1];
		walk->slot->tts_isnull[due_found_at(walk, i)] = row->tts_isnull[i - 1];
	}
	due_work_out(walk, walk->still, walk->still_count, walk->customer);
	segment = due_keep(walk, due_segment(walk, 0, t));
	day = due_find_day(walk, segment, walk->until - last_day, t);
	if (day > 0)
		due_put(walk, segment, walk->found, (DateADT) (last_day + day));
	return true;
}

static void
due_receive_begin(DestReceiver *receiver, int operation, TupleDesc columns)
{
}

static void
due_receive_end(DestReceiver *receiver)
{
}

/* Run the query of the view, as reading the view would, and have its rows. */
static void
due_run(DueWalk *walk)
{
	Query	   *query = walk->later->query;
	List	   *rewritten;
	PlannedStmt *plan;
	QueryDesc  *run;

	AcquireRewriteLocks(query, true, false);
	rewritten = QueryRewrite(query);
	if (list_length(rewritten) != 1)
		elog(ERROR, "unexpected result of QueryRewrite");
	plan = TCS_PLAN_QUERY(linitial_node(Query, rewritten), "", CURSOR_OPT_PARALLEL_OK, NULL);
	run = CreateQueryDesc(plan, "", GetActiveSnapshot(), InvalidSnapshot, &walk->receiver, NULL, NULL, 0);
	ExecutorStart(run, 0);
	TCS_EXECUTOR_RUN(run);
	ExecutorFinish(run);
	ExecutorEnd(run);
	FreeQueryDesc(run);
}

static DateADT
due_until_argument(FunctionCallInfo fcinfo, int argno)
{
	DateADT		until = PG_GETARG_DATEADT(argno);

	if (DATE_NOT_FINITE(until))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("until must be finite"),
				 errhint("Give a day such as current_date + 30.")));
	return until;
}

/* The rules over the columns of the view, which the clock must not enter. */
static Expr *
due_compile_rules(DueWalk *walk)
{
	Node	   *rules = tcs_segment_expression(TCS_SEGMENT_ASSIGN, walk->set, NULL, walk->later->columns,
											   &walk->places);

	if (tcs_uses_clock(rules))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("rule set \"%s\" asks the clock", walk->set->name),
				 errdetail("What a condition with now() or current_date says on a later day cannot be asked today."),
				 errhint("Use days_since_last or days_since_first, which count the days that pass.")));
	return (Expr *) rules;
}

/* arguments: rule_set, relation, until */
Datum
tcs_segment_due(PG_FUNCTION_ARGS)
{
	static const char *const argument[] = {"rule_set", "relation", "until"};
	DueWalk    *walk = palloc0(sizeof(DueWalk));
	Oid			relation;

	for (int i = 0; i < lengthof(argument); i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(argument[i], NULL);
	relation = PG_GETARG_OID(1);
	walk->until = due_until_argument(fcinfo, 2);
	InitMaterializedSRF(fcinfo, 0);
	walk->result = (ReturnSetInfo *) fcinfo->resultinfo;
	walk->context = walk->places.context = CurrentMemoryContext;
	if (get_rel_name(relation) == NULL)
		tcs_relation_missing(relation, NULL);
	if (pg_class_aclcheck(relation, GetUserId(), ACL_SELECT) != ACLCHECK_OK)
		aclcheck_error(ACLCHECK_NO_PRIV, OBJECT_VIEW, get_rel_name(relation));
	if (due_of_others != NULL &&
		due_of_others(fcinfo, relation, text_to_cstring(PG_GETARG_TEXT_PP(0)), walk->until))
		return (Datum) 0;
	walk->later = tcs_metrics_later(relation);
	walk->set = tcs_rules_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	walk->rules = due_compile_rules(walk);

	walk->receiver.receiveSlot = due_receive;
	walk->receiver.rStartup = due_receive_begin;
	walk->receiver.rShutdown = due_receive_end;
	walk->receiver.rDestroy = due_receive_end;
	walk->receiver.mydest = DestNone;
	due_run(walk);
	if (walk->compiled)
	{
		FreeExprContext(walk->customer, true);
		FreeExprContext(walk->day, true);
		ExecDropSingleTupleTableSlot(walk->slot);
	}
	return (Datum) 0;
}
