"""Every setting of the server, read from the environment once. Each has a default with which a commune can begin."""

import hashlib
import os
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

PREFIX = "LOA_"


class SettingsError(SystemExit):
    """A variable cannot be understood. Whatever command was given ends with this sentence on standard error and code 1:
    there is nothing that it could do instead."""

    def __init__(self, exc: ValidationError) -> None:
        wrong = (f"{PREFIX}{str(each['loc'][0]).upper()}: {_wanted(each)}" for each in exc.errors())
        super().__init__(f"Thiết lập không dùng được. {'; '.join(wrong)}.")


class Settings(BaseSettings):
    """Read from variables that begin with LOA_, e.g. LOA_PORT=80."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    data: Path = Field(default=Path("var/station"), description="Thư mục dữ liệu: cơ sở dữ liệu và khóa ký.")
    audio_cache: Path = Field(default=Path("audio_cache"), description="Thư mục chứa bản thu theo nội dung.")
    database_url: str = Field(default="", description="Địa chỉ SQLAlchemy; để trống là SQLite trong thư mục dữ liệu.")
    host: str = Field(default="127.0.0.1", description="Địa chỉ mà trang web lắng nghe.")
    port: int = Field(default=8080, ge=0, le=65535, description="Cổng của trang web.")
    public_url: str = Field(default="", description="Địa chỉ mà người dùng và bộ thu gọi tới trang web.")
    secure_cookies: bool | None = Field(
        default=None, description="Chỉ gửi cookie qua https; để trống là khi LOA_PUBLIC_URL bắt đầu bằng https."
    )
    broker_url: str = Field(
        default="", description="mqtt://hoặc mqtts://tài-khoản:mật-khẩu@máy:cổng; để trống là broker nhúng."
    )
    broker_port: int = Field(default=1883, ge=1, le=65535, description="Cổng của broker nhúng (chỉ loopback).")
    broker_ca: Path | None = Field(default=None, description="Tệp PEM của nơi cấp chứng chỉ cho broker.")
    broker_public_url: str = Field(default="", description="Địa chỉ broker mà bộ thu được giao khi lắp đặt.")
    broker_accounts: Literal["none", "mosquitto"] = Field(
        default="none", description="mosquitto: tạo tài khoản riêng cho từng bộ thu bằng dynamic security."
    )
    signer_socket: Path | None = Field(
        default=None, description="Ổ cắm Unix của tiến trình ký chạy riêng; để trống là đài tự chạy nó."
    )
    signer_data: Path | None = Field(
        default=None, description="Thư mục của tiến trình ký (khóa ký, sổ người duyệt); để trống là LOA_DATA/signer."
    )
    signer_client: str = Field(
        default="", description="Người dùng hệ thống mà tiến trình ký cho kết nối, khi nó chạy bằng người dùng khác."
    )
    trusted_proxies: str = Field(default="127.0.0.1", description="Máy chủ trung gian được tin khi báo địa chỉ khách.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(default="INFO", description="Mức ghi nhật ký.")

    @field_validator("broker_url", "broker_public_url")
    @classmethod
    def _is_a_broker(cls, value: str) -> str:
        if value and not value.startswith(("mqtt://", "mqtts://")):
            raise ValueError("địa chỉ broker bắt đầu bằng mqtt:// hoặc mqtts://")
        return value

    @field_validator("broker_ca")
    @classmethod
    def _can_be_read(cls, value: Path | None) -> Path | None:
        if value is not None and not (value.is_file() and os.access(value, os.R_OK)):
            raise ValueError(f"không đọc được tệp {value}")
        return value

    @field_validator("log_level", mode="before")
    @classmethod
    def _in_capitals(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @property
    def database(self) -> str:
        """Return the database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.data / 'station.db'}"

    @property
    def signer_folder(self) -> Path:
        """Return where the signer keeps keys and register; the server itself never looks into it."""
        return self.signer_data or self.data / "signer"

    @property
    def signer_address(self) -> Path:
        """Return where the signer's socket lies."""
        return self.signer_socket or self.signer_folder / "socket"

    @property
    def signer_environment(self) -> dict[str, str] | None:
        """Return what the signer as our child is told, no password of ours in it; None where the operator runs it."""
        if self.signer_socket is not None:
            return None
        return {
            "LOA_DATA": str(self.data.resolve()),
            "LOA_SIGNER_DATA": str(self.signer_folder.resolve()),
            "LOA_LOG_LEVEL": self.log_level,
        }

    @property
    def client_id(self) -> str:
        """Return a name for the broker that is this installation's own, and the same at its next start."""
        return f"station-{hashlib.sha256(self.database.encode()).hexdigest()[:12]}"

    @property
    def url(self) -> str:
        """Return the address that people and boxes are told."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return (self.public_url or f"http://{host}:{self.port}").rstrip("/")

    @property
    def https_alone(self) -> bool:
        """Return whether cookies go through https alone: as somebody set it, else when that is how people come."""
        return self.url.startswith("https://") if self.secure_cookies is None else self.secure_cookies


def load_settings() -> Settings:
    """Return the settings in the process's environment. Raises SettingsError."""
    try:
        return Settings()
    except ValidationError as exc:
        raise SettingsError(exc) from exc


def unknown_variables() -> tuple[str, ...]:
    """Return the variables that are named like ours and are none: a slip of the pen would otherwise go unnoticed."""
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    return tuple(sorted(name for name in os.environ if name.startswith(PREFIX) and name not in known))


def _wanted(error: Any) -> str:
    """Return what pydantic wants of a variable, in Vietnamese."""
    bounds = error.get("ctx", {})
    match error["type"]:
        case "int_parsing":
            return "cần một số nguyên"
        case "bool_parsing":
            return "cần true hoặc false"
        case "greater_than_equal":
            return f"nhỏ nhất là {bounds['ge']}"
        case "less_than_equal":
            return f"lớn nhất là {bounds['le']}"
        case "literal_error":
            return f"cần một trong: {bounds['expected'].replace(' or ', ', ')}"
        case "value_error":
            return str(bounds["error"])
    return "giá trị không hợp lệ"
