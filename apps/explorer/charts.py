"""The charts of the app. Each function takes rows and returns an Altair chart; the theme comes from Streamlit."""

import math
from collections.abc import Sequence

import altair as alt
import pandas as pd

import world

ROUND = [digit * 10**zeros for zeros in range(2, 10) for digit in (1, 2, 5)]
AXES = {
    "life_expectancy": alt.Axis(title="Life expectancy (years)"),
    "gdp_per_person": alt.Axis(title="GDP per person (dollars)", format="$~s", values=ROUND),
    "population": alt.Axis(title="Population", format="~s", values=ROUND, labelExpr="replace(datum.label, 'G', 'B')"),
}
MOST_BARS = 15
NAME_WIDTH = 0.4  # of a name in the bubble chart: powers of ten of dollars
NAME_HEIGHT = 3.5  # years


def bubbles(rows: pd.DataFrame, *, dark: bool) -> alt.LayerChart:
    """Draw one bubble for each country: wealth across, health up, people as area. The largest are named."""
    ink, paper = ("white", "black") if dark else ("black", "white")
    x = alt.X(
        "gdp_per_person:Q",
        title="GDP per person (dollars, logarithmic)",
        scale=alt.Scale(type="log", domain=[200, 120_000]),
        axis=alt.Axis(format="$~s", values=[500, 1000, 2000, 5000, 10_000, 20_000, 50_000, 100_000]),
    )
    y = alt.Y("life_expectancy:Q", title="Life expectancy (years)", scale=alt.Scale(domain=[20, 88], nice=False))
    picked = alt.selection_point(fields=["continent"], bind="legend")
    circles = (
        alt.Chart(rows)
        .mark_circle(stroke=paper, strokeWidth=0.6)
        .encode(
            x=x,
            y=y,
            size=alt.Size(
                "population:Q", legend=None, scale=alt.Scale(type="sqrt", domain=[0, 1.3e9], range=[20, 4200])
            ),
            color=continent_color(),
            opacity=alt.condition(picked, alt.value(0.75), alt.value(0.08)),
            order=alt.Order("population:Q", sort="descending"),
            tooltip=[
                alt.Tooltip("country:N", title="Country"),
                alt.Tooltip("life_expectancy:Q", title="Life expectancy", format=".1f"),
                alt.Tooltip("gdp_per_person:Q", title="GDP per person", format="$,.0f"),
                alt.Tooltip("population:Q", title="Population", format=",d"),
            ],
        )
        .add_params(picked)
    )
    named = alt.Chart(apart(rows.nlargest(10, "population"))).encode(x=x, y=y, text="country:N")
    halo = named.mark_text(fontSize=11, fontWeight=600, stroke=paper, strokeWidth=3, strokeOpacity=0.5)
    names = named.mark_text(fontSize=11, fontWeight=600, color=ink)
    return (circles + halo + names).properties(height=440)


def apart(rows: pd.DataFrame) -> pd.DataFrame:
    """Leave out the rows whose names would be written over that of an earlier one."""
    kept: list[tuple[float, float]] = []
    names = []
    for index, row in rows.iterrows():
        x, y = math.log10(row["gdp_per_person"]), row["life_expectancy"]
        if all(abs(x - other_x) > NAME_WIDTH or abs(y - other_y) > NAME_HEIGHT for other_x, other_y in kept):
            kept.append((x, y))
            names.append(index)
    return rows.loc[names]


def continents_over_time(rows: pd.DataFrame, year: int) -> alt.LayerChart:
    """Draw the life expectancy of each continent over the years, and a rule at `year`."""
    lines = (
        alt.Chart(world.per_year(rows, by="continent"))
        .mark_line(strokeWidth=2.5, point=alt.OverlayMarkDef(size=30))
        .encode(
            x=year_axis(),
            y=alt.Y("life_expectancy:Q", title="Life expectancy (years)", scale=alt.Scale(zero=False)),
            color=continent_color(legend=False),
            tooltip=["continent:N", "year:Q", alt.Tooltip("life_expectancy:Q", format=".1f")],
        )
    )
    rule = alt.Chart(pd.DataFrame({"year": [year]})).mark_rule(color="gray", strokeDash=[4, 4]).encode(x=year_axis())
    return (rule + lines).properties(height=440)


