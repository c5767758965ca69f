/*
 * churn_attributes.h
 *		Attributes of customers beside their histories.
 *
 * Of each customer at each split a row is kept, of at most 24576 in all: those whose
 * histories have the least hashes, so that neither the order of rows nor the number
 * of workers shows.
 */
#ifndef TCS_CHURN_ATTRIBUTES_H
#define TCS_CHURN_ATTRIBUTES_H

#include "tcs.h"

#include "utils/date.h"

#include "btyd/predict.h"
#include "features/design.h"
#include "math/churn.h"

typedef struct TcsChurnAttributes TcsChurnAttributes;

/* A customer at a split. */
typedef struct TcsChurnPair
{
	TcsHistoryValue history;
	DateADT		as_of;
	DateADT		until;
	bool		returned;
} TcsChurnPair;

/* An empty state in that context, where all of it will be. */
extern TcsChurnAttributes *tcs_churn_attributes_create(MemoryContext context);
extern void tcs_churn_attributes_add(TcsChurnAttributes *attributes, const TcsChurnPair *pair,
									 HeapTupleHeader row);
extern void tcs_churn_attributes_merge(TcsChurnAttributes *into, TcsChurnAttributes *from);
extern void tcs_churn_attributes_send(StringInfo buffer, TcsChurnAttributes *attributes);
extern TcsChurnAttributes *tcs_churn_attributes_receive(StringInfo buffer, MemoryContext context);

/* The splits that could be used, and the base as it was at each. */
typedef struct TcsChurnBases
{
	int			count;
	DateADT		as_of[TCS_CHURN_SPLITS];
	DateADT		until[TCS_CHURN_SPLITS];
	TcsBtydSight *sight[TCS_CHURN_SPLITS];
} TcsChurnBases;

/* What was learned of them, in the current context. */
typedef struct TcsChurnFound
{
	bool		used;			/* are risks clearly better with them? */
	TcsChurnModel model;		/* what was learned with them */
	TcsDesign  *design;			/* its columns, after the features; of table */
	TcsFeatureTable *table;		/* NULL where there were no rows */
	char	  **notes;			/* that tell of leaks */
	int			note_count;
} TcsChurnFound;

extern void tcs_churn_attributes_learn(TcsChurnAttributes *attributes, const TcsChurnBases *bases,
									   void (*poll) (void), TcsChurnFound *found);

#endif							/* TCS_CHURN_ATTRIBUTES_H */
