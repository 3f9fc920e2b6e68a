"""What the benchmark opens: a plain page like the first one of `streamlit hello`, and the smallest round trip."""

import streamlit as st

st.set_page_config(page_title="Benchmark")
st.sidebar.success("Select a demo above.")
st.title("Welcome to Streamlit!")
st.markdown(
    """
    Streamlit is an open-source app framework built specifically for machine learning and data science projects.
    **Select a demo from the sidebar** to see some examples of what it can do!

    ### Want to learn more?

    - Check out [streamlit.io](https://streamlit.io)
    - Jump into the [documentation](https://docs.streamlit.io)
    - Ask a question in the [community forums](https://discuss.streamlit.io)
    """
)

st.session_state.setdefault("count", 0)
if st.button("Count", key="click"):
    st.session_state["count"] += 1
# Last, and found by its key: when it is there, the whole page is.
with st.container(key="end"):
    st.text(f"Count: {st.session_state['count']}")
