/*
 * btyd_recall.c
 *		Expectations that were worked out for other customers alike.
 */
#include "math/btyd_predict.h"

#include <stdint.h>
#include <string.h>

#include "math/cnbd.h"

/* A query for a few customers does without: the table is large. */
#define PATIENCE	256

/* Stages are told from the whole numbers of purchases by this. */
#define STAGE_APART 0x1p-10

static uint64_t
recall_mix(uint64_t hash, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 29);
}

/* As many for each stage, and a cache is of one model. */
static size_t
recall_places(const TcsCustomer *customer)
{
	return (size_t) TCS_EXPECTATIONS * customer->k;
}

/* The only place where it may be; NULL as long as there is no table. */
static TcsExpectation *
recall_place(const TcsCustomer *customer, double horizon, double discount)
{
	uint64_t	hash;

	if (customer->cache == NULL || customer->cache->expectations == NULL)
		return NULL;
	hash = recall_mix(recall_mix(recall_mix(recall_mix(0, customer->shape + (1 + customer->stage) * STAGE_APART), customer->rate), horizon), discount);
	return &customer->cache->expectations[(hash >> 32) % recall_places(customer)];
}

static bool
recall_find(const TcsCustomer *customer, double horizon, double discount, double *value)
{
	const TcsExpectation *found = recall_place(customer, horizon, discount);

	/* an empty place has a shape of 0, which no customer has */
	if (found == NULL || found->shape != customer->shape || found->rate != customer->rate ||
		found->b != customer->b || found->stage != customer->stage || found->scale != customer->scale ||
		found->horizon != horizon || found->discount != discount)
		return false;
	*value = found->value;
	return true;
}

static void
recall_keep(const TcsCustomer *customer, double horizon, double discount, double value)
{
	TcsSeriesCache *cache = customer->cache;
	TcsExpectation *found;

	if (cache == NULL)
		return;
	if (cache->expectations == NULL && cache->asked++ == PATIENCE)
	{
		size_t		size = recall_places(customer) * sizeof(TcsExpectation);

		cache->expectations = cache->allocate(cache->context, size);
		memset(cache->expectations, 0, size);
	}
	found = recall_place(customer, horizon, discount);
	if (found == NULL)
		return;
	found->shape = customer->shape;
	found->rate = customer->rate;
	found->b = customer->b;
	found->stage = customer->stage;
	found->scale = customer->scale;
	found->horizon = horizon;
	found->discount = discount;
	found->value = value;
}

static double
recall_or_make(const TcsCustomer *customer, double horizon, double discount,
			   TcsBtydFigure figure, void *context)
{
	double		value;

	if (!recall_find(customer, horizon, discount, &value))
	{
		value = figure(customer, horizon, discount, context);
		recall_keep(customer, horizon, discount, value);
	}
	return value;
}

double
tcs_btyd_recall(const TcsCustomer *customer, double horizon, double discount,
				TcsBtydFigure figure, void *context)
{
	double		weights[TCS_CNBD_MOST];
	double		sum = 0.0;
	int			stages;

	if (customer->k == 1)
		return recall_or_make(customer, horizon, discount, figure, context);
	stages = tcs_cnbd_stages(customer, horizon, weights);
	if (stages == 0)
		return figure(customer, horizon, discount, context);
	for (int i = 0; i < stages; i++)
	{
		TcsCustomer at;

		tcs_cnbd_at_stage(customer, i, &at);
		sum += weights[i] * recall_or_make(&at, horizon, discount, figure, context);
	}
	return sum;
}
