/*
 * test_adjust.c
 *		p of many tests, against those of R and with what the levels promise.
 */
#include "harness.h"

#include "math/adjust.h"

/* The example of p.adjust in R and in Benjamini and Hochberg, 1995: 15 tests. */
static const double published[] = {0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344,
0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0};

static void
test_published(void)
{
	double		adjusted[15];
	double		level[15];
	int			found = 0;

	/*
	 * the paper finds four by its own way and three by that of Bonferroni and
	 * of Hochberg
	 */
	tcs_adjust(TCS_BENJAMINI_HOCHBERG, published, 15, 0.05, adjusted, level);
	while (adjusted[found] < 0.05)
		found++;
	CHECK(found == 4, "%d", found);
	CHECK(close_to(adjusted[3], 0.035625, 1e-12), "%.17g", adjusted[3]);
	CHECK(close_to(level[7], 0.05 * 4.0 / 15.0, 1e-12), "%.17g", level[7]);
	tcs_adjust(TCS_BONFERRONI, published, 15, 0.05, adjusted, level);
	CHECK(close_to(adjusted[2], 0.0285, 1e-12) && adjusted[3] > 0.05, "%.17g %.17g", adjusted[2], adjusted[3]);
	tcs_adjust(TCS_HOLM, published, 15, 0.05, adjusted, level);
	CHECK(close_to(adjusted[0], 0.0015, 1e-12) && close_to(adjusted[1], 0.0056, 1e-12) && close_to(adjusted[2], 0.0247, 1e-12) &&
		  close_to(adjusted[3], 0.114, 1e-12), "%.17g %.17g", adjusted[1], adjusted[3]);
	CHECK(close_to(level[0], 0.05 / 15.0, 1e-12) && close_to(level[3], 0.05 / 12.0, 1e-12) && level[14] == level[3], "%.17g", level[14]);
}

/* p is below its level where the correction finds something, and nowhere else; equal ones are alike. */
static void
test_levels(void)
{
	for (int round = 0; round < 3000; round++)
	{
		double		p[20];
		double		adjusted[20];
		double		level[20];
		size_t		n = random_bits() % 21;
		double		sum = 0.0;

		for (size_t i = 0; i < n; i++)
			p[i] = sum += random_bits() % 3 == 0 ? 0.0 : 0.01 * uniform();
		for (int adjustment = TCS_HOLM; adjustment <= TCS_BENJAMINI_HOCHBERG; adjustment++)
		{
			tcs_adjust((TcsAdjustment) adjustment, p, n, 0.05, adjusted, level);
			for (size_t i = 0; i < n; i++)
			{
				CHECK((adjusted[i] < 0.05) == (p[i] < level[i]), "%d, %zu of %zu: p %g, %g at %g", adjustment, i, n, p[i], adjusted[i], level[i]);
				CHECK(adjusted[i] >= p[i] && adjusted[i] <= 1.0 && level[i] <= 0.05, "%d, %zu of %zu: %g", adjustment, i, n, adjusted[i]);
				CHECK(i == 0 || p[i] != p[i - 1] || (adjusted[i] == adjusted[i - 1] && level[i] == level[i - 1]), "%d, %zu of %zu", adjustment, i, n);
				CHECK(i == 0 || adjusted[i] >= adjusted[i - 1], "%d, %zu of %zu", adjustment, i, n);
			}
		}
	}
}

int
main(void)
{
	test_published();
	test_levels();
	return report();
}
