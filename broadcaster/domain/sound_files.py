"""What a sound file must be to be taken into the library: the limits, and a sentence for each way to miss them."""

from broadcaster.domain.errors import N_, Invalid, Unavailable, refusal

UPLOAD_MAX_BYTES = 50 * 1024 * 1024
LONGEST_S = 15 * 60
SHORTEST_S = 0.5


@refusal
class NoSoundFile(Invalid):
    message = N_("Chưa chọn tệp âm thanh, hoặc tệp rỗng. Xin chọn một tệp MP3, WAV, M4A hoặc Opus.")


@refusal
class SoundFileTooBig(Invalid):
    limit_mb: int
    message = N_("Tệp âm thanh lớn quá {limit_mb} MB. Xin nén thành MP3 hoặc M4A, hoặc cắt thành nhiều phần.")


@refusal
class SoundFormatUnknown(Invalid):
    message = N_("Tệp này không phải là âm thanh MP3, WAV, M4A hoặc Opus/OGG. Xin chọn tệp khác hoặc xuất lại.")


@refusal
class SoundFileCutOff(Invalid):
    message = N_("Tệp âm thanh bị cắt cụt, thiếu phần cuối. Xin chép hoặc xuất lại tệp cho trọn vẹn rồi tải lên.")


@refusal
class SoundFileBroken(Invalid):
    message = N_("Tệp âm thanh bị hỏng, không giải mã được trọn vẹn. Xin xuất lại tệp rồi tải lên.")


@refusal
class SoundTooLong(Invalid):
    minutes: int
    message = N_("Âm thanh dài quá {minutes} phút. Xin cắt ngắn hoặc chia thành nhiều phần.")


@refusal
class SoundTooShort(Invalid):
    message = N_("Âm thanh ngắn quá nửa giây sau khi bỏ khoảng lặng. Xin chọn tệp khác.")


@refusal
class SoundSilent(Invalid):
    message = N_("Tệp này không có tiếng. Xin nghe lại tệp trên máy rồi chọn tệp khác.")


@refusal
class SoundNotLevelled(Invalid):
    message = N_("Không đưa được âm thanh này về độ lớn chuẩn của đài. Xin chỉnh lại tệp (đều tiếng hơn) rồi tải lên.")


@refusal
class SoundNotKept(Unavailable):
    why: str
    message = N_("Máy chủ chưa lưu được âm thanh: {why}")


@refusal
class SoundDeskBusy(Unavailable):
    message = N_("Máy chủ đang xử lý âm thanh khác. Xin chờ một phút rồi tải lên lại.")
