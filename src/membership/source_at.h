/*
 * source_at.h
 *		The source of a segmentation as of an earlier moment.
 */
#ifndef TCS_SOURCE_AT_H
#define TCS_SOURCE_AT_H

#include "membership/segmentation.h"

/*
 * The text of the query that a view is, with that moment for now(), the views
 * beneath it included.  An error where none of them looks back from a day, as
 * those over an order log do that tcs makes.  In the scope of the owner.
 */
extern char *tcs_source_at(const TcsSegmentation *segmentation, TimestampTz moment);

#endif							/* TCS_SOURCE_AT_H */
