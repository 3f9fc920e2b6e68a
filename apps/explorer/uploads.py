"""Reading CSV files that people bring: every way in which one can be wrong is answered by a sentence."""

import csv
from dataclasses import dataclass
from typing import BinaryIO

import pandas as pd

MAX_ROWS = 200_000
MAX_COLUMNS = 200
SAMPLE_BYTES = 64 * 1024

SAMPLE_CSV = """city,founded,visitors,rating
Lisbon,1147,5100000,4.7
Tallinn,1248,2300000,4.5
Kyoto,794,8800000,4.8
Cusco,1534,1900000,4.6
Accra,1877,1200000,4.2
"""


class UnreadableFile(Exception):
    """The file is not a usable CSV file; the message says why, in words for the person who brought it."""


@dataclass(frozen=True)
class Upload:
    """A CSV file that was read."""

    name: str
    rows: pd.DataFrame
    truncated: bool


def read_csv(name: str, file: BinaryIO) -> Upload:
    """Read a CSV file, or raise `UnreadableFile`."""
    sample = file.read(SAMPLE_BYTES)
    file.seek(0)
    if not sample.strip():
        raise UnreadableFile("The file is empty.")
    if b"\0" in sample:
        raise UnreadableFile("This is not a text file. Spreadsheets have to be exported as CSV first.")
    try:
        rows = pd.read_csv(file, sep=separator(sample), encoding="utf-8-sig", nrows=MAX_ROWS + 1, skipinitialspace=True)
    except UnicodeDecodeError as problem:
        raise UnreadableFile("The file is not in UTF-8. Save it as “CSV UTF-8” and try again.") from problem
    except (pd.errors.ParserError, pd.errors.EmptyDataError, csv.Error, ValueError) as problem:
        raise UnreadableFile(f"The rows do not fit together: {reason(problem)}") from problem
    if rows.empty:
        raise UnreadableFile("The file has a header but no rows.")
    if len(rows.columns) > MAX_COLUMNS:
        raise UnreadableFile(f"The file has {len(rows.columns)} columns; at most {MAX_COLUMNS} can be shown.")
    return Upload(name, rows.head(MAX_ROWS), truncated=len(rows) > MAX_ROWS)


def separator(sample: bytes) -> str:
    """Return the sign between the fields: of the usual ones, that which the first line has most of."""
    header = sample.decode("utf-8", errors="replace").lstrip().split("\n", 1)[0]
    return max(",;\t|", key=header.count)


def reason(problem: Exception) -> str:
    """Turn a message of the parser ("Error tokenizing data. C error: Expected 2 fields…") into a sentence."""
    text = str(problem).split("C error:")[-1].strip().rstrip(".")
    return f"{text[:1].lower()}{text[1:]}."


def describe(rows: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each column: its kind, how much of it is filled, and what is in it."""
    return pd.DataFrame(
        [
            {
                "Column": str(column),
                "Kind": kind(rows[column]),
                "Filled": float(rows[column].notna().mean()),
                "Distinct": int(rows[column].nunique()),
                "Smallest": extreme(rows[column], "min"),
                "Largest": extreme(rows[column], "max"),
            }
            for column in rows.columns
        ]
    )


def kind(values: pd.Series) -> str:
    """Say in a word what a column holds."""
    if pd.api.types.is_bool_dtype(values):
        return "yes or no"
    return "number" if pd.api.types.is_numeric_dtype(values) else "text"


def extreme(values: pd.Series, which: str) -> str:
    """Return the smallest ("min") or largest ("max") value as text."""
    filled = values.dropna()
    if filled.empty:
        return ""
    value = getattr(filled if kind(filled) == "number" else filled.astype(str), which)()
    return value if isinstance(value, str) else f"{value:,.10g}"
