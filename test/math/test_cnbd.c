/*
 * test_cnbd.c
 *		Buyers with a rhythm: likelihoods and predictions against the
 *		definitions in 25 digits, fits of simulated populations, and that k = 1
 *		is what has no rhythm.
 */
#include "math/cnbd.h"

#include <stdlib.h>

#include "numerics/special.h"

#include "harness.h"
#include "cnbd_reference.h"

static double
one_customer(TcsBtydFamily family, int k, int limits, const double *theta, double x, double t_x,
			 double t, double *gradient, double *hessian)
{
	TcsBtydTuple tuple = {t_x, t, 1.0};
	TcsBtydGroup group = {x, 1.0, 0, 1};
	TcsBtydData data = {&group, 1, &tuple, 1, NULL, NULL, 0, NULL, 0.0, 0};
	TcsBtydLimit context = {&data, family, limits, 1, k};

	return tcs_cnbd_objective(theta, gradient, hessian, &context);
}

static void
test_reference(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		const TcsBtyd *model = &reference[i].model;
		double		theta[4] = {log(model->r), log(model->alpha), log(model->a), log(model->b)};
		double		x = reference[i].x;
		double		h = reference[i].horizon;
		TcsCustomer customer;
		double		many[4];
		double		got;

		got = one_customer(model->family, model->k, 0, theta, x, reference[i].t_x, reference[i].t,
						   NULL, NULL);
		CHECK(fabs(got - reference[i].log_likelihood) < 1e-11 * (1.0 + fabs(got)),
			  "%zu: %.17g, not %.17g", i, got, reference[i].log_likelihood);
		tcs_btyd_customer(model, NULL, x, reference[i].t_x, reference[i].t, &customer);
		CHECK(close_to(customer.p_alive, reference[i].p_alive, 1e-11), "%zu: %.17g, not %.17g",
			  i, customer.p_alive, reference[i].p_alive);
		got = tcs_cnbd_no_purchase(&customer, h);
		CHECK(fabs(got - reference[i].no_purchase) <= 1e-11 * reference[i].no_purchase + 1e-20, "%zu: %.17g, not %.17g",
			  i, got, reference[i].no_purchase);
		got = tcs_btyd_expected(&customer, h);
		CHECK(close_to(got, reference[i].expected, 1e-11), "%zu: %.17g, not %.17g",
			  i, got, reference[i].expected);
		CHECK(tcs_btyd_at_least_many(&customer, h, 4, many), "%zu", i);
		for (int j = 0; j < 3; j++)
		{
			got = tcs_btyd_at_least(&customer, h, 1 << j);
			CHECK(fabs(got - reference[i].at_least[j]) < 1e-12 &&
				  fabs(many[(1 << j) - 1] - reference[i].at_least[j]) < 1e-12,
				  "%zu: %.17g, %.17g, not %.17g", i, got, many[(1 << j) - 1], reference[i].at_least[j]);
		}
		if (isnan(reference[i].residual))
			continue;
		got = tcs_btyd_residual(&customer, 0.001);
		CHECK(close_to(got, reference[i].residual, 1e-9), "%zu: %.17g, not %.17g",
			  i, got, reference[i].residual);
	}
}

