/*
 * segment_case.c
 *		What a rule set means, as the expression that an expert would write.
 */
#include "rules/rules.h"

#include "catalog/pg_collation.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/makefuncs.h"
#include "utils/builtins.h"
#include "utils/fmgroids.h"

/* earlier rules that in_segment writes out; more make one CASE */
#define MAX_TERMS 100

/* so many stand by themselves */
#define FEW_TERMS 8

/* The conditions of the enabled rules, compiled. */
typedef struct CaseCompiled
{
	const TcsRuleSet *set;
	Expr	  **condition;		/* NULL: a rule that is not enabled */
} CaseCompiled;

static Expr *
case_text_constant(const char *text)
{
	return (Expr *) makeConst(TEXTOID, -1, DEFAULT_COLLATION_OID, -1,
							  text ? CStringGetTextDatum(text) : (Datum) 0,
							  text == NULL, false);
}

static Expr *
case_integer_constant(int32 value)
{
	return (Expr *) makeConst(INT4OID, -1, InvalidOid, sizeof(int32),
							  Int32GetDatum(value), false, true);
}

/*
 * The condition, and that it is known: together they are never NULL.  c IS TRUE
 * would be shorter, but postgres_fdw does not send it, and the planner reckons
 * with it as with a second condition.
 */
static List *
case_holds(Expr *condition)
{
	NullTest   *known = makeNode(NullTest);

	known->arg = copyObject(condition);
	known->nulltesttype = IS_NOT_NULL;
	known->argisrow = false;
	known->location = -1;
	return list_make2(copyObject(condition), known);
}

static Expr *
case_fails(Expr *condition)
{
	return makeBoolExpr(NOT_EXPR, list_make1(makeBoolExpr(AND_EXPR, case_holds(condition), -1)), -1);
}

static Expr *
case_combine_terms(BoolExprType type, List *terms)
{
	if (terms == NIL)
		return (Expr *) makeBoolConst(type == AND_EXPR, false);
	if (list_length(terms) == 1)
		return linitial(terms);
	return makeBoolExpr(type, terms, -1);
}

/* CASE with one branch a rule; result makes what follows THEN */
static Expr *
make_segment_case(Oid type, List *conditions, List *results, Expr *otherwise)
{
	CaseExpr   *expr = makeNode(CaseExpr);
	ListCell   *condition;
	ListCell   *result;

	if (conditions == NIL)
		return otherwise;
	expr->casetype = type;
	expr->casecollid = type == TEXTOID ? DEFAULT_COLLATION_OID : InvalidOid;
	expr->defresult = otherwise;
	expr->location = -1;
	forboth(condition, conditions, result, results)
	{
		CaseWhen   *when = makeNode(CaseWhen);

		when->expr = lfirst(condition);
		when->result = lfirst(result);
		when->location = -1;
		expr->args = lappend(expr->args, when);
	}
	return (Expr *) expr;
}

static Expr *
make_segment_assign(const CaseCompiled *compiled)
{
	const TcsRuleSet *set = compiled->set;
	List	   *conditions = NIL;
	List	   *results = NIL;

	for (int i = 0; i < set->count; i++)
	{
		if (compiled->condition[i] == NULL)
			continue;
		conditions = lappend(conditions, compiled->condition[i]);
		results = lappend(results, case_text_constant(set->rules[i].segment));
	}
	return make_segment_case(TEXTOID, conditions, results, case_text_constant(set->default_segment));
}

/* an array of the results whose conditions hold */
static Expr *
make_segment_array(Oid type, Oid array_type, List *conditions, List *results)
{
	ArrayExpr  *array = makeNode(ArrayExpr);
	Oid			collation = type == TEXTOID ? DEFAULT_COLLATION_OID : InvalidOid;
	Const	   *null = makeNullConst(type, -1, collation);
	ListCell   *condition;
	ListCell   *result;

	array->array_typeid = array_type;
	array->array_collid = collation;
	array->element_typeid = type;
	array->location = -1;
	forboth(condition, conditions, result, results)
		array->elements = lappend(array->elements,
								  make_segment_case(type, list_make1(lfirst(condition)),
													list_make1(lfirst(result)),
													(Expr *) copyObject(null)));
	return (Expr *) makeFuncExpr(F_ARRAY_REMOVE, array_type,
								 list_make2(array, null), collation, collation,
								 COERCE_EXPLICIT_CALL);
}

