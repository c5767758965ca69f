/*
 * capped.h
 *		Outcomes that wait for the value that they are capped at, which is a
 *		quantile of them all.
 */
#ifndef TCS_CAPPED_H
#define TCS_CAPPED_H

#include "tcs.h"

#include "math/two_means.h"

/* The customers of two arms; within tcs.fit_memory. */
typedef struct TcsCapped TcsCapped;

extern TcsCapped *tcs_capped_create(MemoryContext context);

/* Add a customer to an arm; the covariate is NaN where it is not known. */
extern void tcs_capped_add(TcsCapped *capped, int arm, double outcome, double covariate);

extern void tcs_capped_merge(TcsCapped *into, const TcsCapped *from);

/*
 * Add up what is in both arms, of which outcomes beyond the quantile `cap` of
 * both arms together count as that: the least outcome that a share of `cap` does
 * not exceed.  Pairs of outcome and covariate are added up, too.
 */
extern void tcs_capped_settle(const TcsCapped *capped, double cap, TcsMoments outcomes[2],
							  TcsRatioMoments pairs[2]);

/* As bytes and back; an error unless none is beyond greatest. */
extern void tcs_capped_send(StringInfo buffer, const TcsCapped *capped);
extern TcsCapped *tcs_capped_receive(StringInfo buffer, MemoryContext context, double greatest);

#endif							/* TCS_CAPPED_H */
