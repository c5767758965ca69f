# overloads.awk: write out what is alike for several types of arguments.
#
# Most of what the install script makes is written as it is.  A function that
# takes dates, timestamps and so on is written once:
#
#	@each at, amount
#	@ date | numeric
#	@ timestamp | numeric
#	CREATE FUNCTION tcs.f(at @at@, amount @amount@) ...
#	@end
#
# The lines between the rows and @end come once for each row, with its values in
# place of the names; a value may be empty.  A line that ends in a backslash goes
# on in the next one, without what that one begins with.

function fail(complaint)
{
	printf "%s:%d: %s\n", FILENAME, FNR, complaint > "/dev/stderr"
	failed = 1
	exit 1
}

function trimmed(text)
{
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	return text
}

# the text with each name replaced, without what & or \ would do in gsub()
function filled(text, row,    i, place, mark)
{
	for (i = 1; i <= names; i++)
	{
		mark = "@" name[i] "@"
		done = ""
		while ((place = index(text, mark)) > 0)
		{
			done = done substr(text, 1, place - 1) value[row, i]
			text = substr(text, place + length(mark))
		}
		text = done text
	}
	if (match(text, /@[a-z_]+@/))
		fail("no column is called " substr(text, RSTART, RLENGTH))
	return text
}

joined != "" {
	$0 = joined trimmed($0)
	joined = ""
}

/\\$/ {
	joined = substr($0, 1, length($0) - 1)
	next
}

/^@each / {
	if (inside)
		fail("@each within @each")
	inside = 1
	rows = lines = 0
	names = split(substr($0, 7), name, ",")
	for (i = 1; i <= names; i++)
		name[i] = trimmed(name[i])
	next
}

/^@end$/ {
	if (!inside || !rows || !lines)
		fail("@end without @each, rows and lines")
	for (row = 1; row <= rows; row++)
	{
		if (row > 1)
			print ""
		for (i = 1; i <= lines; i++)
			print filled(line[i], row)
	}
	inside = 0
	next
}

/^@/ {
	if (!inside || lines)
		fail("a row that is not after @each")
	rows++
	if (split(substr($0, 2), field, "|") != names)
		fail("a row has as many values as @each has names")
	for (i = 1; i <= names; i++)
		value[rows, i] = trimmed(field[i])
	next
}

inside {
	line[++lines] = $0
	next
}

{ print }

END {
	if (!failed && (inside || joined != ""))
		fail("the file ends within @each or a line")
	exit failed
}
