/*
 * stored_sets.h
 *		Sets that stand in a pair of tables: rule sets with their rules,
 *		scorecards with their factors, trait sets with their traits.
 */
#ifndef TCS_STORED_SETS_H
#define TCS_STORED_SETS_H

#include "expressions/source.h"
#include "server/server.h"

#include "access/htup.h"
#include "access/tupdesc.h"
#include "nodes/pg_list.h"

/*
 * A pair of tables.  The first column of either is the name of the set; those
 * for who changed a row and when stand side by side.
 */
typedef struct TcsStoredSets
{
	const char *sets;			/* the tables, in schema tcs */
	const char *members;
	const char *sets_key;		/* their indexes that begin with the name */
	const char *members_key;
	const char *foreign_key;	/* of the members */
	const char *noun;			/* what a set is called */
	const char *plural;			/* what the tables are of */
	const char *change_hint;	/* for who would change what is shipped */
	const char *shard_hint;		/* for who would have them read on a shard */
	int			sets_changed_by;	/* columns */
	int			members_changed_by;
	int			sets_names[2];	/* columns with names, of limited length; 0:
								 * none */
	int			members_names[2];
	int			most;			/* members of a set, so that it compiles in a
								 * time one can wait for */
	int			source;			/* of the members: the text that is compiled;
								 * 0: check sees to all of them */
	const TcsSourceKind *kind;	/* what it is to be */
	void		(*check) (HeapTuple tuple, TupleDesc desc, bool is_restored);	/* of a member; or NULL */

	/* what is known of them, until they change */
	Oid			sets_oid;
	Oid			members_oid;
	uint64		version;
	struct TcsStoredSets *next;
} TcsStoredSets;

/* Names may get into indexes, beside a key of the user's. */
#define TCS_NAME_LENGTH		255 /* characters */

/* stored_sets.c */

/* Make a pair known, when the library is loaded. */
extern void tcs_stored_register(TcsStoredSets *stored);

/* The OIDs of both tables; false, or an error, where they do not exist. */
extern bool tcs_stored_find(TcsStoredSets *stored, Oid *sets, Oid *members,
							bool missing_ok);

/* The pair to which a table belongs, or NULL. */
extern TcsStoredSets *tcs_stored_of_table(Oid table);

/* Is one of these tables, by OID, known to hold the members of sets? */
extern bool tcs_stored_among(const List *tables);

/* Changes whenever a set may have changed. */
extern uint64 tcs_stored_version(const TcsStoredSets *stored);

/*
 * Where a distributed engine has a part of a query done, each machine has tables
 * of its own, whose sets may be others than where the query was given.  So they
 * are not read there: an error, unless the set is shipped or the setting
 * tcs.definitions_on_shards says that all are the same.
 */
typedef enum TcsOnShards
{
	TCS_ON_SHARDS_ERROR,
	TCS_ON_SHARDS_OWN
} TcsOnShards;

extern int	tcs_definitions_on_shards;

extern void tcs_stored_refuse_on_shard(const TcsStoredSets *stored, const char *name);

/*
 * Read the set of that name as last committed, or as this transaction left it:
 * its own row and those of its members, in no order.  An error when there is
 * none, and on a shard.
 */
typedef void (*TcsStoredReader) (void *arg, HeapTuple tuple, TupleDesc desc);

extern void tcs_stored_read(TcsStoredSets *stored, const char *name,
							TcsStoredReader read_set,
							TcsStoredReader read_member, void *arg);

/* The members of that set that are there, counted up to so many. */
extern int	tcs_stored_count(TcsStoredSets *stored, const char *name, int most);

/* A column of type text; NULL where it is, or an error where it must not be. */
extern char *tcs_stored_text(HeapTuple tuple, int column, TupleDesc desc);
extern char *tcs_stored_required_text(HeapTuple tuple, int column, TupleDesc desc);

/* limits.c: each refuses what is too much. */

/* A name, or NULL, that stands in that column. */
extern void tcs_check_name(const char *what, const char *name);

/* So many members of a set. */
extern void tcs_check_count(const TcsStoredSets *stored, const char *name, int count);

#endif							/* TCS_STORED_SETS_H */
