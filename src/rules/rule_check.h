/*
 * rule_check.h
 *		What rule_check finds out about the rules of a set.
 */
#ifndef TCS_RULE_CHECK_H
#define TCS_RULE_CHECK_H

#include "rules.h"

#include "executor/spi.h"

/* What is known of a rule; index counts the rules that are enabled. */
typedef struct TcsCheckedRule
{
	const TcsRule *rule;
	Expr	   *condition;		/* planned; NULL: it does not compile */
	List	   *parts;			/* ANDed, with all folded that is known now */
	bool		can_prove;		/* else there are no parts */
	ErrorData  *error;			/* why not, or why it fails on a row; or NULL */
	bool		uses_clock;
	bool		impossible;		/* never true */
	bool		unreachable;	/* true only where an earlier one is */
	int			earlier;		/* index of that one, -1: several together */
	int64		matches;		/* rows for which the condition is true */
	int64		decides;		/* and that of no earlier rule */
} TcsCheckedRule;

typedef struct TcsRuleCheck
{
	const TcsRuleSet *set;
	int			count;
	TcsCheckedRule *rules;
	int64		rows;			/* of the relation */
	int64		in_several;		/* that match several segments */
	int64	   *pairs;			/* count * count; NULL: too many rules */
} TcsRuleCheck;

/* rule_prove.c: fills in parts; uses_clock, impossible, unreachable, earlier. */
extern void tcs_rule_fold(TcsCheckedRule *rule);
extern void tcs_rules_prove(TcsRuleCheck *check);

/* rule_count.c: evaluates the rules over the rows of a portal. */
extern void tcs_rules_count(TcsRuleCheck *check, Portal portal);

/* As tcs_try, for errors that are about the rule. */
static inline bool
tcs_rule_try(void (*function) (void *), void *arg, ErrorData **error)
{
	return tcs_try(function, arg, false, error);
}

#endif							/* TCS_RULE_CHECK_H */