typedef struct NamedPlace
{
	const char *name;
	int			place;
} NamedPlace;

static int
compare_places(const void *a, const void *b)
{
	const NamedPlace *left = a;
	const NamedPlace *right = b;
	int			order = strcmp(left->name, right->name);

	return order != 0 ? order : left->place - right->place;
}

int *
tcs_first_equal(const char *const *names, int count)
{
	NamedPlace *sorted = palloc(Max(count, 1) * sizeof(NamedPlace));
	int		   *first = palloc(Max(count, 1) * sizeof(int));
	int			named = 0;

	for (int i = 0; i < count; i++)
	{
		first[i] = -1;
		if (names[i] == NULL)
			continue;
		sorted[named].name = names[i];
		sorted[named++].place = i;
	}
	qsort(sorted, named, sizeof(NamedPlace), compare_places);
	for (int i = 0; i < named; i++)
		first[sorted[i].place] = i > 0 && strcmp(sorted[i].name, sorted[i - 1].name) == 0 ?
			first[sorted[i - 1].place] : sorted[i].place;
	pfree(sorted);
	return first;
}

/* the segments that match, each once, by the priority of its first rule */
static Expr *
make_segment_matches(const CaseCompiled *compiled)
{
	const TcsRuleSet *set = compiled->set;
	const char **segments = palloc(Max(set->count, 1) * sizeof(char *));
	List	  **terms = palloc0(Max(set->count, 1) * sizeof(List *));
	int		   *first;
	List	   *conditions = NIL;
	List	   *results = NIL;

	for (int i = 0; i < set->count; i++)
		segments[i] = compiled->condition[i] ? set->rules[i].segment : NULL;
	first = tcs_first_equal(segments, set->count);
	for (int i = 0; i < set->count; i++)
		if (first[i] >= 0)
			terms[first[i]] = lappend(terms[first[i]], compiled->condition[i]);
	for (int i = 0; i < set->count; i++)
	{
		if (terms[i] == NIL)
			continue;
		conditions = lappend(conditions, case_combine_terms(OR_EXPR, terms[i]));
		results = lappend(results, case_text_constant(segments[i]));
	}
	return make_segment_array(TEXTOID, TEXTARRAYOID, conditions, results);
}

static Expr *
make_segment_priorities(const CaseCompiled *compiled)
{
	const TcsRuleSet *set = compiled->set;
	List	   *conditions = NIL;
	List	   *results = NIL;

	for (int i = 0; i < set->count; i++)
	{
		if (compiled->condition[i] == NULL)
			continue;
		conditions = lappend(conditions, compiled->condition[i]);
		results = lappend(results, case_integer_constant(set->rules[i].priority));
	}
	return make_segment_array(INT4OID, INT4ARRAYOID, conditions, results);
}

/*
 * That none of these conditions holds, as terms of an AND.  Few are written out,
 * for what the planner can tell from them; a CASE of many is smaller.
 */
static List *
case_none(List *conditions)
{
	List	   *terms = NIL;
	List	   *results = NIL;
	ListCell   *cell;

	foreach(cell, conditions)
	{
		if (list_length(conditions) <= FEW_TERMS)
			terms = lappend(terms, case_fails(lfirst(cell)));
		else
			results = lappend(results, makeBoolConst(false, false));
	}
	if (results == NIL)
		return terms;
	return list_make1(make_segment_case(BOOLOID, copyObject(conditions), results, (Expr *) makeBoolConst(true, false)));
}

/*
 * One CASE for all rules: is it that segment?
 */
