#!/usr/bin/env python3
"""The contract names only refusal reasons that exist, and the glossary lists every one of them.

The table in api/GLOSSARY.md is generated from server/base/faults.def; `test_reasons.py --write`
writes it again.
"""
import os
import re
import sys

ROOT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
GLOSSARY = os.path.join(ROOT, "api", "GLOSSARY.md")
HEAD = "## Refusal reasons 拒绝原因\n"
INTRODUCTION = """
Generated from the server's table of faults. `reason` is what a program tests
(google.rpc.ErrorInfo.reason, domain `hotline`); a retry of the very same call can help where it
says so. Facts beside it say what would be allowed: state, article, allowed commands.

| reason | gRPC status | retry | article | 中文 | English |
| --- | --- | --- | --- | --- | --- |
"""
ROW = re.compile(r'^FAULT\((\w+),\s*STATUS_(\w+),\s*(\w+),\s*"([^"]*)",\s*"([^"]*)",\s*"([^"]*)"\)',
                 re.M)


def read(path):
    with open(path, encoding="utf-8") as f:
        return f.read()


def faults():
    text = read(os.path.join(ROOT, "server", "base", "faults.def"))
    rows = ROW.findall(text)
    assert len(rows) == len(re.findall(r"^FAULT\(", text, re.M)), "a row of faults.def is not read"
    return rows


def table():
    lines = [f"| {reason} | {status} | {'yes' if retry == 'true' else '–'} | {article or '–'} "
             f"| {zh} | {en} |\n" for reason, status, retry, article, zh, en in faults()]
    return HEAD + INTRODUCTION + "".join(lines)


def reasons_named(text):
    """Reasons named after `Refusal(s):` in the comments of a .proto file."""
    for block in re.findall(r"(?:^[ ]*//[^\n]*\n)+", text, re.M):
        words = re.sub(r"\n[ ]*// ?", " ", block)
        for part in re.findall(r"Refusals?:(.*?)(?:[\u4e00-\u9fff]|$)", words, re.S):
            yield from re.findall(r"\b[A-Z][A-Z0-9]+(?:_[A-Z0-9]+)+\b", part)


def main():
    glossary = read(GLOSSARY)
    start = glossary.index(HEAD)
    if "--write" in sys.argv:
        with open(GLOSSARY, "w", encoding="utf-8") as f:
            f.write(glossary[:start] + table())
        return 0
    known = {row[0] for row in faults()} | {"OUT_OF_RANGE"}  # a status in the same sentence
    files = {name: read(os.path.join(at, name))
             for at, _, names in os.walk(os.path.join(ROOT, "api", "hotline")) for name in names}
    # Enum values that stand in the same sentences are no reasons.
    values = re.findall(r"^\s+([A-Z][A-Z0-9_]+) = \d+", "".join(files.values()), re.M)
    wrong = [f"{name}: {word}" for name, text in files.items() for word in reasons_named(text)
             if word not in known and not any(value.endswith("_" + word) for value in values)]
    for line in sorted(set(wrong)):
        print("names a reason that the server does not know:", line)
    if glossary[start:] != table():
        print("the table of reasons in api/GLOSSARY.md is not current: test_reasons.py --write")
        return 1
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
