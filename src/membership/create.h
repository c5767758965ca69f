/*
 * create.h
 *		What the making of a segmentation and that of a kept table have in common.
 */
#ifndef TCS_MEMBERSHIP_CREATE_H
#define TCS_MEMBERSHIP_CREATE_H

#include "membership/segmentation.h"

/* Where the tables go and what they are called; refused where a relation is there. */
extern TcsSegmentation *tcs_create_name(text *name, bool is_kept);

/* The source and its column that is the key, checked. */
extern void tcs_create_check_source(TcsSegmentation *segmentation, Oid oid, const char *key);

/* The mode that the argument of that position gives; NULL is the default. */
extern char *tcs_create_mode(FunctionCallInfo fcinfo, int position);

/* The tables of the queue, and of what is tracked. */
extern void tcs_create_queue(const TcsSegmentation *segmentation);

/* Say what an object is, by its kind and quoted name. */
extern void tcs_create_comment(const char *kind, const char *name, const char *words);

/* Say what the columns of the part with that suffix hold; NULL: of all. */
extern void tcs_create_comment_columns(const TcsSegmentation *segmentation, const char *part);

#endif							/* TCS_MEMBERSHIP_CREATE_H */
