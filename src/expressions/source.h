/*
 * source.h
 *		The text of an expression over a row: what it is to be, how it is parsed,
 *		and how it is refused.
 */
#ifndef TCS_SOURCE_H
#define TCS_SOURCE_H

#include "tcs.h"

#include "nodes/nodes.h"

#define TCS_SOURCE_LENGTH	1000000 /* bytes of a text */

/* What a text is to be, and the words for it. */
typedef struct TcsSourceKind
{
	bool		is_number;		/* numeric or boolean; else boolean, ... */
	bool		is_any;			/* ... or of any type that has columns */
	const char *noun;			/* "condition" */
	const char *article;		/* "a" */
	const char *plural;			/* "Conditions" */
	const char *owner;			/* what it is part of: "rule" */
	const char *set;			/* and that of: "rule set" */
	const char *function;		/* that is given the row */
	const char *write_one;		/* hints */
	const char *write_constant;
} TcsSourceKind;

/* The text of a condition or of another expression over a row. */
typedef struct TcsSource
{
	const char *string;
	const TcsSourceKind *kind;
} TcsSource;

/* source.c */

/* Refuse a text, at a byte of it (or -1). */
extern void tcs_condition_refuse(const TcsSource *source, int location,
								 const char *what, const char *hint) pg_attribute_noreturn();

/* The raw tree of the one expression that a text is. */
extern Node *tcs_condition_parse(const TcsSource *source);

#endif							/* TCS_SOURCE_H */
