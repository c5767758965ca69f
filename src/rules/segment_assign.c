/*
 * segment_assign.c
 *		segment_assign and its kin, at run time.
 *
 * This is the path for rows that the planner cannot take apart and for rule
 * sets that are not constants.  The expression that would have replaced the
 * call is compiled once a call site and evaluated over the row.
 */
#include "rules.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

PG_FUNCTION_INFO_V1(tcs_segment_assign);
PG_FUNCTION_INFO_V1(tcs_segment_assign_by);
PG_FUNCTION_INFO_V1(tcs_segment_matches);
PG_FUNCTION_INFO_V1(tcs_in_segment);
PG_FUNCTION_INFO_V1(tcs_rule_priorities);

typedef struct Compiled
{
	MemoryContext context;		/* holds all of the below */
	uint64		version;		/* of the rules */
	struct varlena *rules;		/* the name or the definition, as given */
	bool		by_definition;
	char	   *segment;
	Oid			type;
	int32		typmod;
	TypeCacheEntry *entry;		/* of a named type, to see that it changes */
	uint64		identifier;		/* of its columns when compiled */
	TupleTableSlot *slot;
	ExprContext *econtext;
	ExprState  *state;
} Compiled;

/*
 * Compile for rows of that type; what was compiled before is gone.  It is kept
 * as long as the call site is, but not when there is an error.
 */
static Compiled *
compile(FunctionCallInfo fcinfo, TcsSegmentKind kind, struct varlena *rules,
		bool by_definition, const char *segment, Oid type, int32 typmod)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "tcs rules", ALLOCSET_SMALL_SIZES);
	MemoryContext scratch = AllocSetContextCreate(context, "tcs rules, compiling",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	Compiled   *compiled = palloc0(sizeof(Compiled));
	TupleDesc	columns;
	TupleDesc	shared = lookup_rowtype_tupdesc(type, typmod);
	TcsRuleSet *set;
	Expr	   *expr;

	compiled->context = context;
	compiled->version = tcs_rules_version();
	compiled->rules = palloc(VARSIZE_ANY(rules));
	memcpy(compiled->rules, rules, VARSIZE_ANY(rules));
	compiled->by_definition = by_definition;
	compiled->segment = segment ? pstrdup(segment) : NULL;
	compiled->type = type;
	compiled->typmod = typmod;
	/* with the defaults of columns that stored rows lack */
	columns = CreateTupleDescCopyConstr(shared);
	ReleaseTupleDesc(shared);
	if (type != RECORDOID)
	{
		compiled->entry = lookup_type_cache(type, TYPECACHE_TUPDESC);
		compiled->identifier = compiled->entry->tupDesc_identifier;
	}

	MemoryContextSwitchTo(scratch);
	set = by_definition ? tcs_rules_from_definition(compiled->rules) :
		tcs_rules_read(text_to_cstring((text *) rules));
	expr = (Expr *) tcs_segment_expression(kind, set, segment, columns);
	expr = expression_planner(expr);
	MemoryContextSwitchTo(context);
	compiled->state = ExecInitExpr(copyObject(expr), NULL);
	MemoryContextDelete(scratch);

	compiled->slot = MakeSingleTupleTableSlot(columns, &TTSOpsHeapTuple);
	compiled->econtext = CreateStandaloneExprContext();
	compiled->econtext->ecxt_scantuple = compiled->slot;
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, fcinfo->flinfo->fn_mcxt);
	return compiled;
}

/* have the columns of the type changed since?  Its cache says so at once. */
static bool
is_outdated(const Compiled *compiled)
{
	return compiled->version != tcs_rules_version() ||
		(compiled->entry != NULL &&
		 compiled->entry->tupDesc_identifier != compiled->identifier);
}

static bool
is_same_text(const char *string, text *other)
{
	size_t		length = strlen(string);

	return length == VARSIZE_ANY_EXHDR(other) &&
		memcmp(string, VARDATA_ANY(other), length) == 0;
}

/*
 * The type of a row that is given as NULL.  That of the row before is not
 * taken: whether there was one depends on the order of the rows.
 */
