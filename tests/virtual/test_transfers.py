"""Firmware, boot code and uploads."""

import pytest

from updateserver.virtual.device import Device
from updateserver.virtual.identity import DeviceIdentity

PROT = "mod cmd UP0 prot SERVER/fw/130986/ ser 130986"


def test_firmware_runs_after_the_reset(server, phone):
    server.has("/fw/130986/ip232.bin")
    server.sends(f"{PROT}\nmod cmd X 1", "iresetn")
    phone.poll()
    assert phone.variables.serial("PROT") == "130986"
    assert phone.firmware == "120000"
    phone.poll()
    assert phone.firmware == "130986"


def test_boot_code_has_a_file_name_of_its_own(server, phone):
    server.has("/fw/130112/boot232.bin")
    server.sends("mod cmd UP0 boot SERVER/fw/130112/ reset 130112")
    phone.poll()
    assert phone.bootcode == "130112"


@pytest.mark.parametrize(
    ("type_", "firmware", "bootcode"),
    [
        ("IP0011", "ip0011.bin", "boot0011.bin"),
        ("SWPHONE", "swphone.bin", "bootswphone.bin"),
        ("IP6-X", "ip6.bin", "boot6.bin"),
    ],
)
def test_file_names_are_made_of_the_type(type_, firmware, bootcode):
    identity = DeviceIdentity(type_)
    assert (identity.firmware_file, identity.bootcode_file) == (firmware, bootcode)


def test_a_url_that_names_a_file_is_taken_as_it_is(server, phone):
    server.has("/fw/any.bin")
    server.sends("mod cmd UP0 prot SERVER/fw/any.bin ser 130986")
    assert not phone.poll().errors
    assert "/fw/any.bin" in server.paths


def test_firmware_that_is_stored_is_not_loaded_again(server, phone):
    server.has("/fw/130986/ip232.bin")
    server.sends(PROT)
    phone.poll()
    assert phone.poll().loads == []


def test_the_running_build_is_not_loaded_where_no_serial_is_stored(server, phone):
    phone.firmware = "130986"
    server.sends(PROT)
    assert phone.poll().loads == []
    assert phone.variables.serial("PROT") is None


def test_firmware_that_is_missing_is_an_error_and_is_tried_again(server, phone):
    server.sends(PROT)
    assert "status 404" in phone.poll().errors[0]
    assert not phone.at_rest
    server.has("/fw/130986/ip232.bin")
    assert not phone.poll().errors
    assert phone.variables.serial("PROT") == "130986"


def test_a_backup_is_a_script_that_makes_the_configuration(server, phone):
    server.sends("vars create A/B p 1\nmod cmd UP0 scfg SERVER/update/update.php?mode=backup&hwid=#h&sn=#m")
    phone.poll()
    (backup,) = server.uploads
    assert backup.arguments == {"mode": "backup", "hwid": "IP232-30-00-af", "sn": "00-90-33-30-00-af"}
    lines = backup.body.decode().split("\r\n")
    assert "config change ETH0 /addr 172.16.0.175 /mask 255.255.0.0" in lines
    assert "vars create A/B p 1" in lines
    assert any(line.startswith("config change UP1 /url http%3A%2F%2F") for line in lines)


def test_uploads_are_put_in_chunks_without_a_length(server, phone):
    server.sends("mod cmd UP0 scfg SERVER/put")
    phone.poll()
    assert server.uploads[0].method == "PUT"
    assert server.uploads[0].headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in server.uploads[0].headers


def test_uploads_can_be_posted_with_a_length(server, phone):
    phone.network.method, phone.network.chunked = "POST", False
    server.sends("mod cmd UP0 scfg SERVER/post")
    phone.poll()
    assert server.uploads[0].method == "POST"
    assert server.uploads[0].headers["Content-Length"] == str(len(phone.dump()))


def test_a_query_sends_what_a_command_prints(server, phone):
    server.sends(
        "config add CMD0 /name Lobby+1\nconfig activate\n"
        "mod cmd UP0 scfg SERVER/q ser nop /always mod%20cmd%20CMD0%20xml-info",
    )
    phone.poll()
    assert server.uploads[0].body.startswith(b'<info name="Lobby 1"')


def test_vars_read_sends_lines_of_name_flags_and_value(server, phone):
    server.sends("vars create A/B pb 0aff\nmod cmd UP0 scfg SERVER/q ser nop /always vars%20read%20A%2FB")
    phone.poll()
    assert server.uploads[0].body == b"A/B pb 0aff\r\n"


def test_any_other_command_prints_something(server, phone):
    server.sends("mod cmd UP0 scfg SERVER/q ser nop /always mod%20cmd%20SIP%20xml-info")
    phone.poll()
    assert b'command="mod cmd SIP xml-info"' in server.uploads[0].body


def test_a_query_is_sent_at_every_poll(server, phone):
    server.sends("mod cmd UP0 scfg SERVER/q ser nop /always vars%20read%20A")
    phone.poll()
    phone.poll()
    assert len(server.uploads) == 2
    assert phone.variables.serial("SCFG") is None


def test_an_upload_with_a_stored_serial_waits_for_its_hours(server, phone, clock):
    server.sends("mod cmd UP0 scfg SERVER/backup ser hourly /force 1")
    phone.poll()
    clock.passes(minutes=59)
    phone.poll()
    assert len(server.uploads) == 1
    clock.passes(minutes=1)
    phone.poll()
    assert len(server.uploads) == 2


def test_an_upload_that_is_refused_is_an_error_and_stores_no_serial(server, phone):
    server.refuses_uploads(413)
    server.sends("mod cmd UP0 scfg SERVER/backup ser 1")
    assert "status 413" in phone.poll().errors[0]
    assert phone.variables.serial("SCFG") is None


def test_a_server_that_is_away_does_not_stop_the_script(server):
    phone = Device(server.url)
    server.sends("mod cmd UP0 scfg http://127.0.0.1:9/ ser nop\nmod cmd X 1")
    poll = phone.poll()
    assert poll.executed[-1] == "mod cmd X 1"
    assert "no answer" in poll.errors[0]
