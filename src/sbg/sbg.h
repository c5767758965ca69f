/*
 * sbg.h
 *		Models of kind "sbg": subscriptions.
 */
#ifndef TCS_SBG_SQL_H
#define TCS_SBG_SQL_H

#include "tcs.h"

#include "math/sbg.h"

/* The names of the parameters. */
extern const char *const tcs_sbg_parameters[2];

#endif							/* TCS_SBG_SQL_H */
