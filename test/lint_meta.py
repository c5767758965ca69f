"""lint_meta.py FOLDER: what the PGXN Meta Spec 1.0.0 would object to in
META.json, and where the other files that state the version differ from it."""

import json
import os
import re
import sys

SEMVER = r"\d+\.\d+\.\d+([a-zA-Z][-0-9A-Za-z]*)?"
URL = r"[a-z][a-z0-9+.-]*://[^\s/]+(/\S*)?"
LICENSES = set("""agpl_3 apache_1_1 apache_2_0 artistic_1 artistic_2 bsd freebsd
gfdl_1_2 gfdl_1_3 gpl_1 gpl_2 gpl_3 lgpl_2_1 lgpl_3_0 mit mozilla_1_0 mozilla_1_1
openssl perl_5 postgresql qpl_1_0 ssleay sun zlib open_source restricted
unrestricted unknown""".split())

top = sys.argv[1]
errors = []


def need(condition, message):
    if not condition:
        errors.append(message)
    return condition


def text(value):
    return isinstance(value, str) and value != ""


def texts(value):
    return text(value) or (isinstance(value, list) and value != [] and all(map(text, value)))


def matches(pattern, value):
    return isinstance(value, str) and re.fullmatch(pattern, value) is not None


def term(value):
    return matches(r"[^\s/\\\x00-\x1f\x7f]{2,}", value)


def members(value, where, required, optional=()):
    """An object that has what it must have, and nothing that is not known."""
    if not need(isinstance(value, dict), f"{where} is no object"):
        return {}
    for key in required:
        need(key in value, f"{where} has no {key}")
    for key in value:
        need(key in required or key in optional or re.match("[xX]_", key),
             f"{where} has an unknown key {key}")
    return value


def version_range(value):
    one = rf"\s*(==|!=|>=|<=|>|<)?\s*(0|{SEMVER})\s*"
    return value == 0 or matches(rf"{one}(,{one})*", value)


def check_provides(provides):
    for name, given in members(provides, "provides", (), provides or ()).items():
        where = f"provides.{name}"
        need(term(name), f"{where}: {name} is no term")
        given = members(given, where, ("file", "version"), ("abstract", "docfile"))
        need(matches(SEMVER, given.get("version")), f"{where}.version is no semantic version")
        for key in ("file", "docfile"):
            if key in given:
                need(text(given[key]) and os.path.isfile(os.path.join(top, given[key])),
                     f"{where}.{key}: there is no file {given[key]}")
        if "abstract" in given:
            need(text(given["abstract"]), f"{where}.abstract is no text")


def check_prereqs(prereqs):
    phases = ("configure", "build", "test", "runtime", "develop")
    for phase, relations in members(prereqs, "prereqs", (), phases).items():
        where = f"prereqs.{phase}"
        kinds = ("requires", "recommends", "suggests", "conflicts")
        for kind, wanted in members(relations, where, (), kinds).items():
            for name, versions in members(wanted, f"{where}.{kind}", (), wanted or ()).items():
                need(term(name), f"{where}.{kind}: {name} is no term")
                need(version_range(versions), f"{where}.{kind}.{name} is no range of versions")


def check_resources(resources):
    known = ("homepage", "bugtracker", "repository")
    resources = members(resources, "resources", (), known)
    if "homepage" in resources:
        need(matches(URL, resources["homepage"]), "resources.homepage is no URL")
    if "bugtracker" in resources:
        members(resources["bugtracker"], "resources.bugtracker", (), ("web", "mailto"))
    if "repository" in resources:
        members(resources["repository"], "resources.repository", (), ("url", "web", "type"))


def check_license(license_):
    if isinstance(license_, dict):
        need(license_ != {} and all(matches(URL, url) for url in license_.values()),
             "license: every name needs a URL")
    else:
        names = license_ if isinstance(license_, list) else [license_]
        need(names != [] and all(isinstance(n, str) and n in LICENSES for n in names),
             f"license: {license_} is none that the specification names")


def check_meta(meta):
    meta = members(meta, "META.json",
                   ("abstract", "maintainer", "license", "provides", "name", "version", "meta-spec"),
                   ("description", "generated_by", "tags", "no_index", "prereqs", "release_status",
                    "resources"))
    need(text(meta.get("abstract")), "abstract is no text")
    need(texts(meta.get("maintainer")), "maintainer is no text and no list of texts")
    need(term(meta.get("name")), "name is no term")
    need(matches(SEMVER, meta.get("version")), "version is no semantic version")
    check_license(meta.get("license"))
    check_provides(meta.get("provides"))
    spec = members(meta.get("meta-spec"), "meta-spec", ("version",), ("url",))
    need(spec.get("version") == "1.0.0", "meta-spec.version is not 1.0.0")
    need(matches(r"https?://pgxn\.org/meta/spec\.txt", spec.get("url", "https://pgxn.org/meta/spec.txt")),
         "meta-spec.url is not that of the specification")
    for key in ("description", "generated_by"):
        need(key not in meta or text(meta[key]), f"{key} is no text")
    tags = meta.get("tags", ["none"])
    need(isinstance(tags, list) and tags != []
         and all(matches(r"[^/\\\x00-\x1f\x7f]{1,255}", tag) for tag in tags), "tags: not all are tags")
    need(meta.get("release_status", "stable") in ("stable", "testing", "unstable"),
         "release_status is not stable, testing or unstable")
    members(meta.get("no_index", {}), "no_index", (), ("file", "directory"))
    check_prereqs(meta.get("prereqs", {}))
    check_resources(meta.get("resources", {}))
    return meta


def stated(name, pattern):
    with open(os.path.join(top, name), encoding="utf-8") as file:
        found = re.search(pattern, file.read(), re.MULTILINE)
    return found.group(1) if need(found, f"{name} states no version") else None


with open(os.path.join(top, "META.json"), encoding="utf-8") as file:
    meta = check_meta(json.load(file))

version = stated("tcs.control", r"^default_version = '(.*)'$")
for where, other in (("META.json", meta.get("version")),
                     ("META.json, in provides", ((meta.get("provides") or {}).get("tcs") or {}).get("version")),
                     ("CHANGELOG.md", stated("CHANGELOG.md", r"^## \[([0-9.]+)\]")),
                     ("debian/changelog", stated("debian/changelog", r"\Atcs \(([0-9.]+)-"))):
    need(other == version, f"{where} has the version {other}, tcs.control {version}")

for error in errors:
    print(error)
sys.exit(1 if errors else 0)
