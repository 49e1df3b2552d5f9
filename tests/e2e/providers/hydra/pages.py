"""The pages that Ory Hydra leaves to its operator: login, consent, logout and errors. python3 pages.py SETTINGS.json

The settings are those of ../node/server.mjs, and `admin_port` and `pages_port`. It registers the client first.
Controls for the tests:
  POST /__control/rotate             signs with a new key from now on, and forgets the old one
  POST /__control/rotate?kid=same    the same, under the key id of the old one
"""

import html
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

with open(sys.argv[1], encoding="utf-8") as file:
    SETTINGS = json.load(file)
ADMIN = f"http://127.0.0.1:{SETTINGS['admin_port']}/admin"
KEYS = "/keys/hydra.openid.id-token"


def admin(method, path, body=None):
    data = None if body is None else json.dumps(body).encode()
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(ADMIN + path, data=data, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=20) as answer:
        text = answer.read()
        return json.loads(text) if text else None


def wait():
    """Waits until the public port of Hydra accepts connections, which may be after that of its API."""
    for _ in range(600):
        try:
            return urllib.request.urlopen(SETTINGS["issuer"] + "/.well-known/openid-configuration").close()
        except OSError:
            time.sleep(0.05)
    sys.exit("Hydra does not answer")


def register():
    client = SETTINGS["client"]
    admin(
        "POST",
        "/clients",
        {
            "client_id": client["id"],
            "client_secret": client["secret"],
            "client_name": "the app under test",
            "redirect_uris": [client["redirect_uri"]],
            "post_logout_redirect_uris": client["post_logout_redirect_uris"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": "openid profile email",
            "token_endpoint_auth_method": "client_secret_basic",
        },
    )


def rotate(same_kid):
    kid = admin("GET", KEYS)["keys"][0]["kid"] if same_kid else None
    admin("DELETE", KEYS)
    admin("POST", KEYS, {"alg": "RS256", "use": "sig", "kid": kid or ""})


def flow(kind, challenge, action="", body=None):
    query = urllib.parse.urlencode({f"{kind}_challenge": challenge})
    path = f"/oauth2/auth/requests/{kind}{action}?{query}"
    return admin("PUT" if action else "GET", path, body)


class Pages(BaseHTTPRequestHandler):
    def do_GET(self):
        self.guarded(self.page, {})

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length") or 0)).decode()
        if self.path.startswith("/__control/rotate"):
            return self.guarded(self.rotate, {})
        return self.guarded(self.page, dict(urllib.parse.parse_qsl(body)))

    def rotate(self, _):
        rotate(same_kid=self.path.endswith("?kid=same"))
        self.answer(200, "rotated")

    def page(self, form):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        kind = url.path.strip("/")
        challenge = query.get(f"{kind}_challenge", "")
        if kind == "login":
            return self.login(challenge, form)
        if kind == "consent":
            return self.consent(challenge)
        if kind == "logout":
            return self.leave(flow("logout", challenge, "/accept", {}))
        words = " ".join(query.get(name, "") for name in ("error", "error_description"))
        return self.answer(400, html.escape(words or "nothing here"))

    def login(self, challenge, form):
        asked = flow("login", challenge)
        user = form.get("login", "")
        if asked["skip"]:
            return self.leave(flow("login", challenge, "/accept", {"subject": asked["subject"]}))
        if user in SETTINGS["people"] and form.get("password") == "password":
            accepted = {"subject": user, "remember": True, "remember_for": 3600}
            return self.leave(flow("login", challenge, "/accept", accepted))
        return self.answer(
            200,
            '<form method="post"><label>User <input name="login"></label>'
            '<label>Password <input name="password" type="password"></label><button>Sign in</button></form>',
        )

    def consent(self, challenge):
        asked = flow("consent", challenge)
        claims = SETTINGS["people"][asked["subject"]]
        accepted = {"grant_scope": asked["requested_scope"], "session": {"id_token": claims}}
        return self.leave(flow("consent", challenge, "/accept", accepted))

    def leave(self, reply):
        self.answer(302, "", location=reply["redirect_to"])

    def answer(self, status, body, **headers):
        text = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Hydra</title>{body}</html>'.encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("content-type", "text/html; charset=utf-8")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def guarded(self, act, form):
        try:
            act(form)
        except urllib.error.HTTPError as error:
            self.answer(502, html.escape(error.read().decode()))


wait()
register()
ThreadingHTTPServer(("127.0.0.1", SETTINGS["pages_port"]), Pages).serve_forever()
