/*
 * rule_check.c
 *		rule_check: what is wrong with a rule set, and what it does to the rows
 *		of a relation.
 */
#include "rule_check.h"

#include "access/xact.h"
#include "catalog/pg_class.h"
#include "funcapi.h"
#include "miscadmin.h"
#include "optimizer/optimizer.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"
#include "utils/resowner.h"

PG_FUNCTION_INFO_V1(tcs_rule_check);

#define MAX_PAIRED 1000			/* rules whose pairs are counted */

/* One row of the result. */
typedef struct Finding
{
	const char *severity;
	const char *finding;
	const TcsRule *rule;
	const TcsRule *other;
	const char *segment;		/* where there is no rule */
	int64		rows;			/* -1: none to be told */
	const char *detail;
} Finding;

static void
report(ReturnSetInfo *result, const TcsRuleCheck *check, Finding finding)
{
	Datum		values[9];
	bool		nulls[9];
	const char *segment = finding.rule ? finding.rule->segment : finding.segment;

	memset(nulls, true, sizeof(nulls));
	values[0] = CStringGetTextDatum(finding.severity);
	values[1] = CStringGetTextDatum(finding.finding);
	nulls[0] = nulls[1] = false;
	if (finding.rule && finding.segment == NULL)
	{
		values[2] = Int32GetDatum(finding.rule->priority);
		nulls[2] = false;
	}
	if (segment)
	{
		values[3] = CStringGetTextDatum(segment);
		nulls[3] = false;
	}
	if (finding.other)
	{
		values[4] = Int32GetDatum(finding.other->priority);
		values[5] = CStringGetTextDatum(finding.other->segment);
		nulls[4] = nulls[5] = false;
	}
	if (finding.rows >= 0)
	{
		values[6] = Int64GetDatum(finding.rows);
		nulls[6] = false;
		if (check->rows > 0)
		{
			values[7] = Float8GetDatum((double) finding.rows / check->rows);
			nulls[7] = false;
		}
	}
	if (finding.detail)
	{
		values[8] = CStringGetTextDatum(finding.detail);
		nulls[8] = false;
	}
	tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
}

bool
tcs_rule_try(void (*function) (void *), void *arg, ErrorData **error)
{
	MemoryContext context = CurrentMemoryContext;
	ResourceOwner owner = CurrentResourceOwner;
	volatile bool fine = true;

	BeginInternalSubTransaction(NULL);
	MemoryContextSwitchTo(context);
	PG_TRY();
	{
		function(arg);
		ReleaseCurrentSubTransaction();
	}
	PG_CATCH();
	{
		MemoryContextSwitchTo(context);
		*error = CopyErrorData();
		FlushErrorState();
		RollbackAndReleaseCurrentSubTransaction();
		fine = false;
	}
	PG_END_TRY();
	MemoryContextSwitchTo(context);
	CurrentResourceOwner = owner;

	/* what is not about the rule: a cancelled query, no memory, ... */
	if (!fine && (ERRCODE_TO_CATEGORY((*error)->sqlerrcode) == ERRCODE_OPERATOR_INTERVENTION ||
				  ERRCODE_TO_CATEGORY((*error)->sqlerrcode) == ERRCODE_INSUFFICIENT_RESOURCES ||
				  ERRCODE_TO_CATEGORY((*error)->sqlerrcode) == ERRCODE_INTERNAL_ERROR))
		ReThrowError(*error);
	return fine;
}

typedef struct Compilation
{
	const TcsRuleSet *set;
	TcsCheckedRule *rule;
	TupleDesc	columns;
} Compilation;

