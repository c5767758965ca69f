/*
 * scorecard_check.c
 *		scorecard_check: what is wrong with a scorecard, and what it makes of the
 *		rows of a relation.
 */
#include "scorecards/scorecard_check.h"

#include "miscadmin.h"
#include "optimizer/optimizer.h"

PG_FUNCTION_INFO_V1(tcs_scorecard_check);

#define SAME 0.95				/* correlation of factors that say the same */

/* One row of the result; rows -1: not told. */
static void
factor_report(ReturnSetInfo *result, const TcsScorecardCheck *check,
			  const char *severity, const char *finding, const TcsCheckedFactor *checked,
			  int64 rows, const char *detail)
{
	TcsFinding	row;

	tcs_finding_begin(&row, severity, finding);
	if (checked)
		tcs_finding_text(&row, 2, checked->factor->name);
	tcs_finding_rows(&row, 4, rows, check->rows);
	tcs_finding_text(&row, 7, detail);
	tcs_finding_put(result, &row);
}

static void
factor_report_pair(ReturnSetInfo *result, const TcsCheckedFactor *checked,
				   const TcsCheckedFactor *other, double correlation)
{
	TcsFinding	row;

	tcs_finding_begin(&row, "warning", "says the same");
	tcs_finding_text(&row, 2, checked->factor->name);
	tcs_finding_text(&row, 3, other->factor->name);
	tcs_finding_set(&row, 6, Float8GetDatum(correlation));
	tcs_finding_text(&row, 7, correlation > 0 ?
					 "where one factor is high the other is: together they count twice" :
					 "where one factor is high the other is low: they cancel each other");
	tcs_finding_put(result, &row);
}

/* What is compiled in a subtransaction of its own. */
typedef struct FactorCompilation
{
	const TcsScorecard *card;
	TcsCheckedFactor *checked;
	TupleDesc	columns;
} FactorCompilation;

static void
factor_compile(void *arg)
{
	FactorCompilation *compilation = arg;
	TcsConditionSettings settings;
	Expr	   *value;

	tcs_conditions_begin(&settings, compilation->card->time_zone);
	value = tcs_factor_compile(&settings, compilation->card,
							   compilation->checked->factor, compilation->columns);
	tcs_conditions_end(&settings);
	compilation->checked->uses_clock = tcs_uses_clock((Node *) value);
	compilation->checked->value = expression_planner(tcs_factor_number(value));
}

static void
factors_compile(TcsScorecardCheck *check, TupleDesc columns)
{
	for (int i = 0; i < check->card->count; i++)
	{
		FactorCompilation compilation = {check->card, &check->factors[i], columns};

		CHECK_FOR_INTERRUPTS();
		if (!tcs_check_try(factor_compile, &compilation, &check->factors[i].error))
			check->has_errors = true;
	}
}

static void
factor_report_errors(ReturnSetInfo *result, const TcsScorecardCheck *check)
{
	for (int i = 0; i < check->card->count; i++)
	{
		const TcsCheckedFactor *checked = &check->factors[i];

		if (checked->error)
			factor_report(result, check, "error", checked->value ? "fails" : "refused", checked, -1,
						  tcs_check_describe(checked->error, "expression"));
	}
}

static char *
factor_range(double least, double most)
{
	return least == most ? psprintf("all values are %.6g", least) :
		psprintf("values go from %.6g to %.6g", least, most);
}

/* has the factor any effect but that of its gate? */
static bool
factor_changes_nothing(const TcsFactor *factor)
{
	return factor->weight == 0 && !factor->has_gate && factor->missing != TCS_MISSING_NULL;
}

static void
factor_report_warnings(ReturnSetInfo *result, const TcsScorecardCheck *check)
{
	int			count = check->card->count;
	double		weights = 0;

	for (int i = 0; i < count; i++)
	{
		const TcsCheckedFactor *checked = &check->factors[i];
		const TcsFactor *factor = checked->factor;

		weights += factor->weight;
		if (factor_changes_nothing(factor))
			factor_report(result, check, "warning", "no weight", checked, -1,
						  "the weight is 0: the factor changes nothing");
		if (checked->error || check->rows == 0)
			continue;
		if (checked->present == 0)
			factor_report(result, check, "warning", "always missing", checked, check->rows,
						  "no row has a value");
		else if (checked->beyond == checked->present)
			factor_report(result, check, "warning", "always clamped", checked, checked->beyond,
						  psprintf("%s, all beyond %.6g (lo) or %.6g (hi)",
								   factor_range(checked->least, checked->most), factor->lo, factor->hi));
		else if (tcs_has_no_spread(checked, check->rows))
			factor_report(result, check, "warning", "no spread", checked, checked->present,
						  psprintf("%s, which count as %.6g", factor_range(checked->least, checked->most),
								   tcs_factor_scale(factor, checked->least, false)));
		if (factor->has_gate && checked->closed == check->rows)
			factor_report(result, check, "warning", "always closed", checked, checked->closed,
						  "the gate makes the index of every row 0");
	}
	for (int i = 0; check->correlations != NULL && i < count; i++)
		for (int j = i + 1; j < count; j++)
		{
			const TcsCheckedFactor *checked = &check->factors[i];
			const TcsCheckedFactor *other = &check->factors[j];
			double		correlation = check->correlations[i * count + j];

			if (checked->error == NULL && other->error == NULL &&
				checked->factor->weight > 0 && other->factor->weight > 0 &&
				fabs(correlation) >= SAME)
				factor_report_pair(result, checked, other, correlation);
		}
	if (weights == 0 && count > 0)
		factor_report(result, check, "warning", "no weight", NULL, -1,
					  "no factor has a weight: there is no index but 0, where a gate closes");
}

