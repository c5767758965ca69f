/*
 * row_inline.c
 *		Functions of a row, replaced by plain expressions by the planner.
 */
#include "expressions/row_call.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "jit/jit.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "nodes/pathnodes.h"
#include "nodes/supportnodes.h"
#include "optimizer/clauses.h"
#include "optimizer/cost.h"
#include "optimizer/optimizer.h"
#include "parser/parse_relation.h"
#include "parser/parsetree.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/typcache.h"

/* a field of a row expression that costs more may be computed once only */
#define CHEAP_FIELD (10 * cpu_operator_cost)

/*
 * Nodes that take the place of calls in one query.  Compiling an expression to
 * machine code takes time that grows with its size, faster than in proportion,
 * and cannot be cancelled: this many take a good half of a second.  Where nothing
 * is compiled so, planning sets the limit.  The call takes hardly longer than
 * expressions of that size do.
 */
#define MAX_NODES_JIT	1250
#define MAX_NODES		10000

/* What takes the place of the columns of the row. */
typedef struct Replacement
{
	Node	   *row;
	TupleDesc	columns;
} Replacement;

static Node *
inline_select_field(Node *row, AttrNumber attnum, Form_pg_attribute column)
{
	FieldSelect *field;

	if (IsA(row, RowExpr) && attnum <= list_length(((RowExpr *) row)->args))
	{
		Node	   *arg = list_nth(((RowExpr *) row)->args, attnum - 1);

		/* what the planner would make of it, without a copy of the row */
		if (exprType(arg) == column->atttypid &&
			exprTypmod(arg) == column->atttypmod &&
			exprCollation(arg) == column->attcollation)
			return copyObject(arg);
	}
	field = makeNode(FieldSelect);
	field->arg = (Expr *) copyObject(row);
	field->fieldnum = attnum;
	field->resulttype = column->atttypid;
	field->resulttypmod = column->atttypmod;
	field->resultcollid = column->attcollation;
	return (Node *) field;
}

/*
 * Columns become fields of the row argument; the planner folds those into
 * what it knows of it.
 */
static Node *
inline_select_fields(Node *node, Replacement *replacement)
{
	if (node == NULL)
		return NULL;
	if (IsA(node, Var))
	{
		AttrNumber	attnum = ((Var *) node)->varattno;

		return inline_select_field(replacement->row, attnum,
								   TupleDescAttr(replacement->columns, attnum - 1));
	}
	return expression_tree_mutator(node, inline_select_fields, replacement);
}

/* columns from a list of names and one of expressions or Vars */
static TupleDesc
inline_describe(List *names, List *fields)
{
	TupleDesc	columns = CreateTemplateTupleDesc(list_length(fields));
	AttrNumber	attnum = 0;
	ListCell   *name;
	ListCell   *field;

	forboth(name, names, field, fields)
	{
		Node	   *expr = lfirst(field);

		attnum++;
		TupleDescInitEntry(columns, attnum, strVal(lfirst(name)),
						   exprType(expr), exprTypmod(expr), 0);
		TupleDescInitEntryCollation(columns, attnum, exprCollation(expr));
	}
	TupleDescFinalize(columns);
	return columns;
}

/* may the fields be evaluated any number of times? */
static bool
inline_is_cheap(PlannerInfo *root, RowExpr *row)
{
	ListCell   *cell;

	if (contain_volatile_functions((Node *) row) ||
		contain_subplans((Node *) row) || expression_returns_set((Node *) row))
		return false;
	foreach(cell, row->args)
	{
		QualCost	cost;

		cost_qual_eval_node(&cost, lfirst(cell), root);
		if (cost.startup + cost.per_tuple > CHEAP_FIELD)
			return false;
	}
	return true;
}

