/*
 * condition_check.c
 *		What a condition may be made of.
 *
 * Two walks: over the raw tree, so that nothing is even looked up that could
 * have an effect, and over the analysed one, where operators and casts have
 * become functions.  Both know what is allowed and refuse everything else.
 */
#include "rules.h"

#include "access/htup_details.h"
#include "access/transam.h"
#include "catalog/namespace.h"
#include "catalog/pg_language.h"
#include "catalog/pg_proc.h"
#include "catalog/pg_type.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/regproc.h"
#include "utils/syscache.h"

typedef struct RawWalk
{
	const char *text;
	List	   *loose;
} RawWalk;

void
tcs_condition_refuse(const char *text, int location, const char *what, const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("a condition must not have %s", what),
			 hint ? errhint("%s", hint) : 0,
			 location >= 0 ?
			 errposition(pg_mbstrlen_with_len(text, location) + 1) : 0));
}

static const char *const bare_names = "Name columns as they are called in the row; functions may be called with pg_catalog or tcs before their name.";

/* a name of one part, or of two with a schema that is trusted */
static bool
is_trusted_name(List *name, bool ours)
{
	const char *schema;

	if (list_length(name) == 1)
		return true;
	if (list_length(name) != 2)
		return false;
	schema = strVal(linitial(name));
	return strcmp(schema, "pg_catalog") == 0 || (ours && strcmp(schema, "tcs") == 0);
}

static void
check_raw_type(const char *text, TypeName *name)
{
	Type		type;

	if (name->names == NIL || name->pct_type || name->setof ||
		!is_trusted_name(name->names, false))
		tcs_condition_refuse(text, name->location, "such a type name", bare_names);
	type = LookupTypeName(NULL, name, NULL, true);
	if (type == NULL)
		return;					/* analysis says so */
	if (typeTypeId(type) >= FirstUnpinnedObjectId ||
		!tcs_condition_type_allowed(typeTypeId(type)))
		tcs_condition_refuse(text, name->location,
							 psprintf("a cast to type %s", format_type_be(typeTypeId(type))),
							 "Conditions can cast to built-in types, except those that look up names.");
	ReleaseSysCache(type);
}

static bool
check_raw_walker(Node *node, RawWalk *walk)
{
	int			location;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, List))
		return raw_expression_tree_walker(node, check_raw_walker, walk);
	location = exprLocation(node);
	switch (nodeTag(node))
	{
		case T_A_Const:
		case T_BoolExpr:
		case T_BooleanTest:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_A_ArrayExpr:
		case T_A_Indices:
		case T_RowExpr:
		case T_NamedArgExpr:
			break;
		case T_SQLValueFunction:
			return false;
		case T_NullTest:
			if (IsA(((NullTest *) node)->arg, ColumnRef))
				walk->loose = lappend(walk->loose, ((NullTest *) node)->arg);
			break;
		case T_ColumnRef:
			{
				List	   *fields = ((ColumnRef *) node)->fields;

				if (list_length(fields) != 1 || !IsA(linitial(fields), String))
					tcs_condition_refuse(walk->text, location,
										 "a qualified name or a star", bare_names);
				return false;
			}
		case T_TypeCast:
			check_raw_type(walk->text, ((TypeCast *) node)->typeName);
			if (IsA(((TypeCast *) node)->arg, ColumnRef))
				walk->loose = lappend(walk->loose, ((TypeCast *) node)->arg);
			return check_raw_walker(((TypeCast *) node)->arg, walk);
		case T_CollateClause:
			if (!is_trusted_name(((CollateClause *) node)->collname, false))
				tcs_condition_refuse(walk->text, location, "a qualified name", bare_names);
			return check_raw_walker(((CollateClause *) node)->arg, walk);
		case T_A_Expr:
			if (!is_trusted_name(((A_Expr *) node)->name, false))
				tcs_condition_refuse(walk->text, location,
									 "an operator of another schema", bare_names);
			return check_raw_walker(((A_Expr *) node)->lexpr, walk) ||
				check_raw_walker(((A_Expr *) node)->rexpr, walk);
		case T_A_Indirection:
			{
				ListCell   *cell;

				foreach(cell, ((A_Indirection *) node)->indirection)
					if (!IsA(lfirst(cell), A_Indices))
						tcs_condition_refuse(walk->text, location,
											 "a field of a composite value",
											 "Select the field where the rows come from.");
				break;
			}
		case T_FuncCall:
			{
				FuncCall   *call = (FuncCall *) node;

				if (!is_trusted_name(call->funcname, true))
					tcs_condition_refuse(walk->text, location,
										 "a function of another schema", bare_names);
				if (call->over)
					tcs_condition_refuse(walk->text, location, "a window function",
										 "Compute it where the rows come from.");
				if (call->agg_order || call->agg_filter || call->agg_within_group ||
					call->agg_star || call->agg_distinct)
					tcs_condition_refuse(walk->text, location, "an aggregate function",
										 "Compute it where the rows come from.");
				break;
			}
		case T_SubLink:
			tcs_condition_refuse(walk->text, location, "a subquery",
								 "Join what the condition needs where the rows come from.");
		case T_ParamRef:
			tcs_condition_refuse(walk->text, location, "a parameter", NULL);
		default:
			tcs_condition_refuse(walk->text, location, "this kind of expression", NULL);
	}
	return raw_expression_tree_walker(node, check_raw_walker, walk);
}

