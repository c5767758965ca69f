/*
 * btyd.h
 *		Models of repeat purchases as jsonb.
 */
#ifndef TCS_BTYD_SQL_H
#define TCS_BTYD_SQL_H

#include "tcs.h"

#include "utils/jsonb.h"
#include "utils/timestamp.h"

#include "history/history_value.h"
#include "math/btyd.h"

/* The names of the families. */
extern const char *const tcs_btyd_families[TCS_BTYD_FAMILIES];

/* What a term of a model is called. */
extern const char *tcs_btyd_term_name(TcsBtydFamily family, TcsBtydTerm term);

/* The names of the limits, by bit. */
#define TCS_BTYD_LIMITS	5
extern const char *const tcs_btyd_limits[TCS_BTYD_LIMITS];

/* The days between opportunities; an error where they are not positive. */
extern double tcs_btyd_period(const Interval *period, const char *what);

/*
 * A history's times in opportunities of bg/bb, which may be put into it; an
 * error where it has more purchases than these.
 */
extern void tcs_btyd_opportunities(double period, const TcsHistoryValue *history,
								   double *t_x, double *t);

/* What a hint says of the families. */
#define TCS_BTYD_FAMILY_HINT \
	"The families are mbg/nbd, bg/nbd, pareto/nbd, nbd, bg/bb, mbg/cnbd-k and bg/cnbd-k, where a number from 1 to 12 may stand for k; btyd_fit chooses among those without a period by auto."

/*
 * The family of that name; an error where there is none.  k is that of mbg/cnbd-3
 * or bg/cnbd-3, else 0.
 */
extern TcsBtydFamily tcs_btyd_family(const text *name, int *k);

/*
 * Read a model.  It must be one of repeat purchases, of any family or limit, and
 * its parameters positive; a fit that found no estimate has none to read.
 */
extern void tcs_btyd_read(Jsonb *model, TcsBtyd *btyd);

#endif							/* TCS_BTYD_SQL_H */
