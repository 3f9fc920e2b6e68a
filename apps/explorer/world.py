"""The data set that ships with the app: life expectancy, population and GDP per person of 142 countries."""

from collections.abc import Collection
from pathlib import Path

import pandas as pd
import streamlit as st

FILE = Path(__file__).parent / "data" / "gapminder.csv"
FIRST_YEAR, LAST_YEAR, STEP = 1952, 2007, 5
CREDIT = "Based on free material from [Gapminder.org](https://www.gapminder.org/data/), CC BY."
CONTINENTS = ["Africa", "Americas", "Asia", "Europe", "Oceania"]

MEASURES = {
    "Life expectancy": "life_expectancy",
    "GDP per person": "gdp_per_person",
    "Population": "population",
}
"""What can be compared: its label, and the column that holds it."""


@st.cache_data
def load() -> pd.DataFrame:
    """Return one row for each country and year."""
    return pd.read_csv(FILE).rename(
        columns={"lifeExp": "life_expectancy", "pop": "population", "gdpPercap": "gdp_per_person"}
    )


def select(rows: pd.DataFrame, continents: Collection[str], smallest_millions: float) -> pd.DataFrame:
    """Keep the countries of these continents (none means all) that ever reached this many million people."""
    largest = rows.groupby("country")["population"].transform("max")
    keep = largest >= smallest_millions * 1e6
    if continents:
        keep &= rows["continent"].isin(continents)
    return rows[keep]


def per_year(rows: pd.DataFrame, by: str | None = None) -> pd.DataFrame:
    """Sum up the countries of each year, every person counting the same; with `by`, for each of its groups."""
    weighted = rows.assign(
        years=rows["life_expectancy"] * rows["population"],
        dollars=rows["gdp_per_person"] * rows["population"],
    )
    keys = ["year", by] if by else ["year"]
    sums = weighted.groupby(keys, as_index=False)[["population", "years", "dollars"]].sum()
    return sums.assign(
        life_expectancy=sums["years"] / sums["population"],
        gdp_per_person=sums["dollars"] / sums["population"],
    ).drop(columns=["years", "dollars"])
