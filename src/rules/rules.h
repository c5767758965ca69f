/*
 * rules.h
 *		Segments by rules: read from the tables, compiled into expressions.
 */
#ifndef TCS_RULES_H
#define TCS_RULES_H

#include "expressions/error_place.h"
#include "expressions/stored_sets.h"

#include "access/tupdesc.h"
#include "nodes/bitmapset.h"
#include "nodes/execnodes.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

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
	char	   *default_segment;	/* or NULL */
	char	   *time_zone;		/* or NULL */
	int			count;
	TcsRule    *rules;
} TcsRuleSet;

/* rule_tables.c */

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

/* condition.c */

/* What a text is to be, and the words for it. */
typedef struct TcsSourceKind
{
	bool		is_number;		/* numeric or boolean; else boolean */
	const char *noun;			/* "condition" */
	const char *article;		/* "a" */
	const char *plural;			/* "Conditions" */
	const char *owner;			/* what it is part of: "rule" */
	const char *set;			/* and that of: "rule set" */
	const char *function;		/* that is given the row */
	const char *write_one;		/* hints */
	const char *write_constant;
} TcsSourceKind;

/* condition_form.c */
extern const TcsSourceKind tcs_condition_kind;
extern const TcsSourceKind tcs_factor_kind;

/* The text of a condition or of another expression over a row. */
typedef struct TcsSource
{
	const char *string;
	const TcsSourceKind *kind;
} TcsSource;

/*
 * A text as an expression, checked; an error, with the position, where it is
 * not one that may stand there.  A condition is of type boolean, a number of a
 * numeric type or boolean, or a domain over one.  The columns of the row are
 * Vars of range table entry 1.  Between begin and end the settings hold on
 * which the meaning of an expression would depend.
 */
typedef struct TcsConditionSettings
{
	int			nest_level;
	const char *time_zone;		/* that the set names, or NULL */
	bool		fold;			/* work out what is constant; off at first */
} TcsConditionSettings;

extern void tcs_conditions_begin(TcsConditionSettings *settings, const char *time_zone);
extern void tcs_conditions_end(TcsConditionSettings *settings);
extern Expr *tcs_source_compile(const TcsConditionSettings *settings,
								const TcsSource *source, TupleDesc columns,
								void (*describe) (const void *what), const void *what);

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

/* The raw tree of the one expression that a text is. */
extern Node *tcs_condition_parse(const TcsSource *source);

/*
 * Check what can be seen of a text without a row: that it is one expression, and
 * unless that is all that is asked, that nothing is in it that is refused
 * whatever the row.
 */
extern void tcs_condition_parse_check(const TcsSource *source, bool syntax_only);

/* condition_parts.c */

/*
 * The texts of the parts of a condition that AND joins, through parentheses;
 * the whole text where there is one.
 */
extern List *tcs_condition_parts(const char *condition);

/* condition_form.c */

/* Refuse a text, at a byte of it (or -1). */
extern void tcs_condition_refuse(const TcsSource *source, int location,
								 const char *what, const char *hint) pg_attribute_noreturn();

/* What the raw tree shows, and the analysed one no longer does. */
typedef struct TcsConditionForm
{
	List	   *loose;			/* column references that may be of any type,
								 * as they are only tested for NULL or cast */
	List	   *clocks;			/* places of literals with words like 'today' */
} TcsConditionForm;

/* Refuse what the grammar allows and a rule may not have. */
extern void tcs_condition_check_raw(Node *raw, const TcsSource *source,
									TcsConditionForm *form);

/* The same where no row is known and types need not exist yet. */
extern void tcs_condition_check_alone(Node *raw, const TcsSource *source);

/* condition_check.c */

/* Refuse a call unless some function of that name may be called. */
extern void tcs_condition_check_call(const TcsSource *source, List *name, int location);

/* Refuse what analysis allows and a rule may not have. */
extern void tcs_condition_check(Node *expr, const TcsSource *source,
								const TcsConditionForm *form);

/* Can conditions compute with values of that type? */
extern bool tcs_condition_type_allowed(Oid type);

/* The same of columns: what a record is made of is not known. */
extern bool tcs_condition_column_allowed(Oid type);

/* distance.c */

/* A number or, for times, days; NaN for what has no distance. */
extern double tcs_magnitude(Datum value, bool isnull, Oid type);

/* Do values of that type come in steps of one? */
extern bool tcs_is_whole(Oid type);

/* explained_row.c */

/*
 * Read the arguments of a function that explains: a name, called that, and a
 * row, for expressions over which the context is.
 */
extern ExprContext *tcs_row_open(FunctionCallInfo fcinfo, const char *name);
extern void tcs_row_close(ExprContext *econtext);

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

/* row_call.c, row_inline.c */

/*
 * A function of names and of a row, which stands for an expression over the
 * row that is found by the names.
 */
typedef struct TcsRowCall
{
	TcsStoredSets *stored;		/* a change of them makes the expression void */
	int			names;			/* arguments before the row, not NULL */
	const char *name[2];		/* what they are called */
	bool		by_definition;	/* the first is read in place, not stored */
	bool		by_value;		/* is the result? */
	int			kind;			/* for the function below */

	/*
	 * Columns are Vars of range table entry 1; those that are computed are so
	 * as often as they occur.  With places: what can fail is marked with
	 * them; without, for a plan: NULL where it would have more than so many
	 * nodes.
	 */
	Node	   *(*expression) (int kind, struct varlena **given, TupleDesc columns,
							   const Bitmapset *computed, TcsPlaces *places, int most);
} TcsRowCall;

/* Evaluate it. */
extern Datum tcs_row_call(FunctionCallInfo fcinfo, const TcsRowCall *call);

/*
 * Answer the planner, to which its support function passes what it is given: the
 * expression, or none where that would be too large.
 */
extern Datum tcs_row_call_support(FunctionCallInfo fcinfo, const TcsRowCall *call);

#endif							/* TCS_RULES_H */
