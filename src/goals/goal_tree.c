/*
 * goal_tree.c
 *		Where goals stand, one by one and as a tree.
 *
 * Nothing here calls itself, so that a tree may be as deep as it likes, and
 * everything is done in the order of the names, so that no sum depends on the
 * order of the rows.
 */
#include "goals/goals.h"

#include "miscadmin.h"

/*
 * What of the way that is due by now makes a goal one on track, or one at
 * risk.  The tolerance makes exact boundaries come out as in decimal
 * arithmetic.
 */
#define ON_TRACK 1.0
#define AT_RISK 0.8
#define TOLERANCE 1e-9

/* Part of the sum of the sizes below which a difference of sums is none. */
#define SUM_TOLERANCE 1e-12

/* A known number; a zero without a sign. */
static inline TcsMaybe
goal_known(double value)
{
	TcsMaybe	maybe = {true, value + 0.0};

	return maybe;
}

/* How much of the time is over, from 0 to 1. */
static double
goal_elapsed(const TcsGoal *goal, DateADT as_of)
{
	if (as_of <= goal->starts)
		return 0.0;
	if (as_of >= goal->due)
		return 1.0;
	return (double) ((int64) as_of - goal->starts) /
		(double) ((int64) goal->due - goal->starts);
}

static bool
goal_is_reached(const TcsGoal *goal)
{
	if (!goal->actual.known)
		return false;
	return goal->down ? goal->actual.value <= goal->target :
		goal->actual.value >= goal->target;
}

/* What is to be kept is due as a whole from the start. */
static double
goal_way_due(const TcsGoal *goal, DateADT as_of)
{
	if (goal->baseline == goal->target)
		return as_of >= goal->starts ? 1.0 : 0.0;
	return goal_elapsed(goal, as_of);
}

void
tcs_goal_stand(TcsGoal *goal, DateADT as_of)
{
	bool		keep = goal->baseline == goal->target;
	double		over = goal_elapsed(goal, as_of);
	double		due = goal_way_due(goal, as_of);
	double		way = goal->target - goal->baseline;
	double		done = goal->actual.value - goal->baseline;

	if (keep || over == 1.0)
		goal->expected = goal->target + 0.0;
	else
		goal->expected = goal->baseline + way * over;
	if (!goal->actual.known)
		return;

	if (keep)
		goal->progress = goal_known(goal_is_reached(goal) ? 1.0 : 0.0);
	else
		goal->progress = goal_known(done / way);
	if (due == 0.0)
		return;
	goal->pace = goal_known(goal->progress.value / due);
	goal->forecast = goal_known(keep || over == 1.0 ? goal->actual.value :
								goal->baseline + done / over);
}

const char *
tcs_goal_status(const TcsGoal *goal, DateADT as_of)
{
	bool		keep = goal->baseline == goal->target;
	double		due = goal_way_due(goal, as_of);
	bool		reached = goal_is_reached(goal);
	double		done;

	/* measured itself, or else by its parts, or else as at the baseline */
	if (goal->actual.known)
		done = goal->progress.value;
	else if (goal->rolled_up.known)
	{
		done = goal->rolled_up.value;
		reached = done >= 1.0 - TOLERANCE;
	}
	else
		done = keep ? 1.0 : 0.0;

	if (as_of < goal->starts)
		return "not started";
	/* what is to be kept is not achieved before the time is over */
	if (reached && (!keep || as_of >= goal->due))
		return "achieved";
	if (as_of > goal->due)
		return "off track";
	if (done >= ON_TRACK * due - TOLERANCE)
		return "on track";
	return done >= AT_RISK * due - TOLERANCE ? "at risk" : "off track";
}

