/*
 * test_exact_sum.c
 *		Sums against exact integers of 128 bits; in any order and division.
 */
#include <stdlib.h>

#include "numerics/exact_sum.h"

#include "harness.h"

typedef __int128 Wide;
typedef unsigned __int128 Magnitude;

#define MOST	4096

static bool
same(double a, double b)
{
	return memcmp(&a, &b, sizeof(a)) == 0;
}

/* the double nearest to an integer, ties to even, without the compiler's help */
static double
round_wide(Wide value)
{
	bool		negative = value < 0;
	Magnitude	rest = negative ? -(Magnitude) value : (Magnitude) value;
	int			shift = 0;
	uint64_t	kept;
	Magnitude	lost;
	Magnitude	half;

	while (rest >> shift >> 53 != 0)
		shift++;
	kept = (uint64_t) (rest >> shift);
	if (shift > 0)
	{
		lost = rest - ((Magnitude) kept << shift);
		half = (Magnitude) 1 << (shift - 1);
		if (lost > half || (lost == half && (kept & 1) != 0))
			kept++;
	}
	return ldexp(negative ? -(double) kept : (double) kept, shift);
}

/*
 * A whole number of up to `bits` bits that is a double; of either sign when
 * `refunds`.
 */
static double
random_term(int bits, bool refunds)
{
	int			width = (int) (random_bits() % (unsigned) bits) + 1;
	uint64_t	mantissa = random_bits() >> (64 - (width < 53 ? width : 53));
	int			shift = width > 53 ? (int) (random_bits() % (unsigned) (width - 52)) : 0;
	double		value = ldexp((double) mantissa, shift);

	return refunds && random_bits() % 2 == 0 ? -value : value;
}

static double
sum_of(const double *terms, int count)
{
	TcsSum		sum = {0, 0, 0};

	for (int i = 0; i < count; i++)
		tcs_sum_add(&sum, terms[i]);
	return tcs_sum_value(&sum);
}

/* the same in parts that are merged, some of them empty, as workers do */
static double
sum_of_parts(const double *terms, int count)
{
	TcsSum		parts[7] = {{0, 0, 0}};
	TcsSum		sum = {0, 0, 0};

	for (int i = 0; i < count; i++)
		tcs_sum_add(&parts[random_bits() % 6], terms[i]);
	for (int i = 0; i < 7; i++)
		tcs_sum_merge(&sum, &parts[i]);
	return tcs_sum_value(&sum);
}

static void
shuffle(double *terms, int count)
{
	for (int i = count - 1; i > 0; i--)
	{
		int			j = (int) (random_bits() % (unsigned) (i + 1));
		double		swap = terms[i];

		terms[i] = terms[j];
		terms[j] = swap;
	}
}

static int
compare_doubles(const void *a, const void *b)
{
	double		left = *(const double *) a;
	double		right = *(const double *) b;

	return left < right ? -1 : left > right;
}

/* Amounts within a factor of 2^50 have 103 bits from the highest to the last. */
static void
test_random(int bits, bool refunds)
{
	static double terms[MOST];

	for (int round = 0; round < 400; round++)
	{
		int			count = (int) (random_bits() % (round % 10 == 0 ? MOST : 40)) + 1;
		Wide		exact = 0;
		double		expected;

		for (int i = 0; i < count; i++)
		{
			terms[i] = random_term(bits, refunds);
			exact += (Wide) terms[i];
		}
		/* cancel all but little */
		if (refunds && round % 3 == 0)
		{
			double		most = -round_wide(exact);

			if (count < MOST)
			{
				terms[count++] = most;
				exact += (Wide) most;
			}
		}
		expected = round_wide(exact);
		CHECK(sum_of(terms, count) == expected);
		shuffle(terms, count);
		CHECK(sum_of(terms, count) == expected);
		CHECK(sum_of_parts(terms, count) == expected);
		qsort(terms, (size_t) count, sizeof(double), compare_doubles);
		CHECK(sum_of(terms, count) == expected);
		CHECK(sum_of_parts(terms, count) == expected);
	}
}

/* Sums that lie half way between two doubles, or next to it. */
static void
test_ties(void)
{
	for (int round = 0; round < 20000; round++)
	{
		uint64_t	mantissa = (random_bits() >> 11) | (UINT64_C(1) << 52);
		int			place = (int) (random_bits() % 70) + 1;
		Wide		exact = (Wide) mantissa << (place + 1);
		double		terms[4] = {ldexp((double) mantissa, place + 1), ldexp(1.0, place), 0.0, 0.0};
		static const double nudges[] = {0.0, 1.0, -1.0, 0.0};

		exact += (Wide) 1 << place;
		terms[2] = nudges[random_bits() % 4];
		exact += (Wide) terms[2];
		if (random_bits() % 2 == 0)
		{
			exact = -exact;
			for (int i = 0; i < 3; i++)
				terms[i] = -terms[i];
		}
		shuffle(terms, 4);
		CHECK(sum_of(terms, 4) == round_wide(exact));
		CHECK(sum_of_parts(terms, 4) == round_wide(exact));
	}
}

