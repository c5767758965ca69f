/*
 * condition_check.c
 *		What a condition may be made of, after analysis.
 *
 * Operators and casts have become functions by then.  This walk, too, knows
 * what is allowed and refuses everything else.
 */
#include "expressions/condition.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "utils/builtins.h"
#include "utils/catcache.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

typedef struct ConditionWalk
{
	const TcsSource *source;
	const TcsConditionForm *form;
} ConditionWalk;

bool
tcs_condition_type_allowed(Oid type)
{
	Oid			base = getBaseType(type);
	Oid			element;

	if (base >= FirstUnpinnedObjectId)
	{
		if (type_is_enum(base))
			return true;
		element = get_element_type(base);
		return OidIsValid(element) && type_is_enum(element);
	}
	element = get_element_type(base);
	if (OidIsValid(element))
		base = element;
	switch (base)
	{
		case REGPROCOID:
		case REGPROCEDUREOID:
		case REGOPEROID:
		case REGOPERATOROID:
		case REGCLASSOID:
		case REGTYPEOID:
		case REGROLEOID:
		case REGNAMESPACEOID:
		case REGCONFIGOID:
		case REGDICTIONARYOID:
		case REGCOLLATIONOID:
		case ACLITEMOID:
		case XMLOID:
			return false;
		case RECORDOID:
			return true;
		default:
			return get_typtype(base) != TYPTYPE_PSEUDO &&
				get_typtype(base) != TYPTYPE_COMPOSITE;
	}
}

bool
tcs_condition_column_allowed(Oid type)
{
	return type != RECORDOID && type != RECORDARRAYOID &&
		tcs_condition_type_allowed(type);
}

/*
 * Functions that are STABLE only by the time zone, the names of days or how
 * their arguments look as text.
 */
static bool
is_allowed_stable(Form_pg_proc proc)
{
	static const char *const names[] = {
		"now", "transaction_timestamp", "to_char", "to_date", "to_timestamp",
		"to_number", "make_timestamptz", "concat", "concat_ws", "format",
		"array_to_string", "textanycat", "anytextcat", "age", "overlaps",
		"date_trunc", "date_part", "extract",
		"jsonb_path_exists_tz", "jsonb_path_match_tz",
		"jsonb_path_query_first_tz", "jsonb_path_query_array_tz",
		"jsonb_path_exists_opr", "jsonb_path_match_opr"
	};
	bool		has_time = false;

	for (int i = 0; i < lengthof(names); i++)
		if (strcmp(NameStr(proc->proname), names[i]) == 0)
			return proc->pronargs == 0 || proc->proargtypes.values[0] != XIDOID;
	for (int i = -1; i < proc->pronargs; i++)
		switch (i < 0 ? proc->prorettype : proc->proargtypes.values[i])
		{
			case DATEOID:
			case TIMEOID:
			case TIMETZOID:
			case TIMESTAMPOID:
			case TIMESTAMPTZOID:
			case INTERVALOID:
				has_time = has_time || i >= 0;
				break;
			case BOOLOID:
			case INT4OID:
			case TEXTOID:
				break;
			default:
				return false;
		}
	return has_time;
}

/* is it one of this extension's functions, and one that only computes? */
static bool
is_condition_function(Form_pg_proc proc)
{
	return proc->pronamespace == get_namespace_oid("tcs", true) &&
		proc->prolang == ClanguageId && proc->provolatile == PROVOLATILE_IMMUTABLE;
}

/* why a function may not be used, or NULL */
static const char *
complaint_about(Form_pg_proc proc)
{
	static const char *const refused[] = {
		"xpath", "xpath_exists", "xmlexists", "xmlvalidate",
		/* these are called IMMUTABLE, and look at more than their arguments */
		"satisfies_hash_partition", "postgresql_fdw_validator",
		"pg_walfile_name", "pg_walfile_name_offset"
	};

	if (proc->prokind == PROKIND_AGGREGATE)
		return "an aggregate function";
	if (proc->prokind == PROKIND_WINDOW)
		return "a window function";
	if (proc->proretset)
		return "a set-returning function";
	if (proc->oid >= FirstUnpinnedObjectId && !is_condition_function(proc))
		return "a function that is not built in";
	for (int i = 0; i < lengthof(refused); i++)
		if (strcmp(NameStr(proc->proname), refused[i]) == 0)
			return "this function";
	for (int i = -1; i < proc->pronargs; i++)
	{
		Oid			type = i < 0 ? proc->prorettype : proc->proargtypes.values[i];

		if (type == INTERNALOID || type == CSTRINGOID)
			return "a function of the server's inner workings";
		if (get_typtype(type) != TYPTYPE_PSEUDO &&
			type < FirstUnpinnedObjectId && !tcs_condition_type_allowed(type))
			return "a function that looks up names";
	}
	if (proc->provolatile == PROVOLATILE_VOLATILE)
		return "a volatile function";
	if (proc->provolatile == PROVOLATILE_STABLE && !is_allowed_stable(proc))
		return "a function that depends on more than its arguments";
	return NULL;
}

