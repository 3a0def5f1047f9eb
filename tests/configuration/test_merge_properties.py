from hypothesis import given
from hypothesis import strategies as st

from updateserver.configuration.merge import merge
from updateserver.configuration.source import Node

from .site import shape

_tags = st.sampled_from("abc")
_attributes = st.dictionaries(st.sampled_from(["x", "y", "seq"]), st.sampled_from(["", "1", "2", "x"]), max_size=2)
_leaves = st.builds(Node, tag=_tags, attributes=_attributes, text=st.sampled_from(["", "t", "u"]))
_nodes = st.recursive(
    _leaves,
    lambda children: st.builds(
        Node, tag=_tags, attributes=_attributes, children=st.lists(children, max_size=4).map(tuple)
    ),
    max_leaves=12,
)
_unnumbered = st.builds(Node, tag=st.just("config"), children=st.lists(_nodes, max_size=4).map(tuple))
_ids = st.lists(st.sampled_from("pqrst"), unique=True, max_size=5)


def named(ids: list[str], **attributes: str) -> Node:
    return Node("config", children=tuple(Node("q", {"id": name, **attributes}) for name in ids))


def by_tag(node: Node) -> object:
    """Return the tree without the order of different tags, which means nothing."""
    children = sorted(node.children, key=lambda child: child.tag)
    return node.tag, dict(node.attributes), node.text, [by_tag(child) for child in children]


@given(_unnumbered)
def test_an_empty_configuration_of_ones_own_changes_nothing_more(defaults: Node):
    once = merge(defaults, Node("config"))[0]
    assert by_tag(merge(once, Node("config"))[0]) == by_tag(once)


@given(_unnumbered, _unnumbered)
def test_neither_side_is_changed(left: Node, right: Node):
    before = shape(left), shape(right)
    merge(left, right)
    assert (shape(left), shape(right)) == before


@given(_unnumbered, _unnumbered)
def test_every_attribute_of_ones_own_outermost_tag_counts(left: Node, right: Node):
    own = Node("config", {"debugmerge": "true"}, children=right.children)
    assert merge(left, own)[0].get("debugmerge") == "true"


@given(_ids.filter(bool), _ids)
def test_by_id_the_defaults_keep_their_places_and_new_ones_follow(left: list[str], right: list[str]):
    merged = merge(named(left), named(right, title="t"))[0]
    assert [child.get("id") for child in merged.children] == left + [name for name in right if name not in left]
    assert {child.get("id") for child in merged.children if child.get("title")} == set(right)


@given(st.dictionaries(st.sampled_from("pqrst"), st.integers(-99, 99), min_size=1))
def test_numbers_stand_in_ascending_order(numbers: dict[str, int]):
    phases = Node("phases", children=tuple(Node("phase", {"id": i, "seq": str(n)}) for i, n in numbers.items()))
    ordered = merge(Node("config", children=(phases,)), Node("config"))[0].one("phases").children
    assert [int(node.get("seq")) for node in ordered] == sorted(set(numbers.values()))
