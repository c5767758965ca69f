/*
 * tally.h
 *		Rows that were counted by kind: the state of rate, nps and csat.
 */
#ifndef TCS_TALLY_H
#define TCS_TALLY_H

#include "tcs.h"

#include "math/proportions.h"

/* What was counted, and the constants that the answers were counted with. */
typedef struct TcsTally
{
	int64		n;
	int64		plus;			/* successes, promoters, satisfied */
	int64		minus;			/* detractors */
	double		parameter[2];
} TcsTally;

/* Counts beyond this are nobody's. */
#define TCS_MANY		(INT64CONST(1) << 56)

/*
 * A new state with those parameters where argument 0 has none; an error, which
 * names the parameter `what`, where it has one with others.
 */
extern TcsTally *tcs_tally_first(FunctionCallInfo fcinfo, double parameter,
								 double other, const char *what);

/* The state in argument 0, or a new one, which has those parameters. */
static inline TcsTally *
tcs_tally_state(FunctionCallInfo fcinfo, double parameter, double other,
				const char *what)
{
	TcsTally   *tally = (TcsTally *) PG_GETARG_POINTER(0);

	if (likely(!PG_ARGISNULL(0) && tally->parameter[0] == parameter &&
			   tally->parameter[1] == other))
		return tally;
	return tcs_tally_first(fcinfo, parameter, other, what);
}

/* Count a row, or with a sign of -1 count it no more. */
static inline void
tcs_tally_add(TcsTally *tally, bool plus, bool minus, int sign)
{
	tally->n += sign;
	tally->plus += plus ? sign : 0;
	tally->minus += minus ? sign : 0;
}

/* A confidence level, which lies between 0 and 1; NULL is an error. */
extern double tcs_confidence_argument(FunctionCallInfo fcinfo, int argument);

/*
 * The row of a result: the given counts, and numbers that are NULL where there
 * is no row.  The layout is remembered for the call site.
 */
extern Datum tcs_tally_result(FunctionCallInfo fcinfo, const int64 *counts,
							  int many, double share, TcsInterval interval);

#endif							/* TCS_TALLY_H */
