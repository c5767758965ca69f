/*
 * condition.h
 *		From the text of a condition, or of a number, to an expression over a row.
 */
#ifndef TCS_CONDITION_H
#define TCS_CONDITION_H

#include "expressions/source.h"

#include "access/tupdesc.h"
#include "nodes/pg_list.h"
#include "nodes/primnodes.h"

/* condition.c */

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

/*
 * Check what can be seen of a text without a row: that it is one expression, and
 * unless that is all that is asked, that nothing is in it that is refused
 * whatever the row.
 */
extern void tcs_condition_parse_check(const TcsSource *source, bool syntax_only);

/* condition_form.c */

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

#endif							/* TCS_CONDITION_H */
