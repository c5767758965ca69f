/*
 * keyed_sql.h
 *		The statements of a keyed update, and how the second asks the source for its
 *		rows.
 */
#ifndef TCS_KEYED_SQL_H
#define TCS_KEYED_SQL_H

#include "membership/keyed.h"

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

	/* what the source has of the keys, where it was asked beforehand */
	PARAMETER_FOUND,
	PARAMETER_FOUND_SEGMENTS,
	PARAMETER_FOUND_OLD,
	PARAMETERS
};

typedef enum TcsAccess
{
	TCS_ACCESS_ONE,				/* $1 is the key */
	TCS_ACCESS_TOGETHER,		/* $1 is an array of keys */
	TCS_ACCESS_EACH,			/* the same, and each is looked up by itself */
	TCS_ACCESS_FOUND			/* the source was asked beforehand */
} TcsAccess;

/* keyed_sql.c */

/* The first statement: a row for each key, ours; if it is to return them. */
extern char *tcs_locking_statement(const TcsSegmentation *segmentation, bool returning);

/* The second: has the first one said where the rows are? */
extern char *tcs_update_statement(const TcsSegmentation *segmentation, TcsAccess access,
								  const TcsCause *cause, bool has_places);

/* Is the customer $1 where the rules, at the time $2, say? */
extern char *tcs_settled_query(const TcsSegmentation *segmentation, const TcsCause *cause);

/* The query for the segments now. */
extern char *tcs_segments_query(const TcsSegmentation *segmentation, TcsAccess access,
								const TcsCause *cause);

/*
 * The same, to be run by itself: without parameters, which a distributed engine does
 * not take within what also reads a table of this machine.
 */
extern char *tcs_found_query(const TcsSegmentation *segmentation, const TcsCause *cause, Datum keys);

/* The keys as a literal. */
extern char *tcs_keys_literal(const TcsSegmentation *segmentation, Datum keys);

/* The query for the customers whose segment is not what it should be. */
extern char *tcs_differing_keys(const TcsSegmentation *segmentation);

/* keyed_access.c */

/* How to ask for an array of keys; the parameters are those of the statement. */
extern TcsAccess tcs_choose_access(const TcsSegmentation *segmentation,
								   const TcsCause *cause, Oid *types,
								   Datum *values, const char *nulls);

#endif							/* TCS_KEYED_SQL_H */
