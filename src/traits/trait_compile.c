/*
 * trait_compile.c
 *		What a trait says, checked over the columns of a log and written as SQL.
 *
 * The text that goes into the view is not the one that was typed: it is what the
 * analysed expression is written as, whose names and literals mean the same
 * whatever settings a session has.
 */
#include "traits/traits.h"

#include "access/sysattr.h"
#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "nodes/nodeFuncs.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/ruleutils.h"
#include "utils/typcache.h"

#include "expressions/check_rows.h"

/* Which columns of the log, as pull_varattnos counts them. */
static bool
trait_find_columns(Node *node, Bitmapset **columns)
{
	if (node == NULL)
		return false;
	if (IsA(node, Var))
		*columns = bms_add_member(*columns, ((Var *) node)->varattno - FirstLowInvalidHeapAttributeNumber);
	return expression_tree_walker(node, trait_find_columns, columns);
}

/* One of the texts of a trait as an expression over the log. */
static Expr *
trait_compile_source(const TcsConditionSettings *settings, const TcsTraitSet *set, const TcsTrait *trait,
					 const char *string, const TcsSourceKind *kind, TupleDesc columns)
{
	TcsTraitContext context = {trait->name, set->name};
	TcsSource	source = {string, kind};
	Expr	   *expr = tcs_source_compile(settings, &source, columns, tcs_trait_describe, &context);

	if (tcs_uses_clock((Node *) expr))
		ereport(ERROR,
				(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
				 errmsg("the %s of trait \"%s\" asks the clock", kind->noun, trait->name),
				 errhint("How far back events count is for within to say.")));
	return expr;
}

static char *
trait_write(Expr *expr, Relation events, const char *alias)
{
	return deparse_expression((Node *) expr, deparse_context_for(alias, RelationGetRelid(events)),
							  true, false);
}

/* the value of a measure must be one that it can be of */
static void
trait_check_value(const TcsTrait *trait, Oid type)
{
	if (trait->measure->takes == TCS_TRAIT_TAKES_NUMBER && type != BOOLOID && !tcs_is_number(type))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the value of trait \"%s\" must be a number or a boolean, not of type %s",
						trait->name, format_type_be(type)),
				 errhint("Measure \"%s\" adds values up; of others there are first, last, most_frequent and distinct.",
						 trait->measure->name)));
	if (trait->measure->takes == TCS_TRAIT_TAKES_ORDERED &&
		!OidIsValid(lookup_type_cache(type, TYPECACHE_CMP_PROC)->cmp_proc))
		ereport(ERROR,
				(errcode(ERRCODE_DATATYPE_MISMATCH),
				 errmsg("the values of trait \"%s\" are of type %s, which has no order",
						trait->name, format_type_be(type)),
				 errhint("Cast the value to one that has, such as text.")));
}

void
tcs_trait_compile(const TcsConditionSettings *settings, const TcsTraitSet *set, const TcsTrait *trait,
				  TupleDesc columns, TcsTraitCompiled *compiled)
{
	ListCell   *cell;

	memset(compiled, 0, sizeof(TcsTraitCompiled));
	if (trait->value != NULL)
	{
		compiled->value = trait_compile_source(settings, set, trait, trait->value, &tcs_trait_value_kind, columns);
		trait_check_value(trait, getBaseType(exprType((Node *) compiled->value)));
	}
	if (trait->condition != NULL)
		compiled->condition = trait_compile_source(settings, set, trait, trait->condition,
												   &tcs_trait_condition_kind, columns);
	if (trait->since != NULL)
		compiled->since = trait_compile_source(settings, set, trait, trait->since,
											   &tcs_trait_condition_kind, columns);
	foreach(cell, trait->steps)
		compiled->steps = lappend(compiled->steps, trait_compile_source(settings, set, trait, lfirst(cell),
																		&tcs_trait_condition_kind, columns));
}

/* One trait, as text. */
static void
trait_write_texts(const TcsTraitSet *set, int number, Relation events, const char *alias, TcsTraitTexts *texts)
{
	TcsTraitText *written = &texts->texts[number];
	TcsConditionSettings settings;
	TcsTraitCompiled compiled;
	ListCell   *cell;

	/* constants must be read as what they are, and no name depend on a path */
	tcs_conditions_begin(&settings, set->time_zone);
	tcs_pin_setting("extra_float_digits", "1");
	tcs_trait_compile(&settings, set, &set->traits[number], RelationGetDescr(events), &compiled);
	if (compiled.value != NULL)
	{
		written->value_type = getBaseType(exprType((Node *) compiled.value));
		written->value = trait_write(compiled.value, events, "o");
	}
	if (compiled.condition != NULL)
		written->condition = trait_write(compiled.condition, events, alias);
	if (compiled.since != NULL)
		written->since = trait_write(compiled.since, events, "e");
	foreach(cell, compiled.steps)
	{
		written->steps = lappend(written->steps, trait_write(lfirst(cell), events, "o"));
		trait_find_columns(lfirst(cell), &texts->columns);
	}
	tcs_conditions_end(&settings);
	trait_find_columns((Node *) compiled.value, &texts->columns);
}

void
tcs_traits_compile(const TcsTraitSet *set, Relation events, const char *alias, TcsTraitTexts *texts)
{
	texts->texts = palloc0(Max(set->count, 1) * sizeof(TcsTraitText));
	texts->columns = NULL;
	for (int i = 0; i < set->count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		trait_write_texts(set, i, events, alias, texts);
	}
}
