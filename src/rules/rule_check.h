/*
 * rule_check.h
 *		What rule_check finds out about the rules of a set, and what it has in
 *		common with scorecard_check.
 */
#ifndef TCS_RULE_CHECK_H
#define TCS_RULE_CHECK_H

#include "rules/rules.h"
#include "server/server.h"

#include "executor/executor.h"
#include "executor/spi.h"

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

/* May a value change as time passes alone? */
extern bool tcs_uses_clock(Node *expr);

/* As tcs_try, for errors that are about the rule. */
static inline bool
tcs_rule_try(void (*function) (void *), void *arg, ErrorData **error)
{
	return tcs_try(function, arg, false, error);
}

/* An error in one line, with the place in the text that has it. */
extern char *tcs_check_describe(const ErrorData *error, const char *noun);

/*
 * Read a relation with the rights of who calls: between open and close the
 * server's interface for queries is connected.
 */
extern Portal tcs_check_open(Oid relation);
extern void tcs_check_close(Portal portal);

/* check_rows.c: a pass over the rows of a portal, TCS_CHECK_BATCH at a time. */

#define TCS_CHECK_BATCH 1000

typedef struct TcsCheckRows
{
	ExprContext *econtext;
	TupleTableSlot *slot;
	SPITupleTable *table;
	uint64		count;			/* rows in the table */
} TcsCheckRows;

/*
 * evaluate is called for each batch; when it raises an error it is called again,
 * after fail has seen to it that this error does not come back.  collect is
 * called when it has gone through.
 */
extern void tcs_check_rows(TcsCheckRows *rows, Portal portal,
						   void (*evaluate) (void *arg),
						   void (*fail) (void *arg, ErrorData *error),
						   void (*collect) (void *arg), void *arg);

/* Make a row of the batch the one that expressions are evaluated over. */
extern void tcs_check_row(TcsCheckRows *rows, uint64 row);

#endif							/* TCS_RULE_CHECK_H */
