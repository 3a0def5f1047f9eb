"""Who gets in: login, HTTPS, sessions, and what every answer says to browsers."""

import stat

import pytest

from tests.admin.conftest import CONFIGURATION, MASTER
from tests.admin.visitor import PASSWORD, SN, USER, Visitor, page
from tests.site import Site, poll
from updateserver.login.passwords import hashed
from updateserver.web.embedded import EmbeddedServer

WRONG = "wrong"
PAGES = ("status", "show", "info", "snippets", "audit", f"device&sn={SN}", "export", "move", "next", "backup")


@pytest.mark.parametrize("mode", PAGES)
def test_nothing_is_shown_without_login(stranger: Visitor, served: Site, mode: str) -> None:
    served.get(poll(type="SECRET1"))
    stranger.get("?nohttps")

    answer = stranger.get(f"?mode={mode}")

    assert answer.status == 403
    assert page(answer).xpath("//input[@type='password']")
    assert "SECRET1" not in answer.text


def test_over_http_it_asks_for_https(stranger: Visitor) -> None:
    answer = stranger.get("?mode=show")
    assert answer.status == 403
    assert "HTTPS required" in answer.text


def test_without_a_port_it_leads_to_https(served: Site) -> None:
    answer = served.get("admin/admin.php?mode=show", Host="update.example.com")
    assert answer.status == 302
    assert answer.headers["location"] == "https://update.example.com/mtls/update/admin/admin.php?mode=show"


def test_doing_without_https_is_remembered_and_warned_of(stranger: Visitor) -> None:
    stranger.log_in()
    answer = stranger.get("")
    assert answer.status == 200
    assert "not encrypted" in answer.text


def test_after_the_login_comes_the_page_that_was_asked_for(stranger: Visitor) -> None:
    stranger.get("?nohttps")
    wanted = page(stranger.get("?mode=info&name=x")).xpath("//input[@name='next']/@value")[0]

    answer = stranger.post("?mode=login", {"user": USER, "password": PASSWORD, "next": wanted})

    assert (answer.status, answer.headers["location"]) == (303, "admin.php?mode=info&name=x")


@pytest.mark.parametrize("target", ["//evil.example/", "https://evil.example/", "\r\nSet-Cookie: x=1", "?\\evil"])
def test_a_login_leads_to_our_own_pages_only(stranger: Visitor, target: str) -> None:
    stranger.get("?nohttps")
    answer = stranger.post("?mode=login", {"user": USER, "password": PASSWORD, "next": target})
    assert answer.headers["location"].startswith("admin.php")
    assert "x=1" not in answer.headers["set-cookie"]


@pytest.mark.parametrize(("user", "password"), [(USER, "wrong"), ("other", PASSWORD), ("", ""), (USER, "")])
def test_a_wrong_login_is_refused(stranger: Visitor, user: str, password: str) -> None:
    assert stranger.log_in(user, password).status == 403
    assert not stranger.is_in


def test_a_hash_is_a_password(stranger: Visitor, served: Site) -> None:
    served.configure(MASTER.replace(PASSWORD, hashed(PASSWORD, b"0123456789abcdef")) + CONFIGURATION)
    assert stranger.log_in(USER, WRONG).status == 403
    stranger.log_in()
    assert stranger.is_in


def test_the_hash_itself_is_no_password(stranger: Visitor, served: Site) -> None:
    stored = hashed(PASSWORD, b"0123456789abcdef")
    served.configure(MASTER.replace(PASSWORD, stored) + CONFIGURATION)
    assert stranger.log_in(password=stored).status == 403


def test_without_user_and_password_everybody_is_in(stranger: Visitor, served: Site) -> None:
    served.configure('<master info="" user="" password=""/>' + CONFIGURATION)
    answer = stranger.get("?mode=status")
    assert answer.status == 200
    assert "No login is configured" in answer.text


def test_the_default_password_is_warned_of_on_every_page(stranger: Visitor, served: Site) -> None:
    served.configure('<master info=""/>' + CONFIGURATION)
    stranger.log_in("admin", "password")
    for mode in ("status", "show", "info", "snippets", "audit"):
        assert "default password is in use" in stranger.get(f"?mode={mode}").text


def test_a_login_is_a_new_session(stranger: Visitor) -> None:
    stranger.get("?nohttps")
    before, token = stranger.cookie, stranger.token
    stranger.post("?mode=login", {"user": USER, "password": PASSWORD})
    assert stranger.is_in
    assert stranger.cookie != before
    assert stranger.token != token
    stranger.cookie = before
    assert not stranger.is_in


