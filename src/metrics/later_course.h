/*
 * later_course.h
 *		What course a value takes while days pass and nobody buys.
 */
#ifndef TCS_LATER_COURSE_H
#define TCS_LATER_COURSE_H

#include "metrics/metrics_later.h"

typedef enum TcsCourse
{
	TCS_STAYS,					/* the day does not enter it */
	TCS_RISES,					/* never falls */
	TCS_FALLS,					/* never rises */
	TCS_BY_RANK,				/* the day enters by an RFM score alone, whose
								 * r never rises */
	TCS_ANY_COURSE
} TcsCourse;

/* That of a column; of one by rank, r is set to the expression that it depends on. */
extern TcsCourse tcs_later_column_course(const TcsMetricsLater *later, Expr *column, Expr **r);

/*
 * That of an expression over columns of the view, which are Vars of range table
 * entry 1 and take those courses.
 */
extern TcsCourse tcs_later_course(const TcsCourse *columns, Expr *expr);

/* Is it a comparison that changes once at most, from or to true? */
extern bool tcs_later_is_step(const TcsCourse *columns, Node *node);

#endif							/* TCS_LATER_COURSE_H */
