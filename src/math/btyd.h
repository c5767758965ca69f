/*
 * btyd.h
 *		Models of repeat purchases, "buy till you die".
 *
 * While a customer is alive, purchases come at a rate that is constant for the
 * customer and Gamma(r, alpha) across customers.  How customers die:
 *
 * bg/nbd		with probability p after each repeat purchase, p being
 *				Beta(a, b) across customers (Fader, Hardie and Lee, 2005)
 * mbg/nbd		the same, and after the first purchase as well (Batislam,
 *				Denizel and Filiztekin, 2007)
 * pareto/nbd	at a rate that is Gamma(s, beta) across customers
 *				(Schmittlein, Morrison and Colombo, 1987)
 *
 * nbd			not at all (Ehrenberg, 1959)
 *
 * bg/bb is of another kind: there are opportunities for purchases, a period
 * apart, which is told in math/bg_bb.h.
 *
 * mbg/cnbd-k and bg/cnbd-k are buyers with a rhythm, who leave as those of
 * mbg/nbd and bg/nbd do: cnbd.h.  k of 1 is mbg/nbd and bg/nbd.
 *
 * Time is in days.  Plain C.
 */
#ifndef TCS_BTYD_H
#define TCS_BTYD_H

#include <stdbool.h>

typedef enum TcsBtydFamily
{
	TCS_MBG_NBD,
	TCS_BG_NBD,
	TCS_PARETO_NBD,
	TCS_NBD,
	TCS_BG_BB,
	TCS_MBG_CNBD,
	TCS_BG_CNBD
} TcsBtydFamily;

#define TCS_BTYD_FAMILIES	7
#define TCS_BTYD_PARAMETERS	4	/* at most */

/*
 * All parameters are positive and finite; nbd has no a and b, and those of
 * bg/bb, alpha, beta, gamma and delta, are here in that order.  Of cnbd-k an a
 * of 0 says that nobody leaves.
 */
typedef struct TcsBtyd
{
	TcsBtydFamily family;
	double		r;
	double		alpha;			/* days */
	double		a;				/* s of pareto/nbd */
	double		b;				/* beta of pareto/nbd, in days */
	double		period;			/* days between opportunities, of bg/bb */
	int			k;				/* stages between purchases, of cnbd-k */
} TcsBtyd;

#define TCS_CNBD_MOST	12		/* the greatest k */

/* Are there stages between purchases, as many as k? */
static inline bool
tcs_btyd_has_rhythm(TcsBtydFamily family)
{
	return family == TCS_MBG_CNBD || family == TCS_BG_CNBD;
}

/*
 * The limits of a family, where parameters run to 0 or infinity and what they
 * say about customers does not: a set of these.
 */
#define TCS_BTYD_EQUAL_RATES	0x1 /* r, alpha grow: all buy at r / alpha */
#define TCS_BTYD_EQUAL_LEAVING	0x2 /* a, b grow: all leave with the chance a
									 * / (a + b), at the rate s / beta */
#define TCS_BTYD_NOBODY_LEAVES	0x4 /* a vanishes */
#define TCS_BTYD_LEAVE_AT_ONCE	0x8 /* a, b vanish: the share a / (a + b)
									 * leaves at the first occasion, the
									 * others never */
#define TCS_BTYD_ALL_OR_NONE	0x10	/* of bg/bb, r, alpha vanish: the
										 * share r / (r + alpha) buys at each
										 * opportunity, the others never */

/* What a model can be told by: parameters of the family and of its limits. */
typedef enum TcsBtydTerm
{
	TCS_BTYD_R,
	TCS_BTYD_ALPHA,
	TCS_BTYD_A,
	TCS_BTYD_B,
	TCS_BTYD_RATE,				/* of equal rates, a day; of bg/bb a chance,
								 * and of all or none their share */
	TCS_BTYD_LEAVING			/* of equal leaving, and of leaving at once */
} TcsBtydTerm;

#define TCS_BTYD_TERMS		6

/* The terms of a family at its limits, none or more: how many there are. */
extern int	tcs_btyd_terms(TcsBtydFamily family, int limits, TcsBtydTerm *terms);

/*
 * The model, as one with finite parameters that predictions do not tell from
 * the limit; value is by term.  The terms are positive, a chance below 1; k is
 * that of the families that have one.
 */
extern TcsBtyd tcs_btyd_of_terms(TcsBtydFamily family, int limits, int k,
								 const double *value);

#endif							/* TCS_BTYD_H */
