/*
 * key_drivers.c
 *		What moves a number most, of the features of a row: key_drivers.
 *
 * Features that go together share what they tell, so that no coefficient says
 * how much each of them matters.  The parts of R^2 do (math/importance.h).
 */
#include "logit/logit.h"

#include "access/htup_details.h"
#include "catalog/pg_type.h"
#include "funcapi.h"
#include "mb/pg_wchar.h"
#include "miscadmin.h"
#include "utils/array.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

#include "features/options.h"
#include "math/importance.h"
#include "numerics/normal.h"
#include "server/progress.h"
#include "server/record.h"

#define CONFIDENCE		0.95
#define NOTHING			1e-12	/* R^2 that is rounding */

PG_FUNCTION_INFO_V1(tcs_key_drivers_trans);
PG_FUNCTION_INFO_V1(tcs_key_drivers_final);

/* The columns of tcs.key_driver. */
enum
{
	FEATURE,
	SHARE,
	LOW,
	HIGH,
	SLOPE,
	R_SQUARED,
	N,
	DESCRIPTION,
	COLUMNS
};

/* What a description says. */
typedef enum DriverWord
{
	DRIVER_NOTHING,				/* name */
	DRIVER_CHANCE,				/* name, percent */
	DRIVER_SHARE,				/* name, percent, limits, and one of: */
	DRIVER_WITH_MORE,
	DRIVER_WITH_LESS,
	DRIVER_WORDS
} DriverWord;

static const char *const driver_languages[] = {"en", "zh"};

/* a file of its own, as what lays out C files would spoil its Chinese */
static const char *const driver_words[DRIVER_WORDS][
													lengthof(driver_languages)] =
{
#include "logit/key_drivers_words.def"
};

typedef struct KeyDriver
{
	const char *name;
	double		share;
	double		low;
	double		high;
	double		slope;			/* NaN for text */
} KeyDriver;

typedef struct KeyDrivers
{
	const TcsFeatureTable *table;
	const TcsDesign *design;
	const double *x;			/* rows x columns, their means taken off */
	double	   *y;				/* the same of the outcome */
	TcsImportanceMoments moments;
	int		   *place;			/* of each feature among those that have
								 * columns */
	int			count;			/* of these */
	KeyDriver  *driver;
	double		r_squared;
} KeyDrivers;

static void
drivers_options_check(Jsonb *options)
{
	static const char *const keys[] = {"language"};

	tcs_options_check(options, keys, lengthof(keys));
	(void) tcs_options_choice(options, keys[0], driver_languages, lengthof(driver_languages), 0);
}

/* arguments: state, outcome, features [, options] */
Datum
tcs_key_drivers_trans(PG_FUNCTION_ARGS)
{
	return tcs_features_trans(fcinfo, TCS_OUTCOME_NUMBER, drivers_options_check);
}

static inline double
driver_row_weight(const TcsFeatureTable *table, int64 row)
{
	return table->weight ? table->weight[row] : 1.0;
}

static double *
drivers_alloc(const TcsFeatureTable *table, Size elements)
{
	tcs_budget_charge(table->budget, elements * sizeof(double));
	return MemoryContextAllocExtended(CurrentMemoryContext, Max(elements, 1) * sizeof(double),
									  MCXT_ALLOC_HUGE | MCXT_ALLOC_ZERO);
}

/* takes the mean off a column of a matrix */
static void
drivers_center(const TcsFeatureTable *table, double *values, int stride)
{
	double		sum = 0.0;

	for (int64 i = 0; i < table->rows; i++)
		sum += driver_row_weight(table, i) * values[i * stride];
	sum /= table->weights;
	for (int64 i = 0; i < table->rows; i++)
		values[i * stride] -= sum;
}

static void
drivers_moments(KeyDrivers *drivers, double *columns_cov, double *outcome_cov)
{
	const TcsFeatureTable *table = drivers->table;
	TcsImportanceMoments *moments = &drivers->moments;
	int			columns = moments->columns;

	for (int64 i = 0; i < table->rows; i++)
	{
		const double *x = drivers->x + i * columns;
		double		weight = driver_row_weight(table, i) / table->weights;

		if (i % 4096 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int j = 0; j < columns; j++)
		{
			double		weighted = weight * x[j];

			for (int k = 0; k <= j; k++)
				columns_cov[j * columns + k] += weighted * x[k];
			outcome_cov[j] += weighted * drivers->y[i];
		}
		moments->outcome_var += weight * drivers->y[i] * drivers->y[i];
	}
	for (int j = 0; j < columns; j++)
		for (int k = 0; k < j; k++)
			columns_cov[k * columns + j] = columns_cov[j * columns + k];
	moments->columns_cov = columns_cov;
	moments->outcome_cov = outcome_cov;
}

