# Opens a page of a Streamlit app without a browser, and prints its content as JSON.
#
#   session.py ORIGIN [BUTTON] < COOKIES      the Cookie header is read from standard input, so that it is not in the process list
#
# With BUTTON, presses that button, and "redirect" is the URL to which the app redirects.
# HEADERS in the environment is a JSON object of further headers for the WebSocket.
# Runs in the environment of the app and uses its protocol: Streamlit's messages over the installed websocket library.
import asyncio
import json
import os
import sys
import urllib.request

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

origin, button = sys.argv[1].rstrip("/"), sys.argv[2] if len(sys.argv) > 2 else None
cookies = sys.stdin.read().strip()
further = json.loads(os.environ.get("HEADERS", "{}"))


def xsrf():
    """The XSRF token, which Streamlit's front end reads from its cookie and sends as well."""
    request = urllib.request.Request(f"{origin}/_stcore/health", headers={"Cookie": cookies} if cookies else {})
    with urllib.request.urlopen(request) as answer:
        for header in answer.headers.get_all("Set-Cookie") or []:
            name, _, value = header.split(";")[0].partition("=")
            if name == "_streamlit_xsrf":
                return value.strip('"')
    raise SystemExit("no _streamlit_xsrf")


class Page:
    """The elements that the script has rendered so far."""

    def __init__(self):
        self.texts, self.buttons, self.redirect = [], {}, None

    def take(self, message):
        kind = message.WhichOneof("type")
        if kind == "delta":
            element = message.delta.new_element
            drawn = element.WhichOneof("type")
            if drawn == "markdown":
                self.texts.append(element.markdown.body)
            elif drawn == "button":
                self.buttons[element.button.label] = element.button.id
            elif drawn == "exception":
                self.texts.append(element.exception.message)
        elif kind == "auth_redirect":
            self.redirect = message.auth_redirect.url
        return kind == "script_finished" or self.redirect is not None


def run(page_state=None):
    message = BackMsg()
    message.rerun_script.query_string = ""
    if page_state:
        state = message.rerun_script.widget_states.widgets.add()
        state.id, state.trigger_value = page_state, True
    return message.SerializeToString()


async def visit(send, receive):
    async def until_finished():
        page = Page()
        while True:
            message = ForwardMsg()
            message.ParseFromString(await asyncio.wait_for(receive(), 30))
            if page.take(message):
                return page

    await send(run())
    page = await until_finished()
    if button:
        if button not in page.buttons:
            raise SystemExit(f"no button {button!r}: {page.texts} {list(page.buttons)}")
        await send(run(page.buttons[button]))
        while page.redirect is None:
            page = await until_finished()
    return page


async def main():
    token = xsrf()
    headers = {"Origin": origin, "Cookie": "; ".join(filter(None, [cookies, f"_streamlit_xsrf={token}"]))}
    url = f"ws{origin[4:]}/_stcore/stream"
    protocols = ["streamlit", token]
    try:
        import websockets
    except ImportError:
        import tornado.httpclient
        import tornado.websocket

        request = tornado.httpclient.HTTPRequest(url, headers=headers)
        socket = await tornado.websocket.websocket_connect(request, subprotocols=protocols)
        page = await visit(lambda data: socket.write_message(data, binary=True), socket.read_message)
        socket.close()
    else:
        # `Origin` is a separate parameter there.
        extra = {"Cookie": headers["Cookie"], **further}
        async with websockets.connect(url, origin=origin, additional_headers=extra, subprotocols=protocols, max_size=None) as socket:
            page = await visit(socket.send, socket.recv)
    print(json.dumps({"texts": page.texts, "buttons": list(page.buttons), "redirect": page.redirect}))


asyncio.run(main())
