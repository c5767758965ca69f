/*
 * persona_numbers.c
 *		Means, quartiles and tenths of numbers and of moments.
 *
 * Quantiles are those of percentile_cont, to the last bit.
 */
#include "persona/persona.h"

#include "catalog/pg_type.h"
#include "miscadmin.h"
#include "utils/builtins.h"
#include "utils/datetime.h"
#include "utils/float.h"
#include "utils/memutils.h"
#include "utils/timestamp.h"

/* Sorted runs, of one segment or of all together. */
typedef struct Runs
{
	const TcsRun *runs;
	int			run_count;
	int64		count;
} Runs;

static double
runs_quantile(const Runs *runs, double fraction)
{
	double		place = fraction * (double) (runs->count - 1);
	int64		below = (int64) floor(place);
	int64		above = (int64) ceil(place);
	double		low;
	double		high;

	if (runs->count == 0)
		return get_float8_nan();
	CHECK_FOR_INTERRUPTS();
	low = tcs_double_of_key(tcs_runs_select(runs->runs, runs->run_count, below + 1));
	if (above == below)
		return low;
	high = tcs_double_of_key(tcs_runs_select(runs->runs, runs->run_count, above + 1));
	/* between infinities as well */
	if (high == low)
		return low;
	return low + (place - (double) below) * (high - low);
}

static void
numbers_read_quartiles(const Runs *runs, double *quartiles)
{
	for (int i = 0; i < 3; i++)
		quartiles[i] = runs_quantile(runs, (i + 1) / 4.0);
}

static double
numbers_mean(const TcsSum *sum, int64 count)
{
	double		mean = count > 0 ? tcs_sum_value(sum) / count : get_float8_nan();

	return isfinite(mean) ? mean : get_float8_nan();
}

