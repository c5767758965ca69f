/*
 * btyd_choose.c
 *		The family of models of repeat purchases that a population supports.
 */
#include "math/btyd_choose.h"

#include <math.h>
#include <stdbool.h>

/* Criteria that differ by less are those of the same model. */
#define EQUAL	1e-3

/* Beyond so many parameters' worth one is clearly better. */
#define CLEARLY	100.0

const TcsBtydFamily tcs_btyd_rivals[TCS_BTYD_RIVALS] = {
	TCS_MBG_NBD, TCS_BG_NBD, TCS_PARETO_NBD, TCS_NBD, TCS_MBG_CNBD, TCS_BG_CNBD
};

static double
choose_count_customers(const TcsBtydData *data)
{
	double		customers = 0.0;

	for (size_t i = 0; i < data->group_count; i++)
		customers += data->groups[i].customers;
	return customers;
}

/*
 * The likelihood of pareto/nbd on all customers, by how far it is from that of
 * mbg/nbd on a part of them; NaN where the part is too little.
 */
static double
choose_scale_up(const TcsBtydData *part, double customers, double mbg_nbd, double pareto_nbd)
{
	TcsBtydEstimate estimate = {0};

	if (tcs_btyd_fit(part, TCS_MBG_NBD, &estimate) != TCS_BTYD_FINE)
		return NAN;
	return mbg_nbd + (pareto_nbd - estimate.log_likelihood) * customers /
		choose_count_customers(part);
}

/*
 * Where there are very many customers, of mbg/nbd and bg/nbd only the one that is
 * clearly better is also fitted with a rhythm.
 */
static bool
choose_can_skip(TcsBtydFamily family, const double *criterion, double customers)
{
	double		more = criterion[1] - criterion[0];

	return (family == TCS_MBG_CNBD && more < -CLEARLY * log(customers)) ||
		(family == TCS_BG_CNBD && more > CLEARLY * log(customers));
}

TcsBtydNote
tcs_btyd_choose(const TcsBtydData *data, const TcsBtydData *part,
				TcsBtydEstimate *estimate, double *criterion)
{
	double		customers = choose_count_customers(data);
	double		mbg_nbd = NAN;
	double		best = INFINITY;

	for (int i = 0; i < TCS_BTYD_RIVALS; i++)
		criterion[i] = NAN;
	for (int i = 0; i < TCS_BTYD_RIVALS; i++)
	{
		TcsBtydFamily family = tcs_btyd_rivals[i];
		bool		rhythm = tcs_btyd_has_rhythm(family);
		bool		partly = family == TCS_PARETO_NBD && part != NULL;
		TcsBtydEstimate other = {0};
		TcsBtydNote note;
		double		likelihood;

		if (rhythm && (isnan(data->ln_gaps) ||
					   (part != NULL && choose_can_skip(family, criterion, customers))))
			continue;
		note = tcs_btyd_fit(partly ? part : data, family, &other);
		if (note != TCS_BTYD_FINE && i == 0)
			return note;
		if (note != TCS_BTYD_FINE)
			continue;
		likelihood = other.log_likelihood;
		if (i == 0)
			mbg_nbd = likelihood;
		if (partly)
			likelihood = choose_scale_up(part, customers, mbg_nbd, likelihood);
		criterion[i] = (other.count + (rhythm ? 1 : 0)) * log(customers) - 2.0 * likelihood;
		if (criterion[i] < best - EQUAL)
		{
			best = criterion[i];
			*estimate = other;
		}
	}
	if (part != NULL && estimate->family == TCS_PARETO_NBD)
		return tcs_btyd_fit(data, TCS_PARETO_NBD, estimate);
	return TCS_BTYD_FINE;
}
