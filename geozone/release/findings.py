"""What can be wrong with a release, each with a code for machines and a sentence in two languages."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Finding", "changed", "malformed", "missing", "unreadable"]

_VI = {"manifest": "bản kê", "object": "tệp dữ liệu"}
_REASONS_VI = {
    "not in canonical form": "không ở dạng chuẩn",
    "nested too deeply": "lồng quá sâu",
    "not an object": "không phải một đối tượng",
    "without layers": "không có lớp dữ liệu",
    "with a layer that is not described": "có lớp không được mô tả",
    "without a proper predecessor": "không nêu đúng bản công bố trước nó",
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that does not agree.

    Attributes
    ----------
    code : str
        For machines: ``changed``, ``missing``, ``unreadable``, ``malformed``, ``removed``,
        ``rewritten``, ``shortened``, ``reordered``, ``signature``, ``signature-missing``,
        ``wrong-key``, ``pointer``, ``keys``, ``foreign``.
    vi, en : str
        A sentence in Vietnamese and in English, with what it concerns.
    """

    code: str
    vi: str
    en: str

    def about(self, vi: str, en: str) -> Finding:
        """Add in brackets what part of the release it is.

        Parameters
        ----------
        vi, en : str
            The part, in both languages.

        Returns
        -------
        Finding
            With both sentences longer.
        """
        return Finding(self.code, f"{self.vi} ({vi})", f"{self.en} ({en})")

    def as_cut(self) -> Finding:
        """Say that for this reason nothing before it can be checked.

        Returns
        -------
        Finding
            ``removed`` where a manifest is missing, else ``rewritten``.
        """
        code = "removed" if self.code == "missing" else "rewritten"
        return Finding(code, f"lịch sử bị cắt đứt: {self.vi}", f"history is cut: {self.en}")


def missing(what: str, digest: str) -> Finding:
    """Say that a file is not there.

    Parameters
    ----------
    what : str
        ``manifest`` or ``object``.
    digest : str
        Which.

    Returns
    -------
    Finding
        ``missing``.
    """
    return Finding("missing", f"thiếu {_VI[what]} {digest}", f"{what} {digest} is missing")


def changed(what: str, digest: str) -> Finding:
    """Say that the bytes of a file are not those of its name.

    Parameters
    ----------
    what : str
        ``manifest`` or ``object``.
    digest : str
        Which.

    Returns
    -------
    Finding
        ``changed``.
    """
    return Finding("changed", f"{_VI[what]} {digest} đã bị thay đổi", f"{what} {digest} has changed on disk")


def unreadable(what: str, digest: str, error: OSError) -> Finding:
    """Say that the disk refused to read a file.

    Parameters
    ----------
    what : str
        ``manifest`` or ``object``.
    digest : str
        Which.
    error : OSError
        What the system said.

    Returns
    -------
    Finding
        ``unreadable``.
    """
    return Finding(
        "unreadable",
        f"không đọc được {_VI[what]} {digest}: {error.strerror}",
        f"{what} {digest} cannot be read: {error.strerror}",
    )


def malformed(digest: str, error: ValueError) -> Finding:
    """Say that a manifest has the right digest and is no manifest.

    Parameters
    ----------
    digest : str
        Which.
    error : ValueError
        Why not.

    Returns
    -------
    Finding
        ``malformed``.
    """
    reason = _REASONS_VI.get(str(error), "không đúng định dạng")
    return Finding("malformed", f"bản kê {digest} {reason}", f"manifest {digest} is {error}")
