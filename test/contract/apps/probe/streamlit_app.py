"""Shows what the app knows, in one piece of JSON that a test can find in the page."""

import hashlib
import json
import socket

import streamlit as st

state = st.session_state
state.setdefault("clicks", 0)

st.title("Contract probe")
if st.button("Count", key="count"):
    state.clicks += 1
file = st.file_uploader("File", key="file")

report = {
    "user": st.user.to_dict(),
    "headers": {name.lower(): st.context.headers.get_all(name) for name in st.context.headers},
    "clicks": state.clicks,
    "file": file and {"name": file.name, "size": file.size, "sha256": hashlib.sha256(file.getvalue()).hexdigest()},
    "container": socket.gethostname(),
    "address": st.context.ip_address,
    "secret": hashlib.sha256(str(st.secrets.get("DB_PASSWORD")).encode()).hexdigest(),
}
st.code(f"<probe>{json.dumps(report)}</probe>")
