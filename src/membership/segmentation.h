/*
 * segmentation.h
 *		Segmentations: tables that say who is in which segment, kept fresh.
 *
 * A segmentation is a table, known by its name, and relations beside it whose
 * names are its own and a suffix.  All of them belong to the user who made
 * them; what writes to them runs as that user.
 */
#ifndef TCS_SEGMENTATION_H
#define TCS_SEGMENTATION_H

#include "membership/key_type.h"
#include "server/server.h"

/* What is beside the table; the first ones are tables, the rest views. */
typedef enum TcsPart
{
	TCS_PART_MOVES,
	TCS_PART_STATE,
	TCS_PART_QUEUE,
	TCS_PART_TRACKED,
	TCS_PART_PINS,
	TCS_PART_HISTORY,
	TCS_PART_MONTHLY,
	TCS_PART_STATUS
} TcsPart;

#define TCS_TABLES 5
#define TCS_PARTS 8

extern const char *const tcs_part_suffix[TCS_PARTS];

typedef struct TcsSegmentation
{
	Oid			oid;			/* of the table */
	Oid			owner;
	Oid			schema_oid;
	char	   *schema;
	char	   *name;
	char	   *into;			/* quoted and qualified */
	Oid			part_oid[TCS_PARTS];	/* of the tables; views are not looked
										 * at */
	char	   *part[TCS_PARTS];	/* quoted and qualified */
	TcsKeyType	key;

	/* the definition, once tcs_segmentation_read was there */
	Oid			source_oid;
	char	   *source;			/* quoted and qualified */
	char	   *key_column;		/* quoted */
	bool		key_not_null;	/* does the source say so? */
	char	   *rule_set;		/* a literal */
	char	   *rule_set_name;
	bool		notify;
	char	   *time_zone;
	bool		is_tracked;
	bool		is_loaded;		/* has it ever been refreshed? */
} TcsSegmentation;

/* Name the relations of a segmentation; an error where a name gets too long. */
extern void tcs_segmentation_name(TcsSegmentation *segmentation);

/* Look up the table, and name the relations beside it, which may be missing. */
extern TcsSegmentation *tcs_segmentation_find(Oid oid);

/*
 * Look up and check the table and the tables beside it.  An error says what is
 * missing.
 */
extern TcsSegmentation *tcs_segmentation_open(Oid oid);

/* The segmentation whose table that is; InvalidOid: of none. */
extern Oid	tcs_segmentation_of(Oid relation);

/* Errors unless the current user may do that. */
extern void tcs_segmentation_check_owner(const TcsSegmentation *segmentation);
extern void tcs_segmentation_check_update(const TcsSegmentation *segmentation);

/*
 * Read the definition from the state and check what it names, as the owner.
 * Locks the state, so that refreshes take turns, if that is asked for.
 */
extern void tcs_segmentation_read(TcsSegmentation *segmentation, bool lock);

#endif							/* TCS_SEGMENTATION_H */
