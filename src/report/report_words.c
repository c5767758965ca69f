/*
 * report_words.c
 *		The words of a report, and the languages that it speaks.
 */
#include "report/report.h"

static const struct
{
	const char *name;
	const char *tag;
}			languages[TCS_REPORT_LANGUAGES] = {
	[TCS_REPORT_ENGLISH] = {"en", "en"},
	[TCS_REPORT_CHINESE] = {"zh", "zh-Hans"},
};

/* a file of its own, as what lays out C files would spoil its Chinese */
static const char *const words[TCS_REPORT_WORDS][TCS_REPORT_LANGUAGES] = {
#include "report/report_words.def"
};

int
tcs_report_language(const char *name)
{
	for (int i = 0; i < TCS_REPORT_LANGUAGES; i++)
		if (strcmp(name, languages[i].name) == 0)
			return i;
	return -1;
}

char *
tcs_report_language_names(void)
{
	StringInfoData names;

	initStringInfo(&names);
	for (int i = 0; i < TCS_REPORT_LANGUAGES; i++)
		appendStringInfo(&names, "%s%s", i == 0 ? "" : i == TCS_REPORT_LANGUAGES - 1 ? " or " : ", ",
						 languages[i].name);
	return names.data;
}

const char *
tcs_report_language_tag(TcsReportLanguage language)
{
	return languages[language].tag;
}

const char *
tcs_report_words(TcsReportLanguage language, TcsReportWord word)
{
	Assert(words[word][language] != NULL);
	return words[word][language];
}