static void
compile(void *arg)
{
	Compilation *compilation = arg;
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
fold(void *arg)
{
	tcs_rule_fold(arg);
}

static void
compile_rules(TcsRuleCheck *check, TupleDesc columns)
{
	for (int i = 0; i < check->count; i++)
	{
		TcsCheckedRule *rule = &check->rules[i];
		Compilation compilation = {check->set, rule, columns};
		ErrorData  *error;

		CHECK_FOR_INTERRUPTS();
		if (tcs_rule_try(compile, &compilation, &rule->error))
			(void) tcs_rule_try(fold, rule, &error);
	}
}

/* an error in one line, with the place in the condition */
static char *
describe(const ErrorData *error)
{
	StringInfoData text;

	initStringInfo(&text);
	appendStringInfoString(&text, error->message);
	if (error->internalpos > 0)
		appendStringInfo(&text, " (at character %d of the condition)", error->internalpos);
	if (error->detail)
		appendStringInfo(&text, "; %s", error->detail);
	if (error->hint)
		appendStringInfo(&text, "; %s", error->hint);
	return text.data;
}

static void
report_errors(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	for (int i = 0; i < check->count; i++)
	{
		const TcsCheckedRule *rule = &check->rules[i];

		if (rule->error)
			report(result, check, (Finding)
				   {
					   "error", rule->condition ? "fails" : "refused", rule->rule,
					   .rows = -1,.detail = describe(rule->error)
				   });
	}
}

static void
report_warnings(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	for (int i = 0; i < check->count; i++)
	{
		const TcsCheckedRule *rule = &check->rules[i];
		const TcsRule *earlier = NULL;
		const char *now = rule->uses_clock ? " now" : "";
		Finding		finding = {"warning", NULL, rule->rule, .rows = rule->matches};

		if (rule->error)
			continue;
		if (rule->impossible)
		{
			finding.finding = "impossible";
			finding.detail = psprintf("the condition can never be true%s", now);
		}
		else if (rule->unreachable)
		{
			finding.finding = "unreachable";
			if (rule->earlier >= 0)
				earlier = check->rules[rule->earlier].rule;
			finding.other = earlier;
			finding.detail = earlier ?
				psprintf("wherever the condition is true%s, that of rule %d is true too",
						 now, earlier->priority) :
				psprintf("wherever the condition is true%s, that of one of the rules before it is true too", now);
		}
		else if (check->rows > 0 && rule->decides == 0)
		{
			finding.finding = "never first";
			finding.detail = rule->matches == 0 ? "no row matches the condition" :
				"earlier rules match all rows that match the condition";
		}
		if (finding.finding)
			report(result, check, finding);
	}
}

static void
report_notes(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	if (check->count == 0)
		report(result, check, (Finding)
			   {
				   "note", "no rules",.rows = -1,
				   .detail = "no rule of the rule set is enabled"
			   });
	if (check->rows == 0)
		report(result, check, (Finding)
			   {
				   "note", "no rows",.rows = -1,
				   .detail = "the relation is empty: nothing is known of the data"
			   });
	for (int i = 0; i < check->count; i++)
		if (check->rules[i].condition && check->rules[i].uses_clock)
			report(result, check, (Finding)
				   {
					   "note", "clock", check->rules[i].rule,.rows = -1,
					   .detail = "rows can change their segment as time passes, without any change of the data"
				   });
	if (check->in_several > 0)
		report(result, check, (Finding)
			   {
				   "note", "overlaps",.rows = check->in_several,
				   .detail = "rows that match rules of several segments: the order of the rules decides"
			   });
	for (int i = 0; check->pairs != NULL && i < check->count; i++)
		for (int j = i + 1; j < check->count; j++)
		{
			const TcsRule *rule = check->rules[i].rule;
			const TcsRule *other = check->rules[j].rule;
			int64		rows = check->pairs[i * check->count + j];

			if (rows > 0 && strcmp(rule->segment, other->segment) != 0)
				report(result, check, (Finding)
					   {
						   "note", "overlap", rule, other,.rows = rows,
						   .detail = "rows that match both rules"
					   });
		}
}

static void
report_figures(ReturnSetInfo *result, const TcsRuleCheck *check)
{
	int64		rest = check->rows;

	for (int i = 0; i < check->count; i++)
	{
		const char *segment = check->rules[i].rule->segment;
		int64		rows = 0;
		bool		told = false;

		for (int j = 0; j < check->count && !told; j++)
			if (strcmp(check->rules[j].rule->segment, segment) == 0)
			{
				told = j < i;
				rows += check->rules[j].decides;
			}
		if (told)
			continue;
		rest -= rows;
		report(result, check, (Finding)
			   {
				   "figure", "segment",.segment = segment,.rows = rows
			   });
	}
	report(result, check, (Finding)
		   {
			   "figure", "default",.segment = check->set->default_segment,.rows = rest,
			   .detail = "rows that no rule matches"
		   });
}

static Portal
open_relation(Oid relation)
{
	char	   *name = get_rel_name(relation);
	char	   *query;
	SPIPlanPtr	plan;

	if (name == NULL)
		ereport(ERROR,
				(errcode(ERRCODE_UNDEFINED_TABLE),
				 errmsg("relation with OID %u does not exist", relation)));
	query = psprintf("SELECT * FROM %s",
					 quote_qualified_identifier(get_namespace_name(get_rel_namespace(relation)),
												name));
	SPI_connect();
	plan = SPI_prepare(query, 0, NULL);
	if (plan == NULL)
		elog(ERROR, "SPI_prepare failed: %s", SPI_result_code_string(SPI_result));
	return SPI_cursor_open(NULL, plan, NULL, NULL, true);
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

	for (int i = 0; i < 2; i++)
		if (PG_ARGISNULL(i))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("%s must not be null", i == 0 ? "rule_set" : "relation")));
	InitMaterializedSRF(fcinfo, 0);
	set = tcs_rules_read(text_to_cstring(PG_GETARG_TEXT_PP(0)));
	check.set = set;
	check.rules = palloc0(Max(set->count, 1) * sizeof(TcsCheckedRule));
	for (int i = 0; i < set->count; i++)
		if (set->rules[i].enabled)
			check.rules[check.count++].rule = &set->rules[i];
	if (check.count <= MAX_PAIRED)
		check.pairs = palloc0(Max(check.count * check.count, 1) * sizeof(int64));

	portal = open_relation(PG_GETARG_OID(1));
	MemoryContextSwitchTo(context);
	compile_rules(&check, portal->tupDesc);
	tcs_rules_prove(&check);
	tcs_rules_count(&check, portal);
	SPI_cursor_close(portal);
	SPI_finish();
	MemoryContextSwitchTo(context);

	report_errors(result, &check);
	report_warnings(result, &check);
	report_notes(result, &check);
	report_figures(result, &check);
	return (Datum) 0;
}