/* Each first derivative is the slope of the value, each second of the first. */
static void
test_derivatives(void)
{
	static const int limits[] = {0, TCS_BTYD_EQUAL_RATES, TCS_BTYD_EQUAL_LEAVING,
		TCS_BTYD_NOBODY_LEAVES, TCS_BTYD_LEAVE_AT_ONCE, TCS_BTYD_EQUAL_RATES | TCS_BTYD_EQUAL_LEAVING,
	TCS_BTYD_EQUAL_RATES | TCS_BTYD_NOBODY_LEAVES};
	static const double past[][3] = {{0, 0, 90}, {1, 30, 80}, {12, 300, 340}, {5, 200, 200}};

	for (size_t l = 0; l < LENGTH(limits); l++)
		for (size_t i = 0; i < LENGTH(past) * 4; i++)
		{
			const double *p = past[i / 4];
			TcsBtydFamily family = i % 2 == 0 ? TCS_MBG_CNBD : TCS_BG_CNBD;
			int			k = i % 4 < 2 ? 2 : 7;
			double		theta[4] = {limits[l] & TCS_BTYD_EQUAL_RATES ? -3.5 : 0.6, 2.0, -0.3, 0.8};
			double		gradient[4],
						hessian[16];
			TcsBtydTerm terms[4];
			int			n = tcs_btyd_terms(family, limits[l], terms);

			if (limits[l] & TCS_BTYD_EQUAL_RATES)
				theta[1] = -0.3;
			one_customer(family, k, limits[l], theta, p[0], p[1], p[2], gradient, hessian);
			for (int j = 0; j < n; j++)
			{
				double		at = theta[j];
				double		value[2],
							slope[2][4],
							ignored[16];

				for (int side = 0; side < 2; side++)
				{
					theta[j] = at + (side ? 1e-4 : -1e-4);
					value[side] = one_customer(family, k, limits[l], theta, p[0], p[1], p[2],
											   slope[side], ignored);
				}
				theta[j] = at;
				CHECK(fabs((value[1] - value[0]) / 2e-4 - gradient[j]) < 1e-5 * (1.0 + fabs(gradient[j])),
					  "%d, %zu, %d: %.10g, not %.10g", limits[l], i, j, gradient[j], (value[1] - value[0]) / 2e-4);
				for (int m = 0; m < n; m++)
					CHECK(fabs((slope[1][m] - slope[0][m]) / 2e-4 - hessian[j * n + m]) <
						  1e-5 * (1.0 + fabs(hessian[j * n + m])),
						  "%d, %zu, %d, %d: %.10g, not %.10g", limits[l], i, j, m,
						  hessian[j * n + m], (slope[1][m] - slope[0][m]) / 2e-4);
			}
		}
}

/* With k = 1 the likelihood and all predictions are those without a rhythm. */
static void
test_one_stage(void)
{
	TcsBtyd		rhythm = {TCS_MBG_CNBD, 0.7, 30.0, 0.8, 2.5, 1.0, 1};
	TcsBtyd		none = {TCS_MBG_NBD, 0.7, 30.0, 0.8, 2.5, 1.0, 1};
	double		theta[4] = {log(0.7), log(30.0), log(0.8), log(2.5)};

	for (int i = 0; i < 200; i++)
	{
		double		x = random_bits() % 20;
		double		t = 1 + random_bits() % 700;
		double		t_x = x > 0.0 ? 1 + random_bits() % (int) t : 0.0;
		TcsBtydTuple tuple = {t_x, t, 1.0};
		TcsBtydGroup group = {x, 1.0, 0, 1};
		TcsBtydData data = {&group, 1, &tuple, 1, NULL, NULL, 0, NULL, 0.0, 0};
		TcsBtydObjective context = {&data, TCS_MBG_NBD, 1};
		double		g[2][4],
					h[2][16];
		double		value[2];
		TcsCustomer customer[2];

		value[0] = tcs_beta_geometric_objective(theta, g[0], h[0], &context);
		value[1] = one_customer(TCS_MBG_CNBD, 1, 0, theta, x, t_x, t, g[1], h[1]);
		CHECK(fabs(value[0] - value[1]) < 1e-12 * (1.0 + fabs(value[0])), "%d", i);
		for (int j = 0; j < 4; j++)
			CHECK(fabs(g[0][j] - g[1][j]) < 1e-11 * (1.0 + fabs(g[0][j])), "%d, %d", i, j);
		for (int j = 0; j < 16; j++)
			CHECK(fabs(h[0][j] - h[1][j]) < 1e-10 * (1.0 + fabs(h[0][j])), "%d, %d", i, j);
		tcs_btyd_customer(&none, NULL, x, t_x, t, &customer[0]);
		tcs_btyd_customer(&rhythm, NULL, x, t_x, t, &customer[1]);
		CHECK(close_to(customer[1].p_alive, customer[0].p_alive, 1e-13), "%d", i);
		CHECK(close_to(tcs_cnbd_expected(&customer[1], 90.0), tcs_btyd_expected(&customer[0], 90.0), 1e-12), "%d", i);
		CHECK(close_to(tcs_cnbd_residual(&customer[1], 0.001), tcs_btyd_residual(&customer[0], 0.001), 1e-9), "%d", i);
	}
}