/* the columns of a record from a subquery, here or in a query around this one */
static TupleDesc
inline_columns_of_record(PlannerInfo *root, Var *var)
{
	RangeTblEntry *rte;
	List	   *names;
	List	   *vars;

	for (Index level = var->varlevelsup; level > 0 && root != NULL; level--)
		root = root->parent_root;
	if (root == NULL || root->parse == NULL || root->parse->groupingSets != NIL ||
		var->varattno != InvalidAttrNumber ||
		var->varno < 1 || var->varno > list_length(root->parse->rtable))
		return NULL;
	rte = rt_fetch(var->varno, root->parse->rtable);
	TCS_EXPAND_RTE(rte, var->varno, &names, &vars);
	return inline_describe(names, vars);
}

/* the columns of a row argument that can be taken apart; NULL for others */
static TupleDesc
inline_columns_of(PlannerInfo *root, Node *given)
{
	Node	   *row = given;
	Oid			type = exprType(row);

	if (root->parse != NULL && root->parse->groupingSets != NIL)
		return NULL;
	/* a row from below an outer join, which may be NULL as a whole */
	if (IsA(row, PlaceHolderVar))
		row = (Node *) ((PlaceHolderVar *) row)->phexpr;

	if (IsA(row, RowExpr))
	{
		RowExpr    *expr = (RowExpr *) row;

		if (!inline_is_cheap(root, expr))
			return NULL;
		if (type == RECORDOID)
			return list_length(expr->colnames) == list_length(expr->args) ?
				inline_describe(expr->colnames, expr->args) : NULL;
	}
	else if (row != given && !IsA(row, Const))
		return NULL;
	else if (IsA(row, Var))
	{
		Var		   *var = (Var *) row;

		/* expressions that stand alone are planned without a query */
		if (root->parse == NULL ||
			var->varlevelsup != 0 || root->parse->groupingSets != NIL ||
			var->varno < 1 || var->varno > list_length(root->parse->rtable))
			return NULL;
		if (type == RECORDOID)
			return inline_columns_of_record(root, var);
	}
	else if (IsA(row, Const) && !((Const *) row)->constisnull)
	{
		HeapTupleHeader header = DatumGetHeapTupleHeader(((Const *) row)->constvalue);

		return lookup_rowtype_tupdesc_copy(HeapTupleHeaderGetTypeId(header),
										   HeapTupleHeaderGetTypMod(header));
	}
	else if (!IsA(row, Param) || type == RECORDOID)
		return NULL;
	{
		TupleDesc	shared = lookup_rowtype_tupdesc_domain(type, exprTypmod(row), true);
		TupleDesc	columns = shared ? CreateTupleDescCopy(shared) : NULL;

		if (shared)
			ReleaseTupleDesc(shared);
		/* a change of the row's type makes the plan invalid, too */
		if (columns && type != RECORDOID)
			root->glob->relationOids =
				lappend_oid(root->glob->relationOids,
							get_typ_typrelid(getBaseType(type)));
		return columns;
	}
}

/*
 * A call that stays.  What it gets must show its columns even where an outer
 * join has no row: a NULL record has none, NULLs in a record have.
 */
static Node *
inline_show_columns(PlannerInfo *root, FuncExpr *call)
{
	Node	   *row = llast(call->args);
	RowExpr    *fields;
	TupleDesc	columns;

	if (root == NULL || exprType(row) != RECORDOID)
		return NULL;
	if (IsA(row, Var))
		columns = inline_columns_of_record(root, (Var *) row);
	else if (IsA(row, PlaceHolderVar))
	{
		RowExpr    *expr = (RowExpr *) ((PlaceHolderVar *) row)->phexpr;

		/* however costly, a placeholder is evaluated once */
		columns = IsA(expr, RowExpr) &&
			list_length(expr->colnames) == list_length(expr->args) ?
			inline_describe(expr->colnames, expr->args) : inline_columns_of(root, row);
	}
	else
		return NULL;
	if (columns == NULL)
		return NULL;

	fields = makeNode(RowExpr);
	fields->row_typeid = RECORDOID;
	fields->row_format = COERCE_EXPLICIT_CALL;
	fields->location = -1;
	for (int i = 0; i < columns->natts; i++)
	{
		Form_pg_attribute column = TupleDescAttr(columns, i);

		fields->args = lappend(fields->args, inline_select_field(row, i + 1, column));
		fields->colnames = lappend(fields->colnames,
								   makeString(pstrdup(NameStr(column->attname))));
	}
	call = copyObject(call);
	llast(call->args) = eval_const_expressions(root, (Node *) fields);
	return (Node *) call;
}

