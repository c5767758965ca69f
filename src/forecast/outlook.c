/*
 * outlook.c
 *		What customers are expected to do in windows of time to come:
 *		forecast_customer for one who is there, forecast_arrival for those who
 *		will come.
 *
 * Windows are days from the end of the histories on, each from one (excluded) to
 * another: two elements of an array for each.  The results are arrays, too.
 */
#include "clv/clv.h"

#include "catalog/pg_type.h"
#include "common/hashfn.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/memutils.h"

#include "server/server.h"

PG_FUNCTION_INFO_V1(tcs_forecast_customer);
PG_FUNCTION_INFO_V1(tcs_forecast_arrival);

/* Of each window: who buys, purchases and their variance, revenue and its variance. */
/* What is less than this is nothing: its square still is a double. */
#define NEARLY_NOTHING	1e-100

#define FIGURES		5
#define MOST_WINDOWS	1024
#define MOST_DAYS	40000.0

typedef struct Windows
{
	int			count;
	double	   *from;
	double	   *until;
} Windows;

/* Customers who are alike in this do alike in all windows, while they are alive. */
typedef struct OutlookKey
{
	double		shape;
	double		rate;
	double		b;
	double		z;
} OutlookKey;

#define OUTLOOKS	4096

typedef struct OutlookCache
{
	void	   *purchase;		/* the models */
	void	   *spend;
	Windows		windows;
	bool	   *known;			/* by hash */
	OutlookKey *key;
	TcsWindow  *outlook;		/* of each, one for each window */
} OutlookCache;

static void *
outlook_parse_spend(Jsonb *model)
{
	TcsSpend   *spend = palloc(sizeof(TcsSpend));

	tcs_spend_read(model, spend);
	return spend;
}

/* The windows of the argument, which are the same for a call site. */
static void
outlook_read_windows(ArrayType *array, Windows *windows, MemoryContext context)
{
	const double *bound;
	int			count;

	bound = tcs_array_data(array, FLOAT8OID, NULL, &count);
	if (count % 2 != 0 || count == 0 || count > 2 * MOST_WINDOWS)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
				 errmsg("windows must be pairs of days, at most %d", MOST_WINDOWS)));
	windows->count = count / 2;
	windows->from = MemoryContextAlloc(context, count * sizeof(double));
	windows->until = windows->from + windows->count;
	for (int i = 0; i < windows->count; i++)
	{
		windows->from[i] = bound[2 * i];
		windows->until[i] = bound[2 * i + 1];
		if (!(windows->from[i] >= 0.0 && windows->until[i] >= windows->from[i] &&
			  windows->until[i] <= MOST_DAYS))
			ereport(ERROR,
					(errcode(ERRCODE_INVALID_PARAMETER_VALUE),
					 errmsg("a window must not begin before 0, nor end before it begins or after %.0f days",
							MOST_DAYS)));
	}
}

/* What the call site keeps. */
static OutlookCache *
outlook_cache(FunctionCallInfo fcinfo, int windows_argno)
{
	OutlookCache *cache = fcinfo->flinfo->fn_extra;
	MemoryContext context = fcinfo->flinfo->fn_mcxt;

	if (cache == NULL)
	{
		cache = MemoryContextAllocZero(context, sizeof(OutlookCache));
		outlook_read_windows(PG_GETARG_ARRAYTYPE_P(windows_argno), &cache->windows, context);
		cache->known = MemoryContextAllocZero(context, OUTLOOKS * sizeof(bool));
		cache->key = MemoryContextAlloc(context, OUTLOOKS * sizeof(OutlookKey));
		cache->outlook = MemoryContextAllocHuge(context, (Size) OUTLOOKS * cache->windows.count * sizeof(TcsWindow));
		fcinfo->flinfo->fn_extra = cache;
	}
	return cache;
}

/* What the customer does in each window, if alive. */
static const TcsWindow *
outlook_of(OutlookCache *cache, const TcsCustomer *customer)
{
	OutlookKey	key = {customer->shape, customer->rate, customer->b, customer->k > 1 ? customer->z : 0.0};
	int			place = hash_bytes((const unsigned char *) &key, sizeof(key)) % OUTLOOKS;
	TcsWindow  *outlook = cache->outlook + (Size) place * cache->windows.count;

	if (cache->known[place] && cache->key[place].shape == key.shape && cache->key[place].rate == key.rate &&
		cache->key[place].b == key.b && cache->key[place].z == key.z)
		return outlook;
	for (int i = 0; i < cache->windows.count; i++)
		tcs_btyd_window(customer, cache->windows.from[i],
						cache->windows.until[i] - cache->windows.from[i], &outlook[i]);
	cache->key[place] = key;
	cache->known[place] = true;
	return outlook;
}

/* So many figures, 0 at first. */
static double *
outlook_figures(int windows)
{
	return palloc0(windows * FIGURES * sizeof(double));
}

