#!/usr/bin/python3
"""The layers: who may include whom, how long a function and a file may be.

The tables below are STYLE.md section 1 in a form that a machine can check. Whoever needs a new
row adds it here, with the reason in the commit.
"""

import os
import re
import sys
import tempfile

ROOT = os.environ.get("HOTLINE_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 700

# layer: the layers of ours that it may include (itself always).
#   wellknown  generated: google/protobuf, google/rpc, grpc/health, grpc/reflection
#   api        generated: hotline/v1 and the descriptor set
#   record     storage/record: the store schema, its codec and index projection; it stands on
#              storage, never the other way round
#   data       generated: embedded server/data
BELOW = ["base", "domain", "record", "storage", "api", "wellknown", "data", "rpc", "security"]
MAY_USE = {
    "base": [],
    "domain": ["base"],
    "storage": ["base"],
    "record": ["base", "domain", "wellknown", "storage"],
    "rpc": ["base", "wellknown"],
    "security": ["base", "domain", "record", "api", "wellknown"],
    "service": BELOW + ["events", "jobs"],
    "events": BELOW + ["service", "jobs"],
    "jobs": BELOW + ["service", "events"],
    "main": BELOW + ["service", "events", "jobs"],
    "libhotline": ["base", "api", "wellknown"],
    "cli": ["base", "api", "wellknown", "libhotline"],
    "forms": ["base", "api", "wellknown", "libhotline"],
    "screen": ["base", "api", "wellknown", "libhotline"],
}

# Where a file belongs: the first prefix that fits.
LAYER_OF = [
    ("server/base/", "base"), ("server/domain/", "domain"), ("server/rpc/", "rpc"),
    ("server/security/", "security"), ("server/service/", "service"),
    ("server/events/", "events"), ("server/jobs/", "jobs"), ("server/", "main"),
    ("storage/record/", "record"), ("storage/", "storage"),
    ("clients/libhotline/", "libhotline"), ("clients/cli/", "cli"),
    ("clients/forms/", "forms"), ("clients/screen/", "screen"),
]
GENERATED = [
    (r"(google|grpc)/.*\.pb-c\.h", "wellknown"), (r"hotline/.*\.pb-c\.h", "api"),
    (r"api_descriptor_set\.h", "api"), (r"storage/record/.*\.pb-c\.h", "record"),
    (r"[a-z_]+_lua\.h", "storage"), (r"embedded_data\.h", "data"),
]

# Other people's headers: pattern, the layers (or single files) that may include them.
SERVER_TOP = ["service", "events", "jobs", "main"]
CLIENTS = ["libhotline", "cli", "forms", "screen"]
THIRD_PARTY = [
    (r"grpc/", ["rpc", "libhotline"]),
    (r"hiredis/", ["storage"]),
    (r"openssl/", ["server/base/crypto.c"]),
    (r"protobuf-c/", ["rpc", "record", "security"] + SERVER_TOP + CLIENTS),
    (r"cyaml/", ["domain", "service", "main"]),
    (r"jansson\.h", SERVER_TOP + ["cli", "forms", "screen"]),
    (r"microhttpd\.h", ["jobs", "screen"]),
    (r"utf8proc\.h", ["security", "service"] + CLIENTS),
    (r"systemd/", ["main"]),
    (r"ut(hash|list|array|string)\.h", ["storage", "rpc", "security"] + SERVER_TOP + CLIENTS),
]
LIBC = re.compile(
    r"(argp|assert|ctype|dirent|endian|errno|fcntl|float|getopt|grp|inttypes|iso646|langinfo|limits|"
    r"locale|malloc|math|netdb|poll|pthread|pwd|regex|sched|semaphore|setjmp|signal|spawn|"
    r"stdalign|stdarg|stdatomic|stdbool|stddef|stdint|stdio|stdlib|stdnoreturn|string|strings|"
    r"syslog|termios|threads|time|uchar|unistd|wchar|wctype)\.h"
    r"|(arpa|linux|net|netinet|sanitizer|sys)/[a-z_0-9]+\.h")
# The domain is pure: what reaches for the world outside is not for it.
IMPURE = re.compile(
    r"(argp|dirent|fcntl|getopt|grp|locale|netdb|poll|pthread|pwd|sched|semaphore|setjmp|signal|spawn|"
    r"stdatomic|syslog|termios|threads|time|unistd)\.h|(arpa|linux|net|netinet|sys)/.*")

INCLUDE = re.compile(r'^\s*#\s*include\s+(["<])([^">]+)[">]')
COMMENT_OR_STRING = re.compile(
    r'/\*.*?\*/|//[^\n]*|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])*\'', re.S)


def sources(root):
    for top in ("server", "storage", "clients"):
        for folder, folders, files in os.walk(os.path.join(root, top)):
            folders[:] = [f for f in folders if f != "node_modules"]
            for name in sorted(files):
                if name.endswith((".c", ".h", ".def")):
                    yield os.path.relpath(os.path.join(folder, name), root)


def layer_of(path):
    return next((layer for prefix, layer in LAYER_OF if path.startswith(prefix)), None)


def find_ours(root, path, quoted, name):
    """The layer that an include reaches, or None when it is not ours."""
    for place in (os.path.dirname(path), "", "server", "clients") if quoted else ():
        found = os.path.normpath(os.path.join(place, name))
        if os.path.isfile(os.path.join(root, found)):
            return layer_of(found) or "nowhere"
    return next((layer for pattern, layer in GENERATED if re.fullmatch(pattern, name)), None)


def include_problem(root, path, quoted, name):
    layer = layer_of(path)
    if layer is None:
        return "belongs to no layer; add its folder to LAYER_OF"
    target = find_ours(root, path, quoted, name)
    if target is not None:
        if target != layer and target not in MAY_USE[layer]:
            return f"{layer} may not use {target}: {name}"
        return None
    for pattern, allowed in THIRD_PARTY:
        if re.match(pattern, name):
            if layer in allowed or path in allowed:
                return None
            return f"only {', '.join(allowed)} may include <{name}>"
    if not LIBC.fullmatch(name):
        return f"<{name}> is neither ours nor libc nor in THIRD_PARTY"
    if layer == "domain" and IMPURE.fullmatch(name):
        return f"the domain is pure: <{name}>"
    return None


def without_tables(lines):
    """Numbers of the lines that count: not those between "= {" and "};"."""
    counted, inside = [], False
    for number, line in enumerate(lines):
        if not inside:
            counted.append(number)
        if not inside and re.search(r"=\s*\{\s*$", line):
            inside = True
        elif inside and re.match(r"\s*\};", line):
            inside = False
    return counted


def size_problems(text):
    blank = COMMENT_OR_STRING.sub(lambda m: re.sub(r"[^\n]", " ", m.group()), text)
    lines = blank.split("\n")
    counted = without_tables(lines)
    if len(counted) > FILE_LINES_MAX:
        yield 1, f"{len(counted)} lines, at most {FILE_LINES_MAX}"
    begin = None
    for number, line in enumerate(lines):
        if line.rstrip() == "{":
            begin = number
        elif line.startswith("}") and begin is not None:
            length = sum(begin < n < number for n in counted)
            if length > FUNCTION_LINES_MAX:
                head = next((l for l in reversed(lines[:begin]) if re.match(r"\w.*\(", l)), "?")
                name = re.search(r"(\w+)\s*\(", head)
                yield begin + 1, (f"function {name.group(1) if name else '?'}: {length} lines, "
                                  f"at most {FUNCTION_LINES_MAX}")
            begin = None


def problems(root):
    for path in sources(root):
        with open(os.path.join(root, path), encoding="utf-8") as file:
            text = file.read()
        for number, line in enumerate(text.split("\n"), 1):
            include = INCLUDE.match(line)
            if include:
                problem = include_problem(root, path, include[1] == '"', include[2])
                if problem:
                    yield f"{path}:{number}: {problem}"
        for number, problem in size_problems(text):
            yield f"{path}:{number}: {problem}"


LONG = "static int f(int a)\n{\n" + "    a++;\n" * 61 + "    return a;\n}\n"
TABLE = "int f(void)\n{\n    static const int t[] = {\n" + "        1,\n" * 99 + "    };\n}\n"
PLANTED = [
    ("server/domain/a.c", '#include "storage/keys.h"', "domain may not use storage"),
    ("server/domain/a.c", '#include "storage/record/a.pb-c.h"', "domain may not use record"),
    ("server/domain/a.c", "#include <time.h>", "the domain is pure"),
    ("server/service/a.c", "#include <grpc/grpc.h>", "only rpc, libhotline"),
    ("server/service/a.c", "#include <hiredis/hiredis.h>", "only storage"),
    ("server/base/clock.c", "#include <openssl/evp.h>", "only server/base/crypto.c"),
    ("server/base/clock.c", '#include "rpc/lane.h"', "base may not use rpc"),
    ("server/base/clock.c", "#include <zlib.h>", "neither ours nor libc"),
    ("server/rpc/lane.c", "#include <hotline/v1/order.pb-c.h>", "rpc may not use api"),
    ("server/rpc/lane.c", '#include "hotline/v1/order.pb-c.h"', "rpc may not use api"),
    ("clients/cli/a.c", '#include "domain/order.h"', "cli may not use domain"),
    ("server/service/a.c", '#include "base/gone.h"', "neither ours nor libc"),
    ("server/base/a.c", LONG, "function f: 62 lines"),
    ("server/base/a.c", "int a;\n" * 701, "702 lines"),
    ("server/base/a.c", TABLE, None),
    ("server/base/crypto.c", "#include <openssl/evp.h>", None),
    ("server/rpc/lane.c", "#include <grpc/grpc.h>\n#include <sys/epoll.h>", None),
    ("storage/a.c", '#include "storage/record/a.pb-c.h"', "storage may not use record"),
    ("storage/link.c", "#include <hiredis/hiredis.h>", None),
    ("server/jobs/a.c", '#include "storage/keys.h"\n#include "commit_lua.h"', None),
]


def plant(path, text):
    """What the check says about a tree that holds only this file (and two headers)."""
    with tempfile.TemporaryDirectory() as root:
        for name, body in (("storage/keys.h", ""), ("server/rpc/lane.h", ""),
                           ("server/domain/order.h", ""), (path, text)):
            os.makedirs(os.path.dirname(os.path.join(root, name)), exist_ok=True)
            with open(os.path.join(root, name), "w", encoding="utf-8") as file:
                file.write(body)
        return list(problems(root))


def main():
    for path, text, expected in PLANTED:  # the check sees what it should see
        found = plant(path, text)
        if expected is None:
            assert not found, (path, text[:60], found)
        else:
            assert len(found) == 1 and expected in found[0], (path, text[:60], expected, found)
    found = list(problems(ROOT))
    print("\n".join(found) or "layers: as they should be")
    return 1 if found else 0


sys.exit(main())
