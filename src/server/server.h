/*
 * server.h
 *		What every part asks of the server: SQL that is run, what comes back from
 *		it, relations that belong to somebody, and acting as their owner.
 *
 * A relation that a user owns can be altered by that user at any time, to any
 * type.  So nothing that is read from one is taken for what it was made as: a
 * relation is checked, and locked against being altered, before it is read
 * (tcs_relation_check), and each value is checked as it is read (tcs_result and
 * its kin, tcs_array_elements).  Nothing else takes values out of a result.
 */
#ifndef TCS_SERVER_H
#define TCS_SERVER_H

#include "tcs.h"

#include "executor/spi.h"
#include "utils/array.h"

/* run.c */

/*
 * Between these, an error that says that somebody cancelled the work, or shut
 * the server down, goes to the server's log without its context: the log has
 * the statement, and a page of ours would follow that tells nobody anything.
 */
extern void tcs_quiet_begin(ErrorContextCallback *callback);
extern void tcs_quiet_end(ErrorContextCallback *callback);

/* An error unless a statement had the result that was expected. */
extern void tcs_check_run(int result, int expected);

/* SPI: connected by the caller; errors unless the result is the one expected. */
extern void tcs_run(const char *sql, int expected);
extern void tcs_run_with(const char *sql, int count, Oid *types, Datum *values,
						 const char *nulls, int expected);

/*
 * Run a query and keep its rows: until they are forgotten, which must be before
 * SPI_finish, the statements of this connection of SPI read them as a relation of
 * that name, which stands before those of the catalogue.
 */
struct Tuplestorestate;
extern struct Tuplestorestate *tcs_run_into(const char *sql, const char *name);
extern void tcs_run_forget(const char *name, struct Tuplestorestate *rows);

/* result.c: rows from 0, columns from 1, of the statement that was run last */

/* A value, which must be of that type: it lives as long as the result. */
extern Datum tcs_result(uint64 row, int column, Oid type, bool *isnull);

/* One that may not be NULL: that is an error. */
extern Datum tcs_result_value(uint64 row, int column, Oid type);

extern bool tcs_result_isnull(uint64 row, int column);

/* Of type text, as a string in the current memory context; NULL for NULL. */
extern char *tcs_result_text(uint64 row, int column);

/* Of any type, as the server writes it; NULL for NULL. */
extern char *tcs_result_string(uint64 row, int column);

/* Of type bigint, integer, boolean; 0 or false for NULL. */
extern int64 tcs_result_bigint(uint64 row, int column);
extern int32 tcs_result_integer(uint64 row, int column);
extern bool tcs_result_boolean(uint64 row, int column);

/* Of type double precision; NaN for NULL. */
extern double tcs_result_float(uint64 row, int column);

/*
 * A value of a type that is not passed by value, detoasted and copied into that
 * context; 0 for NULL.
 */
extern Datum tcs_result_copy(uint64 row, int column, Oid type, MemoryContext context);

/*
 * A column, from 1, of a row that was not got by SQL: one that a trigger is
 * given, or that was scanned.  It must be of that type; one that is required
 * may not be NULL.
 */
extern Datum tcs_row_value(HeapTuple row, TupleDesc columns, int column, Oid type,
						   bool *isnull);
extern Datum tcs_row_required(HeapTuple row, TupleDesc columns, int column, Oid type);

/*
 * All columns of a composite value, whose type the caller has looked up by what
 * the value says of itself.
 */
extern void tcs_row_columns(HeapTupleHeader row, TupleDesc columns, Datum *values, bool *nulls);

/*
 * The elements of an array, which must be of that type; nulls may be NULL where
 * there must be none.
 */
extern void tcs_array_elements(Datum array, Oid type, Datum **elements, bool **nulls,
							   int *count);

/*
 * The elements side by side, as they are stored, of an array of at most one
 * dimension: of a type of a fixed length, which they must have.  Nulls take no
 * room among them; their bitmap, which is NULL without any, may be NULL where
 * there must be none.
 */
extern const void *tcs_array_data(ArrayType *array, Oid type, const uint8 **nulls, int *count);

/* relation.c */

/* A column that a relation was made with. */
typedef struct TcsColumn
{
	const char *name;
	Oid			type;			/* without a length */
	bool		not_null;
} TcsColumn;

/*
 * Lock a relation until the end of the transaction against being altered, and
 * make sure that it has these columns as they were made: an error says which
 * is not, and how to mend it.
 */
extern void tcs_relation_check(Oid relation, const TcsColumn *columns, int count);

/*
 * May code of the type (input, output, comparison) run with the rights of the
 * current user?  The server's own may, and that of types which belong to the
 * user or to a superuser; anybody could put anything behind others.
 */
extern bool tcs_type_is_trusted(Oid type);

/* Has Citus spread the rows of the table over machines? */
extern bool tcs_is_distributed(Oid relation);

/* Report that there is no relation of that OID; the hint may be NULL. */
extern void tcs_relation_missing(Oid relation, const char *hint) pg_attribute_noreturn();

/* The owner of a relation; InvalidOid if there is none of that OID. */
extern Oid	tcs_relation_owner(Oid relation);

/* owner.c */

/* Who acts, and with what settings. */
typedef struct TcsOwnerScope
{
	Oid			user;
	int			context;
	int			nest_level;
} TcsOwnerScope;

/*
 * From here on everything is done as the owner, in a security-restricted
 * operation, with the settings pinned on which a result could depend.  An error
 * undoes it as tcs_owner_leave does.
 */
extern void tcs_owner_enter(TcsOwnerScope *scope, Oid owner);

/* The same with the search_path alone: for what computes nothing. */
extern void tcs_owner_enter_briefly(TcsOwnerScope *scope, Oid owner);

extern void tcs_owner_leave(TcsOwnerScope *scope);

/* Days and months are those of this zone, in that scope. */
extern void tcs_owner_zone(const char *time_zone);

/* Give a setting a value until the level of NewGUCNestLevel ends. */
extern void tcs_pin_setting(const char *name, const char *value);

/* kept_plan.c */

/*
 * Run a statement by a plan that is kept for the session.  It is known by its
 * text, its parameters and that relation, of which a trigger's rows are.
 */
extern void tcs_run_kept(const char *sql, Oid relation, int count, Oid *types,
						 Datum *values, int expected);

/* The same, and without keeping, by a snapshot that is new even in repeatable read. */
extern void tcs_run_kept_latest(const char *sql, Oid relation, int count, Oid *types,
								Datum *values, int expected);
extern void tcs_run_latest(const char *sql, int count, Oid *types, Datum *values,
						   const char *nulls, int expected);

/* try.c */

/*
 * Call a function in a subtransaction; false, and the error in the current
 * memory context, when it raises one that is about what was tried.  A conflict
 * with another transaction is one of those only where that is asked for.
 */
extern bool tcs_try(void (*function) (void *), void *arg, bool and_conflicts,
					ErrorData **error);

#endif							/* TCS_SERVER_H */
