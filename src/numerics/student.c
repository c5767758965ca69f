/*
 * student.c
 *		Student's distribution, with any number of degrees of freedom, and the
 *		tail of chi squared.
 *
 * The tails are incomplete beta and gamma functions: by their power series
 * where that converges fast, else by continued fractions, which keep the
 * relative accuracy of small tails.  Both fractions are evaluated by the method
 * of Lentz as Thompson and Barnett mended it (1986).
 */
#include "numerics/student.h"

#include <float.h>
#include <math.h>

#include "numerics/normal.h"
#include "numerics/special.h"

#define HALF_LOG_PI		0.57236494292470008707
#define ENOUGH			1e-16
#define MOST_TERMS		100000
#define MOST_STEPS		60

/* Beyond, nothing is left of the difference to the normal distribution. */
#define NORMAL			1e17

/* One step of a continued fraction: ... + above / (below + ... */
typedef struct Fraction
{
	double		value;
	double		c;
	double		d;
} Fraction;

static void
student_fraction_start(Fraction *fraction, double below)
{
	fraction->value = below;
	fraction->c = below;
	fraction->d = 0.0;
}

/* how much the step changed the value */
static double
student_fraction_step(Fraction *fraction, double above, double below)
{
	double		change;

	fraction->d = below + above * fraction->d;
	fraction->c = below + above / fraction->c;
	if (fraction->d == 0.0)
		fraction->d = DBL_MIN;
	if (fraction->c == 0.0)
		fraction->c = DBL_MIN;
	fraction->d = 1.0 / fraction->d;
	change = fraction->c * fraction->d;
	fraction->value *= change;
	return fabs(change - 1.0);
}

/* ln(1 + t * t / df), and t * t / (df + t * t) */
static double
student_log_rest(double t, double df, double *share)
{
	double		r = t / sqrt(df);

	if (r > 1e8)
	{
		*share = 1.0;
		return 2.0 * log(r);
	}
	r *= r;
	*share = r / (1.0 + r);
	return log1p(r);
}

/*
 * The tail is half the incomplete beta function of 1 - y = df / (df + t * t)
 * with a = df / 2 and b = 1 / 2.
 */
double
tcs_student_tail(double t, double df)
{
	double		a = 0.5 * df;
	double		y;
	double		x;
	double		front;
	double		log_x;

	if (!(df > 0.0) || isnan(t))
		return NAN;
	if (df > NORMAL)
		return tcs_normal_tail(t);
	if (t < 0.0)
		return 1.0 - tcs_student_tail(-t, df);
	if (t == 0.0)
		return 0.5;
	log_x = student_log_rest(t, df, &y);
	x = exp(-log_x);
	/* x ^ a * y ^ b / B(a, b) */
	front = exp(tcs_log_rising(a, 0.5) - HALF_LOG_PI - a * log_x) * sqrt(y);
	if (t * t < 3.0)
	{
		double		term = 2.0;
		double		sum = 2.0;

		for (int k = 0; k < MOST_TERMS && term > sum * ENOUGH; k++)
		{
			term *= (a + 0.5 + k) / (1.5 + k) * y;
			sum += term;
		}
		return 0.5 - 0.5 * front * sum;
	}
	else
	{
		/* a - (a + b) x, where a y - b x has no cancellation */
		double		off = 0.5 * (df * y - x);
		Fraction	fraction;

		student_fraction_start(&fraction, a * (off + 1.0) / (a + 1.0));
		for (int m = 1; m < MOST_TERMS; m++)
		{
			double		twice = a + 2.0 * m - 1.0;
			double		above = (a + m - 1.0) / twice * ((a + m - 0.5) / twice) * m * (0.5 - m) * x * x;
			double		below = m + m * (0.5 - m) * x / twice + (a + m) * (off + 1.0 + m * (1.0 + y)) / (twice + 2.0);

			if (student_fraction_step(&fraction, above, below) <= ENOUGH)
				break;
		}
		return 0.5 * front / fraction.value;
	}
}

/* the logarithm of the density at t */
static double
student_log_density(double t, double df)
{
	double		share;

	return tcs_log_rising(0.5 * df, 0.5) - HALF_LOG_PI - 0.5 * log(df) -
		0.5 * (df + 1.0) * student_log_rest(t, df, &share);
}

/*
 * Newton's method on the logarithms of both t and tail, of which one is a
 * concave function of the other: whatever it starts from, its second step and
 * all later ones go down to the answer.
 */
double
tcs_student_quantile(double p, double df)
{
	double		z;
	double		t;

	if (!(p > 0.0 && p <= 0.5) || !(df > 0.0))
		return NAN;
	z = tcs_normal_quantile(p);
	if (df > NORMAL || z == 0.0)
		return z;
	t = z + fmin(z * (z * z + 1.0) / (4.0 * df), z);
	for (int i = 0; i < MOST_STEPS; i++)
	{
		double		tail = tcs_student_tail(t, df);
		double		step = log(tail / p) * exp(log(tail) - log(t) - student_log_density(t, df));

		if (!isfinite(step))
			break;
		t *= exp(fmin(step, 300.0));
		if (fabs(step) <= 2e-16)
			break;
	}
	return t;
}

/*
 * By the trapezoidal rule over w = ln S, where the density falls so fast on
 * both sides, and all is so smooth, that it converges beyond all digits.
 */
double
tcs_student_power(double t, double df, double shift)
{
	double		step = fmin(fmin(0.08, 0.35 / sqrt(df)), 0.5 / fmax(fabs(shift), 1.0));
	double		all = 0.0;
	double		beyond = 0.0;

	for (int direction = -1; direction <= 1; direction += 2)
	{
		for (int i = direction < 0 ? 0 : 1; i < MOST_TERMS; i++)
		{
			double		w = direction * i * step;
			double		twice = 2.0 * w;
			double		bend;
			double		weight;

			/* (exp(2 w) - 1 - 2 w) / 2 */
			if (fabs(twice) > 0.05)
				bend = 0.5 * (expm1(twice) - twice);
			else
				bend = 0.25 * twice * twice * (1.0 + twice / 3.0 * (1.0 + twice / 4.0 * (1.0 + twice / 5.0 * (1.0 + twice / 6.0 * (1.0 + twice / 7.0 * (1.0 + twice / 8.0))))));
			weight = exp(-df * bend);
			if (weight < 1e-18)
				break;
			all += weight;
			beyond += weight * tcs_normal_tail(t * exp(w) - shift);
		}
	}
	return beyond / all;
}

double
tcs_chi_square_tail(double x, double df)
{
	double		a = 0.5 * df;
	double		front;

	if (!(df > 0.0) || isnan(x))
		return NAN;
	if (x <= 0.0)
		return 1.0;
	if (isinf(x))
		return 0.0;
	x *= 0.5;
	/* x ^ a * e ^ -x / gamma(a) */
	front = exp(a * log(x) - x - tcs_lgamma(a));
	if (x < a + 1.0)
	{
		double		term = 1.0 / a;
		double		sum = term;

		for (int k = 1; k < MOST_TERMS && term > sum * ENOUGH; k++)
		{
			term *= x / (a + k);
			sum += term;
		}
		return fmax(1.0 - front * sum, 0.0);
	}
	else
	{
		Fraction	fraction;

		student_fraction_start(&fraction, x + 1.0 - a);
		for (int m = 1; m < MOST_TERMS; m++)
			if (student_fraction_step(&fraction, -m * (m - a), x + 2.0 * m + 1.0 - a) <= ENOUGH)
				break;
		return front / fraction.value;
	}
}
