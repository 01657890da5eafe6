#!/usr/bin/env python3
"""Puts what situations.sh printed, on standard input, into docs/explain.md: a section each for its ten situations.

usage: tests/e2e/situations.sh build/bin | tests/e2e/situations_page.py docs/explain.md
"""

import re
import sys

PLACE = re.compile(r"### 1\. .*?(?=## In JSON\n)", re.DOTALL)


def section(number, title, output):
    return f"### {number}. {title[0].upper()}{title[1:]}\n\n```\n{output.strip()}\n```\n\n"


def main():
    printed = re.split(r"\n==> ", sys.stdin.read())
    situations = [re.match(r"(\d+)\. (.*)\n", text) for text in printed]
    sections = [section(*s.groups(), text[s.end():]) for s, text in zip(situations, printed) if s]
    if len(sections) != 10 or not printed[-1].startswith("all ten are explained"):
        sys.exit("situations_page: this is not what situations.sh prints when all is well")
    with open(sys.argv[1], encoding="utf-8") as file:
        page = file.read()
    page, places = PLACE.subn(lambda _: "".join(sections), page)
    if places != 1:
        sys.exit(f"situations_page: {sys.argv[1]} has no place for the situations")
    with open(sys.argv[1], "w", encoding="utf-8") as file:
        file.write(page)


main()
