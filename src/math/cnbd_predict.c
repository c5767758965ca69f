/*
 * cnbd_predict.c
 *		Predictions by mbg/cnbd-k and bg/cnbd-k.
 */
#include "math/cnbd.h"

#include <float.h>
#include <math.h>

#include "math/btyd_families.h"
#include "numerics/beta_mean.h"
#include "numerics/special.h"

/*
 * Where more stages are looked for than this, a horizon is as good as one of
 * purchases without a rhythm, at a rate of lambda / k.
 */
#define MOST_STAGES	50000.0
#define MOST_SPREAD	500.0
#define MOST_WINDOW_STAGES	3000.0	/* which take the square of it */
#define MOST_LATE	1e9			/* as many stages should have been passed */

/* ln of the sum over j < k of e^(j log_v) / j! */
static double
cnbd_log_poisson(int k, double log_v)
{
	double		sum = 0.0;
	double		part = 1.0;
	double		v;

	if (log_v > 50.0)
		return (k - 1) * log_v - tcs_lgamma(k);
	v = exp(log_v);
	for (int j = 0; j < k; j++)
	{
		sum += part;
		part *= v / (j + 1);
	}
	return log(sum);
}

/* ln P(z) */
static double
cnbd_log_p(int k, double shape, double z)
{
	double		sum = 0.0;
	double		part = 1.0;

	if (!(z > 0.0))
		return 0.0;
	if (shape * z > 1e20 || shape > 1e250)
		return cnbd_log_poisson(k, log(shape) + log(z));
	for (int j = 0; j < k; j++)
	{
		sum += part;
		part *= (shape + j) * z / (j + 1);
	}
	return log(sum);
}

void
tcs_cnbd_customer(const TcsBtyd *model, double x, double t_x, double t,
				  TcsCustomer *customer)
{
	bool		first = model->family == TCS_MBG_CNBD;
	double		shape = model->r + model->k * x;

	customer->k = model->k;
	customer->stage = -1;
	customer->shape = shape;
	customer->b = model->b + x + (first ? 1.0 : 0.0);
	customer->z = (t - t_x) / customer->rate;
	customer->log_p = cnbd_log_p(model->k, shape, customer->z);
	customer->growth = shape * tcs_log_growth(model->alpha + t_x, t - t_x) - customer->log_p;
	customer->p_alive = 1.0;
	customer->p_dead = 0.0;
	if (customer->a > 0.0 && (first || x > 0.0))
		tcs_btyd_set_odds(customer, log(customer->a) - log(first ? model->b + x : model->b + (x - 1.0)) +
						  customer->growth);
}

/* The customer as one without a rhythm. */
static TcsCustomer
cnbd_fold(const TcsCustomer *customer)
{
	TcsCustomer folded = *customer;
	double		passed = 0.0;	/* stages, as expected */

	for (int j = 1; j < customer->k; j++)
		passed += j * exp(tcs_log_rising(customer->shape, j) - tcs_lgamma(j + 1.0) +
						  j * log(fmax(customer->z, DBL_MIN)) - customer->log_p);
	folded.family = customer->a > 0.0 ? TCS_MBG_NBD : TCS_NBD;
	folded.k = 1;
	folded.shape += isfinite(passed) ? passed : 0.0;
	folded.rate = fmin(folded.rate * customer->k, DBL_MAX);
	folded.series = NULL;
	folded.cache = NULL;
	return folded;
}

/*
 * A walk through the probabilities of m stages by the horizon, m = 0, 1, ...
 * part[i] is that of the terms j <= i of cnbd.h.  All are positive, so that no
 * digits are lost.
 */
typedef struct StageWalk
{
	int			k;
	double		shape;
	double		q;
	double		s;
	double		m;
	double		part[TCS_CNBD_MOST];
	double		log_scale;
	double		scale;			/* of the parts */
} StageWalk;