static ArrayType *
outlook_array(const double *figures, int windows)
{
	int			count = windows * FIGURES;
	Datum	   *values = palloc(count * sizeof(Datum));

	for (int i = 0; i < count; i++)
		values[i] = Float8GetDatum(fabs(figures[i]) < NEARLY_NOTHING ? 0.0 : figures[i]);
	return construct_array(values, count, FLOAT8OID, sizeof(float8), FLOAT8PASSBYVAL, TYPALIGN_DOUBLE);
}

/*
 * The arguments purchase_model, spend_model, history, windows; false where there is
 * nothing to tell.  spend is NULL without a model.
 */
static bool
outlook_arguments(FunctionCallInfo fcinfo, OutlookCache **cache, const TcsSpend **spend,
				  TcsHistoryValue *history, TcsCustomer *customer)
{
	if (PG_ARGISNULL(0) || PG_ARGISNULL(2) || PG_ARGISNULL(3))
		return false;
	*cache = outlook_cache(fcinfo, 3);
	*spend = PG_ARGISNULL(1) ? NULL : tcs_model_argument(fcinfo, 1, outlook_parse_spend, &(*cache)->spend);
	return tcs_customer_argument(fcinfo, 0, 2, &(*cache)->purchase, history, customer);
}

/* arguments: purchase_model, spend_model, history, windows */
Datum
tcs_forecast_customer(PG_FUNCTION_ARGS)
{
	OutlookCache *cache;
	const TcsSpend *spend;
	const TcsWindow *outlook;
	TcsHistoryValue history;
	TcsCustomer customer;
	double	   *figures;
	double	   *figure;

	if (!outlook_arguments(fcinfo, &cache, &spend, &history, &customer))
		PG_RETURN_NULL();
	figures = figure = outlook_figures(cache->windows.count);
	outlook = outlook_of(cache, &customer);
	for (int i = 0; i < cache->windows.count; i++, figure += FIGURES)
	{
		figure[0] = customer.p_alive * outlook[i].buys;
		figure[1] = customer.p_alive * outlook[i].purchases;
		figure[2] = tcs_window_variance(&outlook[i], customer.p_alive);
		figure[3] = figure[4] = NAN;
		if (spend != NULL)
			figure[4] = tcs_value_variance(spend, &history, &outlook[i], customer.p_alive, &figure[3]);
	}
	PG_RETURN_ARRAYTYPE_P(outlook_array(figures, cache->windows.count));
}

/* Add what one who comes on that day, from 1, does in a window; squares for variances. */
static void
arrival_add(const TcsCustomer *customer, double day, double from, double until,
			double *purchases, double *pairs, double *buys)
{
	bool		first = day > from;
	TcsWindow	window;
	double		more;

	tcs_btyd_window(customer, first ? 0.0 : from - day, first ? until - day : until - from, &window);
	more = customer->p_alive * window.purchases;
	*buys += first ? 1.0 : customer->p_alive * window.buys;
	*purchases += more + (first ? 1.0 : 0.0);
	/* of the first purchase with each other one, too */
	*pairs += customer->p_alive * window.pairs + (first ? 2.0 * more : 0.0);
}

/*
 * What is expected of those who come, one a day: who buys, purchases and the mean
 * of their square, revenue and the mean of its square, summed over the days.
 *
 * arguments: purchase_model, spend_model, history of one who comes, windows
 */
Datum
tcs_forecast_arrival(PG_FUNCTION_ARGS)
{
	OutlookCache *cache;
	const TcsSpend *spend;
	TcsHistoryValue history;
	TcsCustomer customer;
	double	   *sums;
	double	   *sum;

	if (!outlook_arguments(fcinfo, &cache, &spend, &history, &customer))
		PG_RETURN_NULL();
	sums = sum = outlook_figures(cache->windows.count);
	for (int i = 0; i < cache->windows.count; i++, sum += FIGURES)
	{
		double		purchases = 0.0;
		double		pairs = 0.0;

		for (int day = 1; day <= cache->windows.until[i]; day++)
		{
			CHECK_FOR_INTERRUPTS();
			arrival_add(&customer, day, cache->windows.from[i], cache->windows.until[i],
						&purchases, &pairs, &sum[0]);
		}
		sum[1] = purchases;
		sum[2] = pairs + purchases;
		sum[3] = sum[4] = NAN;
		if (spend != NULL)
		{
			TcsSpendKnown known;
			double		expected = tcs_spend_expected(spend, &history);
			double		gross;
			double		one;
			double		two;

			tcs_spend_know(spend, &history, &known);
			tcs_spend_squares(spend, &known, &one, &two);
			gross = known.kept > 0.0 ? expected / known.kept : 0.0;
			sum[3] = expected * purchases;
			sum[4] = purchases > 0.0 && gross > 0.0 ? gross * gross * (one * purchases + two * pairs) : 0.0;
		}
	}
	PG_RETURN_ARRAYTYPE_P(outlook_array(sums, cache->windows.count));
}
