//! A bill of any length that is never whole in memory.

use std::io::Read;

const HEADINGS: &str = "\u{FEFF}交易时间,公众账号ID,商户号,特约商户号,设备号,微信订单号,商户订单号,用户标识,交易类型,交易状态,付款银行,货币种类,应结订单金额,代金券金额,微信退款单号,商户退款单号,退款金额,充值券退款金额,退款类型,退款状态,商品名称,商户数据包,手续费,费率,订单金额,申请退款金额,费率备注\r\n";
const TOTALS: &str =
    "总交易单数,应结订单总金额,退款总金额,充值券退款总金额,手续费总金额,订单总金额,申请退款总金额\r\n";

/// A bill of so many payments of 0.01 yuan, made while it is read, with a comma in each name.
pub struct LongBill {
    lines: u32,
    made: u32,
    rest: Vec<u8>,
}

impl LongBill {
    pub fn new(lines: u32) -> Self {
        Self { lines, made: 0, rest: HEADINGS.as_bytes().to_vec() }
    }

    fn more(&mut self) {
        let (lines, made) = (self.lines, self.made);
        self.made += 1;
        if made < lines {
            self.rest = format!(
                "`2026-09-21 12:00:00,`wxsim1,`1900000001,`0,`,`4200{made:020},`LUNCH{made:08},`o1,`JSAPI,`SUCCESS,`OTHERS,`CNY,`0.01,`0.00,`0,`0,`0.00,`0.00,`,`,`午餐,一份,`,`0.00000,`0.60%,`0.01,`0.00,`\r\n"
            )
            .into_bytes();
        } else if made == lines {
            let total = format!("{}.{:02}", lines / 100, lines % 100);
            self.rest =
                format!("{TOTALS}`{lines}.0,`{total},`0.00,`0.00,`0.00,`{total},`0.00\r\n").into_bytes();
        }
    }
}

impl Read for LongBill {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() {
            self.more();
        }
        let length = self.rest.len().min(into.len());
        into[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}
