"""What the signer refuses, and why; the sentences reach whoever sits before the page."""

from datetime import datetime

from broadcaster.domain.errors import N_, Conflict, Forbidden, Invalid, TooMany, refusal


@refusal
class UnknownSession(Forbidden):
    message = N_("Bộ ký chưa biết phiên làm việc này. Xin đăng xuất, đăng nhập lại rồi thử lần nữa.")


@refusal
class ActRefused(Forbidden):
    message = N_("Bộ ký không nhận thay đổi này vì phiên làm việc không đúng hoặc đã cũ. Xin đăng nhập lại rồi thử.")


@refusal
class OnlyAdministrators(Forbidden):
    message = N_("Bộ ký chỉ nhận thay đổi này từ người quản trị của đài.")


@refusal
class PasswordUnknown(Forbidden):
    message = N_("Bộ ký không nhận mật khẩu này. Xin nhờ người giữ máy chủ đặt lại mật khẩu.")


@refusal
class TooManyProofs(TooMany):
    minutes: int
    message = N_("Bộ ký đã nhận quá nhiều mật khẩu sai của người này. Xin chờ {minutes} phút.")


@refusal
class PersonUnknown(Invalid):
    message = N_("Bộ ký không biết người này.")


@refusal
class PersonKnown(Conflict):
    message = N_("Bộ ký đã biết người này từ trước.")


@refusal
class BadVerifier(Invalid):
    message = N_("Mật khẩu gửi tới bộ ký không ở dạng mà bộ ký dùng.")


@refusal
class AlreadyFounded(Conflict):
    message = N_("Bộ ký đã có danh sách người của đài này, không nhận lại từ đầu.")


@refusal
class StillNew(Conflict):
    counts_from: datetime
    message = N_(
        "Người này mới được thêm, được giao quyền hoặc đặt lại mật khẩu, nên chỉ được tính cho báo động thật toàn địa "
        "bàn từ {counts_from} (giờ UTC). Người giữ máy chủ có thể công nhận ngay bằng lệnh “broadcaster signer admit”."
    )


@refusal
class AlertUnknown(Conflict):
    message = N_("Bộ ký chưa thấy đủ người duyệt tin này, hoặc tin mà nó nói tới.")


@refusal
class AlertNotCovered(Conflict):
    alert: str
    why: str
    message = N_("Bộ ký không ký tin khẩn cấp {alert}: {why}")


@refusal
class NotSigned(Conflict):
    why: str
    message = N_("Bộ ký không ký văn bản này: {why}")


@refusal
class ReleaseUnknown(Conflict):
    version: str
    message = N_("Bộ ký chưa thấy quản trị viên nào xác nhận bản {version} của phần mềm bộ thu.")


@refusal
class NotUnderstood(Invalid):
    message = N_("Bộ ký không hiểu yêu cầu này.")
