/*
 * scorecard_terms.h
 *		What the expression of a scorecard is put together from.
 */
#ifndef TCS_SCORECARD_TERMS_H
#define TCS_SCORECARD_TERMS_H

#include "scorecards/scorecards.h"

/* operators of double precision */
#define TCS_FLOAT8_EQUAL	670
#define TCS_FLOAT8_PLUS		591
#define TCS_FLOAT8_MINUS	592
#define TCS_FLOAT8_TIMES	594
#define TCS_FLOAT8_DIVIDED	593

/* A factor over rows of known columns. */
typedef struct TcsTerm
{
	const TcsFactor *factor;
	Expr	   *value;			/* as it was written */
	Oid			type;			/* of the value, behind domains */
	bool		is_column;		/* which may occur several times */
} TcsTerm;

/* scorecard_nodes.c */
extern Expr *tcs_number(double value);
extern Expr *tcs_null_number(void);
extern Expr *tcs_operation(Oid operator, Expr *left, Expr *right);
extern Expr *tcs_null_if(Expr *value, double null);
extern Expr *tcs_extreme(MinMaxOp op, Expr *first, Expr *second);
extern Expr *tcs_truth(Expr *arg, BoolTestType type);
extern Expr *tcs_null_test(Expr *arg, NullTestType type);
extern Expr *tcs_join(BoolExprType type, List *conditions);

/*
 * CASE, one branch after the other; a condition that is NULL has none.  The end
 * is the result where there is no branch.
 */
extern CaseExpr *tcs_case(void);
extern void tcs_case_when(CaseExpr *expr, Expr *condition, Expr *result);
extern Expr *tcs_case_else(CaseExpr *expr, Expr *otherwise);

/* scorecard_terms.c */

/* Is there a value?  True, or else false or NULL. */
extern Expr *tcs_term_has_value(const TcsTerm *term);

/* When does a gate make the index 0?  NULL: never. */
extern Expr *tcs_term_closes(const TcsTerm *term);

/* weight * scaled, 0 where the value is missing. */
extern Expr *tcs_term_points(const TcsTerm *term);

#endif							/* TCS_SCORECARD_TERMS_H */
