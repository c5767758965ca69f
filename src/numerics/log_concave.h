/*
 * log_concave.h
 *		Integrals of a family of log-concave functions, over any span.
 *
 * The integrand is exp(F(u)) with
 *
 *		F(u) = slope * u - sum over j of weight_j * ln(1 - share_j + share_j * e^u)
 *
 * so that F(0) = 0.  Incomplete beta functions and the integrals of the
 * Pareto/NBD have this form once u is the logarithm of a time.  Plain C.
 */
#ifndef TCS_LOG_CONCAVE_H
#define TCS_LOG_CONCAVE_H

#define TCS_LOG_CONCAVE_TERMS	2

typedef struct TcsLogConcave
{
	double		slope;			/* that of F at -infinity */
	double		end;			/* that of F at infinity: slope - all weights */
	int			count;
	double		weight[TCS_LOG_CONCAVE_TERMS];	/* at least 0 */
	double		share[TCS_LOG_CONCAVE_TERMS];	/* in [0, 1] */
	double		rest[TCS_LOG_CONCAVE_TERMS];	/* 1 - share, to full accuracy */
	double		logit[TCS_LOG_CONCAVE_TERMS];	/* ln(share / rest) */
} TcsLogConcave;

/*
 * Add a term.  Where the share is 1 it is folded into the slope.  slope and
 * end are the caller's, who knows them without cancellation.
 */
extern void tcs_log_concave_term(TcsLogConcave *f, double weight, double share,
								 double rest, double logit);

/*
 * The integral from low to high, either of which may be infinite where the
 * integral exists, as a factor of exp(*peak), where peak is about the greatest
 * value of F in the span.
 */
extern double tcs_log_concave_integral(const TcsLogConcave *f, double low,
									   double high, double *peak);

#endif							/* TCS_LOG_CONCAVE_H */
