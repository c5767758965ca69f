/*
 * membership.h
 *		Segmentations: tables that say who is in which segment, kept fresh.
 *
 * A segmentation is a table, known by its name, and relations beside it whose
 * names are its own and a suffix.  All of them belong to the user who made
 * them; what writes to them runs as that user.
 */
#ifndef TCS_MEMBERSHIP_H
#define TCS_MEMBERSHIP_H

#include "membership/cause.h"
#include "server/server.h"

#include "catalog/objectaddress.h"
#include "nodes/pg_list.h"
#include "utils/array.h"
#include "utils/rel.h"

/* keys that are computed, and locked, by one statement */
#define TCS_KEYS_AT_ONCE 10000

/* The type of a key: below any domain, without a length. */
typedef struct TcsKeyType
{
	Oid			type;
	Oid			array_type;
	Oid			collation;
	int16		typlen;
	bool		typbyval;
	char		typalign;
	char	   *name;			/* qualified */
	char	   *equals;			/* of its btree order: OPERATOR(schema.=) */
} TcsKeyType;

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

/* key_type.c */

/* The type that keys from such a column have; refused where it cannot serve. */
extern void tcs_key_type(TcsKeyType *key, Oid type, Oid collation,
						 const char *relation, const char *column);

/* Its name as the type of a column, with the collation. */
extern char *tcs_key_definition(const TcsKeyType *key);

/*
 * An expression of that type, as one of the key's; NULL where the values can be
 * none of the source's.  Refused where they cannot be compared.
 */
extern char *tcs_key_cast(const TcsKeyType *key, const char *expression, Oid type,
						  const char *what);

/* How many keys are in an array. */
extern int	tcs_count_keys(Datum keys);

/* segmentation.c */

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

/* failure.c, error_state.c */

/*
 * An error in computing the segments of some (or of all, for 0), with the rule
 * and the customer in its message if they can be told; or else the same error.
 */
extern ErrorData *tcs_name_failure(TcsSegmentation *segmentation, Datum keys,
								   ErrorData *error);

/* What an error says, in one line. */
extern char *tcs_error_text(const ErrorData *error);

/*
 * Note an error in the state, unless a refresh is at work, which will clear it
 * or find it too.  Never fails for a reason of its own.
 */
extern void tcs_error_note(const TcsSegmentation *segmentation, const ErrorData *error);
extern void tcs_error_clear(const TcsSegmentation *segmentation);

/* keyed_sql.c */

/* The query for the customers whose segment is not what it should be. */
extern char *tcs_differing_keys(const TcsSegmentation *segmentation);

/* keyed.c */

/* How the moves of a keyed change come about. */
typedef struct TcsCause
{
	TcsMoveCause otherwise;		/* of those that nothing else explains */
	bool		has_rules;		/* was there another definition before? */
	Datum		rules;			/* that one, jsonb */
	bool		has_queued;		/* keys whose data changed, whatever the cause */
	Datum		queued;			/* those, or all when there is no array */
	bool		all_queued;
	bool		ours;			/* their rows were locked by this transaction
								 * before, where they have any */
	bool		has_pins;		/* set where the rows of the keys are locked */
} TcsCause;

typedef struct TcsMoves
{
	int64		customers;
	int64		entered;
	int64		moved;
	int64		removed;
} TcsMoves;

/*
 * Bring the segments of these customers up to date: keys is an array of the
 * key's type, sorted, without NULLs and repetitions.  Adds to the counts.
 */
extern void tcs_keyed_update(const TcsSegmentation *segmentation, Datum keys,
							 TcsCause *cause, TcsMoves *moves);

/* Make the customers ours until the transaction ends: as a first step, alone. */
extern void tcs_keyed_lock(const TcsSegmentation *segmentation, Datum keys);

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

/* statement_keys.c; events by number, as the server numbers them */

/* Before a statement: the trigger after that event is to be awaited. */
extern void tcs_statement_begin(Oid into, Oid relation, int event);

/* After it: is nothing else to come? */
extern bool tcs_statement_is_last(Oid into, Oid relation, int event);

/* Something is: keep what was touched (see way.h), if anything, until then. */
extern void tcs_statement_keep(Oid into, Oid relation, int event, List *touched);

/* Nothing is: what was kept. */
extern List *tcs_statement_end(Oid into, Oid relation, int event);

#endif							/* TCS_MEMBERSHIP_H */
