/*
 * row_call.c
 *		Functions of a row, at run time.
 *
 * This is the path for rows that the planner cannot take apart and for names
 * that are not constants.  The expression that would have replaced the call is
 * compiled once a call site and evaluated over the row.
 */
#include "expressions/row_call.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "executor/executor.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/datum.h"
#include "utils/lsyscache.h"
#include "utils/memutils.h"
#include "utils/typcache.h"

typedef struct RowCallCompiled
{
	MemoryContext context;		/* holds all of the below */
	uint64		version;		/* of what is stored */
	struct varlena *given[2];	/* the arguments before the row */
	Oid			type;
	int32		typmod;
	TypeCacheEntry *entry;		/* of a named type, to see that it changes */
	uint64		identifier;		/* of its columns when compiled */
	TupleTableSlot *slot;
	ExprContext *econtext;
	TcsPlaces	places;
	ExprState  *state;
} RowCallCompiled;

/*
 * Compile for rows of that type; what was compiled before is gone.  It is kept
 * as long as the call site is, but not when there is an error.
 */
static RowCallCompiled *
row_call_compile(FunctionCallInfo fcinfo, const TcsRowCall *call, struct varlena **given,
				 Oid type, int32 typmod)
{
	MemoryContext context = AllocSetContextCreate(CurrentMemoryContext,
												  "tcs rules", ALLOCSET_SMALL_SIZES);
	MemoryContext scratch = AllocSetContextCreate(context, "tcs rules, compiling",
												  ALLOCSET_DEFAULT_SIZES);
	MemoryContext old = MemoryContextSwitchTo(context);
	RowCallCompiled *compiled = palloc0(sizeof(RowCallCompiled));
	TupleDesc	columns;
	TupleDesc	shared = lookup_rowtype_tupdesc(type, typmod);
	Expr	   *expr;

	compiled->context = context;
	compiled->places.context = context;
	compiled->version = tcs_stored_version(call->stored);
	for (int i = 0; i < call->names; i++)
	{
		compiled->given[i] = palloc(VARSIZE_ANY(given[i]));
		memcpy(compiled->given[i], given[i], VARSIZE_ANY(given[i]));
	}
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
	expr = (Expr *) call->expression(call->kind, compiled->given, columns, NULL,
									 &compiled->places, 0);
	expr = expression_planner(expr);
	MemoryContextSwitchTo(context);
	compiled->state = tcs_places_init(&compiled->places, copyObject(expr));
	MemoryContextDelete(scratch);

	compiled->slot = MakeSingleTupleTableSlot(columns, &TTSOpsHeapTuple);
	compiled->econtext = CreateStandaloneExprContext();
	compiled->econtext->ecxt_scantuple = compiled->slot;
	MemoryContextSwitchTo(old);
	MemoryContextSetParent(context, fcinfo->flinfo->fn_mcxt);
	return compiled;
}

static bool
row_call_is_same_value(const struct varlena *value, const struct varlena *other)
{
	return VARSIZE_ANY_EXHDR(value) == VARSIZE_ANY_EXHDR(other) &&
		memcmp(VARDATA_ANY(value), VARDATA_ANY(other), VARSIZE_ANY_EXHDR(value)) == 0;
}

/* is it compiled for something else, or have the columns of the type changed? */
static bool
row_call_is_outdated(const RowCallCompiled *compiled, const TcsRowCall *call, struct varlena **given,
					 Oid type, int32 typmod)
{
	if (compiled->version != tcs_stored_version(call->stored) ||
		compiled->type != type || compiled->typmod != typmod)
		return true;
	/* its cache says so at once */
	if (compiled->entry != NULL &&
		compiled->entry->tupDesc_identifier != compiled->identifier)
		return true;
	for (int i = 0; i < call->names; i++)
		if (!row_call_is_same_value(compiled->given[i], given[i]))
			return true;
	return false;
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
	if (*type == RECORDOID || *type == UNKNOWNOID || !OidIsValid(*type))
		ereport(ERROR,
				(errcode(ERRCODE_INDETERMINATE_DATATYPE),
				 errmsg("the columns of a null row are not known"),
				 errhint("Cast the row to a named type, or leave null rows out.")));
	*type = getBaseTypeAndTypmod(*type, typmod);
}

void
tcs_row_check(FunctionCallInfo fcinfo, int argno)
{
	Oid			type = get_fn_expr_argtype(fcinfo->flinfo, argno);

	/* NULL without a type is a row that is NULL */
	if (type == UNKNOWNOID && PG_ARGISNULL(argno))
		return;
	if (!OidIsValid(type) || !type_is_rowtype(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the row must be a whole row, not a value of type %s",
						OidIsValid(type) ? format_type_be(type) : "unknown"),
				 errdetail("The name of a table or alias stands for its whole row, unless one of its columns has the same name."),
				 errhint("Give the table an alias that none of its columns has, or write its row as alias.*.")));
}

Datum
tcs_row_call(FunctionCallInfo fcinfo, const TcsRowCall *call)
{
	RowCallCompiled *compiled = fcinfo->flinfo->fn_extra;
	struct varlena *given[lengthof(compiled->given)];
	HeapTupleHeader header = NULL;
	Oid			type;
	int32		typmod;
	HeapTupleData tuple;
	MemoryContext old;
	Datum		result;
	bool		isnull;

	for (int i = 0; i < call->names; i++)
		if (PG_ARGISNULL(i))
			tcs_refuse_null(call->name[i], NULL);
	/* a definition is read in place, which needs the long header */
	for (int i = 0; i < call->names; i++)
		given[i] = call->by_definition && i == 0 ? PG_DETOAST_DATUM(PG_GETARG_DATUM(i)) :
			PG_DETOAST_DATUM_PACKED(PG_GETARG_DATUM(i));
	if (compiled == NULL)
		tcs_row_check(fcinfo, call->names);
	if (PG_ARGISNULL(call->names))
		type_of_null_row(fcinfo, call->names, &type, &typmod);
	else
	{
		header = PG_GETARG_HEAPTUPLEHEADER(call->names);
		type = HeapTupleHeaderGetTypeId(header);
		typmod = HeapTupleHeaderGetTypMod(header);
	}

	if (compiled == NULL || row_call_is_outdated(compiled, call, given, type, typmod))
	{
		fcinfo->flinfo->fn_extra = NULL;
		if (compiled != NULL)
			MemoryContextDelete(compiled->context);
		compiled = row_call_compile(fcinfo, call, given, type, typmod);
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
	result = tcs_places_evaluate(&compiled->places, compiled->state,
								 compiled->econtext, &isnull);
	MemoryContextSwitchTo(old);
	if (!isnull && !call->by_value)
		result = datumCopy(result, false, -1);
	ExecClearTuple(compiled->slot);
	if (isnull)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}