static double
draw_uniform(void)
{
	return ((double) (random_bits() >> 11) + 0.5) / 9007199254740992.0;
}

static double
draw_gamma(double shape)
{
	double		d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;

	for (;;)
	{
		double		normal = sqrt(-2.0 * log(draw_uniform())) * cos(6.283185307179586 * draw_uniform());
		double		v = pow(1.0 + normal / sqrt(9.0 * d), 3.0);

		if (v > 0.0 && log(draw_uniform()) < 0.5 * normal * normal + d - d * v + d * log(v))
			return shape < 1.0 ? d * v * pow(draw_uniform(), 1.0 / shape) : d * v;
	}
}

#define CUSTOMERS	4000

typedef struct Past
{
	double		x;
	double		t_x;
	double		t;
} Past;

static int
compare_pasts(const void *a, const void *b)
{
	const Past *left = a;
	const Past *right = b;

	return left->x != right->x ? (left->x < right->x ? -1 : 1) :
		left->t_x != right->t_x ? (left->t_x < right->t_x ? -1 : 1) :
		left->t < right->t ? -1 : left->t > right->t;
}

/*
 * A population under the model, and what its customers buy within the horizon
 * after that; r of 0: all buy at the rate 1 / alpha.
 */
static TcsBtydData
simulate(const TcsBtyd *model, double horizon, double *later)
{
	static Past past[CUSTOMERS];
	static TcsBtydTuple tuples[CUSTOMERS];
	static TcsBtydGroup groups[CUSTOMERS];
	TcsBtydData data = {groups, 0, tuples, 0, NULL, NULL, 0, NULL, 0.0, 0};

	*later = 0.0;
	for (int i = 0; i < CUSTOMERS; i++)
	{
		double		rate = (model->r > 0.0 ? draw_gamma(model->r) : 1.0) / model->alpha;
		double		ga = draw_gamma(model->a);
		double		p = ga / (ga + draw_gamma(model->b));
		double		time = 0.0;
		bool		alive = model->family == TCS_BG_CNBD || draw_uniform() >= p;

		past[i] = (Past)
		{
			0.0, 0.0, 100.0 + 600.0 * draw_uniform()
		};
		while (alive)
		{
			double		gap = 0.0;

			for (int j = 0; j < model->k; j++)
				gap -= log(draw_uniform()) / rate;
			time += gap;
			if (time > past[i].t + horizon)
				break;
			if (time > past[i].t)
				*later += 1.0;
			else
			{
				past[i].x += 1.0;
				past[i].t_x = time;
				data.ln_gaps += log(gap);
			}
			alive = draw_uniform() >= p;
		}
	}
	qsort(past, CUSTOMERS, sizeof(Past), compare_pasts);
	for (int i = 0; i < CUSTOMERS; i++)
	{
		if (i == 0 || past[i].x != past[i - 1].x)
			groups[data.group_count++] = (TcsBtydGroup)
		{
			past[i].x, 0.0, (size_t) i, 0
		};
		groups[data.group_count - 1].customers += 1.0;
		groups[data.group_count - 1].count++;
		tuples[data.tuple_count++] = (TcsBtydTuple)
		{
			past[i].t_x, past[i].t, 1.0
		};
	}
	return data;
}

