"""What a reading kept but noted is no rejection."""

from __future__ import annotations

from pathlib import Path

from assistant import readers
from assistant.papers import IngestReport, Rejected
from assistant.terminal import report_lines


def test_a_stray_byte_is_a_note_and_a_missing_title_a_rejection(tmp_path: Path) -> None:
    (tmp_path / "refs.bib").write_bytes(
        "@article{a, title={Tides of the Ærø Strait}, author={Søren Lind}, year={2011}}\n".encode()
        + b"@article{b, title={Caf\xe9 Tables}, author={Ana Ruiz}, year={2012}}\n@article{c, year={2013}}\n"
    )
    notes = [item for item in readers.read(tmp_path / "refs.bib") if isinstance(item, Rejected)]
    assert {(n.kept, "Windows-1252" in n.reason) for n in notes} == {(True, True), (False, False)}
    lines = report_lines(IngestReport(entries=2, papers=2, added=2, rejected=tuple(notes)))
    assert sum(line.startswith("note: refs.bib") for line in lines) == 1
    assert sum(line.startswith("not read: refs.bib") for line in lines) == 1
    assert [row["kept"] for row in IngestReport(rejected=tuple(notes)).to_dict()["rejected"]] == [n.kept for n in notes]


def test_many_lines_with_one_reason_are_a_few_and_a_count() -> None:
    alike = [Rejected("refs.bib", f"line {n}", "this entry has no title") for n in range(700)]
    other = Rejected("old-and-long-name-of-a-folder/with-a-name-of-its-own/scan-of-1987.pdf", "", "no text")
    lines = report_lines(IngestReport(entries=2, papers=2, added=2, rejected=(*alike, other)))
    assert [n for n in range(700) if any(f"line {n}:" in line for line in lines)] == [0, 1, 2]
    assert any("and 697 more not read: this entry has no title" in line for line in lines)
    assert any(other.source in line for line in lines)
