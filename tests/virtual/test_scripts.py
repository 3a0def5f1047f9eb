"""What the lines of a script do to the device."""

import pytest


def test_config_change_replaces_the_line_of_a_module(server, phone):
    server.sends("config change CMD0 /name old /other 1\nconfig change CMD0 /name new")
    phone.poll()
    assert "config change CMD0 /name new\r\n" in phone.dump()


def test_config_add_sets_an_option_in_its_place(server, phone):
    server.sends("config change X /a 1 /b 2\nconfig add X /a 3 /c")
    phone.poll()
    assert "config change X /a 3 /b 2 /c\r\n" in phone.dump()


def test_config_rem_removes_options_and_only_these(server, phone):
    server.sends("config change X /a 1 /b 2\nconfig rem X /a\nconfig rem Y /a")
    phone.poll()
    assert "config change X /b 2\r\n" in phone.dump()


@pytest.mark.parametrize("encoded", ["This+is+M%C3%BCller%21", "This%20is%20M%FCller%21"])
def test_values_are_url_decoded(server, phone, encoded):
    server.sends(f"config add CMD0 /name {encoded}")
    phone.poll()
    assert phone.configuration.option("CMD0", "/name") == "This is Müller!"


def test_what_was_not_written_is_lost_at_a_reset(server, phone):
    server.sends("config add CMD0 /name kept\nconfig write\nconfig add CMD0 /name lost\nreset")
    phone.poll()
    assert phone.configuration.option("CMD0", "/name") == "kept"


def test_vars_create_always_raises_reset_needed(server, phone):
    server.sends("vars create A/B p 1\nvars create A/B p 1")
    phone.poll()
    assert phone.reset_needed
    assert phone.variables.read("A/B") == "A/B p 1\r\n"


def test_vars_del_removes_a_variable(server, phone):
    server.sends("vars create A/B p 1\nvars del A/B ")
    phone.poll()
    assert phone.variables.read("A/B") == ""


@pytest.mark.parametrize("final", ["reset", "ireset", "resetn", "iresetn"])
def test_a_reset_ends_the_script(server, phone, final):
    server.sends(f"vars create A p 1\n{final}\nmod cmd X 1")
    poll = phone.poll()
    assert poll.stopped == "reset"
    assert poll.executed[-1] == final
    assert phone.counters["resets"] == 1
    assert not phone.reset_needed


@pytest.mark.parametrize("final", ["resetn", "iresetn", "ser"])
def test_a_reset_that_is_not_needed_is_none(server, phone, final):
    server.sends(f"{final}\nmod cmd X 1")
    assert phone.poll().executed[-1] == "mod cmd X 1"
    assert phone.counters["resets"] == 0


def test_an_idle_reset_waits_for_the_end_of_a_phone_call(server, phone):
    server.sends("vars create A p 1\niresetn\nmod cmd X 1", "")
    phone.idle = False
    assert phone.poll().executed[-1] == "mod cmd X 1"
    phone.idle = True
    assert phone.poll().changed == ["reset"]


def test_the_rest_is_dropped_outside_the_allowed_hours(server, phone, clock):
    server.sends("mod cmd X 1\nmod cmd UP1 times  /allow 22,23\nmod cmd X 2")
    clock.passes(hours=1)
    poll = phone.poll()
    assert poll.executed == ["mod cmd X 1", "mod cmd UP1 times  /allow 22,23"]
    assert poll.stopped == "times"


def test_the_rest_runs_within_the_allowed_hours(server, phone, clock):
    server.sends("mod cmd UP1 times  /allow 22,23\nmod cmd X 2")
    clock.passes(hours=10)
    assert phone.poll().stopped == ""


def test_a_new_device_may_run_the_script_at_any_hour_for_some_minutes(server, phone, clock):
    server.sends("mod cmd UP1 times  /allow 22,23 /initial 5")
    assert phone.poll().stopped == ""
    clock.passes(minutes=5)
    assert phone.poll().stopped == "times"


def test_an_old_device_minds_the_hours_from_the_start(server, phone):
    server.sends("mod cmd UP1 times  /allow 22,23 /initial 5")
    phone.new = False
    assert phone.poll().stopped == "times"


def test_times_without_hours_allow_everything(server, phone):
    server.sends("mod cmd UP1 times  /initial 1")
    phone.new = False
    assert phone.poll().stopped == ""


def test_a_script_that_was_checked_is_not_run_again(server, phone):
    server.sends("mod cmd UP1 check ser abc\nmod cmd X 1")
    assert phone.poll().executed[-1] == "mod cmd X 1"
    poll = phone.poll()
    assert poll.stopped == "check"
    assert poll.executed == ["mod cmd UP1 check ser abc"]


def test_the_final_command_of_a_check_runs_after_the_last_line(server, phone):
    server.sends("mod cmd UP1 check resetn abc\nvars create A p 1\nmod cmd X 1")
    poll = phone.poll()
    assert poll.executed[-1] == "mod cmd X 1"
    assert phone.variables.serial("CHECK") == "abc"
    assert phone.counters["resets"] == 1


def test_a_check_is_stored_although_the_last_line_resets(server, phone):
    server.sends("vars create A p 1\nmod cmd UP1 check ser abc\niresetn")
    poll = phone.poll()
    assert poll.stopped == ""
    assert "reset" in poll.changed
    assert phone.variables.serial("CHECK") == "abc"


def test_a_check_is_not_stored_if_a_reset_came_before_the_end(server, phone):
    server.sends("mod cmd UP1 check ser abc\nreset\nmod cmd X 1")
    phone.poll()
    assert phone.variables.serial("CHECK") is None


@pytest.mark.parametrize("line", ["mod cmd UP1 check ser", "mod cmd UP1 provision soon", "config paint CMD0 /blue"])
def test_a_line_that_is_not_understood_is_an_error_and_the_next_one_runs(server, phone, line):
    server.sends(f"{line}\nmod cmd X 1")
    poll = phone.poll()
    assert poll.executed[-1] == "mod cmd X 1"
    assert line in poll.errors[0]
