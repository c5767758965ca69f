/*
 * kept_sql.h
 *		The statements by which a kept table is made equal to its source.
 */
#ifndef TCS_KEPT_SQL_H
#define TCS_KEPT_SQL_H

#include "membership/segmentation.h"

/* A row that was made for a new key, until it is known that there is one. */
#define TCS_NEW_ROW "'-infinity'"

/* The query for the rows s of the source, to be gone on with WHERE. */
extern char *tcs_kept_query(const TcsSegmentation *segmentation);

/*
 * The second statement of a keyed update: now is a query for the rows of these keys,
 * $1 or ANY ($1); $2 is the time.
 */
extern char *tcs_kept_update(const TcsSegmentation *segmentation, const char *now,
							 const char *keys);

/* Is the row of $1, by that query, what it should be? */
extern char *tcs_kept_settled(const TcsSegmentation *segmentation, const char *now);

/* The query for the keys of the rows that are not what they should be. */
extern char *tcs_kept_differing(const TcsSegmentation *segmentation);

/* The first load, at the time $1. */
extern char *tcs_kept_load(const TcsSegmentation *segmentation);

/* Queue the keys whose rows have changed by themselves.  As the owner. */
extern void tcs_kept_queue_due(const TcsSegmentation *segmentation);

#endif							/* TCS_KEPT_SQL_H */
