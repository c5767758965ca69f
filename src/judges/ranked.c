/*
 * ranked.c
 *		Scores and what came of them: the state of uplift, qini, capture and
 *		cutoff.
 *
 * A customer is 16 bytes, the score and the outcome, in an array for each arm,
 * which is sorted when the result is asked for.
 */
#include "judges/ranked.h"

#include <float.h>

#include "libpq/pqformat.h"
#include "miscadmin.h"
#include "utils/memutils.h"

#include "judges/scored.h"

/* Squares of greater outcomes, and sums of them, leave the range of double. */
#define GREATEST	1e150

#define FIRST_ROWS	8

PG_FUNCTION_INFO_V1(tcs_ranked_combine);
PG_FUNCTION_INFO_V1(tcs_ranked_serial);
PG_FUNCTION_INFO_V1(tcs_ranked_deserial);

#define ST_SORT				ranked_sort_rows
#define ST_ELEMENT_TYPE		TcsRankedRow
#define ST_COMPARE(a, b)	(((a)->key > (b)->key) - ((a)->key < (b)->key))
#define ST_SCOPE			static
#define ST_CHECK_FOR_INTERRUPTS
#define ST_DEFINE
#include "lib/sort_template.h"

static TcsRanked *
ranked_create(MemoryContext context, TcsRankedKind kind, bool shares, double parameter)
{
	TcsRanked  *ranked = MemoryContextAllocZero(context, sizeof(TcsRanked));

	ranked->budget.context = context;
	ranked->budget.used = sizeof(TcsRanked);
	ranked->kind = kind;
	ranked->shares = shares;
	ranked->parameter = parameter;
	return ranked;
}

static void
ranked_check_same(const TcsRanked *ranked, TcsRankedKind kind, bool shares, double parameter)
{
	if (ranked->kind != kind || ranked->shares != shares || ranked->parameter != parameter)
		tcs_not_the_same(kind == TCS_RANKED_UPLIFT ? "bins" : kind == TCS_RANKED_CAPTURE ? "steps" : "cost");
}

TcsRanked *
tcs_ranked_state(FunctionCallInfo fcinfo, TcsRankedKind kind, bool shares, double parameter)
{
	TcsRanked  *ranked;

	if (PG_ARGISNULL(0))
		return ranked_create(tcs_aggregate_context(fcinfo), kind, shares, parameter);
	ranked = (TcsRanked *) PG_GETARG_POINTER(0);
	ranked_check_same(ranked, kind, shares, parameter);
	return ranked;
}

double
tcs_ranked_bins(FunctionCallInfo fcinfo, int argument, const char *what)
{
	int			bins;

	if (PG_ARGISNULL(argument))
		tcs_refuse_null(what, NULL);
	bins = PG_GETARG_INT32(argument);
	if (bins < 1 || bins > TCS_MAX_CALIBRATION_BINS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("%s must lie between 1 and %d, not be %d",
						what, TCS_MAX_CALIBRATION_BINS, bins)));
	return bins;
}

/* Room for that many rows more, and for a quarter of all beyond them. */
static void
ranked_make_room(TcsRanked *ranked, int arm, int64 more)
{
	int64		size = ranked->count[arm] + more;

	if (size <= ranked->size[arm])
		return;
	size = Max(FIRST_ROWS, size + ranked->count[arm] / 4);
	tcs_budget_charge(&ranked->budget, (size - ranked->size[arm]) * sizeof(TcsRankedRow));
	if (ranked->rows[arm] == NULL)
		ranked->rows[arm] = MemoryContextAllocHuge(ranked->budget.context, size * sizeof(TcsRankedRow));
	else
		ranked->rows[arm] = repalloc_huge(ranked->rows[arm], size * sizeof(TcsRankedRow));
	ranked->size[arm] = size;
}

void
tcs_ranked_add(TcsRanked *ranked, int arm, double score, double outcome)
{
	TcsRankedRow *row;

	score = tcs_finite(score, "score");
	outcome = tcs_finite(outcome, "outcome");
	if (unlikely(fabs(outcome) > GREATEST))
		ereport(ERROR,
				(errcode(ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE),
				 errmsg("outcome is out of range: %g", outcome)));
	if (unlikely(ranked->count[arm] == ranked->size[arm]))
		ranked_make_room(ranked, arm, 1);
	row = &ranked->rows[arm][ranked->count[arm]++];
	row->key = tcs_key_of_double(score);
	row->outcome = outcome;
	ranked->sorted[arm] = false;
}

void
tcs_ranked_walk(TcsRanked *ranked, TcsRankedWalk *walk)
{
	memset(walk, 0, sizeof(*walk));
	walk->ranked = ranked;
	for (int arm = 0; arm < 2; arm++)
	{
		if (!ranked->sorted[arm] && ranked->count[arm] > 1)
			ranked_sort_rows(ranked->rows[arm], ranked->count[arm]);
		ranked->sorted[arm] = true;
		walk->left[arm] = ranked->count[arm];
	}
}