def test_a_logout_ends_the_session_for_whoever_has_its_cookie(admin: Visitor) -> None:
    admin.get("?mode=status")
    stolen = admin.cookie
    assert admin.post("?mode=logout").status == 303
    assert not admin.is_in
    admin.cookie = stolen
    assert not admin.is_in


def test_an_old_bookmark_of_the_logout_asks_first(admin: Visitor) -> None:
    assert "Do you want to log out?" in admin.get("?mode=logout").text
    assert admin.is_in


def test_a_new_password_ends_all_sessions(admin: Visitor, served: Site) -> None:
    assert admin.is_in
    served.configure(MASTER.replace(PASSWORD, "another") + CONFIGURATION)
    assert not admin.is_in


def test_a_session_is_good_in_every_process(admin: Visitor, served: Site) -> None:
    first = served.server
    with EmbeddedServer(served.root) as second:
        served.server = second
        assert admin.is_in
        admin.post("?mode=logout")
        served.server = first
        assert not admin.is_in


def test_a_changed_cookie_is_worth_nothing(admin: Visitor) -> None:
    name, _, value = admin.cookie.partition("=")
    for place in (5, len(value) // 2, len(value) - 4):
        admin.cookie = f"{name}={value[:place]}{'A' if value[place] != 'A' else 'B'}{value[place + 1 :]}"
        assert not admin.is_in


def test_cookies_are_kept_from_scripts_and_other_sites(stranger: Visitor) -> None:
    cookie = stranger.get("?nohttps").headers["set-cookie"]
    assert {"HttpOnly", "SameSite=Lax", "Path=/mtls/update/admin/"} <= set(cookie.split("; "))


def test_the_secret_is_readable_by_the_server_only(admin: Visitor, served: Site) -> None:
    assert admin.is_in
    assert stat.S_IMODE((served.root / "config/session-secret").stat().st_mode) == 0o600


def test_wrong_passwords_are_slowed_down_even_for_the_right_one(stranger: Visitor) -> None:
    answers = [stranger.log_in(USER, WRONG).status for _ in range(8)]
    assert answers[:5] == [403] * 5
    slowed = stranger.log_in()
    assert slowed.status == 429
    assert int(slowed.headers["retry-after"]) > 0
    assert not stranger.is_in


def test_one_attacker_does_not_keep_the_admin_out(stranger: Visitor, served: Site) -> None:
    for _ in range(8):
        stranger.log_in(USER, WRONG)
    elsewhere = Visitor(served, source="127.0.0.2")
    elsewhere.log_in()
    assert elsewhere.is_in


def test_a_made_up_forwarded_address_does_not_help(stranger: Visitor, served: Site) -> None:
    for number in range(8):
        served.get("admin/admin.php?nohttps", X_Forwarded_For=f"192.0.2.{number}")
        stranger.log_in(USER, WRONG)
    assert stranger.log_in().status == 429


@pytest.mark.parametrize("mode", ["status", "show", "info&name=x", "snippets", "audit", f"device&sn={SN}", "nowhere"])
def test_pages_hold_no_code_and_browsers_would_run_none(admin: Visitor, served: Site, mode: str) -> None:
    served.get(poll())

    answer = admin.get(f"?mode={mode}")

    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["cache-control"] == "no-store"
    found = page(answer)
    assert not found.xpath("//style | //script[not(@src)] | //@style | //@*[starts-with(name(), 'on')]")
    for address in found.xpath("//script/@src | //link/@href | //*[local-name()='use']/@href"):
        assert address.startswith("../web/")


def test_what_admins_do_is_written_down(admin: Visitor, served: Site) -> None:
    Visitor(served, source="127.0.0.3").log_in("mallory", "wrong")
    rows = page(admin.get("?mode=audit")).xpath("//tbody/tr")
    told = [[" ".join(cell.text_content().split()) for cell in row.xpath("td")][1:] for row in rows]
    assert told[0][1:] == ["127.0.0.3", "login failed mallory"]
    assert told[1:] == [[USER, "127.0.0.1", "login"]]


def test_pages_speak_the_language_of_the_browser(stranger: Visitor) -> None:
    stranger.language = "de-DE,de;q=0.9,en;q=0.5"
    stranger.log_in()
    answer = stranger.get("?mode=status")
    assert page(answer).get("lang") == "de"
    assert "Noch kein Gerät hat sich gemeldet." in answer.text