/* The number of the goal with that name; -1 if there is none. */
static int
goal_find(const TcsGoal *goals, int count, const char *name)
{
	int			low = 0;
	int			high = count;

	while (low < high)
	{
		int			middle = low + (high - low) / 2;
		int			order = strcmp(name, goals[middle].name);

		if (order == 0)
			return middle;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return -1;
}

/* Chain the children of each goal by name; return the first that has none above. */
static int
link_goals(TcsGoal *goals, int count)
{
	int			first_root = -1;

	for (int i = 0; i < count; i++)
	{
		CHECK_FOR_INTERRUPTS();
		goals[i].first_child = -1;
		goals[i].above = goals[i].parent == NULL ? -1 :
			goal_find(goals, count, goals[i].parent);
	}
	for (int i = count - 1; i >= 0; i--)
	{
		TcsGoal    *goal = &goals[i];
		int		   *first = &first_root;

		if (goal->above >= 0)
			first = &goals[goal->above].first_child;
		goal->next_sibling = *first;
		*first = i;
	}
	return first_root;
}

/* Go through the tree from above; returns how many goals are in it. */
static int
goal_walk(TcsGoal *goals, int first, int *order)
{
	int			reached = 0;
	int			i = first;

	while (i >= 0)
	{
		CHECK_FOR_INTERRUPTS();
		order[reached++] = i;
		goals[i].depth = goals[i].above < 0 ? 0 : goals[goals[i].above].depth + 1;
		if (goals[i].first_child >= 0)
		{
			i = goals[i].first_child;
			continue;
		}
		while (i >= 0 && goals[i].next_sibling < 0)
			i = goals[i].above;
		if (i >= 0)
			i = goals[i].next_sibling;
	}
	return reached;
}

/* Can values of the two be added up? */
static bool
goal_is_alike(const TcsGoal *a, const TcsGoal *b)
{
	return a->down == b->down && strcmp(a->unit, b->unit) == 0 &&
		strcmp(a->metric, b->metric) == 0;
}

static void
goal_sum_add(TcsMaybe *sum, double value)
{
	sum->known = true;
	sum->value += value;
}

static inline double
goal_clamp(double share)
{
	return Min(Max(share, 0.0), 1.0);
}

/* What the children make of a goal, when all is known about them. */
static void
goal_roll_up(TcsGoal *goals, TcsGoal *goal)
{
	double		weights = 0.0;
	double		sum = 0.0;
	double		sizes = fabs(goal->target);
	bool		any_known = false;

	for (int i = goal->first_child; i >= 0; i = goals[i].next_sibling)
	{
		const TcsGoal *child = &goals[i];

		CHECK_FOR_INTERRUPTS();
		goal->children++;
		goal->descendants += 1 + child->descendants;
		if (goal_is_alike(goal, child))
		{
			goal_sum_add(&goal->children_target, child->target);
			sizes += fabs(child->target);
			if (child->actual.known)
				goal_sum_add(&goal->children_actual, child->actual.value);
		}
		weights += child->weight;
		if (child->rolled_up.known)
		{
			sum += child->weight * child->rolled_up.value;
			any_known |= child->weight > 0.0;
		}
	}
	if (goal->children_target.known)
	{
		double		difference = goal->children_target.value - goal->target;

		if (fabs(difference) <= SUM_TOLERANCE * sizes)
			difference = 0.0;
		goal->sum_difference = goal_known(difference);
	}
	if (weights > 0.0)
	{
		if (any_known)
			goal->rolled_up = goal_known(goal_clamp(sum / weights));
	}
	else if (goal->progress.known)
		goal->rolled_up = goal_known(goal_clamp(goal->progress.value));
}

int *
tcs_goal_tree(TcsGoal *goals, int count)
{
	int		   *order = palloc_extended(sizeof(int) * Max(count, 1), MCXT_ALLOC_HUGE);
	int			reached = goal_walk(goals, link_goals(goals, count), order);

	/* triggers that were off, or a name that is not what it was */
	if (reached < count)
		ereport(ERROR,
				(errcode(ERRCODE_OBJECT_NOT_IN_PREREQUISITE_STATE),
				 errmsg("%d goals are in a cycle, or below one", count - reached),
				 errdetail("It came about while the triggers of the table were disabled."),
				 errhint("Set the column \"parent\" of one goal of each cycle to NULL.")));

	for (int i = count - 1; i >= 0; i--)
		goal_roll_up(goals, &goals[order[i]]);
	return order;
}
