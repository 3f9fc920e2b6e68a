"""Keeps a line in a SQLite file for every click, and shows how many there are."""

import json
import os
import socket
import sqlite3

import streamlit as st

database = sqlite3.connect("data/ledger.db")
database.execute("PRAGMA journal_mode = WAL")
database.execute("CREATE TABLE IF NOT EXISTS clicks (at TEXT DEFAULT CURRENT_TIMESTAMP)")

st.title("Ledger")
if st.button("Count", key="count"):
    with database:
        database.execute("INSERT INTO clicks DEFAULT VALUES")
(clicks,) = database.execute("SELECT count(*) FROM clicks").fetchone()
report = {"clicks": clicks, "files": sorted(os.listdir("data")), "container": socket.gethostname()}
st.code(f"<probe>{json.dumps(report)}</probe>")