/* False where there are too many of them. */
static bool
stage_begin(StageWalk *walk, const TcsCustomer *customer, double h)
{
	double		spread = h / customer->rate;
	double		all = customer->rate + h;

	if (!((customer->shape + customer->k) * spread < MOST_STAGES) || !(spread < MOST_SPREAD) ||
		!(customer->shape * customer->z < MOST_LATE))
		return false;
	walk->k = customer->k;
	walk->shape = customer->shape;
	walk->q = h / all;
	walk->s = customer->z * (customer->rate / all);
	walk->m = 0.0;
	for (int i = 0; i < walk->k; i++)
		walk->part[i] = 1.0;
	walk->log_scale = -customer->shape * log1p(spread) - customer->log_p;
	walk->scale = exp(walk->log_scale);
	return true;
}

static inline double
stage_chance(const StageWalk *walk)
{
	return walk->part[walk->k - 1] * walk->scale;
}

#define TOO_LARGE	1e200

static inline void
stage_next(StageWalk *walk)
{
	double		q = (walk->shape + walk->m) * walk->q / (walk->m + 1.0);
	double		s = (walk->shape + walk->m) * walk->s / (walk->m + 1.0);

	for (int i = walk->k - 1; i > 0; i--)
		walk->part[i] = q * walk->part[i] + s * walk->part[i - 1];
	walk->part[0] *= q;
	walk->m += 1.0;
	if (walk->part[walk->k - 1] > TOO_LARGE)
	{
		for (int i = 0; i < walk->k; i++)
			walk->part[i] /= TOO_LARGE;
		walk->log_scale += log(TOO_LARGE);
		walk->scale = exp(walk->log_scale);
	}
}

/* Is what follows after chances of `before` and now `chance` negligible? */
static inline bool
stage_is_last(const StageWalk *walk, double before, double chance, double sum)
{
	double		most;

	if (walk->m > 100.0 * MOST_STAGES)
		return true;
	if (!(chance > 0.0))
		return walk->scale > 0.0 && walk->m > walk->shape * walk->q / (1.0 - walk->q);
	/* later ratios fall, or rise towards q */
	most = fmax(chance / before, walk->q) * (1.0 + 1.0 / walk->m);
	return most < 1.0 && chance * most < 1e-16 * sum * (1.0 - most);
}

/* Horizons of which the longest adds a stage in less than so many of e. */
#define MOST_UNLIKELY	600.0

int
tcs_cnbd_stages(const TcsCustomer *customer, double horizon, double *weights)
{
	double		spread = horizon * customer->scale / customer->rate;
	double		shape = customer->shape + customer->k;

	if (!(shape * spread < MOST_STAGES) || !(spread < MOST_SPREAD) ||
		!(shape * log1p(spread) < MOST_UNLIKELY) || !(customer->shape * customer->z < MOST_LATE))
		return 0;
	weights[0] = exp(-customer->log_p);
	for (int j = 1; j < customer->k; j++)
		weights[j] = weights[j - 1] * (customer->shape + (j - 1)) * customer->z / j;
	return customer->k;
}

void
tcs_cnbd_at_stage(const TcsCustomer *customer, int stage, TcsCustomer *at)
{
	*at = *customer;
	at->stage = stage;
	at->z = 0.0;
}

/* The factors of a stage's terms: (K + j)_m / m! times the purchases by then. */
static const TcsSeries *
cnbd_series(const TcsCustomer *at)
{
	double		a = at->a;
	double		b = at->b;
	double		shape = at->shape + at->stage;
	double		alive = 1.0;
	double		purchases = 0.0;	/* H */
	double		ways = shape;
	TcsSeries  *made;

	if (at->series == NULL)
		return NULL;
	if (at->series[at->stage] != NULL)
		return at->series[at->stage];
	made = at->cache->allocate(at->cache->context, sizeof(TcsSeries));
	made->count = 0;
	for (int m = 1, n = 0; m <= TCS_SERIES_TERMS; m++)
	{
		if ((at->stage + m) % at->k == 0)
		{
			purchases += alive;
			if (a > 0.0)
				alive *= (b + n) / (a + b + n);
			n++;
		}
		if (!(ways * purchases < 1e200))
			break;
		made->factor[made->count++] = ways * purchases;
		ways *= (shape + m) / (m + 1);
	}
	at->series[at->stage] = made;
	return made;
}

