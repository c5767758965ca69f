/*
 * test_btyd_window.c
 *		What customers do between two days to come: against the definitions,
 *		against the distribution that intervals come from, and any double.
 */
#include "math/btyd_window.h"

#include "math/bg_bb.h"
#include "math/btyd_families.h"
#include "math/gamma_gamma.h"
#include "numerics/gamma.h"

#include "harness.h"
#include "btyd_window_reference.h"

static void
test_reference(void)
{
	for (size_t i = 0; i < LENGTH(reference); i++)
	{
		TcsCustomer customer;
		TcsWindow	got;
		double		t_x = reference[i].t_x;

		/* of bg/bb, the opportunity that the last purchase was at */
		if (reference[i].model.family == TCS_BG_BB)
			t_x = reference[i].model.period * ceil(t_x / reference[i].model.period);
		tcs_btyd_customer(&reference[i].model, NULL, reference[i].x, t_x, reference[i].t, &customer);
		tcs_btyd_window(&customer, reference[i].from, reference[i].length, &got);
		CHECK(close_to(got.buys, reference[i].window.buys, 1e-9), "%zu: %.17g, not %.17g",
			  i, got.buys, reference[i].window.buys);
		CHECK(close_to(got.purchases, reference[i].window.purchases, 1e-9), "%zu: %.17g, not %.17g",
			  i, got.purchases, reference[i].window.purchases);
		CHECK(close_to(got.pairs, reference[i].window.pairs, 1e-9), "%zu: %.17g, not %.17g",
			  i, got.pairs, reference[i].window.pairs);
	}
}

/* Windows from now on have the moments of the distribution that intervals come from. */
static void
test_distribution(void)
{
	static const TcsBtyd model[] = {
		{TCS_MBG_NBD, 0.525, 43.0, 0.891, 1.615, 1.0, 1},
		{TCS_BG_NBD, 0.243, 30.9, 0.793, 2.426, 1.0, 1},
		{TCS_PARETO_NBD, 0.553, 74.0, 0.606, 81.6, 1.0, 1},
		{TCS_NBD, 0.9, 50.0, 1.0, 1.0, 1.0, 1},
		{TCS_BG_BB, 1.204, 0.75, 0.657, 2.783, 7.0, 1},
		{TCS_MBG_CNBD, 1.7, 12.0, 0.6, 2.4, 1.0, 3},
		{TCS_BG_CNBD, 2.2, 20.0, 0.0, 3.1, 1.0, 5},
		/* limits */
		{TCS_MBG_NBD, 1e12, 3e13, 1e12, 4e12, 1.0, 1},
		{TCS_PARETO_NBD, 1e12, 3e13, 1e12, 4e14, 1.0, 1},
		{TCS_BG_NBD, 0.8, 40.0, 1e-12, 3e-12, 1.0, 1},
	};
	static double at_least[20000];

	for (int i = 0; i < 600; i++)
	{
		const TcsBtyd *m = &model[i % LENGTH(model)];
		double		x = floor(12.0 * uniform());
		double		t = floor(130.0 + 300.0 * uniform());
		double		t_x = x > 0.0 ? floor(100.0 + (t - 100.0) * uniform()) : 0.0;
		double		length = 1.0 + 400.0 * uniform();
		TcsWindow	wanted = {0};
		TcsWindow	got;
		TcsCustomer customer;
		int			count;

		if (m->family == TCS_BG_BB)
			tcs_bg_bb_history(m->period, x, &t_x, &t);
		if (m->family == TCS_BG_BB)
		{
			t_x *= m->period;
			t *= m->period;
		}
		tcs_btyd_customer(m, NULL, x, t_x, t, &customer);
		tcs_btyd_window(&customer, 0.0, length, &got);
		for (count = 1; count < 20000; count++)
		{
			at_least[count] = tcs_btyd_at_least(&customer, length, count);
			wanted.purchases += at_least[count];
			wanted.pairs += 2.0 * (count - 1) * at_least[count];
			if (at_least[count] * count < 1e-15)
				break;
		}
		wanted.buys = at_least[1];
		CHECK(close_to(got.buys, wanted.buys, 1e-10), "%d: %.17g, not %.17g", i, got.buys, wanted.buys);
		CHECK(close_to(got.purchases, wanted.purchases, 1e-9), "%d: %.17g, not %.17g", i, got.purchases, wanted.purchases);
		CHECK(close_to(got.pairs, wanted.pairs, 1e-8), "%d: %.17g, not %.17g", i, got.pairs, wanted.pairs);
		CHECK(close_to(got.purchases, tcs_btyd_expected(&customer, length), 1e-11), "%d: %.17g", i, got.purchases);
	}
}