/* the columns, and which feature each is of; false where there is nothing to tell */
static bool
drivers_prepare(KeyDrivers *drivers)
{
	const TcsFeatureTable *table = drivers->table;
	TcsImportanceMoments *moments = &drivers->moments;
	int			columns;
	int		   *feature;
	double	   *x;

	drivers->design = tcs_design_create(table, true);
	columns = moments->columns = drivers->design->count;
	if (columns > TCS_IMPORTANCE_COLUMNS)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("features of key_drivers have %d columns, and at most %d are possible", columns, TCS_IMPORTANCE_COLUMNS),
				 errhint("Each level of a text is a column: leave such features out by the option \"without\".")));
	feature = palloc(Max(columns, 1) * sizeof(int));
	drivers->place = palloc(Max(columns, 1) * sizeof(int));
	for (int j = 0; j < columns; j++)
	{
		if (j == 0 || drivers->design->column[j].feature != drivers->design->column[j - 1].feature)
			drivers->place[drivers->count++] = drivers->design->column[j].feature;
		feature[j] = drivers->count - 1;
	}
	if (drivers->count > TCS_IMPORTANCE_FEATURES)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("key_drivers takes at most %d features, not %d", TCS_IMPORTANCE_FEATURES, drivers->count),
				 errdetail("It fits a model of every set of them."),
				 errhint("Leave some out by the option \"without\", or take means of those that ask the same.")));
	moments->feature = feature;
	moments->features = drivers->count;
	x = tcs_design_matrix(drivers->design, table);
	for (int j = 0; j < columns; j++)
		drivers_center(table, x + j, columns);
	drivers->x = x;
	drivers->y = drivers_alloc(table, table->rows);
	memcpy(drivers->y, table->outcome, table->rows * sizeof(double));
	drivers_center(table, drivers->y, 1);
	drivers_moments(drivers, drivers_alloc(table, (Size) columns * columns), drivers_alloc(table, columns));
	return columns > 0 && moments->outcome_var > 0.0;
}

/*
 * The influence of each row on each share, which is worth / R^2; the sums of
 * their squares into variance.
 */
static void
drivers_variance(const KeyDrivers *drivers, const double *worth, const double *d_columns,
				 const double *d_outcome, const double *d_var, double *variance)
{
	const TcsFeatureTable *table = drivers->table;
	int			columns = drivers->moments.columns;
	double		influence[TCS_IMPORTANCE_FEATURES];

	for (int64 i = 0; i < table->rows; i++)
	{
		const double *x = drivers->x + i * columns;
		double		y = drivers->y[i];
		double		weight = driver_row_weight(table, i) / table->weights;
		double		all = 0.0;

		if (i % 1024 == 0)
			CHECK_FOR_INTERRUPTS();
		for (int k = 0; k < drivers->count; k++)
		{
			const double *a = d_columns + (Size) k * columns * columns;
			double		sum = d_var[k] * y * y;

			for (int j = 0; j < columns; j++)
			{
				double		row = d_outcome[(Size) k * columns + j] * y;

				for (int l = 0; l < columns; l++)
					row += a[j * columns + l] * x[l];
				sum += row * x[j];
			}
			influence[k] = sum;
			all += sum;
		}
		for (int k = 0; k < drivers->count; k++)
		{
			double		of_share = weight * (influence[k] - worth[k] / drivers->r_squared * all) / drivers->r_squared;

			variance[k] += of_share * of_share;
		}
	}
}

/* what one more of a number adds; NaN for text */
static double
driver_slope(const KeyDrivers *drivers, int number, const double *slope)
{
	for (int j = 0; j < drivers->design->count; j++)
	{
		const TcsDesignColumn *column = &drivers->design->column[j];

		if (column->feature == number && column->part == TCS_DESIGN_VALUE)
			return slope[j] / column->scale;
	}
	return NAN;
}

static void
drivers_find(KeyDrivers *drivers)
{
	const TcsFeatureTable *table = drivers->table;
	Size		columns = drivers->moments.columns;
	Size		count = drivers->count;
	double		worth[TCS_IMPORTANCE_FEATURES];
	double		variance[TCS_IMPORTANCE_FEATURES] = {0};
	double	   *room = drivers_alloc(table, tcs_importance_room(columns, count));
	double	   *slope = drivers_alloc(table, columns);
	double	   *d_columns = drivers_alloc(table, count * columns * columns);
	double	   *d_outcome = drivers_alloc(table, count * columns);
	double		d_var[TCS_IMPORTANCE_FEATURES];
	double		z = tcs_normal_confidence(CONFIDENCE);

	tcs_importance_fit(&drivers->moments, room, slope);
	tcs_importance_slopes(&drivers->moments, tcs_progress_poll("comparing features"), room,
						  worth, d_columns, d_outcome, d_var);
	tcs_progress_end();
	for (Size k = 0; k < count; k++)
		drivers->r_squared += worth[k];
	if (drivers->r_squared < NOTHING)
		drivers->r_squared = 0.0;
	else
		drivers_variance(drivers, worth, d_columns, d_outcome, d_var, variance);
	drivers->driver = palloc(count * sizeof(KeyDriver));
	for (Size k = 0; k < count; k++)
	{
		KeyDriver  *driver = &drivers->driver[k];
		double		wide = z * sqrt(variance[k]);

		driver->name = table->features.feature[drivers->place[k]].name;
		driver->share = drivers->r_squared > 0.0 ? worth[k] / drivers->r_squared : NAN;
		driver->low = Max(driver->share - wide, 0.0);
		driver->high = Min(driver->share + wide, 1.0);
		driver->slope = driver_slope(drivers, drivers->place[k], slope);
	}
}