/* The sum of cached terms; negative where they do not serve. */
static double
cnbd_series_sum(const TcsCustomer *at, const double *horizons, const double *weights)
{
	double		shape = at->shape + at->stage;
	double		longest = horizons[TCS_HORIZONS - 1] * at->scale / at->rate;
	const TcsSeries *made;
	double		q[TCS_HORIZONS];
	double		power[TCS_HORIZONS];

	/* powers of q do not vanish before they are multiplied */
	if (!(horizons[0] * at->scale / at->rate > 1e-9) || !(shape > 1e-100) ||
		!(shape * (log1p(longest) + longest * log1p(1.0 / longest)) < 500.0))
		return -1.0;
	made = cnbd_series(at);
	if (made == NULL)
		return -1.0;
	for (int i = 0; i < TCS_HORIZONS; i++)
	{
		double		spread = horizons[i] * at->scale / at->rate;

		q[i] = spread / (1.0 + spread);
		power[i] = weights[i] * exp(-shape * log1p(spread)) * q[i];
	}
	return tcs_series_expected_sum(made, shape, at->k, q, power);
}

/*
 * With j stages passed, m more by a horizon have the probability
 * (K + j)_m / m! q^m (1 - q)^(K + j): the walk is the same for all horizons.
 */
double
tcs_cnbd_expected_sum(const TcsCustomer *at, const double *horizons,
					  const double *weights, int count)
{
	double		a = at->a;
	double		b = at->b;
	double		shape = at->shape + at->stage;
	double		alive = 1.0;
	double		purchases = 0.0;	/* H */
	double		sum = 0.0;
	double		n = 0.0;
	int			passed = at->stage;
	double		q[TCS_HORIZONS] = {0.0};
	double		part[TCS_HORIZONS] = {0.0};
	double		longest;
	double		m = 0.0;

	if (count == TCS_HORIZONS)
	{
		sum = cnbd_series_sum(at, horizons, weights);
		if (sum >= 0.0)
			return sum;
		sum = 0.0;
	}
	for (int i = 0; i < count; i++)
	{
		double		spread = horizons[i] * at->scale / at->rate;

		q[i] = spread / (1.0 + spread);
		part[i] = weights[i] * exp(-shape * log1p(spread));
	}
	longest = q[count - 1];
	for (;;)
	{
		double		ratio = (shape + m) / (m + 1.0);
		double		chances = 0.0;

		m += 1.0;

		if (count == 1)
			chances = part[0] *= ratio * q[0];
		else
			for (int i = 0; i < TCS_HORIZONS; i++)
			{
				part[i] *= ratio * q[i];
				chances += part[i];
			}
		if (++passed == at->k)
		{
			double		most;

			passed = 0;
			purchases += alive;
			if (a > 0.0)
				alive *= (b + n) / (a + b + n);
			n += 1.0;
			sum += chances * purchases;
			/* later ratios fall, or rise towards q */
			most = fmax(longest * (shape + m) / (m + 1.0), longest) * (1.0 + 1.0 / n);
			if (most < 1.0 && chances * purchases * most <= 1e-16 * sum * (1.0 - most))
				return sum;
		}
		else
			sum += chances * purchases;
	}
}

/* As the sum, of one horizon, where that does not serve. */
static double
cnbd_expected_walk(const TcsCustomer *customer, double horizon)
{
	double		a = customer->a;
	double		b = customer->b;
	double		alive = 1.0;
	double		purchases = 0.0;	/* H */
	double		sum = 0.0;
	double		before = 0.0;
	double		n = 0.0;
	StageWalk	walk;

	if (!stage_begin(&walk, customer, horizon))
	{
		TcsCustomer folded = cnbd_fold(customer);

		return tcs_btyd_expected(&folded, horizon / customer->scale);
	}
	for (;;)
	{
		for (int i = 0; i < walk.k; i++)
		{
			double		chance = stage_chance(&walk) * purchases;

			sum += chance;
			if (i == 0 && n > 0.0 && stage_is_last(&walk, before, chance, sum))
				return sum;
			before = chance;
			stage_next(&walk);
		}
		purchases += alive;
		if (a > 0.0)
			alive *= (b + n) / (a + b + n);
		n += 1.0;
	}
}