/*
 * What a model without a rhythm expects of a window is what it expects until
 * its end, less that until it begins; sums and integrals agree where both serve.
 */
static void
test_parts(void)
{
	for (int i = 0; i < 300; i++)
	{
		TcsBtyd		model = {i % 2 ? TCS_BG_NBD : TCS_MBG_NBD, 0.1 + 3.0 * uniform(), 1.0 + 90.0 * uniform(),
		0.1 + 2.0 * uniform(), 0.1 + 3.0 * uniform(), 1.0, 1};
		double		x = 1.0 + floor(9.0 * uniform());
		double		t = 90.0 + 300.0 * uniform();
		double		from = 400.0 * uniform();
		double		length = 1.0 + 100.0 * uniform();
		double		difference;
		TcsCustomer customer;
		TcsWindow	sum;
		TcsWindow	integral;

		tcs_btyd_customer(&model, NULL, x, t * uniform(), t, &customer);
		tcs_btyd_window(&customer, from, length, &sum);
		tcs_beta_geometric_window(&customer, from, length, &integral);
		difference = tcs_btyd_expected(&customer, from + length) - tcs_btyd_expected(&customer, from);
		CHECK(close_to(sum.purchases, difference, 1e-9), "%d: %.17g, not %.17g", i, sum.purchases, difference);
		CHECK(close_to(integral.buys, sum.buys, 1e-9), "%d: %.17g, not %.17g", i, integral.buys, sum.buys);
		CHECK(close_to(integral.purchases, sum.purchases, 1e-9), "%d: %.17g, not %.17g", i, integral.purchases, sum.purchases);
		CHECK(close_to(integral.pairs, sum.pairs, 1e-9), "%d: %.17g, not %.17g", i, integral.pairs, sum.pairs);
	}
}

static double
draw_gamma(double shape)
{
	double		d = (shape < 1.0 ? shape + 1.0 : shape) - 1.0 / 3.0;

	for (;;)
	{
		double		normal = sqrt(-2.0 * log(uniform())) * cos(6.283185307179586 * uniform());
		double		v = pow(1.0 + normal / sqrt(9.0 * d), 3.0);

		if (v > 0.0 && log(uniform()) < 0.5 * normal * normal + d - d * v + d * log(v))
			return shape < 1.0 ? d * v * pow(uniform(), 1.0 / shape) : d * v;
	}
}

/* What one customer bought until t, and how often between two days after it. */
static double
simulate(const TcsBtyd *model, double t, double from, double until, double *x, double *t_x)
{
	double		rate = draw_gamma(model->r) / model->alpha;
	double		leaves = draw_gamma(model->a);
	double		p = leaves / (leaves + draw_gamma(model->b));
	bool		first = model->family == TCS_MBG_NBD || model->family == TCS_MBG_CNBD;
	double		death = INFINITY;
	double		time = 0.0;
	double		later = 0.0;
	bool		alive = !first || uniform() >= p;

	if (model->family == TCS_PARETO_NBD)
	{
		death = -log(uniform()) / (draw_gamma(model->a) / model->b);
		alive = true;
		p = 0.0;
	}
	*x = *t_x = 0.0;
	while (alive)
	{
		for (int stage = 0; stage < model->k; stage++)
			time -= log(uniform()) / rate;
		if (time > t + until || time > death)
			break;
		if (time <= t)
		{
			*x += 1.0;
			*t_x = time;
		}
		else if (time > t + from)
			later += 1.0;
		alive = uniform() >= p;
	}
	return later;
}

/*
 * Intervals of totals hold what came as often as they say, and so do those of
 * what is spent.
 */
