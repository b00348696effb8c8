"""What the system's own error means, in Vietnamese, for a technician."""

import errno
import socket

_WORDS = {
    errno.ECONNREFUSED: "máy chủ không nhận kết nối (dịch vụ chưa chạy hoặc sai cổng)",
    errno.ECONNRESET: "máy chủ ngắt kết nối",
    errno.ENETUNREACH: "không có đường mạng",
    errno.EHOSTUNREACH: "không có đường mạng đến máy chủ",
    errno.ETIMEDOUT: "máy chủ không trả lời",
    errno.ENOENT: "không có tệp hoặc thiết bị này",
    errno.ENOTDIR: "đường dẫn đi qua một tệp, không phải thư mục",
    errno.EISDIR: "là một thư mục, không phải tệp",
    errno.ENODEV: "không có thiết bị này",
    errno.EACCES: "không đủ quyền",
    errno.EPERM: "không được phép",
    errno.EBUSY: "đang bận, chương trình khác giữ",
    errno.ENOSPC: "thẻ nhớ đã đầy",
    errno.EROFS: "thẻ nhớ đã chuyển sang chỉ đọc",
    errno.EIO: "lỗi đọc ghi, thẻ nhớ hoặc thiết bị có thể đã hỏng",
}


def in_words(error: OSError) -> str:
    """Return what went wrong; the system's own English where it is something rare."""
    if isinstance(error, socket.gaierror):
        return "không tìm thấy tên máy chủ"
    if isinstance(error, TimeoutError):
        return _WORDS[errno.ETIMEDOUT]
    return _WORDS.get(error.errno or 0, error.strerror or str(error))