double
tcs_cnbd_expected(const TcsCustomer *customer, double horizon)
{
	static const double whole = 1.0;
	double		days = horizon / customer->scale;
	double		weights[TCS_CNBD_MOST];
	int			stages;
	double		sum = 0.0;

	if (customer->stage >= 0)
		return tcs_cnbd_expected_sum(customer, &days, &whole, 1);
	stages = tcs_cnbd_stages(customer, days, weights);
	for (int i = 0; i < stages; i++)
	{
		TcsCustomer at;

		tcs_cnbd_at_stage(customer, i, &at);
		sum += weights[i] * tcs_cnbd_expected_sum(&at, &days, &whole, 1);
	}
	return stages > 0 ? sum : cnbd_expected_walk(customer, horizon);
}

double
tcs_cnbd_no_purchase(const TcsCustomer *customer, double horizon)
{
	double		all = customer->rate + horizon;
	double		later = customer->z * (customer->rate / all) + horizon / all;

	return fmin(exp(cnbd_log_p(customer->k, customer->shape, later) - customer->log_p -
					customer->shape * tcs_log_growth(customer->rate, horizon)), 1.0);
}

double
tcs_cnbd_next(const TcsCustomer *customer, double share, double most)
{
	double		before = 0.0;
	double		reached = 1.0;

	while (tcs_cnbd_no_purchase(customer, reached * customer->scale) > 1.0 - share)
	{
		if (reached >= most)
			return -1.0;
		before = reached;
		reached = fmin(most, 2.0 * reached);
	}
	while (reached - before > 1.0)
	{
		double		middle = before + floor((reached - before) / 2.0);

		if (tcs_cnbd_no_purchase(customer, middle * customer->scale) > 1.0 - share)
			before = middle;
		else
			reached = middle;
	}
	return reached;
}

double
tcs_cnbd_at_least(const TcsCustomer *customer, double horizon, double n)
{
	double		survives = 1.0;
	double		sum = 0.0;
	double		before = 0.0;
	double		stages = n * customer->k;
	bool		tail;
	StageWalk	walk;

	if (stages > MOST_STAGES || !stage_begin(&walk, customer, horizon))
	{
		TcsCustomer folded = cnbd_fold(customer);

		return tcs_btyd_at_least(&folded, horizon / customer->scale, n);
	}
	/* the smaller of what is below and what is not */
	tail = stages > (customer->shape + customer->k) * (horizon / customer->rate);
	for (; walk.m < stages; stage_next(&walk))
		if (!tail)
			sum += stage_chance(&walk);
	for (; tail; stage_next(&walk))
	{
		double		chance = stage_chance(&walk);

		sum += chance;
		if (walk.m > stages && stage_is_last(&walk, before, chance, sum))
			break;
		before = chance;
	}
	if (!tail)
		sum = fmax(1.0 - sum, 0.0);
	if (customer->a > 0.0)
		survives = exp(tcs_btyd_log_survives(customer, n - 1.0));
	return fmin(sum, 1.0) * survives;
}

bool
tcs_cnbd_at_least_many(const TcsCustomer *customer, double horizon, int count,
					   double *at_least)
{
	double		a = customer->a;
	double		b = customer->b;
	double		alive = 1.0;
	double		more = 1.0;
	StageWalk	walk;

	if (!stage_begin(&walk, customer, horizon) || walk.log_scale < -600.0)
		return false;
	for (int n = 1; n <= count; n++)
	{
		for (int i = 0; i < walk.k; i++)
		{
			more -= stage_chance(&walk);
			stage_next(&walk);
		}
		/* rounding keeps the rest from being exact */
		at_least[n - 1] = alive * fmax(more, 0.0);
		if (a > 0.0)
			alive *= (b + (n - 1)) / (a + b + (n - 1));
		if (more < 1e-17)
		{
			for (; n <= count; n++)
				at_least[n - 1] = 0.0;
		}
	}
	return true;
}