/* What was added and taken away again leaves what was there before. */
static void
test_difference(void)
{
	static double terms[MOST];

	for (int round = 0; round < 50; round++)
	{
		TcsSum		sum = {0, 0, 0};
		Wide		exact = 0;

		for (int i = 0; i < MOST; i++)
		{
			terms[i] = random_term(100, false);
			exact += (Wide) terms[i];
			tcs_sum_add(&sum, terms[i]);
		}
		qsort(terms, MOST, sizeof(double), compare_doubles);
		for (int i = 0; i < MOST; i++)
		{
			tcs_sum_add(&sum, -terms[i]);
			exact -= (Wide) terms[i];
			CHECK(tcs_sum_value(&sum) == round_wide(exact));
		}
		CHECK(tcs_sum_value(&sum) == 0.0);
	}
}

static void
test_money(void)
{
	double		terms[MOST];
	double		first;

	/* cents: what comes out is the double nearest to the sum of the doubles */
	for (int i = 0; i < MOST; i++)
		terms[i] = (double) (random_bits() % 10000000) / 100.0 *
			(random_bits() % 5 == 0 ? -1 : 1);
	first = sum_of(terms, MOST);
	for (int round = 0; round < 200; round++)
	{
		shuffle(terms, MOST);
		CHECK(same(sum_of(terms, MOST), first));
		CHECK(same(sum_of_parts(terms, MOST), first));
	}
	for (int i = 0; i < 10; i++)
		terms[i] = 0.1;
	CHECK(sum_of(terms, 10) == 1.0);
}

/* Decimals as pairs: the double nearest to the decimal sum, in any order. */
static void
test_decimals(void)
{
	static const double scale[] = {10.0, 100.0, 1000.0, 1e4, 1e8, 1e16};
	static int64_t units[MOST];

	for (int round = 0; round < 300; round++)
	{
		double		power = scale[round % 6];
		int			count = (int) (random_bits() % (round % 10 == 0 ? MOST : 30)) + 1;
		uint64_t	most = UINT64_C(1) << (10 + random_bits() % 30);
		int64_t		total = 0;

		for (int i = 0; i < count; i++)
		{
			units[i] = (int64_t) (random_bits() % most);
			if (random_bits() % 4 == 0)
				units[i] = -units[i];
			total += units[i];
		}
		for (int again = 0; again < 3; again++)
		{
			TcsSum		sum = {0, 0, 0};
			TcsSum		other = {0, 0, 0};

			for (int i = 0; i < count; i++)
			{
				double		high = (double) units[i] / power;
				double		low = fma(-high, power, (double) units[i]) / power;

				tcs_sum_add_pair(random_bits() % 2 == 0 ? &sum : &other, high, low);
			}
			tcs_sum_merge(&sum, &other);
			CHECK(tcs_sum_value(&sum) == (double) total / power);
		}
	}
}

static void
test_ends(void)
{
	double		most[] = {DBL_MAX, -DBL_MAX};
	double		beyond[] = {DBL_MAX, DBL_MAX};
	double		least[] = {4.9406564584124654e-324, 4.9406564584124654e-324, -4.9406564584124654e-324};
	double		wide[] = {1e300, 1.0, -1e300};
	double		edge[] = {DBL_MAX, ldexp(1.0, 969), 1.0};
	TcsSum		none = {0, 0, 0};

	CHECK(same(tcs_sum_value(&none), 0.0));
	CHECK(sum_of(most, 2) == 0.0);
	CHECK(!isfinite(sum_of(beyond, 2)));
	CHECK(!isfinite(sum_of_parts(beyond, 2)));
	CHECK(sum_of(least, 3) == 4.9406564584124654e-324);
	CHECK(sum_of(least, 2) == 2 * 4.9406564584124654e-324);
	CHECK(sum_of(wide, 3) == 1.0);
	CHECK(sum_of(edge, 3) == DBL_MAX);

	/* the parts of two sums, added exactly */
	for (int round = 0; round < 100000; round++)
	{
		double		a = random_term(90, true);
		double		b = random_term(90, true);
		double		sum,
					error;

		tcs_two_sum(a, b, &sum, &error);
		CHECK((Wide) sum + (Wide) error == (Wide) a + (Wide) b);
		CHECK(sum == round_wide((Wide) a + (Wide) b));
	}
}

int
main(void)
{
	test_random(53, false);
	test_random(53, true);
	test_random(103, false);
	test_random(103, true);
	test_random(110, true);
	test_ties();
	test_difference();
	test_money();
	test_decimals();
	test_ends();
	return report();
}
