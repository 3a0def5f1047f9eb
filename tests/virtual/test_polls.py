"""What a device asks for, and what it makes of the answer."""

from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity

from .scripted import SCRIPT


def test_a_poll_tells_who_the_device_is(server, phone):
    poll = phone.poll()
    assert poll.status == 200
    asked = server.requests[0].arguments
    assert asked["sn"] == "00-90-33-30-00-af"
    assert asked["hwid"] == "IP232-30-00-af"
    assert asked["type"] == "IP232"
    assert asked["ip"] == "172.16.0.175"


def test_a_poll_tells_the_version_and_no_serial_that_is_not_stored(server, phone):
    phone.poll()
    assert server.requests[0].arguments["ver"] == "12r1 dvl IP232[12.0000], Bootcode[120000], Hardware[300] "
    assert not {"PROT", "BOOT", "CHECK", "PROTdate"} & set(server.requests[0].arguments)


def test_stored_serials_are_told_with_the_time_of_storing(server, phone):
    server.sends("mod cmd UP1 check ser abc")
    phone.poll()
    asked = phone.poll().arguments
    assert asked["CHECK"] == "abc"
    assert asked["CHECKdate"] == "01.03.2026-12:00:00"


def test_a_url_without_arguments_gets_the_clients_own(server):
    Device(f"{server.base}{SCRIPT}").poll()
    assert list(server.requests[0].arguments) == ["ver"]


def test_comments_and_blank_lines_do_nothing(server, phone):
    server.sends(b"# mod cmd UP1 provision 5\r\n\r\n  \nmod cmd X 1\nmod cmd X 2\r\n")
    assert phone.poll().executed == ["mod cmd X 1", "mod cmd X 2"]
    assert phone.provision == 0


def test_what_is_not_a_script_is_not_executed(server):
    server.has("/wrong", b"config add CMD0 /name wrong")
    phone = Device(f"{server.base}/nowhere")
    poll = phone.poll()
    assert poll.stopped == "status 404"
    assert poll.executed == []
    assert poll.errors


def test_a_server_that_is_down_is_an_error_and_no_exception():
    poll = Device("http://127.0.0.1:9/update.php").poll()
    assert poll.status == 0
    assert poll.stopped.startswith("no answer")


def test_a_new_url_is_fetched_at_once(server, phone):
    server.sends("config add UP1 /url SERVER%2Fupdate%2Fupdate.php%3Fphase%3Dupdate%26sn%3D%23m\nconfig activate", "")
    first = phone.poll()
    assert first.poll_again
    assert phone.next_poll == 0
    second = phone.poll()
    assert second.arguments["phase"] == "update"
    assert second.arguments["sn"] == "00-90-33-30-00-af"
    assert not second.poll_again


def test_a_new_url_counts_when_it_is_activated(server, phone):
    server.sends("config add UP1 /url http%3A%2F%2Felsewhere%2F")
    assert not phone.poll().poll_again
    assert phone.url == server.url


def test_provisioning_makes_the_next_poll_come_soon(server, phone):
    server.sends("mod cmd UP1 provision 5", "mod cmd UP1 provision 0")
    phone.poll()
    assert phone.next_poll == 5
    phone.poll()
    assert phone.next_poll == 15 * 60


def test_the_interval_is_configured_in_minutes(server, phone):
    server.sends("config add UP1 /poll 1\nconfig activate")
    phone.poll()
    assert phone.next_poll == 60


def test_a_url_from_dhcp_is_used_until_it_is_forbidden(server, phone):
    phone.dhcp_url = f"{server.base}{SCRIPT}?from=dhcp"
    server.sends("config add UP1 /no-dhcp\nconfig activate")
    assert phone.poll().arguments["from"] == "dhcp"
    assert "from" not in phone.poll().arguments


def test_redirects_are_followed_from_update_migrate(server):
    server.redirects["/old/update-migrate.php"] = f"{server.base}{SCRIPT}?sn=1"
    server.sends("mod cmd X 1")
    assert Device(f"{server.base}/old/update-migrate.php").poll().executed == ["mod cmd X 1"]


def test_redirects_are_not_followed_from_elsewhere(server):
    server.redirects["/old/update.php"] = f"{server.base}{SCRIPT}"
    assert Device(f"{server.base}/old/update.php").poll().stopped == "status 302"


def test_a_device_calls_from_the_address_that_it_was_given(server, phone):
    phone.network.address = "127.1.2.3"
    phone.poll()
    assert server.requests[0].peer == "127.1.2.3"


def test_a_gateway_has_its_own_type_in_its_hardware_id():
    assert DeviceIdentity("IP811", "00-90-33-41-03-57").hwid == "IP811-41-03-57"
