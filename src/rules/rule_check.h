/*
 * rule_check.h
 *		What rule_check finds out about the rules of a set.
 */
#ifndef TCS_RULE_CHECK_H
#define TCS_RULE_CHECK_H

#include "expressions/check_rows.h"
#include "rules/rules.h"

/* What is known of a rule; index counts the rules that are enabled. */
typedef struct TcsCheckedRule
{
	const TcsRule *rule;
	Expr	   *condition;		/* planned; NULL: it does not compile */
	List	   *parts;			/* ANDed, with all folded that is known now */
	bool		can_prove;		/* else there are no parts */
	int			size;			/* of the parts, in nodes */
	ErrorData  *error;			/* why not, or why it fails on a row; or NULL */
	bool		uses_clock;
	bool		impossible;		/* never true */
	bool		never_false;	/* true or NULL */
	bool		unreachable;	/* true only where an earlier one is */
	int			earlier;		/* index of that one, -1: several together */
	int64		matches;		/* rows for which the condition is true */
	int64		decides;		/* and that of no earlier rule */
	int64		unknown;		/* rows for which it is NULL, likewise */
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

/*
 * rule_prove.c: fills in parts; uses_clock, impossible, never_false,
 * unreachable, earlier.
 */
extern void tcs_rule_fold(TcsCheckedRule *rule);
extern void tcs_rules_prove(TcsRuleCheck *check);

/* rule_count.c: evaluates the rules over the rows of a portal. */
extern void tcs_rules_count(TcsRuleCheck *check, Portal portal);

#endif							/* TCS_RULE_CHECK_H */