/*
 * A window in time, after m stages until it begins, of which every k-th was a
 * purchase: the rate is then Gamma(K + m, alpha + t + from), and so many more
 * stages within the window are negative binomial.
 */
typedef struct StageWindow
{
	double		q;
	double		none;			/* chance of no stage within it */
	double		purchases;		/* before it */
	double		alive;			/* after these */
} StageWindow;

static void
stage_window_add(const StageWalk *walk, const StageWindow *begin,
				 const TcsCustomer *customer, TcsWindow *window)
{
	double		chance = stage_chance(walk) * begin->none;
	double		shape = walk->shape + walk->m;
	double		alive = begin->alive;
	double		i = 0.0;		/* stages within the window */
	double		made = 0.0;
	double		purchases = 0.0;
	double		pairs = 0.0;
	double		any = 0.0;
	TcsWindow	sum = {0};
	int			left = walk->k - (int) fmod(walk->m, walk->k);

	while (chance > 0.0 && i < 20.0 * MOST_WINDOW_STAGES)
	{
		double		ratio = begin->q * ((shape + i) / (i + 1.0));
		double		most;

		if (left == 0)
		{
			purchases += alive;
			pairs += 2.0 * made * alive;
			if (customer->a > 0.0)
				alive *= (customer->b + (begin->purchases + made)) /
					(customer->a + customer->b + (begin->purchases + made));
			made += 1.0;
			left = walk->k;
		}
		left--;
		if (made > 0.0)
		{
			any += chance;
			sum.purchases += chance * purchases;
			sum.pairs += chance * pairs;
			most = fmax(ratio, begin->q) * (1.0 + 3.0 / (i + 1.0));
			if (most < 1.0 &&
				chance * (purchases + pairs) * most <= 1e-16 * (sum.purchases + sum.pairs) * (1.0 - most))
				break;
		}
		chance *= ratio;
		i += 1.0;
	}
	window->buys += any * begin->alive;
	window->purchases += sum.purchases;
	window->pairs += sum.pairs;
}

void
tcs_cnbd_window(const TcsCustomer *customer, double from, double length,
				TcsWindow *window)
{
	double		growth = tcs_log_growth(customer->rate + from, length);
	double		stages = (customer->shape + customer->k) * ((from + length) / customer->rate);
	double		sum = 0.0;
	double		before = 0.0;
	StageWindow begin = {length / (customer->rate + from + length), 0.0, 0.0, 1.0};
	StageWalk	walk = {0};

	if (stage_begin(&walk, customer, from) && stages < MOST_WINDOW_STAGES &&
		length < MOST_SPREAD * customer->rate)
		for (;;)
		{
			double		chance = stage_chance(&walk) * (walk.shape + walk.m) * (walk.shape + walk.m + 1.0);
			double		log_none = -(walk.shape + walk.m) * growth;

			if (log_none < -650.0 || walk.m > 20.0 * MOST_WINDOW_STAGES)
				break;
			begin.none = exp(log_none);
			stage_window_add(&walk, &begin, customer, window);
			sum += chance;
			if (stage_is_last(&walk, before, chance, sum) || !(begin.alive > 0.0))
				return;
			before = chance;
			stage_next(&walk);
			if (fmod(walk.m, walk.k) == 0.0)
			{
				if (customer->a > 0.0)
					begin.alive *= (customer->b + begin.purchases) / (customer->a + customer->b + begin.purchases);
				begin.purchases += 1.0;
			}
		}
	*window = (TcsWindow)
	{
		0
	};
	if (customer->k > 1)
	{
		TcsCustomer folded = cnbd_fold(customer);

		tcs_btyd_window(&folded, from / customer->scale, length / customer->scale, window);
	}
	else
		tcs_beta_geometric_window(customer, from, length, window);
}

