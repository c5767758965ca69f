/*
 * test_btyd_limits.c
 *		The limits of the models of repeat purchases: likelihoods and predictions
 *		against the definitions in 30 digits, models ever nearer to a limit
 *		against it, and fits of populations whose likelihood has its top there.
 */
#include "math/btyd_fit.h"
#include "math/btyd_predict.h"

#include "harness.h"
#include "btyd_limits_reference.h"

static bool
is_chance(TcsBtydFamily family, int limits, TcsBtydTerm term)
{
	return term == TCS_BTYD_LEAVING &&
		(family != TCS_PARETO_NBD || limits & TCS_BTYD_LEAVE_AT_ONCE);
}

/* theta of terms, by place */
static int
theta_of(TcsBtydFamily family, int limits, const double *term, double *theta)
{
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	int			n = tcs_btyd_terms(family, limits, terms);

	for (int i = 0; i < n; i++)
		theta[i] = log(term[i]) - (is_chance(family, limits, terms[i]) ? log1p(-term[i]) : 0.0);
	return n;
}

static TcsBtyd
model_of(TcsBtydFamily family, int limits, const double *term)
{
	TcsBtydTerm terms[TCS_BTYD_PARAMETERS];
	double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0, 0.5};
	int			n = tcs_btyd_terms(family, limits, terms);

	for (int i = 0; i < n; i++)
		value[terms[i]] = term[i];
	return tcs_btyd_of_terms(family, limits, 1, value);
}

static double
one_customer(TcsBtydFamily family, int limits, const double *theta, double x, double t_x,
			 double t, double *gradient, double *hessian)
{
	TcsBtydTuple tuple = {t_x, t, 1.0};
	TcsBtydGroup group = {x, 1.0, 0, 1};
	TcsBtydData data = {&group, 1, &tuple, 1, NULL, NULL, 0, NULL, 0.0, 0};
	TcsBtydLimit context = {&data, family, limits, 1, 1};

	return tcs_btyd_limit_objective(theta, gradient, hessian, &context);
}

static void
test_reference(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		TcsBtydFamily family = reference[i].family;
		int			limits = reference[i].limits;
		TcsBtyd		model = model_of(family, limits, reference[i].term);
		TcsCustomer customer;
		double		theta[TCS_BTYD_PARAMETERS];
		double		got;

		theta_of(family, limits, reference[i].term, theta);
		got = one_customer(family, limits, theta, reference[i].x, reference[i].t_x,
						   reference[i].t, NULL, NULL);
		CHECK(fabs(got - reference[i].log_likelihood) < 1e-9 * (1.0 + fabs(got)),
			  "%zu: %.17g, not %.17g", i, got, reference[i].log_likelihood);

		tcs_btyd_customer(&model, NULL, reference[i].x, reference[i].t_x, reference[i].t, &customer);
		CHECK(close_to(customer.p_alive, reference[i].p_alive, 1e-10), "%zu: %.17g, not %.17g",
			  i, customer.p_alive, reference[i].p_alive);
		got = tcs_btyd_expected(&customer, reference[i].horizon);
		CHECK(close_to(got, reference[i].expected, 1e-10), "%zu: %.17g, not %.17g",
			  i, got, reference[i].expected);
		got = tcs_btyd_no_purchase(&customer, reference[i].horizon);
		CHECK(fabs(got - reference[i].no_purchase) <= 1e-10 * reference[i].no_purchase + 1e-20, "%zu: %.17g, not %.17g",
			  i, got, reference[i].no_purchase);
		got = tcs_btyd_at_least(&customer, reference[i].horizon, reference[i].n);
		CHECK(close_to(got, reference[i].at_least, 1e-9), "%zu: %.17g, not %.17g",
			  i, got, reference[i].at_least);
		{
			double		many[4];

			if (tcs_btyd_at_least_many(&customer, reference[i].horizon, 4, many))
				CHECK(fabs(many[(int) reference[i].n - 1] - reference[i].at_least) < 1e-12,
					  "%zu: %.17g, not %.17g", i, many[(int) reference[i].n - 1], reference[i].at_least);
		}
	}
}

