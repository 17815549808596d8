# SPDX-FileCopyrightText: 2026 The transxssm authors
# SPDX-License-Identifier: MIT
"""The rows in the JSON files of a folder of results: {name: {threads: row}}, in the order in which they were measured."""
import json
import pathlib
import re


def rows_of(folder):
    rows = {}
    for file in sorted(pathlib.Path(folder).glob("*.json")):
        content = json.loads(file.read_text())
        threads = int(content["context"]["threads"])
        for row in content["benchmarks"]:
            name = re.sub(r"/iterations:.*", "", row["name"])
            rows.setdefault(name, {})[threads] = row
    return rows


def is_speed(row):
    """More is better: a speed has an aim above what it must reach, a cost below."""
    return row.get("aim", 1) >= row.get("must", 0)
