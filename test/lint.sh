#!/bin/bash
# lint.sh lint	what a reader or a compiler would object to; changes nothing
# lint.sh format	lay out the C files as pgindent does

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=test/lib.sh
. "$here/lib.sh"

shopt -s nullglob

# The names of all types that the compiler met, in use or not.
list_typedefs()
{
	{
		find src -name '*.o' -exec objdump --dwarf=info {} + |
			awk '/DW_TAG_/ { typedef = /DW_TAG_typedef/ }
				typedef && /DW_AT_name/ { print $NF }
				END { print "bool" }'
		sed -nE 's/^\}[[:space:]]*([A-Z][A-Za-z]*);$/\1/p' test/math/*.c
	} | sort -u >"$work/typedefs.list"
	[[ -s $work/typedefs.list ]]
}

# pgindent's flags, and its correction of lines that hold a result type.
indent()
{
	pg_bsd_indent -bad -bap -bbb -bc -bl -cli1 -cp33 -cdb -nce -d0 -di12 \
		-nfc1 -i4 -l79 -lp -lpl -nip -npro -sac -tpg -ts4 \
		-U"$work/typedefs.list" -st <"$1" |
		sed -E 's/^([A-Za-z_][^ \t]*)[ \t]+\*$/\1 */'
}

check_layout()
{
	local file bad=0

	list_typedefs || return
	for file in "${c_files[@]}"; do
		indent "$file" | diff -u --label "$file" --label "$file, formatted" \
			"$file" - || bad=1
	done
	[[ $bad -eq 0 ]] || { echo "make format does that"; return 1; }
}

# One name space is shared by all that a backend loads.
check_symbols()
{
	! nm -D --defined-only tcs.so | awk '{ print $NF }' |
		grep -vE '^(pg_finfo_)?tcs_|^_?Pg?G?_?(init|magic_func)$'
}

check_files()
{
	local bad=0

	! grep -rnwE 'TODO|FIXME|XXX' src sql test --include='*.[chs]*' \
		--exclude=lint.sh || bad=1
	! grep -n 'postgres\.h' src/numerics/* src/math/* || bad=1
	[[ $bad -eq 0 ]]
}

# What comes out of a result, a row or an array has the type that its owner gave
# it: src/server compares that with the one that is wanted.
check_reads()
{
	! grep -nwE 'SPI_getbinval|SPI_getvalue|heap_getattr|heap_deform_tuple|deconstruct_array|deconstruct_array_builtin|ARR_DATA_PTR|ARR_NULLBITMAP' \
		src/*.[ch] src/*/*.[ch] | grep -v '^src/server/'
}

# A debugger, a profile and the log show the name of a static function alone.
check_names()
{
	! awk 'FNR == 1 { static = 0 }
		static && /^[a-z_0-9]+\(/ { sub(/\(.*/, ""); print FILENAME, $0 }
		{ static = /^static [^(;={]*$/ }
		/^}[[:space:]]*[A-Z][A-Za-z]*;/ { gsub(/[};[:space:]]/, ""); print FILENAME, $0 }' \
		src/*.[ch] src/*/*.[ch] | sort -u |
		awk '{ file[$2] = file[$2] " " $1; count[$2]++ }
			END { for (name in count) if (count[name] > 1) print name ":" file[name] }' |
		sort | grep .
}

# Includes, symbols and SQL go downwards only; see src/README.md.
check_floors()
{
	/usr/bin/python3 test/lint_house.py
}

check_shell()
{
	shellcheck -x test/*.sh test/*/*.sh .ci/run
}

check_tidy()
{
	local flags

	flags="-std=gnu11 -Isrc -I$("$pg_config" --includedir-server)"
	# shellcheck disable=SC2016
	printf '%s\0' src/*.c src/*/*.c |
		flags=$flags xargs -0 -n 4 -P "$(nproc)" sh -c '
			clang-tidy --quiet --warnings-as-errors="*" "$@" -- \
				$flags -DTCS_VERSION="\"0\"" 2>"$0.$$" ||
				{ cat "$0.$$"; exit 1; }' "$work/tidy"
}

check_sql()
{
	/usr/bin/python3 test/lint_sql.py tcs--*.sql
}

check_meta()
{
	/usr/bin/python3 test/lint_meta.py .
}

# make help lists what run.sh can do, and nothing else.
check_goals()
{
	diff <(sed -n '/^With nothing/,$ s/^  \([a-z][a-z0-9-]*\)  *.*/\1/p' test/goals | sort) \
		<(sed -n 's/^goal_\([a-z0-9_]*\)().*/\1/p' test/run.sh | tr _ - | sort)
}

passed=0
failed=0
check()
{
	say "$1"
	if "$2"; then
		passed=$((passed + 1))
	else
		say "$1: FAILED"
		failed=$((failed + 1))
	fi
}

# Unused types are kept for the list of typedefs.
build_with_warnings()
{
	make_in_copy -s -j "$(nproc)" with_llvm=no \
		COPT="-g -fno-eliminate-unused-debug-types ${warnings[*]}"
}

need_server binutils clang-tidy pg-bsd-indent python3-pglast shellcheck
make_copy
# not the tables that scripts make
c_files=(src/*.[ch] src/*/*.[ch] test/math/*.c test/modules/*.[ch])
case ${1:-} in
lint)
	check "Warnings of the compiler" build_with_warnings
	check "clang-tidy" check_tidy
	check "The install script" check_sql
	check "Exported symbols" check_symbols
	check "Files" check_files
	check "Floors" check_floors
	check "Reads of what users own" check_reads
	check "Names of static functions" check_names
	check "Shell scripts" check_shell
	check "META.json and versions" check_meta
	check "Goals" check_goals
	check "Layout of the C files" check_layout
	echo "$passed passed, $failed failed"
	[[ $failed -eq 0 ]]
	;;
format)
	build_with_warnings
	list_typedefs
	for file in "${c_files[@]}"; do
		indent "$file" >"$work/formatted"
		cmp -s "$file" "$work/formatted" || {
			say "Formatting $file"
			cat "$work/formatted" >"$top/$file"
		}
	done
	;;
*) die "lint or format?" ;;
esac
