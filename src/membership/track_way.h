/*
 * track_way.h
 *		The way that a user gives, checked.
 */
#ifndef TCS_TRACK_WAY_H
#define TCS_TRACK_WAY_H

#include "membership/segmentation.h"
#include "membership/way.h"

/*
 * How rows of the relation lead to a key: by its own column or expression, or
 * through another table, whose column or expression the key is then.  Columns
 * and through_columns are arrays of name, or 0: then a foreign key says which.
 * Everything is checked as far as it can be before rows are there.
 */
extern TcsWay *tcs_way_find(TcsSegmentation *segmentation, Oid relation, const char *key,
							Oid through, Datum columns, Datum through_columns);

/* An array of name. */
extern Datum tcs_name_array(char **names, int count);

#endif							/* TCS_TRACK_WAY_H */