static void
test_fits(void)
{
	static const TcsBtyd truth[] = {
		{TCS_MBG_CNBD, 1.5, 20.0, 0.8, 3.0, 1.0, 3},
		{TCS_BG_CNBD, 0.9, 8.0, 0.6, 2.0, 1.0, 2},
		{TCS_MBG_CNBD, 0.8, 15.0, 0.9, 2.5, 1.0, 1},
		{TCS_MBG_CNBD, 0.0, 3.0, 0.7, 5.0, 1.0, 10},
		{TCS_MBG_CNBD, 4.0, 20.0, 1e-9, 1.0, 1.0, 5},
	};

	for (size_t i = 0; i < LENGTH(truth); i++)
	{
		double		later;
		double		expected = 0.0;
		TcsBtydData data = simulate(&truth[i], 180.0, &later);
		TcsBtydEstimate estimate = {0};
		TcsBtydNote note = tcs_btyd_fit(&data, truth[i].family, &estimate);
		double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 1.0, 1.0, 1.0, 0.5};
		const double term[] = {truth[i].r, truth[i].alpha, truth[i].a, truth[i].b,
		1.0 / truth[i].alpha / truth[i].k};
		TcsBtyd		model;

		CHECK(note == TCS_BTYD_FINE && estimate.k == truth[i].k, "%zu: %d, %d", i, note, estimate.k);
		CHECK(estimate.gradient_norm < 1e-3, "%zu: %g", i, estimate.gradient_norm);
		for (int j = 0; j < estimate.count; j++)
		{
			value[estimate.term[j]] = estimate.value[j];
			if (estimate.term[j] != TCS_BTYD_LEAVING && truth[i].a > 1e-6)
				CHECK(fabs(estimate.value[j] - term[estimate.term[j]]) < 4.0 * estimate.standard_error[j] &&
					  estimate.standard_error[j] < 0.5 * estimate.value[j],
					  "%zu, %d: %g +- %g", i, estimate.term[j], estimate.value[j], estimate.standard_error[j]);
		}
		CHECK((truth[i].r > 0.0) == !(estimate.limits & TCS_BTYD_EQUAL_RATES), "%zu: %d", i, estimate.limits);

		/* what comes is what was expected */
		model = tcs_btyd_of_terms(estimate.family, estimate.limits, estimate.k, value);
		for (size_t g = 0; g < data.group_count; g++)
			for (size_t j = 0; j < data.groups[g].count; j++)
			{
				const TcsBtydTuple *tuple = &data.tuples[data.groups[g].first + j];
				TcsCustomer customer;

				tcs_btyd_customer(&model, NULL, data.groups[g].x, tuple->t_x, tuple->t, &customer);
				expected += customer.p_alive * tcs_btyd_expected(&customer, 180.0);
			}
		CHECK(fabs(expected / later - 1.0) < 0.12, "%zu: %g, not %g", i, expected, later);
	}
}

/* Where the rhythm is that of one in whom the rate is known: the way there. */
static void
test_equal_rates(void)
{
	double		value[TCS_BTYD_TERMS] = {1.0, 1.0, 0.7, 5.0, 1.0 / 30.0, 0.5};
	TcsBtyd		limit = tcs_btyd_of_terms(TCS_MBG_CNBD, TCS_BTYD_EQUAL_RATES, 4, value);
	TcsCustomer at;
	double		before = INFINITY;

	tcs_btyd_customer(&limit, NULL, 20.0, 610.0, 650.0, &at);
	for (double r = 1e3; r < 1e10; r *= 100.0)
	{
		TcsBtyd		model = {TCS_MBG_CNBD, r, r * 30.0 / 4.0, 0.7, 5.0, 1.0, 4};
		TcsCustomer near;
		double		error;

		tcs_btyd_customer(&model, NULL, 20.0, 610.0, 650.0, &near);
		error = fabs(near.p_alive / at.p_alive - 1.0) +
			fabs(tcs_btyd_expected(&near, 90.0) / tcs_btyd_expected(&at, 90.0) - 1.0) +
			fabs(tcs_btyd_no_purchase(&near, 90.0) / tcs_btyd_no_purchase(&at, 90.0) - 1.0) +
			fabs(tcs_btyd_residual(&near, 1e-3) / tcs_btyd_residual(&at, 1e-3) - 1.0);
		CHECK(error < 0.1 * before && error < 100.0 / r, "%g: %g", r, error);
		before = error;
	}
}

/* Two years of monthly orders: due, late, and gone. */
static void
test_monthly(void)
{
	TcsBtyd		model = {TCS_MBG_CNBD, 8.0, 30.0, 0.7, 8.0, 1.0, 10};
	double		alive[3],
				none[3];

	for (int i = 0; i < 3; i++)
	{
		TcsCustomer customer;

		tcs_btyd_customer(&model, NULL, 24.0, 720.0, 720.0 + (i == 0 ? 0.0 : i == 1 ? 28.0 : 90.0), &customer);
		alive[i] = customer.p_alive;
		none[i] = tcs_btyd_no_purchase(&customer, 15.0);
	}
	CHECK(alive[0] > 0.9 && alive[1] > 0.85 && alive[2] < 0.02, "%g %g %g", alive[0], alive[1], alive[2]);
	/* who is due buys sooner than who has just bought */
	CHECK(none[1] < none[0] && none[2] > none[1], "%g %g %g", none[0], none[1], none[2]);
}

