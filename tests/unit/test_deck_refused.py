"""Decks that are refused: the one line that names file, line, token and remedy, and limits against hostile input."""

from pathlib import Path

import pytest
import yaml

from sfqgen.errors import SfqgenError
from sfqgen.netlist import lexer
from sfqgen.netlist.josim_read import parse_deck, read_deck

CASES = yaml.safe_load((Path(__file__).parents[1] / "data" / "refused_decks.yaml").read_text(encoding="utf-8"))


def refusal(call, *arguments) -> str:
    with pytest.raises(SfqgenError) as caught:
        call(*arguments)
    return str(caught.value)


@pytest.mark.parametrize("case", CASES, ids=[case["name"] for case in CASES])
def test_message(case):
    assert refusal(parse_deck, case["deck"]) == case["message"]


def deck_file(folder: Path, text: str, name: str = "d.cir") -> Path:
    path = folder / name
    path.write_text(text)
    return path


def test_missing_file(tmp_path):
    path = tmp_path / "none.cir"
    assert refusal(read_deck, path) == f"{path}: no such file; remedy: give the path of a netlist file"
    assert refusal(read_deck, tmp_path) == f"{tmp_path}: no such file; remedy: give the path of a netlist file"


def test_binary_file(tmp_path):
    path = tmp_path / "d.cir"
    path.write_bytes(b"R1 1 0 1\n\0\0\0")
    assert refusal(read_deck, path) == f"{path}: this is not a text file; remedy: give a netlist (.cir)"


def test_errors_in_an_included_file_name_it(tmp_path):
    (tmp_path / "lib").mkdir()
    deck_file(tmp_path / "lib", "R1 1 0 1\nR2 1 0 oops\n", "part.inc")
    path = deck_file(tmp_path, ".include lib/part.inc\n")
    message = refusal(read_deck, path)
    assert message == f"{tmp_path}/lib/part.inc:2: 'oops': unknown parameter 'oops'; remedy: define it: .param oops=..."


@pytest.mark.parametrize("target", ["../secret.inc", "/etc/hostname"])
def test_include_stays_in_the_folder(tmp_path, target):
    (tmp_path / "in").mkdir()
    deck_file(tmp_path, "R1 1 0 1\n", "secret.inc")
    path = deck_file(tmp_path / "in", f".include {target}\n")
    assert refusal(read_deck, path) == (
        f"{path}:1: '{target}': includes a file outside of the deck's folder; "
        "allowed: the folder of the deck and below; remedy: move the file, or allow its folder"
    )


def test_a_link_does_not_lead_out_of_the_folder(tmp_path):
    (tmp_path / "in").mkdir()
    deck_file(tmp_path, "R1 1 0 1\n", "secret.inc")
    (tmp_path / "in" / "link.inc").symlink_to(tmp_path / "secret.inc")
    path = deck_file(tmp_path / "in", ".include link.inc\n")
    assert "outside of the deck's folder" in refusal(read_deck, path)


def test_include_loop(tmp_path):
    deck_file(tmp_path, ".include b.inc\n", "a.inc")
    deck_file(tmp_path, ".include a.inc\n", "b.inc")
    path = deck_file(tmp_path, ".include a.inc\n")
    assert refusal(read_deck, path) == (
        f"{tmp_path}/b.inc:1: 'a.inc': the file includes itself; remedy: break the loop of includes"
    )
    path = deck_file(tmp_path, ".include d.cir\n")
    assert "'d.cir': the file includes itself" in refusal(read_deck, path)


def test_wave_file_with_words(tmp_path):
    deck_file(tmp_path, "1 2 three\n", "w.dat")
    path = deck_file(tmp_path, "I1 0 1 cus(w.dat 1p)\n.tran 1p 9p\n")
    assert refusal(read_deck, path) == f"{path}:1: 'w.dat': the wave file has 'three' instead of a number"


def tower(levels: int, width: int) -> str:
    """Subcircuits in which each holds `width` of the one before."""
    text = ".subckt c0 a\nR1 a 0 1\n.ends\n"
    for level in range(1, levels + 1):
        text += f".subckt c{level} a\n" + "".join(f"X{i} a c{level - 1}\n" for i in range(width)) + ".ends\n"
    return f"{text}X1 1 c{levels}\n"


def test_a_hierarchy_that_unfolds_without_end():
    assert refusal(parse_deck, tower(7, 10)).endswith(
        "the circuit unfolds into too many elements; allowed: up to 1000000"
    )
    assert refusal(parse_deck, tower(20, 1)).endswith("instances are nested too deeply; allowed: 12 levels")


def test_subcircuits_that_specialise_without_end():
    text = ".subckt c0 a\n.param r=1\nR1 a 0 r\n.ends\n"
    for level in range(1, 12):
        cell = f"c{level - 1}"
        text += f".subckt c{level} a\n.param r=1\n" + "".join(f"X{i} a {cell} r=r+{i}\n" for i in range(4)) + ".ends\n"
    assert "too many" in refusal(parse_deck, f"{text}X1 1 c11 r=2\n")


def test_a_parameter_bomb_ends_at_once():
    bomb = ".param p0=10\n" + "".join(f".param p{i}=p{i - 1}*p{i - 1}\n" for i in range(1, 60)) + "R1 1 0 p59\n"
    assert "is not a finite real number" in refusal(parse_deck, bomb)


def test_definitions_nested_too_deeply():
    text = "".join(f".subckt c{i} a\n" for i in range(40)) + ".ends\n" * 40
    assert refusal(parse_deck, text).endswith("subcircuits are nested too deeply; allowed: 16 levels")


def test_a_line_of_a_million_characters():
    points = " ".join(f"{i}p 0" for i in range(100_000))
    wave = parse_deck(f"I1 0 1 pwl({points})\nR1 1 0 1\n").circuit["I1"].wave
    assert len(wave.values) == 200_000
    assert "the number is too long" in refusal(parse_deck, f"R1 1 0 {'1' * 10_000}\n")
    assert "the expression is too long" in refusal(parse_deck, f"R1 1 0 {'1+' * 500_000}1\n")
    assert "unknown parameter" in refusal(parse_deck, f"R1 1 0 {'a' * 10_000}\n")


def test_size_limits(monkeypatch):
    monkeypatch.setattr(lexer, "MAX_STATEMENT", 100)
    assert refusal(parse_deck, "R1 1 0 1 " + "+\n+ 1" * 100).endswith(
        "the statement is too long; allowed: 100 characters"
    )


def test_deck_larger_than_allowed(tmp_path, monkeypatch):
    monkeypatch.setattr(lexer, "MAX_BYTES", 1_000_000)
    path = deck_file(tmp_path, "* comment\n" * 200_000)
    assert refusal(read_deck, path) == f"{path}: the deck is larger than 1 MB"