static Expr *
make_place_case(const CaseCompiled *compiled, const char *segment, bool is_default)
{
	const TcsRuleSet *set = compiled->set;
	List	   *conditions = NIL;
	List	   *results = NIL;

	for (int i = 0; i < set->count; i++)
	{
		if (compiled->condition[i] == NULL)
			continue;
		conditions = lappend(conditions, copyObject(compiled->condition[i]));
		results = lappend(results, makeBoolConst(strcmp(set->rules[i].segment, segment) == 0, false));
	}
	return make_segment_case(BOOLOID, conditions, results, (Expr *) makeBoolConst(is_default, false));
}

/*
 * Is it that segment?  Never NULL.  The plain conditions stand at the top, for
 * indexes.
 */
static Expr *
make_place_in(const CaseCompiled *compiled, const char *segment)
{
	const TcsRuleSet *set = compiled->set;
	bool		is_default = set->default_segment != NULL &&
	strcmp(set->default_segment, segment) == 0;
	bool		known = is_default;
	List	   *own = NIL;
	List	   *exact = NIL;
	List	   *earlier = NIL;
	int			terms = 0;

	for (int i = 0; i < set->count; i++)
	{
		Expr	   *condition = compiled->condition[i];
		bool		is_own = strcmp(set->rules[i].segment, segment) == 0;

		known = known || is_own;
		if (condition == NULL)
			continue;
		if (is_own)
		{
			List	   *all = case_holds(condition);

			terms += list_length(earlier);
			if (terms <= MAX_TERMS)
			{
				all = list_concat(all, case_none(earlier));
				exact = lappend(exact, case_combine_terms(AND_EXPR, all));
			}
			own = lappend(own, copyObject(condition));
		}
		else
			earlier = lappend(earlier, condition);
	}
	if (!known)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_OBJECT),
				 set->is_given ? errmsg("the definition has no segment \"%s\"", segment) :
				 errmsg("rule set \"%s\" has no segment \"%s\"", set->name, segment),
				 set->is_given ? errhint("Its rules name the segments, and default_segment that of the others.") :
				 errhint("The table tcs.rule lists the rules with their segments, the table tcs.rule_set the default.")));
	if (is_default)
		terms += list_length(earlier);
	if (is_default && terms <= MAX_TERMS)
	{
		exact = lappend(exact, case_combine_terms(AND_EXPR, case_none(earlier)));
		return case_combine_terms(OR_EXPR, exact);
	}
	if (terms <= MAX_TERMS)
		return case_combine_terms(OR_EXPR, exact);
	/* what no rule matches belongs to the default segment as well */
	if (is_default)
		return make_place_case(compiled, segment, true);
	return case_combine_terms(AND_EXPR, list_make2(case_combine_terms(OR_EXPR, own),
												   make_place_case(compiled, segment, false)));
}

Node *
tcs_segment_expression(TcsSegmentKind kind, const TcsRuleSet *set,
					   const char *segment, TupleDesc columns, TcsPlaces *places)
{
	TcsConditionSettings settings;
	CaseCompiled compiled;

	compiled.set = set;
	compiled.condition = palloc0(Max(set->count, 1) * sizeof(Expr *));
	tcs_conditions_begin(&settings, set->time_zone);
	settings.fold = true;
	for (int i = 0; i < set->count; i++)
	{
		const TcsRule *rule = &set->rules[i];
		Expr	   *condition;

		CHECK_FOR_INTERRUPTS();
		if (!rule->enabled)
			continue;
		condition = tcs_condition_compile(&settings, set, rule, columns);
		if (places != NULL && tcs_place_may_fail(condition))
			condition = case_combine_terms(AND_EXPR,
										   list_make2(tcs_place_mark(places, tcs_rule_place(set, rule)),
													  condition));
		compiled.condition[i] = condition;
	}
	tcs_conditions_end(&settings);

	switch (kind)
	{
		case TCS_SEGMENT_ASSIGN:
			return (Node *) make_segment_assign(&compiled);
		case TCS_SEGMENT_MATCHES:
			return (Node *) make_segment_matches(&compiled);
		case TCS_SEGMENT_PRIORITIES:
			return (Node *) make_segment_priorities(&compiled);
		case TCS_SEGMENT_IN:
			return (Node *) make_place_in(&compiled, segment);
	}
	return NULL;				/* not reached */
}
