/*
 * churn_model.c
 *		Risks of churn that have learned, as jsonb: written and read.
 */
#include "churn/churn_model.h"

#include <math.h>

#include "model/model.h"

#define HINT "Pass a model as tcs.churn_fit returned it."

/* the shift, then the features */
#define NUMBERS	(1 + TCS_CHURN_FEATURES)

static JsonbValue *
churn_model_find(Jsonb *model, const char *key)
{
	return JB_ROOT_IS_OBJECT(model) ?
		getKeyJsonValueFromContainer(&model->root, key, strlen(key), NULL) : NULL;
}

bool
tcs_churn_is_model(Jsonb *model)
{
	JsonbValue *name = churn_model_find(model, "model");

	return name != NULL && name->type == jbvString &&
		name->val.string.len == strlen(TCS_CHURN_KIND) &&
		memcmp(name->val.string.val, TCS_CHURN_KIND, strlen(TCS_CHURN_KIND)) == 0;
}

void
tcs_churn_write(StringInfo json, const TcsChurnCorrection *correction)
{
	const char *names[NUMBERS] = {"shift"};
	double		coefficients[NUMBERS] = {correction->shift};

	for (int i = 0; i < TCS_CHURN_FEATURES; i++)
	{
		names[i + 1] = tcs_churn_feature[i];
		coefficients[i + 1] = correction->coefficient[i];
	}
	tcs_model_texts(json, "features", names, NUMBERS);
	tcs_model_numbers(json, "coefficients", coefficients, NUMBERS);
	tcs_model_numbers(json, "least", correction->least, TCS_CHURN_FEATURES);
	tcs_model_numbers(json, "greatest", correction->greatest, TCS_CHURN_FEATURES);
}

static const char *const column_numbers[] = {"coefficient", "least", "greatest"};

void
tcs_churn_write_columns(StringInfo json, const TcsChurnCorrection *correction, const TcsDesign *design)
{
	const double *const numbers[] = {
		correction->coefficient + TCS_CHURN_FEATURES, correction->least + TCS_CHURN_FEATURES,
		correction->greatest + TCS_CHURN_FEATURES
	};

	tcs_features_write(json, "attributes", design->features);
	tcs_design_write_numbers(json, "columns", design, column_numbers, numbers, lengthof(numbers));
}

/* The columns of attributes, after the features. */
static void
churn_read_columns(Jsonb *model, TcsChurnRisk *risk)
{
	TcsChurnCorrection *correction = &risk->correction;
	double	   *numbers[] = {
		correction->coefficient + TCS_CHURN_FEATURES, correction->least + TCS_CHURN_FEATURES,
		correction->greatest + TCS_CHURN_FEATURES
	};
	Jsonb	  **columns;
	int			count;

	risk->attributes = tcs_features_read(model, "attributes");
	risk->design = tcs_design_read(model, "columns", risk->attributes);
	if (risk->design->count > TCS_CHURN_ATTRIBUTES)
		tcs_model_bad("columns", "has too many elements");
	columns = tcs_model_get_objects(model, "columns", risk->design->count, &count);
	for (int i = 0; i < count; i++)
	{
		for (int j = 0; j < lengthof(numbers); j++)
		{
			numbers[j][i] = tcs_model_get_number(columns[i], column_numbers[j]);
			if (isnan(numbers[j][i]))
				tcs_model_bad(column_numbers[j], "is missing");
		}
		if (numbers[1][i] > numbers[2][i])
			tcs_model_bad("least", "is above greatest");
	}
	correction->columns += count;
	risk->scorer = tcs_features_scorer(risk->attributes, CurrentMemoryContext);
	risk->values = palloc((risk->attributes->count + 1) * sizeof(double));
}

void
tcs_churn_fill(TcsChurnRisk *risk, HeapTupleHeader row, double *columns)
{
	if (row != NULL)
		tcs_features_fill(risk->scorer, row, risk->values);
	else
		for (int i = 0; i < risk->attributes->count; i++)
			risk->values[i] = NAN;
	tcs_design_values(risk->design, risk->values, columns);
}

static void
churn_read_numbers(Jsonb *model, const char *key, double *into, int wanted)
{
	int			count;
	double	   *numbers = tcs_model_get_numbers(model, key, wanted, false, &count);

	if (count != wanted)
		tcs_model_bad(key, "has not as many elements as there are features");
	memcpy(into, numbers, wanted * sizeof(double));
	pfree(numbers);
}

static void
churn_read_base(Jsonb *model, TcsBtyd *base)
{
	JsonbValue *value = churn_model_find(model, "base");

	if (value == NULL || value->type != jbvBinary)
		tcs_model_bad("base", "is no model");
	tcs_btyd_read(JsonbValueToJsonb(value), base);
}

/* One model, without those that it is blended with. */
static void
churn_read_one(Jsonb *model, TcsChurnRisk *risk)
{
	TcsChurnCorrection *correction = &risk->correction;
	double		coefficients[NUMBERS];

	tcs_model_open(model, TCS_CHURN_KIND, 1, HINT);
	churn_read_base(model, &risk->base);
	risk->horizon = tcs_model_get_parameter(model, "horizon", HINT);
	risk->corrected = tcs_model_get_optional(model, "corrected", 1.0, 0.0) > 0.0;
	if (!risk->corrected)
		return;
	churn_read_numbers(model, "coefficients", coefficients, NUMBERS);
	churn_read_numbers(model, "least", correction->least, TCS_CHURN_FEATURES);
	churn_read_numbers(model, "greatest", correction->greatest, TCS_CHURN_FEATURES);
	correction->columns = TCS_CHURN_FEATURES;
	correction->shift = coefficients[0];
	for (int i = 0; i < TCS_CHURN_FEATURES; i++)
	{
		correction->coefficient[i] = coefficients[i + 1];
		if (!(correction->least[i] <= correction->greatest[i]))
			tcs_model_bad("least", "is above greatest");
	}
	if (churn_model_find(model, "columns") != NULL)
		churn_read_columns(model, risk);
}

void
tcs_churn_read(Jsonb *model, TcsChurnRisk *risk)
{
	Jsonb	  **others;

	churn_read_one(model, risk);
	if (churn_model_find(model, "blend") == NULL)
		return;
	others = tcs_model_get_objects(model, "blend", TCS_CHURN_BASES, &risk->others);
	risk->other = palloc0((risk->others + 1) * sizeof(TcsChurnRisk));
	for (int i = 0; i < risk->others; i++)
	{
		churn_read_one(others[i], &risk->other[i]);
		if (risk->other[i].horizon != risk->horizon || risk->other[i].design != NULL || risk->design != NULL)
			tcs_model_bad("blend", "has a model that cannot be blended with this one");
	}
}