static void
type_of_null_row(FunctionCallInfo fcinfo, int argno, Oid *type, int32 *typmod)
{
	*type = get_fn_expr_argtype(fcinfo->flinfo, argno);
	*typmod = -1;
	if (*type == RECORDOID || !OidIsValid(*type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("the columns of a null row are not known"),
				 errhint("Cast the row to a named type, or leave null rows out.")));
	*type = getBaseTypeAndTypmod(*type, typmod);
}

static bool
is_same_value(const struct varlena *value, const struct varlena *other)
{
	return VARSIZE_ANY_EXHDR(value) == VARSIZE_ANY_EXHDR(other) &&
		memcmp(VARDATA_ANY(value), VARDATA_ANY(other), VARSIZE_ANY_EXHDR(value)) == 0;
}

static Datum
evaluate(FunctionCallInfo fcinfo, TcsSegmentKind kind, bool by_definition)
{
	int			row_argno = kind == TCS_SEGMENT_IN ? 2 : 1;
	Compiled   *compiled = fcinfo->flinfo->fn_extra;
	struct varlena *rules;
	text	   *segment = NULL;
	HeapTupleHeader header = NULL;
	Oid			type;
	int32		typmod;
	HeapTupleData tuple;
	MemoryContext old;
	Datum		result;
	bool		isnull;

	for (int i = 0; i < row_argno; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not be null",
							i == 1 ? "segment" : by_definition ? "definition" : "rule_set")));
	/* a definition is read in place, which needs the long header */
	rules = by_definition ? PG_DETOAST_DATUM(PG_GETARG_DATUM(0)) :
		PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(0));
	if (kind == TCS_SEGMENT_IN)
		segment = PG_GETARG_TEXT_PP(1);
	if (PG_ARGISNULL(row_argno))
		type_of_null_row(fcinfo, row_argno, &type, &typmod);
	else
	{
		header = PG_GETARG_HEAPTUPLEHEADER(row_argno);
		type = HeapTupleHeaderGetTypeId(header);
		typmod = HeapTupleHeaderGetTypMod(header);
	}

	if (compiled == NULL || is_outdated(compiled) ||
		compiled->type != type || compiled->typmod != typmod ||
		!is_same_value(compiled->rules, rules) ||
		(segment != NULL && !is_same_text(compiled->segment, segment)))
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (compiled != NULL)
			MemoryContextDelete(compiled->context);
		compiled = compile(fcinfo, kind, rules, by_definition,
						   segment ? text_to_cstring(segment) : NULL, type, typmod);
		fcinfo->flinfo->fn_extra = compiled;
	}

	ResetExprContext(compiled->econtext);
	if (header == NULL)
		ExecStoreAllNullTuple(compiled->slot);
	else
	{
		tuple.t_len = HeapTupleHeaderGetDatumLength(header);
		ItemPointerSetInvalid(&tuple.t_self);
		tuple.t_tableOid = InvalidOid;
		tuple.t_data = header;
		ExecStoreHeapTuple(&tuple, compiled->slot, false);
	}
	old = MemoryContextSwitchTo(compiled->econtext->ecxt_per_tuple_memory);
	result = ExecEvalExpr(compiled->state, compiled->econtext, &isnull);
	MemoryContextSwitchTo(old);
	if (!isnull && kind != TCS_SEGMENT_IN)
		result = datumCopy(result, false, -1);
	ExecClearTuple(compiled->slot);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}

Datum
tcs_segment_assign(PG_FUNCTION_ARGS)
{
	return evaluate(fcinfo, TCS_SEGMENT_ASSIGN, false);
}

Datum
tcs_segment_assign_by(PG_FUNCTION_ARGS)
{
	return evaluate(fcinfo, TCS_SEGMENT_ASSIGN, true);
}

Datum
tcs_segment_matches(PG_FUNCTION_ARGS)
{
	return evaluate(fcinfo, TCS_SEGMENT_MATCHES, false);
}

Datum
tcs_in_segment(PG_FUNCTION_ARGS)
{
	return evaluate(fcinfo, TCS_SEGMENT_IN, false);
}

Datum
tcs_rule_priorities(PG_FUNCTION_ARGS)
{
	return evaluate(fcinfo, TCS_SEGMENT_PRIORITIES, false);
}
