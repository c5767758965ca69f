/*
 * sbg.h
 *		Models of kind "sbg": subscriptions.
 */
#ifndef TCS_SBG_SQL_H
#define TCS_SBG_SQL_H

#include "tcs.h"

#include "utils/jsonb.h"

#include "math/sbg.h"

/* The names of the parameters. */
extern const char *const tcs_sbg_parameters[2];

/*
 * Read a model; an error when it is of another kind, did not converge, or has
 * parameters that are not positive.
 */
extern void tcs_sbg_read(Jsonb *model, TcsSbg *sbg);

#endif							/* TCS_SBG_SQL_H */
