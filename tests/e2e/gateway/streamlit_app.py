# An app for logged-in users only.
import streamlit as st

if not st.user.get("is_logged_in"):
    st.write("Not logged in")
    st.stop()
st.write(f"Hello, {st.user.get('email')}!")
st.write(f"Headers: {sorted(st.context.headers.get_all('X-User-Email'))}")
if st.button("Press"):
    st.write("Pressed")
