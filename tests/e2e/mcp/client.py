"""An agent: the official MCP client, unchanged, with a person who logs in at Keycloak.

usage: client.py SERVER NAME PASSWORD TOKEN

TOKEN is an access token without the scope of the tool. Prints the outcomes as JSON.
"""
import asyncio
import html
import json
import re
import sys
from urllib.parse import parse_qs, urlsplit

import httpx2
from mcp import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientMetadata

CALLBACK = "http://localhost:33418/callback"
server, name, password, weak_token = sys.argv[1:]


class Memory:
    """Stores tokens and the registered client."""

    def __init__(self):
        self.tokens = self.client = None

    async def get_tokens(self):
        return self.tokens

    async def set_tokens(self, tokens):
        self.tokens = tokens

    async def get_client_info(self):
        return self.client

    async def set_client_info(self, client):
        self.client = client


class Person:
    """Opens the login page in a browser without scripts, and logs in."""

    def __init__(self):
        # Like a browser, and unlike Python's jar, sends Secure cookies to localhost.
        self.cookies = {}

    async def send(self, method, url, **request):
        async with httpx2.AsyncClient(timeout=60) as http:
            cookies = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            response = await http.request(method, url, headers={"cookie": cookies}, **request)
        for cookie in response.headers.get_list("set-cookie"):
            cookie_name, value = cookie.split(";")[0].split("=", 1)
            self.cookies[cookie_name] = value
        return response

    async def open(self, url):
        response = await self.send("GET", url)
        while not (response.headers.get("location") or "").startswith(CALLBACK):
            if location := response.headers.get("location"):
                response = await self.send("GET", response.url.join(location))
                continue
            action = re.search(r'<form[^>]*action="([^"]+)"', response.text)
            assert action, f"{response.status_code}: {response.text}"
            consent = 'name="accept"' in response.text
            form = {"accept": "Yes"} if consent else {"username": name, "password": password}
            hidden = re.findall(r'<input[^>]*type="hidden"[^>]*name="([^"]+)"[^>]*value="([^"]*)"', response.text)
            form |= {key: html.unescape(value) for key, value in hidden}
            response = await self.send("POST", response.url.join(html.unescape(action[1])), data=form)
        self.query = {key: value[0] for key, value in parse_qs(urlsplit(response.headers["location"]).query).items()}

    async def result(self):
        return AuthorizationCodeResult(code=self.query["code"], state=self.query["state"], iss=self.query.get("iss"))


async def whoami(**settings):
    """Calls the tool. Returns its text or the error, and the statuses of the server in their order."""
    statuses = []

    async def record(response):
        if str(response.url) == server:
            statuses.append(response.status_code)

    try:
        async with httpx2.AsyncClient(timeout=60, event_hooks={"response": [record]}, **settings) as http:
            async with Client(streamable_http_client(server, http_client=http)) as client:
                result = await client.call_tool("whoami", {})
                text = result.content[0].text
    except BaseException as error:
        text = describe(error)
    return {"text": text, "statuses": statuses}


def describe(error):
    """All errors in a group, and their causes."""
    texts = [repr(error)]
    if isinstance(error, BaseExceptionGroup):
        texts += [describe(inner) for inner in error.exceptions]
    if error.__cause__:
        texts.append(describe(error.__cause__))
    return " ".join(texts)


async def main():
    person, memory = Person(), Memory()
    metadata = OAuthClientMetadata(redirect_uris=[CALLBACK], client_name="An agent")
    provider = OAuthClientProvider(server, metadata, memory, person.open, person.result)
    outcome = {
        "without a token": await whoami(),
        "with a weak token": await whoami(headers={"Authorization": f"Bearer {weak_token}"}),
        "with a login": await whoami(auth=provider),
        "scope": memory.tokens and memory.tokens.scope,
        "registered": memory.client and memory.client.client_name,
    }
    print(json.dumps(outcome))


asyncio.run(main())