static void
factor_report_notes(ReturnSetInfo *result, const TcsScorecardCheck *check)
{
	if (check->card->count == 0)
		factor_report(result, check, "note", "no factors", NULL, -1,
					  "no factor of the scorecard is enabled: the index is NULL");
	if (check->rows == 0)
		factor_report(result, check, "note", "no rows", NULL, -1,
					  "the relation is empty: nothing is known of the data");
	for (int i = 0; i < check->card->count; i++)
	{
		const TcsCheckedFactor *checked = &check->factors[i];
		const TcsFactor *factor = checked->factor;
		bool		turned = tcs_factor_is_turned(factor);

		if (factor->weight == 0 && !factor_changes_nothing(factor))
			factor_report(result, check, "note", "gate only", checked, -1,
						  "the weight is 0: the factor adds nothing to the index");
		if (checked->value && checked->uses_clock)
			factor_report(result, check, "note", "clock", checked, -1,
						  "the index can change as time passes, without any change of the data");
		if (checked->error || checked->present == 0)
			continue;
		if (checked->beyond < checked->present && !tcs_has_no_spread(checked, check->rows))
		{
			if (checked->at_lo == 0 && !tcs_missing_are_lo(checked, check->rows))
				factor_report(result, check, "note", "lo not reached", checked, -1,
							  psprintf("lo is %.6g, the nearest value %.6g", factor->lo,
									   turned ? checked->most : checked->least));
			if (checked->at_hi == 0)
				factor_report(result, check, "note", "hi not reached", checked, -1,
							  psprintf("hi is %.6g, the nearest value %.6g", factor->hi,
									   turned ? checked->least : checked->most));
		}
		if (factor->has_gate && checked->closed == 0)
			factor_report(result, check, "note", "gate never closes", checked, -1,
						  psprintf("the gate is %.6g, the worst value %.6g", factor->gate,
								   turned ? checked->most : checked->least));
	}
}

static void
factor_report_figures(ReturnSetInfo *result, const TcsScorecardCheck *check)
{
	bool		has_gates = false;

	for (int i = 0; i < check->card->count; i++)
	{
		const TcsCheckedFactor *checked = &check->factors[i];

		has_gates = has_gates || checked->factor->has_gate;
		if (checked->error)
			continue;
		factor_report(result, check, "figure", "missing", checked,
					  check->rows - checked->present, NULL);
		factor_report(result, check, "figure", "clamped", checked, checked->beyond,
					  checked->present > 0 ? factor_range(checked->least, checked->most) : NULL);
		if (checked->factor->has_gate)
			factor_report(result, check, "figure", "closed", checked, checked->closed, NULL);
	}
	if (check->has_errors)
		return;
	if (has_gates)
		factor_report(result, check, "figure", "closed", NULL, check->closed,
					  "rows whose index a gate makes 0");
	factor_report(result, check, "figure", "no index", NULL, check->unknown,
				  "rows whose index is NULL");
	factor_report(result, check, "figure", "index", NULL, check->rows - check->unknown,
				  check->rows == check->unknown ? NULL :
				  psprintf("from %.4g to %.4g, %.4g in the mean",
						   check->least, check->most, check->mean));
}

/* arguments: scorecard, relation */
Datum
tcs_scorecard_check(PG_FUNCTION_ARGS)
{
	ReturnSetInfo *result = (ReturnSetInfo *) fcinfo->resultinfo;
	MemoryContext context = CurrentMemoryContext;
	TcsScorecardCheck check = {NULL};
	Portal		portal;

	check.card = tcs_scorecard_read(tcs_check_begin(fcinfo, "scorecard"));
	check.factors = palloc0(Max(check.card->count, 1) * sizeof(TcsCheckedFactor));
	for (int i = 0; i < check.card->count; i++)
		check.factors[i].factor = &check.card->factors[i];

	portal = tcs_check_open(PG_GETARG_OID(1));
	MemoryContextSwitchTo(context);
	factors_compile(&check, portal->tupDesc);
	tcs_scorecard_count(&check, portal);
	tcs_check_close(portal);
	MemoryContextSwitchTo(context);

	factor_report_errors(result, &check);
	factor_report_warnings(result, &check);
	factor_report_notes(result, &check);
	factor_report_figures(result, &check);
	return (Datum) 0;
}
