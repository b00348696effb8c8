"""Nouns that tell what a slash between two numbers means: things one counts, and wholes one takes a part of."""

# 5/5 thôn: so many out of so many.
COUNTED = frozenset(
    """thôn hộ xã người tiêu điểm trẻ con đại học cháu em đoàn hội tổ phiếu bản phường huyện lượt ca giáo cán trường lớp
    gia hồ đảng nhà chỉ xóm ấp khóm khu buôn đồng viên trạm cơ đơn tỉnh hợp dự đợt mục nhóm cụm đội vận cây máy xe điện
    chủ câu thanh cựu nông ngành bộ mô nội thủ bệnh xét trang phòng hạng ủy ý kiến suất kỳ loa trại chuồng gà lợn bò
    trâu làng sóc cử phụ thành thửa tàu thuyền giếng cống cầu hạng ngõ tuyến ô quầy gian chốt bếp ki bài đề""".split()
)
# 2/3 diện tích: parts of one whole.
WHOLES = frozenset(
    """diện dân tổng quãng kinh lượng khối nhu vốn thu thời đời chiều ngân giá lương tiền quỹ đất rừng lúa nước ao vườn
    mặt trái ngày tháng năm ly cốc bát thìa muỗng chặng số dung mức công mùa gói viên ruộng hồ bể thùng bình đêm cuộc
    nguồn mỗi liều lít""".split()
)
WHOLE_PHRASES = frozenset(
    (
        "chi phí", "sản lượng", "công suất", "công việc", "dung tích", "tổng số", "số hộ", "giá trị", "mức lương",
        "phần trăm", "thành phố", "hồ chứa", "viên thuốc", "chiều dài", "thành viên", "hợp đồng", "đất đai",
    )
)  # fmt: skip
COUNTED_PHRASES = frozenset(
    ("chi bộ", "chi hội", "chi đoàn", "sản phẩm", "thành viên", "công trình", "công dân", "công nhân", "mức độ",
     "số thôn", "dân tộc", "giải thưởng", "mặt hàng", "khối phố", "giá trị")
)  # fmt: skip

# The stems of lunar years: after tức 5/9 they make a date sure.
_STEMS = frozenset("giáp ất bính đinh mậu kỷ canh tân nhâm quý".split())


def is_counted(words: tuple[str, ...]) -> bool:
    """True when the words after a pair of numbers are something counted."""
    phrase = " ".join(words[:2])
    if phrase in COUNTED_PHRASES:
        return True
    return bool(words) and words[0] in COUNTED and phrase not in WHOLE_PHRASES


def is_whole(words: tuple[str, ...]) -> bool:
    """True when the words after a pair of numbers are something one takes a part of."""
    phrase = " ".join(words[:2])
    if phrase in COUNTED_PHRASES or (words[:1] == ("năm",) and len(words) > 1 and words[1] in _STEMS):
        return False
    return phrase in WHOLE_PHRASES or (bool(words) and words[0] in WHOLES)
