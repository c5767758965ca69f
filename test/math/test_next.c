/*
 * test_next.c
 *		When customers buy next: days and chances against the definitions, whom
 *		the days hold for, and that they are numbers for any model.
 */
#include "math/btyd_predict.h"

#include <stdlib.h>

#include "harness.h"
#include "next_reference.h"

#define MOST_DAYS	1e6

static void
test_ever(void)
{
	for (size_t i = 0; i < LENGTH(ever_reference); i++)
	{
		TcsCustomer customer;
		double		ever;

		tcs_btyd_customer(&ever_reference[i].model, NULL, ever_reference[i].x,
						  ever_reference[i].t_x, ever_reference[i].t, &customer);
		ever = tcs_btyd_ever(&customer) / customer.p_alive;
		CHECK(close_to(ever, ever_reference[i].ever, ever_reference[i].model.family == TCS_BG_BB ? 1e-9 : 1e-12),
			  "%zu: %.17g, not %.17g", i, ever, ever_reference[i].ever);
	}
}

static void
test_days(void)
{
	for (size_t i = 0; i < LENGTH(next_reference); i++)
	{
		static const double share[] = {0.1, 0.5, 0.9};
		TcsCustomer customer;

		tcs_btyd_customer(&next_reference[i].model, NULL, next_reference[i].x,
						  next_reference[i].t_x, next_reference[i].t, &customer);
		for (int j = 0; j < 3; j++)
			CHECK(tcs_btyd_next(&customer, share[j], MOST_DAYS) == next_reference[i].day[j],
				  "%zu, %d: %g, not %g", i, j, tcs_btyd_next(&customer, share[j], MOST_DAYS), next_reference[i].day[j]);
		CHECK(tcs_btyd_ever(&customer) == customer.p_alive, "%zu", i);
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

#define BUYERS	20000

/*
 * Buyers under the model until a day, and what comes after it: as many buy again
 * as p_ever says, and of their days as many lie in the interval as the level
 * says, for those who have just bought as for those who are late.
 */
static void
test_coverage(void)
{
	static const TcsBtyd truth[] = {
		{TCS_MBG_CNBD, 3.0, 30.0, 0.6, 4.0, 1.0, 3},
		{TCS_BG_CNBD, 8.0, 20.0, 0.8, 5.0, 1.0, 10},
		{TCS_MBG_CNBD, 0.9, 12.0, 0.0, 1.0, 1.0, 2},
	};

	for (size_t i = 0; i < LENGTH(truth); i++)
	{
		const TcsBtyd *model = &truth[i];
		double		expected = 0.0;
		double		came = 0.0;
		double		within[2] = {0.0, 0.0};
		double		before[2] = {0.0, 0.0};
		double		buyers[2] = {0.0, 0.0};
		double		variance = 0.0;

		for (int n = 0; n < BUYERS; n++)
		{
			double		rate = draw_gamma(model->r) / model->alpha;
			double		ga = model->a > 0.0 ? draw_gamma(model->a) : 0.0;
			double		p = ga / (ga + draw_gamma(model->b));
			double		t = 200.0 + floor(300.0 * uniform());
			double		time = 0.0;
			double		x = 0.0;
			double		t_x = 0.0;
			bool		alive = model->family == TCS_BG_CNBD || uniform() >= p;
			TcsCustomer customer;
			double		day[2];
			double		next;
			int			late;

			while (alive && time <= t)
			{
				for (int j = 0; j < model->k; j++)
					time -= log(uniform()) / rate;
				if (time > t)
					break;
				x += 1.0;
				t_x = time;
				alive = uniform() >= p;
			}
			tcs_btyd_customer(model, NULL, x, t_x, t, &customer);
			expected += tcs_btyd_ever(&customer);
			variance += customer.p_alive * customer.p_dead;
			if (!alive)
				continue;
			came += 1.0;
			for (int j = 0; j < 2; j++)
				day[j] = tcs_btyd_next(&customer, j == 0 ? 0.1 : 0.9, MOST_DAYS);
			if (day[0] < 0.0 || day[1] < 0.0)
				continue;
			/* the day of it: beyond the end of the first, the second, ... */
			next = ceil(time - t);
			late = t - t_x > 0.7 * model->k / rate;
			buyers[late] += 1.0;
			within[late] += next >= day[0] && next <= day[1];
			before[late] += next <= tcs_btyd_next(&customer, 0.5, MOST_DAYS);
		}
		CHECK(fabs(came - expected) < 4.0 * sqrt(variance) + 1e-9, "%zu: %g, not %g", i, came, expected);
		CHECK(buyers[0] > 1000.0 && buyers[1] > 1000.0, "%zu: %g %g", i, buyers[0], buyers[1]);
		/* whole days hold a little more than was asked for */
		CHECK((within[0] + within[1]) / (buyers[0] + buyers[1]) > 0.79 &&
			  (within[0] + within[1]) / (buyers[0] + buyers[1]) < 0.86, "%zu: %g", i,
			  (within[0] + within[1]) / (buyers[0] + buyers[1]));
		CHECK((before[0] + before[1]) / (buyers[0] + buyers[1]) > 0.49 &&
			  (before[0] + before[1]) / (buyers[0] + buyers[1]) < 0.55, "%zu: %g", i,
			  (before[0] + before[1]) / (buyers[0] + buyers[1]));
	}
}

/* Two years of monthly orders: a month from the last, and soon where that is over. */
static void
test_monthly(void)
{
	TcsBtyd		model = {TCS_MBG_CNBD, 8.0, 30.0, 0.7, 8.0, 1.0, 10};
	TcsCustomer customer;
	double		median;

	tcs_btyd_customer(&model, NULL, 24.0, 720.0, 720.0, &customer);
	median = tcs_btyd_next(&customer, 0.5, MOST_DAYS);
	CHECK(median > 25.0 && median < 34.0, "%g", median);
	tcs_btyd_customer(&model, NULL, 24.0, 720.0, 750.0, &customer);
	median = tcs_btyd_next(&customer, 0.5, MOST_DAYS);
	CHECK(median > 2.0 && median < 12.0, "%g", median);
	CHECK(tcs_btyd_next(&customer, 0.9, 3.0) == -1.0, "%g", tcs_btyd_next(&customer, 0.9, 3.0));
	CHECK(tcs_btyd_next(&customer, 1e-12, MOST_DAYS) == 1.0, "%g", tcs_btyd_next(&customer, 1e-12, MOST_DAYS));
}

/* A number in its range, and later where more is asked for, for any model and history. */
static void
test_anywhere(void)
{
	for (int i = 0; i < 6000; i++)
	{
		TcsBtyd		model = {(TcsBtydFamily) (random_bits() % TCS_BTYD_FAMILIES), 0, 0, 0, 0, 1.0,
		2 + (int) (random_bits() % 11)};
		double	   *parameter[] = {&model.r, &model.alpha, &model.a, &model.b};
		double		x = floor(exp(uniform() * (i % 7 == 0 ? 12.0 : 5.0)) - 1.0);
		double		t = floor(x + exp(uniform() * (model.family == TCS_BG_BB ? 8.0 : i % 11 == 0 ? 700.0 : 8.0)));
		double		t_x = x > 0.0 ? fmax(x, floor(t * uniform())) : 0.0;
		TcsCustomer customer;
		double		day = 1.0;
		double		ever;

		for (int j = 0; j < 4; j++)
			*parameter[j] = i % 3 == 0 ? random_positive() : exp((uniform() - 0.5) * 20.0);
		if (tcs_btyd_has_rhythm(model.family) && i % 13 == 0)
			model.a = 0.0;
		tcs_btyd_customer(&model, NULL, x, t_x, t, &customer);
		ever = tcs_btyd_ever(&customer);
		CHECK(ever >= 0.0 && ever <= 1.0 && ever <= customer.p_alive * (1.0 + 1e-9), "%d, %d: %g of %g", i, model.family, ever, customer.p_alive);
		CHECK(ever >= (1.0 - tcs_btyd_no_purchase(&customer, 1000.0)) * (1.0 - 1e-6) - 1e-9, "%d, %d: %g, but %g", i, model.family, ever,
			  1.0 - tcs_btyd_no_purchase(&customer, 1000.0));
		if (!tcs_btyd_has_rhythm(model.family))
			continue;
		for (double share = 0.1; share < 0.95; share += 0.2)
		{
			double		later = tcs_btyd_next(&customer, share, 2e9);

			CHECK(later == -1.0 || (later >= day && later <= 2e9 && later == floor(later)), "%d: %g, %g", i, later, day);
			CHECK(day > 0.0 || later == -1.0, "%d: %g after none", i, later);
			day = later;
		}
	}
}

int
main(void)
{
	test_ever();
	test_days();
	test_coverage();
	test_monthly();
	test_anywhere();
	return report();
}
