"""What the system says in English is told to a technician in Vietnamese."""

import errno
import socket

import pytest

from device_agent.os_words import in_words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ConnectionRefusedError(errno.ECONNREFUSED, "Connection refused"), "máy chủ không nhận kết nối"),
        (socket.gaierror(socket.EAI_NONAME, "Name or service not known"), "không tìm thấy tên máy chủ"),
        (TimeoutError("timed out"), "máy chủ không trả lời"),
        (OSError(errno.ENOSPC, "No space left on device"), "thẻ nhớ đã đầy"),
        (OSError(errno.EROFS, "Read-only file system"), "chỉ đọc"),
        (PermissionError(errno.EACCES, "Permission denied"), "không đủ quyền"),
        (OSError(errno.EBUSY, "Device or resource busy"), "đang bận"),
    ],
)
def test_what_happens_in_the_field_is_said_in_vietnamese(error: OSError, said: str) -> None:
    assert said in in_words(error)
    assert (error.strerror or "timed out") not in in_words(error)


def test_what_is_rare_is_said_as_the_system_says_it() -> None:
    assert in_words(OSError(errno.EXDEV, "Invalid cross-device link")) == "Invalid cross-device link"
    assert in_words(OSError("broken")) == "broken"
