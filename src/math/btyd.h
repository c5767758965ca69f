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
 * Time is in days.  Plain C.
 */
#ifndef TCS_BTYD_H
#define TCS_BTYD_H

typedef enum TcsBtydFamily
{
	TCS_MBG_NBD,
	TCS_BG_NBD,
	TCS_PARETO_NBD
} TcsBtydFamily;

#define TCS_BTYD_FAMILIES	3
#define TCS_BTYD_PARAMETERS	4

/* All parameters are positive and finite. */
typedef struct TcsBtyd
{
	TcsBtydFamily family;
	double		r;
	double		alpha;			/* days */
	double		a;				/* s of pareto/nbd */
	double		b;				/* beta of pareto/nbd, in days */
} TcsBtyd;

#endif							/* TCS_BTYD_H */
