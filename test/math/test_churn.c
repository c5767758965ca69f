/*
 * test_churn.c
 *		What is learned of who returns, against another solver, and what must hold
 *		of any log.
 */
#include "math/churn.h"

#include <stdlib.h>

#include "harness.h"
#include "churn_reference.h"

#define COUNT	270

static TcsChurnTuple tuple[COUNT];

static void
read_tuples(const double (*row)[7], double factor)
{
	for (size_t i = 0; i < COUNT; i++)
		tuple[i] = (TcsChurnTuple)
	{
		row[i][0], row[i][1], row[i][2], row[i][3], factor * row[i][4], factor * row[i][5], (int) row[i][6], 0, NULL
	};
}

static void
learn(size_t count, int splits, TcsChurnModel *model)
{
	TcsChurnData data = {.tuples = tuple,.count = count,.splits = splits,.groups = 1};
	double	   *room = malloc(tcs_churn_room(count, splits, 0) * sizeof(double));

	tcs_churn_learn(&data, room, model);
	free(room);
}

static void
test_reference(void)
{
	for (size_t i = 0; i < LENGTH(learned); i++)
	{
		const double *wanted = learned[i];
		const TcsChurnCorrection *correction;
		TcsChurnModel model;
		double		shift;

		read_tuples(tuples[i], 1.0);
		learn(COUNT, 3, &model);
		correction = &model.correction;
		CHECK(model.enough, "log %zu", i);
		CHECK(close_to(model.all.base_brier, wanted[3], 1e-12), "log %zu: %.17g for %.17g", i, model.all.base_brier, wanted[3]);
		if (!model.corrected)
		{
			/* no gain that is worth it */
			CHECK(i == 2, "log %zu", i);
			CHECK(correction->shift == 0.0 && correction->coefficient[0] == 0.0, "log %zu", i);
			continue;
		}
		CHECK(close_to(model.penalty, wanted[0], 0.0), "log %zu: %g", i, model.penalty);
		CHECK(model.strength == wanted[1] && model.shift == wanted[2], "log %zu: %g, %g", i, model.strength, model.shift);
		CHECK(close_to(model.all.brier, wanted[4], 1e-8), "log %zu: %.17g for %.17g", i, model.all.brier, wanted[4]);
		for (int j = 0; j < TCS_CHURN_FEATURES; j++)
			CHECK(fabs(correction->coefficient[j] - wanted[5 + j]) < 1e-6, "log %zu: %.17g for %.17g", i,
				  correction->coefficient[j], wanted[5 + j]);
		shift = correction->shift;
		CHECK(fabs(shift - wanted[10]) < 1e-6, "log %zu: %.17g for %.17g", i, shift, wanted[10]);
	}
}

/* Too few outcomes, one split, and features that do not differ. */
static void
test_edges(void)
{
	TcsChurnModel model;

	read_tuples(tuples[0], 0.005);
	learn(COUNT, 3, &model);
	CHECK(!model.enough && !model.corrected && isfinite(model.all.base_brier));

	read_tuples(tuples[0], 1.0);
	learn(COUNT / 3, 1, &model);
	CHECK(model.enough && isfinite(model.all.brier));

	for (size_t i = 0; i < COUNT; i++)
	{
		tuple[i].x = tuple[i].t_x = 0.0;
		tuple[i].t = 100.0;
		tuple[i].log_odds = 1.0 + (i % 2) * 1e-15;
	}
	learn(COUNT, 3, &model);
	for (int j = 0; j < TCS_CHURN_FEATURES; j++)
		CHECK(fabs(model.correction.coefficient[j]) < 1e-9, "%d: %g", j, model.correction.coefficient[j]);

	for (size_t i = 0; i < COUNT; i++)
		tuple[i].away = i % 90 < 45 ? tuple[i].customers : 0.0;
	learn(COUNT, 3, &model);
	CHECK(isfinite(model.correction.shift));
}

/* Beyond what was learned the correction stays. */
static void
test_range(void)
{
	TcsChurnCorrection correction = {0.5, TCS_CHURN_FEATURES, {1.0, 0.0, 2.0, 0.0, 0.0}, {-1.0, 0, 1.0, 0, 0}, {1.0, 1, 2.0, 1, 1}};
	double		feature[TCS_CHURN_FEATURES];

	tcs_churn_features(0.0, 0.0, 1e9, 7.0, feature);
	CHECK(tcs_churn_correct(&correction, feature) == 0.5 + 1.0 + 4.0);
	tcs_churn_features(0.0, 0.0, 0.0, -7.0, feature);
	CHECK(tcs_churn_correct(&correction, feature) == 0.5 - 1.0 + 2.0);
	CHECK(tcs_churn_log_odds(0.0) == -10.0 && tcs_churn_log_odds(1.0) == 10.0);
	CHECK(close_to(tcs_churn_log_odds(0.75), log(3.0), 1e-15));
}

/*
 * Attributes beside the history: one that tells the outcome of everybody, and then one
 * for each group that tells its outcomes at all splits, as a name would, and is no help
 * for others.
 */
static void
test_attributes(void)
{
	static double attribute[COUNT][4];
	TcsChurnData data = {
		.tuples = tuple,.count = COUNT,.splits = 3,.groups = TCS_CHURN_GROUPS
	};
	double	   *room = malloc(tcs_churn_room(COUNT, 3, 4) * sizeof(double));
	TcsChurnModel without;
	TcsChurnModel with;

	for (int own = 0; own < 2; own++)
	{
		read_tuples(tuples[0], 1.0);
		for (size_t i = 0; i < COUNT; i++)
		{
			double		tells = tuple[i].away > 0.5 * tuple[i].customers ? 1.0 : -1.0;

			tuple[i].group = (int) (i / 7 % 3);
			tuple[i].attribute = attribute[i];
			attribute[i][0] = own ? 0.0 : tells;
			for (int j = 0; j < 3; j++)
				attribute[i][1 + j] = own && tuple[i].group == j ? tells : 0.0;
		}
		data.attributes = 0;
		tcs_churn_learn(&data, room, &without);
		data.attributes = 4;
		tcs_churn_learn(&data, room, &with);
		CHECK(isfinite(with.all.brier) && with.all.customers == without.all.customers);
		if (own)
		{
			CHECK(with.all.brier > 0.999 * without.all.brier, "%g, %g", with.all.brier, without.all.brier);
			for (size_t i = 0; i < COUNT; i++)
				tuple[i].group = 0;
			data.groups = 1;
			tcs_churn_learn(&data, room, &with);
			CHECK(with.all.brier < 0.95 * without.all.brier, "%g, %g", with.all.brier, without.all.brier);
		}
		else
			CHECK(with.corrected && with.correction.columns == TCS_CHURN_FEATURES + 4 && with.all.brier < 0.95 * without.all.brier &&
				  with.correction.coefficient[TCS_CHURN_FEATURES] > 0.1 && with.correction.coefficient[TCS_CHURN_FEATURES + 1] == 0.0,
				  "%g, %g", with.all.brier, without.all.brier);
	}
	free(room);
}

int
main(void)
{
	test_reference();
	test_edges();
	test_range();
	test_attributes();
	return report();
}
