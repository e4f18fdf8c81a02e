//! The start page and the table of orders.

use actix_web::{
    HttpResponse,
    web::{Data, Path},
};

use crate::{
    app::App,
    clock::beijing,
    order::Order,
    pages::html::{escaped, page, wide_page, yuan},
    shipments::ShipmentState,
    world::World,
};

/// Orders shown in the table, the newest.
const SHOWN: usize = 200;

const LINKS: [(&str, &str, &str); 12] = [
    ("/sim/login", "模拟登录", "演示人物与一次性登录码"),
    ("/sim/orders", "订单", "平台一侧看到的订单与退款"),
    ("/sim/inbox", "消息", "每个人收到的订阅消息，授权按钮"),
    ("/sim/pushes", "消息推送（JSON）", "发给小程序服务器的事件"),
    ("/sim/assert", "账目自查（JSON）", "每笔订单收退是否平衡"),
    ("/sim/ledger", "总账（JSON）", "收款、退款合计，供对账"),
    ("/sim/notifications", "通知（JSON）", "每条通知与每次投递"),
    ("/sim/journal?limit=100", "日志（JSON）", "最近的请求与应答"),
    ("/sim/faults", "故障（JSON）", "正在生效的故障规则"),
    ("/sim/settings", "设置（JSON）", "模拟器的行为"),
    ("/sim/keys", "密钥模式（JSON）", "公钥、证书或切换中"),
    ("/sim/merchant.json", "商户资料（JSON）", "接入所需的全部参数"),
];

/// `GET /sim`.
pub async fn home(app: Data<App>) -> HttpResponse {
    let now = app.world().now();
    let links: String = LINKS
        .iter()
        .map(|(to, name, about)| format!("<li><a href=\"{to}\">{name}</a><small>{about}</small></li>"))
        .collect();
    let content = format!(
        "<div class=\"card\"><p>这里代替微信平台：登录、支付、退款、通知都在本机模拟，签名、验签与加密是真的。</p>\
         <p><small>模拟时间：{}</small></p></div><div class=\"card\"><ul>{links}</ul></div>",
        beijing(now)
    );
    page("微信平台模拟器", &content)
}

/// `GET /sim/orders`.
pub async fn table(app: Data<App>) -> HttpResponse {
    let world = app.world();
    let rows: String = world
        .book
        .sequence
        .iter()
        .rev()
        .take(SHOWN)
        .filter_map(|number| world.book.orders.get(number))
        .map(|order| row(&world, order))
        .collect();
    let body = if rows.is_empty() {
        "<div class=\"card\">还没有订单。</div>".to_owned()
    } else {
        format!(
            "<div class=\"card scroll\" tabindex=\"0\" role=\"region\" aria-label=\"订单表\"><table><thead><tr>\
             <th>内容</th><th>金额</th><th>状态</th><th>退款</th><th>付款人</th><th>付款时间</th>\
             <th>发货</th><th>商户订单号</th></tr></thead><tbody>{rows}</tbody></table></div>"
        )
    };
    wide_page("订单", &format!("{body}<p><a href=\"/sim\">返回</a></p>"))
}

/// What the phone shows about shipping; a shipped order can be confirmed.
fn shipping(world: &World, number: &str) -> String {
    let Some(shipment) = world.shipments.get(number) else { return "—".to_owned() };
    let items = escaped(&shipment.items.join("、"));
    if shipment.state == ShipmentState::Received {
        return format!("{items} 已确认");
    }
    let number = escaped(number);
    format!(
        "{items}<form method=\"post\" action=\"/sim/orders/{number}/confirm\">\
         <button class=\"plain\">确认收货</button></form>"
    )
}

/// `POST /sim/orders/{out_trade_no}/confirm`: the payer confirms.
pub async fn confirm(app: Data<App>, number: Path<String>) -> HttpResponse {
    {
        let mut world = app.world();
        let now = world.now();
        world.settle_shipment(&number, now, true);
    }
    app.wake.notify_one();
    HttpResponse::SeeOther().insert_header(("Location", "/sim/orders")).finish()
}

fn row(world: &World, order: &Order) -> String {
    let refunds: Vec<String> = order
        .refunds
        .iter()
        .filter_map(|number| world.book.refunds.get(number))
        .map(|refund| format!("{} {}", yuan(refund.refund_fen), refund.state.summary()))
        .collect();
    let payer = world.logins.name_of(&order.openid).unwrap_or(&order.openid);
    let paid_at = order.payment.as_ref().map_or_else(|| "—".to_owned(), |it| beijing(it.paid_at));
    format!(
        "<tr><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{}</td><td>{paid_at}</td><td>{}</td>\
         <td><code>{}</code></td></tr>",
        escaped(order.description()),
        yuan(order.total_fen),
        order.state.label(),
        if refunds.is_empty() { "—".to_owned() } else { refunds.join("<br>") },
        escaped(payer),
        shipping(world, &order.out_trade_no),
        escaped(&order.out_trade_no),
    )
}
