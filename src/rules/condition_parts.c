/*
 * condition_parts.c
 *		The parts of a condition that AND joins, as texts.
 */
#include "rules/rules.h"

#include "miscadmin.h"
#include "nodes/parsenodes.h"
#include "parser/scanner.h"

typedef struct Token
{
	int			kind;			/* of the lexer: a character stands for itself */
	int			start;
	int			end;			/* where the next one begins */
} Token;

typedef struct Splitter
{
	const char *source;
	Token	   *tokens;
	List	   *parts;			/* of char * */
} Splitter;

static Token *
parts_scan(const char *source, int *count)
{
	core_yyscan_t scanner;
	core_yy_extra_type extra;
	core_YYSTYPE value;
	YYLTYPE		location;
	int			size = 64;
	Token	   *tokens = palloc(size * sizeof(Token));
	int			kind;

	*count = 0;
	scanner = scanner_init(source, &extra, &ScanKeywords, ScanKeywordTokens);
	while ((kind = core_yylex(&value, &location, scanner)) != 0)
	{
		CHECK_FOR_INTERRUPTS();
		if (*count == size)
		{
			size *= 2;
			tokens = repalloc_huge(tokens, size * sizeof(Token));
		}
		tokens[*count].kind = kind;
		tokens[*count].start = location;
		if (*count > 0)
			tokens[*count - 1].end = location;
		(*count)++;
	}
	if (*count > 0)
		tokens[*count - 1].end = (int) strlen(source);
	scanner_finish(scanner);
	return tokens;
}

/* is the token that keyword, not quoted? */
static bool
parts_is_word(const Splitter *splitter, int token, const char *word)
{
	const char *start = splitter->source + splitter->tokens[token].start;
	size_t		length = strlen(word);

	return pg_strncasecmp(start, word, length) == 0 &&
		!(isalnum((unsigned char) start[length]) || start[length] == '_' ||
		  start[length] == '$' || IS_HIGHBIT_SET(start[length]));
}

static int
parts_nesting(const Splitter *splitter, int token)
{
	int			kind = splitter->tokens[token].kind;

	if (kind == '(' || kind == '[' || parts_is_word(splitter, token, "case"))
		return 1;
	if (kind == ')' || kind == ']' || parts_is_word(splitter, token, "end"))
		return -1;
	return 0;
}

static void
parts_split(Splitter *splitter, int first, int last)
{
	int			depth = 0;
	int			between = 0;
	int			begin = first;
	List	   *cuts = NIL;
	ListCell   *cell;
	int			length;

	check_stack_depth();

	/* parentheses around the whole say nothing */
	while (last > first && splitter->tokens[first].kind == '(')
	{
		int			token = first;

		for (depth = 0; token <= last; token++)
		{
			depth += parts_nesting(splitter, token);
			if (depth == 0)
				break;
		}
		depth = 0;
		if (token != last)
			break;
		first++;
		last--;
		begin = first;
	}

	for (int token = first; token <= last; token++)
	{
		depth += parts_nesting(splitter, token);
		if (depth > 0)
			continue;
		if (parts_is_word(splitter, token, "or"))
		{
			cuts = NIL;
			break;
		}
		if (parts_is_word(splitter, token, "between"))
			between++;
		else if (parts_is_word(splitter, token, "and"))
		{
			if (between > 0)
				between--;
			else
				cuts = lappend_int(cuts, token);
		}
	}
	if (cuts != NIL)
	{
		foreach(cell, cuts)
		{
			parts_split(splitter, begin, lfirst_int(cell) - 1);
			begin = lfirst_int(cell) + 1;
		}
		parts_split(splitter, begin, last);
		return;
	}
	if (first > last)
		return;
	length = splitter->tokens[last].end - splitter->tokens[first].start;
	while (length > 0 && isspace((unsigned char) splitter->source[splitter->tokens[first].start + length - 1]))
		length--;
	splitter->parts = lappend(splitter->parts,
							  pnstrdup(splitter->source + splitter->tokens[first].start,
									   length));
}

static void
parts_flatten(Node *raw, List **list)
{
	check_stack_depth();
	if (IsA(raw, BoolExpr) && ((BoolExpr *) raw)->boolop == AND_EXPR)
	{
		ListCell   *cell;

		foreach(cell, ((BoolExpr *) raw)->args)
			parts_flatten(lfirst(cell), list);
	}
	else
		*list = lappend(*list, raw);
}

static Node *
parts_parse(const char *condition)
{
	TcsSource	source = {condition, &tcs_condition_kind};

	return tcs_condition_parse(&source);
}

List *
tcs_condition_parts(const char *source)
{
	Splitter	splitter = {source, NULL, NIL};
	List	   *whole = NIL;
	List	   *parts = NIL;
	int			count;
	ListCell   *cell;

	parts_flatten(parts_parse(source), &whole);
	splitter.tokens = parts_scan(source, &count);
	parts_split(&splitter, 0, count - 1);
	/* what was found in the text must be what the grammar finds */
	if (list_length(splitter.parts) == list_length(whole))
	{
		foreach(cell, splitter.parts)
			parts_flatten(parts_parse(lfirst(cell)), &parts);
		if (equal(parts, whole))
			return splitter.parts;
	}
	return list_make1(pstrdup(source));
}
