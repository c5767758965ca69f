/*
 * distance.h
 *		How far apart two values are.
 */
#ifndef TCS_DISTANCE_H
#define TCS_DISTANCE_H

#include "tcs.h"

/* A number or, for times, days; NaN for what has no distance. */
extern double tcs_magnitude(Datum value, bool isnull, Oid type);

/* Do values of that type come in steps of one? */
extern bool tcs_is_whole(Oid type);

#endif							/* TCS_DISTANCE_H */