void
tcs_condition_check_call(const TcsSource *source, List *name, int location)
{
	const char *function = strVal(llast(name));
	Oid			schema = list_length(name) == 1 ? PG_CATALOG_NAMESPACE :
	get_namespace_oid(strVal(linitial(name)), true);
	CatCList   *list = SearchSysCacheList1(PROCNAMEARGSNSP, CStringGetDatum(function));
	const char *complaint = NULL;
	bool		is_fine = false;

	for (int i = 0; i < list->n_members; i++)
	{
		Form_pg_proc proc = (Form_pg_proc) GETSTRUCT(&list->members[i]->tuple);
		const char *its = complaint_about(proc);

		if (proc->pronamespace != schema)
			continue;
		is_fine = is_fine || its == NULL;
		/* whatever the order of the list */
		if (its != NULL && (complaint == NULL || strcmp(its, complaint) < 0))
			complaint = its;
	}
	ReleaseSysCacheList(list);
	if (complaint != NULL && !is_fine)
		tcs_condition_refuse(source, location, psprintf("%s: %s", complaint, function),
							 "Compute it where the rows come from.");
}

typedef struct FunctionCheck
{
	const TcsSource *source;
	int			location;
	List	   *args;			/* of the call */
} FunctionCheck;

/* is the type itself, and what it is made of, built in? */
static bool
is_built_in(Oid type)
{
	Oid			element;

	type = getBaseType(type);
	element = get_element_type(type);
	if (OidIsValid(element))
		type = getBaseType(element);
	return type < FirstUnpinnedObjectId && type != RECORDOID;
}

/*
 * A function in SQL is analysed when it is called, with the types that it is
 * called with; casts in its body, as in those of anynonarray || text, are then
 * looked up anew, and anyone's cast of his own type would be found.
 */
static void
condition_check_types_in_body(Oid function, const FunctionCheck *check)
{
	ListCell   *cell;

	foreach(cell, check->args)
		if (!is_built_in(exprType(lfirst(cell))))
		tcs_condition_refuse(check->source, check->location,
							 psprintf("a value of type %s in %s",
									  format_type_be(exprType(lfirst(cell))),
									  format_procedure(function)),
							 "Cast it to text where the rows come from.");
}

static bool
condition_check_function(Oid function, void *arg)
{
	FunctionCheck *check = arg;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	const char *complaint;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	complaint = complaint_about((Form_pg_proc) GETSTRUCT(tuple));
	if (complaint != NULL)
		tcs_condition_refuse(check->source, check->location,
							 psprintf("%s: %s", complaint, format_procedure(function)),
							 "Compute it where the rows come from.");
	if (((Form_pg_proc) GETSTRUCT(tuple))->prolang == SQLlanguageId)
		condition_check_types_in_body(function, check);
	ReleaseSysCache(tuple);
	return false;
}

/* is it of a date or time, or of arrays or ranges of them? */
static bool
is_time_type(Oid type)
{
	Oid			inner = get_element_type(type);

	if (OidIsValid(inner))
		type = inner;
	inner = get_multirange_range(type);
	if (OidIsValid(inner))
		type = inner;
	inner = get_range_subtype(type);
	if (OidIsValid(inner))
		type = inner;
	switch (type)
	{
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			return true;
		default:
			return false;
	}
}

/* does it depend on the time alone, and not on who asks? */
static bool
is_clock(const SQLValueFunction *function)
{
	switch (function->op)
	{
		case SVFOP_CURRENT_DATE:
		case SVFOP_CURRENT_TIME:
		case SVFOP_CURRENT_TIME_N:
		case SVFOP_CURRENT_TIMESTAMP:
		case SVFOP_CURRENT_TIMESTAMP_N:
		case SVFOP_LOCALTIME:
		case SVFOP_LOCALTIME_N:
		case SVFOP_LOCALTIMESTAMP:
		case SVFOP_LOCALTIMESTAMP_N:
			return true;
		default:
			return false;
	}
}

