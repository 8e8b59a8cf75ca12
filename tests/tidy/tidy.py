#!/usr/bin/env python3
"""Reads the source tree and reports what breaks the project's rules.

    tidy.py TOP        prints "FILE:LINE: what is wrong" for each violation, status 1
    tidy.py --self     plants each violation into a tree and expects it reported
"""
import os
import re
import sys
import tempfile

SOURCE = (".cc", ".h")
TEXT = SOURCE + (".sh", ".py", ".txt", ".cmake", ".md", ".json", ".8", ".5")
MAX_LINES = 500
MAX_HEADER_LINES = 200
MAX_COLUMNS = 100

# Which folders a folder stands on; CMake links by the same table.
TABLE = "cmake/folders.txt"
# These see everything; they are programs, and no library.
PROGRAMS = {"bench", "nbdkit-plugin", "pdata-tools", "tests"}

FORMAT = ("persistent-data/format/", "tests/")  # tests plant wrong bytes on purpose
PRINTERS = ("thin-tools/console/", "pdata-tools/main.cc", "persistent-data/base/require.cc", "tests/",
            "bench/")

# Who may open files: the gate, what it stands on, and tests.
OPENERS = ("thin-tools/gate/", "thin-tools/files/", "persistent-data/io/file_handle.", "persistent-data/io/spool_file.cc",
           "thin-tools/console/output.cc", "tests/", "bench/")

# (what, pattern, applies to a path, the rule in words)
WORDS = [
    ("marker", r"\b(TODO|FIXME|XXX|HACK|NOLINT\w*)\b", lambda p: not p.startswith("tests/tidy/"),
     "finish it instead"),
    ("machine", r"(?<![\w.])/(work|root|home)/\w", lambda p: not p.startswith("tests/tidy/"),
     "a path of one machine"),
    ("codec", r"\b(load_le|store_le|little_endian\.h)\b|0x[0-9a-fA-F]*27022010",
     lambda p: p.endswith(SOURCE) and not p.startswith(FORMAT),
     "bytes of the format are read and written in persistent-data/format only"),
    ("print", r"\bstd::(cout|cerr|clog|printf|fprintf|puts|fputs|fwrite)\b|\bprintf\(|\bfmt::print",
     lambda p: p.endswith(SOURCE) and not p.startswith(PRINTERS),
     "text goes out through thin-tools/console"),
    ("open", r"\bstd::(i|o)?fstream\b|(?<![\w>])::(open|openat|creat|mkostemp|mkstemp)\(|\bfopen\(|"
             r"\bfile_handle::open\w*\(",
     lambda p: p.endswith(SOURCE) and not p.startswith(OPENERS),
     "files are opened through thin-tools/gate/gate.h"),
    ("chance", r"\b(random_device|s?rand\(|system_clock|gettimeofday|clock_gettime)|"
               r"(?<![\w.>:])(std::)?time\((0|NULL|nullptr|&)",
     lambda p: p.endswith(SOURCE) and p.startswith(("sim/", "persistent-data/")) and
     p != "sim/report/run_clock.cc",
     "a run depends on its input and its seed alone"),
]


def files_of(top):
    for folder, folders, files in os.walk(top):
        folders[:] = sorted(f for f in folders if not f.startswith((".git", "build")))
        for name in sorted(files):
            path = os.path.join(folder, name)
            if name.endswith(TEXT) or (os.access(path, os.X_OK) and "." not in name):
                yield os.path.relpath(path, top)


def read_table(top):
    """For each folder of sources the folders that it sees: itself and all below."""
    seen = {}
    with open(os.path.join(top, TABLE), encoding="utf-8") as stream:
        for line in stream:
            folder, _, below = line.split("#")[0].partition(":")
            if folder := folder.strip():
                seen[folder] = {folder}.union(*(seen[lower] for lower in below.split()))
    return seen


def folder_of(path):
    """The library that a file belongs to: thin-tools/repair of thin-tools/repair/scan/x.h."""
    return "/".join(os.path.dirname(path).split("/")[:2])


def include_problem(path, target, top, table):
    if not os.path.exists(os.path.join(top, target)) or "/" not in target:
        return f'"{target}" is no file of the project (includes start at its top)'
    if path.split("/")[0] in PROGRAMS:
        return None
    here, below = folder_of(path), folder_of(target)
    if here not in table:
        return f"{here} has no line in {TABLE}"
    if below not in table[here]:
        return f"{here} does not stand on {below} ({TABLE})"
    return None


def source_problems(path, lines, top, table):
    limit = MAX_HEADER_LINES if path.endswith(".h") else MAX_LINES
    if len(lines) > limit:
        yield len(lines), f"{len(lines)} lines, a file like this has at most {limit}"
    if path.endswith(".h"):
        if not lines or not lines[0].startswith("//"):
            yield 1, "a header opens with a comment that says what it is"
        if "#pragma once" not in lines:
            yield 1, "no #pragma once"
    for number, line in enumerate(lines, 1):
        if len(line) > MAX_COLUMNS and not line.lstrip().startswith(("X(", "//   ")):
            yield number, f"{len(line)} columns, at most {MAX_COLUMNS}"
        if include := re.match(r'#include "(.*)"', line):
            if problem := include_problem(path, include[1], top, table):
                yield number, problem


