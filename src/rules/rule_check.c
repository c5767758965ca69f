/*
 * rule_check.c
 *		rule_check: what is wrong with a rule set, and what it does to the rows
 *		of a relation.
 */
#include "rules/rule_check.h"

#include "catalog/pg_class.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_FUNCTION_INFO_V1(tcs_rule_check);

#define MAX_PAIRED 1000			/* rules whose pairs are counted */

/* One row of the result: about a rule, or else a segment; rows -1: not told. */
static void
rule_report(ReturnSetInfo *result, const TcsRuleCheck *check,
			const char *severity, const char *finding,
			const TcsRule *rule, const TcsRule *other, const char *segment,
			int64 rows, const char *detail)
{
	TcsFinding	row;

	tcs_finding_begin(&row, severity, finding);
	if (rule)
		tcs_finding_set(&row, 2, Int32GetDatum(rule->priority));
	tcs_finding_text(&row, 3, rule ? rule->segment : segment);
	if (other)
	{
		tcs_finding_set(&row, 4, Int32GetDatum(other->priority));
		tcs_finding_text(&row, 5, other->segment);
	}
	tcs_finding_rows(&row, 6, rows, check->rows);
	tcs_finding_text(&row, 8, detail);
	tcs_finding_put(result, &row);
}

typedef struct RuleCompilation
{
	const TcsRuleSet *set;
	TcsCheckedRule *rule;
	TupleDesc	columns;
} RuleCompilation;

static void
rule_compile(void *arg)
{
	RuleCompilation *compilation = arg;
	TcsConditionSettings settings;
	Expr	   *condition;

	tcs_conditions_begin(&settings, compilation->set->time_zone);
	condition = tcs_condition_compile(&settings, compilation->set,
									  compilation->rule->rule,
									  compilation->columns);
	tcs_conditions_end(&settings);
	compilation->rule->condition = expression_planner(condition);
}

static void
rule_fold(void *arg)
{
	tcs_rule_fold(arg);
}

static void
rules_compile(TcsRuleCheck *check, TupleDesc columns)
{
	for (int i = 0; i < check->count; i++)
	{
		TcsCheckedRule *rule = &check->rules[i];
		RuleCompilation compilation = {check->set, rule, columns};
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		if (tcs_check_try(rule_compile, &compilation, &rule->error))
			(void) tcs_check_try(rule_fold, rule, &error);
	}
}

static void
rule_report_errors(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	for (int i = 0; i < check->count; i++)
	{
		const TcsCheckedRule *rule = &check->rules[i];

		if (rule->error)
			rule_report(result, check, "error", rule->condition ? "fails" : "refused",
						rule->rule, NULL, NULL, -1,
						tcs_check_describe(rule->error, "condition"));
	}
}

/*
 * Does a rule take every row that comes to it?  One that is written as true may
 * stand at the end, where there is no default.
 */
static bool
rule_is_always_true(const TcsRuleCheck *check, int i)
{
	const TcsCheckedRule *rule = &check->rules[i];

	if (rule->can_prove && rule->parts == NIL && i == check->count - 1 &&
		check->set->default_segment == NULL)
		return false;
	return rule->never_false || (check->rows > 0 && rule->matches == check->rows);
}

static void
rule_report_warnings(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	for (int i = 0; i < check->count; i++)
	{
		const TcsCheckedRule *rule = &check->rules[i];
		const TcsRule *earlier = NULL;
		const char *now = rule->uses_clock ? " now" : "";
		const char *finding;
		const char *detail;

		if (rule->error)
			continue;
		CHECK_FOR_INTERRUPTS();
		if (rule->impossible)
		{
			finding = "impossible";
			detail = psprintf("the condition can never be true%s", now);
		}
		else if (rule->unreachable && rule->earlier >= 0)
		{
			finding = "unreachable";
			earlier = check->rules[rule->earlier].rule;
			detail = psprintf("wherever the condition is true%s, that of rule %d is true too",
							  now, earlier->priority);
		}
		else if (rule->unreachable)
		{
			finding = "unreachable";
			detail = psprintf("wherever the condition is true%s, that of one of the rules before it is true too",
							  now);
		}
		else if (check->rows > 0 && rule->decides == 0)
		{
			finding = "never first";
			detail = rule->matches == 0 ? "no row matches the condition" :
				"earlier rules match all rows that match the condition";
		}
		else if (rule_is_always_true(check, i))
		{
			finding = "always true";
			detail = rule->never_false && rule->matches < check->rows ?
				psprintf("the condition can never be false%s: it is true of every row for which it is not NULL", now) :
				rule->never_false ?
				psprintf("the condition can never be false%s: no later rule and no default is reached", now) :
				"the condition is true of every row: no later rule and no default is reached";
		}
		else
			continue;
		rule_report(result, check, "warning", finding, rule->rule, earlier, NULL,
					rule->matches, detail);
	}
}

