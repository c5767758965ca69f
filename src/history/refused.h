/*
 * refused.h
 *		What transition functions say of arguments that an aggregate does not take.
 */
#ifndef TCS_REFUSED_H
#define TCS_REFUSED_H

#include "tcs.h"

/* The type of an argument below any domain; argument 0 is the state. */
extern Oid	tcs_refused_type(FunctionCallInfo fcinfo, int argno);

/* Is it neither a day nor an instant? */
extern bool tcs_refused_time(Oid type);

/* An error: the argument of that name is of another type than what is wanted. */
extern void tcs_refused(FunctionCallInfo fcinfo, int argno, const char *name,
						const char *wanted, const char *hint);

#endif							/* TCS_REFUSED_H */
