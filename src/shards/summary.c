/*
 * summary.c
 *		The type tcs.summary.
 *
 * A summary is the name of its kind and a zero byte, the version of the state's
 * bytes, the encoding of the strings in them, how many they are where they are
 * packed (0 where they are not), and these bytes, as the aggregate's
 * serialization function writes them.  As text it is the name, a colon, and the
 * rest in base64.  What is in the state is looked at when it is rolled up, by the
 * deserialization function, which trusts nothing.
 */
#include "shards/summary.h"

#include "common/base64.h"
#include "libpq/pqformat.h"
#include "mb/pg_wchar.h"
#include "utils/builtins.h"
#include "utils/memutils.h"

/* Longer names are of no kind. */
#define NAME_MOST	64

/* The bytes between the name with its end and the state. */
#define MARKS		6

PG_FUNCTION_INFO_V1(tcs_summary_in);
PG_FUNCTION_INFO_V1(tcs_summary_out);
PG_FUNCTION_INFO_V1(tcs_summary_recv);
PG_FUNCTION_INFO_V1(tcs_summary_send);

#define SUMMARY_SUPPORT(kind, state, version) \
	extern Datum tcs_##state##_serial(PG_FUNCTION_ARGS); \
	extern Datum tcs_##state##_deserial(PG_FUNCTION_ARGS); \
	extern Datum tcs_##state##_combine(PG_FUNCTION_ARGS);
TCS_SUMMARY_KINDS(SUMMARY_SUPPORT)

#define SUMMARY_ENTRY(kind, state, version) \
	[TCS_SUMMARY_##kind] = {#kind, version, tcs_##state##_serial, tcs_##state##_deserial, tcs_##state##_combine},
const TcsSummaryKind tcs_summary_kinds[] = {
	TCS_SUMMARY_KINDS(SUMMARY_ENTRY)
};

const TcsSummaryKind *
tcs_summary_kind(const char *name, Size length)
{
	for (int i = 0; i < TCS_SUMMARY_COUNT; i++)
		if (strlen(tcs_summary_kinds[i].name) == length &&
			memcmp(tcs_summary_kinds[i].name, name, length) == 0)
			return &tcs_summary_kinds[i];
	return NULL;
}

static void
summary_no_kind(const char *name, int length)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
			 errmsg("summary of a kind \"%s\", which is not known", pnstrdup(name, length)),
			 errhint("Take summaries from an aggregate such as tcs.rate_summary, of a tcs that is not newer than this one.")));
}

const TcsSummaryKind *
tcs_summary_open(struct varlena *summary, Size *head)
{
	const char *bytes = VARDATA_ANY(summary);
	Size		length = VARSIZE_ANY_EXHDR(summary);
	const char *end = memchr(bytes, 0, Min(length, NAME_MOST));
	const TcsSummaryKind *kind;
	int			encoding;

	if (end == NULL || length - (end - bytes) < 1 + MARKS || !pg_verifymbstr(bytes, end - bytes, true))
		tcs_bad_state("summary");
	kind = tcs_summary_kind(bytes, end - bytes);
	if (kind == NULL)
		summary_no_kind(bytes, end - bytes);
	if ((uint8) end[1] != kind->version)
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("summary of kind \"%s\" has version %d, and version %d is read here",
						kind->name, (uint8) end[1], kind->version),
				 errhint("Install the same version of tcs everywhere, and make the summary anew.")));
	encoding = (uint8) end[2];
	if (encoding != GetDatabaseEncoding())
		ereport(ERROR,
				(errcode(ERRCODE_INVALID_BINARY_REPRESENTATION),
				 errmsg("summary of kind \"%s\" is from a database with another encoding", kind->name),
				 errhint("Roll summaries up in a database with the encoding of those that they come from.")));
	*head = end - bytes + 1 + MARKS;
	return kind;
}

static void
summary_bad_text(const char *detail)
{
	ereport(ERROR,
			(errcode(ERRCODE_INVALID_TEXT_REPRESENTATION),
			 errmsg("invalid input syntax for type tcs.summary"),
			 errdetail("%s", detail),
			 errhint("Pass the text of a summary as it was, such as what tcs.rate_summary returns.")));
}

Datum
tcs_summary_in(PG_FUNCTION_ARGS)
{
	const char *text = PG_GETARG_CSTRING(0);
	const char *colon = strchr(text, ':');
	Size		name;
	Size		most;
	int			length;
	Size		head;
	struct varlena *summary;
	char	   *bytes;

	if (colon == NULL || colon - text >=NAME_MOST)
		summary_bad_text("It begins with its kind and a colon.");
	name = colon - text;

	most = strlen(colon + 1);
	summary = palloc(VARHDRSZ + name + 1 + most);
	bytes = VARDATA(summary);
	memcpy(bytes, text, name);
	bytes[name] = '\0';
	length = pg_b64_decode((const void *) (colon + 1), (int) most, (void *) (bytes + name + 1), (int) most);
	if (length < 0)
		summary_bad_text("What follows the colon is not base64.");
	SET_VARSIZE(summary, VARHDRSZ + name + 1 + length);
	(void) tcs_summary_open(summary, &head);
	PG_RETURN_POINTER(summary);
}

Datum
tcs_summary_out(PG_FUNCTION_ARGS)
{
	struct varlena *summary = (struct varlena *) PG_GETARG_VARLENA_PP(0);
	const char *bytes = VARDATA_ANY(summary);
	Size		name;
	Size		length;
	Size		most;
	char	   *text;
	int			written;

	(void) tcs_summary_open(summary, &name);
	name -= 1 + MARKS;
	length = VARSIZE_ANY_EXHDR(summary) - name - 1;
	most = (length + 2) / 3 * 4;
	if (most > MaxAllocSize - NAME_MOST)
		ereport(ERROR,
				(errcode(ERRCODE_PROGRAM_LIMIT_EXCEEDED),
				 errmsg("summary is too long for a text: %zu bytes", length),
				 errhint("Fetch it in binary, or make summaries of parts.")));
	text = palloc(name + 1 + most + 1);

	memcpy(text, bytes, name);
	text[		name] = ':';

	written = pg_b64_encode((const void *) (bytes + name + 1), (int) length, text +name + 1, (int) most);
	if (written < 0)
		elog(ERROR, "base64 needs more room than %zu bytes", most);
	text[		name + 1 + written] = '\0';

	PG_RETURN_CSTRING(text);
}

Datum
tcs_summary_recv(PG_FUNCTION_ARGS)
{
	StringInfo	buffer = (StringInfo) PG_GETARG_POINTER(0);
	int			length = buffer->len - buffer->cursor;
	struct varlena *summary = palloc(VARHDRSZ + length);
	Size		head;

	pq_copymsgbytes(buffer, VARDATA(summary), length);
	SET_VARSIZE(summary, VARHDRSZ + length);
	(void) tcs_summary_open(summary, &head);
	PG_RETURN_POINTER(summary);
}

Datum
tcs_summary_send(PG_FUNCTION_ARGS)
{
	PG_RETURN_BYTEA_P(PG_GETARG_BYTEA_P_COPY(0));
}
