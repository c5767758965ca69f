/*
 * arms.c
 *		Two arms, and the difference between them.
 */
#include "judges/arms.h"

#include "judges/ranked.h"
#include "math/two_shares.h"
#include "numerics/normal.h"

#define CONFIDENCE	0.95

TcsArmsEffect
tcs_arms_effect(const TcsMoments *arm, bool shares)
{
	const TcsMoments *treated = &arm[TCS_RANKED_TREATED];
	const TcsMoments *control = &arm[TCS_RANKED_CONTROL];
	TcsArmsEffect effect = {{NAN, NAN}, NAN, {NAN, NAN}, NAN};

	for (int i = 0; i < 2; i++)
		if (arm[i].n > 0.0)
			effect.mean[i] = tcs_moments_mean(&arm[i]);
	if (treated->n == 0.0 || control->n == 0.0)
		return effect;
	effect.difference = tcs_moments_difference(treated, control);
	if (shares)
	{
		TcsTwoShares counted;
		TcsSharesEffect compared;

		counted.successes1 = tcs_sum_value(&treated->sum);
		counted.n1 = treated->n;
		counted.successes0 = tcs_sum_value(&control->sum);
		counted.n0 = control->n;
		tcs_compare_shares(&counted, tcs_normal_confidence(CONFIDENCE), &compared);
		effect.limits = compared.difference;
		effect.p = compared.p;
	}
	else if (treated->n > 1.0 && control->n > 1.0)
	{
		TcsTwoMeans means;

		tcs_two_means(&means, treated, control);
		if (means.error1 + means.error0 > 0.0 && isfinite(means.error1 + means.error0))
		{
			effect.limits = tcs_welch(&means, 0.5 * (1.0 - CONFIDENCE));
			effect.p = tcs_welch_test(&means);
		}
	}
	return effect;
}
