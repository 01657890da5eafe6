#!/usr/bin/env python3
"""Validates YAML documents against the standard's schema: standard_schema.py SCHEMA DOCUMENT..."""
import sys

import jsonschema
import yaml


class Loader(yaml.SafeLoader):
    """YAML 1.2: `on` is a word, and a time is text."""


for first, resolvers in list(Loader.yaml_implicit_resolvers.items()):
    Loader.yaml_implicit_resolvers[first] = [
        (tag, pattern) for tag, pattern in resolvers
        if tag != "tag:yaml.org,2002:timestamp" and not (tag == "tag:yaml.org,2002:bool" and first in "yYnNoO")]


def load(path):
    with open(path, encoding="utf-8") as file:
        return yaml.load(file, Loader)


validator = jsonschema.Draft202012Validator(load(sys.argv[1]))
wrong = 0
for path in sys.argv[2:]:
    for error in validator.iter_errors(load(path)):
        wrong += 1
        deepest = jsonschema.exceptions.best_match([error])
        print(f"{path}: /{'/'.join(map(str, deepest.absolute_path))}: {deepest.message[:300]}")
sys.exit(1 if wrong else 0)
