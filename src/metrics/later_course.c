/*
 * later_course.c
 *		What course a value takes while days pass and nobody buys.
 *
 * Only what is sure of each double and each integer counts: sums, differences and
 * conversions never turn back, as rounding does not.  A risk falls or rises, too, but
 * may do otherwise in its last digit.
 */
#include "metrics/later_course.h"

#include "catalog/namespace.h"
#include "catalog/pg_namespace.h"
#include "catalog/pg_type.h"
#include "nodes/makefuncs.h"
#include "nodes/nodeFuncs.h"
#include "utils/fmgroids.h"
#include "utils/lsyscache.h"

/* What the Vars of an expression are. */
typedef struct CourseOf
{
	const TcsMetricsLater *later;	/* for those of its columns, ... */
	const TcsCourse *columns;	/* ... or those of rules */
} CourseOf;

static TcsCourse course_of(Node *node, const CourseOf *of);

static TcsCourse
course_of_variable(const Var *var, const CourseOf *of)
{
	if (of->columns != NULL)
		return of->columns[var->varattno - 1];
	if (var->varno == TCS_LATER_HISTORY)
		return var->varattno == of->later->t ? TCS_RISES : TCS_STAYS;
	return var->varno == TCS_LATER_FOUND && var->varattno == of->later->history_at ? TCS_ANY_COURSE : TCS_STAYS;
}

static TcsCourse
course_turned(TcsCourse course)
{
	return course == TCS_RISES ? TCS_FALLS : course == TCS_FALLS ? TCS_RISES : course;
}

/* Of what is the sum of two. */
static TcsCourse
course_added(TcsCourse left, TcsCourse right)
{
	if (left == TCS_STAYS || left == right)
		return right;
	return right == TCS_STAYS ? left : TCS_ANY_COURSE;
}

static bool
course_is_conversion(Oid function)
{
	switch (function)
	{
		case F_INT4_FLOAT8:
		case F_FLOAT8_INT4:
		case F_FLOAT8_INT2:
		case F_INT8_INT4:
		case F_INT4_INT2:
		case F_NUMERIC_INT4:
		case F_NUMERIC_INT2:
			return true;
		default:
			return false;
	}
}

/* By its arguments, with what is known of the function. */
static TcsCourse
course_of_call(Oid function, List *args, const CourseOf *of)
{
	TcsCourse	first;
	TcsCourse	second;

	if (args == NIL)
		return TCS_STAYS;
	first = course_of(linitial(args), of);
	if (list_length(args) == 1)
		return first == TCS_STAYS || course_is_conversion(function) ? first : TCS_ANY_COURSE;
	second = course_of(lsecond(args), of);
	if (list_length(args) == 2)
		switch (function)
		{
			case F_INT4PL:
			case F_FLOAT8PL:
			case F_NUMERIC_ADD:
				return course_added(first, second);
			case F_INT4MI:
			case F_FLOAT8MI:
			case F_NUMERIC_SUB:
				return course_added(first, course_turned(second));
		}
	return TCS_ANY_COURSE;
}

static bool
course_find_moving(Node *node, void *of)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		return course_of_variable((Var *) node, of) != TCS_STAYS;
	return expression_tree_walker(node, course_find_moving, of);
}

static TcsCourse
course_of(Node *node, const CourseOf *of)
{
	if (!course_find_moving(node, (void *) of))
		return TCS_STAYS;
	switch (nodeTag(node))
	{
		case T_Var:
			return course_of_variable((Var *) node, of);
		case T_RelabelType:
			return course_of((Node *) ((RelabelType *) node)->arg, of);
		case T_FuncExpr:
			return course_of_call(((FuncExpr *) node)->funcid, ((FuncExpr *) node)->args, of);
		case T_OpExpr:
			set_opfuncid((OpExpr *) node);
			return course_of_call(((OpExpr *) node)->opfuncid, ((OpExpr *) node)->args, of);
		default:
			return TCS_ANY_COURSE;
	}
}

/* The one call of rfm_score by which the day enters, if it enters by nothing else. */
typedef struct RankSearch
{
	CourseOf	of;
	FuncExpr   *call;
} RankSearch;

