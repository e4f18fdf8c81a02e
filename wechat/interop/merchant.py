"""The PyPI package wechatpayv3 as a merchant, against the simulator whose address is the first argument.

Prepay, query, close, refund, bill and notification, in public-key and in certificate mode. Ends with a line of JSON:
a notification made with the package's own signing code under a key of this run, for the Rust client to judge.
"""

import base64
import gzip
import hashlib
import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import rsa_sign

BASE = sys.argv[1]
DAY_S = 86400
http = requests.Session()
http.trust_env = False
sheet = http.get(f"{BASE}/sim/merchant.json").json()
arrived = []


class NotifyAddress(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        arrived.append((dict(self.headers), body))
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


def post(path, body):
    return http.post(f"{BASE}{path}", data=json.dumps(body)).json()


def client(notify_url, with_public_key):
    """The package has no setting for the address: its one attribute is replaced."""
    import wechatpayv3.core as core

    init = core.Core.__init__

    def patched(self, *args, **kwargs):
        update = self._init_certificates
        self._init_certificates = lambda: None
        init(self, *args, **kwargs)
        self._gate_way = BASE
        if not self._public_key:
            update()

    core.Core.__init__ = patched
    keys = {}
    if with_public_key:
        keys = {"public_key": sheet["platform_public_key_pem"], "public_key_id": sheet["platform_public_key_id"]}
    made = WeChatPay(
        wechatpay_type=WeChatPayType.MINIPROG,
        mchid=sheet["mchid"],
        private_key=sheet["merchant_key_pem"],
        cert_serial_no=sheet["merchant_serial"],
        appid=sheet["appid"],
        apiv3_key=sheet["apiv3_key"],
        notify_url=notify_url,
        proxy={"http": None, "https": None},
        timeout=(3, 10),
        **keys,
    )
    core.Core.__init__ = init
    return made


def expect(what, is_true, seen=None):
    if not is_true:
        raise SystemExit(f"FAILED {what}: {seen}")
    print(f"ok {what}")


def order(pay, number, openid, fen):
    code, text = pay.pay(description="午餐 一份", out_trade_no=number, amount={"total": fen, "currency": "CNY"},
                         payer={"openid": openid})
    return code, json.loads(text)


def told(pay):
    """The next notification, verified and opened by the package."""
    wait_until = time.time() + 10
    while not arrived and time.time() < wait_until:
        time.sleep(0.05)
    headers, body = arrived.pop(0)
    return pay.callback(headers, body)


def round_trip(pay, prefix, openid):
    code, made = order(pay, f"{prefix}PAID", openid, 1200)
    expect(f"{prefix} prepay", code == 200 and made["prepay_id"], made)
    code, text = pay.query(out_trade_no=f"{prefix}PAID")
    expect(f"{prefix} query", json.loads(text)["trade_state"] == "NOTPAY", text)
    order(pay, f"{prefix}SHUT", openid, 900)
    code, text = pay.close(out_trade_no=f"{prefix}SHUT")
    expect(f"{prefix} close", code == 204, (code, text))
    code, again = order(pay, f"{prefix}SHUT", openid, 900)
    expect(f"{prefix} closed stays closed", again["code"] == "ORDER_CLOSED", again)
    post(f"/sim/pay/{prefix}PAID", {"result": "ok"})
    expect(f"{prefix} notification", told(pay)["resource"]["out_trade_no"] == f"{prefix}PAID")
    code, text = pay.refund(out_refund_no=f"{prefix}BACK", out_trade_no=f"{prefix}PAID", reason="送餐超时",
                            amount={"refund": 500, "total": 1200, "currency": "CNY"})
    expect(f"{prefix} refund", json.loads(text)["status"] == "PROCESSING", text)
    code, text = pay.query_refund(out_refund_no=f"{prefix}BACK")
    expect(f"{prefix} refund query", json.loads(text)["status"] == "SUCCESS", text)
    code, text = pay.query(out_trade_no=f"{prefix}PAID")
    expect(f"{prefix} refund notification", told(pay)["resource"]["out_refund_no"] == f"{prefix}BACK")
    expect(f"{prefix} refunded order", json.loads(text)["trade_state"] == "REFUND", text)


def bill(pay, prefix):
    at = int(time.time()) - 2 * DAY_S
    plant = {"kind": "extra", "out_trade_no": f"{prefix}OLD", "fen": 777, "at": at}
    post("/sim/bills/plants", [plant])
    date = time.strftime("%Y-%m-%d", time.gmtime(at + 8 * 3600))
    code, text = pay.trade_bill(bill_date=date)
    told = json.loads(text)
    code, packed = pay.download_bill(told["download_url"])
    csv = gzip.decompress(packed)
    expect(f"{prefix} bill", hashlib.sha1(csv).hexdigest() == told["hash_value"] and f"`{prefix}OLD".encode() in csv)


def own_notification():
    """What the platform would send, signed with the package's code under a fresh key."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = {
        "appid": sheet["appid"], "mchid": sheet["mchid"], "out_trade_no": "PYTHON0001", "transaction_id": "4200000001",
        "trade_state": "SUCCESS", "success_time": "2026-09-21T22:13:20+08:00", "payer": {"openid": "o1"},
        "amount": {"total": 1200, "payer_total": 1200, "currency": "CNY"},
    }
    nonce = "fdasflkja484"
    sealed = AESGCM(sheet["apiv3_key"].encode()).encrypt(nonce.encode(), json.dumps(plain).encode(), b"transaction")
    body = json.dumps({
        "id": "EV-PYTHON", "create_time": "2026-09-21T22:13:20+08:00", "resource_type": "encrypt-resource",
        "event_type": "TRANSACTION.SUCCESS", "summary": "支付成功",
        "resource": {"original_type": "transaction", "algorithm": "AEAD_AES_256_GCM", "associated_data": "transaction",
                     "nonce": nonce, "ciphertext": base64.b64encode(sealed).decode()},
    }, ensure_ascii=False)
    at = str(int(time.time()))
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return {"public_key_pem": public.decode(), "timestamp": at, "nonce": "5K8264ILTKCH16CQ2502SI8ZNMTM67VS",
            "signature": rsa_sign(key, f"{at}\n5K8264ILTKCH16CQ2502SI8ZNMTM67VS\n{body}\n"), "body": body}


def main():
    server = HTTPServer(("127.0.0.1", 0), NotifyAddress)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    notify_url = f"http://127.0.0.1:{server.server_port}/notify"
    openid = http.get(f"{BASE}/sim/login", params={"as": "daughter1"}).json()["openid"]
    pay = client(notify_url, True)
    round_trip(pay, "PYKEY", openid)
    bill(pay, "PYKEY")
    post("/sim/keys", {"mode": "certificate"})
    round_trip(client(notify_url, False), "PYCERT", openid)
    post("/sim/keys", {"mode": "public_key"})
    print(json.dumps(own_notification()))


main()
