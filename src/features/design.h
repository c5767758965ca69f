/*
 * design.h
 *		Features as the columns of a linear model, or of distances.
 *
 * A number is one column, standardised, with its mean in place of what is
 * missing, and one more that is 1 where it is missing, if it ever was.  Text is
 * a column for each level, for "other" and for missing, if there were any.
 * Columns that are always the same, or equal to another or to its complement,
 * are left out.
 */
#ifndef TCS_DESIGN_H
#define TCS_DESIGN_H

#include "features/features.h"

typedef enum TcsDesignPart
{
	TCS_DESIGN_VALUE,			/* a number, 0 and 1 among them */
	TCS_DESIGN_MISSING,			/* 1 where the feature is missing */
	TCS_DESIGN_LEVEL			/* 1 where it has that code */
} TcsDesignPart;

typedef struct TcsDesignColumn
{
	int			feature;
	TcsDesignPart part;
	int			code;			/* of a level, 0 for other */
	double		center;			/* mean before standardising; what missing
								 * becomes */
	double		scale;			/* standard deviation, above 0 */
} TcsDesignColumn;

typedef struct TcsDesign
{
	const TcsFeatures *features;
	int			count;
	TcsDesignColumn *column;
	int			out_count;
	TcsFeatureOut *out;			/* columns left out; named as below */
} TcsDesign;

/*
 * Choose the columns, in the current context.  With `baseline` the level of text
 * that most rows have gets no column: what a fit without a penalty needs.
 */
extern TcsDesign *tcs_design_create(const TcsFeatureTable *table, bool baseline);

/* A row of the table, standardised: x has design->count places. */
extern void tcs_design_row(const TcsDesign *design, const TcsFeatureTable *table,
						   int64 row, double *x);

/* The same of values that were read to be scored. */
extern void tcs_design_values(const TcsDesign *design, const double *values, double *x);

/*
 * The whole, row by row, rows x count doubles in the current context, charged to
 * the budget of the table.
 */
extern double *tcs_design_matrix(const TcsDesign *design, const TcsFeatureTable *table);

/* What a column is called: age, age: missing, plan: gold, plan: other. */
extern char *tcs_design_name(const TcsDesign *design, int column);

/*
 * In a model: an array of {feature, is (value, missing, level, other), level,
 * center, scale}, and back, checked, for the features that were read.
 */
extern void tcs_design_write(StringInfo text, const char *key, const TcsDesign *design);

/* The same, with more numbers in each object: values[number][column]. */
extern void tcs_design_write_numbers(StringInfo text, const char *key, const TcsDesign *design,
									 const char *const *names, const double *const *values,
									 int count);
extern TcsDesign *tcs_design_read(Jsonb *model, const char *key, const TcsFeatures *features);

#endif							/* TCS_DESIGN_H */