static void
test_totals(void)
{
	static const TcsBtyd model[] = {
		{TCS_MBG_NBD, 0.525, 43.0, 0.891, 1.615, 1.0, 1},
		{TCS_BG_NBD, 0.9, 30.0, 0.793, 2.426, 1.0, 1},
		{TCS_PARETO_NBD, 0.553, 74.0, 0.606, 81.6, 1.0, 1},
		{TCS_MBG_CNBD, 2.5, 12.0, 0.6, 4.4, 1.0, 4},
	};
	const TcsGammaGamma spend = {2.0, 5.0, 60.0};
	const int	populations = 400;

	for (size_t m = 0; m < LENGTH(model) * 2; m++)
	{
		double		from = m % 2 ? 60.0 : 0.0;
		double		until = m % 2 ? 90.0 : 365.0;
		int			held = 0;
		int			worth_held = 0;

		for (int i = 0; i < populations; i++)
		{
			double		mean = 0.0,
						variance = 0.0,
						came = 0.0,
						worth = 0.0,
						worth_variance = 0.0,
						spent = 0.0;

			for (int j = 0; j < 150; j++)
			{
				double		x,
							t_x;
				double		t = 30.0 + 300.0 * uniform();
				double		later = simulate(&model[m / 2], t, from, until, &x, &t_x);
				double		rate = draw_gamma(spend.q) / spend.v;
				double		bought = x > 0.0 ? draw_gamma(spend.p * x) / rate / x : 0.0;
				double		gross = tcs_gamma_gamma_mean(&spend, x, bought);
				double		spread = tcs_gamma_gamma_spread(&spend, x, bought);
				double		expected;
				TcsCustomer customer;
				TcsWindow	window;

				tcs_btyd_customer(&model[m / 2], NULL, x, t_x, t, &customer);
				tcs_btyd_window(&customer, from, until - from, &window);
				expected = customer.p_alive * window.purchases;
				mean += expected;
				variance += tcs_window_variance(&window, customer.p_alive);
				worth += gross * expected;
				worth_variance += gross * gross * spread * ((1.0 + 1.0 / spend.p) * expected +
															customer.p_alive * window.pairs) -
					gross * gross * expected * expected;
				came += later;
				spent += later > 0.0 ? draw_gamma(spend.p * later) / rate : 0.0;
			}
			held += came >= variance / mean * tcs_gamma_quantile(mean * mean / variance, 0.1) &&
				came <= variance / mean * tcs_gamma_quantile(mean * mean / variance, 0.9);
			worth_held += spent >= worth_variance / worth * tcs_gamma_quantile(worth * worth / worth_variance, 0.1) &&
				spent <= worth_variance / worth * tcs_gamma_quantile(worth * worth / worth_variance, 0.9);
		}
		CHECK(fabs(held - 0.8 * populations) < 0.06 * populations, "%zu: %d of %d", m, held, populations);
		CHECK(fabs(worth_held - 0.8 * populations) < 0.06 * populations, "%zu: %d of %d", m, worth_held, populations);
	}
}

/* Quantiles of the gamma distribution give their probability back. */
static void
test_gamma(void)
{
	CHECK(close_to(tcs_gamma_quantile(1.0, 0.75), log(4.0), 1e-12), "one");
	/* half of the squared normal one */
	CHECK(close_to(tcs_gamma_quantile(0.5, 0.95), 1.920729410347062, 1e-12), "half");
	for (int i = 0; i < 300; i++)
	{
		double		shape = exp(24.0 * uniform() - 6.0);
		double		share = uniform();
		double		y = tcs_gamma_quantile(shape, share);

		CHECK(y >= 0.0 && isfinite(y), "%g, %g", shape, share);
		if (y > DBL_MIN)
			CHECK(fabs(tcs_gamma_part(shape, y, false) - share) < 1e-9, "%g, %g: %g", shape, share, y);
	}
}

/* Any legal model and history: numbers that can be, never NaN. */
static void
test_any_double(void)
{
	for (int i = 0; i < 4000; i++)
	{
		TcsBtydFamily family = (TcsBtydFamily) (i % TCS_BTYD_FAMILIES);
		TcsBtyd		model = {family, random_positive(), random_positive(), random_positive(),
		random_positive(), 1.0 + 30.0 * uniform(), 1 + i % TCS_CNBD_MOST};
		double		x = i % 5 ? floor(exp(8.0 * uniform())) : 0.0;
		double		t = i % 3 ? exp(12.0 * uniform() - 2.0) : random_positive();
		double		t_x = x > 0.0 ? t * uniform() : 0.0;
		double		from = i % 2 ? 0.0 : 1000.0 * uniform();
		double		length = i % 7 ? exp(9.0 * uniform()) : random_positive();
		TcsCustomer customer;
		TcsWindow	got;

		if (family == TCS_BG_BB)
		{
			if (i % 3 == 0 || !tcs_bg_bb_history(model.period, x, &t_x, &t))
				continue;
			t_x *= model.period;
			t *= model.period;
		}
		tcs_btyd_customer(&model, NULL, x, t_x, t, &customer);
		tcs_btyd_window(&customer, from, length, &got);
		CHECK(got.buys >= 0.0 && got.buys <= 1.0, "%d: %g", i, got.buys);
		CHECK(got.purchases >= 0.0 && got.pairs >= 0.0, "%d: %g, %g", i, got.purchases, got.pairs);
		CHECK(tcs_window_variance(&got, customer.p_alive) >= 0.0, "%d", i);
	}
}

int
main(void)
{
	test_reference();
	test_distribution();
	test_parts();
	test_gamma();
	test_totals();
	test_any_double();
	return report();
}
