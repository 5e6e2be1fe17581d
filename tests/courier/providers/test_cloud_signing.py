"""Requests to Alibaba Cloud and Tencent Cloud: the examples of their documentation, to the last hex digit."""

from __future__ import annotations

import re

import pytest

from registry.courier.providers.cloud_signing import AccessKey, Signable, acs3, tc3


def test_the_example_of_alibaba_clouds_signature_v3_comes_out_as_documented() -> None:
    # help.aliyun.com/zh/sdk/product-overview/v3-request-structure-and-signature, "固定参数示例".
    request = Signable("https://ecs.cn-shanghai.aliyuncs.com", "RunInstances", "2014-05-26", 1_698_315_752_000,
                       "3156853299f313e23d1673dc12e1703d")
    url, headers = acs3(AccessKey("YourAccessKeyId", "YourAccessKeySecret"), request, {
        "RegionId": "cn-shanghai", "ImageId": "win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"})
    assert headers["authorization"] == (
        "ACS3-HMAC-SHA256 Credential=YourAccessKeyId,SignedHeaders=host;x-acs-action;x-acs-content-sha256;x-acs-date;"
        "x-acs-signature-nonce;x-acs-version,"
        "Signature=06563a9e1b43f5dfe96b81484da74bceab24a1d853912eee15083a6f0f3283c0")
    assert url == ("https://ecs.cn-shanghai.aliyuncs.com/?ImageId=win2019_1809_x64_dtc_zh-cn_40G_alibase_20230811.vhd"
                   "&RegionId=cn-shanghai")


def test_the_example_of_tencent_clouds_signature_v3_comes_out_as_documented() -> None:
    # cloud.tencent.com/document/api/213/30654 (signature method v3), with the secrets starred out as on the page.
    body = b'{"Limit": 1, "Filters": [{"Values": ["\\u672a\\u547d\\u540d"], "Name": "instance-name"}]}'
    request = Signable("https://cvm.tencentcloudapi.com", "DescribeInstances", "2017-03-12", 1_551_113_065_000)
    headers = tc3(AccessKey("AKID" + "*" * 32, "*" * 32), request, "cvm", body)
    assert headers["authorization"] == (
        f"TC3-HMAC-SHA256 Credential=AKID{'*' * 32}/2019-02-25/cvm/tc3_request, "
        "SignedHeaders=content-type;host;x-tc-action, "
        "Signature=10b1a37a7301a02ca19a647ad722d5e43b4b3cff309d421d85b46093f6ab6c4f")
    assert headers["x-tc-timestamp"] == "1551113065"


@pytest.mark.parametrize(("value", "written"), [
    ("116014888060^10281631", "116014888060%5E10281631"), ("a b", "a%20b"), ("a*b", "a%2Ab"), ("~-_.", "~-_."),
    ("+86", "%2B86"), ("空", "%E7%A9%BA"), ("a/b", "a%2Fb"),
])
def test_a_parameter_is_percent_encoded_as_rfc_3986_has_it(value: str, written: str) -> None:
    request = Signable("https://demo.invalid", "Query", "2017-05-25", 0, "n")
    url, _ = acs3(AccessKey("id", "secret"), request, {"CallId": value})
    assert url == f"https://demo.invalid/?CallId={written}"


def test_a_secret_is_in_no_header_and_in_no_text_of_the_key() -> None:
    key = AccessKey("id", "an-invented-secret")
    _, headers = acs3(key, Signable("https://demo.invalid", "Query", "2017-05-25", 0, "n"), {})
    assert not re.search("an-invented-secret", f"{headers} {key!r}")
