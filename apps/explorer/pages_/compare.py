"""Compare: a few countries next to each other. The choice is in the address, so it can be bookmarked and sent."""

import pandas as pd
import streamlit as st

import charts
import world

AT_FIRST = ["Botswana", "China", "Norway", "Rwanda"]
MOST = 6


def main() -> None:
    """Draw the page."""
    rows = world.load()
    st.title("Compare countries", anchor=False)
    with st.container(border=True):
        which, what = st.columns([3, 2], gap="medium")
        countries = which.multiselect(
            "Countries",
            sorted(rows["country"].unique()),
            default=AT_FIRST,
            max_selections=MOST,
            key="country",
            bind="query-params",
        )
        measure = what.segmented_control(
            "Measure",
            list(world.MEASURES),
            default="Life expectancy",
            required=True,
            key="measure",
            bind="query-params",
        )
    if not countries:
        st.info("Choose at least one country.")
        return

    st.markdown(f"**{measure} of {', '.join(countries)}**")
    column = world.MEASURES[measure]
    chosen = rows[rows["country"].isin(countries)]
    with st.container(border=True):
        st.altair_chart(charts.countries_over_time(chosen, column, countries), key="over-time")
    changes(chosen, countries, column)
    st.caption(world.CREDIT)


def changes(rows: pd.DataFrame, countries: list[str], column: str) -> None:
    """Show for each country the last value and how far it is from the first."""
    values = rows.pivot_table(index="year", columns="country", values=column)
    for card, country in zip(st.columns(max(len(countries), 3)), countries, strict=False):
        first, last = values[country].iloc[0], values[country].iloc[-1]
        card.metric(
            country,
            shown(last, column),
            f"{last - first:+.1f}" if column == "life_expectancy" else f"{last / first - 1:+,.0%}",
            delta_description=f"since {world.FIRST_YEAR}",
            border=True,
        )


def shown(value: float, column: str) -> str:
    """Write a value as its measure is usually written."""
    if column == "life_expectancy":
        return f"{value:.1f} years"
    return f"${value:,.0f}" if column == "gdp_per_person" else f"{value / 1e6:,.1f} million"


main()