/* the columns that take more than to fetch them */
static Bitmapset *
inline_computed_columns(const Replacement *replacement)
{
	Node	   *row = replacement->row;
	Bitmapset  *computed = NULL;

	if (IsA(row, Var) || IsA(row, Const) || IsA(row, Param))
		return NULL;
	for (int i = 0; i < replacement->columns->natts; i++)
	{
		if (IsA(row, RowExpr) && i < list_length(((RowExpr *) row)->args))
		{
			Node	   *arg = list_nth(((RowExpr *) row)->args, i);

			if (IsA(arg, Var) || IsA(arg, Const) || IsA(arg, Param))
				continue;
		}
		computed = bms_add_member(computed, i + 1);
	}
	return computed;
}

static bool
inline_count_nodes(Node *node, int *count)
{
	if (node == NULL)
		return false;
	if (!IsA(node, List))
		(*count)++;
	return expression_tree_walker(node, inline_count_nodes, count);
}

/* nodes that calls before this one, in the same query, have been replaced by */
static int	nodes_so_far = 0;

/*
 * Plan anew when a table of sets changes, whether the call is replaced or not.
 * That these tables are noted shows, too, that this is not the first call.
 */
static void
inline_note_tables(PlannerInfo *root, TcsStoredSets *stored)
{
	Oid			sets;
	Oid			members;

	if (!tcs_stored_among(root->glob->relationOids))
		nodes_so_far = 0;
	(void) tcs_stored_find(stored, &sets, &members, false);
	root->glob->relationOids = lappend_oid(root->glob->relationOids, sets);
	root->glob->relationOids = lappend_oid(root->glob->relationOids, members);
}

static Node *
inline_replace(SupportRequestSimplify *request, const TcsRowCall *call)
{
	PlannerInfo *root = request->root;
	List	   *args = request->fcall->args;
	struct varlena *given[lengthof(call->name)];
	Replacement replacement;
	Node	   *result;
	int			most = jit_enabled ? MAX_NODES_JIT : MAX_NODES;
	int			count = 0;

	/* no row: that is for the call to say */
	if (!type_is_rowtype(exprType(llast(args))))
		return NULL;
	if (root == NULL)
		return inline_show_columns(root, request->fcall);
	for (int i = 0; i < call->names; i++)
	{
		Const	   *name = list_nth(args, i);

		if (!IsA(name, Const) || name->constisnull)
			return inline_show_columns(root, request->fcall);
		/* a definition is read in place, which needs the long header */
		given[i] = call->by_definition && i == 0 ? PG_DETOAST_DATUM(name->constvalue) :
			PG_DETOAST_DATUM_PACKED(name->constvalue);
	}

	inline_note_tables(root, call->stored);
	replacement.row = llast(args);
	replacement.columns = inline_columns_of(root, replacement.row);
	if (replacement.columns == NULL)
		return inline_show_columns(root, request->fcall);
	most -= nodes_so_far;
	result = call->expression(call->kind, given, replacement.columns,
							  inline_computed_columns(&replacement), NULL, most);
	if (result != NULL)
	{
		result = inline_select_fields(result, &replacement);
		/* what replaces a call is not simplified otherwise */
		result = eval_const_expressions(root, result);
		inline_count_nodes(result, &count);
	}
	if (count == 0 || count > most)
		return inline_show_columns(root, request->fcall);
	nodes_so_far += count;
	return result;
}

Datum
tcs_row_call_support(FunctionCallInfo fcinfo, const TcsRowCall *call)
{
	Node	   *request = (Node *) PG_GETARG_POINTER(0);
	Node	   *result = NULL;

	if (request != NULL && IsA(request, SupportRequestSimplify))
		result = inline_replace((SupportRequestSimplify *) request, call);
	PG_RETURN_POINTER(result);
}
