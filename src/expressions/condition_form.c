/*
 * condition_form.c
 *		What a condition may be made of, before names are looked up.
 *
 * The walk over the raw tree keeps analysis from looking up anything that could
 * have an effect.  It knows what is allowed and refuses everything else.
 */
#include "expressions/condition.h"

#include "access/transam.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "nodes/parsenodes.h"
#include "parser/parse_type.h"
#include "utils/builtins.h"
#include "utils/syscache.h"

typedef struct RawWalk
{
	const TcsSource *source;
	TcsConditionForm *form;
	bool		alone;			/* without a row: look up functions, not types */
} RawWalk;

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
check_raw_type(const TcsSource *source, TypeName *name, bool alone)
{
	Type		type;

	if (name->names == NIL || name->pct_type || name->setof ||
		!is_trusted_name(name->names, false))
		tcs_condition_refuse(source, name->location, "such a type name", bare_names);
	if (alone)
		return;
	type = LookupTypeName(NULL, name, NULL, true);
	if (type == NULL)
		return;					/* analysis says so */
	if (typeTypeId(type) >= FirstUnpinnedObjectId ||
		typeTypeId(type) == RECORDOID || typeTypeId(type) == RECORDARRAYOID ||
		!tcs_condition_type_allowed(typeTypeId(type)))
		tcs_condition_refuse(source, name->location,
							 psprintf("a cast to type %s", format_type_be(typeTypeId(type))),
							 psprintf("%s can cast to built-in types, except those that look up names.",
									  source->kind->plural));
	ReleaseSysCache(type);
}

/*
 * Where a raw expression stands.  exprLocation would descend into operands,
 * however deep, without a look at the stack.
 */
static int
raw_location(Node *node)
{
	while (IsA(node, A_Indirection))
		node = ((A_Indirection *) node)->arg;
	switch (nodeTag(node))
	{
		case T_ColumnRef:
			return ((ColumnRef *) node)->location;
		case T_ParamRef:
			return ((ParamRef *) node)->location;
		case T_A_Expr:
			return ((A_Expr *) node)->location;
		case T_FuncCall:
			return ((FuncCall *) node)->location;
		case T_TypeCast:
			return ((TypeCast *) node)->location;
		case T_CollateClause:
			return ((CollateClause *) node)->location;
		case T_SubLink:
			return ((SubLink *) node)->location;
		case T_RowExpr:
			return ((RowExpr *) node)->location;
		case T_XmlExpr:
			return ((XmlExpr *) node)->location;
		case T_XmlSerialize:
			return ((XmlSerialize *) node)->location;
		case T_GroupingFunc:
			return ((GroupingFunc *) node)->location;
		case T_SetToDefault:
			return ((SetToDefault *) node)->location;
		default:
			return -1;
	}
}

/* does a literal of a date or time have a word that means when it is read? */
static bool
has_clock_word(const char *literal)
{
	static const char *const words[] = {"now", "today", "tomorrow", "yesterday"};

	char	   *bare = palloc(strlen(literal) + 1);
	char	   *end = bare;

	/* as the input of arrays and ranges reads it */
	for (; *literal != '\0'; literal++)
		if (*literal != '\\' && *literal != '"')
			*end++ = *literal;
	*end = '\0';
	for (literal = bare; *literal != '\0'; literal++)
		for (int i = 0; i < lengthof(words); i++)
			if (pg_strncasecmp(literal, words[i], strlen(words[i])) == 0)
				return true;
	return false;
}

/* a name of one part: a column of the row */
static void
check_raw_column(const RawWalk *walk, const ColumnRef *reference)
{
	if (list_length(reference->fields) != 1 || !IsA(linitial(reference->fields), String))
		tcs_condition_refuse(walk->source, reference->location,
							 "a qualified name or a star", bare_names);
}

/* elements of arrays, no fields */
static void
check_raw_indirection(const RawWalk *walk, const A_Indirection *indirection, int location)
{
	ListCell   *cell;

	foreach(cell, indirection->indirection)
		if (!IsA(lfirst(cell), A_Indices))
		tcs_condition_refuse(walk->source, location,
							 "a field of a composite value",
							 "Select the field where the rows come from.");
}

/* a plain call of a function that may be called */
static void
check_raw_call(const RawWalk *walk, const FuncCall *call)
{
	if (!is_trusted_name(call->funcname, true))
		tcs_condition_refuse(walk->source, call->location,
							 "a function of another schema", bare_names);
	if (call->over)
		tcs_condition_refuse(walk->source, call->location, "a window function",
							 "Compute it where the rows come from.");
	if (call->agg_order || call->agg_filter || call->agg_within_group ||
		call->agg_star || call->agg_distinct)
		tcs_condition_refuse(walk->source, call->location, "an aggregate function",
							 "Compute it where the rows come from.");
	if (walk->alone)
		tcs_condition_check_call(walk->source, call->funcname, call->location);
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
	location = raw_location(node);
	switch (nodeTag(node))
	{
		case T_A_Const:
			{
				A_Const    *constant = (A_Const *) node;

				if (!constant->isnull && IsA(&constant->val, String) &&
					has_clock_word(strVal(&constant->val)))
					walk->form->clocks = lappend_int(walk->form->clocks,
													 constant->location);
				return false;
			}
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
				walk->form->loose = lappend(walk->form->loose, ((NullTest *) node)->arg);
			break;
		case T_ColumnRef:
			check_raw_column(walk, (ColumnRef *) node);
			return false;
		case T_TypeCast:
			check_raw_type(walk->source, ((TypeCast *) node)->typeName, walk->alone);
			if (IsA(((TypeCast *) node)->arg, ColumnRef))
				walk->form->loose = lappend(walk->form->loose, ((TypeCast *) node)->arg);
			return check_raw_walker(((TypeCast *) node)->arg, walk);
		case T_CollateClause:
			if (!is_trusted_name(((CollateClause *) node)->collname, false))
				tcs_condition_refuse(walk->source, location, "a qualified name", bare_names);
			return check_raw_walker(((CollateClause *) node)->arg, walk);
		case T_A_Expr:
			if (!is_trusted_name(((A_Expr *) node)->name, false))
				tcs_condition_refuse(walk->source, location,
									 "an operator of another schema", bare_names);
			return check_raw_walker(((A_Expr *) node)->lexpr, walk) ||
				check_raw_walker(((A_Expr *) node)->rexpr, walk);
		case T_A_Indirection:
			check_raw_indirection(walk, (A_Indirection *) node, location);
			break;
		case T_FuncCall:
			check_raw_call(walk, (FuncCall *) node);
			break;
		case T_SubLink:
			tcs_condition_refuse(walk->source, location, "a subquery",
								 psprintf("Join what the %s needs where the rows come from.",
										  walk->source->kind->noun));
		case T_ParamRef:
			tcs_condition_refuse(walk->source, location, "a parameter", NULL);
		default:
			tcs_condition_refuse(walk->source, location, "this kind of expression", NULL);
	}
	return raw_expression_tree_walker(node, check_raw_walker, walk);
}

void
tcs_condition_check_raw(Node *raw, const TcsSource *source, TcsConditionForm *form)
{
	RawWalk		walk = {source, form, false};

	form->loose = form->clocks = NIL;
	check_raw_walker(raw, &walk);
}

void
tcs_condition_check_alone(Node *raw, const TcsSource *source)
{
	TcsConditionForm form = {NIL, NIL};
	RawWalk		walk = {source, &form, true};

	check_raw_walker(raw, &walk);
}
