"""Schwab's log-in as its documents describe it: codes that work once, tokens, and everything that can go wrong.

Without a socket, so that every fake of Schwab can stand on it; `schwab_login_server` is one that does nothing else.
"""

from __future__ import annotations

import base64
import hashlib
import itertools
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlencode

import msgspec

APP_KEY, APP_SECRET = "TESTAPPKEY-a1b2c3d4e5", "TESTAPPSECRET-f6g7h8"


class Reply(NamedTuple):
    """Status, headers beyond the usual ones, body; `slow`: the headers come, the rest does not."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = (("Content-Type", "application/json"),)
    slow: bool = False


def _json(status: int, content: Any) -> Reply:
    return Reply(status, msgspec.json.encode(content))


def _refused(status: int, error: str, description: str = "") -> Reply:
    return _json(status, {"error": error, "error_description": description or error})


class LoginDesk:
    """Knows one app. `how` is what its token endpoint does: "normal", or one of the faults of `_fault`."""

    def __init__(self) -> None:
        self.how = "normal"
        #: Where the fault "redirect" leads.
        self.to = ""
        self.lives_s = 1800
        #: False: each renewal gives another refresh token, and the one before it is dead.
        self.same_refresh = True
        self._numbers = itertools.count(1)
        #: Code -> what the log-in asked for.
        self._codes: dict[str, dict[str, str]] = {}
        self.good_access: set[str] = set()
        self.good_refresh: set[str] = set()
        #: Forms that reached the token endpoint.
        self.forms: list[dict[str, str]] = []

    def authorize(self, query: str) -> Reply:
        """The page of the log-in; the person is quick and agrees, so it leads straight back."""
        asked = dict(parse_qsl(query, strict_parsing=True))
        if asked.get("client_id") != APP_KEY or asked.get("response_type") != "code":
            return _refused(400, "invalid_request")
        code = self.code(asked)
        back = {"code": code, "session": f"session-{next(self._numbers)}"}
        if "state" in asked:
            back["state"] = asked["state"]
        where = f"{asked['redirect_uri']}{'' if asked['redirect_uri'].count('/') > 2 else '/'}?{urlencode(back)}"
        return Reply(302, b"", (("Location", where),))

    def code(self, asked: dict[str, str]) -> str:
        """A code that works once, for what was asked."""
        code = f"C0.FAKECODE{next(self._numbers)}.x+y/z@"
        self._codes[code] = asked
        return code

    def token(self, authorization: str, form_text: str) -> Reply:
        """The token endpoint."""
        form = dict(parse_qsl(form_text, keep_blank_values=True))
        self.forms.append(form)
        if self.how != "normal":
            return self._fault()
        if authorization != "Basic " + base64.b64encode(f"{APP_KEY}:{APP_SECRET}".encode()).decode():
            return _refused(401, "invalid_client", "Unauthorized")
        if form.get("grant_type") == "authorization_code":
            return self._for_code(form)
        if form.get("grant_type") == "refresh_token":
            return self._for_refresh(form)
        return _refused(400, "unsupported_grant_type")

    def _for_code(self, form: dict[str, str]) -> Reply:
        asked = self._codes.pop(form.get("code", ""), None)
        if asked is None or form.get("redirect_uri") != asked["redirect_uri"]:
            return _refused(400, "invalid_grant", "Bad authorization code")
        if "code_challenge" in asked:
            digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
                return _refused(400, "invalid_grant", "PKCE")
        refresh = f"FAKEREFRESH{next(self._numbers)}@"
        self.good_refresh.add(refresh)
        return self._tokens(refresh)

    def _for_refresh(self, form: dict[str, str]) -> Reply:
        refresh = form.get("refresh_token", "")
        if refresh not in self.good_refresh:
            wrapped = '400 Bad Request: "{\\"error\\":\\"refresh_token_authentication_error\\"}"'
            return _refused(400, "unsupported_token_type", wrapped)
        if not self.same_refresh:
            self.good_refresh.discard(refresh)
            refresh = f"FAKEREFRESH{next(self._numbers)}@"
            self.good_refresh.add(refresh)
        return self._tokens(refresh)

    def _tokens(self, refresh: str) -> Reply:
        access = f"FAKEACCESS{next(self._numbers)}@"
        self.good_access = {access}
        return _json(
            200,
            {
                "expires_in": self.lives_s,
                "token_type": "Bearer",
                "scope": "api",
                "refresh_token": refresh,
                "access_token": access,
                "id_token": "FAKEIDTOKEN",
            },
        )

    def _fault(self) -> Reply:
        faults = {
            "invalid_grant": _refused(400, "invalid_grant"),
            "invalid_client": _refused(401, "invalid_client"),
            "other_refusal": _refused(400, "invalid_request", "FAKEREFRESH leaked into a description"),
            "server_error": Reply(500, b"oops"),
            "html": Reply(200, b"<html><body>Please accept our terms</body></html>", (("Content-Type", "text/html"),)),
            "redirect": Reply(307, b"", (("Location", self.to),)),
            "huge": Reply(200, b'{"access_token":"' + b"A" * 2**22 + b'"}'),
            "packed": Reply(200, b"", (("Content-Encoding", "gzip"),)),
            "slow": Reply(200, b"", slow=True),
            "too_many": Reply(429, b"{}", (("Retry-After", "7"),)),
            "no_numbers": _json(200, {"access_token": "FAKEACCESS0@", "refresh_token": "FAKEREFRESH0@"}),
            "odd_token": _json(200, {"access_token": "a\r\nb", "refresh_token": "c", "expires_in": 1800}),
        }
        return faults[self.how]
