"""Overview: the world in one year, filtered, charted, and as rows to take away."""

import pandas as pd
import streamlit as st

import charts
import world

SIZES = [0, 1, 5, 10, 50, 100]


def main() -> None:
    """Draw the page."""
    st.title("Health and wealth of nations", anchor=False)
    rows, year = filters(world.load())
    now = rows[rows["year"] == year].sort_values("population", ascending=False)
    if now.empty:
        st.info("No country matches these filters.")
        return
    st.markdown(f"**{len(now)} countries in {year}**")
    figures(rows, year)

    left, right = st.columns([3, 2])
    with left.container(border=True):
        st.markdown("**Richer countries live longer**")
        st.altair_chart(charts.bubbles(now, dark=st.context.theme.type == "dark"), key="bubbles")
    with right.container(border=True):
        st.markdown("**Life expectancy by continent**")
        st.altair_chart(charts.continents_over_time(rows, year), key="continents")

    table(rows, now)
    st.download_button(
        "Download filtered rows",
        now.to_csv(index=False).encode(),
        file_name=f"countries-{year}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
    )
    st.caption(world.CREDIT)


def filters(rows: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Ask for the filters, which are part of the address, and return the rows that are left and the year."""
    with st.container(border=True):
        where, size, when = st.columns([5, 3, 4], gap="medium")
        continents = where.pills(
            "Continents", world.CONTINENTS, selection_mode="multi", key="continent", bind="query-params"
        )
        smallest = size.select_slider(
            "Smallest population", SIZES, format_func=millions, key="smallest", bind="query-params"
        )
        year = when.slider(
            "Year",
            world.FIRST_YEAR,
            world.LAST_YEAR,
            world.LAST_YEAR,
            world.STEP,
            key="year",
            bind="query-params",
        )
    return world.select(rows, continents, smallest), year


def millions(number: int) -> str:
    """Name a number of millions."""
    return f"{number} million" if number else "Any"


def figures(rows: pd.DataFrame, year: int) -> None:
    """Show the sums of the year, how they changed since the first, and the way between."""
    years = world.per_year(rows).set_index("year")
    now, first, way = years.loc[year], years.loc[world.FIRST_YEAR], years.loc[:year]
    since = f"since {world.FIRST_YEAR}"
    cards = st.columns(3)
    cards[0].metric(
        "People",
        now["population"],
        None if year == world.FIRST_YEAR else f"{now['population'] / first['population'] - 1:+,.0%}",
        delta_description=since,
        format="compact",
        chart_data=way["population"],
        chart_type="area",
        border=True,
    )
    cards[1].metric(
        "Life expectancy",
        f"{now['life_expectancy']:.1f} years",
        None if year == world.FIRST_YEAR else f"{now['life_expectancy'] - first['life_expectancy']:+.1f}",
        delta_description=since,
        chart_data=way["life_expectancy"],
        chart_type="area",
        border=True,
    )
    cards[2].metric(
        "GDP per person",
        f"${now['gdp_per_person']:,.0f}",
        None if year == world.FIRST_YEAR else f"{now['gdp_per_person'] / first['gdp_per_person'] - 1:+,.0%}",
        delta_description=since,
        chart_data=way["gdp_per_person"],
        chart_type="area",
        border=True,
    )


def table(rows: pd.DataFrame, now: pd.DataFrame) -> None:
    """List the countries of the year, each with its way since the first."""
    way = rows.groupby("country")["life_expectancy"].agg(list).rename("way")
    st.dataframe(
        now.drop(columns="year").round({"gdp_per_person": 0}).join(way, on="country"),
        hide_index=True,
        height=320,
        column_config={
            "country": st.column_config.TextColumn("Country", pinned=True),
            "continent": "Continent",
            "population": st.column_config.NumberColumn("Population", format="localized"),
            "life_expectancy": st.column_config.ProgressColumn(
                "Life expectancy", format="%.1f", min_value=0, max_value=90
            ),
            "gdp_per_person": st.column_config.NumberColumn("GDP per person ($)", format="localized"),
            "way": st.column_config.LineChartColumn(
                f"Life expectancy {world.FIRST_YEAR}–{world.LAST_YEAR}", y_min=20, y_max=90
            ),
        },
    )


main()
