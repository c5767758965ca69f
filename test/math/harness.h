/*
 * harness.h
 *		What the tests of the mathematics have in common.
 */
#ifndef TCS_TEST_HARNESS_H
#define TCS_TEST_HARNESS_H

#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static int	failures = 0;

/* After the condition may come what printf is to say about it. */
#define CHECK(condition, ...) \
	do { \
		if (!(condition) && failures++ < 10) \
		{ \
			printf("line %d: %s", __LINE__, #condition); \
			printf(": " __VA_ARGS__); \
			printf("\n"); \
		} \
	} while (0)

/* What main returns. */
static inline int
report(void)
{
	if (failures > 0)
		printf("%d checks failed\n", failures);
	return failures > 0;
}

static inline bool
close_to(double got, double wanted, double tolerance)
{
	if (isnan(wanted))
		return isnan(got);
	if (isinf(wanted))
		return got == wanted;
	return fabs(got - wanted) <= tolerance * fabs(wanted) + DBL_MIN;
}

/* xorshift64*, so that every run tests the same */
static inline uint64_t
random_bits(void)
{
	static uint64_t seed = UINT64_C(88172645463325252);

	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return seed * UINT64_C(2685821657736338717);
}

/* between 0 and 1, neither of which comes up */
static inline double
uniform(void)
{
	return ((double) (random_bits() >> 12) + 0.5) / 4503599627370496.0;
}

/* any positive finite double, small and large ones as often as others */
static inline double
random_positive(void)
{
	for (;;)
	{
		uint64_t	bits = random_bits() >> 1;
		double		value;

		memcpy(&value, &bits, sizeof(value));
		if (value > 0.0 && value <= DBL_MAX)
			return value;
	}
}

#endif							/* TCS_TEST_HARNESS_H */