/* Numbers of a run below a limit. */
static uint32
runs_count_below(const TcsRun *run, double limit)
{
	uint64		key = tcs_key_of_double(limit);
	uint32		low = 0;
	uint32		high = run->count;

	while (low < high)
	{
		uint32		middle = low + (high - low) / 2;

		if (run->keys[middle] < key)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int64
runs_count_all_below(const Runs *runs, double limit)
{
	int64		count = 0;

	for (int i = 0; i < runs->run_count; i++)
		count += runs_count_below(&runs->runs[i], limit);
	return count;
}

/* The least double above; all limits are quantiles, so infinity is the last. */
static double
runs_next_above(double value)
{
	return value == INFINITY ? get_float8_nan() : nextafter(value, INFINITY) + 0.0;
}

static int64
runs_count_beyond(const Runs *runs, double median, bool from_median)
{
	double		limit = from_median ? median : runs_next_above(median);

	if (runs->count == 0 || isnan(limit))
		return 0;
	return runs->count - runs_count_all_below(runs, limit);
}

/* Tenths of all: up to each edge, and behind the one before. */
static void
runs_count_bins(const Runs *runs, const double *edges, int64 *bins)
{
	int64		before = 0;

	for (int i = 0; i < TCS_PERSONA_BINS - 1; i++)
	{
		double		limit = runs_next_above(edges[i]);
		int64		until = isnan(limit) ? runs->count : runs_count_all_below(runs, limit);

		bins[i] = until - before;
		before = until;
	}
	bins[TCS_PERSONA_BINS - 1] = runs->count - before;
}

/* Numbers that are whole by their type. */
static bool
numbers_are_whole(const TcsAttribute *attribute)
{
	return attribute->type == INT2OID || attribute->type == INT4OID || attribute->type == INT8OID;
}

/*
 * A number as round as a fortieth of the spread: nobody remembers 1183.25, and
 * who is above 1200 says as much.
 */
static double
numbers_round(const TcsAttribute *attribute, double value, double spread)
{
	double		want = spread / 40.0;
	double		digits;
	double		step;

	if (attribute->kind == TCS_ATTRIBUTE_TIME)
		return attribute->type == DATEOID || want >= SECS_PER_DAY ?
			floor(value / SECS_PER_DAY) * SECS_PER_DAY : value;
	if (numbers_are_whole(attribute))
		value = floor(value);
	digits = want > 0.0 && isfinite(want) ? floor(log10(want)) : NAN;
	if (!(fabs(digits) <= 15.0) || (digits < 0.0 && numbers_are_whole(attribute)))
		return value;
	step = want / pow(10.0, digits);
	step = step >= 5.0 ? 5.0 : step >= 2.0 ? 2.0 : 1.0;

	/*
	 * divided by a power of ten, so that it is the double nearest to what is
	 * written
	 */
	if (digits < 0.0)
		return rint(value * pow(10.0, -digits) / step) * step / pow(10.0, -digits);
	return rint(value / (step * pow(10.0, digits))) * step * pow(10.0, digits);
}

static void
numbers_cut(const TcsAttribute *attribute, TcsNumbersOfAll *of_all)
{
	const double *edges = of_all->edges;
	double		last = -INFINITY;

	for (int i = 0; i < TCS_PERSONA_CUTS; i++)
	{
		double		cut;
		char	   *text;

		if (!isfinite(edges[i]))
			continue;
		cut = numbers_round(attribute, edges[i], edges[TCS_PERSONA_CUTS - 1] - edges[0]) + 0.0;
		if (attribute->kind == TCS_ATTRIBUTE_TIME)
			text = tcs_persona_number(attribute, cut);

		else
		{
			text = psprintf("%.15g", cut);

			cut = strtod(text, NULL);
		}
		if (!(cut > last))
			continue;
		last = cut;
		of_all->cuts[of_all->cut_count] = cut;
		of_all->cut_texts[of_all->cut_count++] = text;
	}
}

static void
numbers_read(const Runs *runs, const TcsSum *sum, const TcsNumbersOfAll *of_all, TcsNumbers *numbers)
{
	numbers->count = runs->count;
	numbers->mean = numbers_mean(sum, runs->count);
	numbers_read_quartiles(runs, numbers->quartiles);
	memset(numbers->bins, 0, sizeof(numbers->bins));
	memset(numbers->above, 0, sizeof(numbers->above));
	numbers->beyond = 0;
	if (runs->count == 0)
		return;
	runs_count_bins(runs, of_all->edges, numbers->bins);
	numbers->beyond = runs_count_beyond(runs, of_all->all.quartiles[1], of_all->from_median);
	for (int i = 0; i < of_all->cut_count; i++)
		numbers->above[i] = runs_count_beyond(runs, of_all->cuts[i], false);
}

void
tcs_numbers_of_all(TcsPersona *persona, TcsAttribute *attribute, TcsNumbersOfAll *of_all)
{
	Runs		runs = {NULL};
	TcsRun	   *all;
	TcsSum		sum = {0};
	int			segments = persona->segments.count + 1;

	for (int i = 0; i < segments; i++)
	{
		tcs_values_settle(&attribute->cells[i].numbers);
		runs.run_count += attribute->cells[i].numbers.run_count;
	}
	all = palloc((runs.run_count + 1) * sizeof(TcsRun));
	runs.run_count = 0;
	for (int i = 0; i < segments; i++)
	{
		const TcsPersonaCell *cell = &attribute->cells[i];

		if (cell->numbers.run_count > 0)
			memcpy(all + runs.run_count, cell->numbers.runs,
				   cell->numbers.run_count * sizeof(TcsRun));
		runs.run_count += cell->numbers.run_count;
		runs.count += cell->numbers.count;
		tcs_sum_merge(&sum, &cell->sum);
	}
	runs.runs = all;

	/*
	 * the part beyond the median that is nearer to a half, if there is one
	 * above
	 */
	numbers_read_quartiles(&runs, of_all->all.quartiles);
	if (runs.count > 0)
	{
		double		half = (double) runs.count / 2.0;
		double		from = (double) runs_count_beyond(&runs, of_all->all.quartiles[1], true);
		double		above = (double) runs_count_beyond(&runs, of_all->all.quartiles[1], false);

		of_all->from_median = above == 0.0 || fabs(from - half) < fabs(above - half);
	}
	for (int i = 0; i < TCS_PERSONA_BINS - 1; i++)
		of_all->edges[i] = runs_quantile(&runs, (i + 1) / (double) TCS_PERSONA_BINS);
	numbers_cut(attribute, of_all);
	numbers_read(&runs, &sum, of_all, &of_all->all);
	pfree(all);
}

void
tcs_numbers_of_cell(const TcsPersonaCell *cell, const TcsNumbersOfAll *of_all, TcsNumbers *numbers)
{
	Runs		runs = {cell->numbers.runs, cell->numbers.run_count, cell->numbers.count};

	numbers_read(&runs, &cell->sum, of_all, numbers);
}

/*
 * A moment given in seconds since 1970, as ISO 8601 writes it.  Of days only the
 * day is told: what is between two of them is above the first.
 */
static char *
numbers_moment(double seconds, Oid type)
{
	Timestamp	at;
	struct pg_tm parts;
	fsec_t		fraction;
	char		words[MAXDATELEN + 1];
	double		micros = rint((seconds - (double) (POSTGRES_EPOCH_JDATE - UNIX_EPOCH_JDATE) * SECS_PER_DAY) * USECS_PER_SEC);

	if (isinf(seconds))
		return pstrdup(seconds < 0 ? "-infinity" : "infinity");
	if (!(micros >= (double) MIN_TIMESTAMP && micros < (double) END_TIMESTAMP))
		return psprintf("%.0f", seconds);
	at = (Timestamp) micros;
	if (timestamp2tm(at, NULL, &parts, &fraction, NULL, NULL) != 0)
		return psprintf("%.0f", seconds);
	parts.tm_isdst = 0;
	if (type == DATEOID)
		EncodeDateOnly(&parts, USE_ISO_DATES, words);
	else
		EncodeDateTime(&parts, fraction, type == TIMESTAMPTZOID, 0, "UTC", USE_ISO_DATES, words);
	return pstrdup(words);
}

char *
tcs_persona_number(const TcsAttribute *attribute, double value)
{
	if (attribute->kind == TCS_ATTRIBUTE_TIME)
		return numbers_moment(value, attribute->type);
	if (isinf(value))
		return pstrdup(value < 0 ? "-infinity" : "infinity");
	if (value == rint(value) && fabs(value) < 1e15)
		return psprintf("%.0f", value);
	return psprintf("%.6g", value);
}
