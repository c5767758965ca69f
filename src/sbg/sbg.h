/*
 * sbg.h
 *		Models of kind "sbg": subscriptions.
 */
#ifndef TCS_SBG_SQL_H
#define TCS_SBG_SQL_H

#include "tcs.h"

#include "math/sbg.h"

/* The names of the parameters, and of the one that a limit has. */
extern const char *const tcs_sbg_parameters[2];
#define TCS_SBG_CHURN	"churn"

/* That of how churn changes with tenure, in models in which it rises. */
#define TCS_SBG_C		"c"

/* The names of the limits, by bit. */
#define TCS_SBG_LIMITS	3
extern const char *const tcs_sbg_limits[TCS_SBG_LIMITS];

#endif							/* TCS_SBG_SQL_H */
