"""Live: who is signed in, state that outlasts reruns, and a chart that moves over the websocket."""

import secrets
import socket
from datetime import datetime
from pathlib import Path

import streamlit as st

import identity
import meter

ICON = Path(__file__).with_name("icon.svg")


def main() -> None:
    """Draw the page."""
    st.set_page_config(page_title="Live", page_icon=str(ICON), layout="wide")
    state = st.session_state
    state.setdefault("session", secrets.token_hex(4))
    state.setdefault("started", datetime.now().astimezone())
    state.setdefault("count", 0)
    state.setdefault("notes", [])
    state.setdefault("meter", meter.Meter())

    person = identity.of(st.user.to_dict())
    st.title(f"Signed in as {person.label}" if person else "Nobody is signed in", anchor=False)
    left, right = st.columns(2)
    with left.container(border=True, height="stretch"):
        who(person)
    with right.container(border=True, height="stretch"):
        connection()

    left, right = st.columns([1, 2])
    with left.container(border=True, height="stretch"):
        counter()
    with right.container(border=True, height="stretch"):
        notes()

    with st.container(border=True):
        live_chart()


def who(person: identity.Person | None) -> None:
    """Show what the gateway told about the visitor."""
    st.subheader("Identity", anchor=False)
    if person:
        facts(
            {
                "Name": person.name,
                "E-mail": person.email,
                "User": person.user,
                "Groups": ", ".join(person.groups),
            }
        )
    elif st.user:
        st.warning(
            "The names of identity headers are configured, but this connection carried none of them. "
            "Did it come past the gateway?"
        )
    else:
        st.info(
            "No gateway is in front of this app. Behind one, the name, e-mail address and groups of the visitor "
            "appear here, by `server.trustedUserHeaders` and without a line of code."
        )
    with st.expander("What `st.user` holds"):
        st.json(st.user.to_dict())


def connection() -> None:
    """Show what this connection looks like from within. Header values may be secret, so only names are listed."""
    st.subheader("Connection", anchor=False)
    facts(
        {
            "Address": st.context.url,
            "Replica": socket.gethostname(),
            "Session": st.session_state["session"],
            "Since": f"{st.session_state['started']:%Y-%m-%d %H:%M:%S %Z}",
        }
    )
    with st.expander("Headers that came with it"):
        st.text(", ".join(sorted({name.lower() for name in st.context.headers})) or "none")


@st.fragment
def counter() -> None:
    """Count clicks: the smallest round trip from the browser to the app and back."""
    st.subheader("State", anchor=False)
    if st.button("Count", type="primary"):
        st.session_state["count"] += 1
    st.subheader(f"Count: {st.session_state['count']}", anchor=False)
    st.caption("Kept for this session: over reruns, and over a connection that drops and comes back.")


@st.fragment
def notes() -> None:
    """Keep a list of notes."""
    st.subheader("Notes", anchor=False)
    with st.form("note", clear_on_submit=True, border=False):
        text, button = st.columns([4, 1], vertical_alignment="bottom")
        note = text.text_input("New note", max_chars=200, placeholder="Something to remember")
        if button.form_submit_button("Add note", width="stretch") and note.strip():
            st.session_state["notes"].append(note.strip())
    for number, note in enumerate(st.session_state["notes"], start=1):
        st.text(f"{number}. {note}")
    if st.session_state["notes"]:
        st.button("Clear notes", type="tertiary", on_click=st.session_state["notes"].clear)
    else:
        st.caption("No notes yet.")


def live_chart() -> None:
    """Ask whether the chart moves and how much it shows; `?live=false` in the address opens it at rest."""
    st.subheader("This app, right now", anchor=False)
    toggle, slider = st.columns([1, 3], vertical_alignment="center", gap="large")
    live = toggle.toggle("Live updates", value=True, key="live", bind="query-params")
    window = slider.slider("Seconds to show", 15, 300, 60, step=15, key="window", bind="query-params")
    st.fragment(stream, run_every=1 if live else None)(live, window)


def stream(live: bool, window: int) -> None:
    """Take a sample and draw those of the window. Only this part of the page runs every second."""
    samples = st.session_state["meter"]
    if live or not len(samples):
        samples.take()
    st.markdown(f"Showing the last {window} seconds · Samples: {len(samples)} · {'live' if live else 'stopped'}")
    for place, measure in zip(st.columns(2), meter.MEASURES, strict=True):
        place.metric(measure.label, samples.latest(measure))
        place.vega_lite_chart(samples.newest(measure, window), meter.chart(measure), key=f"chart-{measure.column}")


def facts(values: dict[str, str | None]) -> None:
    """List names and values, as plain text: values come from outside."""
    for name, value in values.items():
        left, right = st.columns([1, 4], gap="small")
        left.markdown(f"**{name}**")
        right.text(value or "–")


main()