/* Each first derivative is the slope of the value, each second of the first. */
static void
test_derivatives(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		TcsBtydFamily family = reference[i].family;
		int			limits = reference[i].limits;
		double		theta[TCS_BTYD_PARAMETERS],
					gradient[TCS_BTYD_PARAMETERS],
					hessian[TCS_BTYD_PARAMETERS * TCS_BTYD_PARAMETERS];
		int			n = theta_of(family, limits, reference[i].term, theta);

		one_customer(family, limits, theta, reference[i].x, reference[i].t_x, reference[i].t,
					 gradient, hessian);
		for (int j = 0; j < n; j++)
		{
			double		step = 1e-4;
			double		at = theta[j];
			double		value[2],
						slope[2][TCS_BTYD_PARAMETERS],
						ignored[TCS_BTYD_PARAMETERS * TCS_BTYD_PARAMETERS];

			for (int side = 0; side < 2; side++)
			{
				theta[j] = at + (side ? step : -step);
				value[side] = one_customer(family, limits, theta, reference[i].x,
										   reference[i].t_x, reference[i].t, slope[side], ignored);
			}
			theta[j] = at;
			CHECK(fabs((value[1] - value[0]) / (2 * step) - gradient[j]) <
				  1e-6 * (1.0 + fabs(value[0]) + fabs(gradient[j])),
				  "%zu, term %d: %g, not %g", i, j, gradient[j], (value[1] - value[0]) / (2 * step));
			for (int k = 0; k < n; k++)
				CHECK(fabs((slope[1][k] - slope[0][k]) / (2 * step) - hessian[j * n + k]) <
					  2e-2 * (1.0 + fabs(hessian[j * n + k])),
					  "%zu, terms %d and %d: %g, not %g", i, j, k, hessian[j * n + k],
					  (slope[1][k] - slope[0][k]) / (2 * step));
		}
	}
}

/* A model beside the limit: r, or a and b, of so much. */
static TcsBtyd
beside(TcsBtydFamily family, int limits, const double *term, double far)
{
	TcsBtyd		model = {family, term[0], term[1], 1.0, 1.0, 1.0, 1};
	const double *leaving = term + (limits & TCS_BTYD_EQUAL_RATES ? 1 : 2);
	bool		pareto = family == TCS_PARETO_NBD;

	if (limits & TCS_BTYD_EQUAL_RATES)
	{
		model.r = far;
		model.alpha = far / term[0];
	}
	if (limits & TCS_BTYD_EQUAL_LEAVING)
	{
		model.a = pareto ? far : far * leaving[0];
		model.b = pareto ? far / leaving[0] : far * (1.0 - leaving[0]);
	}
	else if (limits & TCS_BTYD_LEAVE_AT_ONCE)
	{
		model.a = leaving[0] / far;
		model.b = (1.0 - leaving[0]) / far;
	}
	else if (limits & TCS_BTYD_NOBODY_LEAVES)
		model.a = 1.0 / far;
	else
	{
		model.a = leaving[0];
		model.b = leaving[1];
	}
	return model;
}

/* Predictions go over into those of the limit, without a step at the end. */
static void
test_approach(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		TcsBtydFamily family = reference[i].family;
		int			limits = reference[i].limits;
		TcsBtyd		model = model_of(family, limits, reference[i].term);
		TcsCustomer customer;
		double		at_limit[4];
		double		before[4] = {INFINITY, INFINITY, INFINITY, INFINITY};

		/* by pareto/nbd leaving at once is none of a and b, but of times too */
		if (family == TCS_PARETO_NBD && limits & TCS_BTYD_LEAVE_AT_ONCE)
			continue;
		for (double far = 1e2; far <= 1e16; far *= 100.0)
		{
			double		got[4];

			if (far > 1e15)
				break;
			for (int at = 0; at < 2; at++)
			{
				TcsBtyd		seen = at ? beside(family, limits, reference[i].term, far) : model;
				double	   *to = at ? got : at_limit;

				tcs_btyd_customer(&seen, NULL, reference[i].x, reference[i].t_x, reference[i].t, &customer);
				to[0] = customer.p_alive;
				to[1] = tcs_btyd_expected(&customer, 90.0);
				to[2] = tcs_btyd_no_purchase(&customer, 90.0);
				to[3] = tcs_btyd_at_least(&customer, 90.0, 2.0);
			}
			for (int j = 0; j < 4; j++)
			{
				double		distance = fabs(got[j] - at_limit[j]);
				double		slack = (j == 3 ? 1e-5 : 1e-9) * (1.0 + at_limit[j]);

				/* far away it falls as the distance to infinity does */
				CHECK(distance <= before[j] * (before[j] < 1e-3 * at_limit[j] ? 0.02 : 1.001) + slack,
					  "%zu, %d, %g: %g after %g", i, j, far, distance, before[j]);
				before[j] = distance;
			}
		}
		for (int j = 0; j < 4; j++)
			CHECK(before[j] < 1e-5 * (1.0 + at_limit[j]), "%zu, %d: %g", i, j, before[j]);
	}
}

