/*
 * collected.h
 *		The state of an aggregate that learns: rows, and the values of text.
 */
#ifndef TCS_COLLECTED_H
#define TCS_COLLECTED_H

#include "features/feature_row.h"

#define TCS_FEATURE_VALUES	50000	/* different ones of text; more are a key */
#define TCS_CHUNK_BITS		10
#define TCS_CHUNK_ROWS		(1 << TCS_CHUNK_BITS)

/* The different values of a column of text, by numbers from 1. */
typedef struct TcsFeatureLevels
{
	bool		is_full;		/* there are too many: none is kept */
	int			count;
	int			size;
	char	  **text;			/* by number - 1; ends with a zero byte */
	uint32	   *length;
	uint32	   *hash;
	uint32		mask;
	int32	   *place;			/* hash table of numbers, 0 for none */
	Size		charged;
} TcsFeatureLevels;

typedef enum TcsFeatureRole
{
	TCS_ROLE_FEATURE,
	TCS_ROLE_WEIGHT,
	TCS_ROLE_NONE				/* in the option "without" */
} TcsFeatureRole;

typedef struct TcsCollectedColumn
{
	char	   *name;
	int			kind;			/* a TcsFeatureKind, or any where it has no
								 * role */
	TcsFeatureRole role;
	int			place;			/* in a row of doubles; -1: in none */
	TcsFeatureLevels levels;	/* of text */
} TcsCollectedColumn;

/*
 * Rows are doubles side by side: the outcome, if there is one, text by its number, the weight, if one
 * is named, and the features, text by its number, 0 for other.  They are in
 * chunks of 1024, of which the first grows to that.
 */
struct TcsFeatureState
{
	TcsBudget	budget;
	TcsOutcome	outcome;
	TcsFeatureLevels labels;	/* of an outcome that is text */
	Jsonb	   *options;		/* or NULL */
	char	   *weight_name;	/* or NULL */
	char	  **without;
	int			without_count;

	uint64		reader;			/* whose columns are known to be these */
	int			count;			/* 0 until a row was seen */
	TcsCollectedColumn *column;
	int			width;			/* doubles in a row */
	int			weight_place;	/* -1: none */

	int64		rows;
	double	  **chunk;
	int			chunks;
	int			chunk_size;
	int			first_size;		/* rows that the first chunk has room for */

	int64		no_outcome;
	int64		no_features;
	int64		no_weight;
};

/* How many numbers an outcome is. */
static inline int
tcs_outcome_width(TcsOutcome outcome)
{
	return outcome == TCS_OUTCOME_NONE ? 0 : outcome == TCS_OUTCOME_NUMBERS ? TCS_FEATURES_NUMBERS : 1;
}

static inline const double *
tcs_collected_row(const TcsFeatureState *state, int64 row)
{
	return state->chunk[row >> TCS_CHUNK_BITS] + (row & (TCS_CHUNK_ROWS - 1)) * state->width;
}

/* The number of a text, which is added if it is new; 0 where there are too many. */
extern int	tcs_levels_number(TcsFeatureLevels *levels, TcsBudget *budget,
							  const char *text, Size length);

/* Forget them: there are too many. */
extern void tcs_levels_fill_up(TcsFeatureLevels *levels, TcsBudget *budget);

/* An error where an outcome has more labels than can be told apart. */
extern void tcs_collected_check_labels(const TcsFeatureState *state);

/* Room for a row more, to be filled. */
extern double *tcs_collected_new(TcsFeatureState *state);

/* The columns are told: roles and places are given to them. */
extern void tcs_collected_bind(TcsFeatureState *state, int count);

#endif							/* TCS_COLLECTED_H */
