"""The pages behind web servers: CGI, HTTPS, other folders, and the API beside them."""

import json

from tests.admin.visitor import Visitor
from tests.site import Site, cgi, poll
from updateserver.login.io.api_tokens import ApiTokens

SCRIPT = "admin/admin.py"


def test_a_web_server_runs_the_pages_as_cgi(site: Site) -> None:
    answer = cgi(site.root, "nohttps", script=SCRIPT)
    assert answer.status == 403
    assert 'type="password"' in answer.text


def test_under_https_the_cookie_is_for_https_only(site: Site) -> None:
    answer = cgi(site.root, "", script=SCRIPT, HTTPS="on", SERVER_PORT="443")
    assert answer.status == 403
    assert "Secure" in answer.headers["set-cookie"].split("; ")
    assert "not encrypted" not in answer.text


def test_a_new_device_is_told_the_address_that_the_admin_used(site: Site) -> None:
    site.configure('<master info="" user="" password=""/>')
    called = {"HTTPS": "on", "HTTP_HOST": "[::1]:8443", "SCRIPT_NAME": "/up/admin/admin.py"}
    answer = cgi(site.root, "mode=info&name=x", script=SCRIPT, **called)
    assert "https://[::1]:8443/up/update.php?env=default" in answer.text


def test_a_broken_configuration_is_told_without_its_values(site: Site) -> None:
    site.put(
        "config/user-config.xml",
        '<config><master password="hush"/><environments><environment/></environments></config>',
    )
    answer = cgi(site.root, "", script=SCRIPT)
    assert answer.status == 500
    assert "config/user-config.xml" in answer.text
    assert "hush" not in answer.text


def test_a_host_that_is_none_is_refused(site: Site) -> None:
    answer = cgi(site.root, "", script=SCRIPT, HTTP_HOST='x"><script>')
    assert answer.status == 400
    assert "<script>" not in answer.text


def test_the_api_is_behind_the_same_script(admin: Visitor, served: Site) -> None:
    served.get(poll())
    address = "admin/admin.php?mode=api&path=devices"
    assert served.get(address).status == 401
    assert served.get(address, Cookie=admin.cookie).status == 401
    token = ApiTokens(served.root, served.root / "cache/locks").create("tests", "api")
    answer = served.get(address, Authorization=f"Bearer {token}")
    assert [device["sn"] for device in json.loads(answer.body)["devices"]] == ["00-90-33-30-00-af"]


def test_a_list_is_exported(admin: Visitor, served: Site) -> None:
    served.get(poll())
    assert json.loads(admin.get("?mode=export&as=json").body)[0]["type"] == "IP232"
    exported = admin.get("?mode=export&as=csv&filter=nothing")
    assert exported.headers["content-disposition"] == "attachment; filename=devices.csv"
    assert "IP232" not in exported.text


def test_the_old_address_of_one_row_answers_json(admin: Visitor, served: Site) -> None:
    served.get(poll())
    row = json.loads(admin.get("?mode=ui&cmd=updatestatus&sn=00-90-33-30-00-af").body)
    assert row["hwid"] == "IP232-30-00-af"
