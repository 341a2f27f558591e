#!/usr/bin/python3
"""What the tree as a whole promises: a newcomer finds the two commands in both READMEs, and no
committed file names a package registry or a path of somebody's machine."""

import os
import re
import subprocess
import sys

ROOT = os.environ.get("HOTLINE_SOURCE") or os.path.dirname(os.path.dirname(os.path.dirname(
    os.path.abspath(__file__))))

# Written so that this file does not match itself.
REGISTRIES = re.compile(
    r"\b(registry|deb|security|mirrors?|proxy|index|files)[.](npmjs|debian|ubuntu|golang|yarnpkg|"
    r"pythonhosted|docker|aliyun|npmmirror)[.a-z]*|\b(pypi|crates)[.](org|io)\b|"
    r"\b(docker|ghcr|quay|gcr)[.]io\b|[.]pkg[.]dev\b|\bbuf[.]build\b")
MACHINE_PATHS = re.compile(r"(?<![\w.$}/~-])/(work|root|home/[a-z]\w*|Users/\w+)/[\w.-]+")
EXPECTED_IN_README = ["./dev up", "./dev test"]


def committed_files():
    """What git would commit; without git or a repository, all but build/."""
    listing = subprocess.run(
        "git ls-files -z --cached --others --exclude-standard".split(),
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False) \
        if os.path.isdir(os.path.join(ROOT, ".git")) and has_git() else None
    if listing and listing.returncode == 0:
        yield from (p for p in listing.stdout.decode().split("\0")
                    if p and os.path.isfile(os.path.join(ROOT, p)))
        return
    for folder, folders, files in os.walk(ROOT):
        folders[:] = [f for f in folders if f not in ("build", ".git", "node_modules",
                                                      "__pycache__")]
        yield from (os.path.relpath(os.path.join(folder, f), ROOT) for f in files)


def has_git():
    return any(os.access(os.path.join(p, "git"), os.X_OK) for p in os.environ["PATH"].split(":"))


def problems():
    for readme in ("README.md", "README.zh-CN.md"):
        try:
            with open(os.path.join(ROOT, readme), encoding="utf-8") as file:
                text = file.read()
        except FileNotFoundError:
            yield f"{readme} is missing"
            continue
        yield from (f"{readme} does not name {command}"
                    for command in EXPECTED_IN_README if command not in text)
    for path in committed_files():
        try:
            with open(os.path.join(ROOT, path), encoding="utf-8") as file:
                lines = file.read().split("\n")
        except UnicodeDecodeError:
            continue  # not a text
        for number, line in enumerate(lines, 1):
            for pattern, what in ((REGISTRIES, "registry"), (MACHINE_PATHS, "machine path")):
                found = pattern.search(line)
                if found:
                    yield f"{path}:{number}: {what}: {found.group()}"


def main():
    # Red first: the patterns see what they should see.
    assert REGISTRIES.search("https://registry" + ".npmjs.org/x")
    assert REGISTRIES.search("http://deb" + ".debian.org/debian")
    assert MACHINE_PATHS.search("cd /wor" + "k/main") and MACHINE_PATHS.search('"/home' + '/li/x"')
    assert not MACHINE_PATHS.search("$HOME/work/x") and not MACHINE_PATHS.search("a/root/b")
    found = list(problems())
    print("\n".join(found) or "tree: as it should be")
    return 1 if found else 0


sys.exit(main())
