"""Row 4: where the state says which boot code a device was told to load."""

from tests.site import SN, Site, poll

FIXED = '<master info="none" firmware="130986" bootcode="130774"/><status dir="status"/>'


def test_row_04_wanted_boot_code_is_recorded_with_the_boot_code(served: Site) -> None:
    served.configure(FIXED)
    lines = served.get(poll()).lines
    assert any(line.startswith("mod cmd UP0 boot ") and line.endswith(" ser 130774") for line in lines)
    state = served.state()
    assert state.find("bootcode").get("requested") == "130774"
    assert state.find("firmware").get("requested") == "130986"
    assert state.get("requested") is None


def test_row_04_the_old_form_is_read(served: Site) -> None:
    served.put(f"status/{SN}.xml", '<state seen="1700000000" requested="130774bootcode"><device sn="x"/></state>')
    served.get(poll())
    state = served.state()
    assert state.find("bootcode").get("requested") == "130774"
    assert state.get("requested") is None


def test_row_04_the_old_form_gives_way_to_what_is_wanted_now(served: Site) -> None:
    served.configure(FIXED)
    served.put(f"status/{SN}.xml", '<state seen="1700000000" requested="111111bootcode"/>')
    served.get(poll())
    assert served.state().find("bootcode").get("requested") == "130774"
    assert b"111111" not in served.read(f"status/{SN}.xml")
