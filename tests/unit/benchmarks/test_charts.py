"""Charts are well-formed pictures in which a larger value lies further along."""

import xml.etree.ElementTree as ET

from benchmarks.chart import axis_for, latency_chart, paths_chart
from tests.unit.benchmarks.measured import latency, results, row

SVG = "{http://www.w3.org/2000/svg}"


def test_an_axis_holds_its_values_between_powers_of_ten() -> None:
    axis = axis_for([0.04, 29.0], 100.0, 500.0)
    assert (axis.low, axis.high) == (-2, 2)
    assert [axis.at(one) for one in axis.ticks()] == [100.0, 200.0, 300.0, 400.0, 500.0]


def test_an_axis_of_equal_values_has_a_length() -> None:
    axis = axis_for([1.0, 1.0], 0.0, 10.0)
    assert axis.at(1.0) == 0.0
    assert axis.at(10.0) == 10.0


def test_dots_of_paths_lie_in_the_order_of_their_cost() -> None:
    picture = ET.fromstring(paths_chart(results(row("nginx", 0.04, 0.05), row("a", 3.0, 4.0, title="Unified: a < b"))))
    dots = [float(one.attrib["cx"]) for one in picture.iter(f"{SVG}circle")]
    assert dots == sorted(dots)
    assert "Unified: a < b" in [one.text for one in picture.iter(f"{SVG}text")]


def test_the_line_of_a_path_ends_where_it_does_not_keep_up() -> None:
    found = (latency("mapped", 50, 5.0, 9.0), latency("mapped", 100, None, None), latency("pass", 50, 1.0, 2.0))
    picture = ET.fromstring(latency_chart(results(row("pass", 1.0), latencies=found)))
    lines = [one.attrib["points"].split() for one in picture.iter(f"{SVG}polyline")]
    assert [len(points) for points in lines] == [1, 1, 1, 1]


def test_a_difference_below_nothing_is_drawn_at_the_bottom() -> None:
    found = (latency("nginx", 50, -0.4, 3.0),)
    picture = ET.fromstring(latency_chart(results(row("nginx", 1.0), latencies=found)))
    low, high = (float(one.attrib["cy"]) for one in picture.iter(f"{SVG}circle"))
    assert low > high
