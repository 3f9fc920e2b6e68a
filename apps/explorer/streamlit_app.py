"""Explorer: fifty-five years of health and wealth, country by country, and a page for data of your own."""

from pathlib import Path

import streamlit as st

ICON = Path(__file__).with_name("icon.svg")

st.set_page_config(page_title="Explorer", page_icon=str(ICON), layout="wide")

page = st.navigation(
    [
        st.Page("pages_/overview.py", title="Overview", icon=":material/bubble_chart:", default=True),
        st.Page("pages_/compare.py", title="Compare", icon=":material/stacked_line_chart:", url_path="compare"),
        st.Page("pages_/your_data.py", title="Your data", icon=":material/upload_file:", url_path="your-data"),
    ],
    position="top",
)
page.run()
