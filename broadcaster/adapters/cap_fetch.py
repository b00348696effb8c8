"""Fetches feeds and their documents, never longer than a deadline and never from anywhere but where it is told."""

from broadcaster.adapters.voices.workers import WorkerDied, Workers, WorkerTimedOut
from broadcaster.domain.errors import N_
from broadcaster.services.cap.polling import Fetched, FetchFailed, Wanted

_WORKER = "broadcaster.adapters.cap_fetch_worker"
_CLEAN_END_S = 0.5
"""How much sooner than the kill the worker itself gives up, so that a merely silent server costs no process."""
_AGENT = "commune-broadcaster (CAP 1.2)"
_ACCEPT = "application/cap+xml, application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9"
_SENTENCES = {
    "timed_out": N_("Máy chủ nguồn không trả lời kịp trong {seconds} giây."),
    "unreachable": N_("Không kết nối được tới máy chủ nguồn."),
    "bad_certificate": N_("Chứng thư TLS của máy chủ nguồn không hợp lệ."),
    "private_address": N_("Địa chỉ nguồn dẫn tới mạng nội bộ mà đài chưa cho phép."),
    "bad_address": N_("Địa chỉ nguồn không phải là http hoặc https bình thường."),
    "redirected_elsewhere": N_("Máy chủ nguồn chuyển sang nơi khác mà đài chưa cho phép."),
    "too_many_redirects": N_("Máy chủ nguồn chuyển địa chỉ quá nhiều lần."),
    "too_large": N_("Tệp của nguồn lớn quá mức cho phép."),
    "packed": N_("Máy chủ nguồn gửi tệp nén mà đài không yêu cầu."),
    "died": N_("Việc tải nguồn bị ngắt giữa chừng."),
}


class Fetcher:
    """Fetches with a process of its own. `deadline_s` covers look-up, connection, redirects and answer."""

    def __init__(self, *, deadline_s: float = 15.0) -> None:
        self._deadline_s = deadline_s
        self._workers = Workers(_WORKER, limit=1)

    def __call__(self, wanted: Wanted) -> Fetched:
        """Return the answer. Raises FetchFailed, within little more than the deadline."""
        try:
            answer = self._workers.ask(self._question(wanted), deadline_s=self._deadline_s)
        except WorkerTimedOut as exc:
            raise self._failure("timed_out") from exc
        except WorkerDied as exc:
            raise self._failure("died") from exc
        header = answer.header
        if header["error"]:
            raise self._failure(str(header["error"]))
        return Fetched(
            status=int(str(header["status"])),
            body=answer.body,
            etag=str(header["etag"])[:500],
            last_modified=str(header["last_modified"])[:100],
            retry_after=str(header["retry_after"])[:100],
            url=str(header["url"]),
        )

    def close(self) -> None:
        """End the worker process."""
        self._workers.close()

    def _question(self, wanted: Wanted) -> dict[str, object]:
        headers = {"User-Agent": _AGENT, "Accept": _ACCEPT, "Accept-Encoding": "identity"}
        if wanted.etag:
            headers["If-None-Match"] = wanted.etag
        if wanted.last_modified:
            headers["If-Modified-Since"] = wanted.last_modified
        return {
            "url": wanted.url,
            "headers": headers,
            "timeout_s": max(0.1, self._deadline_s - _CLEAN_END_S),
            "max_bytes": wanted.max_bytes,
            "allow_private": wanted.allow_private,
            "hosts": list(wanted.hosts),
        }

    def _failure(self, code: str) -> FetchFailed:
        sentence = _SENTENCES.get(code, _SENTENCES["unreachable"]).format(seconds=round(self._deadline_s))
        return FetchFailed(code, sentence)
