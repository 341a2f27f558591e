#!/usr/bin/python3
"""clients/cli/words.def says every enum value in the words of the API's comments.

    test_cli_words.py          compares
    test_cli_words.py write    writes the file anew, after the API has changed
"""

import glob
import os
import re
import sys

ROOT = os.environ.get("HOTLINE_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))
PLACE = os.path.join(ROOT, "clients/cli/words.def")
HEAD = """/*
 * words.def - enum values in Chinese, as the comments of api/hotline/v1 have them.
 * WORD(enum, value, Chinese). Written by tests/flow/test_cli_words.py write; a test compares.
 */

/* clang-format off */
"""
CHINESE = re.compile(r"[\u3400-\u9fff“”、].*")


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def chinese_of(comment):
    """The Chinese term ends the comment, after the last English full stop."""
    last = re.split(r"\.\s+|\n", comment.strip())[-1].strip()
    found = CHINESE.search(last)
    return found.group().rstrip("。. ") if found else ""


def rows():
    for path in sorted(glob.glob(os.path.join(ROOT, "api/hotline/v1/*.proto"))):
        with open(path, encoding="utf-8") as file:
            lines = file.read().split("\n")
        enum, comment = None, []
        for line in lines:
            start = re.match(r"enum (\w+) \{", line)
            value = re.match(r"  (\w+) = (\d+)( \[.*)?;", line)
            if start:
                enum = start[1]
            elif line.startswith("}"):
                enum = None
            elif enum and line.strip().startswith("//"):
                comment.append(line.strip()[2:])
                continue
            elif enum and value:
                if int(value[2]) != 0 and enum != "Privacy":
                    yield f"hotline__v1__{snake(enum)}", int(value[2]), \
                        chinese_of("\n".join(comment))
            comment = []


def main():
    found = list(rows())
    assert found and all(word for _, _, word in found), \
        [row for row in found if not row[2]]
    text = HEAD + "".join(f'WORD({enum}, {value}, "{word}")\n' for enum, value, word in found) + \
        "/* clang-format on */\n"
    if sys.argv[1:] == ["write"]:
        with open(PLACE, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(PLACE, encoding="utf-8") as file:
        if file.read() != text:
            print("clients/cli/words.def is not what the API says: "
                  "tests/flow/test_cli_words.py write")
            return 1
    print(f"words: {len(found)} values as the API says them")
    return 0


sys.exit(main())
