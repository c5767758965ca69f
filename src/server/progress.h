/*
 * progress.h
 *		How far long work is, for whoever waits for it or looks on.
 *
 * The server has views of progress for its own commands only.  What it has for
 * everybody is pg_stat_activity: from its first second on, long work puts what
 * it is at before the text of the query there, about once a second, and takes
 * it away in the end; nothing that takes less time is touched.  The setting
 * tcs.progress has it send a notice as well, or write to the server's log.
 */
#ifndef TCS_PROGRESS_H
#define TCS_PROGRESS_H

#include "tcs.h"

typedef enum TcsProgressKind
{
	TCS_PROGRESS_OFF,
	TCS_PROGRESS_ACTIVITY,
	TCS_PROGRESS_NOTICE,
	TCS_PROGRESS_LOG
} TcsProgressKind;

/* the setting tcs.progress */
extern int	tcs_progress_kind;

extern void tcs_progress_init(void);

/*
 * At this stage, so much of that is done; a total of 0 is not known, and so is
 * nothing done.  It reads the clock: call it every thousand rows.
 */
extern void tcs_progress(const char *stage, int64 done, int64 total);

/*
 * The same before a statement that will not come here again, however long it
 * takes: shown at once.  For what is called once, not for an order.
 */
extern void tcs_progress_stage(const char *stage);

/*
 * What long work of plain C is given to call now and then: it jumps away where
 * somebody cancelled, and tells of the stage, which may be NULL.
 */
typedef void (*TcsPolled) (void);
extern TcsPolled tcs_progress_poll(const char *stage);

/*
 * All is done that was reported on: the query shows as it is.  Not needed where
 * an error ends it, or the statement.
 */
extern void tcs_progress_end(void);

#endif							/* TCS_PROGRESS_H */
