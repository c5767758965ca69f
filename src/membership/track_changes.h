/*
 * track_changes.h
 *		A change that a trigger of a tracked table reports.
 */
#ifndef TCS_TRACK_CHANGES_H
#define TCS_TRACK_CHANGES_H

#include "membership/queue_rows.h"
#include "membership/way.h"

#include "commands/trigger.h"

typedef struct TcsChange
{
	TriggerData *trigger;
	char	  **arguments;
	Oid			into;
	int			event;
	bool		is_last;		/* of the triggers of this statement */
	List	   *earlier;		/* touched, of those before */
	TcsSegmentation *segmentation;	/* once it is open */
	TcsSegmentation *allowed;	/* once it is known that the trigger may
								 * report */
	TcsWay	   *way;			/* NULL: the rows know the key */
	ErrorData  *error;			/* why segments could not be brought up to
								 * date */
} TcsChange;

/* track_keys.c: the segmentation is open */

/* The rows in the transition tables. */
extern int64 tcs_change_rows(const TcsChange *change);

/* Put whom they are about into the queue. */
extern void tcs_change_queue(const TcsChange *change);

/* The same as a list of what was touched; NIL: nothing. */
extern List *tcs_change_collect(const TcsChange *change);

#endif							/* TCS_TRACK_CHANGES_H */
