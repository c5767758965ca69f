/*
 * plan.h
 *		What the argument steps of funnel asks for.
 *
 * An element of steps is the name of a step, or a condition on what lies
 * between the step before it and the one after:
 *
 *	!name			no event of that name
 *	!*				no event but of these two steps
 *	!				no event at all
 *	<= 1 hour		no more time than that; also <, >= and >, and > alone
 *
 * A backslash makes a name of what follows it.
 */
#ifndef TCS_PLAN_H
#define TCS_PLAN_H

#include "funnel/chain.h"
#include "funnel/funnel.h"

/* Names are known by numbers from 1; 0 is an event of no such name. */
#define TCS_FUNNEL_NAMES	126

/* What an event of a name does: other, if it has no name that does not. */
typedef struct TcsFunnelName
{
	const char *name;			/* its bytes end with a zero byte, too */
	uint32		length;
	TcsStepSet	steps;
	TcsStepSet	breaks;
	TcsStepSet	other;
} TcsFunnelName;

typedef struct TcsFunnelPlan
{
	bool		is_date;
	bool		by_number;		/* there are no names: number k is step k */
	bool		simple;			/* name k is step k, and there is no condition */
	bool		counts_others;	/* events of no name matter */
	uint32		given_bytes;
	char	   *given;			/* the array as it was given last */
	StringInfoData text;		/* what plans are told apart by */
	int			names;
	TcsFunnelName *name;		/* [0 .. names] */
	uint8		slots[256];		/* names by their hash */
	TcsStepRules rules;
} TcsFunnelPlan;

/*
 * The plan that the arguments from argno on ask for: steps unless it is by
 * number, within and perhaps as_of.  Lives as long as the call site, which
 * keeps one plan for whatever is the same; call_cache points to its place.
 */
extern const TcsFunnelPlan *tcs_funnel_plan_argument(FunctionCallInfo fcinfo, int argno,
													 bool is_date, bool by_number,
													 void **call_cache);

/* The number of a name. */
extern int	tcs_funnel_name_number(const TcsFunnelPlan *plan, const char *name, uint32 length);

/* An error unless both ask for the same. */
extern void tcs_funnel_plan_check_same(const TcsFunnelPlan *plan, const TcsFunnelPlan *other);

extern void tcs_funnel_plan_send(StringInfo buffer, const TcsFunnelPlan *plan);
extern const TcsFunnelPlan *tcs_funnel_plan_receive(StringInfo buffer, FunctionCallInfo fcinfo,
													void **call_cache);

/*
 * The names of the steps, without the conditions, in the current context, as
 * strings; an error where the array is not one of steps.
 */
extern char **tcs_funnel_step_names(ArrayType *steps, int *count);

#endif							/* TCS_PLAN_H */