bool
tcs_ranked_next(TcsRankedWalk *walk)
{
	uint64		greatest = 0;

	if ((++walk->steps & 0xFFFF) == 0)
		CHECK_FOR_INTERRUPTS();
	if (walk->left[0] == 0 && walk->left[1] == 0)
		return false;
	for (int arm = 0; arm < 2; arm++)
		if (walk->left[arm] > 0)
			greatest = Max(greatest, walk->ranked->rows[arm][walk->left[arm] - 1].key);
	walk->score = tcs_double_of_key(greatest);
	for (int arm = 0; arm < 2; arm++)
	{
		const TcsRankedRow *rows = walk->ranked->rows[arm];
		int64		left = walk->left[arm];

		while (left > 0 && rows[left - 1].key == greatest)
			left--;
		walk->here[arm] = walk->left[arm] - left;
		walk->rows[arm] = rows == NULL ? NULL : rows + left;
		walk->left[arm] = left;
	}
	return true;
}

Datum
tcs_ranked_combine(PG_FUNCTION_ARGS)
{
	MemoryContext context = tcs_aggregate_context(fcinfo);
	TcsRanked  *into;
	TcsRanked  *from;

	if (PG_ARGISNULL(1))
		return tcs_first_state(fcinfo);
	from = (TcsRanked *) PG_GETARG_POINTER(1);
	into = PG_ARGISNULL(0) ? ranked_create(context, from->kind, from->shares, from->parameter) :
		(TcsRanked *) PG_GETARG_POINTER(0);
	ranked_check_same(into, from->kind, from->shares, from->parameter);
	for (int arm = 0; arm < 2; arm++)
	{
		if (from->count[arm] == 0)
			continue;
		ranked_make_room(into, arm, from->count[arm]);
		memcpy(into->rows[arm] + into->count[arm], from->rows[arm],
			   from->count[arm] * sizeof(TcsRankedRow));
		into->count[arm] += from->count[arm];
		into->sorted[arm] = false;
	}
	PG_RETURN_POINTER(into);
}

Datum
tcs_ranked_serial(PG_FUNCTION_ARGS)
{
	TcsRanked  *ranked = (TcsRanked *) PG_GETARG_POINTER(0);
	StringInfoData buffer;

	tcs_aggregate_context(fcinfo);
	pq_begintypsend(&buffer);
	pq_sendbyte(&buffer, ranked->kind);
	pq_sendbyte(&buffer, ranked->shares);
	pq_sendfloat8(&buffer, ranked->parameter);
	for (int arm = 0; arm < 2; arm++)
	{
		pq_sendint64(&buffer, ranked->count[arm]);
		for (int64 i = 0; i < ranked->count[arm]; i++)
		{
			pq_sendint64(&buffer, ranked->rows[arm][i].key);
			pq_sendfloat8(&buffer, ranked->rows[arm][i].outcome);
		}
	}
	PG_RETURN_BYTEA_P(pq_endtypsend(&buffer));
}

static void
ranked_receive_arm(StringInfo buffer, TcsRanked *ranked, int arm)
{
	int64		count = pq_getmsgint64(buffer);

	if (count < 0 || count > (buffer->len - buffer->cursor) / (int64) sizeof(TcsRankedRow) ||
		(arm == TCS_RANKED_TREATED && count > 0 &&
		 (ranked->kind == TCS_RANKED_CAPTURE || ranked->kind == TCS_RANKED_CUTOFF)))
		tcs_bad_state("scores");
	if (count > 0)
		ranked_make_room(ranked, arm, count);
	for (int64 i = 0; i < count; i++)
	{
		uint64		key = pq_getmsgint64(buffer);
		double		outcome = pq_getmsgfloat8(buffer);

		if (key < tcs_key_of_double(-DBL_MAX) || key > tcs_key_of_double(DBL_MAX) ||
			!(fabs(outcome) <= GREATEST) || (ranked->shares && outcome != 0.0 && outcome != 1.0))
			tcs_bad_state("scores");
		ranked->rows[arm][i].key = key;
		ranked->rows[arm][i].outcome = outcome;
	}
	ranked->count[arm] = count;
}

Datum
tcs_ranked_deserial(PG_FUNCTION_ARGS)
{
	bytea	   *bytes = PG_GETARG_BYTEA_PP(0);
	StringInfoData buffer;
	TcsRanked  *ranked;
	int			kind;
	bool		shares;
	double		parameter;
	bool		sound;

	tcs_aggregate_context(fcinfo);
	tcs_read_only_buffer(&buffer, bytes);
	kind = pq_getmsgbyte(&buffer);
	shares = pq_getmsgbyte(&buffer) != 0;
	parameter = pq_getmsgfloat8(&buffer);
	if (kind == TCS_RANKED_QINI)
		sound = parameter == 0.0;
	else if (kind == TCS_RANKED_UPLIFT || kind == TCS_RANKED_CAPTURE)
		sound = parameter >= 1.0 && parameter <= TCS_MAX_CALIBRATION_BINS && parameter == floor(parameter);
	else
		sound = kind < TCS_RANKED_KINDS && fabs(parameter) <= GREATEST && !shares;
	if (!sound)
		tcs_bad_state("scores");
	ranked = ranked_create(CurrentMemoryContext, kind, shares, parameter);
	for (int arm = 0; arm < 2; arm++)
		ranked_receive_arm(&buffer, ranked, arm);
	pq_getmsgend(&buffer);
	PG_RETURN_POINTER(ranked);
}