/* Every figure is a number, in its range, for any model and history. */
static void
test_anywhere(void)
{
	for (int i = 0; i < 4000; i++)
	{
		double		r = exp((draw_uniform() - 0.5) * 1400.0 * (i % 3 == 0 ? 1.0 : 0.02));
		double		alpha = exp((draw_uniform() - 0.5) * 1400.0 * (i % 3 == 0 ? 1.0 : 0.02));
		TcsBtyd		model = {i % 2 == 0 ? TCS_MBG_CNBD : TCS_BG_CNBD, r, alpha,
			exp((draw_uniform() - 0.5) * 1400.0 * (i % 5 == 0 ? 1.0 : 0.02)),
			exp((draw_uniform() - 0.5) * 1400.0 * (i % 5 == 0 ? 1.0 : 0.02)),
		1.0, 2 + (int) (random_bits() % 11)};
		double		x = floor(exp(draw_uniform() * (i % 7 == 0 ? 20.0 : 5.0)) - 1.0);
		double		t = exp(draw_uniform() * (i % 11 == 0 ? 700.0 : 8.0)) - 1.0;
		double		t_x = x > 0.0 ? t * draw_uniform() : 0.0;
		double		h = exp(draw_uniform() * (i % 11 == 0 ? 700.0 : 8.0));
		TcsCustomer customer;
		double		got;

		tcs_btyd_customer(&model, NULL, x, t_x, t, &customer);
		CHECK(customer.p_alive >= 0.0 && customer.p_alive <= 1.0 && customer.p_dead >= 0.0 && customer.p_dead <= 1.0,
			  "%d: %g", i, customer.p_alive);
		got = tcs_btyd_no_purchase(&customer, h);
		CHECK(got >= 0.0 && got <= 1.0, "%d: %g", i, got);
		got = tcs_btyd_expected(&customer, h);
		CHECK(got >= 0.0, "%d: %g", i, got);
		got = tcs_btyd_at_least(&customer, h, 1.0 + (double) (random_bits() % 50));
		CHECK(got >= 0.0 && got <= 1.0, "%d: %g", i, got);
		if (i % 20 == 0)
		{
			got = tcs_btyd_residual(&customer, i % 40 == 0 ? 0.0 : exp(-20.0 * draw_uniform()));
			CHECK(got >= 0.0, "%d: %g", i, got);
			got = tcs_btyd_quantile(&customer, h, 0.05, NULL);
			CHECK(got >= 0.0, "%d: %g", i, got);
		}
	}
}

static double
discounted(const TcsCustomer *customer, double horizon, double discount, void *context)
{
	double		horizons[TCS_HORIZONS];
	double		weights[TCS_HORIZONS];

	(*(int *) context)++;
	for (int i = 0; i < TCS_HORIZONS; i++)
	{
		horizons[i] = horizon * (i + 1) / TCS_HORIZONS;
		weights[i] = exp(-discount * horizons[i]) * (discount < 0.0 && i < TCS_HORIZONS - 1 ? -0.1 : 1.0);
	}
	return tcs_btyd_expected_sum(customer, horizons, weights, TCS_HORIZONS);
}

static void *
test_allocate(void *context, size_t size)
{
	static _Alignas(16) char memory[1 << 24];
	static size_t used = 0;

	(void) context;
	used += size;
	CHECK(used <= sizeof(memory), "%zu", used);
	return memory + (used - size);
}

/*
 * Several horizons at once, stage by stage and recalled for customers who share x
 * and t, are the same as one by one; what is kept serves whatever t_x is.
 */
