/*
 * rules.h
 *		Segments by rules: read from the tables, compiled into expressions.
 */
#ifndef TCS_RULES_H
#define TCS_RULES_H

#include "expressions/condition.h"
#include "expressions/error_place.h"
#include "expressions/stored_sets.h"

#include "nodes/execnodes.h"

#define TCS_MAX_RULES		10000	/* of a rule set, enabled or not */

/* One rule, as it stands in the table. */
typedef struct TcsRule
{
	int32		priority;
	bool		enabled;
	char	   *segment;
	char	   *condition;
} TcsRule;

/* A rule set with its rules in the order of their priority. */
typedef struct TcsRuleSet
{
	char	   *name;
	bool		is_given;		/* by a definition: it stands in no table */
	char	   *default_segment;	/* or NULL */
	char	   *time_zone;		/* or NULL */
	int			count;
	TcsRule    *rules;
} TcsRuleSet;

/* rule_tables.c */

extern TcsStoredSets tcs_stored_rules;

/*
 * The rule set of that name as last committed, or as this transaction left
 * it; allocated in the current context.  An error when there is none.
 */
extern TcsRuleSet *tcs_rules_read(const char *name);

/* rule_definition.c */

/*
 * The rule set that a definition in the form of rule_set_get is; an error where
 * it has not that form.
 */
extern TcsRuleSet *tcs_rules_from_definition(const void *jsonb);

/* rule_condition.c */

extern const TcsSourceKind tcs_condition_kind;

/* The rule, for errors. */
extern TcsPlace tcs_rule_place(const TcsRuleSet *set, const TcsRule *rule);

/* Adds to an error which rule it is about, from a TcsRuleContext. */
typedef struct TcsRuleContext
{
	const TcsRuleSet *set;
	const TcsRule *rule;
} TcsRuleContext;

extern void tcs_rule_describe(const void *what);

/* The condition of a rule; errors name the rule. */
extern Expr *tcs_condition_compile(const TcsConditionSettings *settings,
								   const TcsRuleSet *set, const TcsRule *rule,
								   TupleDesc columns);

/* condition_parts.c */

/*
 * The texts of the parts of a condition that AND joins, through parentheses;
 * the whole text where there is one.
 */
extern List *tcs_condition_parts(const char *condition);

/* segment_case.c */

typedef enum TcsSegmentKind
{
	TCS_SEGMENT_ASSIGN,			/* text: the first segment that matches */
	TCS_SEGMENT_MATCHES,		/* text[]: all of them */
	TCS_SEGMENT_IN,				/* boolean: is it that one */
	TCS_SEGMENT_PRIORITIES		/* integer[]: the rules that match */
} TcsSegmentKind;

/*
 * The expression that a rule set means over a row with those columns, which
 * are Vars of range table entry 1.  segment is for TCS_SEGMENT_IN.  With places:
 * conditions that can fail are marked with them.
 */
extern Node *tcs_segment_expression(TcsSegmentKind kind, const TcsRuleSet *set,
									const char *segment, TupleDesc columns,
									TcsPlaces *places);

/* For each name the place of the first that is equal; -1 for NULL. */
extern int *tcs_first_equal(const char *const *names, int count);

#endif							/* TCS_RULES_H */
