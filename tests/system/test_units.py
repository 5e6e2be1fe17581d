"""The units for systemd: they are what systemd takes, hide the folders of others, and lose no directive unnoticed."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.system.three_users import UNITS, setting
from tests.system.world import ROOT

SERVICES = sorted(UNITS.glob("*.service"))
PROCESSES = [UNITS / f"consentry-{name}.service" for name in ("vault", "standby", "courier", "web", "witness")]
MOST_EXPOSED = 20  # tenths, of 100, as `systemd-analyze security` counts
STRICT = {
    "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateDevices": "yes",
    "RestrictNamespaces": "yes", "LockPersonality": "yes", "MemoryDenyWriteExecute": "yes", "LimitCORE": "0",
    "UMask": "0077", "ProtectKernelModules": "yes", "SystemCallArchitectures": "native",
}
needs_systemd = pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed here")
needs_nginx = pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not installed here")


@needs_systemd
def test_systemd_takes_every_unit_and_finds_little_exposed(tmp_path: Path) -> None:
    for unit in (*SERVICES, *UNITS.glob("*.timer")):
        text = unit.read_text("utf-8").replace("/opt/consentry/.venv/bin/python", sys.executable)
        (tmp_path / unit.name).write_text(text.replace("/opt/consentry", str(ROOT)), "utf-8")
    units = sorted(str(path) for path in tmp_path.iterdir())
    assert len(units) == 9
    verified = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True,
                              check=False)
    assert (verified.returncode, [line for line in verified.stderr.splitlines() if "consentry" in line]) == (0, [])
    services = [one for one in units if one.endswith(".service")]
    judged = subprocess.run(["systemd-analyze", "security", "--offline=true", "--no-pager",
                             f"--threshold={MOST_EXPOSED}", *services], capture_output=True, text=True, check=False)
    assert judged.returncode == 0, re.findall(r"Overall.*", judged.stdout)
    assert judged.stdout.count("Overall exposure level") == len(services)


@pytest.mark.parametrize("unit", SERVICES, ids=lambda unit: unit.stem)
def test_every_unit_is_confined(unit: Path) -> None:
    assert {name: setting(unit, name) for name in STRICT} == {name: [value] for name, value in STRICT.items()}
    assert setting(unit, "SystemCallFilter")[0] == "@system-service"
    assert setting(unit, "PrivateUsers") == [], "callers would all look like one user"


@pytest.mark.parametrize("unit", PROCESSES, ids=lambda unit: unit.stem)
def test_every_process_is_a_user_without_rights(unit: Path) -> None:
    (user,) = setting(unit, "User")
    assert setting(unit, "CapabilityBoundingSet") == [""]
    assert f"u {user} " in (UNITS / "consentry.sysusers").read_text("utf-8")


def test_nobody_sees_the_folder_of_another() -> None:
    own = {"vault": {"vault", "keys"}, "standby": {"vault", "keys"}, "courier": {"courier", "outbox"}, "web": {"web"}}
    for name, folders in own.items():
        unit = UNITS / f"consentry-{name}.service"
        hidden = {Path(path.lstrip("-")).name for path in " ".join(setting(unit, "InaccessiblePaths")).split()}
        assert hidden == {"vault", "keys", "courier", "outbox", "web", "consentry"} - folders, name
        written = {Path(path).name for path in setting(unit, "ReadWritePaths")[0].split()}
        assert written == (folders - {"keys"}) | {"consentry"}
        assert "/var/lib/consentry" not in setting(unit, "ReadWritePaths")[0].split()


def test_the_vault_has_no_network_and_is_not_started_again_where_another_took_over() -> None:
    vault = UNITS / "consentry-vault.service"
    assert (setting(vault, "PrivateNetwork"), setting(vault, "RestrictAddressFamilies")) == (["yes"], ["AF_UNIX"])
    assert setting(vault, "RestartPreventExitStatus") == ["3"]
    assert setting(UNITS / "consentry-standby.service", "ExecStart")[0].split()[-1] == "--standby"


def site() -> str:
    """The site for nginx, without comments."""
    return re.sub(r"\s*#.*", "", (ROOT / "deploy/nginx/consentry.conf").read_text("utf-8"))


def test_the_proxy_tells_who_asked_and_logs_no_path_that_lets_in() -> None:
    text = site()
    assert re.findall(r"proxy_set_header X-Forwarded-For\s+(\S+);", text) == ["$remote_addr"]
    assert "--proxies 1" in setting(UNITS / "consentry-web.service", "ExecStart")[0]
    assert '~^/r/ "/r/-"' in text
    assert not re.search(r"\$(request|request_uri|args|query_string|http_referer)\b", text.replace(
        "return 308 https://log.example.com$request_uri;", ""))
    assert "location = /metrics { return 404; }" in text
    assert "client_max_body_size 256k;" in text


@needs_nginx
def test_nginx_takes_the_site(tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "fullchain.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=log.example.com", "-keyout", key, "-out", certificate], check=True,
                   capture_output=True)
    text = site().replace("/etc/consentry/tls", str(tmp_path)).replace("/var/log/nginx", str(tmp_path))
    places = "".join(f"{one}_temp_path {tmp_path}/{one};\n" for one in
                     ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (tmp_path / "nginx.conf").write_text(f"pid {tmp_path}/pid;\nevents {{}}\nhttp {{\n{places}{text}\n}}\n", "utf-8")
    tried = subprocess.run(["nginx", "-t", "-c", tmp_path / "nginx.conf", "-p", tmp_path, "-e", tmp_path / "early"],
                           capture_output=True, text=True, check=False)
    assert tried.returncode == 0, tried.stderr
