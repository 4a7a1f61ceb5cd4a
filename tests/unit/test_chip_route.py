"""Lines of a chip: on a grid of tiles, crossing only on different layers."""

import pytest

from sfqgen.chip.route import Net, Use, join, route
from sfqgen.errors import SfqgenError


def inside(width, height):
    return lambda tile: 0 <= tile[0] < width and 0 <= tile[1] < height


def test_a_line_runs_straight_when_it_can():
    used = route([Net("a", (4, 2), "e", (0, 2), "w")], inside(5, 5))
    assert used == {(i, 2): Use({0: {"w", "e"}}) for i in range(5)}


def test_lines_that_fan_out_never_share_a_tile_of_one_layer():
    nets = [Net(str(k), (9, 8 + k), "e", (0, 2 + 3 * k), "w") for k in range(6)]
    used = route(nets, inside(10, 20))
    assert not any(use.via for use in used.values())
    ends = [tile for tile, use in used.items() if tile[0] == 0 and "w" in use.arms[0]]
    assert sorted(ends) == sorted(net.end for net in nets)


def test_every_arm_meets_an_arm_of_the_next_tile():
    nets = [Net(str(k), (9, 8 + k), "e", (0, 2 + 3 * k), "w") for k in range(6)]
    used = route(nets, inside(10, 20))
    step = {"e": (1, 0), "w": (-1, 0), "n": (0, 1), "s": (0, -1)}
    back = {"e": "w", "w": "e", "n": "s", "s": "n"}
    outer = {(net.start, net.enter) for net in nets} | {(net.end, net.leave) for net in nets}
    for tile, use in used.items():
        for edge in use.arms[0]:
            if (tile, edge) not in outer:
                neighbour = (tile[0] + step[edge][0], tile[1] + step[edge][1])
                assert back[edge] in used[neighbour].arms[0]


def test_a_line_bends_near_its_start_and_comes_straight_to_its_end():
    used = route([Net("a", (9, 2), "e", (0, 5), "w")], inside(10, 10), toll=lambda tile: 0.002 * (9 - tile[0]))
    assert used[0, 5].arms[0] == {"e", "w"}
    assert used[9, 5].arms[0] == {"s", "w"}


def test_lines_cross_on_the_second_layer():
    nets = [Net("across", (6, 3), "e", (0, 3), "w"), Net("up", (3, 0), "s", (3, 6), "n")]
    used = route(nets, inside(7, 7), layers=2)
    assert set(used[3, 3].arms) == {0, 1}
    assert not used[3, 3].via
    assert sum(use.via for use in used.values()) == 2


def test_one_layer_has_no_way_across():
    nets = [Net("across", (6, 3), "e", (0, 3), "w"), Net("up", (3, 0), "s", (3, 6), "n")]
    with pytest.raises(SfqgenError) as caught:
        route(nets, inside(7, 7))
    assert str(caught.value) == "chip: no way for the line of up; remedy: a larger die, fewer inputs, or smaller pads"


def test_the_rail_joins_all_its_ends():
    arms = join([((0, 0), ""), ((4, 0), "e"), ((2, 3), "n")], inside(5, 5))
    assert arms[4, 0] >= {"e", "w"}
    assert "n" in arms[2, 3]
    assert len(arms) == 8  # five tiles along the row, three up


def test_a_rail_end_that_is_cut_off_is_told():
    with pytest.raises(SfqgenError) as caught:
        join([((0, 0), ""), ((3, 0), "e")], lambda tile: tile in {(0, 0), (3, 0)})
    assert str(caught.value) == "chip: no way for the bias rail from tile 3, 0; remedy: fewer inputs or levels"
