/*
 * queue_rows.h
 *		Many keys put into the queue at once.
 */
#ifndef TCS_QUEUE_ROWS_H
#define TCS_QUEUE_ROWS_H

#include "membership/segmentation.h"

#include "commands/trigger.h"

/*
 * Put the keys in that column of the transition tables into the queue, each
 * once.  As the owner, with SPI connected; false, and nothing is done, where
 * that is for a statement to do.
 */
extern bool tcs_queue_rows(const TcsSegmentation *segmentation,
						   const TriggerData *trigger, AttrNumber column);

#endif							/* TCS_QUEUE_ROWS_H */