List *
tcs_condition_check_raw(Node *raw, const char *text)
{
	RawWalk		walk = {text, NIL};

	check_raw_walker(raw, &walk);
	return walk.loose;
}

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
		case XMLOID:
			return false;
		case RECORDOID:
			return true;
		default:
			return get_typtype(base) != TYPTYPE_PSEUDO &&
				get_typtype(base) != TYPTYPE_COMPOSITE;
	}
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
			return true;
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
is_ours(Form_pg_proc proc)
{
	return proc->pronamespace == get_namespace_oid("tcs", true) &&
		proc->prolang == ClanguageId && proc->provolatile == PROVOLATILE_IMMUTABLE;
}

/* why a function may not be used, or NULL */
static const char *
complaint_about(Form_pg_proc proc)
{
	static const char *const refused[] = {
		"xpath", "xpath_exists", "xmlexists", "xmlvalidate"
	};

	if (proc->prokind == PROKIND_AGGREGATE)
		return "an aggregate function";
	if (proc->prokind == PROKIND_WINDOW)
		return "a window function";
	if (proc->proretset)
		return "a set-returning function";
	if (proc->oid >= FirstUnpinnedObjectId && !is_ours(proc))
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

typedef struct FunctionCheck
{
	const char *text;
	int			location;
} FunctionCheck;

static bool
check_function(Oid function, void *arg)
{
	FunctionCheck *check = arg;
	HeapTuple	tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
	const char *complaint;

	if (!HeapTupleIsValid(tuple))
		elog(ERROR, "cache lookup failed for function %u", function);
	complaint = complaint_about((Form_pg_proc) GETSTRUCT(tuple));
	if (complaint != NULL)
		tcs_condition_refuse(check->text, check->location,
							 psprintf("%s: %s", complaint, format_procedure(function)),
							 "Compute it where the rows come from.");
	ReleaseSysCache(tuple);
	return false;
}

/* words that a literal of a date or time turns into the time it is read at */
static bool
is_clock_literal(const char *text, const Const *constant)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};
	const char *place;

	if (constant->location < 0 || constant->constisnull)
		return false;
	switch (constant->consttype)
	{
		case DATEOID:
		case TIMEOID:
		case TIMETZOID:
		case TIMESTAMPOID:
		case TIMESTAMPTZOID:
			break;
		default:
			return false;
	}
	place = text + constant->location;
	while (*place != '\0' && *place != '\'')
		place++;
	for (; *place != '\0' && *place != ';'; place++)
		for (int i = 0; i < lengthof(words); i++)
			if (pg_strncasecmp(place, words[i], strlen(words[i])) == 0)
			{
				const char *end = strchr(text + constant->location, '\'');

				/* within the literal */
				end = end ? strchr(end + 1, '\'') : NULL;
				return end == NULL || place < end;
			}
	return false;
}

static bool
check_walker(Node *node, const char *text)
{
	FunctionCheck check;

	if (node == NULL)
		return false;
	check_stack_depth();
	if (IsA(node, List))
		return expression_tree_walker(node, check_walker, unconstify(char *, text));
	check.text = text;
	check.location = exprLocation(node);
	switch (nodeTag(node))
	{
		case T_Var:
			return false;		/* a column of the row */
		case T_Const:
			if (is_clock_literal(text, (Const *) node))
				tcs_condition_refuse(text, check.location,
									 "a literal that means the time it is read at",
									 "Use now() or current_date.");
			break;
		case T_SQLValueFunction:
			switch (((SQLValueFunction *) node)->op)
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
					break;
				default:
					tcs_condition_refuse(text, check.location,
										 "what depends on who asks", NULL);
			}
			break;
		case T_CoerceViaIO:
			if (!tcs_condition_type_allowed(exprType((Node *) ((CoerceViaIO *) node)->arg)) ||
				exprType((Node *) ((CoerceViaIO *) node)->arg) == RECORDOID)
				tcs_condition_refuse(text, check.location,
									 "a cast of a type that is not built in",
									 "Cast the column where the rows come from.");
			break;
		case T_RelabelType:
			/* an implicit one would hide that the type compares otherwise */
			if (!tcs_condition_type_allowed(exprType((Node *) ((RelabelType *) node)->arg)) &&
				((RelabelType *) node)->relabelformat != COERCE_EXPLICIT_CAST)
				tcs_condition_refuse(text, check.location,
									 "a value of a type that is not built in",
									 "Cast it to text.");
			break;
		case T_FuncExpr:
		case T_OpExpr:
		case T_DistinctExpr:
		case T_NullIfExpr:
		case T_ScalarArrayOpExpr:
		case T_RowCompareExpr:
			check_functions_in_node(node, check_function, &check);
			break;
		case T_BoolExpr:
		case T_CaseExpr:
		case T_CaseWhen:
		case T_CaseTestExpr:
		case T_CoalesceExpr:
		case T_MinMaxExpr:
		case T_NullTest:
		case T_BooleanTest:
		case T_ArrayCoerceExpr:
		case T_ArrayExpr:
		case T_RowExpr:
		case T_SubscriptingRef:
		case T_CollateExpr:
		case T_NamedArgExpr:
			break;
		default:
			tcs_condition_refuse(text, check.location, "this kind of expression", NULL);
	}
	if (!IsA(node, CaseWhen) && !IsA(node, RelabelType) &&
		!tcs_condition_type_allowed(exprType(node)))
		tcs_condition_refuse(text, check.location,
							 psprintf("a value of type %s", format_type_be(exprType(node))),
							 NULL);
	return expression_tree_walker(node, check_walker, unconstify(char *, text));
}

void
tcs_condition_check(Node *expr, const char *text)
{
	check_walker(expr, text);
}