/*
 * Over all time, with lambda and the chance p to leave known, and g = lambda /
 * (lambda + discount), one who has passed j stages is expected to make g^-j /
 * (g^-k - 1 + p) purchases.  The mean over lambda is taken as in
 * beta_geometric_residual.c, with y = lambda (alpha + t), whose density is that
 * of a gamma distribution times the sum over j < k of (y z)^j / j!.
 */
#define STEP		0.18		/* as in beta_mean.c */
#define STEP_WIDTH	0.55
#define MOST_NODES	10240

typedef struct CnbdRates
{
	int			count;
	double		log_all;		/* of all weights together */
	double		log_weight[MOST_NODES];
	double		log_cost[MOST_NODES];	/* g^-k - 1 */
} CnbdRates;

/* ln((1 + e^u)^k - 1) */
static double
cnbd_log_cost(int k, double u)
{
	double		power = u < -TCS_LINEAR ? exp(u) * k : k * tcs_softplus(u);

	if (u < -600.0)
		return u + log(k);
	return power > 40.0 ? power : log(expm1(power));
}

static void
cnbd_set_rates(CnbdRates *rates, const TcsCustomer *customer, double discount)
{
	int			k = customer->k;
	double		shape = customer->shape;
	double		mode = log(shape);
	double		log_z = customer->z > 0.0 ? log(customer->z) : -INFINITY;
	double		log_discount = log(discount) + log(customer->rate);
	double		end = fmin(0.0, log_discount) - TCS_LINEAR;
	double		step = fmin(STEP, STEP_WIDTH / sqrt(shape + k));
	double		peak = cnbd_log_poisson(k, log_z + log(shape + k));
	double		all = 0.0;

	rates->count = 0;
	for (int direction = -1; direction <= 1; direction += 2)
		for (int i = direction > 0; rates->count < MOST_NODES; i++)
		{
			double		delta = direction * i * step;
			double		log_y = mode + delta;
			double		log_base = -shape * (fabs(delta) < 1e-3 ?
											 delta * delta * (0.5 + delta * (1.0 / 6.0 + delta / 24.0)) :
											 expm1(delta) - delta);
			double		weight = exp(log_base + cnbd_log_poisson(k, log_y + log_z) - peak);
			int			n = rates->count++;

			rates->log_weight[n] = log_base - peak +
				cnbd_log_poisson(k, log_z + tcs_log_add(log_y, log_discount));
			rates->log_cost[n] = cnbd_log_cost(k, log_discount - log_y);
			all += weight;
			if (direction < 0 && log_y < end)
			{
				all += weight / expm1(shape * step);
				rates->log_weight[n] -= log(-expm1(-(shape + k) * step));
				break;
			}
			if (weight < 1e-30 * all && (direction < 0 || log_y > log(shape + k)))
				break;
		}
	rates->log_all = log(all);
}

/* ln of the mean of purchases over the rate */
static double
cnbd_log_residual(double log_p, const void *context)
{
	const CnbdRates *rates = context;
	double		sum = 0.0;

	for (int i = 0; i < rates->count; i++)
		sum += exp(rates->log_weight[i] - tcs_log_add(rates->log_cost[i], log_p));
	return log(sum) - rates->log_all;
}

double
tcs_cnbd_residual(const TcsCustomer *customer, double discount)
{
	double		a = customer->a;
	CnbdRates	rates;

	if (discount < 0.0 || (discount == 0.0 && a <= 1.0))
		return INFINITY;
	if (discount == 0.0)
		return 1.0 + customer->b / (a - 1.0);
	cnbd_set_rates(&rates, customer, discount);
	if (!(a > 0.0))
		return exp(cnbd_log_residual(-INFINITY, &rates));
	return exp(tcs_beta_log_mean(a, customer->b,
								 fmin(0.0, log(discount) + log(customer->rate) -
									  log(customer->shape + customer->k + 40.0)) - 5.0,
								 0.0, cnbd_log_residual, &rates));
}
