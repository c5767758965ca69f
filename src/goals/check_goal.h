/*
 * check_goal.h
 *		What is said of a goal that cannot be one.
 */
#ifndef TCS_CHECK_GOAL_H
#define TCS_CHECK_GOAL_H

#include "server/server.h"

#include "utils/relcache.h"

/*
 * A row of the table of goals, before it is written: an error that says what is
 * wrong with its direction, its target or its time.
 */
extern void tcs_goal_check_row(Relation table, HeapTuple tuple);

#endif							/* TCS_CHECK_GOAL_H */
