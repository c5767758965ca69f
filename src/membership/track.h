/*
 * track.h
 *		The triggers by which tables report their changes.
 */
#ifndef TCS_TRACK_H
#define TCS_TRACK_H

#include "membership/segmentation.h"

#include "utils/rel.h"

/* track_triggers.c */

/* The function behind the triggers, and its arguments. */
enum
{
	TCS_TRACK_SCHEMA,
	TCS_TRACK_NAME,
	TCS_TRACK_KEY,				/* none: the segmentation knows a way */
	TCS_TRACK_MODE,
	TCS_TRACK_ARGUMENTS
};

/* the transition tables of the triggers */
#define TCS_OLD_ROWS "tcs_old_rows"
#define TCS_NEW_ROWS "tcs_new_rows"

/* That function; InvalidOid while there is none. */
extern Oid	tcs_track_function(void);

/*
 * Make the triggers on a table, which is locked; there may be such from an
 * earlier call.  The key is an empty string where there is a way.
 */
extern void tcs_track_make(const TcsSegmentation *segmentation, Relation relation,
						   const char *key, const char *mode);

/* Drop the triggers on a table that report to the segmentation; how many. */
extern int	tcs_track_drop(const TcsSegmentation *segmentation, Oid relation);

/* Drop those that were made when the segmentation had another name. */
extern void tcs_track_drop_renamed(const TcsSegmentation *segmentation, Relation relation);

/*
 * Was the trigger made by tcs.track_segmentation for that segmentation?  Holds no
 * lock on anything of it.
 */
extern bool tcs_track_allowed(const TcsSegmentation *segmentation, Oid trigger,
							  Oid relation);

/* track_circle.c */

/* Do changes of the one segmentation lead to changes of the other? */
extern bool tcs_track_reaches(Oid from, Oid to);

/* track_segmentation.c */

/*
 * Track partitions that came since, and forget those that went: then a full
 * refresh is due.  As the owner; returns an error, or NULL.
 */
extern ErrorData *tcs_track_partitions(TcsSegmentation *segmentation);

#endif							/* TCS_TRACK_H */
