/*
 * keyed.h
 *		The second statement of a keyed update: its parameters, and how it asks the
 *		source for its rows.
 */
#ifndef TCS_KEYED_H
#define TCS_KEYED_H

#include "membership/membership.h"

enum
{
	PARAMETER_KEYS,
	PARAMETER_NOW,
	PARAMETER_CAUSE,
	PARAMETER_RULES,
	PARAMETER_QUEUED,

	/* of the rows of the keys, as they were locked */
	PARAMETER_SEGMENTS,
	PARAMETER_SINCE,
	PARAMETER_PLACES,
	PARAMETERS
};

typedef enum TcsAccess
{
	TCS_ACCESS_ONE,				/* $1 is the key */
	TCS_ACCESS_TOGETHER,		/* $1 is an array of keys */
	TCS_ACCESS_EACH				/* the same, and each is looked up by itself */
} TcsAccess;

/* The query for the segments now. */
extern char *tcs_segments_query(const TcsSegmentation *segmentation, TcsAccess access,
								const TcsCause *cause);

/* How to ask for an array of keys; the parameters are those of the statement. */
extern TcsAccess tcs_choose_access(const TcsSegmentation *segmentation,
								   const TcsCause *cause, Oid *types,
								   Datum *values, const char *nulls);

#endif							/* TCS_KEYED_H */