/* a literal, which must not change its meaning while it is kept */
static void
check_literal(const ConditionWalk *walk, const Const *literal, int location)
{
	if (literal->location >= 0 &&
		list_member_int(walk->form->clocks, literal->location) &&
		is_time_type(literal->consttype))
		tcs_condition_refuse(walk->source, location,
							 "a literal that means the time it is read at",
							 "Use now() or current_date.");
}

static void
check_column(const ConditionWalk *walk, const Var *column, int location)
{
	if (!tcs_condition_column_allowed(column->vartype))
		tcs_condition_refuse(walk->source, location,
							 psprintf("a value of type %s",
									  format_type_be(column->vartype)),
							 "Cast the column where the rows come from.");
}

/* a cast by way of text */
static void
check_text_cast(const ConditionWalk *walk, const CoerceViaIO *cast, int location)
{
	Oid			type = exprType((Node *) cast->arg);

	if (!tcs_condition_type_allowed(type) || type == RECORDOID)
		tcs_condition_refuse(walk->source, location,
							 "a cast of a type that is not built in",
							 "Cast the column where the rows come from.");
}

/* a cast that changes nothing: an implicit one hides that the type compares otherwise */
static void
check_relabel(const ConditionWalk *walk, const RelabelType *cast, int location)
{
	if (!tcs_condition_type_allowed(exprType((Node *) cast->arg)) &&
		cast->relabelformat != COERCE_EXPLICIT_CAST)
		tcs_condition_refuse(walk->source, location,
							 "a value of a type that is not built in",
							 "Cast it to text.");
}

static bool
condition_check_walker(Node *node, ConditionWalk *walk)
{
	const TcsSource *source = walk->source;
	FunctionCheck check;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, List))
		return expression_tree_walker(node, condition_check_walker, walk);
	check.source = source;
	check.location = exprLocation(node);
	check.args = NIL;
	switch (nodeTag(node))
	{
		case T_Var:
			/* of any type only where it is tested for NULL or cast, below */
			check_column(walk, (Var *) node, check.location);
			return false;
		case T_Const:
			check_literal(walk, (Const *) node, check.location);
			break;
		case T_SQLValueFunction:
			if (!is_clock((SQLValueFunction *) node))
				tcs_condition_refuse(source, check.location,
									 "what depends on who asks", NULL);
			break;
		case T_CoerceViaIO:
			check_text_cast(walk, (CoerceViaIO *) node, check.location);
			break;
		case T_RelabelType:
			check_relabel(walk, (RelabelType *) node, check.location);
			if (IsA(((RelabelType *) node)->arg, Var) &&
				tcs_condition_type_allowed(exprType(node)))
				return false;
			break;
		case T_NullTest:
			if (IsA(((NullTest *) node)->arg, Var))
				return false;
			break;
		case T_FuncExpr:
			check.args = ((FuncExpr *) node)->args;
			check_functions_in_node(node, condition_check_function, &check);
			break;
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
			check.args = ((OpExpr *) node)->args;
			check_functions_in_node(node, condition_check_function, &check);
			break;
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
			check_functions_in_node(node, condition_check_function, &check);
			break;
		case T_BoolExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_BooleanTest:
		case T_ArrayCoerceExpr:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_SubscriptingRef:
		case T_CollateExpr:
		case T_NamedArgExpr:
			break;
		default:
			tcs_condition_refuse(source, check.location, "this kind of expression", NULL);
	}
	/* a literal among arguments of any type is text of type unknown */
	if (!IsA(node, CaseWhen) &&
		!(IsA(node, Const) && exprType(node) == UNKNOWNOID) &&
		!tcs_condition_type_allowed(exprType(node)))
		tcs_condition_refuse(source, check.location,
							 psprintf("a value of type %s", format_type_be(exprType(node))),
							 NULL);
	return expression_tree_walker(node, condition_check_walker, walk);
}

void
tcs_condition_check(Node *expr, const TcsSource *source, const TcsConditionForm *form)
{
	ConditionWalk walk = {source, form};

	condition_check_walker(expr, &walk);
}
