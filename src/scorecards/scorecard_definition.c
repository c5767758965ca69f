/*
 * scorecard_definition.c
 *		A scorecard from its definition, the jsonb that scorecard_get gives.
 */
#include "scorecards/scorecards.h"

#include <math.h>

#include "utils/builtins.h"
#include "utils/fmgrprotos.h"
#include "utils/numeric.h"

#include "expressions/definition.h"

/* as the constraints of the table have it */
#define GREATEST_BOUND	1e300

/* A number within bounds; where it is missing, that. */
static double
definition_get_number(JsonbContainer *object, const char *key, double least, double most, double otherwise)
{
	JsonbValue *value = tcs_definition_get(object, key);
	double		number;

	if (value == NULL)
		return otherwise;
	if (value->type != jbvNumeric)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" must be a number in the definition of a scorecard", key),
				 errhint("scorecard_get shows the form.")));
	number = DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow, NumericGetDatum(value->val.numeric)));
	if (!(number >= least && number <= most) ||
		(number == 0 && DatumGetFloat8(DirectFunctionCall1(numeric_float8_no_overflow,
														   DirectFunctionCall1(numeric_sign, NumericGetDatum(value->val.numeric)))) != 0))
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"%s\" is out of range in the definition of a scorecard", key),
				 errhint("A weight is from 0 to 1e300; lo and hi are from -1e300 to 1e300. Where less is better, hi is below lo.")));
	return number + 0.0;
}

/* The gate, which may be infinite: JSON has no number for that. */
static double
definition_get_gate(JsonbContainer *object)
{
	JsonbValue *value = tcs_definition_get(object, "gate");

	if (value != NULL && value->type == jbvString)
	{
		char	   *text = pnstrdup(value->val.string.val, value->val.string.len);

		if (strcmp(text, "Infinity") == 0)
			return INFINITY;
		if (strcmp(text, "-Infinity") == 0)
			return -INFINITY;
	}
	return definition_get_number(object, "gate", -HUGE_VAL, HUGE_VAL, 0);
}

static TcsMissing
definition_get_missing(JsonbContainer *object)
{
	char	   *missing = tcs_definition_string(&tcs_stored_scorecards, object, "missing", false);

	if (missing == NULL || strcmp(missing, "reweight") == 0)
		return TCS_MISSING_REWEIGHT;
	if (strcmp(missing, "lo") == 0)
		return TCS_MISSING_LO;
	if (strcmp(missing, "null") != 0)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"missing\" must be \"reweight\", \"lo\" or \"null\" in the definition of a scorecard"),
				 errhint("scorecard_get shows the form.")));
	return TCS_MISSING_NULL;
}

/* All that there are, enabled or not. */
typedef struct DefinedFactors
{
	TcsFactor  *factors;
	bool	   *enabled;
	int			read;
} DefinedFactors;

static void
read_defined_factor(void *arg, JsonbContainer *object)
{
	DefinedFactors *defined = arg;
	TcsFactor  *factor = &defined->factors[defined->read];

	factor->name = tcs_definition_string(&tcs_stored_scorecards, object, "factor", true);
	tcs_check_name("factor", factor->name);
	factor->expression = tcs_definition_string(&tcs_stored_scorecards, object, "expression", true);
	factor->description = tcs_definition_string(&tcs_stored_scorecards, object, "description", false);
	factor->weight = definition_get_number(object, "weight", 0, GREATEST_BOUND, 1);
	factor->lo = definition_get_number(object, "lo", -GREATEST_BOUND, GREATEST_BOUND, 0);
	factor->hi = definition_get_number(object, "hi", -GREATEST_BOUND, GREATEST_BOUND, 1);
	factor->has_gate = tcs_definition_get(object, "gate") != NULL;
	factor->gate = definition_get_gate(object);
	factor->missing = definition_get_missing(object);
	defined->enabled[defined->read] = tcs_definition_boolean(&tcs_stored_scorecards, object, "enabled");
	if (factor->lo == factor->hi)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("\"lo\" and \"hi\" of factor \"%s\" must differ in the definition of a scorecard", factor->name),
				 errhint("Unless they are given, lo is 0 and hi is 1.")));
	defined->read++;
}

static int
compare_factor_names(const void *a, const void *b)
{
	return strcmp(*(const char *const *) a, *(const char *const *) b);
}

/* No two factors have one name, whether they are enabled or not. */
static void
definition_refuse_twice(const DefinedFactors *defined)
{
	const char **names = palloc(Max(defined->read, 1) * sizeof(char *));

	for (int i = 0; i < defined->read; i++)
		names[i] = defined->factors[i].name;
	qsort(names, defined->read, sizeof(char *), compare_factor_names);
	for (int i = 1; i < defined->read; i++)
		if (strcmp(names[i], names[i - 1]) == 0)
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("factor \"%s\" occurs more than once in the definition of a scorecard", names[i]),
					 errhint("Every factor of a scorecard has a name of its own.")));
}

TcsScorecard *
tcs_scorecard_from_definition(const void *jsonb)
{
	static const char *const known[] = {"description", "time_zone", "factors", NULL};
	static const char *const known_of_factor[] = {
		"factor", "expression", "weight", "lo", "hi", "gate", "missing", "description", "enabled", NULL
	};
	JsonbContainer *root = tcs_definition_open(&tcs_stored_scorecards, jsonb, known);
	TcsScorecard *card = palloc0(sizeof(TcsScorecard));
	DefinedFactors defined = {0};
	int			count = tcs_definition_count(&tcs_stored_scorecards, root, "factors");

	card->name = "(definition)";
	card->time_zone = tcs_definition_string(&tcs_stored_scorecards, root, "time_zone", false);
	defined.factors = card->factors = palloc0(Max(count, 1) * sizeof(TcsFactor));
	defined.enabled = palloc0(Max(count, 1) * sizeof(bool));
	tcs_definition_items(&tcs_stored_scorecards, root, "factors", known_of_factor, read_defined_factor, &defined);
	definition_refuse_twice(&defined);
	for (int i = 0; i < count; i++)
		if (defined.enabled[i])
			card->factors[card->count++] = card->factors[i];
	tcs_factors_sort(card);
	return card;
}