def countries_over_time(rows: pd.DataFrame, measure: str, order: Sequence[str]) -> alt.LayerChart:
    """Draw one measure of a few countries over the years, each line named at its end."""
    logarithmic = measure != "life_expectancy"
    encoding = {
        "x": year_axis(padding=10),
        "y": alt.Y(
            f"{measure}:Q",
            axis=AXES[measure],
            scale=alt.Scale(type="log", nice=False, padding=20) if logarithmic else alt.Scale(zero=False),
        ),
        "color": alt.Color("country:N", sort=list(order), legend=None),
    }
    lines = (
        alt.Chart(rows)
        .mark_line(strokeWidth=3, point=alt.OverlayMarkDef(size=45))
        .encode(
            **encoding,
            tooltip=["country:N", "year:Q", alt.Tooltip(f"{measure}:Q", format=",.1f")],
        )
    )
    names = (
        alt.Chart(rows[rows["year"] == world.LAST_YEAR])
        .mark_text(align="left", dx=10, fontSize=13, fontWeight=600)
        .encode(**encoding, text="country:N")
    )
    return (lines + names).properties(height=440)


def distribution(values: pd.Series) -> alt.Chart:
    """Draw a histogram of numbers, or the most frequent values of anything else."""
    title = str(values.name)
    if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
        return (
            alt.Chart(pd.DataFrame({"value": values.astype(float)}).dropna())
            .mark_bar(cornerRadiusTopLeft=3, cornerRadiusTopRight=3)
            .encode(
                x=alt.X("value:Q", bin=alt.Bin(maxbins=20), title=title),
                y=alt.Y("count()", title="Rows", axis=alt.Axis(tickMinStep=1)),
                tooltip=[alt.Tooltip("count()", title="Rows")],
            )
            .properties(height=360)
        )
    counts = values.dropna().astype(str).value_counts().head(MOST_BARS).rename_axis("value").reset_index(name="rows")
    return (
        alt.Chart(counts)
        .mark_bar(cornerRadiusEnd=3)
        .encode(
            x=alt.X("rows:Q", title="Rows", axis=alt.Axis(tickMinStep=1)),
            y=alt.Y("value:N", sort="-x", title=title, axis=alt.Axis(labelLimit=240)),
            tooltip=["value:N", "rows:Q"],
        )
        .properties(height=360)
    )


def scatter(across: pd.Series, up: pd.Series) -> alt.Chart:
    """Draw two columns of numbers against each other."""
    points = pd.DataFrame({"across": across, "up": up}).dropna()
    return (
        alt.Chart(points)
        .mark_circle(size=60, opacity=0.7)
        .encode(
            x=alt.X("across:Q", title=str(across.name), scale=alt.Scale(zero=False)),
            y=alt.Y("up:Q", title=str(up.name), scale=alt.Scale(zero=False)),
            tooltip=[
                alt.Tooltip("across:Q", title=str(across.name)),
                alt.Tooltip("up:Q", title=str(up.name)),
            ],
        )
        .properties(height=360)
    )


def continent_color(*, legend: bool = True) -> alt.Color:
    """Give each continent its own colour, the same in all charts and whatever the filters leave."""
    return alt.Color(
        "continent:N",
        scale=alt.Scale(domain=world.CONTINENTS),
        legend=alt.Legend(title=None, orient="top", symbolStrokeWidth=0) if legend else None,
    )


def year_axis(padding: int = 0) -> alt.X:
    """Return the years of the data set as an axis, with room at its end for names."""
    return alt.X(
        "year:Q",
        title=None,
        axis=alt.Axis(format="d", values=list(range(world.FIRST_YEAR, world.LAST_YEAR + 1, 10)), grid=False),
        scale=alt.Scale(domain=[world.FIRST_YEAR, world.LAST_YEAR + padding], nice=False),
    )
