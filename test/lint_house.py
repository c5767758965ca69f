#!/usr/bin/python3
"""The floors that src/README.md lists, held against the code.

A part, a folder of src or the files beside them, stands on what is listed
before it: it includes, links and calls by SQL nothing of what comes after.
Usage: lint_house.py, in the source tree; objects are looked at where there are.
"""

import glob
import os
import re
import subprocess
import sys

LONGEST = 80
CALL = r"\b(?:tcs|tcs_internal)\.(\w+)\s*\("
NAMED = r"\b(?:tcs|tcs_internal)\.(\w+)"
faults = []


def fault(where, what):
    faults.append("%s: %s" % (where, what))


def read(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def line_of(text, offset):
    return text.count("\n", 0, offset) + 1


def part_of(path):
    """The part that a file belongs to, as the list calls it."""
    relative = os.path.relpath(path, "src")
    if relative.startswith("module."):
        return "module.c"
    return os.path.dirname(relative) or "tcs.c"


def read_floors():
    """The parts in the order of the list, and the exceptions after it."""
    text = read("src/README.md")
    parts = re.findall(r"^\| `([a-z._]+)`", text, re.M)
    exceptions = set(re.findall(r"^- `([a-z._]+)` calls `([a-z_]+)`", text, re.M))
    circles = set(re.findall(r"^- `([a-z_/]+)` and those", text, re.M))
    return {name: place for place, name in enumerate(parts)}, exceptions, circles


def bare(text):
    """C without comments; strings stay, lines too."""
    return re.sub(
        r'/\*.*?\*/|"(?:\\.|[^"\\\n])*"',
        lambda match: match.group() if match.group().startswith('"')
        else re.sub(r"[^\n]", " ", match.group()),
        text, flags=re.S)


def check_list(floors, files):
    found = {part_of(path) for path in files}
    for name in sorted(found - set(floors)):
        fault("src/README.md", "%s is not in the list of floors" % name)
    for name in sorted(set(floors) - found):
        fault("src/README.md", "%s is in the list of floors, and not there" % name)


def check_includes(floors, files):
    for path in files:
        text = read(path)
        for match in re.finditer(r'^#include "([^"]+)"', text, re.M):
            name = match.group(1)
            where = "%s:%d" % (path, line_of(text, match.start()))
            if os.path.exists("src/" + name):
                wanted = part_of("src/" + name)
                if floors.get(wanted, 0) > floors.get(part_of(path), 0):
                    fault(where, "includes %s, of a higher floor" % name)
            elif os.path.exists(os.path.join(os.path.dirname(path), name)):
                fault(where, "include it from src: \"%s/%s\"" %
                      (os.path.dirname(path)[4:], name))


def check_symbols(floors, circles):
    objects = glob.glob("src/*.o") + glob.glob("src/*/*.o")
    defined = {}
    wanted = []
    for path in objects:
        listing = subprocess.run(["nm", path], check=True, text=True,
                                 stdout=subprocess.PIPE).stdout
        for line in listing.splitlines():
            kind, name = line.split()[-2:]
            if not name.startswith("tcs_"):
                continue
            if kind == "U":
                wanted.append((path, name))
            elif kind.isupper():
                defined[name] = path
    for path, name in sorted(wanted):
        if name not in defined:
            continue
        home = defined[name]
        if floors.get(part_of(home), 0) > floors.get(part_of(path), 0):
            fault(path, "links %s, which %s defines" % (name, home))
    check_circles(wanted, defined, circles)


def check_circles(wanted, defined, allowed):
    """Files of a folder that need each other, in circles, cannot be read alone."""
    needs = {}
    for path, name in wanted:
        if name in defined and defined[name] != path:
            needs.setdefault(path, set()).add(defined[name])
    state = {}
    trail = []

    def visit(path):
        state[path] = "open"
        trail.append(path)
        for other in sorted(needs.get(path, ())):
            if state.get(other) == "open":
                circle = trail[trail.index(other):] + [other]
                if any(name[4:-2] in allowed for name in circle):
                    continue
                fault(path, "circle of files: " + " -> ".join(
                    os.path.basename(name)[:-2] for name in circle))
            elif other not in state:
                visit(other)
        trail.pop()
        state[path] = "done"

    for path in sorted(needs):
        if path not in state:
            visit(path)


def check_sql(floors, exceptions, files, parts):
    """Calls of functions in SQL text, and where those are made."""
    made = {}
    for path in parts:
        for name in re.findall(
                r"^CREATE (?:FUNCTION|AGGREGATE|PROCEDURE) (?:tcs|tcs_internal)\.(\w+)",
                read(path), re.M):
            made.setdefault(name, set()).add(part_of(path))
    used = set()
    for path in files + parts:
        text = read(path)
        if path.endswith(".sql"):
            text = re.sub(r"--[^\n]*", "", text)
            # what is said about them is no call
            text = re.sub(r"^COMMENT ON .*?;$", "", text, flags=re.S | re.M)
        else:
            text = bare(text)
            text = re.sub(r'^#include[^\n]*|err(?:hint|msg|detail)\s*\((?:[^"]|"(?:\\.|[^"\\])*")*?\)',
                          "", text, flags=re.M)
        part = part_of(path)
        for match in re.finditer(NAMED if path.endswith(".sql") else CALL, text):
            name = match.group(1)
            homes = made.get(name)
            if homes is None or part not in floors:
                continue
            if min(floors.get(home, 0) for home in homes) <= floors[part]:
                continue
            if (part, name) in exceptions:
                used.add((part, name))
                continue
            fault(path, "calls %s by SQL, which %s makes" %
                  (name, " and ".join(sorted(homes))))
    for part, name in sorted(exceptions - used):
        fault("src/README.md", "%s does not call %s: no exception is needed" % (part, name))


def check_headings(files):
    """Below a heading that names a file stand the functions that it defines."""
    sources = {path: bare(read(path)) for path in files if path.endswith(".c")}
    for path in files:
        if not path.endswith(".h"):
            continue
        folder = os.path.dirname(path)
        text = read(path)
        headings = [(match.start(), match.group(1)) for match in
                    re.finditer(r"^/\* (?=[a-z_]+\.c\b)([^\n]*?)(?: \*/)?$", text, re.M)]
        for match in re.finditer(r"^extern [^;{]*?\b(tcs_\w+)\s*[(\[;]", text, re.M):
            above = [names for start, names in headings if start < match.start()]
            if not above:
                continue
            named = re.findall(r"\b[a-z_]+\.c\b", above[-1])
            name = match.group(1)
            defines = re.compile(r"^(?:[\w \t*]*\b)?%s\s*(?:\([^;]*?\)\s*\{|\[|=|;)" % name,
                                 re.M | re.S)
            homes = [os.path.basename(source) for source, code in sources.items()
                     if os.path.dirname(source) == folder and defines.search(code)]
            where = "%s:%d" % (path, line_of(text, match.start()))
            if homes and not set(homes) & set(named):
                fault(where, "%s is under %s, and %s defines it" %
                      (name, ", ".join(named), ", ".join(homes)))


def check_lengths(files):
    for path in files:
        begin = None
        before = ""
        for number, line in enumerate(read(path).split("\n"), 1):
            # not the values of a table
            if line.startswith("{") and before.endswith(")"):
                begin = number
            elif line.startswith("}"):
                if begin and number - begin > LONGEST:
                    fault("%s:%d" % (path, begin), "a function of %d lines; at most %d" %
                          (number - begin, LONGEST))
                begin = None
            before = line


def main():
    files = sorted(glob.glob("src/*.[ch]") + glob.glob("src/*/*.[ch]"))
    parts = re.findall(r"src/[\w/]+\.sql", read("Makefile"))
    floors, exceptions, circles = read_floors()
    check_list(floors, files)
    check_includes(floors, files)
    check_symbols(floors, circles)
    check_sql(floors, exceptions, files, parts)
    check_headings(files)
    check_lengths(files + sorted(glob.glob("test/math/*.c") + glob.glob("test/modules/*.[ch]")))
    for text in faults:
        print(text)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
