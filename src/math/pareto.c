/*
 * pareto.c
 *		The integral in the likelihood of pareto/nbd.
 */
#include "math/pareto.h"

#include <math.h>

#include "numerics/quadrature.h"

/* What is below e^-CUT of the integrand's greatest value does not count. */
#define CUT			45.0

/* The nodes of one panel suffice for so much of v. */
#define PANEL		8.0
#define MAX_PANELS	100

bool
tcs_pareto_begin(TcsParetoIntegral *integral, double j, double alpha,
				 double m, double beta, double t_x, double t)
{
	double		least_fall;
	double		end;

	integral->t_x = t_x;
	integral->alpha_is_small = alpha <= beta;
	if (integral->alpha_is_small)
	{
		integral->length = alpha + t_x;
		integral->large = beta + t_x;
		integral->small_power = j - 1.0;
		integral->large_power = m;
	}
	else
	{
		integral->length = beta + t_x;
		integral->large = alpha + t_x;
		integral->small_power = m - 1.0;
		integral->large_power = j;
	}

	/*
	 * The exponent has its least slope at the beginning, as the larger sum
	 * grows the slower there.
	 */
	end = log1p((t - t_x) / integral->length);
	least_fall = integral->small_power +
		integral->large_power * (integral->length / integral->large);
	if (least_fall * end > CUT)
		end = CUT / least_fall;
	if (!(end > 0.0))
		return false;

	/* a steep integrand was cut short: it fits into one panel */
	integral->panels = (int) fmin(ceil(end / PANEL), MAX_PANELS);
	if (integral->panels < 1)
		integral->panels = 1;
	integral->width = end / integral->panels;
	integral->panel = 0;
	integral->node = 0;
	return true;
}

bool
tcs_pareto_next(TcsParetoIntegral *integral)
{
	double		v,
				passed,			/* since t_x */
				grown,
				log_large,
				inverse_small,
				inverse_large;

	if (integral->node == TCS_NODES)
	{
		integral->node = 0;
		integral->panel++;
	}
	if (integral->panel == integral->panels)
		return false;

	v = integral->width * (integral->panel + tcs_node[integral->node]);
	passed = expm1(v) * integral->length;
	grown = passed / integral->large;
	log_large = log1p(grown);
	inverse_small = exp(-v) / integral->length;
	inverse_large = 1.0 / (integral->large * (1.0 + grown));
	integral->y = integral->t_x + passed;
	integral->weight = integral->width * tcs_weight[integral->node] *
		exp(-integral->small_power * v - integral->large_power * log_large);
	if (integral->alpha_is_small)
	{
		integral->log_alpha = v;
		integral->log_beta = log_large;
		integral->inverse_alpha = inverse_small;
		integral->inverse_beta = inverse_large;
	}
	else
	{
		integral->log_alpha = log_large;
		integral->log_beta = v;
		integral->inverse_alpha = inverse_large;
		integral->inverse_beta = inverse_small;
	}
	integral->node++;
	return true;
}
