/*
 * goals.h
 *		Trees of goals: a table of goals, a table of what was measured, and a
 *		view of how far each has come.
 *
 * A set of goals is a table, known by its name, and two relations beside it
 * whose names are its own and a suffix.  They belong to the user who made them.
 */
#ifndef TCS_GOALS_H
#define TCS_GOALS_H

#include "tcs.h"

#include "utils/date.h"

#include "views/order_log.h"

typedef struct TcsGoals
{
	Oid			oid;			/* of the table; 0 while it is made */
	TcsView		table;

	/* quoted and qualified */
	char	   *into;
	char	   *measurement;
	char	   *progress;
} TcsGoals;

#define TCS_GOALS_MEASUREMENT "_measurement"
#define TCS_GOALS_PROGRESS "_progress"

/* goals.c */

/* Name the relations beside the table; an error where a name gets too long. */
extern void tcs_goals_name(TcsGoals *goals);

/*
 * Look up the table; an error unless create_goals made it.  To be read, it and
 * the measurements must be as they were made: they are locked and checked.
 */
extern TcsGoals *tcs_goals_find(Oid oid, bool to_read);

/* An error if anything else has the name of one of the two beside the table. */
extern void tcs_goals_check_parts(const TcsGoals *goals);

/* goal_tree.c */

/* A number, or none. */
typedef struct TcsMaybe
{
	bool		known;
	double		value;
} TcsMaybe;

typedef struct TcsGoal
{
	/* as it is in the tables */
	const char *name;
	const char *parent;			/* NULL for none */
	const char *metric;
	const char *unit;
	bool		down;
	double		baseline;
	double		target;
	double		weight;
	DateADT		starts;
	DateADT		due;
	TcsMaybe	actual;

	/* where it stands on the day */
	double		expected;
	TcsMaybe	progress;
	TcsMaybe	pace;
	TcsMaybe	forecast;

	/* where it is in the tree; goals by number, -1 for none */
	int			above;
	int			first_child;
	int			next_sibling;
	int			depth;
	int			children;
	int			descendants;

	/* what its children make of it */
	TcsMaybe	children_target;
	TcsMaybe	sum_difference;
	TcsMaybe	children_actual;
	TcsMaybe	rolled_up;
} TcsGoal;

/* Where one goal stands on a day, by what was measured until then. */
extern void tcs_goal_stand(TcsGoal *goal, DateADT as_of);

/* In one word; once it is known what the goals below make of it. */
extern const char *tcs_goal_status(const TcsGoal *goal, DateADT as_of);

/*
 * The goals, sorted by their names byte by byte, as a tree: fill in what is
 * about the tree and about the children, and return the order in which to read
 * them, each before what is below it.
 */
extern int *tcs_goal_tree(TcsGoal *goals, int count);

#endif							/* TCS_GOALS_H */
