/*
 * parts.h
 *		What a segmentation consists of, as the server's dependencies know it.
 */
#ifndef TCS_PARTS_H
#define TCS_PARTS_H

#include "membership/segmentation.h"

/*
 * Note what belongs together, where that is not noted yet: a restored dump knows
 * nothing of it.  The tables beside the table are parts of it: they go with it
 * and not without it; the views go with it.  The source is not dropped from under
 * it: into_status depends on that, so that CASCADE takes a view away and no data.
 */
extern void tcs_parts_bind(const TcsSegmentation *segmentation);

/* The same without the source, of a segmentation that is about to be dropped. */
extern void tcs_parts_bind_to_drop(const TcsSegmentation *segmentation);

#endif							/* TCS_PARTS_H */
