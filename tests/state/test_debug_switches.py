"""What the debug switches of the configuration write."""

from lxml import etree

from tests.site import SN, Site, answer_to, cgi, poll

DEBUG = f"debug/debug-{SN}-certs.txt"


def configured(site: Site, switch: str) -> None:
    site.put(
        "config/user-config.xml",
        f'<config {switch}="true"><master info=""/><status dir="status"/>'
        '<queries><query id="admin"><applies>*</applies></query></queries></config>',
    )


def test_usually_nothing_is_written(served: Site) -> None:
    served.get(poll())
    assert served.names("debug") == []


def test_debugscript_notes_arguments_and_answer_of_each_call(served: Site) -> None:
    configured(served, "debugscript")
    first = served.get(poll(PROT="1"))
    upload = served.put_upload(answer_to("admin"), "<info/>")
    second = served.get(poll(PROT="2", env="unknown"))
    noted = served.read(DEBUG)
    places = [noted.index(text) for text in (b"PROT=1", first.body, b"mode=query", upload.body, b"PROT=2", second.body)]
    assert places == sorted(places)
    assert served.names("debug") == [f"debug-{SN}-certs.txt"]


def test_debugscript_has_a_file_for_each_device(served: Site) -> None:
    configured(served, "debugscript")
    served.get(poll())
    served.get(poll(sn="00-90-33-00-00-01"))
    assert served.names("debug") == ["debug-00-90-33-00-00-01-certs.txt", f"debug-{SN}-certs.txt"]
    assert b"00-90-33-00-00-01" not in served.read(DEBUG)


def test_debugcerts_notes_what_the_server_says_of_certificates(site: Site) -> None:
    configured(site, "debugcerts")
    tls = {
        "HTTPS": "on", "SSL_CLIENT_VERIFY": "SUCCESS", "SSL_CLIENT_S_DN_CN": "IP232-30-00-af",
        "SSL_SERVER_S_DN_CN": "update.example.com",
    }  # fmt: skip
    cgi(site.root, poll().partition("?")[2], **tls)
    cgi(site.root, poll().partition("?")[2])
    noted = site.read("debug/Request-Certs.txt").decode()
    assert all(f"{name}: {value}\n" in noted for name, value in tls.items())
    assert noted.count(SN) == 2
    assert site.names("debug") == ["Request-Certs.txt"]


def test_debugmerge_shows_the_configuration_before_and_after(served: Site) -> None:
    configured(served, "debugmerge")
    served.get(poll())
    before, after = (etree.fromstring(served.read(f"debug/{name}.xml")) for name in ("before", "after"))
    assert before.find("status").get("dir") is None
    assert after.find("status").get("dir") == "status"
    assert after.find("status").get("logkeep") == before.find("status").get("logkeep") == "1800"
    assert after.find("queries/query[@id='admin']/applies").text == "*"


def test_a_debug_folder_that_cannot_be_written_costs_nothing(served: Site) -> None:
    configured(served, "debugscript")
    served.put("debug", "a file where the folder should be")
    command = served.snippet()
    assert command in served.get(poll()).lines
