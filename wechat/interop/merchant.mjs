// The npm package wechatpay-axios-plugin as a merchant, against the simulator whose address is the first argument.
//
// Prepay, query, close, refund, bill and notification. Ends with a line of JSON: a notification made with the
// package's own signing and encrypting code under a key of this run, for the Rust client to judge.

import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer } from 'node:http';
import { gunzipSync } from 'node:zlib';
import { Aes, Formatter, Rsa, Wechatpay } from 'wechatpay-axios-plugin';

const base = process.argv[2];
const sheet = await (await fetch(`${base}/sim/merchant.json`)).json();
const pay = new Wechatpay({
  mchid: sheet.mchid,
  serial: sheet.merchant_serial,
  privateKey: sheet.merchant_key_pem,
  certs: { [sheet.platform_public_key_id]: sheet.platform_public_key_pem },
  baseURL: `${base}/`,
  proxy: false,
  headers: { 'Wechatpay-Serial': sheet.platform_public_key_id },
});

const arrived = [];
const server = createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    arrived.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    response.writeHead(204).end();
  });
});
await new Promise((ready) => { server.listen(0, '127.0.0.1', ready); });
const notifyUrl = `http://127.0.0.1:${server.address().port}/notify`;

const post = async (path, body) => (await fetch(`${base}${path}`, { method: 'POST', body: JSON.stringify(body) })).json();

function expect(what, isTrue, seen) {
  if (!isTrue) {
    console.error(`FAILED ${what}:`, seen);
    process.exit(1);
  }
  console.log(`ok ${what}`);
}

const { openid } = await (await fetch(`${base}/sim/login?as=son1`)).json();
const order = (number, fen) => pay.v3.pay.transactions.jsapi.post({
  appid: sheet.appid, mchid: sheet.mchid, description: '午餐 一份', out_trade_no: number, notify_url: notifyUrl,
  amount: { total: fen, currency: 'CNY' }, payer: { openid },
});
const byNumber = pay.v3.pay.transactions.outTradeNo._out_trade_no_;
const query = async (number) => (await byNumber.get({ params: { mchid: sheet.mchid }, out_trade_no: number })).data;

const made = await order('NODE-PAID', 1200);
expect('prepay', made.data.prepay_id, made.data);
expect('query', (await query('NODE-PAID')).trade_state === 'NOTPAY');
await order('NODE-SHUT', 900);
const shut = await byNumber.close.post({ mchid: sheet.mchid }, { out_trade_no: 'NODE-SHUT' });
expect('close', shut.status === 204, shut.status);
await order('NODE-SHUT', 900).then(() => expect('closed stays closed', false), (error) => {
  expect('closed stays closed', error.response.data.code === 'ORDER_CLOSED', error.response.data);
});

await post('/sim/pay/NODE-PAID', { result: 'ok' });
const waitUntil = Date.now() + 10_000;
while (arrived.length === 0 && Date.now() < waitUntil) {
  await new Promise((later) => { setTimeout(later, 50); });
}
const { headers, body } = arrived[0];
const told = Formatter.response(headers['wechatpay-timestamp'], headers['wechatpay-nonce'], body);
const isSigned = Rsa.verify(told, headers['wechatpay-signature'], Rsa.from(sheet.platform_public_key_pem, Rsa.KEY_TYPE_PUBLIC));
const { resource } = JSON.parse(body);
const plain = JSON.parse(Aes.AesGcm.decrypt(resource.ciphertext, sheet.apiv3_key, resource.nonce, resource.associated_data));
expect('notification', isSigned && plain.out_trade_no === 'NODE-PAID', plain);

const asked = await pay.v3.refund.domestic.refunds.post({
  out_trade_no: 'NODE-PAID', out_refund_no: 'NODE-BACK', reason: '送餐超时',
  amount: { refund: 500, total: 1200, currency: 'CNY' },
});
expect('refund', asked.data.status === 'PROCESSING', asked.data);
const back = await pay.v3.refund.domestic.refunds._out_refund_no_.get({ out_refund_no: 'NODE-BACK' });
expect('refund query', back.data.status === 'SUCCESS', back.data);
expect('refunded order', (await query('NODE-PAID')).trade_state === 'REFUND');

const at = Math.floor(Date.now() / 1000) - 2 * 86400;
await post('/sim/bills/plants', [{ kind: 'extra', out_trade_no: 'NODE-OLD', fen: 777, at }]);
const date = new Date((at + 8 * 3600) * 1000).toISOString().slice(0, 10);
const address = (await pay.v3.bill.tradebill.get({ params: { bill_date: date, tar_type: 'GZIP' } })).data;
const file = await pay.v3.billdownload.file.get({
  params: { token: new URL(address.download_url).searchParams.get('token') },
  responseType: 'arraybuffer',
});
const csv = gunzipSync(Buffer.from(file.data));
const hash = createHash('sha1').update(csv).digest('hex');
expect('bill', hash === address.hash_value && csv.includes('`NODE-OLD'), hash);
server.close();

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const content = JSON.stringify({
  appid: sheet.appid, mchid: sheet.mchid, out_trade_no: 'NODE000001', transaction_id: '4200000002',
  trade_state: 'SUCCESS', success_time: '2026-09-21T22:13:20+08:00', payer: { openid: 'o1' },
  amount: { total: 1200, payer_total: 1200, currency: 'CNY' },
});
const sealed = {
  original_type: 'transaction', algorithm: 'AEAD_AES_256_GCM', associated_data: 'transaction', nonce: 'fdasflkja484',
  ciphertext: Aes.AesGcm.encrypt(content, sheet.apiv3_key, 'fdasflkja484', 'transaction'),
};
const envelope = JSON.stringify({
  id: 'EV-NODE', create_time: '2026-09-21T22:13:20+08:00', resource_type: 'encrypt-resource',
  event_type: 'TRANSACTION.SUCCESS', summary: '支付成功', resource: sealed,
});
const [timestamp, nonce] = [String(Formatter.timestamp()), Formatter.nonce()];
console.log(JSON.stringify({
  public_key_pem: publicKey.export({ type: 'spki', format: 'pem' }), timestamp, nonce, body: envelope,
  signature: Rsa.sign(Formatter.response(timestamp, nonce, envelope), privateKey),
}));
