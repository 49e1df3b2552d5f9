# The example of Streamlit's guide, "Use an OIDC identity provider", with a second button for a provider that is added at run time.
import streamlit as st

if not st.user.is_logged_in:
    if st.button("Log in"):
        st.login()
    if st.button("Log in with later"):
        st.login("later")
    st.write("Nobody I know")
else:
    if st.button("Log out"):
        st.logout()
        st.stop()
    st.write(f"Hello, {st.user.name}!")
    st.write(f"{len(st.user.get('groups', []))} groups, by {st.user.get('provider')}")