static int
compare_key_drivers(const void *a, const void *b)
{
	const KeyDriver *left = a;
	const KeyDriver *right = b;

	if (left->share != right->share && !isnan(left->share))
		return left->share > right->share ? -1 : 1;
	return strcmp(left->name, right->name);
}

/* A format, in the encoding of the server, as names are. */
static const char *
driver_format(int language, DriverWord word)
{
	const char *words = driver_words[word][language];

	return pg_any_to_server(words, strlen(words), PG_UTF8);
}

static char *
driver_description(const KeyDriver *driver, int language)
{
	const char *way = isnan(driver->slope) || driver->slope == 0.0 ? "" :
	driver_format(language, driver->slope > 0.0 ? DRIVER_WITH_MORE : DRIVER_WITH_LESS);

	if (isnan(driver->share))
		return psprintf(driver_format(language, DRIVER_NOTHING), driver->name);
	if (driver->low <= 0.0)
		return psprintf(driver_format(language, DRIVER_CHANCE), driver->name, 100.0 * driver->share);
	return psprintf(driver_format(language, DRIVER_SHARE), driver->name, 100.0 * driver->share,
					100.0 * driver->low, 100.0 * driver->high, way);
}

static Datum
drivers_result(FunctionCallInfo fcinfo, const KeyDrivers *drivers, int language)
{
	Oid			type;
	TupleDesc	descriptor = tcs_element_descriptor(fcinfo, COLUMNS, &type);
	Datum		rows[TCS_IMPORTANCE_FEATURES];

	for (int k = 0; k < drivers->count; k++)
	{
		const KeyDriver *driver = &drivers->driver[k];
		Datum		values[COLUMNS];
		bool		nulls[COLUMNS] = {0};

		values[FEATURE] = CStringGetTextDatum(driver->name);
		values[SHARE] = Float8GetDatum(driver->share);
		values[LOW] = Float8GetDatum(driver->low);
		values[HIGH] = Float8GetDatum(driver->high);
		nulls[SHARE] = nulls[LOW] = nulls[HIGH] = isnan(driver->share);
		values[SLOPE] = Float8GetDatum(driver->slope);
		nulls[SLOPE] = isnan(driver->slope);
		values[R_SQUARED] = Float8GetDatum(drivers->r_squared);
		values[N] = Int64GetDatum(drivers->table->rows);
		values[DESCRIPTION] = CStringGetTextDatum(driver_description(driver, language));
		rows[k] = HeapTupleGetDatum(heap_form_tuple(descriptor, values, nulls));
	}
	ReleaseTupleDesc(descriptor);
	PG_RETURN_ARRAYTYPE_P(construct_array(rows, drivers->count, type, -1, false, TYPALIGN_DOUBLE));
}

Datum
tcs_key_drivers_final(PG_FUNCTION_ARGS)
{
	TcsFeatureState *state = TCS_STATE(TcsFeatureState);
	KeyDrivers	drivers = {0};
	MemoryContext old;
	MemoryContext context;
	bool		some = false;
	Datum		result = (Datum) 0;

	tcs_aggregate_context(fcinfo);
	old = CurrentMemoryContext;
	context = AllocSetContextCreate(old, "tcs fit", ALLOCSET_DEFAULT_SIZES);
	MemoryContextSwitchTo(context);
	drivers.table = state == NULL ? NULL : tcs_features_table(state, 1 << TCS_OUTCOME_NUMBER);
	if (drivers.table != NULL && drivers_prepare(&drivers))
	{
		drivers_find(&drivers);
		qsort(drivers.driver, drivers.count, sizeof(KeyDriver), compare_key_drivers);
		some = true;
	}
	MemoryContextSwitchTo(old);
	if (some)
		result = drivers_result(fcinfo, &drivers,
								tcs_options_choice(tcs_features_options(state), "language", driver_languages, lengthof(driver_languages), 0));
	MemoryContextDelete(context);
	if (!some)
		PG_RETURN_NULL();
	PG_RETURN_DATUM(result);
}