static void
rule_report_notes(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	if (check->count == 0)
		rule_report(result, check, "note", "no rules", NULL, NULL, NULL, -1,
					"no rule of the rule set is enabled");
	if (check->rows == 0)
		rule_report(result, check, "note", "no rows", NULL, NULL, NULL, -1,
					"the relation is empty: nothing is known of the data");
	for (int i = 0; i < check->count; i++)
		if (check->rules[i].condition && check->rules[i].uses_clock)
			rule_report(result, check, "note", "clock", check->rules[i].rule, NULL, NULL, -1,
						"rows can change their segment as time passes, without any change of the data");
	for (int i = 0; i < check->count; i++)
		if (check->rules[i].error == NULL && !check->rules[i].impossible &&
			check->rules[i].unknown > 0)
			rule_report(result, check, "note", "null", check->rules[i].rule, NULL, NULL,
						check->rules[i].unknown,
						"rows for which the condition is NULL, which is no match");
	if (check->in_several > 0)
		rule_report(result, check, "note", "overlaps", NULL, NULL, NULL, check->in_several,
					"rows that match rules of several segments: the order of the rules decides");
	for (int i = 0; check->pairs != NULL && i < check->count; i++)
		for (int j = i + 1; j < check->count; j++)
		{
			const TcsRule *rule = check->rules[i].rule;
			const TcsRule *other = check->rules[j].rule;
			int64		rows = check->pairs[i * check->count + j];

			if (rows > 0 && strcmp(rule->segment, other->segment) != 0)
				rule_report(result, check, "note", "overlap", rule, other, NULL, rows,
							"rows that match both rules");
		}
}

static void
rule_report_figures(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	int64		rest = check->rows;
	const char **segments = palloc(Max(check->count, 1) * sizeof(char *));
	int64	   *rows = palloc0(Max(check->count, 1) * sizeof(int64));
	int		   *first;

	for (int i = 0; i < check->count; i++)
		segments[i] = check->rules[i].rule->segment;
	first = tcs_first_equal(segments, check->count);
	for (int i = 0; i < check->count; i++)
		rows[first[i]] += check->rules[i].decides;
	for (int i = 0; i < check->count; i++)
	{
		if (first[i] != i)
			continue;
		rest -= rows[i];
		rule_report(result, check, "figure", "segment", NULL, NULL, segments[i], rows[i], NULL);
	}
	rule_report(result, check, "figure", "default", NULL, NULL,
				check->set->default_segment, rest, "rows that no rule matches");
}

/* arguments: rule_set, relation */
Datum
tcs_rule_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context = CurrentMemoryContext;
	TcsRuleCheck check = {NULL};
	TcsRuleSet *set;
	Portal		portal;

	set = tcs_rules_read(tcs_check_begin(fcinfo, "rule_set"));
	check.set = set;
	check.rules = palloc0(Max(set->count, 1) * sizeof(TcsCheckedRule));
	for (int i = 0; i < set->count; i++)
		if (set->rules[i].enabled)
			check.rules[check.count++].rule = &set->rules[i];
	if (check.count <= MAX_PAIRED)
		check.pairs = palloc0(Max(check.count * check.count, 1) * sizeof(int64));

	portal = tcs_check_open(PG_GETARG_OID(1));
	MemoryContextSwitchTo(context);
	rules_compile(&check, portal->tupDesc);
	tcs_rules_prove(&check);
	tcs_rules_count(&check, portal);
	tcs_check_close(portal);
	MemoryContextSwitchTo(context);

	rule_report_errors(result, &check);
	rule_report_warnings(result, &check);
	rule_report_notes(result, &check);
	rule_report_figures(result, &check);
	return (Datum) 0;
}
