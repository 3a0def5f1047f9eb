from updateserver.configuration.merge import merge

from .site import shape, tree


def merged(left: str, right: str) -> object:
    return shape(merge(tree(left), tree(right))[0])


def gives(xml: str) -> object:
    return shape(tree(xml))


def complaints(left: str, right: str) -> list[str]:
    return [str(finding) for finding in merge(tree(left), tree(right))[1]]


def test_attributes_overwrite_and_are_added():
    assert merged('<c><a x="1" y="2"/></c>', '<c><a y="3" z="4"/></c>') == gives('<c><a x="1" y="3" z="4"/></c>')


def test_attributes_of_the_outermost_tag_overwrite():
    assert merged('<c d="false"/>', '<c d="true"/>') == gives('<c d="true"/>')


def test_the_text_of_a_leaf_overwrites():
    assert merged("<c><q><cmd>old</cmd></q></c>", "<c><q><cmd>new</cmd></q></c>") == gives(
        "<c><q><cmd>new</cmd></q></c>"
    )


def test_the_text_of_the_only_leaf_of_its_name_stays():
    left, right = '<c><k id="a"><m>1</m></k></c>', '<c><k id="a"><m x="y">2</m></k></c>'
    assert merged(left, right) == gives('<c><k id="a"><m x="y">1</m></k></c>')
    (finding,) = complaints(left, right)
    assert "k[a]/m: '2' -> has no effect: '1' at " in finding


def test_the_text_of_a_leaf_with_an_id_overwrites():
    assert merged('<c><m id="a">1</m></c>', '<c><m id="a">2</m></c>') == gives('<c><m id="a">2</m></c>')


def test_equal_ids_merge_where_the_defaults_have_none():
    assert merged("<c/>", '<c><k id="a"><m>1</m></k><k id="a"><m>2</m><m>3</m></k></c>') == gives(
        '<c><k id="a"><m>1</m><m>2</m><m>3</m></k></c>'
    )


def test_the_same_text_again_is_no_finding():
    assert complaints("<c><m>1</m></c>", "<c><m> 1 </m></c>") == []


def test_an_empty_leaf_leaves_the_children_of_the_other_side():
    assert merged("<c><q><cmd>x</cmd></q></c>", "<c><q/></c>") == gives("<c><q><cmd>x</cmd></q></c>")


def test_a_tag_that_the_defaults_lack_is_added():
    assert merged("<c><a/></c>", "<c><b/><b/></c>") == gives("<c><a/><b/><b/></c>")


def test_children_merge_by_equal_id():
    left = '<c><q id="a" t="1"/><q id="b"/></c>'
    assert merged(left, '<c><q id="a" t="2"><x/></q></c>') == gives('<c><q id="a" t="2"><x/></q><q id="b"/></c>')


def test_children_of_another_id_are_added():
    assert merged('<c><q id="a"/></c>', '<c><q id="b"/></c>') == gives('<c><q id="a"/><q id="b"/></c>')


def test_a_child_without_id_is_fatal_where_the_defaults_have_ids():
    (finding,) = merge(tree('<c><q id="a"/></c>'), tree("<c><q/></c>"))[1]
    assert finding.fatal
    assert finding.comment == "# config: <q> without id: each one needs an id of its own - exit"


def test_a_child_without_id_is_no_matter_where_the_defaults_have_none():
    assert not complaints("<c/>", "<c><q/><q/></c>")


def test_one_child_on_each_side_merges():
    assert merged('<c><m x="1"/></c>', '<c><m y="2"/></c>') == gives('<c><m x="1" y="2"/></c>')


def test_two_on_one_side_are_added():
    assert merged("<c><m>1</m><m>2</m></c>", "<c><m>3</m></c>") == gives("<c><m>1</m><m>2</m><m>3</m></c>")
    assert merged("<c><m>1</m></c>", "<c><m>2</m><m>3</m></c>") == gives("<c><m>1</m><m>2</m><m>3</m></c>")


def test_merging_goes_to_the_bottom():
    left = '<c><qs><q id="a"><cmd>x</cmd></q></qs></c>'
    right = '<c><qs><q id="a"><applies>*</applies></q></qs></c>'
    assert merged(left, right) == gives('<c><qs><q id="a"><cmd>x</cmd><applies>*</applies></q></qs></c>')


def test_numbered_children_are_ordered_by_number_at_last():
    left = '<c><ps><p id="update" seq="200"/></ps></c>'
    right = '<c><ps><p id="z" seq="1000"/><p id="a" seq="30"/></ps></c>'
    assert merged(left, right) == gives(
        '<c><ps><p id="a" seq="30"/><p id="update" seq="200"/><p id="z" seq="1000"/></ps></c>'
    )


def test_a_missing_number_counts_as_zero_and_is_told():
    left, right = '<c><ps><p id="update" seq="200"/></ps></c>', '<c><ps><p id="a"/></ps></c>'
    assert merged(left, right) == gives('<c><ps><p id="a"/><p id="update" seq="200"/></ps></c>')
    assert complaints(left, right) == ["t.xml:1: ps/p[a]: no seq: counts as 0; give each one a number of its own"]


def test_of_equal_numbers_the_last_remains_and_the_lost_one_is_told():
    left, right = '<c><ps><p id="update" seq="200"/></ps></c>', '<c><ps><p id="a" seq="200"/></ps></c>'
    assert merged(left, right) == gives('<c><ps><p id="a" seq="200"/></ps></c>')
    (complaint,) = complaints(left, right)
    assert complaint.startswith(
        "t.xml:1: ps/p[update]/@seq: '200' -> has the same seq 200 as p[a], which takes its place"
    )


def test_unnumbered_children_keep_their_order():
    assert merged("<c><ms><m>b</m><m>a</m></ms></c>", "<c/>") == gives("<c><ms><m>b</m><m>a</m></ms></c>")


def test_each_attribute_knows_where_it_was_set():
    node = merge(tree('<c>\n<a x="1" y="1"/></c>'), tree('<c>\n\n\n<a\n y="2"/></c>'))[0].one("a")
    assert node.place("x").line == 2
    assert node.place("y").line == 5
    assert node.line == 4