/* Populations */
#define CUSTOMERS 4000
static TcsBtydTuple tuples[CUSTOMERS];
static TcsBtydGroup groups[CUSTOMERS];

typedef struct Nature
{
	double		rate;			/* a day; below 0: exponentially distributed */
	double		leaving;		/* after a purchase; below 0: uniformly
								 * distributed */
	bool		once;			/* after the first only */
	double		gap;			/* above 0: always so many days */
} Nature;

static TcsBtydData
simulate(Nature nature, int customers)
{
	TcsBtydData data = {groups, 0, tuples, 0, NULL, NULL, 0, NULL, 0.0, 0};

	for (int i = 0; i < customers; i++)
	{
		double		t = 200.0 + floor(200.0 * uniform());
		double		rate = nature.rate > 0.0 ? nature.rate : nature.rate * log(uniform());
		double		p = nature.leaving >= 0.0 ? nature.leaving : uniform();
		double		at = 0.0,
					t_x = 0.0,
					x = 0.0;
		bool		alive = uniform() >= p;

		while (alive && (at += nature.gap > 0.0 ? nature.gap : -log(uniform()) / rate) < t)
		{
			x++;
			t_x = at;
			alive = nature.once || uniform() >= p;
		}
		tuples[i].t_x = t_x;
		tuples[i].t = t;
		tuples[i].customers = 1.0;
		groups[i].x = x;
		groups[i].customers = 1.0;
		groups[i].first = (size_t) i;
		groups[i].count = 1;
	}
	data.group_count = data.tuple_count = (size_t) customers;
	return data;
}

/* What a family says at best with r, or a and b, no greater than far. */
static double
value_beside(const TcsBtydData *data, const TcsBtydEstimate *estimate, double far)
{
	TcsBtydObjective context = {data, estimate->family, 1};
	TcsBtyd		model = beside(estimate->family, estimate->limits, estimate->value, far);
	double		theta[TCS_BTYD_PARAMETERS] = {log(model.r), log(model.alpha), log(model.a), log(model.b)};

	return (estimate->family == TCS_PARETO_NBD ? tcs_pareto_objective : tcs_beta_geometric_objective)
		(theta, NULL, NULL, &context);
}

static void
test_fits(void)
{
	static const struct
	{
		Nature		nature;
		int			limits;		/* found by mbg/nbd; -1: equal rates at least */
		double		term[3];	/* the truth */
	}			truth[] = {
		{{-0.05, 0.0, false, 0.0}, TCS_BTYD_NOBODY_LEAVES, {1.0, 20.0}},
		{{0.1, 0.0, false, 25.0}, TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES, {0.0381}},
		{{0.1, 0.3, true, 20.0}, TCS_BTYD_EQUAL_RATES | TCS_BTYD_LEAVE_AT_ONCE, {0.0475, 0.3}},
		{{-0.05, 0.3, true, 0.0}, TCS_BTYD_LEAVE_AT_ONCE, {1.0, 20.0, 0.3}},
		{{0.1, 0.2, false, 20.0}, -1, {0.0}},
	};

	for (size_t i = 0; i < LENGTH(truth); i++)
		for (int f = 0; f <= TCS_NBD; f++)
		{
			TcsBtydFamily family = (TcsBtydFamily) f;
			TcsBtydData data = simulate(truth[i].nature, CUSTOMERS);
			TcsBtydEstimate estimate = {0};
			TcsBtydNote note = tcs_btyd_fit(&data, family, &estimate);

			CHECK(note == TCS_BTYD_FINE, "%zu, %d: %d", i, f, note);
			if (note != TCS_BTYD_FINE)
				continue;
			CHECK(estimate.gradient_norm < 1e-3, "%zu, %d: %g", i, f, estimate.gradient_norm);
			for (int j = 0; j < estimate.count; j++)
				CHECK(estimate.standard_error[j] > 0.0 && isfinite(estimate.standard_error[j]),
					  "%zu, %d: %g +- %g", i, f, estimate.value[j], estimate.standard_error[j]);
			/* the top is the limit, of which less is less likely */
			if (estimate.limits != 0 && family != TCS_NBD &&
				!(family == TCS_PARETO_NBD && estimate.limits & TCS_BTYD_LEAVE_AT_ONCE))
			{
				double		far = value_beside(&data, &estimate, 1e4);
				double		near = value_beside(&data, &estimate, 1e3);

				/* a limit is taken where the family gains less than that */
				CHECK(far > near && estimate.log_likelihood > far - 1e-3, "%zu, %d: %.12g %.12g %.12g",
					  i, f, estimate.log_likelihood, far, near);
			}
			if (family != TCS_MBG_NBD)
				continue;
			CHECK(estimate.limits == truth[i].limits ||
				  (truth[i].limits < 0 && estimate.limits & TCS_BTYD_EQUAL_RATES),
				  "%zu: %d", i, estimate.limits);
			for (int j = 0; j < estimate.count && estimate.limits == truth[i].limits; j++)
				CHECK(fabs(estimate.value[j] / truth[i].term[j] - 1.0) < 0.15, "%zu: %g, not %g",
					  i, estimate.value[j], truth[i].term[j]);
		}
}

