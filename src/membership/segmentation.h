/*
 * segmentation.h
 *		Segmentations: tables that say who is in which segment, kept fresh; and
 *		kept tables, which are the same without moves.
 *
 * A segmentation is a table, known by its name, and relations beside it whose
 * names are its own and a suffix.  All of them belong to the user who made
 * them; what writes to them runs as that user.
 *
 * A kept table is a copy of a view with a key, made equal to it by the same queue,
 * the same triggers and the same refresh.  It has fewer relations beside it: there
 * are no moves, and nobody is pinned.
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

/* The column of a kept table that is not the view's, by which one is known. */
#define TCS_KEPT_SINCE "kept_since"

extern const char *const tcs_part_suffix[TCS_PARTS];

typedef struct TcsSegmentation
{
	Oid			oid;			/* of the table */
	Oid			owner;
	Oid			schema_oid;
	char	   *schema;
	char	   *name;
	char	   *into;			/* quoted and qualified */
	bool		is_kept;		/* a kept table? */
	const char *kind;			/* what it is, for messages */
	char	   *own_key;		/* quoted: the column of the table that holds
								 * the key, ... */
	const char *own_since;		/* ... and that which says since when */
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
	char	   *rules;			/* what it says, a literal, where the source
								 * is on other machines, which have sets of
								 * their own; NULL: it is read by its name */
	bool		notify;
	char	   *time_zone;
	bool		is_tracked;
	bool		is_loaded;		/* has it ever been refreshed? */

	/* of a kept table: the columns that it copies, the key among them */
	int			copied_count;
	char	  **copied;			/* quoted */
	char	  **copied_type;	/* that one of the source is cast to; NULL: it
								 * is of that type */
	char	   *due;			/* quoted: the column that says when a row
								 * changes by itself; or NULL */
} TcsSegmentation;

/* Name the relations of a segmentation; an error where a name gets too long. */
extern void tcs_segmentation_name(TcsSegmentation *segmentation);

/* Has it that part? */
extern bool tcs_segmentation_has(const TcsSegmentation *segmentation, int part);

/* Is that table a kept one?  By what the catalogs say of its columns. */
extern bool tcs_is_kept(Oid relation);

/* Look up the table, and name the relations beside it, which may be missing. */
extern TcsSegmentation *tcs_segmentation_find(Oid oid);

/*
 * Look up and check the table and the tables beside it.  An error says what is
 * missing.
 */
extern TcsSegmentation *tcs_segmentation_open(Oid oid);

/* The same for what may be a kept table as well. */
extern TcsSegmentation *tcs_copy_find(Oid oid);
extern TcsSegmentation *tcs_copy_open(Oid oid);

/* The segmentation, or kept table, whose table that is; InvalidOid: of none. */
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
