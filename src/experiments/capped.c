/*
 * capped.c
 *		Outcomes that wait for the value that they are capped at.
 */
#include "experiments/capped.h"

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "values/values.h"

/* Customers, between two looks for a cancel request. */
#define OFTEN	0xFFFF

typedef struct CappedArm
{
	int64		n;
	int64		size;			/* customers that there is room for */
	double	   *outcome;
	double	   *covariate;		/* NULL until one is known */
} CappedArm;

struct TcsCapped
{
	TcsBudget	budget;
	CappedArm	arm[2];
};

TcsCapped *
tcs_capped_create(MemoryContext context)
{
	TcsCapped  *capped = MemoryContextAllocZero(context, sizeof(TcsCapped));

	capped->budget.context = context;
	capped->budget.used = sizeof(TcsCapped);
	return capped;
}

static double *
capped_resize(TcsCapped *capped, double *old, int64 from, int64 to)
{
	tcs_budget_charge(&capped->budget, (to - from) * sizeof(double));
	if (old == NULL)
		return MemoryContextAllocHuge(capped->budget.context, to * sizeof(double));
	return repalloc_huge(old, to * sizeof(double));
}

static void
capped_make_room(TcsCapped *capped, CappedArm *arm, int64 more)
{
	int64		size = Max(arm->size, 8);

	while (size - arm->n < more)
		size += size / 2;
	if (size == arm->size)
		return;
	arm->outcome = capped_resize(capped, arm->outcome, arm->size, size);
	if (arm->covariate != NULL)
		arm->covariate = capped_resize(capped, arm->covariate, arm->size, size);
	arm->size = size;
}

/* From now on there are covariates; those of the customers before are not known. */
static void
capped_begin_covariates(TcsCapped *capped, CappedArm *arm)
{
	arm->covariate = capped_resize(capped, NULL, 0, arm->size);
	for (int64 i = 0; i < arm->n; i++)
		arm->covariate[i] = NAN;
}

void
tcs_capped_add(TcsCapped *capped, int number, double outcome, double covariate)
{
	CappedArm  *arm = &capped->arm[number];

	if (unlikely(arm->n == arm->size))
		capped_make_room(capped, arm, 1);
	if (unlikely(arm->covariate == NULL && !isnan(covariate)))
		capped_begin_covariates(capped, arm);
	arm->outcome[arm->n] = outcome;
	if (arm->covariate != NULL)
		arm->covariate[arm->n] = covariate;
	arm->n++;
}

void
tcs_capped_merge(TcsCapped *into, const TcsCapped *from)
{
	for (int number = 0; number < 2; number++)
	{
		const CappedArm *arm = &from->arm[number];

		capped_make_room(into, &into->arm[number], arm->n);
		for (int64 i = 0; i < arm->n; i++)
		{
			if ((i & OFTEN) == 0)
				CHECK_FOR_INTERRUPTS();
			tcs_capped_add(into, number, arm->outcome[i], arm->covariate == NULL ? NAN : arm->covariate[i]);
		}
	}
}

/* Of n outcomes ceil(cap * n) are not above it, as percentile_disc has it. */
static double
capped_find_cap(const TcsCapped *capped, double cap)
{
	TcsBudget	budget = {CurrentMemoryContext, capped->budget.used};
	TcsValues	values = {0};
	double		rank;
	double		found;

	for (int number = 0; number < 2; number++)
		for (int64 i = 0; i < capped->arm[number].n; i++)
		{
			if ((i & OFTEN) == 0)
				CHECK_FOR_INTERRUPTS();
			tcs_values_add(&values, &budget, tcs_key_of_double(capped->arm[number].outcome[i]));
		}
	if (values.count == 0)
		return INFINITY;
	tcs_values_settle(&values);
	rank = fmin(fmax(ceil(cap * (double) values.count), 1.0), (double) values.count);
	found = tcs_double_of_key(tcs_runs_select(values.runs, values.run_count, (uint64) rank));
	tcs_values_free(&values);
	return found;
}

void
tcs_capped_settle(const TcsCapped *capped, double cap, TcsMoments outcomes[2],
				  TcsRatioMoments pairs[2])
{
	double		most = capped_find_cap(capped, cap);

	for (int number = 0; number < 2; number++)
	{
		const CappedArm *arm = &capped->arm[number];

		memset(&outcomes[number], 0, sizeof(TcsMoments));
		memset(&pairs[number], 0, sizeof(TcsRatioMoments));
		for (int64 i = 0; i < arm->n; i++)
		{
			double		outcome = fmin(arm->outcome[i], most);

			if ((i & OFTEN) == 0)
				CHECK_FOR_INTERRUPTS();
			tcs_moments_add(&outcomes[number], outcome);
			if (arm->covariate != NULL && !isnan(arm->covariate[i]))
				tcs_ratio_moments_add(&pairs[number], outcome, arm->covariate[i]);
		}
	}
}

void
tcs_capped_send(StringInfo buffer, const TcsCapped *capped)
{
	for (int number = 0; number < 2; number++)
	{
		const CappedArm *arm = &capped->arm[number];

		pq_sendint64(buffer, arm->n);
		for (int64 i = 0; i < arm->n; i++)
		{
			if ((i & OFTEN) == 0)
				CHECK_FOR_INTERRUPTS();
			pq_sendfloat8(buffer, arm->outcome[i]);
			pq_sendfloat8(buffer, arm->covariate == NULL ? NAN : arm->covariate[i]);
		}
	}
}

TcsCapped *
tcs_capped_receive(StringInfo buffer, MemoryContext context, double greatest)
{
	TcsCapped  *capped = tcs_capped_create(context);

	for (int number = 0; number < 2; number++)
	{
		int64		n = pq_getmsgint64(buffer);

		if (n < 0 || n > (buffer->len - buffer->cursor) / (int64) (2 * sizeof(double)))
			tcs_bad_state("outcomes");
		capped_make_room(capped, &capped->arm[number], n);
		for (int64 i = 0; i < n; i++)
		{
			double		outcome = pq_getmsgfloat8(buffer);
			double		covariate = pq_getmsgfloat8(buffer);

			if ((i & OFTEN) == 0)
				CHECK_FOR_INTERRUPTS();
			if (!(fabs(outcome) <= greatest) || fabs(covariate) > greatest)
				tcs_bad_state("outcomes");
			tcs_capped_add(capped, number, outcome, covariate);
		}
	}
	return capped;
}
