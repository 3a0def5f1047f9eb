"""Row 28: a device's log loses what is old, by whole calls, and nothing else."""

import time

from tests.site import SN, Site, answer_to, poll

CALLS = ((5000, "oldest"), (3000, "old"), (1000, "young"), (10, "youngest"))


def logged(served: Site, logkeep: str = "2000", extra: str = "") -> list[str]:
    """Return the log of a device that called at those times, after one more poll."""
    served.configure(
        f'<master info=""/><status dir="status" logkeep="{logkeep}"/>'
        '<queries><query id="admin"><applies>*</applies></query></queries>'
    )
    now = int(time.time())
    calls = "".join(
        "".join(f'<msgs time="{now - ago}" msg="{text}"/>' for text in ("", f"{name} 1", f"{name} 2", f"{name} 3"))
        for ago, name in CALLS
    )
    served.put(f"status/{SN}.xml", f"<state>{extra}{calls}</state>")
    served.get(poll())
    return served.log()


def test_row_28_messages_that_are_old_go_and_all_others_stay(served: Site) -> None:
    kept = ["", "young 1", "young 2", "young 3", "", "youngest 1", "youngest 2", "youngest 3", ""]
    log = logged(served)
    assert log[: len(kept)] == kept
    assert log[len(kept)].startswith("phase: update,")


def test_a_call_stays_whole_if_it_ended_late_enough(served: Site) -> None:
    now = int(time.time())
    began = f'<msgs time="{now - 2500}" msg=""/><msgs time="{now - 2500}" msg="begins"/>'
    log = logged(served, extra=f'{began}<msgs time="{now - 1500}" msg="ends"/>')
    assert log[:3] == ["", "begins", "ends"]


def test_messages_before_the_first_call_go_when_they_are_old(served: Site) -> None:
    now = int(time.time())
    log = logged(served, extra=f'<msgs time="{now - 9000}" msg="stray"/><msgs time="odd" msg="odd"/>')
    assert log[:2] == ["", "young 1"]


def test_the_newest_call_stays_even_if_nothing_is_kept(served: Site) -> None:
    log = logged(served, logkeep="0")
    assert log[0] == ""
    assert log[1].startswith("phase: update,")


def test_everything_else_in_the_state_stays(served: Site) -> None:
    logged(served, extra='<config filename="scripts/x.txt" delivered="1" version="1"/><firmware build="7"/>')
    assert served.state().find("firmware").get("build") == "7"
    assert served.state().find("config").get("filename") == "scripts/x.txt"


def test_an_upload_trims_the_log_as_well(served: Site) -> None:
    logged(served, logkeep="100000")
    served.configure(
        '<master info=""/><status dir="status" logkeep="2000"/>'
        '<queries><query id="admin"><applies>*</applies></query></queries>'
    )
    assert served.put_upload(answer_to("admin"), "<info/>").status == 200
    assert served.log()[:2] == ["", "young 1"]
