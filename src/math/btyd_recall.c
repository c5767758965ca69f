/*
 * btyd_recall.c
 *		Expectations that were worked out for other customers alike.
 */
#include "math/btyd_predict.h"

#include <stdint.h>
#include <string.h>

/* A query for a few customers does without: the table is large. */
#define PATIENCE	256

static uint64_t
recall_mix(uint64_t hash, double value)
{
	uint64_t	bits;

	memcpy(&bits, &value, sizeof(bits));
	hash = (hash ^ bits) * UINT64_C(0x9e3779b97f4a7c15);
	return hash ^ (hash >> 29);
}

/* The only place where it may be; NULL as long as there is no table. */
static TcsExpectation *
recall_place(const TcsCustomer *customer, double horizon, double discount)
{
	uint64_t	hash;

	if (customer->cache == NULL || customer->cache->expectations == NULL)
		return NULL;
	hash = recall_mix(recall_mix(recall_mix(recall_mix(recall_mix(0, customer->z), customer->shape), customer->rate), horizon), discount);
	return &customer->cache->expectations[(hash >> 32) % TCS_EXPECTATIONS];
}

bool
tcs_btyd_recall(const TcsCustomer *customer, double horizon, double discount,
				double *value)
{
	const TcsExpectation *found = recall_place(customer, horizon, discount);

	/* an empty place has a shape of 0, which no customer has */
	if (found == NULL || found->shape != customer->shape || found->rate != customer->rate ||
		found->b != customer->b || found->z != customer->z || found->scale != customer->scale || found->horizon != horizon ||
		found->discount != discount)
		return false;
	*value = found->value;
	return true;
}

void
tcs_btyd_remember(const TcsCustomer *customer, double horizon, double discount,
				  double value)
{
	TcsSeriesCache *cache = customer->cache;
	TcsExpectation *found;

	if (cache == NULL)
		return;
	if (cache->expectations == NULL && cache->asked++ == PATIENCE)
	{
		cache->expectations = cache->allocate(cache->context,
											  TCS_EXPECTATIONS * sizeof(TcsExpectation));
		memset(cache->expectations, 0, TCS_EXPECTATIONS * sizeof(TcsExpectation));
	}
	found = recall_place(customer, horizon, discount);
	if (found == NULL)
		return;
	found->shape = customer->shape;
	found->rate = customer->rate;
	found->b = customer->b;
	found->z = customer->z;
	found->scale = customer->scale;
	found->horizon = horizon;
	found->discount = discount;
	found->value = value;
}
