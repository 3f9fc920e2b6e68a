"""Your data: bring a CSV file, see what is in it. It stays in the memory of this session and nowhere else."""

import streamlit as st

import charts
import uploads


def main() -> None:
    """Draw the page."""
    st.title("Your data", anchor=False)
    st.markdown("Bring a CSV file and see what is in it. It is kept in memory for this session and not stored.")
    chooser = f"csv-file-{st.session_state.setdefault('chooser', 0)}"
    st.file_uploader("CSV file", type=["csv", "tsv", "txt"], key=chooser, on_change=take_file, args=(chooser,))

    if problem := st.session_state.get("upload-problem"):
        st.error(problem, icon=":material/error:")
    upload = st.session_state.get("upload")
    if upload:
        report(upload)
    else:
        st.download_button(
            "Download a sample file",
            uploads.SAMPLE_CSV.encode(),
            file_name="sample.csv",
            mime="text/csv",
            icon=":material/download:",
            on_click="ignore",
        )


def take_file(chooser: str) -> None:
    """Read the file that was just chosen, or forget the one that was just removed."""
    st.session_state["upload"] = st.session_state["upload-problem"] = None
    if file := st.session_state[chooser]:
        try:
            st.session_state["upload"] = uploads.read_csv(file.name, file)
        except uploads.UnreadableFile as problem:
            st.session_state["upload-problem"] = str(problem)


def forget_file() -> None:
    """Forget the file, and offer an empty chooser instead of the one that still shows it."""
    st.session_state["upload"] = st.session_state["upload-problem"] = None
    st.session_state["chooser"] += 1


def report(upload: uploads.Upload) -> None:
    """Show what is in the file."""
    rows = upload.rows
    st.success(
        f"Read {len(rows):,} rows and {len(rows.columns)} columns of `{upload.name.replace('`', '')}`",
        icon=":material/check:",
    )
    if upload.truncated:
        st.warning(f"Only the first {uploads.MAX_ROWS:,} rows are shown.", icon=":material/content_cut:")

    left, right = st.columns([2, 3])
    with left.container(border=True):
        chart(upload)
    with right:
        columns, first_rows = st.tabs(["Columns", "First rows"])
        columns.dataframe(
            uploads.describe(rows),
            hide_index=True,
            column_config={"Filled": st.column_config.ProgressColumn("Filled", format="percent")},
        )
        first_rows.dataframe(rows.head(100), hide_index=True)
        st.button("Forget this file", icon=":material/delete:", on_click=forget_file)


def chart(upload: uploads.Upload) -> None:
    """Ask for a column, or two columns of numbers, and draw them."""
    rows = upload.rows
    numbers = [column for column in rows.columns if uploads.kind(rows[column]) == "number"]
    column = st.selectbox("Column to chart", rows.columns, index=list(rows.columns).index((numbers or rows.columns)[0]))
    others = [other for other in numbers if other != column] if column in numbers else []
    against = st.selectbox("Against", others, index=None, placeholder="Nothing: how often each value occurs")
    if against is None:
        st.altair_chart(charts.distribution(rows[column]), key="distribution")
    else:
        st.altair_chart(charts.scatter(rows[against], rows[column]), key="scatter")


main()
