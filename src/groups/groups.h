/*
 * groups.h
 *		Groups of customers with near features: what a fit comes to.
 */
#ifndef TCS_GROUPS_H
#define TCS_GROUPS_H

#include "tcs.h"

#include "features/design.h"
#include "features/options.h"
#include "math/kmeans_tree.h"

#define TCS_GROUPS_KIND		"kmeans"
#define TCS_GROUPS_VERSION	1
#define TCS_GROUPS_HINT		"Use kmeans_fit to get one."

/* One number of groups that was tried. */
typedef struct TcsGroupsTry
{
	double		silhouette;
	double		stability;		/* NaN where there are too few rows for halves */
} TcsGroupsTry;

typedef struct TcsGroupsFit
{
	const TcsFeatureTable *table;
	TcsDesign  *design;
	TcsKmeansRows rows;			/* equal ones once, with their weight */
	TcsKmeansRows part;			/* the first of them, on which all is tried */
	double		customers;		/* sum of the weights */

	int			low;			/* numbers of groups to choose from */
	int			high;
	bool		is_range;
	bool		is_short;		/* of different rows */
	bool		standardise;
	int			leaves;			/* 0: twice the groups */
	int			starts;
	int			most_steps;
	int64		seed;

	TcsGroupsTry tried[TCS_KMEANS_GROUPS + 1];
	bool		none;			/* there are no groups to be told from one
								 * cloud */
	TcsKmeansFit fit;			/* of all rows */
	TcsKmeansGap gap;			/* NaN where there is none */
	TcsKmeansTree tree;
} TcsGroupsFit;

/* The model, as jsonb. */
extern Datum tcs_groups_write(TcsGroupsFit *groups);

/* Can the values of such a column be told by a condition with a threshold? */
extern bool tcs_groups_can_split(const TcsDesign *design, int column);

/*
 * For each group the condition that tells it, by its tree; NULL where no leaf is
 * of that group.
 */
extern char **tcs_groups_conditions(const TcsGroupsFit *groups);

#endif							/* TCS_GROUPS_H */