/* The history of the customer, whose length is all that days change. */
static bool
rank_is_history(Node *node, const CourseOf *of)
{
	return IsA(node, Var) && of->columns == NULL &&
		((Var *) node)->varno == TCS_LATER_FOUND && ((Var *) node)->varattno == of->later->history_at;
}

/* rfm_score of a model and the history */
static bool
rank_is_score(Node *node, const CourseOf *of)
{
	FuncExpr   *call = (FuncExpr *) node;
	const char *name = IsA(node, FuncExpr) ? get_func_name(call->funcid) : NULL;

	return name != NULL && strcmp(name, "rfm_score") == 0 &&
		get_func_namespace(call->funcid) == get_namespace_oid("tcs", false) &&
		list_length(call->args) == 2 &&
		course_of(linitial(call->args), of) == TCS_STAYS &&
		rank_is_history(lsecond(call->args), of);
}

/* True: the day enters otherwise. */
static bool
rank_find(Node *node, RankSearch *search)
{
	if (node == NULL)
		return false;
	if (rank_is_score(node, &search->of))
	{
		if (search->call != NULL && !equal(search->call, node))
			return true;
		search->call = (FuncExpr *) node;
		return false;
	}
	if (IsA(node, Var))
		return course_of_variable((Var *) node, &search->of) != TCS_STAYS;
	return expression_tree_walker(node, rank_find, search);
}

/* The field r of a score. */
static Expr *
rank_of(const FuncExpr *call)
{
	AttrNumber	number = get_attnum(get_typ_typrelid(call->funcresulttype), "r");
	FieldSelect *field = makeNode(FieldSelect);

	if (number <= 0 || get_atttype(get_typ_typrelid(call->funcresulttype), number) != INT2OID)
		return NULL;
	field->arg = (Expr *) copyObject(call);
	field->fieldnum = number;
	field->resulttype = INT2OID;
	field->resulttypmod = -1;
	return (Expr *) field;
}

TcsCourse
tcs_later_column_course(const TcsMetricsLater *later, Expr *column, Expr **r)
{
	RankSearch	search = {{later, NULL}, NULL};
	TcsCourse	course = course_of((Node *) column, &search.of);

	*r = NULL;
	if (course == TCS_ANY_COURSE && !rank_find((Node *) column, &search) && search.call != NULL)
		*r = rank_of(search.call);
	return *r ? TCS_BY_RANK : course;
}

TcsCourse
tcs_later_course(const TcsCourse *columns, Expr *expr)
{
	CourseOf	of = {NULL, columns};

	return course_of((Node *) expr, &of);
}

/* What has meaning within another expression only. */
static bool
course_find_bound(Node *node, void *context)
{
	if (node == NULL)
		return false;
	if (IsA(node, CaseTestExpr) || IsA(node, CoerceToDomainValue) || IsA(node, Param))
		return true;
	return expression_tree_walker(node, course_find_bound, context);
}

static bool
course_is_number(Oid type)
{
	return type == INT2OID || type == INT4OID || type == INT8OID || type == FLOAT8OID || type == NUMERICOID;
}

bool
tcs_later_is_step(const TcsCourse *columns, Node *node)
{
	OpExpr	   *comparison = (OpExpr *) node;
	const char *name;
	TcsCourse	left;
	TcsCourse	right;

	if (!IsA(node, OpExpr) || list_length(comparison->args) != 2 ||
		get_func_namespace(get_opcode(comparison->opno)) != PG_CATALOG_NAMESPACE ||
		!course_is_number(exprType(linitial(comparison->args))) ||
		!course_is_number(exprType(lsecond(comparison->args))))
		return false;
	name = get_opname(comparison->opno);
	if (name == NULL || (strcmp(name, "<") != 0 && strcmp(name, "<=") != 0 &&
						 strcmp(name, ">") != 0 && strcmp(name, ">=") != 0))
		return false;
	left = tcs_later_course(columns, linitial(comparison->args));
	right = course_turned(tcs_later_course(columns, lsecond(comparison->args)));
	left = course_added(left, right);
	return (left == TCS_RISES || left == TCS_FALLS) && !course_find_bound(node, NULL);
}
