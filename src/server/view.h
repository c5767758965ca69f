/*
 * view.h
 *		Making a view in the caller's schema, and saying what it holds.
 */
#ifndef TCS_VIEW_H
#define TCS_VIEW_H

#include "server/server.h"

/* Where a view goes and what it is called; all NULL for a query alone. */
typedef struct TcsView
{
	char	   *schema;
	Oid			schema_oid;
	char	   *name;
} TcsView;

/* A column and what it holds. */
typedef struct TcsViewColumn
{
	const char *name;
	const char *comment;
} TcsViewColumn;

/*
 * The schema and the name that are given.  A view over temporary tables is
 * temporary, as in CREATE VIEW.
 */
extern void tcs_view_name(TcsView *view, text *name, bool temporary);

/*
 * Refuse to make what the caller names NULL by the first argument, or in a transaction
 * that only reads.
 */
extern void tcs_view_check_call(FunctionCallInfo fcinfo, const char *function);

/* Refuse a relation that exists; the detail may be NULL. */
extern void tcs_view_refuse_existing(const TcsView *view, const char *name,
									 const char *detail);

/* The quoted, qualified name of the view. */
extern char *tcs_view_qualified(const TcsView *view);

/* Make the view, and say what it and its columns hold. */
extern void tcs_view_create(const TcsView *view, const char *query, const char *comment,
							const TcsViewColumn *columns, int count);

/* Say what an object holds, or a column of a relation with that quoted name. */
extern void tcs_view_comment(const char *object, const char *comment);
extern void tcs_view_comment_column(const char *relation, const char *column,
									const char *comment);

/*
 * Between these two, SQL text is looked up in the system catalogs alone,
 * whatever the caller's search_path, and SPI is connected.  begin returns what
 * end undoes; an error undoes it too.
 */
extern int	tcs_view_begin(void);
extern void tcs_view_end(int nest_level);

/*
 * The segmentations built on a view or a table (InvalidOid: none), and the other
 * relations that read them, at any distance: each a list, or NULL.  SPI is
 * connected.
 */
extern void tcs_view_readers(Oid view, Oid table, char **segmentations, char **others);

/* An error where there are any; or_table says of which table it is true, too. */
extern void tcs_view_refuse_used(Oid view, Oid table, const char *noun, const char *or_table);

#endif							/* TCS_VIEW_H */