def oracle_problems(path, text):
    """What lets a test pass whatever happens, or judge the library with the library."""
    for found in re.finditer(r"\brc::check\(", text):
        if not re.search(r"([(=,!&|]|\breturn)\s*$", text[:found.start()]):
            yield text.count("\n", 0, found.start()) + 1, "nobody reads what rc::check returns"
    if path.startswith("tests/support/plain_"):
        for found in re.finditer(r'#include "(?!tests/support/plain_)(.*)"', text):
            yield text.count("\n", 0, found.start()) + 1, \
                f"the plain reader shares no code with {found[1]}"


def problems_of(path, top, table):
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as stream:
        text = stream.read()
    lines = text.split("\n")[:-1] if text.endswith("\n") else text.split("\n")
    if text and not text.endswith("\n"):
        yield len(lines), "no newline at the end"
    if path.endswith(SOURCE):
        yield from source_problems(path, lines, top, table)
    if path.endswith(".h"):
        for number, line in enumerate(lines, 1):
            if re.match(r"\s*(virtual )?bool (stream|read|dump|find_delta)_?\w*\(", line) and \
                    not path.startswith("sim/"):
                yield number, "whether all was read is never dropped: [[nodiscard]]"
    if re.match(r"tests/unit/(?!support/)", path) and path.endswith(".cc") \
            and not re.search(r"_(test|property)\.cc$", path):
        yield 1, "a unit test is called ..._test.cc or ..._property.cc"
    if path.endswith(SOURCE):
        yield from oracle_problems(path, text)
        if "fmt::join(" in text and "#include <fmt/ranges.h>" not in text:
            yield text.count("\n", 0, text.index("fmt::join(")) + 1, \
                "fmt::join is in <fmt/ranges.h> from fmt 11 on"
    for number, line in enumerate(lines, 1):
        if line.endswith((" ", "\t")) and not path.endswith((".md", ".sh")):
            yield number, "spaces at the end of the line"
        if "\t" in line and path.endswith(SOURCE):
            yield number, "a tab"
        for _, pattern, applies, rule in WORDS:
            if (found := re.search(pattern, line)) and applies(path):
                yield number, f"'{found[0]}': {rule}"


def types_of(path, top):
    """The types that a header defines: line, and name with its namespace."""
    namespace = ""
    with open(os.path.join(top, path), encoding="utf-8", errors="replace") as stream:
        for number, line in enumerate(stream, 1):
            if opened := re.match(r"namespace ([\w:]+) {", line):
                namespace = opened[1]
            if defined := re.match(r"(?:struct|class|enum class|enum) (\w+)(?: final)?(?: : .*)? {",
                                   line):
                yield number, f"{namespace}::{defined[1]}"


def types_defined_twice(paths, top):
    """Compilers see one translation unit at a time, and so not that two of them differ."""
    first = {}
    for path in (p for p in paths if p.endswith(".h")):
        for number, name in types_of(path, top):
            if first.setdefault(name, path) != path:
                yield path, number, f"{name} is another type in {first[name]}"


def headers_that_are_gone(paths, top):
    """Comments and the READMEs of source folders that send a reader to a header that is not there.
    Names with a hyphen and below linux/ or include/ are the kernel's."""
    names = {os.path.basename(path) for path in paths}
    for path in paths:
        if not path.endswith(SOURCE + ("README.md",)) or path.startswith("tests/tidy/"):
            continue
        with open(os.path.join(top, path), encoding="utf-8", errors="replace") as stream:
            for number, line in enumerate(stream, 1):
                words = line if path.endswith(".md") else line.partition("//")[2]
                for named in re.finditer(r"(?<![\w/.<-])((?:[\w-]+/)*)([a-z]\w*\.h)\b", words):
                    if named[2] not in names and not named[1].startswith(("linux/", "include/")):
                        yield path, number, f"there is no {named[0]}"


def check(top):
    paths = list(files_of(top))
    table = read_table(top)
    problems = [(path, number, what)
                for path in paths for number, what in problems_of(path, top, table)]
    problems += types_defined_twice(paths, top)
    problems += headers_that_are_gone(paths, top)
    return [f"{path}:{number}: {what}" for path, number, what in problems]


