"""An OpenID provider with Django and django-oauth-toolkit: python toolkit.py SETTINGS.json

Settings as for ../node/server.mjs, as far as they apply. It signs by RS256 only. Its issuer is
http://localhost:PORT/o. It keeps a database next to SETTINGS.json. Each start creates a new signing key.
"""

import json
import sys
from pathlib import Path

import django
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from django.conf import settings
from django.core.management import call_command
from django.core.servers.basehttp import run
from django.core.wsgi import get_wsgi_application

SETTINGS_FILE = Path(sys.argv[1])
SETTINGS = json.loads(SETTINGS_FILE.read_text(encoding="utf-8"))
LOGIN_PAGE = """<!doctype html><html lang="en"><title>Sign in</title><h1>Django</h1>
<form method="post">{% csrf_token %}{{ form.as_p }}<button>Sign in</button></form></html>"""


def signing_key():
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()


def configure():
    settings.configure(
        ALLOWED_HOSTS=["localhost"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": SETTINGS_FILE.with_name("db.sqlite3")}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        INSTALLED_APPS=[
            "django.contrib.auth",
            "django.contrib.contenttypes",
            "django.contrib.sessions",
            "django.contrib.messages",
            "oauth2_provider",
        ],
        LOGIN_URL="/login/",
        MIDDLEWARE=[
            "django.contrib.sessions.middleware.SessionMiddleware",
            "django.middleware.csrf.CsrfViewMiddleware",
            "django.contrib.auth.middleware.AuthenticationMiddleware",
            "django.contrib.messages.middleware.MessageMiddleware",
        ],
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_RSA_PRIVATE_KEY": signing_key(),
            "OIDC_RP_INITIATED_LOGOUT_ENABLED": True,
            "OAUTH2_VALIDATOR_CLASS": f"{__name__}.Validator",
            "SCOPES": {scope: scope for scope in ("openid", "profile", "email", "groups")},
            "PKCE_REQUIRED": True,
            "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
        },
        # Fast on purpose: the passwords are "password".
        PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"],
        ROOT_URLCONF=__name__,
        SECRET_KEY="of a provider that lives for one test",
        TEMPLATES=[
            {
                "BACKEND": "django.template.backends.django.DjangoTemplates",
                "OPTIONS": {
                    "loaders": [
                        ("django.template.loaders.locmem.Loader", {"registration/login.html": LOGIN_PAGE}),
                        "django.template.loaders.app_directories.Loader",
                    ]
                },
            }
        ],
        USE_TZ=True,
    )
    django.setup()


def populate():
    from django.contrib.auth.models import User
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    if User.objects.exists():
        return
    for name in SETTINGS["people"]:
        User.objects.create_user(name, password="password")
    client = SETTINGS["client"]
    Application.objects.create(
        name="the app under test",
        client_id=client["id"],
        client_secret=client["secret"],
        client_type=Application.CLIENT_CONFIDENTIAL,
        authorization_grant_type=Application.GRANT_AUTHORIZATION_CODE,
        algorithm=Application.RS256_ALGORITHM,
        redirect_uris=client["redirect_uri"],
        post_logout_redirect_uris=" ".join(client["post_logout_redirect_uris"]),
    )


configure()

from django.contrib.auth.views import LoginView  # noqa: E402: needs the settings
from django.urls import include, path  # noqa: E402
from oauth2_provider.oauth2_validators import OAuth2Validator  # noqa: E402


class Validator(OAuth2Validator):
    oidc_claim_scope = None  # all claims for any scope

    def get_additional_claims(self, request):
        return SETTINGS["people"][request.user.username]


urlpatterns = [
    path("login/", LoginView.as_view()),
    path("o/", include("oauth2_provider.urls", namespace="oauth2_provider")),
]

if __name__ == "__main__":
    populate()
    print(f"listening as http://localhost:{SETTINGS['port']}/o", file=sys.stderr, flush=True)
    run("127.0.0.1", SETTINGS["port"], get_wsgi_application(), threading=True)