static void
test_stages(void)
{
	TcsBtyd		model = {TCS_MBG_CNBD, 1.5, 50.0, 0.9, 2.6, 1.0, 3};
	TcsSeriesCache cache = {test_allocate, NULL, 0, NULL, {NULL}};
	int			made = 0;

	for (int i = 0; i < 3000; i++)
	{
		double		x = (double) (random_bits() % 5);
		double		t = 100.0 * (double) (1 + random_bits() % 3);
		double		horizon = i % 3 == 0 ? 365.0 : 90.0;
		double		discount = i % 2 == 0 ? 0.001 : -0.001;
		double		got;
		double		wanted = 0.0;
		TcsCustomer customer;

		tcs_btyd_customer(&model, &cache, x, x > 0.0 ? t * draw_uniform() : 0.0, t, &customer);
		got = tcs_btyd_recall(&customer, horizon, discount, discounted, &made);
		for (int j = 1; j <= TCS_HORIZONS; j++)
			wanted += exp(-discount * (horizon * j / TCS_HORIZONS)) * (discount < 0.0 && j < TCS_HORIZONS ? -0.1 : 1.0) *
				tcs_btyd_expected(&customer, horizon * j / TCS_HORIZONS);
		CHECK(close_to(got, wanted, 1e-12), "%d: %.17g, not %.17g", i, got, wanted);
	}

	/*
	 * once there is a place to keep them, the 60 that differ, three stages
	 * each
	 */
	CHECK(made < 1000, "%d", made);
}

static _Alignas(16)
char		series_memory[TCS_CNBD_MOST * sizeof(TcsSeries)];
static size_t series_used;

static void *
series_allocate(void *context, size_t size)
{
	(void) context;
	series_used += size;
	CHECK(series_used <= sizeof(series_memory), "%zu", series_used);
	return series_memory + (series_used - size);
}

/* Sums from kept terms are those of the walk, whatever the model and the customer. */
static void
test_series_anywhere(void)
{
	static TcsSeriesCache cache;

	for (int i = 0; i < 2000; i++)
	{
		bool		wild = i % 4 == 0;
		TcsBtyd		model = {
			i % 2 == 0 ? TCS_MBG_CNBD : TCS_BG_CNBD,
			wild ? random_positive() : exp(8.0 * draw_uniform() - 4.0),
			wild ? random_positive() : exp(8.0 * draw_uniform()),
			wild ? random_positive() : i % 5 == 0 ? 0.0 : exp(8.0 * draw_uniform() - 4.0),
			wild ? random_positive() : exp(8.0 * draw_uniform() - 4.0),
			1.0, 2 + (int) (random_bits() % (TCS_CNBD_MOST - 1))
		};
		double		x = (double) (random_bits() % 60);
		double		t = exp(8.0 * draw_uniform());
		double		horizon = wild ? random_positive() : exp(8.0 * draw_uniform());
		double		horizons[TCS_HORIZONS];
		double		weights[TCS_HORIZONS];
		double		chances[TCS_CNBD_MOST];
		TcsCustomer customer;
		int			stages;

		cache = (TcsSeriesCache)
		{
			series_allocate, NULL, 0, NULL,
			{
				NULL
			}
		};
		series_used = 0;
		for (int j = 0; j < TCS_HORIZONS; j++)
		{
			horizons[j] = horizon * ((j + 1.0) / TCS_HORIZONS);
			weights[j] = draw_uniform();
		}
		tcs_btyd_customer(&model, &cache, x, x > 0.0 ? t * draw_uniform() : 0.0, t, &customer);
		stages = tcs_cnbd_stages(&customer, horizon, chances);
		for (int j = 0; j < stages; j++)
		{
			TcsCustomer at;
			double		got,
						wanted;

			tcs_cnbd_at_stage(&customer, j, &at);
			got = tcs_btyd_expected_sum(&at, horizons, weights, TCS_HORIZONS);
			at.series = NULL;
			wanted = tcs_btyd_expected_sum(&at, horizons, weights, TCS_HORIZONS);
			CHECK(close_to(got, wanted, 1e-11), "%d, %d: %.17g, not %.17g", i, j, got, wanted);
		}
	}
}

int
main(void)
{
	test_reference();
	test_derivatives();
	test_one_stage();
	test_fits();
	test_equal_rates();
	test_monthly();
	test_stages();
	test_series_anywhere();
	test_anywhere();
	return report();
}
