"""lint_sql.py SCRIPT...: check an install script for what style and safety ask.

Everything lies in the schema tcs, or in tcs_internal when nobody is to call it,
and is made plainly (no OR REPLACE, no IF NOT
EXISTS, which would take over an object that somebody else has put there),
every function says how it behaves, nothing runs with its owner's rights or
finds names through the caller's search_path, and everything has a comment.
"""
import re
import sys

from pglast import ast, enums, parse_sql, parser, split

SCHEMA = "tcs"
INTERNAL = "tcs_internal"
SUPPORT = re.compile("_(trans|combine|serial|deserial|final|inverse|support)$")


def names(parts):
    return [type_name(part) if isinstance(part, ast.TypeName) else
            part.val if hasattr(part, "val") else part.sval for part in parts]


def type_name(typename):
    """A type as written, but for pg_catalog and modifiers."""
    parts = [name for name in names(typename.names) if name != "pg_catalog"]
    return ".".join(parts) + "[]" * len(typename.arrayBounds or ())


def signature(qualified, types):
    return "%s(%s)" % (".".join(qualified), ", ".join(types))


class Linter:
    def __init__(self):
        self.complaints = []
        self.made = {}
        self.commented = set()

    def complain(self, what, complaint):
        self.complaints.append("%s: %s" % (what, complaint))

    def make(self, kind, qualified, identity=None):
        identity = identity or ".".join(qualified)
        self.made[identity] = kind
        if qualified[0] not in (SCHEMA, INTERNAL) or len(qualified) != 2:
            self.complain(identity, "is not made in the schema %s or %s by name" % (SCHEMA, INTERNAL))
        return identity

    def statement(self, stmt):
        handler = getattr(self, type(stmt).__name__, None)
        if handler:
            handler(stmt)
        if getattr(stmt, "replace", False):
            self.complain(type(stmt).__name__, "OR REPLACE")
        if getattr(stmt, "if_not_exists", False):
            self.complain(type(stmt).__name__, "IF NOT EXISTS")

    def CreateSchemaStmt(self, stmt):
        self.made[stmt.schemaname] = "schema"
        if stmt.schemaname not in (SCHEMA, INTERNAL):
            self.complain(stmt.schemaname, "is another schema")

    def CreateFunctionStmt(self, stmt):
        results = (enums.FunctionParameterMode.FUNC_PARAM_OUT,
                   enums.FunctionParameterMode.FUNC_PARAM_TABLE)
        inputs = [type_name(p.argType)
                  for p in stmt.parameters or () if p.mode not in results]
        qualified = names(stmt.funcname)
        what = self.make("function", qualified, signature(qualified, inputs))
        returns = type_name(stmt.returnType) if stmt.returnType else ""
        if qualified[0] == SCHEMA and (
            SUPPORT.search(qualified[-1]) or "internal" in inputs or returns in ("internal", "trigger")
        ):
            self.complain(what, "is nothing to call, and not in %s" % INTERNAL)
        options = {}
        for option in stmt.options or ():
            options.setdefault(option.defname, []).append(option.arg)

        for wanted in ("volatility", "parallel", "cost"):
            if wanted not in options:
                self.complain(what, "does not state its %s" % wanted)
        # Support functions get NULL states, window functions ignore STRICT.
        if (
            "strict" not in options
            and "window" not in options
            and "internal" not in inputs
        ):
            self.complain(what, "states neither STRICT nor CALLED ON NULL INPUT")
        if any(getattr(arg, "boolval", getattr(arg, "val", arg))
               for arg in options.get("security", ())):
            self.complain(what, "is SECURITY DEFINER")

        language = names(options["language"])[0] if "language" in options else "sql"
        body = names(options["as"][0]) if "as" in options else []
        if language == "c":
            if body[0] != "MODULE_PATHNAME":
                self.complain(what, "is not in MODULE_PATHNAME")
            if len(body) != 2 or not body[1].startswith("tcs_"):
                self.complain(what, "has a C symbol that does not begin with tcs_")
        elif language != "internal" and getattr(stmt, "sql_body", None) is None:
            settings = [s.name for s in options.get("set", ())]
            if "search_path" not in settings:
                self.complain(
                    what, "neither sets search_path nor has a body that is "
                    "bound when it is made (RETURN or BEGIN ATOMIC)")

    def DefineStmt(self, stmt):
        qualified = names(stmt.defnames)
        if stmt.kind == enums.ObjectType.OBJECT_OPERATOR:
            sides = {option.defname: option.arg for option in stmt.definition}
            self.make("operator", qualified, signature(
                qualified, [type_name(sides[side]) for side in ("leftarg", "rightarg")]))
            return
        if stmt.kind != enums.ObjectType.OBJECT_AGGREGATE:
            self.make("object", qualified)
            return
        args = stmt.args[0] if stmt.args else ()
        what = self.make(
            "aggregate", qualified,
            signature(qualified, [type_name(p.argType) for p in args or ()]))
        options = {option.defname: option.arg for option in stmt.definition}
        if "parallel" not in options:
            self.complain(what, "does not state its parallel safety")
        for name in ("sfunc", "finalfunc", "combinefunc", "serialfunc", "deserialfunc",
                     "msfunc", "minvfunc", "mfinalfunc"):
            if name in options and names(options[name].names)[0] != INTERNAL:
                self.complain(what, "%s is not in %s" % (name, INTERNAL))

    def relation(self, kind, rangevar):
        qualified = [rangevar.schemaname or "", rangevar.relname]
        self.make(kind, qualified)

    def CompositeTypeStmt(self, stmt):
        self.relation("type", stmt.typevar)

    def CreateStmt(self, stmt):
        self.relation("table", stmt.relation)

    def ViewStmt(self, stmt):
        self.relation("view", stmt.view)

    def CreateSeqStmt(self, stmt):
        self.relation("sequence", stmt.sequence)

    def CreateEnumStmt(self, stmt):
        self.make("type", names(stmt.typeName))

    def CreateDomainStmt(self, stmt):
        self.make("type", names(stmt.domainname))

    def CommentStmt(self, stmt):
        target = stmt.object
        if isinstance(target, ast.ObjectWithArgs):
            identity = signature(names(target.objname),
                                 [type_name(t) for t in target.objargs or ()])
        elif isinstance(target, ast.TypeName):
            identity = type_name(target)
        elif isinstance(target, (tuple, list)):
            identity = ".".join(names(target))
        else:
            identity = names([target])[0]
        if not stmt.comment:
            self.complain(identity, "has an empty comment")
        self.commented.add(identity)

    def finish(self):
        for identity, kind in self.made.items():
            if identity not in self.commented:
                self.complain(identity, "%s without a comment" % kind)
        for identity in sorted(self.commented):
            if "(" in identity and identity not in self.made:
                self.complain(identity, "a comment on what is not made")


def statements(text):
    """The statements of a script; psql's own lines are none."""
    text = re.sub(r"(?m)^\\.*$", "", text)
    for piece in split(text, with_parser=False):
        yield piece


def main(paths):
    linter = Linter()
    for path in paths:
        with open(path) as script:
            text = script.read()
        for piece in statements(text):
            try:
                parsed = parse_sql(piece)
            except parser.ParseError as error:
                # The parser may be older than the syntax.
                print("%s: not parsed (%s): %.60s" % (path, error, piece))
                continue
            for raw in parsed:
                linter.statement(raw.stmt)
    linter.finish()
    for complaint in linter.complaints:
        print(complaint)
    if not linter.made:
        print("nothing is made")
    return 1 if linter.complaints or not linter.made else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