# Each must be reported once, and nothing else: path, contents, part of the report.
HEADER = "// What it is.\n#pragma once\n"
PLANTED = [
    (TABLE, "# what sees what\npersistent-data/format\npersistent-data/engine : "
            "persistent-data/format\nthin-tools/a : persistent-data/engine\n"
            "thin-tools/b : persistent-data/engine\nsim: thin-tools/a\n", None),
    ("sim/good.h", HEADER + "// time() and randomness are words, daylight_time(x) a name\n", None),
    ("persistent-data/format/codec.h", HEADER + "int load_le();\n", None),
    ("persistent-data/engine/upper.h", HEADER, None),
    ("persistent-data/format/up.cc", '#include "persistent-data/engine/upper.h"\n',
     "does not stand on persistent-data/engine"),
    ("persistent-data/engine/down.cc", '#include "persistent-data/format/codec.h"\n', None),
    ("persistent-data/attic/x.cc", '#include "persistent-data/engine/upper.h"\n', "has no line"),
    ("persistent-data/engine/out.cc", '#include "sim/good.h"\n', "does not stand on sim"),
    ("thin-tools/a/below/a.h", HEADER + '#include "persistent-data/format/codec.h"\n', None),
    ("thin-tools/a/a.cc", '#include "thin-tools/a/below/a.h"\n', None),
    ("thin-tools/b/peer.cc", '#include "thin-tools/a/below/a.h"\n', "does not stand on thin-tools/a"),
    ("sim/tools.cc", '#include "thin-tools/a/below/a.h"\n', None),
    ("sim/tool.cc", '#include "thin-tools/b/b.h"\n', "no file of the project"),
    ("pdata-tools/main.cc", '#include "sim/good.h"\n', None),
    ("sim/short.cc", '#include "good.h"\n', "no file of the project"),
    ("thin-tools/b/b.cc", "int x = load_le(bytes);\n", "load_le"),
    ("persistent-data/engine/loud.cc", "std::cerr << x;\n", "std::cerr"),
    ("sim/opens.cc", "std::ifstream file(path);\n", "gate.h"),
    ("thin-tools/trim/opens.cc", "int fd = ::open(path, O_RDWR);\n", "gate.h"),
    ("thin-tools/files/opens.cc", "std::ifstream file(path);\n", None),
    ("sim/dice.cc", "std::random_device dice;\n", "random_device"),
    ("sim/clock.cc", "auto now = time(nullptr);\n", "time(nullptr"),
    ("sim/kept.cc", "// See good.h, sim/good.h, dm-thin.h and linux/blktrace_api.h.\n", None),
    ("sim/stale.cc", "// See moved.h.\n", "no moved.h"),
    ("sim/README.md", "See `sim/moved.h`.\n", "no sim/moved.h"),
    ("sim/later.cc", "// TO" "DO: later\n", "finish it"),
    ("tests/functional/x.sh", "cat /ho" "me/me/file\n", "one machine"),
    ("sim/long.cc", "\n" * 501, "501 lines"),
    ("sim/tall.h", HEADER + "\n" * 199, "201 lines"),
    ("sim/bare.h", "#pragma once\n", "opens with a comment"),
    ("sim/twice.h", "// What it is.\n", "pragma once"),
    ("sim/wide.cc", "x" * 101 + "\n", "101 columns"),
    ("sim/open.cc", "int x;", "no newline"),
    ("persistent-data/io/drops.h", HEADER + "bool read_all(int x);\n", "never dropped"),
    ("persistent-data/io/keeps.h", HEADER + "[[nodiscard]] bool read_all(int x);\n", None),
    ("sim/tab.cc", "\tint x;\n", "a tab"),
    ("sim/blank.cc", "int x; \n", "spaces at the end"),
    ("sim/type_a.h", HEADER + "namespace sim {\nstruct shape {\n};\n}\n", None),
    ("sim/type_b.h", HEADER + "namespace sim {\nclass shape : base {\n};\n}\n", "another type in"),
    ("sim/type_c.h", HEADER + "namespace sim::x {\nstruct shape;\nstruct shape {};\n}\n", None),
    ("tests/unit/sim/odd.cc", "int x;\n", "is called"),
    ("tests/unit/sim/even_test.cc", "int x;\n", None),
    ("tests/unit/sim/bare_property.cc", "TEST(a, b) {\n  rc::check([] {});\n}\n", "nobody reads"),
    ("tests/unit/sim/void_property.cc", "(void)rc::check([] {});\n", "nobody reads"),
    ("tests/unit/sim/read_property.cc", "EXPECT_TRUE(\n  rc::check([] {}));\n", None),
    ("sim/joins.cc", "// What.\nauto x = fmt::join(all, y);\n", "fmt/ranges.h"),
    ("sim/joined.cc", "#include <fmt/ranges.h>\nauto x = fmt::join(all, y);\n", None),
    ("tests/support/plain_a.h", HEADER + '#include "tests/support/plain_b.h"\n', None),
    ("tests/support/plain_b.h", HEADER + '#include "sim/good.h"\n', "shares no code"),
]


def check_myself():
    with tempfile.TemporaryDirectory() as top:
        for path, contents, _ in PLANTED:
            os.makedirs(os.path.dirname(os.path.join(top, path)), exist_ok=True)
            with open(os.path.join(top, path), "w", encoding="utf-8") as stream:
                stream.write(contents)
        reports = check(top)
    wrong = []
    for path, _, expected in PLANTED:
        found = [r for r in reports if r.startswith(path + ":")]
        if len(found) != (expected is not None) or (expected and expected not in found[0]):
            wrong.append(f"{path}: expected {expected!r}, found {found}")
    return wrong


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    found_problems = check_myself() if sys.argv[1] == "--self" else check(sys.argv[1])
    print(*found_problems, sep="\n")
    sys.exit(1 if found_problems else 0)
