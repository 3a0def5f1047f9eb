"""Row 10: of what devices send at the same moment, nothing is lost."""

from functools import partial

from tests.site import Site, Together, answer_to, cgi, poll

DEVICES = [f"00-90-33-00-00-{number:02x}" for number in range(10)]
QUERIES = [f"query{number}" for number in range(24)]
CONFIGURATION = (
    '<master info=""/><status dir="status"/><queries>'
    + "".join(f'<query id="{name}"><cmd>x</cmd><applies>*</applies></query>' for name in QUERIES)
    + "</queries>"
)


def told(site: Site, sn: str) -> dict[str, str]:
    """Return what a device's state says that it answered."""
    return {answer.tag: answer.find("info").get("is") for answer in site.state(sn).find("queries")}


def expected(sn: str) -> dict[str, str]:
    return {query: f"{sn} {query}" for query in QUERIES}


def send(served: Site, sn: str, query: str) -> None:
    answer = served.put_upload(answer_to(query, sn), f'<info is="{sn} {query}"/>', chunked=True)
    assert answer.status == 200, answer.text


def send_by_cgi(site: Site, sn: str, query: str) -> None:
    body = f'<info is="{sn} {query}"/>'.encode()
    answer = cgi(site.root, f"mode=query&sn={sn}&id={query}", "PUT", body)
    assert answer.status == 200, answer.text


def test_row_10_all_of_240_answers_at_the_same_moment_are_kept(served: Site) -> None:
    served.configure(CONFIGURATION)
    everybody = Together()
    for sn in DEVICES:
        served.get(poll(sn=sn))
        for query in QUERIES:
            everybody.add(partial(send, served, sn, query))
    everybody.run()
    assert {sn: told(served, sn) for sn in DEVICES} == {sn: expected(sn) for sn in DEVICES}
    assert served.names("status") == [*(f"{sn}.xml" for sn in DEVICES), "lastcleanup"]


def test_row_10_answers_and_polls_lose_nothing_of_each_other(served: Site) -> None:
    served.configure(CONFIGURATION)
    sn = DEVICES[0]
    served.get(poll(sn=sn))
    everybody = Together()
    for number, query in enumerate(QUERIES):
        everybody.add(partial(send, served, sn, query))
        everybody.add(partial(served.get, poll(sn=sn, env=f"unknown{number}")))
    everybody.run()
    assert told(served, sn) == expected(sn)
    messages = [message for message in served.log(sn) if message.startswith("invalid environment")]
    assert len(set(messages)) == len(messages) == len(QUERIES)


def test_row_10_processes_of_their_own_lose_nothing_of_each_other(site: Site) -> None:
    site.configure(CONFIGURATION)
    sn = DEVICES[0]
    cgi(site.root, poll(sn=sn).partition("?")[2])
    everybody = Together()
    for query in QUERIES:
        everybody.add(partial(send_by_cgi, site, sn, query))
    everybody.run()
    assert told(site, sn) == expected(sn)
