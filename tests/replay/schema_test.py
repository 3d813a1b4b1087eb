# SPDX-License-Identifier: BSD-3-Clause
"""Holds every row of every CSV file against the JSON schema of the file.

Usage: schema_test.py MIDWATCH SCHEMAS CAPTURES. Neighbours: config/schemas (made by scripts/generate-docs).
A cell is read as the schema's type says: an empty one is null, so a column that may not be unknown fails.
"""
import csv
import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import jsonschema
except ImportError:
    print("skipped: python3-jsonschema is not installed")
    sys.exit(77)


def types_of(schema):
    types = schema.get("type", [])
    return types if isinstance(types, list) else [types]


def read_cell(text, schema):
    if text == "" and ("null" in types_of(schema) or None in schema.get("enum", [])):
        return None
    if "integer" in types_of(schema) or isinstance(schema.get("const"), int):
        return int(text)
    if "number" in types_of(schema):
        return float(text)
    return text


def check_file(path, schema):
    validator = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
    with path.open(encoding="utf-8", newline="") as lines:
        reader = csv.DictReader(lines)
        if reader.fieldnames != list(schema["properties"]):
            sys.exit(f"{path.name}: columns {reader.fieldnames}, schema has {list(schema['properties'])}")
        count = 0
        for row in reader:
            typed = {name: read_cell(text, schema["properties"][name]) for name, text in row.items()}
            for error in validator.iter_errors(typed):
                sys.exit(f"{path.name}: row {count + 1}: {error.json_path}: {error.message}")
            count += 1
    return count


def main():
    midwatch, schemas, captures = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
    rows = 0
    with tempfile.TemporaryDirectory() as directory:
        files = sorted(captures.glob("*.pcap"))
        subprocess.run([midwatch, "-r", *files, "-o", directory, "--quiet"], check=True)
        written = sorted(pathlib.Path(directory).glob("*.csv"))
        for path in written:
            schema = json.loads((schemas / f"{path.stem}.schema.json").read_text(encoding="utf-8"))
            count = check_file(path, schema)
            print(f"{path.name}: {count} rows fit")
            rows += count
    if rows == 0 or len(written) != len(list(schemas.glob("*.schema.json"))):
        sys.exit(f"{len(written)} files with {rows} rows: nothing was checked, or a schema has no file")


if __name__ == "__main__":
    main()