/* The search that goes to a limit makes no more of it than one that does not. */
static void
test_iterations(void)
{
	for (int f = 0; f < 3; f++)
	{
		Nature		nature = {-0.05, 0.0, false, 0.0};
		TcsBtydData data = simulate(nature, CUSTOMERS);
		TcsBtydEstimate estimate = {0};

		CHECK(tcs_btyd_fit(&data, (TcsBtydFamily) f, &estimate) == TCS_BTYD_FINE, "%d", f);
		CHECK(estimate.iterations < 60, "%d: %d", f, estimate.iterations);
	}
}

/* bg/bb counts opportunities, and has a test of its own. */
static TcsBtydFamily
any_family(void)
{
	TcsBtydFamily family = (TcsBtydFamily) (random_bits() % TCS_BTYD_FAMILIES);

	return family == TCS_BG_BB ? TCS_NBD : family;
}

/* Anything in: a model, or one of the reasons that there is none. */
static void
test_anywhere(void)
{
	for (int i = 0; i < 600; i++)
	{
		TcsBtydFamily family = any_family();
		int			customers = 2 + (int) (random_bits() % 30);
		TcsBtydData data = {groups, (size_t) customers, tuples, (size_t) customers, NULL, NULL, 0, NULL, 0.0, 0};
		TcsBtydEstimate estimate = {0};
		TcsBtydNote note;
		bool		repeats = false;

		for (int j = 0; j < customers; j++)
		{
			double		t = exp(uniform() * (i % 3 == 0 ? 1400.0 : 8.0) - (i % 3 == 0 ? 700.0 : 0.0));
			double		x = (double) (random_bits() % (1 + random_bits() % (i % 5 == 0 ? 3000 : 4)));

			tuples[j] = (TcsBtydTuple)
			{
				x > 0.0 ? t * uniform() : 0.0, t, 1.0
			};
			groups[j] = (TcsBtydGroup)
			{
				x, 1.0, (size_t) j, 1
			};
			repeats |= x > 0.0;
		}
		note = tcs_btyd_fit(&data, family, &estimate);
		CHECK(note == (repeats ? TCS_BTYD_FINE : TCS_BTYD_NO_REPEATS), "case %d: %d", i, note);
		if (note != TCS_BTYD_FINE)
			continue;
		CHECK(isfinite(estimate.log_likelihood), "case %d", i);
		{
			TcsBtyd		model = model_of(family, estimate.limits, estimate.value);

			for (int j = 0; j < customers; j++)
			{
				TcsCustomer customer;

				tcs_btyd_customer(&model, NULL, groups[j].x, tuples[j].t_x, tuples[j].t, &customer);
				CHECK(customer.p_alive >= 0.0 && customer.p_alive <= 1.0, "case %d", i);
				CHECK(tcs_btyd_expected(&customer, 30.0) >= 0.0, "case %d", i);
				CHECK(tcs_btyd_no_purchase(&customer, 30.0) <= 1.0, "case %d", i);
			}
		}
	}
}

int
main(void)
{
	test_reference();
	test_derivatives();
	test_approach();
	test_fits();
	test_iterations();
	test_anywhere();
	return report();
}
