/*
 * source.c
 *		The text of an expression over a row, parsed and refused.
 */
#include "expressions/source.h"

#include "mb/pg_wchar.h"
#include "nodes/parsenodes.h"
#include "parser/parser.h"

void
tcs_condition_refuse(const TcsSource *source, int location, const char *what,
					 const char *hint)
{
	ereport(ERROR,
			(errcode(ERRCODE_FEATURE_NOT_SUPPORTED),
			 errmsg("%s %s must not have %s", source->kind->article, source->kind->noun, what),
			 hint ? errhint("%s", hint) : 0,
			 location >= 0 ?
			 errposition(pg_mbstrlen_with_len(source->string, location) + 1) : 0));
}

Node *
tcs_condition_parse(const TcsSource *source)
{
	size_t		length = strlen(source->string);
	List	   *parsed;
	SelectStmt *select;
	ResTarget  *target;

	if (length > TCS_SOURCE_LENGTH)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("%s %s of %zu bytes is too long", source->kind->article,
						source->kind->noun, length),
				 errdetail("It may have %d bytes.", TCS_SOURCE_LENGTH),
				 errhint("Put long lists of values into a table, and join it where the rows come from.")));
	parsed = raw_parser(source->string, RAW_PARSE_PLPGSQL_EXPR);
	select = castNode(SelectStmt, linitial_node(RawStmt, parsed)->stmt);
	if (select->distinctClause || select->fromClause || select->whereClause ||
		select->groupClause || select->havingClause || select->windowClause ||
		select->sortClause || select->limitOffset || select->limitCount ||
		select->lockingClause || select->withClause || select->valuesLists ||
		select->op != SETOP_NONE)
		tcs_condition_refuse(source, -1, "a clause of a query",
							 source->kind->write_one);
	if (select->targetList == NIL)
		ereport(ERROR,
				(errcode(ERRCODE_SYNTAX_ERROR),
				 errmsg("the %s is empty", source->kind->noun),
				 errhint("%s", source->kind->write_constant)));
	if (list_length(select->targetList) > 1)
		tcs_condition_refuse(source, -1, "more than one expression", NULL);
	target = linitial_node(ResTarget, select->targetList);
	if (target->name != NULL || target->indirection != NIL)
		tcs_condition_refuse(source, target->location,
							 psprintf("a word behind the expression: %s",
									  target->name ? target->name : "INTO"), NULL);
	return target->val;
}
